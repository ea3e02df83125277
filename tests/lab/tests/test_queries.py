# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Queries: the stack machine of ``print``."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routerlab.messages import Trap
from routerlab.model.query import compile_query
from routerlab.wire import Wire

ROW = {"name": "ether1", "mtu": "1500", "disabled": "false", "comment": ""}


@pytest.mark.parametrize(
    ("words", "passes"),
    [
        ([], True),
        (["?name"], True),
        (["?nothing"], False),
        (["?-nothing"], True),
        (["?-name"], False),
        (["?name=ether1"], True),
        (["?=name=ether1"], True),
        (["?name=ether2"], False),
        (["?nothing="], False),
        (["?disabled=no"], False),
        (["?disabled=false"], True),
        (["?>mtu=900"], True),
        (["?<mtu=900"], False),
        (["?>comment="], False),
        (["?>name="], True),
        (["?name=x", "?#!"], True),
        (["?name=x", "?mtu=1500"], False),
        (["?name=x", "?mtu=1500", "?#|"], True),
        (["?name=x", "?mtu=1500", "?#&"], False),
        (["?name=x", "?mtu=1500", "?#|!"], False),
        (["?name=ether1", "?mtu=1", "?#1"], True),
        (["?name=ether1", "?mtu=1", "?#0"], False),
        (["?name=ether1", "?mtu=1", "?#1.&&"], False),
        (["?mtu=1", "?name=ether1", "?#0.||"], True),
        (["?mtu=1", "?name=ether1", "?#.||"], True),
        (["?mtu=1", "?name=ether1", "?#0.|.|"], False),
        (["?#!"], False),
        (["?#|"], True),
    ],
)
def test_semantics(words: list[str], passes: bool) -> None:
    """Operators, order, and the endless ``true`` below the stack."""
    assert compile_query(words)(ROW) is passes


@given(st.lists(st.text(max_size=12).map("?".__add__), max_size=6), st.dictionaries(st.text(), st.text(), max_size=4))
def test_any_words_are_a_query_or_a_refusal(words: list[str], row: dict[str, str]) -> None:
    """Nothing a client sends makes the evaluation fail in another way."""
    try:
        passes = compile_query(words)
    except Trap:
        assert any(set(word[2:]) - set("0123456789!&|.") for word in words if word.startswith("?#"))
    else:
        assert passes(row) in (True, False)


def test_over_the_wire(wire: Wire) -> None:
    """Matching rows only, and fewer properties when asked."""
    rows = wire.rows("/interface/print", "?type=ether", "?running=true", "=.proplist=name,type")
    assert rows == [{"name": f"ether{number}", "type": "ether"} for number in range(1, 6)]
    assert wire.talk("/interface/print", "=count-only=", "?type=ether") == [["!done", "=ret=5"]]


def test_properties_that_no_row_has_leave_bare_rows(wire: Wire) -> None:
    """One ``!re`` for each row all the same."""
    assert wire.talk("/ip/service/print", "?dynamic=false", "=.proplist=comment") == [["!re"]] * 8 + [["!done"]]


def test_nothing_found(lab: object, wire: Wire) -> None:
    """Since 7.18 an own sentence says so."""
    assert wire.talk("/interface/print", "?name=nothing") == [["!empty"], ["!done"]]
    assert wire.talk("/interface/print", "?name=nothing", ".tag=5") == [["!empty", ".tag=5"], ["!done", ".tag=5"]]


def test_operations_have_an_end(wire: Wire) -> None:
    """Deep stacks work; a word of a million operations is refused instead of keeping all routers waiting."""
    assert len(wire.rows("/interface/ethernet/print", "?name=ether1", "?#" + "." * 5000 + "&" * 5000)) == 1
    assert len(wire.rows("/interface/ethernet/print", *["?name=ether1", "?#!!"] * 3000)) == 1
    assert wire.trap("/interface/print", "?#" + "!" * 1_000_000) == "invalid query operation"
