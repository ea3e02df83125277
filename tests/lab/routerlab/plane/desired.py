# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A router's rows as the state that its network namespace shall have.

The kernel knows nothing of RouterOS's distances, scopes and probes: it gets the active routes.  Everything below that,
from forwarding to connection tracking, is the kernel's own work.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from routerlab.firewall.compile import compile_firewall
from routerlab.firewall.devices import Devices, device_name
from routerlab.firewall.marks import ROUTING_MASK, Marks
from routerlab.plane.dnsmasq_config import dnsmasq_config
from routerlab.state import links
from routerlab.state.routes import MAIN, Route
from routerlab.values.net import INTERFACES

if TYPE_CHECKING:
    from routerlab.model.router import Router
    from routerlab.model.store import Row

#: The kernel's number of the table main; other tables have theirs from here on, by row.
KERNEL_MAIN = 254
_TABLES_FROM = 1000
#: Priorities of the rules: routing marks, all alike, come before the local table (at 1000), the user's rules after it.
_MARKS = 100
_RULES_FROM = 2000


@dataclass
class Desired:
    """The document for the agent, and the rows that are not in force, or only in part (``notes``): menu, row, why."""

    document: dict[str, Any]
    problems: list[tuple[str, int, str]] = field(default_factory=list)
    notes: list[tuple[str, int, str]] = field(default_factory=list)
    #: The address list of every set that rules add to.
    learned: dict[str, str] = field(default_factory=dict)


def desired(router: Router, marks: Marks) -> Desired:
    """What the router's namespace shall be now; the router must be settled."""
    devices = Devices(router)
    ruleset = compile_firewall(router, marks, devices)
    found = Desired({}, list(ruleset.problems), list(ruleset.notes), ruleset.learned)
    interfaces = list(router.tables[INTERFACES])
    dns = dnsmasq_config(router, {row.id: name for row in interfaces if (name := device_name(row))}, [
        str(server) for server in router.state.dns_servers()
    ])  # fmt: skip
    found.problems += dns.problems
    # Before the rules of the marks: these give marks, too.
    user_rules = _user_rules(router, marks, devices, found.problems)
    found.document = {
        "links": {row.facts["default-name"]: _link(router, row) for row in interfaces if row.facts["type"] == "ether"},
        "bridges": {f"br{row.id}": _bridge(router, row) for row in interfaces if row.facts["type"] == "bridge"},
        "vlans": _vlans(router, interfaces, devices, found.problems),
        "addresses": _addresses(router),
        "routes": _routes(router, devices),
        "rules": [*_mark_rules(marks), *user_rules],
        "firewall": ruleset.text,
        "dhcp_clients": _dhcp_clients(router),
        "dnsmasq": dns.text,
    }
    return found


def table_number(row_id: int) -> int:
    """The kernel's number of a row of ``/routing/table``; main is row 0."""
    return _TABLES_FROM + row_id if row_id else KERNEL_MAIN


def _shown(router: Router, row: Row, name: str) -> str:
    menu = router.menus[{"ether": "interface ethernet", "bridge": "interface bridge", "vlan": "interface vlan"}[
        row.facts["type"]
    ]]  # fmt: skip
    return router.effective(menu, row, name) if name in menu.by_name else ""


def _link(router: Router, row: Row) -> dict[str, Any]:
    return {"up": row.enabled, "mac": links.mac_of(router, row), "mtu": _mtu(router, row)}


def _mtu(router: Router, row: Row) -> int:
    text = _shown(router, row, "mtu")
    return int(text) if text.isdigit() else 1500


def _bridge(router: Router, row: Row) -> dict[str, Any]:
    ports = [device_name(port) for port in links.bridge_ports(router, row)]
    return {**_link(router, row), "ports": [port for port in ports if port is not None]}


def _vlans(
    router: Router, interfaces: list[Row], devices: Devices, problems: list[tuple[str, int, str]]
) -> dict[str, dict[str, Any]]:
    found = {}
    for row in interfaces:
        if row.facts["type"] != "vlan":
            continue
        below = router.referred(row.values.get("interface"))
        link = None if below is None else devices.device(below.id)
        if link is None:
            problems.append(("interface vlan", row.id, "the interface below it is gone"))
            continue
        vlan_id = int(_shown(router, row, "vlan-id") or "1")
        found[f"vlan{row.id}"] = {"up": row.enabled, "link": link, "vlan_id": vlan_id, "mtu": _mtu(router, row)}
    return found


