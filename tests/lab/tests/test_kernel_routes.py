# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A router's kernel becomes what is desired: links, bridges, addresses, routes and rules, whatever was there before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routerlab.kernel.client import KernelError
from routerlab.kernel.testing import Bench, desired, isp, world

MARK = 0x1FFF
LOCAL_RULE = {
    "priority": 1000,
    "mark": None,
    "mask": None,
    "table": 255,
    "src": None,
    "dst": None,
    "iif": None,
    "action": "lookup",
}


@pytest.fixture(scope="module")
def whole_bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Two providers, no servers."""
    with Bench(world(tmp_path_factory.mktemp("lab"), [isp("ether1", 40), isp("ether2", 20)])) as running:
        yield running


@pytest.fixture
def bench(whole_bench: Bench) -> Bench:
    """The router as ``desired()``."""
    whole_bench.apply()
    return whole_bench


def route(to: str = "0.0.0.0/0", *hops: tuple[str, str | None], **more: Any) -> dict[str, Any]:
    """A row of the desired routes."""
    found = [{"dev": device, "via": gateway} for device, gateway in hops]
    return {"table": 254, "dst": to, "metric": 1, "type": "unicast", "pref_src": None, "hops": found, **more}


def rule(priority: int, **more: Any) -> dict[str, Any]:
    """A row of the desired rules."""
    return {**LOCAL_RULE, "priority": priority, "table": 254, **more}


def state(bench: Bench) -> dict[str, Any]:
    """What the router's kernel is."""
    found: dict[str, Any] = bench.call("state", router="r")
    return found


FIRST, SECOND = ("ether1", "192.168.40.1"), ("ether2", "192.168.20.1")


def test_a_bare_router(bench: Bench) -> None:
    bench.call("reset", router="r")
    found = state(bench)
    assert {name: link["up"] for name, link in found["links"].items() if name.startswith("ether")} == dict.fromkeys(
        [f"ether{number}" for number in range(1, 6)], False
    )
    assert found["addresses"] == {"lo": ["127.0.0.1/8"]}
    assert found["routes"] == []
    assert found["rules"] == [LOCAL_RULE]
    assert "br1" not in found["links"]


def test_the_same_again_changes_nothing(bench: Bench) -> None:
    before = state(bench)
    bench.apply()
    assert state(bench) == before
    assert before["links"]["br1"]["mac"] == "48:A9:8A:00:00:99"
    assert before["links"]["ether3"]["master"] == "br1"
    assert before["routes"] == [route("0.0.0.0/0", FIRST)]


ROUTES = [
    route("0.0.0.0/0", FIRST),
    route("0.0.0.0/0", SECOND, metric=2),
    route("0.0.0.0/0", FIRST, table=1001),
    route("0.0.0.0/0", SECOND, table=1002, pref_src="192.168.20.2"),
    route("8.8.8.8/32", FIRST, SECOND),
    route("10.0.0.0/8", metric=254, type="blackhole"),
    route("10.9.0.0/16", type="unreachable"),
    route("10.8.0.0/16", type="prohibit"),
    route("172.30.0.0/16", ("br1", None)),
    # A next hop that no address of the device is near to.
    route("172.31.0.0/16", ("ether1", "203.0.113.1")),
]


def test_routes_of_every_kind(bench: Bench) -> None:
    bench.apply(routes=ROUTES)
    assert sorted(state(bench)["routes"], key=str) == sorted(ROUTES, key=str)
    bench.apply(routes=[])
    assert state(bench)["routes"] == []


def test_rules_of_every_kind(bench: Bench) -> None:
    rules = [
        rule(100, mark=1, mask=MARK, table=1001),
        rule(101, mark=2, mask=MARK, table=1002),
        rule(2000, src="172.16.10.0/24", table=1001),
        rule(2001, dst="8.8.8.8/32", iif="br1", table=1002),
        rule(2002, dst="9.9.9.0/24", action="unreachable", table=0),
        rule(2003, src="172.16.10.5/32", dst="1.1.1.1/32", action="drop", table=0),
    ]
    bench.apply(rules=rules)
    found = state(bench)["rules"]
    assert [found[0], found[1]] == rules[:2]
    # The local table comes after routing marks and before the user's rules.
    assert found[2] == LOCAL_RULE
    assert found[3:] == rules[2:]
    bench.apply(rules=rules[1:3])
    assert state(bench)["rules"] == [rules[1], LOCAL_RULE, rules[2]]


