# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reboots: what stays, what is gone, when the router answers again, and what it does then by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from routerlab.model.router import BOOT
from routerlab.testing import Lab, wait_until
from routerlab.wire import LineClosed, Wire

pytestmark = pytest.mark.usefixtures("standing")


@contextmanager
def back(lab: Lab) -> Iterator[Wire]:
    """A connection to the router after its reboot."""
    with Wire(lab.port("main")) as line:
        assert line.login() == [["!done"]]
        yield line


def messages(lab: Lab) -> list[str]:
    """The router's log."""
    return lab.call("main", lambda router: [line.message for line in router.log])


def told(lab: Lab, *wanted: str) -> None:
    """Wait for lines of the log."""
    wait_until(f"{wanted} in the log", lambda: set(wanted) <= set(messages(lab)))


def test_rows_stay_with_their_identifiers(lab: Lab, wire: Wire) -> None:
    for name in "abc":
        wire.add("/ip/pool", name=name, ranges="10.0.0.0/24")
    wire.add("/ip/firewall/mangle", chain="prerouting", action="accept")
    wire.talk("/ip/pool/remove", "=numbers=b")
    before, pools = lab.snapshot("main"), wire.rows("/ip/pool/print")
    lab.reboot("main")
    assert lab.snapshot("main") == before
    with back(lab) as line:
        assert line.rows("/ip/pool/print") == pools
        assert line.add("/ip/pool", name="d", ranges="10.0.0.0/24") == "*4"


def test_what_only_memory_holds_is_gone(lab: Lab, wire: Wire) -> None:
    """Connections, the log, counts of runs, variables, entries with a time; the uptime starts anew."""
    wire.add("/system/script", name="s", source=":global n 5; :log info before")
    assert wire.talk("/system/script/run", "=number=s") == [["!done"]]
    wire.add("/ip/firewall/address-list", list="l", address="10.0.0.1", timeout="1d")
    wire.add("/ip/firewall/address-list", list="l", address="10.0.0.2")
    wire.add("/system/scheduler", name="j", interval="10s", on_event=":log info tick")
    lab.advance(10.5)
    told(lab, "before", "tick")
    lab.reboot("main")
    with pytest.raises(LineClosed):
        wire.talk("/system/identity/print")
    assert "before" not in messages(lab)
    told(lab, "router rebooted")
    with back(lab) as line:
        assert [row["address"] for row in line.rows("/ip/firewall/address-list/print")] == ["10.0.0.2"]
        assert line.rows("/system/scheduler/print")[0]["run-count"] == "0"
        assert line.rows("/system/script/print")[0]["run-count"] == "0"
        assert line.rows("/system/resource/print")[0]["uptime"] in ("0s", "1s", "2s", "3s")
        line.add("/system/script", name="t", source=":global n; :log info [:typeof $n]")
        assert line.talk("/system/script/run", "=number=t") == [["!done"]]
    told(lab, "nothing")


def test_scripts_do_not_outlive_it(lab: Lab, wire: Wire) -> None:
    """Neither those of jobs nor those of sessions."""
    source = ":log info begun; :delay 40s; /ip pool add name=late ranges=10.0.0.0/24"
    wire.add("/system/scheduler", name="j", on_event=source)
    wire.add("/system/script", name="s", source=source)
    wire.send("/system/script/run", "=number=s")
    wait_until("both run", lambda: messages(lab).count("begun") == 2)
    lab.reboot("main")
    lab.advance(100)
    assert "ip pool" not in lab.snapshot("main")


@pytest.mark.parametrize("tls", [False, True])
def test_ports_refuse_until_the_router_is_back(lab: Lab, wire: Wire, tls: bool) -> None:
    lab.call("main", lambda router: router.reboot())
    lab.wait_ports()
    for seconds in (0, BOOT - 5):
        lab.advance(seconds)
        with pytest.raises(ConnectionRefusedError):
            Wire(lab.port("main", tls=tls))
    assert {router["name"]: router["booting"] for router in lab.status()["routers"]}["main"] is True
    lab.advance(5)
    lab.wait_ports()
    Wire(lab.port("main", tls=tls)).socket.close()
    assert {router["name"]: router["booting"] for router in lab.status()["routers"]}["main"] is False


def test_ports_open_by_themselves_as_the_clock_runs(lab: Lab) -> None:
    lab.call("main", lambda router: router.reboot())
    lab.speed(500)
    try:
        wait_until("the router is back", lambda: not lab.call("main", lambda router: router.booting))
    finally:
        lab.speed(1)
    lab.wait_ports()
    with back(lab):
        pass


def test_a_service_that_is_off_stays_off(lab: Lab, wire: Wire) -> None:
    wire.talk("/ip/service/set", "=numbers=api-ssl", "=disabled=yes")
    lab.reboot("main")
    with back(lab), pytest.raises(ConnectionRefusedError):
        Wire(lab.port("main", tls=True))


