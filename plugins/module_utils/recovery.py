# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Back again: whatever has gone wrong with a change, ask the router to undo it, wait until it has, and say what is so now."""

from __future__ import annotations

from contextlib import suppress

from . import deadman, protection, relink
from .change import Change, Outcome
from .engine import in_order
from .errors import CommandFailed, ConnectionFailed, ConnectionLost, InvalidEntry, NotInvertible, RouterOSError
from .judgement import judge
from .protection import Conditions
from .reading import Reading
from .reversal import reversal
from .session import Exchange, Sentence

GRACE = 45
"""Seconds for which the router's own undo is waited for, once it is due."""


def take_back(change: Change, session: Exchange | None, problem: str) -> Outcome:
    """Undo *change* and return what became of it. ``session`` is the one that has written, where it still stands.

    Nothing is raised: where the router cannot be reached, it undoes by itself, and the outcome says so.
    """
    change.result.problem = problem
    if not change.sent:
        return _disarmed(change, session)
    _ask_for_undo(change, session)
    found, pending = _settled(change)
    if found is None:
        return _unseen(change, pending)
    change.after(found)
    state = judge(change.plans, change.result.before, found.rows)
    if state == "before":
        # what was carried out is no longer so
        change.result.commands, change.result.uncertain = [], []
        change.result.problem += ". The router is as it was before"
        return Outcome("undone", change.result, change.way)
    if state == "after" and change.confirming:
        change.result.warnings.append(f"{problem}. The change is confirmed all the same")
        change.result.problem = ""
        return Outcome("confirmed", change.result, change.way)
    if state == "after":
        change.result.problem += ". The whole change is in force, and nothing will undo it"
        return Outcome("unconfirmed", change.result, change.way)
    change.result.problem += (
        ". The router's rows are neither those before nor those after the change: look at its log and at what this result "
        "shows as after"
    )
    return Outcome("mixed", change.result, change.way)


def _disarmed(change: Change, session: Exchange | None) -> Outcome:
    """Take away what was armed: nothing has been written, and an undo of nothing might meet what somebody else writes."""
    change.result.problem += ". Nothing was written"
    change.result.after = dict(change.result.before)
    sentences: list[Sentence] = []
    if change.holding:
        sentences.append(("/safe-mode/release",))
    if change.way.by_scheduler and change.job is not None:
        sentences.append(deadman.confirm(change.job))
    _say(change, session, sentences, "the router's job finds nothing to undo and removes itself")
    return Outcome("undone", change.result, change.way, written=False)


def _unseen(change: Change, pending: str) -> Outcome:
    change.result.after = None
    why = pending or "the router could not be reached"
    change.result.problem += (
        f". Since then {why}, so how it looks is not known. It undoes by itself what was not confirmed, within "
        f"{change.way.within} s; run again then"
        if change.way.kind != "none"
        else f". Since then {why}, and nothing undoes the change"
    )
    return Outcome("unknown", change.result, change.way)


def _ask_for_undo(change: Change, session: Exchange | None) -> None:
    """Ask over the connection that there is, else over a new one. Where neither is to be had, the router undoes by itself."""
    if session is not None and change.holding:
        try:
            if not _let_go(change, session):
                session.exchange([("/safe-mode/unroll",)])
        except ConnectionLost as error:
            change.result.warnings.append(str(error))
            session = None
    if change.way.by_scheduler and change.job is not None:
        _say(change, session, [deadman.trigger(change.job)], "the router undoes by itself what was not confirmed")


def _say(change: Change, session: Exchange | None, sentences: list[Sentence], otherwise: str) -> None:
    """Send *sentences* over the session, or over a new one; *otherwise* is what happens where neither is to be had."""
    if not sentences:
        return
    if session is not None:
        with suppress(ConnectionLost):
            session.exchange(sentences)
            return
    try:
        with change.world.connect() as fresh:
            fresh.exchange(sentences)
    except (ConnectionFailed, ConnectionLost) as error:
        change.result.warnings.append(f"{error}; {otherwise}")


def _let_go(change: Change, session: Exchange) -> bool:
    """Give safe mode up and leave what others did, which its own undo would take back too; returns whether that was done.

    A job that stands by undoes what is ours; both at once would be in each other's way.
    """
    try:
        if not change.way.by_scheduler and not _given_back(change, session):
            return False
        (released,) = session.exchange([("/safe-mode/release",)])
    except (CommandFailed, InvalidEntry, NotInvertible) as error:
        change.result.warnings.append(str(error))
        return False
    return not released.traps


def _given_back(change: Change, session: Exchange) -> bool:
    """Undo what is ours while safe mode is held; returns whether that is done."""
    request, result = change.request, change.result
    found = change.seen(session)
    changes, removals = in_order(reversal(change.plans, result.before, found.rows, request))
    actions = len(result.commands) + len(changes) + len(removals)
    if _too_many(change, actions):
        return False
    replies = session.exchange([operation.sentence(request.version) for operation in (*changes, *removals)])
    back = change.seen(session)
    dead = relink.operations(change.plans, change.candidate.begun, back.rows)
    if dead and _too_many(change, actions + len(dead)):
        return False
    if dead:
        replies += session.exchange([operation.sentence(request.version) for operation in dead])
    return not any(reply.traps for reply in replies) and judge(change.plans, result.before, back.rows) == "before"


def _too_many(change: Change, actions: int) -> bool:
    if actions <= protection.ACTIONS - protection.RESERVE:
        return False
    change.result.warnings.append(
        f"{change.router}: there were too many changes to undo them one by one, so safe mode has undone all that was changed "
        "since it was taken, by others too"
    )
    return True


def _settled(change: Change) -> tuple[Reading | None, str]:
    """Return what the router has once nothing of ours is pending there, or None and what is, if it could be reached last."""
    # a hold whose line was cut ends later than a job that stands by as well
    within = max(change.way.within, protection.SAFE_MODE_BOUND if change.holding else 0)
    end = change.world.clock() + within + GRACE
    change.world.tell("waiting until the change is taken back", within + GRACE)
    pending = ""

    def look(session: Exchange) -> Reading | None:
        nonlocal pending
        found = change.seen(session)
        pending = _pending(change, change.conditions(found))
        return None if pending else found

    def trouble(error: RouterOSError) -> None:
        nonlocal pending
        pending = ""
        change.result.warnings = [*change.result.warnings[:5], str(error)]

    return change.world.watch(end, look, trouble), pending


def _pending(change: Change, conditions: Conditions) -> str:
    """Say what is still to come to an end on the router."""
    if change.job is not None and any(job.id == change.job.id for job in deadman.find_jobs(conditions.jobs)):
        return f"the router has kept its job ({change.job.id})"
    if not change.way.by_safe_mode:
        return ""
    if conditions.held_by:
        return f"safe mode has been held ({conditions.held_by})"
    return f"the router has not told who holds safe mode ({conditions.hold_unknown})" if conditions.hold_unknown else ""
