# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The planner: from the rows of a menu and the entries wanted to the operations that lead from one to the other.

Pure: no input or output. Properties that hold for every plan: applied, it gives the wanted state; made again, it is
empty; rows out of scope are untouched and keep their order; order costs as few moves as possible.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count, zip_longest

from .errors import InvalidEntry
from .match import match
from .menus.base import KEEP, Menu
from .operation import Operation
from .order import arrange, longest_increasing
from .request import Request
from .rows import Entry, Row, Values, describe
from .script import word
from .values import Source, Text
from .version import dotted


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
    """Operations of one menu in the order in which they are written, and the rows that they lead from and to.

    ``rows`` are those that the plan started from, in their order. ``operations`` add, change and move; ``removals`` come
    when those of all menus have been accepted. ``wanted`` are the rows that the entries speak of, as the plan leaves them,
    ``after`` all rows in their order.
    """

    menu: Menu
    rows: tuple[Row, ...]
    operations: tuple[Operation, ...]
    removals: tuple[Operation, ...]
    wanted: tuple[Row, ...]
    after: tuple[Row, ...]
    drift: Drift

    @property
    def moved(self) -> frozenset[str]:
        """The ids of the rows that change their place."""
        return frozenset(op.row.id for op in self.operations if op.verb == "move" and op.row is not None and op.row.id)


def plan(menu: Menu, rows: Sequence[Row], entries: Sequence[Entry], request: Request) -> Plan:
    """Return the plan for one menu. *rows* are its static rows in their order.

    Raises InvalidEntry for what can be known to be wrong before anything is written.
    """
    _check_versions(menu, entries, request)
    if request.state == "deleted":
        return _plan_deletion(menu, rows, entries, request)
    return _plan_changes(menu, rows, entries, request)


def transition(menu: Menu, rows: Sequence[Row], after: Sequence[Row], moved: frozenset[str], request: Request) -> Plan:
    """Return the plan that leads from *rows* to *after*, where several plans have led before.

    A row is the same one where its id is; ids that *rows* lack stand for rows to be added. ``moved`` are the ids of rows that
    may stand elsewhere in *after*; all others are in the order of *rows*, so that nobody else's rows are moved.
    """
    moved = _really_moved(rows, after, moved) if menu.ordered else frozenset()
    old = {row.id: row for row in rows}
    stay = {row.id for row in after}
    leaving = [row for row in rows if row.id not in stay]
    entries: list[Entry] = []
    matches: list[Row | None] = []
    placing: dict[int, Row | None] = {}
    for row, anchor in _anchored(after, old, moved):
        match_ = old.get(row.id)
        if match_ is not None and match_.values == row.values and row.id not in moved:
            continue
        if menu.ordered and (match_ is None or row.id in moved):
            placing[len(entries)] = anchor
        values: Values = dict.fromkeys(match_.values if match_ is not None else ())
        values.update(row.values)
        entries.append(Entry(values, describe(menu, row, key_only=True)))
        matches.append(match_)
    return _changes(menu, rows, entries, matches, placing, leaving, request, unread=True)


def _really_moved(rows: Sequence[Row], after: Sequence[Row], moved: frozenset[str]) -> frozenset[str]:
    """Return those of *moved* that must be moved: as few as lead to the order of *after* while all others stay."""
    position = {row.id: number for number, row in enumerate(rows)}
    out: set[str] = set()
    gap: list[str] = []
    last = -1
    for row in (*after, None):
        if row is not None and row.id is not None and row.id in moved and row.id in position:
            gap.append(row.id)
            continue
        if row is not None and row.id not in position:
            continue
        end = len(rows) if row is None else position[row.id]
        fitting = [id_ for id_ in gap if last < position[id_] < end]
        stay = {fitting[place] for place in longest_increasing([position[id_] for id_ in fitting])}
        out.update(id_ for id_ in gap if id_ not in stay)
        gap, last = [], end
    return frozenset(out)


