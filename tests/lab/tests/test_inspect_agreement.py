# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The menus against the command trees of real routers (``inspect-<version>.json``), and against themselves.

The trees are not part of the repository: ROUTEROS_FACTS names their folder, else a folder ``shared/routeros`` beside
the repository is looked at.  Without them the comparison has no cases; the checks of the menus' own consistency always run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

from routerlab.menus import registry
from routerlab.messages import Trap
from routerlab.model.commands import command_args
from routerlab.model.menu import Arg, Menu
from routerlab.model.render import render_all
from routerlab.model.router import Router
from routerlab.testing import Lab, router
from routerlab.values import text_of
from routerlab.values.basic import Enum
from routerlab.version import NEWEST, OLDEST, Version

_REPOSITORY = Path(__file__).resolve().parents[3]
_FOLDERS = [os.environ.get("ROUTEROS_FACTS"), str(_REPOSITORY.parent / "shared" / "routeros")]
_FOLDER = next((Path(folder) for folder in _FOLDERS if folder and Path(folder).is_dir()), None)
_TREES = sorted(_FOLDER.glob("inspect-*.json")) if _FOLDER else []
_FIRST_SEEN = [_FOLDER / "first-seen.json"] if _FOLDER and (_FOLDER / "first-seen.json").exists() else []

_OVERVIEW = [_FOLDER / "menus-7.24.txt"] if _FOLDER and (_FOLDER / "menus-7.24.txt").exists() else []

#: Verbs that the API has beside the console's commands.
_API_ONLY = {"getall", "listen"}
#: Menus of RouterBOARD hardware; the trees come from a Cloud Hosted Router.
_NOT_ON_CHR = {"system routerboard"}


@cache
def tree(path: Path) -> dict[str, Any]:
    """A real router's command tree."""
    content = json.loads(path.read_text("utf-8"))
    assert isinstance(content, dict)
    return content


def node(root: dict[str, Any], menu: str) -> dict[str, Any] | None:
    """A menu's part of a tree."""
    found: Any = root
    for word in menu.split():
        found = found.get(word) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else None


def commands(menu: Menu, version: Version) -> set[str]:
    """Every command that the lab knows of in a menu, modelled or not."""
    names = set(menu.verbs) - _API_ONLY
    names |= {command.name for command in menu.commands if version in command.versions}
    return names | ({"unset"} if menu.has_verb("unset", version) else set())


def version_of(path: Path) -> Version:
    """The version in the file's name."""
    return Version.parse(path.stem.removeprefix("inspect-"))


def absent_without(files: list[Path]) -> Callable[[Callable[..., None]], Callable[..., None] | None]:
    """A test that does not exist, rather than being skipped, when the files that it compares with are not there."""
    return lambda test: test if files else None


CASES = [
    pytest.param(path, menu, id=f"{version_of(path)}-{menu.path}")
    for path in _TREES
    for menu in registry.menus_for(version_of(path)).values()
    if menu.path not in _NOT_ON_CHR
]


@absent_without(_TREES)
@pytest.mark.parametrize(("path", "menu"), CASES)
def test_commands_and_arguments_agree_with_the_real_tree(path: Path, menu: Menu) -> None:
    """Nothing less and nothing more than the router has."""
    version = version_of(path)
    real = node(tree(path), menu.path)
    assert real is not None, f"RouterOS {version} has no menu {menu.path}"
    names = {name for name, part in real.items() if isinstance(part, dict) and part.get("_type") == "cmd"}
    assert commands(menu, version) == names
    for name in sorted(names):
        special = menu.command(name, version)
        if special is not None and not special.modelled:
            continue
        known = set(special.args) if special is not None else command_args(menu, name, version)
        assert known == set(real[name]) - {"_type"}, f"arguments of {menu.path} {name}"


@absent_without(_TREES)
@pytest.mark.parametrize("path", _TREES, ids=lambda path: path.stem)
def test_commands_outside_of_menus_agree_with_the_real_tree(path: Path) -> None:
    """``/ping`` and ``/tool/ping`` are where the router has them, with the same arguments."""
    version = version_of(path)
    ours = {(*where, name): set(command.args) for (where, name), command in registry.tools_for(version).items()}
    real = {words: node(tree(path), " ".join(words)) for words in (("ping",), ("tool", "ping"))}
    assert ours == {words: set(found) - {"_type"} for words, found in real.items() if found is not None}


@absent_without(_TREES)
@pytest.mark.parametrize("path", _TREES, ids=lambda path: path.stem)
def test_menus_appear_in_no_version_without_them(path: Path) -> None:
    """A menu outside of its span is not in the tree either."""
    version = version_of(path)
    hidden = {menu.path for menu in registry.ALL} - registry.menus_for(version).keys()
    assert [menu for menu in hidden if node(tree(path), menu) is not None] == []


