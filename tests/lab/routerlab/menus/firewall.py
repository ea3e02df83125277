# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The firewall: filter, nat, mangle, raw, address lists and the connection table.

Matchers and their kinds: the manual's CLI reference; which menu has which: the command trees of 7.12.2 to 7.24.
Counters stand at zero in a lab without a data plane: no packet passes there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from routerlab import messages
from routerlab.menus.common import (
    COMMENT,
    CONSOLE,
    DISABLED,
    ORDERED,
    QUIET_DISABLED,
    QUIET_SINCE,
    READ,
    SWITCHED,
    absent,
)
from routerlab.menus.interfaces import LIST_TABLE
from routerlab.model.menu import Arg, Command, Compute, Menu, Unique, arg
from routerlab.model.store import Row
from routerlab.state.routes import MAIN
from routerlab.values import Kind, Value
from routerlab.values.base import mentions
from routerlab.values.basic import Bool, Either, Enum, Mention, Not, Num, Pattern, Special, Text, Ubit, VersionedEnum
from routerlab.values.match import Classifier, Limit, Span, TcpFlags
from routerlab.values.net import INTERFACES, DomainName, IpRange, IPv4, Mac, Protocol, Ranges
from routerlab.values.time import Duration, read_duration, seconds_text
from routerlab.version import span

if TYPE_CHECKING:
    from routerlab.model.router import Router

TABLES = "routing table"
_FOREVER = "35w3d13h13m56s"

#: Words that stand for all interfaces of a kind in rules.
_ALL_OF = ("all-ethernet", "all-ppp", "all-vlan", "all-wireless")
_IFACE: Kind = Not(Mention(INTERFACES, "interface", fixed=_ALL_OF))
_IFACE_LIST: Kind = Not(Mention(LIST_TABLE, "interface-list"))
_TABLE = Mention(TABLES, text=True)
_ADDRESS: Kind = Not(IpRange(what="range"))
_TYPE: Kind = Not(Ubit(("unicast", "local", "broadcast", "multicast", "blackhole")))
_NAME: Kind = Not(Text())
_PORTS: Kind = Not(Ranges(0, 65535))
_DURATION = r"[0-9a-z:]+"


def _matcher(name: str, kind: Kind, since: str | None = None, until: str | None = None) -> Arg:
    return arg(name, kind, since=since, until=until, packets=True)


def _blind(name: str, kind: Kind, until: str | None = None) -> Arg:
    """A matcher that the data plane has no eyes for: a rule with it is not in force."""
    return arg(name, kind, until=until, effect=False)


