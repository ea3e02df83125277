# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A playbook that locks itself out of many routers at once: it fails with a clear reason, and each router is as before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from routerlab.testing import Lab

from ..run import Run, playbook
from .bench import Bench, Checkpoint, difference
from .conftest import VERSIONS
from .cuts import COMPANY, CUTS, managed

SOME = (
    "another address",
    "a filter that drops",
    "the service disabled",
    "the service at another port",
    "the interface disabled",
    "the user may not use the API",
)
CASES = {(cut, version): f"r{at}" for at, (cut, version) in enumerate((cut, v) for cut in SOME for v in VERSIONS)}


@dataclass
class Played:
    """What became of it: the run, what the next one says, and the routers before."""

    lab: Lab
    run: Run
    status: Run
    before: dict[str, Checkpoint]


def inventory(lab: Lab, folder: Path) -> Path:
    """All routers, each with what is asked of it."""
    hosts: dict[str, dict[str, Any]] = {
        name: {
            "ansible_port": lab.port(name),
            "asked": [
                {"menus": each.menus, "state": each.state} | ({"scope": each.scope} if each.scope else {})
                for each in (*COMPANY, CUTS[cut])
            ],
        }
        for (cut, _version), name in CASES.items()
    }
    login = {"ansible_host": "127.0.0.1", "ansible_user": "admin", "ansible_password": "lab", "routeros_timeout": 5}
    file = folder / "hosts.yml"
    file.write_text(yaml.safe_dump({"routers": {"hosts": hosts, "vars": login}}), encoding="utf-8")
    return file


def play(folder: Path, hosts: Path, *tasks: dict[str, Any]) -> Run:
    """Run a play of these tasks against all routers."""
    book = folder / "play.yml"
    play = {"name": "Test", "hosts": "routers", "gather_facts": False, "tasks": list(tasks)}
    book.write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
    return playbook(book, [hosts], folder, "--forks", "12")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp("locked-out")
    with Lab(routers=[managed(name, version) for (_cut, version), name in CASES.items()]) as lab:
        before = {name: Checkpoint(Bench(lab, name)) for name in CASES.values()}
        hosts = inventory(lab, folder)
        run = play(
            folder,
            hosts,
            {
                "name": "Begin",
                "multiwan.routeros.transaction": {
                    "state": "begin",
                    "menus": sorted({path for asked in (*COMPANY, *CUTS.values()) for path in asked.menus}),
                },
            },
            {
                "name": "Ask",
                "multiwan.routeros.config": {
                    "menus": "{{ item.menus }}",
                    "state": "{{ item.state }}",
                    "scope": "{{ item.scope | default(omit) }}",
                },
                "loop": "{{ asked }}",
                "loop_control": {"label": "{{ item.state }}"},
            },
            {
                "name": "Commit",
                "multiwan.routeros.transaction": {"state": "commit", "confirm_timeout": 60},
            },
        )
        assert len({event["host"] for event in run.events if event.get("task") == "Commit"}) == len(CASES), run.output
        status = play(folder, hosts, {"name": "Status", "multiwan.routeros.transaction": {"state": "status"}})
        yield Played(lab, run, status, before)


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("cut", "version"), CASES)
def test_the_play_fails_and_the_router_is_as_before(played: Played, cut: str, version: str) -> None:
    name = CASES[cut, version]
    assert played.run.status != 0
    (event,) = [e for e in played.run.events if e.get("host") == name and e.get("task") == "Commit"]
    result = event["result"]
    assert (event["kind"], result["outcome"], result["changed"]) == ("failed", "undone", False), result
    assert result["undo"]["way"] == "scheduler"
    assert "the router cannot be reached" in result["msg"] or "no answer within" in result["msg"]
    assert "The router is as it was before" in result["msg"]
    bench = Bench(played.lab, name)
    assert bench.export == played.before[name].export, difference(played.before[name].export, bench.export)
    assert bench.left_behind() == []


@pytest.mark.timeout(900)
def test_the_next_run_tells_what_has_happened(played: Played) -> None:
    assert played.status.status == 0, played.status.output
    for name in CASES.values():
        (told,) = played.status.results(name)
        assert told["pending"] == []
        assert any("has been taken back" in line for line in told["log"])
