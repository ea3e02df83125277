# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the packets of a management connection reach the router and its answers the manager, as its rows are now."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from routerlab.management.chains import deciding_rule
from routerlab.management.packet import Packet
from routerlab.state import links
from routerlab.values.net import INTERFACES

if TYPE_CHECKING:
    from routerlab.model.router import Router
    from routerlab.model.store import Row
    from routerlab.world.site import Management

RAW, MANGLE, NAT, FILTER = (f"ip firewall {name}" for name in ("raw", "mangle", "nat", "filter"))
_LOCALHOST = IPv4Address("127.0.0.1")
#: Where a connection starts whose port is not known yet: above the ports that rules are about.
_SOME_PORT = 50000


class Verdict(Enum):
    """What becomes of a packet to the service."""

    OPEN = "it arrives, and its answer too"
    REFUSED = "the router says that it does not want it"
    CUT = "it is lost, or its answer is"


@dataclass(frozen=True)
class Ends:
    """The two ends of management connections, as the router sees them."""

    manager: IPv4Address
    router: IPv4Address


def ends(management: Management | None) -> Ends:
    """Both are 127.0.0.1 where the topology does not say where management comes from."""
    if management is None:
        return Ends(_LOCALHOST, _LOCALHOST)
    return Ends(management.host, management.address.ip)


def verdict(router: Router, port: int, peer_port: int | None = None) -> Verdict:
    """What becomes of packets for a port of the router.

    Those of an open connection when ``peer_port``, the manager's own port, is given, else those that open a new one.
    """
    management = router.site.management
    interface = None
    if management is not None:
        interface = _way(router, management)
        if interface is None:
            return Verdict.CUT
    both = ends(management)
    entry = None if interface is None else interface.id
    state = "new" if peer_port is None else "established"
    there = Packet(both.manager, both.router, peer_port or _SOME_PORT, port, in_interface=entry, state=state)
    found = _arrives(router, there)
    if found is not Verdict.OPEN:
        return found
    back = Packet(
        both.router,
        both.manager,
        port,
        peer_port or _SOME_PORT,
        out_interface=entry,
        state="established",
        inbound=False,
    )
    return Verdict.OPEN if _leaves(router, back) else Verdict.CUT


def _way(router: Router, management: Management) -> Row | None:
    """The interface by which packets come in and their answers go out; None when there is no way."""
    port = next((row for row in router.tables[INTERFACES] if row.facts.get("default-name") == management.port), None)
    if port is None or not links.is_running(router, port):
        return None
    interface = links.bridge_of(router, port) or port
    if not links.is_running(router, interface):
        return None
    router.settle()
    routes = router.state.routes
    if not any(own.address == management.address.ip and own.interface.id == interface.id for own in routes.addresses):
        return None
    # The answer's way; answers that leave by another interface do not find the manager (~: by some detour they might).
    route = routes.lookup(management.host)
    if route is None or route.hop is None or route.hop.interface != interface.id:
        return None
    return interface


def _arrives(router: Router, packet: Packet) -> Verdict:
    """Through raw and mangle, past NAT, to the service (manual, "Packet Flow in RouterOS")."""
    rule = deciding_rule(router, RAW, "prerouting", packet)
    action = _action(router, rule)
    if action == "drop":
        return Verdict.CUT
    if action == "notrack":
        packet = Packet(
            packet.source, packet.destination, packet.source_port, packet.destination_port, packet.in_interface,
            state="untracked",
        )  # fmt: skip
    if _action(router, deciding_rule(router, MANGLE, "prerouting", packet)) == "drop":
        return Verdict.CUT
    if packet.state == "new" and (taken := _translated(router, packet)) is not None:
        return taken
    if _action(router, deciding_rule(router, MANGLE, "input", packet)) == "drop":
        return Verdict.CUT
    action = _action(router, deciding_rule(router, FILTER, "input", packet))
    if action == "reject":
        return Verdict.REFUSED
    return Verdict.CUT if action in ("drop", "tarpit") else Verdict.OPEN


def _leaves(router: Router, packet: Packet) -> bool:
    """Through the output chains; a rejected answer is as lost as a dropped one."""
    if _action(router, deciding_rule(router, RAW, "output", packet)) == "notrack":
        packet = Packet(
            packet.source, packet.destination, packet.source_port, packet.destination_port,
            out_interface=packet.out_interface, state="untracked", inbound=False,
        )  # fmt: skip
    elif _action(router, deciding_rule(router, RAW, "output", packet)) == "drop":
        return False
    return all(
        _action(router, deciding_rule(router, menu, "output", packet)) not in ("drop", "reject", "tarpit")
        for menu in (MANGLE, FILTER)
    )


def _translated(router: Router, packet: Packet) -> Verdict | None:
    """What dst-nat makes of a new connection; None when it goes where it was going."""
    rule = deciding_rule(router, NAT, "dstnat", packet)
    action = _action(router, rule)
    if rule is None or action not in ("dst-nat", "netmap", "redirect"):
        return None
    port = router.text(rule, "to-ports")
    same_port = port in ("", str(packet.destination_port))
    to = "" if action == "redirect" else router.text(rule, "to-addresses")
    if to not in ("", str(packet.destination)):
        # Somebody else gets it, who may answer, but not as the router's API.
        return Verdict.CUT
    return None if same_port else Verdict.REFUSED


def _action(router: Router, rule: Row | None) -> str:
    return "accept" if rule is None else router.text(rule, "action", "accept")
