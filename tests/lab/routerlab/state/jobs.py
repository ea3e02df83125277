# Copyright: (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scheduler: when each job is due, and starting it.

A router of the lab never boots, so a job with ``start-time=startup`` runs only when it has an interval (manual: such a
job's first run is counted from the boot), the first time one interval after it was added.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from routerlab.values.time import read_date, read_duration, utc

if TYPE_CHECKING:
    from routerlab.model.router import Router
    from routerlab.model.store import Row

MENU = "system scheduler"
_TIMING = ("start-date", "start-time", "interval")


@dataclass
class Job:
    """One job's next run, in the lab's seconds; None when it will not run again."""

    asked: tuple[str, ...]
    due: float | None
    runs: int = 0


class Jobs:
    """All jobs of a router, by their row's identifier."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self.jobs: dict[int, Job] = {}

    def _interval(self, row: Row) -> float:
        return (read_duration(self._router.text(row, "interval", "0s")) or 0) / 1_000_000

    def _first(self, row: Row, now: float) -> float | None:
        interval = self._interval(row)
        start = self._router.text(row, "start-time")
        if start == "startup":
            return now + interval if interval else None
        day = read_date(self._router.text(row, "start-date"))
        if day is None:
            return None
        hours, minutes, seconds = (int(part) for part in start.split(":"))
        clock = self._router.site.clock
        start_at = day + timedelta(hours=hours, minutes=minutes, seconds=seconds)
        moment = now + (start_at - utc(clock.wall(now))).total_seconds()
        if moment <= now - 1 and interval:
            moment += ((now - moment) // interval + 1) * interval
        # A job is written with the second that it is written in as its start: that one still counts.
        return moment if moment > now - 1 else None

    def review(self, now: float) -> None:
        """Take in what changed in the rows."""
        rows = {row.id: row for row in self._router.tables[MENU]}
        for row_id in list(self.jobs):
            if row_id not in rows or not rows[row_id].enabled:
                del self.jobs[row_id]
        for row in rows.values():
            if row.enabled:
                asked = tuple(self._router.text(row, name) for name in _TIMING)
                job = self.jobs.get(row.id)
                if job is None or job.asked != asked:
                    self.jobs[row.id] = Job(asked, self._first(row, now), 0 if job is None else job.runs)

    def happen(self, now: float) -> bool:
        """Start what is due; tells whether anything was."""
        started = False
        for row in self._router.tables[MENU]:
            job = self.jobs.get(row.id)
            if job is None or job.due is None or job.due > now:
                continue
            interval = self._interval(row)
            job.due = job.due + interval if interval else None
            job.runs += 1
            started = True
            self._router.events.job(row)
        return started

    def next_due(self) -> float | None:
        """When the next job is due."""
        return min((job.due for job in self.jobs.values() if job.due is not None), default=None)
