# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DHCP clients of a lab without packets: the site tells who would give a lease."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routerlab.state import links
from routerlab.state.leases import MENU, Client, Lease, Leases
from routerlab.world.site import LEASE_DELAY, Isp

if TYPE_CHECKING:
    from routerlab.model.store import Row


def _lease(isp: Isp) -> Lease:
    return Lease(isp.address, isp.network, isp.gateway, isp.gateway, (isp.gateway,), isp.lease_seconds)


class SimulatedLeases(Leases):
    """Clients that get what the provider at their port would give."""

    def offer(self, row: Row) -> Lease | None:
        """The lease that this client would get now."""
        interface = self._router.referred(row.values.get("interface"))
        if interface is None or not links.is_running(self._router, interface) or self.invalid(row):
            return None
        for port in links.outside_ports(self._router, interface):
            isp = self._router.site.offers_lease(port)
            if isp is not None:
                return _lease(isp)
        return None

    def review_running(self, row: Row, client: Client, now: float) -> None:
        """A lease of another provider is lost; who has none waits for an offer."""
        offered = self.offer(row)
        if client.lease is not None and offered is not None and offered != client.lease:
            client = self._put(row, Client())
        if client.lease is None:
            client.due = None if offered is None else (client.due if client.due is not None else now + LEASE_DELAY)

    def happen(self, now: float) -> bool:
        """Offers are taken, leases renewed at half their time, and lost at their end."""
        changed = False
        for row in self._router.tables[MENU]:
            client = self.clients.get(row.id)
            if client is None or client.due is None or client.due > now:
                continue
            offered = self.offer(row)
            if client.lease is None:
                client.due = None
                if offered is not None:
                    self.hold(row, client, offered, now)
                    client.due = now + offered.seconds / 2
                    changed = True
            elif offered == client.lease:
                self.hold(row, client, offered, now)
                client.due = now + offered.seconds / 2
            elif now < client.expires:
                client.status, client.due = "renewing...", client.expires
                changed = True
            else:
                self._put(row, Client(due=None if offered is None else now + LEASE_DELAY))
                changed = True
        return changed

    def next_due(self) -> float | None:
        """When the next offer, renewal or end is due."""
        return min((client.due for client in self.clients.values() if client.due is not None), default=None)

    def renew(self, row: Row, now: float) -> None:
        """Renewals are due at once."""
        client = self.clients.get(row.id)
        if client is not None and client.lease is not None:
            client.due = now

    def release(self, row: Row, now: float) -> None:
        """The lease is gone at once."""
        if row.enabled:
            self._put(row, Client())
            self.review(now)
