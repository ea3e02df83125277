# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""There: a candidate's change goes into a router behind an armed undo, is proven over a new connection, and confirmed."""

from __future__ import annotations

import secrets
from contextlib import AbstractContextManager

from . import deadman, protection, relink, undo
from .change import MARGIN, Change, Failed, Outcome
from .engine import first_refusal, in_order, send, unsettled
from .errors import Conflict, ConnectionFailed, ConnectionLost, RouterOSError
from .inspection import look
from .judgement import judge
from .protection import Conditions, Way
from .reading import UPTIME, Reading
from .recovery import take_back
from .session import Exchange, Sentence
from .values import microseconds

PROOF = 12
"""Seconds within which the router must have run the job once."""


def run(change: Change, check: bool) -> Outcome:
    """Commit *change*; raises what can be known before anything is written, the rest is told in the outcome's result."""
    result = change.result
    if not change.candidate.plans():
        result.version = change.candidate.version
        return Outcome("unchanged", result, written=False)
    change.world.tell("reading the router once more", None)
    with change.world.connect() as session:
        change.began = change.world.clock()
        try:
            found = change.read(session)
        except ConnectionLost as error:
            raise ConnectionLost(f"{error}. Nothing was written") from error
        conditions = change.conditions(found)
        conflicts = _rebase(change, found)
        changes, removals = in_order(change.plans)
        if not (changes or removals):
            return Outcome("unchanged", result, conflicts=conflicts, written=False)
        _refuse_pending(change, conditions)
        change.way = _choose(change, found, conditions, len(changes) + len(removals))
        if check:
            result.commands = [op.text(found.version) for op in (*changes, *removals)]
            return Outcome("planned", result, change.way, conflicts, written=False)
        outcome = _carry_out(change, session, conditions)
        outcome.conflicts = conflicts
        return outcome


def confirm(change: Change) -> Outcome:
    """Confirm a change that an earlier commit has left open."""
    try:
        return _prove(change, None)
    except (Failed, RouterOSError) as error:
        return take_back(change, None, str(error))


def _rebase(change: Change, found: Reading) -> list[str]:
    """Plan on the rows as they are now; returns the conflicts that were planned around, raises Conflict where that is not
    wanted."""
    conflicts = change.candidate.conflicts(found)
    if conflicts and change.options.on_conflict != "replan":
        raise Conflict(
            f"{change.router}: somebody has changed the router since the transaction began, so nothing was written: "
            f"{'; '.join(conflicts)}. Look at it and run again, or set on_conflict: replan"
        )
    change.candidate = change.candidate.again(found)
    change.plan()
    change.result.after = {made.menu.path: list(made.after) for made in change.plans}
    return conflicts


def _refuse_pending(change: Change, conditions: Conditions) -> None:
    if pending := deadman.find_jobs(conditions.jobs):
        raise Conflict(
            f"{change.router}: another change ({', '.join(job.id for job in pending)}) waits for its confirmation, so "
            "nothing was written. It is confirmed or undone within its time; run again then"
        )


def _choose(change: Change, found: Reading, conditions: Conditions, operations: int) -> Way:
    trouble: RouterOSError | None = None
    options = change.options
    try:
        change.job = deadman.Job(
            id=secrets.token_hex(4),
            armed=_seconds(found.uptime),
            timeout=options.confirm_timeout,
            statements=(
                *undo.statements(change.plans, found.version),
                *relink.statements(change.plans, found.rows, found.version),
            ),
            owner=change.candidate.login,
        )
        change.job.script()
    except RouterOSError as error:
        trouble, change.job = error, None
    return protection.choose(
        change.router,
        conditions,
        wanted=options.undo,
        operations=operations,
        script=trouble,
        confirm_timeout=options.confirm_timeout,
        within=options.undo_within,
        stays_open=options.confirm,
        unsafe=options.unsafe,
    )


def _seconds(uptime: str) -> int:
    return microseconds(uptime or "0s") // 1_000_000


def _carry_out(change: Change, session: Exchange, conditions: Conditions) -> Outcome:
    try:
        _arm(change, session, conditions)
        _write(change, session)
        if not change.options.confirm:
            return _leave_open(change)
        return _prove(change, session)
    except (Failed, RouterOSError) as error:
        return take_back(change, session, str(error))


def _arm(change: Change, session: Exchange, conditions: Conditions) -> None:
    """Arm the undo; whatever is refused here, nothing has been written yet."""
    if change.way.by_scheduler and change.job is not None:
        policies = conditions.policies if conditions.policies is not None else frozenset(deadman.LEAST_POLICIES)
        change.world.tell("arming the undo", PROOF)
        jobs = _must(change, session, change.job.sentence(change.result.version, policies), "the undo cannot be armed")
        if others := [job.id for job in jobs if job.id != change.job.id]:
            raise Failed(
                f"{change.router}: another run has begun to change the router ({', '.join(others)}); run again later"
            )
        _prove_job(change, session, change.job.id)
    if change.way.by_safe_mode:
        # so it may be too where the answer never comes
        change.holding = True
        try:
            _must(change, session, ("/safe-mode/take",), "safe mode cannot be taken")
        except Failed:
            change.holding = False
            raise


def _must(change: Change, session: Exchange, sentence: Sentence, problem: str) -> list[deadman.Found]:
    """Send what the rest depends on; returns the jobs of ours that there are then."""
    done, jobs = session.exchange([sentence, protection.JOBS], change.until(change.options.confirm_timeout / 2))
    if done.traps:
        raise Failed(f"{change.router}: {problem}: {done.trap}")
    return deadman.find_jobs(jobs.rows)


