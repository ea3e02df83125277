# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One virtual router: its identity, its tables, and what it works out by itself."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from routerlab.faults import Faults
from routerlab.model.device_mode import DeviceMode, default_mode
from routerlab.model.events import Events
from routerlab.model.hardware import Hardware
from routerlab.model.history import History
from routerlab.model.menu import Command, Menu
from routerlab.model.safe_mode import Caller, SafeMode
from routerlab.model.store import Row, Table
from routerlab.plane.base import Plane
from routerlab.plane.simulated import SimulatedPlane
from routerlab.state.engine import State
from routerlab.state.expiry import MENU as EXPIRING
from routerlab.values import Ref, Value, text_of
from routerlab.values.time import moment_text, utc
from routerlab.version import Version
from routerlab.world.site import Site

#: A lab's router looks as if it had been up for an hour when the lab starts: the start-up delay of netwatch is over.
UPTIME_AT_START = 3600.0

#: How long a router of the lab takes to boot, in seconds: until then its ports refuse connections (a real one's time: (?)).
BOOT = 20.0

#: Identifiers of static routes start here (measured on a CHR: connected *2018xxxx, others *8000xxxx).
_FIRST_IDS = {"ip route": 0x80000001}

#: Lines that ``/log`` keeps in memory (the default of the memory action).
_LOG_LINES = 1000


@dataclass
class Counters:
    """What tests ask the lab about a router's connections; cleared by a reset."""

    connections: int = 0
    logins: int = 0
    sentences: int = 0
    writes: int = 0


@dataclass
class LogLine:
    """One line of ``/log``."""

    id: int
    when: float
    topics: str
    message: str


@dataclass
class Account:
    """Name and password that the factory state of a lab router has."""

    username: str = "admin"
    password: str = ""


