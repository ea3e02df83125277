# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A router keeps a way out while it is configured: whoever comes in over a link must not be cut off halfway."""

from __future__ import annotations

import json
from ipaddress import IPv4Address
from typing import Any

import pytest
import yaml

from routerlab.model.router import Router

from .conftest import Sites
from .run import ROOT, Run

INTERNET = IPv4Address("8.8.8.8")
TABLES = ("main", "to-ISP1", "to-ISP2")


def roles() -> list[str]:
    """The roles in the order in which site.yml runs them."""
    (play,) = yaml.safe_load((ROOT / "playbooks/site.yml").read_text(encoding="utf-8"))
    return [entry["tags"] for entry in play["roles"]]


def way_out(sites: Sites, name: str, table: str = "main") -> bool:
    """Whether an active route of this table leads to the internet."""

    def look(router: Router) -> bool:
        router.settle()
        return router.state.routes.lookup(INTERNET, table) is not None

    return sites.lab.call(name, look)


@pytest.mark.parametrize("name", ["hq", "medan"])
def test_after_each_role_there_is_still_a_default_route(sites: Sites, name: str) -> None:
    sites.lab.seed(name, "/ip dhcp-client\nadd interface=ether1\n")
    sites.lab.advance(30)
    assert way_out(sites, name)
    for role in roles():
        run = sites.play("playbooks/site.yml", "--limit", name, "--tags", role, "-e", "site_adopt=true")
        assert run.status == 0, run.output
        sites.lab.advance(30)
        assert way_out(sites, name), role
    (client,) = (row for row in sites.lab.snapshot(name)["ip dhcp-client"] if row["interface"] == "ISP1")
    assert client["add-default-route"] == "no"


def known(name: str, net: int, **more: Any) -> dict[str, Any]:
    network = f"192.168.{net}"
    port = {"name": name, "interface": f"ether{name[-1]}", "dhcp": True}
    return port | {"network": f"{network}.0/24", "gateway": f"{network}.1"} | more


def by_dhcp(name: str, net: int) -> dict[str, Any]:
    return {"name": name, "interface": f"ether{name[-1]}", "dhcp": True, "monitor_host": f"192.168.{net}.1"}


KNOWN = [known("ISP1", 71), known("ISP2", 72)]
BY_DHCP = [by_dhcp("ISP1", 71), by_dhcp("ISP2", 72)]


def only_surabaya(links: list[dict[str, Any]]) -> tuple[str, ...]:
    return "--limit", "surabaya", "-e", json.dumps({"site_wans": links})


def write(sites: Sites, links: list[dict[str, Any]], *options: str) -> Run:
    run = sites.play("playbooks/site.yml", *only_surabaya(links), *options)
    assert run.status == 0, run.output
    return run


def commands(run: Run) -> list[str]:
    commands: list[str] = run.commit("surabaya")["commands"]
    return commands


def test_a_gateway_may_come_from_the_description_or_from_dhcp_and_change_places(sites: Sites) -> None:
    """Check mode foresees what is then done, nothing needs adopting, and the tables stay whose they are."""
    for links in (KNOWN, BY_DHCP, KNOWN):
        planned = commands(write(sites, links, "--check"))
        done = commands(write(sites, links))
        assert planned == done != []
        sites.lab.advance(60)
        assert all(way_out(sites, "surabaya", table) for table in TABLES)
        assert commands(write(sites, links)) == []
        verify = sites.play("playbooks/verify.yml", *only_surabaya(links), "-e", "site_verify_timeout=0")
        assert verify.status == 0, verify.output
        tables = {row["name"]: row.get("comment") for row in sites.lab.snapshot("surabaya")["routing table"]}
        assert {tables["to-ISP1"], tables["to-ISP2"]} == {"failover_routes: to-ISP1", "failover_routes: to-ISP2"}


def test_a_link_keeps_its_routes_while_they_change_from_known_to_dhcp_and_back(sites: Sites) -> None:
    """As far as the lab can tell: there a client that is changed keeps its lease."""
    write(sites, KNOWN)
    sites.lab.advance(60)
    without: list[str] = []

    def watch(router: Router) -> None:
        settle = router.settle

        def settle_and_look() -> None:
            settle()
            found = (table for table in TABLES if router.state.routes.lookup(INTERNET, table) is None)
            without.extend(found)

        router.settle = settle_and_look  # type: ignore[method-assign]

    def forget(router: Router) -> None:
        del router.settle

    sites.lab.call("surabaya", watch)
    try:
        for links in (BY_DHCP, KNOWN):
            run = write(sites, links)
            assert run.commit("surabaya")["outcome"] == "confirmed"
            sites.lab.advance(60)
            assert without == []
            assert all(way_out(sites, "surabaya", table) for table in TABLES)
    finally:
        sites.lab.call("surabaya", forget)


def test_verify_sees_routes_that_dhcp_should_have_made(sites: Sites) -> None:
    write(sites, BY_DHCP)
    sites.lab.advance(60)
    sites.lab.isp("surabaya", "ether2", gateway=False)
    sites.lab.advance(60)
    try:
        verify = sites.play("playbooks/verify.yml", *only_surabaya(BY_DHCP), "-e", "site_verify_timeout=0")
    finally:
        sites.lab.isp("surabaya", "ether2", gateway=True)
    told = verify.problems[-1][1]
    assert "ip route, dst-address=0.0.0.0/0 routing-table=to-ISP2: active should be yes" in told
    assert "ip route, dst-address=0.0.0.0/0 routing-table=main distance=2 disabled=no: inactive should be no" in told


def test_balancing_may_end_and_begin_while_dhcp_makes_the_routes(sites: Sites) -> None:
    for balance in ("true", "false", "true"):
        write(sites, BY_DHCP, "-e", f"site_balance={balance}")
        sites.lab.advance(60)
        assert way_out(sites, "surabaya")
        assert way_out(sites, "surabaya", "to-ISP2") is (balance == "true")
        assert commands(write(sites, BY_DHCP, "-e", f"site_balance={balance}")) == []
