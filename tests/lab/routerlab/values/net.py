# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses, prefixes, ranges, ports, MAC addresses and gateways, in the forms they read back in."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from routerlab import messages
from routerlab.values.base import Names, Value, join
from routerlab.values.basic import Mention, complete


def read_ipv4(text: str) -> ipaddress.IPv4Address | None:
    """The address, or None when the text is none."""
    try:
        return ipaddress.IPv4Address(text)
    except ValueError:
        return None


def read_ipv6(text: str) -> ipaddress.IPv6Address | None:
    """The address, or None when the text is none."""
    try:
        return ipaddress.IPv6Address(text)
    except ValueError:
        return None


def split_prefix(text: str, name: str) -> tuple[ipaddress.IPv4Address, int] | None:
    """Address and prefix length of ``10.0.0.1/24`` or ``10.0.0.1/255.255.255.0`` (no mask: 32); None when unreadable.

    Raises Trap when the mask is a number that is too large.
    """
    head, slash, tail = text.partition("/")
    address = read_ipv4(head)
    if address is None:
        return None
    if not slash:
        return address, 32
    if tail.isascii() and tail.isdigit():
        if int(tail) > 32:
            raise messages.out_of_range("netmask", "0", "32")
        return address, int(tail)
    try:
        return address, ipaddress.IPv4Network(f"0.0.0.0/{tail}").prefixlen
    except ValueError:
        return None


def network_of(address: ipaddress.IPv4Address, length: int) -> ipaddress.IPv4Network:
    """The network that an address with a prefix length lies in."""
    return ipaddress.IPv4Network((int(address) >> (32 - length) << (32 - length) if length else 0, length))


@dataclass(frozen=True)
class IPv4:
    """One address."""

    def parse(self, text: str, name: str, names: Names) -> Value:
        address = read_ipv4(text)
        if address is None:
            raise messages.invalid_value(name)
        return str(address)

    def __str__(self) -> str:
        return "IPv4 address"


@dataclass(frozen=True)
class IP:
    """One address of either family."""

    def parse(self, text: str, name: str, names: Names) -> Value:
        address = read_ipv4(text) or read_ipv6(text)
        if address is None:
            raise messages.invalid_value(name)
        return str(address)

    def __str__(self) -> str:
        return "IPv4 or IPv6 address"


@dataclass(frozen=True)
class InterfaceAddress:
    """An address of the router with its prefix length; without a mask it is a /32."""

    def parse(self, text: str, name: str, names: Names) -> Value:
        found = split_prefix(text, name)
        if found is None:
            raise messages.invalid_value(name)
        return f"{found[0]}/{found[1]}"

    def __str__(self) -> str:
        return "IPv4 address with prefix length"


@dataclass(frozen=True)
class Prefix:
    """A network: host bits are cleared; always read back with its length."""

    ipv6: bool = False

    def parse(self, text: str, name: str, names: Names) -> Value:
        found = split_prefix(text, name)
        if found is not None:
            return str(network_of(*found))
        if self.ipv6:
            try:
                return str(ipaddress.IPv6Network(text, strict=False))
            except ValueError:
                pass
        raise messages.invalid_value(name)

    def __str__(self) -> str:
        return "IPv4 or IPv6 prefix" if self.ipv6 else "IPv4 prefix"


@dataclass(frozen=True)
class IpRange:
    """An address, prefix or ``a-b``: a single one reads back bare, a prefix masked.

    ``fold`` also writes an aligned range whose size is a power of two as a prefix, as pools do.
    """

    what: str | None = None
    fold: bool = False

    def parse(self, text: str, name: str, names: Names) -> Value:
        what = self.what or name
        head, dash, tail = text.partition("-")
        if dash:
            first, last = read_ipv4(head), read_ipv4(tail)
            if first is None:
                raise messages.not_a_range(what)
            if last is None:
                raise messages.range_without_end(what)
            if last < first:
                raise messages.invalid_value(name)
        else:
            found = split_prefix(text, what)
            if found is None:
                raise messages.not_a_range(what)
            network = network_of(*found)
            if network.prefixlen < 32:
                return str(network)
            first = last = network.network_address
        if first == last:
            return str(first)
        size = int(last) - int(first) + 1
        if self.fold and size & (size - 1) == 0 and int(first) % size == 0:
            return f"{first}/{33 - size.bit_length()}"
        return f"{first}-{last}"

    def __str__(self) -> str:
        return "IPv4 address, prefix or range"


_DOMAIN = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?")


