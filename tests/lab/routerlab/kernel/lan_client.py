# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is plugged into a router's port that has no provider: a computer that gets its address by DHCP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from routerlab.kernel import sysctl
from routerlab.kernel.addresses import apply_addresses
from routerlab.kernel.dhcp_client import DhcpClients
from routerlab.kernel.errors import KernelError
from routerlab.kernel.icmp import Pinger
from routerlab.kernel.namespaces import Namespace
from routerlab.kernel.netlink import Netlink
from routerlab.kernel.routes import apply_routes

DEVICE = "eth0"
_MAIN_TABLE = 254
#: Seconds to wait for a lease; a server that is there answers within tenths.
_LEASE_WAIT = 6.0
_GATEWAY_WAIT = 0.5
#: After every route that a lease brings.
_LAST_METRIC = 1000

InWorker = Callable[..., Any]


class LanClient:
    """One client; its processes and its lease come with the first command that needs them."""

    def __init__(self, router: str, port: str, hosts: list[str], directory: Path) -> None:
        self.where = f"{router} {port}"
        self.name = f"client-{port}"
        self.hosts = hosts
        self.directory = directory
        self.namespace = Namespace.make(f"client at {self.where}")
        sysctl.write(self.namespace, sysctl.CLIENT)
        self.netlink = Netlink(self.namespace)
        self.netlink.set_up(self.netlink.index("lo"), True)
        self.plugged = False
        self.lease: dict[str, Any] | None = None
        self._dhcp: DhcpClients | None = None
        self._changed = asyncio.Event()
        self._asking = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def resolv_conf(self) -> Path:
        """The file that its commands see as /etc/resolv.conf."""
        return self.directory / "resolv.conf"

    def configure(self, lease: Mapping[str, Any] | None) -> None:
        """Address, routes and name servers of a lease (in the worker); without one only the hosts remain."""
        addresses = {"lo": [f"{host}/32" for host in self.hosts]}
        routes: list[dict[str, Any]] = []
        if self.hosts and self.plugged:
            # They are on the same wire as whoever asks.
            routes.append(_route("0.0.0.0/0", None, _LAST_METRIC, self.hosts[0]))
        if lease is not None and self.plugged:
            addresses[DEVICE] = [lease["address"]]
            if lease["routes"]:
                # RFC 3442: with classless routes the router option does not count.
                routes += [_route(to, via if via != "0.0.0.0" else None) for to, via in lease["routes"]]
            elif lease["gateway"] is not None:
                routes.append(_route("0.0.0.0/0", lease["gateway"]))
            lines = [f"nameserver {server}\n" for server in lease["dns"]]
            if lease["domain"]:
                lines.append(f"search {lease['domain']}\n")
            self.directory.mkdir(parents=True, exist_ok=True)
            self.resolv_conf.write_text("".join(lines), encoding="ascii")
        problems: list[str] = []
        apply_addresses(self.netlink, addresses, problems.append)
        apply_routes(self.netlink, routes, problems.append)
        if problems:
            raise KernelError(f"client at {self.where}: {'; '.join(problems)}")

    def plug(self, up: bool) -> None:
        """Put the cable in or pull it (in the worker)."""
        self.netlink.set_up(self.netlink.index(DEVICE), up)
        self.plugged = up
        self.configure(self.lease)

    async def ready(self, pinger: Pinger, in_worker: InWorker) -> None:
        """Have a lease whose gateway is there; raises KernelError when none is to be had."""
        async with self._asking:
            if not await in_worker(self._linked):
                raise KernelError(f"there is no link at {self.where}: no cable, or the router's port is disabled")
            if self.lease is not None and await self._holds(pinger):
                return
            if self._dhcp is None:
                self._dhcp = DhcpClients(self.namespace, partial(self._told, in_worker), self.directory)
                self._dhcp.apply({"lan": {"dev": DEVICE, "hostname": self.name}})
            elif self.lease is not None:
                # That it is lost will be told a moment later, when the next one is waited for already.
                self.lease = None
                self._dhcp.restart("lan")
            try:
                async with asyncio.timeout(_LEASE_WAIT):
                    while self.lease is None:
                        self._changed.clear()
                        await self._changed.wait()
            except TimeoutError:
                self.forget()
                raise KernelError(f"the client at {self.where} got no DHCP lease within {_LEASE_WAIT:g} s") from None

    def _linked(self) -> bool:
        return self.netlink.links()[DEVICE].carrier

    async def _holds(self, pinger: Pinger) -> bool:
        """Whether the lease is still good for something: the gateway answers for its address."""
        gateway = self.lease["gateway"] if self.lease is not None else None
        if gateway is None:
            return self.lease is not None
        return (await pinger.arp_ping(self.namespace, DEVICE, gateway, _GATEWAY_WAIT)).answered

    def _told(self, in_worker: InWorker, event: dict[str, Any]) -> None:
        if event["state"] in ("bound", "renewed"):
            self._later(self._take(in_worker, event))
        elif event["state"] == "lost":
            self._later(self._take(in_worker, None))

    def _later(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _take(self, in_worker: InWorker, lease: dict[str, Any] | None) -> None:
        await in_worker(self.configure, lease)
        self.lease = lease
        self._changed.set()

    def forget(self) -> None:
        """End the DHCP client; the lease is not given back."""
        if self._dhcp is not None:
            self._dhcp.close()
            self._dhcp = None
        self.lease = None


def _route(to: str, via: str | None, metric: int = 0, source: str | None = None) -> dict[str, Any]:
    return {
        "table": _MAIN_TABLE,
        "dst": to,
        "metric": metric,
        "type": "unicast",
        "pref_src": source,
        "hops": [{"dev": DEVICE, "via": via}],
    }
