# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DHCP clients of a lab with packets: real ones, whose events arrive here."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Interface
from typing import TYPE_CHECKING, Any

from routerlab.state.leases import MENU, Client, Lease, Leases

if TYPE_CHECKING:
    from routerlab.model.router import Router
    from routerlab.model.store import Row
    from routerlab.plane.kernel import KernelPlane


def _lease(event: Mapping[str, Any]) -> Lease:
    interface = IPv4Interface(event["address"])
    gateway = event.get("gateway")
    return Lease(
        interface.ip,
        interface.network,
        None if not gateway else IPv4Address(gateway),
        IPv4Address(event.get("server") or gateway or "0.0.0.0"),
        tuple(IPv4Address(server) for server in event.get("dns", ())),
        int(event["lease"]),
    )


class KernelLeases(Leases):
    """Clients as their processes report them; renewing and expiring are the processes' own work."""

    def __init__(self, router: Router, plane: KernelPlane) -> None:
        super().__init__(router)
        self._plane = plane

    def review_running(self, row: Row, client: Client, now: float) -> None:
        """The desired state starts a process for every client that can work; here is nothing to do."""

    def told(self, event: Mapping[str, Any]) -> None:
        """A client's process got, kept or lost a lease."""
        row = self._router.tables[MENU].get(int(event["client"]))
        client = None if row is None else self.clients.get(row.id)
        if row is None or client is None or client.status in ("stopped", "error"):
            return
        if event["state"] in ("bound", "renewed"):
            self.hold(row, client, _lease(event), self._router.site.clock.now())
        else:
            self._put(row, Client())
        self._router.touch()

    def happen(self, now: float) -> bool:
        """Nothing happens by the lab's clock: leases run in real time."""
        return False

    def next_due(self) -> float | None:
        """Nothing is due by the lab's clock."""
        return None

    def renew(self, row: Row, now: float) -> None:
        """The process asks for its lease again."""
        client = self.clients.get(row.id)
        if client is not None and client.lease is not None:
            self._plane.tell("dhcp_renew", key=str(row.id))

    def release(self, row: Row, now: float) -> None:
        """The process gives its lease back and asks anew."""
        client = self.clients.get(row.id)
        if client is not None and client.lease is not None:
            self._put(row, Client())
            self._plane.tell("dhcp_release", key=str(row.id))
