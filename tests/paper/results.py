# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one run of the paper's evaluation measured, as plain data that goes to JSON and back unchanged.

Nothing here is computed from other fields: shares, means and times until recovery are worked out by analysis.py, so that
the file holds what was seen and the report can be made again from it.
"""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

#: Of the file; another number is refused, not guessed at.
FORMAT = 1

T = TypeVar("T")


class ResultsError(Exception):
    """A file of results that cannot be read; the text says what is wrong with it, and where."""


@dataclass(frozen=True)
class Missing:
    """Stands where a measurement should be; ``missing`` is the reason, a clause for a reader."""

    missing: str


@dataclass(frozen=True)
class Step:
    """One part of the run and the seconds that it took."""

    name: str
    seconds: float


@dataclass(frozen=True)
class Run:
    """The circumstances: when (ISO 8601, UTC), how long (seconds), on what machine, with which versions.

    ``quick`` is a shortened run whose numbers are no reproduction; ``clock`` is the speed of the lab's timers during
    the failover tests (1: real time); ``backend`` is the lab's own word for its data plane.
    """

    started: str
    seconds: float
    quick: bool
    clock: float
    backend: str
    machine: str
    kernel: str
    cpus: int
    versions: dict[str, str]
    routers: dict[str, str]
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Connection:
    """One row of ``/ip firewall connection``, in the router's own words; empty where the row lacks the field.

    ``flags`` are Winbox's letters; rates are in bit/s and bytes are counted in both directions: original, then reply.
    """

    flags: str
    source: str
    destination: str
    protocol: str
    mark: str
    timeout: str
    state: str
    rates: tuple[int, int]
    bytes: tuple[int, int]


@dataclass(frozen=True)
class ConnectionTable:
    """The connections that one client had open while it fetched pages (figure 26)."""

    router: str
    client: str
    rows: tuple[Connection, ...]


@dataclass(frozen=True)
class ShareRun:
    """New connections that each link carried, by the link's name, and those that failed."""

    by_link: dict[str, int]
    failed: int


@dataclass(frozen=True)
class ShareTest:
    """Runs on one router; ``weights`` are the site's own, by link."""

    router: str
    lan: str
    weights: dict[str, int]
    runs: tuple[ShareRun | Missing, ...]


@dataclass(frozen=True)
class Rate:
    """What a link was shaped to: Mbit/s on the wire, and the delay of one direction in ms."""

    download_mbps: float
    upload_mbps: float
    delay_ms: float


@dataclass(frozen=True)
class SpeedRun:
    """One speed test: round trip in ms, goodput in Mbit/s."""

    ping_ms: float
    download_mbps: float
    upload_mbps: float


@dataclass(frozen=True)
class SpeedTest:
    """Runs of the speed test with this many parallel connections, with (``balanced``) or without balancing."""

    balanced: bool
    connections: int
    runs: tuple[SpeedRun | Missing, ...]


@dataclass(frozen=True)
class Speed:
    """Tables 1 and 2: the router, the LAN and what its links were shaped to."""

    router: str
    lan: str
    rates: dict[str, Rate]
    tests: tuple[SpeedTest, ...]


@dataclass(frozen=True)
class Sample:
    """Attempts to connect that began at ``at`` (seconds since the fault): carried by each link, and failed."""

    at: float
    by_link: dict[str, int]
    failed: int


@dataclass(frozen=True)
class Held:
    """Connections that were open before the fault, by the link that carried them.

    ``silent`` no longer answered when the fault was repaired; ``dead`` did not answer at the end either.
    """

    opened: dict[str, int]
    silent: dict[str, int]
    dead: dict[str, int]


@dataclass(frozen=True)
class Message:
    """A message that the Telegram look-alike took: seconds since the fault, or since the first message where there is
    none; the link that it came through; its text."""

    at: float
    link: str
    text: str


