# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much is measured: the whole evaluation, or a quick one that shows that all of it works."""

from __future__ import annotations

from dataclasses import dataclass

from .analysis import bound


@dataclass(frozen=True)
class Scale:
    """``runs`` of each test; ``flows`` connections of a share; ``speed_seconds`` of a speed test in each direction;
    ``clock``: the speed of the lab's timers during the failover tests; ``rate``: new connections in a second then.

    ``before`` and ``after`` are the seconds that a failover test watches before the fault and after the repair;
    ``outage`` those in between. Open connections that fall silent are given up by the lab's servers after 60 s: an
    outage has to be shorter. TCP tries again ever more rarely, so that the time after has to be long enough for one more try.
    """

    quick: bool
    runs: int
    flows: int
    speed_seconds: float
    clock: float
    rate: int
    before: float
    outage: float
    after: float

    def __post_init__(self) -> None:
        assert bound(self.clock) + 5 < self.outage < 55


WHOLE = Scale(False, 5, 10000, 5.0, 1.0, 40, 5.0, 45.0, 35.0)
QUICK = Scale(True, 1, 1500, 1.0, 8.0, 40, 1.5, 9.0, 8.0)
