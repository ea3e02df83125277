# Copyright: (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The planner: from the rows of a menu and the entries wanted to the operations that lead from one to the other.

Pure: no input or output. Properties that hold for every plan: applied, it gives the wanted state; made again, it is
empty; rows out of scope are untouched and keep their order; order costs as few moves as possible.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .errors import InvalidEntry
from .menus.base import KEEP, Field, Menu
from .order import arrange
from .rows import Entry, Key, Row, Values, describe
from .script import word
from .values import Source, Switch, Text
from .version import Version, dotted

STATES = ("merged", "replaced", "overridden", "deleted")


@dataclass(frozen=True)
class Operation:
    """One write. ``values`` are canonical; None unsets. ``before`` is the id of the row that an added or moved row
    comes to stand before, None for the end. ``subject`` names the row to people."""

    verb: str
    menu: Menu
    subject: str
    row: Row | None = None
    values: Values = field(default_factory=dict)
    before: Row | None = None

    def sentence(self, version: Version) -> tuple[str, ...]:
        """Return the operation as an API sentence for a router of *version*."""
        words = [f"{self.menu.command}/{self.verb}"]
        if self.verb == "move":
            words.append(f"=numbers={self._id}")
            if self.before is not None:
                words.append(f"=destination={self.before.id}")
            return tuple(words)
        if self.row is not None and self.row.id is not None:
            words.append(f"=.id={self._id}")
        if self.verb == "unset":
            words += [f"=value-name={self._wire(name, version)}" for name in self.values]
            return tuple(words)
        words += [f"={self._wire(name, version)}={value or ''}" for name, value in self.values.items()]
        if self.verb == "add" and self.before is not None:
            words.append(f"=place-before={self.before.id}")
        return tuple(words)

    def text(self, version: Version = (7,)) -> str:
        """Return the operation as a line for the router's terminal."""
        out = f"/{self.menu.path} {self.verb}"
        if self.row is not None and not self.menu.singleton:
            out += f" {self._find(self.row)}"
        if self.verb == "unset":
            return f"{out} {' '.join(self._wire(name, version) for name in self.values)}"
        for name, value in self.values.items():
            out += " " + word(self._wire(name, version), value or "")
        if self.before is not None:
            out += f" {'place-before' if self.verb == 'add' else 'destination'}={self._find(self.before)}"
        return out

    @property
    def _id(self) -> str:
        if self.row is None or self.row.id is None:
            raise AssertionError(f"{self.verb} of a row without an id")
        return self.row.id

    def _wire(self, name: str, version: Version) -> str:
        known = self.menu.field(name)
        return known.wire(version) if known else name

    def _find(self, row: Row) -> str:
        key = row.key(self.menu)
        if not key:
            return row.id or ""
        return "[ find " + " ".join(word(name, value) for name, value in key) + " ]"


@dataclass(frozen=True)
class Drift:
    """How the rows of a menu differ from the entries, each difference as a line of text."""

    missing: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, list[str]]:
        """Return the kinds of difference that there are."""
        return {name: list(lines) for name, lines in vars(self).items() if lines}


@dataclass(frozen=True)
class Plan:
    """Operations of one menu in the order in which they are written, and the rows that they lead to.

    ``operations`` add, change and move; ``removals`` come when all menus have had theirs.
    """

    menu: Menu
    operations: tuple[Operation, ...]
    removals: tuple[Operation, ...]
    wanted: tuple[Row, ...]
    """The rows that the entries speak of, as the plan leaves them."""
    after: tuple[Row, ...]
    drift: Drift


@dataclass(frozen=True)
class Request:
    """What is wanted of all menus: the state, the tag of the rows that are ours, whether to take rows over."""

    router: str
    state: str = "merged"
    scope: str = ""
    adopt: bool = False
    version: Version = (7,)


def in_scope(request: Request, row: Row) -> bool:
    """Whether *row* is ours to change."""
    return not request.scope or (row.values.get("comment") or "").startswith(request.scope)


def plan(menu: Menu, rows: Sequence[Row], entries: Sequence[Entry], request: Request) -> Plan:
    """Return the plan for one menu. *rows* are its static rows in their order.

    Raises InvalidEntry for what can be known to be wrong before anything is written.
    """
    _check_versions(menu, entries, request)
    if request.state == "deleted":
        return _plan_deletion(menu, rows, entries, request)
    return _plan_changes(menu, rows, entries, request)


