# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The drill: each link is switched off and on again; whatever happens meanwhile, the router ends as it was."""

from __future__ import annotations

import json
from concurrent.futures import Future, ThreadPoolExecutor
from ipaddress import IPv4Address, IPv4Interface
from typing import Any

import pytest

from routerlab.model.router import Router
from routerlab.testing import Lab, wait_until
from routerlab.world.site import Management

from .conftest import SITES, Sites
from .run import Run, kill

pytestmark = pytest.mark.timeout(600)

BOOK = "playbooks/drill.yml"
#: Seconds after which the router switches a link on again by itself, where a test waits for that.
SHORT = 20


def only(site: str, link: str, **variables: Any) -> tuple[str, ...]:
    """Options that drill one link."""
    return ("--limit", site, "-e", json.dumps({"drill_links": [link], **variables}))


def report(run: Run, site: str) -> dict[str, dict[str, str]]:
    """The rows of a site's table, by link."""
    lines = next(e["result"]["msg"] for e in run.events if e.get("task") == "Report" and e["host"] == site)
    columns = [line.removeprefix(f"{site}: ") for line in lines]
    starts = [columns[0].index(name) for name in columns[0].split()]
    cells = [
        [line[start:end].strip() for start, end in zip(starts, [*starts[1:], None], strict=True)] for line in columns
    ]
    return {row[0]: dict(zip(cells[0], row, strict=True)) for row in cells[1:]}


def off(lab: Lab, site: str, port: str) -> bool:
    """Whether a port is disabled."""
    rows = lab.snapshot(site)["interface ethernet"]
    return any(row["default-name"] == port and row.get("disabled") in ("true", "yes") for row in rows)


def wait_until_off(lab: Lab, running: Future[Run]) -> None:
    """Wait until a drill has switched off ISP1 of the head office; a drill that ends without is shown."""
    wait_until("ISP1 is switched off", lambda: running.done() or off(lab, "hq", "ether1"), 120)
    assert off(lab, "hq", "ether1"), running.result().output if running.done() else "it is on again already"


def well(sites: Sites, before: dict[str, Any]) -> bool:
    """Whether all routers are as before, and all links up again."""
    sites.lab.advance(60)
    return sites.snapshots() == before


def test_each_link_is_switched_off_measured_and_switched_on_again(configured: Sites) -> None:
    before = configured.snapshots()
    configured.forget_writes()
    run = configured.play(BOOK)
    assert run.status == 0, run.output
    assert report(run, "hq").keys() == {"ISP1", "ISP2"}
    assert report(run, "surabaya").keys() == {"ISP1", "ISP2", "ISP3"}
    for site in ("hq", "bandung", "surabaya"):
        for link, told in report(run, site).items():
            assert told["instead"] == ("ISP2" if link == "ISP1" else "ISP1")
            assert told["pings"] == "5 of 5"
            assert told["outcome"] == "survived"
            routes, internet, back = (float(told[name].removesuffix(" s")) for name in ("routes", "internet", "back"))
            # at most 2 s and 8 s with other work on both cores
            assert 0 < routes <= internet < 20
            assert 0 < back < 40
    assert "medan has one link" in run.output
    assert configured.writes()["medan"] == 0
    assert well(configured, before)


def test_check_mode_switches_nothing_off(configured: Sites) -> None:
    configured.forget_writes()
    run = configured.play(BOOK, "--check", "--limit", "hq")
    assert run.status == 0, run.output
    assert {told["outcome"] for told in report(run, "hq").values()} == {"would be switched off"}
    assert configured.writes() == dict.fromkeys(SITES, 0)


def test_a_site_that_does_not_survive_is_told_and_restored(configured: Sites) -> None:
    before = configured.snapshots()
    run = configured.play(BOOK, *only("hq", "ISP1", drill_target="10.254.254.254", drill_timeout=SHORT))
    assert run.status != 0
    told = report(run, "hq")["ISP1"]
    assert told["outcome"].startswith("NOT SURVIVED: hq: ping address=10.254.254.254 count=1: 0 answers, wanted 1")
    assert "hq: the drill failed for ISP1" in run.problems[-1][1]
    assert well(configured, before)


