# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a router's model asks of its surroundings; whoever answers is its plane."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from routerlab.model.router import Router
    from routerlab.model.store import Row
    from routerlab.script.machine import FetchRequest, FetchResult
    from routerlab.state.leases import Leases
    from routerlab.state.probes import Probe


@dataclass(frozen=True)
class Outcome:
    """How one test of a watch ended; ``facts`` are what it measured, as netwatch shows it."""

    up: bool
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Echo:
    """What became of one echo request; ``rtt`` in seconds, None when no answer came, and ``status`` then says why.

    ``host`` is who answered, also with an error; empty when nobody did.
    """

    rtt: float | None = None
    host: str = ""
    ttl: int = 64
    status: str = "timeout"


@dataclass(frozen=True)
class Traffic:
    """What passed an interface, or matched a rule (then only the received side is used)."""

    rx_bytes: int = 0
    rx_packets: int = 0
    tx_bytes: int = 0
    tx_packets: int = 0


@dataclass(frozen=True)
class GivenLease:
    """A lease that a DHCP server of the router gave; ``expires`` is a Unix time."""

    address: str
    mac: str
    hostname: str
    client_id: str
    expires: float


@dataclass(frozen=True)
class LearnedAddress:
    """An address that a rule put into a list; ``seconds`` are left of its time, None when it stays."""

    list: str
    address: str
    seconds: float | None


class Plane(ABC):
    """The surroundings of one router.

    ``probe`` and ``watch`` answer at once, or return None and tell ``state.probes`` and ``state.watches`` later.
    """

    @abstractmethod
    def make_leases(self, router: Router) -> Leases:
        """Its DHCP clients."""

    @abstractmethod
    def has_link(self, router: Router, port: str) -> bool:
        """Whether a port, by its default name, has a carrier."""

    @abstractmethod
    def probe(self, router: Router, key: str, probe: Probe) -> bool | None:
        """One check of a gateway."""

    @abstractmethod
    def watch(self, router: Router, row: Row) -> Outcome | None:
        """One test of a watch."""

    @abstractmethod
    async def ping(self, router: Router, address: str, interface: str, options: Mapping[str, str]) -> Echo:
        """One echo request by a command or a script; ``interface`` is a name, ``options`` the others as written."""

    @abstractmethod
    async def fetch(self, router: Router, request: FetchRequest) -> FetchResult:
        """One ``/tool fetch``; raises Trap."""

    @abstractmethod
    async def resolve(self, router: Router, name: str, server: str) -> str:
        """The address of a name; raises Trap."""

    @abstractmethod
    def connections(self, router: Router) -> list[dict[str, str]]:
        """The rows of ``/ip/firewall/connection``."""

    @abstractmethod
    def forget_connections(self, router: Router, ids: list[int]) -> None:
        """Take connections out of the table."""

    @abstractmethod
    def rules(self, router: Router, menu: str) -> Mapping[int, tuple[int, int]]:
        """Packets and bytes that matched each rule of a firewall menu, by the row's identifier."""

    @abstractmethod
    def traffic(self, router: Router) -> Mapping[int, Traffic]:
        """What passed each interface, by the row's identifier."""

    @abstractmethod
    def clear_rules(self, router: Router, menu: str, ids: list[int]) -> None:
        """Count these rules from zero again."""

    @abstractmethod
    def clear_traffic(self, router: Router, ids: list[int]) -> None:
        """Count these interfaces from zero again."""

    @abstractmethod
    def leases_given(self, router: Router) -> list[GivenLease]:
        """What the router's DHCP servers have given."""

    @abstractmethod
    def learned(self, router: Router) -> list[LearnedAddress]:
        """What rules have put into address lists."""

    @abstractmethod
    def forget_learned(self, router: Router, learned: list[LearnedAddress]) -> None:
        """Take such addresses out again."""
