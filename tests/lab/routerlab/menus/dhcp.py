# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DHCP client, server, networks and leases.

Defaults: manual's DHCP page; ``lease-time`` is 30m in current versions (a compact 7.19 export writes 10m out).
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from routerlab import messages
from routerlab.menus.common import COMMENT, CONSOLE, DISABLED, ROWS, SWITCHED, absent, interface_arg
from routerlab.menus.interfaces import numbered_name
from routerlab.model.menu import Command, Menu, Unique, arg
from routerlab.model.render import DROP
from routerlab.model.store import Row
from routerlab.state import links
from routerlab.values import Names, Ref, Value
from routerlab.values.base import join
from routerlab.values.basic import Bool, Either, Enum, Many, Mention, Num, Special, Text, Ubit
from routerlab.values.net import INTERFACES, IPv4, Mac, Prefix
from routerlab.values.time import Duration, seconds_text
from routerlab.version import Version, span

if TYPE_CHECKING:
    from routerlab.model.router import Router
    from routerlab.plane.base import GivenLease

SERVERS = "ip dhcp-server"


class RouteTables:
    """``main:1,to-ISP1:2``: tables (or ``default``) with optional distances of their own."""

    def parse(self, text: str, name: str, names: Names) -> Value:
        parts: list[Value] = []
        for word in text.split(","):
            table, colon, distance = word.partition(":")
            value = Mention("routing table", name, fixed=("default",)).parse(table, name, names)
            if colon:
                value = join((value, ":", Num(0, 255).parse(distance, name, names)), "")
            parts.append(value)
        return join(parts, ",")

    def __str__(self) -> str:
        return "list of table[:distance]"


def _client(router: Router, row: Row) -> Mapping[str, str]:
    client = router.state.leases.clients.get(row.id)
    invalid = row.enabled and router.state.leases.invalid(row)
    found = {
        "status": "stopped" if client is None else client.status,
        "dynamic": "false",
        "invalid": "true" if invalid else "false",
    }
    # Without a route of its own the distance is not shown unless it was written (~).
    if router.effective(CLIENT, row, "add-default-route") == "no":
        found["default-route-distance"] = router.text(row, "default-route-distance", DROP)
    if client is not None and client.lease is not None:
        lease = client.lease
        left = client.expires - router.site.clock.now()
        found["address"] = f"{lease.address}/{lease.network.prefixlen}"
        if lease.gateway is not None:
            found["gateway"] = str(lease.gateway)
        found["dhcp-server"] = str(lease.server)
        found |= {
            f"{place}-dns": str(server) for place, server in zip(("primary", "secondary"), lease.dns, strict=False)
        }
        found["expires-after"] = seconds_text(max(0.0, left))
    return found


def _renew(router: Router, rows: list[Row], args: Mapping[str, str]) -> None:
    for row in rows:
        router.state.leases.renew(row, router.site.clock.now())
    router.touch()


def _release(router: Router, rows: list[Row], args: Mapping[str, str]) -> None:
    for row in rows:
        router.state.leases.release(row, router.site.clock.now())
    router.touch()


_NAMED_SINCE = Version.parse("7.22")


def _fill_client(router: Router, values: dict[str, Value]) -> None:
    if router.version >= _NAMED_SINCE:
        values.setdefault("name", numbered_name(router, "ip dhcp-client", "client"))


