# Copyright: (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""check-gateway: one probe for each next-hop object, two misses in a row take its routes down, one reply revives.

Defaults: every 10 s, two misses (manual); from 7.21 on ``/routing/settings`` tunes both.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from routerlab.state.routes import Hop, Route
from routerlab.values.time import read_duration

if TYPE_CHECKING:
    from routerlab.model.router import Router

SETTINGS = "routing settings"


@dataclass
class Probe:
    """The state of one next-hop object."""

    gateway: IPv4Address
    interface: int | None
    method: str
    due: float
    misses: int = 0
    alive: bool = True


class Probes:
    """All next-hop objects that are probed."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._probes: dict[str, Probe] = {}

    def alive(self, key: str) -> bool:
        """Whether routes through the object may be used; a new one is trusted until its probes fail."""
        probe = self._probes.get(key)
        return probe is None or probe.alive

    def review(self, routes: list[Route], now: float) -> None:
        """Probe exactly the objects that routes ask for."""
        wanted = {route.probe: route for route in routes if route.probe is not None}
        for key in list(self._probes):
            if key not in wanted:
                del self._probes[key]
        for key, route in wanted.items():
            if key not in self._probes and route.gateway is not None:
                via = route.via.row_id if route.via else None
                self._probes[key] = Probe(route.gateway, via, route.check, now)

    def _settings(self) -> tuple[float, int]:
        """Seconds between probes, and the misses that count as death."""
        menu = self._router.menus.get(SETTINGS)
        if menu is None or "check-gateway-ping-interval" not in menu.args_for("set", self._router.version):
            return 10.0, 2
        row = next(iter(self._router.tables[SETTINGS]))
        interval = read_duration(self._router.effective(menu, row, "check-gateway-ping-interval")) or 10_000_000
        return interval / 1_000_000, int(self._router.effective(menu, row, "check-gateway-ping-count"))

    def happen(self, now: float) -> bool:
        """Send the probes that are due; tells whether an object died or revived."""
        interval, count = self._settings()
        changed = False
        for probe in self._probes.values():
            while probe.due <= now:
                probe.due += interval
                answered = self._answered(probe)
                probe.misses = 0 if answered else probe.misses + 1
                if probe.alive != (answered or (probe.alive and probe.misses < count)):
                    probe.alive = not probe.alive
                    changed = True
        return changed

    def _answered(self, probe: Probe) -> bool:
        # Nobody speaks BFD with a lab router, so such a next hop never comes up.
        if probe.method == "bfd":
            return False
        routes = self._router.state.routes
        if probe.interface is not None:
            return routes.hop_answers(Hop(probe.interface, None), probe.gateway)
        for own in routes.addresses:
            if probe.gateway in own.network:
                return routes.hop_answers(Hop(own.interface.id, None), probe.gateway)
        return routes.reaches(probe.gateway)

    def next_due(self) -> float | None:
        """When the next probe is sent."""
        return min((probe.due for probe in self._probes.values()), default=None)
