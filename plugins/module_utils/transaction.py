# Copyright: (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change to a whole router, or none: begin, commit with a confirmation, abort.

The router itself takes a change back that nobody confirms (see protection.py), so what is here only has to be right about
what it says. Whatever goes wrong after the first write ends in the same three steps: ask the router to undo, wait until
nothing of ours is pending there, and compare its rows with those before and those after.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from . import deadman, protection, relink, undo
from .candidate import Candidate
from .engine import Connect, Result, first_refusal, in_order, send
from .errors import (
    CommandFailed,
    Conflict,
    ConnectionFailed,
    ConnectionLost,
    InvalidEntry,
    RouterOSError,
    Unprotected,
)
from .inspection import look
from .judgement import judge
from .mask import Mask
from .menus.base import Menu
from .plan import Plan
from .protection import Conditions, Way
from .reading import Reading, permission_hint, read
from .request import Request
from .reversal import reversal
from .session import Exchange, Sentence
from .values import microseconds

MARGIN = 5
"""Seconds before the router's own undo at which nothing is confirmed any more."""
GRACE = 45
"""Seconds for which the router's own undo is waited for, once it is due."""
POLL = 1.0

_LOG = "multiwan: change "


@dataclass(frozen=True)
class Options:
    """How to commit; see the module's documentation."""

    confirm: bool = True
    confirm_timeout: int = 60
    on_conflict: str = "fail"
    undo: str = "auto"
    undo_within: int | None = None
    unsafe: bool = False
    verify: Mapping[str, Any] = field(default_factory=dict)


def commit_options(router: str, given: Mapping[str, Any], timeout: float) -> Options:
    """Return the module's options as checked; ``timeout`` is how long in seconds an answer of the router may take."""
    least = max(2 * deadman.TICK + MARGIN, 2 * timeout)
    if given["confirm_timeout"] < least:
        raise InvalidEntry(
            f"{router}: confirm_timeout={given['confirm_timeout']}: expected at least {least:g} s, twice routeros_timeout "
            f"({timeout:g} s), so that the router's undo never meets a write that is still on its way"
        )
    expected = given["verify"] or {}
    if unknown := [str(name) for name in expected if name not in ("menus", "ping")]:
        raise InvalidEntry(f"{router}: verify: unknown '{unknown[0]}'; it has menus and ping")
    return Options(
        given["confirm"],
        given["confirm_timeout"],
        given["on_conflict"],
        given["undo"],
        given["undo_within"],
        given["unsafe"],
        expected,
    )


@dataclass(frozen=True)
class Surroundings:
    """What a transaction has of the world: a way to the router, and time."""

    connect: Connect
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep


@dataclass
class Outcome:
    """What became of a transaction.

    ``state``: ``unchanged`` (nothing was to be done, or nothing was written), ``planned`` (check mode), ``confirmed``, ``open``
    (in force, waiting for its confirmation), ``undone`` (as before), ``unconfirmed`` (in force, and nothing will undo it),
    ``mixed`` (the rows are neither those before nor those after), ``unknown`` (nobody has seen).
    """

    state: str
    result: Result = field(default_factory=Result)
    way: Way | None = None
    conflicts: list[str] = field(default_factory=list)
    candidate: Candidate | None = None
    """What an open change is confirmed or aborted by."""


class _Failed(Exception):
    """The change must not stay; the text says why."""


def begin(router: str, login: str, menus: Sequence[Menu], world: Surroundings) -> tuple[Candidate, list[str]]:
    """Read all that the transaction may speak of, in one round trip; return the candidate, and what there is to say.

    A change of an earlier run that still waits for its confirmation is waited for: the router is about to undo it.
    Raises what sessions raise, and Unprotected where that change does not end.
    """
    told: list[str] = []
    end = world.clock() + protection.SAFE_MODE_BOUND + GRACE
    while True:
        with world.connect() as session:
            found = _read(router, session, menus, login)
        pending = deadman.find_jobs(Conditions.read(found, login).jobs)
        if not pending:
            return Candidate.of(router, login, found), told
        names = ", ".join(job.id for job in pending)
        told = [
            f"{router}: a change of an earlier run ({names}) waited for its confirmation. It has ended; the router's log says how"
        ]
        if world.clock() >= end:
            raise Unprotected(
                f"{router}: system scheduler: {names} is still there, the undo of a change that nobody has confirmed. It "
                "should have run and removed itself by now; see the router's log, and remove the job when all is well"
            )
        world.pause(POLL)