CLIENT = Menu(
    path="ip dhcp-client",
    args=(
        arg("name", Text(), since="7.22", unset=False, effect=False),
        interface_arg(),
        arg("add-default-route", Enum(("no", "yes", "special-classless")), "yes"),
        arg("default-route-distance", Num(0, 255), "1"),
        arg("default-route-tables", RouteTables(), since="7.18"),
        arg("check-gateway", Enum(("none", "arp", "ping", "bfd")), since="7.19"),
        arg("use-peer-dns", Bool(), "true"),
        arg("use-peer-ntp", Bool(), "true", effect=False),
        arg("allow-reconfigure", Bool(), "false", since="7.19", effect=False),
        arg("vlan-priority", Num(0, 7), since="7.20", effect=False),
        arg("dscp", Num(0, 63), "0", since="7.20", effect=False),
        arg("use-broadcast", Enum(("always", "never", "both")), "both", since="7.20", effect=False),
        arg("dhcp-options", Many(Text()), "hostname,clientid", effect=False),
        arg("script", Text()),
        DISABLED,
        COMMENT,
    ),
    reads=(
        "status",
        "address",
        "gateway",
        "dhcp-server",
        "primary-dns",
        "secondary-dns",
        "expires-after",
        "dynamic",
        "invalid",
    ),
    verbs=SWITCHED,
    commands=(
        Command("renew", ("numbers",), _renew),
        Command("release", ("numbers",), _release),
        *CONSOLE,
    ),
    required=("interface",),
    unset_versions=span(),
    unique=(Unique(("interface",), messages.ALREADY_DHCP_CLIENT),),
    fill=_fill_client,
    compute=_client,
    dirty=True,
    noun="dhcp-client",
)


def _fill_server(router: Router, values: dict[str, Value]) -> None:
    values.setdefault("name", numbered_name(router, SERVERS, "dhcp"))


def _server(router: Router, row: Row) -> Mapping[str, str]:
    interface = router.referred(row.values.get("interface"))
    invalid = interface is None or links.bridge_of(router, interface) is not None
    return {"dynamic": "false", "invalid": "true" if row.enabled and invalid else "false"}


SERVER = Menu(
    path=SERVERS,
    args=(
        arg("name", Text(), unset=False),
        interface_arg(),
        arg("relay", IPv4(), effect=False),
        arg("lease-time", Duration("1s", "7101w3d6h28m15s"), "30m", packets=True),
        arg("address-pool", Mention("ip pool", fixed=("static-only",)), "static-only", packets=True),
        arg(
            "dynamic-lease-identifiers",
            Ubit(("client-mac", "client-id", "opt-82")),
            "client-mac,client-id",
            since="7.21",
            effect=False,
        ),
        arg("bootp-support", Enum(("none", "static", "dynamic")), "static", show_never=True, effect=False),
        arg(
            "bootp-lease-time", Special(("forever", "lease-time"), Duration()), "forever", show_never=True, effect=False
        ),
        arg("delay-threshold", Special(("none",), Duration()), "none", show_never=True, effect=False),
        arg("server-address", IPv4(), effect=False),
        arg("add-arp", Bool(), "false", show_never=True, effect=False),
        arg("add-dns-entries", Bool(), "false", since="7.23", effect=False),
        arg("add-dns-entries-suffix", Text(64, 1), "lan", since="7.23", effect=False),
        arg("authoritative", Enum(("no", "after-10sec-delay", "after-2sec-delay", "yes")), "yes", packets=True),
        arg("always-broadcast", Bool(), "false", show_never=True, effect=False),
        arg("use-radius", Enum(("no", "yes", "accounting")), "no", effect=False),
        arg("client-mac-limit", Special(("unlimited",), Num()), "unlimited", show_never=True, effect=False),
        arg("conflict-detection", Bool(), "true", show_never=True, effect=False),
        arg("use-framed-as-classless", Bool(), "true", show_never=True, effect=False),
        arg("use-reconfigure", Bool(), "false", since="7.19", effect=False),
        arg("lease-script", Text(), "", effect=False),
        arg("insert-queue-before", Enum(("first", "bottom")), effect=False),
        arg("parent-queue", Enum(("none",)), effect=False),
        arg("dhcp-option-set", Enum(("none",)), effect=False),
        arg("address-lists", Many(Text()), "", since="7.17", effect=False),
        arg("allow-dual-stack-queue", Bool(), "true", show_never=True, effect=False),
        arg("support-broadband-tr101", Bool(), "false", since="7.21", effect=False),
        DISABLED,
        COMMENT,
    ),
    reads=("dynamic", "invalid"),
    verbs=SWITCHED,
    commands=(*CONSOLE, *absent("setup")),
    required=("interface",),
    unique=(Unique(("name",), messages.ALREADY_SUCH_SERVER, enabled=False),),
    name_field="name",
    fill=_fill_server,
    compute=_server,
    dirty=True,
    noun="dhcp-server",
    notes=(
        "Leases are given where the lab has its data plane, none shorter than two minutes; a server that is "
        "authoritative makes all of the router's so; relays are not modelled, their interface itself is served."
    ),
)


