# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of one entry of a site's list: taken, checked, and what is wrong with them noted in plain words.

Nothing is raised while reading: all problems of a list are collected, so that its writer mends them in one go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any, TypeVar

# A name goes into marks, tables, lists of "table:distance" and quoted RouterOS strings: "," ":" "!" and "*" mean
# something there, so that only what is free of meaning everywhere is taken.
NAME = re.compile(r"\w(?:[\w .+/()-]*[\w.+/()-])?")
# A port's own name (default-name: ether1, sfp-sfpplus1, combo1), not that of an interface which somebody made or named.
PORT = re.compile(
    r"(?!bridge|br\d|br-|vlan|ppp|lte|wlan|wifi|l2tp|sstp|ovpn|gre|eoip|ipip|bond|wireguard|wg\d|veth|lo$)"
    r"[a-z][a-z0-9-]*",
    re.IGNORECASE,
)
_NO_PORT = "is not a port such as ether1; bridges, VLANs and PPPoE are not supported yet"
_NO_NAME = "cannot be a name; use letters, digits, blanks, . _ - + / ( ), beginning with a letter or digit"

_T = TypeVar("_T")


class SiteError(ValueError):
    """The description is wrong. ``problems`` holds one line for each mistake; the message joins them."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = list(problems)


class Entry:
    """Takes the fields of one entry and notes, with the entry's place and name, each that is not as it should be."""

    def __init__(self, where: str, raw: Mapping[str, Any], keys: Sequence[str], problems: list[str]) -> None:
        self.problems = problems
        name = show(raw.get("name") or "").strip("'")
        self.where = f"{where} ({name})" if name else where
        self.raw = raw
        for key in self.raw:
            if key not in keys:
                self.problem(str(key), f"unknown key; {suggest(str(key), keys)}")

    def problem(self, field: str, text: str) -> None:
        self.problems.append(": ".join(part for part in (self.where, field, text) if part))

    def given(self, field: str) -> bool:
        return self.raw.get(field) not in (None, "")

    def text(self, field: str, default: str = "") -> str:
        value = self.raw[field] if self.given(field) else default
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str) and value.isprintable():
            return value
        self.problem(field, f"{show(value)} is not one line of text")
        return default

    def name(self, field: str, default: str = "", shape: re.Pattern[str] = NAME) -> str:
        """Return a name; a missing one without a default is a problem."""
        value = self.text(field, default)
        if not value and not self.given(field):
            self.problem(field, f"missing; give it, such as '{'ether1' if field == 'interface' else 'ISP1'}'")
        elif value and not shape.fullmatch(value):
            self.problem(field, f"'{value}' {_NO_PORT if shape is PORT else _NO_NAME}")
        return value

    def flag(self, field: str, default: bool) -> bool:
        value = self.raw.get(field, default)
        if isinstance(value, bool):
            return value
        self.problem(field, f"{show(value)} is not a boolean; write true or false")
        return default

    def word(self, field: str, known: Sequence[str]) -> str:
        """Return one of the words *known*, the first where none is given."""
        value = self.raw[field] if self.given(field) else known[0]
        if isinstance(value, str) and value in known:
            return value
        self.problem(field, f"{show(value)} is unknown; write {', '.join(known[:-1])} or {known[-1]}")
        return known[0]

    def number(self, field: str, default: int, low: int, high: int) -> int:
        value = self.raw.get(field, default)
        if isinstance(value, str) and re.fullmatch(r"\d+", value):
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return int(value)
        self.problem(field, f"{show(value)} is not a whole number from {low} to {high}")
        return default

    def parsed(self, field: str, kind: type[_T], expected: str) -> _T | None:
        """Return the field as *kind* of ``ipaddress``; None where it is missing or, noted as a problem, wrong."""
        if not self.given(field):
            return None
        value = self.raw[field]
        try:
            if not isinstance(value, str):
                raise ValueError
            return kind(value)  # type: ignore[call-arg]
        except ValueError:
            self.problem(field, f"{show(value)} is not {expected}")
            return None

    def host(self, field: str) -> IPv4Address | None:
        return self.parsed(field, IPv4Address, "an IPv4 address such as 192.168.40.1")

    def network(self, field: str) -> IPv4Network | None:
        if self.given(field) and "/" not in str(self.raw[field]):
            self.problem(field, f"{show(self.raw[field])} has no prefix length; write it like 192.168.40.0/24")
            return None
        return self.parsed(field, IPv4Network, "a network such as 192.168.40.0/24, with no bits behind its prefix")

    def interface(self, field: str) -> IPv4Interface | None:
        """Return the router's own address with its prefix length: a host of the network, not the network itself."""
        value = self.parsed(field, IPv4Interface, "an address with its prefix length, such as 172.16.10.1/24")
        if value is None:
            return None
        if "/" not in str(self.raw[field]):
            self.problem(field, f"'{value.ip}' has no prefix length; write {value.ip}/24 for a network of 254 hosts")
            return None
        net = value.network
        if net.prefixlen < 31 and value.ip in (net.network_address, net.broadcast_address):
            what = "network" if value.ip == net.network_address else "broadcast address"
            self.problem(field, f"'{value}' is the {what} itself; give a host's, such as {next(net.hosts())}")
            return None
        return value


