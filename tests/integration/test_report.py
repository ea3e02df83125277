# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as a browser shows it, against what the routers themselves tell whoever asks them.

One company in which much is wrong: a dead modem, a line that is dead behind its modem, rows that somebody has changed
by hand, one of them with a script for a comment, and a router that refuses the login. What the page shows is compared
with the routers' rows as another client of the API reads them.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from librouteros import connect

from routerlab.testing import Lab, wait_until

from .browser import Browser
from .conftest import SITES, Sites
from .packets import PATIENT
from .run import ROOT, Run

pytestmark = pytest.mark.timeout(600)

BOOK = "multiwan.routeros.report"
PASSWORD = "lab"
TOKEN = "100000001:FAKE-token-of-the-laboratory-000000"
EVIL = "<script>alert(1)</script>"
#: A host on the internet that Surabaya's second link is watched by, behind its modem.
CANARY = "9.9.9.9"


def rows(lab: Lab, name: str, *path: str) -> list[dict[str, Any]]:
    """The rows of a menu, as a client that is not of this collection reads them."""
    api = connect(host="127.0.0.1", port=lab.port(name), username="admin", password=PASSWORD)
    try:
        return list(api.path(*path))
    finally:
        api.close()


@dataclass
class Company:
    """The sites, the run that made the page, and the browser that shows it."""

    sites: Sites
    run: Run
    drift: Run
    writes: dict[str, int]
    mode: int
    browser: Browser

    @property
    def lab(self) -> Lab:
        return self.sites.lab

    def site(self, name: str) -> str:
        """The selector of a site's part of the page."""
        return f"#site-{SITES.index(name) + 1}"

    def each(self, selector: str, expression: str) -> Any:
        """The value of a JavaScript expression about each element that fits, ``one``."""
        found = f"[...document.querySelectorAll({json.dumps(selector)})]"
        return self.browser.value(f"{found}.map(one => {expression})")

    def buckets(self, name: str) -> list[dict[str, Any]]:
        """A router's rules of per-connection classification."""
        rules = rows(self.lab, name, "ip", "firewall", "mangle")
        return [row for row in rules if "per-connection-classifier" in row]

    def links(self, name: str) -> dict[str, list[str]]:
        """The cells of a site's table of links, by link; a cell's parts are divided by ``|``."""
        found: dict[str, list[str]] = self.browser.value(
            f"""Object.fromEntries([...document.querySelectorAll('{self.site(name)} .links-table tbody tr')].map(row =>
              [row.cells[0].firstChild.textContent, [...row.cells].map(cell => [...cell.childNodes].map(one =>
                one.textContent.replace(/\\s+/g, ' ').trim()).filter(Boolean).join('|'))]))"""
        )
        return found