def _anchored(
    after: Sequence[Row], old: Mapping[str | None, Row], moved: frozenset[str]
) -> list[tuple[Row, Row | None]]:
    """Return each row with the next one behind it that is there already and stays where it is."""
    out: list[tuple[Row, Row | None]] = []
    anchor: Row | None = None
    for row in reversed(after):
        out.append((row, anchor))
        if row.id in old and row.id not in moved:
            anchor = old[row.id]
    return out[::-1]


def _plan_changes(menu: Menu, rows: Sequence[Row], entries: Sequence[Entry], request: Request) -> Plan:
    matches = match(menu, rows, entries, request)
    wanted = {id(row) for row in matches if row is not None}
    unwanted = [row for row in rows if id(row) not in wanted and _may_go(menu, row, request)]
    placing = arrange(rows, matches, unwanted) if menu.ordered else {}
    return _changes(menu, rows, entries, matches, placing, unwanted, request)


def _changes(
    menu: Menu,
    rows: Sequence[Row],
    entries: Sequence[Entry],
    matches: Sequence[Row | None],
    placing: dict[int, Row | None],
    unwanted: Sequence[Row],
    request: Request,
    unread: bool = False,
) -> Plan:
    """Return the plan that makes *matches* what *entries* say, puts them where *placing* says, and removes *unwanted*.

    ``unread`` is whether a property that the router never tells is written because an entry has it.
    """
    twins = _twins(menu, rows)
    wanted = {id(row) for row in matches if row is not None}
    groups: list[list[Operation]] = []
    missing, changed, moved, results, leaving = list[str](), list[str](), list[str](), list[Row](), list(unwanted)
    for number, (entry, row) in enumerate(zip(entries, matches, strict=True)):
        before = placing.get(number)
        by_id = id(row) in twins or id(before) in twins
        if row is None:
            new = _added(menu, entry, request)
            groups.append([Operation("add", menu, entry.label, values=_to_add(menu, new), before=before, by_id=by_id)])
            missing.append(describe(menu, new))
            results.append(new)
            continue
        edits = _edits(menu, row, entry, request, by_id, unread)
        changed += [f"{describe(menu, row, key_only=True)}: {_change(menu, row, edit)}" for edit in edits]
        result = row.changed({name: value for edit in edits for name, value in edit.values.items()})
        if number in placing:
            moved.append(describe(menu, row, key_only=True))
            if edits:
                # changed at its old place, or moved with its old text, it might cut the line for a moment
                result = Row(None, result.values)
                edits = [Operation("add", menu, entry.label, values=_to_add(menu, result), before=before, by_id=by_id)]
                leaving.append(row)
            else:
                edits = [Operation("move", menu, entry.label, row, before=before, by_id=by_id)]
        groups.append(edits)
        results.append(result)
    operations = [operation for group in _free_names_first(menu, groups, rows, request) for operation in group]
    after = _with_names_given_back(_outcome(rows, matches, results, unwanted, placing), operations, wanted)
    _refuse_same_names(menu, after, results, entries, request)
    return Plan(
        menu,
        tuple(rows),
        tuple(operations),
        _removals(menu, rows, leaving, twins),
        tuple(results),
        after,
        Drift(
            tuple(missing),
            tuple(changed),
            tuple(describe(menu, row) for row in unwanted),
            tuple(moved),
            tuple(
                describe(menu, row)
                for row in rows
                if id(row) not in wanted and not request.owns(row) and not (menu.fixed or menu.singleton)
            ),
        ),
    )


def _plan_deletion(menu: Menu, rows: Sequence[Row], entries: Sequence[Entry], request: Request) -> Plan:
    if menu.fixed or menu.singleton:
        raise InvalidEntry(
            f"{request.router}: {menu.path}: its rows cannot be deleted; use state replaced, which resets what isn't given"
        )
    named = [row for row in match(menu, rows, entries, request) if row is not None] if entries else list(rows)
    found = [row for row in named if request.owns(row) and not row.is_permanent(menu)]
    doomed = {id(row) for row in found}
    after = tuple(row for row in rows if id(row) not in doomed)
    removals = _removals(menu, rows, found, _twins(menu, rows))
    return Plan(menu, tuple(rows), (), removals, (), after, Drift(unwanted=tuple(describe(menu, row) for row in found)))


