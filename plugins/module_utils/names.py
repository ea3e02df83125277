# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names that rows refer to each other by, as they will be when the changes planned so far are done.

A router holds references by id: where an interface is renamed, all that refers to it follows. In check mode nothing is
done, so what one task foresees is handed to the next (``told`` and ``heard``), which plans as if it had been.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .menus.base import Menu
from .rows import Row

_NAMELESS = ("interface list", "interface list member", "interface bridge port")


def namespaces(menu: Menu) -> list[str]:
    """Return the paths under which names of *menu*'s rows are referred to: any kind of interface is an interface."""
    is_interface = menu.path.startswith("interface ") and menu.path not in _NAMELESS
    return [menu.path, "interface"] if is_interface else [menu.path]


class Names:
    """Names by menu: those the router has, changed by the plans that were followed."""

    def __init__(self) -> None:
        self._there: dict[str, list[str]] = {}
        self._added: dict[str, list[str]] = {}
        self._gone: dict[str, list[str]] = {}
        self._renames: dict[str, dict[str, str]] = {}

    @property
    def there(self) -> dict[str, list[str]]:
        """The names by menu as they will be, for a candidate that goes on from there."""
        return {path: sorted(self.legal([path]) or ()) for path in self._there}

    def told(self) -> dict[str, Any]:
        """Return what the plans foresee, as plain data."""
        return {"added": self._added, "gone": self._gone, "renames": self._renames}

    def heard(self, told: Mapping[str, Any]) -> None:
        """Take over what an earlier task of this run foresaw."""
        for path, names in told.get("added", {}).items():
            self._added.setdefault(path, []).extend(names)
        for path, names in told.get("gone", {}).items():
            self._gone.setdefault(path, []).extend(names)
        for path, renames in told.get("renames", {}).items():
            self._renames.setdefault(path, {}).update(renames)

    def read(self, path: str, names: Sequence[str]) -> None:
        """Note the names that the router has in the menu at *path*."""
        self._there[path] = list(names)

    def legal(self, paths: Sequence[str]) -> set[str] | None:
        """Return all names in the menus at *paths*; None where none of them could be read."""
        if not any(path in self._there for path in paths):
            return None
        out: set[str] = set()
        for path in paths:
            renames = self._renames.get(path, {})
            out |= {renames.get(name, name) for name in self._there.get(path, ())} - set(self._gone.get(path, ()))
            out |= set(self._added.get(path, ()))
        return out

    def follow(self, menu: Menu, rows: Sequence[Row], after: Sequence[Row]) -> None:
        """Take a plan into account that leads from *rows* to *after*."""
        old = {row.id: row.values["name"] for row in rows if row.id is not None and "name" in row.values}
        new = {row.id: row.values["name"] for row in after if row.id is not None and "name" in row.values}
        for path in namespaces(menu):
            renames = {name: new[id_] for id_, name in old.items() if id_ in new and new[id_] != name}
            if renames:
                self._renames.setdefault(path, {}).update(renames)
            if gone := [name for id_, name in old.items() if id_ not in new]:
                self._gone.setdefault(path, []).extend(gone)
            if added := [row.values["name"] for row in after if row.id is None and "name" in row.values]:
                self._added.setdefault(path, []).extend(added)

    def renamed(self, menu: Menu, row: Row) -> Row:
        """Return *row* with what it refers to under the new names, as the router itself will have it."""
        changed: dict[str, str | None] = {}
        for name, value in row.values.items():
            known = menu.field(name)
            new = {
                old: to for path in (known.refers if known else ()) for old, to in self._renames.get(path, {}).items()
            }
            if known and new:
                changed[name] = known.kind.renamed(value, new)
        return row.changed(changed) if changed else row
