# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The internet: one namespace that every public address belongs to, and the lines to the providers' modems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from routerlab.kernel import sysctl
from routerlab.kernel.namespaces import Namespace
from routerlab.kernel.netlink import Netlink
from routerlab.kernel.nftext import run_nft

_LOCAL_TABLE, _MAIN_TABLE = 255, 254
_LOCAL, _UNREACHABLE, _THROW = 2, 7, 9
_HOST_SCOPE = 254
#: The providers' lines (RFC 2544's benchmark networks, which nobody has at home).
LINES = "198.18.0.0/15"
#: What no provider carries (RFC 1918, 6598, 3927, 1112).
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "240.0.0.0/4")


def line_addresses(number: int) -> tuple[str, str]:
    """The internet's and the modem's address of the n-th line, from 1: a /30 each."""
    network = f"198.{18 + number // 256}.{number % 256}"
    return f"{network}.1", f"{network}.2"


def line_macs(number: int) -> tuple[str, str]:
    """The internet's and the modem's MAC address of the n-th line, from 1."""
    line = f"02:00:00:{number >> 8:02X}:{number & 255:02X}"
    return f"{line}:01", f"{line}:02"


class Internet:
    """AnyIP: every address is local unless a line's or nobody's."""

    def __init__(self, world: Mapping[str, Any]) -> None:
        self.world = world
        self.namespace = Namespace.make("internet")
        sysctl.write(self.namespace, sysctl.INTERNET)
        self.netlink = Netlink(self.namespace)
        ip, lo = self.netlink.ip, self.netlink.index("lo")
        self.netlink.set_up(lo, True)
        # A rule of one's own keeps the kernel from looking at local and main as one table.
        ip.rule("add", priority=32000, table=_MAIN_TABLE, action=1)
        # In the local table: only addresses that are there may be a socket's source.
        ip.route("add", dst=LINES, table=_LOCAL_TABLE, type=_THROW)
        for network in _PRIVATE:
            ip.route("add", dst=network, table=_LOCAL_TABLE, type=_UNREACHABLE)
        ip.route("add", dst="0.0.0.0/0", oif=lo, table=_LOCAL_TABLE, type=_LOCAL, scope=_HOST_SCOPE)
        run_nft(
            self.namespace,
            "table ip internet { set dead { type ipv4_addr; };"
            " chain arriving { type filter hook prerouting priority raw; ip daddr @dead drop; }; }",
        )
        self._dead: set[str] = set()

    def connect(self, device: str, number: int) -> None:
        """Addresses for the n-th line, whose end here is ``device``."""
        ours, theirs = line_addresses(number)
        index = self.netlink.index(device)
        self.netlink.set_up(index, True)
        self.netlink.ip.addr("add", index=index, address=ours, prefixlen=30)
        self.netlink.ip.neigh("add", ifindex=index, dst=theirs, lladdr=line_macs(number)[1], state="permanent")
        self.line(device, True)

    def line(self, device: str, works: bool) -> None:
        """Whether what comes from a provider is taken."""
        run_nft(
            self.namespace,
            f"table netdev {device} {{}}; delete table netdev {device}; table netdev {device} {{"
            f' chain arriving {{ type filter hook ingress device "{device}" priority 0; {"" if works else "drop;"} }}; }}',
        )

    def host(self, address: str, up: bool) -> None:
        """Whether an address answers."""
        if up != (address in self._dead):
            return
        run_nft(self.namespace, f"{'delete' if up else 'add'} element ip internet dead {{ {address} }}")
        (self._dead.discard if up else self._dead.add)(address)

    def dnsmasq(self) -> str:
        """The configuration of the name server that answers at every address: nobody knows any other names."""
        names = self.world.get("names", {})
        known = "".join(f"host-record={name},{address}\n" for name, address in names.items())
        return f"{known}local=/#/\ncache-size=0\n"
