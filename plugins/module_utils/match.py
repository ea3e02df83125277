# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which row an entry speaks of.

What identifies best is looked for first for all entries, so that none takes a row that is another's by a better key.
"""

from __future__ import annotations

from collections.abc import Sequence

from .errors import InvalidEntry
from .menus.base import Menu
from .request import Request
from .rows import Entry, Key, Row, describe
from .script import word, words


def match(menu: Menu, rows: Sequence[Row], entries: Sequence[Entry], request: Request) -> list[Row | None]:
    """Return for each entry the row that it speaks of, or None where there is none.

    Raises InvalidEntry where two entries say the same row, or an entry cannot become a row.
    """
    if menu.singleton:
        return [rows[0] if rows else None] * len(entries)
    _refuse_twins(menu, entries, request)
    free = _Free(menu, rows)
    matches: list[Row | None] = [None] * len(entries)
    # What shall go is named by its best key alone: a lesser one might name another row once it is gone. So is a port:
    # another port that happens to have the name is not the one that was meant.
    only_best = menu.fixed or request.state == "deleted"
    rounds = 1 if only_best else max((len(entry.keys(menu)) for entry in entries), default=0)
    for round_ in range(max(rounds, 1)):
        for number, entry in enumerate(entries):
            if matches[number] is None and (found := _find(free, entry, round_, request)) is not None:
                matches[number] = found
                free.take(found)
    if request.state != "deleted":
        for entry, row in zip(entries, matches, strict=True):
            if row is None:
                _refuse_impossible(rows, free, entry, request)
    return matches


class _Free:
    """The rows that no entry has been found to speak of yet, looked up by what identifies them."""

    def __init__(self, menu: Menu, rows: Sequence[Row]) -> None:
        self.menu = menu
        self._rows = {id(row): row for row in rows}
        self._index: dict[tuple[str, ...], dict[Key, list[Row]]] = {}

    def take(self, row: Row) -> None:
        """Leave *row* out from now on."""
        del self._rows[id(row)]

    def having(self, key: Key) -> list[Row]:
        """Return those that are left and have all of *key*."""
        names = tuple(dict(key))
        if names not in self._index:
            index = self._index[names] = dict[Key, list[Row]]()
            for row in self._rows.values():
                index.setdefault(row.part(self.menu, names), []).append(row)
        return [row for row in self._index[names].get(key, ()) if id(row) in self._rows]

    def saying(self, entry: Entry) -> list[Row]:
        """Return those that are left and say what *entry* says, and of a known menu nothing else."""
        candidates = self.having(entry.whole(self.menu))
        return [row for row in candidates if not self.menu.known or entry.is_all_of(self.menu, row)]


def _find(free: _Free, entry: Entry, round_: int, request: Request) -> Row | None:
    """Return the row that the entry's key of this round names; without any key, the row that says just the same."""
    menu = free.menu
    keys = entry.keys(menu)
    if not keys:
        same = [row for row in free.saying(entry) if request.owns(row)]
        if len(same) > 1 and not menu.known:
            raise InvalidEntry(
                f"{request.router}: {menu.path}, {entry.label}: {len(same)} rows say this; add what tells them apart"
            )
        return same[0] if same else None
    if round_ >= len(keys):
        return None
    found = free.having(keys[round_])
    ours = [row for row in found if menu.fixed or request.owns(row)]
    if not (request.scope or request.adopt):
        ours = [row for row in ours if not _is_of_another_name(menu, row, keys[:round_])]
    candidates = ours or (found if request.adopt else [])
    return next((row for row in candidates if entry.agrees(menu, row)), candidates[0] if candidates else None)


def _is_of_another_name(menu: Menu, row: Row, better: Sequence[Key]) -> bool:
    """Whether *row*, found by a lesser key, bears a comment or a name of its own, by which it is somebody's."""
    names = {name for key in better for name in dict(key)}
    if not menu.duplicates:
        names &= {"comment"}
    return any(row.effective(menu, name) for name in names)


def _refuse_twins(menu: Menu, entries: Sequence[Entry], request: Request) -> None:
    seen: dict[Key, Entry] = {}
    for entry in entries:
        key = entry.key(menu)
        if key and key in seen:
            raise InvalidEntry(f"{request.router}: {menu.path}, {entry.label}: given twice, first as {seen[key].label}")
        seen[key] = entry


def _refuse_impossible(rows: Sequence[Row], free: _Free, entry: Entry, request: Request) -> None:
    """Refuse an entry that cannot be added: the menu has only the rows it has, or someone else has that row."""
    menu = free.menu
    where = f"{request.router}: {menu.path}, {entry.label}"
    if menu.fixed:
        if not entry.keys(menu):
            raise InvalidEntry(f"{where}: does not say which row; expected {' or '.join(key[0] for key in menu.keys)}")
        there = ", ".join(sorted(describe(menu, row, key_only=True) for row in rows)) or "none"
        raise InvalidEntry(f"{where}: the router has no such row; it has {there}")
    if menu.duplicates:
        return
    for key in entry.keys(menu):
        for row in free.having(key):
            if not request.owns(row):
                told = words({name: row.effective(menu, name) for name in dict(key)})
                comment = row.values.get("comment")
                raise InvalidEntry(
                    f"{where}: the router has a row with the same {told} that is not ours "
                    f"({word('comment', comment) if comment else 'it has no comment'}, expected one that begins with "
                    f"'{request.scope}'). Remove or change that row, or set adopt to true to take it over"
                )
