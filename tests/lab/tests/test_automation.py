# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripts that run on a router: over the API, from netwatch, from leases; whose variables and whose rights they have."""

from __future__ import annotations

import time

import pytest

from routerlab.testing import Lab, wait_until
from routerlab.wire import Wire

RUN = "/system/script/run"


pytestmark = pytest.mark.usefixtures("standing")


def lines(lab: Lab, text: str, name: str = "main") -> list[str]:
    """The lines of a router's log that contain a text."""
    return lab.call(name, lambda router: [line.message for line in router.log if text in line.message])


def said(lab: Lab, text: str, count: int, name: str = "main") -> None:
    """Wait until the log has exactly so many such lines: scripts run beside what the test does."""
    wait_until(f"{count} lines with {text!r}", lambda: len(lines(lab, text, name)) >= count)
    assert len(lines(lab, text, name)) == count


def script(wire: Wire, source: str, name: str = "s", **more: str) -> str:
    """A script of the router; its identifier."""
    return wire.add("/system/script", name=name, source=source, **more)


# Over the API


def test_run_takes_one_script(wire: Wire) -> None:
    """Measured on routers: ``numbers``, as other commands have it, is not known."""
    script(wire, ":log info x")
    assert wire.trap(RUN, "=numbers=s") == "unknown parameter numbers"
    assert wire.trap(RUN) == "missing =.id="
    assert wire.trap(RUN, "=.id=*99") == "no such item (4)"
    assert wire.rows("/system/script/print")[0]["run-count"] == "0"


def test_a_run_ends_when_the_script_has_ended(lab: Lab, wire: Wire) -> None:
    """And is counted."""
    row = script(wire, "/system identity set name=done\n:log info over")
    assert wire.talk(RUN, f"=.id={row}", ".tag=7") == [["!done", ".tag=7"]]
    assert lines(lab, "over") == ["over"]
    assert wire.rows("/system/identity/print") == [{"name": "done"}]
    (shown,) = wire.rows("/system/script/print")
    assert shown["run-count"] == "1"
    assert shown["last-started"]
    assert shown["invalid"] == "false"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (':error "so not"', "so not"),
        ("/ip address remove *99", "no such item"),
        ("/ip pool add name=p", "missing value(s) of argument(s) ranges"),
        (":put (1 / 0)", "division by zero"),
        (":put \n  (", "line 2 column"),
        (":while (true) do={}", "stopped after"),
    ],
)
def test_what_goes_wrong_is_a_refusal(lab: Lab, wire: Wire, source: str, message: str) -> None:
    """A script that does not parse included; nothing of that is the lab's own fault."""
    row = script(wire, source)
    said_ = wire.trap(RUN, f"=.id={row}")
    assert message in said_
    assert "internal error" not in said_
    assert "Traceback" not in said_
    assert wire.rows("/system/identity/print")


def test_who_waits_keeps_nobody_else_waiting(lab: Lab, wire: Wire) -> None:
    """Neither on its own connection nor on another; the pause is one of the lab's clock."""
    row = script(wire, ":log info before\n:delay 60s\n:log info after")
    wire.send(RUN, f"=.id={row}", ".tag=long")
    wire.send("/system/identity/print", ".tag=short")
    assert wire.replies()[-1] == ["!done", ".tag=short"]
    with Wire(lab.port("main")) as other:
        other.login()
        assert other.rows("/system/identity/print")
    said(lab, "before", 1)
    assert lines(lab, "after") == []
    lab.advance(61)
    assert wire.replies() == [["!done", ".tag=long"]]
    assert lines(lab, "after") == ["after"]


def test_a_run_can_be_cancelled(lab: Lab, wire: Wire) -> None:
    """What has been done stays done, the rest is not."""
    row = script(wire, ":log info before\n:delay 60s\n:log info after")
    wire.send(RUN, f"=.id={row}", ".tag=a")
    said(lab, "before", 1)
    wire.send("/cancel", "=tag=a", ".tag=b")
    replies = [wire.sentence() for _rest in range(3)]
    assert ["!trap", ".tag=a", "=category=2", "=message=interrupted"] in replies
    assert ["!done", ".tag=a"] in replies
    assert ["!done", ".tag=b"] in replies
    lab.advance(120)
    assert wire.rows("/system/identity/print")
    assert lines(lab, "after") == []


def test_a_run_ends_with_its_connection(lab: Lab) -> None:
    with Wire(lab.port("main")) as wire:
        wire.login()
        row = script(wire, ":log info before\n:delay 60s\n:log info after")
        wire.send(RUN, f"=.id={row}")
        said(lab, "before", 1)
        start = lab.counters("main").connections
    wait_until("the connection is gone", lambda: not lab.call("main", lambda router: router.connections))
    assert start == 1
    lab.advance(120)
    time.sleep(0.05)
    assert lines(lab, "after") == []


