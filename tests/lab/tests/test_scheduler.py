# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scheduler: when jobs run, what they may do, and what is told of them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from routerlab.testing import Lab, router, wait_until
from routerlab.wire import Wire

COUNT = ':global n; :if ([:typeof $n] != "num") do={ :set n 0 }; :set n ($n + 1); :log info ("run " . $n)'


pytestmark = pytest.mark.usefixtures("standing")


def lines(lab: Lab, text: str, name: str = "main") -> list[str]:
    """The lines of a router's log that contain a text."""
    return lab.call(name, lambda router: [line.message for line in router.log if text in line.message])


def said(lab: Lab, text: str, count: int, name: str = "main") -> None:
    """Wait until the log has exactly so many such lines: jobs run beside what the test does."""
    wait_until(f"{count} lines with {text!r}", lambda: len(lines(lab, text, name)) >= count)
    assert len(lines(lab, text, name)) == count


def job(wire: Wire, name: str) -> dict[str, str]:
    """A job as it is printed."""
    (row,) = wire.rows("/system/scheduler/print", f"?name={name}")
    return row


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_job_runs_again_and_again(lab: Lab, wire: Wire) -> None:
    """After every interval, counted from the second in which it was written, which itself has passed."""
    wire.add("/system/scheduler", name="j", interval="1m", on_event=COUNT)
    lab.advance(50)
    assert lines(lab, "run ") == []
    assert job(wire, "j")["run-count"] == "0"
    lab.advance(11)
    said(lab, "run 1", 1)
    lab.advance(600)
    said(lab, "run ", 11)
    row = job(wire, "j")
    assert (row["run-count"], row["owner"], row["interval"]) == ("11", "admin", "1m")
    assert (
        timedelta(0)
        < moment(row["next-run"]) - lab.call("main", lambda router: moment(router.stamp()))
        <= (timedelta(minutes=1))
    )


def test_a_job_without_an_interval_runs_once(lab: Lab, wire: Wire) -> None:
    wire.add("/system/scheduler", name="j", on_event=COUNT)
    said(lab, "run ", 1)
    lab.advance(86400)
    said(lab, "run ", 1)
    assert "next-run" not in job(wire, "j")
    assert job(wire, "j")["run-count"] == "1"


def test_a_job_waits_for_its_time(lab: Lab, wire: Wire) -> None:
    """A start that has passed is no start, unless there is an interval: then the next one counts."""
    now = lab.call("main", lambda router: moment(router.stamp()))
    later, earlier = now + timedelta(hours=1), now - timedelta(minutes=59, seconds=30)

    def add(name: str, when: datetime, **more: str) -> None:
        date, time = when.strftime("%Y-%m-%d"), when.strftime("%H:%M:%S")
        wire.add("/system/scheduler", name=name, start_date=date, start_time=time, on_event=f":log info {name}", **more)

    add("later", later)
    add("missed", earlier)
    add("hourly", earlier, interval="1h")
    assert job(wire, "later")["next-run"] == str(later)
    assert "next-run" not in job(wire, "missed")
    assert job(wire, "hourly")["next-run"] == str(earlier + timedelta(hours=1))
    lab.advance(40)
    said(lab, "hourly", 1)
    lab.advance(3600)
    said(lab, "later", 1)
    said(lab, "hourly", 2)
    assert lines(lab, "missed") == []


def test_jobs_at_start_up_count_from_the_boot(lab: Lab, wire: Wire) -> None:
    """3 s after it, which is long ago; what has an interval goes on from there."""
    wire.add("/system/scheduler", name="never", start_time="startup", on_event=":log info never")
    wire.add("/system/scheduler", name="then", start_time="startup", interval="30s", on_event=":log info then")
    booted = lab.call("main", lambda router: moment(router.stamp(router.booted)))
    assert (moment(job(wire, "then")["next-run"]) - booted).total_seconds() % 30 in (2, 3, 4)
    lab.advance(31)
    said(lab, "then", 1)
    lab.advance(30)
    said(lab, "then", 2)
    assert lines(lab, "never") == []
    assert job(wire, "never")["run-count"] == "0"
    assert "next-run" not in job(wire, "never")


@pytest.mark.parametrize(("version", "runs"), [("7.22.3", True), ("7.24", False), ("7.24.4", False), ("7.24.5", True)])
def test_a_default_start_fails_in_some_versions(version: str, runs: bool) -> None:
    """One that was written works in all, and so does one that takes the default's place."""
    with Lab(routers=[router("main", version)]) as lab, lab.standing():
        # The time since the boot, by which "startup" is due, begins again: starting the lab has taken some.
        lab.reset()
        jobs_with_and_without_a_start(lab, runs)


