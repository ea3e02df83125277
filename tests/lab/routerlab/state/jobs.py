# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scheduler: when each job is due, and starting it.

- A job with an interval runs at its start when that is still to come, else at the next multiple of the interval after
  it: so also after a reboot.  One that is written without a start has the present second as its start, which counts as
  passed: its first run comes an interval later.  (The recipe ``add name=rollback interval=10m on-event=...``, remove
  the job when all is well, of librouteros 4.2.2 and many others, is of no use otherwise (~).)
- A job without an interval runs at its start and never again; one that is written without a start runs at once (~).
- ``start-time=startup`` means 3 s after the console has started; with an interval the first run is an interval after
  that (manual, Scheduler).
- A job that is due while its last run is not over is started all the same (~); while device-mode forbids the scheduler
  none is, and what was due then is not made up for (?).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from routerlab.values.time import read_date, read_duration, utc
from routerlab.version import span

if TYPE_CHECKING:
    from routerlab.model.router import Router
    from routerlab.model.store import Row

MENU = "system scheduler"
_TIMING = ("start-date", "start-time", "interval")
#: What a job keeps of the start that it was given because none was written.
DEFAULT_START = "\0default-start"
#: Seconds from the console's start to the jobs of ``startup`` (manual, Scheduler).
STARTUP_DELAY = 3.0
#: Jobs with a default start were not started (changelog of 7.24.5, which mended it; the first such version is a guess (~)).
_DEFAULT_STARTS_FAIL = span("7.24", "7.24.5")


@dataclass
class Job:
    """One job's next run, in the lab's seconds; None when it will not run again."""

    asked: tuple[str, ...]
    due: float | None
    runs: int = 0


def start_text(router: Router, row: Row) -> str:
    """Date and time of a job's start, as they are written."""
    return f"{router.text(row, 'start-date')} {router.text(row, 'start-time')}"


class Jobs:
    """All jobs of a router, by their row's identifier."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self.jobs: dict[int, Job] = {}

    def _interval(self, row: Row) -> float:
        return (read_duration(self._router.text(row, "interval", "0s")) or 0) / 1_000_000

    def _start(self, row: Row, now: float) -> float | None:
        """The moment that the row names, past or to come; None for a date that is none."""
        start = self._router.text(row, "start-time")
        if start == "startup":
            return self._router.booted + STARTUP_DELAY
        day = read_date(self._router.text(row, "start-date"))
        if day is None:
            return None
        hours, minutes, seconds = (int(part) for part in start.split(":"))
        start_at = day + timedelta(hours=hours, minutes=minutes, seconds=seconds)
        return now + (start_at - utc(self._router.site.clock.wall(now))).total_seconds()

    def _first(self, row: Row, now: float) -> float | None:
        """When a job that was just written, or that a reboot finds, runs first."""
        start = self._start(row, now)
        if start is None or self._fails(row):
            return None
        interval = self._interval(row)
        startup = self._router.text(row, "start-time") == "startup"
        if startup:
            start += interval
        if interval:
            return start if start > now else start + ((now - start) // interval + 1) * interval
        # A job is written with the second that it is written in as its start: that one still counts.
        return start if start > now - (0 if startup else 1) else None

    def _fails(self, row: Row) -> bool:
        default = self._router.text(row, DEFAULT_START)
        return default == start_text(self._router, row) and self._router.version in _DEFAULT_STARTS_FAIL

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
            if not self._router.device_mode.allows("scheduler"):
                continue
            job.runs += 1
            started = True
            self._router.events.job(row)
        return started

    def next_due(self) -> float | None:
        """When the next job is due."""
        return min((job.due for job in self.jobs.values() if job.due is not None), default=None)
