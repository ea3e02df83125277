# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``/interface`` and its kinds: Ethernet ports, bridges, VLANs, lists.

All interfaces share one table, as their identifiers do on a router; each kind's menu shows its part of it.
Defaults: manual's pages of Ethernet, bridge, VLAN and interface lists; kinds: its CLI reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from routerlab import messages
from routerlab.menus.common import (
    COMMENT,
    CONSOLE,
    DISABLED,
    EDIT,
    INTERFACE,
    ORDERED,
    ROWS,
    SWITCHED,
    absent,
    interface_arg,
)
from routerlab.model.menu import Arg, Command, Count, Menu, Unique, arg
from routerlab.model.render import DROP
from routerlab.model.store import Row
from routerlab.state import links
from routerlab.values import Value
from routerlab.values.basic import Bool, Enum, Hex, Many, Mention, Num, Pattern, Special, Text
from routerlab.values.net import INTERFACES, Mac
from routerlab.values.time import Duration
from routerlab.version import span

if TYPE_CHECKING:
    from routerlab.model.router import Router

_UNIQUE_NAME = Unique(("name",), messages.ALREADY_SUCH_INTERFACE, enabled=False)
_NAME = arg("name", Text(), unset=False)
_ARP = arg("arp", Enum(("disabled", "enabled", "proxy-arp", "reply-only", "local-proxy-arp")), "enabled", effect=False)
_ARP_TIMEOUT = arg("arp-timeout", Special(("auto",), Duration()), "auto", effect=False)
_DEFAULT_MTU = {"ether": "1500", "bridge": "auto", "vlan": "1500", "loopback": "65536"}
_L2MTU = {"ether": "1598", "bridge": "1598", "vlan": "1594"}
_ETHER_COUNTERS = ("rx-bytes", "tx-bytes", "rx-packet", "tx-packet")
_COUNTERS = ("rx-byte", "tx-byte", "rx-packet", "tx-packet", "rx-drop", "tx-drop", "rx-error", "tx-error")


def of_type(kind: str, row: Row) -> bool:
    """Whether an interface's row is of a kind."""
    return row.facts.get("type") == kind


def _mtu(router: Router, row: Row) -> str:
    return router.text(row, "mtu", _DEFAULT_MTU[row.facts["type"]])


def _state(router: Router, row: Row) -> dict[str, str]:
    bridge = links.bridge_of(router, row)
    found = {"running": "true" if links.is_running(router, row) else "false"}
    if of_type("ether", row) or bridge is not None:
        found["slave"] = "true" if bridge is not None else "false"
    return found


def _interface(router: Router, row: Row) -> Mapping[str, str]:
    mtu = _mtu(router, row)
    found = {
        "type": row.facts["type"],
        "mtu": mtu,
        "actual-mtu": "1500" if mtu == "auto" else mtu,
        "mac-address": links.mac_of(router, row),
        "link-downs": "0",
        **_state(router, row),
    }
    if row.facts["type"] in _L2MTU:
        found["l2mtu"] = router.text(row, "l2mtu", _L2MTU[row.facts["type"]])
    return found


def _ethernet(router: Router, row: Row) -> Mapping[str, str]:
    return {
        "type": DROP,
        "mac-address": links.mac_of(router, row),
        "orig-mac-address": router.text(row, "orig-mac-address", router.mac(row.id)),
        "loop-protect-status": "off",
        **_state(router, row),
    }


def _bridge(router: Router, row: Row) -> Mapping[str, str]:
    mtu = _mtu(router, row)
    return {
        "type": DROP,
        "actual-mtu": "1500" if mtu == "auto" else mtu,
        "l2mtu": _L2MTU["bridge"],
        "mac-address": links.mac_of(router, row),
        "running": "true" if links.is_running(router, row) else "false",
    }


def _vlan(router: Router, row: Row) -> Mapping[str, str]:
    return {
        "type": DROP,
        "l2mtu": _L2MTU["vlan"],
        "mac-address": links.mac_of(router, row),
        "loop-protect-status": "off",
        "running": "true" if links.is_running(router, row) else "false",
    }


def numbered_name(router: Router, table: str, stem: str) -> str:
    """The first name ``stem1``, ``stem2`` ... that no row of the table has."""
    taken = set(router.names(table))
    number = 1
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"


