# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Durations and dates.

Durations read back as ``1w2d3h4m5s`` (down to ms and us), never as ``24:00:00``; dates as ``2024-05-17`` from 7.10
on and ``may/17/2024`` before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from routerlab import messages
from routerlab.values.base import Names, Value
from routerlab.version import Version

_UNITS = {
    "w": 604_800_000_000,
    "d": 86_400_000_000,
    "h": 3_600_000_000,
    "m": 60_000_000,
    "s": 1_000_000,
    "ms": 1_000,
    "us": 1,
}
_UNIT_FORM = re.compile(
    r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)(?:\.(\d{1,6}))?s)?(?:(\d+)ms)?(?:(\d+)us)?", re.ASCII
)
_CLOCK_FORM = re.compile(r"(?:(?:(\d+)w)?(?:(\d+)d)? ?)?(\d{1,4}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,6}))?)?", re.ASCII)

#: Python refuses to read numbers of thousands of digits.
_LONGEST_TEXT = 200

_ISO_DATES = Version.parse("7.10")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def read_duration(text: str) -> int | None:
    """Microseconds of ``1d2h``, ``00:10:00``, ``1d00:10:00``, ``100ms`` or plain seconds; None otherwise."""
    if len(text) > _LONGEST_TEXT:
        return None
    if text.isascii() and text.isdigit():
        return int(text) * _UNITS["s"]
    match = _CLOCK_FORM.fullmatch(text)
    if match:
        weeks, days, hours, minutes, seconds, fraction = match.groups()
        if int(minutes) > 59 or int(seconds or 0) > 59:
            return None
        amount = int(weeks or 0) * _UNITS["w"] + int(days or 0) * _UNITS["d"] + int(hours) * _UNITS["h"]
        return (
            amount + int(minutes) * _UNITS["m"] + int(seconds or 0) * _UNITS["s"] + int((fraction or "0").ljust(6, "0"))
        )
    match = _UNIT_FORM.fullmatch(text)
    if not match or not text:
        return None
    weeks, days, hours, minutes, seconds, fraction, millis, micros = match.groups()
    pairs = zip((weeks, days, hours, minutes, seconds, millis, micros), _UNITS.values(), strict=True)
    return sum(int(part or 0) * unit for part, unit in pairs) + int((fraction or "0").ljust(6, "0"))


def write_duration(micros: int) -> str:
    """A duration as the API writes it: ``1w2d3h4m5s``, ``100ms``, ``0s``."""
    words = []
    for unit, size in _UNITS.items():
        amount, micros = divmod(micros, size)
        if amount:
            words.append(f"{amount}{unit}")
    return "".join(words) or "0s"


def seconds_text(seconds: float) -> str:
    """A duration of whole seconds."""
    return write_duration(int(seconds) * _UNITS["s"])


@dataclass(frozen=True)
class Duration:
    """A time interval; bounds are texts such as ``1s`` and are included.

    The upper one is 2^32 - 1 seconds unless an argument has its own, as the manual has it for lease times (~).
    """

    low: str = "0s"
    high: str = "7101w3d6h28m15s"

    def parse(self, text: str, name: str, names: Names) -> Value:
        micros = read_duration(text)
        if micros is None:
            raise messages.invalid_value(name)
        if not (read_duration(self.low) or 0) <= micros <= (read_duration(self.high) or 0):
            raise messages.out_of_range(name, self.low, self.high)
        return write_duration(micros)

    def __str__(self) -> str:
        return "time interval" if self == Duration() else f"time {self.low}..{self.high}"


def date_text(moment: datetime, version: Version) -> str:
    """A date in the form of the version."""
    if version >= _ISO_DATES:
        return moment.strftime("%Y-%m-%d")
    return f"{_MONTHS[moment.month - 1]}/{moment.day:02d}/{moment.year}"


def moment_text(moment: datetime, version: Version) -> str:
    """A date and time of day in the form of the version."""
    return f"{date_text(moment, version)} {moment:%H:%M:%S}"


def utc(timestamp: float) -> datetime:
    """The moment of a Unix timestamp; the lab's routers live in UTC."""
    return datetime.fromtimestamp(timestamp, UTC)


_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_OLD = re.compile(r"([a-z]{3})/([0-9]{1,2})/([0-9]{4})", re.IGNORECASE)


@dataclass(frozen=True)
class Date:
    """A calendar date, in either of the two forms; reads back in the form of the version."""

    def parse(self, text: str, name: str, names: Names) -> Value:
        moment = read_date(text)
        if moment is None:
            raise messages.invalid_value(name)
        return date_text(moment, names.version)

    def __str__(self) -> str:
        return "date"


def read_date(text: str) -> datetime | None:
    """The day that ``2024-05-17`` or ``may/17/2024`` names, or None."""
    iso, old = _ISO.fullmatch(text), _OLD.fullmatch(text)
    try:
        if iso:
            return datetime(int(iso[1]), int(iso[2]), int(iso[3]), tzinfo=UTC)
        if old and old[1].lower() in _MONTHS:
            return datetime(int(old[3]), _MONTHS.index(old[1].lower()) + 1, int(old[2]), tzinfo=UTC)
    except ValueError:
        return None
    return None


_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?")


@dataclass(frozen=True)
class TimeOfDay:
    """A time of day ``HH:MM:SS``, with words beside it such as ``startup``."""

    words: tuple[str, ...] = ()

    def parse(self, text: str, name: str, names: Names) -> Value:
        if text in self.words:
            return text
        match = _TIME.fullmatch(text)
        if match is None or int(match[1]) > 23 or int(match[2]) > 59 or int(match[3] or 0) > 59:
            raise messages.invalid_value(name)
        return f"{int(match[1]):02d}:{match[2]}:{match[3] or '00'}"

    def __str__(self) -> str:
        return " or ".join(("time of day", *self.words))
