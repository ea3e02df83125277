# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Matchers that ask for what a packet is or where it comes from: the same answer whenever they are asked.

What each means: manual, "Filter" and "Mangle"; how nftables says it: nft(8).
"""

from __future__ import annotations

from collections.abc import Callable

from routerlab.firewall import elements, names
from routerlab.firewall.marks import PACKET_MASK, PACKET_SHIFT, ROUTING_MASK, MarksExhausted
from routerlab.firewall.rule import NotCarriedOut, Rule
from routerlab.menus.interfaces import LIST_TABLE
from routerlab.values import Ref, net
from routerlab.values.base import mentions

#: A matcher's work: the rule, the value without its ``!``, whether it had one.
Matcher = Callable[[Rule, str, bool], None]

TABLES = "routing table"


def _compare(rule: Rule, left: str, right: str, negated: bool) -> None:
    rule.conditions.add(f"{left} {'!= ' if negated else ''}{right}")


def _address(side: str) -> Matcher:
    def match(rule: Rule, text: str, negated: bool) -> None:
        if elements.is_everything(text):
            rule.conditions.never = rule.conditions.never or negated
        else:
            _compare(rule, f"ip {side}", text, negated)

    return match


def _address_list(side: str) -> Matcher:
    def match(rule: Rule, text: str, negated: bool) -> None:
        rule.context.static.setdefault(text)
        sets = [names.static_set(text)]
        if text in rule.context.learned:
            sets.append(names.learned_set(text))
        if negated:
            rule.conditions.add(*(f"ip {side} != @{name}" for name in sets))
        elif len(sets) == 1:
            rule.conditions.add(f"ip {side} @{sets[0]}")
        else:
            rule.conditions.either.append(tuple(f"ip {side} @{name}" for name in sets))

    return match


def _address_type(side: str) -> Matcher:
    def match(rule: Rule, text: str, negated: bool) -> None:
        words = text.split(",")
        if "blackhole" in words:
            # The kernel looks types up in its local table alone, where no blackhole route is.
            raise NotCarriedOut("the lab does not tell whether an address is routed to a black hole")
        rule.conditions.one_of(words, f"fib {side} type", negated)

    return match


def _ports(side: str) -> Matcher:
    def match(rule: Rule, text: str, negated: bool) -> None:
        rule.conditions.one_of(elements.numbers(text), f"th {side}", negated)

    return match


def _any_port(rule: Rule, text: str, negated: bool) -> None:
    group = f"{{ {', '.join(elements.numbers(text))} }}"
    if negated:
        rule.conditions.add(f"th sport != {group}", f"th dport != {group}")
    else:
        rule.conditions.either.append((f"th sport {group}", f"th dport {group}"))


def _protocol(rule: Rule, text: str, negated: bool) -> None:
    _compare(
        rule, "ip protocol", str(net._PROTOCOL_NUMBERS[text] if text in net._PROTOCOL_NUMBERS else int(text)), negated
    )


def _refs(rule: Rule, name: str, table: str) -> Ref | None:
    for ref in mentions(rule.row.values[name]):
        if ref.table == table:
            return ref
    return None


def _interface(name: str, key: str) -> Matcher:
    def match(rule: Rule, text: str, negated: bool) -> None:
        ref = _refs(rule, name, net.INTERFACES)
        if ref is None:
            devices = rule.context.devices.of_kind(text)
        else:
            device = rule.context.devices.device(ref.row_id)
            if device is None:
                raise NotCarriedOut(f"{name} names the interface {text}, which is gone")
            devices = {device}
        rule.conditions.one_of([f'"{one}"' for one in sorted(devices)], key, negated)

    return match


def _interface_list(name: str, key: str) -> Matcher:
    def match(rule: Rule, text: str, negated: bool) -> None:
        ref = _refs(rule, name, LIST_TABLE)
        if ref is None or rule.context.router.tables[LIST_TABLE].get(ref.row_id) is None:
            raise NotCarriedOut(f"{name} names the interface list {text}, which is gone")
        devices = rule.context.devices.of_list(ref.row_id)
        rule.conditions.one_of([f'"{one}"' for one in sorted(devices)], key, negated)

    return match


def table_of(rule: Rule, name: str, text: str) -> int:
    """The routing mark of a table by the table's name; raises NotCarriedOut when the table is gone."""
    row_id = rule.context.router.find(TABLES, text)
    if row_id is None:
        raise NotCarriedOut(f"{name} names the routing table {text}, which is gone")
    try:
        return rule.context.marks.routing(row_id)
    except MarksExhausted as error:
        raise NotCarriedOut(str(error)) from None


