# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job: from factory default to working sites, and what each playbook then says of them."""

from __future__ import annotations

import json
from typing import Any

import yaml

from .conftest import SITES, Sites
from .run import ROOT, Run

ROLES = 6
ARMING = 2
"""Writes beside the change itself: the undo is armed, and removed by the confirmation."""


def menus_read() -> set[str]:
    """The menus that site.yml reads when it begins."""
    (task,) = yaml.safe_load((ROOT / "playbooks/tasks/begin.yml").read_text(encoding="utf-8"))
    return set(task["vars"]["roles_menus"])


def by_roles(run: Run, name: str) -> list[dict[str, Any]]:
    """What the roles have said about a site."""
    return [result for result in run.results(name) if "before" in result and "outcome" not in result]


def test_check_mode_shows_the_whole_plan_and_writes_nothing(sites: Sites) -> None:
    factory = sites.snapshots()
    check = sites.play("playbooks/site.yml", "--check", "--diff")
    assert check.status == 0, check.output
    assert sites.writes() == dict.fromkeys(SITES, 0)
    assert sites.snapshots() == factory
    run = sites.play("playbooks/site.yml", "--diff")
    assert run.status == 0, run.output
    for name in SITES:
        assert check.commit(name)["outcome"] == "planned"
        done = run.commit(name)["commands"]
        assert check.commit(name)["commands"] == done
        assert len(done) + ARMING == sites.lab.counters(name).writes
        planned, told = ([role["commands"] for role in by_roles(one, name)] for one in (check, run))
        assert planned == told
        assert len(told) == ROLES
    for name in SITES:
        told = [diff for result in check.results(name) for diff in result.get("diff", [])]
        text = "".join(diff["after"] for diff in told)
        for rows in sites.snapshots()[name].values():
            for comment in (row["comment"] for row in rows if row.get("comment")):
                assert comment in text


def test_from_factory_default_to_working_sites(sites: Sites) -> None:
    first = sites.play("playbooks/site.yml")
    assert first.status == 0, first.output
    assert first.problems == []
    for name in SITES:
        # one login to begin, two to commit: the second proves that there is a way in
        counters = sites.lab.counters(name)
        assert counters.connections == counters.logins == 3
        assert not any(result.get("warnings") for result in first.results(name))
        assert first.commit(name)["outcome"] == "confirmed"
        assert first.commit(name)["undo"]["way"] == "scheduler"
        assert {path for role in by_roles(first, name) for path in role["before"]} <= menus_read()
        assert not sites.lab.snapshot(name).get("system scheduler")
    assert {path for name in SITES for role in by_roles(first, name) for path in role["before"]} == menus_read()
    sites.lab.advance(60)
    sites.forget_writes()

    second = sites.play("playbooks/site.yml")
    assert second.status == 0, second.output
    assert {name: counts["changed"] for name, counts in second.stats.items()} == dict.fromkeys(SITES, 0)
    assert {name: second.commit(name)["outcome"] for name in SITES} == dict.fromkeys(SITES, "unchanged")

    verify = sites.play("playbooks/verify.yml")
    assert verify.status == 0, verify.output
    drift = sites.play("playbooks/drift.yml")
    assert drift.status == 0, drift.output
    assert sites.writes() == dict.fromkeys(SITES, 0)


def test_nothing_is_written_before_the_commit(sites: Sites) -> None:
    """All roles have planned, and what the commit refuses leaves the router as it was."""
    factory = sites.snapshots()
    run = sites.play("playbooks/site.yml", "--limit", "hq", "-e", "site_undo_within=30")
    assert run.status != 0
    assert [len(role["commands"]) > 0 for role in by_roles(run, "hq")] == [True] * ROLES
    assert "hq: the router could not take the change back by itself, so nothing was written" in run.problems[0][1]
    assert sites.writes() == dict.fromkeys(SITES, 0)
    assert sites.snapshots() == factory


def test_what_the_last_role_cannot_do_stops_the_first_one_too(sites: Sites) -> None:
    """The versions' bounds hold for the whole site: RouterOS 7.12 has no such check-gateway."""
    links = [{"name": f"ISP{n}", "interface": f"ether{n}", "dhcp": True, "monitor_host": f"9.9.9.{n}"} for n in (1, 2)]
    run = sites.play("playbooks/site.yml", "--limit", "bandung", "-e", json.dumps({"site_wans": links}))
    assert [text for _host, text in run.problems if "needs RouterOS 7.19 or later" in text], run.output
    assert sites.writes() == dict.fromkeys(SITES, 0)


