# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way back on routers of the lab: from every state that a change can stop in, the state before comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ansible_collections.multiwan.routeros.plugins.module_utils import script
from ansible_collections.multiwan.routeros.plugins.module_utils.deadman import (
    TICK,
    Found,
    Job,
    confirm,
    find_jobs,
    trigger,
)
from ansible_collections.multiwan.routeros.plugins.module_utils.engine import prepare, run
from ansible_collections.multiwan.routeros.plugins.module_utils.menus import MENUS
from ansible_collections.multiwan.routeros.plugins.module_utils.plan import Plan, transition
from ansible_collections.multiwan.routeros.plugins.module_utils.request import Request
from ansible_collections.multiwan.routeros.plugins.module_utils.rows import Row, read_rows
from ansible_collections.multiwan.routeros.plugins.module_utils.session import Session, Target
from ansible_collections.multiwan.routeros.plugins.module_utils.undo import FAILED, PRELUDE, statements
from ansible_collections.multiwan.routeros.plugins.module_utils.values import microseconds
from ansible_collections.multiwan.routeros.plugins.module_utils.version import Version, version
from routerlab import seed
from routerlab.model.router import Router
from routerlab.script import parse
from routerlab.seed import SeedError
from routerlab.testing import Lab, router, wait_until

VERSIONS = ("7.12.2", "7.18.2", "7.22.3", "7.24")
Menus = dict[str, Any]
Snapshot = dict[str, list[dict[str, str]]]


@dataclass
class Device:
    """A router of the lab and a session with it."""

    lab: Lab
    name: str
    version: Version
    session: Session

    def apply(self, menus: Menus, state: str = "overridden", check: bool = False) -> list[Plan]:
        """Bring the router there, or with ``check`` only plan it."""
        result = run(prepare(menus, Request(self.name, state)), lambda: Held(self.session), check)
        assert not result.problem, result.problem
        return result.plans

    def write(self, plans: list[Plan], number: int) -> int:
        """Send the first writes of the plans, as a commit does; return how many there are in all."""
        writes = [op for made in plans for op in made.operations]
        writes += [op for made in reversed(plans) for op in made.removals]
        for reply in self.session.exchange([op.sentence(self.version) for op in writes[:number]]):
            assert not reply.traps
        return len(writes)

    def take_back(self, plans: list[Plan]) -> None:
        """Run the way back as the job does, at most twice."""
        lines = [PRELUDE, ":set e 1", ":for k from=1 to=2 do={:if ($e>0) do={:set e 0"]
        lines += [*statements(plans, self.version), "}}", ':if ($e>0) do={:error "$e failed, the last in $f"}']
        self.script("\n".join(lines))

    def read(self, text: str) -> None:
        """Have the router read a script, which raises ScriptSyntaxError where it cannot."""
        self.lab.call(self.name, lambda there: parse(text, there))

    def script(self, text: str) -> None:
        """Run a script on the router."""

        def go(there: Router) -> None:
            seed.apply(there, text)

        self.lab.call(self.name, go)

    def reset(self) -> None:
        """Factory state."""
        self.session.close()
        self.lab.reset(self.name)
        self.session = connect(self.lab, self.name)

    @property
    def state(self) -> Snapshot:
        """The router's configuration; where order means nothing, in an order of ours: a row that is back is the last one."""
        found = self.lab.snapshot(self.name)
        return {
            path: rows if path in MENUS and MENUS[path].ordered else sorted(rows, key=str)
            for path, rows in found.items()
        }


def connect(lab: Lab, name: str) -> Session:
    """A session with a router of the lab."""
    return Session(Target(name, "127.0.0.1", "admin", "lab", lab.port(name)))


