# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way back: from plans to a script that takes back what they write, run by the router itself.

Nobody knows how far the writes came when it runs, so every statement bears that its write never came, and all of it can run
again. Writes come as all plans' operations, then their removals from the last plan to the first; the way back goes in exactly
the reverse order.

References follow a renamed row by themselves; the script asks what the row is called by now.

Why it leads back from anywhere: each statement finds its row by what the row is after its write. What was moved is put before
the next row, in the order of the beginning, that no earlier write moves; so after all statements every row is before the
ones that it was before, whether or not the moves had come.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from .errors import NotInvertible
from .locate import Place, Wording, apart, by_id, by_values, is_keyed, narrowed
from .menus.base import KEEP
from .names import namespaces
from .operation import Operation
from .plan import Plan
from .rows import Row, describe
from .values import Bool, Source, Switch, Text
from .version import Version

ANCHORS = 3
"""How many rows are tried, one after the other, as the one to stand before."""

PRELUDE = ':local e 0;:local m "";:local f ""'
"""What has to stand before the statements: ``$e`` counts those that failed, ``$f`` is the menu of the last one."""

FAILED = ":set e ($e+1);:set f $m"
"""What a statement does when it fails."""

_GONE = ':if ([:len $i]=0) do={:error "gone"}'
"""A set of no row would be no failure on a router."""


def statements(plans: Sequence[Plan], version: Version) -> list[str]:
    """Return the lines of RouterOS script that take back what *plans* write, in the order in which to run them.

    They stand behind PRELUDE. Raises NotInvertible, naming menu, row and property, for what cannot be taken back.
    """
    variables: dict[str, dict[str, str]] = {}
    lines: list[str] = []
    ways: list[_Way] = []
    for made in plans:
        way = _Way(made, version, {path: dict(names) for path, names in variables.items()})
        ways.append(way)
        for where, name in way.renamed():
            # what refers to a renamed row is found, and written, by the name that the row has by now
            variable = f"n{len(lines)}"
            asked = f":set {variable} [{way.command} get [find where {where}] name]"
            lines.append(f':local {variable} "";:do {{{asked}}} on-error={{{FAILED}}}')
            for path in namespaces(made.menu):
                variables.setdefault(path, {})[name] = variable
    back = [(way, line) for way in ways for op in way.readditions() for line in way.back(op)]
    back += [(way, line) for way in reversed(ways) for op in reversed(way.plan.operations) for line in way.back(op)]
    last: _Way | None = None
    for way, line in back:
        if way is not last:
            lines.append(f':set m "{way.command}"')
            last = way
        lines.append(f":do {{{line}}} on-error={{{FAILED}}}")
    return lines


@dataclass(eq=False)
class _Item:
    """A row through all writes of a plan; ``states`` are what it is at first and after each of them."""

    states: list[Row]
    leaves: bool = False


