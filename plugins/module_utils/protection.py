# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a router takes an unconfirmed change back: by a scheduler's job, by safe mode, or both; what is open, what is chosen.

Facts of safe mode are the manual's (Configuration Management): a hundred actions, one holder, everybody's changes are undone,
a line that is cut silently is noticed when TCP gives up, after nine minutes. Over the API it can be had since 7.18.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .errors import RouterOSError, Unprotected
from .reading import Reading
from .session import Reply, Sentence
from .version import Version, dotted

WAYS = ("auto", "scheduler", "safe_mode", "both")

SAFE_MODE_SINCE = (7, 18)
ACTIONS = 100
"""Changes that safe mode can undo; one more, and the router silently keeps all of them."""
RESERVE = 10
"""Changes that others may make meanwhile, since theirs count too."""
SAFE_MODE_BOUND = 600
"""Seconds after which a router has noticed a silently cut line, TCP's nine minutes and a little more."""


JOBS: Sentence = ("/system/scheduler/print", "=.proplist=.id,name,comment")


def questions(login: str) -> list[Sentence]:
    """Return what is asked of the router to know which ways are open, in the order of ``Conditions.read``."""
    return [
        ("/system/device-mode/print",),
        JOBS,
        ("/safe-mode/print",),
        ("/user/print", "=.proplist=name,group", f"?name={login}"),
        ("/user/group/print", "=.proplist=name,policy"),
    ]


@dataclass(frozen=True)
class Conditions:
    """What the router says of itself. ``policies`` is None where the user may not read them."""

    version: Version
    login: str
    group: str
    policies: frozenset[str] | None
    device_mode: Mapping[str, str]
    jobs: tuple[Mapping[str, str], ...]
    hold: Mapping[str, str]
    hold_unknown: str = ""
    """Why the router did not say who holds safe mode; versions that have none do not."""

    @classmethod
    def read(cls, found: Reading, login: str) -> Conditions:
        """Take the answers to ``questions`` apart; what this version does not know, it does not answer."""
        mode, jobs, hold, users, groups = found.extra[:5]
        group = next((row.get("group", "") for row in users.rows), "")
        policy = next((row.get("policy", "") for row in groups.rows if group and row.get("name") == group), None)
        allowed = None if policy is None else frozenset(word for word in policy.split(",") if word[:1] not in ("", "!"))
        return cls(found.version, login, group, allowed, _first(mode), jobs.rows, _first(hold), hold.trap)

    @staticmethod
    def trouble(found: Reading) -> str:
        """Return why it cannot be seen which jobs there are, empty if it can."""
        return found.extra[1].trap

    @property
    def held_by(self) -> str:
        """Who else holds safe mode, empty if nobody does."""
        if self.hold.get("enabled") not in ("true", "yes") or self.hold.get("current") in ("true", "yes"):
            return ""
        return self.hold.get("user") or "someone"

    def lacking(self, *policies: str) -> str:
        """Return the reason for which something cannot be done, where the user lacks one of *policies*."""
        missing = [policy for policy in policies if self.policies is not None and policy not in self.policies]
        if not missing:
            return ""
        return f"the group '{self.group}' of the user '{self.login}' lacks the policy {' and '.join(missing)}"


def _first(reply: Reply) -> Mapping[str, str]:
    return reply.rows[0] if reply.rows and not reply.traps else {}


@dataclass(frozen=True)
class Way:
    """The way that was chosen: how, in how many seconds at the latest the router has undone, and why this way."""

    kind: str
    within: int
    reason: str

    @property
    def by_scheduler(self) -> bool:
        """Whether a job of the scheduler stands by."""
        return self.kind in ("scheduler", "both")

    @property
    def by_safe_mode(self) -> bool:
        """Whether the session holds safe mode."""
        return self.kind in ("safe_mode", "both")

    def told(self) -> dict[str, object]:
        """Return the way as results show it."""
        return {"way": self.kind, "within": self.within, "reason": self.reason}


