# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is on a router before the examples of a module are tried: what they refer to, and no more."""

from __future__ import annotations

PORTS = """\
/interface ethernet set [ find default-name=ether1 ] name=ISP1
/interface ethernet set [ find default-name=ether2 ] name=ISP2
/interface ethernet set [ find default-name=ether6 ] name=LAN-Lt.1
/interface ethernet set [ find default-name=ether7 ] name=LAN-Lt.2
"""
TABLES = """\
/routing table add name=to-ISP1 fib
/routing table add name=to-ISP2 fib
"""

BEFORE = {
    "config": PORTS,
    "dhcp_client": PORTS + TABLES,
    "dhcp_server": PORTS + "/ip pool add name=pool-LAN-Lt.1 ranges=172.16.10.2-172.16.10.254\n",
    "facts": "/ip dhcp-client add interface=ether1\n",
    "firewall_mangle": PORTS + TABLES,
    "firewall_nat": PORTS,
    "interface_list_member": PORTS + "/interface list add name=WAN\n",
    "ip_address": PORTS,
    "ip_pool": "/ip pool add name=pool-guests ranges=172.16.90.2-172.16.90.254\n",
    "ip_route": TABLES,
}
"""RouterOS text by module; the others' examples need nothing."""

AS_A_WHOLE = {"transaction": "what stands between begin and commit belongs together"}
"""Plugins whose examples are repeated as a whole, with the reason; those of others are repeated task by task."""

WORKING = ("transaction", "verify")
"""Modules whose examples speak of a site that works: that of the head office."""
