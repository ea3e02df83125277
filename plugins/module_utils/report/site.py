# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the inventory and the rows of one router to one site of the report. Works on the rows of RouterOS 6 and 7."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..site import Lan as WantedLan
from ..site import Wan, lans, wans
from ..site_entry import SiteError
from . import link as links
from .model import Bucket, Difference, Drift, Event, Lan, Link, Site, State, Traffic
from .text import Row, clean, count, number, seconds, truth

#: The menus that a report is made of.
MENUS = (
    "interface",
    "ip address",
    "ip dhcp-client",
    "ip dhcp-server lease",
    "ip firewall mangle",
    "ip route",
    "log",
    "system clock",
    "tool netwatch",
)
#: Events of one site that the page shows, the newest first.
EVENTS = 12

_OURS = "pcc_mangle:"
_TOLD = re.compile(r"netwatch_telegram: (?P<link>.+) is (?P<state>up|down) \((?P<host>[^)]*)\)")
_NETWATCH = re.compile(r"event (?P<state>up|down) \[.*\bhost: (?P<host>[^ ,\]]+)")

Menus = Mapping[str, Sequence[Row]]


def site_of(given: Mapping[str, Any]) -> Site:
    """Return the site that *given* tells of.

    It holds router, name, host, wans, lans, balance, alerts (whether anybody is told), drift (lines of drift_lines),
    problem (why the router was not read, or not compared to the end), unreachable, and facts (of the module facts,
    empty where the router was not read). A description that is wrong leaves links and LANs out, and is the problem.
    """
    facts = given["facts"]
    problem = clean(given["problem"])
    router, name, host = (clean(given[key]) for key in ("router", "name", "host"))
    try:
        wanted = wans(given["wans"])
        wanted_lans = lans(given["lans"], wanted)
    except SiteError as error:
        told = problem or clean("; ".join(error.problems))
        return Site(router=router, name=name, host=host, problem=told)
    balanced = bool(given["balance"]) and len(wanted) > 1
    menus: Menus = facts.get("routeros", {}).get("menus", {}) if facts else {}
    now = (
        " ".join(menus["system clock"][0].get(key, "") for key in ("date", "time")) if menus.get("system clock") else ""
    )
    rows = links.Rows(
        interfaces=menus.get("interface"),
        addresses=menus.get("ip address"),
        clients=menus.get("ip dhcp-client"),
        routes=menus.get("ip route"),
        watches=menus.get("tool netwatch"),
        now=now,
    )
    mangle = menus.get("ip firewall mangle")
    total = sum(wan["weight"] for wan in wanted)
    return Site(
        router=router,
        name=name,
        host=host,
        problem="" if facts else problem or "the router was not read",
        unreachable=bool(given["unreachable"]),
        identity=clean(facts.get("ansible_net_hostname")),
        version=clean(facts.get("ansible_net_version")),
        model=clean(facts.get("ansible_net_model")),
        uptime=seconds(str(facts.get("ansible_net_uptime", ""))),
        links=tuple(_link(rows, wan, mangle, balanced, total, bool(facts)) for wan in wanted),
        lans=tuple(_lan(menus, lan) for lan in wanted_lans),
        balanced=balanced,
        alerts=bool(given["alerts"]),
        buckets=tuple(_buckets(mangle or (), wanted)) if balanced else (),
        drift=Drift(tuple(_differences(given["drift"])), problem) if facts else Drift(),
        events=tuple(_events(menus.get("log") or (), wanted))[:EVENTS],
        unread=frozenset(MENUS) - frozenset(menus),
    )


def _link(rows: links.Rows, wan: Wan, mangle: Sequence[Row] | None, balanced: bool, total: int, read: bool) -> Link:
    port = links.port_of(rows.interfaces, wan["interface"], wan["name"])
    name = port.get("name", "") if port is not None else wan["name"]
    client = links.client_of(rows, name)
    told = client.get("gateway", "") if client is not None and client.get("status") == "bound" else ""
    gateway = wan["gateway"] or told
    address = links.address_of(rows, wan, name)
    routes = links.routes_of(rows, wan, name, gateway, balanced)
    watch = links.watch_of(rows, wan, gateway)
    state, reason = links.judge(rows, wan, port, address, routes, watch) if read else (State.UNKNOWN, "not read")
    return Link(
        name=clean(wan["name"]),
        port=clean(wan["interface"]),
        comment=clean(wan["comment"]),
        state=state,
        reason=reason,
        address=clean(address),
        address_by="DHCP" if wan["dhcp"] else "fixed",
        gateway=clean(gateway),
        routes=routes,
        watch=watch,
        received=count(port, "rx-byte") if port is not None else None,
        sent=count(port, "tx-byte") if port is not None else None,
        expected=wan["weight"] / total if balanced else None,
        traffic=_traffic(mangle, wan) if balanced else Traffic(None, None),
    )


