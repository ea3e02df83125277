# Copyright: (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DHCP clients: from searching to bound, and what a lease brings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from routerlab.state import links
from routerlab.world.site import LEASE_DELAY, Isp

if TYPE_CHECKING:
    from routerlab.model.router import Router
    from routerlab.model.store import Row

MENU = "ip dhcp-client"


@dataclass
class Client:
    """The state of one DHCP client; ``due`` is when the next thing happens, None when it waits."""

    status: str = "searching..."
    isp: Isp | None = None
    due: float | None = None
    expires: float = 0.0


class Leases:
    """All DHCP clients of a router, by their row's identifier."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self.clients: dict[int, Client] = {}

    def bound(self) -> list[tuple[Row, Row, Isp]]:
        """Every bound client: its row, its interface's row, the provider."""
        found = []
        for row in self._router.tables[MENU]:
            client = self.clients.get(row.id)
            interface = self._router.referred(row.values.get("interface"))
            if client is not None and client.isp is not None and interface is not None:
                found.append((row, interface, client.isp))
        return found

    def offer(self, row: Row) -> Isp | None:
        """The provider that would give this client a lease now."""
        interface = self._router.referred(row.values.get("interface"))
        if interface is None or not links.is_running(self._router, interface) or self.invalid(row):
            return None
        for port in links.outside_ports(self._router, interface):
            isp = self._router.site.offers_lease(port)
            if isp is not None:
                return isp
        return None

    def invalid(self, row: Row) -> bool:
        """A client whose interface is gone or is a bridge's slave cannot work."""
        interface = self._router.referred(row.values.get("interface"))
        return interface is None or links.bridge_of(self._router, interface) is not None

    def review(self, now: float) -> None:
        """Take in what changed in the rows and outside."""
        rows = {row.id: row for row in self._router.tables[MENU]}
        for row_id in list(self.clients):
            if row_id not in rows:
                del self.clients[row_id]
        for row in rows.values():
            if not row.enabled:
                self.clients[row.id] = Client(status="stopped")
                continue
            client = self.clients.get(row.id)
            if client is None or client.status == "stopped":
                client = self.clients[row.id] = Client()
            self._review_one(row, client, now)

    def _review_one(self, row: Row, client: Client, now: float) -> None:
        interface = self._router.referred(row.values.get("interface"))
        if self.invalid(row):
            self.clients[row.id] = Client(status="error")
            return
        if not links.is_running(self._router, interface):
            self.clients[row.id] = Client()
            return
        if client.status == "error":
            client = self.clients[row.id] = Client()
        offered = self.offer(row)
        if client.isp is not None and offered is not None and offered is not client.isp:
            client = self.clients[row.id] = Client()
        if client.isp is None:
            client.due = None if offered is None else (client.due if client.due is not None else now + LEASE_DELAY)

    def happen(self, now: float) -> bool:
        """Do what is due; tells whether a lease came or went."""
        changed = False
        for row in self._router.tables[MENU]:
            client = self.clients.get(row.id)
            if client is None or client.due is None or client.due > now:
                continue
            isp = self.offer(row)
            if client.isp is None:
                client.due = None
                if isp is not None:
                    client.status, client.isp = "bound", isp
                    client.expires = now + isp.lease_seconds
                    client.due = now + isp.lease_seconds / 2
                    changed = True
            elif isp is client.isp:
                client.status = "bound"
                client.expires, client.due = now + isp.lease_seconds, now + isp.lease_seconds / 2
            elif now < client.expires:
                client.status, client.due = "renewing...", client.expires
                changed = True
            else:
                self.clients[row.id] = Client(due=None if isp is None else now + LEASE_DELAY)
                changed = True
        return changed

    def next_due(self) -> float | None:
        """When the next thing happens."""
        return min((client.due for client in self.clients.values() if client.due is not None), default=None)

    def renew(self, row: Row, now: float) -> None:
        """Ask for the lease again."""
        client = self.clients.get(row.id)
        if client is not None and client.isp is not None:
            client.due = now

    def release(self, row: Row, now: float) -> None:
        """Give the lease back; the client then searches anew."""
        if row.enabled:
            self.clients[row.id] = Client()
            self._review_one(row, self.clients[row.id], now)