def jobs_with_and_without_a_start(lab: Lab, runs: bool) -> None:
    """``runs``: whether those without one do."""
    with Wire(lab.port("main")) as wire:
        wire.login()
        # Ten seconds from now: at another second of ten it would run twice below.
        second = lab.call("main", lambda router: moment(router.stamp())).strftime("%H:%M:%S")
        wire.add("/system/scheduler", name="default", interval="10s", on_event=":log info default")
        wire.add("/system/scheduler", name="changed", interval="10s", on_event=":log info changed")
        wire.add("/system/scheduler", name="once", on_event=":log info once")
        wire.add(
            "/system/scheduler", name="startup", start_time="startup", interval="10s", on_event=":log info startup"
        )
        wire.add(
            "/system/scheduler",
            name="written",
            start_date="2025-01-01",
            start_time=second,
            interval="10s",
            on_event=":log info written",
        )
        wire.talk("/system/scheduler/set", "=numbers=changed", "=start-date=2025-01-01")
        lab.advance(10.5)
        for name in ("written", "startup", "changed"):
            said(lab, name, 1)
        for name in ("default", "once"):
            said(lab, name, int(runs))
            assert job(wire, name)["run-count"] == ("1" if runs else "0")
        assert ("next-run" in job(wire, "default")) == runs


def test_a_script_goes_on_when_its_job_is_renamed_or_gone(lab: Lab, wire: Wire) -> None:
    """It is a job of its own, also when it has removed the other by itself."""
    late = ':delay 30s\n:log info ("late " . [:len [/system scheduler find]])'
    wire.add("/system/scheduler", name="a", interval="10s", on_event=f"/system scheduler remove a\n{late}")
    # A job that is there and does not run meanwhile, whatever the time is.
    wire.add("/system/scheduler", name="b", start_time="00:00:00", start_date="2025-01-01", on_event=late)
    wire.add("/system/scheduler", name="c", interval="10s", on_event='/system scheduler set [find name="c"] name=d')
    lab.advance(10.5)
    wait_until("a is gone and c renamed", lambda: [row["name"] for row in rows(wire)] == ["b", "d"])
    lab.advance(30)
    said(lab, "late 2", 1)
    assert lines(lab, "failed") == []


def rows(wire: Wire) -> list[dict[str, str]]:
    """All jobs."""
    return wire.rows("/system/scheduler/print")


def test_a_job_is_started_again_while_it_runs(lab: Lab, wire: Wire) -> None:
    wire.add("/system/scheduler", name="j", interval="10s", on_event=":log info begun\n:delay 25s\n:log info ended")
    lab.advance(10.5)
    said(lab, "begun", 1)
    lab.advance(10)
    said(lab, "begun", 2)
    assert lines(lab, "ended") == []
    lab.advance(15)
    said(lab, "ended", 1)


def test_disabled_changed_and_removed_jobs(lab: Lab, wire: Wire) -> None:
    """A new interval counts from the row's start; a disabled job is not due."""
    wire.add("/system/scheduler", name="j", interval="10s", disabled="yes", on_event=":log info tick")
    lab.advance(60)
    assert lines(lab, "tick") == []
    assert "next-run" not in job(wire, "j")
    assert wire.talk("/system/scheduler/enable", "=numbers=j") == [["!done"]]
    lab.advance(10.5)
    said(lab, "tick", 1)
    assert wire.talk("/system/scheduler/set", "=numbers=j", "=interval=5m") == [["!done"]]
    lab.advance(30)
    said(lab, "tick", 1)
    lab.advance(300)
    said(lab, "tick", 2)
    assert job(wire, "j")["run-count"] == "2"
    assert wire.talk("/system/scheduler/remove", "=numbers=j") == [["!done"]]
    lab.advance(3000)
    said(lab, "tick", 2)


def test_a_job_may_name_a_script(lab: Lab, wire: Wire) -> None:
    """Which is then counted, and runs with what the job may do."""
    wire.add("/system/script", name="beat", source=":log info boom")
    wire.add("/system/scheduler", name="j", interval="10s", on_event="beat")
    lab.advance(21)
    said(lab, "boom", 2)
    (script,) = wire.rows("/system/script/print")
    assert script["run-count"] == "2"
    assert moment(script["last-started"]) <= lab.call("main", lambda router: moment(router.stamp()))


def test_a_script_that_asks_for_more_than_its_job_may_is_not_run(lab: Lab, wire: Wire) -> None:
    """Unless it says that nobody needs to ask."""
    wire.add("/system/script", name="beat", source=":log info boom", policy="read,write,test,reboot,ftp")
    wire.add("/system/scheduler", name="j", interval="10s", on_event="beat", policy="read,write")
    lab.advance(10.5)
    said(lab, "executing script beat from scheduler (j) failed", 1)
    assert lines(lab, "please check it manually (not enough permissions)")
    assert lines(lab, "boom") == []
    assert wire.rows("/system/script/print")[0]["run-count"] == "0"
    assert wire.talk("/system/script/set", "=numbers=beat", "=dont-require-permissions=yes") == [["!done"]]
    lab.advance(10)
    said(lab, "boom", 1)


