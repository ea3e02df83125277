# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab may ask of the agent: one coroutine for each method."""

from __future__ import annotations

import asyncio
import signal as signals
import subprocess
import traceback
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from routerlab.kernel import conntrack, features
from routerlab.kernel.commands import Commands
from routerlab.kernel.dhcp_client import DhcpClients
from routerlab.kernel.dnsmasq import Dnsmasq, DnsmasqError
from routerlab.kernel.errors import KernelError, KernelUnavailable
from routerlab.kernel.fetch import FetchError, fetch
from routerlab.kernel.icmp import Answer, Pinger
from routerlab.kernel.namespaces import Namespace
from routerlab.kernel.nft import Nft, NftError
from routerlab.kernel.resolver import ResolveError, resolve
from routerlab.kernel.router import BARE, CarrierWatch, RouterSpace
from routerlab.kernel.servers import Servers
from routerlab.kernel.wiring import World

Send = Callable[[dict[str, Any]], None]

#: Seconds that the kernel may take to tell of a carrier.
_CARRIER = 5.0


def _mount_tmpfs(directory: Path) -> None:
    """A place for small files that goes with the agent's own mounts; raises KernelUnavailable."""
    argv = ["mount", "-t", "tmpfs", "-o", "mode=0700,size=64m", "routerlab", str(directory)]
    mounting = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if mounting.returncode != 0:
        words = mounting.stderr.strip().partition("\n")[0]
        raise KernelUnavailable(f"no tmpfs can be mounted here ({words}); in a container allow mounts")


class Services:
    """What runs beside a router's kernel: firewall, DHCP clients, dnsmasq."""

    def __init__(self, router: RouterSpace, directory: Path, notify: Send, loop: asyncio.AbstractEventLoop) -> None:
        self.nft = Nft(router.namespace)
        self.dhcp = DhcpClients(router.namespace, notify, directory, loop)
        self.dnsmasq = Dnsmasq(router.namespace, directory, notify, loop)
        self.firewall = ""


