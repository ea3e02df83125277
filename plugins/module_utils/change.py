# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change on its way into a router: what it is, how it shall be committed, what the world gives, and what became of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from . import deadman, protection
from .candidate import Candidate
from .engine import Connect, Result
from .errors import CommandFailed, ConnectionFailed, ConnectionLost, InvalidEntry, RouterOSError
from .inspection import VERIFIED
from .menus.base import Menu
from .plan import Plan
from .protection import Conditions, Way
from .reading import Reading, permission_hint, read
from .request import Request
from .session import Exchange, Sentence
from .steps import Tell, nobody

Seen = TypeVar("Seen")

MARGIN = 5
"""Seconds before the router's own undo at which nothing is confirmed any more."""

_LONGEST_PAUSE = 8.0
"""Seconds between two looks at most. The first ones are quick, but a router's firewall may take many connections in a short
time for an attack."""


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
    least = max(deadman.LEAST, 2 * timeout)
    if given["confirm_timeout"] < least:
        why = f", twice routeros_timeout ({timeout:g} s)" if least > deadman.LEAST else ""
        raise InvalidEntry(
            f"{router}: confirm_timeout={given['confirm_timeout']}: expected at least {least:g} s{why}, so that the router's "
            "undo never meets a write that is still on its way"
        )
    expected = given["verify"] or {}
    if unknown := [str(name) for name in expected if name not in VERIFIED]:
        raise InvalidEntry(f"{router}: verify: unknown '{unknown[0]}'; it has {' and '.join(VERIFIED)}")
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
    """What a transaction has of the world: a way to the router, time, and somebody who is told what takes long."""

    connect: Connect
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep
    tell: Tell = nobody

    def waits(self, end: float, first: float = 1.0) -> Iterator[bool]:
        """Wait again and again, ever longer, and yield True after each time, and False once it is past *end*."""
        length = first
        while (left := end - self.clock()) > 0:
            self.pause(max(0.1, min(length, left)))
            yield True
            length = min(2 * length, _LONGEST_PAUSE)
        yield False

    def watch(
        self, end: float, look: Callable[[Exchange], Seen | None], trouble: Callable[[RouterOSError], None]
    ) -> Seen | None:
        """Look at the router until *look* returns something, over one session, or another where it breaks; None past *end*.

        ``trouble`` is told each error on the way, and may raise it.
        """
        waits = self.waits(end)
        while True:
            try:
                with self.connect() as session:
                    while (found := look(session)) is None:
                        if not next(waits):
                            return None
                    return found
            except (ConnectionFailed, ConnectionLost, CommandFailed) as error:
                trouble(error)
            if not next(waits):
                return None


@dataclass
class Outcome:
    """What became of a transaction.

    ``state``: ``unchanged`` (nothing was to be done), ``planned`` (check mode), ``confirmed``, ``open`` (in force, waiting for
    its confirmation), ``undone`` (as before), ``unconfirmed`` (in force, and nothing will undo it), ``mixed`` (the rows are
    neither those before nor those after), ``unknown`` (nobody has seen).
    """

    state: str
    result: Result = field(default_factory=Result)
    way: Way | None = None
    conflicts: list[str] = field(default_factory=list)
    candidate: Candidate | None = None
    """What an open change is confirmed or aborted by."""
    written: bool = True
    """Whether anything may have been written."""


class Failed(Exception):
    """The change must not stay; the text says why."""


@dataclass
class Change:
    """One candidate and how far it has come.

    ``began`` is the moment from which its time counts. ``sent`` is whether a write may have been carried out, ``holding``
    whether the session may hold safe mode, ``confirming`` whether the confirmation may have arrived.
    """

    candidate: Candidate
    options: Options
    world: Surroundings
    began: float = 0.0
    plans: list[Plan] = field(default_factory=list)
    result: Result = field(default_factory=Result)
    way: Way = field(default_factory=lambda: Way("none", 0, ""))
    job: deadman.Job | None = None
    sent: bool = False
    holding: bool = False
    confirming: bool = False

    @property
    def router(self) -> str:
        """The router's name in the inventory."""
        return self.candidate.router

    @property
    def request(self) -> Request:
        """Whose request the writes are."""
        return Request(self.router, login=self.candidate.login, version=self.result.version)

    def plan(self) -> None:
        """Note what leads from the rows as they were read to those that the candidate wants."""
        self.plans = self.result.plans = self.candidate.plans()
        self.result.version = self.candidate.version
        self.result.before = {made.menu.path: list(self.candidate.begun[made.menu.path]) for made in self.plans}

    def read(self, session: Exchange) -> Reading:
        """Read the router; raises CommandFailed where it cannot be seen what is pending there."""
        return read_all(self.router, session, self.candidate.menus, self.candidate.login)

    def seen(self, session: Exchange) -> Reading:
        """Read the router; raises CommandFailed where something is refused that must be known to say which state it is in."""
        found = self.read(session)
        for made in self.plans:
            if made.menu.path in found.troubles:
                raise found.unreadable(self.router, made.menu.path)
        return found

    def conditions(self, found: Reading) -> Conditions:
        """Return what the router says of itself."""
        return Conditions.read(found, self.candidate.login)

    def after(self, found: Reading) -> None:
        """Note what the rows are now."""
        self.result.after = {made.menu.path: found.rows.get(made.menu.path, []) for made in self.plans}

    def until(self, seconds: float) -> float:
        """Return the moment so many seconds after the beginning, as sessions count time."""
        return time.monotonic() + self.began + seconds - self.world.clock()


def read_all(
    router: str, session: Exchange, menus: Sequence[Menu], login: str, extra: Sequence[Sentence] = ()
) -> Reading:
    """Read rows, all names that entries of these menus may refer to, what the choice of the undo depends on, and *extra*.

    Raises CommandFailed where it cannot be seen what is pending; that must not pass for nothing.
    """
    named = sorted({path for menu in menus for known in menu.fields for path in known.refers})
    found = read(router, session, menus, named, [*protection.questions(login), *extra])
    if trap := Conditions.trouble(found):
        raise CommandFailed(f"{router}: system scheduler: cannot be read: {trap}{permission_hint(trap)}")
    return found