def _addresses(router: Router) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for own in router.state.routes.addresses:
        device = device_name(own.interface)
        text = f"{own.address}/{own.length}"
        if device is not None and text not in found.setdefault(device, []):
            found[device].append(text)
    return found


def _tables(router: Router) -> dict[str, int]:
    return {router.text(row, "name"): row.id for row in router.tables["routing table"] if row.enabled}


def _routes(router: Router, devices: Devices) -> list[dict[str, Any]]:
    tables = _tables(router)
    groups: dict[tuple[str, str], list[Route]] = {}
    for route in router.state.routes.all:
        if route.active and route.kind != "connect" and route.table in tables:
            groups.setdefault((route.table, str(route.destination)), []).append(route)
    return [
        _route(router, devices, table_number(tables[table]), destination, group)
        for (table, destination), group in groups.items()
    ]


def _route(router: Router, devices: Devices, table: int, destination: str, group: list[Route]) -> dict[str, Any]:
    first = group[0]
    hops = []
    for route in group:
        device = devices.device(route.hop.interface) if route.hop is not None else None
        if route.hop is not None and device is not None and not route.blackhole:
            via = None if route.hop.address is None else str(route.hop.address)
            hops.append({"dev": device, "via": via})
    return {
        "table": table,
        "dst": destination,
        "metric": first.distance,
        "type": "unicast" if hops else "blackhole",
        "pref_src": router.text(first.row, "pref-src") or None if first.row is not None else None,
        "hops": hops,
    }


def _mark_rules(marks: Marks) -> list[dict[str, Any]]:
    return [_rule(_MARKS, "lookup", mark=mark, table=table_number(row_id)) for row_id, mark in marks.tables().items()]


def _rule(priority: int, action: str, **more: Any) -> dict[str, Any]:
    empty = {"mark": None, "mask": ROUTING_MASK, "table": None, "src": None, "dst": None, "iif": None}
    return {"priority": priority, "action": action, **empty, **more}


def _user_rules(
    router: Router, marks: Marks, devices: Devices, problems: list[tuple[str, int, str]]
) -> list[dict[str, Any]]:
    """``/routing/rule`` in its order; two priorities for each, as ``lookup-only-in-table`` ends the search."""
    menu = router.menus["routing rule"]
    tables = _tables(router)
    found = []
    for place, row in enumerate(router.tables["routing rule"]):
        if not row.enabled:
            continue
        unknown = [name for name in ("min-prefix", "vrf", "realm", "chain") if name in row.values]
        if unknown:
            problems.append((menu.path, row.id, f"the lab does not carry out {', '.join(unknown)}"))
            continue
        selector: dict[str, Any] = {}
        for ours, name in (("src", "src-address"), ("dst", "dst-address")):
            if text := router.text(row, name):
                selector[ours] = text
        if "interface" in row.values:
            interface = router.referred(row.values["interface"])
            selector["iif"] = devices.device(interface.id) if interface is not None else None
            if selector["iif"] is None:
                problems.append((menu.path, row.id, "its interface is gone"))
                continue
        if mark := router.text(row, "routing-mark"):
            if mark not in tables:
                problems.append((menu.path, row.id, f"its routing-mark names the table {mark}, which is gone"))
                continue
            selector["mark"] = marks.routing(tables[mark])
        action = router.effective(menu, row, "action")
        priority = _RULES_FROM + 2 * place
        if action in ("unreachable", "drop"):
            found.append(_rule(priority, action, **selector))
            continue
        table = router.text(row, "table") or MAIN
        if action not in ("lookup", "lookup-only-in-table") or table not in tables:
            why = f"the lab does not carry out action {action}" if table in tables else f"the table {table} is gone"
            problems.append((menu.path, row.id, why))
            continue
        found.append(_rule(priority, "lookup", table=table_number(tables[table]), **selector))
        if action == "lookup-only-in-table":
            found.append(_rule(priority + 1, "unreachable", **selector))
    return found


def _dhcp_clients(router: Router) -> dict[str, dict[str, Any]]:
    found = {}
    for row in router.tables["ip dhcp-client"]:
        interface = router.referred(row.values.get("interface"))
        if not row.enabled or interface is None or router.state.leases.invalid(row):
            continue
        device = device_name(interface)
        if device is not None and links.is_running(router, interface):
            found[str(row.id)] = {"dev": device, "hostname": router.identity}
    return found
