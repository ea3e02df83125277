# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A running lab: its routers, their listeners, and the passing of time."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import resource
import ssl
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from routerlab import certs
from routerlab.automation.runner import Automation
from routerlab.faces.api.server import HOST, Listener
from routerlab.kernel.errors import KernelError, KernelUnavailable
from routerlab.menus import registry
from routerlab.model.hardware import MODELS
from routerlab.model.router import Account, Router
from routerlab.plane.base import Plane
from routerlab.plane.kernel import KernelPlane
from routerlab.plane.simulated import SimulatedPlane
from routerlab.plane.world import INTERNET, NAMES, KernelWorld
from routerlab.topology import RouterPlan
from routerlab.world.clock import Clock

log = logging.getLogger(__name__)

#: Ports: base + 10 * place of the router + 0 for api, 1 for api-ssl.
PORT_BASE = 18700
_STEP = 10
_TICK, _LEAST_TICK = 0.5, 0.001
#: How long to wait for more changes after one, in seconds.
_GATHER = 0.01
CERTIFICATE = "lab"


class LabError(Exception):
    """A lab that cannot be started; the text says why."""


def make_router(plan: RouterPlan, clock: Clock, plane: Plane | None = None) -> Router:
    """A router in its factory state, with the plan's user and password; its scripts run."""
    router = Router(
        name=plan.name,
        version=plan.version,
        hardware=MODELS[plan.model],
        menus=registry.menus_for(plan.version),
        site=plan.make_site(clock),
        factory=registry.populate,
        tools=registry.tools_for(plan.version),
        account=Account(plan.username, plan.password),
        first_mode=plan.device_mode,
        certificates=(CERTIFICATE,) if plan.api_ssl == "certificate" else (),
        plane=plane if plane is not None else SimulatedPlane(),
    )
    router.events = Automation(router)
    return router


@dataclass
class Station:
    """A router with its listeners."""

    router: Router
    plan: RouterPlan
    api: Listener
    api_ssl: Listener