def _traffic(mangle: Sequence[Row] | None, wan: Wan) -> Traffic:
    """Return what our own rules have counted for a link; a rule that marks a connection sees its first packet."""
    mark = wan["connection_mark"]
    begun = [row for row in mangle or () if _is_bucket(row) and row.get("new-connection-mark") == mark]
    sent = [
        row
        for row in mangle or ()
        if _is_ours(row, "mark-routing") and row.get("chain") == "prerouting" and row.get("connection-mark") == mark
    ]
    return Traffic(_sum(count(row, "packets") for row in begun), _sum(count(row, "bytes") for row in sent))


def _sum(counts: Iterable[int | None]) -> int | None:
    told = [each for each in counts if each is not None]
    return sum(told) if told else None


def _is_ours(row: Row, action: str) -> bool:
    return str(row.get("comment", "")).startswith(_OURS) and row.get("action") == action


def _is_bucket(row: Row) -> bool:
    return _is_ours(row, "mark-connection") and bool(row.get("per-connection-classifier"))


def _buckets(mangle: Sequence[Row], wanted: Sequence[Wan]) -> Iterable[Bucket]:
    """Yield the buckets in the router's order."""
    named = {wan["connection_mark"]: wan["name"] for wan in wanted}
    rules = [row for row in mangle if _is_bucket(row)]
    for row in rules:
        lan = row.get("in-interface", "")
        bucket = row["per-connection-classifier"].rpartition(":")[2]
        denominator = number(bucket.partition("/")[0])
        packets = count(row, "packets")
        total = _sum(count(other, "packets") for other in rules if other.get("in-interface", "") == lan)
        mark = row.get("new-connection-mark", "")
        yield Bucket(
            lan=clean(lan),
            bucket=clean(bucket),
            link=clean(named.get(mark, mark)),
            packets=packets,
            octets=count(row, "bytes"),
            expected=1 / denominator if denominator else 0.0,
            share=packets / total if packets is not None and total else None,
        )


def _lan(menus: Menus, lan: WantedLan) -> Lan:
    port = links.port_of(menus.get("interface"), lan["interface"], lan["name"])
    name = port.get("name", "") if port is not None else lan["name"]
    leases = menus.get("ip dhcp-server lease")
    addresses = menus.get("ip address")
    return Lan(
        name=clean(lan["name"]),
        port=clean(lan["interface"]),
        comment=clean(lan["comment"]),
        address=clean(lan["address"]),
        present=None
        if addresses is None
        else any(
            row.get("address") == lan["address"]
            and row.get("interface") == name
            and not truth(row, "disabled")
            and not truth(row, "invalid")
            for row in addresses
        ),
        running=None if "interface" not in menus else port is not None and truth(port, "running"),
        dhcp=lan["dhcp"],
        clients=None
        if leases is None or not lan["dhcp"]
        else sum(
            row.get("status") == "bound" and (row.get("active-server") or row.get("server")) == lan["name"]
            for row in leases
        ),
    )


def _differences(lines: Iterable[str]) -> Iterable[Difference]:
    """Group lines of drift_lines (``missing in ip route: dst-address=…``) by what stands before the colon."""
    found: dict[str, list[str]] = {}
    for line in lines:
        what, _colon, row = str(line).partition(": ")
        found.setdefault(clean(what), []).append(clean(row))
    return (Difference(what, tuple(rows)) for what, rows in found.items())


def _events(log: Sequence[Row], wanted: Sequence[Wan]) -> Iterable[Event]:
    """Yield what the log tells of links, the newest first.

    A change of a watched host stands there twice, from netwatch and from our script; ours names the link, and is taken.
    """
    ours = {wan["monitor_host"] for wan in wanted}
    for row in reversed(log):
        message, at = str(row.get("message", "")), clean(row.get("time"))
        told = _TOLD.fullmatch(message)
        if told:
            text = f"{told['link']} is {told['state']} ({told['host']})"
            yield Event(at, clean(told["link"]), told["state"], clean(text))
        elif message.startswith("netwatch_telegram:"):
            yield Event(at, "", "other", clean(message.partition(":")[2].strip()))
        elif "netwatch" in str(row.get("topics", "")).split(","):
            seen = _NETWATCH.match(message)
            if seen is None or seen["host"] not in ours:
                yield Event(at, "", seen["state"] if seen else "other", clean(message))
