# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding one row of a menu by a script on the router: what stands behind ``find where``.

A bare ``p`` in a condition is a property, ``!p`` holds where it is not set, ``.id=*1A`` compares the id; conditions joined by
``and`` must all hold (the manual's scripting page, and scripts in public use).

Values are quoted, since a bare address or time is compared as such with the property's text, and not found (the manual's
scripting tips); yes, no and numbers are bare, as public scripts write them. What is not known to be found at all is in no
condition: lists of several values (~), times (?), texts of scripts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from .menus.base import Menu
from .rows import Row
from .script import quote, word
from .values import (
    Bool,
    Duration,
    ListOf,
    Members,
    Name,
    Number,
    OneOf,
    PortRange,
    Source,
    Switch,
    Text,
    Unknown,
    microseconds,
)
from .version import Version

_MARK = "\0"


@dataclass(frozen=True)
class Wording:
    """How a menu's properties are written on a router. ``variables`` are, by the path of a menu, the names that its renamed
    rows shall have, each with the variable of the script that holds the name which the row has at the time."""

    menu: Menu
    version: Version
    variables: Mapping[str, Mapping[str, str]]

    def name(self, name: str) -> str:
        """Return a property's name."""
        known = self.menu.field(name)
        return known.wire(self.version) if known else name

    def reference(self, name: str, value: str) -> str:
        """Return an expression for a value that names renamed rows; empty for any other."""
        known = self.menu.field(name)
        marks = {
            row: f"{_MARK}{variable}{_MARK}"
            for path in (known.refers if known else ())
            for row, variable in self.variables.get(path, {}).items()
        }
        marked = known.kind.renamed(value, marks) if known and marks else value
        if marked == value:
            return ""
        parts = [f"${part}" if at % 2 else quote(part) for at, part in enumerate(marked.split(_MARK)) if part]
        return parts[0] if len(parts) == 1 else f"({'.'.join(parts)})"

    def assigned(self, values: Mapping[str, str]) -> str:
        """Return properties with their values as the words of a command."""
        return " ".join(self._assigned(name, text) for name, text in values.items())

    def _assigned(self, name: str, text: str) -> str:
        known = self.menu.field(name)
        if known is not None and isinstance(known.kind, Switch) and text == "yes":
            # as exports write it
            return self.name(name)
        value = self.reference(name, text)
        return f"{self.name(name)}={value}" if value else word(self.name(name), text)


@dataclass(frozen=True)
class Test:
    """One comparison with a property: ``=``, ``!=``, or ``!`` for not set."""

    name: str
    operator: str
    value: str = ""

    def holds(self, menu: Menu, row: Row) -> bool:
        """Whether *row* passes, as the router sees it."""
        if self.operator == "!":
            return self.name not in row.values
        return (row.effective(menu, self.name) == self.value) == (self.operator == "=")

    def text(self, wording: Wording) -> str:
        """Return the comparison as the router reads it."""
        name = wording.name(self.name)
        if self.operator == "!":
            return f"!{name}"
        value = wording.reference(self.name, self.value)
        if not value:
            known = wording.menu.field(self.name)
            bare = known is not None and isinstance(known.kind, (Bool, Number)) and self.value.isalnum()
            value = self.value if bare else quote(self.value)
        return f"{name}{self.operator}{value}"


@dataclass(frozen=True)
class Place:
    """Conditions that find a row. ``id`` must be its id, ``not_ids`` must not; ``alike`` are other rows that nothing but
    an id tells from it."""

    menu: Menu
    tests: tuple[Test, ...]
    id: str = ""
    not_ids: tuple[str, ...] = ()
    alike: tuple[Row, ...] = field(default=(), compare=False)

    def finds(self, row: Row) -> bool:
        """Whether the properties of *row* pass, whatever its id."""
        return all(test.holds(self.menu, row) for test in self.tests)

    def text(self, wording: Wording) -> str:
        """Return the conditions as the router reads them."""
        parts = [f".id={self.id}"] if self.id else []
        parts += [test.text(wording) for test in self.tests]
        parts += [f".id!={id_}" for id_ in self.not_ids]
        return " and ".join(parts)


def is_keyed(menu: Menu, row: Row) -> bool:
    """Whether *row* has a key that a condition can test."""
    key = row.identifying(menu)
    return bool(key) and all(_is_found(menu, name, value or "") for name, value in key.items())


