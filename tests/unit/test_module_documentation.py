# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``ansible-doc`` shows of a plugin, fragments and all, is what it takes when it runs."""

from __future__ import annotations

import importlib
import inspect
import json
import os
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.basic import PASSWORD_MATCH

from ansible_collections.multiwan.routeros.plugins.module_utils import argspec
from ansible_collections.multiwan.routeros.plugins.module_utils.engine import prepare
from ansible_collections.multiwan.routeros.plugins.module_utils.errors import InvalidEntry
from ansible_collections.multiwan.routeros.plugins.module_utils.request import Request

ROOT = Path(__file__).resolve().parents[2]
GENERATED = sorted(argspec.modules())
EVERY = sorted([*GENERATED, "config", "facts", "transaction", "verify"])
FILTERS = sorted(path.stem for path in (ROOT / "plugins" / "filter").glob("*.py"))
Options = dict[str, Any]


@cache
def shown(kind: str) -> dict[str, Any]:
    """Return what ansible-doc tells of all modules or filters, by name."""
    names = [f"multiwan.routeros.{name}" for name in (EVERY if kind == "module" else FILTERS)]
    # Where the package was imported from, which is not where the symbolic links of a development tree lead.
    collections = Path(argspec.__file__).absolute().parents[5]
    told = subprocess.run(
        [sys.executable, "-m", "ansible.cli.doc", "--json", "--type", kind, *names],
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(collections), "LC_ALL": "C.UTF-8"},
        cwd=collections,
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(told.stdout)
    return {name.rpartition(".")[2]: found[name]["doc"] for name in names}


# Before the first test: ansible-test runs each in a process of its own, which would ask anew.
for each_kind in ("module", "filter"):
    shown(each_kind)


def documented(options: Options) -> Options:
    """Return options as ansible-doc shows them, without words; what goes without saying is left out."""
    out = {}
    for name, told in options.items():
        out[name] = {
            key: told[key] for key in ("type", "elements", "choices", "aliases", "default") if told.get(key) is not None
        }
        out[name] |= {"required": True} if told.get("required") else {}
        out[name] |= {"options": documented(told["suboptions"])} if "suboptions" in told else {}
    return out


def taken(spec: Options) -> Options:
    """Return an argument spec in the form of ``documented``."""
    return {
        name: {
            key: value
            for key, value in told.items()
            if (key not in ("no_log", "options") and value is not False) or key == "default"
        }
        | ({"options": taken(told["options"])} if "options" in told else {})
        for name, told in spec.items()
    }


def full(name: str) -> Options:
    """Return what a module's file hands to AnsibleModule."""
    path = argspec.menu_of(name)
    if path is not None:
        return argspec.menu_options(path)
    found: Options = getattr(argspec, f"{name.upper()}_OPTIONS")
    return found


@pytest.mark.parametrize("name", EVERY)
def test_what_is_documented_is_what_a_module_declares(name: str) -> None:
    assert documented(shown("module")[name]["options"]) == taken(full(name)["argument_spec"])


@pytest.mark.parametrize("name", EVERY)
def test_what_is_documented_is_what_the_action_plugin_takes(name: str) -> None:
    frame, whole = taken(argspec.options_for(name)["argument_spec"]), documented(shown("module")[name]["options"])
    # The core looks into these, because its errors name the entry.
    inner = {"config": "options", "menus": "type"}
    for option, key in inner.items():
        if frame.get(option, {}).get("type") != "list" or option == "config":
            for each in (frame, whole):
                each.get(option, {}).pop(key, None)
    assert whole == frame
    spec, declared = argspec.options_for(name), full(name)
    assert {key: value for key, value in spec.items() if key != "argument_spec"} == {
        key: value for key, value in declared.items() if key != "argument_spec"
    }