def number_of(rule: Rule, kind: str, text: str) -> int:
    """The number of a connection or packet mark; raises NotCarriedOut when there are too many."""
    marks = rule.context.marks
    try:
        return marks.connection(text) if kind == "connection" else marks.packet(text)
    except MarksExhausted as error:
        raise NotCarriedOut(str(error)) from None


def _connection_mark(rule: Rule, text: str, negated: bool) -> None:
    _compare(rule, "ct mark", f"{number_of(rule, 'connection', text):#x}", negated)


def _packet_mark(rule: Rule, text: str, negated: bool) -> None:
    wanted = number_of(rule, "packet", text) << PACKET_SHIFT
    rule.conditions.add(f"meta mark & {PACKET_MASK:#x} {'!=' if negated else '=='} {wanted:#x}")


def _routing_mark(rule: Rule, text: str, negated: bool) -> None:
    wanted = table_of(rule, "routing-mark", text)
    rule.conditions.add(f"meta mark & {ROUTING_MASK:#x} {'!=' if negated else '=='} {wanted:#x}")


def _connection_state(rule: Rule, text: str, negated: bool) -> None:
    rule.conditions.one_of(text.split(","), "ct state", negated)


_NAT_STATES = {"srcnat": "snat", "dstnat": "dnat"}


def _connection_nat_state(rule: Rule, text: str, negated: bool) -> None:
    words = text.split(",")
    if not set(words) <= _NAT_STATES.keys():
        raise NotCarriedOut("the lab has no endpoint-independent NAT that connection-nat-state could see")
    bits = "|".join(_NAT_STATES[word] for word in words)
    rule.conditions.add(f"ct status & ({bits}) {'==' if negated else '!='} 0")


def _connection_bytes(rule: Rule, text: str, negated: bool) -> None:
    low, dash, high = text.partition("-")
    # An upper bound of 0 is none, as is a missing one (~).
    rule.conditions.add(f"ct bytes >= {low}")
    if dash and int(high):
        rule.conditions.add(f"ct bytes <= {high}")


def _dscp(rule: Rule, text: str, negated: bool) -> None:
    _compare(rule, "ip dscp", text, negated)


def _tos(rule: Rule, text: str, negated: bool) -> None:
    value, _rest, mask = text.partition("/")
    bits = int(mask) if mask else 255
    if int(value) > 255 or bits > 255:
        raise NotCarriedOut("tos and its mask have eight bits")
    rule.conditions.add(f"@nh,8,8 & {bits:#x} {'!=' if negated else '=='} {int(value):#x}")


_COMPARISONS = {"equal": "==", "not-equal": "!=", "less-than": "<", "greater-than": ">"}


def _ttl(rule: Rule, text: str, negated: bool) -> None:
    word, _rest, number = text.partition(":")
    value = int(number)
    if value > 255:
        raise NotCarriedOut("a TTL has eight bits")
    if (word, value) in (("less-than", 0), ("greater-than", 255)):
        rule.conditions.never = True
    else:
        rule.conditions.add(f"ip ttl {_COMPARISONS[word]} {value}")


def _span(left: str, protocol: str = "") -> Matcher:
    def match(rule: Rule, text: str, negated: bool) -> None:
        if protocol:
            rule.implies(protocol)
        first, last = elements.span(text)
        if last < first:
            raise NotCarriedOut(f"the range {text} ends before it begins")
        _compare(rule, left, str(first) if first == last else f"{first}-{last}", negated)

    return match


