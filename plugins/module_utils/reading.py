# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a router has: its version, rows and names, read in one round trip."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from .errors import CommandFailed
from .menus import find_menu, similar_menu
from .menus.base import Menu
from .names import Names
from .rows import Entry, Row, read_rows
from .session import Exchange, Reply, Sentence
from .version import Version, version

Rows = dict[str, list[Row]]

UPTIME: Sentence = ("/system/resource/print", "=.proplist=uptime")
VERSION: Sentence = ("/system/resource/print", "=.proplist=version,uptime")


@dataclass
class Reading:
    """The static rows by menu's path, the names that entries may refer to, and what the router said where it refused.

    ``extra`` are the replies to further sentences that went along, ``uptime`` is the router's own wording.
    """

    version: Version
    rows: Rows
    names: Names
    troubles: dict[str, str] = field(default_factory=dict)
    extra: list[Reply] = field(default_factory=list)
    uptime: str = ""

    def unreadable(self, router: str, path: str) -> CommandFailed:
        """Return the error that tells why the menu at *path* could not be read."""
        trap = self.troubles[path]
        if "no such command" in trap:
            return CommandFailed(f"{router}: {path}: the router has no such menu ({trap}){similar_menu(path)}")
        return CommandFailed(f"{router}: {path}: cannot be read: {trap}{permission_hint(trap)}")


def permission_hint(trap: str) -> str:
    """Return what to look at where a refusal is about rights, else an empty text."""
    return "; the user's group lacks a policy (read, write, policy, test, sensitive)" if "permission" in trap else ""


def referred_by(menus: Iterable[tuple[Menu, Sequence[Entry]]]) -> list[str]:
    """Return the paths of the menus that the given properties of these entries refer to."""
    return sorted(
        {
            path
            for menu, entries in menus
            for entry in entries
            for name in entry.values
            if (known := menu.field(name)) is not None
            for path in known.refers
        }
    )


def read(
    router: str, session: Exchange, menus: Sequence[Menu], named: Sequence[str], extra: Sequence[Sentence] = ()
) -> Reading:
    """Read the rows of *menus*, the names in the menus at the paths *named*, and whatever *extra* asks for.

    *extra* is asked first: where it says that nothing is going on at the router, the rows are those from after that.
    Raises CommandFailed where not even the version can be read; refusals to read a menu are told in the result.
    """
    rows: list[Sentence] = [(f"{menu.command}/print",) for menu in menus]
    names: list[Sentence] = [(f"{find_menu(path).command}/print", "=.proplist=name") for path in named]
    first, *others = session.exchange([VERSION, *extra, *rows, *names])
    replies = others[len(extra) :]
    number = _version(router, first)
    found = Reading(number, {}, Names(), extra=others[: len(extra)], uptime=first.rows[0].get("uptime", ""))
    for menu, reply in zip(menus, replies, strict=False):
        if menu.implied and number < (7,):
            found.rows[menu.path] = []
        elif reply.traps:
            found.troubles[menu.path] = reply.trap
        else:
            found.rows[menu.path] = read_rows(menu, reply.rows, number)
    for path, reply in zip(named, replies[len(menus) :], strict=True):
        if find_menu(path).implied and number < (7,):
            continue
        if reply.traps:
            found.troubles[path] = reply.trap
        else:
            found.names.read(path, [row["name"] for row in reply.rows if "name" in row])
    return found


def _version(router: str, reply: Reply) -> Version:
    if reply.traps:
        raise CommandFailed(f"{router}: system resource: cannot be read: {reply.trap}{permission_hint(reply.trap)}")
    told = reply.rows[0].get("version", "") if reply.rows else ""
    try:
        return version(told)
    except ValueError as error:
        raise CommandFailed(f"{router}: system resource: {error}") from error
