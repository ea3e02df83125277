# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pieces that many menus are declared from."""

from __future__ import annotations

from routerlab.model.menu import Arg, Command, arg
from routerlab.values.basic import Bool, Mention, Text
from routerlab.values.net import INTERFACES
from routerlab.version import ALWAYS, Span, span

COMMENT = arg("comment", Text())
DISABLED = arg("disabled", Bool(), "false")

#: The version from which firewall rows return ``disabled``, ``log`` and ``log-prefix`` only when once written.  A CHR
#: with 7.23 does so, samples of 7.6 do not; where in between it changed is not known (~).
QUIET_SINCE = "7.20"
QUIET_DISABLED = arg("disabled", Bool(), "false", quiet_since=QUIET_SINCE)

INTERFACE = Mention(INTERFACES)

#: Row verbs by what a menu allows.
READ = ("print", "getall", "get", "find", "listen")
EDIT = (*READ, "set", "comment")
ROWS = (*EDIT, "add", "remove")
SWITCHED = (*ROWS, "enable", "disable")
ORDERED = (*SWITCHED, "move")
SINGLE = ("print", "getall", "get", "listen", "set")


def absent(*names: str, versions: Span = ALWAYS) -> tuple[Command, ...]:
    """Commands that a router has and the lab does not model: they answer as unknown ones do."""
    return tuple(Command(name, versions=versions) for name in names)


#: What nearly every menu of rows has on the console and the lab leaves out.
CONSOLE = absent("edit", "export", "reset")
SINGLE_CONSOLE = absent("edit", "export")
SINGLE_RESET = absent("reset", versions=span(since="7.19"))


def interface_arg(name: str = "interface") -> Arg:
    """A mandatory mention of an interface."""
    return arg(name, INTERFACE, unset=False)
