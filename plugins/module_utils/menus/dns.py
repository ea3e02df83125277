# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of the router's DNS: settings and names of its own. Defaults as community.routeros gives them."""

from __future__ import annotations

from ..values import Address, Bool, Duration, Enum, ListOf, Name, Number, OneOf, Pattern, Text
from .base import COMMENT, DYNAMIC, KEEP, Field, Menu, disabled, told

_SERVER = OneOf((Address(), Pattern(r"[0-9a-fA-F.:]+@\S+", "")), "an IP address such as 8.8.8.8, or address@vrf")

DNS = Menu(
    path="ip dns",
    help="settings of the router's name resolution",
    module="dns",
    fields=(
        Field("servers", ListOf(_SERVER), "Name servers that the router asks, in this order.", default=""),
        Field(
            "allow-remote-requests", Bool(), "Whether the router answers the questions of other hosts.", default="no"
        ),
        Field("max-udp-packet-size", Number(50, 65_507), "Largest answer over UDP in bytes.", default="4096"),
        Field("query-server-timeout", Duration(), "How long one server may take.", default="2s"),
        Field("query-total-timeout", Duration(), "How long an answer may take in all.", default="10s"),
        Field("max-concurrent-queries", Number(), "How many questions are worked on at once.", default="100"),
        Field("max-concurrent-tcp-sessions", Number(), "How many TCP sessions are held at once.", default="20"),
        Field("cache-size", Number(64, unit=1024), "Size of the memory for answers in KiB.", default="2048"),
        Field("cache-max-ttl", Duration(), "How long an answer is remembered at most.", default="1w"),
        Field(
            "address-list-extra-time",
            Duration(),
            "How much longer addresses of a name stay in an address list.",
            default="0s",
            since=(7,),
        ),
        Field("use-doh-server", Text(), "URL of a server that is asked over HTTPS.", default="", since=(6, 47)),
        Field("verify-doh-cert", Bool(), "Whether that server's certificate is checked.", default="no", since=(6, 47)),
        Field("doh-max-server-connections", Number(), "How many connections to it are held.", default="5", since=(7,)),
        Field(
            "doh-max-concurrent-queries", Number(), "How many questions it is asked at once.", default="50", since=(7,)
        ),
        Field("doh-timeout", Duration(), "How long it may take.", default="5s", since=(7,)),
        Field(
            "mdns-repeat-ifaces",
            ListOf(Name()),
            "Interfaces between which multicast DNS is repeated.",
            default="",
            refers=("interface",),
            since=(7, 16),
        ),
        Field("vrf", Name(), "Routing instance that questions leave by.", default=KEEP, since=(7, 15)),
        told("dynamic-servers", ListOf(Address()), "Name servers that providers told."),
        told("cache-used", Number(), "How much memory answers take in KiB."),
    ),
    singleton=True,
)

_TYPES = Enum(("NXDOMAIN", "A", "NS", "CNAME", "MX", "TXT", "AAAA", "SRV", "FWD"))
STATIC = Menu(
    path="ip dns static",
    help="names that the router knows itself",
    fields=(
        Field("name", Name(), "Name that is asked for; either this or the expression is needed.", default=KEEP),
        Field("regexp", Text(), "Regular expression for names that are asked for.", default=KEEP),
        Field("type", _TYPES, "Type of the record.", default="A"),
        # a record has an address or not by its type, and there is no way to take it away
        Field("address", Address(), "Address of the name.", default=KEEP),
        Field("cname", Text(), "Name that this one stands for."),
        Field("forward-to", Text(), "Server that is asked for the name instead."),
        Field("mx-exchange", Text(), "Host that takes the domain's mail."),
        Field("mx-preference", Number(0, 65_535), "Rank of that host; the lowest is tried first.", default=KEEP),
        Field("ns", Text(), "Name server of the domain."),
        Field("srv-target", Text(), "Host that offers the service."),
        Field("srv-port", Number(0, 65_535), "Port of the service.", default=KEEP),
        Field("srv-priority", Number(0, 65_535), "Rank of the host; the lowest is tried first.", default=KEEP),
        Field("srv-weight", Number(0, 65_535), "Share of hosts of the same rank.", default=KEEP),
        Field("text", Text(), "Text of the record."),
        Field("ttl", Duration(), "How long others may remember the answer.", default="1d"),
        Field("match-subdomain", Bool(), "Whether names below this one are answered too.", default="no"),
        Field("address-list", Text(), "Address list that answered addresses join."),
        COMMENT,
        disabled(),
        DYNAMIC,
    ),
    keys=(("name", "address"), ("name", "type"), ("name",), ("regexp",)),
    # of several expressions that fit a name, the first answers
    ordered=True,
)

MENUS = (DNS, STATIC)
