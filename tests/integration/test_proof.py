# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a site has to prove before its change is confirmed, with packets: from factory default, and when it does not hold."""

from __future__ import annotations

import json
from pathlib import Path

from routerlab.testing import Lab

from .conftest import Sites

PROOF = {
    "menus": {
        "ip route": [{"comment": "failover_routes: main ISP1", "active": True}],
        "ip dhcp-client": [{"interface": "ISP1", "status": "bound"}, {"interface": "ISP2", "status": "bound"}],
    },
    "ping": [
        {"address": "192.168.40.1", "interface": "ISP1"},
        {"address": "192.168.20.1", "interface": "ISP2"},
        {"address": "8.8.8.8", "received": 2},
    ],
}


def test_links_prove_themselves_before_the_change_is_confirmed(kernel_lab: Lab, tmp_path: Path) -> None:
    kernel_lab.speed(1)
    kernel_lab.reset()
    sites = Sites(kernel_lab, tmp_path)
    before = kernel_lab.snapshot("hq")
    kernel_lab.isp("hq", "ether2", upstream=False, gateway=False)

    def options(seconds: int) -> tuple[str, ...]:
        return ("--limit", "hq", "-e", json.dumps({"site_confirm": PROOF, "site_confirm_timeout": seconds}))

    try:
        dead = sites.play("playbooks/site.yml", *options(25))
    finally:
        kernel_lab.isp("hq", "ether2", upstream=True, gateway=True)
    assert dead.commit("hq")["outcome"] == "undone"
    text = dead.problems[0][1]
    assert "what was to be verified does not hold: hq: ip dhcp-client, interface=ISP2: status should be bound" in text
    assert "hq: ping address=192.168.20.1 interface=ISP2 count=3: not tried, the time was over" in text
    assert kernel_lab.snapshot("hq") == before

    # what holds is confirmed at once: a busy machine may take its time for it
    alive = sites.play("playbooks/site.yml", *options(100))
    assert alive.status == 0, alive.output
    assert alive.commit("hq")["outcome"] == "confirmed"
