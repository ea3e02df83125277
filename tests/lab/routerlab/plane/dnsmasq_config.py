# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``/ip/dhcp-server`` and ``/ip/dns`` as configurations of dnsmasq.

The text has a part ``#: dns`` and, when there are servers to run, a part ``#: dhcp``; ``routerlab.kernel.dnsmasq`` runs
one dnsmasq for each.  What dnsmasq cannot do as RouterOS does it is told as a problem, row by row.

Known differences: dnsmasq gives no lease shorter than two minutes; a static lease is told apart by its MAC address
*or* its client identifier; one authoritative server makes all of the router's so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, ip_address, summarize_address_range
from typing import TYPE_CHECKING, NamedTuple

from routerlab.state import links
from routerlab.values.base import Ref
from routerlab.values.net import network_of, read_ipv4
from routerlab.values.time import read_duration

if TYPE_CHECKING:
    from routerlab.model.router import Router
    from routerlab.model.store import Row

_SERVERS, _NETWORKS, _LEASES, _POOLS = "ip dhcp-server", "ip dhcp-server network", "ip dhcp-server lease", "ip pool"
_DNS, _STATIC = "ip dns", "ip dns static"

_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?")
_CLIENT_ID = re.compile(r"[0-9a-f]{1,2}(:[0-9a-f]{1,2})+")
#: Regular expressions that mean "this name's subdomains" (and the name itself, with the first group empty).
_SUFFIX = re.compile(
    r"(?P<start>\^?\.\*\\\.|\(\^\|\\\.\)|\\\.|\^?\.\*)(?P<name>[A-Za-z0-9_-]+(?:\\\.[A-Za-z0-9_-]+)*)\$?"
)
#: What an entry of RouterOS's cache takes, in bytes (?): dnsmasq counts entries.
_ENTRY = 200
#: Chains of pools that lead round in a circle end here.
_DEPTH = 16


@dataclass
class DnsmasqConfig:
    """The text for ``kernel.dnsmasq`` (None: nothing to run), and the rows not in force: menu, row, why."""

    text: str | None
    problems: list[tuple[str, int, str]] = field(default_factory=list)


class _Span(NamedTuple):
    """Addresses of a pool inside one network of an interface."""

    first: IPv4Address
    last: IPv4Address


def dnsmasq_config(router: Router, devices: Mapping[int, str], servers: Sequence[str]) -> DnsmasqConfig:
    """What the router serves now.

    ``devices`` gives the device of an interface's row; ``servers`` are all DNS servers in their order, configured and
    leased.  A DHCP client without DNS servers of its network's row is given these (~: the manual says so of the
    leased ones).
    """
    problems: list[tuple[str, int, str]] = []
    dns = _Dns(router, servers, problems).lines()
    dhcp = _Dhcp(router, devices, servers, problems).lines()
    text = "\n".join(["#: dns", *dns, *(["#: dhcp", *dhcp] if dhcp else [])]) + "\n"
    return DnsmasqConfig(text, problems)


def _seconds(text: str) -> int:
    return (read_duration(text) or 0) // 1_000_000


