# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows as the state that a router's namespace shall have."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from routerlab import seed
from routerlab.firewall.marks import Marks
from routerlab.model.router import Router
from routerlab.plane.desired import KERNEL_MAIN, Desired, desired, table_number
from routerlab.testing import bare_router
from routerlab.version import NEWEST

TWO = """
/ip address
add address=192.168.40.2/24 interface=ether1
add address=192.168.20.2/24 interface=ether2
"""


def configured(text: str) -> Router:
    """A router with these rows, settled."""
    router = bare_router("r", NEWEST.text, "RB750Gr3")
    seed.apply(router, TWO + text)
    router.settle()
    return router


def found(text: str) -> Desired:
    """What these rows ask for."""
    return desired(configured(text), Marks())


def rules(text: str) -> list[dict[str, Any]]:
    """The routing policy of these rows, without what no row asks for."""
    return [
        {name: value for name, value in rule.items() if value is not None and name != "mask"}
        for rule in found(text).document["rules"]
    ]


def routes(text: str) -> dict[tuple[int, str], dict[str, Any]]:
    """The routes by table and destination."""
    return {(route["table"], route["dst"]): route for route in found(text).document["routes"]}


def test_links_and_addresses() -> None:
    """By the ports' own names; a disabled address is not there."""
    document = found(
        "/interface ethernet set ether1 name=WAN mtu=1400\n/interface disable ether5\n"
        "/ip address add address=10.0.0.1/24 interface=ether3 disabled=yes\n"
    ).document
    assert document["links"]["ether1"]["mtu"] == 1400
    assert document["links"]["ether2"]["up"]
    assert not document["links"]["ether5"]["up"]
    assert document["addresses"] == {"ether1": ["192.168.40.2/24"], "ether2": ["192.168.20.2/24"]}


def test_active_routes_only() -> None:
    """The nearest of several; equally near ones together; connected ones are the kernel's own."""
    shown = routes(
        "/ip route add dst-address=0.0.0.0/0 gateway=192.168.40.1\n"
        "/ip route add dst-address=0.0.0.0/0 gateway=192.168.20.1 distance=2\n"
        "/ip route add dst-address=10.1.0.0/16 gateway=192.168.40.1\n"
        "/ip route add dst-address=10.1.0.0/16 gateway=192.168.20.1\n"
        "/ip route add dst-address=10.2.0.0/16 blackhole\n"
        "/ip route add dst-address=10.3.0.0/16 gateway=10.99.0.1\n"
        "/ip route add dst-address=10.4.0.0/16 gateway=ether2\n"
    )
    assert set(shown) == {(KERNEL_MAIN, f"{net}") for net in ("0.0.0.0/0", "10.1.0.0/16", "10.2.0.0/16", "10.4.0.0/16")}
    assert shown[KERNEL_MAIN, "0.0.0.0/0"]["hops"] == [{"dev": "ether1", "via": "192.168.40.1"}]
    assert {hop["dev"] for hop in shown[KERNEL_MAIN, "10.1.0.0/16"]["hops"]} == {"ether1", "ether2"}
    assert shown[KERNEL_MAIN, "10.2.0.0/16"]["type"] == "blackhole"
    assert shown[KERNEL_MAIN, "10.4.0.0/16"]["hops"] == [{"dev": "ether2", "via": None}]


def test_routes_through_routes_end_at_the_neighbour() -> None:
    """The kernel gets the next hop that the far gateway resolves to."""
    shown = routes(
        "/ip route add dst-address=8.8.8.8/32 gateway=192.168.40.1 scope=10\n"
        "/ip route add dst-address=0.0.0.0/0 gateway=8.8.8.8 target-scope=11\n"
    )
    assert shown[KERNEL_MAIN, "0.0.0.0/0"]["hops"] == [{"dev": "ether1", "via": "192.168.40.1"}]