@pytest.mark.parametrize(("policy", "renamed"), [("read", False), ("read,write", True)])
def test_a_job_may_do_what_its_policy_says(lab: Lab, wire: Wire, policy: str, renamed: bool) -> None:
    wire.add("/system/scheduler", name="j", on_event="/system identity set name=mine\n:log info late", policy=policy)
    if renamed:
        said(lab, "late", 1)
    else:
        said(lab, "executing script from scheduler (j) failed, please check it manually (not enough permissions", 1)
    assert wire.rows("/system/identity/print") == [{"name": "mine" if renamed else "MikroTik"}]


def test_a_job_that_does_not_parse_is_told_at_every_run(lab: Lab, wire: Wire) -> None:
    """Nothing of it runs."""
    wire.add("/system/scheduler", name="j", interval="10s", on_event=":log info one\n:log info (")
    lab.advance(20.5)
    wait_until("two lines", lambda: len(lines(lab, "executing script from scheduler (j) failed")) == 2)
    assert lines(lab, "one") == []
    assert "line 2 column" in lines(lab, "executing script")[0]


def test_a_reset_forgets_jobs_and_variables(lab: Lab, wire: Wire) -> None:
    wire.add("/system/scheduler", name="j", interval="10s", on_event=COUNT)
    lab.advance(10.5)
    said(lab, "run 1", 1)
    lab.reset("main")
    lab.advance(60)
    with Wire(lab.port("main")) as again:
        again.login()
        assert again.rows("/system/scheduler/print") == []
        again.add("/system/scheduler", name="k", on_event=COUNT)
        said(lab, "run 1", 1)


def test_device_mode_may_forbid_the_scheduler(lab: Lab, wire: Wire) -> None:
    """Jobs that are there already are not started; they go on when they may again, from then on."""
    wire.add("/system/scheduler", name="j", interval="10s", on_event=":log info tick")
    lab.call("main", lambda router: setattr(router.device_mode, "mode", "home"))
    lab.advance(25)
    assert job(wire, "j")["run-count"] == "0"
    lab.call("main", lambda router: setattr(router.device_mode, "mode", "advanced"))
    lab.advance(10)
    said(lab, "tick", 1)


UNDO = """:if ([/system resource get uptime]>3723s and [/system resource get uptime]<1d02:03:04) do={ :set go true }
/system scheduler set [find name=j] name=claimed
:foreach i in=[/ip firewall mangle find where comment="x"] do={
:do { /ip firewall mangle add chain=prerouting action=accept comment=w place-before=$i } on-error={}
:do { /ip firewall mangle unset $i value-name=dst-address } on-error={}
:do { /ip firewall mangle set $i comment="was x" } on-error={}
}
:do { /ip firewall mangle remove *99 } on-error={ :log warning "never came" }
:do { /ip firewall mangle move *3 destination=*1 } on-error={ :log warning "not moved" }
:foreach i in=[/ip firewall mangle find where .id=*2] do={ /ip firewall mangle remove $i }
:if ([:len [/ip firewall mangle find where comment="y"]]=0) do={ :log info "y is gone" }
/system scheduler remove [find name=claimed]
:log info "undone $go $[:len [/system scheduler find]]"
"""


@pytest.mark.parametrize("name", ["old", "middle", "main"])
def test_a_job_takes_a_change_back(lab: Lab, name: str) -> None:
    """All that such a script needs: times, rows by their identifiers and comments, order, steps that may fail."""
    lab.advance(300)
    with Wire(lab.port(name)) as line:
        line.login()
        for comment in "xyz":
            line.add(
                "/ip/firewall/mangle", chain="prerouting", action="accept", comment=comment, dst_address="10.0.0.0/8"
            )
        line.add("/system/scheduler", name="j", interval="10s", on_event=":local go false\n" + UNDO)
        lab.advance(10.5)
        said(lab, "undone true 0", 1, name)
        rows = line.rows("/ip/firewall/mangle/print")
        assert [(row["comment"], row.get("dst-address")) for row in rows] == [
            ("w", None),
            ("z", "10.0.0.0/8"),
            ("was x", None),
        ]
        assert lines(lab, "never came", name)
        assert lines(lab, "y is gone", name)
        assert not lines(lab, "not moved", name)
        assert not lines(lab, "failed", name)
        assert line.rows("/system/scheduler/print") == []
