# Copyright: (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A transaction against a router in memory: the order of its sentences, and the truth about what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.multiwan.routeros.plugins.module_utils import change, inspection
from ansible_collections.multiwan.routeros.plugins.module_utils.candidate import Candidate
from ansible_collections.multiwan.routeros.plugins.module_utils.errors import (
    CommandFailed,
    Conflict,
    ConnectionLost,
    InvalidEntry,
    Unprotected,
)
from ansible_collections.multiwan.routeros.plugins.module_utils.mask import Mask
from ansible_collections.multiwan.routeros.plugins.module_utils.menus import find_menu
from ansible_collections.multiwan.routeros.plugins.module_utils.present import Shown
from ansible_collections.multiwan.routeros.plugins.module_utils.protection import SAFE_MODE_BOUND
from ansible_collections.multiwan.routeros.plugins.module_utils.session import Sentence
from ansible_collections.multiwan.routeros.plugins.module_utils.transaction import (
    GRACE,
    Options,
    Outcome,
    abort,
    begin,
    commit,
    commit_options,
    status,
)

from .guarded_router import BOOT, GuardedRouter, Refused
from .random_changes import ADDRESS, FILTER, PORT, ROUTE, TABLE, Asked, Tables, all_told

RULE = {"chain": "input", "action": "accept"}
BEFORE = {
    TABLE: [{"name": "old", "fib": "yes", "comment": "ours: old"}, {"name": "x", "comment": "theirs x"}],
    FILTER: [RULE | {"comment": name} for name in ("theirs first", "ours: a", "ours: b", "theirs last")],
    ROUTE: [{"gateway": "10.0.0.1", "routing-table": "old", "comment": "ours: old"}],
}
WANTED: dict[str, list[dict[str, str]]] = {
    TABLE: [{"name": "new", "fib": "yes", "comment": "ours: new"}],
    FILTER: [RULE | {"comment": "ours: b"}, RULE | {"action": "drop", "comment": "ours: c"}],
    ROUTE: [{"gateway": "10.0.0.2", "routing-table": "new", "comment": "ours: new"}],
}
MENUS = [find_menu(path) for path in BEFORE]


def router(**how: Any) -> GuardedRouter:
    return GuardedRouter(Tables.of(BEFORE), **how)


def begun(fake: GuardedRouter) -> Candidate:
    candidate, told = begin("r1", "admin", MENUS, fake.world)
    assert told == []
    Asked(WANTED, "overridden").of(candidate)
    fake.forget()
    return candidate


def done(fake: GuardedRouter, candidate: Candidate | None = None, **how: Any) -> Outcome:
    """Commit, with a time-out that leaves the undo out of the way of quick tests of time."""
    return commit(candidate or begun(fake), Options(**how), Mask(), fake.world)


def is_before(fake: GuardedRouter) -> bool:
    return all_told(fake.tables.rows()) == all_told(Tables.of(BEFORE).rows())


def is_after(fake: GuardedRouter) -> bool:
    wanted = Tables.of(BEFORE)
    candidate = wanted.candidate()
    Asked(WANTED, "overridden").of(candidate)
    return all_told(fake.tables.rows()) == all_told(candidate.rows)


WRITES = [
    "/routing/table/add",
    "/ip/route/add",
    "/ip/firewall/filter/add",
    "/ip/firewall/filter/remove",
    "/ip/route/remove",
    "/routing/table/remove",
]


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
    outcome = commit(begun(fake), Options(), Mask(), fake.world, check=True)
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
    assert late == [] or undo != "scheduler"
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

    def strike(said: Sentence, _count: int) -> None:
        if said[0] == "/system/resource/print" and fake.writes:
            fake.strike = None
            fake.tables = Tables.of(BEFORE)

    fake.strike = strike
    outcome = done(fake, candidate)
    assert outcome.state == "undone"
    assert "somebody has undone it meanwhile" in outcome.result.problem
    assert fake.left == []


def test_too_late_is_not_confirmed() -> None:
    fake = router()
    candidate = begun(fake)

    def slow(said: Sentence, _count: int) -> None:
        if said[0] == "/system/resource/print" and fake.writes:
            fake.strike = None
            fake.pass_time(52)

    fake.strike = slow
    outcome = done(fake, candidate)
    assert outcome.state == "undone"
    assert "too late to confirm" in outcome.result.problem
    assert not any("scheduler/remove" in said for said in fake.verbs)
    assert is_before(fake)
    assert fake.left == []


UNMET = {"menus": {ROUTE: [{"comment": "ours: new", "distance": 9}]}}


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


def count_of_sentences(undo: str) -> int:
    fake = router()
    done(fake, undo=undo)
    return fake.asked


HOWS = ["refused", "lost", "answer lost", "silent", "slow"]


