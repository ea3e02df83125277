# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's side of a whole lab: one agent for all its routers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from routerlab.kernel.client import Agent
from routerlab.kernel.errors import KernelError
from routerlab.plane.kernel import KernelPlane
from routerlab.state import links

if TYPE_CHECKING:
    from routerlab.model.router import Router
    from routerlab.topology import RouterPlan
    from routerlab.world.site import Isp

log = logging.getLogger(__name__)

#: Names that the lab's internet knows (the address of api.telegram.org is the real one: public DNS).
NAMES = {
    "api.telegram.org": "149.154.167.220",
    "speedtest.cbn.id": "202.158.3.70",
    "www.example.com": "93.184.216.34",
    "example.com": "93.184.216.34",
    "one.one.one.one": "1.1.1.1",
    "dns.google": "8.8.8.8",
}
#: The certificate of the internet's servers; no router can be called that, because of the dot.
INTERNET = "public.internet"
#: Agent's answers to what takes time carry the request's number.
_ANSWERS = frozenset({"answer", "fetched", "resolved"})


class KernelWorld:
    """Starts the agent, hands each router its events, and tells it what the sites' switches say."""

    def __init__(self, spawn: Callable[[Coroutine[Any, Any, None]], object], died: Callable[[str], None]) -> None:
        self.spawn = spawn
        self._died = died
        self._agent: Agent | None = None
        self._routers: dict[str, Router] = {}
        self._planes: dict[str, KernelPlane] = {}
        self._numbers = count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._told: dict[tuple[str, ...], Any] = {}
        self.authority = Path()

    @property
    def agent(self) -> Agent:
        """The running agent."""
        if self._agent is None:
            raise KernelError("the data plane has not been started")
        return self._agent

    def plane(self, name: str) -> KernelPlane:
        """The plane for a router that is about to be made."""
        return self._planes.setdefault(name, KernelPlane(self, name))

    def start(self, routers: Mapping[str, Router], plans: tuple[RouterPlan, ...], directory: Path, tls: Path) -> None:
        """Wire the world; raises KernelUnavailable or KernelError.  ``tls`` is the folder of certificates."""
        self._routers = dict(routers)
        self.authority = tls / "ca.pem"
        document = {
            "directory": str(directory),
            "routers": [_router(plan, routers[plan.name]) for plan in plans],
            "internet": {
                "names": NAMES,
                "config": {
                    "tls": {"cert": str(tls / f"{INTERNET}.crt"), "key": str(tls / f"{INTERNET}.key")},
                    "telegram": {"bots": None},
                },
            },
        }
        self._agent = Agent.start(document, self._event)
        self._told = {key: value for router in routers.values() for key, value in self._switches(router).items()}
        self._agent.attach(asyncio.get_running_loop())

    def stop(self) -> None:
        """End the agent and with it everything it made."""
        if self._agent is not None:
            self._agent.close()
            self._agent = None
        for waiting in self._waiting.values():
            waiting.cancel()

    def reset(self, name: str) -> None:
        """A router's namespace in its factory state."""
        self._planes[name].reset(self._routers[name])

    def flush(self, router: Router) -> None:
        """Bring a router's namespace up to what its rows say."""
        self._planes[router.name].flush(router)

    async def ask_later(self, method: str, **params: Any) -> dict[str, Any]:
        """Call a method whose answer comes as an event; raises KernelError."""
        number = next(self._numbers)
        waiting: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = waiting
        try:
            self.agent.call(method, id=number, **{name: value for name, value in params.items() if value is not None})
            answer = await waiting
        finally:
            self._waiting.pop(number, None)
        if "unforeseen" in answer:
            raise KernelError(answer["unforeseen"])
        return answer

    def _event(self, event: dict[str, Any]) -> None:
        kind = event["event"]
        if kind in _ANSWERS:
            waiting = self._waiting.get(event["id"])
            if waiting is not None and not waiting.done():
                waiting.set_result(event)
        elif kind in ("died", "internet-died"):
            self._died(event["reason"])
        elif event.get("router") in self._routers:
            self._planes[event["router"]].take(self._routers[event["router"]], event)
        else:
            log.info("data plane: %s", event)

    def uplink(self, router: str, port: str) -> str | None:
        """The address that the internet sees of what leaves through a port's provider."""
        found = self.agent.world["uplinks"].get(router, {}).get(port)
        return None if found is None else str(found)

    def tell_site(self, router: Router) -> None:
        """Tell the agent which cables, providers and hosts were switched since the last time; raises KernelError."""
        for key, value in self._switches(router).items():
            if key in self._told and self._told[key] == value:
                continue
            if key[0] == "link":
                self.agent.call("link", router=key[1], port=key[2], up=value)
            elif key[0] == "isp":
                modem, upstream, dhcp = value
                self.agent.call("isp", router=key[1], port=key[2], modem=modem, upstream=upstream, dhcp=dhcp)
            # Only what was taken is told: what was not is told again.
            self._told[key] = value
        dead = {str(address) for each in self._routers.values() for address in each.site.dead_hosts}
        for address in dead ^ self._told.get(("dead",), set()):
            self.agent.call("host", address=address, up=address not in dead)
        self._told[("dead",)] = dead

    @staticmethod
    def _switches(router: Router) -> dict[tuple[str, ...], Any]:
        site = router.site
        found: dict[tuple[str, ...], Any] = {
            ("link", router.name, port): port not in site.unplugged for port in site.ports
        }
        for port, isp in site.isps.items():
            found["isp", router.name, port] = (isp.gateway_up, isp.upstream_up, isp.dhcp)
        return found


def _router(plan: RouterPlan, router: Router) -> dict[str, Any]:
    site = router.site
    rows = [row for row in router.tables["interface"] if row.facts["type"] == "ether"]
    return {
        "name": plan.name,
        "ports": [{"name": row.facts["default-name"], "mac": links.mac_of(router, row)} for row in rows],
        "unplugged": sorted(site.unplugged),
        "hosts": sorted(map(str, site.hosts)),
        "isps": [_isp(isp) for isp in site.isps.values()],
    }


def _isp(isp: Isp) -> dict[str, Any]:
    return {
        "name": isp.name,
        "port": isp.port,
        "network": str(isp.network),
        "gateway": str(isp.gateway),
        "address": str(isp.address),
        "lease": isp.lease_seconds,
        "dhcp": isp.dhcp,
        "down": isp.down,
        "up": isp.up,
        "delay": isp.delay,
    }
