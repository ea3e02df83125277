# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way back over a connection that still stands: what a change did is undone, what others did meanwhile stays.

Safe mode's own undo knows no difference between the two. So as long as the session lives, rows are led back from what they
are now, by a plan like any other.
"""

from __future__ import annotations

from collections.abc import Sequence

from .engine import plan_menus_between
from .errors import NotInvertible
from .judgement import agrees
from .names import Names
from .plan import Plan
from .reading import Rows
from .request import Request
from .rows import Row, describe


def reversal(plans: Sequence[Plan], before: Rows, now: Rows, request: Request) -> list[Plan]:
    """Return the plans that take back what of *plans* has been carried out; *before* and *now* are rows by menu's path.

    Raises NotInvertible where that takes what the router never tells, such as a password; safe mode's own undo has it.
    """
    names = Names()
    steps = []
    for made in plans:
        there = now[made.menu.path]
        _refuse_untold(made, before[made.menu.path], there)
        # what others wrote names ports as they are now, and follows when they get their names back
        target = _target(made, before[made.menu.path], there, [names.renamed(made.menu, row) for row in there])
        names.follow(made.menu, there, target)
        steps.append((made.menu, there, target))
    return plan_menus_between(steps, {made.menu.path: made.moved for made in plans}, request)


def _refuse_untold(made: Plan, before: Sequence[Row], now: Sequence[Row]) -> None:
    unread = [known.name for known in made.menu.fields if known.unread and known.writable]
    old, there = {row.id: row for row in before}, {row.id for row in now}
    for operation in (*made.operations, *made.removals) if unread else ():
        row = old.get(operation.row.id) if operation.row is not None else None
        if row is None:
            continue
        for name in unread:
            lost = row.id not in there if operation.verb == "remove" else name in operation.values
            if lost and name not in row.values:
                raise NotInvertible(
                    f"{made.menu.path}, {describe(made.menu, row, key_only=True)}: {name} cannot be taken back one by one "
                    f"({operation.verb}): the router does not tell what it was"
                )


def _target(made: Plan, before: Sequence[Row], now: Sequence[Row], renamed: Sequence[Row]) -> list[Row]:
    """Return the rows as they would be had the plan never been carried out; *renamed* are those of *now* with the names that
    what they refer to gets back."""
    old = {row.id: row for row in before}
    new = {row.id: row for row in made.after if row.id is not None or made.menu.singleton}
    mine = _brought(made, [row for row in now if row.id not in old])
    rows = [
        _given_back(old[row.id], new.get(row.id, old[row.id]), back) if row.id in old else back
        for row, back in zip(now, renamed, strict=True)
        if id(row) not in mine
    ]
    there = {row.id for row in rows}
    gone = [op.row.id for op in made.removals if op.row is not None and op.row.id not in there]
    returning = {id_: Row(f"+{id_}", old[id_].values) for id_ in gone}
    moved = made.moved & there
    by_id: dict[str | None, Row] = {row.id: row for row in rows if row.id in moved}
    rows = [row for row in rows if row.id not in moved]
    # from the last to the first, so that what each stood before is already in its place
    placed = list(before)
    for number in range(len(placed) - 1, -1, -1):
        row = returning.get(placed[number].id) or by_id.get(placed[number].id)
        if row is None:
            continue
        behind = {returning[r.id].id if r.id in returning else r.id for r in placed[number + 1 :]}
        at = next((place for place, other in enumerate(rows) if other.id in behind), len(rows))
        rows.insert(at, row)
    return rows


def _brought(made: Plan, new: Sequence[Row]) -> set[int]:
    """Return the identities of those among *new* rows that the plan has added: of several that say the same, as many as it
    adds, and those that say the least beside it."""
    mine: set[int] = set()
    for wanted in made.after:
        if wanted.id is None and not made.menu.singleton:
            fitting = [row for row in new if id(row) not in mine and agrees(made.menu, wanted, row)]
            mine |= {id(row) for row in sorted(fitting, key=lambda row: len(row.values))[:1]}
    return mine


def _given_back(old: Row, new: Row, row: Row) -> Row:
    """Return *row* with the properties that the plan changes as they were; others may have changed the rest."""
    ours = {name for name, _value in old.values.items() ^ new.values.items()}
    return row.changed({name: old.values.get(name) for name in ours})
