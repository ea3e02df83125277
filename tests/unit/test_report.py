# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report: what rows of RouterOS 6 and 7 come to, and that nothing in them gets out of its place on the page."""

from __future__ import annotations

import copy
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.multiwan.routeros.plugins.filter import report_page
from ansible_collections.multiwan.routeros.plugins.filter.drift_lines import ROLES
from ansible_collections.multiwan.routeros.plugins.module_utils.report import shares, svg, text, topology
from ansible_collections.multiwan.routeros.plugins.module_utils.report.model import Company, Site, State
from ansible_collections.multiwan.routeros.plugins.module_utils.report.site import MENUS, site_of

NOW = datetime(2026, 11, 23, 1, 8, tzinfo=UTC)

WANS = [
    {"name": "ISP1", "interface": "ether1", "dhcp": True, "network": "10.1.0.0/24", "gateway": "10.1.0.1", "weight": 2},
    {"name": "ISP2", "interface": "ether2", "address": "10.2.0.2/24", "gateway": "10.2.0.1", "monitor_host": "1.0.0.1"},
]
LANS = [{"name": "LAN", "interface": "ether3", "address": "172.16.0.1/24"}]


def bucket(number: int, link: str, packets: int) -> dict[str, str]:
    return {
        "chain": "prerouting",
        "action": "mark-connection",
        "in-interface": "LAN",
        "new-connection-mark": link,
        "per-connection-classifier": f"both-addresses-and-ports:3/{number}",
        "comment": f"pcc_mangle: LAN bucket 3/{number}",
        "packets": str(packets),
        "bytes": str(60 * packets),
    }


