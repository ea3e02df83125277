# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The routing tables: connected, leased and static routes, which of them resolve, which are active.

A next hop resolves through an active route whose scope is at most the route's target-scope; connected routes have
scope 10.  For a destination in a table the resolved routes of the lowest distance are active; several of them form an
ECMP group (fact sheet, 3 and 4.3).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING

from routerlab.state import links
from routerlab.values import Ref
from routerlab.values.net import network_of, read_ipv4

if TYPE_CHECKING:
    from routerlab.model.router import Router
    from routerlab.model.store import Row

MENU = "ip route"
MAIN = "main"
_PASSES = 10
#: Identifiers of connected routes start here; all others share one count (measured on a CHR).
_CONNECTED_ID = 0x20180000


@dataclass(frozen=True)
class Hop:
    """Where packets really go: an interface's row, and the neighbour's address when there is one."""

    interface: int
    address: IPv4Address | None


@dataclass
class Route:
    """One route of a table and what became of it."""

    key: str
    destination: IPv4Network
    table: str
    distance: int
    scope: int
    target_scope: int
    row: Row | None = None
    gateway: IPv4Address | None = None
    via: Ref | None = None
    lookup: str = MAIN
    blackhole: bool = False
    check: str = "none"
    kind: str = "static"
    local: str = ""
    hop: Hop | None = None
    active: bool = False
    ecmp: bool = False
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def probe(self) -> str | None:
        """The next-hop object that check-gateway probes: gateway, scope and method, shared between routes."""
        if self.check in ("", "none") or self.gateway is None:
            return None
        via = self.via.row_id if self.via else ""
        return f"{self.gateway}%{via} {self.target_scope} {self.check}"


@dataclass
class Address:
    """One working address of the router."""

    address: IPv4Address
    length: int
    network: IPv4Network
    interface: Row


def working_addresses(router: Router) -> list[Address]:
    """Every enabled address on a running interface, leased ones included."""
    found = []
    for row in router.tables["ip address"]:
        interface = router.referred(row.values.get("interface"))
        if interface is None or not row.enabled:
            continue
        interface = links.bridge_of(router, interface) or interface
        if not links.is_running(router, interface):
            continue
        head, _sign, length = router.text(row, "address").partition("/")
        start = read_ipv4(router.text(row, "network")) or IPv4Address(head)
        found.append(Address(IPv4Address(head), int(length), network_of(start, int(length)), interface))
    for _row, interface, lease in router.state.leases.bound():
        found.append(Address(lease.address, lease.network.prefixlen, lease.network, interface))
    return found


