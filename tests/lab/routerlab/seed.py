# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Seeds: RouterOS scripts, such as exports, that are run on a router before anyone connects.

A seed has every right and the whole language, but no time: what waits for a clock or the network is refused.
"""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from routerlab.menus.users import POLICIES
from routerlab.model.router import Router
from routerlab.script import FetchRequest, FetchResult, ScriptError, ScriptSyntaxError, Value, parse, run

#: A seed may be long; one that does not end is stopped.
STEPS = 10_000_000


class SeedError(Exception):
    """A seed that cannot be read or carried out; the text names the line."""


@dataclass
class SeedMachine:
    """The machine of a seed: it prints nowhere, and refuses whatever takes time."""

    router: Router
    policies: set[str] = field(default_factory=lambda: set(POLICIES))
    user: str = ""
    globals: dict[str, Value] = field(default_factory=dict)
    steps: int = STEPS

    def put(self, text: str) -> None:
        """Nobody reads it."""

    async def sleep(self, seconds: float) -> None:
        """Refused, unless it is no pause at all."""
        if seconds > 0:
            raise ScriptError("a seed cannot wait: it is run before the lab's clock")

    async def fetch(self, request: FetchRequest) -> FetchResult:
        """Refused."""
        raise ScriptError("a seed cannot fetch: it is run before the lab's network")

    async def ping(self, address: str, count: int, interface: str = "", **options: str) -> int:
        """Refused."""
        raise ScriptError("a seed cannot ping: it is run before the lab's network")

    async def resolve(self, name: str, server: str = "", **options: str) -> str:
        """Refused."""
        raise ScriptError("a seed cannot resolve names: it is run before the lab's network")


def _drive(coroutine: Coroutine[Any, Any, object]) -> None:
    """Run a coroutine that never waits for anything to its end, without a loop of events."""
    try:
        while True:
            coroutine.send(None)
    except StopIteration:
        return


def apply(router: Router, text: str) -> None:
    """Run a seed; raises SeedError: before anything is done if it does not parse, else at the line that fails."""
    try:
        program = parse(text, router)
        _drive(run(program, SeedMachine(router, user=router.acting)))
    except ScriptSyntaxError as error:
        raise SeedError(f"line {error.line}: {error.message}") from None
    except ScriptError as error:
        raise SeedError(f"line {error.line}: {error.message}") from None
