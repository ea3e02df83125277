# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A transaction against a router in memory: the order of its sentences, and the truth about what became of it."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.multiwan.routeros.plugins.module_utils import change
from ansible_collections.multiwan.routeros.plugins.module_utils.errors import ConnectionLost, InvalidEntry, Unprotected
from ansible_collections.multiwan.routeros.plugins.module_utils.mask import Mask
from ansible_collections.multiwan.routeros.plugins.module_utils.present import Shown
from ansible_collections.multiwan.routeros.plugins.module_utils.session import Sentence
from ansible_collections.multiwan.routeros.plugins.module_utils.transaction import (
    GRACE,
    Options,
    begin,
    commit,
    commit_options,
)

from .guarded_router import BOOT, Refused
from .random_changes import FILTER, ROUTE, Asked, Tables
from .transacted import BEFORE, MENUS, RULE, UNMET, WRITES, at_the_proof, begun, done, is_after, is_before, router


def test_the_order_of_sentences() -> None:
    fake = router()
    outcome = done(fake)
    assert (outcome.state, outcome.result.problem, outcome.result.warnings) == ("confirmed", "", [])
    first, second = fake.sessions - 1, fake.sessions
    assert fake.verbs == [
        f"{first}:/system/scheduler/add",
        *(f"{first}:{command}" for command in WRITES),
        f"{second}:/system/scheduler/remove",
    ]
    reads = [number for number, _at, said in fake.heard if said[0] == "/ip/route/print"]
    assert reads == [first, second]
    assert is_after(fake)
    assert fake.left == []
    assert len(outcome.result.commands) == len(WRITES)


def test_safe_mode_is_held_by_the_session_that_writes() -> None:
    fake = router()
    outcome = done(fake, undo="both")
    assert outcome.state == "confirmed"
    first, second = fake.sessions - 1, fake.sessions
    assert fake.verbs == [
        f"{first}:/system/scheduler/add",
        f"{first}:/safe-mode/take",
        *(f"{first}:{command}" for command in WRITES),
        f"{first}:/safe-mode/release",
        f"{second}:/system/scheduler/remove",
    ]
    assert is_after(fake)
    assert fake.left == []


def test_check_mode_writes_nothing() -> None:
    fake = router()
    outcome = commit(begun(fake), Options(), fake.world, check=True)
    assert outcome.state == "planned"
    assert len(outcome.result.commands) == len(WRITES)
    assert outcome.way is not None
    assert fake.verbs == []


def test_nothing_asked_is_nothing_done() -> None:
    fake = router()
    candidate, _told = begin("r1", "admin", MENUS, fake.world)
    assert done(fake, candidate).state == "unchanged"
    assert fake.verbs == []


@pytest.mark.parametrize(
    ("undo", "part"),
    [("scheduler", "/system/scheduler/add"), ("safe_mode", "/safe-mode/take"), ("both", "/safe-mode/take")],
)
def test_where_the_undo_cannot_be_armed_nothing_is_written(undo: str, part: str) -> None:
    fake = router()
    candidate = begun(fake)

    def refuse(said: Sentence, _count: int) -> None:
        if said[0] == part:
            raise Refused("failure: not allowed")

    fake.strike = refuse
    outcome = done(fake, candidate, undo=undo)
    assert fake.writes == []
    assert is_before(fake)
    assert fake.left == []
    assert outcome.state == "undone"
    assert "failure: not allowed" in outcome.result.problem
    assert outcome.result.problem.startswith("r1: ")