class _Dns:
    """The cache."""

    def __init__(self, router: Router, servers: Sequence[str], problems: list[tuple[str, int, str]]) -> None:
        self._router = router
        self._servers = servers
        self._problems = problems
        self._known: set[str] = set()

    def lines(self) -> list[str]:
        router, menu = self._router, self._router.menus[_DNS]
        row = next(iter(router.tables[_DNS]))

        def said(name: str) -> str:
            return router.effective(menu, row, name)

        found = ["port=53"]
        if said("allow-remote-requests") != "true":
            # With a socket for this address alone, others' questions meet a closed port.
            found += ["listen-address=127.0.0.1", "bind-dynamic"]
        if said("use-doh-server"):
            self._problems.append((_DNS, row.id, "DNS over HTTPS is not modelled; the servers are asked"))
        found += [
            f"cache-size={min(10000, int(said('cache-size')) * 1024 // _ENTRY)}",
            f"max-cache-ttl={_seconds(said('cache-max-ttl'))}",
            f"edns-packet-max={min(65535, max(512, int(said('max-udp-packet-size'))))}",
            f"dns-forward-max={max(1, int(said('max-concurrent-queries')))}",
        ]
        # The laboratory's internet is IPv4's.
        found += [f"server={server}" for server in dict.fromkeys(self._servers) if ":" not in server]
        rows = [row for row in router.tables[_STATIC] if row.enabled]
        self._known = {router.text(row, "name").rstrip(".").lower() for row in rows if row.values.get("name")}
        for row in rows:
            found += self._entry(row)
        return found

    def _entry(self, row: Row) -> list[str]:
        router = self._router
        kind = router.effective(router.menus[_STATIC], row, "type")
        below = router.effective(router.menus[_STATIC], row, "match-subdomain") == "true"
        name = router.text(row, "name")
        if not name:
            suffix = _SUFFIX.fullmatch(router.text(row, "regexp"))
            if suffix is None:
                return self._refuse(row, "this regular expression is more than dnsmasq can match")
            name, below = suffix["name"].replace("\\.", "."), True
            if suffix["start"].endswith("*"):
                name = f"*{name}"
            elif suffix["start"].endswith("\\.") and not suffix["start"].startswith("("):
                name = f"*.{name}"
        elif not _NAME.fullmatch(name):
            return self._refuse(row, "this name is none that dnsmasq can serve")
        name = name.rstrip(".")
        ttl = _seconds(router.effective(router.menus[_STATIC], row, "ttl"))
        if kind in ("A", "AAAA"):
            return self._address(row, name, below, ttl)
        if kind == "NXDOMAIN":
            return [f"address=/{name}/"]
        if kind == "FWD":
            return self._forward(row, name)
        if below:
            return self._refuse(row, f"dnsmasq has {kind} records of single names only")
        return self._record(row, kind, name, ttl)

    def _address(self, row: Row, name: str, below: bool, ttl: int) -> list[str]:
        try:
            address = ip_address(self._router.text(row, "address"))
        except ValueError:
            return self._refuse(row, "the entry has no address")
        return [f"address=/{name}/{address}"] if below else [f"host-record={name},{address},{ttl}"]

    def _forward(self, row: Row, name: str) -> list[str]:
        to = self._router.text(row, "forward-to")
        if read_ipv4(to) is None:
            return self._refuse(row, "only IPv4 addresses are forwarded to")
        return [f"server=/{name}/{to}"]

    def _record(self, row: Row, kind: str, name: str, ttl: int) -> list[str]:
        def said(field_name: str) -> str:
            return self._router.text(row, field_name)

        if kind == "CNAME" and _NAME.fullmatch(said("cname")):
            if said("cname").rstrip(".").lower() not in self._known:
                return self._refuse(row, "dnsmasq needs a static entry for the name that an alias stands for")
            return [f"cname={name},{said('cname').rstrip('.')},{ttl}"]
        if kind == "TXT" and not re.search(r'["\\\x00-\x1f]', said("text")):
            return [f'txt-record={name},"{said("text")}"']
        if kind == "MX" and _NAME.fullmatch(said("mx-exchange")):
            return [f"mx-host={name},{said('mx-exchange').rstrip('.')},{said('mx-preference') or 0}"]
        if kind == "SRV" and _NAME.fullmatch(said("srv-target")):
            numbers = [said(field_name) or "0" for field_name in ("srv-port", "srv-priority", "srv-weight")]
            return [f"srv-host={name},{said('srv-target').rstrip('.')},{','.join(numbers)}"]
        return self._refuse(row, f"dnsmasq cannot serve this {kind} record")

    def _refuse(self, row: Row, why: str) -> list[str]:
        self._problems.append((_STATIC, row.id, why))
        return []


