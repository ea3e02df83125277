# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The model of the report: what one page says of a company, its sites, their links and LANs."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from .text import number


class State(Enum):
    """How a link does, the worst last; each with a sign beside its word, for who sees no colours."""

    UP = "up"
    UNKNOWN = "unknown"
    DEGRADED = "degraded"
    DEAD = "dead"  #: the modem answers, the line behind it does not
    DOWN = "down"

    @property
    def sign(self) -> str:
        """A character that stands for the state."""
        return {"up": "✓", "unknown": "?", "degraded": "!", "dead": "⊘", "down": "✕"}[self.value]

    @property
    def word(self) -> str:
        """The state as the page names it."""
        return "dead behind the modem" if self is State.DEAD else self.value

    @property
    def carries(self) -> bool:
        """Whether connections get through."""
        return self in (State.UP, State.DEGRADED)


@dataclass(frozen=True)
class Route:
    """A default route of a link in one table; *state*: active, standby, inactive, disabled, missing, unknown."""

    table: str
    distance: str
    state: str


@dataclass(frozen=True)
class Watch:
    """The host that netwatch asks through a link; *beyond*: it lies behind the link's gateway."""

    host: str
    status: str
    since: str
    lasting: float | None  #: seconds since the status changed, by the router's clock
    beyond: bool


@dataclass(frozen=True)
class Traffic:
    """What mangle has counted for one link: new connections and the bytes that LANs have sent; None: not told."""

    connections: int | None
    sent: int | None


@dataclass(frozen=True)
class Link:
    """One link to the internet: what the inventory wants of it, and how the router says that it does."""

    name: str
    port: str
    comment: str
    state: State
    reason: str
    address: str
    address_by: str
    gateway: str
    routes: tuple[Route, ...]
    watch: Watch | None
    received: int | None  #: bytes since the router has booted
    sent: int | None
    expected: float | None  #: share of the connections by weight, None where nothing is balanced
    traffic: Traffic

    @property
    def active(self) -> bool:
        """Whether what is not balanced leaves by this link."""
        return any(route.table == "main" and route.state == "active" for route in self.routes)


@dataclass(frozen=True)
class Lan:
    """One local network; *running* and *clients* are None where the router does not tell."""

    name: str
    port: str
    comment: str
    address: str
    present: bool | None  #: whether the address is on the router and valid
    running: bool | None
    dhcp: bool
    clients: int | None


@dataclass(frozen=True)
class Bucket:
    """One rule of per-connection classification with what it has counted."""

    lan: str
    bucket: str
    link: str
    packets: int | None
    octets: int | None
    expected: float
    share: float | None  #: of what all buckets of this LAN have counted; None before the first connection


@dataclass(frozen=True)
class Event:
    """One line of the router's log about a link; *kind*: up, down or other."""

    at: str
    link: str
    kind: str
    text: str


@dataclass(frozen=True)
class Difference:
    """The rows of one kind of drift in one menu."""

    what: str
    rows: tuple[str, ...]


@dataclass(frozen=True)
class Drift:
    """What differs from the site's description; *problem*: why it could not be compared to the end, else empty."""

    differences: tuple[Difference, ...] = ()
    problem: str = ""

    @property
    def count(self) -> int:
        """How many rows differ."""
        return sum(len(difference.rows) for difference in self.differences)


@dataclass(frozen=True)
class Site:
    """One site. Where *problem* is not empty the router was not read, and only the inventory is known."""

    router: str
    name: str
    host: str
    problem: str = ""
    unreachable: bool = False
    identity: str = ""
    version: str = ""
    model: str = ""
    uptime: float | None = None
    links: tuple[Link, ...] = ()
    lans: tuple[Lan, ...] = ()
    balanced: bool = False
    alerts: bool = False
    buckets: tuple[Bucket, ...] = ()
    drift: Drift = field(default_factory=Drift)
    events: tuple[Event, ...] = ()
    unread: frozenset[str] = frozenset()  #: menus of a report that the router has not told, by their paths

    @property
    def read(self) -> bool:
        """Whether the router has told its state."""
        return not self.problem

    @property
    def state(self) -> State:
        """The site as a whole: down without a link that carries anything, degraded when not all do."""
        states = [link.state for link in self.links]
        if not self.read or not states:
            return State.UNKNOWN
        if all(state is State.UP for state in states):
            return State.UP
        if any(state.carries for state in states):
            return State.DEGRADED
        return State.UNKNOWN if State.UNKNOWN in states else State.DOWN

    @property
    def word(self) -> str:
        """The site's state as the page names it."""
        if self.read:
            return {State.UP: "all links up", State.DEGRADED: "degraded", State.DOWN: "down"}.get(self.state, "unknown")
        return "unreachable" if self.unreachable else "not read"

    @property
    def tone(self) -> State:
        """What the site's badge looks like: a router that was not read is as bad as one that is down."""
        return self.state if self.read else State.DOWN

    @property
    def well(self) -> bool:
        """Whether nobody has to look."""
        return self.state is State.UP and not self.drift.count and not self.drift.problem

    @property
    def clients(self) -> int | None:
        """Clients of all LANs together, None where no LAN tells."""
        told = [lan.clients for lan in self.lans if lan.clients is not None]
        return sum(told) if told else None

    @property
    def connections(self) -> int | None:
        """New connections of all links together; None where nothing was counted or told."""
        told = [link.traffic.connections for link in self.links if link.traffic.connections is not None]
        return sum(told) if told else None

    @property
    def sent(self) -> int | None:
        """Bytes that LANs have sent over all links together."""
        told = [link.traffic.sent for link in self.links if link.traffic.sent is not None]
        return sum(told) if told else None


@dataclass(frozen=True)
class Company:
    """All sites, in the inventory's order."""

    sites: tuple[Site, ...]

    @property
    def read(self) -> int:
        """How many routers were read."""
        return sum(site.read for site in self.sites)

    @property
    def links(self) -> dict[State, int]:
        """How many links are in each state; links of routers that were not read count as unknown."""
        found = dict.fromkeys(State, 0)
        for site in self.sites:
            for link in site.links:
                found[link.state] += 1
        return found

    @property
    def drift(self) -> int:
        """How many rows differ at all sites."""
        return sum(site.drift.count for site in self.sites)

    @property
    def drifting(self) -> int:
        """How many sites differ."""
        return sum(site.drift.count > 0 for site in self.sites)

    @property
    def uncompared(self) -> int:
        """How many sites could not be compared to the end."""
        return sum(not site.read or bool(site.drift.problem) for site in self.sites)

    @property
    def versions(self) -> dict[str, int]:
        """How many routers run each version, the newest first."""
        found: dict[str, int] = {}
        for site in self.sites:
            if site.read:
                found[site.version or "unknown"] = found.get(site.version or "unknown", 0) + 1

        def newest(version: str) -> list[int]:
            parts = [number(part) for part in version.split(".")]
            return [-1 if part is None else part for part in parts]

        return dict(sorted(found.items(), key=lambda item: newest(item[0]), reverse=True))
