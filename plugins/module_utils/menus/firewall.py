# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of the IPv4 firewall: what all tables match is written once, then each table's own.

Kinds come from the types of the manual's command reference; a ``!`` before a value means all but it. Properties that
are not set are absent, save ``action`` and ``chain``; ``log``, ``log-prefix`` and ``disabled`` were always shown by
older versions and only if once written by newer ones, so absent and default are the same here.
"""

from __future__ import annotations

from dataclasses import replace

from ..values import (
    Address,
    Bool,
    Classifier,
    Duration,
    Enum,
    ListOf,
    Mac,
    Match,
    MatchOrName,
    Members,
    Name,
    Number,
    OneOf,
    Pattern,
    PortRange,
    Text,
)
from .base import COMMENT, DYNAMIC, INVALID, KEEP, Field, Menu, disabled, told
from .interfaces import BUILTIN_LISTS
from .matchers import HashLimit, Icmp, Limit, Protocol, Span, Window

_KINDS_OF_INTERFACE = ("all-ethernet", "all-wireless", "all-vlan", "all-ppp")
_SOME_TEXT = Pattern(r"(?s).+", "at least one character")
_PORTS = ListOf(PortRange(), negatable=True)
_ADDRESS_TYPE = Members(("unicast", "local", "broadcast", "multicast", "blackhole"), negatable=True)
_FLAGS = ("fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr")
_IPV4_OPTIONS = (
    "strict-source-routing",
    "loose-source-routing",
    "no-source-routing",
    "record-route",
    "no-record-route",
    "timestamp",
    "no-timestamp",
    "router-alert",
    "no-router-alert",
    "any",
    "none",
)
_HELPERS = ("ftp", "pptp", "h323", "sip", "irc", "quake3", "tftp")
_P2P = (
    "fasttrack",
    "gnutella",
    "direct-connect",
    "edonkey",
    "bit-torrent",
    "blubster",
    "soulseek",
    "winmx",
    "warez",
    "all-p2p",
)
_COMMON_ACTIONS = (
    "accept",
    "jump",
    "return",
    "log",
    "passthrough",
    "add-src-to-address-list",
    "add-dst-to-address-list",
)


def _action(*more: str) -> Field:
    kind = Enum((*_COMMON_ACTIONS, *more))
    return Field("action", kind, "What is done with a packet that the rule matches.", default="accept")


def _interface(name: str, text: str) -> Field:
    return Field(name, Name(negatable=True), text, refers=("interface",), literals=_KINDS_OF_INTERFACE)


def _list(name: str, text: str) -> Field:
    return Field(name, Name(negatable=True), text, refers=("interface list",), literals=BUILTIN_LISTS)


_CHAIN = Field("chain", Name(), "Chain that the rule belongs to, of the table or of one's own.", required=True)

_TARGETS = (
    Field("jump-target", Name(), "Chain that C(jump) goes on with."),
    Field("address-list", Name(), "Address list that an address is added to."),
    Field(
        "address-list-timeout",
        OneOf((Enum(("none-dynamic", "none-static")), Duration()), "none-dynamic, none-static or a time such as 1d"),
        "How long it stays there; C(none-dynamic) until a reboot, C(none-static) for ever.",
        default=KEEP,
    ),
    Field("log", Bool(), "Whether each packet that matches is logged.", default="no"),
    Field("log-prefix", Text(longest=31), "Text at the start of the log's line.", default=""),
)

# What every table matches: who, whereto, by which interface, and how often.
_PACKETS = (
    Field("src-address", Match(), "Sender: an address, a prefix or a range."),
    Field("dst-address", Match(), "Receiver: an address, a prefix or a range."),
    Field("src-address-list", Name(negatable=True), "Address list that has the sender."),
    Field("dst-address-list", Name(negatable=True), "Address list that has the receiver."),
    Field("src-address-type", _ADDRESS_TYPE, "Kinds of address that the sender has."),
    Field("dst-address-type", _ADDRESS_TYPE, "Kinds of address that the receiver has; C(local) is the router itself."),
    Field("src-mac-address", Mac(negatable=True), "Hardware address of the sender."),
    Field("protocol", Protocol(), "IP protocol by name or number."),
    Field("src-port", _PORTS, "Ports of the sender; needs a protocol that has ports.", needs="protocol"),
    Field("dst-port", _PORTS, "Ports of the receiver; needs a protocol that has ports.", needs="protocol"),
    Field("port", _PORTS, "Ports of either end; needs a protocol that has ports.", needs="protocol"),
    _interface("in-interface", "Interface that the packet came in by."),
    _interface("out-interface", "Interface that the packet leaves by."),
    _list("in-interface-list", "List that has the interface it came in by."),
    _list("out-interface-list", "List that has the interface it leaves by."),
    _interface("in-bridge-port", "Port of a bridge that it came in by."),
    _interface("out-bridge-port", "Port of a bridge that it leaves by."),
    _list("in-bridge-port-list", "List that has the port it came in by."),
    _list("out-bridge-port-list", "List that has the port it leaves by."),
    Field("packet-mark", Name(negatable=True), "Mark that an earlier rule set on the packet."),
    Field("packet-size", Span(65_535, negatable=True), "Size of the packet in bytes."),
    Field("content", _SOME_TEXT, "Text that the packet contains."),
    Field("dscp", Number(0, 63, negatable=True), "Class of service in the packet."),
    Field(
        "tos",
        Pattern(r"!?\d{1,3}(/\d{1,3})?", "a number up to 255, perhaps with a mask such as 16/16"),
        "Whole byte of the type of service, perhaps with a mask.",
        since=(7, 21),
    ),
    Field("ttl", Pattern(r"(equal|not-equal|less-than|greater-than):\d{1,3}", "such as equal:64"), "Hops left."),
    Field("fragment", Bool(), "Whether the packet is a later piece of a cut one."),
    Field("icmp-options", Icmp(), "Type and code of ICMP, such as C(8:0)."),
    Field("ipv4-options", Enum(_IPV4_OPTIONS), "Options in the header."),
    Field("ingress-priority", Number(0, 63, negatable=True), "Priority that the packet came in with."),
    Field("priority", Number(0, 63, negatable=True), "Priority that the packet has now."),
    Field("tcp-mss", Span(65_535, negatable=True), "Largest segment that a new TCP connection asks for."),
    Field(
        "hotspot",
        ListOf(Enum(("from-client", "auth", "local-dst", "to-client", "http"), negatable=True)),
        "What a hotspot knows of the packet.",
    ),
    Field(
        "ipsec-policy",
        Enum(("in,none", "in,ipsec", "out,none", "out,ipsec")),
        "Whether the packet came or leaves encrypted.",
    ),
    Field("limit", Limit(), "How often the rule matches, such as C(10/1m,5:packet)."),
    Field("dst-limit", HashLimit(), "How often it matches for each receiver, such as C(32,32,dst-address/10s)."),
    Field(
        "psd", Pattern(r"\d+,[0-9a-z:]+,\d+,\d+", "weight,delay,low,high such as 21,3s,3,1"), "Search for port scans."
    ),
    Field("nth", Pattern(r"!?\d+(,\d+)?", "every,packet such as 2,1"), "Every so many packets one."),
    Field("random", Number(1, 99), "Share of packets in percent."),
    Field("time", Window(), "Time of day and days, such as C(8h-17h,mon,tue)."),
    Field(
        "per-connection-classifier",
        Classifier(),
        "Share of connections by a hash, as C(fields:denominator/remainder), such as C(both-addresses-and-ports:2/0).",
    ),
)

# What only tables behind connection tracking match.
_TRACKED = (
    Field(
        "connection-mark", Name(negatable=True), "Mark that an earlier rule set on the connection; C(no-mark) is none."
    ),
    Field("connection-bytes", Span(2**64 - 1), "How many bytes the connection has carried."),
    Field(
        "connection-limit",
        Pattern(r"!?\d+,\d{1,2}", "number,netmask such as 100,32"),
        "How many connections a network has.",
    ),
    Field("connection-rate", Span(2**64 - 1, negatable=True), "How many bits a second the connection carries."),
    Field("connection-type", Enum(_HELPERS, negatable=True), "Protocol that a helper knows."),
    Field("layer7-protocol", Name(negatable=True), "Pattern that the start of the connection fits."),
    Field("realm", Number(negatable=True), "Realm of the route."),
    Field(
        "routing-mark",
        Name(negatable=True),
        "Table that an earlier rule chose for the packet.",
        refers=("routing table",),
        literals=("main",),
    ),
)
_TLS_HOST = Field("tls-host", _SOME_TEXT, "Name of the server in a TLS greeting; C(*) stands for anything.")
_TCP_FLAGS = Field(
    "tcp-flags", ListOf(Enum(_FLAGS, negatable=True), negatable=True), "Flags of TCP that are set, or not."
)
_STATE = Field(
    "connection-state",
    Members(("invalid", "established", "related", "new", "untracked"), negatable=True),
    "States of the connection.",
)
_PEER = Field("p2p", Enum(_P2P, negatable=True), "Protocol between peers, long out of use.")
_ENDS = (
    COMMENT,
    disabled(),
    told("bytes", Number(maximum=2**64), "How many bytes have matched."),
    told("packets", Number(maximum=2**64), "How many packets have matched."),
    DYNAMIC,
    INVALID,
)


def _nat_state(*states: str) -> Field:
    return Field("connection-nat-state", Members(states, negatable=True), "Ends of the connection that are translated.")


NAT = Menu(
    path="ip firewall nat",
    help="rules that translate addresses",
    module="firewall_nat",
    fields=(
        _CHAIN,
        _action(
            "src-nat",
            "masquerade",
            "dst-nat",
            "redirect",
            "same",
            "netmap",
            "endpoint-independent-nat",
            "socksify",
        ),
        Field("to-addresses", Match(negatable=False), "Addresses that take the place of the old ones."),
        Field("to-ports", PortRange(), "Ports that take the place of the old ones."),
        Field("same-not-by-dst", Bool(), "Whether C(same) chooses an address by the sender alone.", default="no"),
        Field("randomise-ports", Bool(), "Whether ports are chosen at random.", default="no", since=(7, 10)),
        Field("socksify-service", Name(), "Service that C(socksify) hands connections to.", since=(7, 20)),
        Field("socks5-server", Address(), "Server of SOCKS that C(socksify) uses.", since=(7, 20)),
        Field("socks5-port", Number(1, 65_535), "Port of that server.", default=KEEP, since=(7, 20)),
        *_TARGETS,
        *_PACKETS,
        replace(_TLS_HOST, until=(7, 15, 99)),
        *_TRACKED,
        *_ENDS,
    ),
    keys=(("comment",),),
    ordered=True,
    unsettable=True,
)

MANGLE = Menu(
    path="ip firewall mangle",
    help="rules that mark connections, packets and routes, or change packets",
    module="firewall_mangle",
    fields=(
        _CHAIN,
        _action(
            "drop",
            "mark-packet",
            "mark-connection",
            "mark-routing",
            "change-mss",
            "change-dscp",
            "change-ttl",
            "clear-df",
            "strip-ipv4-options",
            "set-priority",
            "route",
            "fasttrack-connection",
            "sniff-tzsp",
            "sniff-pc",
        ),
        Field("new-connection-mark", Name(), "Mark that C(mark-connection) sets."),
        Field("new-packet-mark", Name(), "Mark that C(mark-packet) sets."),
        Field(
            "new-routing-mark",
            Name(),
            "Table that C(mark-routing) chooses. On RouterOS 6 any name will do.",
            refers=("routing table",),
            literals=("main",),
        ),
        Field("passthrough", Bool(), "Whether a packet that was marked goes on to the next rule.", default="yes"),
        Field(
            "new-mss",
            OneOf((Enum(("clamp-to-pmtu",)), Number(40, 65_534)), "clamp-to-pmtu or a size from 40"),
            "Largest segment that C(change-mss) writes.",
        ),
        Field(
            "new-dscp",
            OneOf(
                (Enum(("from-priority", "from-priority-to-high-3-bits")), Number(0, 63)),
                "a number up to 63, from-priority or from-priority-to-high-3-bits",
            ),
            "Class of service that C(change-dscp) writes.",
        ),
        Field(
            "new-priority",
            OneOf(
                (Enum(("from-dscp", "from-dscp-high-3-bits", "from-ingress")), Number(0, 63)),
                "a number up to 63, from-dscp, from-dscp-high-3-bits or from-ingress",
            ),
            "Priority that C(set-priority) sets.",
        ),
        Field(
            "new-ttl",
            Pattern(r"(set|increment|decrement):\d{1,3}", "such as set:64 or increment:1"),
            "How C(change-ttl) changes the hops left.",
        ),
        Field("route-dst", Address(), "Next hop that C(route) sends packets to."),
        Field("sniff-target", Address(), "Host that copies of packets are sent to."),
        Field("sniff-target-port", Number(1, 65_535), "Port of that host.", default=KEEP),
        Field("sniff-id", Number(0, 65_535), "Number that copies of packets bear.", default=KEEP),
        *_TARGETS,
        *_PACKETS,
        _TLS_HOST,
        _TCP_FLAGS,
        _STATE,
        _nat_state("srcnat", "dstnat"),
        *_TRACKED,
        _PEER,
        *_ENDS,
    ),
    keys=(("comment",),),
    ordered=True,
    unsettable=True,
)

FILTER = Menu(
    path="ip firewall filter",
    help="rules that let packets pass or drop them",
    module="firewall_filter",
    fields=(
        _CHAIN,
        _action("drop", "reject", "tarpit", "fasttrack-connection"),
        Field(
            "reject-with",
            Enum(
                (
                    "icmp-network-unreachable",
                    "icmp-host-unreachable",
                    "icmp-protocol-unreachable",
                    "icmp-port-unreachable",
                    "icmp-net-prohibited",
                    "icmp-host-prohibited",
                    "icmp-admin-prohibited",
                    "tcp-reset",
                )
            ),
            "What C(reject) answers.",
            default="icmp-network-unreachable",
        ),
        Field(
            "hw-offload",
            Bool(),
            "Whether a switch chip takes over connections that C(fasttrack-connection) lets through.",
            default=KEEP,
            until=(7, 18, 99),
        ),
        *_TARGETS,
        *_PACKETS,
        _TLS_HOST,
        _TCP_FLAGS,
        _STATE,
        _nat_state("srcnat", "dstnat", "ein-snat", "ein-dnat"),
        *_TRACKED,
        _PEER,
        *_ENDS,
    ),
    keys=(("comment",),),
    ordered=True,
    unsettable=True,
)

RAW = Menu(
    path="ip firewall raw",
    help="rules for packets before connections are tracked",
    fields=(
        _CHAIN,
        _action("drop", "notrack"),
        *_TARGETS,
        *_PACKETS,
        _TLS_HOST,
        _TCP_FLAGS,
        *_ENDS,
    ),
    keys=(("comment",),),
    ordered=True,
    unsettable=True,
)

_SHORT_LIVED = (
    "an address with a time limit is dynamic and cannot be kept as configuration; leave it to scripts and rules"
)
ADDRESS_LIST = Menu(
    path="ip firewall address-list",
    help="lists of addresses, for rules that speak of several at once",
    module="firewall_address_list",
    fields=(
        Field("list", Name(), "Name of the list.", required=True),
        Field("address", MatchOrName(), "Address, prefix, range or DNS name that belongs to the list."),
        Field("timeout", Duration(), "How long the address belongs to the list.", refused=_SHORT_LIVED),
        replace(DYNAMIC, refused=_SHORT_LIVED),
        COMMENT,
        disabled(),
        told("creation-time", Text(), "When the entry was made."),
    ),
    keys=(("list", "address"),),
)

MENUS = (NAT, MANGLE, FILTER, RAW, ADDRESS_LIST)