@pytest.fixture(scope="module")
def company(kernel_lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    lab, folder = kernel_lab, tmp_path_factory.mktemp("report")
    lab.speed(1)
    lab.reset()
    sites = Sites(lab, folder)
    described = yaml.safe_load((ROOT / "inventories/trans_coffee/host_vars/surabaya.yml").read_text(encoding="utf-8"))
    described["site_wans"][1]["monitor_host"] = CANARY
    variables = folder / "host_vars"
    variables.mkdir()
    (variables / "surabaya.yml").write_text(yaml.safe_dump(described), encoding="utf-8")
    made = sites.play("playbooks/site.yml")
    assert made.status == 0, made.output
    lab.speed(10)
    for name in SITES:
        wait_until(f"all links of {name} are up", partial(all_up, lab, name), 60)
    lab.speed(1)
    flows = [
        lab.flows("hq", "LAN-Lt.1", "--count", "200", *PATIENT),
        lab.flows("bandung", "LAN", "--count", "120", *PATIENT),
    ]
    assert [each["failed"] for each in flows] == [0, 0]
    try:
        lab.isp("bandung", "ether1", upstream=False, gateway=False)
        lab.isp("surabaya", "ether2", upstream=False)
        lab.seed("hq", f'/ip firewall mangle add chain=forward action=passthrough comment="{EVIL}"')
        lab.seed("hq", '/ip firewall nat set [ find comment="nat: masquerade ISP2" ] disabled=yes')
        lab.speed(10)
        wait_until("Bandung's first link is down", lambda: watched(lab, "bandung") == {"down", "up"}, 60)
        wait_until("Surabaya's second link is down", lambda: watched(lab, "surabaya") == {"down", "up"}, 60)
        wait_until("the routes have noticed", lambda: inactive(lab, "bandung") == 2, 60)
        lab.speed(1)
        (variables / "medan.yml").write_text(yaml.safe_dump({"ansible_password": "not-the-password"}), encoding="utf-8")
        sites.forget_writes()
        # thirteen sentences log in and read the state; those behind them compare
        lab.fault("surabaya", "drop", after=18)
        page = folder / "company.html"
        run = sites.play(BOOK, "-e", f"report_file={page}")
        drift = sites.play("playbooks/drift.yml", "--limit", "hq")
        with Browser(page) as browser:
            yield Company(sites, run, drift, sites.writes(), page.stat().st_mode & 0o777, browser)
    finally:
        lab.speed(1)
        lab.isp("bandung", "ether1", upstream=True, gateway=True)
        lab.isp("surabaya", "ether2", upstream=True)


def watched(lab: Lab, name: str) -> set[str]:
    """How the hosts that a router watches are."""
    return {row["status"] for row in rows(lab, name, "tool", "netwatch")}


def all_up(lab: Lab, name: str) -> bool:
    """Whether all hosts that a router watches are up."""
    return watched(lab, name) == {"up"}


def inactive(lab: Lab, name: str) -> int:
    """How many routes of a router cannot be used."""
    return sum(bool(row.get("inactive")) for row in rows(lab, name, "ip", "route"))


def test_nothing_is_written_and_the_page_is_there(company: Company) -> None:
    assert company.writes == dict.fromkeys(SITES, 0)
    assert company.mode == 0o640
    told = next(event["result"]["msg"] for event in company.run.events if event.get("task") == "Tell where it is")
    assert told == str(company.sites.folder / "company.html")
    assert {host: counted["changed"] for host, counted in company.run.stats.items()}["medan"] == 0


def test_a_router_that_cannot_be_read_is_on_the_page_and_fails_the_play(company: Company) -> None:
    assert company.run.status != 0
    failed = [host for host, counted in company.run.stats.items() if counted["failures"] or counted["unreachable"]]
    assert sorted(failed) == ["medan", "surabaya"]
    (problem,) = company.browser.texts(f"{company.site('medan')} > .problem")
    assert "login as 'admin' refused: invalid user name or password" in problem
    assert problem in [" ".join(text.split()) for host, text in company.run.problems if host == "medan"]
    assert company.browser.texts(f"{company.site('medan')} > summary .badge") == ["✕ unreachable"]
    assert company.browser.texts(".tile dd")[:2] == ["3 of 4", "5 of 8"]


def test_a_router_that_is_lost_while_it_is_compared_is_shown_as_far_as_it_was_read(company: Company) -> None:
    assert company.lab.ordered_fault("surabaya") is None
    (problem,) = company.browser.texts(f"{company.site('surabaya')} .panel .problem")
    assert problem.startswith("Not compared to the end: surabaya")
    assert len(company.links("surabaya")) == 3
    assert "No drift" not in " ".join(company.browser.texts(f"{company.site('surabaya')} .quiet"))


def test_the_browser_has_nothing_to_complain_of_and_asks_nobody(company: Company) -> None:
    assert company.browser.console == []
    assert company.browser.requests == [(company.sites.folder / "company.html").as_uri()]


def test_what_a_browser_complains_of_is_noticed(company: Company, tmp_path: Path) -> None:
    page = (company.sites.folder / "company.html").read_text(encoding="utf-8")
    broken = tmp_path / "broken.html"
    broken.write_text(
        page.replace("</main>", f'<p style="color: red">{EVIL}</p><img src="x.png"></main>'), encoding="utf-8"
    )
    with Browser(broken) as browser:
        assert sum("Content Security Policy" in message for message in browser.console) == 3


def test_a_site_without_a_name_is_told_by_its_routers_and_may_have_empty_alerts(sites: Sites) -> None:
    page = sites.folder / "empty.html"
    empty = json.dumps({"site_alerts": None, "site_name": None})
    run = sites.play(BOOK, "--limit", "hq", "-e", empty, "-e", f"report_file={page}")
    assert {text.partition(";")[0] for _host, text in run.problems} == {"site_name: missing"}
    assert "<h2>hq</h2>" in page.read_text(encoding="utf-8")


def test_how_long_it_took_is_told_in_any_time_zone(sites: Sites) -> None:
    page = sites.folder / "jakarta.html"
    began = time.monotonic()
    options = ("--limit", "hq", "-e", '{"site_wans": []}', "-e", f"report_file={page}")
    sites.play(BOOK, *options, TZ="WIB-7")
    most = time.monotonic() - began
    (told,) = re.findall(r" WIB</time>, read in ([0-9.]+) s\.", page.read_text(encoding="utf-8"))
    assert 0 <= float(told) <= most


def test_links_are_in_the_state_that_the_routers_tell(company: Company) -> None:
    states = {name: {link: cells[1] for link, cells in company.links(name).items()} for name in SITES}
    up = "✓ up|the gateway answers"
    assert states == {
        "hq": {"ISP1": up, "ISP2": up},
        "bandung": {"ISP1": "✕ down|the gateway does not answer", "ISP2": up},
        "surabaya": {
            "ISP1": up,
            "ISP2": f"⊘ dead behind the modem|the gateway answers, {CANARY} behind it does not",
            "ISP3": up,
        },
        "medan": {},
    }
    assert company.browser.texts("table.overview td:nth-of-type(1)") == [
        "✓ all links up",
        "! degraded",
        "! degraded",
        "✕ unreachable",
    ]


def test_addresses_routes_and_netwatch_are_the_routers_own(company: Company) -> None:
    for name in ("hq", "bandung", "surabaya"):
        addresses = {row["interface"]: row["address"] for row in rows(company.lab, name, "ip", "address")}
        watches = {
            row["comment"].removeprefix("netwatch_telegram: "): row
            for row in rows(company.lab, name, "tool", "netwatch")
        }
        routes = {row.get("comment", ""): row for row in rows(company.lab, name, "ip", "route")}
        for link, cells in company.links(name).items():
            assert cells[2].split("|")[0] == addresses[link]
            status, host, since = cells[5].split("|")[0], watches[link]["host"], watches[link]["since"]
            assert status == watches[link]["status"]
            assert f"{host}, {'behind the gateway' if host == CANARY else 'the gateway'}" in cells[5]
            assert f"since {since}" in cells[5]
            for table in (f"to-{link}", "main"):
                row = routes[f"failover_routes: {table}" + (f" {link}" if table == "main" else "")]
                state = "active" if row.get("active") else "inactive" if row.get("inactive") else "standby"
                assert f"{table}: {state}" in cells[4]


def test_shares_are_the_routers_counters(company: Company) -> None:
    for name in ("hq", "bandung", "surabaya"):
        rules = company.buckets(name)
        shown = company.each(
            f"{company.site(name)} .buckets tbody tr",
            "[one.cells[0].textContent, one.cells[1].textContent, Number(one.cells[3].textContent)]",
        )
        assert shown == [
            [row["in-interface"], row["per-connection-classifier"].rpartition(":")[2], row["packets"]] for row in rules
        ]
        total = sum(row["packets"] for row in rules)
        parts: dict[str, int] = {}
        for row in rules:
            mark = row["new-connection-mark"]
            parts[mark] = parts.get(mark, 0) + row["packets"]
        bars = company.browser.texts(f"{company.site(name)} figure:first-of-type .figure")
        assert bars == [f"{100 * part / total:.1f} % · {part} of {total}" for part in parts.values() if total]
    assert company.browser.texts(f"{company.site('surabaya')} .panel .quiet")[0].startswith("No traffic yet")
    # what the bars are as long as
    wide = company.each(f"{company.site('bandung')} figure:first-of-type .bar", "one.width.baseVal.value")
    rules = company.buckets("bandung")
    second = next(row["packets"] for row in rules if row["new-connection-mark"] == "ISP2")
    assert wide[1] / sum(wide) == pytest.approx(second / sum(row["packets"] for row in rules), abs=0.01)
    assert sum(row["packets"] for row in rules) >= 120


def test_drift_is_what_drift_tells(company: Company) -> None:
    shown = company.each(
        f"{company.site('hq')} .rows code",
        "one.closest('ul').previousElementSibling.firstChild.textContent.trim() + ': ' + one.textContent",
    )
    lines = company.drift.problems[0][1].splitlines()
    assert shown == lines
    assert any(line.startswith("changed in ip firewall nat: ") for line in lines)
    assert [line for line in lines if EVIL in line and line.startswith("foreign in ip firewall mangle: ")]
    assert company.browser.texts(f"{company.site('bandung')} .rows code") == []
    assert "No drift: the router is as described." in company.browser.texts(f"{company.site('bandung')} .quiet")


def test_what_routers_call_their_things_stays_text(company: Company) -> None:
    assert company.browser.value("document.scripts.length") == 1
    assert company.browser.value(f"document.body.textContent.includes({json.dumps(EVIL)})") is True


def test_no_secret_is_shown(company: Company) -> None:
    page = (company.sites.folder / "company.html").read_text(encoding="utf-8")
    for text in (page, company.run.output, json.dumps(company.run.events)):
        assert TOKEN not in text
        assert "not-the-password" not in text


def test_last_events_are_those_of_the_log(company: Company) -> None:
    for name in ("hq", "bandung", "surabaya"):
        told = [row for row in rows(company.lab, name, "log") if row["message"].startswith("netwatch_telegram: ISP")]
        logged = [
            f"{row['time']} {'▲' if ' is up ' in row['message'] else '▼'} {row['message'].partition(': ')[2]}"
            for row in told
        ]
        shown = [line for line in company.browser.texts(f"{company.site(name)} .events li") if "Telegram" not in line]
        assert shown == logged[::-1][: len(shown)]
        assert len(shown) >= 2


def test_the_picture_has_every_link_and_lan(company: Company) -> None:
    for name in SITES:
        path = ROOT / f"inventories/trans_coffee/host_vars/{name}.yml"
        described = yaml.safe_load(path.read_text(encoding="utf-8"))
        drawn = company.browser.texts(f"{company.site(name)} svg.topology .name")
        assert sorted(drawn) == sorted(
            [name, *(one["name"] for one in described["site_wans"] + described["site_lans"])]
        )
    # a dead line is broken behind its modem, and whole before it
    lines = company.each(f"{company.site('surabaya')} svg.topology g > path", "one.className.baseVal")
    assert lines[:4] == ["line up", "line up main", "line dead", "line up"]


def test_the_page_can_be_narrowed_down(company: Company) -> None:
    def shown() -> list[str]:
        return company.browser.texts("details.site:not([hidden]) h2")

    everything = shown()
    assert len(everything) == 4
    narrow = "(box => { box.%s; box.dispatchEvent(new Event('%s')); })(document.getElementById('%s'))"
    company.browser.value(narrow % ("value = 'SURABAYA isp3'", "input", "filter"))
    assert shown() == ["Trans Coffee Surabaya"]
    assert company.browser.texts("#matches") == ["1 of 4 sites"]
    company.browser.value(narrow % ("value = ''", "input", "filter"))
    assert shown() == everything
    company.browser.value("document.querySelectorAll('details').forEach(one => { one.open = false; })")
    company.browser.value("window.dispatchEvent(new Event('beforeprint'))")
    assert company.browser.value("document.querySelectorAll('details:not([open])').length") == 0
