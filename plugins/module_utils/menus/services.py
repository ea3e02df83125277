# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of the router's services and of its IPv4 settings."""

from __future__ import annotations

from ..values import Bool, Duration, Enum, Hex, ListOf, Name, Number, OneOf, Pattern, Prefix
from .base import DYNAMIC, INVALID, KEEP, Field, Menu, disabled, flag, told

_NETWORK = OneOf((Prefix(), Pattern(r"[0-9a-fA-F:]+(/\d+)?", "")), "a prefix such as 10.0.0.0/24")
_BYTES = Number(unit=1024)

SERVICE = Menu(
    path="ip service",
    help="services by which the router is managed",
    fields=(
        Field("name", Name(), "Service, such as C(api) or C(www-ssl).", writable=False),
        Field("port", Number(1, 65_535), "Port that the service listens at.", default=KEEP),
        Field("address", ListOf(_NETWORK), "Networks that may use the service; none means all.", default=""),
        Field(
            "available-from",
            ListOf(_NETWORK),
            "Networks that the service is offered to.",
            default=KEEP,
            since=(7, 24),
        ),
        Field("certificate", Name(), "Certificate that the service shows.", default=KEEP),
        Field("tls-version", Enum(("any", "only-1.2")), "Which versions of TLS are spoken.", default=KEEP),
        Field("vrf", Name(), "Routing instance that the service belongs to.", default=KEEP, since=(7,)),
        Field("max-sessions", Number(1), "How many sessions are held at once.", default=KEEP, since=(7, 16)),
        disabled(KEEP),
        told("proto", Name(), "Protocol below the service."),
        flag("connection", "Whether the row is a connection that exists now, not a service."),
        DYNAMIC,
        INVALID,
    ),
    keys=(("name",),),
    fixed=True,
)

SETTINGS = Menu(
    path="ip settings",
    help="settings of IPv4",
    fields=(
        Field("ip-forward", Bool(), "Whether packets pass between interfaces.", default="yes"),
        Field(
            "rp-filter",
            Enum(("no", "strict", "loose")),
            "Whether packets are dropped whose answer would leave another way; C(strict) breaks several WAN links.",
            default="no",
        ),
        Field("accept-redirects", Bool(), "Whether ICMP redirects are obeyed.", default="no"),
        Field("accept-source-route", Bool(), "Whether packets may name their own route.", default="no"),
        Field("secure-redirects", Bool(), "Whether redirects are obeyed from gateways only.", default="yes"),
        Field("send-redirects", Bool(), "Whether ICMP redirects are sent.", default="yes"),
        Field("allow-fast-path", Bool(), "Whether packets may skip work that they do not need.", default="yes"),
        Field("arp-timeout", Duration(), "How long a hardware address is remembered.", default="30s"),
        Field("max-neighbor-entries", Number(), "How many hardware addresses are remembered.", default=KEEP),
        Field("icmp-rate-limit", Number(), "How many ICMP errors are sent in ten milliseconds.", default="10"),
        Field(
            "icmp-rate-mask",
            Hex(0xFFFFFFFF),
            "Which ICMP errors are limited, a bit for each type.",
            default=KEEP,
        ),
        Field(
            "icmp-errors-use-inbound-interface-address",
            Bool(),
            "Whether ICMP errors leave with the address of the interface that the packet came in by.",
            default=KEEP,
            since=(7, 18),
        ),
        Field("tcp-syncookies", Bool(), "Whether floods of new TCP connections are met with cookies.", default="no"),
        Field(
            "tcp-timestamps",
            Enum(("disabled", "random-offset", "enabled")),
            "Whether TCP packets of the router bear a time.",
            default=KEEP,
            since=(7, 18),
        ),
        Field(
            "ipv4-multipath-hash-policy",
            Enum(("l3", "l4", "l3-inner")),
            "What decides which of several equal routes a packet takes.",
            default="l3",
            since=(7, 16),
        ),
        Field(
            "ipv4-fragment-time", Number(), "How long pieces of a packet are waited for.", default=KEEP, since=(7, 24)
        ),
        Field("ipv4-high-fragment-thresh", _BYTES, "Memory for pieces of packets.", default=KEEP, since=(7, 24)),
        Field(
            "route-cache",
            Bool(),
            "Whether routes are remembered for each destination.",
            default=KEEP,
            until=(7, 12, 99),
        ),
        flag("ipv4-fast-path-active", "Whether packets skip work now."),
        flag("ipv4-fasttrack-active", "Whether connections skip the firewall now."),
    ),
    singleton=True,
)

MENUS = (SERVICE, SETTINGS)