def test_marks_lead_into_their_tables(bench: Bench) -> None:
    bench.apply(
        routes=[route("0.0.0.0/0", FIRST), route("0.0.0.0/0", SECOND, table=1002)],
        rules=[rule(100, mark=2, mask=MARK, table=1002)],
    )

    def sent() -> list[int]:
        counters = bench.call("counters", router="r")["interfaces"]
        return [counters[device]["tx_packets"] for device in ("ether1", "ether2")]

    # Neighbours are found first, so that only pings count.
    assert bench.ping("8.8.8.8")["answered"]
    assert bench.ping("8.8.8.8", mark=2)["answered"]
    before = sent()
    for _rest in range(10):
        # Bits beyond the routing mark's are other marks.
        assert bench.ping("8.8.8.8", mark=2 | 5 << 13)["answered"]
    after = sent()
    assert after[1] - before[1] >= 10
    assert after[0] - before[0] < 10


def test_routes_that_a_link_took_along_come_back(bench: Bench) -> None:
    bench.apply(routes=ROUTES)
    before = state(bench)
    links = {**desired()["links"], "ether1": {"up": False}}
    # What needs the port cannot be, and is told; all the rest is.
    with pytest.raises(KernelError, match="Network is down"):
        bench.apply(links=links, routes=ROUTES)
    # Of several next hops the kernel leaves out those that are down, and takes them again.
    kept = [row for row in ROUTES if {hop["dev"] for hop in row["hops"]} != {"ether1"}]
    assert sorted(state(bench)["routes"], key=str) == sorted(kept, key=str)
    bench.apply(routes=ROUTES)
    assert state(bench) == before


def test_one_address_of_several_goes_alone(bench: Bench) -> None:
    both = ["172.16.10.1/24", "172.16.10.2/24"]
    bench.apply(addresses={"br1": both})
    assert state(bench)["addresses"]["br1"] == both
    bench.apply(addresses={"br1": both[1:]})
    assert state(bench)["addresses"]["br1"] == both[1:]
    assert bench.ping("172.16.10.9")["answered"]


def test_an_address_moves_to_another_device(bench: Bench) -> None:
    bench.apply(addresses={"br1": ["172.16.10.1/24"]}, routes=[])
    bench.apply(addresses={"ether4": ["172.16.10.1/24"]}, bridges={}, routes=[])
    found = state(bench)
    assert found["addresses"] == {"ether4": ["172.16.10.1/24"], "lo": ["127.0.0.1/8"]}
    assert "br1" not in found["links"]
    assert found["links"]["ether4"]["master"] is None
    assert bench.ping("172.16.10.9")["answered"]


def test_ports_change_bridges(bench: Bench) -> None:
    bridge = {"up": True, "mac": "48:A9:8A:00:00:98", "mtu": 1500, "ports": ["ether3"]}
    bench.apply(bridges={**desired()["bridges"], "br2": bridge})
    links = state(bench)["links"]
    assert [links[port]["master"] for port in ("ether3", "ether4")] == ["br2", "br1"]


def test_mac_mtu_and_disabling(bench: Bench) -> None:
    links = {**desired()["links"], "ether1": {"up": True, "mac": "02:00:00:00:00:77", "mtu": 1400}}
    bench.apply(links={**links, "ether4": {"up": False}})
    found = state(bench)["links"]
    assert (found["ether1"]["mac"], found["ether1"]["mtu"]) == ("02:00:00:00:00:77", 1400)
    assert not found["ether4"]["up"]
    assert bench.ping("192.168.40.1")["answered"]


