# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which servers a client talks to, and from which ports of its own."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

#: /16 networks of well-known services: far apart, so that whatever a router takes from an address varies.
_NETWORKS = (
    "8.8",
    "1.1",
    "9.9",
    "13.107",
    "17.253",
    "20.190",
    "23.45",
    "31.13",
    "34.120",
    "40.97",
    "52.95",
    "64.233",
    "74.125",
    "91.108",
    "104.16",
    "129.134",
    "142.250",
    "151.101",
    "157.240",
    "172.217",
    "185.60",
    "199.232",
    "208.67",
    "212.58",
)
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def servers(count: int, rng: random.Random) -> list[str]:
    """That many different public addresses (at most about a million), spread over many networks."""
    found: dict[str, None] = {}
    while len(found) < count:
        network = _NETWORKS[len(found) % len(_NETWORKS)]
        found[f"{network}.{rng.randrange(256)}.{rng.randrange(1, 255)}"] = None
    return list(found)


def ephemeral_ports(rng: random.Random) -> Iterator[int]:
    """The kernel's ephemeral ports in an order of its own, each once before any comes again."""
    low, high = (int(text) for text in _RANGE.read_text(encoding="ascii").split())
    ports = list(range(low, high + 1))
    rng.shuffle(ports)
    while True:
        yield from ports