def choose(
    router: str,
    conditions: Conditions,
    *,
    wanted: str,
    operations: int,
    script: RouterOSError | None,
    confirm_timeout: int,
    within: int | None,
    stays_open: bool,
    unsafe: bool,
) -> Way:
    """Choose how the router shall take an unconfirmed change back; raises Unprotected where it could not.

    ``script`` is why the job's script cannot be written, ``within`` the longest time in seconds that a change may stay
    unconfirmed, ``stays_open`` whether the session lives until the confirmation.
    """
    if conditions.held_by and not unsafe:
        raise Unprotected(
            f"{router}: {conditions.held_by} holds safe mode: what is written now would be undone with the changes of that "
            "session. Nothing was written; let it be released first, or set unsafe: true"
        )
    no_scheduler = _no_scheduler(conditions, script, confirm_timeout, within)
    no_safe_mode = _no_safe_mode(conditions, operations, within, stays_open)
    scheduler, safe_mode = (
        Way("scheduler", confirm_timeout, "a job of the scheduler holds the inverse of each change"),
        Way("safe_mode", SAFE_MODE_BOUND, f"the session holds safe mode, since a job cannot: {no_scheduler}"),
    )
    if wanted == "auto" and not no_scheduler:
        return scheduler
    if wanted == "auto" and not no_safe_mode:
        return safe_mode
    reasons = {"scheduler": no_scheduler, "safe_mode": no_safe_mode}
    needed = {"auto": ("scheduler", "safe_mode"), "both": ("scheduler", "safe_mode")}.get(wanted, (wanted,))
    against = [f"{name}: {reasons[name]}" for name in needed if reasons[name]]
    if not against:
        asked = "as the option undo asks"
        return {
            "scheduler": Way("scheduler", confirm_timeout, asked),
            "safe_mode": Way("safe_mode", SAFE_MODE_BOUND, asked),
            "both": Way("both", confirm_timeout, asked),
        }[wanted]
    if unsafe:
        return Way("none", 0, f"unsafe is set: {'; '.join(against)}")
    raise Unprotected(
        f"{router}: the router could not take the change back by itself, so nothing was written. {'; '.join(against)}. Mend "
        "one of these, or set unsafe: true to do without"
    )


def _no_scheduler(
    conditions: Conditions, script: RouterOSError | None, confirm_timeout: int, within: int | None
) -> str:
    """Return why a job of the scheduler cannot undo the change, empty if it can."""
    mode = conditions.device_mode
    # before 7.17 only the mode is told
    if mode.get("scheduler", "no" if mode.get("mode") == "home" else "yes") in ("no", "false"):
        return f"device-mode '{mode.get('mode', 'home')}' forbids the scheduler"
    if mode.get("flagged") in ("yes", "true"):
        return "the device is flagged, and device-mode forbids the scheduler until that is cleared"
    if lacking := conditions.lacking("read", "write", "policy"):
        return lacking
    if within is not None and confirm_timeout > within:
        return f"confirm_timeout of {confirm_timeout} s is longer than undo_within, {within} s"
    return str(script) if script is not None else ""


def _no_safe_mode(conditions: Conditions, operations: int, within: int | None, stays_open: bool) -> str:
    """Return why safe mode cannot undo the change, empty if it can."""
    if conditions.version < SAFE_MODE_SINCE:
        return f"over the API it is there from RouterOS 7.18 on, the router has {dotted(conditions.version)}"
    if operations > ACTIONS - RESERVE:
        return f"it undoes {ACTIONS} changes at most, {RESERVE} kept for others, and there are {operations}"
    if within is not None and within < SAFE_MODE_BOUND:
        return f"a silently cut line is noticed after minutes, up to {SAFE_MODE_BOUND} s, and undo_within is {within} s"
    if not stays_open:
        return "its hold ends with the session, and confirm: false leaves the change open beyond it"
    return conditions.lacking("read", "write")