def test_problems_are_told_and_the_rest_is_done(bench: Bench) -> None:
    with pytest.raises(KernelError) as told:
        bench.apply(
            addresses={"ether1": ["192.168.40.2/24"], "ether99": ["10.0.0.1/24"]},
            routes=[route("1.0.0.0/8", ("ether98", None)), route("0.0.0.0/0", FIRST)],
            firewall="table ip routeros { nonsense }\n",
        )
    for words in ("no device ether99", "no device ether98", "firewall: "):
        assert words in str(told.value)
    assert state(bench)["routes"] == [route("0.0.0.0/0", FIRST)]
    assert bench.ping("8.8.8.8")["answered"]


def test_vlans_are_there_or_their_lack_is_named(bench: Bench) -> None:
    vlans = {"vlan7": {"up": True, "link": "ether2", "vlan_id": 10, "mtu": 1500}}
    refused = ""
    try:
        bench.apply(vlans=vlans)
    except KernelError as error:
        refused = str(error)
    if refused:
        assert "vlan7: this kernel has no VLANs (CONFIG_VLAN_8021Q" in refused
        assert "vlan7" not in state(bench)["links"]
    else:
        assert state(bench)["links"]["vlan7"]["up"]
        bench.apply(vlans={"vlan7": {**vlans["vlan7"], "vlan_id": 11}})
        bench.apply()
        assert "vlan7" not in state(bench)["links"]
    assert bench.ping("8.8.8.8")["answered"]


MEMBERS = ["ether3", "ether4", "ether5"]
DESIRED = st.fixed_dictionaries(
    {
        "links": st.dictionaries(
            st.sampled_from(MEMBERS), st.fixed_dictionaries({"up": st.booleans(), "mtu": st.sampled_from([1400, 1500])})
        ).map(lambda links: {"ether1": {"up": True}, "ether2": {"up": True}, **links}),
        "bridges": st.lists(st.sampled_from(MEMBERS), unique=True).flatmap(
            lambda ports: st.sampled_from(
                [
                    {},
                    {"br1": {"up": True, "mac": "48:A9:8A:00:00:99", "mtu": 1400, "ports": ports}},
                    {"br2": {"up": False, "mac": "48:A9:8A:00:00:98", "mtu": 1400, "ports": ports}},
                ]
            )
        ),
        "addresses": st.dictionaries(
            st.sampled_from(["ether3", "ether4", "lo"]),
            st.lists(st.sampled_from(["10.1.0.1/24", "10.1.0.2/24", "10.1.1.1/32", "10.2.0.0/31"]), unique=True),
        ).map(
            lambda found: {
                "ether1": ["192.168.40.2/24"],
                "ether2": ["192.168.20.2/24"],
                **{device: sorted(texts) for device, texts in found.items() if texts},
            }
        ),
        # The kernel refuses two routes that differ in nothing but their next hops.
        "routes": st.lists(
            st.sampled_from([row for row in ROUTES if not any(hop["dev"] == "br1" for hop in row["hops"])]),
            unique_by=str,
        ),
        "rules": st.lists(st.integers(1, 5), unique=True).map(
            lambda marks: [rule(100 + mark, mark=mark, mask=MARK, table=1000 + mark) for mark in sorted(marks)]
        ),
    }
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=DESIRED)
def test_any_state_follows_any_other(bench: Bench, rows: dict[str, Any]) -> None:
    bench.call("apply", router="r", desired=rows)
    found = state(bench)
    for name in [f"ether{number}" for number in range(1, 6)]:
        assert found["links"][name]["up"] == rows["links"].get(name, {"up": False})["up"]
        bridge = next((bridge for bridge, row in rows["bridges"].items() if name in row["ports"]), None)
        assert found["links"][name]["master"] == bridge
    assert {name for name, link in found["links"].items() if link["kind"] == "bridge"} == set(rows["bridges"])
    wanted = {device: sorted(texts) for device, texts in rows["addresses"].items()}
    wanted["lo"] = sorted([*wanted.get("lo", []), "127.0.0.1/8"])
    assert {device: sorted(texts) for device, texts in found["addresses"].items()} == wanted
    assert sorted(found["routes"], key=str) == sorted(rows["routes"], key=str)
    assert found["rules"] == [*rows["rules"], LOCAL_RULE]
    bench.call("apply", router="r", desired=rows)
    assert state(bench) == found
