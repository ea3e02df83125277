# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Address lists as sets of nftables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routerlab.firewall import elements
from routerlab.firewall.actions import LEARNING
from routerlab.firewall.names import MENUS

if TYPE_CHECKING:
    from routerlab.model.router import Router

MENU = "ip firewall address-list"


def learned_lists(router: Router) -> frozenset[str]:
    """The address lists that an enabled rule adds to."""
    return frozenset(
        router.text(row, "address-list")
        for menu in MENUS
        for row in router.tables[menu]
        if row.enabled and row.values.get("action") in LEARNING and router.text(row, "address-list")
    )


def entries(router: Router, problems: list[tuple[str, int, str]]) -> dict[str, list[str]]:
    """Every list's own entries as elements of a set, none overlapping.

    Rows that the router made itself (``Row.dynamic``) are what rules learned: the kernel holds them already.
    """
    found: dict[str, list[tuple[int, int]]] = {}
    for row in router.tables[MENU]:
        if not row.enabled or row.dynamic or "address" not in row.values:
            continue
        text = router.text(row, "address")
        try:
            span = elements.address_span(text)
        except ValueError:
            problems.append((MENU, row.id, f"the lab does not look up names in address lists: {text}"))
            continue
        found.setdefault(router.text(row, "list"), []).append(span)
    return {
        name: [elements.address_element(*pair) for pair in elements.intervals(spans)] for name, spans in found.items()
    }
