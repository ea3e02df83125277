# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What referred to a row that is removed and added again: the router holds references by id, and the new row has another.

Such a reference reads back as the dead id, such as ``*4``, and is not found again by the name (measured on 7.23). So the way
back ends with statements that name the row once more, in rows of anybody, but only where the reference is dead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from .locate import Place, Wording, by_id, by_values, is_keyed
from .menus import find_menu
from .menus.base import Field, Menu
from .names import namespaces
from .operation import Operation
from .plan import Plan
from .reading import Rows
from .rows import Row, describe
from .script import words
from .undo import FAILED
from .version import Version


def statements(plans: Sequence[Plan], before: Rows, version: Version) -> list[str]:
    """Return the lines that mend references to what *plans* remove, to stand behind those of ``undo.statements``.

    *before* are the rows of all menus as they were read.
    """
    lines = []
    for menu, row, known in _referrers(plans, before):
        command, wording = f"/{menu.path}", Wording(menu, version, {})
        found = _place(menu, row, known.name, version).text(wording)
        name = wording.name(known.name)
        mended = f"{command} set $i {words({name: row.values[known.name]})}"
        each = f':if ([:typeof [:find [:tostr [{command} get $i {name}]] "*"]]="num") do={{{mended}}}'
        lines.append(
            f':set m "{command}";'
            f":do {{:foreach i in=[{command} find where {found}] do={{{each}}}}} on-error={{{FAILED}}}"
        )
    return lines


def operations(plans: Sequence[Plan], before: Rows, now: Rows) -> list[Operation]:
    """Return the writes that mend, over a connection, the references that are dead among the rows as they are *now*."""
    there = {(path, row.id): row for path, rows in now.items() for row in rows}
    return [
        Operation("set", menu, describe(menu, row, key_only=True), found, {known.name: row.values[known.name]})
        for menu, row, known in _referrers(plans, before)
        if (found := there.get((menu.path, row.id))) is not None and "*" in found.values.get(known.name, "")
    ]


def _referrers(plans: Sequence[Plan], before: Rows) -> Iterator[tuple[Menu, Row, Field]]:
    """Yield the rows that refer to what *plans* remove, with the property that does."""
    gone = _removed(plans, before)
    for path, rows in before.items() if gone else ():
        menu = find_menu(path)
        for known in menu.fields:
            names = {name for referred in known.refers for name in gone.get(referred, ())}
            for row in rows if names else ():
                value = row.values.get(known.name, "")
                if value and names.intersection(known.kind.mentions(value)):
                    yield menu, row, known


def _place(menu: Menu, row: Row, name: str, version: Version) -> Place:
    """Return where *row* is while its property *name* refers to nothing."""
    place = by_values(menu, row, version)
    if is_keyed(menu, row) and all(test.name != name for test in place.tests):
        return place
    place = by_id(menu, row)
    return replace(place, tests=tuple(test for test in place.tests if test.name != name))


def _removed(plans: Sequence[Plan], before: Rows) -> dict[str, set[str]]:
    """Return by menu's path the names that rows had which *plans* remove."""
    gone: dict[str, set[str]] = {}
    for made in plans:
        ids = {operation.row.id for operation in made.removals if operation.row is not None}
        names = {row.values["name"] for row in before[made.menu.path] if row.id in ids and "name" in row.values}
        for path in namespaces(made.menu) if names else ():
            gone.setdefault(path, set()).update(names)
    return gone