def _check_network(router: Router, row: Row | None, values: Mapping[str, Value]) -> None:
    if values.get("address") == "0.0.0.0/0" and values.get("gateway"):
        raise messages.failure(messages.INVALID_NETWORK)


def _fill_network(router: Router, values: dict[str, Value]) -> None:
    values.setdefault("address", "0.0.0.0/0")


def _network(router: Router, row: Row) -> Mapping[str, str]:
    return {"dynamic": "false"}


_ADDRESSES = Many(IPv4())

NETWORK = Menu(
    path="ip dhcp-server network",
    args=(
        arg("address", Prefix(), unset=False),
        arg("gateway", _ADDRESSES, "", packets=True),
        arg("netmask", Num(0, 32), packets=True),
        arg("dns-server", _ADDRESSES, "", packets=True),
        arg("dns-none", Bool(), "false", show_never=True, packets=True),
        arg("wins-server", _ADDRESSES, "", packets=True),
        arg("ntp-server", _ADDRESSES, "", packets=True),
        arg("ntp-none", Bool(), "false", since="7.20", show_never=True, effect=False),
        arg("caps-manager", _ADDRESSES, "", packets=True),
        arg("domain", Text(), packets=True),
        arg("next-server", IPv4(), packets=True),
        arg("boot-file-name", Text(), packets=True),
        arg("dhcp-option", Many(Text()), "", effect=False),
        arg("dhcp-option-set", Enum(("none",)), effect=False),
        COMMENT,
    ),
    reads=("dynamic",),
    verbs=ROWS,
    commands=CONSOLE,
    unset_versions=span(),
    unique=(Unique(("address",), messages.ALREADY_SUCH_NETWORK, enabled=False),),
    fill=_fill_network,
    check=_check_network,
    compute=_network,
    noun="network",
)


class ClientId:
    """A DHCP client identifier: lower case, each byte without leading zeros (``1:0:5f:...``)."""

    def parse(self, text: str, name: str, names: Names) -> Value:
        if re.fullmatch(r"[0-9A-Fa-f]{1,2}(:[0-9A-Fa-f]{1,2})+", text):
            return ":".join(f"{int(part, 16):x}" for part in text.split(":"))
        return text

    def __str__(self) -> str:
        return "client identifier"


def _check_lease(router: Router, row: Row | None, values: Mapping[str, Value]) -> None:
    if not any(values.get(name) for name in ("mac-address", "client-id", "agent-circuit-id", "agent-remote-id")):
        raise messages.failure(messages.LEASE_WITHOUT_CLIENT)


def _given(router: Router, mac: str) -> GivenLease | None:
    return next((one for one in router.plane.leases_given(router) if one.mac == mac), None)


def _held(router: Router, given: GivenLease) -> dict[str, str]:
    """What a lease that somebody holds shows beside its own properties."""
    left = given.expires - time.time()
    found = {
        "status": "bound",
        "expires-after": seconds_text(max(0.0, left)),
        "active-address": given.address,
        "active-mac-address": given.mac,
    }
    if given.client_id:
        found["active-client-id"] = given.client_id
    server = _server_for(router, given.address)
    if server:
        found["active-server"] = server
    if given.hostname:
        found["host-name"] = given.hostname
    return found


def _server_for(router: Router, address: str) -> str:
    """The server whose interface has the network of an address."""
    for own in router.state.routes.addresses:
        if IPv4Address(address) in own.network:
            for row in router.tables[SERVERS]:
                if row.values.get("interface") == Ref(INTERFACES, own.interface.id):
                    return router.text(row, "name")
    return ""