def _fill_bridge(router: Router, values: dict[str, Value]) -> None:
    values.setdefault("name", numbered_name(router, INTERFACES, "bridge"))


def _fill_vlan(router: Router, values: dict[str, Value]) -> None:
    values.setdefault("name", numbered_name(router, INTERFACES, "vlan"))


def _become(kind: str, router: Router, row: Row) -> None:
    row.facts["type"] = kind


def _become_bridge(router: Router, row: Row) -> None:
    _become("bridge", router, row)


def _become_vlan(router: Router, row: Row) -> None:
    _become("vlan", router, row)


def _is_ether(row: Row) -> bool:
    return of_type("ether", row)


def _is_bridge(row: Row) -> bool:
    return of_type("bridge", row)


def _is_vlan(row: Row) -> bool:
    return of_type("vlan", row)


def _check_name(router: Router, row: Row | None, values: Mapping[str, Value]) -> None:
    if not values.get("name"):
        raise messages.failure("interface name can not be empty")


def _reset_mac(router: Router, rows: list[Row], args: Mapping[str, str]) -> None:
    for row in rows:
        values = {name: value for name, value in row.values.items() if name != "mac-address"}
        router.tables[INTERFACES].update(row, values)
    router.touch()


def _clear(router: Router, rows: list[Row], args: Mapping[str, str]) -> None:
    router.plane.clear_traffic(router, [row.id for row in rows])


RESET_COUNTERS = Command("reset-counters", ("numbers",), _clear)


def _count(bytes_name: str) -> Count:
    """Counters by row; menus differ in whether they say ``rx-byte`` or ``rx-bytes``."""

    def count(router: Router) -> Mapping[int, Mapping[str, str]]:
        return {
            row_id: {
                f"rx-{bytes_name}": str(seen.rx_bytes),
                f"tx-{bytes_name}": str(seen.tx_bytes),
                "rx-packet": str(seen.rx_packets),
                "tx-packet": str(seen.tx_packets),
            }
            for row_id, seen in router.plane.traffic(router).items()
        }

    return count


INTERFACE_MENU = Menu(
    path="interface",
    args=(
        _NAME,
        arg("mtu", Special(("auto",), Num(68, 65535)), packets=True),
        arg("l2mtu", Num(0, 65536), effect=False),
        DISABLED,
        COMMENT,
    ),
    reads=("default-name", "type", "actual-mtu", "mac-address", "link-downs", "running", "slave", *_COUNTERS),
    verbs=(*EDIT, "enable", "disable"),
    commands=(
        RESET_COUNTERS,
        *CONSOLE,
        *absent("blink", "monitor-traffic"),
        *absent("recursive-print", versions=span(since="7.19")),
    ),
    unique=(_UNIQUE_NAME,),
    name_field="name",
    order=("name", "default-name", "type", "mtu", "actual-mtu", "l2mtu", "mac-address", "link-downs"),
    compute=_interface,
    check=_check_name,
    counters=_COUNTERS,
    count=_count("byte"),
    dirty=True,
    snapshot=False,
    print_extra=("oid", "stats", "stats-detail"),
    noun="interface",
)

_MIB = ("off", "on", "auto")
_LOOP_PROTECT: tuple[Arg, ...] = (
    arg("loop-protect", Enum(("default", "off", "on")), "default", effect=False),
    arg("loop-protect-send-interval", Duration("1s"), "5s", effect=False),
    arg("loop-protect-disable-time", Duration(), "5m", effect=False),
)

