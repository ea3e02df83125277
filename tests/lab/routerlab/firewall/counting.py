# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Matchers that share packets out or count them: asked after all others, as RouterOS asks them (fact sheet, 4.4).

The order among them is that of the manual's CLI reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network
from math import lcm
from typing import TYPE_CHECKING

from routerlab.firewall.matchers import Matcher
from routerlab.firewall.names import MENUS
from routerlab.firewall.rule import NotCarriedOut, Rule
from routerlab.values.time import read_duration

if TYPE_CHECKING:
    from routerlab.model.router import Router

#: Seed of every hash: the same connection falls on the same remainder in every rule, every router and every run.
SEED = 0x6D756C74

_ADDRESSES = {
    "src-address": ("ip saddr",),
    "dst-address": ("ip daddr",),
    "both-addresses": ("ip saddr", "ip daddr"),
    "src-address-and-port": ("ip saddr",),
    "dst-address-and-port": ("ip daddr",),
    "both-addresses-and-ports": ("ip saddr", "ip daddr"),
}
_PORTS = {
    "src-port": ("th sport",),
    "dst-port": ("th dport",),
    "both-ports": ("th sport", "th dport"),
    "src-address-and-port": ("th sport",),
    "dst-address-and-port": ("th dport",),
    "both-addresses-and-ports": ("th sport", "th dport"),
}
_WITH_PORTS = ("tcp", "udp", "udp-lite", "dccp", "sctp")
_PORT_NUMBERS = "{ 6, 17, 33, 132, 136 }"
_NAME = "per-connection-classifier"
#: nftables scales a hash to fewer than 2**32 numbers; a rule's share of them is a set of so many at most.
_NUMBERS = 1 << 32
_LONGEST_SHARE = 4096


def _shared(text: str) -> tuple[str, int, int]:
    """``src-address:3/1`` as fields, denominator and remainder."""
    fields, _rest, rest = text.removeprefix("!").partition(":")
    denominator, _rest, remainder = rest.partition("/")
    return fields, int(denominator), int(remainder)


def moduli(router: Router) -> Mapping[str, int]:
    """The common multiple of all denominators that a router's enabled rules have for the same fields.

    RouterOS divides one hash by each rule's denominator (manual, Per connection classifier), so that 2/0, 4/1 and 4/3
    are everything.  nftables scales the hash instead: only remainders of a common multiple nest in the same way.
    """
    found: dict[str, int] = {}
    for menu in MENUS:
        for row in router.tables[menu]:
            if row.enabled and (text := router.text(row, _NAME)):
                fields, denominator, _remainder = _shared(text)
                found[fields] = lcm(found.get(fields, 1), denominator)
    return found


def _classifier(rule: Rule, text: str, negated: bool) -> None:
    """Shares are even, and the same hash everywhere; which hash RouterOS uses is not known (fact sheet, 4.4).

    A packet of a protocol without ports is told apart by its addresses alone; for the classifiers of ports alone all
    such packets are alike and have remainder 0 (?).
    """
    fields, parts, remainder = _shared(text)
    if remainder >= parts:
        rule.conditions.never = rule.conditions.never or not negated
        return
    if parts == 1:
        rule.conditions.never = rule.conditions.never or negated
        return
    modulus = rule.context.moduli[fields]
    if modulus >= _NUMBERS or modulus // parts > _LONGEST_SHARE:
        raise NotCarriedOut(
            f"the denominators of {_NAME}={fields} have the common multiple {modulus}, which is more than the lab can "
            f"divide into shares of {parts}"
        )
    share = [str(number) for number in range(remainder, modulus, parts)]
    told = f"{'!=' if negated else '=='} {share[0]}"
    if len(share) > 1:
        told = f"{'!= ' if negated else ''}{{ {', '.join(share)} }}"

    def hashed(keys: tuple[str, ...]) -> str:
        return f"jhash {' . '.join(keys)} mod {modulus} seed {SEED:#x} {told}"

    addresses, ports = _ADDRESSES.get(fields, ()), _PORTS.get(fields, ())
    if not ports:
        rule.conditions.variants = [[hashed(addresses)]]
        return
    protocol = rule.text("protocol")
    with_ports = [hashed((*addresses, *ports))]
    without = [hashed(addresses)] if addresses else []
    matches_without = bool(addresses) or (remainder == 0) != negated
    if protocol in _WITH_PORTS:
        rule.conditions.variants = [with_ports]
    elif protocol and not protocol.startswith("!"):
        rule.conditions.variants = [without] if matches_without else []
    else:
        rule.conditions.variants = [[f"meta l4proto {_PORT_NUMBERS}", *with_ports]]
        if matches_without:
            rule.conditions.variants.append([f"meta l4proto != {_PORT_NUMBERS}", *without])


