# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A router of the lab, what it has put aside and taken back, and the core that changes it by the lab's clock."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any

from ansible_collections.multiwan.routeros.plugins.module_utils import argspec, transaction
from ansible_collections.multiwan.routeros.plugins.module_utils.candidate import Candidate
from ansible_collections.multiwan.routeros.plugins.module_utils.deadman import find_jobs
from ansible_collections.multiwan.routeros.plugins.module_utils.mask import Mask
from ansible_collections.multiwan.routeros.plugins.module_utils.request import Request
from ansible_collections.multiwan.routeros.plugins.module_utils.session import Session, Target
from ansible_collections.multiwan.routeros.plugins.module_utils.transaction import Options, Outcome, Surroundings
from routerlab.model.router import Router
from routerlab.model.store import Row
from routerlab.snapshot import snapshot
from routerlab.testing import Lab, wait_until

from .patience import PatientSession, Silence, never_silent
from .site import Asked

TIMEOUT = 0.1
"""Seconds that an answer may take which is kept away on purpose."""

PAUSE = 6.0
"""Seconds of the lab's clock that a wait takes at least: one tick of a job."""

STEP = 15.0
"""Seconds of the lab's clock that pass at once."""

Export = dict[str, list[Any]]


class Bench:
    """One router, changed in this process; waiting lets the lab's time pass."""

    def __init__(self, lab: Lab, name: str, user: str = "admin", password: str = "lab") -> None:
        self.lab, self.name, self.user, self.pause = lab, name, user, PAUSE
        self.target = Target(name, "127.0.0.1", user, password, lab.port(name), timeout=TIMEOUT)
        self.silence: Callable[[], Silence] = never_silent
        """Returns, for a session made now, what tells whether its answers are kept away."""
        self.world = Surroundings(self.connect, lab.running.clock.now, self._pause)

    def connect(self) -> Session:
        """A session as the commit makes one."""
        return PatientSession(self.target, self.silence())

    def _pause(self, seconds: float) -> None:
        """Every look at a router costs the test more time than the router's own between two looks."""
        self.lab.advance(max(seconds, self.pause))

    # What the router has

    @property
    def export(self) -> Export:
        """The configuration, in an order of rows only where order means something."""
        return self.lab.call(self.name, _export)

    def left_behind(self) -> list[str]:
        """What a change may not leave on a router, whatever became of it."""

        def look(router: Router) -> list[str]:
            jobs = [{"name": router.text(row, "name")} for row in router.tables["system scheduler"]]
            left = [f"job {job.id}" for job in find_jobs(jobs)]
            left += [
                f"{table} {router.text(row, 'name')}"
                for table in ("system scheduler", "system script")
                for row in router.tables[table]
                if "multiwan" in router.text(row, "name")
            ]
            if router.safe_mode.held:
                left.append("safe mode")
            left += [action.text for action in router.history.actions if action.floating]
            return left

        return self.lab.call(self.name, look)

    def log(self) -> list[str]:
        """What the router has written of our changes."""
        return self.lab.call(
            self.name, lambda router: [line.message for line in router.log if "multiwan" in line.message]
        )

    # What is done to it

    def begin(self, asked: Iterable[Asked] = ()) -> Candidate:
        """Begin, and ask for what tasks ask for."""
        return self.begin_told(asked)[0]

    def begin_told(self, asked: Iterable[Asked] = ()) -> tuple[Candidate, list[str]]:
        """The same, and what beginning had to say."""
        asked = tuple(asked)
        paths = [menu.path for menu in argspec.modules().values()]
        menus = argspec.transaction_menus(self.name, [*paths, *(path for each in asked for path in each.menus)])
        candidate, told = transaction.begin(self.name, self.user, menus, self.world)
        return self.ask(candidate, asked), told

    def ask(self, candidate: Candidate, asked: Iterable[Asked]) -> Candidate:
        """Plan what tasks ask for."""
        for each in asked:
            candidate.ask(each.menus, Request(self.name, each.state, each.scope, login=self.user), Mask())
        return candidate

    def commit(self, candidate: Candidate, options: Options | None = None, check: bool = False) -> Outcome:
        """Commit a copy, so that the candidate can be committed again."""
        return transaction.commit(deepcopy(candidate), options or Options(), self.world, check)

    def pass_bound(self, seconds: float) -> None:
        """Let time pass until a router has undone by itself, booting included; raises TimeoutError where it leaves something.

        It passes in steps, so that a job ticks on the way as it would. To end, what is due has a moment of the machine's time.
        """
        self.lab.come_back(self.name)
        for _step in range(math.ceil(seconds / STEP)):
            self.lab.advance(STEP)
        self.lab.come_back(self.name)
        try:
            wait_until("nothing is left behind", lambda: not self.left_behind())
        except TimeoutError as error:
            raise TimeoutError(f"{error}; there is {', '.join(self.left_behind())}") from None


def _export(router: Router) -> Export:
    found = snapshot(router)
    return {
        path: rows if router.menus[path].ordered else sorted(rows, key=lambda row: sorted(row.items()))
        for path, rows in found.items()
    }


def without_jobs(export: Export) -> Export:
    """The configuration without jobs that wait for a change to be confirmed."""
    path = "system scheduler"
    rows = [row for row in export.get(path, []) if not find_jobs([row])]
    return {menu: found for menu, found in (export | {path: rows}).items() if found}


def difference(one: Export, other: Export) -> str:
    """What *other* has and *one* has not, and the other way round."""
    lines = []
    for path in sorted(one.keys() | other.keys()):
        old, new = one.get(path, []), other.get(path, [])
        lines += [f"{path}: - {row}" for row in old if row not in new] + [
            f"{path}: + {row}" for row in new if row not in old
        ]
        if old != new and not lines:
            lines.append(f"{path}: another order")
    return "\n".join(lines)


class Checkpoint:
    """The rows of a router, with their identifiers, to be had again."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.export = bench.export
        self._rows = bench.lab.call(bench.name, _rows)

    def restore(self) -> None:
        """Give the router its rows back; no fault is ordered, nobody holds safe mode."""
        self._bench.lab.come_back(self._bench.name)
        self._bench.lab.call(self._bench.name, self._put_back)

    def _put_back(self, router: Router) -> None:
        router.faults.clear()
        router.history.forget()
        # else the scripts that wait to send a message become more with every case, and time is spent on nothing but them
        router.events.forget()
        for path, table in router.tables.items():
            now = {row.id: row for row in table}
            if list(now) == [row.id for row in self._rows[path]] and all(
                now[row.id].values == row.values and now[row.id].facts == row.facts for row in self._rows[path]
            ):
                continue
            for row_id in now:
                table.delete(row_id)
            for row in self._rows[path]:
                table.insert(_copy(row))
        router.touch()
        router.settle()


def _copy(row: Row) -> Row:
    return Row(row.id, dict(row.values), dynamic=row.dynamic, builtin=row.builtin, facts=dict(row.facts))


def _rows(router: Router) -> dict[str, list[Row]]:
    return {path: [_copy(row) for row in table] for path, table in router.tables.items()}