def test_a_part_of_a_site_is_a_transaction_too(sites: Sites) -> None:
    run = sites.play("playbooks/site.yml", "--limit", "medan", "--tags", "interfaces")
    assert run.status == 0, run.output
    assert run.commit("medan")["outcome"] == "confirmed"
    assert sites.writes()["medan"] == len(run.commit("medan")["commands"]) + ARMING
    assert sites.lab.counters("medan").logins == 3


FOREIGN = """
/ip firewall mangle
add chain=prerouting action=accept src-address=10.99.0.0/16 comment="theirs: before"
/ip firewall nat
add chain=dstnat action=dst-nat protocol=tcp dst-port=8080 to-addresses=10.10.0.5 comment="theirs: web"
/ip route
add dst-address=10.200.0.0/16 gateway=10.10.0.254 comment="theirs: vpn"
/tool netwatch
add host=8.8.8.8
"""


def test_rows_of_other_admins_stay_and_keep_their_place(sites: Sites) -> None:
    sites.lab.seed("hq", FOREIGN)
    assert sites.play("playbooks/site.yml").status == 0
    last = 'add chain=prerouting action=log comment="theirs: after"'
    sites.lab.seed("hq", f"/ip firewall mangle\n{last}\n")

    def theirs() -> list[list[dict[str, str]]]:
        rows = sites.lab.snapshot("hq")
        menus = ("ip firewall mangle", "ip firewall nat", "ip route", "tool netwatch")
        return [[row for row in rows[menu] if row.get("comment", "theirs:").startswith("theirs:")] for menu in menus]

    before = theirs()
    assert [len(rows) for rows in before] == [2, 1, 1, 1]
    sites.lab.advance(60)
    sites.forget_writes()
    again = sites.play("playbooks/site.yml")
    assert again.stats["hq"]["changed"] == 0, again.output
    assert theirs() == before
    drift = sites.play("playbooks/drift.yml")
    assert drift.status != 0
    assert [text.count("foreign in ip firewall mangle") for _rest, text in drift.problems] == [2]
    assert drift.stats["medan"]["failures"] == 0
    assert sites.play("playbooks/drift.yml", "-e", "site_drift_foreign=report").status == 0
    lines = drift.problems[0][1].splitlines()
    assert len([line for line in lines if "theirs:" in line]) == len(lines) - 1  # and a netwatch without a comment
    known = sites.play("playbooks/drift.yml", "-e", json.dumps({"site_known_scopes": ["theirs:"]}))
    assert [len(text.splitlines()) for _rest, text in known.problems] == [1]
    # everything of ours goes when a site is described anew with one link; theirs stays
    one_link = {"site_wans": [{"name": "ISP1", "interface": "ether1", "dhcp": True, "gateway": "192.168.40.1"}]}
    fewer = sites.play("playbooks/site.yml", "--limit", "hq", "-e", json.dumps(one_link))
    assert fewer.status == 0, fewer.output
    assert [row["comment"] for row in sites.lab.snapshot("hq")["ip firewall mangle"]] == [
        "theirs: before",
        "theirs: after",
    ]
    assert theirs() == before


def test_a_link_moves_to_another_port_by_one_line(sites: Sites) -> None:
    """The commonest repair: a port is dead. What check mode shows is what is done, and nothing of the old port stays."""
    assert sites.play("playbooks/site.yml", "--limit", "hq").status == 0
    links = yaml.safe_load((ROOT / "inventories/trans_coffee/host_vars/hq.yml").read_text(encoding="utf-8"))[
        "site_wans"
    ]
    links[1]["interface"] = "ether5"
    moved = ("--limit", "hq", "-e", json.dumps({"site_wans": links}))
    check, run = (sites.play("playbooks/site.yml", *options, *moved) for options in (("--check",), ()))
    assert check.status == run.status == 0, run.output
    planned, done = (one.commit("hq")["commands"] for one in (check, run))
    assert planned == done
    assert done[0] == "/interface ethernet set [ find default-name=ether2 ] name=ether2"
    assert sites.play("playbooks/site.yml", *moved).stats["hq"]["changed"] == 0
    assert sites.play("playbooks/drift.yml", *moved).status == 0
