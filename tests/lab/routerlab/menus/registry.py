# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every menu that is modelled, by path and version, and the factory state made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routerlab.menus import (
    addressing,
    devicemode,
    dhcp,
    dns,
    firewall,
    interfaces,
    ping,
    routing,
    safemode,
    system,
    tools,
    users,
)
from routerlab.model.menu import Command, Menu
from routerlab.version import Version

if TYPE_CHECKING:
    from routerlab.model.router import Router

ALL: tuple[Menu, ...] = (
    *interfaces.MENUS,
    *addressing.MENUS,
    *dhcp.MENUS,
    *dns.MENUS,
    *firewall.MENUS,
    *routing.MENUS,
    *tools.MENUS,
    *system.MENUS,
    *safemode.MENUS,
    *devicemode.MENUS,
    *users.MENUS,
)


def menus_for(version: Version) -> dict[str, Menu]:
    """The menus of a version by path."""
    return {menu.path: menu for menu in ALL if version in menu.versions}


def tools_for(version: Version) -> dict[tuple[tuple[str, ...], str], Command]:
    """The commands outside of the menus, by path and name."""
    return {
        (path, command.name): command
        for path, commands in ping.COMMANDS.items()
        for command in commands
        if version in command.versions
    }


def populate(router: Router) -> None:
    """Fill a router's empty tables with its factory state (without the vendor's default configuration)."""
    for area in (interfaces, addressing, dns, routing, system, safemode, devicemode, users):
        area.populate(router)
