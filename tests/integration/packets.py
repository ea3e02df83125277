# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watching packets: connections opened at a steady rate while links die and come back."""

from __future__ import annotations

import json
import sys
import threading
from dataclasses import dataclass
from typing import Self

from routerlab.measure import PROGRAM, timeline_entry
from routerlab.testing import Lab


@dataclass(frozen=True)
class Moment:
    """What became of the connections begun in one tenth of a second; ``at`` is its Unix time."""

    at: float
    ok: int
    failed: int
    by_link: dict[str, int]


class Stream:
    """Connections at a steady rate from a LAN, in the background; ``moments`` are there after the ``with``."""

    def __init__(self, lab: Lab, router: str, lan: str, seconds: float, rate: int = 40) -> None:
        self._lab, self._router, self._lan = lab, router, lan
        self._options = ("flows", "--duration", str(seconds), "--rate", str(rate), "--timeline", "--timeout", "2")
        self._thread = threading.Thread(target=self._run)
        self._failure: BaseException | None = None
        self.moments: list[Moment] = []

    def _run(self) -> None:
        try:
            argv = [sys.executable, *PROGRAM, *self._options, "--json"]
            ended = self._lab.client(self._router, self._lan, argv, timeout=110)
            assert ended.status == 0, ended.errors
            links = self._lab.links(self._router)
            entries = [
                timeline_entry(line, links) for line in map(json.loads, ended.output.splitlines()) if "t" in line
            ]
            self.moments = [
                Moment(entry["unix"], entry["ok"], entry["failed"], entry["by_link"])
                for entry in entries
                if entry["ok"] or entry["failed"]
            ]
        except BaseException as error:
            self._failure = error

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_details: object) -> None:
        self._thread.join()
        if self._failure is not None:
            raise self._failure

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