def test_marks_have_one_priority_before_the_local_table() -> None:
    """However many there are."""
    text = "".join(
        f"/routing table add name=t{number} fib\n/routing rule add routing-mark=t{number} action=lookup table=main\n"
        for number in range(1200)
    )
    document = found(text).document
    marked = [rule for rule in document["rules"] if rule["priority"] < 1000]
    assert {rule["priority"] for rule in marked} == {100}
    assert len({rule["mark"] for rule in marked}) == 1200
    assert len({rule["table"] for rule in marked}) == 1200
    assert max(rule["priority"] for rule in document["rules"]) < 32766


def test_rules_keep_their_order() -> None:
    """Two places for each, as the strict lookup ends the search."""
    shown = rules(
        "/routing table add name=t fib\n"
        "/routing rule add src-address=10.0.0.0/8 action=lookup-only-in-table table=t\n"
        "/routing rule add dst-address=10.0.0.0/8 action=drop disabled=yes\n"
        "/routing rule add dst-address=10.1.0.0/16 action=unreachable\n"
        "/routing rule add interface=ether3 action=lookup table=main\n"
    )
    table = table_number(1)
    assert shown == [
        {"priority": 2000, "action": "lookup", "src": "10.0.0.0/8", "table": table},
        {"priority": 2001, "action": "unreachable", "src": "10.0.0.0/8"},
        {"priority": 2004, "action": "unreachable", "dst": "10.1.0.0/16"},
        {"priority": 2006, "action": "lookup", "iif": "ether3", "table": KERNEL_MAIN},
    ]


def test_rows_that_are_not_in_force() -> None:
    """Each is named, with one sentence; all others are in force."""
    shown = found(
        "/routing table add name=t fib\n"
        "/routing rule add src-address=10.0.0.0/8 action=lookup table=t\n"
        "/routing rule add src-address=10.2.0.0/16 routing-mark=t action=drop\n"
        "/routing rule add src-address=10.1.0.0/16 action=drop\n"
        "/routing table remove t\n"
        "/ip firewall filter add chain=forward action=accept log=yes\n"
    )
    assert [(menu, row) for menu, row, _why in shown.problems] == [("routing rule", 1), ("routing rule", 2)]
    assert all(why.endswith("is gone") and "\n" not in why for _menu, _row, why in shown.problems)
    assert [rule["src"] for rule in shown.document["rules"]] == ["10.1.0.0/16"]
    assert [(menu, row) for menu, row, _why in shown.notes] == [("ip firewall filter", 1)]


ROWS = st.lists(
    st.sampled_from(
        [
            "/ip route add dst-address=0.0.0.0/0 gateway=192.168.40.1",
            "/ip route add dst-address=0.0.0.0/0 gateway=192.168.20.1 distance=2",
            "/ip route add dst-address=10.0.0.0/8 blackhole",
            "/ip route add dst-address=10.0.0.0/8 gateway=ether3",
            "/ip address add address=192.168.40.3/24 interface=ether1",
            "/routing rule add src-address=10.0.0.0/8 action=lookup table=main",
            "/routing rule add action=drop dst-address=10.0.0.0/8",
            "/interface disable ether1",
            "/interface enable ether1",
            "/ip dhcp-client add interface=ether4",
            "/routing table add name=t fib\n/routing rule add routing-mark=t action=drop",
        ]
    ),
    unique=True,
)


@given(ROWS)
def test_the_same_rows_ask_for_the_same(lines: list[str]) -> None:
    """Twice asked, and whatever the rows: nothing changes by asking, and no route is there twice."""
    router = configured("\n".join(lines))
    marks = Marks()
    first, second = desired(router, marks), desired(router, marks)
    assert first == second
    keys = [(route["table"], route["dst"], route["metric"]) for route in first.document["routes"]]
    assert len(keys) == len(set(keys))
    priorities = [rule["priority"] for rule in first.document["rules"]]
    assert priorities == sorted(priorities)
