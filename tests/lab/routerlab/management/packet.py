# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One packet of a management connection, as rules see it."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address

#: What rules may do with a packet.
ACCEPT, DROP, REJECT = "accept", "drop", "reject"


@dataclass(frozen=True)
class Packet:
    """A TCP packet to a router's service, or back from it.

    ``in_interface`` and ``out_interface`` are identifiers of interfaces' rows (a bridge's for its ports), None where
    there is none.  ``state`` is the connection's: new, established or untracked.  ``source_port`` is None where the
    lab cannot know it: a connection that nobody has opened yet.
    """

    source: IPv4Address
    destination: IPv4Address
    source_port: int | None
    destination_port: int | None
    in_interface: int | None = None
    out_interface: int | None = None
    state: str = "new"
    #: Which of the two ends is the router itself.
    inbound: bool = True
