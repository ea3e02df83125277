# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of routing tables, IPv4 routes, routing rules and the settings of routing."""

from __future__ import annotations

from ..values import (
    Address,
    Bool,
    Duration,
    Enum,
    Gateway,
    ListOf,
    Name,
    Number,
    OneOf,
    Pattern,
    Prefix,
    Switch,
    Text,
)
from .base import COMMENT, DYNAMIC, INVALID, KEEP, Field, Menu, disabled, flag

TABLE = Menu(
    path="routing table",
    help="routing tables beside C(main)",
    module="routing_table",
    fields=(
        Field("name", Name(), "Name of the table.", required=True),
        Field("fib", Switch(), "Whether the table's routes are used for forwarding.", default="no"),
        COMMENT,
        disabled(),
        INVALID,
        DYNAMIC,
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
        # a VRF can be a next hop too; it has a table of its own name in every version, an interface only in newer ones
        Field(
            "gateway",
            Gateway(),
            "Next hop: an address, an interface, or C(address%interface).",
            refers=("interface", "routing table"),
            literals=("lo",),
        ),
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
            "suppress-hw-offload",
            Bool(),
            "Whether hardware may not take the route.",
            default="no",
            since=(7,),
            until=(7, 20, 99),
        ),
        COMMENT,
        disabled(),
        flag("active", "Whether the route is in use."),
        flag("inactive", "Whether the route cannot be used."),
        DYNAMIC,
        Field("immediate-gw", Text(), "Next hop that packets really take.", state=True),
    ),
    keys=(("comment",), ("dst-address", "routing-table", "gateway")),
    unsettable=True,
)

_NETWORK = OneOf((Prefix(), Pattern(r"\S+", "")), "a prefix such as 172.16.10.0/24")

RULE = Menu(
    path="routing rule",
    help="rules that choose a routing table before routes are looked up",
    fields=(
        Field("src-address", _NETWORK, "Network of the sender."),
        Field("dst-address", _NETWORK, "Network of the receiver."),
        Field("interface", Name(), "Interface that the packet came in by.", refers=("interface",)),
        Field(
            "routing-mark",
            Name(),
            "Table that mangle chose for the packet.",
            refers=("routing table",),
            literals=("main",),
        ),
        Field("min-prefix", Number(0, 128), "Routes with a shorter prefix are passed over."),
        Field(
            "action",
            Enum(("lookup", "lookup-only-in-table", "unreachable", "drop", "mangle")),
            "What is done; C(lookup) goes on to C(main) where the table has no route.",
            default="lookup",
        ),
        Field(
            "table",
            Name(),
            "Table that is looked up.",
            default=KEEP,
            refers=("routing table",),
            literals=("main", "local"),
        ),
        Field("chain", Name(), "Chain that the rule belongs to.", default=KEEP, since=(7, 22)),
        Field("realm", Number(), "Realm of the route.", since=(7, 22)),
        Field("vrf", Switch(), "Whether the rule stands for a routing instance.", default="no", since=(7, 22)),
        COMMENT,
        disabled(),
        flag("inactive", "Whether the rule cannot be used."),
        flag("default", "Whether the rule comes with the router."),
    ),
    keys=(("comment",),),
    ordered=True,
    unsettable=True,
    since=(7,),
)

SETTINGS = Menu(
    path="routing settings",
    help="settings of routing",
    fields=(
        Field("single-process", Bool(), "Whether all protocols share one process.", default=KEEP),
        Field(
            "check-gateway-ping-interval", Duration(0.1, 600), "How far probes are apart.", default=KEEP, since=(7, 21)
        ),
        Field("check-gateway-ping-timeout", Duration(0.001, 1), "How long one may take.", default=KEEP, since=(7, 21)),
        Field("check-gateway-ping-count", Number(1), "How many must be missed.", default=KEEP, since=(7, 21)),
        Field("connected-in-chain", Name(), "Filter for connected routes.", default=KEEP, since=(7, 22)),
        Field("dynamic-in-chain", Name(), "Filter for routes that other parts add.", default=KEEP, since=(7, 22)),
        Field("policy-rules", ListOf(Name()), "Chains of rules that are used.", default=KEEP, since=(7, 22)),
    ),
    singleton=True,
    since=(7, 12),
)

MENUS = (TABLE, ROUTE, RULE, SETTINGS)
