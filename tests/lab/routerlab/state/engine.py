# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole of a router's own doings, brought up to date event by event.

Between two events nothing changes, so the router may be asked rarely or often: the outcome is the same.
"""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from routerlab.state.expiry import Expiry
from routerlab.state.jobs import Jobs
from routerlab.state.probes import Probes
from routerlab.state.routes import Routes
from routerlab.state.watches import Watches
from routerlab.values.net import read_ipv4

if TYPE_CHECKING:
    from routerlab.model.router import Router


class State:
    """Leases, routes, probes, watches, jobs and expiring rows of one router."""

    def __init__(self, router: Router, now: float | None = None) -> None:
        """A state that begins now, or at a moment that has just passed."""
        self._router = router
        #: Since when rows or surroundings differ from what was last reviewed; None when nothing does.
        self._soiled: float | None = router.site.clock.now() if now is None else now
        self.leases = router.plane.make_leases(router)
        self.routes = Routes(router)
        self.probes = Probes(router)
        self.watches = Watches(router)
        self.expiry = Expiry(router)
        self.jobs = Jobs(router)
        self._next: float | None = None

    @property
    def dirty(self) -> bool:
        """Whether something changed since the last review."""
        return self._soiled is not None

    def soil(self, now: float) -> None:
        """Something changes now that leases, routes, probes or watches may depend on."""
        if self._soiled is None:
            self._soiled = now

    def settle(self, now: float) -> None:
        """Let everything happen that is due up to ``now``, in the order of time."""
        if self._soiled is not None:
            self._review(self._soiled)
        while self._next is not None and self._next <= now:
            moment = self._next
            leased = self.leases.happen(moment)
            probed = self.probes.happen(moment)
            if leased or probed:
                self._review(moment)
            watched = self.watches.happen(moment)
            expired = self.expiry.happen(moment)
            started = self.jobs.happen(moment)
            undone = self._router.safe_mode.happen(moment)
            if undone:
                self._review(moment)
            if leased or probed or watched or expired or started or undone:
                self._router.changed()
            self._plan()

    def _review(self, now: float) -> None:
        self._soiled = None
        self.leases.review(now)
        self.routes.recompute()
        self.probes.review(self.routes.all, now)
        self.watches.review(now)
        self.jobs.review(now)
        self._plan()

    def _plan(self) -> None:
        parts = (self.leases, self.probes, self.watches, self.expiry, self.jobs, self._router.safe_mode)
        moments = [moment for moment in (part.next_due() for part in parts) if moment is not None]
        self._next = min(moments, default=None)

    def next_due(self) -> float | None:
        """When the next thing happens by itself; now when something changed and nobody has looked at it yet."""
        return self._next if self._soiled is None else self._soiled

    def expire_row(self, row_id: int, seconds: float | None) -> None:
        """Let an address-list row end after some seconds."""
        self.expiry.set(row_id, seconds, self._router.site.clock.now())
        self._plan()

    def dynamic_dns(self) -> list[IPv4Address]:
        """DNS servers that leases brought (use-peer-dns)."""
        menu = self._router.menus["ip dhcp-client"]
        found = []
        for row, _interface, lease in self.leases.bound():
            if self._router.effective(menu, row, "use-peer-dns") == "true":
                found += [server for server in lease.dns if server not in found]
        return found

    def dns_servers(self) -> list[IPv4Address]:
        """All DNS servers, configured ones first."""
        row = next(iter(self._router.tables["ip dns"]))
        texts = self._router.text(row, "servers").split(",")
        configured = [address for address in map(read_ipv4, texts) if address is not None]
        return [*configured, *self.dynamic_dns()]