@dataclass(frozen=True)
class DomainName:
    """A DNS name."""

    def parse(self, text: str, name: str, names: Names) -> Value:
        if not _DOMAIN.fullmatch(text) or all(part.isdigit() for part in text.split(".")):
            raise messages.invalid_value(name)
        return text

    def __str__(self) -> str:
        return "DNS name"


_MAC = re.compile(r"[0-9A-Fa-f]{2}(?:[:.-]?[0-9A-Fa-f]{2}){5}")


@dataclass(frozen=True)
class Mac:
    """A MAC address; reads back in capitals with colons."""

    def parse(self, text: str, name: str, names: Names) -> Value:
        if not _MAC.fullmatch(text):
            raise messages.not_a_mac(name)
        digits = re.sub(r"[:.-]", "", text).upper()
        return ":".join(digits[i : i + 2] for i in range(0, 12, 2))

    def __str__(self) -> str:
        return "MAC address"


@dataclass(frozen=True)
class Ranges:
    """A comma list of numbers and ranges ``80,443,1000-2000``, kept in the order written."""

    low: int = 0
    high: int = 65535

    def parse(self, text: str, name: str, names: Names) -> Value:
        parts = []
        for part in text.split(","):
            match = re.fullmatch(r"([0-9]+)(?:-([0-9]+))?", part)
            if match is None:
                raise messages.invalid_value(name)
            first, last = int(match[1]), int(match[2] or match[1])
            if not (self.low <= first <= self.high and self.low <= last <= self.high):
                raise messages.out_of_range("range", str(self.low), str(self.high))
            if last < first:
                raise messages.invalid_value(name)
            parts.append(str(first) if first == last else f"{first}-{last}")
        return ",".join(parts)

    def __str__(self) -> str:
        return f"numbers and ranges {self.low}..{self.high}"


@dataclass(frozen=True)
class RouteDestination:
    """A route's destination; a bare address gains its /32."""

    def parse(self, text: str, name: str, names: Names) -> Value:
        found = split_prefix(text, name)
        if found is None:
            raise messages.invalid_value(name)
        return str(network_of(*found))

    def __str__(self) -> str:
        return "IPv4 prefix"


#: The table that holds every interface, whatever its type.
INTERFACES = "interface"


@dataclass(frozen=True)
class Gateway:
    """A route's next hop: an address, ``address%interface``, ``address@table`` or an interface.

    A name that is none of these gets ``invalid or unexpected argument base`` (~), an unreadable address likewise.
    """

    def parse(self, text: str, name: str, names: Names) -> Value:
        head, percent, interface = text.partition("%")
        head_address, at, table = head.partition("@")
        address = read_ipv4(head_address) or read_ipv6(head_address)
        if address is not None:
            parts: list[Value] = [str(address)]
            if percent:
                parts += ["%", Mention(INTERFACES, "interface").parse(interface, name, names)]
            if at:
                parts += ["@", Mention("routing table", "table").parse(table, name, names)]
            return join(parts, "")
        try:
            return Mention(INTERFACES, "gateway").parse(text, name, names)
        except messages.Trap:
            raise messages.Trap("invalid or unexpected argument base", 1) from None

    def __str__(self) -> str:
        return "next hop: address, address%interface, address@table or interface"


_PROTOCOL_NUMBERS = {
    "icmp": 1, "igmp": 2, "ggp": 3, "ip-encap": 4, "st": 5, "tcp": 6, "egp": 8, "pup": 12, "udp": 17, "hmp": 20,
    "xns-idp": 22, "rdp": 27, "iso-tp4": 29, "dccp": 33, "xtp": 36, "ddp": 37, "idpr-cmtp": 38, "ipv6-encap": 41,
    "rsvp": 46, "gre": 47, "ipsec-esp": 50, "ipsec-ah": 51, "rspf": 73, "vmtp": 81, "ospf": 89, "ipip": 94,
    "etherip": 97, "encap": 98, "pim": 103, "vrrp": 112, "l2tp": 115, "sctp": 132, "udp-lite": 136,
}  # fmt: skip
_PROTOCOL_NAMES = {number: word for word, number in _PROTOCOL_NUMBERS.items()}


@dataclass(frozen=True)
class Protocol:
    """An IP protocol by name or number (IANA); a number that has a name reads back as the name."""

    def parse(self, text: str, name: str, names: Names) -> Value:
        if text.isascii() and text.isdigit():
            number = int(text)
            if number > 255:
                raise messages.out_of_range(name, "0", "255")
            return _PROTOCOL_NAMES.get(number, str(number))
        return complete(text, _PROTOCOL_NUMBERS, name)

    def __str__(self) -> str:
        return "IP protocol"