def sent(link: str, octets: int) -> dict[str, str]:
    return {
        "chain": "prerouting",
        "action": "mark-routing",
        "in-interface": "LAN",
        "connection-mark": link,
        "comment": f"pcc_mangle: LAN to {link}",
        "packets": str(octets // 50),
        "bytes": str(octets),
    }


def route(number: int, table: str, **more: str) -> dict[str, str]:
    return {"dst-address": "0.0.0.0/0", "gateway": f"10.{number}.0.1", "routing-table": table, "distance": "1", **more}


ROWS: dict[str, list[dict[str, str]]] = {
    "interface": [
        {"default-name": "ether1", "name": "ISP1", "running": "true", "rx-byte": "5000000", "tx-byte": "1000"},
        {"default-name": "ether2", "name": "ISP2", "running": "true", "rx-byte": "7", "tx-byte": "8"},
        {"default-name": "ether3", "name": "LAN", "running": "true"},
    ],
    "ip address": [
        {"address": "10.1.0.9/24", "interface": "ISP1", "dynamic": "true"},
        {"address": "10.2.0.2/24", "interface": "ISP2"},
        {"address": "172.16.0.1/24", "interface": "LAN"},
    ],
    "ip dhcp-client": [{"interface": "ISP1", "status": "bound", "address": "10.1.0.9/24", "gateway": "10.1.0.1"}],
    "ip dhcp-server lease": [
        {"server": "LAN", "status": "bound", "address": "172.16.0.7"},
        {"server": "LAN", "status": "waiting", "address": "172.16.0.8"},
        {"active-server": "LAN", "status": "bound", "address": "172.16.0.9"},
        {"server": "else", "status": "bound", "address": "10.0.0.9"},
    ],
    "ip firewall mangle": [
        bucket(0, "ISP1", 30),
        bucket(1, "ISP1", 40),
        bucket(2, "ISP2", 30),
        sent("ISP1", 9000),
        sent("ISP2", 1000),
        {"action": "mark-connection", "new-connection-mark": "ISP1", "comment": "theirs", "packets": "9999"},
    ],
    "ip route": [
        route(1, "to-ISP1", active="true"),
        route(1, "main", active="true"),
        route(2, "to-ISP2", active="true"),
        route(2, "main", distance="2"),
        {"dst-address": "10.1.0.0/24", "gateway": "ISP1", "active": "true", "routing-table": "main"},
    ],
    "log": [
        {
            "time": "2026-11-23 01:06:00",
            "topics": "netwatch,info",
            "message": "event up [ type: simple, host: 10.1.0.1 ]",
        },
        {"time": "2026-11-23 01:06:00", "topics": "script,info", "message": "netwatch_telegram: ISP1 is up (10.1.0.1)"},
        {"time": "2026-11-23 01:07:00", "topics": "system,info", "message": "user admin logged in"},
        {
            "time": "2026-11-23 01:07:30",
            "topics": "script,warning",
            "message": "netwatch_telegram: ISP2 is down (1.0.0.1)",
        },
    ],
    "system clock": [{"date": "2026-11-23", "time": "01:08:00"}],
    "tool netwatch": [
        {"comment": "netwatch_telegram: ISP1", "host": "10.1.0.1", "status": "up", "since": "2026-11-23 01:06:00"},
        {"comment": "netwatch_telegram: ISP2", "host": "1.0.0.1", "status": "up", "since": "2026-11-23 01:06:00"},
    ],
}


def entry(menus: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """What the playbook notes of a router."""
    facts = {
        "ansible_net_version": "7.22.3",
        "ansible_net_model": "CHR",
        "ansible_net_hostname": "one",
        "ansible_net_uptime": "1w2d3h4m5s",
        "routeros": {"version": [7, 22, 3], "menus": copy.deepcopy(ROWS if menus is None else menus)},
    }
    told = {
        "router": "one",
        "name": "Site one",
        "host": "192.0.2.1",
        "wans": copy.deepcopy(WANS),
        "lans": copy.deepcopy(LANS),
        "balance": True,
        "alerts": True,
        "facts": facts,
        "problem": "",
        "unreachable": False,
        "drift": [],
    }
    return told | more


def with_rows(**changes: Any) -> Site:
    """The site with other rows in some menus; names with ``_`` for blanks and ``__`` for ``-``."""
    menus = copy.deepcopy(ROWS)
    for name, rows in changes.items():
        menus[name.replace("__", "-").replace("_", " ")] = rows
    return site_of(entry(menus))


def changed(menu: str, number: int, **values: str) -> list[dict[str, str]]:
    """The rows of a menu, one of them with other values."""
    rows = copy.deepcopy(ROWS[menu])
    rows[number] |= {name.replace("_", "-"): value for name, value in values.items()}
    return rows


def page(*entries: dict[str, Any]) -> str:
    return report_page.page(Company(tuple(site_of(each) for each in entries)), NOW, 2.5)


def states(site: Site) -> list[State]:
    return [link.state for link in site.links]


# The state of a link


def test_a_site_that_is_well() -> None:
    site = site_of(entry())
    assert states(site) == [State.UP, State.UP]
    assert (site.state, site.word, site.well) == (State.UP, "all links up", True)
    first, second = site.links
    assert (first.reason, second.reason) == ("the gateway answers", "1.0.0.1 behind the gateway answers")
    assert (first.address, first.address_by, second.address_by) == ("10.1.0.9/24", "DHCP", "fixed")
    assert [(r.table, r.state) for r in second.routes] == [("to-ISP2", "active"), ("main", "standby")]
    assert (first.active, second.active) == (True, False)
    assert first.watch is not None
    assert (first.watch.status, first.watch.lasting, first.watch.beyond) == ("up", 120.0, False)
    assert (first.received, first.sent) == (5_000_000, 1000)
    assert site.uptime == 788_645


@pytest.mark.parametrize(
    ("menu", "number", "values", "state", "reason"),
    [
        ("interface", 0, {"disabled": "true"}, State.DOWN, "the port is switched off (disabled)"),
        ("interface", 0, {"running": "false"}, State.DOWN, "the port does not run"),
        ("interface", 0, {"default_name": "ether9", "name": "x"}, State.DOWN, "the router has no port ether1"),
        ("ip dhcp-client", 0, {"status": "searching..."}, State.DOWN, "no address: the DHCP client says searching..."),
        ("ip dhcp-client", 0, {"disabled": "true", "status": "stopped"}, State.DOWN, "the DHCP client is switched off"),
        ("ip dhcp-client", 0, {"interface": "x"}, State.DOWN, ""),
        ("ip route", 0, {"active": "false", "inactive": "true"}, State.DOWN, "the gateway does not answer"),
        (
            "ip route",
            0,
            {"active": "", "gateway_status": "10.1.0.1 unreachable"},
            State.DOWN,
            "the gateway does not answer",
        ),
        ("ip route", 1, {"dst_address": "9.9.9.0/24"}, State.DEGRADED, "no default route in main"),
        ("ip route", 0, {"disabled": "true"}, State.DEGRADED, "the default route is switched off in to-ISP1"),
        ("ip route", 0, {"active": "false"}, State.DEGRADED, "another route has taken this link's place"),
        ("tool netwatch", 0, {"status": "down"}, State.DEGRADED, "netwatch gets no answer from 10.1.0.1"),
        ("tool netwatch", 0, {"status": "unknown"}, State.UP, "netwatch says nothing yet"),
        ("tool netwatch", 0, {"disabled": "true"}, State.UP, "netwatch says nothing yet"),
    ],
)
def test_the_first_thing_that_is_wrong_decides(
    menu: str, number: int, values: dict[str, str], state: State, reason: str
) -> None:
    rows = copy.deepcopy(ROWS)
    rows[menu] = changed(menu, number, **values)
    if values == {"interface": "x"}:
        rows["ip address"] = rows["ip address"][1:]
        reason = "no DHCP client, and so no address"
    site = site_of(entry(rows))
    assert (site.links[0].state, reason in site.links[0].reason) == (state, True), site.links[0].reason
    assert site.links[1].state is State.UP
    assert site.state is (State.UP if state is State.UP else State.DEGRADED)


def test_a_modem_that_answers_for_a_dead_line() -> None:
    site = with_rows(tool_netwatch=changed("tool netwatch", 1, status="down"))
    assert states(site) == [State.UP, State.DEAD]
    assert site.links[1].reason == "the gateway answers, 1.0.0.1 behind it does not"
    assert site.state is State.DEGRADED
    assert State.DEAD.word == "dead behind the modem"


def test_a_fixed_address_that_is_missing() -> None:
    site = with_rows(ip_address=[row for row in ROWS["ip address"] if row["interface"] != "ISP2"])
    assert (site.links[1].state, site.links[1].reason) == (State.DOWN, "10.2.0.2/24 is not on the router")


def test_a_site_whose_links_are_all_down_is_down() -> None:
    rows = [row | {"running": "false"} for row in ROWS["interface"]]
    site = with_rows(interface=rows)
    assert (site.state, site.word, site.well) == (State.DOWN, "down", False)
    assert site.lans[0].running is False


def test_a_single_link_that_nothing_has_asked_yet_is_unknown() -> None:
    rows = copy.deepcopy(ROWS)
    rows["tool netwatch"] = []
    site = site_of(entry(rows, wans=WANS[:1]))
    assert (site.links[0].state, site.links[0].watch) == (State.UNKNOWN, None)
    assert [one.table for one in site.links[0].routes] == ["main"]
    rows["tool netwatch"] = [{"comment": "netwatch_telegram: ISP1", "host": "10.1.0.1", "status": "down"}]
    assert site_of(entry(rows, wans=WANS[:1])).links[0].state is State.DOWN


def test_a_gateway_that_only_dhcp_knows() -> None:
    wans = [{"name": "ISP1", "interface": "ether1", "dhcp": True, "monitor_host": "1.1.1.1"}, WANS[1]]
    site = site_of(entry(wans=wans))
    assert (site.links[0].gateway, site.links[0].state) == ("10.1.0.1", State.UP)
    rows = copy.deepcopy(ROWS)
    rows["ip dhcp-client"] = [{"interface": "ISP1", "status": "searching..."}]
    rows["ip route"] = [route(1, "main", dynamic="true", inactive="true")]
    lost = site_of(entry(rows, wans=wans)).links[0]
    assert (lost.gateway, lost.state, lost.routes[1].state) == ("", State.DOWN, "inactive")


def test_rows_of_version_6() -> None:
    rows = copy.deepcopy(ROWS)
    rows["ip route"] = [
        {
            "dst-address": "0.0.0.0/0",
            "gateway": "10.1.0.1",
            "routing-mark": "to-ISP1",
            "active": "true",
            "distance": "1",
        },
        {"dst-address": "0.0.0.0/0", "gateway": "10.1.0.1", "active": "true", "distance": "1"},
        {
            "dst-address": "0.0.0.0/0",
            "gateway": "10.2.0.1",
            "routing-mark": "to-ISP2",
            "active": "true",
            "distance": "1",
        },
        {
            "dst-address": "0.0.0.0/0",
            "gateway": "10.2.0.1",
            "gateway-status": "10.2.0.1 reachable via  ether2",
            "distance": "2",
        },
    ]
    rows["system clock"] = [{"date": "nov/23/2026", "time": "01:08:00"}]
    rows["tool netwatch"] = [{**row, "since": "nov/23/2026 01:06:00"} for row in rows["tool netwatch"]]
    rows["log"] = [{"time": "01:06:00", "topics": "script,info", "message": "netwatch_telegram: ISP1 is up (10.1.0.1)"}]
    site = site_of(entry(rows))
    assert states(site) == [State.UP, State.UP]
    assert [(r.table, r.state) for link in site.links for r in link.routes] == [
        ("to-ISP1", "active"),
        ("main", "active"),
        ("to-ISP2", "active"),
        ("main", "standby"),
    ]
    assert site.links[0].watch is not None
    assert site.links[0].watch.lasting == 120
    assert [event.at for event in site.events] == ["01:06:00"]


# Shares, clients, drift, events


def test_shares_are_what_our_own_rules_have_counted() -> None:
    site = site_of(entry())
    assert [link.traffic.connections for link in site.links] == [70, 30]
    assert [link.traffic.sent for link in site.links] == [9000, 1000]
    assert [link.expected for link in site.links] == [2 / 3, 1 / 3]
    assert [(each.link, each.share, each.figures) for each in shares.connections(site)] == [
        ("ISP1", 0.7, "70.0 % · 70 of 100"),
        ("ISP2", 0.3, "30.0 % · 30 of 100"),
    ]
    assert [(each.share, each.figures) for each in shares.sent(site)] == [
        (0.9, "90.0 % · 9 kB"),
        (0.1, "10.0 % · 1 kB"),
    ]
    assert [(b.bucket, b.link, b.packets, b.share, b.expected) for b in site.buckets] == [
        ("3/0", "ISP1", 30, 0.3, 1 / 3),
        ("3/1", "ISP1", 40, 0.4, 1 / 3),
        ("3/2", "ISP2", 30, 0.3, 1 / 3),
    ]


def test_no_traffic_yet_is_no_share() -> None:
    rows = [row | {"packets": "0", "bytes": "0"} for row in ROWS["ip firewall mangle"]]
    site = with_rows(ip_firewall_mangle=rows)
    assert shares.connections(site) == shares.sent(site) == []
    assert {each.share for each in site.buckets} == {None}
    told = page(entry(copy.deepcopy(ROWS) | {"ip firewall mangle": rows}))
    assert "No traffic yet: all counters are 0." in told


def test_a_site_that_is_not_balanced_has_no_shares() -> None:
    for each in (entry(balance=False), entry(wans=WANS[:1])):
        site = site_of(each)
        assert (site.balanced, site.buckets, site.connections) == (False, (), None)
        assert {link.expected for link in site.links} == {None}
        assert "Nothing is balanced here" in page(each)


def test_clients_are_the_leases_in_use() -> None:
    site = site_of(entry())
    assert (site.lans[0].clients, site.clients) == (2, 2)
    assert topology.clients(site.lans[0]) == "2 clients"
    without = site_of(entry(lans=[LANS[0] | {"dhcp": False}]))
    assert (without.lans[0].clients, topology.clients(without.lans[0])) == (None, "no DHCP server here")


def test_drift_is_grouped_and_counted() -> None:
    lines = ["missing in ip route: a", "changed in ip route: b: x=1 -> x=2", "missing in ip route: c"]
    site = site_of(entry(drift=lines))
    assert [(one.what, one.rows) for one in site.drift.differences] == [
        ("missing in ip route", ("a", "c")),
        ("changed in ip route", ("b: x=1 -> x=2",)),
    ]
    assert (site.drift.count, site.well) == (3, False)


def test_events_are_told_once_and_the_newest_first() -> None:
    site = site_of(entry())
    assert [(event.kind, event.link, event.text) for event in site.events] == [
        ("down", "ISP2", "ISP2 is down (1.0.0.1)"),
        ("up", "ISP1", "ISP1 is up (10.1.0.1)"),
    ]
    others = [
        {"time": "t", "topics": "netwatch,info", "message": "event down [ type: icmp, host: 10.0.0.7 ]"},
        {"time": "t", "topics": "script,error", "message": "netwatch_telegram: could not tell Telegram yet"},
    ]
    assert [event.kind for event in with_rows(log=others).events] == ["other", "down"]


# What is not known


def test_a_router_that_was_not_read() -> None:
    unread = entry(
        facts={}, problem="one (192.0.2.1:8728): no answer", unreachable=True, drift=["nothing was compared"]
    )
    site = site_of(unread)
    assert (site.read, site.word, site.tone, site.drift.count) == (False, "unreachable", State.DOWN, 0)
    assert states(site) == [State.UNKNOWN, State.UNKNOWN]
    company = Company((site, site_of(entry())))
    assert (company.read, company.links[State.UP], company.links[State.UNKNOWN], company.uncompared) == (1, 2, 2, 1)
    assert company.versions == {"7.22.3": 1}
    told = page(unread)
    assert "one (192.0.2.1:8728): no answer" in told
    assert "all counters are 0" not in told
    assert "no address" not in told


@pytest.mark.parametrize("menu", MENUS)
def test_a_menu_that_was_not_read_is_unknown(menu: str) -> None:
    rows = copy.deepcopy(ROWS)
    del rows[menu]
    site = site_of(entry(rows))
    assert site.unread == {menu}
    assert State.DOWN not in states(site)
    # the address is told by ip address too, and the clock only makes a span of a moment
    if menu not in ("ip dhcp-client", "system clock"):
        assert page(entry(rows)).count("unknown") > page(entry()).count("unknown")


def test_a_description_that_is_wrong_is_told() -> None:
    site = site_of(entry(wans=[{"name": "ISP1"}], facts={}))
    assert "site_wans[0] (ISP1): interface: missing" in site.problem
    assert (site.links, site.word) == ((), "not read")
    assert "site_wans[0] (ISP1): interface: missing" in page(entry(wans=[{"name": "ISP1"}], facts={}))


def test_a_comparison_that_broke_off_is_told() -> None:
    site = site_of(entry(problem="one: interface ethernet, entry 1: no such row"))
    assert (site.read, site.well, site.drift.problem) == (True, False, "one: interface ethernet, entry 1: no such row")
    assert "Not compared to the end: one: interface" in page(
        entry(problem="one: interface ethernet, entry 1: no such row")
    )


# Texts and figures


@pytest.mark.parametrize(
    ("octets", "told"),
    [
        (None, "unknown"),
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (43_200, "43.2 kB"),
        (999_600, "1 MB"),
        (10**15, "1000 TB"),
    ],
)
def test_sizes(octets: int | None, told: str) -> None:
    assert text.size(octets) == told


@pytest.mark.parametrize(
    ("span", "told"),
    [
        (None, ""),
        (0, "0 s"),
        (2.52, "2.5 s"),
        (59, "59 s"),
        (120, "2 min"),
        (11_525, "3 h 12 min"),
        (86_400 * 9 + 30, "9 d"),
    ],
)
def test_spans(span: float | None, told: str) -> None:
    assert text.lasting(span) == told


def test_what_nobody_sees_is_shown_as_such() -> None:
    assert text.clean("a\u202eb\x07c\nd") == "a\ufffdb\ufffdc d"
    assert text.clean("é 東京 👨\u200d👩") == "é 東京 👨\u200d👩"
    assert text.clean(None) == ""


def test_moments_and_durations() -> None:
    assert text.moment("2026-11-23 01:06:00") == text.moment("nov/23/2026 01:06:00") == datetime(2026, 11, 23, 1, 6)
    assert [text.moment(each) for each in ("", "01:06:00", "xyz/23/2026 01:06:00", "2026-13-40 01:06:00")] == [None] * 4
    assert [text.seconds(each) for each in ("1d", "2m5s", "", "soon")] == [86_400, 125, None, None]


@given(st.text(max_size=80), st.floats(10, 400))
def test_a_text_is_cut_to_its_room(content: str, width: float) -> None:
    cut = svg.fitting(content, width, 12)
    assert cut == content or (cut.endswith("…") and content.startswith(cut[:-1]))


# The page

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onload='alert(1)",
    "</style><b>",
    "]]>&amp;",
    "{{ 7 * 7 }}",
    "²",  # a digit, and no number
    "9" * 5000,
]


class Outline(HTMLParser):
    """The elements and attributes of a page."""

    VOID = ("meta", "link", "input", "br")

    def __init__(self, content: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.attributes: set[str] = set()
        self.references: list[str] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name == "id":
                self.ids.append(value or "")
            if name in ("aria-labelledby", "for"):
                self.references += (value or "").split()
            if name in ("href", "src"):
                assert (value or "").startswith(("#", "data:,")), value

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not set(self.open) & {"style", "script"}:
            self.text += data


def hostile(bad: str) -> dict[str, Any]:
    """A router on which everything that can bear a text bears *bad*."""
    rows = copy.deepcopy(ROWS)
    for menu in rows.values():
        for row in menu:
            row.setdefault("comment", bad)
    rows["tool netwatch"] = [row | {"status": bad, "since": bad} for row in rows["tool netwatch"]]
    rows["ip dhcp-client"][0] |= {"address": bad, "gateway": bad}
    rows["ip firewall mangle"] += [bucket(2, bad, 5) | {"in-interface": bad}]
    rows["ip firewall mangle"] += [bucket(2, bad, 5) | {"per-connection-classifier": f"{bad}:{bad}/0", "bytes": bad}]
    rows["ip firewall mangle"] += [bucket(2, "ISP1", 0) | {"packets": bad}, sent("ISP1", 0) | {"bytes": bad}]
    rows["log"] += [{"time": bad, "topics": "script,info", "message": f"netwatch_telegram: {bad} is up (1.1.1.1)"}]
    rows["log"] += [{"time": bad, "topics": "script,info", "message": f"netwatch_telegram: {bad}"}]
    told = entry(
        rows, router=bad, name=bad, host=bad, problem=bad, drift=[f"{bad}: {bad}", f"missing in ip route: {bad}"]
    )
    told["facts"] |= {
        "ansible_net_uptime": f"{bad}w",
        "ansible_net_version": bad,
        "ansible_net_model": bad,
        "ansible_net_hostname": bad,
    }
    told["wans"][0]["comment"] = told["lans"][0]["comment"] = "".join(char for char in bad if char.isprintable())
    return told


@pytest.mark.parametrize("bad", HOSTILE)
def test_hostile_texts_are_shown_as_text(bad: str) -> None:
    told, plain = Outline(page(hostile(bad), hostile(bad) | {"facts": {}})), Outline(page(entry(), entry(facts={})))
    assert set(told.tags) <= set(plain.tags) | {"h4", "ul", "code"}
    assert told.tags.count("script") == told.tags.count("style") == 1
    assert told.attributes <= plain.attributes
    assert told.open == []
    assert bad in told.text


@settings(deadline=None, max_examples=20)
@given(st.text(max_size=40))
def test_no_name_breaks_the_page(bad: str) -> None:
    told = Outline(page(hostile(bad)))
    assert told.tags.count("script") == told.tags.count("style") == 1
    assert told.open == []


@settings(deadline=None)
@given(st.text(max_size=30))
def test_pictures_are_well_formed(bad: str) -> None:
    site = site_of(hostile(bad))
    for drawn in (
        topology.picture(site, "one"),
        topology.picture(Site("a", "b", "c"), "none"),
        shares.picture(shares.connections(site), "two", text.clean(bad)),
    ):
        root = ElementTree.fromstring(drawn)
        assert [child.tag.rpartition("}")[2] for child in root][:2] == ["title", "desc"]
        width, height = (float(root.attrib[name]) for name in ("width", "height"))
        for shape in root.iter("{http://www.w3.org/2000/svg}rect"):
            x, y, wide, tall = (float(shape.attrib[name]) for name in ("x", "y", "width", "height"))
            assert 0 <= x <= x + wide <= width
            assert 0 <= y <= y + tall <= height


def test_many_links_and_lans_fit_into_the_picture() -> None:
    wans = [
        {"name": f"ISP{n}", "interface": f"ether{n}", "address": f"10.{n}.0.2/24", "gateway": f"10.{n}.0.1"}
        for n in range(1, 9)
    ]
    site = site_of(entry(wans=wans, lans=[]))
    root = ElementTree.fromstring(topology.picture(site, "one"))
    told = "".join(root.itertext())
    assert all(f"ISP{n}" in told for n in range(1, 9))


def test_the_page_is_sound_and_complete() -> None:
    content = page(entry(), entry(name="Second", router="two", drift=["missing in ip route: a"]))
    outline = Outline(content)
    assert outline.open == []
    assert len(outline.ids) == len(set(outline.ids))
    assert set(outline.references) <= set(outline.ids)
    assert outline.tags.count("svg") == 2 * 3
    assert "7.22.3" in outline.text
    assert "70.0 % · 70 of 100" in outline.text
    assert not re.search(r"https?://(?!www\.(w3\.org/2000/svg|gnu\.org/licenses))", content)
    # a policy that knows style and script by their hashes leaves nothing to styles and handlers in attributes
    assert not [name for name in outline.attributes if name == "style" or name.startswith("on")]


def test_the_playbook_reads_what_the_page_tells_and_compares_what_drift_counts() -> None:
    books = report_page.TEMPLATES.parents[1]
    (play,) = yaml.safe_load((books / "report.yml").read_text(encoding="utf-8"))
    asked = next(task for task in play["tasks"] if task["name"] == "Ask the router")["block"]
    reading = next(task["multiwan.routeros.facts"] for task in asked if "multiwan.routeros.facts" in task)
    assert reading["gather_subset"] == list(MENUS)
    (compared,) = yaml.safe_load((books / "tasks/compare.yml").read_text(encoding="utf-8"))
    roles = [task["ansible.builtin.import_role"]["name"].rpartition(".")[2] for task in compared["block"]]
    assert roles == list(ROLES)
    assert play["vars"]["report_results"] == f"^({'|'.join(ROLES)})_result$"


def test_a_page_without_sites() -> None:
    assert "Routers read" in page()


def test_what_is_no_entry_is_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="expected a list with an entry for each router"):
        report_page.report_page({"one": entry()})
    with pytest.raises(AnsibleFilterError, match=r"entry 1: expected a mapping with router, name"):
        report_page.report_page([entry(), "two"])
    with pytest.raises(AnsibleFilterError, match=r"entry 0: drift missing"):
        report_page.report_page([{key: value for key, value in entry().items() if key != "drift"}])
    assert "Site one" in report_page.report_page([entry()])
    assert ", read in " not in report_page.report_page([entry()])
    assert ", read in " in report_page.report_page([entry()], 1_700_000_000.0)
