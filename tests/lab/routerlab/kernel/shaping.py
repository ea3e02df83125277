# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A line's rate, by the kernel's token bucket filter."""

from __future__ import annotations

from routerlab.kernel.netlink import Netlink

#: What may go at line speed, in seconds of the rate; the kernel's timers are far finer than this.
_BURST = 0.005
_LEAST_BURST = 16_384
#: The queue, in seconds of the rate: more than a round trip, so that one connection alone fills the line.
_QUEUE = 0.06
_LEAST_QUEUE = 65_536


def shape(netlink: Netlink, device: str, rate: int | None) -> None:
    """What leaves by a device has at most this rate, in bits a second; None leaves it alone."""
    if rate is None:
        return
    octets = rate // 8
    netlink.ip.tc(
        "add",
        "tbf",
        index=netlink.index(device),
        handle=0x10000,
        rate=octets,
        burst=max(_LEAST_BURST, int(octets * _BURST)),
        limit=max(_LEAST_QUEUE, int(octets * _QUEUE)),
    )