def _dynamic_leases(router: Router) -> list[Row]:
    """Leases that the servers gave by themselves."""
    static = {router.text(row, "mac-address") for row in router.tables[LEASE.path]}
    found = []
    for given in router.plane.leases_given(router):
        if given.mac in static:
            continue
        values: dict[str, Value] = {"address": given.address, "mac-address": given.mac}
        if given.client_id:
            values["client-id"] = given.client_id
        server = _server_for(router, given.address)
        if server:
            values["server"] = server
        found.append(Row(router.dynamic_id(LEASE.path, f"{given.mac} {given.address}"), values, dynamic=True))
    return found


def _lease(router: Router, row: Row) -> Mapping[str, str]:
    given = _given(router, router.text(row, "mac-address"))
    if given is not None:
        kept = {"radius": "false", "dynamic": "true" if row.dynamic else "false", "blocked": "false"}
        return {**_held(router, given), **kept}
    return {
        "status": "waiting",
        "last-seen": "never",
        "radius": "false",
        "dynamic": "false",
        "blocked": "false",
    }


class LeaseServer:
    """A server's name; ``all`` is the same as none."""

    def parse(self, text: str, name: str, names: Names) -> Value | None:
        value = Mention(SERVERS, fixed=("all",)).parse(text, name, names)
        return None if value == "all" else value

    def __str__(self) -> str:
        return str(Mention(SERVERS, fixed=("all",)))


def _make_static(router: Router, rows: list[Row], args: Mapping[str, str]) -> None:
    """A dynamic lease becomes a static one and keeps its identifier (~); a static one is none the worse for it."""
    for row in rows:
        if row.dynamic:
            server = str(row.values.pop("server", ""))
            named = router.tables[SERVERS].same(("name",), {"name": server})
            if named:
                row.values["server"] = Ref(SERVERS, named[0].id)
            router.tables[LEASE.path].insert(Row(row.id, row.values))
    router.touch()


LEASE = Menu(
    path="ip dhcp-server lease",
    args=(
        arg("address", Either((IPv4(), Mention("ip pool", "pool"))), packets=True),
        arg("mac-address", Mac(), packets=True),
        arg("use-src-mac", Bool(), "false", show_never=True, effect=False),
        arg("client-id", ClientId(), packets=True),
        arg("address-lists", Many(Text()), "", effect=False),
        arg("rate-limit", Text(), effect=False),
        arg("routes", Text(), effect=False),
        arg("insert-queue-before", Enum(("bottom", "first")), effect=False),
        arg("parent-queue", Enum(("none",)), effect=False),
        arg("queue-type", Text(), effect=False),
        arg("server", LeaseServer(), packets=True),
        arg("block-access", Bool(), "false", show_never=True, packets=True),
        arg("allow-dual-stack-queue", Bool(), "true", show_never=True, effect=False),
        arg("lease-time", Duration(), packets=True),
        arg("always-broadcast", Bool(), "false", show_never=True, effect=False),
        arg("dhcp-option", Many(Text()), "", effect=False),
        arg("dhcp-option-set", Enum(("none",)), effect=False),
        arg("agent-circuit-id", Text(), since="7.21", effect=False),
        arg("agent-remote-id", Text(), since="7.21", effect=False),
        DISABLED,
        COMMENT,
    ),
    reads=(
        "status",
        "last-seen",
        "expires-after",
        "active-address",
        "active-mac-address",
        "active-client-id",
        "active-server",
        "host-name",
        "radius",
        "dynamic",
        "blocked",
    ),
    verbs=SWITCHED,
    commands=(
        Command("make-static", ("numbers",), _make_static),
        *CONSOLE,
        *absent("check-status"),
        *absent("send-reconfigure", versions=span(since="7.19")),
    ),
    unset_versions=span(),
    unique=(
        Unique(("mac-address", "server"), messages.ALREADY_LEASE_CLIENT),
        Unique(("address", "server"), messages.ALREADY_LEASE_ADDRESS),
    ),
    check=_check_lease,
    compute=_lease,
    extra_rows=_dynamic_leases,
    print_extra=("active",),
    noun="lease",
)

MENUS = (CLIENT, SERVER, NETWORK, LEASE)
