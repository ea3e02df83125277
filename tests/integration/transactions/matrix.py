# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One change, committed again and again, each time with another fault at another of its sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count

from ansible_collections.multiwan.routeros.plugins.module_utils.errors import RouterOSError
from ansible_collections.multiwan.routeros.plugins.module_utils.transaction import GRACE, Options
from routerlab.model.router import BOOT

from .bench import Bench, Checkpoint, without_jobs
from .patience import Silence, never_silent
from .site import Asked

FAULTS = ("drop", "drop done", "trap", "stall", "torn", "reboot")

NOTHING_WRITTEN = "nothing written"
"""What a commit says that ended with an exception."""


@dataclass
class Tally:
    """What a number of injected faults came to."""

    cases: int = 0
    half_applied: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    def told(self) -> dict[str, object]:
        """As a test's property, for the summary."""
        return {"cases": self.cases, "half_applied": self.half_applied, "outcomes": self.outcomes}


class Matrix:
    """A change on a router that has the state before."""

    def __init__(self, bench: Bench, asked: Iterable[Asked], options: Options) -> None:
        self.bench, self.asked, self.options = bench, tuple(asked), options
        self.before = Checkpoint(bench)
        self.candidate = bench.begin(self.asked)
        bench.lab.clear_counters(bench.name)
        outcome = bench.commit(self.candidate, options)
        assert (outcome.state, outcome.result.problem, outcome.result.warnings) == ("confirmed", "", [])
        assert outcome.way is not None
        self.way = outcome.way
        self.sentences = bench.lab.counters(bench.name).sentences
        self.commands = outcome.result.commands
        self.after = Checkpoint(bench)
        assert self.before.export != self.after.export

    def run(self, fault: str, first: int = 1, step: int = 1) -> Tally:
        """Inject one kind of fault at every *step*-th sentence of a commit, until a commit has none left to be struck.

        How many there are differs a little from one commit to the next: it waits for its job's first tick.
        """
        tally = Tally()
        for position in count(first, step):
            if not self._case(tally, fault, position) and position > self.sentences:
                return tally
        raise AssertionError("a count has no end")

    def _case(self, tally: Tally, fault: str, position: int) -> bool:
        """Inject one fault; returns whether it struck."""
        bench = self.bench
        self.before.restore()
        kind, _blank, done = fault.partition(" ")
        bench.lab.fault(bench.name, kind, after=position, done=bool(done))
        bench.silence = self._silence if kind == "stall" else never_silent
        said, text = self._commit()
        struck = self._struck()
        bench.lab.clear_fault(bench.name)
        # a job that nobody could take away, and that has nothing to undo, goes by itself when its time comes
        found = without_jobs(bench.export)
        wrong = [*self._belied(said, found)]
        # what is left behind is complained of below
        with suppress(TimeoutError):
            bench.pass_bound(self.options.confirm_timeout + GRACE + BOOT)
        later = bench.export
        half = later not in (self.before.export, self.after.export)
        if later != found:
            wrong.append("the router changed after the commit had ended")
        wrong += [f"left behind: {left}" for left in bench.left_behind()]
        # the next run finishes, whatever the last one came to
        if tally.cases % 10 == 0 or wrong:
            wrong += self._unfinished(said)
        tally.cases += struck
        tally.half_applied += half
        tally.outcomes[said] = tally.outcomes.get(said, 0) + 1
        if half or wrong:
            tally.complaints.append(
                f"{fault} at {position} of {self.sentences}, {'half applied' if half else 'whole'}: "
                f"{'; '.join(wrong)}. The commit said {said}: {text}"
            )
        return struck

    def _struck(self) -> bool:
        return self.bench.lab.ordered_fault(self.bench.name) is None

    def _silence(self) -> Silence:
        """A stall silences the session that it strikes, and none that comes later."""
        struck_before = self._struck()
        return lambda: self._struck() and not struck_before

    def _commit(self) -> tuple[str, str]:
        try:
            outcome = self.bench.commit(self.candidate, self.options)
        except RouterOSError as error:
            return NOTHING_WRITTEN, str(error)
        return outcome.state, outcome.result.problem

    def _belied(self, said: str, found: object) -> Iterator[str]:
        """What a commit said and is not so."""
        is_so = {
            NOTHING_WRITTEN: self.before.export,
            "undone": self.before.export,
            "confirmed": self.after.export,
        }
        if said not in is_so:
            yield "the commit does not know"
        elif found != is_so[said]:
            yield f"{said}, it said, and it is not so"

    def _unfinished(self, said: str) -> Iterator[str]:
        try:
            outcome = self.bench.commit(self.bench.begin(self.asked), self.options)
        except RouterOSError as error:
            yield f"the next run did not finish ({error}; before, {said})"
            return
        if outcome.state not in ("confirmed", "unchanged") or self.bench.export != self.after.export:
            yield f"the next run did not finish ({outcome.state}: {outcome.result.problem}; before, {said})"