class Operations:
    """Methods by name; results and parameters are JSON."""

    def __init__(self, send: Send) -> None:
        self._send = send
        # One thread: pings stay punctual whatever netlink and nft have to do, and changes come in their order.
        self._worker = ThreadPoolExecutor(1, "worker")
        self._pinger = Pinger()
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._services: dict[str, Services] = {}
        self._watches: dict[str, CarrierWatch] = {}
        self._servers: Servers | None = None
        self._world_or_none: World | None = None
        self._commands = Commands(send)

    def method(self, name: str) -> Callable[..., Awaitable[Any]]:
        """The coroutine function of a method; raises KernelError."""
        found = getattr(self, f"do_{name}", None)
        if found is None:
            raise KernelError(f"the agent knows no method {name}")
        method: Callable[..., Awaitable[Any]] = found
        return method

    @property
    def _world(self) -> World:
        if self._world_or_none is None:
            raise KernelError("there is no world yet")
        return self._world_or_none

    async def _in_worker(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return await self._loop.run_in_executor(self._worker, function, *arguments)

    def _later(self, coroutine: Any) -> None:
        task = self._loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # The world

    async def do_hello(self) -> None:
        """Nothing: the agent is there."""

    async def do_probe(self) -> None:
        """Whether the kernel has what is needed."""
        await self._in_worker(features.check)

    async def do_start(self, world: dict[str, Any]) -> dict[str, Any]:
        """Wire the world."""
        directory = Path(world["directory"]) / "kernel"
        await self._in_worker(features.check)
        await self._in_worker(_mount_tmpfs, directory)
        self._world_or_none = await self._in_worker(World, {**world, "directory": str(directory)}, self._loop)
        for name, router in self._world.routers.items():
            self._services[name] = await self._in_worker(
                Services, router, directory / name, partial(self._notify, name), self._loop
            )
            watch = CarrierWatch(router, partial(self._carrier, name), partial(self._overrun, name))
            self._watches[name] = watch
            self._loop.add_reader(watch.socket, watch.read)
        if world["internet"].get("config") is not None:
            self._servers = Servers(self._world.internet.namespace, self._send)
            await self._servers.start(world["internet"]["config"])
        return {"uplinks": self._world.uplinks()}

    def _notify(self, router: str, event: dict[str, Any]) -> None:
        self._send({**event, "router": router})

    def _carrier(self, router: str, port: str, up: bool) -> None:
        self._send({"event": "carrier", "router": router, "port": port, "up": up})

    def _overrun(self, router: str) -> None:
        async def again() -> None:
            self._watches[router].compare(await self._in_worker(self._world.router(router).carriers))

        self._later(again())

    async def do_link(self, router: str, port: str, up: bool) -> None:
        """The cable of a port; its event comes before the answer.  Raises KernelError where the kernel tells of none."""
        await self._in_worker(self._world.link, router, port, up)
        space, watch = self._world.router(router), self._watches[router]
        deadline = self._loop.time() + _CARRIER
        while watch.told(port) != (await self._in_worker(space.carriers))[port]:
            if self._loop.time() > deadline:
                raise KernelError(f"{router}: the kernel did not tell of the cable of {port} within {_CARRIER:g} s")
            await asyncio.sleep(0.001)

    async def do_isp(self, router: str, port: str, **changes: bool) -> None:
        """A provider's ``modem``, ``upstream``, ``dhcp``."""
        await self._in_worker(self._world.isp, router, port, changes)

    async def do_host(self, address: str, up: bool) -> None:
        """Whether an internet address answers."""
        await self._in_worker(self._world.internet.host, address, up)

    async def do_telegram(self) -> Any:
        """The messages that the Telegram look-alike keeps."""
        return await self._running_servers().request("telegram")

    async def do_internet(self, request: str) -> Any:
        """Any request to the internet's servers."""
        return await self._running_servers().request(request)

    def _running_servers(self) -> Servers:
        if self._servers is None:
            raise KernelError("this lab's internet has no servers")
        return self._servers

    # A router

    async def do_apply(self, router: str, desired: dict[str, Any]) -> None:
        """Make a router what is desired; what could not be is told in the error, all the rest is done."""
        problems = await self._in_worker(self._apply, router, desired)
        if problems:
            raise KernelError("; ".join(problems))

    def _apply(self, router: str, desired: Mapping[str, Any]) -> list[str]:
        space = self._world.router(router)
        services = self._services[router]
        problems: list[str] = []
        firewall = desired.get("firewall") or ""
        if firewall != services.firewall:
            try:
                if firewall:
                    services.nft.apply(firewall)
                else:
                    services.nft.clear()
                services.firewall = firewall
            except NftError as error:
                problems.append(f"firewall: {error}")
        space.apply(desired, problems.append, partial(self._world.notice, router))
        services.dhcp.apply(desired.get("dhcp_clients", {}))
        try:
            services.dnsmasq.apply(desired.get("dnsmasq"))
        except DnsmasqError as error:
            problems.append(f"dnsmasq: {error}")
        return problems

    async def do_reset(self, router: str) -> None:
        """A router as it was at the start: bare, its connections and leases forgotten, its clients' leases too."""
        await self._in_worker(self._reset, router)
        for (owner, _port), client in self._world.clients.items():
            if owner == router:
                client.forget()
                await self._in_worker(client.configure, None)

    def _reset(self, router: str) -> None:
        problems = self._apply(router, BARE)
        self._services[router].dnsmasq.forget_leases()
        conntrack.forget(self._world.router(router).namespace)
        if problems:
            raise KernelError("; ".join(problems))

    async def do_state(self, router: str) -> dict[str, Any]:
        """What a router's kernel is now: ``links``, ``addresses``, ``routes``, ``rules``, written like the desired state."""
        return dict(await self._in_worker(self._world.router(router).state))

    async def do_counters(self, router: str) -> dict[str, Any]:
        """Packets and bytes of the firewall's rules and of the devices."""

        def read() -> dict[str, Any]:
            return {
                "interfaces": self._world.router(router).interfaces(),
                "rules": self._services[router].nft.counters(),
            }

        return dict(await self._in_worker(read))

    async def do_reset_counters(self, router: str, names: list[str] | None = None) -> None:
        """Firewall counters back to zero."""
        await self._in_worker(self._services_of(router).nft.reset_counters, names)

    async def do_sets(self, router: str) -> Any:
        """Addresses that rules added to lists."""
        return await self._in_worker(self._services_of(router).nft.sets)

    async def do_forget_set(self, router: str, name: str, addresses: list[str]) -> None:
        """Take addresses out of a learned list."""
        await self._in_worker(self._services_of(router).nft.forget, name, addresses)

    async def do_connections(self, router: str) -> Any:
        """The connection table."""
        return await self._in_worker(conntrack.connections, self._world.router(router).namespace)

    async def do_forget(self, router: str, ids: Iterable[int] | None = None) -> int:
        """Remove connections."""
        return int(await self._in_worker(conntrack.forget, self._world.router(router).namespace, ids))

    async def do_dhcp_renew(self, router: str, key: str) -> None:
        """Ask for a lease again."""
        self._dhcp(router, key, DhcpClients.renew)

    async def do_dhcp_release(self, router: str, key: str) -> None:
        """Give a lease back."""
        self._dhcp(router, key, DhcpClients.release)

    def _services_of(self, router: str) -> Services:
        self._world.router(router)
        return self._services[router]

    def _dhcp(self, router: str, key: str, action: Callable[[DhcpClients, str], None]) -> None:
        try:
            action(self._services_of(router).dhcp, key)
        except KeyError:
            raise KernelError(f"{router} has no running DHCP client {key}") from None

    # What takes time and ends in an event

    def _event_later(self, kind: str, number: int, router: str, work: Awaitable[dict[str, Any]]) -> None:
        """Send an event with what the work brings; whoever waits for it always gets one, ``unforeseen`` at worst."""

        async def wait() -> None:
            try:
                told = await work
            except Exception as error:
                traceback.print_exc()
                told = {"unforeseen": f"{kind}: {type(error).__name__}: {error}"}
            self._send({"event": kind, "id": number, "router": router, **told})

        self._later(wait())

    def _probe(self, number: int, router: str, answer: Awaitable[Answer]) -> None:
        async def wait() -> dict[str, Any]:
            return asdict(await answer)

        self._event_later("answer", number, router, wait())

    async def do_ping(self, id: int, router: str, address: str, **options: Any) -> None:
        """An echo request; ``options`` are Pinger.ping's."""
        self._probe(id, router, self._pinger.ping(self._world.router(router).namespace, address, **options))

    async def do_arp_ping(self, id: int, router: str, dev: str, address: str, **options: Any) -> None:
        """Who has an address."""
        self._probe(id, router, self._pinger.arp_ping(self._world.router(router).namespace, dev, address, **options))

    async def do_tcp_probe(self, id: int, router: str, address: str, port: int, **options: Any) -> None:
        """Whether a TCP connection opens."""
        self._probe(id, router, self._pinger.tcp_probe(self._world.router(router).namespace, address, port, **options))

    async def do_fetch(self, id: int, router: str, request: dict[str, Any]) -> None:
        """/tool fetch; ends in a ``fetched`` event with ``result`` or with FetchError's document."""
        namespace = self._world.router(router).namespace

        async def wait() -> dict[str, Any]:
            try:
                return {"result": await fetch(namespace, request)}
            except FetchError as error:
                return error.document()

        self._event_later("fetched", id, router, wait())

    async def do_resolve(self, id: int, router: str, name: str, **options: Any) -> None:
        """A name, by the router's own DNS cache; ends in a ``resolved`` event with ``result`` or ``error``."""
        namespace = self._world.router(router).namespace

        async def wait() -> dict[str, Any]:
            try:
                return {"result": await resolve(namespace, name, **options)}
            except ResolveError as error:
                return {"error": str(error)}

        self._event_later("resolved", id, router, wait())

    # Commands of clients

    async def do_client(
        self,
        command: int,
        router: str,
        port: str,
        argv: list[str],
        environment: dict[str, str],
        cwd: str,
        descriptors: Sequence[int] = (),
    ) -> None:
        """Run a command as a client at a port; ends in an ``exited`` event."""
        self._world.router(router)
        if (router, port) not in self._world.clients and (router, port) not in self._world.lines:
            raise KernelError(f"router {router} has no port {port}")
        if len(descriptors) != 2:
            raise KernelError("a command needs stdout and stderr")
        self._commands.run(self._prepared(router, port), command, argv, environment, cwd, descriptors)

    async def _prepared(self, router: str, port: str) -> tuple[Namespace, Path]:
        """The namespace for a command and its /etc/resolv.conf."""
        client = self._world.clients.get((router, port))
        if client is None:
            line = self._world.line(router, port)
            return line.modem.namespace, line.modem.resolv_conf
        await client.ready(self._pinger, self._in_worker)
        return client.namespace, client.resolv_conf

    async def do_signal(self, command: int, signal: int) -> None:
        """Send a signal to a client's command."""
        self._commands.signal(command, signals.Signals(signal))
