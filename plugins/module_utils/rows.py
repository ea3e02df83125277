# Copyright: (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows as the router returns them and entries as users want them, both with canonical values."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from .errors import InvalidEntry
from .menus.base import KEEP, Menu
from .script import word, words
from .values import Switch, plain
from .version import Version

Values: TypeAlias = "dict[str, str | None]"
Key = tuple[tuple[str, str], ...]


@dataclass(frozen=True, eq=False)
class Row:
    """A row: its id (None for a singleton, or a row that is only planned) and its properties in canonical form.

    ``told`` is the router's own wording, with what is not configuration (status, counters).
    """

    id: str | None
    values: dict[str, str]
    told: Mapping[str, str] = field(default_factory=dict)

    def effective(self, menu: Menu, name: str) -> str | None:
        """Return what the row has for *name*, where it says nothing the default; None: not set."""
        if name in self.values:
            return self.values[name]
        known = menu.field(name)
        return None if known is None or known.default == KEEP else known.default

    def key(self, menu: Menu) -> Key:
        """Return what identifies the row, empty where nothing short does."""
        return next(iter(_keys(menu, {name: self.effective(menu, name) for key in menu.keys for name in key})), ())

    def changed(self, values: Values) -> Row:
        """Return the row as it is after a set of *values*."""
        merged: Values = {**self.values, **values}
        return Row(self.id, {name: value for name, value in merged.items() if value is not None}, self.told)


@dataclass(frozen=True, eq=False)
class Entry:
    """An entry: canonical values (None: shall not be set), and a label that names it in messages."""

    values: Values
    label: str

    def key(self, menu: Menu) -> Key:
        """Return what identifies the entry best, empty if nothing short does."""
        return next(iter(self.keys(menu)), ())

    def keys(self, menu: Menu) -> list[Key]:
        """Return all that can identify the entry, the best first."""
        given = {name: value for name, value in self.values.items() if value is not None}
        defaults: Values = {}
        if given:
            defaults = {f.name: f.default for f in menu.fields if f.default not in (None, KEEP)}
        return _keys(menu, {**defaults, **given}, given)

    def agrees(self, menu: Menu, row: Row) -> bool:
        """Whether the row already is all that the entry says."""
        for name, value in self.values.items():
            known = menu.field(name)
            default = None if known is None or known.default == KEEP else known.default
            if row.effective(menu, name) != (default if value is None else value):
                return False
        return True


def _keys(menu: Menu, values: Mapping[str, str | None], given: Mapping[str, Any] | None = None) -> list[Key]:
    keys = menu.keys or ((("name",), ("comment",)) if not menu.known else ())
    out: list[Key] = []
    for names in keys:
        found = [(name, value) for name in names if (value := values.get(name))]
        # a key made of defaults alone identifies nothing
        if len(found) == len(names) and (given is None or any(name in given for name in names)):
            out.append(tuple(found))
    return out


def describe(menu: Menu, row: Row | Entry, key_only: bool = False) -> str:
    """Return a row as a line of words, or only what identifies it."""
    if key_only:
        if key := row.key(menu):
            return words(dict(key))
        if menu.singleton:
            return menu.path
    return words(row.values)


def read_rows(menu: Menu, told: Iterable[Mapping[str, str]], version: Version) -> list[Row]:
    """Return the static rows of a menu in canonical form, in their order."""
    names = {f.wire(version): f for f in menu.fields}
    rows = []
    for raw in told:
        if raw.get("dynamic") == "true" or raw.get("builtin") == "true":
            continue
        values: dict[str, str] = {}
        for name, text in raw.items():
            known = names.get(name) or (None if menu.known else menu.field(name))
            if (
                name.startswith(".")
                or known is None
                or known.state
                or (text == "" and not isinstance(known.kind, Switch))
            ):
                continue
            try:
                values[known.name] = known.kind.canonical(text)
            except ValueError:
                # the router's word is a fact, whatever our facts expect
                values[known.name] = text
        rows.append(Row(raw.get(".id"), values, raw))
    return rows


def read_entries(router: str, menu: Menu, entries: Sequence[Mapping[str, Any]]) -> list[Entry]:
    """Return the entries of a menu in canonical form; raise InvalidEntry that names the first thing wrong."""
    return [_read_entry(router, menu, number, entry) for number, entry in enumerate(entries, 1)]


def _read_entry(router: str, menu: Menu, number: int, given: Mapping[str, Any]) -> Entry:
    if not isinstance(given, Mapping):
        raise InvalidEntry(
            f"{router}: {menu.path}, entry {number}: expected properties with their values, found {given!r}"
        )
    label = _label(menu, number, given)
    values: Values = {}
    for name, value in given.items():
        known = menu.field(str(name))
        if known is None or known.state:
            raise InvalidEntry(f"{router}: {menu.path}, {label}: {_unknown(menu, str(name), known is not None)}")
        text = None if value is None else plain(value)
        if text is None or (text == "" and not isinstance(known.kind, Switch)):
            values[known.name] = None
            continue
        try:
            values[known.name] = known.kind.canonical(text)
        except ValueError as error:
            shown = "********" if known.secret else text
            raise InvalidEntry(f"{router}: {menu.path}, {label}: {word(known.name, shown)}: {error}") from None
    return Entry(values, label)


def _unknown(menu: Menu, name: str, is_state: bool) -> str:
    if is_state:
        return f"'{name}' is something the router tells, it cannot be set"
    writable = [f.name for f in menu.fields if not f.state]
    near = difflib.get_close_matches(name.replace("_", "-"), writable, 1)
    hint = f"did you mean '{near[0]}'?" if near else f"it has {', '.join(sorted(writable))}"
    return f"unknown property '{name}'; {hint}"


def _label(menu: Menu, number: int, given: Mapping[str, Any]) -> str:
    """Return what a person finds the entry by: its number and what identifies it."""
    shown = {str(name).replace("_", "-"): plain(value) for name, value in given.items() if value is not None}
    if menu.singleton:
        return "its settings"
    for names in menu.keys:
        if all(shown.get(name) for name in names):
            return f"entry {number} ({words({name: shown[name] for name in names})})"
    return f"entry {number}"
