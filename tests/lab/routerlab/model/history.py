# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was done to a router's configuration, and taking it back: ``/system/history``.

The manual (Configuration Management): the 100 most recent actions of all users are kept; those done in safe mode are
marked floating-undo.  Beside the configuration nothing is remembered: no leases, log lines, counters, connections.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from routerlab.model.menu import Menu
from routerlab.model.store import Entry, Journal

if TYPE_CHECKING:
    from routerlab.model.router import Router

#: Actions that a router keeps (manual).
LIMIT = 100


@dataclass
class Action:
    """One action: ``text`` says what was done, ``entries`` how to undo it; ``floating``: in safe mode, not yet released."""

    id: int
    text: str
    by: str
    policy: str
    when: float
    menu: Menu
    floating: bool
    entries: list[Entry] = field(default_factory=list)


class History:
    """The actions of one router, the oldest first."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._last_id = 0
        self.journal = Journal()
        self.actions: list[Action] = []

    @contextmanager
    def action(self, menu: Menu, what: str) -> Iterator[None]:
        """What is done to rows inside is one action, such as ``route added``; none when it fails or touches no row."""
        if self.journal.wanted:
            yield
            return
        entries: list[Entry] = []
        self.journal.entries = entries
        try:
            yield
        finally:
            self.journal.entries = None
        if entries:
            self._keep(menu, what, entries)

    def _keep(self, menu: Menu, what: str, entries: list[Entry]) -> None:
        router = self._router
        self._last_id += 1
        floating = router.safe_mode.held
        now = router.site.clock.now()
        policy = ",".join(menu.policies)
        text = f"{_noun(menu)} {what}"
        self.actions.append(Action(self._last_id, text, router.acting, policy, now, menu, floating, entries))
        if sum(action.floating for action in self.actions) > LIMIT:
            router.safe_mode.overflow()
        del self.actions[:-LIMIT]

    def keep_floating(self) -> None:
        """What was done in safe mode stays."""
        for action in self.actions:
            action.floating = False

    def undo_floating(self) -> int:
        """Take back everything that was done in safe mode, the latest first; returns the number of actions."""
        undone = [action for action in reversed(self.actions) if action.floating]
        self.actions = [action for action in self.actions if not action.floating]
        # Undoing is no action, nor part of one: ``unroll`` is a command as well.
        running, self.journal.entries = self.journal.entries, None
        try:
            for action in undone:
                self._undo(action)
        finally:
            self.journal.entries = running
        if undone:
            self._router.touch()
        return len(undone)

    def forget(self) -> None:
        """The router restarts: the history is in its memory only (a reference measured on CHR 7.21)."""
        self.actions = []

    def _undo(self, action: Action) -> None:
        router, menu = self._router, action.menu
        table = router.tables[menu.table]
        for _row, undo in reversed(action.entries):
            undo()
        # Such as a service's port, which opens and closes with its row.
        for row in {row.id: row for row, _undo in action.entries}.values():
            if row.id not in table:
                if menu.after_remove is not None:
                    menu.after_remove(router, row)
            elif menu.after_change is not None:
                menu.after_change(router, row)


def _noun(menu: Menu) -> str:
    """``filter rule`` as in the manual's example; the words for other menus are formed like it (~)."""
    last = menu.path.rpartition(" ")[2]
    return {"rule": f"{last} rule", "entry": last}.get(menu.noun, menu.noun) if last != "rule" else "rule"
