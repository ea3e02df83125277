# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Actions: what nftables does with a packet that a rule matches.

Not all of RouterOS's can be had; which is possible in which chain: manual, "Filter", "Mangle", "NAT" and "Raw".
"""

from __future__ import annotations

from collections.abc import Callable

from routerlab.firewall import elements, names
from routerlab.firewall.marks import PACKET_MASK, PACKET_SHIFT, ROUTING_MASK
from routerlab.firewall.matchers import number_of, table_of
from routerlab.firewall.rule import NotCarriedOut, Rule
from routerlab.values.time import read_duration

#: What follows a rule's counter; the second is the verdict, empty when the packet goes on to the next rule.
Done = tuple[str, str]
#: An action's work: the rule, and the base chains that a packet may be in when it gets there.
Action = Callable[[Rule, frozenset[str]], Done]


def _verdict(word: str) -> Action:
    return lambda rule, bases: ("", word)


def _only_in(rule: Rule, bases: frozenset[str], *possible: str) -> None:
    if not bases <= set(possible):
        raise NotCarriedOut(f"action={rule.text('action')} is possible in {' and '.join(possible)} only")


def _on(rule: Rule) -> str:
    """The verdict of an action that may let the packet pass: ``passthrough=no`` ends mangle for this hook."""
    return "accept" if rule.text("passthrough") == "false" else ""


_REJECTS = {
    "icmp-network-unreachable": "icmp net-unreachable",
    "icmp-host-unreachable": "icmp host-unreachable",
    "icmp-protocol-unreachable": "icmp prot-unreachable",
    "icmp-port-unreachable": "icmp port-unreachable",
    "icmp-net-prohibited": "icmp net-prohibited",
    "icmp-host-prohibited": "icmp host-prohibited",
    "icmp-admin-prohibited": "icmp admin-prohibited",
    "tcp-reset": "tcp reset",
}


def _reject(rule: Rule, bases: frozenset[str]) -> Done:
    how = rule.text("reject-with", "icmp-network-unreachable")
    if how == "tcp-reset" and rule.text("protocol") != "tcp":
        raise NotCarriedOut("reject-with=tcp-reset needs protocol=tcp")
    return "", f"reject with {_REJECTS[how]}"


def _jump(rule: Rule, bases: frozenset[str]) -> Done:
    if not rule.has("jump-target"):
        raise NotCarriedOut("action=jump needs a jump-target")
    # Replaced by the chain's name, or by nothing when the chain has no rules (chains.py).
    return "", "jump"


def _mark_connection(rule: Rule, bases: frozenset[str]) -> Done:
    _needed(rule, "new-connection-mark")
    return f"ct mark set {number_of(rule, 'connection', rule.text('new-connection-mark')):#x}", _on(rule)


def _mark(mask: int, value: int) -> str:
    return f"meta mark set meta mark & {0xFFFFFFFF & ~mask:#x} | {value:#x}"


def _mark_packet(rule: Rule, bases: frozenset[str]) -> Done:
    _needed(rule, "new-packet-mark")
    return _mark(PACKET_MASK, number_of(rule, "packet", rule.text("new-packet-mark")) << PACKET_SHIFT), _on(rule)


def _mark_routing(rule: Rule, bases: frozenset[str]) -> Done:
    _only_in(rule, bases, "prerouting", "output")
    _needed(rule, "new-routing-mark")
    name = rule.text("new-routing-mark")
    return _mark(ROUTING_MASK, table_of(rule, "new-routing-mark", name)), _on(rule)


def _needed(rule: Rule, name: str) -> None:
    if not rule.has(name):
        raise NotCarriedOut(f"action={rule.text('action')} needs {name}")


def _change_dscp(rule: Rule, bases: frozenset[str]) -> Done:
    _needed(rule, "new-dscp")
    if not rule.text("new-dscp").isdigit():
        raise NotCarriedOut("the lab has no packet priorities that new-dscp could be taken from")
    return f"ip dscp set {rule.text('new-dscp')}", _on(rule)


def _change_ttl(rule: Rule, bases: frozenset[str]) -> Done:
    _needed(rule, "new-ttl")
    how, _rest, number = rule.text("new-ttl").partition(":")
    if how != "set" or int(number) > 255:
        raise NotCarriedOut("nftables sets a TTL to a number up to 255; it neither increments nor decrements")
    return f"ip ttl set {int(number)}", _on(rule)


def _change_mss(rule: Rule, bases: frozenset[str]) -> Done:
    _needed(rule, "new-mss")
    if not rule.may_be("tcp") or rule.conditions.implied not in ("", "tcp"):
        # Only TCP has a segment size; other packets pass as they are.
        return "", _on(rule)
    size = rule.text("new-mss")
    if size == "clamp-to-pmtu":
        # A path has an MTU only once the packet's route is known.
        _only_in(rule, bases, "forward", "output", "postrouting")
    return f"tcp option maxseg size set {'rt mtu' if size == 'clamp-to-pmtu' else size}", _on(rule)


def _clear_df(rule: Rule, bases: frozenset[str]) -> Done:
    return "ip frag-off set ip frag-off & 0xbfff", _on(rule)


def _learn(side: str) -> Action:
    def learn(rule: Rule, bases: frozenset[str]) -> Done:
        _needed(rule, "address-list")
        text = rule.text("address-list-timeout", "none-dynamic")
        micros = None if text.startswith("none") else read_duration(text)
        # A time of nothing means that the entry stays, as none-dynamic does (~).
        timeout = f" timeout {max(1, micros // 1_000_000)}s" if micros else ""
        return f"update @{names.learned_set(rule.text('address-list'))} {{ ip {side}{timeout} }}", ""

    return learn


def _ports(rule: Rule) -> str:
    if not rule.has("to-ports"):
        return ""
    first, last = elements.span(rule.text("to-ports"))
    if rule.text("protocol") not in ("tcp", "udp", "udp-lite", "dccp", "sctp"):
        raise NotCarriedOut("to-ports needs a protocol that has ports")
    if last < first:
        raise NotCarriedOut(f"to-ports={rule.text('to-ports')} ends before it begins")
    return f":{first}" if first == last else f":{first}-{last}"


def _flags(rule: Rule) -> str:
    return " fully-random" if rule.text("randomise-ports") == "true" else ""


def _addresses(rule: Rule) -> str:
    text = rule.text("to-addresses")
    return elements.address_element(*elements.address_span(text)) if text else ""


def _translate(word: str, *possible: str) -> Action:
    def translate(rule: Rule, bases: frozenset[str]) -> Done:
        _only_in(rule, bases, *possible)
        target = _addresses(rule) + _ports(rule)
        if not target:
            raise NotCarriedOut(f"action={rule.text('action')} needs to-addresses or to-ports")
        return "", f"{word} to {target}{_flags(rule)}"

    return translate


def _masquerade(rule: Rule, bases: frozenset[str]) -> Done:
    _only_in(rule, bases, "srcnat")
    ports = _ports(rule)
    return "", f"masquerade{f' to {ports}' if ports else ''}{_flags(rule)}"


def _redirect(rule: Rule, bases: frozenset[str]) -> Done:
    _only_in(rule, bases, "dstnat", "output")
    ports = _ports(rule)
    return "", f"redirect{f' to {ports}' if ports else ''}{_flags(rule)}"


def _netmap(rule: Rule, bases: frozenset[str]) -> Done:
    _needed(rule, "to-addresses")
    text = rule.text("to-addresses")
    if "-" in text:
        raise NotCarriedOut("netmap maps onto a network, not onto a range")
    if bases <= {"srcnat", "input"}:
        return "", f"snat ip prefix to {text if '/' in text else text + '/32'}"
    _only_in(rule, bases, "dstnat", "output")
    return "", f"dnat ip prefix to {text if '/' in text else text + '/32'}"


def _same(rule: Rule, bases: frozenset[str]) -> Done:
    _only_in(rule, bases, "srcnat", "input")
    _needed(rule, "to-addresses")
    # The kernel chooses by source and destination; persistent leaves the destination out.
    by_source = " persistent" if rule.text("same-not-by-dst") == "true" else ""
    return "", f"snat to {_addresses(rule)}{by_source}"


#: Actions that the lab carries out; FastTrack's packets are accepted, and then looked at like all others.
ACTIONS: dict[str, Action] = {
    "accept": _verdict("accept"),
    "drop": _verdict("drop"),
    "reject": _reject,
    "return": _verdict("return"),
    "jump": _jump,
    "log": _verdict(""),
    "passthrough": _verdict(""),
    "fasttrack-connection": _verdict("accept"),
    "notrack": lambda rule, bases: ("notrack", ""),
    "mark-connection": _mark_connection,
    "mark-packet": _mark_packet,
    "mark-routing": _mark_routing,
    "change-dscp": _change_dscp,
    "change-ttl": _change_ttl,
    "change-mss": _change_mss,
    "clear-df": _clear_df,
    "add-src-to-address-list": _learn("saddr"),
    "add-dst-to-address-list": _learn("daddr"),
    "masquerade": _masquerade,
    "src-nat": _translate("snat", "srcnat", "input"),
    "dst-nat": _translate("dnat", "dstnat", "output"),
    "redirect": _redirect,
    "netmap": _netmap,
    "same": _same,
}

#: The actions that learn addresses.
LEARNING = ("add-src-to-address-list", "add-dst-to-address-list")
