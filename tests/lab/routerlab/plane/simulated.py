# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab without packets: the site is asked what would happen."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from routerlab.messages import Trap, no_match
from routerlab.plane.base import Echo, GivenLease, LearnedAddress, Outcome, Plane, Traffic
from routerlab.plane.simulated_leases import SimulatedLeases
from routerlab.state import links
from routerlab.state.routes import MAIN
from routerlab.values.net import INTERFACES, read_ipv4

if TYPE_CHECKING:
    from routerlab.model.router import Router
    from routerlab.model.store import Row
    from routerlab.script.machine import FetchRequest, FetchResult
    from routerlab.state.leases import Leases
    from routerlab.state.probes import Probe

#: What every answer takes where no packet flows, in seconds.
_ROUND_TRIP = 0.001

NO_PACKETS = "failure: this laboratory carries no packets: it runs without its data plane"


class SimulatedPlane(Plane):
    """Every answer follows from the router's routes and the site's state."""

    def make_leases(self, router: Router) -> Leases:
        """Leases that the site's providers would give."""
        return SimulatedLeases(router)

    def has_link(self, router: Router, port: str) -> bool:
        """By the site's cables."""
        return router.site.has_link(port)

    def probe(self, router: Router, key: str, probe: Probe) -> bool:
        """Whether the gateway would answer; nobody speaks BFD with a lab router, so such a next hop never comes up."""
        if probe.method == "bfd":
            return False
        interface = probe.out_interface(router)
        if interface is not None:
            return _hop_answers(router, interface, None, probe.gateway)
        return reaches(router, probe.gateway)

    def watch(self, router: Router, row: Row) -> Outcome:
        """Every type of test asks whether the host is reached."""
        host = router.text(row, "host").partition("%")[0]
        address = read_ipv4(host)
        if address is not None:
            return Outcome(reaches(router, address))
        # A name: it resolves, and answers, when one of the router's DNS servers is reached.
        return Outcome(any(reaches(router, server) for server in router.state.dns_servers()))

    async def ping(self, router: Router, address: str, interface: str, options: Mapping[str, str]) -> Echo:
        """Whether the address is reached, out of the interface if one is named; a name never is."""
        found, source = read_ipv4(address), read_ipv4(options.get("src-address", ""))
        own = {each.address for each in router.state.routes.addresses}
        if found is None or (source is not None and source not in own):
            return Echo()
        if interface:
            row_id = router.find(INTERFACES, interface)
            if row_id is None:
                raise no_match("interface")
            answered = _reaches_through(router, row_id, found)
        else:
            answered = reaches(router, found)
        return Echo(_ROUND_TRIP, address) if answered else Echo()

    async def fetch(self, router: Router, request: FetchRequest) -> FetchResult:
        """Nothing can be fetched."""
        raise Trap(NO_PACKETS)

    async def resolve(self, router: Router, name: str, server: str) -> str:
        """Nobody can be asked."""
        raise Trap(NO_PACKETS)

    def connections(self, router: Router) -> list[dict[str, str]]:
        """None: there are no packets."""
        return []

    def forget_connections(self, router: Router, ids: list[int]) -> None:
        """There are none."""

    def rules(self, router: Router, menu: str) -> Mapping[int, tuple[int, int]]:
        """Counters stand at zero."""
        return {}

    def clear_rules(self, router: Router, menu: str, ids: list[int]) -> None:
        """Counters stand at zero anyway."""

    def traffic(self, router: Router) -> Mapping[int, Traffic]:
        """Counters stand at zero."""
        return {}

    def clear_traffic(self, router: Router, ids: list[int]) -> None:
        """Counters stand at zero anyway."""

    def leases_given(self, router: Router) -> list[GivenLease]:
        """Servers hand out no leases."""
        return []

    def learned(self, router: Router) -> list[LearnedAddress]:
        """Rules learn nothing."""
        return []

    def forget_learned(self, router: Router, learned: list[LearnedAddress]) -> None:
        """There are none."""


def reaches(router: Router, address: IPv4Address) -> bool:
    """Whether something answers for the address, looked up in the main table."""
    routes = router.state.routes
    if any(own.address == address for own in routes.addresses):
        return True
    route = routes.lookup(address)
    if route is None or route.hop is None:
        return False
    return _hop_answers(router, route.hop.interface, route.hop.address, address)


def _reaches_through(router: Router, interface: int, address: IPv4Address) -> bool:
    """Whether something answers for the address by the best active route out of an interface, or as a neighbour."""
    found = [
        route
        for route in router.state.routes.all
        if route.active and route.table == MAIN and address in route.destination
        if route.hop is not None and route.hop.interface == interface
    ]
    best = max(found, key=lambda route: route.destination.prefixlen, default=None)
    return _hop_answers(router, interface, best.hop.address if best and best.hop else None, address)


def _hop_answers(router: Router, interface_id: int, gateway: IPv4Address | None, address: IPv4Address) -> bool:
    """Whether an address answers through an interface, directly when there is no gateway."""
    interface = router.tables["interface"].get(interface_id)
    if interface is None or not links.is_running(router, interface):
        return False
    ports: list[str | None] = [*links.outside_ports(router, interface)]
    for port in ports or [None]:
        if gateway is None or gateway == address:
            if router.site.answers(port, address):
                return True
        elif router.site.forwards(port, gateway, address):
            return True
    return False
