# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests get from the lab: counters, faults, resets, snapshots, seeds."""

from __future__ import annotations

import time

import pytest

from routerlab.seed import SeedError
from routerlab.snapshot import snapshot
from routerlab.testing import Lab
from routerlab.wire import LineClosed, Wire


def test_counters(lab: Lab) -> None:
    """Connections, logins, sentences, writes; a reset clears them."""
    with Wire(lab.port("main")) as line:
        line.login()
        line.rows("/ip/address/print")
        line.add("/ip/pool", ranges="10.0.0.0/24")
        line.trap("/ip/pool/remove", "=numbers=x")
        line.trap("/foo/set")
    counters = lab.counters("main")
    assert (counters.connections, counters.logins, counters.sentences, counters.writes) == (1, 1, 5, 3)
    lab.reset("main")
    assert lab.counters("main").sentences == 0


def test_drop_after_so_many_sentences(lab: Lab, wire: Wire) -> None:
    """The next one cuts the line, is not carried out, and the fault is over."""
    lab.fault("main", "drop", after=3)
    wire.add("/ip/pool", ranges="10.0.0.0/24")
    wire.add("/ip/pool", ranges="10.0.1.0/24")
    wire.send("/ip/pool/add", "=ranges=10.0.2.0/24")
    with pytest.raises(LineClosed):
        wire.sentence()
    with Wire(lab.port("main")) as line:
        line.login()
        assert len(line.rows("/ip/pool/print")) == 2


def test_drop_counts_only_writes_when_asked(lab: Lab, wire: Wire) -> None:
    """Reads pass."""
    lab.fault("main", "drop", after=2, of="writes")
    for _turn in range(5):
        assert wire.rows("/system/identity/print")
    wire.add("/ip/pool", ranges="10.0.0.0/24")
    wire.send("/ip/pool/add", "=ranges=10.0.2.0/24")
    with pytest.raises(LineClosed):
        wire.sentence()
    with pytest.raises(ValueError, match="no fault"):
        lab.fault("main", "melt")


def test_reset_brings_the_factory_state_back_and_cuts_connections(lab: Lab) -> None:
    """Names, rows, identifiers, surroundings."""
    before = lab.snapshot("main")
    with Wire(lab.port("main")) as line:
        line.login()
        line.talk("/interface/set", "=numbers=ether1", "=name=ISP1")
        line.add("/ip/pool", ranges="10.0.0.0/24")
        lab.link("main", "ether1", up=False)
        lab.reset("main")
        with pytest.raises(LineClosed):
            line.talk("/system/identity/print")
    assert lab.snapshot("main") == before
    with Wire(lab.port("main")) as line:
        line.login()
        assert line.add("/ip/pool", ranges="10.0.0.0/24") == "*1"
        assert line.rows("/interface/print", "?name=ether1")[0]["running"] == "true"


def test_routers_are_apart(lab: Lab, wire: Wire) -> None:
    """What is done to one is not seen on another."""
    others = lab.snapshot("new")
    wire.talk("/system/identity/set", "=name=x")
    assert lab.snapshot("new") == others


def test_snapshot_holds_configuration_and_nothing_else(lab: Lab, wire: Wire) -> None:
    """No identifiers, no counters, no leases, no times; names for references."""
    wire.add("/ip/dhcp-client", interface="ether1")
    wire.add("/ip/address", address="172.16.10.1/24", interface="ether3", comment="☕")
    wire.add("/ip/firewall/address-list", list="l", address="10.0.0.1", timeout="1h")
    wire.talk("/interface/set", "=numbers=ether3", "=name=LAN")
    first = lab.snapshot("main")
    assert first["ip address"] == [
        {
            "address": "172.16.10.1/24",
            "comment": "☕",
            "disabled": "false",
            "interface": "LAN",
            "network": "172.16.10.0",
        }
    ]
    assert "ip route" not in first
    assert "ip firewall address-list" not in first
    assert list(first) == sorted(first)
    assert first["interface ethernet"][2]["default-name"] == "ether3"
    lab.advance(100)
    assert lab.snapshot("main") == first


def test_snapshots_do_not_tell_defaults_from_written_defaults(lab: Lab, wire: Wire) -> None:
    """Writing what holds anyway is no difference, writing something else is."""
    row = wire.add("/ip/firewall/nat", chain="srcnat", action="masquerade")
    first = lab.snapshot("main")
    wire.talk("/ip/firewall/nat/set", f"=.id={row}", "=disabled=no", "=log=no")
    wire.talk("/ip/dns/set", "=cache-size=2048KiB")
    assert lab.snapshot("main") == first
    wire.talk("/user/set", "=numbers=admin", "=password=other")
    assert lab.snapshot("main") != first
    assert "other" not in str(lab.snapshot("main"))


