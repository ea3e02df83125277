# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The paper's own numbers, as it prints them (section 3.7 of Nabawi, Permana and Subekti; CC BY 4.0)."""

from __future__ import annotations

from .results import SpeedRun

TITLE = (
    "Desain dan implementasi manajemen koneksi internet dengan metode load balancing dan failover "
    "pada kantor pusat Trans Coffee"
)
AUTHORS = "M. Nabawi, D. S. Permana, R. Subekti"

#: Table 1, before load balancing: ping in ms, download and upload in Mbps, of five speed tests.
TABLE_1 = (
    SpeedRun(20, 33.2, 30.4),
    SpeedRun(15, 44.5, 35.4),
    SpeedRun(17, 25.1, 35.1),
    SpeedRun(15, 43.3, 33.9),
    SpeedRun(16, 44.3, 35.3),
)

#: Table 2, with load balancing, is printed with the rows of table 1, to the last digit.
TABLE_2 = TABLE_1

#: What the text below table 2 says of the state after: these means, and a ping that is better by 0.8 ms than before
#: (16.6 ms). The table that was meant is not in the paper.
TEXT_PING_GAIN_MS = 0.8
TEXT_AFTER = SpeedRun(15.8, 43.14, 34.8)
