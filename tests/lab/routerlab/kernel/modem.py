# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An ISP's modem: the gateway that gives the lease, forwards DNS and translates addresses to its public one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from routerlab.kernel import sysctl
from routerlab.kernel.namespaces import Namespace
from routerlab.kernel.netlink import Netlink
from routerlab.kernel.nftext import run_nft

#: Where the modem asks for names.
UPSTREAM_DNS = "8.8.8.8"


@dataclass
class Switches:
    """What of a provider works."""

    modem: bool = True
    upstream: bool = True
    dhcp: bool = True


class Modem:
    """One provider at one port: devices ``lan`` (towards the router) and ``wan`` (towards the internet)."""

    def __init__(self, isp: Mapping[str, Any], public: str, directory: Path) -> None:
        self.isp = isp
        self.directory = directory
        directory.mkdir(parents=True)
        #: What commands run here see as /etc/resolv.conf.
        self.resolv_conf = directory / "resolv.conf"
        self.resolv_conf.write_text(f"nameserver {UPSTREAM_DNS}\n", encoding="ascii")
        self.public = public
        self.switches = Switches(dhcp=isp["dhcp"])
        self.namespace = Namespace.make(f"modem of {isp['name']}")
        sysctl.write(self.namespace, sysctl.FORWARDING)
        self.netlink = Netlink(self.namespace)

    def configure(self, hosts: list[str], upstream_address: str, upstream_mac: str) -> None:
        """Addresses, the default route, masquerading; ``hosts`` answer in the provider's network."""
        ip = self.netlink.ip
        lan, wan = self.netlink.index("lan"), self.netlink.index("wan")
        length = IPv4Network(self.isp["network"]).prefixlen
        for index in (self.netlink.index("lo"), lan, wan):
            self.netlink.set_up(index, True)
        ip.addr("add", index=lan, address=self.isp["gateway"], prefixlen=length)
        for host in hosts:
            ip.addr("add", index=lan, address=host, prefixlen=32)
        ip.addr("add", index=wan, address=self.public, prefixlen=30)
        ip.route("add", dst="0.0.0.0/0", gateway=upstream_address)
        # The line is dead silently when it is dead: no ARP whose failure would be answered by ICMP errors.
        ip.neigh("add", ifindex=wan, dst=upstream_address, lladdr=upstream_mac, state="permanent")
        run_nft(
            self.namespace,
            'table ip modem { chain nat { type nat hook postrouting priority srcnat; oifname "wan" masquerade; }; }',
        )
        self.switch()

    def switch(self, **changes: bool) -> None:
        """Let parts fail or work again; what is dead drops every frame that comes in, so that nothing answers."""
        for name, works in changes.items():
            setattr(self.switches, name, works)
        state = self.switches
        lan = "" if state.modem and state.dhcp else "udp dport 67 drop;" if state.modem else "drop;"
        wan = "" if state.modem and state.upstream else "drop;"
        run_nft(
            self.namespace,
            "table netdev modem {}; delete table netdev modem; table netdev modem {"
            f' chain lan {{ type filter hook ingress device "lan" priority 0; {lan} }};'
            f' chain wan {{ type filter hook ingress device "wan" priority 0; {wan} }}; }}',
        )

    def dnsmasq(self) -> str:
        """The configuration of its DHCP server (one lease) and DNS forwarder."""
        lines = [
            "interface=lan",
            f"server={UPSTREAM_DNS}",
            # A modem that remembers names would hide a dead upstream.
            "cache-size=0",
            f"dhcp-range={self.isp['address']},{self.isp['address']},{_netmask(self.isp['network'])},{_lease(self.isp)}",
            "dhcp-authoritative",
            # One line, one lease: whoever is at its end, by whatever name, is the same subscriber.
            "dhcp-ignore-clid",
            f"dhcp-option=option:router,{self.isp['gateway']}",
            f"dhcp-option=option:dns-server,{self.isp['gateway']}",
        ]
        return "\n".join(lines) + "\n"


def _netmask(network: str) -> str:
    return str(IPv4Network(network).netmask)


def _lease(isp: Mapping[str, Any]) -> int:
    # dnsmasq gives two minutes at least.
    return max(120, int(isp["lease"]))
