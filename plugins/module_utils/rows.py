# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows as the router returns them and entries as users want them, both with canonical values."""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from .errors import InvalidEntry
from .menus import find_menu
from .menus.base import HIDDEN, KEEP, Field, Menu
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
        return self.values[name] if name in self.values else menu.default(name)

    def part(self, menu: Menu, names: Iterable[str]) -> Key:
        """Return what the row has for *names*, as far as it tells rows apart."""
        return tuple((name, _identity(menu, name, self.effective(menu, name) or "")) for name in names)

    def key(self, menu: Menu) -> Key:
        """Return what identifies the row, empty where nothing short does."""
        return next(iter(_keys(menu, {name: self.effective(menu, name) for key in _names(menu) for name in key})), ())

    def said(self, menu: Menu) -> Hashable:
        """Return all that the row says beyond the defaults."""
        return frozenset((name, value) for name, value in self.values.items() if value != menu.default(name))

    def name(self, menu: Menu) -> Hashable:
        """Return what makes two rows the same one: what identifies them, or all that they say."""
        return self.key(menu) or self.said(menu)

    def identifying(self, menu: Menu) -> dict[str, str | None]:
        """Return the properties that identify the row, with their values."""
        return {name: self.effective(menu, name) for name in dict(self.key(menu))}

    def is_permanent(self, menu: Menu) -> bool:
        """Whether the router never lets the row go, though it can be changed."""
        return self.values.get("name") in menu.permanent or self.told.get("default") == "true"

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
        names = {name for key in _names(menu) for name in key}
        return _keys(menu, {name: given.get(name) or menu.default(name) for name in names}, given)

    def whole(self, menu: Menu) -> Key:
        """Return all that the entry says, as far as it tells rows apart."""
        wanted = {n: (menu.default(n) if v is None else v) or "" for n, v in self.values.items()}
        return tuple((name, _identity(menu, name, value)) for name, value in wanted.items())

    def agrees(self, menu: Menu, row: Row) -> bool:
        """Whether the row already is all that the entry says."""
        return all(
            row.effective(menu, name) == (menu.default(name) if value is None else value)
            for name, value in self.values.items()
        )

    def is_all_of(self, menu: Menu, row: Row) -> bool:
        """Whether the row says nothing beyond what the entry says, defaults apart."""
        for name, value in row.values.items():
            known = menu.field(name)
            if name not in self.values and known is not None and known.default not in (KEEP, value):
                return False
        return True


def _names(menu: Menu) -> tuple[tuple[str, ...], ...]:
    return menu.keys if menu.known else (("name",), ("comment",))


def _identity(menu: Menu, name: str, value: str) -> str:
    known = menu.field(name)
    return known.kind.identity(value) if known is not None and value else value


def _keys(menu: Menu, values: Mapping[str, str | None], given: Mapping[str, Any] | None = None) -> list[Key]:
    out: list[Key] = []
    for names in _names(menu):
        found = [(name, _identity(menu, name, value)) for name in names if (value := values.get(name))]
        # a key made of defaults alone identifies nothing
        if len(found) == len(names) and (given is None or any(name in given for name in names)):
            out.append(tuple(found))
    return out


def describe(menu: Menu, row: Row, key_only: bool = False) -> str:
    """Return a row as a line of words, or only what identifies it."""
    if key_only:
        if told := row.identifying(menu):
            return words(told)
        if menu.singleton:
            return menu.path
    return words(row.values)


def read_rows(menu: Menu, told: Iterable[Mapping[str, str]], version: Version) -> list[Row]:
    """Return the rows that somebody has written, in canonical form and in their order; not those of the router itself."""
    names = {f.wire(version): f for f in menu.fields}
    rows = []
    for raw in told:
        if raw.get("dynamic") == "true" or raw.get("builtin") == "true":
            continue
        if menu.internal and raw.get("name", "").startswith(menu.internal):
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