_IN_RAW: tuple[Arg, ...] = (
    _matcher("protocol", Not(Protocol())),
    _matcher("src-address", _ADDRESS),
    _matcher("dst-address", _ADDRESS),
    _matcher("src-address-list", _NAME),
    _matcher("dst-address-list", _NAME),
    _matcher("src-address-type", _TYPE),
    _matcher("dst-address-type", _TYPE),
    _matcher("src-port", _PORTS),
    _matcher("dst-port", _PORTS),
    _matcher("port", _PORTS),
    _matcher("in-interface", _IFACE),
    _matcher("out-interface", _IFACE),
    _matcher("in-interface-list", _IFACE_LIST),
    _matcher("out-interface-list", _IFACE_LIST),
    _blind("in-bridge-port", _IFACE),
    _blind("out-bridge-port", _IFACE),
    _blind("in-bridge-port-list", _IFACE_LIST),
    _blind("out-bridge-port-list", _IFACE_LIST),
    _matcher("packet-mark", _NAME),
    _matcher("per-connection-classifier", Not(Classifier())),
    _matcher("nth", Not(Pattern(r"[1-9]\d*(,[1-9]\d*)?", "every[,packet]"))),
    _matcher("random", Num(1, 99)),
    _matcher("limit", Not(Limit())),
    _matcher("dst-limit", Pattern(rf"\d+(/{_DURATION})?,\d+,[a-z-]+(/{_DURATION})?", "rate,burst,mode[/expire]")),
    _blind("time", Not(Pattern(r"[0-9a-z:]+-[0-9a-z:]+(,(sun|mon|tue|wed|thu|fri|sat))+", "from-to,days"))),
    _blind("content", _NAME),
    _blind("tls-host", _NAME),
    _matcher("src-mac-address", Not(Mac())),
    _matcher("icmp-options", Not(Pattern(r"\d{1,3}(:\d{1,3}(-\d{1,3})?)?", "type[:codes]"))),
    _matcher("ipv4-options", Enum((
        "strict-source-routing", "loose-source-routing", "no-source-routing", "record-route", "no-record-route",
        "timestamp", "no-timestamp", "router-alert", "no-router-alert", "any", "none",
    ))),
    _matcher("fragment", Bool()),
    _blind("hotspot", Not(Pattern(r"!?[a-z-]+(,!?[a-z-]+)*", "set of hotspot states"))),
    _blind("ingress-priority", Not(Num(0, 63))),
    _blind("priority", Not(Num(0, 63))),
    _matcher("dscp", Not(Num(0, 63))),
    _matcher("tos", Not(Pattern(r"\d{1,3}(/\d{1,3})?", "tos[/mask]")), since="7.19"),
    _matcher("ttl", Pattern(r"(equal|not-equal|less-than|greater-than):\d{1,3}", "comparison:number")),
    _matcher("packet-size", Not(Span(0, 65535))),
    _matcher("tcp-mss", Not(Span(0, 65535))),
    _blind("psd", Pattern(rf"\d+,{_DURATION},\d+,\d+", "weight,delay,low,high")),
    _matcher("ipsec-policy", Pattern(r"(in|out),(none|ipsec)", "direction,policy")),
)  # fmt: skip
_TCP_FLAGS = _matcher("tcp-flags", TcpFlags())
_P2P = _blind("p2p", Not(Pattern(r"[a-z0-9-]+", "protocol of file sharing")))
_STATEFUL: tuple[Arg, ...] = (
    _matcher("connection-mark", _NAME),
    _blind("connection-type", Not(Enum(("ftp", "pptp", "h323", "sip", "irc", "quake3", "tftp")))),
    _matcher("connection-bytes", Span(scaled=True)),
    _blind("connection-rate", Not(Span(scaled=True))),
    _matcher("connection-limit", Not(Pattern(r"\d+,\d{1,2}", "count,prefix length"))),
    _blind("layer7-protocol", _NAME),
    _blind("realm", Not(Num())),
    _matcher("routing-mark", Not(_TABLE)),
)
_STATES = _matcher("connection-state", Not(Ubit(("invalid", "established", "related", "new", "untracked"))))
_COMMON_ACTIONS = (
    "accept",
    "jump",
    "return",
    "log",
    "passthrough",
    "add-src-to-address-list",
    "add-dst-to-address-list",
)


def _head(*actions: tuple[str, str | None]) -> tuple[Arg, ...]:
    words = (*((word, None) for word in _COMMON_ACTIONS), *actions)
    return (
        arg("chain", Text(), unset=False, packets=True),
        arg("action", VersionedEnum(words), "accept", packets=True),
        arg("jump-target", Text(), packets=True),
        arg("address-list", Text(), packets=True),
        arg(
            "address-list-timeout",
            Special(("none-dynamic", "none-static"), Duration("0s", _FOREVER)),
            packets=True,
        ),
    )


_TAIL: tuple[Arg, ...] = (
    arg("log", Bool(), "false", quiet_since=QUIET_SINCE, effect=False),
    arg("log-prefix", Text(31), "", quiet_since=QUIET_SINCE, effect=False),
    QUIET_DISABLED,
    COMMENT,
)

_PORT_MATCHERS = ("src-port", "dst-port", "port")
_PORT_PROTOCOLS = ("tcp", "udp", "udp-lite", "dccp", "sctp")


def _check_rule(router: Router, row: Row | None, values: Mapping[str, Value]) -> None:
    if any(name in values for name in _PORT_MATCHERS) and values.get("protocol") not in _PORT_PROTOCOLS:
        raise messages.failure(messages.PORTS_NEED_PROTOCOL)


def _rule(router: Router, row: Row) -> Mapping[str, str]:
    """A rule is invalid when it names an interface, list or table that is gone (~)."""
    dead = any(router.referred(ref) is None for value in row.values.values() for ref in mentions(value))
    for name in ("new-routing-mark", "routing-mark"):
        table = router.text(row, name).removeprefix("!")
        if table and table != MAIN and router.find(TABLES, table) is None:
            dead = True
    return {"dynamic": "false", "invalid": "true" if dead and row.enabled else "false"}


#: Actions that let the packet go on by default, so that ``passthrough`` shows.
_PASSING = ("mark-packet", "mark-connection", "mark-routing")


def _mangle_rule(router: Router, row: Row) -> Mapping[str, str]:
    found = dict(_rule(router, row))
    if row.values.get("action") in _PASSING:
        found["passthrough"] = router.text(row, "passthrough", "true")
    return found


_COUNTERS = ("bytes", "packets")


