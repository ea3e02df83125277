# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an inclusion review looks for in the plugins, where no tool of Ansible's looks for it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ansible.plugins.loader
import pytest
import yaml
from ansible.playbook.block import Block
from ansible.playbook.play import Play
from ansible.playbook.task import Task
from ansible.plugins.loader import PluginLoader

from .repository import ROOT, text

KEYWORDS = {*Task.fattributes, *Block.fattributes, *Play.fattributes, "name"}
FULL_NAME = re.compile(r"[a-z0-9_]+\.[a-z0-9_]+\.[a-z0-9_]+")
DOCUMENTED = sorted(
    path
    for kind in ("callback", "filter", "modules")
    for path in (ROOT / "plugins" / kind).glob("*.py")
    if path.name != "__init__.py"
)
# What a task can hold; a callback's examples are settings.
WRITTEN_IN_TASKS = [path for path in DOCUMENTED if path.parent.name != "callback"]


def blocks(plugin: Path) -> dict[str, str]:
    """The plugin's texts at its top level, such as DOCUMENTATION, by their names."""
    found = {}
    for statement in ast.parse(plugin.read_text(encoding="utf-8")).body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str() as value)):
                found[name] = value
    return found


def tasks(play_or_tasks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """All tasks of a list of plays, tasks and blocks."""
    for each in play_or_tasks:
        nested = [
            each[part] for part in ("tasks", "pre_tasks", "post_tasks", "block", "rescue", "always") if part in each
        ]
        for part in nested:
            yield from tasks(part)
        if not nested and "roles" not in each:
            yield each


def test_plugins_has_only_folders_that_ansible_knows() -> None:
    loaders = [loader for loader in vars(ansible.plugins.loader).values() if isinstance(loader, PluginLoader)]
    known = {loader.package.rpartition(".")[2] for loader in loaders} | {"module_utils"}
    folders = {path.name for path in (ROOT / "plugins").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert "modules" in folders
    assert folders <= known


@pytest.mark.parametrize("plugin", DOCUMENTED, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_every_plugin_shows_how_it_is_used(plugin: Path) -> None:
    """Documentation for all, examples for what is written in a task, and what comes back from it."""
    wanted = {"DOCUMENTATION"} if plugin.parent.name == "callback" else {"DOCUMENTATION", "EXAMPLES", "RETURN"}
    assert {name for name in wanted if yaml.safe_load(blocks(plugin).get(name, "")) is None} == set()


@pytest.mark.parametrize("plugin", WRITTEN_IN_TASKS, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_examples_use_full_names(plugin: Path) -> None:
    for task in tasks(yaml.safe_load(blocks(plugin).get("EXAMPLES", "[]"))):
        actions = {key for key in task if key not in KEYWORDS and not key.startswith("with_")}
        assert [action for action in actions if not FULL_NAME.fullmatch(action)] == []


@pytest.mark.parametrize("plugin", WRITTEN_IN_TASKS, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_examples_read_facts_where_they_will_stay(plugin: Path) -> None:
    """From ansible-core 2.20 on, a fact that is read beside ansible_facts is a warning; 2.24 has none there."""
    expressions = re.findall(r"\{\{.*?\}\}|(?:that|when|until): .*", blocks(plugin).get("EXAMPLES", ""))
    assert [each for each in expressions if re.search(r"(?<![\w.])(ansible_net_\w+|routeros\.\w+)", each)] == []


@pytest.mark.parametrize("plugin", DOCUMENTED, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_nothing_claims_to_come_later(plugin: Path) -> None:
    version = _numbers(yaml.safe_load(text("galaxy.yml"))["version"])
    for added in re.findall(r"^ *version_added: *['\"]?([\d.]+)", "\n".join(blocks(plugin).values()), re.MULTILINE):
        assert _numbers(added) <= version


def _numbers(version: str) -> list[int]:
    return [int(number) for number in version.split(".")]


def test_no_rule_is_skipped() -> None:
    """No list of exceptions, and no content that ansible-lint does not see."""
    settings = yaml.safe_load(text(".ansible-lint"))
    assert settings["profile"] == "production"
    assert settings["strict"] is True
    assert {"skip_list", "warn_list", "mock_modules", "mock_roles"} & settings.keys() == set()
    content = ("plugins", "roles", "playbooks", "extensions", "meta", "inventories")
    assert [path for path in settings["exclude_paths"] if path.startswith(content)] == []
    assert not (ROOT / ".ansible-lint-ignore").exists()


@pytest.mark.parametrize("folder", ["extensions", "inventories", "meta", "playbooks", "plugins", "roles"])
def test_no_finding_is_silenced_where_it_stands(folder: str) -> None:
    """A comment that hides a finding from a linter is an exception too, kept in another place."""
    silencing = re.compile(r"#\s*(noqa|nosec|pylint:|yamllint disable|ansible-lint)", re.IGNORECASE)
    sources = [path for path in (ROOT / folder).rglob("*") if path.suffix in {".py", ".yml", ".yaml"}]
    assert sources
    assert [path.name for path in sources if silencing.search(path.read_text(encoding="utf-8"))] == []


def test_what_users_install_is_not_pinned() -> None:
    """One environment has to suit many collections, and ansible-core is what brings the collection there."""
    environment = yaml.safe_load(text("meta/execution-environment.yml"))
    listed = text(environment["dependencies"]["python"])
    requirements = [line for line in listed.splitlines() if line and not line.startswith("#")]
    assert requirements
    for requirement in requirements:
        assert re.fullmatch(r"[A-Za-z0-9._-]+(>=[\d.]+)?", requirement)
        assert not requirement.lower().startswith("ansible")
