# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watching packets: connections opened at a steady rate while links die and come back."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Self

from routerlab.measure import PROGRAM, flows_result, timeline_entry
from routerlab.testing import Lab, wait_until


@dataclass(frozen=True)
class Moment:
    """What became of the connections begun in one tenth of a second; ``at`` is its Unix time."""

    at: float
    ok: int
    failed: int
    by_link: dict[str, int]


class Flows:
    """Connections from a LAN in the background, for as long as the ``with`` lasts."""

    def __init__(self, lab: Lab, router: str, lan: str, *options: str) -> None:
        self._lab, self._router, self._lan = lab, router, lan
        self._argv = [sys.executable, *PROGRAM, "flows", *options, "--json"]
        self._told: list[dict[str, Any]] = []
        self._files = ExitStack()

    def __enter__(self) -> Self:
        self._output = self._files.enter_context(tempfile.TemporaryFile())
        self._errors = self._files.enter_context(tempfile.TemporaryFile())
        self._running = self._lab.start_client(self._router, self._lan, self._argv, self._output, self._errors)
        return self

    def __exit__(self, *_details: object) -> None:
        with self._files:
            if self._running.cancel():
                # It waits for its last answers, and ends with a summary.
                wait_until("the connections have ended", lambda: any("t" not in line for line in self._lines()))
                self._told = self._lines()

    def _lines(self) -> list[dict[str, Any]]:
        """What it has told so far; it writes into the same file, whose position is left alone."""
        if self._output.closed:
            return self._told
        if self._running.done() and not self._running.cancelled():
            errors = os.pread(self._errors.fileno(), 10_000, 0).decode()
            raise AssertionError(f"the connections ended with {self._running.result()}: {errors}")
        file = self._output.fileno()
        whole, _newline, _rest = os.pread(file, os.fstat(file).st_size, 0).rpartition(b"\n")
        return [json.loads(line) for line in whole.splitlines()]

    @property
    def result(self) -> dict[str, int]:
        """Connections by the link that carried them, and those that failed; it is there after the ``with``."""
        return flows_result(self._told[-1], self._lab.links(self._router))


class Stream(Flows):
    """Connections at a steady rate."""

    #: Seconds after which a connection counts as failed: one that lives is answered by then on a busy machine too.
    TIMEOUT = 3
    #: Seconds after which the stream ends by itself.
    LONGEST = 100

    def __init__(self, lab: Lab, router: str, lan: str, rate: int = 40) -> None:
        options = {"duration": self.LONGEST, "rate": rate, "timeout": self.TIMEOUT}
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        super().__init__(lab, router, lan, *words, "--timeline")

    @property
    def moments(self) -> list[Moment]:
        """What became of all connections begun so far, up to the first whose answer is still awaited."""
        links = self._lab.links(self._router)
        entries = [timeline_entry(line, links) for line in self._lines() if "t" in line]
        return [
            Moment(entry["unix"], entry["ok"], entry["failed"], entry["by_link"])
            for entry in entries
            if entry["ok"] or entry["failed"]
        ]

    def between(self, start: float, end: float = float("inf")) -> list[Moment]:
        """The moments that began in a span of Unix times."""
        return [moment for moment in self.moments if start <= moment.at < end]


def failed(moments: list[Moment]) -> int:
    """How many connections failed."""
    return sum(moment.failed for moment in moments)


def carried(moments: list[Moment]) -> dict[str, int]:
    """How many connections each link carried."""
    found: dict[str, int] = {}
    for moment in moments:
        for link, count in moment.by_link.items():
            found[link] = found.get(link, 0) + count
    return found
