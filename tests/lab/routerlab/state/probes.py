# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""check-gateway: one probe for each next-hop object, two misses in a row take its routes down, one reply revives.

Defaults: every 10 s, two misses (manual); from 7.21 on ``/routing/settings`` tunes both.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from routerlab.state.routes import Route
from routerlab.values.time import read_duration

if TYPE_CHECKING:
    from routerlab.model.router import Router

SETTINGS = "routing settings"


@dataclass(frozen=True)
class Settings:
    """Seconds between probes, seconds to wait for an answer, and the misses in a row that count as death."""

    interval: float = 10.0
    timeout: float = 1.0
    count: int = 2


@dataclass
class Probe:
    """The state of one next-hop object."""

    gateway: IPv4Address
    interface: int | None
    method: str
    due: float
    misses: int = 0
    alive: bool = True
    #: A probe is on its way: the next one is not sent before its answer or its time-out.
    waiting: bool = False

    def out_interface(self, router: Router) -> int | None:
        """The interface's row that a probe leaves by: the one that is named, or that of the gateway's own network."""
        if self.interface is not None:
            return self.interface
        for own in router.state.routes.addresses:
            if self.gateway in own.network:
                return own.interface.id
        return None


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

    def settings(self) -> Settings:
        """What ``/routing/settings`` says, or the defaults of versions without it (manual)."""
        menu = self._router.menus.get(SETTINGS)
        if menu is None or "check-gateway-ping-interval" not in menu.args_for("set", self._router.version):
            return Settings()
        row = next(iter(self._router.tables[SETTINGS]))

        def seconds(name: str, default: float) -> float:
            return (read_duration(self._router.effective(menu, row, f"check-gateway-ping-{name}")) or default) / 1e6

        count = int(self._router.effective(menu, row, "check-gateway-ping-count"))
        return Settings(seconds("interval", 1e7), seconds("timeout", 1e6), count)

    def happen(self, now: float) -> bool:
        """Send the probes that are due; tells whether an object died or revived."""
        settings = self.settings()
        changed = False
        for key, probe in self._probes.items():
            while probe.due <= now:
                probe.due += settings.interval
                if probe.waiting:
                    continue
                answered = self._router.plane.probe(self._router, key, probe)
                if answered is None:
                    probe.waiting = True
                else:
                    changed |= self._count(probe, answered, settings)
        return changed

    def told(self, key: str, probe: Probe, answered: bool) -> None:
        """A probe that was on its way was answered or missed."""
        probe.waiting = False
        if self._probes.get(key) is probe and self._count(probe, answered, self.settings()):
            self._router.touch()

    @staticmethod
    def _count(probe: Probe, answered: bool, settings: Settings) -> bool:
        """Take an answer or a miss in; tells whether the object died or revived."""
        probe.misses = 0 if answered else probe.misses + 1
        alive = answered or (probe.alive and probe.misses < settings.count)
        changed, probe.alive = probe.alive != alive, alive
        return changed

    def next_due(self) -> float | None:
        """When the next probe is sent."""
        return min((probe.due for probe in self._probes.values()), default=None)
