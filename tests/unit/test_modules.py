# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules are what one description makes of them; their examples, options and routing agree.

What ``ansible-doc`` shows of them is compared in test_module_documentation.py.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.testing import patch_module_args

from ansible_collections.multiwan.routeros.plugins.module_utils import argspec
from ansible_collections.multiwan.routeros.plugins.module_utils.engine import prepare
from ansible_collections.multiwan.routeros.plugins.module_utils.request import Request

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "ansible_collections.multiwan.routeros.plugins.modules"
GENERATED = sorted(argspec.modules())
EVERY = sorted([*GENERATED, "config", "facts", "transaction", "verify"])


def module(name: str) -> ModuleType:
    return importlib.import_module(f"{PACKAGE}.{name}")


def full_options(name: str) -> dict[str, Any]:
    """Return all options of a module, with those inside ``config``."""
    path = argspec.menu_of(name)
    return argspec.options_for(name) if path is None else argspec.menu_options(path)


def examples() -> list[Any]:
    """Return the tasks of all examples that call a module of this collection, with the module's name."""
    found = []
    for name in EVERY:
        for task in yaml.safe_load(module(name).EXAMPLES):
            called = next(key for key in task if "." in key)
            if called.startswith("multiwan.routeros."):
                found.append(pytest.param(called.rpartition(".")[2], task[called] or {}, id=f"{name}-{task['name']}"))
    return found


@pytest.fixture
def generator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """Return the generator, which writes into an empty folder."""
    spec = importlib.util.spec_from_file_location("write_modules", ROOT / "scripts" / "write_modules.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    monkeypatch.setattr(loaded, "ROOT", tmp_path)
    (tmp_path / "plugins" / "doc_fragments").mkdir(parents=True)
    return loaded


def test_the_files_are_what_the_facts_make(generator: ModuleType) -> None:
    written = generator.files()
    assert {name: (ROOT / name).read_text(encoding="utf-8") for name in written} == written
    there = {path.stem for path in (ROOT / "plugins" / "modules").glob("*.py")}
    assert there == {Path(name).stem for name in written} - {"states"} == set(EVERY)


def test_a_stale_file_is_found_and_written(
    generator: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["write_modules.py", "--check"])
    assert generator.main() == 1
    assert not (tmp_path / "plugins" / "modules").exists()
    monkeypatch.setattr("sys.argv", ["write_modules.py"])
    assert generator.main() == 0
    (tmp_path / "plugins" / "modules" / "dns.py").write_text("old", encoding="utf-8")
    capsys.readouterr()
    monkeypatch.setattr("sys.argv", ["write_modules.py", "--check"])
    assert generator.main() == 1
    assert capsys.readouterr().out == "plugins/modules/dns.py: is not what scripts/write_modules.py writes\n"


@pytest.mark.parametrize(("name", "options"), examples())
def test_an_example_is_accepted(name: str, options: dict[str, Any]) -> None:
    # a whole option that a template makes is not known here
    options = {key: {} if str(value).startswith("{{") else value for key, value in options.items()}
    spec = full_options(name)
    checked = ArgumentSpecValidator(spec["argument_spec"], required_if=spec.get("required_if")).validate(options)
    assert checked.error_messages == []
    path = argspec.menu_of(name)
    if path is not None or name == "config":
        menus = options["menus"] if path is None else {path: options.get("config", [])}
        request = Request("router", options.get("state", "merged"), options.get("scope", ""))
        assert len(prepare(menus, request).menus) == len(menus)


@pytest.mark.parametrize("name", EVERY)
def test_every_module_has_examples_with_each_task_named(name: str) -> None:
    tasks = yaml.safe_load(module(name).EXAMPLES)
    assert len(tasks) >= 2
    assert all(task["name"] for task in tasks)
    assert any(f"multiwan.routeros.{name}" in task for task in tasks)


@pytest.mark.parametrize("name", EVERY)
def test_a_module_alone_says_how_it_is_to_be_called(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    given: dict[str, Any] = {"menus": {}} if name in ("config", "verify") else {}
    if name in GENERATED:
        given = {"state": "gathered"}
    if name == "transaction":
        given = {"state": "status"}
    with patch_module_args(given), pytest.raises(SystemExit) as stopped:
        module(name).main()
    assert stopped.value.code == 1
    assert json.loads(capsys.readouterr().out)["msg"] == argspec.NEEDS_ACTION


def test_every_module_is_routed_to_the_action_plugin_and_in_the_group() -> None:
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    routed = {name: told["action_plugin"] for name, told in runtime["plugin_routing"]["modules"].items()}
    assert routed == {name: "multiwan.routeros.config" for name in EVERY if name != "config"}
    assert (ROOT / "plugins" / "action" / "config.py").exists()
    assert sorted(runtime["action_groups"]["all"]) == EVERY


@pytest.mark.parametrize("name", GENERATED)
def test_the_action_plugin_leaves_entries_to_the_core(name: str) -> None:
    config = argspec.options_for(name)["argument_spec"]["config"]
    assert set(config) <= {"type", "elements"}


@pytest.mark.parametrize("state", ["merged", "replaced", "overridden", "rendered"])
def test_states_that_say_something_need_config(state: str) -> None:
    spec = argspec.options_for("firewall_nat")
    validator = ArgumentSpecValidator(spec["argument_spec"], required_if=spec["required_if"])
    assert validator.validate({"state": state}).error_messages == [
        f"state is {state} but all of the following are missing: config"
    ]
    assert validator.validate({"state": state, "config": []}).error_messages == []


def test_what_cannot_be_removed_has_no_state_deleted() -> None:
    without = {name for name in GENERATED if "deleted" not in argspec.states(argspec.modules()[name])}
    assert without == {"dns", "identity", "interface_ethernet"}


def test_names_that_look_like_passwords_are_not_hidden() -> None:
    options = argspec.menu_options("ip firewall mangle")["argument_spec"]["config"]["options"]
    assert options["passthrough"] == {"type": "bool", "no_log": False}


def test_passwords_are_hidden() -> None:
    options = argspec.menu_options("user")["argument_spec"]["config"]["options"]
    assert options["password"]["no_log"] is True
