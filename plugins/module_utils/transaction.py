# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change to a whole router, or none: begin, commit with a confirmation, abort.

The router itself takes a change back that nobody confirms (see protection.py), so what is here only has to be right about
what it says. Whatever goes wrong after the first write ends in the same three steps: ask the router to undo, wait until
nothing of ours is pending there, and compare its rows with those before and those after.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from . import commit as commitment
from . import deadman, protection
from .candidate import Candidate
from .change import Change, Options, Outcome, Surroundings, commit_options, read_all
from .errors import CommandFailed, RouterOSError, Unprotected
from .menus.base import Menu
from .protection import Conditions, Way
from .reading import Reading, permission_hint
from .recovery import GRACE, take_back
from .session import Exchange

__all__ = ["GRACE", "Options", "Outcome", "Surroundings", "abort", "begin", "commit", "commit_options", "status"]


def begin(router: str, login: str, menus: Sequence[Menu], world: Surroundings) -> tuple[Candidate, list[str]]:
    """Read all that the transaction may speak of, in one round trip; return the candidate, and what there is to say.

    A change of an earlier run that still waits for its confirmation is waited for: the router is about to undo it.
    Raises what sessions raise, and Unprotected where that change does not end.
    """
    ended: list[str] = []
    lost: list[RouterOSError] = []
    patience = protection.SAFE_MODE_BOUND + GRACE
    world.tell("reading the router", None)

    def look(session: Exchange) -> Reading | None:
        found = read_all(router, session, menus, login)
        lost.clear()
        pending = [job.id for job in deadman.find_jobs(Conditions.read(found, login).jobs)]
        if pending and not ended:
            world.tell("waiting until the change of an earlier run has ended", patience)
        ended[:] = pending or ended
        return None if pending else found

    def trouble(error: RouterOSError) -> None:
        # an undo may cut the line that it is watched over
        if not ended:
            raise error
        lost[:] = [error]

    found = world.watch(world.clock() + patience, look, trouble)
    names = ", ".join(ended)
    if found is None and lost:
        raise lost[0]
    if found is None:
        raise Unprotected(
            f"{router}: system scheduler: {names} is still there, the undo of a change that nobody has confirmed. It should "
            "have run and removed itself by now; see the router's log, and remove the job when all is well"
        )
    told = f"{router}: a change of an earlier run ({names}) had to end first; the router's log says how it has"
    return Candidate.of(router, login, found), [told] if ended else []


def commit(candidate: Candidate, options: Options, world: Surroundings, check: bool = False) -> Outcome:
    """Apply all that the candidate holds, prove by a new connection that the router can be reached, and confirm.

    Raises InvalidEntry, Conflict and Unprotected before anything is written, ConnectionFailed where the router cannot be reached
    then. What goes wrong later is told in the outcome's result.
    """
    change = Change(candidate, options, world)
    if not candidate.job:
        return commitment.run(change, check)
    _resume(change)
    return commitment.confirm(change)


def abort(candidate: Candidate, world: Surroundings) -> Outcome:
    """Drop the candidate; where a commit has left its change open, let the router take it back now."""
    if not candidate.job:
        return Outcome("unchanged", written=False)
    change = Change(candidate, Options(), world)
    _resume(change)
    outcome = take_back(change, None, "aborted")
    if outcome.state == "undone":
        change.result.problem = ""
    return outcome


def _resume(change: Change) -> None:
    """Go on with a change that an earlier commit has left open."""
    told = change.candidate.job
    change.began = told["began"]
    change.sent = True
    change.plan()
    # its time was said when it was armed
    change.options = replace(change.options, confirm_timeout=told["timeout"])
    change.job = deadman.Job(told["id"], told["armed"], told["timeout"], (), told["owner"])
    change.way = Way("scheduler", told["timeout"], "as the commit has chosen")


def status(router: str, login: str, world: Surroundings) -> dict[str, Any]:
    """Return what of ours is pending on the router, who holds safe mode, and what the router's log says of undone changes.

    Raises what sessions raise, and CommandFailed where the router does not tell; that must not pass for nothing.
    """
    with world.connect() as session:
        found = read_all(router, session, [], login, [("/log/print", "=.proplist=time,message")])
    if trap := found.extra[-1].trap:
        raise CommandFailed(f"{router}: log: cannot be read: {trap}{permission_hint(trap)}")
    conditions = Conditions.read(found, login)
    lines = [row for row in found.extra[-1].rows if deadman.LOG in row.get("message", "")]
    return {
        "changed": False,
        "pending": [job.id for job in deadman.find_jobs(conditions.jobs)],
        "safe_mode": dict(conditions.hold),
        "device_mode": dict(conditions.device_mode),
        "log": [f"{row.get('time', '')} {row['message']}" for row in lines],
    }
