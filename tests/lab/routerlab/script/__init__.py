# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RouterOS's scripting language: parsing and running scripts on a router of the lab."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from routerlab.menus.registry import menus_for
from routerlab.model.router import Router
from routerlab.script.commands import Commands
from routerlab.script.errors import ScriptError, ScriptSyntaxError
from routerlab.script.interpreter import Interpreter
from routerlab.script.machine import FetchRequest, FetchResult, Machine
from routerlab.script.parser import Parser
from routerlab.script.syntax import Program
from routerlab.script.values import Value
from routerlab.version import NEWEST, Version

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


@lru_cache(maxsize=32)
def _commands(version: Version) -> Commands:
    return Commands(menus_for(version), version)


def parse(text: str | bytes, router: Router | None = None) -> Program:
    """Read a script; raises ScriptSyntaxError.

    The router's version decides which menus and commands there are; without one, those of the newest version.
    """
    source = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
    return _program(source, NEWEST if router is None else router.version)


@lru_cache(maxsize=32)
def _program(source: bytes, version: Version) -> Program:
    """A job of the scheduler is read at each of its runs, and a program does not change by being run."""
    return Parser(source, _commands(version)).program()


async def run(program: Program, machine: Machine, variables: Mapping[str, str | bytes] | None = None) -> Value | None:
    """Run a script to its end; returns what ``:return`` gave, else None; raises ScriptError.

    ``variables`` are what the caller hands over, such as netwatch's ``$host``.
    """
    return await Interpreter(machine, parse).run(program, variables or {})
