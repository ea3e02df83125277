# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers, ports and addresses of rules in nftables' form."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network

#: The longest address list entry is the whole of IPv4.
_LAST = 0xFFFFFFFF


def intervals(pairs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same numbers in as few intervals as can be, in order: nftables takes none that overlap."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(pairs):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def span(text: str) -> tuple[int, int]:
    """``5`` or ``5-9`` as first and last."""
    first, _rest, last = text.partition("-")
    return int(first), int(last or first)


def numbers(text: str) -> list[str]:
    """``80,443,1000-2000`` as the elements of a set."""
    pairs = intervals(span(part) for part in text.split(","))
    return [str(first) if first == last else f"{first}-{last}" for first, last in pairs]


def address_span(text: str) -> tuple[int, int]:
    """An address, prefix or range as its first and last address.  Raises ValueError for other texts."""
    first, dash, last = text.partition("-")
    if dash:
        return int(IPv4Address(first)), int(IPv4Address(last))
    network = IPv4Network(text)
    return int(network.network_address), int(network.broadcast_address)


def address_element(first: int, last: int) -> str:
    """First and last address as an element of a set."""
    low, high = IPv4Address(first), IPv4Address(last)
    return str(low) if first == last else f"{low}-{high}"


def is_everything(text: str) -> bool:
    """Whether an address, prefix or range is all of IPv4, which nftables' comparisons do not take."""
    return address_span(text) == (0, _LAST)