class _Way:
    """The way back of one menu's plan."""

    def __init__(self, made: Plan, version: Version, variables: Mapping[str, Mapping[str, str]]) -> None:
        self.plan = made
        self.wording = Wording(made.menu, version, variables)
        self.menu = made.menu
        self.command = f"/{made.menu.path}"
        self.items = [_Item([row]) for row in made.rows]
        self._of = {id(row): item for row, item in zip(made.rows, self.items, strict=True)}
        self._written: dict[int, tuple[_Item, Row, Row]] = {}
        for operation in made.operations:
            self._follow(operation)
        for operation in made.removals:
            item = self._of[id(operation.row)]
            item.leaves = True
            self._written[id(operation)] = (item, item.states[-1], item.states[-1])
        self._moved = [op.row for op in made.operations if op.verb == "move"]

    def _follow(self, operation: Operation) -> None:
        if operation.verb == "add":
            item = _Item([Row(None, {n: v for n, v in operation.values.items() if v is not None})])
            self.items.append(item)
        else:
            item = self._of[id(operation.row)]
        before = item.states[-1]
        after = before.changed(operation.values) if operation.verb in ("set", "unset") else before
        item.states.append(after)
        self._written[id(operation)] = (item, before, after)

    def back(self, operation: Operation) -> Iterator[str]:
        """Yield what takes *operation* back."""
        item, before, after = self._written[id(operation)]
        if operation.verb == "add":
            yield self._unadd(item, after)
        elif operation.verb == "remove":
            yield self._readd(item, before, operation)
        elif operation.verb == "move":
            yield self._unmove(item, after, operation)
        else:
            yield from self._unset(item, before, after, operation)

    def renamed(self) -> Iterator[tuple[str, str]]:
        """Yield where the rows are that get another name, and that name; nothing refers to a singleton's, the identity's."""
        for item in () if self.menu.singleton else self.items:
            name = item.states[-1].values.get("name", "")
            if name and item.states[0].values.get("name", name) != name:
                yield self._there(item, item.states[-1], always=True).text(self.wording), name

    def readditions(self) -> list[Operation]:
        """Return the removals in the order in which to take them back.

        In an ordered menu each row comes after the one that it stands before, which may never have gone: a refused removal
        stops none of those behind it. Rows that are word for word the same as others are nobody's landmark, and come last.
        """
        latest_first = [*reversed(self.plan.removals)]
        if not self.menu.ordered:
            return latest_first
        place = {id(row): number for number, row in enumerate(self.plan.rows)}
        same = [op for op in latest_first if self._by_words(self._of[id(op.row)], self._of[id(op.row)].states[0]).alike]
        others = [op for op in latest_first if all(op is not other for other in same)]
        return [*sorted(others, key=lambda op: place[id(op.row)], reverse=True), *same]

    # Properties

    def _unset(self, item: _Item, before: Row, after: Row, operation: Operation) -> Iterator[str]:
        place = None if self.menu.singleton else self._there(item, after)
        where = "" if place is None else f" [find where {place.text(self.wording)}]"
        found = ""
        if place is not None and self._must_be_there(item, place):
            found, where = f"{self._found(place)};{_GONE};", " $i"
        setting: dict[str, str] = {}
        clearing: list[str] = []
        for name in operation.values:
            value = self._former(before, name, operation)
            if value is None:
                clearing.append(self.wording.name(name))
            else:
                setting[name] = value
        if setting:
            yield f"{found}{self.command} set{where} {self.wording.assigned(setting)}"
        for name in clearing:
            yield f"{found}{self.command} unset{where} value-name={name}"

    def _former(self, before: Row, name: str, operation: Operation) -> str | None:
        """Return the value to write so that a property is what it was; None where that takes an unset."""
        known = self.menu.field(name)
        if known is not None and known.unread:
            raise self._never(operation, name, "the router does not tell what it was")
        if name in before.values and not (known and known.is_off(before.values[name])):
            return self._told(before, name, operation)
        if known is not None and isinstance(known.kind, Switch):
            return None
        default = self.menu.default(name)
        if default is not None:
            return default
        if known is not None and isinstance(known.kind, (Text, Source)):
            return ""
        if self.menu.unsettable:
            return None
        if known is None or known.default != KEEP or known.kind.clearable:
            return ""
        raise self._never(operation, name, "it was not set, and there is no way to unset it")

    def _told(self, row: Row, name: str, operation: Operation) -> str:
        """Return a property in the router's own wording, where that is still true."""
        known = self.menu.field(name)
        value = row.values[name]
        if known is None:
            return value
        told = row.told.get(self.wording.name(name), "")
        if known.secret and re.fullmatch(r"\*+", value):
            raise self._never(
                operation, name, "the router does not tell what it was; the user lacks the policy sensitive"
            )
        if not told or isinstance(known.kind, Bool):
            return value
        try:
            return told if known.kind.canonical(told) == value else value
        except ValueError:
            return value

    # Rows

    def _unadd(self, item: _Item, row: Row) -> str:
        place = by_values(self.menu, row, self.wording.version)
        others = [other for other in self.items if other is not item and any(map(place.finds, other.states))]
        known = [id_ for other in others if (id_ := other.states[0].id) is not None]
        place = apart(place, row, [state for other in others if other.leaves for state in other.states])
        new = f"find where {replace(place, not_ids=tuple(known)).text(self.wording)}"
        if not place.alike:
            return self._remove_ours(item, row, place, known)
        # a row that leaves, and is back by now under another id, is word for word the same: as many stay as there were
        stay = sum(1 for other in others if other.states[0].id is not None and place.finds(other.states[0]))
        there = f"[:len [{self.command} find where {place.text(self.wording)}]]"
        return f":foreach i in=[{self.command} {new}] do={{:if ({there}>{stay}) do={{{self.command} remove $i}}}}"

    def _remove_ours(self, item: _Item, row: Row, place: Place, known: Sequence[str]) -> str:
        """Return what removes a row that is not one of the *known*, and not what others made of a copy of it.

        A router may spell a value otherwise, so more than its key counts only where the key finds too many.
        """
        exact = narrowed(place, row)
        one, other = (replace(at, not_ids=tuple(known)) for at in (place, exact))
        if one == other:
            return f"{self.command} remove [find where {one.text(self.wording)}]"
        # those that were added later are gone by now
        earlier = self.items[: self.items.index(item)]
        ours = 1 + sum(1 for new in earlier if new.states[0].id is None and place.finds(new.states[-1]))
        return (
            f"{self._found(one)};:if ([:len $i]>{ours}) do={{"
            f":local j [{self.command} find where {other.text(self.wording)}];:if ([:len $j]>0) do={{:set i $j}}}};"
            f":if ([:len $i]>0) do={{{self.command} remove $i}}"
        )

    def _readd(self, item: _Item, row: Row, operation: Operation) -> str:
        if not self.menu.known:
            raise self._never(operation, "", "its configuration is not known")
        place = self._by_words(item, row)
        at = next(number for number, other in enumerate(self.plan.removals) if other is operation)
        gone = {id(other.row) for other in self.plan.removals[:at]}
        near = [other for other in self.items if other is not item and any(map(place.finds, other.states))]
        going = [id_ for other in near if other.leaves and id(other.states[0]) in gone and (id_ := other.states[0].id)]
        alike = [other for other in near if place.finds(other.states[-1])]
        kept = [other for other in alike if other.leaves and id(other.states[0]) not in gone]
        first = ""
        if len(alike) > sum(other.states[0].id is not None for other in alike) and not any(
            place.finds(other.row) for other in self.plan.removals[at + 1 :] if other.row is not None
        ):
            # a new row that says just the same would pass for this one, at its own place
            ids = [id_ for other in (item, *near) if (id_ := other.states[0].id) is not None]
            first = f"{self.command} remove [find where {replace(place, not_ids=tuple(ids)).text(self.wording)}];"
        found = replace(place, not_ids=(*place.not_ids, *going)).text(self.wording)
        added = f"{self.command} add {self.wording.assigned(self._whole(row, operation))}"
        anchors = self._anchors(item, self._moved)
        if anchors:
            search, chosen = self._search(anchors), "place-before=[:pick $j 0]"
            added = f"{search};:if ([:len $j]>0) do={{{added} {chosen}}} else={{{added}}}"
        lacking = f"[:len [{self.command} find where {found}]]<{1 + len(kept)}"
        if any(other.leaves for other in near):
            # nothing but ids tells those that a refused removal has left from those that are back
            still = replace(place, id=row.id or "").text(self.wording)
            lacking = f"[:len [{self.command} find where {still}]]=0 and {lacking}"
        return f"{first}:if ({lacking}) do={{{added}}}"

    def _whole(self, row: Row, operation: Operation) -> dict[str, str]:
        """Return all that has to be written for *row* to be there again."""
        out: dict[str, str] = {}
        for known in self.menu.fields:
            if known.unread and known.name not in row.values:
                why = "the router does not tell what it was" if known.required else "nobody knows whether it was set"
                raise self._never(operation, known.name, why)
        for name, value in row.values.items():
            field = self.menu.field(name)
            if field is None or (
                field.writable and not field.is_off(value) and (field.explicit or field.default != value)
            ):
                out[name] = self._told(row, name, operation)
        return out

    # Order

    def _unmove(self, item: _Item, row: Row, operation: Operation) -> str:
        earlier = self._moved[: next(n for n, other in enumerate(self._moved) if other is operation.row)]
        place = self._there(item, row)
        anchors = self._anchors(item, earlier, whole=True)
        moved = f"{self.command} move $i"
        if anchors:
            moved = (
                f"{self._search(anchors)};:if ([:len $j]>0) do={{{moved} destination=[:pick $j 0]}} else={{{moved}}}"
            )
        if self._must_be_there(item, place):
            return f"{self._found(place)};{_GONE};{moved}"
        return f"{self._found(place)};:if ([:len $i]>0) do={{{moved}}}"

    def _anchors(self, item: _Item, moved: Sequence[Row | None], whole: bool = False) -> list[tuple[Place, int]]:
        """Return where to find the rows that *item* stood before at first, the nearest first, without those *moved*.

        The number is which of the found it is. Of rows that leave too the nearest is enough: it is there, or there again
        (see ``readditions``); ``whole`` is whether all of them are, so that even those that are alike can be counted.
        """
        if not self.menu.ordered:
            return []
        elsewhere = {id(row) for row in moved}
        at = self.items.index(item)
        behind = [other for other in self.items[at + 1 : len(self.plan.rows)] if id(other.states[0]) not in elsewhere]
        found: list[tuple[Place, int]] = []
        landmark = False
        for other in behind:
            if other.leaves:
                place = self._by_words(other, other.states[0])
                near = [each for each in self.items if each is not other and any(map(place.finds, each.states))]
                countable = whole and all(each.leaves for each in near)
                if not landmark and (countable or not place.alike):
                    number = (
                        sum(self.items.index(each) < self.items.index(other) for each in near) if place.alike else 0
                    )
                    found.append((place, number))
                    landmark = True
            else:
                found.append((self._there(other, other.states[0], always=True), 0))
            if len(found) == ANCHORS:
                break
        return found

    def _search(self, anchors: Sequence[tuple[Place, int]]) -> str:
        found = [(f"[{self.command} find where {place.text(self.wording)}]", number) for place, number in anchors]
        first, *more = [f"[:pick {where} {number} {number + 1}]" if number else where for where, number in found]
        return f":local j {first}" + "".join(f";:if ([:len $j]=0) do={{:set j {other}}}" for other in more)

    # Finding

    def _found(self, place: Place) -> str:
        """Return what puts the rows at *place* into the variable ``i``."""
        return f":local i [{self.command} find where {place.text(self.wording)}]"

    def _must_be_there(self, item: _Item, place: Place) -> bool:
        """Whether *place* finds *item* whichever writes came, so that where it does not, the way back has failed."""
        return item.states[0].id is not None and not item.leaves and all(map(place.finds, item.states))

    def _by_words(self, item: _Item, row: Row) -> Place:
        """Return where *row* is by its properties alone, as it has another id when it is back."""
        others = [state for other in self.items if other is not item for state in other.states]
        place = apart(by_values(self.menu, row, self.wording.version), row, others)
        near = [other for other in self.items if other is not item and any(map(place.finds, other.states))]
        ids = tuple(id_ for other in near if not other.leaves and (id_ := other.states[0].id) is not None)
        return replace(place, not_ids=ids, alike=() if len(ids) == len(near) else place.alike)

    def _there(self, item: _Item, row: Row, always: bool = False) -> Place:
        """Return where *row* is, which keeps its id; with ``always`` also where some of its writes have not been taken back."""
        states = item.states if always else [row]
        place = by_values(self.menu, row, self.wording.version)
        if not is_keyed(self.menu, row) or not all(map(place.finds, states)):
            place = by_id(self.menu, row)
            return replace(
                place,
                tests=tuple(test for test in place.tests if all(test.holds(self.menu, state) for state in states)),
            )
        if any(place.finds(state) for other in self.items if other is not item for state in other.states):
            return replace(place, id=row.id or "")
        return place

    def _never(self, operation: Operation, name: str, why: str) -> NotInvertible:
        row = describe(self.menu, operation.row, key_only=True) if operation.row is not None else operation.subject
        named = f" {name}" if name else ""
        return NotInvertible(
            f"{self.menu.path}, {row}:{named} cannot be taken back by the router ({operation.verb}): {why}"
        )