@dataclass
class Lab:
    """Routers by name; ``port_base`` 0 takes any free ports; with ``kernel`` their packets are real.

    ``failed`` is called with the reason when the lab cannot go on.
    """

    plans: tuple[RouterPlan, ...]
    directory: Path
    port_base: int = PORT_BASE
    kernel: bool = False
    failed: Callable[[str], None] | None = None
    clock: Clock = field(default_factory=Clock)
    stations: dict[str, Station] = field(default_factory=dict)
    _ticker: asyncio.Task[None] | None = None
    _updates: set[asyncio.Task[None]] = field(default_factory=set)
    _works: set[asyncio.Task[None]] = field(default_factory=set)
    _soiled: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.world = KernelWorld(self._work, self._lost) if self.kernel else None
        for place, plan in enumerate(self.plans, 1):
            router = make_router(plan, self.clock, self.world.plane(plan.name) if self.world else None)
            router.watchers.append(self._soiled.set)
            port = self.port_base + _STEP * place if self.port_base else 0
            station = Station(
                router,
                plan,
                Listener(router, "api", port),
                Listener(router, "api-ssl", port + 1 if port else 0, partial(self._tls, router)),
            )
            router.on_service.append(partial(self._services_changed, station))
            router.on_reset.append(partial(self._rebooted, station))
            self.stations[plan.name] = station

    @property
    def ca(self) -> Path:
        """The certificate authority that signed the routers' certificates."""
        return self.directory / "tls" / "ca.pem"

    def _tls(self, router: Router) -> ssl.SSLContext:
        certificate = router.text(router.service("api-ssl"), "certificate", "none")
        if certificate == "none":
            return certs.anonymous_context(self.directory / "tls")
        return certs.certified_context(self.directory / "tls", router.name)

    async def start(self) -> None:
        """Open every port; raises LabError, with nothing left open."""
        tls = self.directory / "tls"
        certs.make_authority(tls, [plan.name for plan in self.plans], {INTERNET: tuple(NAMES)} if self.world else {})
        for router in self.routers.values():
            if isinstance(router.events, Automation):
                router.events.spawn = self._work
        try:
            if self.world is not None:
                self.world.start(self.routers, self.plans, self.directory, tls)
            for station in self.stations.values():
                for listener in (station.api, station.api_ssl):
                    await self._open(station.router.name, listener)
        except (KernelError, KernelUnavailable) as error:
            await self.stop()
            raise LabError(f"the data plane cannot be started: {error}") from None
        except LabError:
            await self.stop()
            raise
        self._ticker = asyncio.ensure_future(self._tick())

    @staticmethod
    async def _open(name: str, listener: Listener) -> None:
        try:
            await listener.update()
        except OSError as error:
            raise LabError(
                f"port {listener.port} on {HOST}, wanted for {name}'s {listener.service}, cannot be opened: "
                f"{os.strerror(error.errno or 0)}. Another lab or program may hold it (see: ss -ltnp 'sport = :"
                f"{listener.port}'); choose others with --port-base."
            ) from None

    async def stop(self) -> None:
        """Close every port and connection."""
        if self._ticker is not None:
            self._ticker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._ticker
        for work in self._works:
            work.cancel()
        await asyncio.gather(*self._works, *self._updates, return_exceptions=True)
        if self.world is not None:
            self.world.stop()
        for station in self.stations.values():
            await station.api.close()
            await station.api_ssl.close()

    async def _tick(self) -> None:
        """Let leases, probes and watches happen when they are due although nobody asks, and packets follow."""
        told: dict[str, str] = {}
        while True:
            with contextlib.suppress(TimeoutError):
                # Not wait_for: before Python 3.12 it can swallow that this task is cancelled.
                async with asyncio.timeout(self._until_due()):
                    await self._soiled.wait()
                # What belongs together comes together: one look at it, not one for each row.
                await asyncio.sleep(_GATHER)
            self._soiled.clear()
            for router in self.routers.values():
                try:
                    router.settle()
                    if self.world is not None:
                        self.world.flush(router)
                    told.pop(router.name, None)
                except KernelError as error:
                    # It is tried again and again, but told once.
                    if told.get(router.name) != str(error):
                        log.error("%s: %s", router.name, error)
                    told[router.name] = str(error)
                except Exception:
                    log.exception("%s: working out the state failed", router.name)

    def _until_due(self) -> float:
        """Seconds of the machine until something is due on any router."""
        now = self.clock.now()
        due = [moment for router in self.routers.values() if (moment := router.next_due()) is not None]
        return min(_TICK, max(_LEAST_TICK, self.clock.real(min(due, default=now + _TICK) - now)))

    def flush(self) -> None:
        """Settle every router and bring the data plane up to date, at once."""
        for router in self.routers.values():
            router.settle()
            if self.world is not None:
                self.world.flush(router)

    @property
    def routers(self) -> dict[str, Router]:
        """The routers by name."""
        return {name: station.router for name, station in self.stations.items()}

    def _work(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self._works.add(task)
        task.add_done_callback(self._worked)
        return task

    def _worked(self, task: asyncio.Task[None]) -> None:
        self._works.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a probe, a watch or a script failed in the lab itself", exc_info=error)

    def _lost(self, reason: str) -> None:
        log.error("the data plane is gone: %s", reason)
        if self.failed is not None:
            self.failed(f"the data plane is gone: {reason}")

    def _spawn(self, update: Callable[[], Any]) -> None:
        async def run() -> None:
            try:
                await update()
            except OSError as error:
                log.error("a port could not be opened again: %s", error)

        task = asyncio.ensure_future(run())
        self._updates.add(task)
        task.add_done_callback(self._updates.discard)

    def _services_changed(self, station: Station) -> None:
        if self._ticker is None:
            # A seed before the start: the start itself opens what the services then want.
            return
        for listener in (station.api, station.api_ssl):
            listener.shut()
            self._spawn(listener.update)

    async def settled(self) -> None:
        """Wait until every port is open or closed as its service says."""
        await asyncio.gather(*self._updates)

    def _rebooted(self, station: Station) -> None:
        station.api.disconnect()
        station.api_ssl.disconnect()
        self._services_changed(station)
        if self.world is not None:
            self.world.reset(station.router.name)

    def router(self, name: str) -> Router:
        """The router of that name; raises LabError that lists the known ones."""
        station = self.stations.get(name)
        if station is None:
            raise LabError(f"no router {name!r} in this lab; there are: {', '.join(self.stations)}")
        return station.router

    def reset(self, name: str | None = None) -> None:
        """Put one router, or all, back into the factory state, its surroundings as in the topology."""
        names: Iterable[str] = self.stations if name is None else [self.router(name).name]
        for each in names:
            station = self.stations[each]
            fresh = station.plan.make_site(self.clock)
            site = station.router.site
            site.isps, site.unplugged, site.hosts = fresh.isps, fresh.unplugged, fresh.hosts
            site.dead_hosts.clear()
            station.router.reset()
            if self.world is not None:
                self.world.flush(station.router)

    def reboot(self, name: str) -> None:
        """Reboot a router; ``settled`` does not wait until it is back: that takes ``BOOT`` seconds of the lab's clock."""
        self.router(name).reboot()

    @staticmethod
    def problems(router: Router) -> list[str]:
        """Rows that the data plane does not carry out, and why."""
        return _sentences(router.plane.problems if isinstance(router.plane, KernelPlane) else [])

    @staticmethod
    def notes(router: Router) -> list[str]:
        """Rows that the data plane carries out only in part, and what is missing."""
        return _sentences(router.plane.notes if isinstance(router.plane, KernelPlane) else [])

    def status(self) -> dict[str, Any]:
        """What ``routerlab status --json`` prints; memory is the process's peak in bytes."""
        return {
            "backend": "none" if self.world is None else "kernel",
            "clock": {"speed": self.clock.speed},
            "pid": os.getpid(),
            "memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            "state_dir": str(self.directory),
            "ca": str(self.ca),
            "routers": [
                {
                    "name": station.router.name,
                    "version": str(station.router.version),
                    "model": station.router.hardware.model,
                    "username": station.plan.username,
                    "password": station.plan.password,
                    "api": {"host": HOST, "port": station.api.port},
                    "api_ssl": {"host": HOST, "port": station.api_ssl.port},
                    "ssh": None,
                    "problems": self.problems(station.router),
                    "notes": self.notes(station.router),
                    "counters": asdict(station.router.counters),
                    "booting": station.router.booting,
                    "fault": station.router.faults.status(),
                }
                for station in self.stations.values()
            ],
        }


def _sentences(rows: Iterable[tuple[str, int, str]]) -> list[str]:
    return [f"/{menu} *{row:X}: {why}" if menu else why for menu, row, why in rows]
