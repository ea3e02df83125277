# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes that lock their own author out, by what they do."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Interface

from routerlab.testing import router
from routerlab.topology import RouterPlan
from routerlab.world.site import Management

from .site import Asked

PORT = "ether5"
HOME = Management(PORT, IPv4Interface("192.168.88.1/24"), IPv4Address("192.168.88.10"))
"""Where the manager sits, and the address that the router has for him."""

DROP = {"chain": "input", "protocol": "tcp", "dst-port": "8728", "action": "drop", "comment": "cut: drop"}
WITHOUT_API = "read,write,policy,test,password,sensitive,ssh,reboot"

CUTS = {
    "another address": Asked(
        "", {"ip address": [{"address": "192.168.99.1/24", "interface": PORT, "comment": "cut: address"}]}
    ),
    "no address": Asked("", {"ip address": []}),
    "a filter that drops": Asked("cut:", {"ip firewall filter": [DROP]}),
    "a filter that rejects": Asked(
        "cut:", {"ip firewall filter": [DROP | {"action": "reject", "reject-with": "tcp-reset"}]}
    ),
    "the service disabled": Asked("", {"ip service": [{"name": "api", "disabled": "yes"}]}, "merged"),
    "the service at another port": Asked("", {"ip service": [{"name": "api", "port": "8738"}]}, "merged"),
    "the service for others": Asked("", {"ip service": [{"name": "api", "address": "10.0.0.0/8"}]}, "merged"),
    "the interface disabled": Asked("", {"interface ethernet": [{"default-name": PORT, "disabled": "yes"}]}, "merged"),
    "the user may not use the API": Asked("", {"user group": [{"name": "full", "policy": WITHOUT_API}]}, "merged"),
    "the user may come from elsewhere": Asked("", {"user": [{"name": "admin", "address": "10.0.0.0/8"}]}, "merged"),
}

#: What comes along with each cut, so that more than the cut has to be taken back.
COMPANY = (
    Asked("cut:", {"ip pool": [{"name": "p", "ranges": "10.9.0.2-10.9.0.9", "comment": "cut: pool"}]}),
    Asked(
        "cut:",
        {"ip firewall mangle": [{"chain": "prerouting", "action": "accept", "comment": f"cut: {n}"} for n in range(3)]},
    ),
)


def managed(name: str, version: str) -> RouterPlan:
    """A router whose manager comes in by a port of its."""
    return router(name, version, "RB750Gr3", management=HOME)
