# Copyright: (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's time: the machine's, plus what a test has let pass."""

from __future__ import annotations

import time


class Clock:
    """Seconds that never run backwards; ``advance`` lets time pass at once."""

    def __init__(self) -> None:
        self._skipped = 0.0
        self._wall_offset = time.time() - time.monotonic()

    def now(self) -> float:
        """The present moment, in seconds of the lab's own count."""
        return time.monotonic() + self._skipped

    def wall(self, moment: float) -> float:
        """The Unix timestamp of a moment of the lab's count."""
        return moment + self._wall_offset

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        if seconds < 0:
            raise ValueError("time does not run backwards")
        self._skipped += seconds