class Held(AbstractContextManager[Session]):
    """A session that stays open."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __enter__(self) -> Session:
        return self._session

    def __exit__(self, *_error: object) -> None:
        return None


@pytest.fixture(scope="module")
def devices() -> Iterator[Callable[[str], Device]]:
    """Routers of all versions, each with a session; a reset one has factory state."""
    names = {number: f"r{at}" for at, number in enumerate(VERSIONS)}
    with Lab(routers=[router(name, number, "RB1100AHx4") for number, name in names.items()]) as lab, lab.standing():
        made = {number: Device(lab, name, version(number), connect(lab, name)) for number, name in names.items()}
        yield made.__getitem__
        for device in made.values():
            device.session.close()


# What a router has, and shall have


def some(pool: list[str], most: int = 5) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(pool), unique=True, max_size=most)


MARKS = ("none", "a1", "b2")
STATES = ("established,related", "established,related,untracked", "new", "established")
TABLES = ["to_A", "to_B", "to_C"]
SCRIPTS = ("", ':log info "up $host"', ':local x 1\n:if ($x>0) do={:put "é\\$"}', "/ip route disable [find]")


@st.composite
def rules(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Rules of mangle in some order, some of them without a comment."""
    out: list[dict[str, Any]] = []
    for key in draw(some(["r1", "r2", "r3", "r4", "r5", 'r6 "x"'], 6)):
        rule: dict[str, Any] = {"chain": draw(st.sampled_from(["prerouting", "output"])), "comment": key}
        if draw(st.booleans()):
            rule |= {"action": "mark-connection", "new-connection-mark": draw(st.sampled_from(["m1", "m2"]))}
            rule["passthrough"] = draw(st.booleans())
        else:
            rule["action"] = "accept"
        if draw(st.booleans()):
            rule["src-address"] = draw(st.sampled_from(["10.0.0.0/8", "!10.1.0.1", "10.0.0.1-10.0.0.9"]))
        rule["protocol"] = draw(st.sampled_from(["tcp", "udp"]))
        if draw(st.booleans()):
            rule["dst-port"] = draw(st.sampled_from(["80", "80,443"]))
        if draw(st.booleans()):
            rule["connection-state"] = draw(st.sampled_from(["new", "established,related"]))
        rule["disabled"] = draw(st.booleans())
        out.append(rule)
    bare = draw(st.integers(0, 2))
    for number in range(bare):
        rule = {"chain": "forward", "action": "accept", "dst-address": f"10.9.0.{number}"}
        out.insert(draw(st.integers(0, len(out))), rule)
    return out


@st.composite
def similar(draw: st.DrawFn) -> Menus:
    """Rules without comments of which only lists and times tell one from the other."""
    rules = [{"chain": "forward", "action": "accept", "connection-state": state} for state in draw(some(list(STATES)))]
    named = {"chain": "forward", "action": "add-src-to-address-list", "address-list": "l"}
    rules += [{**named, "address-list-timeout": time} for time in draw(some(["1h", "1d"]))]
    return {"ip firewall mangle": draw(st.permutations(rules))}


@st.composite
def configurations(draw: st.DrawFn) -> Menus:
    """Rows of several menus that a router accepts."""
    names = draw(st.permutations(["ISP1", "ISP2", "LAN"]))
    ports = [{"default-name": f"ether{n}", "name": name} for n, name in enumerate(names[:2], 1)]
    if draw(st.booleans()):
        ports[0]["comment"] = draw(st.sampled_from(["fibre", "copper é"]))
    ports.append({"default-name": "ether3", "mtu": draw(st.sampled_from(["1500", "1400"]))})
    tables = draw(some(TABLES, 3))
    lists = draw(some(["WAN", "LANS"], 2))
    members = [{"list": name, "interface": draw(st.sampled_from(names[:2]))} for name in lists if draw(st.booleans())]
    routes = [
        {
            "dst-address": "0.0.0.0/0",
            "gateway": draw(st.sampled_from(["10.7.0.1", f"10.8.0.1%{names[0]}"])),
            "routing-table": table,
            "comment": f"way {table}",
            "distance": draw(st.sampled_from(["1", "3"])),
        }
        for table in [*tables, "main"]
        if draw(st.booleans())
    ]
    jobs = [
        {"name": name, "on-event": draw(st.sampled_from(SCRIPTS)), "interval": draw(st.sampled_from(["1h", "1d"]))}
        for name in draw(some(["j1", "j2"]))
    ]
    watches = [
        {
            "host": host,
            "comment": f"watch {host}",
            "up-script": draw(st.sampled_from(SCRIPTS)),
            "down-script": draw(st.sampled_from(SCRIPTS)),
            "interval": draw(st.sampled_from(["10s", "1m"])),
        }
        for host in draw(some(["1.1.1.1", "8.8.8.8"]))
    ]
    return {
        "interface ethernet": ports,
        "interface list": [{"name": name} for name in lists],
        "interface list member": members,
        "ip pool": [
            {"name": name, "ranges": draw(st.sampled_from(["10.1.0.2-10.1.0.9", "10.2.0.8-10.2.0.15"]))}
            for name in draw(some(["p1", "p2"]))
        ],
        "routing table": [{"name": name, "fib": True} for name in tables],
        "ip address": [
            {"address": f"10.{n}.0.2/24", "interface": name}
            for n, name in enumerate(names[:2], 7)
            if draw(st.booleans())
        ],
        "ip firewall address-list": [
            {"list": "l", "address": address, "comment": draw(st.sampled_from(["c1", "c2"]))}
            for address in draw(some(["10.3.0.1", "10.3.1.0/24", "10.3.2.1-10.3.2.9"]))
        ],
        "ip firewall mangle": draw(rules()),
        "ip route": routes,
        "system scheduler": jobs,
        "tool netwatch": watches,
        "ip dns": [{"servers": draw(st.sampled_from(["8.8.8.8", "1.1.1.1,8.8.8.8"])), "cache-size": "4096"}]
        if draw(st.booleans())
        else [{"servers": ""}],
    }