def entries_by_menu(router: str, menus: Any) -> list[tuple[Menu, list[Any]]]:
    """Return the menus of a mapping by path, each with its entries as a list; raises InvalidEntry for another shape."""
    if not isinstance(menus, Mapping):
        raise InvalidEntry(f"{router}: menus: expected menus by their paths, found {_sort(menus)}")
    found: list[tuple[Menu, list[Any]]] = []
    for path, given in menus.items():
        if not isinstance(path, str):
            raise InvalidEntry(f"{router}: menus: expected a menu's path such as 'ip firewall nat', found {path}")
        menu = find_menu(path)
        if menu.path in (other[0].path for other in found):
            raise InvalidEntry(f"{router}: {menu.path}: given twice in menus, with different spellings of its path")
        if not isinstance(given, (list, tuple, Mapping)):
            raise InvalidEntry(f"{router}: {menu.path}: expected a list of entries, found {_sort(given)}")
        found.append((menu, [given] if isinstance(given, Mapping) else list(given)))
    return found


def read_entries(router: str, menu: Menu, entries: Sequence[Mapping[str, Any]]) -> list[Entry]:
    """Return the entries of a menu in canonical form; raise InvalidEntry that names the first thing wrong."""
    return [_read_entry(router, menu, number, entry) for number, entry in enumerate(entries, 1)]


def _read_entry(router: str, menu: Menu, number: int, given: Mapping[str, Any]) -> Entry:
    if not isinstance(given, Mapping):
        raise InvalidEntry(
            f"{router}: {menu.path}, entry {number}: expected properties with their values, found {_sort(given)}"
        )
    if not given and not menu.singleton:
        raise InvalidEntry(
            f"{router}: {menu.path}, entry {number}: says nothing; expected properties with their values"
        )
    label = _label(menu, number, given)
    where = f"{router}: {menu.path}, {label}"
    values: Values = {}
    for name, value in given.items():
        known = menu.field(str(name))
        if known is not None and known.refused:
            raise InvalidEntry(f"{where}: {known.name}: {known.refused}")
        if known is None or known.state:
            raise InvalidEntry(f"{where}: {_unknown(menu, str(name), known is not None)}")
        if known.name in values:
            raise InvalidEntry(f"{where}: '{known.name}' is given twice, with - and with _ in its name")
        try:
            values[known.name] = _value(menu, known, value)
        except ValueError as error:
            shown = HIDDEN if known.secret else str(value)
            told = word(known.name, shown) if isinstance(value, (str, int, float)) else known.name
            raise InvalidEntry(f"{where}: {told}: {error}") from None
    return Entry(values, label)


def _value(menu: Menu, known: Field, value: Any) -> str | None:
    """Return a property's canonical value, None where it shall not be set; raise ValueError if it is wrong."""
    text = None if value is None else plain(value)
    if text is None or (text == "" and not isinstance(known.kind, Switch)):
        if known.default == KEEP and not known.kind.clearable and not menu.unsettable:
            raise ValueError("cannot be empty; leave the property out to keep what the router has")
        return None
    if HIDDEN in text:
        raise ValueError(f"'{HIDDEN}' stands for a secret in results; give the value itself")
    return known.kind.canonical(text)


def _sort(value: Any) -> str:
    """Return what sort of thing a value is; the value itself may hold a secret."""
    if value is None:
        return "nothing"
    kinds = ((str, "a text"), ((list, tuple), "a list"), (Mapping, "a mapping"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "something else")


def _unknown(menu: Menu, name: str, is_state: bool) -> str:
    if is_state:
        return f"'{name}' is something the router tells, it cannot be set"
    writable = [f.name for f in menu.fields if not f.state]
    near = difflib.get_close_matches(name.replace("_", "-"), writable, 1)
    hint = f"did you mean '{near[0]}'?" if near else f"it has {', '.join(sorted(writable))}"
    return f"unknown property '{name}'; {hint}"


def _label(menu: Menu, number: int, given: Mapping[str, Any]) -> str:
    """Return what a person finds the entry by: its number and what identifies it."""
    if menu.singleton:
        return "its settings"
    shown = {str(n).replace("_", "-"): str(v) for n, v in given.items() if isinstance(v, (str, int, float))}
    for names in menu.keys:
        if all(shown.get(name) for name in names):
            return f"entry {number} ({words({name: shown[name] for name in names})})"
    return f"entry {number}"
