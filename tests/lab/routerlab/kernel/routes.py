# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A router's routing tables become what is desired; the connected routes are the kernel's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from socket import AF_INET
from typing import Any

from pyroute2.netlink.exceptions import NetlinkError

from routerlab.kernel.links import Problem, words
from routerlab.kernel.netlink import Netlink

#: Who made a route (rtnetlink(7): rtm_protocol); every other route is left alone.
PROTOCOL = 82
_TYPES = {"unicast": 1, "blackhole": 6, "unreachable": 7, "prohibit": 8}
_TYPE_NAMES = {number: name for name, number in _TYPES.items()}
#: The gateway is a neighbour at the device, whatever the device's addresses say: the lab has decided so.
_ONLINK = 4
_LINK_SCOPE = 253


@dataclass(frozen=True)
class Route:
    """One route; hops are pairs of a device's number and a gateway, sorted."""

    table: int
    destination: str
    metric: int
    type: str
    pref_src: str | None
    hops: tuple[tuple[int, str | None], ...]

    @property
    def key(self) -> tuple[int, str, int]:
        """What the kernel has one of: table, destination, metric."""
        return self.table, self.destination, self.metric


def routes(netlink: Netlink) -> set[Route]:
    """The routes that ``apply_routes`` made."""
    return {_read(message) for message in netlink.ip.get_routes(family=AF_INET) if message["proto"] == PROTOCOL}


def _read(message: Any) -> Route:
    several = message.get_attr("RTA_MULTIPATH")
    if several:
        hops = tuple((hop["oif"], hop.get_attr("RTA_GATEWAY")) for hop in several)
    else:
        device = message.get_attr("RTA_OIF")
        hops = () if device is None else ((device, message.get_attr("RTA_GATEWAY")),)
    return Route(
        table=message.get_attr("RTA_TABLE") or message["table"],
        destination=f"{message.get_attr('RTA_DST') or '0.0.0.0'}/{message['dst_len']}",
        metric=message.get_attr("RTA_PRIORITY") or 0,
        type=_TYPE_NAMES.get(message["type"], str(message["type"])),
        pref_src=message.get_attr("RTA_PREFSRC"),
        hops=_sorted(hops),
    )


def _sorted(hops: Sequence[tuple[int, str | None]]) -> tuple[tuple[int, str | None], ...]:
    return tuple(sorted(hops, key=lambda hop: (hop[0], hop[1] or "")))


def apply_routes(netlink: Netlink, desired: Sequence[Mapping[str, Any]], problem: Problem) -> None:
    """Exactly the desired routes, by differences."""
    indexes = {name: link.index for name, link in netlink.links().items()}
    wanted: list[Route] = []
    for row in desired:
        lost = [hop["dev"] for hop in row["hops"] if hop["dev"] not in indexes]
        if lost:
            problem(f"route to {row['dst']}: there is no device {lost[0]}")
            continue
        has_hops = row["type"] == "unicast"
        wanted.append(
            Route(
                table=row["table"],
                destination=row["dst"],
                metric=row["metric"],
                type=row["type"],
                pref_src=row.get("pref_src"),
                hops=_sorted([(indexes[hop["dev"]], hop["via"]) for hop in row["hops"]]) if has_hops else (),
            )
        )
    found = routes(netlink)
    # New ones first, each in the place of an old one: no packet meets a table that lacks what it had and will have.
    refused: set[Route] = set()
    for route in wanted:
        if route not in found:
            try:
                netlink.ip.route("replace", proto=PROTOCOL, **_message(route))
            except NetlinkError as error:
                problem(f"route to {route.destination} in table {route.table}: {words(error)}")
                refused.add(route)
    replaced = {route.key for route in wanted if route not in refused}
    for route in found.difference(wanted):
        if route.key not in replaced:
            netlink.ip.route("del", proto=PROTOCOL, **_message(route))


def _message(route: Route) -> dict[str, Any]:
    message: dict[str, Any] = {
        "dst": route.destination,
        "table": route.table,
        "priority": route.metric,
        "type": _TYPES[route.type],
        "family": AF_INET,
    }
    if route.pref_src is not None:
        message["prefsrc"] = route.pref_src
    if len(route.hops) == 1:
        message |= _hop(*route.hops[0])
        if message.get("gateway") is None:
            message["scope"] = _LINK_SCOPE
    elif route.hops:
        message["multipath"] = [_hop(*hop) | {"hops": 0} for hop in route.hops]
    return message


def _hop(device: int, gateway: str | None) -> dict[str, Any]:
    return {"oif": device} if gateway is None else {"oif": device, "gateway": gateway, "flags": _ONLINK}
