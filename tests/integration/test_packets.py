# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the sites' routers do with packets once site.yml has configured them."""

from __future__ import annotations

import sys
from functools import partial

import pytest

from routerlab.testing import Lab, wait_until
from routerlab.wire import Wire

from .conftest import Sites
from .packets import PATIENT, Flows

#: Site, LAN, and the share of each link that its weights intend.
INTENDED = (
    ("hq", "LAN-Lt.1", {"ISP1": 1 / 2, "ISP2": 1 / 2}),
    ("bandung", "LAN", {"ISP1": 2 / 3, "ISP2": 1 / 3}),
    ("surabaya", "LAN-Kantor", {"ISP1": 1 / 3, "ISP2": 1 / 3, "ISP3": 1 / 3}),
    ("medan", "LAN", {"ISP1": 1.0}),
)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("run", range(5))
def test_every_link_carries_its_share_of_ten_thousand_connections(fresh_packets: Sites, run: int) -> None:
    """Within two percentage points, in each of five fresh runs, each with other ports, which are always the same."""
    for site, lan, intended in INTENDED:
        counted = fresh_packets.lab.flows(site, lan, "--count", "10000", "--seed", str(run), *PATIENT)
        assert counted.pop("failed") == 0, site
        assert sum(counted.values()) == 10000
        for link, share in intended.items():
            assert abs(counted[link] / 10000 - share) <= 0.02, (site, run, counted)


def test_two_equal_links_carry_nearly_twice_as_much_as_one(packets: Sites) -> None:
    lab = packets.lab
    both = lab.speedtest("hq", "LAN-Lt.1", "--connections", "16")
    assert both["failed"] == 0
    lab.link("hq", "ether2", up=False)
    wait_until("ISP2's routes are gone", lambda: lab.flows("hq", "LAN-Lt.1", "--count", "20")["ISP1"] == 20)
    one = lab.speedtest("hq", "LAN-Lt.1", "--connections", "16")
    assert both["download_mbps"] >= 1.9 * one["download_mbps"], (both, one)
    assert both["upload_mbps"] >= 1.8 * one["upload_mbps"], (both, one)


def _log(lab: Lab) -> list[str]:
    """What the head office's router has told last, with its times."""
    with Wire(lab.port("hq")) as wire:
        wire.login()
        return [f"{row['time']} {row['message']}" for row in wire.rows("/log/print")][-20:]


def test_a_connection_stays_on_the_link_that_it_began_on(packets: Sites) -> None:
    """Every packet of a connection bears one mark: each connection's public address is that of its mark's link."""
    lab = packets.lab

    def settled() -> list[dict[str, str]]:
        """Connections that have been answered and have nothing on its way: a day is left of each (figure 26), less a moment."""
        rows = wire.rows("/ip/firewall/connection/print", "?protocol=tcp", "?tcp-state=established")
        return [
            row
            for row in rows
            if row["src-address"].startswith("172.16.20.")
            and row["assured"] == "true"
            and (row["timeout"].startswith("23h59m") or row["timeout"] == "1d")
        ]

    holding = Flows(lab, "hq", "LAN-Lt.2", "--count", "200", "--hold", "60", *PATIENT)
    with Wire(lab.port("hq")) as wire:
        wire.login()
        with holding:
            rows = wait_until("200 connections are open", lambda: found if len(found := settled()) >= 200 else [])
    assert holding.result["failed"] == 0
    ours = {"192.168.40.2": "ISP-1", "192.168.20.2": "ISP-2"}
    strayed = [row for row in rows if ours[row["reply-dst-address"].partition(":")[0]] != row["connection-mark"]]
    assert strayed == [], (len(strayed), _log(lab))
    assert {row["srcnat"] for row in rows} == {"true"}
    assert {row["connection-mark"] for row in rows} == {"ISP-1", "ISP-2"}


def test_lan_clients_get_a_lease_a_way_out_and_names(packets: Sites) -> None:
    """Leases with the network's options; DNS of the providers at hq, of the router itself at a branch."""
    fetch = "import urllib.request as u; print(u.urlopen('http://www.example.com/ip', timeout=30).read().decode())"
    for site, lan in (("hq", "LAN-Server"), ("medan", "LAN")):
        address = packets.lab.client(site, lan, ["ip", "-br", "-4", "address"])
        assert {"hq": "10.10.0.", "medan": "172.22.10."}[site] in address.output
        ended = packets.lab.client(site, lan, [sys.executable, "-c", fetch])
        assert ended.status == 0, ended.errors
        assert ended.output.split()[0] in packets.lab.links(site)

        def given(wire: Wire, told: str = address.output) -> list[str]:
            leases = wire.rows("/ip/dhcp-server/lease/print", "?status=bound")
            return [lease["server"] for lease in leases if lease["active-address"] in told]

        with Wire(packets.lab.port(site)) as wire:
            wire.login()
            # The client has its lease before the server tells the router of it.
            assert wait_until("the router knows of the lease", partial(given, wire)) == [lan]


def test_lans_reach_each_other_and_the_router_without_any_link(packets: Sites) -> None:
    """The bypass rules: what stays near is not sent to an ISP."""
    lab = packets.lab
    reach = "import socket; socket.create_connection(('{}', {}), 20).close()"
    server = lab.client("hq", "LAN-Server", ["ip", "-br", "-4", "address"]).output.split()[-1].partition("/")[0]
    ended = lab.client("hq", "LAN-Lt.1", ["busybox", "ping", "-c", "2", "-W", "10", server])
    assert ended.status == 0, ended.output
    assert lab.client("hq", "LAN-Lt.1", ["busybox", "ping", "-c", "1", "-W", "10", "172.16.10.1"]).status == 0
    assert lab.client("hq", "LAN-Lt.3", ["busybox", "ping", "-c", "1", "-W", "10", "192.168.20.1"]).status == 0
    ended = lab.client("hq", "LAN-Lt.1", [sys.executable, "-c", reach.format("172.16.10.1", 9)])
    assert "Connection refused" in ended.errors


def test_what_enters_by_a_link_is_answered_through_it(packets: Sites) -> None:
    """The router's answers to a neighbour at ISP2 leave by ISP2, although the main route goes through ISP1."""
    lab = packets.lab
    for port, address in (("ether1", "192.168.40.2"), ("ether2", "192.168.20.2")):
        ended = lab.client("hq", port, ["busybox", "ping", "-c", "2", "-W", "10", address])
        assert ended.status == 0, ended.output


def test_rules_count_what_they_match(packets: Sites) -> None:
    lab = packets.lab
    with Wire(lab.port("hq")) as wire:
        wire.login()
        rules = {row["comment"]: row[".id"] for row in wire.rows("/ip/firewall/mangle/print")}
        wire.talk("/ip/firewall/mangle/reset-counters-all")
        lab.flows("hq", "LAN-Lt.3", "--count", "300", *PATIENT)
        counted = {row["comment"]: int(row["packets"]) for row in wire.rows("/ip/firewall/mangle/print")}
    buckets = [counted[f"pcc_mangle: LAN-Lt.3 bucket 2/{bucket}"] for bucket in (0, 1)]
    assert sum(buckets) >= 300
    assert min(buckets) > 100
    assert counted["pcc_mangle: LAN-Server bucket 2/0"] == 0
    assert len(rules) == len(counted)


def test_nothing_of_the_sites_is_left_out_of_force(packets: Sites) -> None:
    lab: Lab = packets.lab
    assert {router["name"]: router["problems"] for router in lab.status()["routers"]} == {
        "hq": [],
        "bandung": [],
        "surabaya": [],
        "medan": [],
    }
