# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``/ip/dns`` and its static entries.  Defaults: manual's DNS page; cache-size reads back as a plain number of KiB."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from routerlab import messages
from routerlab.menus.common import COMMENT, CONSOLE, DISABLED, ORDERED, SINGLE, SINGLE_CONSOLE, SINGLE_RESET
from routerlab.model.menu import Menu, Unique, arg
from routerlab.model.store import Row
from routerlab.values import Value
from routerlab.values.basic import Bool, Enum, KibiBytes, Many, Mention, Num, Text
from routerlab.values.net import INTERFACES, IP
from routerlab.values.time import Duration

if TYPE_CHECKING:
    from routerlab.model.router import Router


def _dns(router: Router, row: Row) -> Mapping[str, str]:
    return {
        "dynamic-servers": ",".join(str(address) for address in router.state.dynamic_dns()),
        "cache-used": "48",
    }


DNS = Menu(
    path="ip dns",
    singleton=True,
    args=(
        arg("servers", Many(IP()), ""),
        arg("use-doh-server", Text(), "", effect=False),
        arg("verify-doh-cert", Bool(), "false", effect=False),
        arg("doh-max-server-connections", Num(), "5", effect=False),
        arg("doh-max-concurrent-queries", Num(), "50", effect=False),
        arg("doh-timeout", Duration(), "5s", effect=False),
        arg("allow-remote-requests", Bool(), "false", packets=True),
        arg("max-udp-packet-size", Num(50, 65507), "4096", packets=True),
        arg("query-server-timeout", Duration(), "2s", effect=False),
        arg("query-total-timeout", Duration(), "10s", effect=False),
        arg("max-concurrent-queries", Num(), "100", packets=True),
        arg("max-concurrent-tcp-sessions", Num(), "20", effect=False),
        arg("cache-size", KibiBytes(64, 4294967295), "2048", packets=True),
        arg("cache-max-ttl", Duration(), "1w", packets=True),
        arg("address-list-extra-time", Duration(), "0s", effect=False),
        arg("vrf", Enum(("main",)), "main", since="7.15", effect=False),
        arg("mdns-repeat-ifaces", Many(Mention(INTERFACES, "interface")), "", since="7.16", effect=False),
    ),
    reads=("dynamic-servers", "cache-used"),
    verbs=SINGLE,
    commands=(*SINGLE_CONSOLE, *SINGLE_RESET),
    compute=_dns,
    dirty=True,
    notes=(
        "With the data plane the router answers its own questions, and others' with allow-remote-requests, over UDP "
        "and TCP; DNS over HTTPS is not modelled. Servers with an IPv6 address are not asked."
    ),
)

_TYPES = ("NXDOMAIN", "A", "NS", "CNAME", "MX", "TXT", "AAAA", "SRV", "FWD")
_KEY = ("name", "regexp", "type", "address", "cname", "text", "ns", "mx-exchange", "srv-target", "forward-to")


def _check_static(router: Router, row: Row | None, values: Mapping[str, Value]) -> None:
    if values.get("name") and values.get("regexp"):
        raise messages.failure(messages.DNS_ONLY_ONE)
    if not values.get("name") and not values.get("regexp"):
        raise messages.failure(messages.DNS_NEITHER)
    if values.get("type") == "MX" and not (values.get("mx-exchange") and values.get("mx-preference")):
        raise messages.failure("bad MX data")


def _fill_static(router: Router, values: dict[str, Value]) -> None:
    address = values.get("address")
    if "type" not in values and isinstance(address, str) and ":" in address:
        values["type"] = "AAAA"


def _static(router: Router, row: Row) -> Mapping[str, str]:
    found = {"dynamic": "false"}
    if router.version.key >= (7, 10, 0) and "type" not in row.values:
        found["type"] = "A"
    return found


STATIC = Menu(
    path="ip dns static",
    args=(
        arg("name", Text()),
        arg("regexp", Text()),
        arg("type", Enum(_TYPES), "A", show_never=True),
        arg("forward-to", Text(), packets=True),
        arg("address", IP(), packets=True),
        arg("mx-preference", Num(0, 65535), packets=True),
        arg("mx-exchange", Text(), packets=True),
        arg("cname", Text(), packets=True),
        arg("text", Text(), packets=True),
        arg("ns", Text(), effect=False),
        arg("srv-priority", Num(0, 65535), packets=True),
        arg("srv-weight", Num(0, 65535), packets=True),
        arg("srv-port", Num(0, 65535), packets=True),
        arg("srv-target", Text(), packets=True),
        arg("ttl", Duration(), "1d", packets=True),
        arg("match-subdomain", Bool(), packets=True),
        arg("address-list", Text(), effect=False),
        DISABLED,
        COMMENT,
    ),
    reads=("dynamic",),
    ordered=True,
    verbs=ORDERED,
    commands=CONSOLE,
    unique=(Unique(_KEY, messages.DNS_ENTRY_EXISTS), Unique(_KEY[1:], messages.DNS_ENTRY_EXISTS)),
    fill=_fill_static,
    check=_check_static,
    compute=_static,
    noun="dns entry",
    notes=(
        "Answered with the data plane, by dnsmasq: of regular expressions only those that mean a name's subdomains; "
        "no NS records; a CNAME needs a static entry for the name it stands for; NXDOMAIN and FWD entries hold for "
        "the subdomains too."
    ),
)

MENUS = (DNS, STATIC)


def populate(router: Router) -> None:
    """The factory's settings."""
    router.tables[DNS.path].insert(Row(0))
