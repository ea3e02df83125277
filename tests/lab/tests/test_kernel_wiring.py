# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The world around a router: cables, providers and their failures, rates and delays, the internet."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from routerlab.kernel.internet import line_addresses, line_macs
from routerlab.kernel.testing import PATIENCE, Bench, desired, isp, world
from routerlab.model.hardware import MODELS
from routerlab.topology import load

RATE = 20_000_000
DELAY = 0.02


@pytest.fixture(scope="module")
def whole_bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """ether1: a plain line; ether2: shaped and delayed."""
    isps = [isp("ether1", 40), isp("ether2", 20, down=RATE, up=RATE // 2, delay=DELAY)]
    document = world(tmp_path_factory.mktemp("lab"), isps, config={})
    document["routers"][0]["hosts"].append("192.168.40.9")
    with Bench(document) as running:
        yield running


@pytest.fixture
def bench(whole_bench: Bench) -> Iterator[Bench]:
    """The router as ``desired()``, and everything works again afterwards."""
    whole_bench.apply()
    whole_bench.agent.poll()
    whole_bench.events.clear()
    yield whole_bench
    for port in ("ether1", "ether2"):
        whole_bench.call("isp", router="r", port=port, modem=True, upstream=True, dhcp=True)
        whole_bench.call("link", router="r", port=port, up=True)


def through_ether2(bench: Bench) -> None:
    """The default route leads to the shaped line."""
    route = {"table": 254, "dst": "0.0.0.0/0", "metric": 1, "type": "unicast"}
    bench.apply(routes=[{**route, "hops": [{"dev": "ether2", "via": "192.168.20.1"}]}])


def test_the_internet_answers_for_every_public_address(bench: Bench) -> None:
    for address in ("1.1.1.1", "8.8.8.8", "149.154.167.220", "203.0.113.200", "223.255.255.254"):
        assert bench.ping(address)["answered"], address


@pytest.mark.parametrize("address", ["10.1.2.3", "172.16.99.1", "192.168.99.1", "100.64.0.1", "198.19.200.1"])
def test_private_addresses_are_unreachable(bench: Bench, address: str) -> None:
    assert not bench.ping(address, timeout=0.3)["answered"]


def test_hosts_answer_where_they_are(bench: Bench) -> None:
    assert bench.ping("172.16.10.9")["answered"]
    assert bench.ping("192.168.40.9", dev="ether1")["answered"]
    assert bench.ping("192.168.40.9", method="arp_ping", dev="ether1")["answered"]


def test_one_host_goes(bench: Bench) -> None:
    bench.call("host", address="9.9.9.9", up=False)
    bench.call("host", address="9.9.9.9", up=False)
    assert not bench.ping("9.9.9.9", timeout=0.3)["answered"]
    assert bench.ping("9.9.9.10")["answered"]
    bench.call("host", address="9.9.9.9", up=True)
    assert bench.ping("9.9.9.9")["answered"]


def test_a_dead_modem_is_silent_but_keeps_the_link(bench: Bench) -> None:
    assert bench.ping("192.168.40.1")["answered"]
    bench.call("isp", router="r", port="ether1", modem=False)
    for address in ("192.168.40.1", "8.8.8.8"):
        assert not bench.ping(address, timeout=0.3)["answered"]
    assert not bench.ping("192.168.40.1", method="arp_ping", dev="ether1", timeout=0.3)["answered"]
    assert bench.call("state", router="r")["links"]["ether1"]["carrier"]
    bench.call("isp", router="r", port="ether1", modem=True)
    assert bench.ping("8.8.8.8")["answered"]
    assert not bench.events


def test_a_dead_upstream_is_silent_behind_a_live_modem(bench: Bench) -> None:
    bench.call("isp", router="r", port="ether1", upstream=False)
    assert bench.ping("192.168.40.1")["answered"]
    answer = bench.ping("8.8.8.8", timeout=0.5)
    assert (answer["answered"], answer["reason"]) == (False, "timeout")
    bench.call("resolve", id=1, router="r", name="api.telegram.org", server="192.168.40.1", timeout=0.5)
    assert "error" in bench.wait(lambda event: event["event"] == "resolved")
    bench.call("isp", router="r", port="ether1", upstream=True)
    assert bench.ping("8.8.8.8")["answered"]


def test_a_modem_forwards_names(bench: Bench) -> None:
    bench.call("resolve", id=1, router="r", name="api.telegram.org", server="192.168.40.1")
    assert bench.wait(lambda event: event["event"] == "resolved")["result"] == ["149.154.167.220"]


def test_a_provider_without_dhcp(bench: Bench) -> None:
    bench.call("isp", router="r", port="ether1", dhcp=False)
    bench.apply(dhcp_clients={"1": {"dev": "ether1"}, "2": {"dev": "ether2"}})
    # The other provider's lease shows that there was time enough for this one.
    assert bench.wait(lambda event: event["event"] == "lease" and event["state"] == "bound")["client"] == "2"
    assert bench.ping("192.168.40.1")["answered"]
    bench.call("isp", router="r", port="ether1", dhcp=True)
    assert bench.wait(lambda event: event["event"] == "lease" and event["state"] == "bound")["client"] == "1"


def test_a_pulled_cable(bench: Bench) -> None:
    bench.call("link", router="r", port="ether1", up=False)
    event = bench.wait(lambda event: event["event"] == "carrier")
    assert (event["router"], event["port"], event["up"]) == ("r", "ether1", False)
    assert not bench.ping("8.8.8.8", timeout=0.3)["answered"]
    bench.call("link", router="r", port="ether1", up=True)
    assert bench.wait(lambda event: event["event"] == "carrier")["up"]
    assert bench.reaches("8.8.8.8")


def test_a_carriers_loss_is_told_at_once(bench: Bench) -> None:
    waits = []
    for up in (False, True) * 4:
        begun = time.monotonic()
        bench.call("link", router="r", port="ether3", up=up)
        assert bench.wait(lambda event: event["event"] == "carrier")["up"] is up
        waits.append(time.monotonic() - begun)
    # The kernel puts off what is not urgent by a second.
    assert statistics.median(waits) < 0.5, waits


def test_a_carriers_change_is_told_before_the_call_is_answered(bench: Bench) -> None:
    for up in (False, True) * 20:
        bench.call("link", router="r", port="ether1", up=up)
        # Not what comes while one looks: what came with the answer.
        came = [(event["event"], event["port"], event["up"]) for event in bench.agent._events]
        assert came == [("carrier", "ether1", up)]
        bench.agent.poll()


def test_nothing_is_plugged_into_an_unplugged_port(bench: Bench) -> None:
    assert not bench.call("state", router="r")["links"]["ether5"]["carrier"]
    bench.call("link", router="r", port="ether5", up=True)
    assert bench.wait(lambda event: event["event"] == "carrier")["port"] == "ether5"
    bench.call("link", router="r", port="ether5", up=False)
    assert not bench.wait(lambda event: event["event"] == "carrier")["up"]


def test_a_client_after_its_cable_was_pulled(bench: Bench) -> None:
    command = ("sh", "-c", "ip -4 -br address show eth0; ip route show default")
    status, output, errors = bench.run("ether3", *command)
    assert (status, errors) == (0, "")
    assert "via 172.16.10.1" in output
    for up in (False, True):
        bench.call("link", router="r", port="ether3", up=up)
    status, again, errors = bench.run("ether3", *command)
    assert (status, errors) == (0, "")
    assert again == output


def test_a_client_of_a_lan_with_other_addresses(bench: Bench) -> None:
    """Its lease is good for nothing any more: a command waits for the next one."""
    command = ("sh", "-c", "ip -4 -br address show eth0; ip route show default")
    assert "via 172.16.10.1" in bench.run("ether3", *command)[1]
    bench.apply(
        addresses={**desired()["addresses"], "br1": ["172.16.11.1/24"]},
        dnsmasq=desired()["dnsmasq"].replace("172.16.10.", "172.16.11."),
    )
    status, output, errors = bench.run("ether3", *command)
    assert (status, errors) == (0, "")
    assert " 172.16.11." in output
    assert "via 172.16.11.1" in output


def test_two_clients_of_one_bridge_reach_each_other(bench: Bench) -> None:
    addresses = []
    for port in ("ether3", "ether4"):
        _rest, output, errors = bench.run(port, "ip", "-j", "-4", "address", "show", "eth0")
        assert errors == ""
        addresses.append(json.loads(output)[0]["addr_info"][0]["local"])
    assert len(set(addresses)) == 2
    for address in addresses:
        assert bench.ping(address)["answered"]


def test_delay(bench: Bench) -> None:
    through_ether2(bench)
    times = [bench.ping("8.8.8.8")["rtt"] for _rest in range(9)]
    # A busy machine adds something to most of them, a line that is too slow to all.
    deadline = time.monotonic() + PATIENCE
    while min(times) >= 2 * DELAY + 0.015 and time.monotonic() < deadline:
        times.append(bench.ping("8.8.8.8")["rtt"])
    assert 2 * DELAY <= min(times) < 2 * DELAY + 0.015, times


def test_one_connection_fills_a_shaped_line(bench: Bench) -> None:
    through_ether2(bench)
    speedtest = ("speedtest", "--connections", "1", "--seconds", "2", "--json")
    measured: list[tuple[float, float]] = []

    def filled() -> bool:
        _rest, output, errors = bench.run("ether3", sys.executable, "-m", "routerlab.traffic", *speedtest)
        assert errors == ""
        found = json.loads(output)
        measured.append((found["download_mbit"] * 1e6 / RATE, found["upload_mbit"] * 1e6 / (RATE / 2)))
        # Never all of the rate: headers alone take 4 %.
        return all(0.9 < share < 1 for share in measured[-1])

    # A busy machine that pauses at a window's edge makes one measurement wrong; a line of another rate makes all so.
    assert any(filled() for _turn in range(5)), measured


def test_connections_are_translated_to_the_lines_address(bench: Bench) -> None:
    flows = ("flows", "--count", "300", "--timeout", "20", "--json")
    status, output, errors = bench.run("ether3", sys.executable, "-m", "routerlab.traffic", *flows)
    assert (status, errors) == (0, "")
    assert json.loads(output)["by_address"] == {"198.18.1.2": 300}


def test_the_built_in_topology(tmp_path: Path) -> None:
    document = world(tmp_path, [])
    document["routers"] = [
        {
            "name": plan.name,
            "ports": [
                {"name": port, "mac": f"48:A9:8A:00:{row:02X}:{place:02X}"}
                for place, port in enumerate(MODELS[plan.model].ports)
            ],
            "unplugged": list(plan.unplugged),
            "hosts": [str(host) for host in plan.hosts],
            "isps": [
                isp(found["port"], 0, network=str(found["network"]), gateway=str(found["gateway"]), delay=0.001)
                | {"address": str(found["address"])}
                for found in plan.isps
            ],
        }
        for row, plan in enumerate(load())
    ]
    begun = time.monotonic()
    with Bench(document) as bench:
        # About one second where nothing else runs.
        assert time.monotonic() - begun < 2 * PATIENCE
        assert sum(map(len, bench.agent.world["uplinks"].values())) == 8


def test_every_line_has_addresses_of_its_own() -> None:
    assert line_addresses(1) == ("198.18.1.1", "198.18.1.2")
    lines = range(1, 400)
    assert len({address for line in lines for address in line_addresses(line)}) == 2 * len(lines)
    assert len({mac for line in lines for mac in line_macs(line)}) == 2 * len(lines)