@dataclass
class Router:
    """A router; ``menus`` are those of its version, by path."""

    name: str
    version: Version
    hardware: Hardware
    menus: dict[str, Menu]
    site: Site
    factory: Callable[[Router], None]
    #: Commands outside of the menus, by path and name.
    tools: dict[tuple[tuple[str, ...], str], Command] = field(default_factory=dict)
    account: Account = field(default_factory=Account)
    #: The mode of ``/system/device-mode`` in factory state; empty for what the version has by default.
    first_mode: str = ""
    plane: Plane = field(default_factory=SimulatedPlane)
    events: Events = field(default_factory=Events)
    tables: dict[str, Table] = field(default_factory=dict)
    counters: Counters = field(default_factory=Counters)
    faults: Faults = field(default_factory=Faults)
    log: list[LogLine] = field(default_factory=list)
    certificates: tuple[str, ...] = ()
    #: When the console last started: uptime counts from here (a router's own counts from its kernel's start (~)).
    booted: float = 0.0
    #: While the router boots: when it will have done so.
    ready_at: float | None = None
    changes: int = 0
    #: Who gave the command that is being carried out, and when each user (by row) last logged in.
    acting: str = ""
    #: The session whose command is being carried out; None while a script runs.
    caller: Caller | None = None
    last_logins: dict[int, float] = field(default_factory=dict)
    #: Live connections: number -> (service, local address, remote address and port).
    connections: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    watchers: list[Callable[[], None]] = field(default_factory=list)
    #: The router starts anew, with its configuration (a reboot) or without: whatever stands outside of it ends.
    on_reset: list[Callable[[], None]] = field(default_factory=list)
    on_service: list[Callable[[], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.history = History(self)
        self.safe_mode = SafeMode(self)
        self.state = State(self)
        self._log_id = 0
        self._connection_id = 0
        self.site.watchers.append(self.touch)
        self._build()

    def _build(self) -> None:
        indexes: dict[str, set[tuple[str, ...]]] = {}
        for menu in self.menus.values():
            wanted = indexes.setdefault(menu.table, set())
            wanted.update(rule.fields for rule in menu.unique)
            if menu.name_field:
                wanted.add((menu.name_field,))
        self.tables = {
            table: Table(_FIRST_IDS.get(table, 1), sorted(fields), self.history.journal)
            for table, fields in indexes.items()
        }
        self._dynamic_ids: dict[tuple[str, str], int] = {}
        self.device_mode = DeviceMode(self.version, self.first_mode or default_mode(self.version))
        self.booted, self.ready_at = self.site.clock.now() - UPTIME_AT_START, None
        self.log = []
        self._log_id = 0
        self.factory(self)

    def reset(self) -> None:
        """Back to the factory state, with fresh counters."""
        self.counters = Counters()
        self.faults = Faults()
        self.events.forget()
        self.history = History(self)
        self.safe_mode = SafeMode(self)
        self.state = State(self)
        self._build()
        self.touch()
        for hook in list(self.on_reset):
            hook()

    def reboot(self) -> None:
        """Go down at once and come back after ``BOOT`` seconds, with all rows and their identifiers.

        What only memory holds is gone: connections, running scripts and their variables, the log, leases, whatever
        probes and watches knew, how often jobs and scripts ran, address-list entries with a time or marked dynamic.
        """
        self.safe_mode.rebooted()
        self.events.forget()
        self._forget()
        self.ready_at = self.booted = self.site.clock.now() + BOOT
        self.state = State(self)
        for hook in list(self.on_reset):
            hook()
        self.touch()

    def _forget(self) -> None:
        """What the disk does not hold."""
        self.log, self._log_id = [], 0
        entries = self.tables[EXPIRING]
        for row in list(entries):
            if row.id in self.state.expiry.ends or row.values.get("dynamic") == "true":
                entries.delete(row.id)
        for row in self.tables["system script"]:
            row.facts.clear()
        self.last_logins.clear()

    def _come_back(self, now: float) -> None:
        """The console starts."""
        self.ready_at = None
        self.state = State(self, now)
        self.write_log("system,info", "router rebooted", now)
        self.service_changed()

    @property
    def booting(self) -> bool:
        """Whether the router is down, between a reboot's beginning and its end."""
        return self.ready_at is not None

    # What values ask (the Names protocol)

    def find(self, table: str, name: str) -> int | None:
        """The identifier of the row of that name, or None."""
        for row in self.tables[table].same(("name",), {"name": name}):
            return row.id
        return None

    def names(self, table: str) -> Iterable[str]:
        """The names of all rows of a table."""
        for row in self.tables[table]:
            name = row.values.get("name")
            if isinstance(name, str):
                yield name

    def name_of(self, table: str, row_id: int) -> str | None:
        """The row's name now, or None when it is gone."""
        row = self.tables[table].get(row_id)
        name = None if row is None else row.values.get("name")
        return name if isinstance(name, str) else None

    def dynamic_id(self, table: str, key: str) -> int:
        """The identifier of a dynamic row, the same as long as its key is the same."""
        if (table, key) not in self._dynamic_ids:
            self._dynamic_ids[table, key] = self.tables[table].new_id()
        return self._dynamic_ids[table, key]

    # Reading

    def text(self, row: Row, field_name: str, default: str = "") -> str:
        """One written property of a row, as it reads back."""
        value = row.values.get(field_name)
        return default if value is None else text_of(value, self)

    def effective(self, menu: Menu, row: Row, field_name: str) -> str:
        """A property of a row, its default when it was never written."""
        return self.text(row, field_name, menu.by_name[field_name].default or "")

    def referred(self, value: Value | None) -> Row | None:
        """The row that a mention means, None when there is none or it is gone."""
        if isinstance(value, Ref):
            return self.tables[value.table].get(value.row_id)
        return None

    @property
    def identity(self) -> str:
        """The router's own name."""
        return self.text(next(iter(self.tables["system identity"])), "name")

    def service(self, name: str) -> Row:
        """A row of ``/ip/service``."""
        return self.tables["ip service"].same(("name",), {"name": name})[0]

    def mac(self, number: int) -> str:
        """The MAC address of the router's n-th device, always the same for a router's name."""
        seed = zlib.crc32(self.name.encode()) & 0xFFFF
        return f"48:A9:8A:{seed >> 8:02X}:{seed & 0xFF:02X}:{number & 0xFF:02X}"

    @property
    def serial(self) -> str:
        """A serial number, always the same for a router's name."""
        return f"{zlib.crc32(('serial ' + self.name).encode()):08X}A0F"

    def stamp(self, when: float | None = None) -> str:
        """Date and time of a moment (now when None), as this version writes them."""
        return moment_text(utc(self.site.clock.wall(self.site.clock.now() if when is None else when)), self.version)

    # Changing

    def touch(self) -> None:
        """Something changed that routes, leases or watches may depend on."""
        self.state.soil(self.site.clock.now())
        self.changed()

    def changed(self) -> None:
        """Something changed: wake whoever listens."""
        self.changes += 1
        for wake in self.watchers:
            wake()

    def service_changed(self) -> None:
        """A row of ``/ip/service`` changed: ports may open or close."""
        for hook in list(self.on_service):
            hook()

    def connected(self, service: str, local: str, remote: str) -> int:
        """Someone came in by a service; returns the connection's number."""
        self._connection_id += 1
        self.connections[self._connection_id] = (service, local, remote)
        self.changed()
        return self._connection_id

    def disconnected(self, number: int) -> None:
        """The connection ended."""
        self.connections.pop(number, None)
        self.changed()

    def settle(self) -> None:
        """Bring what the router works out up to the present moment; a router that is booting works out nothing."""
        now = self.site.clock.now()
        if self.ready_at is not None and self.ready_at <= now:
            self._come_back(self.ready_at)
        if self.ready_at is None:
            self.state.settle(now)

    def next_due(self) -> float | None:
        """When the next thing happens by itself."""
        return self.state.next_due() if self.ready_at is None else self.ready_at

    def write_log(self, topics: str, message: str, when: float | None = None) -> None:
        """Add a line to ``/log``."""
        self._log_id += 1
        now = self.site.clock.now() if when is None else when
        self.log.append(LogLine(self._log_id, now, topics, message))
        del self.log[:-_LOG_LINES]
        self.changed()
