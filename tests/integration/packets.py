# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watching packets: connections that are opened at a steady rate, or stay open, while links die and come back."""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from routerlab.internet.configuration import FLOW_PORTS
from routerlab.measure import PROGRAM, flows_result, timeline_entry
from routerlab.testing import Lab, wait_until
from routerlab.traffic.targets import servers

#: For connections of which none may fail: on a busy machine an answer takes its time.
PATIENT = ("--timeout", "20")
TALK_PROGRAM = Path(__file__).parent / "talk.py"


@dataclass(frozen=True)
class Moment:
    """What became of the connections begun in one tenth of a second; ``at`` is its Unix time."""

    at: float
    ok: int
    failed: int
    by_link: dict[str, int]


class Client:
    """A program that tells lines of JSON, run by a client of a LAN for as long as the ``with`` lasts."""

    def __init__(self, lab: Lab, router: str, lan: str, argv: Sequence[str]) -> None:
        self._lab, self._router, self._lan = lab, router, lan
        self._argv = [sys.executable, *argv]
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
                self._conclude()
                self._told = self._lines()

    def _conclude(self) -> None:
        """Wait for what the program still tells when it is ended."""

    def _lines(self) -> list[dict[str, Any]]:
        """What it has told so far; it writes into the same file, whose position is left alone."""
        if self._output.closed:
            return self._told
        if self._running.done() and not self._running.cancelled():
            errors = os.pread(self._errors.fileno(), 10_000, 0).decode()
            raise AssertionError(f"the client's program ended with {self._running.result()}: {errors}")
        file = self._output.fileno()
        whole, _newline, _rest = os.pread(file, os.fstat(file).st_size, 0).rpartition(b"\n")
        return [json.loads(line) for line in whole.splitlines()]


class Talk(Client):
    """Connections that are opened once, each to another server, and never fall silent."""

    def __init__(self, lab: Lab, router: str, lan: str, count: int) -> None:
        rng = random.Random(0)
        targets = [f"{address}:{rng.choice(FLOW_PORTS)}" for address in servers(count, rng)]
        super().__init__(lab, router, lan, [str(TALK_PROGRAM), *targets])

    def by_link(self) -> dict[str, set[int]]:
        """The connections that were answered so far, by the link that carries them."""
        links = self._lab.links(self._router)
        found: dict[str, set[int]] = {name: set() for name in links.values()}
        for line in self._lines():
            if "address" in line:
                found[links[line["address"]]].add(line["connection"])
        return found

    def answers(self) -> Counter[int]:
        """How often each connection was answered so far."""
        return Counter(line["connection"] for line in self._lines() if "address" in line)

    def ended(self) -> dict[int, str]:
        """The connections that came to an end, and why."""
        return {line["connection"]: line["ended"] for line in self._lines() if "ended" in line}


class Flows(Client):
    """Connections in the background."""

    def __init__(self, lab: Lab, router: str, lan: str, *options: str) -> None:
        super().__init__(lab, router, lan, [*PROGRAM, "flows", *options, "--json"])

    def _conclude(self) -> None:
        """It waits for its last answers, and ends with a summary."""
        wait_until("the connections have ended", lambda: any("t" not in line for line in self._lines()))

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