def _may_go(menu: Menu, row: Row, request: Request) -> bool:
    """Whether *row*, which no entry speaks of, is to be removed."""
    if menu.fixed or menu.singleton or request.state != "overridden" or row.is_permanent(menu):
        return False
    if menu.path == "user" and row.values.get("name") == request.login:
        raise InvalidEntry(
            f"{request.router}: user: name={request.login} is who is logged in; removing it would lock everybody out who "
            "comes this way. Give it as an entry too"
        )
    return request.owns(row)


def _twins(menu: Menu, rows: Sequence[Row]) -> set[int]:
    """Return the identities of rows that share what identifies them, so that words do not tell them apart."""
    keys = {id(row): row.key(menu) for row in rows}
    count = Counter(keys.values())
    return {row for row, key in keys.items() if key and count[key] > 1}


def _removals(menu: Menu, rows: Sequence[Row], leaving: Sequence[Row], twins: set[int]) -> tuple[Operation, ...]:
    """Return the removals from the bottom up: what lets something pass goes after what stops the rest."""
    gone = {id(row) for row in leaving}
    return tuple(
        Operation("remove", menu, describe(menu, row, key_only=True), row, by_id=id(row) in twins)
        for row in reversed(rows)
        if id(row) in gone
    )


def _added(menu: Menu, entry: Entry, request: Request) -> Row:
    lacking = [f.name for f in menu.fields if f.required and entry.values.get(f.name) is None]
    if lacking:
        raise InvalidEntry(
            f"{request.router}: {menu.path}, {entry.label}: no such row yet, and to add it {' and '.join(lacking)} must be given"
        )
    return Row(None, {name: value for name, value in entry.values.items() if value is not None})


def _to_add(menu: Menu, row: Row) -> Values:
    """Return what is written to add *row*: no switch that is off, and what versions disagree about."""
    values: Values = {n: v for n, v in row.values.items() if _writable(menu, n) and not _is_off(menu, n, v)}
    return values | {f.name: f.default for f in menu.fields if f.explicit and f.name not in row.values}


def addition(menu: Menu, entry: Entry, request: Request) -> Operation:
    """Return the operation that adds *entry* to a router that has no such row."""
    return Operation("add", menu, entry.label, values=_to_add(menu, _added(menu, entry, request)))


def _edits(menu: Menu, row: Row, entry: Entry, request: Request, by_id: bool, unread: bool) -> list[Operation]:
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
        known = menu.field(name)
        target = menu.default(name) if value is None else value
        if (known and known.unread and not unread) or row.effective(menu, name) == target:
            continue
        off = _is_off(menu, name, target)
        text = known is None or isinstance(known.kind, (Text, Source))
        if off or (target is None and menu.unsettable and not text):
            operations.append(Operation("unset", menu, entry.label, row, {name: None}, by_id=by_id))
        else:
            setting[name] = target
    if setting:
        # what the router never tells cannot be compared; it goes along with a change that is written anyway
        setting |= {name: value for name, value in wanted.items() if (f := menu.field(name)) is not None and f.unread}
        operations.insert(0, Operation("set", menu, entry.label, row, setting, by_id=by_id))
    # a port is refused where the protocol has none, so it goes before the protocol does
    return sorted(operations, key=lambda op: op.verb != "unset" or not any(_depends(menu, name) for name in op.values))


def _depends(menu: Menu, name: str) -> bool:
    known = menu.field(name)
    return known is not None and bool(known.needs)


def _is_off(menu: Menu, name: str, value: str | None) -> bool:
    """Whether *value* switches off a property for which writing any value means on."""
    known = menu.field(name)
    return known is not None and known.is_off(value)


