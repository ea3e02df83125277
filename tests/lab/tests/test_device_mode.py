# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Device mode: what is told of it, what it forbids, and that nobody changes it from afar."""

from __future__ import annotations

from pathlib import Path

import pytest

from routerlab import topology
from routerlab.cli_testing import Shell
from routerlab.lab import LabError
from routerlab.model.device_mode import DeviceMode, default_mode, features, modes
from routerlab.testing import Lab, wait_until
from routerlab.topology import TopologyError
from routerlab.version import Version
from routerlab.wire import Wire

MENU = "/system/device-mode"
FORBIDDEN = "failure: not allowed by device-mode"
FLAGGED = (
    "failure: configuration flagged, check all router configuration for unauthorized changes and update device-mode"
)


def mode(lab: Lab, name: str = "main") -> dict[str, str]:
    """What ``print`` returns."""
    with Wire(lab.port(name)) as wire:
        wire.login()
        (row,) = wire.rows(f"{MENU}/print")
        return row


def test_the_default_allows_all_but_a_few(lab: Lab) -> None:
    """As a Cloud Hosted Router tells it."""
    found = mode(lab)
    assert list(found)[:4] == ["mode", "allowed-versions", "flagged", "flagging-enabled"]
    assert (found["mode"], found["flagged"], found["attempt-count"]) == ("advanced", "false", "0")
    assert {name for name, text in found.items() if text == "false"} == {
        "container", "flagged", "install-any-version", "partitions", "routerboard", "traffic-gen",
    }  # fmt: skip


def test_old_versions_tell_only_what_differs(lab: Lab) -> None:
    """7.12 has other names too."""
    assert mode(lab, "old") == {"mode": "enterprise"}
    lab.device_mode("old", "home", "fetch=yes")
    assert mode(lab, "old") == {"mode": "home", "fetch": "true"}
    lab.device_mode("old", "enterprise", flagged=True)
    assert mode(lab, "old") == {"mode": "enterprise", "flagged": "true"}


@pytest.mark.parametrize(
    ("name", "allowed", "forbidden"),
    [
        ("home", {"ipsec", "l2tp", "pptp", "smb"}, {"scheduler", "fetch", "email", "hotspot", "routerboard"}),
        ("basic", {"scheduler", "fetch", "email", "sniffer", "romon"}, {"socks", "proxy", "hotspot", "container"}),
        ("advanced", {"scheduler", "fetch", "hotspot", "bandwidth-test"}, {"container", "traffic-gen", "partitions"}),
        ("rose", {"scheduler", "container"}, {"traffic-gen", "partitions", "install-any-version"}),
    ],
)
def test_modes_differ_in_features(name: str, allowed: set[str], forbidden: set[str]) -> None:
    """The manual's table."""
    found = DeviceMode(Version.parse("7.22.3"), name)
    assert all(found.allows(feature) for feature in allowed)
    assert not any(found.allows(feature) for feature in forbidden)
    assert allowed | forbidden <= set(features(found.version))


def test_names_of_modes_by_version() -> None:
    """Enterprise became advanced in 7.17."""
    assert modes(Version.parse("7.16.2")) == ("enterprise", "home")
    assert modes(Version.parse("7.17")) == ("advanced", "home", "basic")
    assert "rose" in modes(Version.parse("7.22"))
    assert [default_mode(Version.parse(text)) for text in ("7.12.2", "7.24")] == ["enterprise", "advanced"]


def test_home_forbids_the_scheduler_and_fetch(lab: Lab, wire: Wire) -> None:
    """Neither may be used; jobs that are there do not run, and can be taken away."""
    job = wire.add("/system/scheduler", name="old", interval="10s", on_event=":log info ticked")
    lab.device_mode("main", "home")
    assert wire.trap("/system/scheduler/add", "=name=j", "=on-event=x") == FORBIDDEN
    assert wire.trap("/system/scheduler/set", f"=numbers={job}", "=interval=1m") == FORBIDDEN
    assert wire.trap("/system/scheduler/enable", f"=numbers={job}") == FORBIDDEN
    before = lab.call("main", lambda router: len([line for line in router.log if line.message == "ticked"]))
    lab.advance(60)
    after = lab.call("main", lambda router: len([line for line in router.log if line.message == "ticked"]))
    assert after == before
    script = "/system scheduler add name=k on-event=x"
    row = wire.add("/system/script", name="s", source=script)
    assert wire.trap("/system/script/run", f"=.id={row}").startswith(FORBIDDEN)
    assert wire.talk(
        "/system/script/set", f"=.id={row}", '=source=/tool fetch url="http://www.example.com/" output=none'
    )
    assert wire.trap("/system/script/run", f"=.id={row}").startswith(FORBIDDEN)
    assert wire.talk("/system/scheduler/disable", f"=numbers={job}") == [["!done"]]
    assert wire.talk("/system/scheduler/remove", f"=numbers={job}") == [["!done"]]
    assert wire.rows("/system/scheduler/print") == []
    lab.device_mode("main", "home", "scheduler=yes")
    wire.add("/system/scheduler", name="j", on_event="x")


