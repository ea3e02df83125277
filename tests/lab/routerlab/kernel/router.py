# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A router's namespace, and its kernel's part of what the router is."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from typing import Any

from pyroute2.netlink.rtnl import RTMGRP_LINK
from pyroute2.netlink.rtnl.marshal import MarshalRtnl

from routerlab.kernel import sysctl
from routerlab.kernel.addresses import addresses, apply_addresses
from routerlab.kernel.links import apply_links
from routerlab.kernel.namespaces import Namespace
from routerlab.kernel.netlink import IFF_LOWER_UP, Netlink
from routerlab.kernel.routes import apply_routes, routes
from routerlab.kernel.rules import apply_rules, rules

#: A router of which nothing is desired: down, bare, open.
BARE: Mapping[str, Any] = {}


class RouterSpace:
    """One router in the kernel; ``ports`` are its ethernet devices once they are wired."""

    def __init__(self, name: str, ports: frozenset[str]) -> None:
        self.name = name
        self.ports = ports
        self.namespace = Namespace.make(f"router {name}")
        sysctl.write(self.namespace, sysctl.ROUTER)
        self.netlink = Netlink(self.namespace)
        self.netlink.set_up(self.netlink.index("lo"), True)
        apply_rules(self.netlink, (), lambda problem: None)

    def apply(
        self,
        desired: Mapping[str, Any],
        problem: Callable[[str], None],
        changed: Callable[[str], None] = lambda port: None,
    ) -> None:
        """Links, addresses, rules and routes become what is desired; what cannot be is told to ``problem``.

        ``changed`` is called with each port that changed.
        """
        for port in apply_links(self.netlink, desired, self.ports, problem) & self.ports:
            changed(port)
        apply_addresses(self.netlink, desired.get("addresses", {}), problem)
        apply_rules(self.netlink, desired.get("rules", ()), problem)
        apply_routes(self.netlink, desired.get("routes", ()), problem)

    def interfaces(self) -> dict[str, dict[str, int]]:
        """Counters of every device: rx_bytes, rx_packets, tx_bytes, tx_packets."""
        return {name: link.statistics for name, link in self.netlink.links().items()}

    def state(self) -> dict[str, Any]:
        """Links, addresses, routes and rules as they are, written like the desired state."""
        links = self.netlink.links()
        names = {link.index: name for name, link in links.items()}
        located: dict[str, list[str]] = {}
        for index, text in sorted(addresses(self.netlink)):
            located.setdefault(names[index], []).append(text)
        return {
            "links": {
                name: {
                    "up": link.up,
                    "carrier": link.carrier,
                    "mac": link.mac,
                    "mtu": link.mtu,
                    "kind": link.kind,
                    "master": names.get(link.master) if link.master is not None else None,
                }
                for name, link in links.items()
            },
            "addresses": located,
            "routes": [
                {
                    "table": route.table,
                    "dst": route.destination,
                    "metric": route.metric,
                    "type": route.type,
                    "pref_src": route.pref_src,
                    "hops": [{"dev": names[device], "via": gateway} for device, gateway in route.hops],
                }
                for route in sorted(routes(self.netlink), key=str)
            ],
            "rules": [
                {
                    "priority": rule.priority,
                    "mark": rule.mark,
                    "mask": rule.mask,
                    "table": rule.table,
                    "src": rule.source,
                    "dst": rule.destination,
                    "iif": rule.iif,
                    "action": rule.action,
                }
                for rule in sorted(rules(self.netlink), key=lambda rule: (rule.priority, str(rule)))
            ],
        }

    def carriers(self) -> dict[str, bool]:
        """Port -> whether its link is there now."""
        return {name: link.carrier for name, link in self.netlink.links().items() if name in self.ports}


class CarrierWatch:
    """Tells of every change of a port's carrier, from the kernel's own events.

    ``changed(port, up)`` is called from ``read``; ``overrun`` is called when the kernel had to drop events: then
    the carriers must be read anew and given to ``compare``.
    """

    def __init__(self, router: RouterSpace, changed: Callable[[str, bool], None], overrun: Callable[[], None]) -> None:
        self._ports = router.ports
        self._changed = changed
        self._overrun = overrun
        self._known = dict.fromkeys(router.ports, False)
        self._marshal = MarshalRtnl()
        with router.namespace.entered():
            self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        self.socket.setblocking(False)
        self.socket.bind((0, RTMGRP_LINK))

    def read(self) -> None:
        """Take what is there."""
        while True:
            try:
                data = self.socket.recv(1 << 16)
            except BlockingIOError:
                return
            except OSError:
                # ENOBUFS: more happened than the socket holds.
                self._overrun()
                return
            for message in self._marshal.parse(data):
                if message["header"]["type"] in (16, 17):
                    self.compare({message.get_attr("IFLA_IFNAME"): bool(message["flags"] & IFF_LOWER_UP)})

    def told(self, port: str) -> bool:
        """What was told of a port last."""
        return self._known[port]

    def compare(self, carriers: Mapping[str, bool]) -> None:
        """Tell what differs from what was told last."""
        for port, up in carriers.items():
            if port in self._known and self._known[port] != up:
                self._known[port] = up
                self._changed(port, up)
