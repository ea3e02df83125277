# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dead man's switch: a job of the router's scheduler that takes a change back unless it is confirmed in time.

The job ticks every few seconds. While the change may still be confirmed it does nothing. When the time is up, or the router
has rebooted, it claims itself by another name, takes the change back, says so in the log, and removes itself. Confirming is
removing it by its first name: so either the controller or the router wins, never both. It never reboots the router, and leaves
no script, file or variable.

It goes by the uptime, which no setting of the clock changes. Its start lies in the past and is written out: a job with the
present date and time as its start is not run by some versions of 7.24 (changelog of 7.24.5), and would wait for its date where
the clock falls back at a reboot. Its comment tells people what it is, and while it runs until when it may: another tick that
comes meanwhile leaves it alone, one after a reboot goes on. What fails is tried three times in all, and then told in the log.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .errors import TooLarge
from .menus.policies import SCRIPT
from .script import quote
from .undo import PRELUDE
from .version import Version

LIMIT = 60_000
"""Bytes that a job's text may have; writing more than some 64 KiB was refused for other texts (~)."""

TICK = 5
"""Seconds between two looks at the time."""

FIRST_TICK = 1
"""The same until the router has run the job once. That run proves to whoever armed it that the router can: that its parser
takes the whole text, that the rights suffice, that the scheduler works."""

LEAST = 3 * TICK
"""Seconds that a change must have at least: two ticks, and one by which the confirmation keeps away from the last."""

SETTLE = 30
"""Seconds after a reboot in which nothing is taken back yet, because ports and modems come up."""

LAST = 15
"""Seconds between two ticks beyond which a failure is the last try: after 5, 10 and 20."""

LEASE = 60
"""Seconds for which a run counts as going on."""

POLICIES = ("ftp", "read", "write", "policy", "test", "password", "sensitive")
"""What the job may do, as far as the user may: all that a write can take. Whatever else it gets, such as the right to reboot,
is what a script that it puts back has to have: nobody may give more than he has (~)."""

LEAST_POLICIES = ("read", "write", "policy", "test")
"""What the job gets where nobody tells what the user may do."""

LOG = "multiwan: change "
"""How each line in the router's log begins."""

_PROVEN = "unless it is confirmed within"
_RENEW = f":do {{/system scheduler set $w comment=([/system resource get uptime]+{LEASE}s)}} on-error={{}}"
_ARMED = "multiwan-undo-"
_CLAIMED = "multiwan-undoing-"
_NAME = re.compile(f"({_ARMED}|{_CLAIMED})([0-9a-f]{{8}})")
_GIVEN = re.compile(r' policy="?([a-z,-]+)')
_ISO_DATES = (7, 10)
"""Versions before it write a date as may/17/2024."""


