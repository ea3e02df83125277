# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Netwatch: unknown until the start delay is over, then up or down by what answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from routerlab.values.time import read_duration

if TYPE_CHECKING:
    from routerlab.model.router import Router
    from routerlab.model.store import Row
    from routerlab.plane.base import Outcome

MENU = "tool netwatch"
#: The fields whose change starts the watch anew.
_RESTARTING = ("host", "type", "interval", "timeout", "start-delay", "port")


@dataclass
class Watch:
    """The state of one watch; ``failing`` is when a probe without an answer times out."""

    asked: tuple[str, ...]
    due: float
    failing: float | None = None
    status: str = "unknown"
    since: float | None = None
    done: int = 0
    failed: int = 0
    #: A test is under way: the next one is not begun before it has ended.
    waiting: bool = False
    facts: Mapping[str, str] = field(default_factory=dict)


class Watches:
    """All watches of a router, by their row's identifier."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self.watches: dict[int, Watch] = {}

    def _seconds(self, row: Row, name: str) -> float:
        text = self._router.effective(self._router.menus[MENU], row, name)
        return (read_duration(text) or 0) / 1_000_000

    def review(self, now: float) -> None:
        """Take in what changed in the rows."""
        rows = {row.id: row for row in self._router.tables[MENU]}
        for row_id in list(self.watches):
            if row_id not in rows or not rows[row_id].enabled:
                del self.watches[row_id]
        for row in rows.values():
            if not row.enabled:
                continue
            asked = tuple(self._router.text(row, name) for name in _RESTARTING)
            watch = self.watches.get(row.id)
            if watch is None or watch.asked != asked:
                up_for = now - self._router.booted
                start_up = max(0.0, self._seconds(row, "startup-delay") - up_for)
                delay = max(self._seconds(row, "start-delay"), start_up)
                self.watches[row.id] = Watch(asked, now + delay)

    def happen(self, now: float) -> bool:
        """Send what is due; tells whether anything changed."""
        changed = False
        for row in self._router.tables[MENU]:
            watch = self.watches.get(row.id)
            if watch is None:
                continue
            if watch.failing is not None and watch.failing <= now:
                self._result(row, watch, False, watch.failing)
                watch.failing = None
                changed = True
            if watch.due <= now:
                at = watch.due
                watch.due += max(1.0, self._seconds(row, "interval"))
                if watch.waiting:
                    continue
                outcome = self._router.plane.watch(self._router, row)
                if outcome is None:
                    watch.waiting = True
                elif outcome.up:
                    watch.failing = None
                    self._result(row, watch, True, at)
                elif watch.failing is None:
                    watch.failing = at + self._seconds(row, "timeout")
                changed = True
        return changed

    def told(self, row: Row, watch: Watch, outcome: Outcome) -> None:
        """A test that was under way has ended."""
        watch.waiting = False
        if self.watches.get(row.id) is watch and row.id in self._router.tables[MENU]:
            watch.facts = outcome.facts
            self._result(row, watch, outcome.up, self._router.site.clock.now())
            self._router.changed()

    def _result(self, row: Row, watch: Watch, up: bool, now: float) -> None:
        watch.done += 1
        watch.failed += 0 if up else 1
        status = "up" if up else "down"
        if status != watch.status:
            first = watch.status == "unknown"
            watch.status, watch.since = status, now
            kind = self._router.effective(self._router.menus[MENU], row, "type")
            host = self._router.text(row, "host")
            self._router.write_log("netwatch,info", f"event {status} [ type: {kind}, host: {host} ]", now)
            menu = self._router.menus[MENU]
            ignored = f"ignore-initial-{status}"
            if first and ignored in menu.by_name and self._router.effective(menu, row, ignored) == "true":
                return
            facts = {"since": self._router.stamp(now), "done-tests": str(watch.done), "failed-tests": str(watch.failed)}
            self._router.events.netwatch(row, up, {**facts, **watch.facts})

    def next_due(self) -> float | None:
        """When the next thing happens."""
        moments = [watch.due for watch in self.watches.values()]
        moments += [watch.failing for watch in self.watches.values() if watch.failing is not None]
        return min(moments, default=None)
