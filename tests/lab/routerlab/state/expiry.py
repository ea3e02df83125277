# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows that vanish by themselves: address-list entries with a timeout."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from routerlab.model.router import Router

MENU = "ip firewall address-list"


class Expiry:
    """The moments at which rows of the address lists end."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._heap: list[tuple[float, int]] = []
        self.ends: dict[int, float] = {}

    def set(self, row_id: int, seconds: float | None, now: float) -> None:
        """Let a row end after some seconds; None keeps it."""
        if seconds is None:
            self.ends.pop(row_id, None)
            return
        self.ends[row_id] = now + seconds
        heapq.heappush(self._heap, (now + seconds, row_id))

    def happen(self, now: float) -> bool:
        """Remove what is due; tells whether anything went."""
        changed = False
        while self._heap and self._heap[0][0] <= now:
            moment, row_id = heapq.heappop(self._heap)
            if self.ends.get(row_id) == moment:
                del self.ends[row_id]
                if row_id in self._router.tables[MENU]:
                    self._router.tables[MENU].delete(row_id)
                    changed = True
        return changed

    def next_due(self) -> float | None:
        """When the next row ends."""
        return self._heap[0][0] if self._heap else None
