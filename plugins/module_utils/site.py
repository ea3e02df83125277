# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A site's description (WAN links, LANs, alerts): checked, and completed with every default.

What comes out holds plain strings, integers and booleans under every key of ``Wan`` and ``Lan``, so that a template
needs no default of its own. All problems of a list are collected before SiteError is raised: whoever writes the
description mends it in one go. No text here ever holds a token.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import reduce
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from itertools import chain, repeat
from math import gcd
from typing import Any, TypedDict

from . import site_commit
from .site_entry import (
    PORT,
    Entry,
    SiteError,
    addresses,
    borrowed_names,
    items,
    mappings,
    overlaps,
    show,
    suggest,
    unique,
    watched,
    watched_at_home,
)
from .values import CLASSIFIERS

#: What is hashed where a site does not say: the finest spread, a client's connections to one server included.
CLASSIFIER = "both-addresses-and-ports"
#: How a route may watch its gateway. RouterOS knows bfd as well, which no consumer's modem answers.
CHECKS = ("ping", "arp", "none")
#: More buckets than this for each LAN slow every new connection down and balance no better.
MAX_BUCKETS = 100
#: A pinned host's blackhole stands at 254, behind every link; 255 is RouterOS's mark of a route never to be used.
MAX_DISTANCE = 253

# What Ansible reads as true or false, from a file or a command line.
_TRUTHS = ("true", "false", "yes", "no", "on", "off", "1", "0")
_DURATION = re.compile(r"(?=.)(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?|(\d+d)?\d{1,2}:\d{2}:\d{2}")
# BotFather's tokens: the bot's number, a colon, and 35 letters, digits, "-" or "_" (a few more or less are let pass).
_TOKEN = re.compile(r"\d{5,}:[A-Za-z0-9_-]{30,64}")
_CHAT = re.compile(r"-?\d+|@[A-Za-z]\w{3,}")


class Wan(TypedDict):
    """One link to the internet. Texts that do not apply are empty."""

    name: str
    interface: str
    comment: str
    dhcp: bool
    address: str
    network: str
    gateway: str
    weight: int
    connection_mark: str
    routing_table: str
    distance: int
    monitor_host: str
    check: str  #: how routes watch the gateway; "none" too where there is no other link to fail over to
    pinned: bool  #: monitor_host is beyond the link, so that it needs a route that only this link serves


class Lan(TypedDict):
    """One local network. ``router`` is the router's own address without its prefix length."""

    name: str
    interface: str
    comment: str
    address: str
    router: str
    network: str
    dhcp: bool
    dhcp_range: str
    lease_time: str
    dns: list[str]


class Bucket(TypedDict):
    """One remainder of the PCC denominator and the connection mark that it gives."""

    connection_mark: str
    bucket: str
    classifier: str


WAN_KEYS = tuple(key for key in Wan.__annotations__ if key != "pinned")
LAN_KEYS = tuple(key for key in Lan.__annotations__ if key not in ("router", "network"))


def wans(raw: Any, where: str = "site_wans") -> list[Wan]:
    """Return the links of *raw* checked and completed. Raises SiteError."""
    problems: list[str] = []
    entries = mappings(raw, where)
    if not entries:
        raise SiteError([f"{where}: empty; a site has at least one WAN link, with name, interface and dhcp or address"])
    found = [
        _wan(Entry(f"{where}[{at}]", entry, WAN_KEYS, problems), at, len(entries) > 1)
        for at, entry in enumerate(entries)
    ]
    for field in ("name", "interface", "connection_mark", "routing_table", "distance", "monitor_host"):
        unique(found, field, where, problems)
    borrowed_names(found, where, problems)
    overlaps([(f"{where}[{at}] ({wan['name']})", wan["network"]) for at, wan in enumerate(found)], problems)
    watched(found, where, problems)
    if problems:
        raise SiteError(problems)
    return found


