# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of netwatch, the router's own monitor.

Intervals differ: 10s and 3s since 7.4, 1m and 1s before and in rows that came from there; so they are kept where an
entry does not give them, like the packets' size (50, once 54) and the port (80, or 443 for HTTPS). Thresholds are shown only
if set; what they are then stands in the manual's command reference.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..values import Address, Bool, Duration, Enum, Kind, ListOf, Name, Number, PortRange, Source, Text
from .base import COMMENT, KEEP, Field, Menu, disabled, told


@dataclass(frozen=True)
class Percent(Kind):
    """A share in percent, with or without its sign."""

    def canonical(self, text: str) -> str:
        found = re.fullmatch(r"(\d+)(\.\d+)?%?", text)
        if not found or float(found[1] + (found[2] or "")) > 100:
            raise ValueError("expected a share from 0 to 100 percent")
        return found[1] + (found[2] or "").rstrip("0").removesuffix(".")


_TYPES = Enum(("simple", "icmp", "tcp-conn", "http-get", "https-get", "dns"))
_SINCE = (7, 4)

NETWATCH = Menu(
    path="tool netwatch",
    help="checks of hosts, with scripts for the moment when one comes up or goes down",
    module="netwatch",
    fields=(
        Field("host", Name(), "Host that is checked: an address, or the name that is asked for.", required=True),
        Field("name", Name(), "Name of the check.", default=KEEP, since=_SINCE),
        Field("type", _TYPES, "Kind of check; RouterOS before 7.4 only pings.", default="simple", since=_SINCE),
        Field("src-address", Address(), "Address of the router that the check leaves with.", since=(7, 11)),
        Field("interval", Duration(1), "How far two checks are apart.", default=KEEP),
        Field("timeout", Duration(0.01, 2_419_200), "How long an answer may take.", default=KEEP),
        Field(
            "start-delay",
            Duration(0, 3600),
            "How long after being added the first check waits.",
            default=KEEP,
            since=_SINCE,
        ),
        Field(
            "startup-delay",
            Duration(0, 3600),
            "How long after a boot the first check waits.",
            default=KEEP,
            since=_SINCE,
        ),
        Field("ignore-initial-up", Bool(), "Whether the first C(up) runs no script.", default="no", since=(7, 17)),
        Field("ignore-initial-down", Bool(), "Whether the first C(down) runs no script.", default="no", since=(7, 17)),
        Field("up-script", Source(), "Script that runs when the host comes up.", default=""),
        Field("down-script", Source(), "Script that runs when the host goes down.", default=""),
        Field("test-script", Source(), "Script that runs after each check.", default="", since=_SINCE),
        Field(
            "packet-interval",
            Duration(0.02),
            "How far packets of one ICMP check are apart.",
            default="50ms",
            since=_SINCE,
        ),
        Field("packet-count", Number(), "How many packets one ICMP check sends.", default="10", since=_SINCE),
        Field("packet-size", Number(0, 65_535), "Size of those packets in bytes.", default=KEEP, since=_SINCE),
        Field("ttl", Number(1, 255), "How many hops those packets may take.", default="255", since=(7, 16)),
        Field(
            "accept-icmp-time-exceeded",
            Bool(),
            "Whether an answer from a hop on the way counts too.",
            default="no",
            since=(7, 16),
        ),
        Field(
            "early-success-detection",
            Bool(),
            "Whether an ICMP check ends as soon as it must succeed.",
            default="no",
            since=(7, 20),
        ),
        Field(
            "early-failure-detection",
            Bool(),
            "Whether an ICMP check ends as soon as it must fail.",
            default="no",
            since=(7, 20),
        ),
        Field("thr-max", Duration(), "Longest round trip that is still up.", default="1s", since=_SINCE),
        Field("thr-avg", Duration(), "Longest average round trip that is still up.", default="100ms", since=_SINCE),
        Field("thr-stdev", Duration(), "Largest standard deviation that is still up.", default="250ms", since=_SINCE),
        Field("thr-jitter", Duration(), "Largest jitter that is still up.", default="1s", since=_SINCE),
        Field(
            "thr-loss-percent", Percent(), "Largest share of lost packets that is still up.", default="85", since=_SINCE
        ),
        Field(
            "thr-loss-count",
            Number(),
            "Largest number of lost packets that is still up.",
            default="4294967295",
            since=_SINCE,
        ),
        Field("port", Number(1, 65_535), "Port that a TCP or HTTP check connects to.", default=KEEP, since=_SINCE),
        Field(
            "thr-tcp-conn-time",
            Duration(0, 30),
            "Longest time for a connection that is still up.",
            default="1s",
            since=_SINCE,
        ),
        Field(
            "thr-http-time",
            Duration(),
            "Longest time for an HTTP answer that is still up.",
            default="10s",
            since=_SINCE,
        ),
        Field(
            "http-codes",
            ListOf(PortRange(599)),
            "Codes of HTTP that count as up, such as C(200-299).",
            default="100-299",
            since=_SINCE,
        ),
        Field("certificate", Name(), "Certificate that an HTTPS check shows.", default=KEEP, since=_SINCE),
        Field("check-certificate", Bool(), "Whether the server's certificate is checked.", default="no", since=_SINCE),
        Field(
            "record-type",
            Enum(("A", "AAAA", "MX", "NS")),
            "Type of record that a DNS check asks for.",
            default="A",
            since=(7, 16),
        ),
        Field("dns-server", Address(), "Server that a DNS check asks.", since=(7, 18)),
        COMMENT,
        disabled(),
        told("status", Enum(("unknown", "up", "down")), "What the last check found."),
        told("since", Text(), "When the state last changed."),
        told("done-tests", Number(), "How many checks were made."),
        told("failed-tests", Number(), "How many checks failed."),
        told("sent-count", Number(), "How many packets the last ICMP check sent."),
        told("response-count", Number(), "How many answers it got."),
        told("loss-count", Number(), "How many answers it missed."),
        told("loss-percent", Percent(), "Share of answers that it missed."),
        told("rtt-avg", Duration(), "Average round trip."),
        told("rtt-min", Duration(), "Shortest round trip."),
        told("rtt-max", Duration(), "Longest round trip."),
        told("rtt-jitter", Duration(), "Jitter of the round trips."),
        told("rtt-stdev", Duration(), "Standard deviation of the round trips."),
        told("tcp-connect-time", Duration(), "Time that the connection took."),
        told("http-status-code", Number(), "Code of the HTTP answer."),
        told("http-resp-time", Duration(), "Time that the HTTP answer took."),
    ),
    keys=(("comment",), ("name",), ("host", "type")),
    unsettable=True,
    duplicates=True,
)

MENUS = (NETWATCH,)