def _read(router: str, session: Exchange, menus: Sequence[Menu], login: str) -> Reading:
    """Read rows, all names that entries of these menus may refer to, and what the choice of the undo depends on.

    Raises CommandFailed where it cannot be seen what is pending; that must not pass for nothing.
    """
    named = sorted({path for menu in menus for known in menu.fields for path in known.refers})
    found = read(router, session, menus, named, protection.questions(login))
    if trap := Conditions.trouble(found):
        raise CommandFailed(f"{router}: system scheduler: cannot be read: {trap}{permission_hint(trap)}")
    return found


def commit(candidate: Candidate, options: Options, mask: Mask, world: Surroundings, check: bool = False) -> Outcome:
    """Apply all that the candidate holds, prove by a new connection that the router can be reached, and confirm.

    Raises InvalidEntry, Conflict and Unprotected before anything is written, ConnectionFailed where the router cannot be reached
    then. What goes wrong later is told in the outcome's result.
    """
    change = _Change(candidate, options, mask, world)
    return change.confirm_open() if candidate.job else change.run(check)


def abort(candidate: Candidate, mask: Mask, world: Surroundings) -> Outcome:
    """Drop the candidate; where a commit has left its change open, let the router take it back now."""
    if not candidate.job:
        return Outcome("unchanged")
    return _Change(candidate, Options(), mask, world).abort_open()


def status(router: str, login: str, world: Surroundings) -> dict[str, Any]:
    """Return what of ours is pending on the router, who holds safe mode, and what the router's log says of undone changes."""
    with world.connect() as session:
        found = read(router, session, [], [], [*protection.questions(login), ("/log/print", "=.proplist=time,message")])
    conditions = Conditions.read(found, login)
    lines = [row for row in found.extra[-1].rows if _LOG in row.get("message", "")]
    return {
        "changed": False,
        "pending": [job.id for job in deadman.find_jobs(conditions.jobs)],
        "safe_mode": dict(conditions.hold),
        "device_mode": dict(conditions.device_mode),
        "log": [f"{row.get('time', '')} {row['message']}" for row in lines],
    }