@dataclass(frozen=True)
class Outage:
    """One failure of ``link`` and its repair, ``repaired`` seconds after the fault.

    ``way`` is a key of analysis.WAYS; ``samples`` cover the time before, during and after; the time of each is that of
    the attempts' beginning, in seconds of the clock on the wall.
    """

    way: str
    link: str
    links: tuple[str, ...]
    repaired: float
    samples: tuple[Sample, ...]
    held: Held | Missing
    messages: tuple[Message, ...] | Missing


@dataclass(frozen=True)
class Failover:
    """Figure 27, for each way that a link can fail; a way that could not be tried is Missing."""

    router: str
    lan: str
    rate: float
    timeout: float
    outages: dict[str, Outage | Missing]


@dataclass(frozen=True)
class Results:
    """Everything; ``messages`` are all those of the router's session with Telegram, in order (figure 28)."""

    format: int
    run: Run
    connections: ConnectionTable | Missing
    shares: dict[str, ShareTest | Missing]
    speed: Speed | Missing
    failover: Failover | Missing
    messages: tuple[Message, ...] | Missing


def dump(results: Results) -> str:
    """Return the results as JSON text."""
    return json.dumps(asdict(results), ensure_ascii=False, indent=1) + "\n"


def load(text: str) -> Results:
    """Return the results that ``dump`` wrote. Raises ResultsError."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise ResultsError(f"no JSON: {error}") from None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        found = data.get("format") if isinstance(data, dict) else type(data).__name__
        raise ResultsError(f"format {found!r}, and this program reads {FORMAT}")
    return _read(Results, data, "results")


def _read(kind: type[T], data: object, where: str) -> T:
    """Build a value of ``kind``, a dataclass, from a mapping."""
    if not isinstance(data, Mapping):
        raise ResultsError(f"{where}: {type(data).__name__} in place of an object")
    hints = get_type_hints(kind)
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    if wrong := sorted(data.keys() ^ set(names)):
        raise ResultsError(f"{where}: {', '.join(wrong)} missing or unknown")
    return kind(**{name: _value(hints[name], data[name], f"{where}.{name}") for name in names})


def _value(kind: Any, data: Any, where: str) -> Any:
    if get_origin(kind) in (Union, types.UnionType):
        return _one_of(get_args(kind), data, where)
    if get_origin(kind) is dict:
        if not isinstance(data, dict):
            raise ResultsError(f"{where}: {type(data).__name__} in place of an object")
        of = get_args(kind)[1]
        return {key: _value(of, value, f"{where}.{key}") for key, value in data.items()}
    if get_origin(kind) is tuple:
        return _items(get_args(kind), data, where)
    if is_dataclass(kind) and isinstance(kind, type):
        return _read(kind, data, where)
    # True and False are numbers to isinstance, and no numbers in a document.
    if kind is float and isinstance(data, int) and not isinstance(data, bool):
        return float(data)
    if not isinstance(data, kind) or (isinstance(data, bool) and kind is not bool):
        raise ResultsError(f"{where}: {data!r} is no {kind.__name__}")
    return data


def _items(kinds: tuple[Any, ...], data: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(data, list):
        raise ResultsError(f"{where}: {type(data).__name__} in place of a list")
    if kinds[-1] is Ellipsis:
        kinds = (kinds[0],) * len(data)
    if len(kinds) != len(data):
        raise ResultsError(f"{where}: {len(data)} items in place of {len(kinds)}")
    return tuple(_value(kind, item, f"{where}[{i}]") for i, (kind, item) in enumerate(zip(kinds, data, strict=True)))


def _one_of(kinds: tuple[Any, ...], data: Any, where: str) -> Any:
    """Of a measurement or Missing: the latter is told by its one field."""
    if isinstance(data, Mapping) and data.keys() == {"missing"}:
        return _read(Missing, data, where)
    others = [kind for kind in kinds if kind is not Missing]
    assert len(others) == 1, kinds
    return _value(others[0], data, where)