def test_a_flagged_router_adds_and_enables_nothing(lab: Lab, wire: Wire) -> None:
    """Of some menus; what is there can be taken away."""
    job = wire.add("/system/scheduler", name="j", interval="1h", disabled="yes", on_event="x")
    lab.device_mode("main", "advanced", flagged=True)
    assert mode(lab)["scheduler"] == "true"
    assert wire.trap("/system/scheduler/add", "=name=k") == FLAGGED
    assert wire.trap("/system/scheduler/enable", f"=numbers={job}") == FLAGGED
    assert wire.talk("/system/scheduler/remove", f"=numbers={job}") == [["!done"]]
    wire.add("/ip/pool", ranges="10.0.0.0/24")


def test_update_waits_for_somebody_at_the_device(lab: Lab, wire: Wire) -> None:
    """Who never comes."""
    wire.send(f"{MENU}/update", "=container=yes", "=activation-timeout=30s", ".tag=u")
    told = wire.sentence()
    assert told[:2] == ["!re", ".tag=u"]
    assert told[2].startswith("=update=please activate by turning power off or pressing reset or mode button in 30s")
    lab.advance(31)
    assert wire.replies() == [["!trap", ".tag=u", "=message=update canceled"], ["!done", ".tag=u"]]
    found = mode(lab)
    assert (found["container"], found["attempt-count"]) == ("false", "1")


def test_update_checks_what_it_is_asked(wire: Wire) -> None:
    """At once."""
    assert wire.trap(f"{MENU}/update", "=mode=enterprise") == "input does not match any value of mode"
    assert wire.trap(f"{MENU}/update", "=nonexistent=yes") == "unknown parameter nonexistent"
    assert "out of range" in wire.trap(f"{MENU}/update", "=activation-timeout=1s")
    assert wire.trap(f"{MENU}/set", "=mode=home") == "no such command"


def test_get(lab: Lab, wire: Wire) -> None:
    """One property."""
    assert wire.talk(f"{MENU}/get", "=value-name=scheduler") == [["!done", "=ret=true"]]
    lab.device_mode("main", "home")
    assert wire.talk(f"{MENU}/get", "=value-name=scheduler") == [["!done", "=ret=false"]]


def test_the_mode_stays_over_a_reboot_but_not_over_a_reset(lab: Lab) -> None:
    """A reset of the lab's means: as the topology says."""
    lab.device_mode("main", "basic")
    lab.reboot("main")
    assert mode(lab)["mode"] == "basic"
    lab.reset("main")
    assert mode(lab)["mode"] == "advanced"


def test_mistakes_are_told(lab: Lab) -> None:
    """With what there is."""
    with pytest.raises(LabError, match=r"has the modes advanced, home, basic, rose, not 'enterprise'"):
        lab.device_mode("main", "enterprise")
    with pytest.raises(LabError, match=r"'fetch' is no feature=yes"):
        lab.device_mode("main", "home", "fetch")
    with pytest.raises(LabError, match=r"features: scheduler, socks"):
        lab.device_mode("old", "home", "partitions=yes")


def test_topologies_say_it() -> None:
    """By a name that the version has."""
    (plan,) = topology.parse({"router": [{"name": "r", "device_mode": "home"}]}, "t")
    with Lab(routers=[plan]) as lab:
        assert mode(lab, "r")["mode"] == "home"
        lab.device_mode("r", "advanced")
        lab.reset("r")
        wait_until("the factory's mode", lambda: mode(lab, "r")["mode"] == "home")
    with pytest.raises(TopologyError, match=r"router r\.device_mode: RouterOS 7\.12\.2 has enterprise, home, not"):
        topology.parse({"router": [{"name": "r", "version": "7.12.2", "device_mode": "advanced"}]}, "t")


def test_the_command_line(tmp_path: Path) -> None:
    """Features and the flag, and what it says to mistakes."""
    shell = Shell(tmp_path, '[[router]]\nname = "one"\n')
    assert shell.up("--no-kernel").returncode == 0
    try:
        assert shell.run("device-mode", "one", "home", "fetch=yes", "email=yes") == "one: device-mode home\n"
        with shell.wire() as line:
            (row,) = line.rows(f"{MENU}/print")
            assert [row[name] for name in ("mode", "fetch", "email", "scheduler")] == ["home", "true", "true", "false"]
        assert shell.run("device-mode", "one", "advanced", "--flagged") == "one: device-mode advanced, flagged\n"
        with shell.wire() as line:
            assert line.trap("/system/scheduler/add", "=name=j") == FLAGGED
        assert "has the modes advanced, home, basic, rose, not 'x'" in shell.refused("device-mode", "one", "x")
        assert "'y=yes' is no feature=yes" in shell.refused("device-mode", "one", "home", "y=yes")
        assert "no router 'two' in this lab" in shell.refused("device-mode", "two", "home")
    finally:
        shell.run("down")
