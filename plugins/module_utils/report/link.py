# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How one link does: from its port inwards to what lies behind its modem, the first thing that is wrong decides.

The order is the router's own. A port that does not run gets no address, without an address no gateway is asked, and
routes act on the gateway alone; what netwatch says about a host behind it comes last.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..site import Wan
from .model import Route, State, Watch
from .text import Row, clean, moment, truth

TAG = "netwatch_telegram: "
DEFAULT = "0.0.0.0/0"


@dataclass(frozen=True)
class Rows:
    """The menus that decide over a link; None for a menu that was not read."""

    interfaces: Sequence[Row] | None
    addresses: Sequence[Row] | None
    clients: Sequence[Row] | None
    routes: Sequence[Row] | None
    watches: Sequence[Row] | None
    now: str  #: the router's own date and time


def port_of(rows: Sequence[Row] | None, port: str, name: str) -> Row | None:
    """Return the interface that has this port, by the port's own name, or else by the name it was given."""
    by_port = (row for row in rows or () if row.get("default-name") == port)
    by_name = (row for row in rows or () if row.get("name") == name)
    return next(by_port, None) or next(by_name, None)


def client_of(rows: Rows, name: str) -> Row | None:
    """Return the DHCP client of an interface."""
    return next((row for row in rows.clients or () if row.get("interface") == name), None)


def address_of(rows: Rows, wan: Wan, name: str) -> str:
    """Return the link's address on the router, empty where there is none."""
    valid = [
        row.get("address", "")
        for row in rows.addresses or ()
        if row.get("interface") == name and not truth(row, "disabled") and not truth(row, "invalid")
    ]
    if wan["address"]:
        return wan["address"] if wan["address"] in valid else ""
    client = client_of(rows, name)
    told = client.get("address", "") if client is not None and client.get("status") == "bound" else ""
    return told or (valid[0] if valid and client is None else "")


def routes_of(rows: Rows, wan: Wan, name: str, gateway: str, balanced: bool) -> tuple[Route, ...]:
    """Return the link's default routes: in its own table where the site balances, and in main."""
    tables = [wan["routing_table"], "main"] if balanced else ["main"]
    if rows.routes is None:
        return tuple(Route(clean(table), "", "unknown") for table in tables)
    return tuple(_route(table, list(_defaults(rows.routes, table, name, gateway, wan["distance"]))) for table in tables)


def _defaults(rows: Sequence[Row], table: str, name: str, gateway: str, distance: int) -> Iterator[Row]:
    """Yield the default routes of a table that leave by a link."""
    for row in rows:
        if row.get("dst-address", DEFAULT) != DEFAULT or truth(row, "blackhole"):
            continue
        if (row.get("routing-table") or row.get("routing-mark") or "main") != table:
            continue
        by = row.get("gateway", "")
        if (gateway and by.partition("%")[0] == gateway) or by.rpartition("%")[2] == name:
            yield row
        elif not gateway and table == "main" and row.get("distance") == str(distance) and truth(row, "dynamic"):
            yield row  # made by the link's DHCP client, which has lost its lease since


def _route(table: str, found: list[Row]) -> Route:
    states = [(_route_state(row), row.get("distance", "")) for row in found]
    order = ("active", "standby", "inactive", "disabled")
    state, distance = min(states, key=lambda one: order.index(one[0]), default=("missing", ""))
    return Route(clean(table), clean(distance), state)


def _route_state(row: Row) -> str:
    if truth(row, "disabled"):
        return "disabled"
    if truth(row, "active"):
        return "active"
    # RouterOS 6 has no flag for it, but says in words what it knows of the gateway
    if truth(row, "inactive") or "unreachable" in row.get("gateway-status", ""):
        return "inactive"
    return "standby"


def watch_of(rows: Rows, wan: Wan, gateway: str) -> Watch | None:
    """Return what netwatch says of a link; None where nothing watches it."""
    ours = [row for row in rows.watches or () if row.get("comment") == f"{TAG}{wan['name']}"]
    found = ours or [row for row in rows.watches or () if row.get("host") == wan["monitor_host"]]
    if not found or truth(found[0], "disabled"):
        return None
    since = clean(found[0].get("since"))
    began, now = moment(since), moment(rows.now)
    host = clean(found[0].get("host"))
    return Watch(
        host=host,
        status=clean(found[0].get("status")) or "unknown",
        since=since,
        lasting=max(0.0, (now - began).total_seconds()) if began and now else None,
        beyond=host != gateway,
    )


def judge(
    rows: Rows, wan: Wan, port: Row | None, address: str, routes: Sequence[Route], watch: Watch | None
) -> tuple[State, str]:
    """Return how a link does, and in one sentence why."""
    if rows.interfaces is not None:
        if port is None:
            return State.DOWN, f"the router has no port {clean(wan['interface'])}"
        if truth(port, "disabled"):
            return State.DOWN, "the port is switched off (disabled)"
        if not truth(port, "running"):
            return State.DOWN, "the port does not run: no cable, or nothing alive at its other end"
        if not address and (problem := _without_address(rows, wan, clean(port.get("name")))):
            return State.DOWN, problem
    return _routed(wan, routes, watch)


def _without_address(rows: Rows, wan: Wan, name: str) -> str:
    if not wan["dhcp"]:
        return f"{wan['address']} is not on the router" if rows.addresses is not None else ""
    if rows.clients is None:
        return ""
    client = client_of(rows, name)
    if client is None:
        return "no DHCP client, and so no address"
    if truth(client, "disabled"):
        return "the DHCP client is switched off (disabled)"
    return f"no address: the DHCP client says {clean(client.get('status')) or 'nothing'}"


def _routed(wan: Wan, routes: Sequence[Route], watch: Watch | None) -> tuple[State, str]:
    """Judge by the routes, which watch the gateway, and then by netwatch, which may watch beyond it."""
    states = {route.state for route in routes}
    checked = wan["check"] != "none"
    if "inactive" in states:
        return State.DOWN, "the gateway does not answer" if checked else "the gateway cannot be reached"
    for state, word in (("missing", "no default route"), ("disabled", "the default route is switched off")):
        if lacking := [route.table for route in routes if route.state == state]:
            return State.DEGRADED, f"{word} in {', '.join(lacking)}"
    if any(route.table != "main" and route.state == "standby" for route in routes):
        return State.DEGRADED, "another route has taken this link's place in its own table"
    down = watch is not None and watch.status == "down"
    if watch is not None and down and watch.beyond:
        return State.DEAD, f"{'the gateway answers, ' if checked else ''}{watch.host} behind it does not"
    if watch is not None and down:
        if checked:
            return State.DEGRADED, f"its routes are in use, but netwatch gets no answer from {watch.host}"
        return State.DOWN, f"netwatch gets no answer from {watch.host}"
    if watch is not None and watch.status == "up":
        return State.UP, f"{watch.host} behind the gateway answers" if watch.beyond else "the gateway answers"
    if "unknown" in states:
        return State.UNKNOWN, "the router does not tell its routes"
    if checked:
        return State.UP, "the gateway answers its routes' checks; netwatch says nothing yet"
    return State.UNKNOWN, "no check of the gateway, and netwatch says nothing yet"