def lans(raw: Any, links: Sequence[Wan] = (), where: str = "site_lans") -> list[Lan]:
    """Return the LANs of *raw* checked, among themselves and against *links* (of ``wans``), and completed.

    Raises SiteError. No LAN at all is allowed: a list that is there and empty says so on purpose.
    """
    problems: list[str] = []
    entries = mappings(raw, where)
    found = [_lan(Entry(f"{where}[{at}]", entry, LAN_KEYS, problems)) for at, entry in enumerate(entries)]
    for field in ("name", "interface"):
        unique(found, field, where, problems, links, "site_wans")
    borrowed_names(found, where, problems, links)
    networks = [(f"{where}[{at}] ({lan['name']})", lan["network"]) for at, lan in enumerate(found)]
    overlaps(networks, problems, [(f"site_wans ({wan['name']})", wan["network"]) for wan in links])
    watched_at_home(links, networks, problems)
    if problems:
        raise SiteError(problems)
    return found


def alerts(raw: Any, where: str = "site_alerts") -> dict[str, dict[str, str]]:
    """Return ``{}`` or ``{"telegram": {"token": …, "chat_id": …}}``. Raises SiteError, which never shows the token."""
    problems: list[str] = []
    if raw in (None, {}):
        return {}
    telegram = raw.get("telegram") if isinstance(raw, Mapping) else None
    if not isinstance(raw, Mapping) or not isinstance(telegram, Mapping):
        raise SiteError([f"{where}: expected telegram: with token and chat_id beneath it (what is given is hidden)"])
    Entry(where, raw, ("telegram",), problems)
    entry = Entry(f"{where}.telegram", telegram, ("token", "chat_id"), problems)
    for field, other in (("token", "chat_id"), ("chat_id", "token")):
        if not entry.given(field) and not problems:
            what = f"missing, although {other} is given" if entry.given(other) else "missing"
            entry.problem(field, f"{what}; an alert needs both (leave {where} out for a site without alerts)")
    token, chat = str(entry.raw.get("token") or ""), str(entry.raw.get("chat_id") or "")
    if token and not _TOKEN.fullmatch(token):
        entry.problem("token", "not the shape of a bot's token (hidden); @BotFather gives 123456789: and 35 characters")
    if chat and not _CHAT.fullmatch(chat):
        entry.problem("chat_id", f"'{chat}' is no chat; give its number (a group's is negative) or @channel")
    if problems:
        raise SiteError(problems)
    return {"telegram": {"token": token, "chat_id": chat}}


def servers(raw: Any, links: Sequence[Wan] = (), where: str = "site_dns") -> list[str]:
    """Return a list of DNS servers' IPv4 addresses; none may depend on one of *links* (of ``wans``). Raises SiteError."""
    problems: list[str] = []
    found = addresses(raw, where, problems)
    for link in links:
        if link["pinned"] and link["monitor_host"] in found:
            text = f"'{link['monitor_host']}' is in {where} too, and is reached by this link alone; give another host"
            problems.append(f"site_wans ({link['name']}): monitor_host: {text}")
    if problems:
        raise SiteError(problems)
    return found


def bypass(raw: Any, where: str = "site_bypass") -> list[str]:
    """Return a list of IPv4 networks that are not balanced. Raises SiteError."""
    problems: list[str] = []
    found: list[str] = []
    for at, value in enumerate(items(raw, where, problems)):
        if value in (None, ""):
            problems.append(f"{where}[{at}]: empty; write a network such as 10.99.0.0/24")
        network = Entry(f"{where}[{at}]", {"": value}, ("",), problems).network("")
        if network is None:
            continue
        if network.prefixlen == 0:
            problems.append(f"{where}[{at}]: '{network}' is everything, and nothing would be balanced; leave it out")
        elif str(network) in found:
            problems.append(f"{where}[{at}]: '{network}' is there twice; leave one out")
        found.append(str(network))
    if problems:
        raise SiteError(problems)
    return found