# Rights


def login(lab: Lab, admin: Wire, policy: str, name: str = "u") -> Wire:
    """A connection of a new user with these policies."""
    admin.add("/user/group", name=f"g-{name}", policy=f"api,{policy}")
    admin.add("/user", name=name, group=f"g-{name}", password="p")
    wire = Wire(lab.port("main"))
    assert wire.login(name, "p") == [["!done"]]
    return wire


def test_a_script_cannot_lend_rights(lab: Lab, wire: Wire) -> None:
    """Who may only read runs no script that asks for write, unless the script lets everybody."""
    row = script(wire, "/system identity set name=changed", policy="read,write")
    with login(lab, wire, "read") as reader:
        assert reader.trap(RUN, f"=.id={row}") == "not enough permissions (9)"
        assert wire.rows("/system/script/print")[0]["run-count"] == "0"
        assert wire.talk("/system/script/set", "=numbers=s", "=dont-require-permissions=yes") == [["!done"]]
        assert reader.talk(RUN, f"=.id={row}") == [["!done"]]
    assert wire.rows("/system/identity/print") == [{"name": "changed"}]


def test_a_script_has_its_own_rights_only(lab: Lab, wire: Wire) -> None:
    """Whoever runs it."""
    row = script(wire, "/system identity set name=changed", policy="read")
    assert "not enough permissions" in wire.trap(RUN, f"=.id={row}")
    assert wire.rows("/system/identity/print") == [{"name": "MikroTik"}]


def test_scripts_that_run_scripts(lab: Lab, wire: Wire) -> None:
    """Each is counted and asks for its own rights; variables go along."""
    inner = script(wire, ':global x; :log info "inner $x"; :set x 2', name="inner")
    outer = script(wire, ':global x 1; /system script run inner; :log info "outer $x"', name="outer")
    assert wire.talk(RUN, f"=.id={outer}") == [["!done"]]
    assert [*lines(lab, "inner "), *lines(lab, "outer ")] == ["inner 1", "outer 2"]
    assert [row["run-count"] for row in wire.rows("/system/script/print")] == ["1", "1"]
    assert wire.talk("/system/script/set", f"=.id={outer}", "=policy=read,write") == [["!done"]]
    assert "not enough permissions" in wire.trap(RUN, f"=.id={outer}")
    assert [row["run-count"] for row in wire.rows("/system/script/print")] == ["1", "2"]
    assert wire.talk("/system/script/set", f"=.id={inner}", "=dont-require-permissions=yes") == [["!done"]]
    assert wire.talk(RUN, f"=.id={outer}") == [["!done"]]


def test_whose_rights_count_after_an_inner_script(lab: Lab, wire: Wire) -> None:
    """The outer script's own again, also when the inner one failed."""
    script(wire, ":error no", name="inner", policy="read,write,policy,test", dont_require_permissions="yes")
    outer = script(
        wire,
        ":do { /system script run inner } on-error={ :log info caught }\n/system script add name=x",
        name="outer",
        policy="read,write",
    )
    assert "not enough permissions" in wire.trap(RUN, f"=.id={outer}")
    assert lines(lab, "caught") == ["caught"]
    assert len(wire.rows("/system/script/print")) == 2


# Variables


def test_global_variables_are_each_user_s_own(lab: Lab, wire: Wire) -> None:
    """Shared by all that one user runs, seen by nobody else, and not by netwatch."""
    setter = script(wire, ":global x mine", name="setter")
    getter = script(wire, ':global x; :log info "x is <$x>"', name="getter")
    assert wire.talk(RUN, f"=.id={setter}") == [["!done"]]
    assert wire.talk(RUN, f"=.id={getter}") == [["!done"]]
    with Wire(lab.port("main")) as again:
        again.login()
        assert again.talk(RUN, f"=.id={getter}") == [["!done"]]
    assert lines(lab, "x is") == ["x is <mine>"] * 2
    with login(lab, wire, "read,write,policy,test,ftp,reboot,password,sniff,sensitive,romon") as other:
        assert other.talk(RUN, f"=.id={getter}") == [["!done"]]
    assert lines(lab, "x is")[-1] == "x is <>"
    wire.add("/ip/address", address="192.168.40.2/24", interface="ether1")
    wire.add("/tool/netwatch", host="192.168.40.1", up_script=':global x; :log info "netwatch has <$x>"')
    lab.advance(4)
    said(lab, "netwatch has <>", 1)


# Netwatch


def watch(lab: Lab, wire: Wire, **more: str) -> str:
    """A watch of the first provider's modem."""
    wire.add("/ip/address", address="192.168.40.2/24", interface="ether1")
    scripts = {f"{what}_script": f':log info "{what} $host $status $comment <$type>"' for what in ("up", "down")}
    return wire.add("/tool/netwatch", host="192.168.40.1", comment="the modem", **{**scripts, **more})