class _Dhcp:
    """The DHCP servers."""

    def __init__(
        self,
        router: Router,
        devices: Mapping[int, str],
        servers: Sequence[str],
        problems: list[tuple[str, int, str]],
    ) -> None:
        self._router = router
        self._devices = devices
        self._servers = [server for server in servers if ":" not in server]
        self._problems = problems
        self._options: dict[str, list[str]] = {}
        self._served: dict[int, list[IPv4Network]] = {}

    def lines(self) -> list[str]:
        router = self._router
        menu = router.menus[_SERVERS]
        ranges: list[str] = []
        interfaces: dict[str, None] = {}
        authoritative = False
        for row in router.tables[_SERVERS]:
            if not row.enabled:
                continue
            device, found = self._server(row)
            if device is not None and found:
                interfaces[device] = None
                ranges += found
                authoritative |= router.effective(menu, row, "authoritative") != "no"
        if not ranges:
            return []
        # Port 0: the cache answers questions, elsewhere.
        return [
            "port=0",
            "bind-dynamic",
            *(["dhcp-authoritative"] if authoritative else []),
            *(f"interface={device}" for device in interfaces),
            *ranges,
            *(line for lines in self._options.values() for line in lines),
            *self._leases(),
        ]

    def _refuse(self, menu: str, row: Row, why: str) -> None:
        self._problems.append((menu, row.id, why))

    def _server(self, row: Row) -> tuple[str | None, list[str]]:
        router = self._router
        interface = router.referred(row.values.get("interface"))
        if interface is None or links.bridge_of(router, interface) is not None:
            self._refuse(_SERVERS, row, "the interface is gone or is a bridge's port")
            return None, []
        device = self._devices.get(interface.id)
        networks = list(_networks(router, interface))
        if device is None or not networks:
            self._refuse(_SERVERS, row, "the interface has no address to serve from")
            return None, []
        if router.text(row, "relay") not in ("", "0.0.0.0"):
            self._refuse(_SERVERS, row, "relays are not modelled; the interface itself is served")
        lease = max(120, _seconds(router.effective(router.menus[_SERVERS], row, "lease-time")))
        self._served[row.id] = networks
        lines = self._static_only(row, networks, lease)
        for span in self._pool(row):
            for network in networks:
                part = _inside(span, network)
                if part is not None:
                    lines += self._ranges(row, network, part, lease)
        if not any(_inside(span, network) for span in self._pool(row) for network in networks) and self._pool_of(row):
            self._refuse(_SERVERS, row, "the pool has no address in the interface's networks")
        return device, lines

    def _static_only(self, row: Row, networks: list[IPv4Network], lease: int) -> list[str]:
        """Lets static leases of the interface's networks be given, whether there is a pool or not."""
        if self._pool_of(row) is not None:
            return []
        return [
            f"dhcp-range=set:{self._tag(row, network, network.network_address + 1)},{network.network_address},static,"
            f"{network.netmask},{lease}"
            for network in networks
        ]

    def _pool_of(self, row: Row) -> Row | None:
        return self._router.referred(row.values.get("address-pool"))

    def _pool(self, row: Row) -> Iterator[_Span]:
        pool = self._pool_of(row)
        for _turn in range(_DEPTH):
            if pool is None:
                return
            yield from _spans(self._router.text(pool, "ranges"))
            pool = self._router.referred(pool.values.get("next-pool"))

    def _ranges(self, row: Row, network: IPv4Network, span: _Span, lease: int) -> list[str]:
        """A range for each piece of a span that another row of ``network`` stands for."""
        return [
            f"dhcp-range=set:{self._tag(row, network, piece.first)},{piece.first},{piece.last},"
            f"{network.netmask},{lease}"
            for piece in self._pieces(span)
        ]

    def _pieces(self, span: _Span) -> list[_Span]:
        pieces: list[tuple[Row | None, _Span]] = []
        for block in _blocks(span, [_prefix(self._router, row) for row in self._router.tables[_NETWORKS]]):
            row = self._network_row(block.network_address)
            first, last = block.network_address, block.broadcast_address
            if pieces and pieces[-1][0] is row:
                pieces[-1] = (row, _Span(pieces[-1][1].first, last))
            else:
                pieces.append((row, _Span(first, last)))
        return [piece for _row, piece in pieces]

    def _network_row(self, address: IPv4Address) -> Row | None:
        """The row of ``network`` that an address belongs to: the narrowest one (~)."""
        rows = [row for row in self._router.tables[_NETWORKS] if address in _prefix(self._router, row)]
        return max(rows, key=lambda row: _prefix(self._router, row).prefixlen, default=None)

    def _tag(self, server: Row, local: IPv4Network, address: IPv4Address) -> str:
        """The tag of a server's clients in a row of ``network``; its options are written down once."""
        row = self._network_row(address)
        tag = f"s{server.id}n{'' if row is None else row.id}"
        if tag not in self._options:
            self._options[tag] = [f"dhcp-option=tag:{tag},{option}" for option in self._network(row, local)]
            boot = "" if row is None else self._router.text(row, "boot-file-name")
            if boot and re.fullmatch(r"[\w./-]+", boot) and row is not None:
                self._options[tag].append(f"dhcp-boot=tag:{tag},{boot},,{self._router.text(row, 'next-server')}")
        return tag

    def _network(self, row: Row | None, local: IPv4Network) -> Iterator[str]:
        """The options of a row of ``network``; an empty option keeps dnsmasq from sending its own idea of it."""
        if row is None:
            yield from ("option:router", "option:dns-server")
            return
        router, menu = self._router, self._router.menus[_NETWORKS]

        def said(name: str) -> str:
            return router.effective(menu, row, name) if name in menu.by_name else ""

        length = int(said("netmask") or 0) or _prefix(router, row).prefixlen
        if length != local.prefixlen and length:
            yield f"option:netmask,{IPv4Network((0, length)).netmask}"
        yield _option("option:router", said("gateway"))
        dns = said("dns-server") or ("" if said("dns-none") == "true" else ",".join(self._servers))
        yield _option("option:dns-server", dns)
        for name, field_name in (("option:ntp-server", "ntp-server"), ("option:netbios-ns", "wins-server")):
            if said(field_name):
                yield _option(name, said(field_name))
        if said("caps-manager"):
            yield _option("138", said("caps-manager"))
        if _NAME.fullmatch(said("domain")):
            yield _option("option:domain-name", said("domain"))

    def _leases(self) -> list[str]:
        router = self._router
        lines = []
        for row in router.tables[_LEASES]:
            server = row.values.get("server")
            if not row.enabled or row.dynamic or (isinstance(server, Ref) and server.row_id not in self._served):
                continue
            line = self._lease(row, server.row_id if isinstance(server, Ref) else None)
            if line is not None:
                lines.append(line)
        return lines

    def _lease(self, row: Row, server: int | None) -> str | None:
        router = self._router
        who = [router.text(row, "mac-address")] if row.values.get("mac-address") else []
        identifier = router.text(row, "client-id")
        if _CLIENT_ID.fullmatch(identifier):
            who.append("id:" + ":".join(part.zfill(2) for part in identifier.split(":")))
        elif re.fullmatch(r"[\w.-]+", identifier):
            who.append(f"id:{identifier}")
        if not who:
            self._refuse(_LEASES, row, "only MAC addresses and client identifiers tell clients apart")
            return None
        if router.effective(router.menus[_LEASES], row, "block-access") == "true":
            return f"dhcp-host={','.join(who)},ignore"
        parts = who
        if row.values.get("address"):
            address = read_ipv4(router.text(row, "address"))
            networks = [n for key, served in self._served.items() if server in (None, key) for n in served]
            if address is None or not any(address in network for network in networks):
                self._refuse(_LEASES, row, "the address is in no network that a server serves")
                return None
            parts = [*who, str(address)]
        lease = _seconds(router.text(row, "lease-time"))
        return "dhcp-host=" + ",".join([*parts, str(max(120, lease))] if lease else parts)


