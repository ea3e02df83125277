# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The world: routers, what is plugged into their ports, the providers' lines and the internet.

The document that it is made from::

    {"directory": "/path",                                  # a place for small files, on a file system of the agent's own
     "routers": [{"name": "hq",
                  "ports": [{"name": "ether1", "mac": "48:..."}],
                  "unplugged": ["ether3"],
                  "hosts": ["172.16.10.9"],                 # addresses that answer at the LAN ports or in an ISP's network
                  "isps": [{"name": "Fiberstar", "port": "ether1", "network": "192.168.40.0/24",
                            "gateway": "192.168.40.1", "address": "192.168.40.2", "lease": 3600, "dhcp": true,
                            "down": 38000000 | null, "up": 34000000 | null,      # bits a second
                            "delay": 0.008 | null}]}],                           # seconds, one way
     "internet": {"names": {"api.telegram.org": "149.154.167.220"}, "config": {...} | null}}

``config`` is what the internet's servers (``routerlab.internet``) are started with; with null there are none.
Everything here runs in the agent's worker thread.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

from routerlab.kernel.dnsmasq import Dnsmasq
from routerlab.kernel.errors import KernelError
from routerlab.kernel.internet import Internet, line_addresses, line_macs
from routerlab.kernel.lan_client import DEVICE, LanClient
from routerlab.kernel.modem import Modem
from routerlab.kernel.namespaces import Namespace
from routerlab.kernel.netlink import Netlink
from routerlab.kernel.relay import Relay
from routerlab.kernel.router import RouterSpace
from routerlab.kernel.shaping import shape

_DNSMASQS_AT_ONCE = 4


@dataclass
class Line:
    """A provider's modem at a port and its device in the internet."""

    modem: Modem
    device: str
    dnsmasq: Dnsmasq


