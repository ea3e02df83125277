# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``/system/history``: what is an action, what is not, and that undoing restores rows, identifiers and order exactly."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routerlab import seed
from routerlab.messages import Trap
from routerlab.model.commands import Request, execute
from routerlab.model.history import LIMIT
from routerlab.model.router import Router
from routerlab.model.safe_mode import Caller
from routerlab.testing import Lab, bare_router
from routerlab.values.base import id_text
from routerlab.wire import Wire

HISTORY = "/system/history/print"
MANGLE = "/ip/firewall/mangle"
ALL = {"local", "ssh", "read", "write", "policy", "test", "api", "sensitive", "password", "reboot", "ftp"}


def do(router: Router, path: str, verb: str, **args: str) -> str | None:
    """One sentence, as a session of ``admin`` gives it; underscores stand for dashes."""
    words = {name.replace("_", "-"): text for name, text in args.items()}
    return execute(router, Request(tuple(path.split()), verb, words), ALL, "admin").ret


def state(router: Router) -> dict[str, Any]:
    """Every row of every table: identifier, values, facts, in their order."""
    return {
        name: [(row.id, dict(row.values), row.dynamic, row.builtin, dict(row.facts)) for row in table]
        for name, table in router.tables.items()
    }


def found_by_index(router: Router) -> dict[str, Any]:
    """What the tables' look-ups find, for every row and every index."""
    return {
        f"{menu.path} {fields}": [
            sorted(row.id for row in router.tables[menu.table].same(fields, mine.values))
            for mine in router.tables[menu.table]
        ]
        for menu in router.menus.values()
        for fields in [rule.fields for rule in menu.unique] + ([(menu.name_field,)] if menu.name_field else [])
    }


# What is listed


def test_every_write_is_one_action(wire: Wire) -> None:
    """Whoever made it and whatever it was; the latest first."""
    one = wire.add("/ip/pool", name="p", ranges="10.0.0.0/24")
    first = wire.add(MANGLE, chain="prerouting")
    second = wire.add(MANGLE, chain="prerouting", protocol="tcp")
    for words in (
        ("/ip/pool/set", f"=.id={one}", "=comment=c"),
        (f"{MANGLE}/unset", f"=numbers={second}", "=value-name=protocol"),
        (f"{MANGLE}/move", f"=numbers={second}", f"=destination={first}"),
        (f"{MANGLE}/disable", f"=numbers={first},{second}"),
        (f"{MANGLE}/comment", f"=numbers={first}", "=comment=c"),
        (f"{MANGLE}/remove", f"=numbers={first},{second}"),
        ("/system/identity/set", "=name=n"),
    ):
        assert wire.talk(*words) == [["!done"]]
    rows = wire.rows(HISTORY)
    assert [row["action"] for row in rows] == [
        "identity changed",
        "mangle rule removed",
        "mangle rule changed",
        "mangle rule changed",
        "mangle rule moved",
        "mangle rule changed",
        "pool changed",
        "mangle rule added",
        "mangle rule added",
        "pool added",
    ]
    assert {row["by"] for row in rows} == {"admin"}
    assert {row["policy"] for row in rows} == {"write"}
    assert {row["undoable"] for row in rows} == {"true"}
    assert not any("floating-undo" in row for row in rows)
    assert rows[0]["time"].startswith("20")


def test_a_refused_write_is_none(wire: Wire) -> None:
    """Nor what reads, what only logs, or a removal of nothing."""
    pool = wire.add("/ip/pool", name="p", ranges="10.0.0.0/24")
    wire.add("/ip/pool", name="q", ranges="10.0.1.0/24")
    wire.trap("/ip/pool/add", "=name=p", "=ranges=10.0.2.0/24")
    wire.trap("/ip/pool/set", f"=numbers={pool},q", "=name=r")
    wire.trap("/ip/pool/remove", "=numbers=none")
    wire.talk("/ip/pool/remove", "=numbers=")
    wire.talk("/log/info", "=message=m")
    wire.rows("/ip/pool/print")
    assert [row["action"] for row in wire.rows(HISTORY)] == ["pool added", "pool added"]
    assert [row["name"] for row in wire.rows("/ip/pool/print")] == ["p", "q"]


def test_scripts_write_history_too(lab: Lab, wire: Wire) -> None:
    """Each of their commands is an action of who runs them."""
    wire.add("/system/script", name="s", source="/ip pool add name=p ranges=10.0.0.0/24; /ip pool set p comment=c")
    assert wire.talk("/system/script/run", "=number=s") == [["!done"]]
    rows = wire.rows(HISTORY)
    assert [(row["action"], row["by"]) for row in rows][:2] == [("pool changed", "admin"), ("pool added", "admin")]
    assert rows[2]["policy"] == "write,policy"