FOREIGN = (
    "/ip firewall mangle add chain=forward action=accept",
    "/ip firewall mangle add chain=forward action=accept dst-address=10.9.0.0 src-address=10.9.9.9",
    "/ip firewall address-list add list=l address=10.4.4.4 comment=c1",
    "/ip pool add name=foreign ranges=10.4.4.4-10.4.4.9",
)
"""What another administrator writes meanwhile."""


@pytest.mark.parametrize("number", VERSIONS)
def test_the_state_before_comes_back_from_wherever_the_writes_stopped(
    devices: Callable[[str], Device], number: str
) -> None:
    device = devices(number)

    # shrinking a case would take longer than a test may
    @settings(
        max_examples=10, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None
    )
    @given(first=configurations(), second=configurations(), data=st.data())
    def comes_back(first: Menus, second: Menus, data: st.DataObject) -> None:
        device.reset()
        device.apply(first)
        before = device.state
        total = device.write(device.apply(second, check=True), 0)
        for stop in sorted({0, total, *data.draw(st.lists(st.integers(0, total), max_size=6))}):
            plans = device.apply(second, check=True)
            device.write(plans, stop)
            device.take_back(plans)
            assert device.state == before, f"after {stop} of {total} writes"
        plans = device.apply(second, check=True)
        device.write(plans, total)
        device.take_back(plans)
        device.take_back(plans)
        assert device.state == before, "taken back twice"

    comes_back()


@pytest.mark.parametrize("number", VERSIONS)
def test_what_another_writes_meanwhile_stays(devices: Callable[[str], Device], number: str) -> None:
    device = devices(number)

    @settings(
        max_examples=5, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None
    )
    @given(first=configurations(), second=configurations(), data=st.data())
    def stays(first: Menus, second: Menus, data: st.DataObject) -> None:
        device.reset()
        device.apply(first)
        before = device.state
        plans = device.apply(second, check=True)
        total = device.write(plans, 0)
        device.write(plans, data.draw(st.integers(0, total)))
        device.script("\n".join(FOREIGN))
        device.take_back(plans)
        both = device.state
        for path, rows in both.items():
            added = [row for row in rows if row not in before.get(path, [])]
            assert len(added) == sum(line.startswith(f"/{path} add") for line in FOREIGN), path
            assert [row for row in rows if row not in added] == before.get(path, []), path

    stays()


COPIES = (
    "/ip firewall mangle add chain=forward action=accept comment=new protocol=tcp dst-port=81",
    "/ip firewall mangle add chain=output action=accept comment=new protocol=tcp dst-port=80",
)
"""What another administrator makes of copies of a new rule."""