ETHERNET = Menu(
    path="interface ethernet",
    table=INTERFACES,
    part=_is_ether,
    args=(
        _NAME,
        arg("mtu", Num(68, 65535), "1500", packets=True),
        arg("l2mtu", Num(0, 65536), "1598", effect=False),
        arg("mac-address", Mac()),
        arg("orig-mac-address", Mac()),
        arg("disable-running-check", Bool(), effect=False),
        _ARP,
        _ARP_TIMEOUT,
        arg("auto-negotiation", Bool(), "true", effect=False),
        arg("advertise", Pattern(r"[0-9A-Za-z.,-]*", "list of link modes"), effect=False),
        arg("tx-flow-control", Enum(_MIB), "off", effect=False),
        arg("rx-flow-control", Enum(_MIB), "off", effect=False),
        arg("cable-settings", Enum(("short", "standard", "default")), "default", effect=False),
        arg("mdix-enable", Bool(), effect=False),
        arg("speed", Pattern(r"[0-9A-Za-z.-]+", "link mode"), effect=False),
        arg("sfp-rate-select", Bool(), effect=False),
        arg("sfp-ignore-rx-los", Bool(), since="7.15", effect=False),
        arg("sfp-shutdown-temperature", Num(0, 255), effect=False),
        arg("combo-mode", Enum(("auto", "copper", "sfp")), effect=False),
        arg("fec-mode", Enum(("off", "auto", "fec74", "fec91")), effect=False),
        *_LOOP_PROTECT,
        DISABLED,
        COMMENT,
    ),
    reads=("default-name", "loop-protect-status", "running", "slave", *_ETHER_COUNTERS),
    verbs=(*EDIT, "enable", "disable"),
    commands=(
        RESET_COUNTERS,
        Command("reset-mac-address", ("numbers",), _reset_mac),
        *CONSOLE,
        *absent("blink", "cable-test", "monitor"),
    ),
    unset_versions=span(),
    unique=(_UNIQUE_NAME,),
    name_field="name",
    order=("name", "default-name", "mtu", "l2mtu", "mac-address", "orig-mac-address"),
    compute=_ethernet,
    check=_check_name,
    counters=_ETHER_COUNTERS,
    count=_count("bytes"),
    dirty=True,
    print_extra=("stats", "stats-detail"),
    noun="interface",
)

_FRAMES = Enum(("admit-all", "admit-only-vlan-tagged", "admit-only-untagged-and-priority-tagged"))

BRIDGE = Menu(
    path="interface bridge",
    table=INTERFACES,
    part=_is_bridge,
    args=(
        _NAME,
        arg("mtu", Special(("auto",), Num(68, 65535)), "auto", packets=True),
        _ARP,
        _ARP_TIMEOUT,
        arg("protocol-mode", Enum(("none", "stp", "rstp", "mstp")), "rstp", effect=False),
        arg("fast-forward", Bool(), "true", effect=False),
        arg("igmp-snooping", Bool(), "false", effect=False),
        arg("multicast-router", Enum(("disabled", "temporary-query", "permanent")), effect=False),
        arg("multicast-querier", Bool(), effect=False),
        arg("querier-uses-bridge-address", Bool(), since="7.23", effect=False),
        arg("startup-query-count", Num(0, 4294967295), effect=False),
        arg("last-member-query-count", Num(0, 4294967295), effect=False),
        arg("last-member-interval", Duration("1s"), effect=False),
        arg("membership-interval", Duration("1s"), effect=False),
        arg("querier-interval", Duration("1s"), effect=False),
        arg("query-interval", Duration("1s"), effect=False),
        arg("query-response-interval", Duration("1s"), effect=False),
        arg("startup-query-interval", Duration("1s"), effect=False),
        arg("igmp-version", Enum(("2", "3")), effect=False),
        arg("mld-version", Enum(("1", "2")), effect=False),
        arg("auto-mac", Bool(), "true"),
        arg("admin-mac", Mac()),
        arg("ageing-time", Duration("10s", "1w4d13h46m40s"), "5m", effect=False),
        arg("priority", Hex(65535), "0x8000", effect=False),
        arg("max-message-age", Duration("6s", "40s"), "20s", effect=False),
        arg("forward-delay", Duration("4s", "30s"), "15s", effect=False),
        arg("transmit-hold-count", Num(1, 10), "6", effect=False),
        arg("region-name", Text(), effect=False),
        arg("region-revision", Num(0, 65535), effect=False),
        arg("max-hops", Num(6, 40), effect=False),
        arg("vlan-filtering", Bool(), "false", effect=False),
        arg("ether-type", Enum(("0x8100", "0x88a8", "0x9100")), effect=False),
        arg("pvid", Num(1, 4094), effect=False),
        arg("frame-types", _FRAMES, effect=False),
        arg("ingress-filtering", Bool(), effect=False),
        arg("dhcp-snooping", Bool(), "false", effect=False),
        arg("add-dhcp-option82", Bool(), until="7.23", effect=False),
        arg("dhcp-agent-circuit-id", Text(), since="7.23", effect=False),
        arg("dhcp-agent-remote-id", Text(), since="7.23", effect=False),
        arg("dhcpv6-snooping", Bool(), since="7.23", effect=False),
        arg("dhcpv6-agent-circuit-id", Text(), since="7.23", effect=False),
        arg("dhcpv6-agent-remote-id", Text(), since="7.23", effect=False),
        arg("ra-guard", Bool(), since="7.20", effect=False),
        arg("port-cost-mode", Enum(("long", "short")), "long", since="7.13", effect=False),
        arg("mvrp", Bool(), since="7.15", effect=False),
        arg("forward-reserved-addresses", Bool(), "false", since="7.16", effect=False),
        arg("max-learned-entries", Special(("unlimited", "auto"), Num()), "auto", since="7.16", effect=False),
        arg("mlag-peer-port", Mention(INTERFACES, fixed=("none",)), since="7.20", effect=False),
        arg("mlag-priority", Num(), since="7.20", effect=False),
        arg("mlag-heartbeat", Special(("none",), Duration("1s", "10s")), since="7.20", effect=False),
        DISABLED,
        COMMENT,
    ),
    reads=("actual-mtu", "l2mtu", "mac-address", "running"),
    verbs=SWITCHED,
    commands=(*CONSOLE, *absent("monitor")),
    unset_versions=span(since="7.23"),
    unique=(_UNIQUE_NAME,),
    name_field="name",
    order=("name", "mtu", "actual-mtu", "l2mtu", "arp", "arp-timeout", "mac-address"),
    fill=_fill_bridge,
    on_add=_become_bridge,
    compute=_bridge,
    check=_check_name,
    dirty=True,
    noun="interface",
)


