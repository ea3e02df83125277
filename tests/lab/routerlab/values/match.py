# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Matchers of firewall rules that are made of several parts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from routerlab import messages
from routerlab.values.base import Names, Value
from routerlab.values.basic import complete
from routerlab.values.time import read_duration, write_duration

#: Hashes of per-connection-classifier; the manual's CLI reference gives them as bit masks of four fields.
PCC_FIELDS = (
    "src-address",
    "dst-address",
    "both-addresses",
    "src-port",
    "src-address-and-port",
    "dst-port",
    "dst-address-and-port",
    "both-ports",
    "both-addresses-and-ports",
)


@dataclass(frozen=True)
class Classifier:
    """``both-addresses:2/0``: a hash, a denominator of at least 1 and a remainder, which nothing keeps below it."""

    def parse(self, text: str, name: str, names: Names) -> Value:
        match = re.fullmatch(r"([a-z-]+):([0-9]+)/([0-9]+)", text)
        if match is None:
            raise messages.invalid_value(name)
        fields = complete(match[1], PCC_FIELDS, name)
        for number, low in ((int(match[2]), 1), (int(match[3]), 0)):
            if not low <= number <= 4294967295:
                raise messages.out_of_range(name, str(low), "4294967295")
        return f"{fields}:{int(match[2])}/{int(match[3])}"

    def __str__(self) -> str:
        return "hash:denominator/remainder"


_RATE = re.compile(r"([0-9]+)([kMG]?)(?:/([0-9a-z:]+))?,([0-9]+)(?::([a-z]+))?")
_SUFFIX = {"": 1, "k": 1_000, "M": 1_000_000, "G": 1_000_000_000}


@dataclass(frozen=True)
class Limit:
    """``10/1m,5:packet``: a rate (k, M, G allowed), the time it is for, a burst, packets or bits."""

    def parse(self, text: str, name: str, names: Names) -> Value:
        match = _RATE.fullmatch(text)
        if match is None:
            raise messages.invalid_value(name)
        rate = int(match[1]) * _SUFFIX[match[2]]
        if not 1 <= rate <= 32_000_000_000:
            raise messages.out_of_range(name, "1", "32000000000")
        every = ""
        if match[3]:
            micros = read_duration(match[3])
            if micros is None:
                raise messages.invalid_value(name)
            every = "" if micros == 1_000_000 else f"/{write_duration(micros)}"
        unit = complete(match[5] or "packet", ("packet", "bit"), name)
        return f"{rate}{every},{int(match[4])}:{unit}"

    def __str__(self) -> str:
        return "rate[/time],burst[:packet|bit]"


@dataclass(frozen=True)
class TcpFlags:
    """``syn,!ack``: flags that are set or clear, in the order of their declaration."""

    flags: tuple[str, ...] = ("fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr")

    def parse(self, text: str, name: str, names: Names) -> Value:
        wanted: dict[str, str] = {}
        for word in text.split(","):
            bare = word.removeprefix("!")
            wanted[complete(bare, self.flags, name)] = "!" if word.startswith("!") else ""
        return ",".join(wanted[flag] + flag for flag in self.flags if flag in wanted)

    def __str__(self) -> str:
        return "TCP flags, each also negated"


_COUNT_SUFFIX = re.compile(r"([0-9]+)([kMG]?)")


@dataclass(frozen=True)
class Span:
    """A number or ``a-b``; ``scaled`` takes k, M and G and reads back the plain number."""

    low: int = 0
    high: int = 4294967295
    scaled: bool = False

    def parse(self, text: str, name: str, names: Names) -> Value:
        numbers: list[str] = []
        for part in text.split("-"):
            match = _COUNT_SUFFIX.fullmatch(part)
            if match is None or (match[2] and not self.scaled) or len(numbers) == 2:
                raise messages.invalid_value(name)
            number = int(match[1]) * _SUFFIX[match[2]]
            if not self.low <= number <= self.high:
                raise messages.out_of_range(name, str(self.low), str(self.high))
            numbers.append(str(number))
        return "-".join(numbers)

    def __str__(self) -> str:
        return f"number or range {self.low}..{self.high}"
