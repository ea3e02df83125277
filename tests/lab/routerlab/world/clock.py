# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's time: the machine's, at a speed that can be chosen, plus what a test has let pass."""

from __future__ import annotations

import asyncio
import contextlib
import time

#: Everything that is due in between really happens: more than this (in seconds) at once would block the lab for long.
FASTEST = 1000.0
LONGEST = 604800.0


class Clock:
    """Seconds that never run backwards; ``advance`` lets time pass at once, ``speed`` makes all timers faster.

    What packets need, a round trip or a TCP time-out, takes as long as it takes whatever the speed.
    """

    def __init__(self) -> None:
        self._lab = self._real = time.monotonic()
        self._wall_offset = time.time() - self._lab
        self._speed = 1.0
        self._sleepers: set[asyncio.Future[None]] = set()

    @property
    def speed(self) -> float:
        """Seconds of the lab in one second of the machine."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        if not 0 < speed <= FASTEST:
            raise ValueError(f"a clock's speed is a number above 0 and up to {FASTEST:g}")
        self._lab, self._real = self.now(), time.monotonic()
        self._speed = speed
        self._wake()

    def now(self) -> float:
        """The present moment, in seconds of the lab's own count."""
        return self._lab + (time.monotonic() - self._real) * self._speed

    def wall(self, moment: float) -> float:
        """The Unix timestamp of a moment of the lab's count."""
        return moment + self._wall_offset

    def real(self, seconds: float) -> float:
        """How many seconds of the machine so many seconds of the lab take."""
        return seconds / self._speed

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        if not 0 <= seconds <= LONGEST:
            raise ValueError(f"time does not run backwards, and at most {LONGEST:g} s pass at once")
        self._lab += seconds
        self._wake()

    async def sleep(self, seconds: float) -> None:
        """Wait so many seconds of the lab, also when its speed changes or time is let pass meanwhile."""
        until = self.now() + seconds
        while (left := until - self.now()) > 0:
            woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._sleepers.add(woken)
            try:
                with contextlib.suppress(TimeoutError):
                    # Not wait_for: before Python 3.12 it can swallow that the sleeper is cancelled.
                    async with asyncio.timeout(self.real(left)):
                        await woken
            finally:
                self._sleepers.discard(woken)

    def _wake(self) -> None:
        for woken in self._sleepers:
            if not woken.done():
                woken.set_result(None)