@pytest.mark.parametrize("tenths", range(2, 40, 3))
@pytest.mark.parametrize("undo", ["scheduler", "safe_mode", "both"])
def test_a_slow_router_gets_no_write_after_half_of_the_time(
    undo: str, tenths: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = router(keeps_time=True)
    monkeypatch.setattr(change, "time", SimpleNamespace(monotonic=lambda: fake.now))
    candidate = begun(fake)
    fake.cost = tenths / 10
    outcome = done(fake, candidate, undo=undo)
    connected = fake.heard[0][1] - fake.cost
    late = [said for at, said in fake.writes if at - fake.cost >= connected + 30]
    assert late == [] or undo == "safe_mode"
    assert outcome.state in ("confirmed", "undone")
    assert outcome.state == "confirmed" or fake.cost > 1
    assert outcome.state == "undone" or fake.cost < 2
    assert is_after(fake) if outcome.state == "confirmed" else is_before(fake)
    assert fake.left == []


def test_a_job_that_never_runs_is_no_undo() -> None:
    fake = router(ticks=False)
    outcome = done(fake)
    assert outcome.state == "undone"
    assert "the router has not run its job once within 12 s" in outcome.result.problem
    assert outcome.result.problem.endswith("Nothing was written")
    assert fake.writes == []
    assert fake.left == []


def test_what_somebody_has_undone_meanwhile_is_not_confirmed() -> None:
    fake = router()
    candidate = begun(fake)

    def undo() -> None:
        fake.tables = Tables.of(BEFORE)

    at_the_proof(fake, undo)
    outcome = done(fake, candidate)
    assert outcome.state == "undone"
    assert "somebody has undone it meanwhile" in outcome.result.problem
    assert fake.left == []


def test_too_late_is_not_confirmed() -> None:
    fake = router()
    candidate = begun(fake)
    at_the_proof(fake, lambda: fake.pass_time(52))
    outcome = done(fake, candidate)
    assert outcome.state == "undone"
    assert "too late to confirm" in outcome.result.problem
    assert not any("scheduler/remove" in said for said in fake.verbs)
    assert is_before(fake)
    assert fake.left == []


@pytest.mark.parametrize("undo", ["scheduler", "safe_mode", "both"])
@pytest.mark.parametrize("verify", [UNMET, {"ping": [{"address": "10.0.0.2", "received": 3}]}], ids=["row", "ping"])
def test_what_does_not_hold_is_taken_back(undo: str, verify: dict[str, Any]) -> None:
    fake = router(pings=2)
    outcome = done(fake, undo=undo, verify=verify)
    assert outcome.state == "undone"
    assert "what was to be verified does not hold" in outcome.result.problem
    assert outcome.result.commands == []
    assert is_before(fake)
    assert fake.left == []


@pytest.mark.parametrize("undo", ["scheduler", "safe_mode", "both"])
def test_what_holds_is_confirmed(undo: str) -> None:
    fake = router()
    met = {"menus": {ROUTE: [{"comment": "ours: new", "distance": 1}]}, "ping": [{"address": "10.0.0.2"}]}
    assert done(fake, undo=undo, verify=met).state == "confirmed"
    assert is_after(fake)
    assert fake.left == []


@pytest.mark.parametrize("undo", ["scheduler", "safe_mode", "both"])
def test_a_change_that_cuts_the_way_to_the_router_is_taken_back(undo: str) -> None:
    fake = router()
    candidate = begun(fake)
    fake.reachable = lambda: not any(row.get("comment") == "ours: c" for row in fake.tables.tables[FILTER].rows)
    outcome = done(fake, candidate, undo=undo)
    assert outcome.state == "undone"
    assert "after the change the router cannot be reached" in outcome.result.problem
    assert is_before(fake)
    assert fake.left == []


def test_a_router_that_never_comes_back_is_unknown() -> None:
    fake = router()
    candidate = begun(fake)
    fake.reachable = lambda: not fake.writes
    outcome = done(fake, candidate)
    assert outcome.state == "unknown"
    assert outcome.result.after is None
    assert (
        "how it looks is not known. It undoes by itself what was not confirmed, within 60 s" in outcome.result.problem
    )
    assert fake.now < BOOT + 2 * 60 + 2 * GRACE


# What is told on the way


def test_each_step_is_told_when_it_begins_with_its_bound() -> None:
    fake = router()
    candidate = begun(fake)
    told: list[tuple[str, float | None, int]] = []
    world = replace(fake.world, tell=lambda text, within: told.append((text, within, len(fake.writes))))
    met = {"menus": {ROUTE: [{"comment": "ours: new", "distance": 1}]}}
    assert commit(candidate, Options(verify=met), world).state == "confirmed"
    assert [(text, writes) for text, _within, writes in told] == [
        ("reading the router once more", 0),
        ("arming the undo", 0),
        (f"writing {len(WRITES)} changes", 0),
        ("coming in by a new login", len(WRITES)),
        ("waiting until all holds that must", len(WRITES)),
    ]
    assert [within is None or 0 < within <= 60 for _text, within, _writes in told] == [True] * 5


def test_it_is_told_that_the_undo_is_waited_for() -> None:
    fake = router()
    candidate = begun(fake)
    told: list[tuple[str, float | None]] = []
    world = replace(fake.world, tell=lambda text, within: told.append((text, within)))
    assert commit(candidate, Options(verify=UNMET), world).state == "undone"
    assert told[-1] == ("waiting until the change is taken back", 60 + GRACE)


# Without protection


def test_without_a_way_back_nothing_is_written() -> None:
    fake = router(version="7.12.2 (stable)", device_mode={"mode": "home", "scheduler": "no"})
    with pytest.raises(Unprotected) as caught:
        done(fake)
    assert str(caught.value) == (
        "r1: the router could not take the change back by itself, so nothing was written. scheduler: device-mode 'home' "
        "forbids the scheduler; safe_mode: over the API it is there from RouterOS 7.18 on, the router has 7.12.2. Mend one of "
        "these, or set unsafe: true to do without"
    )
    assert fake.writes == []


def test_unsafe_goes_on_without() -> None:
    fake = router(version="7.12.2 (stable)", device_mode={"mode": "home", "scheduler": "no"}, may_be_unguarded=True)
    outcome = done(fake, unsafe=True)
    assert outcome.state == "confirmed"
    assert outcome.way is not None
    assert outcome.way.kind == "none"
    assert is_after(fake)


@pytest.mark.parametrize("at", range(len(WRITES)))
def test_unsafe_tells_the_truth_about_half_a_change(at: int) -> None:
    fake = router(version="7.12.2 (stable)", device_mode={"mode": "home", "scheduler": "no"}, may_be_unguarded=True)
    candidate = begun(fake)

    def strike(said: Sentence, _count: int) -> None:
        if said[0].endswith(("/add", "/remove")) and len(fake.writes) == at:
            raise ConnectionLost("r1 (test): the connection broke")

    fake.strike = strike
    outcome = done(fake, candidate, unsafe=True)
    assert outcome.state == ("undone" if at == 0 else "mixed")
    assert "the connection broke" in outcome.result.problem
    assert len(outcome.result.commands) == at


# What the options may be, and what is shown


def given(**options: Any) -> dict[str, Any]:
    return {
        "confirm": True,
        "confirm_timeout": 60,
        "on_conflict": "fail",
        "undo": "auto",
        "undo_within": None,
        "unsafe": False,
        "verify": None,
    } | options


@pytest.mark.parametrize(
    ("options", "timeout", "message"),
    [
        (given(confirm_timeout=14), 1.0, "r1: confirm_timeout=14: expected at least 15 s"),
        (
            given(confirm_timeout=59),
            30.0,
            r"r1: confirm_timeout=59: expected at least 60 s, twice routeros_timeout \(30 s\)",
        ),
        (given(verify={"pings": []}), 10.0, "r1: verify: unknown 'pings'; it has menus and ping"),
    ],
)
def test_options_that_cannot_be(options: dict[str, Any], timeout: float, message: str) -> None:
    with pytest.raises(InvalidEntry, match=message):
        commit_options("r1", options, timeout)


def test_options_as_given() -> None:
    assert commit_options("r1", given(), 10.0) == Options()
    found = commit_options("r1", given(undo_within=600, verify={"menus": {}}), 10.0)
    assert (found.undo_within, found.verify) == (600, {"menus": {}})


def test_no_result_shows_a_secret() -> None:
    fake = router()
    candidate, _told = begin("r1", "admin", MENUS, fake.world)
    mask = Mask(["hunter2"])
    candidate.ask({FILTER: [RULE | {"comment": "ours: hunter2"}]}, Asked({}).request, mask, ["hunter2"])
    later = Mask()
    later.hide(candidate.secrets)
    fake.forget()
    unmet = {"menus": {FILTER: [{"comment": "ours: hunter2", "log": True}]}}
    outcome = commit(candidate, Options(verify=unmet), fake.world)
    assert any("hunter2" in word for _at, said in fake.writes for word in said)
    assert outcome.state == "undone"
    shown = Shown(later, None).transacted("r1", outcome, diff=True)
    assert "hunter2" not in str(shown)
    assert shown["failed"]
    assert not shown["changed"]
