# Copyright: (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RouterOS's scripting language: parsing and running scripts on a router of the lab."""

from __future__ import annotations

from collections.abc import Mapping

from routerlab.model.router import Router
from routerlab.script.errors import ScriptError, ScriptSyntaxError
from routerlab.script.machine import FetchRequest, FetchResult, Machine
from routerlab.script.syntax import Block, Program
from routerlab.script.values import Value

__all__ = [
    "FetchRequest",
    "FetchResult",
    "Machine",
    "Program",
    "ScriptError",
    "ScriptSyntaxError",
    "Value",
    "parse",
    "run",
]


def parse(text: str | bytes, router: Router | None = None) -> Program:
    """Read a script; raises ScriptSyntaxError.  With a router, its menus and version decide which commands exist."""
    source = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
    if source.strip():
        raise ScriptSyntaxError("syntax error (line 1 column 1)", 1, 1)
    return Program(source, Block(()))


async def run(program: Program, machine: Machine, variables: Mapping[str, str | bytes] | None = None) -> Value | None:
    """Run a script to its end; returns what ``:return`` gave; raises ScriptError."""
    return None