def test_a_menus_own_command_counts_when_it_changes_rows(wire: Wire) -> None:
    """``reset-mac-address`` does, ``reset-counters`` does not."""
    wire.talk("/interface/ethernet/set", "=numbers=ether3", "=mac-address=02:00:00:00:00:01")
    wire.talk("/interface/ethernet/reset-counters", "=numbers=ether3")
    assert len(wire.rows(HISTORY)) == 1
    wire.talk("/interface/ethernet/reset-mac-address", "=numbers=ether3")
    assert [row["action"] for row in wire.rows(HISTORY)] == ["interface changed", "interface changed"]


def test_the_100_most_recent_actions_are_kept(wire: Wire) -> None:
    """And their identifiers are not used again."""
    for number in range(LIMIT + 3):
        wire.talk("/system/identity/set", f"=name=n{number}")
    ids = [int(row[".id"][1:], 16) for row in wire.rows(HISTORY)]
    assert ids == list(range(LIMIT + 3, 3, -1))


def test_the_history_is_read_in_every_version(lab: Lab) -> None:
    """7.12 has it as well; reading needs no right to write."""
    with Wire(lab.port("old")) as line:
        line.login()
        line.add("/ip/pool", name="p", ranges="10.0.0.0/24")
        assert line.rows(HISTORY)[0]["action"] == "pool added"
        assert line.talk("/system/history/get", "=.id=*1", "=value-name=by") == [["!done", "=ret=admin"]]


def test_a_factory_router_has_no_history(lab: Lab, wire: Wire) -> None:
    """And a reset one has none any more."""
    assert wire.rows(HISTORY) == []
    wire.add("/ip/pool", name="p", ranges="10.0.0.0/24")
    lab.reset("main")
    with Wire(lab.port("main")) as line:
        line.login()
        assert line.rows(HISTORY) == []


# Undoing


def begin(router: Router) -> None:
    """Take safe mode for a session that does not matter."""
    router.safe_mode.take(Caller("api", "admin"))


def test_what_vanished_by_itself_stays_away() -> None:
    """An address-list entry that expired does not stand in the way of undoing."""
    router = bare_router()
    do(router, "ip firewall address-list", "add", list="l", address="10.0.0.1", timeout="10s")
    first = do(router, "ip firewall address-list", "add", list="l", address="10.0.0.2")
    begin(router)
    do(router, "ip firewall address-list", "add", list="l", address="10.0.0.3", timeout="10s")
    do(router, "ip firewall address-list", "set", numbers=str(first), comment="c")
    router.settle()
    router.site.clock.advance(11)
    router.settle()
    assert router.history.undo_floating() == 2
    rows = list(router.tables["ip firewall address-list"])
    assert [(id_text(row.id), "comment" in row.values) for row in rows] == [(first, False)]


def test_a_failed_sentence_within_safe_mode_undoes_to_the_same() -> None:
    """A ``set`` on two rows that stops at the second."""
    router = bare_router()
    for name in ("p", "q"):
        do(router, "ip pool", "add", name=name, ranges="10.0.0.0/24" if name == "p" else "10.0.1.0/24")
    before = state(router)
    begin(router)
    with pytest.raises(Trap):
        do(router, "ip pool", "set", numbers="p,q", name="r")
    assert state(router) == before
    assert router.history.undo_floating() == 0
    assert state(router) == before


def test_an_undone_row_keeps_its_place_and_its_mentions() -> None:
    """An interface that was removed comes back as itself: what mentions it is whole again."""
    router = bare_router()
    do(router, "interface vlan", "add", name="v", vlan_id="5", interface="ether1")
    do(router, "ip address", "add", address="10.0.0.1/24", interface="v")
    shown = execute(router, Request(("ip", "address"), "print"), ALL, "admin").rows
    before = state(router)
    begin(router)
    do(router, "interface vlan", "remove", numbers="v")
    assert execute(router, Request(("ip", "address"), "print"), ALL, "admin").rows != shown
    router.history.undo_floating()
    assert state(router) == before
    assert execute(router, Request(("ip", "address"), "print"), ALL, "admin").rows == shown