SEED = r"""# a comment
/interface ethernet
set [ find default-name=ether1 ] name=ISP1 comment="Fiberstar"
/ip pool add name=p ranges=10.0.0.2-10.0.0.9
/ip firewall mangle
add chain=prerouting in-interface=ISP1 action=mark-connection \
    new-connection-mark=ISP-1 comment="a \"quoted\" \\ \$name \E2\98\95"
add action=accept chain=prerouting dst-address-type=!local log-prefix="x\
    \_y"
/system identity set name="Kantor Pusat"
/ip service
set telnet disabled=yes
/tool/netwatch
add host=8.8.8.8 up-script="{\r\n:log info \"up\"\r\n}"
"""


def test_seed(lab: Lab) -> None:
    """Menus, add, set with find and with names, quotes, continuation."""
    lab.seed("main", SEED)
    found = lab.snapshot("main")
    assert found["interface ethernet"][0]["name"] == "ISP1"
    first, second = found["ip firewall mangle"]
    assert first["comment"] == 'a "quoted" \\ $name ☕'
    assert first["in-interface"] == "ISP1"
    assert second["log-prefix"] == "x y"
    assert found["system identity"] == [{"name": "Kantor Pusat"}]
    assert {row["name"]: row["disabled"] for row in found["ip service"]}["telnet"] == "true"
    assert found["tool netwatch"][0]["up-script"] == '{\r\n:log info "up"\r\n}'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("/foo\nadd x=1", r"line 1: bad command name foo \(line 1 column 2\)"),
        ("add x=1", "line 1: bad command name add"),
        ("/ip pool\n\\\n\nadd ranges=x", "line 4: value of ranges expects"),
        ('/interface ethernet set [ find name~"e" ] name=x', "line 1: failure: already have interface with such name"),
        (
            "/ip firewall address-list add list=l address=1.1.1.1-",
            "line 1: value of address must have ip address after '-'; invalid value for argument address$",
        ),
        ("\n\n/ip pool\nadd ranges=x", "line 4: value of ranges expects range of ip addresses"),
        ("/ip pool\nremove 1", "line 2: no such item"),
        ("/ip pool\nset name=x", r"line 2: missing value\(s\) of argument\(s\) numbers"),
        ("/ip pool\nset nothing name=x", "line 2: no such item"),
        ("/ip pool\nadd colour=red", r"line 2: expected end of command \(line 2 column 5\)"),
        ('/ip pool\nadd ranges=1.1.1.1 comment="\\q"', r"line 2: syntax error \(line 2 column 30\)"),
        ('/ip pool\nadd ranges=1.1.1.1 comment="open', "line 2: missing closing quote"),
        ("/system identity\nadd name=x", "line 2: bad command name add"),
        (":delay 1s", "line 1: a seed cannot wait"),
        ("\n/tool fetch url=http://a/", "line 2: a seed cannot fetch"),
    ],
)
def test_seeds_that_fail_name_the_line(lab: Lab, text: str, message: str) -> None:
    """And why."""
    with pytest.raises(SeedError, match=message):
        lab.seed("main", text)


def test_a_seed_is_a_script(lab: Lab) -> None:
    """Loops, variables, functions, and every command of a menu; nothing of one that does not parse."""
    lab.seed(
        "main",
        """:global name do={ :return ("pool" . $1) }
:for i from=1 to=3 do={ /ip pool add name=[$name $i] ranges=("10.0." . $i . ".0/24") }
/ip pool
remove [find name=pool2]
set pool3 comment="the last"
""",
    )
    with pytest.raises(SeedError, match="line 2: syntax error"):
        lab.seed("main", "/ip pool add name=x ranges=10.9.0.0/24\n:put )")
    pools = lab.snapshot("main")["ip pool"]
    assert [row["name"] for row in pools] == ["pool1", "pool3"]
    assert pools[1]["comment"] == "the last"


def test_thousands_of_rows_are_listed_quickly(lab: Lab, wire: Wire) -> None:
    """Adding and listing 5,000 entries stays a matter of moments."""
    # What this process computes, the lab in its thread included; other processes do not count.
    started = time.process_time()
    for number in range(5000):
        wire.send("/ip/firewall/address-list/add", "=list=l", f"=address=10.{number // 250}.{number % 250}.1")
    for _turn in range(5000):
        assert wire.replies()[0][0] == "!done"
    added = time.process_time()
    rows = wire.rows("/ip/firewall/address-list/print")
    listed = time.process_time()
    assert len(rows) == 5000
    assert rows[-1]["address"] == "10.19.249.1"
    # Generous: about a second each where this was written; a quadratic slip would take minutes.
    assert added - started < 20
    assert listed - added < 10


def test_the_model_can_be_asked_in_the_lab_s_thread(lab: Lab) -> None:
    """For what no method covers."""
    assert lab.call("main", snapshot) == lab.snapshot("main")


def test_find_with_and_without_where(lab: Lab) -> None:
    """Both forms of the console; nothing found is no mistake, as there."""
    lab.seed("main", "/interface ethernet set [ find where name=ether1 ] comment=a")
    lab.seed(
        "main",
        "/interface ethernet set [find name=ether2] comment=b\n/interface ethernet set [ find name=none ] comment=c",
    )
    rows = lab.snapshot("main")["interface ethernet"]
    assert [row.get("comment") for row in rows] == ["a", "b", None, None, None]
