# Copyright: (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every plan, over random menus, rows and entries; and the words of what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.multiwan.routeros.plugins.module_utils.errors import InvalidEntry
from ansible_collections.multiwan.routeros.plugins.module_utils.menus.base import COMMENT, KEEP, Field, Menu
from ansible_collections.multiwan.routeros.plugins.module_utils.order import longest_increasing
from ansible_collections.multiwan.routeros.plugins.module_utils.plan import Plan, Request, plan
from ansible_collections.multiwan.routeros.plugins.module_utils.rows import read_entries, read_rows
from ansible_collections.multiwan.routeros.plugins.module_utils.values import Duration, Enum, Name, Switch, Text

from .table import Table

VERSION = (7, 22, 3)
SCOPE = "ours:"
PROPERTIES = (
    Field("plain", Text(), ""),
    Field("span", Duration(), "", default="10m"),
    Field("mode", Enum(("a", "b", "c")), "", default="a"),
    Field("choice", Enum(("x", "y")), ""),
    Field("fib", Switch(), "", default="no"),
    Field("vague", Text(), "", default=KEEP),
)
VALUES: dict[str, st.SearchStrategy[str]] = {
    "plain": st.sampled_from(["one", "two words", "é ✅"]),
    "span": st.sampled_from(["10m", "00:10:00", "1d", "90s"]),
    "mode": st.sampled_from(["a", "b", "c"]),
    "choice": st.sampled_from(["x", "y"]),
    "fib": st.sampled_from(["yes", "no"]),
    "vague": st.sampled_from(["p", "q"]),
}


@st.composite
def menus(draw: st.DrawFn, ordered: bool | None = None) -> Menu:
    """A menu with a key of its own or the comment as key."""
    by_name = draw(st.booleans())
    return Menu(
        path="test menu",
        help="",
        fields=(Field("name", Name(), "", required=by_name), *PROPERTIES, COMMENT),
        keys=(("name",),) if by_name else (("comment",),),
        ordered=draw(st.booleans()) if ordered is None else ordered,
        unsettable=draw(st.booleans()),
    )


@st.composite
def contents(draw: st.DrawFn, menu: Menu, mine: bool, keys: list[str]) -> list[dict[str, str]]:
    """Rows or entries with the given keys, ours (tagged) or those of someone else."""
    out = []
    for key in keys:
        row = {"name": key, "comment": f"{SCOPE} {key}" if mine else f"theirs {key}"}
        names = draw(st.lists(st.sampled_from(sorted(VALUES)), unique=True))
        row |= {name: draw(VALUES[name]) for name in names}
        if row.get("fib") == "no":
            del row["fib"]
        out.append(row)
    return out


@st.composite
def cases(draw: st.DrawFn, ordered: bool | None = None) -> tuple[Menu, Table, list[dict[str, str]]]:
    """A menu, the router's rows (ours and others' mixed), and the entries wanted."""
    menu = draw(menus(ordered))
    pool = [f"k{number}" for number in range(8)]
    have = draw(st.lists(st.sampled_from(pool), unique=True, max_size=8))
    want = draw(st.lists(st.sampled_from(pool), unique=True, max_size=8))
    others = [f"other{number}" for number in range(draw(st.integers(0, 4)))]
    ours = draw(contents(menu, True, have))
    rows = draw(st.permutations(ours + draw(contents(menu, False, others))))
    return menu, Table(rows), draw(contents(menu, True, want))


def make(menu: Menu, table: Table, entries: list[dict[str, Any]], request: Request) -> Plan:
    """Plan from the table's rows as they are now."""
    rows = read_rows(menu, table.rows, VERSION)
    return plan(menu, rows, read_entries("r1", menu, entries), request)


def carry_out(made: Plan, table: Table) -> None:
    for operation in (*made.operations, *made.removals):
        table.obey(operation.sentence(VERSION))