class _Change:
    """One candidate on its way into a router."""

    def __init__(self, candidate: Candidate, options: Options, mask: Mask, world: Surroundings) -> None:
        self.candidate = candidate
        self.options = options
        self.mask = mask
        self.world = world
        self.router = candidate.router
        self.began = world.clock()
        self.plans: list[Plan] = []
        self.result = Result(mask=mask)
        self.way: Way | None = None
        self.job: deadman.Job | None = None
        self.holding = False
        self.confirming = False

    # The way there

    def run(self, check: bool) -> Outcome:
        """Commit from the start."""
        if not self.candidate.plans():
            self.result.version = self.candidate.version
            return Outcome("unchanged", self.result)
        with self.world.connect() as session:
            self.began = self.world.clock()
            try:
                found = _read(self.router, session, self.candidate.menus, self.candidate.login)
            except ConnectionLost as error:
                raise ConnectionLost(f"{error}. Nothing was written") from error
            conditions = Conditions.read(found, self.candidate.login)
            conflicts = self._rebase(found)
            self._plan(found)
            changes, removals = in_order(self.plans)
            if not (changes or removals):
                return Outcome("unchanged", self.result, conflicts=conflicts)
            self._refuse_pending(conditions)
            self.way = self._choose(found, conditions, len(changes) + len(removals))
            if check:
                self.result.commands = [op.text(found.version) for op in (*changes, *removals)]
                return Outcome("planned", self.result, self.way, conflicts)
            outcome = self._carry_out(session, conditions)
            outcome.conflicts = conflicts
            return outcome

    def _rebase(self, found: Reading) -> list[str]:
        """Take the rows as they are now; returns the conflicts that were planned around, raises Conflict where that is not
        wanted."""
        conflicts = self.candidate.conflicts(found)
        if conflicts and self.options.on_conflict != "replan":
            raise Conflict(
                self.mask.text(
                    f"{self.router}: somebody has changed the router since the transaction began, so nothing was written: "
                    f"{'; '.join(conflicts)}. Look at it and run again, or set on_conflict: replan"
                )
            )
        self.candidate = self.candidate.again(found)
        return conflicts

    def _plan(self, found: Reading) -> None:
        self.plans = self.candidate.plans()
        self.result.version = found.version
        self.result.plans = self.plans
        self.result.before = {made.menu.path: list(found.rows[made.menu.path]) for made in self.plans}
        self.result.after = {made.menu.path: list(made.after) for made in self.plans}

    def _refuse_pending(self, conditions: Conditions) -> None:
        if pending := deadman.find_jobs(conditions.jobs):
            raise Conflict(
                f"{self.router}: another change ({', '.join(job.id for job in pending)}) waits for its confirmation, so "
                "nothing was written. It is confirmed or undone within its time; run again then"
            )

    def _choose(self, found: Reading, conditions: Conditions, operations: int) -> Way:
        trouble: RouterOSError | None = None
        try:
            self.job = deadman.Job(
                id=secrets.token_hex(4),
                armed=microseconds(found.uptime or "0s") // 1_000_000,
                timeout=self.options.confirm_timeout,
                statements=(
                    *undo.statements(self.plans, found.version),
                    *relink.statements(self.plans, found.rows, found.version),
                ),
                owner=self.candidate.login,
            )
            self.job.script()
        except RouterOSError as error:
            trouble, self.job = error, None
        return protection.choose(
            self.router,
            conditions,
            wanted=self.options.undo,
            operations=operations,
            script=trouble,
            confirm_timeout=self.options.confirm_timeout,
            within=self.options.undo_within,
            stays_open=self.options.confirm,
            unsafe=self.options.unsafe,
        )

    def _carry_out(self, session: Exchange, conditions: Conditions) -> Outcome:
        assert self.way is not None
        try:
            self._protect(session, conditions)
            try:
                self._write(session)
            except ConnectionLost as error:
                raise _Failed(
                    f"{error}, while it was being changed; the change may have cut the way to the router"
                ) from error
            if not self.options.confirm:
                return self._leave_open()
            return self._prove(session)
        except (_Failed, RouterOSError) as error:
            return self._take_back(session, str(error))

    def _protect(self, session: Exchange, conditions: Conditions) -> None:
        """Arm the undo; whatever is refused here, nothing has been written yet."""
        assert self.way is not None
        if self.way.by_scheduler and self.job is not None:
            policies = conditions.policies if conditions.policies is not None else frozenset(deadman.POLICIES)
            jobs = self._must(session, self.job.sentence(self.result.version, policies), "the undo cannot be armed")
            if others := [job.id for job in jobs if job.id != self.job.id]:
                raise _Failed(
                    f"{self.router}: another run has begun to change the router ({', '.join(others)}); run again later"
                )
        if self.way.by_safe_mode:
            # so it may be too where the answer never comes
            self.holding = True
            try:
                self._must(session, ("/safe-mode/take",), "safe mode cannot be taken")
            except _Failed:
                self.holding = False
                raise

    def _must(self, session: Exchange, sentence: Sentence, problem: str) -> list[deadman.Found]:
        """Send what the rest depends on; returns the jobs of ours that there are then."""
        done, jobs = session.exchange([sentence, protection.JOBS], self._until(self.options.confirm_timeout / 2))
        if done.traps:
            raise _Failed(f"{self.router}: {problem}: {done.trap}")
        return deadman.find_jobs(jobs.rows)

    def _until(self, seconds: float) -> float:
        """Return the moment so many seconds after the router was read, as sessions count time."""
        return time.monotonic() + self.began + seconds - self.world.clock()

    def _write(self, session: Exchange) -> None:
        """Write everything; removals wait until all else was accepted. Past half of the time nothing more is sent, so that
        nothing is still on its way when the router begins to undo."""
        changes, removals = in_order(self.plans)
        request = Request(self.router, login=self.candidate.login, version=self.result.version)
        until = None if self.way is None or self.way.kind == "none" else self._until(self.options.confirm_timeout / 2)
        for phase in (changes, removals):
            if phase:
                send(session, request, phase, [], self.result, until)
            if self.result.refusals:
                raise _Failed(first_refusal(request, self.result).rstrip(". "))

    def _leave_open(self) -> Outcome:
        assert self.job is not None
        self.candidate.job = {
            "id": self.job.id,
            "timeout": self.job.timeout,
            "armed": self.job.armed,
            "began": self.began,
            "owner": self.job.owner,
        }
        return Outcome("open", self.result, self.way, candidate=self.candidate)

    def _prove(self, session: Exchange | None) -> Outcome:
        """Come to the router as the next run will, look whether all is well there, and confirm."""
        deadline = self.began + self.options.confirm_timeout - 2 * MARGIN
        if self.way is not None and not self.way.by_scheduler:
            deadline = self.began + self.options.confirm_timeout
        with self._reach(deadline) as proof:
            found = _read(self.router, proof, self.candidate.menus, self.candidate.login)
            self.result.after = {made.menu.path: found.rows.get(made.menu.path, []) for made in self.plans}
            self.result.warnings += self._unsettled(found)
            if self.options.verify:
                unmet = look(
                    self.router,
                    proof,
                    self.options.verify,
                    deadline - self.world.clock(),
                    self.world.clock,
                    self.world.pause,
                )
                if unmet:
                    raise _Failed(f"{self.router}: what was to be verified does not hold: {'; '.join(unmet)}")
            if self.world.clock() > deadline:
                raise _Failed(f"{self.router}: it was too late to confirm, {self.options.confirm_timeout} s had passed")
            self._confirm(proof, session)
        return Outcome("confirmed", self.result, self.way)

    def _reach(self, deadline: float) -> Any:
        """Return a new session; what is changed may need a moment to come up, so it is tried until *deadline*."""
        while True:
            try:
                return self.world.connect()
            except ConnectionFailed as error:
                if self.world.clock() >= deadline:
                    raise _Failed(f"after the change the router cannot be reached: {error}") from error
            self.world.pause(POLL)

    def _confirm(self, proof: Exchange, session: Exchange | None) -> None:
        assert self.way is not None
        self.confirming = True
        if self.way.by_safe_mode and session is not None:
            (reply,) = session.exchange([("/safe-mode/release",)])
            if reply.traps:
                raise _Failed(f"{self.router}: safe mode could not be released: {reply.trap}")
            self.holding = False
        if self.way.by_scheduler and self.job is not None:
            (reply,) = proof.exchange([deadman.confirm(self.job)])
            if reply.traps:
                raise _Failed(
                    f"{self.router}: the change could not be confirmed: {reply.trap}; the router had begun to undo it"
                )

    def _unsettled(self, found: Reading) -> list[str]:
        """Say where the router keeps something else than it was told."""
        still = self.candidate.again(found).plans()
        changes, removals = in_order(still)
        return [
            f"{self.router}: {op.menu.path}, {op.subject}: the router accepted this but reads back differently; still to do "
            f"would be: {op.text(found.version)}"
            for op in (*changes, *removals)
        ]

    # The way back

    def _take_back(self, session: Exchange | None, problem: str) -> Outcome:
        """Let the router undo, wait until it has, and say what is so now."""
        assert self.way is not None
        self.result.problem = problem
        self._ask_for_undo(session)
        found = self._settled()
        if found is None:
            self.result.after = None
            self.result.problem += (
                f". Since then the router could not be reached, so how it looks is not known. It undoes by itself what was not "
                f"confirmed, within {self.way.within} s; run again then"
                if self.way.kind != "none"
                else ". Since then the router could not be reached, and nothing undoes the change"
            )
            return Outcome("unknown", self.result, self.way)
        self.result.after = {made.menu.path: found.rows.get(made.menu.path, []) for made in self.plans}
        state = judge(self.plans, self.result.before, found.rows)
        if state == "before":
            # what was carried out is no longer so
            self.result.commands, self.result.uncertain = [], []
            self.result.problem += ". The router is as it was before"
            return Outcome("undone", self.result, self.way)
        if state == "after" and self.confirming:
            self.result.warnings.append(f"{problem}. The change is confirmed all the same")
            self.result.problem = ""
            return Outcome("confirmed", self.result, self.way)
        if state == "after":
            self.result.problem += ". The whole change is in force, and nothing will undo it"
            return Outcome("unconfirmed", self.result, self.way)
        self.result.problem += (
            ". The router's rows are neither those before nor those after the change: look at its log and at what this result "
            "shows as after"
        )
        return Outcome("mixed", self.result, self.way)

    def _ask_for_undo(self, session: Exchange | None) -> None:
        """Ask over the connection that there is, else over a new one. Where neither is to be had, the router undoes by itself."""
        assert self.way is not None
        try:
            if session is not None:
                if self.holding and not self._let_go(session):
                    session.exchange([("/safe-mode/unroll",)])
                if self.way.by_scheduler and self.job is not None:
                    session.exchange([deadman.trigger(self.job)])
                return
        except ConnectionLost as error:
            self.result.warnings.append(str(error))
        if self.way.by_scheduler and self.job is not None:
            try:
                with self.world.connect() as fresh:
                    fresh.exchange([deadman.trigger(self.job)])
            except (ConnectionFailed, ConnectionLost) as error:
                self.result.warnings.append(f"{error}; the router undoes by itself what was not confirmed")

    def _let_go(self, session: Exchange) -> bool:
        """Give safe mode up and leave what others did, which its own undo would take back too; returns whether that was done.

        A job that stands by undoes what is ours; both at once would be in each other's way.
        """
        assert self.way is not None
        try:
            if not self.way.by_scheduler and not self._given_back(session):
                return False
            (released,) = session.exchange([("/safe-mode/release",)])
        except (CommandFailed, InvalidEntry) as error:
            self.result.warnings.append(str(error))
            return False
        return not released.traps

    def _given_back(self, session: Exchange) -> bool:
        """Undo what is ours while safe mode is held; returns whether that is done."""
        request = Request(self.router, login=self.candidate.login, version=self.result.version)
        found = self._seen(session)
        changes, removals = in_order(reversal(self.plans, self.result.before, found.rows, request))
        if len(self.result.commands) + len(changes) + len(removals) > protection.ACTIONS - protection.RESERVE:
            self.result.warnings.append(
                f"{self.router}: there were too many changes to undo them one by one, so safe mode has undone all that was "
                "changed since it was taken, by others too"
            )
            return False
        replies = session.exchange([operation.sentence(request.version) for operation in (*changes, *removals)])
        back = self._seen(session)
        if dead := relink.operations(self.plans, self.candidate.begun, back.rows):
            replies += session.exchange([operation.sentence(request.version) for operation in dead])
        return (
            not any(reply.traps for reply in replies) and judge(self.plans, self.result.before, back.rows) == "before"
        )

    def _settled(self) -> Reading | None:
        """Return what the router has once nothing of ours is pending there, None where that cannot be seen in time."""
        assert self.way is not None
        # a hold whose line was cut ends later than a job that stands by as well
        within = max(self.way.within, protection.SAFE_MODE_BOUND if self.holding else 0)
        end = max(self.world.clock(), self.began) + within + GRACE
        while True:
            try:
                with self.world.connect() as session:
                    found = self._seen(session)
                if not self._pending(Conditions.read(found, self.candidate.login)):
                    return found
            except (ConnectionFailed, ConnectionLost, CommandFailed) as error:
                self.result.warnings = [*self.result.warnings[:5], str(error)]
            if self.world.clock() >= end:
                return None
            self.world.pause(POLL)

    def _seen(self, session: Exchange) -> Reading:
        """Read the router; raises CommandFailed where something is refused that must be known to say which state it is in."""
        found = _read(self.router, session, self.candidate.menus, self.candidate.login)
        for made in self.plans:
            if made.menu.path in found.troubles:
                raise found.unreadable(self.router, made.menu.path)
        return found

    def _pending(self, conditions: Conditions) -> bool:
        if self.job is not None and any(job.id == self.job.id for job in deadman.find_jobs(conditions.jobs)):
            return True
        return bool(self.way and self.way.by_safe_mode and (conditions.held_by or conditions.hold_unknown))

    # A change that was left open

    def confirm_open(self) -> Outcome:
        """Confirm what an earlier commit has left open."""
        self._resume()
        try:
            return self._prove(None)
        except (_Failed, RouterOSError) as error:
            return self._take_back(None, str(error))

    def abort_open(self) -> Outcome:
        """Take back what an earlier commit has left open."""
        self._resume()
        outcome = self._take_back(None, "aborted")
        if outcome.state == "undone":
            self.result.problem = ""
        return outcome

    def _resume(self) -> None:
        told = self.candidate.job
        self.began = told["began"]
        self.plans = self.candidate.plans()
        self.result.version = self.candidate.version
        self.result.plans = self.plans
        self.result.before = {made.menu.path: list(self.candidate.begun[made.menu.path]) for made in self.plans}
        self.job = deadman.Job(told["id"], told["armed"], told["timeout"], (), told["owner"])
        self.way = Way("scheduler", told["timeout"], "as the commit has chosen")
