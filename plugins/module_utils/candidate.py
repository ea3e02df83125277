# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a router's rows will be when a transaction is committed: read once, changed by plans, never by the network.

Rows that are only planned have ids of their own (``+1``, ``+2``), so that a later plan of the same transaction can change,
move or remove them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Hashable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .engine import Result, plan_menus_between, prepare, propose
from .mask import Mask, secret_values, visible
from .menus import find_menu, rank
from .menus.base import KEEP, Menu
from .names import Names
from .plan import Plan
from .reading import Reading, Rows
from .request import Request
from .rows import Row, describe
from .script import menu_path, word
from .version import Version


@dataclass
class Candidate:
    """A transaction that was begun on one router.

    ``begun`` are the rows as they were read, ``rows`` what they will be, ``names`` the names there will be, by menu.
    ``requests`` are what was asked for so far, in order, so that it can be planned again against other rows. ``touched`` are
    the ids of the rows that the plans speak of, ``moved`` of those that they move. ``job`` is the name of the change that waits
    for its confirmation, once there is one, ``ended`` why the transaction has failed.
    """

    router: str
    login: str
    version: Version
    begun: Rows
    rows: Rows
    names: dict[str, list[str]]
    troubles: dict[str, str] = field(default_factory=dict)
    requests: list[dict[str, Any]] = field(default_factory=list)
    touched: dict[str, set[str]] = field(default_factory=dict)
    moved: dict[str, set[str]] = field(default_factory=dict)
    planned: int = 0
    job: dict[str, Any] = field(default_factory=dict)
    ended: str = ""

    @classmethod
    def of(cls, router: str, login: str, found: Reading) -> Candidate:
        """Begin with what was read."""
        return cls(router, login, found.version, found.rows, dict(found.rows), found.names.there, found.troubles)

    def failed(self, problem: str) -> Candidate:
        """Return what is left of a transaction that has failed."""
        return Candidate(self.router, self.login, self.version, {}, {}, {}, ended=problem)

    def again(self, found: Reading) -> Candidate:
        """Return a candidate with the same requests on other rows; raises InvalidEntry where they no longer fit."""
        fresh = Candidate.of(self.router, self.login, found)
        for asked in self.requests:
            fresh.ask(asked["menus"], Request(**asked["request"]), Mask(), asked["secrets"])
        return fresh

    @property
    def menus(self) -> list[Menu]:
        """The menus that were read, in the order in which changes are written."""
        return sorted((find_menu(path) for path in self.begun), key=rank)

    @property
    def secrets(self) -> list[str]:
        """What no result may show: what the requests call secret, and what is so by its nature."""
        named = [secret for asked in self.requests for secret in asked["secrets"]]
        rows = [
            (find_menu(path), row) for rows in (self.begun, self.rows) for path, found in rows.items() for row in found
        ]
        return named + [secret for menu, row in rows for secret in secret_values(menu, row.values.items())]

    def reading(self) -> Reading:
        """Return the rows and names as they will be, as if they had been read."""
        names = Names()
        for path, there in self.names.items():
            names.read(path, there)
        return Reading(self.version, dict(self.rows), names, self.troubles)

    def ask(self, menus: Any, request: Request, mask: Mask, secrets: Sequence[str] = ()) -> Result:
        """Plan *menus* against the candidate, which is then as planned; raises InvalidEntry and leaves it as it was."""
        result = propose(prepare(menus, request, mask), self.reading())
        self.requests.append(
            {
                "menus": deepcopy(menus),
                "request": {name: value for name, value in vars(request).items() if name != "version"},
                "secrets": [*secrets],
            }
        )
        for made in result.plans:
            self._follow(made)
        self.names = result.names.there
        self._rename(result.plans)
        return result

    def _follow(self, made: Plan) -> None:
        """Take a plan's outcome over; what it adds gets an id of ours, or that of the row which it brings back."""
        path = made.menu.path
        back = {} if made.menu.singleton else self._brought_back(made)
        rows = []
        for row in made.after:
            if id(row) in back:
                row = back[id(row)]
            elif row.id is None and not made.menu.singleton:
                self.planned += 1
                row = Row(f"+{self.planned}", row.values, row.told)
            rows.append(row)
        self.rows[path] = rows
        spoken = [*made.wanted, *(op.row for op in (*made.operations, *made.removals) if op.row is not None)]
        self.touched.setdefault(path, set()).update(row.id for row in spoken if row.id is not None)
        moved = made.moved | {row.id for row in back.values() if row.id is not None}
        self.moved.setdefault(path, set()).update(moved)

    def _brought_back(self, made: Plan) -> dict[int, Row]:
        """Return, for rows that a plan adds, what they become of rows that earlier plans, or this one, take away.

        A router would refuse to add what is still there, as removals are written last. What a change leaves alone where it
        is not said (see KEEP) stays as it was too.
        """
        menu = made.menu
        added = [row for row in made.after if row.id is None]
        if not added:
            return {}
        there = {row.id for row in made.after}
        names = Names()
        for other in self.menus:
            names.follow(other, self.begun[other.path], self.rows[other.path])
        gone: dict[Hashable, list[Row]] = {}
        for row in self.begun[menu.path]:
            if row.id not in there:
                renamed = names.renamed(menu, row)
                gone.setdefault(renamed.name(menu), []).append(renamed)
        kept = {f.name for f in menu.fields if f.default == KEEP or not f.writable}
        out: dict[int, Row] = {}
        for row in added:
            if olds := gone.get(row.name(menu)):
                old = olds.pop(0)
                values = {name: value for name, value in old.values.items() if name in kept}
                out[id(row)] = Row(old.id, values | row.values, old.told)
        return out

    def _rename(self, plans: Sequence[Plan]) -> None:
        """Let what refers to a renamed row follow, as the router will. A plan's own rows have followed those before it."""
        place = {made.menu.path: number for number, made in enumerate(plans)}
        renaming = [made for made in plans if any(op.verb == "set" and "name" in op.values for op in made.operations)]
        for path, rows in self.rows.items() if renaming else ():
            menu = find_menu(path)
            names = Names()
            for made in renaming:
                if place[made.menu.path] > place.get(path, -1):
                    names.follow(made.menu, made.rows, made.after)
            self.rows[path] = [names.renamed(menu, row) for row in rows]

    def plans(self) -> list[Plan]:
        """Return what leads from the rows as read to those of the candidate, all requests taken together."""
        request = Request(self.router, login=self.login, version=self.version)
        return plan_menus_between(
            [(menu, self.begun[menu.path], self.rows[menu.path]) for menu in self.menus if menu.path in self.rows],
            {path: frozenset(ids) for path, ids in self.moved.items()},
            request,
        )

    def conflicts(self, found: Reading) -> list[str]:
        """Return, as lines, the rows that matter and are no longer as they were read."""
        return [line for menu in self.menus for line in self._conflicts(menu, found)]

    def _conflicts(self, menu: Menu, found: Reading) -> list[str]:
        path = menu.path
        if path in found.troubles:
            return [f"{path}: cannot be read any more: {found.troubles[path]}"] if path in self.touched else []
        now = found.rows[path]
        there = {row.id: row for row in now}
        before = [row for row in self.begun[path] if row.id in self.touched.get(path, ()) or row.id is None]
        lines = []
        for row in before if path in self.touched else ():
            told = f"{path}, {_name(menu, row)}"
            other = there.get(row.id)
            if other is None:
                lines.append(f"{told}: has been removed")
            elif other.values != row.values:
                lines.append(f"{told}: {_difference(menu, row, other)}")
        ids = [row.id for row in before if row.id in there]
        if menu.ordered and ids != [row.id for row in now if row.id in set(ids)]:
            lines.append(f"{path}: the order of the rows has been changed")
        known = {row.id for row in self.begun[path]}
        lines += [
            f"{path}, {_name(menu, row)}: has been added"
            for row in now
            if row.id not in known and self._would_matter(menu, row)
        ]
        return lines

    def _would_matter(self, menu: Menu, row: Row) -> bool:
        """Whether a row that somebody has added meanwhile would have changed the plan."""
        keys = {planned.key(menu) for planned in self.rows[menu.path] if (planned.id or "").startswith("+")}
        if (key := row.key(menu)) and key in keys:
            return True
        return any(
            asked["request"]["state"] in ("overridden", "deleted")
            and menu.path in (menu_path(path) for path in asked["menus"])
            and Request(**asked["request"]).owns(row)
            for asked in self.requests
        )

    # Keeping it from one task to the next

    def save(self, file: Path) -> None:
        """Write it to a file that only this user can read; secrets may be in it."""
        told = vars(self) | {
            "begun": _plain_rows(self.begun),
            "rows": _plain_rows(self.rows),
            "touched": {path: sorted(ids) for path, ids in self.touched.items()},
            "moved": {path: sorted(ids) for path, ids in self.moved.items()},
        }
        descriptor = os.open(file.with_suffix(".new"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            json.dump(told, out)
        file.with_suffix(".new").replace(file)

    @classmethod
    def load(cls, file: Path) -> Candidate:
        """Read what ``save`` has written."""
        told = json.loads(file.read_text(encoding="utf-8"))
        told |= {
            "version": tuple(told["version"]),
            "begun": _rows(told["begun"]),
            "rows": _rows(told["rows"]),
            "touched": {path: set(ids) for path, ids in told["touched"].items()},
            "moved": {path: set(ids) for path, ids in told["moved"].items()},
        }
        return cls(**told)


def _name(menu: Menu, row: Row) -> str:
    """Name a row, without what is secret where only the whole of it names it."""
    return describe(menu, Row(row.id, visible(menu, row)), key_only=True)


def _difference(menu: Menu, old: Row, new: Row) -> str:
    was, now = visible(menu, old), visible(menu, new)
    names = sorted({name for name, _value in old.values.items() ^ new.values.items()})
    return ", ".join(f"{word(name, was.get(name, ''))} has become {word(name, now.get(name, ''))}" for name in names)


def _plain_rows(rows: Rows) -> dict[str, list[Any]]:
    return {path: [[row.id, row.values, dict(row.told)] for row in found] for path, found in rows.items()}


def _rows(told: Mapping[str, Sequence[Any]]) -> Rows:
    return {path: [Row(*row) for row in found] for path, found in told.items()}
