# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A router's devices become what is desired: ethernet ports, bridges, VLANs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pyroute2.netlink.exceptions import NetlinkError

from routerlab.kernel.netlink import Link, Netlink

Problem = Callable[[str], None]
Desired = Mapping[str, Mapping[str, Any]]
_EOPNOTSUPP = 95


def apply_links(netlink: Netlink, desired: Mapping[str, Desired], ports: frozenset[str], problem: Problem) -> set[str]:
    """Ports, bridges and VLANs as in ``desired``; a port that it does not name is down.  Tells which ones it changed.

    Bridges and VLANs that it does not name are removed.  What the kernel refuses is told to ``problem``.
    """
    wanted_bridges = desired.get("bridges", {})
    wanted_vlans = desired.get("vlans", {})
    found = netlink.links()
    for name, link in found.items():
        gone = (link.kind == "bridge" and name not in wanted_bridges) or (
            link.kind == "vlan" and _vlan_differs(link, wanted_vlans.get(name), found)
        )
        if gone:
            netlink.ip.link("del", index=link.index)
    found = netlink.links()
    for name in wanted_bridges:
        if name not in found:
            # Without STP a port forwards at once.
            netlink.ip.link("add", ifname=name, kind="bridge", br_stp_state=0, br_forward_delay=0, br_mcast_snooping=0)
    for name, vlan in wanted_vlans.items():
        if name in found or vlan["link"] not in found:
            continue
        try:
            netlink.ip.link(
                "add", ifname=name, kind="vlan", link=found[vlan["link"]].index, vlan_id=int(vlan["vlan_id"])
            )
        except NetlinkError as error:
            if error.code == _EOPNOTSUPP:
                problem(f"{name}: this kernel has no VLANs (CONFIG_VLAN_8021Q, module 8021q)")
            else:
                problem(f"{name}: {words(error)}")
    found = netlink.links()
    masters = _masters(wanted_bridges, found)
    wanted: dict[str, Mapping[str, Any]] = {name: {} for name in ports}
    wanted |= {**desired.get("links", {}), **wanted_bridges, **wanted_vlans}
    changed: set[str] = set()
    for name, link in found.items():
        if name in wanted:
            master = masters.get(name, 0) if name in ports or name in wanted_vlans else None
            try:
                if _set(netlink, link, wanted[name], master):
                    changed.add(name)
            except NetlinkError as error:
                problem(f"{name}: {words(error)}")
    if changed:
        # A bridge has a carrier when one of its ports has, so bridges come last.
        for name in sorted(wanted.keys() & found.keys(), key=lambda name: name in wanted_bridges):
            netlink.notice(found[name].index)
    return changed


def words(error: NetlinkError) -> str:
    """The kernel's own words."""
    return str(error.args[1] if len(error.args) > 1 else error)


def _vlan_differs(link: Link, wanted: Mapping[str, Any] | None, found: Mapping[str, Link]) -> bool:
    if wanted is None or link.vlan_id != int(wanted["vlan_id"]):
        return True
    lower = found.get(wanted["link"])
    return lower is None or lower.index != link.lower


def _masters(bridges: Desired, found: Mapping[str, Link]) -> dict[str, int]:
    return {port: found[name].index for name, bridge in bridges.items() if name in found for port in bridge["ports"]}


def _set(netlink: Netlink, link: Link, wanted: Mapping[str, Any], master: int | None) -> bool:
    """Tells whether anything changed."""
    changes: dict[str, Any] = {}
    if master is not None and (link.master or 0) != master:
        changes["master"] = master
    if wanted.get("mac") and wanted["mac"].upper() != link.mac:
        changes["address"] = wanted["mac"]
    if wanted.get("mtu") and int(wanted["mtu"]) != link.mtu:
        changes["mtu"] = int(wanted["mtu"])
    if changes:
        netlink.ip.link("set", index=link.index, **changes)
    turned = bool(wanted.get("up")) != link.up
    if turned:
        netlink.set_up(link.index, bool(wanted.get("up")))
    return turned or bool(changes)