def _port(router: Router, row: Row) -> Mapping[str, str]:
    interface = router.referred(row.values.get("interface"))
    bridge = router.referred(row.values.get("bridge"))
    working = row.enabled and bridge is not None and links.is_running(router, interface)
    status = "in-bridge" if working else "inactive"
    return {
        "dynamic": "false",
        "inactive": "false" if working else "true",
        "hw-offload": "false",
        "status": status if row.enabled else "disabled",
    }


def _check_port(router: Router, row: Row | None, values: Mapping[str, Value]) -> None:
    bridge = router.referred(values.get("bridge"))
    if bridge is not None and not _is_bridge(bridge):
        raise messages.no_match("bridge")


BRIDGE_PORT = Menu(
    path="interface bridge port",
    args=(
        interface_arg(),
        arg("bridge", Mention(INTERFACES, "bridge"), unset=False),
        arg("priority", Hex(240), "0x80", effect=False),
        arg("path-cost", Num(1, 200000000), effect=False),
        arg("internal-path-cost", Num(1, 200000000), effect=False),
        arg("edge", Enum(("auto", "yes", "no", "yes-discover", "no-discover")), "auto", effect=False),
        arg("point-to-point", Enum(("auto", "yes", "no")), "auto", effect=False),
        arg("learn", Enum(("auto", "yes", "no")), "auto", effect=False),
        arg("horizon", Special(("none",), Num()), "none", effect=False),
        arg("hw", Bool(), "true", effect=False),
        arg("auto-isolate", Bool(), "false", effect=False),
        arg("restricted-role", Bool(), "false", effect=False),
        arg("restricted-tcn", Bool(), "false", effect=False),
        arg("pvid", Num(1, 4094), "1", effect=False),
        arg("frame-types", _FRAMES, "admit-all", effect=False),
        arg("ingress-filtering", Bool(), "true", effect=False),
        arg("unknown-unicast-flood", Bool(), "true", effect=False),
        arg("unknown-multicast-flood", Bool(), "true", effect=False),
        arg("broadcast-flood", Bool(), "true", effect=False),
        arg("tag-stacking", Bool(), "false", effect=False),
        arg("bpdu-guard", Bool(), "false", effect=False),
        arg("trusted", Bool(), "false", effect=False),
        arg("trusted-ra", Bool(), since="7.20", effect=False),
        arg("trusted-dhcpv6", Bool(), since="7.23", effect=False),
        arg("mvrp-registrar-state", Enum(("normal", "fixed")), since="7.15", effect=False),
        arg("mvrp-applicant-state", Enum(("normal-participant", "non-participant")), since="7.15", effect=False),
        arg("multicast-router", Enum(("disabled", "temporary-query", "permanent")), "temporary-query", effect=False),
        arg("fast-leave", Bool(), "false", effect=False),
        DISABLED,
        COMMENT,
    ),
    reads=("dynamic", "inactive", "hw-offload", "status"),
    ordered=True,
    nextid=True,
    verbs=ORDERED,
    commands=(*CONSOLE, *absent("monitor")),
    required=("interface", "bridge"),
    unset_versions=span(since="7.13"),
    unique=(Unique(("interface",), messages.ALREADY_BRIDGE_PORT),),
    check=_check_port,
    compute=_port,
    dirty=True,
    print_extra=("debug", "stats"),
    noun="bridge port",
)

