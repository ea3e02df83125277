# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows as the API returns them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from routerlab.model.menu import Menu
from routerlab.model.store import Row
from routerlab.values import text_of
from routerlab.values.base import id_text

if TYPE_CHECKING:
    from routerlab.model.router import Router

_LAST_NEXTID = "*FFFFFFFF"


def rows_of(router: Router, menu: Menu) -> list[Row]:
    """The rows of a menu in their order, dynamic ones at the end."""
    rows = [row for row in router.tables[menu.table] if menu.part is None or menu.part(row)]
    if menu.extra_rows is not None:
        rows.extend(menu.extra_rows(router))
    return rows


def render(
    router: Router, menu: Menu, row: Row, next_row: Row | None = None, counted: Mapping[str, str] | None = None
) -> dict[str, str]:
    """A row's properties by name, in the order of the API's reply; ``counted`` is what its counters stand at."""
    found: dict[str, str] = {}
    version = router.version
    for item in menu.args:
        if version not in item.versions or item.secret or item.name == "comment":
            continue
        value = row.values.get(item.name)
        if value is not None:
            found[item.name] = text_of(value, router)
        elif not row.dynamic:
            default = item.shown_default(version)
            if default is not None:
                found[item.name] = default
    found.update(row.facts)
    for name in menu.counters:
        found[name] = counted.get(name, "0") if counted is not None else "0"
    if menu.compute is not None:
        for name, text in menu.compute(router, row).items():
            if text == DROP:
                found.pop(name, None)
            else:
                found[name] = text
    if "comment" in menu.by_name and "comment" in row.values:
        found["comment"] = text_of(row.values["comment"], router)
    ordered: dict[str, str] = {}
    if not menu.singleton:
        ordered[".id"] = id_text(row.id)
        if menu.nextid:
            ordered[".nextid"] = _LAST_NEXTID if next_row is None else id_text(next_row.id)
    for name in menu.order:
        if name in found:
            ordered[name] = found.pop(name)
    ordered.update(found)
    return ordered


#: What ``compute`` returns for a property that the row does not show now.
DROP = "\0drop"


def render_all(router: Router, menu: Menu, rows: list[Row] | None = None) -> list[dict[str, str]]:
    """All rows of a menu (or the given ones) as the API returns them."""
    every = rows_of(router, menu) if rows is None or menu.nextid else rows
    following = dict(zip((row.id for row in every), every[1:], strict=False)) if menu.nextid else {}
    counted = menu.count(router) if menu.count is not None else {}
    return [
        render(router, menu, row, following.get(row.id), counted.get(row.id))
        for row in (every if rows is None else rows)
    ]