def _plan_changes(menu: Menu, rows: Sequence[Row], entries: Sequence[Entry], request: Request) -> Plan:
    matches = _match(menu, rows, entries, request)
    operations: list[Operation] = []
    missing, changed, moved, results = [], [], [], []
    wanted = {id(row) for row in matches if row is not None}
    keeps_others = menu.fixed or menu.singleton or request.state != "overridden"
    unwanted = [row for row in rows if id(row) not in wanted and in_scope(request, row) and not keeps_others]
    placing = arrange(rows, matches, unwanted) if menu.ordered else {}
    for number, (entry, row) in enumerate(zip(entries, matches, strict=True)):
        if row is None:
            new = Row(None, {name: value for name, value in entry.values.items() if value is not None})
            operations.append(_addition(menu, entry, placing.get(number), request))
            missing.append(describe(menu, new))
            results.append(new)
            continue
        edits = _edits(menu, row, entry, request)
        operations += edits
        changed += [f"{describe(menu, row, key_only=True)}: {_change(menu, row, edit)}" for edit in edits]
        if number in placing:
            operations.append(Operation("move", menu, entry.label, row, before=placing[number]))
            moved.append(describe(menu, row, key_only=True))
        results.append(row.changed({name: value for edit in edits for name, value in edit.values.items()}))
    removals = [Operation("remove", menu, describe(menu, row, key_only=True), row) for row in unwanted]
    foreign = [row for row in rows if id(row) not in wanted and not in_scope(request, row)]
    return Plan(
        menu,
        tuple(operations),
        tuple(removals),
        tuple(results),
        _outcome(menu, rows, matches, results, unwanted, placing),
        Drift(
            tuple(missing),
            tuple(changed),
            tuple(describe(menu, row) for row in unwanted),
            tuple(moved),
            tuple(describe(menu, row) for row in foreign if not (menu.fixed or menu.singleton)),
        ),
    )


def _plan_deletion(menu: Menu, rows: Sequence[Row], entries: Sequence[Entry], request: Request) -> Plan:
    if menu.fixed or menu.singleton:
        raise InvalidEntry(
            f"{request.router}: {menu.path}: its rows cannot be deleted; use state replaced, which resets what isn't given"
        )
    if entries:
        found = [row for row in _match(menu, rows, entries, request) if row is not None]
    else:
        found = [row for row in rows if in_scope(request, row)]
    doomed = {id(row) for row in found}
    removals = tuple(Operation("remove", menu, describe(menu, row, key_only=True), row) for row in found)
    after = tuple(row for row in rows if id(row) not in doomed)
    return Plan(menu, (), removals, (), after, Drift(unwanted=tuple(describe(menu, row) for row in found)))


def _match(menu: Menu, rows: Sequence[Row], entries: Sequence[Entry], request: Request) -> list[Row | None]:
    """Return for each entry the row that it speaks of, or None where there is none yet.

    What identifies best is looked for first for all entries, so that none takes a row that is another's by a better key.
    """
    if menu.singleton:
        return [rows[0] if rows else None for _entry in entries]
    _refuse_twins(menu, entries, request)
    free = _Free(menu, rows)
    matches: list[Row | None] = [None] * len(entries)
    for round_ in range(max((len(entry.keys(menu)) for entry in entries), default=0) + 1):
        for number, entry in enumerate(entries):
            if matches[number] is None and (found := _find(free, entry, round_, request)) is not None:
                matches[number] = found
                free.take(found)
    for entry, match in zip(entries, matches, strict=True):
        if match is None:
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

    def all(self) -> list[Row]:
        """Return all that are left, in their order."""
        return list(self._rows.values())

    def having(self, key: Key) -> list[Row]:
        """Return those that are left and have all of *key*."""
        names = tuple(name for name, _rest in key)
        if names not in self._index:
            index = self._index[names] = dict[Key, list[Row]]()
            for row in self._rows.values():
                own = tuple((name, row.effective(self.menu, name) or "") for name in names)
                index.setdefault(own, []).append(row)
        return [row for row in self._index[names].get(key, ()) if id(row) in self._rows]


def _find(free: _Free, entry: Entry, round_: int, request: Request) -> Row | None:
    """Return the row that the entry's key of this round names; without any key, the row that is all the entry says."""
    menu = free.menu
    keys = entry.keys(menu)
    if not keys:
        return next((row for row in free.all() if in_scope(request, row) and entry.agrees(menu, row)), None)
    if round_ >= len(keys):
        return None
    found = free.having(keys[round_])
    ours = [row for row in found if menu.fixed or in_scope(request, row)]
    candidates = ours or (found if request.adopt else [])
    return next((row for row in candidates if entry.agrees(menu, row)), candidates[0] if candidates else None)


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
        there = ", ".join(sorted(describe(menu, row, key_only=True) for row in rows)) or "none"
        raise InvalidEntry(f"{where}: the router has no such row; it has {there}")
    if menu.duplicates:
        return
    for key in entry.keys(menu):
        for row in free.having(key):
            if not in_scope(request, row):
                told = " and ".join(word(name, value) for name, value in key)
                comment = row.values.get("comment")
                raise InvalidEntry(
                    f"{where}: the router has a row with the same {told} that is not ours "
                    f"({word('comment', comment) if comment else 'it has no comment'}, expected one that begins with "
                    f"'{request.scope}'). Remove or change that row, or set adopt to true to take it over"
                )


