# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running scripts on a router, each as a task of its own.

Messages of failed runs: several log excerpts of version 7 in public issue threads.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any

from routerlab.automation.machine import RouterMachine
from routerlab.messages import Trap
from routerlab.model.events import Events
from routerlab.script import ScriptError, ScriptSyntaxError, Value, parse, repository, run
from routerlab.values.time import read_duration

if TYPE_CHECKING:
    from routerlab.model.router import Router
    from routerlab.model.store import Row
    from routerlab.state.leases import Lease

log = logging.getLogger(__name__)

#: What netwatch's scripts may do since 6.42 (manual, Netwatch), and who runs them.
NETWATCH_POLICIES = frozenset({"read", "write", "test", "reboot"})
SYSTEM_USER = "*sys"

Variables = Mapping[str, str]
Spawn = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]

#: From the order to the reboot itself, in seconds of the lab: who gave it still gets an answer (~).
_SHUTDOWN = 0.5


class Automation(Events):
    """All scripts of one router; without ``spawn`` (a model outside of a running lab) none run."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self.spawn: Spawn | None = None
        self._globals: dict[str, dict[str, Value]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def forget(self) -> None:
        """The router starts anew: nobody's global variables are left, no script goes on, no reboot is to come."""
        self._globals = {}
        for task in self._tasks:
            task.cancel()

    def reboot(self) -> None:
        """In a moment, so that the command itself is answered."""
        if self.spawn is not None:
            self._start(self.spawn, self._reboot())

    async def _reboot(self) -> None:
        await self._router.site.clock.sleep(_SHUTDOWN)
        self._router.reboot()

    async def execute(
        self, source: str, user: str, policies: set[str], variables: Variables | None = None
    ) -> list[str]:
        """Run a script to its end; returns what it printed; raises ScriptSyntaxError or ScriptError."""
        machine = RouterMachine(self._router, set(policies), user, self._globals.setdefault(user, {}))
        await run(parse(source, self._router), machine, variables or {})
        return machine.output

    def launch(self, what: str, source: str, user: str, policies: set[str], variables: Variables) -> None:
        """Start a script; ``what`` names it in the log when it fails, such as ``from netwatch``."""
        if self.spawn is None or not source.strip():
            return
        self._start(self.spawn, self._run(what, source, user, policies, variables))

    def _start(self, spawn: Spawn, work: Coroutine[Any, Any, None]) -> None:
        """Begin what does not outlive a reboot or a reset."""
        task = spawn(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, what: str, source: str, user: str, policies: set[str], variables: Variables) -> None:
        try:
            await self.execute(source, user, policies, variables)
        except (ScriptError, ScriptSyntaxError) as error:
            self._failed(what, error.message)
        except Exception:
            log.exception("%s: a script %s failed in the lab itself", self._router.name, what)
            self._failed(what, "internal error of the lab, see its log")

    def _failed(self, what: str, reason: str) -> None:
        self._router.write_log("script,error", f"executing script {what} failed, please check it manually ({reason})")

    # What starts scripts

    def netwatch(self, row: Row, up: bool, facts: Variables) -> None:
        """A watch changed its state; its script sees the row's properties, round trips in microseconds (manual)."""
        menu = self._router.menus["tool netwatch"]
        name = "up-script" if up else "down-script"
        known = {item.name: self._router.effective(menu, row, item.name) for item in menu.args}
        trips = {name: str(read_duration(text) or 0) for name, text in facts.items() if name.startswith("rtt-")}
        variables = {**known, **facts, **trips, "status": "up" if up else "down"}
        self._event("netwatch", self._router.text(row, name), SYSTEM_USER, set(NETWATCH_POLICIES), variables)

    def dhcp_client(self, row_id: int, lease: Lease, bound: bool) -> None:
        """A DHCP client got or lost a lease; the variables of its script: the manual's DHCP page."""
        row = self._router.tables["ip dhcp-client"].get(row_id)
        if row is None:
            return
        interface = self._router.referred(row.values.get("interface"))
        variables = {
            "bound": "1" if bound else "0",
            "server-address": str(lease.server),
            "lease-address": str(lease.address),
            "interface": self._router.text(interface, "name") if interface is not None else "",
            "gateway-address": str(lease.gateway or ""),
        }
        self._event("dhcp-client", self._router.text(row, "script"), SYSTEM_USER, set(NETWATCH_POLICIES), variables)

    def job(self, row: Row) -> None:
        """The scheduler's job is due; it may do what its own policy says."""
        policies = set(filter(None, self._router.text(row, "policy").split(",")))
        owner = self._router.text(row, "\0owner")
        name = self._router.text(row, "name")
        self._event(f"scheduler ({name})", self._router.text(row, "on-event"), owner, policies, {})

    def _event(self, origin: str, text: str, user: str, policies: set[str], variables: Variables) -> None:
        """Start what an event names: a script's own text, or the name of one in ``/system script``."""
        row = next(iter(self._router.tables[repository.MENU].same(("name",), {"name": text})), None)
        if row is None:
            self.launch(f"from {origin}", text, user, policies, variables)
            return
        what = f"{text} from {origin}"
        try:
            rights = repository.start(self._router, row, policies)
        except Trap as trap:
            # The log has it without the number (a public guide quotes the line, (~)).
            self._failed(what, trap.message.partition(" (")[0])
            return
        self.launch(what, self._router.text(row, "source"), user, rights, variables)

    async def run_script(self, row: Row, policies: set[str], user: str, own_rights: bool = False) -> None:
        """The script's own rights count, and those of who runs it (manual, Scripting)."""
        rights = repository.start(self._router, row, policies, own_rights)
        try:
            await self.execute(self._router.text(row, "source"), user, rights)
        except (ScriptError, ScriptSyntaxError) as error:
            raise Trap(error.message) from None
