# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random routers of a few menus, and random sequences of requests to them: ours to change are the rows tagged with SCOPE."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from ansible_collections.multiwan.routeros.plugins.module_utils.candidate import Candidate
from ansible_collections.multiwan.routeros.plugins.module_utils.engine import in_order
from ansible_collections.multiwan.routeros.plugins.module_utils.mask import Mask
from ansible_collections.multiwan.routeros.plugins.module_utils.menus import find_menu
from ansible_collections.multiwan.routeros.plugins.module_utils.names import Names
from ansible_collections.multiwan.routeros.plugins.module_utils.operation import Operation
from ansible_collections.multiwan.routeros.plugins.module_utils.plan import Plan
from ansible_collections.multiwan.routeros.plugins.module_utils.reading import Reading, Rows
from ansible_collections.multiwan.routeros.plugins.module_utils.request import Request
from ansible_collections.multiwan.routeros.plugins.module_utils.rows import Row, read_rows

from .table import Table

VERSION = (7, 22, 3)
SCOPE = "ours:"
FILTER, TABLE, ROUTE, DNS = "ip firewall filter", "routing table", "ip route", "ip dns"
PORT, ADDRESS = "interface ethernet", "ip address"

Properties = dict[str, str]

_PROPERTIES: Mapping[str, Mapping[str, Sequence[str]]] = {
    FILTER: {"action": ["accept", "drop"], "src-address": ["10.0.0.1", "10.0.0.0/8"], "log": ["yes", "no"]},
    TABLE: {"fib": ["yes"], "disabled": ["yes", "no"]},
    ROUTE: {"distance": ["1", "2"], "check-gateway": ["ping", "none"], "disabled": ["yes", "no"]},
}
_KEYS = [f"k{number}" for number in range(5)]


class NamedTable(Table):
    """A table that refuses a name which another row has, as a router does."""

    def obey(self, sentence: Sequence[str]) -> None:
        super().obey(sentence)
        names = [row["name"] for row in self.rows if "name" in row]
        assert len(names) == len(set(names)), f"{sentence}: two rows would have one name"


@dataclass
class Tables:
    """A router's menus by path."""

    tables: dict[str, Table]

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        printer.text(str({path: table.rows for path, table in self.tables.items() if table.rows}))

    @classmethod
    def of(cls, rows: Mapping[str, Sequence[Properties]]) -> Tables:
        """Return tables with the given rows."""
        named = (TABLE, PORT)
        tables = cls({path: (NamedTable if path in named else Table)(found) for path, found in rows.items()})
        for path, table in tables.tables.items():
            if find_menu(path).singleton:
                del table.rows[0][".id"]
        return tables

    def copy(self) -> Tables:
        """Return a router with the same rows."""
        return Tables.of({path: table.rows for path, table in self.tables.items()})

    def entries(self, scope: str) -> dict[str, list[Properties]]:
        """Return by menu the entries that say what our rows are, with all that a request may change."""
        return {
            path: [
                ({"servers": ""} if path == DNS else {}) | {n: v for n, v in row.items() if n != ".id"}
                for row in table.rows
                if path == DNS or row["comment"].startswith(scope)
            ]
            for path, table in self.tables.items()
        }

    def rows(self) -> Rows:
        return {path: read_rows(find_menu(path), table.rows, VERSION) for path, table in self.tables.items()}

    def reading(self) -> Reading:
        """Return all rows and names as one look at the router would."""
        names = Names()
        for path, table in self.tables.items():
            names.read(path, [row["name"] for row in table.rows if "name" in row])
        if PORT in self.tables:
            names.read("interface", [row["name"] for row in self.tables[PORT].rows])
        return Reading(VERSION, self.rows(), names)

    def candidate(self) -> Candidate:
        return Candidate.of("r1", "admin", self.reading())

    def obey(self, operations: Iterable[Operation]) -> None:
        for operation in operations:
            self.hear(operation.menu.path, operation.sentence(VERSION))

    def hear(self, path: str, sentence: Sequence[str]) -> None:
        """Carry out one sentence; what names a port follows when that gets another name."""
        old = {row[".id"]: row["name"] for row in self.tables[path].rows} if path == PORT else {}
        self.tables[path].obey(sentence)
        renamed = {old[row[".id"]]: row["name"] for row in self.tables[path].rows} if path == PORT else {}
        for row in self.tables[ADDRESS].rows if ADDRESS in self.tables else ():
            row["interface"] = renamed.get(row["interface"], row["interface"])


def written(plans: Sequence[Plan]) -> list[Operation]:
    """Return all that the plans write, in the order in which it is written."""
    changes, removals = in_order(plans)
    return [*changes, *removals]


@dataclass(frozen=True)
class Asked:
    """One request: entries by menu, a state and a scope."""

    menus: dict[str, list[Properties]]
    state: str = "merged"
    scope: str = SCOPE

    @property
    def request(self) -> Request:
        return Request("r1", self.state, self.scope, login="admin")

    def of(self, candidate: Candidate) -> None:
        """Ask it of a candidate; raises InvalidEntry."""
        candidate.ask(self.menus, self.request, Mask())


