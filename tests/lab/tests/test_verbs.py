# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The common verbs: identifiers, order, several rows at once."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routerlab.model.store import Row, Table
from routerlab.wire import Wire

MANGLE = "/ip/firewall/mangle"


def order(wire: Wire, menu: str = MANGLE) -> list[str]:
    """The comments of a menu's rows."""
    return [row.get("comment", "") for row in wire.rows(f"{menu}/print")]


@pytest.fixture
def rules(wire: Wire) -> dict[str, str]:
    """Five rules a to e and their identifiers."""
    return {name: wire.add(MANGLE, chain="prerouting", action="accept", comment=name) for name in "abcde"}


def test_add_returns_an_identifier_in_capitals(wire: Wire) -> None:
    """``*A`` follows ``*9``; what is removed is never given again."""
    ids = [wire.add("/ip/pool", ranges=f"10.0.{number}.0/24") for number in range(11)]
    assert ids[0] == "*1"
    assert ids[9:] == ["*A", "*B"]
    assert wire.talk("/ip/pool/remove", f"=.id={ids[-1]}") == [["!done"]]
    assert wire.add("/ip/pool", ranges="10.9.0.0/24") == "*C"


def test_rows_are_named_by_id_number_word_and_list(wire: Wire) -> None:
    """``.id`` and ``numbers``, identifiers and names, alone and in lists."""
    wire.talk("/interface/set", "=.id=ether1", "=comment=one")
    wire.talk("/interface/set", "=numbers=*2,ether3", "=comment=many")
    rows = {row["name"]: row.get("comment") for row in wire.rows("/interface/print")}
    assert (rows["ether1"], rows["ether2"], rows["ether3"], rows["ether4"]) == ("one", "many", "many", None)


def test_a_list_with_one_unknown_row_changes_nothing(wire: Wire) -> None:
    """All or none."""
    assert wire.trap("/interface/set", "=numbers=ether1,nothing", "=comment=x") == "no such item"
    assert wire.trap("/interface/set", "=numbers=ether1,*77", "=comment=x") == "no such item (4)"
    assert not any("comment" in row for row in wire.rows("/interface/print"))


def test_set_of_one_name_for_two_rows_changes_nothing(wire: Wire) -> None:
    """The second would repeat the first."""
    for name in ("a", "b"):
        wire.add("/ip/pool", name=name, ranges="10.0.0.0/24")
    assert wire.trap("/ip/pool/set", "=numbers=a,b", "=name=c") == "failure: pool with such name exists"
    assert [row["name"] for row in wire.rows("/ip/pool/print")] == ["a", "b"]


def test_place_before(wire: Wire, rules: dict[str, str]) -> None:
    """A new rule goes in its place."""
    wire.add(MANGLE, chain="prerouting", comment="x", place_before=rules["c"])
    assert order(wire) == list("abxcde")


def test_move_before_another(wire: Wire, rules: dict[str, str]) -> None:
    """One rule, or a block in the order given."""
    wire.talk(f"{MANGLE}/move", f"=numbers={rules['e']}", f"=destination={rules['a']}")
    assert order(wire) == list("eabcd")
    wire.talk(f"{MANGLE}/move", f"=numbers={rules['d']},{rules['b']}", f"=destination={rules['a']}")
    assert order(wire) == list("edbac")
    assert {row["comment"]: row[".id"] for row in wire.rows(f"{MANGLE}/print")} == rules


def test_move_without_or_with_unknown_destination_goes_to_the_end(wire: Wire, rules: dict[str, str]) -> None:
    """Silently."""
    assert wire.talk(f"{MANGLE}/move", f"=numbers={rules['a']}") == [["!done"]]
    assert order(wire) == list("bcdea")
    assert wire.talk(f"{MANGLE}/move", f"=numbers={rules['b']}", "=destination=*FFFF") == [["!done"]]
    assert order(wire) == list("cdeab")


def test_move_before_itself_is_refused(wire: Wire, rules: dict[str, str]) -> None:
    """Alone or within a block."""
    words = (f"{MANGLE}/move", f"=numbers={rules['a']},{rules['b']}", f"=destination={rules['b']}")
    assert wire.trap(*words) == "failure: can not move object before itself"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=4, unique=True), st.integers(0, 12))