def _nth(rule: Rule, text: str, negated: bool) -> None:
    # Without a second number the first packet of each round is meant (?).
    every, _rest, packet = text.partition(",")
    place = int(packet or 1)
    if not 1 <= place <= int(every):
        rule.conditions.never = rule.conditions.never or not negated
    else:
        rule.conditions.late.append(f"numgen inc mod {int(every)} {'!=' if negated else '=='} {place - 1}")


def _random(rule: Rule, text: str, negated: bool) -> None:
    rule.conditions.late.append(f"numgen random mod 100 < {int(text)}")


_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}


def rate_text(rate: int, micros: int) -> str:
    """``rate`` per time as nftables says it: a whole number per second, minute, hour, day or week."""
    for unit, seconds in _UNITS.items():
        if rate * seconds * 1_000_000 % micros == 0:
            return f"{rate * seconds * 1_000_000 // micros}/{unit}"
    return f"{max(1, round(rate * 604800 * 1_000_000 / micros))}/week"


def _micros(text: str) -> int:
    micros = read_duration(text) if text else 1_000_000
    if not micros:
        raise NotCarriedOut(f"{text} is no time that a rate can be for")
    return micros


def _limit(rule: Rule, text: str, negated: bool) -> None:
    head, _rest, tail = text.partition(",")
    rate, _rest, every = head.partition("/")
    burst, _rest, unit = tail.partition(":")
    over = "over " if negated else ""
    if unit == "bit":
        # nftables counts bytes, and no fewer than one a second.
        per_second = max(1, int(rate) * 1_000_000 // _micros(every) // 8)
        size = max(1, int(burst) // 8)
        rule.conditions.late.append(f"limit rate {over}{per_second} bytes/second burst {size} bytes")
    else:
        told = rate_text(int(rate), _micros(every))
        rule.conditions.late.append(f"limit rate {over}{told} burst {max(1, int(burst))} packets")


_MODES = {
    "dst-address": ("ipv4_addr", "ip daddr"),
    "src-address": ("ipv4_addr", "ip saddr"),
    "dst-address-and-port": ("ipv4_addr . inet_service", "ip daddr . th dport"),
    "src-and-dst-addresses": ("ipv4_addr . ipv4_addr", "ip saddr . ip daddr"),
    "addresses-and-dst-port": ("ipv4_addr . ipv4_addr . inet_service", "ip saddr . ip daddr . th dport"),
}


def _dst_limit(rule: Rule, text: str, negated: bool) -> None:
    head, burst, tail = text.split(",")
    rate, _rest, every = head.partition("/")
    mode, _rest, expire = tail.partition("/")
    if mode not in _MODES:
        raise NotCarriedOut(f"dst-limit has no mode {mode}")
    if "port" in mode and rule.text("protocol") not in _WITH_PORTS:
        raise NotCarriedOut("dst-limit by ports needs a protocol that has ports")
    kind, key = _MODES[mode]
    name = f"dstlimit_{rule.word}_{rule.row.id}_{mode.replace('-', '_')}"
    rule.context.sets[name] = f"type {kind}; size 65535; flags dynamic,timeout;"
    # Ten seconds without a packet forget an address (manual: the default of expire).
    seconds = max(1, _micros(expire or "10s") // 1_000_000)
    told = rate_text(int(rate), _micros(every))
    limit = f"limit rate {told} burst {max(1, int(burst))} packets"
    rule.conditions.late.append(f"update @{name} {{ {key} timeout {seconds}s {limit} }}")


def _connection_limit(rule: Rule, text: str, negated: bool) -> None:
    count, _rest, length = text.partition(",")
    if int(length) > 32:
        raise NotCarriedOut("connection-limit takes a prefix length from 0 to 32")
    mask = IPv4Network(f"0.0.0.0/{length}").netmask
    name = f"connlimit_{rule.word}_{rule.row.id}"
    rule.context.sets[name] = "type ipv4_addr; size 65535; flags dynamic;"
    key = "ip saddr" if length == "32" else f"ip saddr & {mask}"
    rule.conditions.late.append(f"add @{name} {{ {key} ct count {'' if negated else 'over '}{int(count)} }}")


#: In the order in which they are asked.
COUNTING: dict[str, Matcher] = {
    _NAME: _classifier,
    "connection-limit": _connection_limit,
    "dst-limit": _dst_limit,
    "nth": _nth,
    "random": _random,
    "limit": _limit,
}
