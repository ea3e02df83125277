# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A router's whole configuration as plain data, in one canonical form, so that two states can be compared.

Static rows only, in their order; references as names; no identifiers, counters, times or other runtime state.  Values
that hold without having been written are told like written ones, so that writing a default is no difference.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from routerlab.model.menu import Menu
from routerlab.model.store import Row
from routerlab.values import text_of

if TYPE_CHECKING:
    from routerlab.model.router import Router

#: Told although they cannot be written: they identify the row.
_IDENTIFYING = ("default-name", "name")
#: Times, not configuration.
_LEFT_OUT = {"system clock": ("time", "date")}


def _row(router: Router, menu: Menu, row: Row) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in _IDENTIFYING:
        if name in row.facts:
            found[name] = row.facts[name]
        elif name in row.values and name not in menu.by_name:
            found[name] = router.text(row, name)
    for item in menu.args:
        if router.version not in item.versions or item.name in _LEFT_OUT.get(menu.path, ()):
            continue
        value = row.values.get(item.name)
        text = item.default if value is None else text_of(value, router)
        if item.secret and text:
            text = "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
        if text or (value is not None and str(item.kind) == "switch"):
            found[item.name] = text or ""
    return dict(sorted(found.items()))


def _is_static(router: Router, menu: Menu, row: Row) -> bool:
    if row.dynamic:
        return False
    return menu.compute is None or row.builtin or menu.compute(router, row).get("dynamic") != "true"


def snapshot(router: Router) -> dict[str, list[dict[str, str]]]:
    """The configuration: menu path -> rows; menus without rows are left out."""
    router.settle()
    found: dict[str, list[dict[str, str]]] = {}
    for path in sorted(router.menus):
        menu = router.menus[path]
        if not menu.snapshot:
            continue
        table = router.tables[menu.table]
        rows = [row for row in table if (menu.part is None or menu.part(row)) and _is_static(router, menu, row)]
        if rows:
            found[path] = [_row(router, menu, row) for row in rows]
    return found