def pcc_buckets(links: Sequence[Mapping[str, Any]], classifier: str = CLASSIFIER) -> list[Bucket]:
    """Return the buckets of *links* (of ``wans``) in proportion to their weights, these reduced by their divisor.

    The remainders 0 … denominator-1 occur once each, a link's own beside each other. Raises SiteError.
    """
    if classifier not in CLASSIFIERS:
        raise SiteError([f"site_pcc_classifier: '{classifier}' is unknown; {suggest(str(classifier), CLASSIFIERS)}"])
    weights = [int(link["weight"]) for link in links]
    divisor = reduce(gcd, weights, 0) or 1
    total = sum(weights) // divisor
    if total > MAX_BUCKETS:
        text = f"{', '.join(map(str, weights))} make {total} buckets, more than {MAX_BUCKETS}"
        raise SiteError([f"site_wans: weight: {text}; round them to a simpler proportion, such as 2 and 1"])
    shares = (repeat(str(link["connection_mark"]), int(link["weight"]) // divisor) for link in links)
    return [
        {"connection_mark": mark, "bucket": f"{total}/{at}", "classifier": f"{classifier}:{total}/{at}"}
        for at, mark in enumerate(chain.from_iterable(shares))
    ]


def problems_of(site: Mapping[str, Any]) -> list[str]:
    """Return all that is wrong with a whole description.

    *site* holds the variables without ``site_``: name, wans, lans, and what of identity, dns, alerts, classifier, balance,
    adopt, bypass, confirm, confirm_timeout, on_conflict, undo, undo_within and unsafe there is.
    """
    problems: list[str] = []
    links: list[Wan] = []
    _line(site.get("name"), "site_name", "Trans Coffee Bandung", problems)
    if site.get("identity") is not None:
        _line(site["identity"], "site_identity", "TransCoffee-bandung", problems)
    try:
        links = wans(site.get("wans"))
        pcc_buckets(links, site.get("classifier", CLASSIFIER))
    except SiteError as error:
        problems += error.problems
    if site.get("lans") is None:
        problems.append("site_lans: missing; list the LANs, or write [] for a site that has none")
    checks = (
        ("lans", lambda raw: lans(raw, links)),
        ("dns", lambda raw: servers(raw, links)),
        ("alerts", alerts),
        ("bypass", bypass),
    )
    for key, check in checks:
        try:
            if key in site:
                check(site[key])
        except SiteError as error:
            problems += error.problems
    problems += site_commit.problems_of(site)
    for key in ("balance", "adopt", "unsafe"):
        if key in site and str(site[key]).lower() not in _TRUTHS:
            problems.append(f"site_{key}: {show(site[key])} is not a boolean; write true or false")
    return problems


def _line(value: Any, where: str, such: str, problems: list[str]) -> None:
    """Note what is not a line of text with something in it."""
    entry = Entry(where, {"": value}, ("",), problems)
    if not entry.given(""):
        entry.problem("", f"missing; give it, such as '{such}'")
    elif not entry.text("").strip() and isinstance(value, str) and value.isprintable():
        entry.problem("", f"{show(value)} has nothing in it; give it, such as '{such}'")


def _wan(entry: Entry, at: int, several: bool) -> Wan:
    name = entry.name("name")
    dhcp = entry.flag("dhcp", False)
    address, gateway, network = entry.interface("address"), entry.host("gateway"), entry.network("network")
    if dhcp and entry.given("address"):
        entry.problem("address", f"'{entry.raw['address']}' beside dhcp: true; a link has either the one or the other")
    elif not dhcp and not entry.given("address"):
        entry.problem("dhcp", "the link has neither DHCP nor an address; write dhcp: true, or address and gateway")
    elif not dhcp and not entry.given("gateway"):
        entry.problem("gateway", "missing, and there is no DHCP to give one; write the ISP's router, or dhcp: true")
    if address and network and address.network != network:
        entry.problem("network", f"'{network}' is not that of address {address}; leave it out, or {address.network}")
    network = address.network if address else network
    if dhcp and several and gateway and not entry.given("network"):
        entry.problem("network", f"missing; give the one that holds {gateway}, since it must stay off the balancing")
    if network and network.prefixlen == 32:
        text = f"'{network}' holds no gateway; give the prefix length that the ISP names, such as /24 or /30"
        entry.problem("address" if address else "network", text)
    elif gateway and network and (gateway not in network or (address and gateway == address.ip)):
        why = "is the router's own address" if gateway in network else f"lies outside network {network}"
        entry.problem("gateway", f"'{gateway}' {why}; give the ISP's own, such as {_another(network, address)}")
    monitor = entry.host("monitor_host") or gateway
    if monitor is None and not entry.given("monitor_host") and not entry.given("gateway") and dhcp:
        entry.problem("monitor_host", "missing, and there is no gateway to watch instead; give a host behind the link")
    check = entry.word("check", CHECKS)
    mark = entry.name("connection_mark") if entry.given("connection_mark") else name
    table = entry.name("routing_table") if entry.given("routing_table") else f"to-{name}"
    for field, value, reserved in (("connection_mark", mark, "no-mark"), ("routing_table", table, "main")):
        if value == reserved:
            entry.problem(field, f"'{value}' is RouterOS's own word; choose another name")
    return {
        "name": name,
        "interface": entry.name("interface", shape=PORT),
        "comment": entry.text("comment"),
        "dhcp": dhcp,
        "address": str(address or ""),
        "network": str(network or ""),
        "gateway": str(gateway or ""),
        "weight": entry.number("weight", 1, 1, 1_000_000),
        "connection_mark": mark,
        "routing_table": table,
        "distance": entry.number("distance", at + 1, 1, MAX_DISTANCE),
        "monitor_host": str(monitor or ""),
        "check": check if several else "none",
        # A link whose gateway only DHCP knows cannot be pinned: there is no next hop to write.
        "pinned": bool(several and gateway and network and monitor and monitor not in network),
    }


def _lan(entry: Entry) -> Lan:
    address = entry.interface("address")
    if address is None and not entry.given("address"):
        entry.problem("address", "missing; give the router's own in this LAN, such as 172.16.10.1/24")
    dhcp = entry.flag("dhcp", True)
    lease = entry.text("lease_time", "10m")
    if lease.isdigit():  # RouterOS counts bare numbers in seconds; so does YAML, which reads 00:10:00 as 600
        lease += "s"
    if not _DURATION.fullmatch(lease):
        entry.problem("lease_time", f"'{lease}' is not a time; write 10m, 1h30m or 00:10:00")
    dns = [str(address.ip)] if address else []
    if entry.given("dns"):
        dns = addresses(entry.raw["dns"], f"{entry.where}: dns", entry.problems)
    return {
        "name": entry.name("name"),
        "interface": entry.name("interface", shape=PORT),
        "comment": entry.text("comment"),
        "address": str(address or ""),
        "router": str(address.ip) if address else "",
        "network": str(address.network) if address else "",
        "dhcp": dhcp,
        "dhcp_range": _ranges(entry, address) if dhcp and address else "",
        "lease_time": lease,
        "dns": dns,
    }


def _ranges(entry: Entry, address: IPv4Interface) -> str:
    """Return the pool's ranges: those given, or all hosts of the network but the router."""
    net = address.network
    if not entry.given("dhcp_range"):
        if net.prefixlen > 30:
            entry.problem("dhcp_range", f"{net} has no address to give out; set dhcp: false or take a larger network")
            return ""
        first, last = net.network_address + 1, net.broadcast_address - 1
        parts = [(first, address.ip - 1), (address.ip + 1, last)]
        return ",".join(_range(low, high) for low, high in parts if low <= high)
    text = entry.text("dhcp_range")
    found = []
    for part in text.split(","):
        ends = part.strip().split("-", 1)
        try:
            low, high = IPv4Address(ends[0].strip()), IPv4Address(ends[-1].strip())
        except ValueError:
            entry.problem("dhcp_range", f"'{part.strip()}' is not a range such as 172.16.10.2-172.16.10.254")
            continue
        if low > high:
            entry.problem("dhcp_range", f"'{_range(low, high)}' ends before it begins; write {_range(high, low)}")
        elif low not in net or high not in net:
            entry.problem("dhcp_range", f"'{_range(low, high)}' lies outside {net}, the network of address {address}")
        elif low <= address.ip <= high:
            entry.problem("dhcp_range", f"'{_range(low, high)}' holds {address.ip}, the router's own; leave it out")
        elif net.prefixlen < 31 and (low == net.network_address or high == net.broadcast_address):
            entry.problem("dhcp_range", f"'{_range(low, high)}' holds the network's first or last address, no host's")
        found.append(_range(low, high))
    return ",".join(found)


def _range(first: IPv4Address, last: IPv4Address) -> str:
    return f"{first}-{last}" if first != last else str(first)


def _another(network: IPv4Network, address: IPv4Interface | None) -> str:
    """Return some host of *network* that is not the router."""
    hosts = (network[at] for at in range(1 if network.prefixlen < 31 else 0, network.num_addresses))
    return str(next((host for host in hosts if address is None or host != address.ip), network[0]))
