# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DHCP clients: from searching to bound, and what a lease brings.

``Leases`` is what every lab has; where the leases come from is the plane's matter (``plane/``).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING

from routerlab.state import links

if TYPE_CHECKING:
    from routerlab.model.router import Router
    from routerlab.model.store import Row

MENU = "ip dhcp-client"


@dataclass(frozen=True)
class Lease:
    """What a DHCP server gave; ``seconds`` is how long it lasts."""

    address: IPv4Address
    network: IPv4Network
    gateway: IPv4Address | None
    server: IPv4Address
    dns: tuple[IPv4Address, ...]
    seconds: int


@dataclass
class Client:
    """The state of one DHCP client; ``due`` is when the next thing happens, None when it waits."""

    status: str = "searching..."
    lease: Lease | None = None
    due: float | None = None
    expires: float = 0.0


class Leases(ABC):
    """All DHCP clients of a router, by their row's identifier."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self.clients: dict[int, Client] = {}

    def bound(self) -> list[tuple[Row, Row, Lease]]:
        """Every bound client: its row, its interface's row, its lease."""
        found = []
        for row in self._router.tables[MENU]:
            client = self.clients.get(row.id)
            interface = self._router.referred(row.values.get("interface"))
            if client is not None and client.lease is not None and interface is not None:
                found.append((row, interface, client.lease))
        return found

    def invalid(self, row: Row) -> bool:
        """A client whose interface is gone or is a bridge's slave cannot work."""
        interface = self._router.referred(row.values.get("interface"))
        return interface is None or links.bridge_of(self._router, interface) is not None

    def review(self, now: float) -> None:
        """Take in what changed in the rows and outside."""
        rows = {row.id: row for row in self._router.tables[MENU]}
        for row_id in list(self.clients):
            if row_id not in rows:
                self._lose(row_id)
                del self.clients[row_id]
        for row in rows.values():
            if not row.enabled:
                self._put(row, Client(status="stopped"))
                continue
            client = self.clients.get(row.id)
            if client is None or client.status == "stopped":
                client = self._put(row, Client())
            if self.invalid(row):
                self._put(row, Client(status="error"))
            elif not links.is_running(self._router, self._router.referred(row.values.get("interface"))):
                self._put(row, Client())
            else:
                self.review_running(row, self._put(row, Client()) if client.status == "error" else client, now)

    def _put(self, row: Row, client: Client) -> Client:
        self._lose(row.id)
        self.clients[row.id] = client
        return client

    def _lose(self, row_id: int) -> None:
        client = self.clients.get(row_id)
        if client is not None and client.lease is not None:
            self._router.events.dhcp_client(row_id, client.lease, bound=False)

    def hold(self, row: Row, client: Client, lease: Lease, now: float) -> None:
        """The client got a lease, or the same one again."""
        fresh = client.lease != lease
        client.status, client.lease, client.expires = "bound", lease, now + lease.seconds
        if fresh:
            self._router.events.dhcp_client(row.id, lease, bound=True)

    @abstractmethod
    def review_running(self, row: Row, client: Client, now: float) -> None:
        """Take in what changed for a client that can work."""

    @abstractmethod
    def happen(self, now: float) -> bool:
        """Do what is due; tells whether a lease came or went."""

    @abstractmethod
    def next_due(self) -> float | None:
        """When the next thing happens."""

    @abstractmethod
    def renew(self, row: Row, now: float) -> None:
        """Ask for the lease again."""

    @abstractmethod
    def release(self, row: Row, now: float) -> None:
        """Give the lease back; the client then searches anew."""
