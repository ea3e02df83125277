# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the firewall's objects are called in nftables, and back again."""

from __future__ import annotations

import re
import zlib

#: The one table, of family ip, that holds all of a router's firewall.
TABLE = "routeros"

#: A menu's short word, which begins the names of its chains and counters.
MENUS = {
    "ip firewall raw": "raw",
    "ip firewall mangle": "mangle",
    "ip firewall nat": "nat",
    "ip firewall filter": "filter",
}
_PATHS = {word: path for path, word in MENUS.items()}


def counter_name(menu: str, row_id: int) -> str:
    """The counter of a rule: ``mangle_26`` for row 26 (``*1A``) of ``ip firewall mangle``."""
    return f"{MENUS[menu]}_{row_id}"


def counter_rule(name: str) -> tuple[str, int] | None:
    """Menu and row of a counter's name; None when the name is not a rule's counter."""
    word, _rest, number = name.partition("_")
    return (_PATHS[word], int(number)) if word in _PATHS and number.isascii() and number.isdigit() else None


def plain(text: str) -> str:
    """A text as part of an nftables name: readable as far as it goes, and different for different texts."""
    readable = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_")[:40]
    return f"{readable}_{zlib.crc32(text.encode('utf-8', 'surrogateescape')):08x}"


def base_chain(menu: str, chain: str) -> str:
    """The chain that hangs on a hook: ``mangle_prerouting``."""
    return f"{MENUS[menu]}_{chain}"


def user_chain(menu: str, chain: str) -> str:
    """A chain of the user's own; never the name of a base chain."""
    return f"{MENUS[menu]}_to_{plain(chain)}"


def static_set(name: str) -> str:
    """The set of an address list's own entries."""
    return f"list_{plain(name)}"


def learned_set(name: str) -> str:
    """The set of what rules add to an address list."""
    return f"learned_{plain(name)}"
