# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A packet's way through the chains of one firewall menu.

What actions do: manual, Filter, RAW, NAT and Mangle.  Rules that only count, log, mark or learn are passed by.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from routerlab.management.matching import matches
from routerlab.management.packet import Packet

if TYPE_CHECKING:
    from routerlab.model.router import Router
    from routerlab.model.store import Row

#: Jumps within jumps beyond this end; a chain may jump to itself.
_DEPTH = 16

#: Actions that let the packet go on to the next rule.
_PASSING = frozenset({"passthrough", "log", "add-src-to-address-list", "add-dst-to-address-list"})


def deciding_rule(router: Router, menu: str, chain: str, packet: Packet, depth: int = 0) -> Row | None:
    """The rule that ends the packet's way through a chain, None when it comes to the chain's end.

    Never one that passes, jumps or returns, nor a mark rule with passthrough.
    """
    if depth > _DEPTH:
        return None
    for row in router.tables[menu]:
        if row.values.get("chain") != chain or not row.enabled:
            continue
        action = router.text(row, "action", "accept")
        if action in _PASSING or _goes_on(router, menu, row, action) or not matches(router, row, packet):
            continue
        if action == "return":
            return None
        if action != "jump":
            return row
        found = deciding_rule(router, menu, router.text(row, "jump-target"), packet, depth + 1)
        if found is not None:
            return found
    return None


def _goes_on(router: Router, menu: str, row: Row, action: str) -> bool:
    """Whether a mangle rule changes the packet and lets it go on (passthrough, the default)."""
    if menu != "ip firewall mangle" or action in ("accept", "drop", "jump", "return", "fasttrack-connection"):
        return False
    return router.text(row, "passthrough", "true") == "true"