def test_jobs_after_a_boot(lab: Lab, wire: Wire) -> None:
    """Those of the start-up run 3 s later, once at each boot; others as their start and interval say, by the wall clock."""

    def add(name: str, **more: str) -> None:
        wire.add("/system/scheduler", name=name, on_event=f":log info {name}", **more)

    add("boot", start_time="startup")
    add("after", start_time="startup", interval="1m")
    add("once")
    add("steady", interval="100s")
    add("off", start_time="startup", disabled="yes")
    told(lab, "once")
    for _turn in range(2):
        lab.reboot("main")
        lab.advance(2)
        assert not {"boot", "after", "off"} & set(messages(lab))
        lab.advance(1.5)
        told(lab, "boot")
        lab.advance(59)
        assert "after" not in messages(lab)
        lab.advance(1.5)
        told(lab, "after")
        assert messages(lab).count("boot") == 1
        lab.advance(100)
        told(lab, "steady")
        assert not {"once", "off"} & set(messages(lab))
        assert messages(lab).count("boot") == 1


def test_a_job_armed_before_a_reboot_still_comes(lab: Lab, wire: Wire) -> None:
    """Its interval does not begin anew: the wall clock went on."""
    wire.add(
        "/system/scheduler", name="undo", interval="1m", on_event=":log info undone; /system scheduler remove undo"
    )
    lab.advance(30)
    lab.reboot("main")
    lab.advance(8)
    assert "undone" not in messages(lab)
    lab.advance(3)
    told(lab, "undone")
    assert "system scheduler" not in lab.snapshot("main")


def test_netwatch_waits_for_its_startup_delay(lab: Lab, wire: Wire) -> None:
    wire.add("/tool/netwatch", host="192.168.40.1", startup_delay="1m")
    lab.advance(10)
    assert wire.rows("/tool/netwatch/print")[0]["status"] != "unknown"
    lab.reboot("main")
    with back(lab) as line:
        lab.advance(50)
        assert line.rows("/tool/netwatch/print")[0]["status"] == "unknown"
        lab.advance(20)
        assert line.rows("/tool/netwatch/print")[0]["status"] == "down"


def test_leases_come_anew(lab: Lab, wire: Wire) -> None:
    wire.add("/ip/dhcp-client", interface="ether1")
    lab.advance(1)
    assert wire.rows("/ip/dhcp-client/print")[0]["status"] == "bound"
    lab.reboot("main")
    assert lab.call("main", lambda router: [lease for _row, _interface, lease in router.state.leases.bound()]) == []
    lab.advance(1)
    with back(lab) as line:
        assert line.rows("/ip/dhcp-client/print")[0]["status"] == "bound"


def test_a_time_that_jumps_over_the_boot_loses_nothing(lab: Lab, wire: Wire) -> None:
    """What happens between the console's start and the present moment happens all the same, in its order."""
    wire.add("/system/scheduler", name="boot", start_time="startup", on_event=":log info boot")
    wire.add("/system/scheduler", name="tick", start_time="startup", interval="10s", on_event=":log info tick")
    lab.call("main", lambda router: router.reboot())
    lab.advance(BOOT + 43.5)
    wait_until("all of it", lambda: messages(lab).count("tick") == 4)
    assert messages(lab)[:2] == ["router rebooted", "boot"]


def test_the_command_answers_and_then_the_line_ends(lab: Lab, wire: Wire) -> None:
    assert wire.talk("/system/reboot") == [["!done"]]
    lab.advance(1)
    with pytest.raises(LineClosed):
        wire.sentence()
    lab.come_back("main")
    told(lab, "router rebooted")


def test_the_command_needs_its_policy(lab: Lab, wire: Wire) -> None:
    wire.add("/user/group", name="most", policy="read,write,api,policy,test")
    wire.add("/user", name="u", group="most", password="x")
    with Wire(lab.port("main")) as line:
        line.login("u", "x")
        assert "not enough permissions" in line.trap("/system/reboot")
    assert wire.trap("/system/reboot", "=x=y") == "unknown parameter x"
    assert wire.trap("/system/shutdown") == "no such command"
    assert wire.trap("/system/print") == "no such command"
    lab.advance(1)
    assert wire.rows("/system/identity/print")


def test_a_script_may_reboot(lab: Lab, wire: Wire) -> None:
    wire.add("/system/scheduler", name="j", on_event=":log info going; /system reboot; :delay 1h")
    told(lab, "going")
    lab.advance(1)
    wait_until("it goes down", lambda: lab.call("main", lambda router: router.booting))
    lab.come_back("main")
    told(lab, "router rebooted")


def test_a_router_may_reboot_while_it_boots(lab: Lab) -> None:
    lab.call("main", lambda router: router.reboot())
    lab.advance(BOOT - 1)
    lab.call("main", lambda router: router.reboot())
    lab.advance(2)
    assert lab.call("main", lambda router: router.booting)
    lab.reset("main")
    assert not lab.call("main", lambda router: router.booting)
    with back(lab):
        pass


def test_safe_mode_does_not_outlive_it(lab: Lab, wire: Wire) -> None:
    """What was done under it is taken back (~)."""
    assert wire.talk("/safe-mode/take") == [["!done"]]
    wire.add("/ip/pool", name="a", ranges="10.0.0.0/24")
    lab.reboot("main")
    assert "ip pool" not in lab.snapshot("main")
    with back(lab) as line:
        assert line.talk("/safe-mode/take") == [["!done"]]


def test_a_reset_takes_the_order_to_reboot_back(lab: Lab, wire: Wire) -> None:
    """It was given to a router that is no more."""
    assert wire.talk("/system/reboot") == [["!done"]]
    lab.reset("main")
    lab.advance(1)
    with back(lab):
        pass
    assert "router rebooted" not in messages(lab)
