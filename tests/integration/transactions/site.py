# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the roles ask for at the head office, and at a head office that is to be another."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ..run import ROOT, playbook

ROLES = ("interfaces", "failover_routes", "dhcp", "nat", "pcc_mangle", "netwatch_telegram")

#: Another plan for one LAN, a LAN without DHCP, two LANs in another order, a third link, other weights, another host to
#: watch, other name servers, a network that is not balanced: additions, settings, moves and removals in many menus.
CHANGED: dict[str, Any] = {
    "site_wans": [
        {
            "name": "ISP1",
            "interface": "ether1",
            "comment": "Fiberstar",
            "dhcp": True,
            "network": "192.168.40.0/24",
            "gateway": "192.168.40.1",
            "connection_mark": "ISP-1",
            "weight": 2,
        },
        {
            "name": "ISP2",
            "interface": "ether2",
            "comment": "Maxindu 2",
            "dhcp": True,
            "network": "192.168.20.0/24",
            "gateway": "192.168.20.1",
            "connection_mark": "ISP-2",
            "monitor_host": "192.168.20.9",
        },
        {
            "name": "ISP3",
            "interface": "ether3",
            "comment": "Biznet",
            "address": "203.0.113.2/30",
            "gateway": "203.0.113.1",
        },
    ],
    "site_lans": [
        {
            "name": "LAN-Lt.2",
            "interface": "ether7",
            "comment": "LAN Lantai 2",
            "address": "172.16.20.1/24",
            "dns": ["192.168.20.1", "192.168.40.1"],
        },
        {
            "name": "LAN-Lt.1",
            "interface": "ether6",
            "comment": "LAN Lantai 1",
            "address": "172.16.10.1/24",
            "lease_time": "1h",
        },
        {
            "name": "LAN-Lt.3",
            "interface": "ether8",
            "comment": "LAN Lantai 3",
            "address": "172.16.64.1/22",
            "dns": ["192.168.20.1", "192.168.40.1"],
        },
        {
            "name": "LAN-Server",
            "interface": "ether9",
            "comment": "LAN Ruangan Server",
            "address": "10.10.0.1/24",
            "dhcp": False,
        },
    ],
    "site_dns": ["9.9.9.9", "8.8.4.4"],
    "site_bypass": ["10.99.0.0/24"],
}


@dataclass(frozen=True)
class Asked:
    """What one task asks for: options of the module config."""

    scope: str
    menus: dict[str, Any]
    state: str = "overridden"


@cache
def head_office(changed: bool = False) -> tuple[Asked, ...]:
    """The roles' templates, rendered by ansible-playbook with the variables that site.yml gives them."""
    tasks = [
        {
            "name": role,
            "ansible.builtin.debug": {
                "msg": f"{{{{ lookup('ansible.builtin.template', '{ROOT}/roles/{role}/templates/{role}.rsc.j2')"
                " | multiwan.routeros.from_rsc }}"
            },
        }
        for role in ROLES
    ]
    play = {
        "name": "Render",
        "hosts": "hq",
        "gather_facts": False,
        "vars_files": [f"{ROOT}/roles/{role}/defaults/main.yml" for role in ROLES],
        "tasks": tasks,
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "play.yml").write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
        (folder / "changed.json").write_text(json.dumps(CHANGED if changed else {}), encoding="utf-8")
        run = playbook(
            folder / "play.yml", ["inventories/lab/hosts.yml"], folder, "--extra-vars", f"@{folder}/changed.json"
        )
    assert run.status == 0, run.output
    rendered = [event for event in run.events if event["kind"] == "ok"]
    assert [event["task"] for event in rendered] == list(ROLES)
    return tuple(Asked(f"{event['task']}:", event["result"]["msg"]) for event in rendered)