def _rules(path: str, args: tuple[Arg, ...], compute: Compute = _rule) -> Menu:
    def count(router: Router) -> Mapping[int, Mapping[str, str]]:
        matched = router.plane.rules(router, path)
        return {row_id: {"packets": str(packets), "bytes": str(size)} for row_id, (packets, size) in matched.items()}

    def clear(router: Router, rows: list[Row], args: Mapping[str, str]) -> None:
        router.plane.clear_rules(router, path, [row.id for row in rows])

    def clear_all(router: Router, rows: list[Row], args: Mapping[str, str]) -> None:
        clear(router, list(router.tables[path]), args)

    return Menu(
        path=path,
        args=args,
        reads=(*_COUNTERS, "dynamic", "invalid"),
        ordered=True,
        verbs=ORDERED,
        commands=(
            Command("reset-counters", ("numbers",), clear),
            Command("reset-counters-all", (), clear_all),
            *CONSOLE,
        ),
        required=("chain",),
        unset_versions=span(),
        check=_check_rule,
        compute=compute,
        counters=_COUNTERS,
        count=count,
        print_extra=("all", "chain", "dynamic", "static", "stats"),
        print_without=("brief",),
        noun="rule",
        notes=(
            "With the data plane packets pass the rules; a rule with a kept matcher is then not in force, which "
            "`status` tells. Matches are counted; log writes nothing. A fasttracked packet is accepted and still passes "
            "mangle and filter like all others; the dynamic rule that shows such packets on a router does not appear."
        ),
    )


FILTER = _rules(
    "ip firewall filter",
    (
        *_head(("drop", None), ("reject", None), ("tarpit", None), ("fasttrack-connection", None)),
        arg("reject-with", Enum((
            "icmp-network-unreachable", "icmp-host-unreachable", "icmp-protocol-unreachable",
            "icmp-port-unreachable", "icmp-net-prohibited", "icmp-host-prohibited", "tcp-reset",
            "icmp-admin-prohibited",
        )), packets=True),
        arg("hw-offload", Bool(), until="7.19", effect=False),
        _STATES,
        _matcher("connection-nat-state", Not(Ubit(("srcnat", "dstnat", "ein-snat", "ein-dnat")))),
        *_STATEFUL,
        *_IN_RAW,
        _TCP_FLAGS,
        _P2P,
        *_TAIL,
    ),
)  # fmt: skip

_NOT_IN_NAT = ("tls-host",)

NAT = _rules(
    "ip firewall nat",
    (
        *_head(
            ("src-nat", None),
            ("masquerade", None),
            ("dst-nat", None),
            ("redirect", None),
            ("same", None),
            ("netmap", None),
            ("endpoint-independent-nat", "7.10"),
            ("socksify", "7.20"),
        ),
        arg("to-addresses", IpRange(what="range"), packets=True),
        arg("to-ports", Span(0, 65535), packets=True),
        arg("same-not-by-dst", Bool(), packets=True),
        arg("randomise-ports", Bool(), since="7.10", packets=True),
        arg("socksify-service", Text(), since="7.20", effect=False),
        arg("socks5-server", IPv4(), since="7.20", effect=False),
        arg("socks5-port", Num(0, 65535), since="7.20", effect=False),
        *_STATEFUL,
        *(item for item in _IN_RAW if item.name not in _NOT_IN_NAT),
        _blind("tls-host", _NAME, until="7.18"),
        *_TAIL,
    ),
)

MANGLE = _rules(
    "ip firewall mangle",
    (
        *_head(
            ("sniff-tzsp", None),
            ("sniff-pc", None),
            ("drop", "7.20"),
            ("mark-packet", None),
            ("mark-connection", None),
            ("change-mss", None),
            ("change-dscp", None),
            ("strip-ipv4-options", None),
            ("change-ttl", None),
            ("mark-routing", None),
            ("set-priority", None),
            ("clear-df", None),
            ("fasttrack-connection", None),
            ("route", None),
        ),
        arg("new-packet-mark", Text(), packets=True),
        arg("new-connection-mark", Text(), packets=True),
        arg("new-routing-mark", _TABLE, packets=True),
        arg("new-mss", Special(("clamp-to-pmtu",), Num(40, 65534)), packets=True),
        arg("new-dscp", Special(("from-priority-to-high-3-bits", "from-priority"), Num(0, 63)), packets=True),
        arg(
            "new-priority",
            Special(("from-dscp", "from-ingress", "from-dscp-high-3-bits"), Num(0, 63)),
            effect=False,
        ),
        arg("new-ttl", Pattern(r"(set|increment|decrement):\d{1,3}", "how:number"), packets=True),
        arg("passthrough", Bool(), "true", show_never=True, packets=True),
        arg("sniff-target", IPv4(), effect=False),
        arg("sniff-target-port", Num(0, 65535), effect=False),
        arg("sniff-id", Num(0, 65535), effect=False),
        arg("route-dst", IPv4(), effect=False),
        _STATES,
        _matcher("connection-nat-state", Not(Ubit(("srcnat", "dstnat")))),
        *_STATEFUL,
        *_IN_RAW,
        _TCP_FLAGS,
        _P2P,
        *_TAIL,
    ),
    _mangle_rule,
)