class World:
    """Everything that is wired; see the module for ``document``."""

    def __init__(self, document: Mapping[str, Any], loop: Any) -> None:
        self._loop = loop
        self._indexes = itertools.count(10_000)
        self._numbers = itertools.count(1)
        self.directory = Path(document["directory"])
        self.internet = Internet(document["internet"])
        self.routers: dict[str, RouterSpace] = {}
        self.lines: dict[tuple[str, str], Line] = {}
        self.clients: dict[tuple[str, str], LanClient] = {}
        self._relayed: list[tuple[str, str, float]] = []
        self._relay_namespace = Namespace.current("lines")
        self._relay_netlink = Netlink(self._relay_namespace)
        for router in document["routers"]:
            self._router(router)
        self.relay = Relay(self._relay_namespace, self._relayed) if self._relayed else None
        self._names = Dnsmasq(self.internet.namespace, self.directory / "internet", lambda event: None, loop)
        with ThreadPoolExecutor(_DNSMASQS_AT_ONCE) as pool:
            started = [pool.submit(self._names.apply, self.internet.dnsmasq())]
            started += [pool.submit(line.dnsmasq.apply, line.modem.dnsmasq()) for line in self.lines.values()]
        for one in started:
            one.result()

    def uplinks(self) -> dict[str, dict[str, str]]:
        """Router -> port -> the provider's public address."""
        found: dict[str, dict[str, str]] = {name: {} for name in self.routers}
        for (router, port), line in self.lines.items():
            found[router][port] = line.modem.public
        return found

    def _router(self, plan: Mapping[str, Any]) -> None:
        name = plan["name"]
        router = RouterSpace(name, frozenset(port["name"] for port in plan["ports"]))
        self.routers[name] = router
        isps = {isp["port"]: isp for isp in plan["isps"]}
        homes = [IPv4Network(isp["network"]) for isp in plan["isps"]]
        local = [host for host in plan["hosts"] if not any(IPv4Address(host) in home for home in homes)]
        for port in plan["ports"]:
            plugged = port["name"] not in plan["unplugged"]
            isp = isps.get(port["name"])
            if isp is not None:
                hosts = [host for host in plan["hosts"] if IPv4Address(host) in IPv4Network(isp["network"])]
                self._line(router, port, isp, hosts, plugged)
            else:
                self._client(router, port, local, plugged)

    def _client(self, router: RouterSpace, port: Mapping[str, Any], hosts: list[str], plugged: bool) -> None:
        client = LanClient(router.name, port["name"], hosts, self.directory / f"{router.name}-{port['name']}")
        self.clients[router.name, port["name"]] = client
        self._cable(router, port, client.netlink, DEVICE)
        client.plug(plugged)

    def _cable(self, router: RouterSpace, port: Mapping[str, Any], far: Netlink, device: str) -> None:
        router.netlink.veth(port["name"], port["mac"], next(self._indexes), far, device)

    def _line(
        self, router: RouterSpace, port: Mapping[str, Any], isp: Mapping[str, Any], hosts: list[str], plugged: bool
    ) -> None:
        number = next(self._numbers)
        device = f"line{number}"
        (ours, public), (our_mac, modem_mac) = line_addresses(number), line_macs(number)
        modem = Modem(isp, public, self.directory / f"{router.name}-{port['name']}")
        self._cable(router, port, modem.netlink, "lan")
        if isp.get("delay"):
            # Through the relay, which holds every frame for a while.
            here, there = f"a{number}", f"b{number}"
            for netlink, name, mac, near in (
                (modem.netlink, "wan", modem_mac, here),
                (self.internet.netlink, device, our_mac, there),
            ):
                netlink.veth(name, mac, next(self._indexes), self._relay_netlink, near)
                netlink.no_offloads(name)
                self._relay_netlink.set_up(self._relay_netlink.index(near), True)
            self._relayed.append((here, there, float(isp["delay"])))
        else:
            modem.netlink.veth("wan", modem_mac, next(self._indexes), self.internet.netlink, device)
            self.internet.netlink.ip.link("set", index=self.internet.netlink.index(device), address=our_mac)
        shape(modem.netlink, "wan", isp.get("up"))
        shape(self.internet.netlink, device, isp.get("down"))
        modem.configure(hosts, ours, our_mac)
        self.internet.connect(device, number)
        if not plugged:
            modem.netlink.set_up(modem.netlink.index("lan"), False)
        dnsmasq = Dnsmasq(modem.namespace, modem.directory, lambda event: None, self._loop)
        self.lines[router.name, port["name"]] = Line(modem, device, dnsmasq)

    def link(self, router: str, port: str, up: bool) -> None:
        """Put the cable of a port in or pull it."""
        if (router, port) in self.clients:
            self.clients[router, port].plug(up)
        else:
            modem = self.line(router, port).modem
            modem.netlink.set_up(modem.netlink.index("lan"), up)
        netlink = self.router(router).netlink
        link = netlink.links()[port]
        for index in (link.index, link.master):
            if index is not None:
                netlink.notice(index)

    def notice(self, router: str, port: str) -> None:
        """Have what is at the other end of a port's cable notice that the port came or went."""
        client = self.clients.get((router, port))
        far, device = (self.line(router, port).modem.netlink, "lan") if client is None else (client.netlink, DEVICE)
        far.notice(far.index(device))

    def line(self, router: str, port: str) -> Line:
        """The provider at a port; raises KernelError."""
        if (router, port) not in self.lines:
            raise KernelError(f"there is no provider at {port} of {router}")
        return self.lines[router, port]

    def isp(self, router: str, port: str, changes: Mapping[str, bool]) -> None:
        """Let a provider's ``modem``, ``upstream`` or ``dhcp`` fail or work again."""
        line = self.line(router, port)
        line.modem.switch(**changes)
        self.internet.line(line.device, line.modem.switches.modem and line.modem.switches.upstream)

    def router(self, name: str) -> RouterSpace:
        """The router of that name; raises KernelError."""
        if name not in self.routers:
            raise KernelError(f"there is no router {name}")
        return self.routers[name]
