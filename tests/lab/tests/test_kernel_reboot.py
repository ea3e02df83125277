# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A reboot of a router that carries packets: none pass until it is back, and what it knew of them is forgotten."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

from routerlab.lab import LabError
from routerlab.model.router import BOOT
from routerlab.testing import Lab, router, wait_until
from routerlab.wire import Wire

ROWS = """
/ip dhcp-client add interface=ether1
/ip address add address=172.16.10.1/24 interface=ether2
/ip firewall nat add chain=srcnat action=masquerade out-interface=ether1
/ip firewall mangle add chain=forward protocol=tcp action=add-dst-to-address-list address-list=seen
/ip pool add name=lan ranges=172.16.10.10-172.16.10.20
/ip dhcp-server add name=lan interface=ether2 address-pool=lan disabled=no
/ip dhcp-server network add address=172.16.10.0/24 gateway=172.16.10.1 dns-server=8.8.8.8
"""


def passes(lab: Lab) -> bool:
    """Whether a client reaches servers."""
    try:
        return lab.flows("r", "ether2", "--count", "3", "--timeout", "0.5").get("ether1") == 3
    except LabError:
        # It could not even begin, without an address.
        return False


def test_a_reboot_of_a_router_that_carries_packets() -> None:
    provider = {
        "name": "ISP",
        "port": "ether1",
        "network": IPv4Network("192.168.40.0/24"),
        "gateway": IPv4Address("192.168.40.1"),
        "address": IPv4Address("192.168.40.2"),
    }
    with Lab(kernel=True, routers=[router("r", "7.22.3", "RB750Gr3", isps=(provider,))]) as lab:
        lab.seed("r", ROWS)
        wait_until("packets pass", lambda: passes(lab))
        with Wire(lab.port("r")) as line:
            line.login()
            assert {row["list"] for row in line.rows("/ip/firewall/address-list/print")} == {"seen"}
            assert line.rows("/ip/firewall/connection/print", "?protocol=tcp")
        lab.call("r", lambda box: box.reboot())
        lab.flush()
        assert not passes(lab)
        lab.advance(BOOT)
        lab.wait_ports()
        lab.flush()
        with Wire(lab.port("r")) as line:
            line.login()
            assert line.rows("/ip/firewall/connection/print", "?protocol=tcp") == []
            assert line.rows("/ip/firewall/address-list/print") == []
        wait_until("packets pass again", lambda: passes(lab))