@contextmanager
def struck(fake: GuardedRouter, at: int, how: str) -> Iterator[None]:
    """Let something happen at the sentence *at* of the commit, once."""

    def strike(said: Sentence, count: int) -> None:
        if count != at:
            return
        hit.append(said)
        fake.strike = None
        if how == "refused":
            raise Refused("failure: no")
        if how == "lost":
            raise ConnectionLost("r1 (test): the connection broke")
        if how == "slow":
            fake.pass_time(9)
            return
        # the router carries it out, and nobody hears of it
        fake.carry_out(fake.sessions, said)
        if how == "silent":
            fake.pass_time(10)
        raise ConnectionLost(f"r1 (test): {how}")

    hit: list[Sentence] = []
    fake.strike = strike
    yield
    assert hit


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("undo", ["scheduler", "safe_mode", "both"])
def test_whatever_happens_at_any_sentence_the_router_is_as_before_or_as_after(undo: str, how: str) -> None:
    seen: dict[str, int] = {}
    for at in range(count_of_sentences(undo)):
        fake = router()
        candidate = begun(fake)
        state = "raised"
        with struck(fake, at, how):
            try:
                outcome = done(fake, candidate, undo=undo)
            except (CommandFailed, ConnectionLost, Conflict, Unprotected):
                assert fake.writes == []
            else:
                state = outcome.state
                assert (state == "confirmed") == (not outcome.result.problem)
        where = f"{how} at {at}: {state}"
        assert fake.left == [], where
        fake.pass_time(SAFE_MODE_BOUND)
        seen[state] = seen.get(state, 0) + 1
        assert is_before(fake) or is_after(fake), where
        assert is_after(fake) == (state == "confirmed"), where
    assert seen.keys() <= {"raised", "undone", "confirmed"}
    assert seen.get("undone") or how == "slow"


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("undo", ["scheduler", "safe_mode", "both"])
def test_what_happens_while_a_change_is_taken_back_is_told_too(
    undo: str, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspection, "POLL", 15.0)
    fake = router(pings=0)
    ping = {"ping": [{"address": "10.0.0.2"}]}
    assert done(fake, undo=undo, verify=ping).state == "undone"
    last = fake.asked
    failed = next(number for number, (_session, _at, said) in enumerate(fake.heard) if said[0] == "/tool/ping")
    for at in range(failed, last):
        fake = router(pings=0)
        candidate = begun(fake)
        with struck(fake, at, how):
            outcome = done(fake, candidate, undo=undo, verify=ping)
        where = f"{how} at {at}: {outcome.state}, {outcome.result.problem}"
        assert outcome.state == "undone", where
        assert fake.left == [], where
        assert is_before(fake), where


class Killed(BaseException):
    """The end of the controller."""


@pytest.mark.parametrize("heard", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("undo", ["scheduler", "safe_mode", "both"])
def test_where_the_controller_is_killed_the_next_run_finds_the_one_or_the_other(undo: str, heard: bool) -> None:
    seen = set()
    for at in range(count_of_sentences(undo)):
        fake = router()
        candidate = begun(fake)

        def strike(said: Sentence, count: int, fake: GuardedRouter = fake, at: int = at) -> None:
            if count == at:
                fake.strike = None
                if heard:
                    fake.carry_out(fake.sessions, said)
                raise Killed

        fake.strike = strike
        with pytest.raises(Killed):
            done(fake, candidate, undo=undo)
        later, told = begin("r1", "admin", MENUS, fake.world)
        assert fake.left == [], at
        assert is_before(fake) or is_after(fake), at
        assert all_told(later.rows) == all_told(fake.tables.rows())
        seen.add((bool(told), is_before(fake)))
    # undone while begin waited; unwritten, or undone at once; confirmed at the end
    expected = {(False, True)}
    if undo != "safe_mode":
        expected.add((True, True))
    if heard or undo != "safe_mode":
        # with a job, the router is asked for the time behind it
        expected.add((False, False))
    assert seen == expected


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
    assert fake.left in ([], ["multiwan-undo-00000001"])


@pytest.mark.parametrize("how", ["refused", "lost", "nothing"])
@pytest.mark.parametrize("undo", ["scheduler", "safe_mode"])
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
            if how == "lost" and undo == "scheduler":
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


# A change that is left open


def left_open(fake: GuardedRouter, folder: Path) -> Candidate:
    outcome = done(fake, confirm=False)
    assert outcome.state == "open"
    assert is_after(fake)
    assert len(fake.left) == 1
    assert outcome.candidate is not None
    outcome.candidate.save(folder / "candidate.json")
    fake.forget()
    return Candidate.load(folder / "candidate.json")


def test_an_open_change_is_confirmed_later(tmp_path: Path) -> None:
    fake = router()
    candidate = left_open(fake, tmp_path)
    fake.pass_time(20)
    assert done(fake, candidate).state == "confirmed"
    assert [said.partition(":")[2] for said in fake.verbs] == ["/system/scheduler/remove"]
    fake.pass_time(600)
    assert is_after(fake)
    assert fake.left == []


def test_an_open_change_is_aborted(tmp_path: Path) -> None:
    fake = router()
    outcome = abort(left_open(fake, tmp_path), Mask(), fake.world)
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
    last = (
        abort(outcome.candidate, Mask(), fake.world) if end == "abort" else done(fake, outcome.candidate, verify=unmet)
    )
    assert last.state == "undone"
    assert all_told(fake.tables.rows()) == all_told(Tables.of(before).rows())


def test_safe_mode_cannot_be_left_open() -> None:
    fake = router(device_mode={"mode": "home", "scheduler": "no"})
    with pytest.raises(Unprotected, match="its hold ends with the session"):
        done(fake, confirm=False)
    assert fake.writes == []


def test_aborted_before_the_commit_nothing_has_happened() -> None:
    fake = router()
    assert abort(begun(fake), Mask(), fake.world).state == "unchanged"
    assert fake.heard == []


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


def test_a_hold_of_somebody_else_is_respected() -> None:
    fake = router()
    candidate = begun(fake)
    fake.holder = "bob"
    with pytest.raises(Unprotected, match="r1: bob holds safe mode"):
        done(fake, candidate)
    assert fake.writes == []
    assert fake.left == ["bob"]


# Others


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
    outcome = commit(candidate, Options(verify=unmet), later, fake.world)
    assert any("hunter2" in word for _at, said in fake.writes for word in said)
    assert outcome.state == "undone"
    shown = Shown(later, None).transacted("r1", outcome, diff=True)
    assert "hunter2" not in str(shown)
    assert shown["failed"]
    assert not shown["changed"]
