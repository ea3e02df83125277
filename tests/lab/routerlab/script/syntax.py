# Copyright: (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tree of a parsed script; every node knows its place (byte offset in the source)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Block:
    """Statements that share their local variables."""

    statements: tuple[object, ...]


@dataclass(frozen=True)
class Program:
    """A whole script."""

    source: bytes
    block: Block