def items(raw: Any, where: str, problems: list[str]) -> list[Any]:
    """Return the items of the list *raw*; none at all where it is missing or, noted as a problem, no list."""
    if raw is None:
        return []
    if isinstance(raw, Sequence) and not isinstance(raw, (str, bytes)):
        return list(raw)
    problems.append(f"{where}: {show(raw)} is not a list; write one entry a line, each beginning with '- '")
    return []


def mappings(raw: Any, where: str) -> list[Mapping[str, Any]]:
    """Return the entries of the list *raw*. Raises SiteError at once where one is no mapping: nothing can be read."""
    problems: list[str] = []
    found = items(raw, where, problems)
    for at, entry in enumerate(found):
        if not isinstance(entry, Mapping):
            problems.append(f"{where}[{at}]: {show(entry)} is not a mapping; write keys such as name: and interface:")
    if problems:
        raise SiteError(problems)
    return found


def addresses(raw: Any, where: str, problems: list[str]) -> list[str]:
    """Return the list *raw* of IPv4 addresses as text; what is none is noted as a problem."""
    found = []
    for value in items(raw, where, problems):
        try:
            if not isinstance(value, str):
                raise ValueError
            found.append(str(IPv4Address(value)))
        except ValueError:
            problems.append(f"{where}: {show(value)} is not an IPv4 address such as 8.8.8.8")
    return found


def unique(
    entries: Sequence[Mapping[str, Any]],
    field: str,
    where: str,
    problems: list[str],
    others: Sequence[Mapping[str, Any]] = (),
    others_where: str = "",
) -> None:
    """Note each of *entries* whose *field* an earlier one, or one of the list *others*, has.

    A field that only follows the name (a link's table) is left to the complaint about the name.
    """
    first = {other[field]: (f"{others_where} ({other['name']})", other["name"]) for other in others}
    for at, entry in enumerate(entries):
        value, place = entry[field], f"{where}[{at}] ({entry['name']})"
        if value == "":
            continue
        if value in first and (field == "name" or entry["name"] != first[value][1]):
            problems.append(f"{place}: {field}: '{value}' is that of {first[value][0]} too; each needs its own")
        first.setdefault(value, (place, entry["name"]))


def borrowed_names(
    entries: Sequence[Mapping[str, Any]], where: str, problems: list[str], others: Sequence[Mapping[str, Any]] = ()
) -> None:
    """Note each of *entries* named like the port of another: RouterOS cannot name one port like a second one."""
    ports = {entry["interface"]: entry["name"] for entry in [*others, *entries] if entry["interface"]}
    for at, entry in enumerate(entries):
        name = entry["name"]
        if name in ports and name != entry["interface"]:
            problems.append(
                f"{where}[{at}] ({name}): name: '{name}' is the port of {ports[name]}; choose a name that no port bears"
            )


def overlaps(networks: Sequence[tuple[str, str]], problems: list[str], others: Sequence[tuple[str, str]] = ()) -> None:
    """Note each network that shares addresses with an earlier one or with one of *others*."""
    for at, (place, text) in enumerate(networks):
        for other_place, other in [*networks[:at], *others]:
            if text and other and IPv4Network(text).overlaps(IPv4Network(other)):
                problems.append(f"{place}: {text} overlaps {other} of {other_place}; give each its own network")


def watched(links: Sequence[Mapping[str, Any]], where: str, problems: list[str]) -> None:
    """Note each link whose monitor_host tells nothing of it: the router itself, or a host that another link leads to."""
    for at, link in enumerate(links):
        host, place = link["monitor_host"], f"{where}[{at}] ({link['name']})"
        if host and host == link["address"].partition("/")[0]:
            problems.append(f"{place}: monitor_host: '{host}' is the router's own address, and always answers")
        for other in links:
            if other is not link and host != other["monitor_host"] and _within(host, other["network"]):
                why = f"lies in {other['network']}, the network of {other['name']}"
                problems.append(
                    f"{place}: monitor_host: '{host}' {why}; give a host that {link['name']} alone leads to"
                )


def watched_at_home(
    links: Sequence[Mapping[str, Any]], networks: Sequence[tuple[str, str]], problems: list[str]
) -> None:
    """Note each link whose monitor_host lies in one of *networks*, which are (place, network) of LANs."""
    for link in links:
        host = link["monitor_host"]
        problems += [
            f"site_wans ({link['name']}): monitor_host: '{host}' lies in {network} of {place}; give a host behind the link"
            for place, network in networks
            if _within(host, network)
        ]


def _within(host: str, network: str) -> bool:
    return bool(host and network) and IPv4Address(host) in IPv4Network(network)


def suggest(word: str, known: Sequence[str]) -> str:
    near = get_close_matches(word, known, 1)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"


def show(value: Any) -> str:
    """Return *value* as one line for a message."""
    return f"'{value}'" if isinstance(value, str) and value.isprintable() else f"{value!r}"
