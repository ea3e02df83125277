# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rolling out over branches: one site first, then growing batches; the first failure ends it, and harms no other site."""

from __future__ import annotations

import json

from .conftest import SITES, Sites
from .run import Run

IN_THE_WAY = "/ip pool\nadd name={lan} ranges=10.0.0.2-10.0.0.9\n"
LANS = {"hq": "LAN-Server", "bandung": "LAN", "surabaya": "LAN-Kantor", "medan": "LAN"}


def breaks(sites: Sites, name: str) -> None:
    """Let somebody else's row be in the way of a site."""
    sites.lab.seed(name, IN_THE_WAY.format(lan=LANS[name]))


def begun(run: Run) -> list[str]:
    """The sites in which a transaction was begun, in that order."""
    return [event["host"] for event in run.events if event.get("task") == "Begin"]


def untouched(sites: Sites, *names: str) -> bool:
    """Whether nobody has even connected to these sites."""
    return all(sites.lab.counters(name).connections == 0 for name in names)


def test_the_first_site_of_the_inventory_goes_first_and_alone(sites: Sites) -> None:
    run = sites.play("playbooks/site.yml")
    assert run.status == 0, run.output
    first, *rest = begun(run)
    assert first == "hq"
    assert sorted(rest) == sorted(SITES[1:])
    order = [event["host"] for event in run.events if event.get("task") in ("Begin", "Commit")]
    assert order[:2] == ["hq", "hq"]


def test_a_broken_first_site_ends_the_rollout(sites: Sites) -> None:
    breaks(sites, "hq")
    run = sites.play("playbooks/site.yml")
    assert run.status != 0
    assert run.stats.keys() == {"hq"}
    assert sites.writes() == dict.fromkeys(SITES, 0)
    assert untouched(sites, *SITES[1:])


def test_a_first_site_that_cannot_be_reached_ends_the_rollout_too(sites: Sites) -> None:
    sites.lab.seed("hq", "/ip service set [find name=api] disabled=yes")
    sites.lab.wait_ports()
    run = sites.play("playbooks/site.yml")
    assert run.status != 0
    assert [event["kind"] for event in run.events if event.get("task") == "Begin"] == ["failed"]
    assert untouched(sites, *SITES[1:])


def test_a_site_that_cannot_be_reached_ends_the_rollout_in_any_batch(sites: Sites) -> None:
    sites.lab.seed("bandung", "/ip service set [find name=api] disabled=yes")
    sites.lab.wait_ports()
    run = sites.play("playbooks/site.yml", "-e", json.dumps({"site_serial": [1, 2, 1]}))
    assert run.status != 0
    assert run.commit("hq")["outcome"] == "confirmed"
    assert sites.writes()["surabaya"] == 0
    assert untouched(sites, "medan")


def test_a_role_alone_writes_nothing_where_the_beginning_was_skipped(sites: Sites) -> None:
    run = sites.play(
        "playbooks/site.yml", "--start-at-task", "Name the ports, give them their addresses", "--limit", "hq"
    )
    assert run.status != 0
    assert "this play changes routers only in a transaction" in run.problems[0][1]
    assert sites.writes() == dict.fromkeys(SITES, 0)


def test_a_first_site_that_does_not_work_afterwards_is_as_before_and_ends_the_rollout(sites: Sites) -> None:
    before = sites.snapshots()
    confirm = {"site_confirm": {"ping": [{"address": "10.254.254.254", "count": 1}]}, "site_confirm_timeout": 20}
    run = sites.play("playbooks/site.yml", "-e", json.dumps(confirm))
    assert run.status != 0
    assert run.commit("hq")["outcome"] == "undone"
    assert (
        "ping address=10.254.254.254 count=1: 0 answers, wanted 1. The router is as it was before" in run.problems[0][1]
    )
    assert sites.snapshots() == before
    assert untouched(sites, *SITES[1:])


def test_a_broken_second_batch_leaves_the_first_done_and_the_third_alone(sites: Sites) -> None:
    breaks(sites, "bandung")
    run = sites.play("playbooks/site.yml", "-e", json.dumps({"site_serial": [1, 1, 2]}))
    assert run.status != 0
    assert run.commit("hq")["outcome"] == "confirmed"
    assert sites.writes()["bandung"] == 0
    assert untouched(sites, "surabaya", "medan")
    again = sites.play("playbooks/site.yml", "--limit", "hq")
    assert again.stats["hq"]["changed"] == 0


def test_who_shares_a_batch_with_a_broken_site_is_not_half_done(sites: Sites) -> None:
    breaks(sites, "surabaya")
    run = sites.play("playbooks/site.yml")
    assert run.status != 0
    assert [host for host, _text in run.problems] == ["surabaya"]
    assert {name: count > 0 for name, count in sites.writes().items()} == dict.fromkeys(SITES, False) | {"hq": True}


def test_who_wants_it_goes_on_with_the_others(sites: Sites) -> None:
    breaks(sites, "bandung")
    run = sites.play("playbooks/site.yml", "-e", "site_max_fail_percentage=100", "-e", '{"site_serial": ["100%"]}')
    assert run.status != 0
    assert [run.commit(name)["outcome"] for name in SITES if name != "bandung"] == ["confirmed"] * 3
    assert sites.writes()["bandung"] == 0


def test_check_mode_looks_at_all_sites_whatever_becomes_of_one(sites: Sites) -> None:
    breaks(sites, "hq")
    run = sites.play("playbooks/site.yml", "--check")
    assert {name: counts["failures"] for name, counts in run.stats.items()} == dict.fromkeys(SITES, 0) | {"hq": 1}
    assert [run.commit(name)["outcome"] for name in SITES[1:]] == ["planned"] * 3
    assert sites.writes() == dict.fromkeys(SITES, 0)
