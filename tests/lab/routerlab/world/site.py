# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The surroundings of one router: which ports have a link, and the internet providers behind them.

A provider is a modem (the gateway, which also gives leases) and an upstream behind it.  They can fail separately: with
a dead upstream the gateway still answers, with a dead gateway nothing does although the link stays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from routerlab.world.clock import Clock

#: Time from a client's first discover to its lease, in seconds; never zero, so that nobody counts on it.
LEASE_DELAY = 0.3


@dataclass
class Isp:
    """One provider at one port."""

    name: str
    port: str
    network: IPv4Network
    gateway: IPv4Address
    address: IPv4Address
    lease_seconds: int = 3600
    #: What the line carries towards the router and away from it, in bit/s, and seconds for one way; None: no limit.
    down: int | None = None
    up: int | None = None
    delay: float | None = None
    dhcp: bool = True
    gateway_up: bool = True
    upstream_up: bool = True


@dataclass(frozen=True)
class Management:
    """Where the lab's user sits: at ``host``, behind a port (by its default name) that has ``address`` in factory state.

    The lab's ports on 127.0.0.1 then lead to the API at that address, and only as long as a packet from there gets there.
    """

    port: str
    address: IPv4Interface
    host: IPv4Address


@dataclass
class Site:
    """Links, providers and hosts around one router."""

    clock: Clock
    ports: tuple[str, ...]
    isps: dict[str, Isp] = field(default_factory=dict)
    unplugged: set[str] = field(default_factory=set)
    #: Addresses in the router's own networks that answer, beside the providers' gateways.
    hosts: set[IPv4Address] = field(default_factory=set)
    #: Addresses on the internet that do not answer.
    dead_hosts: set[IPv4Address] = field(default_factory=set)
    management: Management | None = None
    watchers: list[Callable[[], None]] = field(default_factory=list)

    def changed(self) -> None:
        """Tell the router that its surroundings changed."""
        for wake in self.watchers:
            wake()

    def has_link(self, port: str) -> bool:
        """Whether a cable with a living end is in the port."""
        return port in self.ports and port not in self.unplugged

    def offers_lease(self, port: str) -> Isp | None:
        """The provider that gives leases at the port now."""
        isp = self.isps.get(port)
        return isp if isp is not None and isp.dhcp and isp.gateway_up and self.has_link(port) else None

    def answers(self, port: str | None, address: IPv4Address) -> bool:
        """Whether a neighbour at the port answers for an address of the port's own network."""
        if port is None:
            return address in self.hosts
        if not self.has_link(port):
            return False
        isp = self.isps.get(port)
        if isp is not None and address == isp.gateway:
            return isp.gateway_up
        return address in self.hosts

    def forwards(self, port: str | None, gateway: IPv4Address, address: IPv4Address) -> bool:
        """Whether the internet answers for an address through a gateway at the port."""
        isp = self.isps.get(port) if port is not None else None
        if isp is None or port is None or not self.has_link(port):
            return False
        if gateway != isp.gateway or not (isp.gateway_up and isp.upstream_up):
            return False
        return not address.is_private and not address.is_multicast and address not in self.dead_hosts
