# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A router in memory that takes a change back: its time is a number, its sessions are objects, its job and safe mode work.

How a job leads back is not the matter here (see test_undo.py): it puts the rows as they were when it was armed, and leaves
those that somebody else, whose comments begin with ``theirs``, has added since.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType

from ansible_collections.multiwan.routeros.plugins.module_utils.change import Surroundings
from ansible_collections.multiwan.routeros.plugins.module_utils.deadman import FIRST_TICK, TICK
from ansible_collections.multiwan.routeros.plugins.module_utils.errors import ConnectionFailed, ConnectionLost
from ansible_collections.multiwan.routeros.plugins.module_utils.session import Reply, Sentence

from .random_changes import PORT, Tables
from .table import Table

BOOT = 1000.0
SILENCE = 540.0
"""Seconds after which a router notices a line that was cut silently."""


class Refused(Exception):
    """What the router answers with a trap."""


@dataclass
class GuardedRouter:
    """``heard`` are all sentences that the router carried out, each with the number of its session and the time."""

    tables: Tables
    version: str = "7.22.3 (stable)"
    device_mode: dict[str, str] = field(default_factory=lambda: {"mode": "advanced", "scheduler": "yes"})
    policies: str = "read,write,policy,test,password,sensitive,api"
    may_be_unguarded: bool = False
    """Else a write that nothing would take back is an error of the test's subject."""
    now: float = BOOT
    keeps_time: bool = False
    """Whether the subject's own clock is this router's."""
    ticks: bool = True
    """Whether the scheduler runs jobs."""
    cost: float = 0.0
    """Seconds that each sentence takes."""
    strike: Callable[[Sentence, int], None] | None = None
    """Called before each sentence with the number of those that came before; may raise Refused or ConnectionLost."""
    reachable: Callable[[], bool] = field(default=lambda: True)
    heard: list[tuple[int, float, Sentence]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    pings: int = 3
    holder: str = ""
    """Who holds safe mode; ``session N`` for a session of ours."""

    def __post_init__(self) -> None:
        self.jobs = Table()
        self.asked = 0
        self.sessions = 0
        self._saved: dict[str, list[dict[str, str]]] = {}
        self._due = 0.0
        self._unroll_at: float | None = None
        self._held: dict[str, list[dict[str, str]]] = {}

    @property
    def world(self) -> Surroundings:
        return Surroundings(self.connect, lambda: self.now, self.pause)

    @property
    def verbs(self) -> list[str]:
        """The writes that were heard, as ``session:command``."""
        return [f"{number}:{said[0]}" for number, _at, said in self.heard if not said[0].endswith("/print")]

    @property
    def writes(self) -> list[tuple[float, Sentence]]:
        """The writes to menus of the change, each with its time."""
        return [(at, said) for _number, at, said in self.heard if self._is_write(said)]

    @property
    def left(self) -> list[str]:
        """What of ours is left on the router beside rows."""
        return [row["name"] for row in self.jobs.rows] + ([self.holder] if self.holder else [])

    def connect(self) -> _Session:
        self.pass_time(self.cost)
        if not self.reachable():
            raise ConnectionFailed("r1 (test): no answer within 10 s")
        self.sessions += 1
        return _Session(self, self.sessions)

    def pause(self, seconds: float) -> None:
        self.pass_time(seconds)

    def pass_time(self, seconds: float) -> None:
        """Let time pass, and the router do what is due."""
        self.now += seconds
        for job in list(self.jobs.rows) if self.ticks else ():
            if self.now >= self._due - self._timeout(job) + FIRST_TICK:
                # the first run proves that there will be others
                job["comment"] = f"unless it is confirmed within {self._timeout(job):g} s"
            if job["name"].startswith("multiwan-undo-") and self.now >= self._due - TICK:
                job["name"] = job["name"].replace("undo-", "undoing-")
                self._due = min(self.now, self._due)
            if job["name"].startswith("multiwan-undoing-") and self.now >= self._due:
                self._restore(self._saved)
                self.jobs.rows.remove(job)
                self.log.append(f"multiwan: change {job['name'][-8:]} was not confirmed and has been taken back")
        if self._unroll_at is not None and self.now >= self._unroll_at:
            self.unroll()

    def unroll(self) -> None:
        """Undo as safe mode does: everybody's changes."""
        for path, rows in self._held.items():
            self.tables.tables[path].rows = [dict(row) for row in rows]
        self.holder, self._unroll_at = "", None

    def forget(self) -> None:
        """Count from now on."""
        self.heard.clear()
        self.asked = 0

    def lose(self, session: int, silently: bool) -> None:
        """A session has ended without releasing what it held."""
        if self.holder == f"session {session}":
            if silently:
                self._unroll_at = self.now + SILENCE
            else:
                self.unroll()

    def carry_out(self, session: int, said: Sentence) -> Reply:
        """Return the answer to one sentence; raises what ``strike`` raises, save Refused."""
        self.pass_time(self.cost)
        self.asked += 1
        try:
            if self.strike is not None:
                self.strike(said, self.asked - 1)
            answer = self._answer(session, said)
        except Refused as refusal:
            return Reply(traps=(str(refusal),))
        self.heard.append((session, self.now, said))
        return answer

    def _answer(self, session: int, said: Sentence) -> Reply:
        path, _slash, verb = said[0].removeprefix("/").rpartition("/")
        path = path.replace("/", " ")
        if path == "system scheduler":
            return self._scheduler(verb, said)
        if path == "safe-mode":
            return self._safe_mode(session, verb)
        fixed = {
            "system resource": [{"version": self.version, "uptime": f"{int(self.now)}s"}],
            "system device-mode": [self.device_mode],
            "user": [{"name": "admin", "group": "staff"}],
            "user group": [{"name": "staff", "policy": self.policies}],
            "log": [{"time": "12:00:00", "message": text} for text in self.log],
            "tool": [{"received": str(self.pings)}],
            "interface": [{"name": row["name"]} for row in ports.rows]
            if (ports := self.tables.tables.get(PORT))
            else [],
        }
        if path in fixed:
            return Reply(tuple(fixed[path]))
        if path not in self.tables.tables:
            raise Refused("no such command prefix")
        if verb == "print":
            return Reply(tuple(dict(row) for row in self.tables.tables[path].rows))
        assert self.may_be_unguarded or self.jobs.rows or self.holder, f"{said}: nothing would take this back"
        self.tables.hear(path, said)
        return Reply(ret="*1" if verb == "add" else None)

    def _scheduler(self, verb: str, said: Sentence) -> Reply:
        if verb == "print":
            return Reply(tuple(dict(row) for row in self.jobs.rows))
        if verb == "add":
            self.jobs.obey(said)
            self._saved, self._due = self._copy(), self.now + self._timeout(self.jobs.rows[-1])
            return Reply(ret="*1")
        words = dict(word[1:].split("=", 1) for word in said[1:])
        found = next((row for row in self.jobs.rows if row["name"] == words[".id"]), None)
        if found is None:
            raise Refused("no such item")
        if verb == "remove":
            self.jobs.rows.remove(found)
        else:
            found["name"] = words["name"]
            self._due = self.now + TICK
        return Reply()

    @staticmethod
    def _timeout(job: dict[str, str]) -> float:
        found = re.search(r"unless it is confirmed within (\d+) s", job.get("on-event", ""))
        return float(found[1]) if found else 0.0

    def _safe_mode(self, session: int, verb: str) -> Reply:
        if self.version.startswith("7.12"):
            raise Refused("no such command prefix")
        mine = self.holder == f"session {session}"
        if verb == "print":
            held = {"enabled": "true", "user": self.holder, "current": "true" if mine else "false"}
            return Reply((held,) if self.holder else ({"enabled": "false"},))
        if verb == "take":
            self._held, self.holder = self._copy(), f"session {session}"
        elif verb == "release":
            self.holder, self._unroll_at = "", None
        elif mine:
            self.unroll()
        return Reply()

    def _copy(self) -> dict[str, list[dict[str, str]]]:
        return {path: [dict(row) for row in table.rows] for path, table in self.tables.tables.items()}

    def _restore(self, saved: dict[str, list[dict[str, str]]]) -> None:
        for path, rows in saved.items():
            there = {row.get(".id") for row in rows}
            table = self.tables.tables[path]
            new = [
                row for row in table.rows if row.get("comment", "").startswith("theirs") and row.get(".id") not in there
            ]
            table.rows = [dict(row) for row in rows] + new

    def _is_write(self, said: Sentence) -> bool:
        path, _slash, verb = said[0].removeprefix("/").rpartition("/")
        return path.replace("/", " ") in self.tables.tables and verb != "print"


class _Session:
    """A session, which is over for good once its line has broken."""

    def __init__(self, router: GuardedRouter, number: int) -> None:
        self.router = router
        self.number = number
        self.broken = False

    def __enter__(self) -> _Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.broken:
            self.router.lose(self.number, silently=False)

    def exchange(self, sentences: Sequence[Sentence], until: float | None = None) -> list[Reply]:
        replies: list[Reply] = []
        end = until if until is None or self.router.keeps_time else self.router.now + until - time.monotonic()
        for said in sentences:
            if self.broken or (end is not None and self.router.now >= end):
                raise ConnectionLost("r1 (test): no answer within 10 s", replies)
            try:
                replies.append(self.router.carry_out(self.number, said))
            except ConnectionLost as lost:
                self.broken = True
                self.router.lose(self.number, silently=True)
                raise ConnectionLost(str(lost), replies) from lost
        return replies
