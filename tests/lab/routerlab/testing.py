# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab inside a test's own process, without any asyncio for the test to see.

    with Lab() as lab:
        port = lab.port("hq")
        ...
        lab.isp("hq", "ether1", upstream=False)
        lab.advance(30)
        assert lab.counters("hq").writes == 0

Every method waits until the lab has done it.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, TypeVar

from routerlab import measure, seed, surroundings, topology
from routerlab.faults import Fault
from routerlab.lab import Lab as RunningLab
from routerlab.lab import LabError, make_router
from routerlab.model.router import Counters, Router
from routerlab.snapshot import snapshot
from routerlab.topology import RouterPlan
from routerlab.version import Version
from routerlab.world.clock import Clock

T = TypeVar("T")

#: Seconds of the lab in a second of the machine while only ``advance`` is to move the clock, which cannot stand.
STANDING = 0.001


def router(name: str = "router", version: str = "7.22.3", model: str = "CHR", **more: Any) -> RouterPlan:
    """A router for ``Lab(routers=[...])``; ``more`` are fields of RouterPlan."""
    return RouterPlan(name, model, Version.parse(version), **more)


def bare_router(
    name: str = "router", version: str = "7.22.3", model: str = "CHR", clock: Clock | None = None
) -> Router:
    """A router in its factory state by itself: no lab, no listeners, no kernel; on a clock of its own if none is given."""
    return make_router(router(name, version, model), clock or Clock())


def wait_until(what: str, holds: Callable[[], T], seconds: float = 30.0) -> T:
    """Ask until the answer is true, and return it; raises TimeoutError with ``what`` after so many seconds."""
    deadline = time.monotonic() + seconds
    while not (answer := holds()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:g} s: {what}")
        time.sleep(0.02)
    return answer


