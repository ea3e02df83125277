# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Value kinds that only firewall rules have; forms and read-back as real exports show them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..values import Kind, Number, duration, microseconds

_NUMBERS = {"1": "icmp", "2": "igmp", "6": "tcp", "17": "udp", "47": "gre", "50": "ipsec-esp", "51": "ipsec-ah"}
_NUMBERS |= {"89": "ospf", "103": "pim", "112": "vrrp", "132": "sctp"}
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MODES = ("dst-address", "dst-address-and-port", "src-address", "src-and-dst-addresses", "addresses-and-dst-port")


def _signed(text: str) -> tuple[str, str]:
    return ("!", text[1:]) if text.startswith("!") else ("", text)


@dataclass(frozen=True)
class Protocol(Kind):
    """An IP protocol by name or number, perhaps negated; the router reads a number back as the name it knows."""

    def canonical(self, text: str) -> str:
        sign, bare = _signed(text)
        if not re.fullmatch(r"[a-z][a-z0-9-]*|\d{1,3}", bare) or (bare.isdigit() and int(bare) > 255):
            raise ValueError("expected a protocol such as tcp, udp or icmp, or its number up to 255")
        return sign + _NUMBERS.get(bare, bare)


@dataclass(frozen=True)
class Span(Kind):
    """A number or a range of numbers, perhaps negated; ``100k-1M`` is 100000-1000000."""

    maximum: int = 4_294_967_295
    negatable: bool = False

    def canonical(self, text: str) -> str:
        sign, bare = _signed(text) if self.negatable else ("", text)
        kind = Number(0, self.maximum)
        numbers = [kind.canonical(part) for part in bare.split("-", 1)]
        if int(numbers[0]) > int(numbers[-1]):
            raise ValueError("expected a range from a lower to a higher number")
        return sign + "-".join(numbers)


@dataclass(frozen=True)
class Limit(Kind):
    """How many packets or bits a time: ``rate[/time],burst[:packet|bit]``, perhaps negated."""

    def canonical(self, text: str) -> str:
        sign, bare = _signed(text)
        found = re.fullmatch(r"(\w+)(?:/([\w:.]+))?,(\w+)(?::(packet|bit))?", bare)
        if not found:
            raise ValueError("expected rate/time,burst:mode such as 10/1m,5:packet")
        rate = Number(1, 32_000_000_000).canonical(found[1])
        burst = Number(0, 2_000_000_000).canonical(found[3])
        return f"{sign}{rate}{_per(found[2])},{burst}:{found[4] or 'packet'}"


@dataclass(frozen=True)
class HashLimit(Kind):
    """A limit for each address or connection: ``rate[/time],burst,mode/expire``.

    The expiry must be written, because the router fills it in and a rule without it would never compare as equal.
    """

    def canonical(self, text: str) -> str:
        found = re.fullmatch(r"(\w+)(?:/([\w:.]+))?,(\w+),([a-z-]+)/([\w:.]+)", text)
        if not found or found[4] not in _MODES:
            raise ValueError(
                f"expected rate/time,burst,mode/expire such as 32,32,src-address/10s, mode: {', '.join(_MODES)}"
            )
        rate, burst = Number().canonical(found[1]), Number().canonical(found[3])
        return f"{rate}{_per(found[2])},{burst},{found[4]}/{duration(microseconds(found[5]))}"


@dataclass(frozen=True)
class Window(Kind):
    """A time of day on some days: ``8h-17h,mon,fri``, perhaps negated."""

    def canonical(self, text: str) -> str:
        sign, bare = _signed(text)
        hours, *days = (part.strip() for part in bare.split(","))
        first, dash, last = hours.partition("-")
        wrong = [day for day in days if day not in _DAYS]
        if not dash or not days or wrong:
            raise ValueError(f"expected a time of day and days such as 8h-17h,mon,fri, days: {', '.join(_DAYS)}")
        span = f"{duration(microseconds(first))}-{duration(microseconds(last))}"
        return sign + ",".join((span, *(day for day in _DAYS if day in days)))


@dataclass(frozen=True)
class Icmp(Kind):
    """An ICMP type and its codes, ``type[:code[-code]]``; a type alone reads back with all codes, ``8:0-255``."""

    def canonical(self, text: str) -> str:
        sign, bare = _signed(text)
        kind, _colon, codes = bare.partition(":")
        try:
            number = Number(0, 255).canonical(kind)
            first, _dash, last = (codes or "0-255").partition("-")
            low, high = (Number(0, 255).canonical(code) for code in (first, last or first))
        except ValueError:
            raise ValueError("expected an ICMP type and code such as 8:0 or 3:0-255") from None
        return f"{sign}{number}:{low if low == high else f'{low}-{high}'}"


def _per(text: str | None) -> str:
    """Return the time of a rate as it reads back; a second is not written."""
    amount = microseconds(text or "1s")
    return "" if amount == 1_000_000 else f"/{duration(amount)}"
