# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page that tells what is modelled."""

from __future__ import annotations

from pathlib import Path

import pytest

from routerlab import coverage
from routerlab.firewall.counting import COUNTING
from routerlab.firewall.matchers import MATCHERS
from routerlab.firewall.names import MENUS as RULES
from routerlab.menus import registry

PAGE = Path(__file__).resolve().parents[3] / "docs" / "lab-coverage.md"


def test_the_page_is_up_to_date() -> None:
    """Else: python -m routerlab.coverage docs/lab-coverage.md"""
    assert PAGE.read_text("utf-8") == coverage.page()


def test_every_menu_and_argument_is_on_it() -> None:
    """With the commands that are missing."""
    page = coverage.page()
    for menu in registry.ALL:
        section = page.split(f"\n### {menu.path}", 1)[1].split("\n### ")[0]
        for item in menu.args:
            assert f"`{item.name}`" in section
        for command in menu.commands:
            assert command.name in section


def test_matchers_are_told_to_work_if_and_only_if_the_data_plane_has_them() -> None:
    """In every menu of rules; what is neither a matcher nor kept belongs to an action or to the rule itself."""
    carried_out = {**MATCHERS, **COUNTING}.keys()
    for menu in registry.ALL:
        if menu.path in RULES:
            names = {item.name for item in menu.args}
            kept = {item.name for item in menu.args if not item.effect}
            assert carried_out & names <= {item.name for item in menu.args if item.packets}
            assert not carried_out & kept
            assert "tarpit" in coverage.idle_actions(menu) or menu.path != "ip firewall filter"
            assert "accept" not in coverage.idle_actions(menu)


def test_what_works_with_packets_works() -> None:
    """An argument cannot be kept and work at the same time."""
    assert not [item.name for menu in registry.ALL for item in menu.args if item.packets and not item.effect]


def test_no_menu_is_both_modelled_and_not() -> None:
    """The list of missing menus has none of ours."""
    assert not {path for path, _rest in coverage.unmodelled()} & {menu.path for menu in registry.ALL}
    assert len(coverage.unmodelled()) > 100


def test_the_command_writes_or_prints(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """To a file or to the terminal."""
    assert coverage.main([str(tmp_path / "page.md")]) == 0
    assert (tmp_path / "page.md").read_text("utf-8") == coverage.page()
    assert coverage.main([]) == 0
    assert capsys.readouterr().out == coverage.page()
    assert coverage.main(["a", "b"]) == 2