def _writable(menu: Menu, name: str) -> bool:
    known = menu.field(name)
    return known is None or known.writable


def _change(menu: Menu, row: Row, edit: Operation) -> str:
    parts = []
    for name, value in edit.values.items():
        have = row.effective(menu, name)
        known = menu.field(name)
        if known is not None and isinstance(known.kind, Source) and (have or value):
            parts.append(f"{name} {_difference(have or '', value or '')}")
        else:
            parts.append(f"{word(name, have or '')} -> {word(name, value or '').partition('=')[2]}")
    return ", ".join(parts)


def _with_names_given_back(
    after: tuple[Row, ...], operations: Sequence[Operation], wanted: set[int]
) -> tuple[Row, ...]:
    """Return *after* with the names of ports that no entry speaks of and that had to give up their name."""
    back = {
        id(op.row): op.values
        for op in operations
        if op.verb == "set" and op.row is not None and id(op.row) not in wanted
    }
    return tuple(row.changed(back[id(row)]) if id(row) in back else row for row in after)


def _difference(old: str, new: str) -> str:
    """Say where two texts of a script part, since both in full are too long to read."""
    lines = list(zip_longest(old.splitlines(), new.splitlines()))
    number = next((number for number, (one, other) in enumerate(lines, 1) if one != other), len(lines))
    return f"differs from line {number} on" if old and new else "is missing" if new else "is there and should not be"


def _outcome(
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


def _refuse_same_names(
    menu: Menu, after: Sequence[Row], results: Sequence[Row], entries: Sequence[Entry], request: Request
) -> None:
    """Refuse a name that two rows of a menu would have, where names are unique."""
    if not menu.fixed and ("name",) not in menu.keys:
        return
    count = Counter(row.values.get("name") for row in after)
    for row, entry in zip(results, entries, strict=True):
        name = row.values.get("name")
        if name and count[name] > 1 and not menu.duplicates:
            others = ", ".join(
                describe(menu, o, key_only=True) for o in after if o is not row and o.values.get("name") == name
            )
            raise InvalidEntry(
                f"{request.router}: {menu.path}, {entry.label}: {word('name', name)}: {others} would have that name too"
            )


def _free_names_first(
    menu: Menu, groups: list[list[Operation]], rows: Sequence[Row], request: Request
) -> list[list[Operation]]:
    """Return the operations in an order in which no row is given a name that another still has.

    A port that has the name which another shall have, and is itself not spoken of, or which exchanges names with it, first
    gets its default name back; where that is taken, and it shall be named anew, a name of no importance.
    """
    renames = {
        number: (operation.row, operation.values["name"] or "")
        for number, group in enumerate(groups)
        for operation in group
        if operation.verb == "set" and operation.row is not None and operation.values.get("name")
    }
    if not renames:
        return groups
    holders = {row.values["name"]: row for row in rows if "name" in row.values}
    first: list[list[Operation]] = []
    waiting = dict(renames)
    while waiting:
        ready = [number for number, (row, new) in waiting.items() if holders.get(new, row) is row]
        if not ready:
            holder = holders[next(iter(waiting.values()))[1]]
            default = holder.values.get("default-name", "")
            if (not default or default in holders) and any(row is holder for row, _new in waiting.values()):
                # it gets its own new name later
                default = next(name for n in count() if (name := f"{holder.values['name']}-{n}") not in holders)
            if not default or default in holders:
                raise InvalidEntry(
                    f"{request.router}: {menu.path}: {word('name', holder.values['name'])} is still the name of another row; "
                    "give that one another name first"
                )
            del holders[holder.values["name"]]
            holders[default] = holder
            first.append([Operation("set", menu, describe(menu, holder, key_only=True), holder, {"name": default})])
            continue
        for number in ready:
            row, new = waiting.pop(number)
            holders = {name: holder for name, holder in holders.items() if holder is not row} | {new: row}
            first.append(groups[number])
    return first + [group for number, group in enumerate(groups) if number not in renames]


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