def _tcp_flags(rule: Rule, text: str, negated: bool) -> None:
    rule.implies("tcp")
    asked = [word.removeprefix("!") for word in text.split(",")]
    present = [word for word in text.split(",") if not word.startswith("!")]
    wanted = "|".join(present) if present else "0x0"
    group = f"({wanted})" if len(present) > 1 else wanted
    rule.conditions.add(f"tcp flags & ({'|'.join(asked)}) == {group}")


def _icmp_options(rule: Rule, text: str, negated: bool) -> None:
    rule.implies("icmp")
    kind, colon, codes = text.partition(":")
    first, last = elements.span(codes) if colon else (0, 255)
    if int(kind) > 255 or last > 255 or last < first:
        raise NotCarriedOut("icmp-options takes a type and a range of codes from 0 to 255")
    if (first, last) == (0, 255):
        _compare(rule, "icmp type", kind, negated)
    else:
        _compare(rule, "icmp type . icmp code", f"{{ {kind} . {first}-{last} }}", negated)


def _mac(rule: Rule, text: str, negated: bool) -> None:
    _compare(rule, "ether saddr", text.lower(), negated)


def _fragment(rule: Rule, text: str, negated: bool) -> None:
    # Connection tracking puts fragments together before any chain but raw sees them, on routers too.
    rule.conditions.add(f"ip frag-off & 0x1fff {'!=' if text == 'true' else '=='} 0x0")


_OPTIONS = {
    "any": ("ip hdrlength > 5",),
    "none": ("ip hdrlength 5",),
    "strict-source-routing": ("ip option ssrr exists",),
    "loose-source-routing": ("ip option lsrr exists",),
    "no-source-routing": ("ip option ssrr missing", "ip option lsrr missing"),
    "record-route": ("ip option rr exists",),
    "no-record-route": ("ip option rr missing",),
    "router-alert": ("ip option ra exists",),
    "no-router-alert": ("ip option ra missing",),
}


def _ipv4_options(rule: Rule, text: str, negated: bool) -> None:
    if text not in _OPTIONS:
        raise NotCarriedOut(f"nftables does not see the IPv4 option of ipv4-options={text}")
    rule.conditions.add(*_OPTIONS[text])


def _ipsec_policy(rule: Rule, text: str, negated: bool) -> None:
    # No packet of the lab is IPsec's.
    rule.conditions.never = rule.conditions.never or text.endswith(",ipsec")


#: In the order in which they are asked; cheap ones first.
MATCHERS: dict[str, Matcher] = {
    "protocol": _protocol,
    "in-interface": _interface("in-interface", "iifname"),
    "out-interface": _interface("out-interface", "oifname"),
    "in-interface-list": _interface_list("in-interface-list", "iifname"),
    "out-interface-list": _interface_list("out-interface-list", "oifname"),
    "src-address": _address("saddr"),
    "dst-address": _address("daddr"),
    "src-mac-address": _mac,
    "connection-mark": _connection_mark,
    "packet-mark": _packet_mark,
    "routing-mark": _routing_mark,
    "connection-state": _connection_state,
    "connection-nat-state": _connection_nat_state,
    "src-port": _ports("sport"),
    "dst-port": _ports("dport"),
    "port": _any_port,
    "tcp-flags": _tcp_flags,
    "icmp-options": _icmp_options,
    "dscp": _dscp,
    "tos": _tos,
    "ttl": _ttl,
    "packet-size": _span("ip length"),
    "tcp-mss": _span("tcp option maxseg size", "tcp"),
    "fragment": _fragment,
    "ipv4-options": _ipv4_options,
    "ipsec-policy": _ipsec_policy,
    "src-address-list": _address_list("saddr"),
    "dst-address-list": _address_list("daddr"),
    "src-address-type": _address_type("saddr"),
    "dst-address-type": _address_type("daddr"),
    "connection-bytes": _connection_bytes,
}
