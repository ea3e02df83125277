# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``/ip/route``, ``/routing/table``, ``/routing/rule`` and ``/routing/settings`` of version 7.

Read-back: a route's flags are there when they are on; a disabled route shrinks to what was written of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from routerlab import messages
from routerlab.menus.common import (
    COMMENT,
    CONSOLE,
    DISABLED,
    INTERFACE,
    ORDERED,
    SINGLE,
    SINGLE_CONSOLE,
    SINGLE_RESET,
    SWITCHED,
    absent,
)
from routerlab.menus.interfaces import numbered_name
from routerlab.model.menu import Menu, Unique, arg
from routerlab.model.render import DROP
from routerlab.model.store import Row
from routerlab.state import routes
from routerlab.values import Ref, Value
from routerlab.values.basic import Bool, Enum, Many, Mention, Num, Switch, Text
from routerlab.values.net import Gateway, IPv4, Prefix, RouteDestination
from routerlab.values.time import Duration
from routerlab.version import span

if TYPE_CHECKING:
    from routerlab.model.router import Router

TABLES = "routing table"
#: What a disabled route does not show unless it was written.
_HIDDEN = ("routing-table", "distance", "scope", "target-scope", "suppress-hw-offload")


def _route(router: Router, row: Row) -> Mapping[str, str]:
    if row.dynamic:
        return row.facts
    if not row.enabled:
        return {"inactive": "true", "static": "true", **{name: DROP for name in _HIDDEN if name not in row.values}}
    route = router.state.routes.by_row.get(row.id)
    found = {
        "static": "true",
        "dynamic": "false",
        "disabled": DROP,
        "routing-table": router.text(row, "routing-table", routes.MAIN),
    }
    if route is None:
        return found
    found["immediate-gw"] = router.state.routes.immediate(route)
    if route.active:
        found["active"] = "true"
    if route.ecmp:
        found["ecmp"] = "true"
    if route.hop is None and not route.blackhole:
        found["inactive"] = "true"
    return found


def _dynamic_routes(router: Router) -> list[Row]:
    found = []
    engine = router.state.routes
    for route in engine.all:
        if route.kind == "static":
            continue
        values: dict[str, Value] = {
            "dst-address": str(route.destination),
            "routing-table": route.table,
            "distance": str(route.distance),
            "scope": str(route.scope),
            "target-scope": str(route.target_scope),
        }
        facts = {"immediate-gw": engine.immediate(route), "dynamic": "true", **route.extra}
        if route.kind == "connect":
            name = router.name_of("interface", route.via.row_id) if route.via else None
            values["gateway"] = name or ""
            facts |= {"connect": "true", "local-address": f"{route.local}%{name}"}
        else:
            values["gateway"] = str(route.gateway)
            facts |= {"dhcp": "true"}
            if route.check not in ("", "none"):
                values["check-gateway"] = route.check
        if route.active:
            facts["active"] = "true"
        if route.ecmp:
            facts["ecmp"] = "true"
        if route.hop is None:
            facts["inactive"] = "true"
        found.append(Row(engine.dynamic_id(route), values, dynamic=True, facts=facts))
    return found


ROUTE = Menu(
    path="ip route",
    args=(
        arg("dst-address", RouteDestination(), "0.0.0.0/0"),
        arg("routing-table", Mention(TABLES), "main"),
        arg("pref-src", IPv4(), packets=True),
        arg("gateway", Gateway()),
        arg("blackhole", Switch()),
        arg("check-gateway", Enum(("none", "arp", "ping", "bfd"))),
        arg("distance", Num(0, 255), "1"),
        arg("scope", Num(0, 255), "30"),
        arg("target-scope", Num(0, 255), "10"),
        arg("vrf-interface", INTERFACE, effect=False),
        arg("suppress-hw-offload", Bool(), "false", until="7.21", effect=False),
        DISABLED,
        COMMENT,
    ),
    reads=(
        "immediate-gw",
        "local-address",
        "active",
        "inactive",
        "dynamic",
        "static",
        "connect",
        "dhcp",
        "ecmp",
    ),
    verbs=SWITCHED,
    commands=(*CONSOLE, *absent("check", versions=span(since="7.18"))),
    unset_versions=span(),
    compute=_route,
    extra_rows=_dynamic_routes,
    dirty=True,
    print_extra=("stats",),
    noun="route",
)


def _fill_table(router: Router, values: dict[str, Value]) -> None:
    values.setdefault("name", numbered_name(router, TABLES, "table"))


def _table(router: Router, row: Row) -> Mapping[str, str]:
    return {"dynamic": "true" if row.builtin else "false", "invalid": "false"}


TABLE = Menu(
    path=TABLES,
    args=(
        arg("name", Text(), unset=False),
        arg("fib", Switch()),
        DISABLED,
        COMMENT,
    ),
    reads=("dynamic", "invalid"),
    verbs=SWITCHED,
    commands=CONSOLE,
    unset_versions=span(),
    unique=(Unique(("name",), messages.ALREADY_SUCH_TABLE, enabled=False),),
    name_field="name",
    fill=_fill_table,
    compute=_table,
    dirty=True,
    print_without=("brief",),
    noun="routing table",
)


def _rule(router: Router, row: Row) -> Mapping[str, str]:
    inactive = any(isinstance(value, Ref) and router.referred(value) is None for value in row.values.values())
    return {"inactive": "true" if inactive and row.enabled else "false"}


RULE = Menu(
    path="routing rule",
    args=(
        arg("src-address", Prefix(ipv6=True), packets=True),
        arg("dst-address", Prefix(ipv6=True), packets=True),
        arg("routing-mark", Mention(TABLES), packets=True),
        arg("interface", INTERFACE, packets=True),
        arg(
            "action", Enum(("lookup", "lookup-only-in-table", "unreachable", "drop", "mangle")), "lookup", packets=True
        ),
        arg("table", Mention(TABLES, fixed=("local",)), packets=True),
        arg("min-prefix", Num(0, 128), effect=False),
        arg("vrf", Switch(), since="7.22", effect=False),
        arg("realm", Num(), since="7.22", effect=False),
        arg("chain", Text(), since="7.22", effect=False),
        DISABLED,
        COMMENT,
    ),
    reads=("inactive",),
    ordered=True,
    nextid=True,
    verbs=ORDERED,
    commands=CONSOLE,
    unset_versions=span(),
    compute=_rule,
    noun="rule",
)

SETTINGS = Menu(
    path="routing settings",
    singleton=True,
    args=(
        arg("single-process", Bool(), "false", effect=False),
        arg("dynamic-in-chain", Text(), since="7.19", effect=False),
        arg("connected-in-chain", Text(), since="7.19", effect=False),
        arg("check-gateway-ping-interval", Duration("100ms", "10m"), "10s", since="7.21"),
        arg("check-gateway-ping-timeout", Duration("1ms", "1s"), "1s", since="7.21", packets=True),
        arg("check-gateway-ping-count", Num(1, 255), "2", since="7.21"),
        arg("policy-rules", Many(Text()), since="7.22", effect=False),
    ),
    verbs=SINGLE,
    commands=(*SINGLE_CONSOLE, *SINGLE_RESET),
    dirty=True,
    versions=span(since="7.12"),
)

MENUS = (ROUTE, TABLE, RULE, SETTINGS)


def populate(router: Router) -> None:
    """The factory's one table, and the settings where the version has them."""
    tables = router.tables[TABLES]
    tables.insert(Row(0, {"name": "main", "fib": ""}, builtin=True))
    if SETTINGS.path in router.tables:
        router.tables[SETTINGS.path].insert(Row(0))
