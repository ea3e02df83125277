# Copyright: (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of routing tables and IPv4 routes."""

from __future__ import annotations

from ..values import Address, Bool, Enum, Gateway, Name, Number, Prefix, Switch, Text
from .base import COMMENT, Field, Menu, disabled

TABLE = Menu(
    path="routing table",
    help="routing tables beside C(main)",
    module="routing_table",
    fields=(
        Field("name", Name(), "Name of the table.", required=True),
        Field("fib", Switch(), "Whether the table's routes are used for forwarding.", default="no"),
        COMMENT,
        disabled(),
        Field("invalid", Bool(), "Whether the router cannot use the table.", default="no", state=True),
    ),
    keys=(("name",),),
    unsettable=True,
    since=(7,),
    implied=True,
)

ROUTE = Menu(
    path="ip route",
    help="IPv4 routes",
    module="ip_route",
    fields=(
        Field("dst-address", Prefix(), "Destination of the route.", default="0.0.0.0/0"),
        Field("gateway", Gateway(), "Next hop: an address, an interface, or C(address%interface)."),
        Field(
            "routing-table",
            Name(),
            "Table that the route belongs to. On RouterOS 6 it is written as the routing mark.",
            default="main",
            refers=("routing table",),
            literals=("main",),
            v6="routing-mark",
        ),
        Field("distance", Number(1, 255), "Administrative distance; the lowest of equal routes is used.", default="1"),
        Field(
            "check-gateway",
            Enum(("none", "arp", "ping", "bfd")),
            "How the next hop is probed, every 10 seconds; after two misses all routes through it are inactive.",
            default="none",
        ),
        Field("scope", Number(0, 255), "Scope of the route.", default="30"),
        Field("target-scope", Number(0, 255), "Highest scope of a route that resolves the next hop.", default="10"),
        Field("pref-src", Address(), "Source address of packets that the router itself sends along this route."),
        Field("blackhole", Switch(), "Whether packets are dropped without an answer.", default="no", since=(7,)),
        Field("vrf-interface", Name(), "Interface of the VRF.", refers=("interface",), since=(7,)),
        Field(
            "suppress-hw-offload", Bool(), "Whether hardware may not take the route.", default="no", since=(7,), until=(7, 20, 99)
        ),
        COMMENT,
        disabled(),
        Field("active", Bool(), "Whether the route is in use.", default="no", state=True),
        Field("inactive", Bool(), "Whether the route cannot be used.", default="no", state=True),
        Field("immediate-gw", Text(), "Next hop that packets really take.", state=True),
    ),
    keys=(("comment",), ("dst-address", "routing-table", "gateway")),
    unsettable=True,
)

MENUS = (TABLE, ROUTE)
