# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Safe mode: one session holds it, and what anybody does meanwhile is taken back unless that session releases it.

Sources: the manual (Configuration Management) for what is undone, the 9 minutes and the 100 actions; a reference measured
on CHR 7.21 for the commands and their answers; tik4net's tests on a router for a hold whose session is gone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from routerlab import messages
from routerlab.messages import Trap

if TYPE_CHECKING:
    from routerlab.model.router import Router

#: After so many seconds the router notices that a session's line is dead (manual: 9 minutes, those of TCP).
TCP_TIMEOUT = 540.0
#: What ``take on-error=`` may say; the first one is the default (~).
ON_ERROR = ("unroll", "release", "abort", "ask")


@dataclass(eq=False)
class Caller:
    """A session, for as long as it lasts.

    ``expires`` is when the router will notice that its line is dead, and ``hang_up`` what it does to the line then.
    """

    service: str
    user: str = ""
    expires: float | None = None
    hang_up: Callable[[], None] | None = None

    @property
    def stale(self) -> bool:
        """Whether its line is silently dead: nobody is there any more, and the router has not noticed yet."""
        return self.expires is not None


class SafeMode:
    """Who holds safe mode on one router, and what becomes of it."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self.holder: Caller | None = None
        self._on_error = ON_ERROR[0]

    @property
    def held(self) -> bool:
        """Whether any session holds it."""
        return self.holder is not None

    # Commands.  ``caller`` is None for scripts: there taking it has no effect, as without a terminal (measured).

    def take(self, caller: Caller | None, on_error: str = ON_ERROR[0]) -> None:
        """Hold it from now on; nothing happens when the session has it already; raises Trap when another one has it."""
        if caller is self.holder or caller is None:
            return
        if self.holder is not None:
            if self.holder.user == caller.user:
                raise Trap(messages.SAFE_MODE_OTHER_SESSION)
            raise Trap(messages.SAFE_MODE_OTHER_USER.format(user=self.holder.user))
        self.holder, self._on_error = caller, on_error
        # A session whose line died before may expire at any time.
        self._router.touch()

    def release(self, caller: Caller | None) -> None:
        """Keep what was done; raises Trap when the session does not hold it and the one that does is alive."""
        self._must_hold(caller)
        self._let_go(keep=True, why=f"released by {self._name(caller)}")

    def unroll(self, caller: Caller | None) -> None:
        """Take everything back; raises Trap like ``release``."""
        self._must_hold(caller)
        self._let_go(keep=False, why=f"unrolled by {self._name(caller)}")

    def toggle(self, caller: Caller | None) -> None:
        """Release it when this session holds it, else take it."""
        if self.holder is not None and self.holder is caller:
            self.release(caller)
        else:
            self.take(caller)

    def _must_hold(self, caller: Caller | None) -> None:
        if self.holder is None or (self.holder is not caller and not self.holder.stale):
            raise Trap(messages.SAFE_MODE_NOT_TAKEN)

    @staticmethod
    def _name(caller: Caller | None) -> str:
        return "a script" if caller is None else caller.user

    # What happens to sessions

    def session_ended(self, caller: Caller) -> None:
        """The session is over, in whatever way."""
        if self.holder is caller:
            self._let_go(keep=self._on_error == "release", why="session ended")

    def session_lost(self, caller: Caller, after: float = TCP_TIMEOUT) -> None:
        """The line is silently cut now; so many seconds later the router notices, unless it is back before."""
        if caller.expires is None:
            caller.expires = self._router.site.clock.now() + after
            if self.holder is caller:
                self._router.touch()

    def session_found(self, caller: Caller) -> None:
        """The line that was silently cut carries again."""
        caller.expires = None

    def rebooted(self) -> None:
        """The router restarts: an unreleased session ended abnormally, so it is undone (~); nothing is remembered."""
        if self.holder is not None:
            self._let_go(keep=self._on_error == "release", why="router rebooted")
        self._router.history.forget()

    def overflow(self) -> None:
        """More was done than the history holds: safe mode is left silently and nothing is undone (manual)."""
        self.holder = None
        self._router.history.keep_floating()

    def _let_go(self, keep: bool, why: str) -> None:
        history = self._router.history
        self.holder = None
        if keep:
            history.keep_floating()
        else:
            history.undo_floating()
        done = "kept" if keep else "undone"
        self._router.write_log("system,info", f"safe mode {why}, changes are {done}")

    # Time

    def happen(self, now: float) -> bool:
        """End the hold of a session that is found to be dead by now; tells whether there was one."""
        holder = self.holder
        if holder is None or holder.expires is None or holder.expires > now:
            return False
        self.session_ended(holder)
        if holder.hang_up is not None:
            holder.hang_up()
        return True

    def next_due(self) -> float | None:
        """When the holding session is found to be dead."""
        return None if self.holder is None else self.holder.expires