def test_moves_keep_every_row_and_the_order_of_the_rest(block: list[int], target: int) -> None:
    """Against a plain list."""
    table = Table()
    for number in range(10):
        table.insert(Row(number))
    before = target if target < 10 and target not in block else None
    table.move(block, before)
    rest = [number for number in range(10) if number not in block]
    place = len(rest) if before is None else rest.index(before)
    assert [row.id for row in table] == rest[:place] + block + rest[place:]


def test_copy_from(wire: Wire, rules: dict[str, str]) -> None:
    """What is given wins over what is copied."""
    wire.add(MANGLE, copy_from=rules["a"], comment="copy")
    assert wire.rows(f"{MANGLE}/print", "?comment=copy")[0]["chain"] == "prerouting"


def test_enable_disable_comment(wire: Wire, rules: dict[str, str]) -> None:
    """Verbs of their own for two properties."""
    wire.talk(f"{MANGLE}/disable", f"=.id={rules['a']},{rules['b']}")
    wire.talk(f"{MANGLE}/enable", f"=.id={rules['b']}")
    wire.talk(f"{MANGLE}/comment", f"=.id={rules['a']}", "=comment=é ☕")
    rows = wire.rows(f"{MANGLE}/print")
    assert [row.get("disabled") for row in rows[:3]] == ["true", "false", None]
    assert rows[0]["comment"] == "é ☕"


def test_unset_and_the_empty_text(wire: Wire) -> None:
    """Both make a property absent again."""
    row = wire.add(MANGLE, chain="prerouting", src_address="10.0.0.1", dst_address="10.0.0.2", comment="c")
    wire.talk(f"{MANGLE}/unset", f"=.id={row}", "=value-name=src-address")
    wire.talk(f"{MANGLE}/set", f"=.id={row}", "=dst-address=", "=comment=")
    assert wire.rows(f"{MANGLE}/print")[0].keys().isdisjoint({"src-address", "dst-address", "comment"})
    assert (
        wire.trap(f"{MANGLE}/unset", f"=.id={row}", "=value-name=foo") == "input does not match any value of value-name"
    )


def test_get_and_find(wire: Wire, rules: dict[str, str]) -> None:
    """Values of one property, identifiers of all rows."""
    assert wire.talk(f"{MANGLE}/get", f"=.id={rules['b']}", "=value-name=comment") == [["!done", "=ret=b"]]
    assert wire.talk(f"{MANGLE}/find") == [["!done", "=ret=" + ";".join(rules.values())]]
    assert wire.talk("/system/identity/get", "=value-name=name") == [["!done", "=ret=MikroTik"]]


def test_singletons_have_no_identifier(wire: Wire) -> None:
    """``set`` needs no row."""
    assert wire.talk("/system/identity/set", "=name=Kantor Pusat ☕") == [["!done"]]
    assert wire.rows("/system/identity/print") == [{"name": "Kantor Pusat ☕"}]


def test_nextid_of_ordered_menus(wire: Wire) -> None:
    """Each row names the next one, the last none."""
    ids = [wire.add("/routing/rule", dst_address=f"10.0.{number}.0/24", table="main") for number in range(3)]
    assert [row[".nextid"] for row in wire.rows("/routing/rule/print")] == [*ids[1:], "*FFFFFFFF"]


def test_bytes_of_comments_come_back_as_they_went(wire: Wire) -> None:
    """Even those that are no UTF-8."""
    text = b"caf\xe9 \xff\x00 \xe2\x98\x95".decode("utf-8", "surrogateescape")
    row = wire.add("/ip/pool", ranges="10.0.0.0/24", comment=text)
    assert wire.rows("/ip/pool/print", f"?.id={row}")[0]["comment"] == text


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(max_size=30), min_size=1, max_size=6))
def test_any_sentence_is_answered(wire: Wire, words: list[str]) -> None:
    """Whatever it says, and never with an error of the lab's own."""
    for lead in ("", "/ip/address/", "/ip/firewall/mangle/add", "/interface/print"):
        sentence = [lead + words[0], *("=" + word for word in words[1:])]
        if not sentence[0].strip("/") or sentence[0].strip("/") in ("quit", "login", "cancel"):
            continue
        replies = wire.talk(*sentence)
        assert replies[-1][0] == "!done"
        assert not any("internal error" in word for reply in replies for word in reply)
