# Copyright (c) multiwan.routeros contributors
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
from ansible_collections.multiwan.routeros.plugins.module_utils.menus import find_menu
from ansible_collections.multiwan.routeros.plugins.module_utils.menus.base import COMMENT, KEEP, Field, Menu
from ansible_collections.multiwan.routeros.plugins.module_utils.order import longest_increasing
from ansible_collections.multiwan.routeros.plugins.module_utils.plan import Plan, plan
from ansible_collections.multiwan.routeros.plugins.module_utils.request import Request
from ansible_collections.multiwan.routeros.plugins.module_utils.rows import Entry, Row, read_entries, read_rows
from ansible_collections.multiwan.routeros.plugins.module_utils.values import Duration, Enum, Name, Source, Switch, Text

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
    # a row that must both change and move is added where it belongs and removed where it was
    replaced = table.writes.get("add", 0) - (len(entries) - len(kept))
    assert table.writes.get("move", 0) + replaced == len(kept) - slow_longest(kept)


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
    before = {row["name"]: canonical(menu, row) for row in table.rows}
    made = make(menu, table, entries, replace(REQUEST, state="merged"))
    carry_out(made, table)
    after = {row["name"]: canonical(menu, row) for row in table.rows}
    assert len(after) == len(table.rows)
    wanted = {entry["name"]: canonical(menu, entry) for entry in entries}
    said = {entry["name"]: entry.keys() for entry in entries}
    for name, row in after.items():
        old = before.get(name, wanted.get(name, {}))
        for property_, value in row.items():
            source = wanted[name] if property_ in said.get(name, ()) else old
            assert source.get(property_) == value
    assert after.keys() == before.keys() | wanted.keys()
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


RULE = Menu(
    "test rule",
    "",
    (Field("action", Text(), ""), Field("src", Text(), ""), Field("log", Text(), "", default="no"), COMMENT),
    (("comment",),),
    ordered=True,
)


def test_without_a_comment_a_rule_is_only_the_row_that_says_just_the_same() -> None:
    table = Table([{"action": "drop", "src": "invalid", "log": "no"}, {"action": "accept", "src": "10"}])
    request = Request("r1", "replaced", version=VERSION)
    made = make(RULE, table, [{"action": "drop"}], request)
    assert [(op.verb, op.values) for op in made.operations] == [("add", {"action": "drop"})]
    carry_out(made, table)
    assert make(RULE, table, [{"action": "drop"}], request).operations == ()
    assert make(RULE, table, [{"action": "drop", "src": "invalid"}], request).operations == ()
    gone = make(RULE, table, [{"action": "drop"}], replace(request, state="deleted"))
    assert [op.row.id for op in gone.removals if op.row] == ["*3"]


@st.composite
def unnamed(draw: st.DrawFn) -> list[dict[str, str]]:
    """Different rules without comments, some of which say part of what others say."""
    rules = st.fixed_dictionaries(
        {"action": st.sampled_from(["accept", "drop"])},
        optional={"src": st.sampled_from(["a", "b"]), "log": st.sampled_from(["yes", "no"])},
    )
    return draw(st.lists(rules, unique_by=lambda r: (r["action"], r.get("src"), r.get("log", "no")), max_size=6))


@given(unnamed(), unnamed())
def test_rules_without_comments_reach_the_wanted_state_too(
    have: list[dict[str, str]], want: list[dict[str, str]]
) -> None:
    table = Table(have)
    request = Request("r1", "overridden", version=VERSION)
    carry_out(make(RULE, table, want, request), table)
    assert [canonical(RULE, row) for row in table.rows] == [canonical(RULE, entry) for entry in want]
    again = make(RULE, table, want, request)
    assert (again.operations, again.removals) == ((), ())


@given(cases(), st.booleans())
def test_deleting_again_deletes_nothing(case: tuple[Menu, Table, list[dict[str, str]]], tagged: bool) -> None:
    menu, table, entries = case
    menu = replace(menu, keys=(("comment",), ("plain",)))
    if not entries:
        return
    request = replace(REQUEST, state="deleted", scope=SCOPE if tagged else "")
    carry_out(make(menu, table, entries, request), table)
    left = [dict(row) for row in table.rows]
    carry_out(make(menu, table, entries, request), table)
    assert table.rows == left


def test_a_row_with_a_comment_of_its_own_is_not_found_by_less() -> None:
    fields = (Field("gateway", Text(), ""), Field("distance", Text(), ""), COMMENT)
    menu = Menu("test route", "", fields, (("comment",), ("gateway",)))
    table = Table([{"gateway": "1", "comment": "main"}, {"gateway": "2"}])
    entries = [{"gateway": "1", "distance": "10", "comment": "backup"}, {"gateway": "2", "comment": "second"}]
    made = make(menu, table, entries, Request("r1", version=VERSION))
    assert [op.verb for op in made.operations] == ["add", "set"]


