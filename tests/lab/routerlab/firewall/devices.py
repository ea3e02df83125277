# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interfaces as devices of the router's network namespace, and interface lists as sets of them.

An Ethernet port's device bears its default name, a bridge's is ``br<row>``, a VLAN's ``vlan<row>``: renaming a row
changes no device.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from routerlab.menus.interfaces import LIST_TABLE
from routerlab.values import Ref
from routerlab.values.base import Value, mentions
from routerlab.values.net import INTERFACES

if TYPE_CHECKING:
    from routerlab.model.router import Router
    from routerlab.model.store import Row

#: Words that stand for all interfaces of a kind in rules; the lab has no PPP and no wireless interfaces.
_KINDS = {"all-ethernet": "ether", "all-vlan": "vlan", "all-ppp": "ppp", "all-wireless": "wlan"}


def device_name(row: Row) -> str | None:
    """The device of an interface's row; None for a kind that the namespace does not have."""
    kind = row.facts.get("type")
    if kind == "ether":
        return row.facts["default-name"]
    if kind == "bridge":
        return f"br{row.id}"
    if kind == "vlan":
        return f"vlan{row.id}"
    return "lo" if kind == "loopback" else None


class Devices:
    """The devices of a router, as its rows are now."""

    def __init__(self, router: Router) -> None:
        self._router = router

    def device(self, row_id: int) -> str | None:
        """The device of an interface; None when the row is gone or has none."""
        row = self._router.tables[INTERFACES].get(row_id)
        return None if row is None else device_name(row)

    def of_kind(self, word: str) -> set[str]:
        """The devices that ``all-ethernet`` and its like stand for."""
        return self._named(row for row in self._router.tables[INTERFACES] if row.facts.get("type") == _KINDS[word])

    def _named(self, rows: Iterable[Row]) -> set[str]:
        names = (device_name(row) for row in rows)
        return {name for name in names if name is not None}

    def of_list(self, row_id: int) -> set[str]:
        """The devices of an interface list: those of included lists, less those of excluded ones, and its members.

        The order of these steps: manual, "Interface Lists".  A list that includes itself adds nothing by that.
        """
        return self._of_list(row_id, frozenset())

    def _of_list(self, row_id: int, above: frozenset[int]) -> set[str]:
        row = self._router.tables[LIST_TABLE].get(row_id)
        if row is None or row_id in above:
            return set()
        if row.builtin:
            # Nothing that the lab has comes and goes by itself: no interface is dynamic.
            whole = row.values["name"] in ("all", "static")
            return self._named(self._router.tables[INTERFACES]) if whole else set()
        above = above | {row_id}
        found: set[str] = set()
        for inner in _lists(row.values.get("include", "")):
            found |= self._of_list(inner, above)
        for inner in _lists(row.values.get("exclude", "")):
            found -= self._of_list(inner, above)
        for member in self._router.tables["interface list member"]:
            if member.enabled and member.values.get("list") == Ref(LIST_TABLE, row_id):
                interface = self._router.referred(member.values.get("interface"))
                if interface is not None:
                    found |= self._named((interface,))
        return found


def _lists(value: Value) -> list[int]:
    return [ref.row_id for ref in mentions(value) if ref.table == LIST_TABLE]
