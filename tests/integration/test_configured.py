# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sites that site.yml has configured: what they hold, what drift and verify say when something is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.multiwan.routeros.plugins.module_utils.menus import find_menu
from ansible_collections.multiwan.routeros.plugins.module_utils.menus.base import KEEP, Menu
from ansible_collections.multiwan.routeros.plugins.module_utils.rows import Entry, Row, read_entries, read_rows
from ansible_collections.multiwan.routeros.plugins.module_utils.script import parse
from ansible_collections.multiwan.routeros.plugins.module_utils.values import Source

from .conftest import SITES, Sites

EXPECTED = Path(__file__).parents[1] / "unit" / "expected"
ROLES = ("interfaces", "failover_routes", "dhcp", "nat", "pcc_mangle", "netwatch_telegram")
QUICK = ("-e", "site_verify_timeout=0")
OWN = {"routing table": ("main",), "interface list": ("all", "none", "dynamic", "static")}


def told(menu: Menu, row: Row | Entry) -> dict[str, str]:
    """What a row says beyond defaults, without scripts, which are compared by themselves."""
    return {
        name: value
        for name, value in row.values.items()
        if (known := menu.field(name)) is not None
        and value not in (None, known.default)
        and known.default != KEEP
        and not isinstance(known.kind, Source)
    }


@pytest.mark.parametrize("name", SITES)
def test_the_configuration_is_the_one_written_by_hand(configured: Sites, name: str) -> None:
    """Each menu holds exactly the rows of the text that was written from the paper, in its order, and nothing else."""
    have = configured.lab.snapshot(name)
    wanted = parse((EXPECTED / f"{name}.rsc").read_text(encoding="utf-8"))
    assert len(wanted) >= 10
    for path, entries in wanted.items():
        menu = find_menu(path)
        rows = read_rows(menu, have.get(path, []), (7, 22))
        given = read_entries(name, menu, entries)
        # what is the router's own; a snapshot does not tell that it is dynamic or built in
        rows = [row for row in rows if row.values.get("name") not in OWN.get(path, ())]
        if menu.fixed:
            ports = {entry["default-name"] for entry in entries}
            rows = [row for row in rows if row.values["default-name"] in ports]
        assert [told(menu, row) for row in rows] == [told(menu, entry) for entry in given]


def test_drift_is_named_and_mended_with_the_fewest_writes(configured: Sites) -> None:
    menu = "/ip firewall mangle"
    configured.lab.seed(
        "hq",
        f"""
{menu}
set [ find comment="pcc_mangle: bypass ISP1" ] dst-address=192.168.49.0/24
add chain=output action=accept comment="pcc_mangle: left over"
""",
    )
    rows = configured.lab.snapshot("hq")["ip firewall mangle"]
    assert len([row for row in rows if row["comment"].startswith("pcc_mangle:")]) == len(rows)
    moved = configured.tasks(
        {
            "multiwan.routeros.firewall_mangle": {
                "state": "merged",
                "config": [{"comment": rows[-2]["comment"]}, {"comment": rows[0]["comment"]}],
            }
        },
        {
            "multiwan.routeros.firewall_mangle": {
                "state": "deleted",
                "config": [{"comment": "pcc_mangle: LAN-Lt.2 to ISP1"}],
            }
        },
    )
    assert moved.status == 0, moved.output
    configured.forget_writes()
    drift = configured.play("playbooks/drift.yml")
    assert drift.status != 0
    assert [host for host, _rest in drift.problems] == ["hq"]
    lines = drift.problems[0][1]
    assert 'changed in ip firewall mangle: comment="pcc_mangle: bypass ISP1": dst-address=192.168.49.0/24 -> ' in lines
    assert "missing in ip firewall mangle: chain=prerouting in-interface=LAN-Lt.2" in lines
    assert "unwanted in ip firewall mangle: " in lines
    assert "out of order in ip firewall mangle: " in lines
    assert configured.writes() == dict.fromkeys(SITES, 0)
    mended = configured.play("playbooks/site.yml")
    assert mended.status == 0, mended.output
    verbs = [command.split()[3] for command in mended.commit("hq")["commands"]]
    assert sorted(verbs) == ["add", "move", "remove", "set"]
    assert configured.play("playbooks/drift.yml").status == 0


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        ("link", ["ip route, ", "tool netwatch, ", "ip dhcp-client, "]),
        ("gateway", ["ip route, ", "active should be yes", "tool netwatch, ", "status should be up, is down"]),
    ],
)
def test_verify_says_what_does_not_work(configured: Sites, trouble: str, told: list[str]) -> None:
    if trouble == "link":
        configured.lab.link("hq", "ether1", up=False)
    else:
        configured.lab.isp("hq", "ether1", gateway=False)
    configured.lab.advance(60)
    try:
        verify = configured.play("playbooks/verify.yml", *QUICK)
    finally:
        configured.lab.link("hq", "ether1", up=True)
        configured.lab.isp("hq", "ether1", gateway=True)
        configured.lab.advance(120)
    assert verify.status != 0
    assert {host: counts["failures"] for host, counts in verify.stats.items() if counts["failures"]} == {"hq": 1}
    for text in told:
        assert text in verify.problems[-1][1]
    again = configured.play("playbooks/verify.yml", *QUICK)
    assert again.status == 0, again.output


def test_parts_can_be_looked_at_and_nothing_is_not_taken_for_all_is_well(configured: Sites) -> None:
    for book in ("playbooks/verify.yml", "playbooks/drift.yml"):
        part = configured.play(book, "--limit", "hq", "--tags", "nat")
        assert part.status == 0, part.output
        nothing = configured.play(book, "--limit", "hq", "--tags", "natt")
        assert nothing.status != 0
        assert [text.partition(":")[0] for _host, text in nothing.problems] == ["nothing was compared"]


def test_all_of_it_goes_over_tls_with_a_certificate_that_is_checked(configured: Sites) -> None:
    tls = {
        "ansible_port": configured.lab.port("hq", tls=True),
        "routeros_tls": True,
        "routeros_tls_ca": configured.lab.ca,
    }
    run = configured.play("playbooks/site.yml", "--limit", "hq", "-e", json.dumps(tls))
    assert run.status == 0, run.output
    assert run.stats["hq"]["changed"] == 0