def with_new_rule(device: Device) -> list[Plan]:
    """Factory state and one new rule of mangle; return the plans that have led there."""
    device.reset()
    rule = {"chain": "forward", "action": "accept", "comment": "new", "protocol": "tcp", "dst-port": "80"}
    plans = device.apply({"ip firewall mangle": [rule]}, check=True)
    device.write(plans, 1)
    return plans


@pytest.mark.parametrize("number", VERSIONS)
def test_what_another_makes_of_copies_of_a_new_row_stays(devices: Callable[[str], Device], number: str) -> None:
    device = devices(number)
    plans = with_new_rule(device)
    device.script("\n".join(COPIES))
    device.take_back(plans)
    assert [(row["chain"], row["dst-port"]) for row in device.state["ip firewall mangle"]] == [
        ("forward", "81"),
        ("output", "80"),
    ]


@pytest.mark.parametrize("number", VERSIONS)
def test_a_new_row_goes_however_it_is_spelled(devices: Callable[[str], Device], number: str) -> None:
    """Of two rows neither of which looks like ours one is ours."""
    device = devices(number)
    plans = with_new_rule(device)
    device.script("/ip firewall mangle set [find comment=new] dst-port=82\n" + COPIES[0])
    device.take_back(plans)
    assert "ip firewall mangle" not in device.state