def by_values(menu: Menu, row: Row, version: Version) -> Place:
    """Return what identifies *row* by its properties: its key, or, where it has none, all that it says and does not say."""
    if is_keyed(menu, row):
        key = row.identifying(menu)
        # what is as by default may be absent on the router
        said = [name for name in key if name in row.values] or [*key]
        return Place(menu, (*(Test(name, "=", key[name] or "") for name in said), *_written(menu, said, version)))
    tests = [_said(menu, name, value) for name, value in row.values.items()]
    tests += _written(menu, [*row.values], version)
    tests += [
        Test(known.name, "!")
        for known in menu.fields
        if known.name not in row.values
        and known.default is None
        and known.writable
        and not known.state
        and known.since <= version
        and (known.until is None or version <= known.until)
    ]
    return Place(menu, tuple(test for test in tests if test is not None))


def _written(menu: Menu, said: Sequence[str], version: Version) -> Iterable[Test]:
    """Yield what tells a row from those that the router makes itself, of which one may say the same; none has a comment."""
    known = menu.field("dynamic")
    if known is not None and version >= known.since and "comment" not in said:
        yield Test(known.name, "!")


def by_id(menu: Menu, row: Row) -> Place:
    """Return the id of *row* together with what no row lacks, since after a reboot another row might have the id (?)."""
    tests = (_said(menu, known.name, row.values[known.name]) for known in menu.fields if known.name in row.values)
    required = {known.name for known in menu.fields if known.required or known.name == "action"}
    return Place(menu, tuple(test for test in tests if test is not None and test.name in required), row.id or "")


def _is_found(menu: Menu, name: str, value: str) -> bool:
    """Whether a condition finds a property's value however the router spells it."""
    known = menu.field(name)
    if known is None or known.unread or known.secret or isinstance(known.kind, (Switch, Source, Duration)):
        return False
    if isinstance(known.kind, (OneOf, Unknown)) and _is_time(value):
        return False
    return "," not in value or isinstance(known.kind, (Text, Name))


def _is_time(value: str) -> bool:
    try:
        microseconds(value)
    except ValueError:
        return False
    return not value.isdigit()


def _said(menu: Menu, name: str, value: str) -> Test | None:
    """Return the test of a property that a row has; one that is as by default may be absent on the router."""
    known = menu.field(name)
    if known is None or not known.writable or not _is_found(menu, name, value):
        return None
    if known.default != value:
        return Test(name, "=", value)
    return Test(name, "!=", "no" if value == "yes" else "yes") if isinstance(known.kind, Bool) else None


def narrowed(place: Place, row: Row) -> Place:
    """Return *place* with all else that *row* says and that compares well: of lists only a single port (~)."""
    said = {test.name for test in place.tests}
    tests = (_said(place.menu, name, value) for name, value in row.values.items() if name not in said)
    return replace(
        place, tests=(*place.tests, *(test for test in tests if test is not None and _is_simple(place.menu, test)))
    )


def _is_simple(menu: Menu, test: Test) -> bool:
    known = menu.field(test.name)
    listed = known is not None and isinstance(known.kind, (Members, ListOf))
    return not listed or (known is not None and isinstance(getattr(known.kind, "kind", None), PortRange))


def apart(place: Place, row: Row, others: Iterable[Row]) -> Place:
    """Return *place*, which finds *row*, with tests that keep it from finding *others*."""
    alike: list[Row] = []
    for other in others:
        if not place.finds(other):
            continue
        test = _difference(place.menu, row, other)
        if test is None:
            alike.append(other)
        else:
            place = replace(place, tests=(*place.tests, test))
    return replace(place, alike=tuple(alike))


def _difference(menu: Menu, row: Row, other: Row) -> Test | None:
    """Return a test that *row* passes and *other* does not, of short values that compare well if there is one."""
    names: Sequence[str] = [*dict.fromkeys((*row.values, *other.values))]
    found: list[tuple[int, Test]] = []
    for name in names:
        known = menu.field(name)
        mine, theirs = row.effective(menu, name), other.effective(menu, name)
        if mine == theirs:
            continue
        # only a value that is written can be relied on to be told
        if name in other.values and theirs is not None and theirs != menu.default(name):
            test = Test(name, "!=", theirs)
        elif name in row.values and mine is not None:
            test = Test(name, "=", mine)
        else:
            continue
        if not _is_found(menu, name, test.value):
            continue
        awkward = known is not None and isinstance(known.kind, (Members, ListOf))
        found.append((len(test.value) + 1000 * awkward, test))
    return min(found, key=lambda pair: pair[0])[1] if found else None