def test_a_rule_that_changes_and_moves_is_never_half_of_both() -> None:
    rows = [
        {"action": action, "comment": f"ours: {name}"} for name, action in (("a", "accept"), ("b", "b"), ("c", "c"))
    ]
    table = Table(rows)
    wanted = [rows[1], rows[2], {"action": "drop", "comment": "ours: a"}]
    made = make(RULE, table, wanted, REQUEST)
    assert [op.verb for op in (*made.operations, *made.removals)] == ["add", "remove"]
    carry_out(made, table)
    assert [row["action"] for row in table.rows] == ["b", "c", "drop"]


PORTS = Menu(
    "test port",
    "",
    (Field("default-name", Name(), "", writable=False), Field("name", Name(), "")),
    (("default-name",), ("name",)),
    fixed=True,
)


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (["ISP1", "ISP2", "e3"], {"e1": "ISP2", "e2": "ISP1"}),
        (["e1", "ISP2", "e3"], {"e3": "ISP2"}),
        (["A", "B", "C"], {"e1": "B", "e2": "C", "e3": "A"}),
        (["A", "B", "e3"], {"e1": "B", "e2": "C"}),
    ],
)
def test_ports_exchange_names_and_take_over_those_of_others(names: list[str], wanted: dict[str, str]) -> None:
    table = Table([{"default-name": f"e{n}", "name": name} for n, name in enumerate(names, 1)])
    entries = [{"default-name": port, "name": name} for port, name in wanted.items()]
    request = Request("r1", "overridden", SCOPE, version=VERSION)
    made = make(PORTS, table, entries, request)
    for operation in made.operations:
        table.obey(operation.sentence(VERSION))
        have = [row["name"] for row in table.rows]
        assert len(set(have)) == len(have), "a router refuses a name that another port has"
    assert {row["default-name"]: row["name"] for row in table.rows}.items() >= wanted.items()
    assert [row.values for row in made.after] == [row.values for row in read_rows(PORTS, table.rows, VERSION)]
    assert make(PORTS, table, entries, request).operations == ()


def test_a_port_is_found_by_its_default_name_alone() -> None:
    table = Table([{"default-name": "e1", "name": "ISP1"}])
    text = refusal(PORTS, table, [{"default-name": "e22", "name": "ISP1"}])
    assert text.startswith("r1: test port, entry 1 (default-name=e22): the router has no such row")


def test_two_rows_cannot_get_one_name() -> None:
    table = Table([{"default-name": "e1", "name": "e1"}, {"default-name": "e2", "name": "e2"}])
    entries = [{"default-name": "e1", "name": "LAN"}, {"default-name": "e2", "name": "LAN"}]
    assert "name=LAN: default-name=e2 would have that name too" in refusal(PORTS, table, entries)


def test_rows_that_share_their_key_are_named_by_their_ids() -> None:
    table = Table([{"action": "a", "comment": "ours: x"}, {"action": "b", "comment": "ours: x"}])
    made = make(RULE, table, [{"action": "a", "comment": "ours: x"}], REQUEST)
    assert [op.text() for op in made.removals] == ["/test rule remove *2"]


def test_a_changed_script_is_told_by_where_it_differs() -> None:
    menu = Menu("test script", "", (Field("name", Name(), ""), Field("source", Source(), "")), (("name",),))
    table = Table([{"name": "s", "source": "one\ntwo\nthree"}])
    made = make(menu, table, [{"name": "s", "source": "one\n2\nthree"}], Request("r1", version=VERSION))
    assert made.drift.changed == ("name=s: source differs from line 2 on",)


def test_rows_that_never_go_are_not_asked_to() -> None:
    menu = Menu("test group", "", (Field("name", Name(), ""), COMMENT), (("name",),), permanent=("full",))
    table = Table([{"name": "full"}, {"name": "mine"}, {"name": "standard", "default": "true"}])
    for state in ("overridden", "deleted"):
        made = make(menu, table, [], Request("r1", state, version=VERSION))
        assert [op.row.values["name"] for op in made.removals if op.row] == ["mine"]


def test_a_port_goes_before_the_protocol_that_it_needs() -> None:
    menu = find_menu("ip firewall filter")
    row = Row("*1", {"chain": "input", "protocol": "tcp", "dst-port": "80", "action": "accept", "comment": "ours: a"})
    for wanted, verbs in (
        ({"chain": "input", "comment": "ours: a"}, [("unset", ["dst-port"]), ("unset", ["protocol"])]),
        (
            {"chain": "input", "protocol": "icmp", "comment": "ours: a"},
            [("unset", ["dst-port"]), ("set", ["protocol"])],
        ),
    ):
        made = plan(menu, [row], [Entry(dict(wanted), "entry 1")], Request("r1", "replaced", SCOPE, version=VERSION))
        assert [(op.verb, list(op.values)) for op in made.operations] == verbs