RAW = _rules(
    "ip firewall raw",
    (*_head(("drop", None), ("notrack", None)), *_IN_RAW, _TCP_FLAGS, *_TAIL),
)


def _entry(router: Router, row: Row) -> Mapping[str, str]:
    if row.dynamic:
        return {"dynamic": "true", "disabled": "false"}
    found = {"creation-time": row.facts.get("creation-time", ""), "dynamic": "false"}
    end = router.state.expiry.ends.get(row.id)
    if end is not None:
        found["timeout"] = seconds_text(max(0.0, end - router.site.clock.now()))
    if end is not None or row.values.get("dynamic") == "true":
        found["dynamic"] = "true"
    return found


def _learned(router: Router) -> list[Row]:
    return [
        Row(
            router.dynamic_id(ADDRESS_LIST.path, f"{one.list} {one.address}"),
            {"list": one.list, "address": one.address},
            dynamic=True,
            facts={} if one.seconds is None else {"timeout": seconds_text(one.seconds)},
        )
        for one in router.plane.learned(router)
    ]


def _forget_learned(router: Router, rows: list[Row]) -> None:
    gone = {(row.values["list"], row.values["address"]) for row in rows}
    learned = [one for one in router.plane.learned(router) if (one.list, one.address) in gone]
    router.plane.forget_learned(router, learned)


def _born(router: Router, row: Row) -> None:
    row.facts["creation-time"] = router.stamp()


def _expire(router: Router, row: Row) -> None:
    """A timeout just written starts to run; what is left of it is returned, not what was written."""
    value = row.values.pop("timeout", None)
    micros = read_duration(value) if isinstance(value, str) else None
    if micros is not None:
        router.state.expire_row(row.id, micros / 1_000_000 if micros else None)


ADDRESS_LIST = Menu(
    path="ip firewall address-list",
    args=(
        arg("list", Text(), unset=False, packets=True),
        arg("address", Either((IpRange(), DomainName())), unset=False, packets=True),
        arg("timeout", Duration("0s", _FOREVER)),
        arg("dynamic", Bool()),
        DISABLED,
        COMMENT,
    ),
    reads=("creation-time",),
    verbs=SWITCHED,
    commands=CONSOLE,
    required=("list",),
    unique=(Unique(("list", "address"), messages.ALREADY_SUCH_ENTRY),),
    compute=_entry,
    extra_rows=_learned,
    remove_extra=_forget_learned,
    on_add=_born,
    after_change=_expire,
    noun="address list entry",
)

#: In this order: the manual's CLI reference (7.24); ports stand behind addresses in older versions.
CONNECTION_PROPERTIES = (
    "protocol", "src-address", "src-port", "dst-address", "dst-port", "reply-src-address", "reply-src-port",
    "reply-dst-address", "reply-dst-port", "tcp-state", "icmp-type", "icmp-code", "icmp-id", "timeout",
    "connection-mark", "orig-packets", "orig-bytes", "orig-fasttrack-packets", "orig-fasttrack-bytes", "repl-packets",
    "repl-bytes", "repl-fasttrack-packets", "repl-fasttrack-bytes", "orig-rate", "repl-rate", "expected", "seen-reply",
    "assured", "confirmed", "dying", "fasttrack", "hw-offload", "srcnat", "dstnat",
)  # fmt: skip


def _connections(router: Router) -> list[Row]:
    return [Row(int(found.pop(".id")[1:], 16), dynamic=True, facts=found) for found in router.plane.connections(router)]


def _forget_connections(router: Router, rows: list[Row]) -> None:
    router.plane.forget_connections(router, [row.id for row in rows])


CONNECTION = Menu(
    path="ip firewall connection",
    args=(),
    reads=CONNECTION_PROPERTIES,
    verbs=(*READ, "remove"),
    extra_rows=_connections,
    remove_extra=_forget_connections,
    commands=absent("export"),
    print_without=("follow", "follow-only"),
    print_sometimes=(("follow", span(until="7.19")), ("follow-only", span(until="7.19"))),
    notes="The kernel's own table; empty in a lab without its data plane.",
    snapshot=False,
)

MENUS = (FILTER, NAT, MANGLE, RAW, ADDRESS_LIST, CONNECTION)
