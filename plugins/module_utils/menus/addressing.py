# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of IPv4 addresses and address pools."""

from __future__ import annotations

from ..values import Address, InterfaceAddress, ListOf, Name, Number, Range
from .base import COMMENT, DYNAMIC, INVALID, KEEP, Field, Menu, disabled, flag, told

ADDRESS = Menu(
    path="ip address",
    help="IPv4 addresses of the router",
    module="ip_address",
    fields=(
        Field(
            "address",
            InterfaceAddress(),
            "Address with the length of its network, such as C(172.16.10.1/24); without a length it is a C(/32).",
            required=True,
        ),
        Field("interface", Name(), "Interface that has the address.", required=True, refers=("interface",)),
        Field(
            "network",
            Address(),
            "Address of the network, or of the other end of a point-to-point link; taken from the address if not given.",
            default=KEEP,
        ),
        Field(
            "netmask",
            Address(),
            "Mask of the network, an older way to write its length.",
            default=KEEP,
            refused="write the length of the network into address, such as 172.16.10.1/24",
        ),
        Field(
            "broadcast",
            Address(),
            "Broadcast address of the network.",
            default=KEEP,
            refused="the router takes it but never tells it again; it follows from the length of the network in address",
        ),
        COMMENT,
        disabled(),
        told("actual-interface", Name(), "Interface that really has the address, such as the bridge of a port."),
        told("vrf", Name(), "Routing instance that the address belongs to."),
        flag("slave", "Whether the interface is a port of another one."),
        DYNAMIC,
        INVALID,
    ),
    keys=(("address", "interface"),),
)

POOL = Menu(
    path="ip pool",
    help="pools of addresses, from which DHCP and other servers give",
    module="ip_pool",
    fields=(
        Field("name", Name(), "Name of the pool.", default=KEEP),
        Field(
            "ranges",
            ListOf(Range(), clearable=False),
            "Ranges of addresses such as C(172.16.10.2-172.16.10.254), or prefixes.",
            required=True,
        ),
        Field(
            "next-pool",
            Name(),
            "Pool that gives when this one is empty.",
            default="none",
            refers=("ip pool",),
            literals=("none",),
        ),
        COMMENT,
        told("total", Number(), "How many addresses the pool has."),
        told("used", Number(), "How many addresses are given away."),
        told("available", Number(), "How many addresses are left."),
    ),
    keys=(("name",),),
)

MENUS = (ADDRESS, POOL)