def _option(name: str, values: str) -> str:
    return f"{name},{values}" if values else name


def _networks(router: Router, interface: Row) -> Iterator[IPv4Network]:
    """The networks of an interface's enabled addresses, up or not: a cable that is pulled changes no configuration."""
    for row in router.tables["ip address"]:
        own = router.referred(row.values.get("interface"))
        if own is None or not row.enabled or (links.bridge_of(router, own) or own) is not interface:
            continue
        head, _sign, length = router.text(row, "address").partition("/")
        network = network_of(IPv4Address(head), int(length))
        if network.prefixlen < 31:
            yield network


def _prefix(router: Router, row: Row) -> IPv4Network:
    return IPv4Network(router.text(row, "address"))


def _spans(ranges: str) -> Iterator[_Span]:
    for part in filter(None, ranges.split(",")):
        first, dash, last = part.partition("-")
        if dash:
            yield _Span(IPv4Address(first), IPv4Address(last))
        else:
            network = IPv4Network(first)
            yield _Span(network.network_address, network.broadcast_address)


def _inside(span: _Span, network: IPv4Network) -> _Span | None:
    """The hosts of a network that a span covers, None when there are none."""
    first = max(span.first, network.network_address + 1)
    last = min(span.last, network.broadcast_address - 1)
    return _Span(first, last) if first <= last else None


def _blocks(span: _Span, networks: Iterable[IPv4Network]) -> list[IPv4Network]:
    """A span as prefixes, in their order, of which none is partly inside one of the networks."""
    blocks = list(summarize_address_range(span.first, span.last))
    for network in networks:
        blocks = _cut(blocks, network)
    return sorted(blocks)


def _cut(blocks: list[IPv4Network], network: IPv4Network) -> list[IPv4Network]:
    found: list[IPv4Network] = []
    for block in blocks:
        if network != block and network.subnet_of(block):
            found += [network, *block.address_exclude(network)]
        else:
            found.append(block)
    return found