VLAN = Menu(
    path="interface vlan",
    table=INTERFACES,
    part=_is_vlan,
    args=(
        _NAME,
        arg("mtu", Num(68, 65535), "1500", packets=True),
        _ARP,
        _ARP_TIMEOUT,
        *_LOOP_PROTECT,
        arg("vlan-id", Num(1, 4095), unset=False, packets=True),
        interface_arg(),
        arg("use-service-tag", Bool(), "false", effect=False),
        arg("mvrp", Bool(), "false", since="7.15", effect=False),
        DISABLED,
        COMMENT,
    ),
    reads=("l2mtu", "mac-address", "loop-protect-status", "running"),
    verbs=SWITCHED,
    commands=CONSOLE,
    required=("vlan-id", "interface"),
    notes=(
        "Packets pass where the machine's kernel has VLANs (CONFIG_VLAN_8021Q); elsewhere the interface is left out, "
        "and `status` tells so."
    ),
    unique=(_UNIQUE_NAME,),
    name_field="name",
    fill=_fill_vlan,
    on_add=_become_vlan,
    compute=_vlan,
    check=_check_name,
    dirty=True,
    noun="interface",
)


def _list(router: Router, row: Row) -> Mapping[str, str]:
    return {"builtin": "true" if row.builtin else "false", "dynamic": "false"}


LIST_TABLE = "interface list"
_LISTS = Many(Mention(LIST_TABLE, "interface-list"))

LIST = Menu(
    path=LIST_TABLE,
    args=(
        arg("name", Text(), unset=False),
        arg("include", _LISTS, "", packets=True),
        arg("exclude", _LISTS, "", packets=True),
        COMMENT,
    ),
    reads=("builtin", "dynamic"),
    verbs=ROWS,
    commands=CONSOLE,
    required=("name",),
    unique=(Unique(("name",), messages.ALREADY_SUCH_LIST, enabled=False),),
    name_field="name",
    compute=_list,
    noun="interface list",
)


def _member(router: Router, row: Row) -> Mapping[str, str]:
    return {"dynamic": "false"}


LIST_MEMBER = Menu(
    path="interface list member",
    args=(
        arg("list", Mention(LIST_TABLE, "interface-list"), unset=False),
        arg("interface", INTERFACE, unset=False),
        DISABLED,
        COMMENT,
    ),
    reads=("dynamic",),
    verbs=SWITCHED,
    commands=CONSOLE,
    required=("list", "interface"),
    unique=(Unique(("list", "interface"), messages.ALREADY_SUCH_ENTRY),),
    compute=_member,
    noun="interface list member",
)

MENUS = (INTERFACE_MENU, ETHERNET, BRIDGE, BRIDGE_PORT, VLAN, LIST, LIST_MEMBER)


def populate(router: Router) -> None:
    """The factory's interfaces and lists."""
    table = router.tables[INTERFACES]
    for port in router.hardware.ports:
        table.insert(Row(table.new_id(), {"name": port}, facts={"default-name": port, "type": "ether"}))
    # Since 7.14 the loopback shows up as an interface (~).
    if router.version.key >= (7, 14, 0):
        table.insert(Row(table.new_id(), {"name": "lo"}, builtin=True, facts={"type": "loopback"}))
    lists = router.tables[LIST_TABLE]
    for number, name in enumerate(("all", "none", "dynamic", "static")):
        lists.insert(Row(0x2000000 + number, {"name": name}, builtin=True))
    lists.restart_ids(1)
