# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change that is left open: confirmed or aborted later, or taken back in the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.multiwan.routeros.plugins.module_utils.errors import Unprotected
from ansible_collections.multiwan.routeros.plugins.module_utils.menus import find_menu
from ansible_collections.multiwan.routeros.plugins.module_utils.transaction import abort, begin

from .guarded_router import GuardedRouter
from .random_changes import ADDRESS, PORT, Asked, Tables, all_told
from .transacted import UNMET, begun, done, is_after, is_before, left_open, router


def test_an_open_change_is_confirmed_later(tmp_path: Path) -> None:
    fake = router()
    candidate = left_open(fake, tmp_path)
    fake.pass_time(20)
    assert done(fake, candidate).state == "confirmed"
    assert [said.partition(":")[2] for said in fake.verbs] == ["/system/scheduler/remove"]
    fake.pass_time(600)
    assert is_after(fake)
    assert fake.left == []


def test_an_open_change_has_the_time_that_it_was_left_open_with(tmp_path: Path) -> None:
    fake = router()
    candidate = left_open(fake, tmp_path, confirm_timeout=300)
    fake.pass_time(120)
    outcome = done(fake, candidate)
    assert (outcome.state, outcome.result.problem) == ("confirmed", "")
    fake.pass_time(600)
    assert is_after(fake)
    assert fake.left == []


def test_an_open_change_is_aborted(tmp_path: Path) -> None:
    fake = router()
    outcome = abort(left_open(fake, tmp_path), fake.world)
    assert (outcome.state, outcome.result.problem) == ("undone", "")
    assert is_before(fake)
    assert fake.left == []


def test_an_open_change_that_is_confirmed_too_late_is_undone(tmp_path: Path) -> None:
    fake = router()
    candidate = left_open(fake, tmp_path)
    fake.pass_time(90)
    outcome = done(fake, candidate)
    assert outcome.state == "undone"
    assert "too late to confirm" in outcome.result.problem
    assert is_before(fake)


def test_an_open_change_that_does_not_hold_is_undone(tmp_path: Path) -> None:
    fake = router()
    outcome = done(fake, left_open(fake, tmp_path), verify=UNMET)
    assert outcome.state == "undone"
    assert is_before(fake)
    assert fake.left == []


SWAPPED: dict[str, list[dict[str, str]]] = {
    PORT: [{"default-name": "ether1", "name": "LAN"}, {"default-name": "ether2", "name": "ISP1"}],
    ADDRESS: [{"address": "10.0.0.1/24", "interface": "LAN", "comment": "ours: a"}],
}


@pytest.mark.parametrize("end", ["commit", "abort", "fail"])
def test_ports_that_exchange_names_in_an_open_change(end: str) -> None:
    before: dict[str, list[dict[str, str]]] = {
        PORT: [{"default-name": "ether1", "name": "ISP1"}, {"default-name": "ether2", "name": "LAN"}],
        ADDRESS: [
            {"address": "10.0.0.1/24", "interface": "LAN", "comment": "ours: a"},
            {"address": "10.0.1.1/24", "interface": "ISP1", "comment": "theirs"},
        ],
    }
    fake = GuardedRouter(Tables.of(before))
    candidate, _told = begin("r1", "admin", [find_menu(PORT), find_menu(ADDRESS)], fake.world)
    Asked(SWAPPED, "overridden").of(candidate)
    outcome = done(fake, candidate, confirm=False)
    assert outcome.state == "open"
    assert outcome.candidate is not None
    assert [(row["address"], row["interface"]) for row in fake.tables.tables[ADDRESS].rows] == [
        ("10.0.1.1/24", "LAN"),
        ("10.0.0.1/24", "LAN"),
    ]
    if end == "commit":
        assert done(fake, outcome.candidate).state == "confirmed"
        return
    unmet = {"menus": {ADDRESS: [{"address": "10.0.0.1/24", "interface": "ISP1"}]}}
    last = abort(outcome.candidate, fake.world) if end == "abort" else done(fake, outcome.candidate, verify=unmet)
    assert last.state == "undone"
    assert all_told(fake.tables.rows()) == all_told(Tables.of(before).rows())


def test_safe_mode_cannot_be_left_open() -> None:
    fake = router(device_mode={"mode": "home", "scheduler": "no"})
    with pytest.raises(Unprotected, match="its hold ends with the session"):
        done(fake, confirm=False)
    assert fake.writes == []


def test_aborted_before_the_commit_nothing_has_happened() -> None:
    fake = router()
    assert abort(begun(fake), fake.world).state == "unchanged"
    assert fake.heard == []