def _addition(menu: Menu, entry: Entry, before: Row | None, request: Request) -> Operation:
    lacking = [f.name for f in menu.fields if f.required and entry.values.get(f.name) is None]
    if lacking:
        raise InvalidEntry(
            f"{request.router}: {menu.path}, {entry.label}: no such row yet, and to add it {' and '.join(lacking)} must be given"
        )
    values: Values = {n: v for n, v in entry.values.items() if v is not None and not _is_off(menu, n, v)}
    values |= {f.name: f.default for f in menu.fields if f.explicit and f.name not in entry.values}
    return Operation("add", menu, entry.label, values=values, before=before)


def _edits(menu: Menu, row: Row, entry: Entry, request: Request) -> list[Operation]:
    """Return one set for all that changes, and an unset for each property that only that clears."""
    wanted = {name: value for name, value in entry.values.items() if _writable(menu, name)}
    # rows that nobody adds bear no tag: with a scope, only what an entry says of them is ours
    shared = bool(request.scope) and (menu.fixed or menu.singleton)
    if menu.known and not shared and request.state in ("replaced", "overridden"):
        for name in row.values:
            known = menu.field(name)
            if name not in entry.values and known and known.writable and known.default != KEEP:
                wanted[name] = known.default
    setting: Values = {}
    operations: list[Operation] = []
    for name, value in wanted.items():
        known = menu.field(name) or Field(name, Text(), "")
        default = None if known.default == KEEP else known.default
        target = default if value is None else value
        if known.unread:
            continue
        if row.effective(menu, name) == target:
            continue
        off = _is_off(menu, name, target)
        if off or (target is None and menu.unsettable and not isinstance(known.kind, (Text, Source))):
            operations.append(Operation("unset", menu, entry.label, row, {name: None}))
        else:
            setting[name] = target
    if setting:
        # what the router never tells cannot be compared; it goes along with a change that is written anyway
        setting |= {name: value for name, value in wanted.items() if (f := menu.field(name)) is not None and f.unread}
        operations.insert(0, Operation("set", menu, entry.label, row, setting))
    return operations


def _is_off(menu: Menu, name: str, value: str | None) -> bool:
    """Whether *value* switches off a property for which writing any value means on."""
    known = menu.field(name)
    return known is not None and isinstance(known.kind, Switch) and value == "no"


def _writable(menu: Menu, name: str) -> bool:
    known = menu.field(name)
    return known is None or known.writable


def _change(menu: Menu, row: Row, edit: Operation) -> str:
    parts = []
    for name, value in edit.values.items():
        have = row.effective(menu, name)
        parts.append(f"{word(name, have or '')} -> {word(name, value or '').partition('=')[2]}")
    return ", ".join(parts)


def _outcome(
    menu: Menu,
    rows: Sequence[Row],
    matches: Sequence[Row | None],
    results: Sequence[Row],
    unwanted: Sequence[Row],
    placing: dict[int, Row | None],
) -> tuple[Row, ...]:
    """Return the rows that the plan leads to, in their order."""
    gone = {id(row) for row in unwanted} | {id(matches[n]) for n in placing if matches[n] is not None}
    changed = {id(row): result for row, result in zip(matches, results, strict=True) if row is not None}
    arriving: dict[int, list[Row]] = {}
    for number, result in enumerate(results):
        if number in placing or matches[number] is None:
            before = placing.get(number)
            arriving.setdefault(id(before) if before is not None else 0, []).append(result)
    out: list[Row] = []
    for row in rows:
        out += arriving.get(id(row), [])
        if id(row) not in gone:
            out.append(changed.get(id(row), row))
    return (*out, *arriving.get(0, []))


def _check_versions(menu: Menu, entries: Sequence[Entry], request: Request) -> None:
    has = f"the router has {dotted(request.version)}"
    if entries and request.version < menu.since:
        raise InvalidEntry(f"{request.router}: {menu.path}: needs RouterOS {dotted(menu.since)} or later; {has}")
    for entry in entries:
        for name, value in entry.values.items():
            known = menu.field(name)
            if known is None or value is None:
                continue
            where = f"{request.router}: {menu.path}, {entry.label}: {word(name, value)}"
            if request.version < known.since:
                raise InvalidEntry(f"{where}: needs RouterOS {dotted(known.since)} or later; {has}")
            if known.until is not None and request.version > known.until:
                raise InvalidEntry(f"{where}: RouterOS has it only up to {dotted(known.until)}; {has}")
