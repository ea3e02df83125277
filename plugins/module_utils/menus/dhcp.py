# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of DHCP: clients, servers, what servers tell a network, and leases.

``disabled`` is explicit for clients and servers: RouterOS 6 adds both switched off, RouterOS 7 switched on.
A server's lease time is 10 minutes by default on 6 and early 7, 30 minutes later, so it is kept where not given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..values import (
    Address,
    Bool,
    Duration,
    Enum,
    InterfaceAddress,
    Kind,
    ListOf,
    Mac,
    Members,
    Name,
    Number,
    OneOf,
    Prefix,
    Source,
    Text,
)
from .base import COMMENT, DYNAMIC, INVALID, KEEP, Field, Menu, disabled, flag, told


@dataclass(frozen=True)
class TableDistance(Kind):
    """A routing table, perhaps with the distance that a route has there: ``to-ISP1:5``."""

    def canonical(self, text: str) -> str:
        table, sign, distance = text.partition(":")
        if not table.strip() or (sign and not (re.fullmatch(r"\d{1,3}", distance) and 1 <= int(distance) <= 255)):
            raise ValueError("expected a table, or a table and a distance from 1 to 255 such as to-ISP1:5")
        return f"{table}:{int(distance)}" if sign else table

    def mentions(self, text: str) -> list[str]:
        return [text.partition(":")[0]]

    def renamed(self, text: str, names: Mapping[str, str]) -> str:
        table, sign, distance = text.partition(":")
        return f"{names.get(table, table)}{sign}{distance}"


@dataclass(frozen=True)
class AddressOrPool(Kind):
    """An address, or the name of a pool that gives one."""

    def canonical(self, text: str) -> str:
        return Address().canonical(text) if re.fullmatch(r"[0-9.]+", text) else Name().canonical(text)

    def mentions(self, text: str) -> list[str]:
        return [] if re.fullmatch(r"[0-9.]+", text) else [text]


_QUEUE_PLACE = OneOf((Enum(("first", "bottom")), Name()), "first, bottom or a queue's name")

CLIENT = Menu(
    path="ip dhcp-client",
    help="DHCP clients, which get the router an address from a provider",
    module="dhcp_client",
    fields=(
        Field("interface", Name(), "Interface that asks for an address.", required=True, refers=("interface",)),
        Field("name", Name(), "Name of the client.", default=KEEP, since=(7, 22)),
        Field(
            "add-default-route",
            Enum(("no", "yes", "special-classless")),
            "Whether a default route through the provider is added; C(special-classless) adds it beside classless routes.",
            default="yes",
        ),
        Field("default-route-distance", Number(1, 255), "Distance of that default route.", default="1"),
        Field(
            "default-route-tables",
            ListOf(TableDistance()),
            "Tables that get the default route, each as C(table) or C(table:distance); C(default) is that of the interface.",
            default=KEEP,
            refers=("routing table",),
            literals=("main", "default"),
            since=(7, 18),
        ),
        Field(
            "check-gateway",
            Enum(("none", "arp", "ping", "bfd")),
            "How the next hop of that default route is probed.",
            default="none",
            since=(7, 19),
        ),
        Field("use-peer-dns", Bool(), "Whether the provider's name servers are used.", default="yes"),
        Field("use-peer-ntp", Bool(), "Whether the provider's time servers are used.", default="yes"),
        Field(
            "allow-reconfigure",
            Bool(),
            "Whether the server may make the client ask again.",
            default="no",
            since=(7, 19),
        ),
        Field("dhcp-options", ListOf(Name()), "Options that are sent to the server.", default="hostname,clientid"),
        Field("script", Source(), "Script that runs when an address is got or lost.", default=""),
        Field("vlan-priority", Number(0, 7), "Priority in the VLAN tag of questions.", default="0", since=(7, 20)),
        Field("dscp", Number(0, 63), "Class of service of questions.", default="0", since=(7, 20)),
        Field(
            "use-broadcast",
            Enum(("always", "never", "both")),
            "Whether the server is asked to answer to everybody.",
            default="both",
            since=(7, 20),
        ),
        COMMENT,
        disabled(explicit=True),
        told("status", Text(), "State of the client; C(bound) with an address."),
        told("address", InterfaceAddress(), "Address that was got."),
        told("netmask", Address(), "Mask that was got."),
        told("gateway", Address(), "Next hop that was got."),
        told("dhcp-server", Address(), "Server that gave the address."),
        told("primary-dns", Address(), "First name server that was got."),
        told("secondary-dns", Address(), "Second name server that was got."),
        told("primary-ntp", Address(), "First time server that was got."),
        told("secondary-ntp", Address(), "Second time server that was got."),
        told("expires-after", Duration(), "How long the address is still ours."),
        DYNAMIC,
        INVALID,
    ),
    keys=(("interface",),),
    unsettable=True,
)

