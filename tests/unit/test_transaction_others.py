# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Others at the same router, and earlier runs: what they do stays, is waited for, or stops the change."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.multiwan.routeros.plugins.module_utils.errors import (
    CommandFailed,
    Conflict,
    ConnectionFailed,
    ConnectionLost,
    RouterOSError,
    Unprotected,
)
from ansible_collections.multiwan.routeros.plugins.module_utils.protection import SAFE_MODE_BOUND
from ansible_collections.multiwan.routeros.plugins.module_utils.session import Sentence
from ansible_collections.multiwan.routeros.plugins.module_utils.transaction import begin, status

from .guarded_router import GuardedRouter, Refused
from .random_changes import FILTER, ROUTE, all_told
from .transacted import MENUS, RULE, begun, count_of_sentences, done, is_after, is_before, left_open, router, struck


def test_an_arming_that_somebody_else_was_quicker_with_gives_way() -> None:
    fake = router()
    candidate = begun(fake)

    def strike(said: Sentence, _count: int) -> None:
        if said[0] == "/system/scheduler/add":
            fake.strike = None
            fake.jobs.obey(("/add", "=name=multiwan-undo-00000001"))

    fake.strike = strike
    outcome = done(fake, candidate)
    assert outcome.state == "undone"
    assert "another run has begun to change the router (00000001); run again later" in outcome.result.problem
    assert fake.writes == []
    assert fake.left == ["multiwan-undo-00000001"]


@pytest.mark.parametrize(
    ("undo", "how"),
    [
        ("scheduler", "refused"),
        ("scheduler", "lost"),
        ("scheduler", "nothing"),
        # a hold that is lost unrolls the changes of everybody
        ("safe_mode", "refused"),
        ("safe_mode", "nothing"),
    ],
)
def test_a_rule_that_somebody_adds_meanwhile_stays(undo: str, how: str) -> None:
    foreign = RULE | {"comment": "theirs new"}
    for at in range(count_of_sentences(undo)):
        fake = router()
        candidate = begun(fake)

        def strike(said: Sentence, count: int, fake: GuardedRouter = fake, at: int = at) -> None:
            if count == at:
                fake.strike = later
                table = fake.tables.tables[FILTER]
                table.obey(
                    ("/add", *(f"={n}={v}" for n, v in foreign.items()), f"=place-before={table.rows[0]['.id']}")
                )

        def later(said: Sentence, count: int, fake: GuardedRouter = fake) -> None:
            fake.strike = None
            if how == "refused":
                raise Refused("failure: no")
            if how == "lost":
                raise ConnectionLost("r1 (test): the connection broke")

        fake.strike = strike
        try:
            outcome = done(fake, candidate, undo=undo)
        except (CommandFailed, ConnectionLost, Conflict, Unprotected):
            assert fake.writes == []
        else:
            assert outcome.state in ("undone", "confirmed", "unconfirmed"), (at, outcome.result.problem)
        fake.pass_time(SAFE_MODE_BOUND)
        assert [row for row in fake.tables.tables[FILTER].rows if row["comment"] == "theirs new"], (how, at)
        assert fake.left == []


def test_a_hold_of_somebody_else_is_respected() -> None:
    fake = router()
    candidate = begun(fake)
    fake.holder = "bob"
    with pytest.raises(Unprotected, match="r1: bob holds safe mode"):
        done(fake, candidate)
    assert fake.writes == []
    assert fake.left == ["bob"]


def test_what_somebody_has_changed_meanwhile_is_a_conflict() -> None:
    fake = router()
    candidate = begun(fake)
    fake.tables.tables[ROUTE].rows[0]["distance"] = "7"
    with pytest.raises(Conflict) as caught:
        done(fake, candidate)
    assert str(caught.value) == (
        "r1: somebody has changed the router since the transaction began, so nothing was written: ip route, "
        'comment="ours: old": distance="" has become distance=7. Look at it and run again, or set on_conflict: replan'
    )
    assert fake.writes == []
    outcome = done(fake, candidate, on_conflict="replan")
    assert outcome.state == "confirmed"
    assert outcome.conflicts == ['ip route, comment="ours: old": distance="" has become distance=7']
    assert is_after(fake)


def test_a_pending_change_of_another_run_is_not_written_over(tmp_path: Path) -> None:
    fake = router()
    candidate = begun(fake)
    left_open(fake, tmp_path)
    with pytest.raises(Conflict):
        done(fake, candidate)
    assert fake.writes == []


def test_begin_waits_for_the_undo_of_an_earlier_run(tmp_path: Path) -> None:
    fake = router()
    left_open(fake, tmp_path)
    candidate, told = begin("r1", "admin", MENUS, fake.world)
    assert is_before(fake)
    assert len(told) == 1
    assert "a change of an earlier run" in told[0]
    assert all_told(candidate.rows) == all_told(fake.tables.rows())


def test_begin_waits_on_where_the_undo_cuts_its_line(tmp_path: Path) -> None:
    fake = router()
    left_open(fake, tmp_path)
    broken: list[int] = []

    def strike(said: Sentence, count: int) -> None:
        if is_before(fake) and not broken:
            broken.append(fake.sessions)
            raise ConnectionLost("r1 (test): the connection broke")

    fake.strike = strike
    _candidate, told = begin("r1", "admin", MENUS, fake.world)
    assert broken
    assert fake.sessions == broken[0] + 1
    assert "had to end first" in told[0]


def test_begin_says_so_where_the_line_breaks_at_once() -> None:
    fake = router()
    with struck(fake, 0, "lost"), pytest.raises(ConnectionLost):
        begin("r1", "admin", MENUS, fake.world)


@pytest.mark.parametrize("error", [ConnectionLost, ConnectionFailed])
def test_begin_says_so_where_the_router_never_answers_again(error: type[RouterOSError], tmp_path: Path) -> None:
    fake = router()
    left_open(fake, tmp_path)
    start = fake.now
    broken: list[int] = []

    def strike(said: Sentence, count: int) -> None:
        # the first look has seen the undo
        if broken or (count and said[0] == "/system/resource/print"):
            broken.append(count)
            raise ConnectionLost("r1 (test): the connection broke")

    fake.strike = strike
    fake.reachable = lambda: error is ConnectionLost or not broken
    with pytest.raises(error):
        begin("r1", "admin", MENUS, fake.world)
    assert broken
    assert fake.now >= start + SAFE_MODE_BOUND


def test_status_tells_what_is_pending_and_what_was_taken_back(tmp_path: Path) -> None:
    fake = router()
    candidate = left_open(fake, tmp_path)
    pending = status("r1", "admin", fake.world)
    assert pending["pending"] == [candidate.job["id"]]
    fake.pass_time(90)
    past = status("r1", "admin", fake.world)
    assert past["pending"] == []
    assert len(past["log"]) == 1
    assert candidate.job["id"] in past["log"][0]


@pytest.mark.parametrize("menu", ["system scheduler", "log"])
def test_status_says_so_where_the_router_refuses_to_tell(menu: str) -> None:
    fake = router()

    def refuse(said: Sentence, _count: int) -> None:
        if said[0] == f"/{menu.replace(' ', '/')}/print":
            raise Refused("not permitted (9)")

    fake.strike = refuse
    with pytest.raises(CommandFailed, match=rf"r1: {menu}: cannot be read: not permitted \(9\)"):
        status("r1", "admin", fake.world)
