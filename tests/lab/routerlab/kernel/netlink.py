# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One namespace's links, addresses, routes and rules, as plain data over rtnetlink.

Everything here belongs to the agent's worker thread: pyroute2's sockets are bound to the thread that made them.
"""

from __future__ import annotations

import fcntl
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pyroute2.iproute.linux import IPRoute

from routerlab.kernel.namespaces import Namespace

IFF_UP = 0x1
#: The driver sees a carrier (linux/if.h).
IFF_LOWER_UP = 0x10000
_SIOCETHTOOL = 0x8946
#: linux/ethtool.h: the commands that switch one offload each, and only those that matter between two veth ends.
_OFFLOADS = {"tx-checksum": 0x17, "scatter-gather": 0x19, "tso": 0x1F, "gso": 0x24, "gro": 0x2C}


@dataclass(frozen=True)
class Link:
    """A network device as the kernel shows it."""

    index: int
    name: str
    up: bool
    carrier: bool
    mac: str
    mtu: int
    kind: str | None
    master: int | None
    lower: int | None
    vlan_id: int | None
    statistics: dict[str, int]


class Netlink:
    """An rtnetlink socket in a namespace."""

    def __init__(self, namespace: Namespace) -> None:
        self.namespace = namespace
        with namespace.entered():
            self.ip: Any = IPRoute()

    def close(self) -> None:
        """Close the socket."""
        self.ip.close()

    def links(self) -> dict[str, Link]:
        """All devices, by name."""
        return {link.name: link for link in self._links()}

    def _links(self) -> Iterator[Link]:
        for message in self.ip.get_links():
            kind = lower = vlan_id = None
            info = message.get_attr("IFLA_LINKINFO")
            if info is not None:
                kind = info.get_attr("IFLA_INFO_KIND")
                if kind == "vlan":
                    lower = message.get_attr("IFLA_LINK")
                    vlan_id = info.get_attr("IFLA_INFO_DATA").get_attr("IFLA_VLAN_ID")
            counted = message.get_attr("IFLA_STATS64") or {}
            yield Link(
                index=message["index"],
                name=message.get_attr("IFLA_IFNAME"),
                up=bool(message["flags"] & IFF_UP),
                carrier=bool(message["flags"] & IFF_LOWER_UP),
                mac=(message.get_attr("IFLA_ADDRESS") or "").upper(),
                mtu=message.get_attr("IFLA_MTU"),
                kind=kind,
                master=message.get_attr("IFLA_MASTER"),
                lower=lower,
                vlan_id=vlan_id,
                statistics={
                    name: counted.get(name, 0) for name in ("rx_bytes", "rx_packets", "tx_bytes", "tx_packets")
                },
            )

    def index(self, name: str) -> int:
        """The number of a device; raises KeyError."""
        found = self.ip.link_lookup(ifname=name)
        if not found:
            raise KeyError(name)
        return int(found[0])

    def veth(self, name: str, mac: str | None, index: int, peer: Netlink, peer_name: str) -> None:
        """A cable from here to ``peer``; both ends down.

        The kernel numbers the other end, from 2.  ``index`` has to be far from that: of two ends with the same number
        it reports a carrier's loss up to a second late (net/core/link_watch.c takes them for devices without a peer).
        """
        here: dict[str, Any] = {"ifname": name, "index": index, "kind": "veth"}
        if mac is not None:
            here["address"] = mac
        there = {"ifname": peer_name, "net_ns_fd": peer.namespace.descriptor}
        self.ip.link("add", **here, peer=there)

    def set_up(self, index: int, up: bool) -> None:
        """Enable or disable a device."""
        self.ip.link("set", index=index, state="up" if up else "down")

    def notice(self, index: int) -> None:
        """Have the kernel get round to a carrier that changed; until then a device drops what it shall send.

        It does so before it tells of one device (Linux 6.8, net/core/rtnetlink.c); older ones take their time.
        """
        self.ip.link("get", index=index)

    def no_offloads(self, name: str) -> None:
        """Packets leave the device as they would on a wire: with checksums, and never larger than the MTU."""
        with self.namespace.entered(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
            for command in _OFFLOADS.values():
                value = bytearray(struct.pack("=II", command, 0))
                address = _address_of(value)
                fcntl.ioctl(handle, _SIOCETHTOOL, struct.pack("16sP16x", name.encode(), address))


def _address_of(buffer: bytearray) -> int:
    import ctypes

    return ctypes.addressof(ctypes.c_char.from_buffer(buffer))
