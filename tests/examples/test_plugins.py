# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples that modules, filters, callbacks and roles give of themselves: in check mode, for real, and again.

Each module and role has a router of its own, so that three runs of Ansible are enough for all of them.
"""

from __future__ import annotations

import configparser
import importlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.multiwan.routeros.tests.integration.run import Run, playbook
from routerlab import topology
from routerlab.testing import Lab, router

from .before import AS_A_WHOLE, BEFORE, WORKING
from .reader import ROOT

MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
FILTERS = sorted(path.stem for path in (ROOT / "plugins" / "filter").glob("*.py"))
CALLBACKS = sorted(path.stem for path in (ROOT / "plugins" / "callback").glob("*.py"))
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir() if path.is_dir())
READING = ("facts", "verify")
FILTERING = "head-office"
Task = dict[str, Any]


def of_plugin(kind: str, name: str) -> str:
    """Return the EXAMPLES of a plugin."""
    found: str = importlib.import_module(f"ansible_collections.multiwan.routeros.plugins.{kind}.{name}").EXAMPLES
    return found


def tasks(kind: str, name: str) -> list[Task]:
    """Return the tasks of a plugin's EXAMPLES, each with a name."""
    found: list[Task] = yaml.safe_load(of_plugin(kind, name))
    assert found, f"{kind} {name} has no examples"
    return [{"name": f"example {at + 1}", **task} for at, task in enumerate(found)]