@absent_without(_FIRST_SEEN)
@pytest.mark.parametrize("path", _FIRST_SEEN, ids=lambda path: path.stem)
def test_bounds_agree_with_the_versions_in_which_arguments_were_first_seen(path: Path) -> None:
    """``ip/route/add/check-gateway: 7.9 .. 7.24`` for every modelled argument."""
    by_path = {menu.path: menu for menu in registry.ALL}
    compared = 0
    for key, words in json.loads(path.read_text("utf-8")).items():
        words_of_key: list[str] = key.split("/")
        menu = by_path.get(" ".join(words_of_key[:-2]))
        verb, name = ["", *words_of_key][-2:]
        if menu is None or verb not in ("add", "set") or ".." not in words or words.startswith("never"):
            continue
        first, last = (Version.parse(text) for text in words.split(" .. "))
        item = menu.by_name[name]
        compared += 1
        since = item.versions.since or OLDEST
        assert since.key[:2] == first.key[:2], f"{key}: {words}, the lab says {item.versions}"
        if last < NEWEST:
            assert item.versions.until is not None
            assert last < item.versions.until <= Version(last.major, last.minor + 1, 0, ""), key
    assert compared > 20


def proplists(path: Path) -> dict[str, set[str]]:
    """What ``print proplist=`` offers in each menu of 7.22.3, from the overview of a real router's menus."""
    found: dict[str, set[str]] = {}
    for section in path.read_text("utf-8").split("\n## ")[1:]:
        offered = [line for line in section.splitlines() if line.startswith("print proplist (7.22.3): ")]
        if offered:
            menu = section.split()[0].strip("/").replace("/", " ")
            found[menu] = set(offered[0].split(": ", 1)[1].split())
    return found


@absent_without(_OVERVIEW)
def test_returned_properties_are_those_of_a_real_router() -> None:
    """The lab returns no property that 7.22.3 has not."""
    version = Version.parse("7.22.3")
    offered = proplists(_OVERVIEW[0])
    compared = 0
    for menu in registry.menus_for(version).values():
        if menu.path in offered:
            compared += 1
            returned = {item.name for item in menu.args if version in item.versions and not item.secret}
            assert returned | set(menu.reads) <= offered[menu.path], menu.path
    assert compared > 20


# What always runs


def _parse(item: Arg, text: str, box: Router) -> str | None:
    value = item.kind.parse(text, item.name, box)
    return None if value is None else text_of(value, box)


ARGS = [(menu, item) for menu in registry.ALL for item in menu.args]


@pytest.mark.parametrize(("menu", "item"), ARGS, ids=lambda part: getattr(part, "path", getattr(part, "name", "")))
def test_defaults_are_values_of_their_own_kind(lab: Lab, menu: Menu, item: Arg) -> None:
    """A default reads back as it is written in the tables."""
    default = item.default
    if not default:
        return
    assert lab.call("new", partial(_parse, item, default)) == default


@pytest.mark.parametrize("menu", registry.ALL, ids=lambda menu: menu.path)
def test_declarations_are_consistent(menu: Menu) -> None:
    """Mandatory arguments exist, ordered menus move, special commands are no common verbs."""
    add = menu.args_for("add", NEWEST) if "add" in menu.verbs else menu.args_for("set", NEWEST)
    assert set(menu.required) <= set(add)
    assert menu.ordered is ("move" in menu.verbs)
    assert not {command.name for command in menu.commands} & set(menu.verbs)
    assert ("comment" in menu.by_name) is ("comment" in menu.verbs)
    assert ("disabled" in menu.by_name) is ("disable" in menu.verbs)
    assert not set(menu.reads) & set(menu.by_name)
    assert set(menu.order) <= set(menu.by_name) | set(menu.reads)
    assert menu.singleton is ("find" not in menu.verbs)


@pytest.mark.parametrize("version", ["7.9", "7.12.2", "7.18.2", "7.22.3", "7.24"])
def test_every_menu_can_be_listed_in_every_version(version: str) -> None:
    """Also on the oldest one, and every returned property is declared."""
    with Lab(routers=[router("r", version)]) as lab:

        def undeclared(box: Router) -> list[str]:
            found = []
            for menu in box.menus.values():
                known = set(menu.by_name) | set(menu.reads) | {".id", ".nextid"}
                for row in render_all(box, menu):
                    found += [f"{menu.path}: {name}" for name in row.keys() - known]
            return sorted(set(found))

        assert lab.call("r", undeclared) == []


def test_unknown_words_are_refused_by_closed_kinds(lab: Lab) -> None:
    """Every enumeration refuses a word that it has not."""
    enums = [(menu, item) for menu, item in ARGS if isinstance(item.kind, Enum)]
    assert len(enums) > 30
    for _menu, item in enums:
        with pytest.raises(Trap, match=f"input does not match any value of {item.name}"):
            lab.call("new", partial(_parse, item, "no-such-word"))