def test_netwatch_tells_of_every_change(lab: Lab, wire: Wire) -> None:
    """Once each, with the row's properties as variables."""
    watch(lab, wire)
    lab.advance(4)
    said(lab, "up 192.168.40.1 up the modem <simple>", 1)
    lab.isp("main", "ether1", gateway=False)
    lab.advance(15)
    said(lab, "down 192.168.40.1 down the modem <simple>", 1)
    lab.advance(60)
    lab.isp("main", "ether1", gateway=True)
    lab.advance(11)
    said(lab, "up 192.168.40.1", 2)
    said(lab, "down 192.168.40.1", 1)
    assert lines(lab, "event down [ type: simple, host: 192.168.40.1 ]")


@pytest.mark.parametrize("state", ["up", "down"])
def test_the_first_change_may_be_ignored(lab: Lab, wire: Wire, state: str) -> None:
    """Of the state that is named; the one after it is not."""
    watch(lab, wire, **{f"ignore_initial_{state}": "yes"})
    lab.isp("main", "ether1", gateway=state == "up")
    lab.advance(20)
    said(lab, f"event {state}", 1)
    lab.isp("main", "ether1", gateway=state != "up")
    lab.advance(20)
    other = "down" if state == "up" else "up"
    said(lab, f"{other} 192.168.40.1 {other}", 1)
    lab.isp("main", "ether1", gateway=state == "up")
    lab.advance(20)
    said(lab, f"{state} 192.168.40.1 {state}", 1)


def test_round_trips_are_microseconds_in_scripts(lab: Lab, wire: Wire) -> None:
    """As the manual says; in the row they are times."""
    wire.add(
        "/tool/netwatch", **{"host": "192.168.40.1", "up-script": ':log info ("took " . $"rtt-avg" . " of $host")'}
    )
    lab.call(
        "main",
        lambda router: router.events.netwatch(
            next(iter(router.tables["tool netwatch"])), True, {"rtt-avg": "1ms234us"}
        ),
    )
    said(lab, "took 1234 of 192.168.40.1", 1)


def test_netwatch_may_do_little(lab: Lab, wire: Wire) -> None:
    """Named scripts that ask for more are not run, and it is told; their own word may allow it."""
    script(wire, ':log info "by name $host"', name="beat", policy="read,write,ftp")
    watch(lab, wire, up_script="beat", down_script="/system script run beat")
    lab.advance(4)
    said(lab, "executing script beat from netwatch failed, please check it manually (not enough permissions)", 1)
    lab.isp("main", "ether1", gateway=False)
    lab.advance(20)
    said(lab, "executing script from netwatch failed, please check it manually (not enough permissions", 1)
    assert lines(lab, "by name") == []
    assert wire.talk("/system/script/set", "=numbers=beat", "=dont-require-permissions=yes") == [["!done"]]
    lab.isp("main", "ether1", gateway=True)
    lab.advance(20)
    said(lab, "by name 192.168.40.1", 1)
    assert wire.rows("/system/script/print")[0]["run-count"] == "1"


def test_a_watch_whose_script_does_not_parse(lab: Lab, wire: Wire) -> None:
    """It is told in the log; the watch goes on."""
    watch(lab, wire, up_script=":log info (", down_script=":log info fine")
    lab.advance(4)
    said(lab, "executing script from netwatch failed, please check it manually (", 1)
    lab.isp("main", "ether1", gateway=False)
    lab.advance(20)
    said(lab, "fine", 1)


# Leases

LEASE = (
    ':log info ("bound <$bound> " . $"lease-address" . " of " . $"server-address" . '
    '" by $interface to " . $"gateway-address")'
)


def test_a_dhcp_client_s_script(lab: Lab, wire: Wire) -> None:
    """It runs for every lease that comes or goes."""
    row = wire.add("/ip/dhcp-client", interface="ether1", script=LEASE)
    lab.advance(1)
    tail = "192.168.40.2 of 192.168.40.1 by ether1 to 192.168.40.1"
    said(lab, f"bound <1> {tail}", 1)
    lab.advance(7000)
    said(lab, "bound <1>", 1)
    lab.link("main", "ether1", False)
    lab.advance(1)
    said(lab, f"bound <0> {tail}", 1)
    lab.link("main", "ether1", True)
    lab.advance(1)
    said(lab, "bound <1>", 2)
    assert wire.talk("/ip/dhcp-client/release", f"=numbers={row}") == [["!done"]]
    said(lab, "bound <0>", 2)
    lab.advance(1)
    said(lab, "bound <1>", 3)
    assert wire.talk("/ip/dhcp-client/disable", f"=numbers={row}") == [["!done"]]
    lab.advance(1)
    said(lab, "bound <0>", 3)