def test_a_site_that_is_not_well_is_not_tried(configured: Sites) -> None:
    lab = configured.lab
    lab.isp("hq", "ether2", gateway=False)
    lab.advance(60)
    configured.forget_writes()
    try:
        run = configured.play(BOOK, *only("hq", "ISP1", drill_timeout=SHORT))
    finally:
        lab.isp("hq", "ether2", gateway=True)
        lab.advance(120)
    assert run.status != 0
    assert report(run, "hq")["ISP1"]["outcome"].startswith("not tried, since the site is not well: hq: ip route, ")
    assert configured.writes()["hq"] == 0


def test_a_link_that_is_none_is_told_before_anything_is_done(configured: Sites) -> None:
    run = configured.play(BOOK, *only("hq", "ISP3"))
    assert run.status != 0
    assert "drill_links: 'ISP3' is no link of this site" in run.problems[0][1]


def test_the_link_by_which_management_comes_is_switched_on_by_the_router(configured: Sites) -> None:
    lab = configured.lab
    before = configured.snapshots()

    def come_by(way: Management | None) -> None:
        def change(router: Router) -> None:
            router.site.management = way
            router.changed()

        lab.call("surabaya", change)

    come_by(Management("ether3", IPv4Interface("192.168.73.2/24"), IPv4Address("192.168.73.9")))
    try:
        run = configured.play(BOOK, *only("surabaya", "ISP3", drill_timeout=SHORT, routeros_timeout=5))
    finally:
        come_by(None)
    assert run.status != 0
    told = report(run, "surabaya")["ISP3"]
    assert told["outcome"].startswith("not measured: management comes by this link")
    assert float(told["back"].removesuffix(" s")) < 2 * SHORT
    assert well(configured, before)


def test_a_drill_that_is_killed_leaves_a_router_that_mends_itself(configured: Sites) -> None:
    lab = configured.lab
    before = configured.snapshots()
    drill = configured.start(BOOK, *only("hq", "ISP1", drill_timeout=60))
    try:
        wait_until("ISP1 is switched off", lambda: drill.poll() is not None or off(lab, "hq", "ether1"), 120)
    finally:
        said = kill(drill)
    assert off(lab, "hq", "ether1"), said
    lab.advance(60)
    # the router's own script is at it
    wait_until("ISP1 is switched on again", lambda: not off(lab, "hq", "ether1"))
    wait_until("the router is as before", lambda: configured.snapshots() == before)
    assert well(configured, before)


def test_what_others_do_meanwhile_stays(configured: Sites) -> None:
    lab = configured.lab
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(configured.play, BOOK, *only("hq", "ISP1"))
        wait_until_off(lab, running)
        lab.seed("hq", '/ip firewall filter add chain=forward action=drop comment="theirs: meanwhile"')
        lab.seed("hq", "/interface ethernet set [find default-name=ether12] comment=theirs")
        run = running.result()
    assert run.status == 0, run.output
    assert not off(lab, "hq", "ether1")
    rows = lab.snapshot("hq")
    assert [row for row in rows["ip firewall filter"] if row.get("comment") == "theirs: meanwhile"]
    assert [row for row in rows["interface ethernet"] if row.get("comment") == "theirs"]
    lab.seed("hq", '/ip firewall filter remove [find comment="theirs: meanwhile"]')
    lab.seed("hq", '/interface ethernet set [find default-name=ether12] comment=""')


def test_packets_find_the_other_link_during_a_drill(packets: Sites) -> None:
    lab = packets.lab
    before = packets.snapshots()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(packets.play, BOOK, *only("hq", "ISP1"))
        wait_until_off(lab, running)
        lab.flush()
        counted = lab.flows("hq", "LAN-Lt.1", "--count", "40")
        still = off(lab, "hq", "ether1")
        run = running.result()
    assert run.status == 0, run.output
    assert still, "the drill ended before the flows did"
    assert counted == {"ISP1": 0, "ISP2": 40, "failed": 0}
    told = report(run, "hq")["ISP1"]
    assert (told["outcome"], told["pings"]) == ("survived", "5 of 5")
    wait_until("the router is as before", lambda: packets.snapshots() == before)