class Routes:
    """All routes of a router, recomputed as a whole."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self.all: list[Route] = []
        self.addresses: list[Address] = []
        self.by_row: dict[int, Route] = {}
        self._carriers: list[Route] = []
        self._ids: dict[str, int] = {}
        self._connected_id = _CONNECTED_ID

    def dynamic_id(self, route: Route) -> int:
        """The identifier of a dynamic route, the same as long as the route is the same."""
        if route.kind != "connect":
            return self._router.dynamic_id(MENU, route.key)
        if route.key not in self._ids:
            self._connected_id += 1
            self._ids[route.key] = self._connected_id
        return self._ids[route.key]

    def recompute(self) -> None:
        """Collect the routes and choose the active ones."""
        self.addresses = working_addresses(self._router)
        fixed = self._connected()
        others = [*self._leased(), *self._static()]
        self.all = [*fixed, *others]
        for route in fixed:
            route.active = True
        for _turn in range(_PASSES):
            before = [(route.hop, route.active) for route in others]
            widest = max((route.target_scope for route in others), default=0)
            self._carriers = [route for route in self.all if route.active and route.scope <= widest]
            for route in others:
                route.hop = self._resolve(route)
            self._choose(others, fixed)
            if before == [(route.hop, route.active) for route in others]:
                break
        self.by_row = {route.row.id: route for route in self.all if route.row is not None}

    def _connected(self) -> list[Route]:
        routes = [
            Route(
                key=f"connect {address.network} {address.interface.id}",
                destination=address.network,
                table=MAIN,
                distance=0,
                scope=10,
                target_scope=5,
                kind="connect",
                via=Ref("interface", address.interface.id),
                hop=Hop(address.interface.id, None),
                local=str(address.address),
            )
            for address in self.addresses
        ]
        return list({route.key: route for route in routes}.values())

    def _leased(self) -> list[Route]:
        routes = []
        for row, interface, lease in self._router.state.leases.bound():
            menu = self._router.menus["ip dhcp-client"]
            if lease.gateway is None or self._router.effective(menu, row, "add-default-route") == "no":
                continue
            distance = int(self._router.effective(menu, row, "default-route-distance"))
            targets = self._router.text(row, "default-route-tables", "default")
            for target in targets.split(","):
                table, _sign, own = target.partition(":")
                table = MAIN if table == "default" else table
                routes.append(
                    Route(
                        key=f"dhcp {row.id} {table}",
                        destination=IPv4Network("0.0.0.0/0"),
                        table=table,
                        distance=int(own) if own else distance,
                        scope=30,
                        target_scope=10,
                        gateway=lease.gateway,
                        check=self._router.text(row, "check-gateway", "none"),
                        kind="dhcp",
                        extra={"vrf-interface": self._router.text(interface, "name")},
                    )
                )
        return routes

    def _static(self) -> list[Route]:
        routes = []
        for row in self._router.tables[MENU]:
            if not row.enabled:
                continue
            text = self._router.text(row, "gateway")
            head = text.partition("%")[0]
            address, _sign, lookup = head.partition("@")
            value = row.values.get("gateway")
            via = None
            if value is not None and not isinstance(value, str):
                via = value if isinstance(value, Ref) else next(i for i in value.items if isinstance(i, Ref))
                via = via if via.table == "interface" else None
            routes.append(
                Route(
                    key=f"static {row.id}",
                    destination=IPv4Network(self._router.text(row, "dst-address", "0.0.0.0/0")),
                    table=self._router.text(row, "routing-table", MAIN),
                    distance=int(self._router.text(row, "distance", "1")),
                    scope=int(self._router.text(row, "scope", "30")),
                    target_scope=int(self._router.text(row, "target-scope", "10")),
                    row=row,
                    gateway=read_ipv4(address),
                    via=via,
                    lookup=lookup or MAIN,
                    blackhole="blackhole" in row.values,
                    check=self._router.text(row, "check-gateway", "none"),
                )
            )
        return routes

    def _resolve(self, route: Route) -> Hop | None:
        if not self._table_works(route.table):
            return None
        if route.via is not None:
            interface = self._router.referred(route.via)
            if interface is None or not links.is_running(self._router, interface):
                return None
            if route.gateway is None:
                # An interface cannot be probed: with check-gateway such a route stays inactive (field report).
                return None if route.check not in ("", "none") else Hop(interface.id, None)
            hop: Hop | None = Hop(interface.id, route.gateway)
        elif route.gateway is not None:
            hop = self._next_hop(route, route.gateway)
        else:
            return None
        if hop is not None and route.probe is not None and not self._router.state.probes.alive(route.probe):
            return None
        return hop

    def _next_hop(self, route: Route, gateway: IPv4Address) -> Hop | None:
        best: Route | None = None
        for other in self._carriers:
            if other is route or other.table != route.lookup or other.scope > route.target_scope:
                continue
            if gateway in other.destination and (
                best is None or other.destination.prefixlen > best.destination.prefixlen
            ):
                best = other
        if best is None or best.hop is None:
            return None
        return Hop(best.hop.interface, best.hop.address or gateway)

    def _table_works(self, name: str) -> bool:
        return any(row.enabled for row in self._router.tables["routing table"].same(("name",), {"name": name}))

    def _choose(self, others: list[Route], fixed: list[Route]) -> None:
        groups: dict[tuple[str, IPv4Network], list[Route]] = {}
        connected = {(route.table, route.destination) for route in fixed}
        for route in others:
            route.active = route.ecmp = False
            if route.hop is not None or (route.blackhole and self._table_works(route.table)):
                groups.setdefault((route.table, route.destination), []).append(route)
        for key, group in groups.items():
            if key in connected:
                continue
            nearest = min(route.distance for route in group)
            chosen = [route for route in group if route.distance == nearest]
            for route in chosen:
                route.active, route.ecmp = True, len(chosen) > 1

    def lookup(self, address: IPv4Address, table: str = MAIN) -> Route | None:
        """The active route that packets for an address take."""
        best: Route | None = None
        for route in self.all:
            if not route.active or route.table != table or address not in route.destination:
                continue
            if best is None or route.destination.prefixlen > best.destination.prefixlen:
                best = route
        return best

    def immediate(self, route: Route) -> str:
        """The ``immediate-gw`` of a route: empty when it does not resolve."""
        if route.hop is None:
            return ""
        name = self._router.name_of("interface", route.hop.interface) or ""
        return name if route.hop.address is None else f"{route.hop.address}%{name}"