SEED = """
/interface list add name=LAN
/interface list member add list=LAN interface=ether3
/interface vlan add name=v1 vlan-id=5 interface=ether4
/ip pool add name=p1 ranges=10.0.0.10-10.0.0.20
/ip pool add name=p2 ranges=10.0.1.10-10.0.1.20
/ip address add address=10.0.0.1/24 interface=ether3
/ip address add address=10.0.1.1/24 interface=v1 disabled=yes
/routing table add name=t1 fib
/ip firewall mangle add chain=prerouting comment=a
/ip firewall mangle add chain=prerouting comment=b action=mark-routing new-routing-mark=t1
/ip firewall mangle add chain=forward comment=c
/ip route add dst-address=10.9.0.0/16 gateway=10.0.0.9
/ip firewall address-list add list=l address=10.1.0.1
/system scheduler add name=j interval=1h on-event=":log info x"
"""
NAMES = st.sampled_from(["p1", "p2", "p3", "v1", "LAN", "t1", "j"])
WORDS = st.sampled_from(["a", "b", "c"])
MENUS: dict[str, st.SearchStrategy[dict[str, str]]] = {
    "ip pool": st.fixed_dictionaries({"name": NAMES}, optional={"ranges": st.just("10.0.9.1-10.0.9.9")}),
    "ip address": st.fixed_dictionaries(
        {"address": st.sampled_from(["10.0.0.1/24", "10.0.2.1/24"]), "interface": st.sampled_from(["ether3", "v1"])}
    ),
    "ip firewall mangle": st.fixed_dictionaries(
        {"chain": WORDS}, optional={"comment": WORDS, "place-before": st.sampled_from(["*1", "*2", "*3"])}
    ),
    "ip route": st.fixed_dictionaries({"dst-address": st.just("10.8.0.0/16"), "gateway": st.just("10.0.0.8")}),
    "interface vlan": st.fixed_dictionaries(
        {"name": NAMES, "vlan-id": st.sampled_from(["5", "6"]), "interface": st.sampled_from(["ether4", "ether5"])}
    ),
    "interface list": st.fixed_dictionaries({"name": NAMES}),
    "routing table": st.fixed_dictionaries({"name": NAMES, "fib": st.just("")}),
    "ip firewall address-list": st.fixed_dictionaries({"list": WORDS, "address": st.just("10.1.0.2")}),
    "system scheduler": st.fixed_dictionaries({"name": NAMES}, optional={"interval": st.just("2h")}),
}
CHANGES = st.fixed_dictionaries({}, optional={"comment": WORDS, "disabled": st.sampled_from(["yes", "no"])})
#: Places of rows, so that commands meet some that are there.
PLACES = st.lists(st.integers(0, 4), min_size=1, max_size=3, unique=True)
ORDERED = ["ip firewall mangle"]
REMOVABLE = ["ip firewall mangle", "ip pool", "ip address", "interface vlan", "system scheduler"]
WRITES = st.one_of(
    st.sampled_from(sorted(MENUS)).flatmap(
        lambda path: st.tuples(st.just(path), st.sampled_from(["add", "set"]), MENUS[path], PLACES)
    ),
    st.tuples(st.sampled_from(sorted(MENUS)), st.sampled_from(["set", "enable", "disable"]), CHANGES, PLACES),
    st.tuples(st.sampled_from(REMOVABLE), st.just("remove"), CHANGES, PLACES),
    st.tuples(st.sampled_from(ORDERED), st.sampled_from(["move", "remove"]), CHANGES, PLACES),
    st.tuples(st.just("system identity"), st.just("set"), st.fixed_dictionaries({"name": WORDS}), PLACES),
)


def write(router: Router, path: str, verb: str, values: dict[str, str], places: list[int]) -> None:
    """Carry out a random write; many of them are refused."""
    rows = [id_text(row.id) for row in router.tables[router.menus[path].table]]
    args = {} if verb in ("remove", "enable", "disable", "move") else dict(values)
    if verb != "add" and path != "system identity":
        args["numbers"] = ",".join(rows[place] for place in places if place < len(rows))
        if verb == "move" and rows:
            args["destination"] = rows[-1]
    args = {name: text for name, text in args.items() if verb == "add" or name != "place-before"}
    with contextlib.suppress(Trap):
        execute(router, Request(tuple(path.split()), verb, args), ALL, "admin")


@given(st.lists(WRITES, max_size=8), st.lists(WRITES, min_size=1, max_size=20))
def test_undoing_restores_exactly(
    before: list[tuple[str, str, dict[str, str], list[int]]], inside: list[tuple[str, str, dict[str, str], list[int]]]
) -> None:
    """Rows, values, identifiers, order and look-ups, after any writes to any menus."""
    router = bare_router()
    seed.apply(router, SEED)
    for one in before:
        write(router, *one)
    rows, indexes = state(router), found_by_index(router)
    kept = [action.id for action in router.history.actions]
    begin(router)
    for one in inside:
        write(router, *one)
    router.settle()
    router.history.undo_floating()
    assert state(router) == rows
    assert found_by_index(router) == indexes
    assert [action.id for action in router.history.actions] == kept