class Lab:
    """A lab on free ports in a background thread; use it as a context."""

    def __init__(
        self,
        topology_name: str | None = None,
        *,
        routers: Sequence[RouterPlan] | None = None,
        port_base: int = 0,
        kernel: bool = False,
    ) -> None:
        if topology_name is not None and routers is not None:
            raise ValueError("give a topology or routers, not both")
        self.plans = tuple(routers) if routers is not None else topology.load(topology_name or topology.DEFAULT)
        self._port_base = port_base
        self._kernel = kernel
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="routerlab", daemon=True)
        self._directory: tempfile.TemporaryDirectory[str] | None = None
        self._lab: RunningLab | None = None

    def __enter__(self) -> Self:
        self._directory = tempfile.TemporaryDirectory(prefix="routerlab-")
        self._thread.start()
        self._lab = self._call(
            lambda: RunningLab(self.plans, Path(self._directory_name()), self._port_base, self._kernel)
        )
        try:
            asyncio.run_coroutine_threadsafe(self._lab.start(), self._loop).result()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self.running.stop(), self._loop).result()
        # One more turn of the loop lets the aborted connections' tasks end.
        asyncio.run_coroutine_threadsafe(self._others_end(), self._loop).result()
        self._end()

    async def _others_end(self) -> None:
        await asyncio.sleep(0)
        # What is left then waits for a client that may never speak, such as in the middle of a TLS handshake.
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        if others:
            await asyncio.wait(others, timeout=5)

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        if self._directory is not None:
            self._directory.cleanup()

    def _directory_name(self) -> str:
        if self._directory is None:
            raise RuntimeError("the lab is used outside of its with block")
        return self._directory.name

    @property
    def running(self) -> RunningLab:
        """The lab itself; touch it only through ``call``."""
        if self._lab is None:
            raise RuntimeError("the lab is used outside of its with block")
        return self._lab

    def _call(self, action: Callable[[], T]) -> T:
        done: Future[T] = Future()

        def act() -> None:
            try:
                done.set_result(action())
            except BaseException as error:
                done.set_exception(error)

        self._loop.call_soon_threadsafe(act)
        return done.result()

    def call(self, name: str, action: Callable[[Router], T]) -> T:
        """Do something with a router's model, in the lab's thread."""
        return self._call(lambda: action(self.running.router(name)))

    # What a test asks

    def status(self) -> dict[str, Any]:
        """The same as ``routerlab status --json``."""
        return self._call(self.running.status)

    def port(self, name: str, tls: bool = False) -> int:
        """The port of a router's API."""
        station = self.running.stations[self.running.router(name).name]
        return (station.api_ssl if tls else station.api).port

    @property
    def ca(self) -> str:
        """The file with the certificate authority's certificate."""
        return str(self.running.ca)

    def counters(self, name: str) -> Counters:
        """A copy of a router's counters."""
        return self.call(name, lambda router: replace(router.counters))

    def clear_counters(self, name: str) -> None:
        """Count from zero again."""
        self.call(name, lambda router: setattr(router, "counters", Counters()))

    def snapshot(self, name: str) -> dict[str, list[dict[str, str]]]:
        """A router's configuration."""
        return self.call(name, snapshot)

    # What a test does to the routers

    def reset(self, name: str | None = None) -> None:
        """Factory state for one router or all; cuts their connections and clears their counters."""
        self._call(lambda: self.running.reset(name))
        self.wait_ports()

    def wait_ports(self) -> None:
        """Wait until every port is open or closed as its service says; closing needs no waiting, opening does."""
        asyncio.run_coroutine_threadsafe(self.running.settled(), self._loop).result()

    def seed(self, name: str, text: str) -> None:
        """Carry out ``.rsc`` commands on a router; raises SeedError."""
        self.call(name, lambda router: seed.apply(router, text))

    def fault(self, name: str, kind: str, after: int = 1, of: str = "sentences", *, done: bool = False) -> None:
        """Let the ``after``-th sentence from now (1: the next) meet a fault, once; raises ValueError.

        ``kind`` and ``done``: ``routerlab.faults.Fault``.  ``of="writes"`` counts only sentences whose verb can change
        something.  Sentences of all connections count, logins too.  It takes the place of a fault ordered before.
        """
        fault = Fault(kind, of, done)
        self.call(name, lambda router: router.faults.order(fault, after))

    def clear_fault(self, name: str) -> None:
        """Order no fault any more."""
        self.call(name, lambda router: router.faults.clear())

    def ordered_fault(self, name: str) -> dict[str, Any] | None:
        """The fault that has not struck yet, as ``status`` tells it; None when there is none."""
        return self.call(name, lambda router: router.faults.status())

    def device_mode(self, name: str, mode: str, *changed: str, flagged: bool = False) -> None:
        """Put a router into a mode of ``/system/device-mode``; ``changed`` such as ``fetch=yes``; raises LabError."""
        self._call(lambda: surroundings.device_mode(self.running, name, mode, changed, flagged))

    def reboot(self, name: str) -> None:
        """Reboot a router and let time pass until its ports are open again; jobs of ``startup`` wait 3 s more."""
        self._call(lambda: self.running.reboot(name))
        self.come_back(name)

    def come_back(self, name: str) -> None:
        """Let time pass until a router that is booting has done so, and its ports are open again."""
        ready_at = self.call(name, lambda router: router.ready_at)
        if ready_at is not None:
            self.advance(max(0.0, ready_at - self.call(name, lambda router: router.site.clock.now())))
        self.wait_ports()

    # What a test does to the world

    def link(self, name: str, port: str, up: bool) -> None:
        """Plug a cable in or pull it out."""

        def change(router: Router) -> None:
            if port not in router.site.ports:
                raise ValueError(f"{name} has no port {port!r}")
            (router.site.unplugged.discard if up else router.site.unplugged.add)(port)
            router.site.changed()

        self.call(name, change)

    def isp(
        self,
        name: str,
        port: str,
        *,
        upstream: bool | None = None,
        gateway: bool | None = None,
        dhcp: bool | None = None,
    ) -> None:
        """Let a provider's upstream, gateway or DHCP fail or come back; what is not given stays."""

        def change(router: Router) -> None:
            isp = router.site.isps[port]
            if upstream is not None:
                isp.upstream_up = upstream
            if gateway is not None:
                isp.gateway_up = gateway
            if dhcp is not None:
                isp.dhcp = dhcp
            router.site.changed()

        self.call(name, change)

    def host(self, name: str, address: str, up: bool) -> None:
        """Let a host answer or not: one on the internet, or one in the router's own networks."""

        def change(router: Router) -> None:
            ip = IPv4Address(address)
            hosts = router.site.hosts if ip.is_private else router.site.dead_hosts
            (hosts.add if up == ip.is_private else hosts.discard)(ip)
            router.site.changed()

        self.call(name, change)

    def advance(self, seconds: float) -> None:
        """Let time pass for all routers."""

        def pass_time() -> None:
            for station in self.running.stations.values():
                station.router.settle()
            self.running.clock.advance(seconds)
            for station in self.running.stations.values():
                station.router.settle()

        self._call(pass_time)

    # What a test does with packets (``kernel=True``)

    def client(self, name: str, interface: str, argv: Sequence[str], timeout: float = 60.0) -> Ended:
        """Run a command as a client at a port; raises LabError when it cannot be run, TimeoutError after ``timeout``."""
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            running = self.start_client(name, interface, argv, output, errors)
            try:
                status = running.result(timeout)
            except TimeoutError:
                running.cancel()
                raise
            return Ended(status, _whole(output), _whole(errors))

    def start_client(
        self, name: str, interface: str, argv: Sequence[str], output: IO[bytes], errors: IO[bytes]
    ) -> Future[int]:
        """Start a command as a client at a port; what is returned has its exit status, and ends it when it is cancelled."""
        command = surroundings.client(
            self.running, name, interface, argv, (output.fileno(), errors.fileno()), os.environ, os.getcwd()
        )
        return asyncio.run_coroutine_threadsafe(command, self._loop)

    def _traffic(self, name: str, interface: str, argv: Sequence[str]) -> list[dict[str, Any]]:
        ended = self.client(name, interface, [sys.executable, *measure.PROGRAM, *argv, "--json"], timeout=110)
        if ended.status:
            raise LabError(ended.errors.strip() or f"{argv[0]} ended with status {ended.status}")
        return [json.loads(line) for line in ended.output.splitlines()]

    def links(self, name: str) -> dict[str, str]:
        """The internet's view of a router's links: public address -> interface."""
        return self._call(lambda: surroundings.links_by_address(self.running, name))

    def flows(self, name: str, interface: str, *options: str) -> dict[str, int]:
        """Connections from a LAN by the link that carried them; ``options`` are those of ``routerlab flows``."""
        return measure.flows_result(self._traffic(name, interface, ("flows", *options))[-1], self.links(name))

    def speedtest(self, name: str, interface: str, *options: str) -> dict[str, Any]:
        """Round trip, download and upload from a LAN."""
        return measure.speed_result(self._traffic(name, interface, ("speedtest", *options))[-1], self.links(name))

    def telegram(self) -> list[dict[str, Any]]:
        """The messages that the lab's Telegram received."""
        return asyncio.run_coroutine_threadsafe(surroundings.telegram(self.running), self._loop).result()

    def speed(self, speed: float) -> None:
        """The speed of the lab's timers."""
        self._call(lambda: setattr(self.running.clock, "speed", speed))

    @contextmanager
    def standing(self) -> Iterator[None]:
        """Let only ``advance`` move the clock, so that nothing is due earlier where the machine is slow."""
        before = self._call(lambda: self.running.clock.speed)
        self.speed(STANDING)
        try:
            yield
        finally:
            self.speed(before)

    def flush(self) -> None:
        """Wait until the data plane is what the rows say."""
        self._call(self.running.flush)


@dataclass(frozen=True)
class Ended:
    """A client's command that has ended: exit status, standard output and error."""

    status: int
    output: str
    errors: str


def _whole(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace")