SERVER = Menu(
    path="ip dhcp-server",
    help="DHCP servers, which give addresses to a LAN",
    module="dhcp_server",
    fields=(
        Field("name", Name(), "Name of the server.", default=KEEP),
        Field("interface", Name(), "Interface that the server serves.", required=True, refers=("interface",)),
        Field(
            "address-pool",
            Name(),
            "Pool that addresses come from; C(static-only) serves only hosts with a lease of their own.",
            default="static-only",
            refers=("ip pool",),
            literals=("static-only",),
        ),
        Field("lease-time", Duration(1), "How long a host may keep its address.", default=KEEP),
        Field(
            "relay", Address(), "Relay whose questions are answered; C(0.0.0.0) answers direct ones.", default="0.0.0.0"
        ),
        Field("server-address", Address(), "Address that the server answers from.", default="0.0.0.0"),
        Field("add-arp", Bool(), "Whether hosts with a lease are put in the ARP table.", default="no"),
        Field("add-dns-entries", Bool(), "Whether hosts get a name in DNS.", default=KEEP, since=(7, 23)),
        Field("add-dns-entries-suffix", Text(longest=64), "Domain of those names.", default=KEEP, since=(7, 24)),
        Field(
            "address-lists", ListOf(Name()), "Address lists that hosts with a lease join.", default="", since=(7, 17)
        ),
        Field("allow-dual-stack-queue", Bool(), "Whether one queue serves IPv4 and IPv6 of a host.", default="yes"),
        Field("always-broadcast", Bool(), "Whether answers always go to everybody.", default="no"),
        Field(
            "authoritative",
            Enum(("no", "after-10sec-delay", "after-2sec-delay", "yes")),
            "Whether hosts that ask for an address of another network are told no.",
            default="yes",
        ),
        Field(
            "bootp-lease-time",
            OneOf((Enum(("lease-time", "forever")), Duration()), "lease-time, forever or a time"),
            "How long a BOOTP host may keep its address.",
            default="forever",
        ),
        Field("bootp-support", Enum(("none", "static", "dynamic")), "Which BOOTP hosts are served.", default="static"),
        Field(
            "client-mac-limit",
            OneOf((Enum(("unlimited",)), Number()), "unlimited or a number"),
            "How many addresses one hardware address may have.",
            default="unlimited",
        ),
        Field("conflict-detection", Bool(), "Whether an address is probed before it is given.", default="yes"),
        Field(
            "delay-threshold",
            OneOf((Enum(("none",)), Duration()), "none or a time such as 3s"),
            "Hosts that have asked for a shorter time are left to another server.",
            default="none",
        ),
        Field("dhcp-option-set", Name(), "Set of options that hosts are told.", default="none"),
        Field(
            "dynamic-lease-identifiers",
            Members(("client-mac", "client-id", "opt-82")),
            "What tells hosts apart.",
            default=KEEP,
            since=(7, 21),
        ),
        Field("insert-queue-before", _QUEUE_PLACE, "Where the queues of hosts are put.", default="first"),
        Field("lease-script", Source(), "Script that runs when a lease begins or ends.", default=""),
        Field("parent-queue", Name(), "Queue that the queues of hosts are part of.", default="none"),
        Field("support-broadband-tr101", Bool(), "Whether line data of TR-101 is used.", default=KEEP, since=(7, 21)),
        Field("use-framed-as-classless", Bool(), "Whether routes from RADIUS are told to hosts.", default="yes"),
        Field("use-radius", Enum(("no", "yes", "accounting")), "Whether a RADIUS server is asked.", default="no"),
        Field("use-reconfigure", Bool(), "Whether hosts can be made to ask again.", default="no", since=(7, 19)),
        COMMENT,
        disabled(explicit=True),
        DYNAMIC,
        INVALID,
    ),
    keys=(("name",), ("interface",)),
)

