# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The world of a running script: the router's clock, its way out, and its terminal, which nobody looks at."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from routerlab.messages import Trap
from routerlab.script.errors import ScriptError

if TYPE_CHECKING:
    from routerlab.model.router import Router
    from routerlab.script.machine import FetchRequest, FetchResult
    from routerlab.script.values import Value

log = logging.getLogger(__name__)

#: A script that neither waits nor ends is stopped after so many steps.
STEPS = 1_000_000


@dataclass
class RouterMachine:
    """The machine of one run on a router of the lab (``routerlab.script.Machine``); ``output`` is what it printed."""

    router: Router
    policies: set[str]
    user: str
    globals: dict[str, Value]
    steps: int = STEPS
    output: list[str] = field(default_factory=list)

    def put(self, text: str) -> None:
        """Keep the line."""
        self.output.append(text)

    async def sleep(self, seconds: float) -> None:
        """In the lab's time."""
        await self.router.site.clock.sleep(seconds)

    async def fetch(self, request: FetchRequest) -> FetchResult:
        """Through the router's own way out; a failure is a line in the router's log, as on a router (~)."""
        try:
            self.router.device_mode.check("fetch")
        except Trap as trap:
            raise ScriptError(trap.message) from None
        try:
            return await self.router.plane.fetch(self.router, request)
        except Trap as trap:
            self.router.write_log("fetch,error", f"Download from {_host(request)} FAILED: {trap.message}")
            raise ScriptError(trap.message) from None

    async def ping(self, address: str, count: int, interface: str = "", **options: str) -> int:
        """One request after the other, a second apart."""
        received = 0
        for number in range(count):
            if number:
                await self.sleep(1)
            try:
                echo = await self.router.plane.ping(self.router, address, interface, options)
            except Trap as trap:
                raise ScriptError(trap.message) from None
            received += echo.rtt is not None
        return received

    async def resolve(self, name: str, server: str = "", **options: str) -> str:
        """By the router's own DNS cache, or the server that is named."""
        try:
            return await self.router.plane.resolve(self.router, name, server)
        except Trap as trap:
            raise ScriptError(trap.message) from None


def _host(request: FetchRequest) -> str:
    """The host of a request: all of its URL that may be seen, paths hold secrets."""
    if not request.url:
        return request.address or request.host
    return request.url.partition(b"://")[2].partition(b"/")[0].rpartition(b"@")[2].decode("ascii", "replace")