def plays_of_role(name: str) -> list[Task]:
    """Return the plays that a role's argument_specs give as its example."""
    spec = yaml.safe_load((ROOT / "roles" / name / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    found: list[Task] = yaml.safe_load(spec["argument_specs"]["main"]["examples"])
    return [{**play, "hosts": host_of_role(name)} for play in found]


def host_of_role(name: str) -> str:
    """Return the router on which a role's example is tried."""
    return f"role-{name}"


@dataclass
class Tried:
    """What came of the examples: in check mode with how many writes, and for real with each step done twice."""

    checked: Run
    writes: dict[str, int]
    real: Run

    def results(self, host: str, module: str) -> list[dict[str, Any]]:
        """The results for real of tasks of a module or role, in order."""
        return [
            event["result"]
            for event in self.real.events
            if event.get("host") == host and event["task"].startswith(f"{module}: ")
        ]


def _marked(name: str, given: list[Task]) -> list[Task]:
    return [{**task, "name": f"{name}: {task['name']}"} for task in given]


def _play(host: str, given: list[Task]) -> Task:
    return {"name": host, "hosts": host, "gather_facts": False, "tasks": given}


def _twice(name: str) -> list[Task]:
    given = _marked(name, tasks("modules", name))
    return given + given if name in AS_A_WHOLE else [task for each in given for task in (each, each)]


def _site() -> dict[str, Any]:
    """Return the variables of the head office, and what else examples speak of."""
    folder = ROOT / "inventories" / "trans_coffee"
    found: dict[str, Any] = {}
    for path in (folder / "group_vars" / "routers" / "main.yml", folder / "host_vars" / "hq.yml"):
        found |= yaml.safe_load(path.read_text(encoding="utf-8"))
    link = {"link": "ISP1", "instead": "ISP2", "stage": "left"}
    return found | {
        "vault_telegram_token": "100000001:FAKE-token-of-the-laboratory-000000",
        "vault_telegram_chat_id": -1000000000001,
        "telegram_token": "100000001:FAKE-token-of-the-laboratory-000000",
        "telegram_chat": -1000000000001,
        "nat_wans": "{{ site_wans }}",
        "drill_report": [link],
    }


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tried]:
    folder = tmp_path_factory.mktemp("examples")
    shutil.copy(ROOT / "roles" / "nat" / "templates" / "nat.rsc.j2", folder)
    (office,) = (plan for plan in topology.load() if plan.name == "hq")
    sites = [*WORKING, FILTERING, *map(host_of_role, ROLES)]
    plans = [router(name, "7.22.3", "RB1100AHx4", password="lab") for name in MODULES if name not in WORKING]
    with Lab(routers=[*plans, *(replace(office, name=name) for name in sites)]) as lab:
        inventory = folder / "hosts.yml"
        hosts = {plan.name: {"ansible_port": lab.port(plan.name)} for plan in lab.plans}
        login = {"ansible_host": "127.0.0.1", "ansible_user": "admin", "ansible_password": "lab"}
        everyone = {"hosts": hosts, "vars": {**_site(), **login}}
        inventory.write_text(yaml.safe_dump({"routers": everyone}, sort_keys=False), encoding="utf-8")
        for name, text in BEFORE.items():
            lab.seed(name, text)
        ready = [*WORKING, FILTERING]
        run = playbook(
            "playbooks/site.yml", (inventory,), folder, "--limit", ",".join(ready), "-e", '{"site_serial": ["100%"]}'
        )
        assert run.status == 0, run.output
        lab.advance(360)
        for plan in lab.plans:
            lab.clear_counters(plan.name)
        book = folder / "examples.yml"
        once = [_play(name, _marked(name, tasks("modules", name))) for name in MODULES]
        roles = [play for name in ROLES for play in plays_of_role(name)]
        book.write_text(yaml.safe_dump(once + roles, sort_keys=False), encoding="utf-8")
        checked = playbook(book, (inventory,), folder, "--check")
        writes = {plan.name: lab.counters(plan.name).writes for plan in lab.plans}
        twice = [_play(name, _twice(name)) for name in MODULES]
        filters = [_play(FILTERING, [task for name in FILTERS for task in _filtering(name)])]
        book.write_text(yaml.safe_dump(twice + roles + roles + filters, sort_keys=False), encoding="utf-8")
        yield Tried(checked, writes, playbook(book, (inventory,), folder))


def _filtering(name: str) -> list[Task]:
    # One that fails must not keep the others from being tried.
    return [{**task, "ignore_errors": True} for task in _marked(name, tasks("filter", name))]


def problems(run: Run, host: str) -> list[str]:
    """Return what went wrong on a router; a run in which Ansible itself stopped went wrong on all."""
    assert run.events, run.output
    return [message for name, message in run.problems if name == host]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module(tried: Tried, name: str) -> None:
    assert problems(tried.checked, name) == []
    assert tried.writes[name] == 0
    assert problems(tried.real, name) == []
    found = tried.results(name, name)
    given = tasks("modules", name)
    assert len(found) == 2 * len(given)
    assert not any(result.get("warnings") for result in found), found
    again = found[len(given) :] if name in AS_A_WHOLE else found[1::2]
    if name in AS_A_WHOLE:
        again = [result for result in again if "outcome" in result]
    assert again
    assert [result.get("changed", False) for result in again] == [False] * len(again)
    assert any(result.get("changed") for result in found) == (name not in READING)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", ROLES)
def test_the_example_of_a_role(tried: Tried, name: str) -> None:
    host = host_of_role(name)
    assert problems(tried.checked, host) == []
    assert tried.writes[host] == 0
    assert problems(tried.real, host) == []
    written = [result["changed"] for result in tried.real.results(host) if "commands" in result]
    half = len(written) // 2
    assert half
    assert all(written[:half])
    assert not any(written[half:])


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", FILTERS)
def test_the_examples_of_a_filter(tried: Tried, name: str) -> None:
    failed = [e for e in tried.real.events if e["kind"] != "ok" and str(e.get("task")).startswith(f"{name}: ")]
    assert [event["result"].get("msg") for event in failed if event["kind"] != "stats"] == []
    assert len(tried.results(FILTERING, name)) == len(tasks("filter", name))


@pytest.mark.parametrize("name", CALLBACKS)
def test_the_example_of_a_callback(name: str, tmp_path: Path) -> None:
    """Its example is a configuration; with it a run goes as without, and shows something more."""
    text = "\n".join(line.removeprefix("# ") for line in of_plugin("callback", name).splitlines())
    configuration = tmp_path / "ansible.cfg"
    configuration.write_text(text[text.index("[") :], encoding="utf-8")
    parser = configparser.ConfigParser()
    parser.read(configuration, encoding="utf-8")
    assert parser["defaults"]["callbacks_enabled"] == f"multiwan.routeros.{name}"
    book = tmp_path / "play.yml"
    book.write_text(
        yaml.safe_dump([_play("localhost", [{"ansible.builtin.debug": {"msg": "done"}}])]), encoding="utf-8"
    )
    enabled = {"ANSIBLE_CALLBACKS_ENABLED": f"multiwan.routeros.{name},events", "ANSIBLE_CONFIG": str(configuration)}
    without = playbook(book, (), tmp_path)
    run = playbook(book, (), tmp_path, environment=enabled)
    assert run.status == 0, run.output
    assert "WARNING" not in run.output.replace("[WARNING]: No inventory was parsed", "").replace(
        "[WARNING]: provided hosts list is empty", ""
    )
    assert len(run.output) > len(without.output)