@dataclass
class Case:
    """A router and requests to it."""

    router: Tables
    asked: list[Asked] = field(default_factory=list)

    def planned(self) -> Candidate:
        """Return a candidate that has been asked everything; raises InvalidEntry."""
        candidate = self.router.candidate()
        for asked in self.asked:
            asked.of(candidate)
        return candidate


def _row(path: str, key: str, mine: bool, properties: Properties) -> Properties:
    comment = {"comment": f"{SCOPE} {key}" if mine else f"theirs {key}"}
    if path == FILTER:
        return {"chain": "input", "action": "accept"} | properties | comment
    if path == TABLE:
        return {"name": key if mine else f"x{key}"} | properties | comment
    return {"gateway": f"10.0.{int(mine)}.{key[1:]}"} | properties | comment


@st.composite
def _rows(draw: st.DrawFn, path: str, mine: bool) -> list[Properties]:
    known = _PROPERTIES[path]
    out = []
    for key in draw(st.lists(st.sampled_from(_KEYS), unique=True, max_size=4)):
        names = draw(st.lists(st.sampled_from(sorted(known)), unique=True))
        out.append(_row(path, key, mine, {name: draw(st.sampled_from(known[name])) for name in names}))
    return out


@st.composite
def routers(draw: st.DrawFn) -> Tables:
    """Routers with rows of ours and of others, mixed."""
    rows = {path: draw(st.permutations(draw(_rows(path, True)) + draw(_rows(path, False)))) for path in _PROPERTIES}
    settings = {"servers": draw(st.sampled_from(["8.8.8.8", "9.9.9.9"]))} if draw(st.booleans()) else {}
    return Tables.of({**rows, DNS: [settings]})


@st.composite
def requests(draw: st.DrawFn, scope: str = SCOPE) -> Asked:
    """A request to one or several menus."""
    state = draw(st.sampled_from(["merged", "replaced", "overridden", "deleted"]))
    paths = draw(st.lists(st.sampled_from(sorted(_PROPERTIES)), unique=True, min_size=1, max_size=2))
    menus = {path: draw(_rows(path, True)) for path in paths}
    if state == "deleted":
        keys: Mapping[str, Callable[[Properties], Properties]] = {
            TABLE: lambda row: {"name": row["name"]},
            FILTER: lambda row: {"comment": row["comment"]},
            ROUTE: lambda row: {"comment": row["comment"]},
        }
        menus = {path: [keys[path](row) for row in rows] for path, rows in menus.items()}
    elif draw(st.booleans()):
        menus[DNS] = [{"servers": draw(st.sampled_from(["8.8.8.8", "1.1.1.1"]))}]
    return Asked(menus, state, scope)


@st.composite
def cases(draw: st.DrawFn, most: int = 4) -> Case:
    """A router, and requests to it one after the other."""
    return Case(draw(routers()), draw(st.lists(requests(), min_size=1, max_size=most)))


def told(path: str, rows: Iterable[Row]) -> list[Any]:
    """Return what rows say, defaults apart: in order, or sorted where order means nothing."""
    menu = find_menu(path)
    said = [sorted((n, v) for n, v in row.values.items() if v != menu.default(n)) for row in rows]
    return said if menu.ordered else sorted(said)


def all_told(rows: Rows) -> dict[str, list[Any]]:
    return {path: told(path, found) for path, found in rows.items()}


@dataclass
class Half:
    """A change that was carried out in part: its plans, the rows before, and the router as it is now.

    ``done`` of ``writes`` were carried out; ``foreign`` are rows of somebody else, by menu, that came in the meantime.
    """

    plans: list[Plan]
    before: Rows
    router: Tables
    done: int
    writes: int
    foreign: dict[str, list[Properties]]

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        before = {path: [row.values for row in rows] for path, rows in self.before.items() if rows}
        texts = [op.text() for op in written(self.plans)]
        now = {path: table.rows for path, table in self.router.tables.items() if table.rows}
        printer.text(f"from {before}, {self.done} of {texts} and {self.foreign}: {now}")


@st.composite
def halves(draw: st.DrawFn, meddled: bool) -> Half:
    """Changes of which some writes came, and where *meddled*, rows of others anywhere among them."""
    case = draw(cases(most=2))
    plans = case.planned().plans()
    before = case.router.rows()
    operations = written(plans)
    done = draw(st.one_of(st.just(len(operations)), st.integers(0, len(operations))))
    case.router.obey(operations[:done])
    foreign: dict[str, list[Properties]] = {}
    for number, path in enumerate(draw(st.lists(st.sampled_from(sorted(_PROPERTIES)), max_size=3)) if meddled else ()):
        table = case.router.tables[path]
        row = _row(path, f"k{number + 7}", False, {})
        words = [f"={name}={value}" for name, value in row.items()]
        if place := draw(st.sampled_from([None, *(row[".id"] for row in table.rows)])):
            words.append(f"=place-before={place}")
        table.obey(("/add", *words))
        foreign.setdefault(path, []).append(row)
    return Half(plans, before, case.router, done, len(operations), foreign)