@dataclass(frozen=True)
class Job:
    """A change that waits for its confirmation.

    ``id`` is eight hexadecimal digits, ``armed`` the router's uptime in seconds when it was armed, ``timeout`` the seconds
    within which it must be confirmed, ``statements`` come from ``undo.statements``, ``owner`` tells
    people where the change comes from.
    """

    id: str
    armed: int
    timeout: int
    statements: tuple[str, ...]
    owner: str = ""

    def __post_init__(self) -> None:
        if not re.fullmatch("[0-9a-f]{8}", self.id):
            raise ValueError(f"'{self.id}' is no id of a job; expected eight hexadecimal digits")
        if self.timeout < 2 * TICK:
            raise ValueError(f"a job cannot fire within {self.timeout} s; expected at least {2 * TICK}")

    @property
    def name(self) -> str:
        """The job's name while the change can be confirmed."""
        return _ARMED + self.id

    @property
    def claimed(self) -> str:
        """The job's name once the router takes the change back."""
        return _CLAIMED + self.id

    def script(self) -> str:
        """Return the job's text; raises TooLarge."""
        text = "\n".join((*self._gate(), *self._way_back()))
        size = len(text.encode())
        if size > LIMIT:
            raise TooLarge(
                f"the way back of this change is a script of {size} bytes, and a job of the router may have {LIMIT}; make the "
                "change in several smaller ones, or let safe mode guard it"
            )
        return text

    def may_stand(self, uptime: int) -> bool:
        """Whether at this uptime of the router, in seconds, no tick can have begun to take the change back."""
        return self.armed <= uptime < self.armed + self.timeout - TICK

    def _gate(self) -> list[str]:
        """Return the lines that decide whether this tick takes the change back."""
        armed, claimed = (f"[find name={quote(name)}]" for name in (self.name, self.claimed))
        wait = f"($u>={self.armed}s and $u<{self.armed + self.timeout - TICK}s) or ($u<{self.armed}s and $u<{SETTLE}s)"
        prove = f"/system scheduler set {armed} interval={TICK}s comment={quote(self._comment)}"
        proven = f":if ([/system scheduler get {armed} interval]<{TICK}s) do={{{prove}}}"
        rename = f"/system scheduler set {quote(self.name)} name={self.claimed} interval={TICK}s"
        claim = f":do {{{rename}}} on-error={{:set go false}}"
        running = f':typeof $t]="time") do={{:if ($t>$u and $t<=($u+{LEASE}s)) do={{:set go false}}}}'
        return [
            ":local u [/system resource get uptime];:local go true",
            f":if ([:len [/system scheduler find name={quote(self.claimed)}]]=0) do={{",
            f":if ({wait}) do={{:set go false;:do {{{proven}}} on-error={{}}}} else={{{claim}}}",
            "} else={",
            f":local t [:totime [/system scheduler get {claimed} comment]];:if ([{running}",
            "}",
            f":if ($go) do={{:local w [/system scheduler find name={quote(self.claimed)}]",
            _RENEW,
            f":log warning {quote(f'{LOG}{self.id} was not confirmed and is being taken back')}",
        ]

    def _way_back(self) -> list[str]:
        done = quote(f"{LOG}{self.id} was not confirmed and has been taken back")
        failed = f'("{LOG}{self.id}: $e steps of taking it back failed, the last in $f")'
        again = quote(f"multiwan: takes back change {self.id}, once more")
        # what failed may have waited for something that comes back later; each try lengthens the interval, the last one ends it
        return [
            f"{PRELUDE};:set e 1",
            ":for k from=1 to=2 do={:if ($e>0) do={:set e 0",
            *(f"{line};{_RENEW}" if line.startswith(":set m ") else line for line in self.statements),
            "}}",
            f":if ($e=0) do={{:log warning {done}}} else={{:log error {failed}}}",
            ":local i [/system scheduler get $w interval]",
            f":if ($e=0 or $i>{LAST}s) do={{/system scheduler remove $w}} else={{",
            f"/system scheduler set $w interval=($i+$i) comment={again}}}",
            "}",
        ]

    @property
    def _comment(self) -> str:
        whose = f" ({self.owner})" if self.owner else ""
        return f"multiwan: takes back change {self.id}{whose} {_PROVEN} {self.timeout} s"

    def sentence(self, version: Version, policies: Iterable[str]) -> tuple[str, ...]:
        """Return the API sentence that arms the job, for a user who has *policies*; raises TooLarge."""
        given = {policy for found in _GIVEN.findall("\n".join(self.statements)) for policy in found.split(",")}
        has = set(policies) & {*POLICIES, *given}
        date = "1970-01-01" if version >= _ISO_DATES else "jan/01/1970"
        return (
            "/system/scheduler/add",
            f"=name={self.name}",
            f"=on-event={self.script()}",
            f"=interval={FIRST_TICK}s",
            f"=start-date={date}",
            "=start-time=00:00:00",
            f"=policy={','.join(policy for policy in SCRIPT if policy in has)}",
            f"=comment=multiwan: change {self.id} is being armed",
        )


def confirm(job: Job) -> tuple[str, ...]:
    """Return the sentence that lets the change stand; the router refuses it once it has claimed the job."""
    return ("/system/scheduler/remove", f"=.id={job.name}")


def trigger(job: Job) -> tuple[str, ...]:
    """Return the sentence after which the router takes the change back at its next tick."""
    return ("/system/scheduler/set", f"=.id={job.name}", f"=name={job.claimed}", f"=interval={TICK}s")


@dataclass(frozen=True)
class Found:
    """A job of ours on a router: ``claimed`` is whether it is taking the change back, ``text`` its comment."""

    id: str
    claimed: bool
    text: str = ""

    @property
    def proven(self) -> bool:
        """Whether the router has run the job once."""
        return self.claimed or _PROVEN in self.text


def find_jobs(rows: Sequence[Mapping[str, str]]) -> list[Found]:
    """Return the jobs of ours among what ``/system/scheduler/print`` shows."""
    found = []
    for row in rows:
        name = _NAME.fullmatch(row.get("name", ""))
        if name:
            found.append(Found(name[2], name[1] == _CLAIMED, row.get("comment", "")))
    return found