NETWORK = Menu(
    path="ip dhcp-server network",
    help="what DHCP servers tell the hosts of a network",
    module="dhcp_server_network",
    fields=(
        Field("address", Prefix(), "Network whose hosts are told, such as C(172.16.10.0/24).", default=KEEP),
        Field("gateway", ListOf(Address()), "Default gateways.", default=""),
        Field("netmask", Number(0, 32), "Length of the network; C(0) takes it from the address.", default="0"),
        Field("dns-server", ListOf(Address()), "Name servers; none given tells the router's own.", default=""),
        Field("dns-none", Bool(), "Whether no name server is told at all.", default="no"),
        Field("wins-server", ListOf(Address()), "Name servers of Windows networks.", default=""),
        Field("ntp-server", ListOf(Address()), "Time servers.", default=""),
        Field("ntp-none", Bool(), "Whether no time server is told at all.", default="no", since=(7, 20)),
        Field("caps-manager", ListOf(Address()), "Managers of wireless access points.", default=""),
        Field("domain", Text(), "Domain of the hosts.", default=""),
        Field("next-server", Address(), "Server that hosts boot from."),
        Field("boot-file-name", Text(), "File that hosts boot from.", default=""),
        Field("dhcp-option", ListOf(Name()), "Further options.", default=""),
        Field("dhcp-option-set", Name(), "Set of further options.", default=KEEP),
        COMMENT,
        DYNAMIC,
    ),
    keys=(("address",),),
    unsettable=True,
)

LEASE = Menu(
    path="ip dhcp-server lease",
    help="addresses that belong to certain hosts",
    fields=(
        Field(
            "address",
            AddressOrPool(),
            "Address of the host, or the pool it comes from.",
            default=KEEP,
            refers=("ip pool",),
        ),
        Field("mac-address", Mac(), "Hardware address of the host.", default=KEEP),
        Field("client-id", Text(), "Name that the host gives itself, such as C(1:48:8f:5a:0:0:1).", default=KEEP),
        Field("agent-circuit-id", Text(), "Port that a relay reports, in hexadecimal.", default=KEEP, since=(7, 21)),
        Field("agent-remote-id", Text(), "Relay that reports, in hexadecimal.", default=KEEP, since=(7, 21)),
        Field(
            "server",
            Name(),
            "Server that gives the address.",
            default="all",
            refers=("ip dhcp-server",),
            literals=("all",),
        ),
        Field("address-lists", ListOf(Name()), "Address lists that the host joins.", default=""),
        Field("allow-dual-stack-queue", Bool(), "Whether one queue serves IPv4 and IPv6 of the host.", default=KEEP),
        Field("always-broadcast", Bool(), "Whether answers always go to everybody.", default=KEEP),
        Field("block-access", Bool(), "Whether the host gets no address.", default="no"),
        Field("dhcp-option", ListOf(Name()), "Further options for the host.", default=""),
        Field("dhcp-option-set", Name(), "Set of further options for the host.", default=KEEP),
        Field("insert-queue-before", _QUEUE_PLACE, "Where the host's queue is put.", default=KEEP),
        Field("lease-time", Duration(), "How long the host may keep the address.", default=KEEP),
        Field("parent-queue", Name(), "Queue that the host's queue is part of.", default=KEEP),
        Field("queue-type", Name(), "Type of the host's queue.", default=KEEP),
        Field("rate-limit", Text(), "Rates of the host, such as C(5M/20M).", default=KEEP),
        Field("routes", ListOf(Text()), "Routes that exist while the lease does.", default=KEEP),
        Field(
            "use-src-mac",
            Bool(),
            "Whether the sender's address counts instead of the one in the question.",
            default=KEEP,
        ),
        COMMENT,
        disabled(),
        told("status", Text(), "State of the lease; C(bound) while the host has the address."),
        told("active-address", Address(), "Address that the host has now."),
        told("active-mac-address", Mac(), "Hardware address that it was given to."),
        told("active-server", Name(), "Server that gave it."),
        told("host-name", Text(), "Name that the host tells."),
        told("expires-after", Duration(), "How long the lease still lasts."),
        told("last-seen", Text(), "How long ago the host was heard."),
        DYNAMIC,
        flag("radius", "Whether a RADIUS server gave the address."),
        flag("blocked", "Whether the host gets no address now."),
    ),
    keys=(("mac-address", "server"), ("mac-address",), ("client-id",), ("address",)),
    unsettable=True,
)

MENUS = (CLIENT, SERVER, NETWORK, LEASE)
