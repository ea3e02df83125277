# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``/ping`` and ``/tool/ping`` over the API: rows as they come, arguments, refusals."""

from __future__ import annotations

import pytest

from routerlab.testing import Lab
from routerlab.wire import Wire

#: The property order of captured replies.
ANSWERED = [
    "seq", "host", "size", "ttl", "time", "sent", "received", "packet-loss", "min-rtt", "avg-rtt", "max-rtt",
]  # fmt: skip
GATEWAY = "192.168.40.1"


@pytest.fixture
def online(lab: Lab) -> Lab:
    """The router ``main`` has an address with its first provider and a route by it."""
    lab.seed("main", f"/ip address add address=192.168.40.2/24 interface=ether1\n/ip route add gateway={GATEWAY}")
    return lab


def test_answers_come_one_by_one(online: Lab, wire: Wire) -> None:
    """Each row tells the sum of all so far."""
    rows = wire.rows("/ping", "=address=8.8.8.8", "=count=3", "=interval=20ms")
    assert [list(row) for row in rows] == [ANSWERED] * 3
    assert [(row["seq"], row["sent"], row["received"], row["packet-loss"]) for row in rows] == [
        ("0", "1", "1", "0"),
        ("1", "2", "2", "0"),
        ("2", "3", "3", "0"),
    ]
    assert {(row["host"], row["size"]) for row in rows} == {("8.8.8.8", "56")}


def test_what_is_lost(online: Lab, wire: Wire) -> None:
    """A status takes the place of the times."""
    online.isp("main", "ether1", upstream=False)
    online.speed(50)
    try:
        rows = wire.rows("/tool/ping", "=address=8.8.8.8", "=count=2")
    finally:
        online.speed(1)
    assert rows == [
        {"seq": "0", "host": "8.8.8.8", "status": "timeout", "sent": "1", "received": "0", "packet-loss": "100"},
        {"seq": "1", "host": "8.8.8.8", "status": "timeout", "sent": "2", "received": "0", "packet-loss": "100"},
    ]


def test_some_are_lost(online: Lab, wire: Wire) -> None:
    """The share is a whole number of percent."""
    wire.send("/ping", f"=address={GATEWAY}", "=interval=10ms", ".tag=p")
    assert "=packet-loss=0" in wire.sentence()
    online.isp("main", "ether1", gateway=False)
    while True:
        row = wire.sentence()
        if "=status=timeout" in row:
            break
    sent, received, loss = (int(word.partition("=")[2].partition("=")[2]) for word in row if _counts(word))
    assert sent == received + 1
    assert loss == 100 // sent
    assert any(word.startswith("=min-rtt=") for word in row)
    wire.send("/cancel", "=tag=p", ".tag=c")
    told = [wire.sentence()]
    while told[-1] != ["!done", ".tag=p"]:
        told.append(wire.sentence())
    assert ["!trap", ".tag=p", "=category=2", "=message=interrupted"] in told


def _counts(word: str) -> bool:
    return word.startswith(("=sent=", "=received=", "=packet-loss="))


@pytest.mark.parametrize(
    ("words", "answered"),
    [
        ((), True),
        (("=interface=ether1",), True),
        (("=interface=ether2",), False),
        (("=src-address=192.168.40.2",), True),
        (("=src-address=192.168.40.77",), False),
        (("=vrf=main", "=ttl=3", "=size=100", "=do-not-fragment="), True),
    ],
)
def test_the_way_out_may_be_chosen(online: Lab, wire: Wire, words: tuple[str, ...], answered: bool) -> None:
    """An interface, an address of the router's own."""
    online.speed(50)
    try:
        (row,) = wire.rows("/ping", "=address=8.8.8.8", "=count=1", *words)
    finally:
        online.speed(1)
    assert row["received"] == ("1" if answered else "0")


def test_refusals(lab: Lab, wire: Wire) -> None:
    """Before anything is sent."""
    assert wire.trap("/ping", "=count=1") == "missing value(s) of argument(s) address"
    assert wire.trap("/ping", "=address=8.8.8.8", "=foo=1") == "unknown parameter foo"
    assert wire.trap("/ping", "=address=8.8.8.8", "=interface=nope") == "input does not match any value of interface"
    assert wire.trap("/ping", "=address=8.8.8.8", "=vrf=nope") == "input does not match any value of vrf"
    assert "out of range" in wire.trap("/ping", "=address=8.8.8.8", "=ttl=0")
    wire.add("/user/group", name="readers", policy="api,read")
    wire.add("/user", name="reader", password="p", group="readers")
    with Wire(lab.port("main")) as reader:
        reader.login("reader", "p")
        assert reader.trap("/ping", "=address=8.8.8.8", "=count=1") == "not enough permissions (9)"


def test_which_versions_have_it_where(lab: Lab) -> None:
    """The command tree of 7.24 has no ``/ping`` any more; ``proplist`` is not in that of 7.12."""
    for name, at_root in (("old", True), ("middle", True), ("main", True), ("new", False)):
        with Wire(lab.port(name)) as wire:
            wire.login()
            question = ("=address=127.0.0.1", "=count=0")
            assert wire.talk("/tool/ping", *question) == [["!done"]]
            if at_root:
                assert wire.talk("/ping", *question) == [["!done"]]
            else:
                assert wire.trap("/ping", *question) == "no such command"
            if name == "old":
                assert wire.trap("/ping", *question, "=proplist=seq") == "unknown parameter proplist"
            assert wire.rows("/tool/ping", "=address=192.168.40.1", "=count=0", "=.proplist=seq") == []


def test_proplist_picks_properties(online: Lab, wire: Wire) -> None:
    """In the console's way and in the API's."""
    for name in ("proplist", ".proplist"):
        rows = wire.rows("/ping", f"=address={GATEWAY}", "=count=2", "=interval=10ms", f"={name}=seq,received")
        assert rows == [{"seq": "0", "received": "1"}, {"seq": "1", "received": "2"}]


def test_the_line_may_be_used_meanwhile(online: Lab, wire: Wire) -> None:
    """A ping under its tag keeps nobody waiting, and ends with its connection."""
    wire.send("/ping", f"=address={GATEWAY}", ".tag=p")
    assert wire.sentence()[:2] == ["!re", ".tag=p"]
    wire.send("/system/identity/print", ".tag=q")
    told = wire.replies()
    assert ["!re", ".tag=q", "=name=MikroTik"] in told
