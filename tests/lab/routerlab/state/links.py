# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interfaces: which are running, which port of the outside world they lead to, who is a bridge's slave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routerlab.values import Ref

if TYPE_CHECKING:
    from routerlab.model.router import Router
    from routerlab.model.store import Row

_DEPTH = 8


def is_running(router: Router, row: Row | None, depth: int = 0) -> bool:
    """Whether an interface is enabled and has a link."""
    if row is None or not row.enabled or depth > _DEPTH:
        return False
    if row.facts["type"] == "ether":
        return router.plane.has_link(router, row.facts["default-name"])
    if row.facts["type"] == "vlan":
        return is_running(router, router.referred(row.values.get("interface")), depth + 1)
    return True


def mac_of(router: Router, row: Row) -> str:
    """An interface's MAC address: the one that was written, or that of the device below it."""
    if row.facts["type"] == "loopback":
        return "00:00:00:00:00:00"
    for name in ("mac-address", "admin-mac"):
        if name in row.values:
            return router.text(row, name)
    if row.facts["type"] == "vlan":
        parent = router.referred(row.values.get("interface"))
        return mac_of(router, parent) if parent is not None else "00:00:00:00:00:00"
    return router.mac(row.id)


def bridge_of(router: Router, interface: Row) -> Row | None:
    """The bridge that an interface is an enabled port of."""
    for port in router.tables["interface bridge port"].same(
        ("interface",), {"interface": Ref("interface", interface.id)}
    ):
        if port.enabled:
            return router.referred(port.values.get("bridge"))
    return None


def bridge_ports(router: Router, bridge: Row) -> list[Row]:
    """The interfaces that are enabled ports of a bridge."""
    found = []
    for port in router.tables["interface bridge port"]:
        if port.enabled and port.values.get("bridge") == Ref("interface", bridge.id):
            interface = router.referred(port.values.get("interface"))
            if interface is not None:
                found.append(interface)
    return found


def outside_ports(router: Router, row: Row) -> list[str]:
    """The outside world's ports that untagged traffic of an interface leaves through; none for a VLAN."""
    if row.facts["type"] == "ether":
        return [row.facts["default-name"]] if row.enabled else []
    if row.facts["type"] == "bridge":
        return [
            port.facts["default-name"]
            for port in bridge_ports(router, row)
            if port.enabled and port.facts["type"] == "ether"
        ]
    return []