def _prove_job(change: Change, session: Exchange, id_: str) -> None:
    """Wait until the router has run the job once. A text that its parser refuses, a right that is lacking, a scheduler that
    stands still: all of that shows before the first write, or when it is too late."""
    for _more in change.world.waits(change.world.clock() + PROOF, first=0.5):
        (reply,) = session.exchange([protection.JOBS], change.until(change.options.confirm_timeout / 2))
        jobs = deadman.find_jobs(reply.rows)
        if any(job.id == id_ and job.proven for job in jobs):
            return
    raise Failed(
        f"{change.router}: the undo is armed, but the router has not run its job once within {PROOF} s, so it would not undo "
        "either; the router's log says why (topic script). With undo: safe_mode it goes without a job"
    )


def _write(change: Change, session: Exchange) -> None:
    """Write everything; removals wait until all else was accepted. Past half of the time nothing more is sent, so that
    nothing is still on its way when the router begins to undo."""
    half = change.options.confirm_timeout / 2
    until = None if change.way.kind == "none" else change.until(half)
    change.sent = True
    phases = in_order(change.plans)
    count = sum(map(len, phases))
    change.world.tell(f"writing {count} change{'s' * (count != 1)}", half)
    try:
        for phase in phases:
            if phase:
                send(session, change.request, phase, [], change.result, until)
            if change.result.refusals:
                raise Failed(first_refusal(change.request, change.result).rstrip(". "))
    except ConnectionLost as error:
        late = (
            f", and all of it must be written within half of confirm_timeout, {half:g} s"
            if _is_past(change, half)
            else ""
        )
        raise Failed(
            f"{error}, while it was being changed; the change may have cut the way to the router{late}"
        ) from error


def _is_past(change: Change, seconds: float) -> bool:
    return change.world.clock() >= change.began + seconds


def _leave_open(change: Change) -> Outcome:
    if change.job is None or not change.way.by_scheduler:
        return Outcome("unconfirmed", change.result, change.way)
    change.candidate.job = {
        "id": change.job.id,
        "timeout": change.job.timeout,
        "armed": change.job.armed,
        "began": change.began,
        "owner": change.job.owner,
    }
    return Outcome("open", change.result, change.way, candidate=change.candidate)


def _prove(change: Change, session: Exchange | None) -> Outcome:
    """Come to the router as the next run will, look whether all is well there, and confirm."""
    margin = 2 * MARGIN if change.way.by_scheduler else 0
    deadline = change.began + change.options.confirm_timeout - margin
    world = change.world
    world.tell("coming in by a new login", deadline - world.clock())
    with _reached(change, deadline) as proof:
        found = change.seen(proof)
        change.after(found)
        late = f"{change.router}: it was too late to confirm, {change.options.confirm_timeout} s had passed"
        if judge(change.plans, change.result.before, found.rows) == "before":
            undone = f"{change.router}: all was accepted, but the router is as before; somebody has undone it meanwhile"
            raise Failed(late if world.clock() > deadline else undone)
        own = change.job.id if change.job is not None else ""
        if others := [job.id for job in deadman.find_jobs(change.conditions(found).jobs) if job.id != own]:
            raise Failed(f"{change.router}: another run has begun to change the router meanwhile ({', '.join(others)})")
        change.result.warnings += _unsettled(change, found)
        if change.options.verify:
            left = deadline - world.clock()
            world.tell("waiting until all holds that must", left)
            if unmet := look(change.router, proof, change.options.verify, left, world.clock, world.pause):
                raise Failed(f"{change.router}: what was to be verified does not hold: {'; '.join(unmet)}")
        if world.clock() > deadline:
            raise Failed(late)
        _confirm(change, proof, session)
    return Outcome("confirmed", change.result, change.way)


def _reached(change: Change, deadline: float) -> AbstractContextManager[Exchange]:
    """Return a new session; what is changed may need a moment to come up, so it is tried until *deadline*."""
    waits = change.world.waits(deadline)
    while True:
        try:
            return change.world.connect()
        except ConnectionFailed as error:
            if not next(waits):
                raise Failed(f"after the change the router cannot be reached: {error}") from error


def _confirm(change: Change, proof: Exchange, session: Exchange | None) -> None:
    change.confirming = True
    if change.way.by_safe_mode and session is not None:
        (reply,) = session.exchange([("/safe-mode/release",)])
        if reply.traps:
            raise Failed(f"{change.router}: safe mode could not be released: {reply.trap}")
        change.holding = False
    if change.way.by_scheduler and change.job is not None:
        reply, now = proof.exchange([deadman.confirm(change.job), UPTIME])
        if reply.traps:
            raise Failed(
                f"{change.router}: the change could not be confirmed: {reply.trap}; the router had begun to undo it"
            )
        if not change.job.may_stand(_seconds(now.rows[0].get("uptime", "") if now.rows else "")):
            # the tick that was due at that moment may be undoing already, although its job is gone
            change.world.pause(deadman.LEASE)
            raise Failed(f"{change.router}: the confirmation came when the change's time was over")


def _unsettled(change: Change, found: Reading) -> list[str]:
    """Say where the router keeps something else than it was told."""
    changes, removals = in_order(change.candidate.again(found).plans())
    return unsettled(change.request, (*changes, *removals))