@pytest.mark.parametrize("number", VERSIONS)
def test_rules_that_only_differ_in_a_list_or_a_time(devices: Callable[[str], Device], number: str) -> None:
    device = devices(number)

    @settings(
        max_examples=8, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None
    )
    @given(first=similar(), second=similar())
    def comes_back(first: Menus, second: Menus) -> None:
        device.reset()
        device.apply(first)
        before = device.state
        total = device.write(device.apply(second, check=True), 0)
        for stop in sorted({0, 1, total // 2, total}):
            plans = device.apply(second, check=True)
            device.write(plans, stop)
            device.take_back(plans)
            assert device.state == before, f"after {stop} of {total} writes"

    comes_back()


@pytest.mark.parametrize("number", VERSIONS)
def test_that_a_row_is_gone_is_told(devices: Callable[[str], Device], number: str) -> None:
    device = devices(number)
    device.reset()
    device.apply({"ip firewall mangle": [{"chain": "output", "comment": "ours"}]})
    plans = device.apply({"ip firewall mangle": [{"chain": "forward", "comment": "ours"}]}, check=True)
    device.write(plans, 1)
    device.script("/ip firewall mangle remove [find comment=ours]")
    with pytest.raises(SeedError, match="1 failed, the last in /ip firewall mangle"):
        device.take_back(plans)


@pytest.mark.parametrize("number", VERSIONS)
def test_rows_that_are_word_for_word_the_same(devices: Callable[[str], Device], number: str) -> None:
    """Of two equal rules one goes, and an equal one is added elsewhere: after the way back there are two, where they were."""
    device = devices(number)
    device.reset()
    same, other = {"chain": "output", "action": "accept", "protocol": "tcp"}, {"chain": "output", "comment": "other"}
    menu = MENUS["ip firewall mangle"]
    for rule in (same, other, same, {"chain": "forward", "comment": "last"}):
        words = [f"={name}={value}" for name, value in rule.items()]
        (reply,) = device.session.exchange([("/ip/firewall/mangle/add", *words)])
        assert not reply.traps
    before = device.state
    for stop in range(4):
        (reply,) = device.session.exchange([("/ip/firewall/mangle/print",)])
        one, two, three, four = read_rows(menu, reply.rows, device.version)
        after = [two, three, four, Row("+1", one.values)]
        made = transition(menu, [one, two, three, four], after, frozenset(), Request("r", version=device.version))
        assert device.write([made], stop) == 2
        device.take_back([made])
        assert device.state == before, stop


# Whole sites


SITES = Path(__file__).parents[1] / "unit" / "expected"
NOTHING: Menus = {"system identity": {"name": "MikroTik"}, "ip dns": {"servers": "", "allow-remote-requests": False}}


@pytest.mark.parametrize("site", ["hq", "bandung", "surabaya", "medan"])
@pytest.mark.parametrize("number", VERSIONS)
def test_a_router_reads_the_way_back_of_a_whole_site(devices: Callable[[str], Device], number: str, site: str) -> None:
    device = devices(number)
    device.reset()
    menus: Menus = script.parse((SITES / f"{site}.rsc").read_text(encoding="utf-8"))
    for watch in menus.get("tool netwatch", ()):
        watch["up-script"], watch["down-script"] = SCRIPTS[1:3]
    ports = [{"default-name": port["default-name"]} for port in menus["interface ethernet"]]
    empty: Menus = {path: [] for path in menus} | NOTHING
    empty["interface ethernet"] = [{**port, "name": port["default-name"]} for port in ports]
    for wanted in (menus, empty):
        before = device.state
        plans = device.apply(wanted, check=True)
        device.read(Job("0badcafe", 0, 60, tuple(statements(plans, device.version))).script())
        device.write(plans, 10_000)
        assert device.state != before
        device.take_back(plans)
        assert device.state == before
        device.apply(wanted)


# The job


@dataclass
class Armed:
    """A change that a router carries out, and the job that waits for its confirmation."""

    device: Device
    job: Job
    plans: list[Plan]
    before: Snapshot
    after: Snapshot

    @property
    def jobs(self) -> list[Found]:
        """Our jobs on the router."""
        (reply,) = self.device.session.exchange([("/system/scheduler/print",)])
        return find_jobs(reply.rows)

    @property
    def said(self) -> list[str]:
        """What the router's log tells of us."""
        return self.device.lab.call(
            self.device.name, lambda there: [line.message for line in there.log if "multiwan" in line.message]
        )

    def is_back(self) -> bool:
        """Whether all is as before, and nothing of ours is left."""
        return not self.jobs and self.device.state == self.before


BEFORE: Menus = {
    "interface ethernet": [{"default-name": "ether1", "name": "ISP1"}, {"default-name": "ether2", "name": "ISP2"}],
    "ip address": [{"address": "10.7.0.2/24", "interface": "ISP1"}],
    "ip firewall mangle": [
        {"chain": "prerouting", "action": "accept", "comment": "one"},
        {"chain": "prerouting", "action": "accept", "comment": "two", "protocol": "tcp"},
    ],
}
AFTER: Menus = {
    "interface ethernet": [{"default-name": "ether1", "name": "ISP2"}, {"default-name": "ether2", "name": "ISP1"}],
    "ip address": [{"address": "10.7.0.3/24", "interface": "ISP1"}],
    "ip firewall mangle": [
        {"chain": "prerouting", "action": "accept", "comment": "two", "protocol": "udp"},
        {"chain": "prerouting", "action": "accept", "comment": "new"},
    ],
}
TIMEOUT = 60


@pytest.fixture(params=VERSIONS)
def armed(devices: Callable[[str], Device], request: pytest.FixtureRequest) -> Armed:
    """All writes of a change, behind an armed job."""
    device = devices(request.param)
    device.reset()
    device.apply(BEFORE)
    before = device.state
    plans = device.apply(AFTER, check=True)
    (reply,) = device.session.exchange([("/system/resource/print",)])
    uptime = microseconds(reply.rows[0]["uptime"]) // 1_000_000
    job = Job("0badcafe", uptime, TIMEOUT, tuple(statements(plans, device.version)), "a test")
    (reply,) = device.session.exchange([job.sentence(device.version, ("read", "write", "policy", "test", "api"))])
    assert not reply.traps
    device.write(plans, 10_000)
    after = device.lab.snapshot(device.name)
    assert after["ip address"][0]["address"] == "10.7.0.3/24"
    return Armed(device, job, plans, before, after)


def test_the_job_fires_when_the_time_is_up_and_not_before(armed: Armed) -> None:
    armed.device.lab.advance(TIMEOUT - 2 * TICK - 3)
    (found,) = armed.jobs
    assert (found.id, found.claimed) == ("0badcafe", False)
    assert "unless it is confirmed within 60 s" in found.text
    assert armed.device.lab.snapshot(armed.device.name)["ip address"] == armed.after["ip address"]
    armed.device.lab.advance(2 * TICK + 3)
    wait_until("the change is taken back", armed.is_back)
    assert armed.said == [
        "multiwan: change 0badcafe was not confirmed and is being taken back",
        "multiwan: change 0badcafe was not confirmed and has been taken back",
    ]


def test_a_confirmed_change_stands(armed: Armed) -> None:
    (reply,) = armed.device.session.exchange([confirm(armed.job)])
    assert not reply.traps
    assert armed.jobs == []
    armed.device.lab.advance(10 * TIMEOUT)
    assert armed.device.lab.snapshot(armed.device.name)["ip address"] == armed.after["ip address"]
    assert armed.said == []
    (reply,) = armed.device.session.exchange([trigger(armed.job)])
    assert reply.traps


def test_it_can_be_taken_back_at_once_and_then_not_be_confirmed(armed: Armed) -> None:
    replies = armed.device.session.exchange([trigger(armed.job), confirm(armed.job)])
    assert [bool(reply.traps) for reply in replies] == [False, True]
    (found,) = armed.jobs
    assert found.claimed
    armed.device.lab.advance(TICK)
    wait_until("the change is taken back", armed.is_back)


def test_many_ticks_at_once_take_it_back_once(armed: Armed) -> None:
    armed.device.lab.advance(20 * TIMEOUT)
    wait_until("the change is taken back", armed.is_back)
    assert len(armed.said) == 2


def test_a_reboot_is_no_confirmation(armed: Armed) -> None:
    armed.device.session.close()
    armed.device.lab.advance(30)
    armed.device.lab.reboot(armed.device.name)
    armed.device.session = connect(armed.device.lab, armed.device.name)
    armed.device.lab.advance(TIMEOUT)
    wait_until("the change is taken back", armed.is_back)


def test_a_run_that_a_reboot_interrupts_goes_on(armed: Armed) -> None:
    lease = "comment=([/system resource get uptime]+60s)"
    armed.device.script(f"/system scheduler set [find name={armed.job.name}] name={armed.job.claimed} {lease}")
    armed.device.lab.advance(4 * TICK)
    assert armed.device.lab.snapshot(armed.device.name)["ip address"] == armed.after["ip address"], "somebody runs it"
    armed.device.session.close()
    armed.device.lab.reboot(armed.device.name)
    armed.device.session = connect(armed.device.lab, armed.device.name)
    armed.device.lab.advance(2 * TIMEOUT)
    wait_until("the change is taken back", armed.is_back)


@pytest.fixture(params=VERSIONS)
def failing(devices: Callable[[str], Device], request: pytest.FixtureRequest) -> Armed:
    """A job whose way back fails as long as there is no pool called ``key``; its time is up."""
    device = devices(request.param)
    device.reset()
    state = device.state
    check = ':if ([:len [/ip pool find where name="key"]]=0) do={:error "not yet"}'
    job = Job("0badcafe", 0, 2 * TICK, (':set m "/ip pool"', f":do {{{check}}} on-error={{{FAILED}}}"))
    (reply,) = device.session.exchange([job.sentence(device.version, ("read", "write", "policy", "test", "api"))])
    assert not reply.traps
    return Armed(device, job, [], state, state)


def failures(armed: Armed) -> int:
    return len([said for said in armed.said if said.endswith("steps of taking it back failed, the last in /ip pool")])


def test_what_fails_is_tried_again(failing: Armed) -> None:
    lab = failing.device.lab

    def failed() -> bool:
        lab.advance(1)
        return failures(failing) == 1

    wait_until("the first try has failed", failed)
    assert [found.claimed for found in failing.jobs] == [True]
    lab.seed(failing.device.name, "/ip pool\nadd name=key ranges=10.0.0.1")
    lab.advance(4 * TICK)
    wait_until("the job is done", lambda: not failing.jobs)
    assert failures(failing) == 1


def test_what_fails_for_good_is_told_and_leaves_no_job(failing: Armed) -> None:
    def given_up() -> bool:
        failing.device.lab.advance(TICK)
        return not failing.jobs

    wait_until("the job has given up", given_up)
    assert failures(failing) == 3