def ours(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return [row for row in rows if row.get("comment", "").startswith(SCOPE)]


def canonical(menu: Menu, row: dict[str, str]) -> dict[str, str]:
    (read,) = read_rows(menu, [row], VERSION)
    return {f.name: value for f in menu.fields if (value := read.effective(menu, f.name)) is not None}


REQUEST = Request("r1", "overridden", SCOPE, version=VERSION)


@given(cases())
def test_the_wanted_state_is_reached_and_stays(case: tuple[Menu, Table, list[dict[str, str]]]) -> None:
    menu, table, entries = case
    made = make(menu, table, entries, REQUEST)
    carry_out(made, table)
    have = {row["name"]: canonical(menu, row) for row in ours(table.rows)}
    assert have.keys() == {entry["name"] for entry in entries}
    for entry in entries:
        want = canonical(menu, entry)
        if "vague" not in entry:
            # its default is not known, so what the row has is left alone
            have[entry["name"]].pop("vague", None)
        assert have[entry["name"]] == want
    again = make(menu, table, entries, REQUEST)
    assert (again.operations, again.removals) == ((), ())
    assert not again.drift.as_dict().keys() - {"foreign"}


@given(cases())
def test_what_was_foretold_is_what_comes(case: tuple[Menu, Table, list[dict[str, str]]]) -> None:
    menu, table, entries = case
    made = make(menu, table, entries, REQUEST)
    carry_out(made, table)
    assert [row.values for row in made.after] == [row.values for row in read_rows(menu, table.rows, VERSION)]


@given(cases(), st.sampled_from(["merged", "replaced", "overridden", "deleted"]))
def test_rows_of_others_stay_as_they_are(case: tuple[Menu, Table, list[dict[str, str]]], state: str) -> None:
    menu, table, entries = case
    before = [dict(row) for row in table.rows if row not in ours(table.rows)]
    carry_out(make(menu, table, entries, replace(REQUEST, state=state)), table)
    assert [row for row in table.rows if row not in ours(table.rows)] == before


@given(cases(ordered=True))
def test_order_costs_the_fewest_moves(case: tuple[Menu, Table, list[dict[str, str]]]) -> None:
    menu, table, entries = case
    position = {row["name"]: number for number, row in enumerate(table.rows)}
    kept = [position[entry["name"]] for entry in entries if entry["name"] in position]
    made = make(menu, table, entries, REQUEST)
    carry_out(made, table)
    assert [row["name"] for row in ours(table.rows)] == [entry["name"] for entry in entries]
    assert table.writes.get("move", 0) == len(kept) - slow_longest(kept)


@given(cases(), st.data())
def test_an_edit_of_one_property_is_one_write(
    case: tuple[Menu, Table, list[dict[str, str]]], data: st.DataObject
) -> None:
    menu, table, entries = case
    carry_out(make(menu, table, entries, REQUEST), table)
    table.writes.clear()
    if not entries:
        return
    number = data.draw(st.integers(0, len(entries) - 1))
    name = data.draw(st.sampled_from(sorted(VALUES)))
    value = data.draw(VALUES[name])
    edited = [dict(entry) for entry in entries]
    edited[number][name] = value
    carry_out(make(menu, table, edited, REQUEST), table)
    if name == "vague":
        return
    same = canonical(menu, entries[number]) == canonical(menu, edited[number])
    assert sum(table.writes.values()) == (0 if same else 1)
    assert set(table.writes) <= {"set", "unset"}


@given(cases())
def test_merged_adds_and_sets_but_never_removes(case: tuple[Menu, Table, list[dict[str, str]]]) -> None:
    menu, table, entries = case
    before = {row["name"]: dict(row) for row in table.rows}
    made = make(menu, table, entries, replace(REQUEST, state="merged"))
    carry_out(made, table)
    after = {row["name"]: row for row in table.rows}
    assert "remove" not in table.writes
    for name, row in before.items():
        given_ = next((entry for entry in entries if entry["name"] == name), {})
        for property_, value in row.items():
            if property_ not in given_:
                assert after[name][property_] == value
    again = make(menu, table, entries, replace(REQUEST, state="merged"))
    assert (again.operations, again.removals) == ((), ())


@given(cases())
def test_deleted_removes_what_is_named_and_only_that(case: tuple[Menu, Table, list[dict[str, str]]]) -> None:
    menu, table, entries = case
    names = {row["name"] for row in table.rows}
    gone = {entry["name"] for entry in entries} or {row["name"] for row in ours(table.rows)}
    carry_out(make(menu, table, entries, replace(REQUEST, state="deleted")), table)
    assert {row["name"] for row in table.rows} == names - gone


@given(st.permutations(list(range(9))))
def test_longest_increasing(numbers: list[int]) -> None:
    places = longest_increasing(numbers)
    found = [numbers[place] for place in places]
    assert found == sorted(found)
    assert places == sorted(places)
    assert len(places) == slow_longest(numbers)


def slow_longest(numbers: list[int]) -> int:
    lengths: list[int] = []
    for place, number in enumerate(numbers):
        lengths.append(1 + max((lengths[p] for p in range(place) if numbers[p] < number), default=0))
    return max(lengths, default=0)


POOL = Menu(
    "test pool",
    "",
    (Field("name", Name(), "", required=True), Field("ranges", Text(), "", required=True), COMMENT),
    (("name",),),
)
PORT = Menu("test port", "", (Field("name", Name(), ""), COMMENT), (("name",),), fixed=True)


def refusal(menu: Menu, table: Table, entries: list[dict[str, Any]], request: Request = REQUEST) -> str:
    with pytest.raises(InvalidEntry) as caught:
        make(menu, table, entries, request)
    return str(caught.value)


def test_a_row_of_someone_else_is_not_taken_over_unasked() -> None:
    table = Table([{"name": "p1", "ranges": "10.0.0.2-10.0.0.9"}])
    entry = {"name": "p1", "ranges": "10.0.0.2-10.0.0.5", "comment": "ours: p1"}
    text = refusal(POOL, table, [entry])
    assert text.startswith(
        "r1: test pool, entry 1 (name=p1): the router has a row with the same name=p1 that is not ours"
    )
    assert "set adopt to true" in text
    made = make(POOL, table, [entry], replace(REQUEST, adopt=True))
    assert [op.verb for op in made.operations] == ["set"]


@pytest.mark.parametrize(
    ("menu", "entries", "message"),
    [
        (POOL, [{"nmae": "p"}], "r1: test pool, entry 1: unknown property 'nmae'; did you mean 'name'?"),
        (
            POOL,
            [{"name": "p", "comment": "ours:"}],
            "r1: test pool, entry 1 (name=p): no such row yet, and to add it ranges must be given",
        ),
        (
            POOL,
            [{"name": "p", "ranges": "x"}] * 2,
            "r1: test pool, entry 2 (name=p): given twice, first as entry 1 (name=p)",
        ),
        (
            PORT,
            [{"name": "ether9"}],
            "r1: test port, entry 1 (name=ether9): the router has no such row; it has name=ether1",
        ),
    ],
)
def test_refusals(menu: Menu, entries: list[dict[str, Any]], message: str) -> None:
    assert refusal(menu, Table([{"name": "ether1"}]), entries) == message


def test_properties_that_the_version_lacks() -> None:
    new = Menu("test menu", "", (Field("name", Name(), ""), Field("check", Text(), "", since=(7, 19))), (("name",),))
    request = Request("r1", version=(7, 12, 2))
    text = refusal(new, Table(), [{"name": "a", "check": "ping"}], request)
    assert text == ("r1: test menu, entry 1 (name=a): check=ping: needs RouterOS 7.19 or later; the router has 7.12.2")
    make(new, Table(), [{"name": "a"}], request)


def test_a_replaced_block_keeps_its_place_among_the_rules_of_others() -> None:
    menu = Menu("test rule", "", (Field("name", Name(), ""), COMMENT), (("comment",),), ordered=True)
    rows = [{"name": "first", "comment": "theirs"}, {"name": "a", "comment": "ours: a"}, {"name": "last"}]
    table = Table(rows)
    made = make(menu, table, [{"name": "b", "comment": "ours: b"}, {"name": "c", "comment": "ours: c"}], REQUEST)
    assert [op.verb for op in (*made.operations, *made.removals)] == ["add", "add", "remove"]
    carry_out(made, table)
    assert [row["name"] for row in table.rows] == ["first", "b", "c", "last"]


def test_a_better_key_of_one_entry_is_not_taken_by_a_worse_key_of_another() -> None:
    fields = (Field("gateway", Text(), ""), COMMENT)
    menu = Menu("test route", "", fields, (("comment",), ("gateway",)))
    table = Table([{"gateway": "1", "comment": "ours: b"}])
    entries = [{"gateway": "1", "comment": "ours: new"}, {"gateway": "2", "comment": "ours: b"}]
    made = make(menu, table, entries, REQUEST)
    assert [(op.verb, op.values.get("gateway")) for op in made.operations] == [("add", "1"), ("set", "2")]


@pytest.mark.parametrize(("scope", "mode"), [("ours:", "b"), ("", None)])
def test_with_a_scope_a_port_keeps_what_is_not_said_of_it(scope: str, mode: str | None) -> None:
    menu = Menu("test port", "", (Field("name", Name(), ""), *PROPERTIES, COMMENT), (("name",),), fixed=True)
    table = Table([{"name": "ether1", "mode": "b", "comment": "someone's"}, {"name": "ether2", "mode": "c"}])
    entries = [{"name": "ether1", "comment": "Fiberstar"}]
    carry_out(make(menu, table, entries, replace(REQUEST, scope=scope)), table)
    assert table.rows[0]["comment"] == "Fiberstar"
    assert table.rows[0].get("mode", "a") == (mode or "a")
    assert table.rows[1]["mode"] == "c"