@pytest.mark.parametrize("name", EVERY)
def test_options_that_depend_on_others_are_documented_so(name: str) -> None:
    spec, doc = full(name), shown("module")[name]
    for option, value, needed in spec.get("required_if", ()):
        for each in needed:
            assert f"O({option}={value})" in " ".join(doc["options"][each]["description"])
    for names in spec.get("required_one_of", ()):
        assert f"At least one of {', '.join(f'O({each})' for each in names)} is needed." in doc["description"]
    assert set(spec) <= {"argument_spec", "supports_check_mode", "required_if", "required_one_of"}


MUTATIONS: dict[str, Callable[[Options], object]] = {
    "an option is gone": lambda options: options.pop("scope"),
    "an option is new": lambda options: options.update(more={"type": "str"}),
    "another type": lambda options: options["adopt"].update(type="str"),
    "another default": lambda options: options["state"].update(default="replaced"),
    "no default": lambda options: options["adopt"].pop("default"),
    "needed": lambda options: options["scope"].update(required=True),
    "other elements": lambda options: options["secrets"].update(elements="int"),
    "a choice is gone": lambda options: options["state"]["choices"].pop(),
    "an alias": lambda options: options["config"].update(aliases=["rows"]),
    "a property is gone": lambda options: options["config"]["suboptions"].pop("chain"),
    "a property of another type": lambda options: options["config"]["suboptions"]["chain"].update(type="int"),
    "a property has another choice": lambda options: options["config"]["suboptions"]["action"]["choices"].append("x"),
    "a property has a default": lambda options: options["config"]["suboptions"]["passthrough"].update(default=False),
}  # fmt: skip


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_difference_does_not_pass(mutation: str) -> None:
    options = deepcopy(shown("module")["firewall_mangle"]["options"])
    MUTATIONS[mutation](options)
    assert documented(options) != taken(full("firewall_mangle")["argument_spec"])


@pytest.mark.parametrize("name", GENERATED)
def test_the_core_takes_the_words_that_are_documented_and_no_others(name: str) -> None:
    path = argspec.menu_of(name)
    assert path is not None
    suboptions = shown("module")[name]["options"]["config"]["suboptions"]
    request = Request("router", "merged", "")

    def refused(option: str, value: object) -> str:
        try:
            prepare({path: [{option: value}]}, request)
        except InvalidEntry as error:
            return str(error)
        return ""

    assert "unknown" in refused("no_such_property", "1")
    for option, told in suboptions.items():
        for word in told.get("choices", ()):
            assert f"{option.replace('_', '-')}={word}:" not in refused(option, word)
        if told.get("choices"):
            assert refused(option, "no-such-word")


@pytest.mark.parametrize("name", EVERY)
def test_ansible_need_not_guess_what_is_secret(name: str) -> None:
    """What Ansible would take for a password by its name says itself whether it is one."""

    def guessed(spec: Options) -> list[str]:
        inner = [each for told in spec.values() for each in guessed(told.get("options", {}))]
        return inner + [one for one, told in spec.items() if PASSWORD_MATCH.search(one) and "no_log" not in told]

    assert guessed(full(name)["argument_spec"]) == []


@pytest.mark.parametrize("name", FILTERS)
def test_what_is_documented_is_what_a_filter_takes(name: str) -> None:
    module = importlib.import_module(f"ansible_collections.multiwan.routeros.plugins.filter.{name}")
    function = module.FilterModule().filters()[name]
    first, *others = inspect.signature(function).parameters.values()
    options = shown("filter")[name]["options"]
    assert options["_input"]["required"]
    assert first.default is inspect.Parameter.empty
    assert {each for each in options if each != "_input"} == {each.name for each in others}
    told_by_place = [each.strip() for each in shown("filter")[name].get("positional", "").split(",") if each.strip()]
    assert [each.name for each in others][: len(told_by_place)] == told_by_place
    for parameter in others:
        told = options[parameter.name]
        assert bool(told.get("required")) == (parameter.default is inspect.Parameter.empty)
        if not told.get("required"):
            default = list(parameter.default) if isinstance(parameter.default, tuple) else parameter.default
            assert told.get("default") == default
