# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What another admin writes at any moment of a transaction is still there afterwards, whatever became of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest

from ansible_collections.multiwan.routeros.plugins.module_utils.errors import RouterOSError
from ansible_collections.multiwan.routeros.plugins.module_utils.transaction import GRACE, Options
from routerlab import topology
from routerlab.model.router import BOOT
from routerlab.testing import Lab

from .bench import Bench, Checkpoint, difference
from .intruder import BEFORE, WRITES, apart, has_come, let_in
from .matrix import NOTHING_WRITTEN
from .site import head_office

STEP = 8
PLAN = next(plan for plan in topology.load() if plan.name == "hq")


class Office:
    """The head office with another admin's rows; what his later writes come to is found out beforehand."""

    def __init__(self, bench: Bench, roles: Sequence[str]) -> None:
        self.bench = bench
        bench.lab.seed(bench.name, BEFORE)
        assert bench.commit(bench.begin(head_office())).state == "confirmed"
        self.before = Checkpoint(bench)
        self.theirs_before, self.ours_before = apart(self.before.export)
        bench.lab.seed(bench.name, WRITES)
        self.theirs, ours = apart(bench.export)
        assert (ours, len(self.theirs)) == (self.ours_before, 7)
        self.before.restore()
        self.candidate = bench.begin(asked for asked in head_office(changed=True) if asked.scope in roles)
        bench.lab.clear_counters(bench.name)
        assert bench.commit(self.candidate).state == "confirmed"
        self.sentences = bench.lab.counters(bench.name).sentences
        self.ours_after = apart(bench.export)[1]

    def commit(self, options: Options) -> tuple[str, list[str]]:
        """What a commit says, and what it warns of."""
        try:
            outcome = self.bench.commit(self.candidate, options)
        except RouterOSError:
            return NOTHING_WRITTEN, []
        return outcome.state, outcome.result.warnings

    def is_so(self, said: str) -> None:
        """Our rows are what was said; nothing is left, also when the bound has passed."""
        bench = self.bench
        bench.pass_bound(60 + GRACE + BOOT)
        ours = apart(bench.export)[1]
        wanted = self.ours_after if said == "confirmed" else self.ours_before
        assert ours == wanted, difference(wanted, ours)
        assert said in ("confirmed", "undone", NOTHING_WRITTEN)
        assert bench.left_behind() == []


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    with Lab(routers=[replace(PLAN, name="r")]) as lab:
        yield Office(Bench(lab, "r"), [asked.scope for asked in head_office()])


@pytest.fixture(scope="module")
def smaller() -> Iterator[Office]:
    """A change that safe mode can undo step by step: with its way back it fits into the router's history."""
    with Lab(routers=[replace(PLAN, name="r")]) as lab:
        yield Office(Bench(lab, "r"), ["interfaces:", "dhcp:"])


def intrude(office: Office, undo: str, fault: str | None, at: int) -> Iterator[tuple[bool, str, list[str]]]:
    """Commit with another admin at one sentence after the other, and a fault at the *at*-th of them, from the end if negative.

    Yields whether he came, how his rows differ from what he left, and what was warned of.
    """
    bench = office.bench
    for after in range(1 + (at % STEP), office.sentences + 1, STEP):
        office.before.restore()
        let_in(bench, after)
        if fault is not None:
            bench.lab.fault(bench.name, fault, after=at % office.sentences)
        said, warnings = office.commit(Options(undo=undo))
        struck = bench.lab.ordered_fault(bench.name) is None
        assert said in ("undone", "confirmed", NOTHING_WRITTEN)
        assert (said == "confirmed") >= (fault is None or not struck)
        assert said != "confirmed" or fault in (None, "trap") or not struck
        came = has_come(bench)
        office.is_so(said)
        wanted = office.theirs if came else office.theirs_before
        yield came, difference(wanted, apart(bench.export)[0]), warnings


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("fault", "at"),
    [(None, 0), ("trap", -50), ("trap", -3), ("drop", -45), ("drop", -1), ("reboot", -52), ("reboot", -2)],
)
def test_his_rows_are_as_he_left_them(
    office: Office, record_property: Callable[[str, object], None], fault: str | None, at: int
) -> None:
    found = list(intrude(office, "scheduler", fault, at))
    assert [lost for _came, lost, _warnings in found if lost] == []
    assert sum(came for came, _lost, _warnings in found) > len(found) / 3
    record_property("faults", {"cases": len(found) if fault else 0, "half_applied": 0})


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("fault", "at"), [(None, 0), ("trap", 50), ("trap", -3)])
def test_under_safe_mode_they_are_while_the_line_holds(
    smaller: Office, record_property: Callable[[str, object], None], fault: str | None, at: int
) -> None:
    found = list(intrude(smaller, "safe_mode", fault, at))
    assert [lost for _came, lost, _warnings in found if lost] == []
    assert sum(came for came, _lost, _warnings in found) > len(found) / 3
    record_property("faults", {"cases": len(found) if fault else 0, "half_applied": 0})


@pytest.mark.timeout(900)
def test_where_safe_mode_must_undo_all_the_result_says_so(
    office: Office, record_property: Callable[[str, object], None]
) -> None:
    """The way back of the whole change does not fit into the history."""
    found = list(intrude(office, "safe_mode", "trap", -50))
    assert all("by others too" in " ".join(warnings) for _came, lost, warnings in found if lost)
    assert [lost for _came, lost, _warnings in found if lost]
    record_property("faults", {"cases": len(found), "half_applied": 0})


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("fault", "at"), [("drop", -45), ("reboot", -2)])
def test_safe_mode_s_own_undo_takes_ours_back_and_his_whole_or_not(
    office: Office, record_property: Callable[[str, object], None], fault: str, at: int
) -> None:
    """The manual: when the session ends, everybody's changes made meanwhile are undone."""
    found = list(intrude(office, "safe_mode", fault, at))
    assert any(came for came, _lost, _warnings in found)
    assert {lost for _came, lost, _warnings in found} <= {"", difference(office.theirs, office.theirs_before)}
    record_property("faults", {"cases": len(found), "half_applied": 0})
