# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""References to what a change removes are whole again once the change is taken back, also those of other admins."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.multiwan.routeros.plugins.module_utils import argspec
from ansible_collections.multiwan.routeros.plugins.module_utils.mask import Mask
from ansible_collections.multiwan.routeros.plugins.module_utils.request import Request
from ansible_collections.multiwan.routeros.plugins.module_utils.session import Session, Target
from ansible_collections.multiwan.routeros.plugins.module_utils.transaction import (
    Options,
    Surroundings,
    begin,
    commit,
)
from routerlab.testing import Lab, router

OURS = """
/ip pool
add name=office ranges=10.0.0.10-10.0.0.99 comment="ours: office"
/interface list
add name=LAN comment="ours: list"
/ip address
add address=10.0.0.1/24 interface=ether2 comment="ours: office"
/ip dhcp-server
add name=office interface=ether2 address-pool=office comment="ours: office"
"""

THEIRS = """
/ip dhcp-server
add name=guests interface=ether3 address-pool=office comment="theirs: guests"
/interface list member
add list=LAN interface=ether4 comment="theirs: member"
/ip firewall filter
add chain=input in-interface-list=LAN action=accept comment="theirs: rule"
"""

NOTHING: dict[str, Any] = {"ip dhcp-server": [], "ip address": [], "ip pool": [], "interface list": []}


@pytest.mark.parametrize(
    ("version", "undo", "fault"),
    [
        ("7.12.2", "scheduler", "drop"),
        ("7.12.2", "scheduler", "trap"),
        ("7.24", "scheduler", "drop"),
        ("7.24", "scheduler", "trap"),
        ("7.24", "safe_mode", "trap"),
    ],
)
def test_references_to_what_was_removed_are_whole_again(version: str, undo: str, fault: str) -> None:
    with Lab(routers=[router("r1", version)]) as lab:
        lab.seed("r1", OURS + THEIRS)
        before = lab.snapshot("r1")
        target = Target("r1", "127.0.0.1", "admin", "lab", lab.port("r1"))
        world = Surroundings(
            lambda: Session(target), lambda: lab.call("r1", lambda each: each.site.clock.now()), lab.advance
        )
        for number in range(1, len(NOTHING) + 1):
            candidate, _told = begin("r1", "admin", argspec.transaction_menus("r1", None), world)
            candidate.ask(NOTHING, Request("r1", "overridden", "ours:"), Mask())
            armed = 1 if undo == "scheduler" else 0
            lab.fault("r1", fault, after=armed + number, of="writes", done=fault == "drop")
            outcome = commit(candidate, Options(undo=undo), world)
            assert outcome.state == "undone", outcome.result.problem
            after = lab.snapshot("r1")
            assert {path: sorted(map(str, rows)) for path, rows in after.items()} == {
                path: sorted(map(str, rows)) for path, rows in before.items()
            }
