# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The facts of all menus, and the order in which changes to several menus are written."""

from __future__ import annotations

import difflib

from ..errors import InvalidEntry
from ..script import menu_path
from . import addressing, dhcp, dns, firewall, interfaces, routing, services, system, tools, users
from .base import Menu

_AREAS = (interfaces, addressing, dhcp, dns, firewall, routing, services, tools, system, users)
MENUS = {menu.path: menu for area in _AREAS for menu in area.MENUS}

# What others refer to comes first: the two passes of a real export, narrowed to what is modelled here.
_FIRST = (
    "system identity",
    "interface bridge",
    "interface ethernet",
    "interface vlan",
    "interface list",
    "interface bridge port",
    "interface bridge vlan",
    "interface list member",
    "ip pool",
    "routing table",
    "user group",
    "ip address",
    "ip dhcp-client",
    "ip dhcp-server network",
    "ip dhcp-server",
    "ip dns",
    "ip firewall address-list",
    "ip route",
    "routing rule",
)


def find_menu(path: str) -> Menu:
    """Return the facts of the menu at *path*, or a menu without facts that takes any property."""
    canonical = menu_path(path)
    if not canonical:
        raise InvalidEntry("menus: expected a menu's path such as 'ip firewall nat', found an empty text")
    return MENUS.get(canonical) or Menu(path=canonical, help="", known=False, unsettable=True)


def similar_menu(path: str) -> str:
    """Return a hint at a known menu whose path looks like *path*, or an empty text."""
    near = difflib.get_close_matches(path, [known for known in MENUS if known != path], 1)
    return f"; did you mean '{near[0]}'?" if near else ""


def rank(menu: Menu) -> int:
    """Return the place of *menu* among changes: what others refer to is written before what refers to it."""
    if menu.path.startswith("interface ") and menu.path not in _FIRST:
        # any other kind of interface, such as a tunnel, stands on ports and is named by all the rest
        return _FIRST.index("interface vlan")
    return _FIRST.index(menu.path) if menu.path in _FIRST else len(_FIRST)
