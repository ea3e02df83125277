# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a rule's matchers fit a packet.

A rule with a matcher that is not read here does not match (~): better a rule without effect than one that cuts the line
of a test that is about something else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from routerlab.firewall import elements
from routerlab.firewall.devices import Devices, device_name
from routerlab.management.packet import Packet
from routerlab.menus.interfaces import LIST_TABLE
from routerlab.values import Ref
from routerlab.values.base import mentions
from routerlab.values.net import INTERFACES

if TYPE_CHECKING:
    from ipaddress import IPv4Address

    from routerlab.model.router import Router
    from routerlab.model.store import Row

ADDRESS_LISTS = "ip firewall address-list"

#: The router, the row, the value without its ``!``, the packet; None: cannot be told.
Matcher = Callable[["Router", "Row", str, Packet], bool | None]


def _protocol(router: Router, row: Row, text: str, packet: Packet) -> bool:
    return text in ("tcp", "6")


def _in_span(text: str, address: IPv4Address) -> bool:
    first, last = elements.address_span(text)
    return first <= int(address) <= last


def _in_list(router: Router, name: str, address: IPv4Address) -> bool:
    """Names of hosts in lists are not looked up."""
    for row in router.tables[ADDRESS_LISTS]:
        if not row.enabled or router.text(row, "list") != name:
            continue
        try:
            if _in_span(router.text(row, "address"), address):
                return True
        except ValueError:
            continue
    return any(one.list == name and _in_span(one.address, address) for one in router.plane.learned(router))


def _in_ports(text: str, port: int | None) -> bool | None:
    if port is None:
        return None
    return any(first <= port <= last for first, last in map(elements.span, text.split(",")))


def _any_port(router: Router, row: Row, text: str, packet: Packet) -> bool | None:
    found = [_in_ports(text, packet.source_port), _in_ports(text, packet.destination_port)]
    return True if True in found else None if None in found else False


def _interface(name: str) -> Matcher:
    def match(router: Router, row: Row, text: str, packet: Packet) -> bool | None:
        found = packet.in_interface if name == "in-interface" else packet.out_interface
        refs = [ref for ref in mentions(row.values[name]) if ref.table == INTERFACES]
        if refs:
            gone = router.tables[INTERFACES].get(refs[0].row_id) is None
            return None if gone else found == refs[0].row_id
        return found is not None and _device(router, found) in Devices(router).of_kind(text)

    return match


def _interface_list(name: str) -> Matcher:
    def match(router: Router, row: Row, text: str, packet: Packet) -> bool | None:
        found = packet.in_interface if name.startswith("in-") else packet.out_interface
        refs: list[Ref] = [ref for ref in mentions(row.values[name]) if ref.table == LIST_TABLE]
        if not refs or router.tables[LIST_TABLE].get(refs[0].row_id) is None:
            return None
        if found is None:
            return False
        return _device(router, found) in Devices(router).of_list(refs[0].row_id)

    return match


def _device(router: Router, row_id: int) -> str | None:
    row = router.tables[INTERFACES].get(row_id)
    return None if row is None else device_name(row)


def _address_type(words: str, own: bool) -> bool:
    return ("local" if own else "unicast") in words.split(",")


#: In the order of their cost.
MATCHERS: dict[str, Matcher] = {
    "protocol": _protocol,
    "in-interface": _interface("in-interface"),
    "out-interface": _interface("out-interface"),
    "connection-state": lambda _router, _row, text, packet: packet.state in text.split(","),
    "dst-port": lambda _router, _row, text, packet: _in_ports(text, packet.destination_port),
    "src-port": lambda _router, _row, text, packet: _in_ports(text, packet.source_port),
    "port": _any_port,
    "src-address": lambda _router, _row, text, packet: _in_span(text, packet.source),
    "dst-address": lambda _router, _row, text, packet: _in_span(text, packet.destination),
    # No rule's marks are followed: the packets bear none.
    "connection-mark": lambda _router, _row, text, _packet: text == "no-mark",
    "packet-mark": lambda _router, _row, text, _packet: text == "no-mark",
    "src-address-type": lambda _router, _row, text, packet: _address_type(text, not packet.inbound),
    "dst-address-type": lambda _router, _row, text, packet: _address_type(text, packet.inbound),
    "in-interface-list": _interface_list("in-interface-list"),
    "out-interface-list": _interface_list("out-interface-list"),
    "src-address-list": lambda router, _row, text, packet: _in_list(router, text, packet.source),
    "dst-address-list": lambda router, _row, text, packet: _in_list(router, text, packet.destination),
}

#: What a rule has beside its matchers.
_NOT_MATCHERS = frozenset(
    {
        "action", "address-list", "address-list-timeout", "chain", "comment", "disabled", "hw-offload", "jump-target",
        "log", "log-prefix", "new-connection-mark", "new-dscp", "new-mss", "new-packet-mark", "new-priority",
        "new-routing-mark", "new-ttl", "passthrough", "randomise-ports", "reject-with", "route-dst", "same-not-by-dst",
        "sniff-id", "sniff-target", "sniff-target-port", "socks5-port", "socks5-server", "socksify-service",
        "to-addresses", "to-ports",
    }
)  # fmt: skip


def matches(router: Router, row: Row, packet: Packet) -> bool:
    """Whether every matcher of a rule fits; False too where one cannot be told."""
    names = [name for name in row.values if name not in _NOT_MATCHERS and not name.startswith("\0")]
    if not MATCHERS.keys() >= set(names):
        return False
    for name, matcher in MATCHERS.items():
        if name not in row.values:
            continue
        text = router.text(row, name)
        negated = text.startswith("!")
        found = matcher(router, row, text.removeprefix("!"), packet)
        if found is None or found is negated:
            return False
    return True
