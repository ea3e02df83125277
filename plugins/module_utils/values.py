# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RouterOS value kinds. Each turns any accepted spelling of a value into one canonical spelling, so that values compare.

``kind.canonical(text)`` returns the canonical text and raises ValueError whose message says what would be right.
The canonical form is what the API reads back, save that booleans are ``yes``/``no`` as users and exports write them.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_UNITS = {"w": 604_800_000_000, "d": 86_400_000_000, "h": 3_600_000_000, "m": 60_000_000, "s": 1_000_000}
_UNITS |= {"ms": 1_000, "us": 1}
_CLOCK = re.compile(r"(?:(?:(\d+)w)?(?:(\d+)d)? ?)(\d{1,3}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?")
_SPAN = re.compile(r"(?:\d+(?:w|d|h|ms|us|m|s))+")
_SUFFIXES = {"": 1, "k": 1_000, "M": 1_000_000, "G": 1_000_000_000}
_SUFFIXES |= {"KiB": 1_024, "MiB": 1_024**2, "GiB": 1_024**3, "Ki": 1_024, "Mi": 1_024**2, "Gi": 1_024**3}


def plain(value: Any) -> str:
    """Return the RouterOS spelling of a value as YAML gives it: booleans, numbers and lists of them become text.

    Raises ValueError for what has no spelling: mappings, lists in lists, and text that no router can hold.
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        if any(item is None or isinstance(item, (list, tuple, dict)) for item in value):
            raise ValueError("expected texts and numbers in a list")
        return ",".join(plain(item) for item in value)
    if not isinstance(value, (str, int, float)):
        raise ValueError(f"expected a text, a number, a truth value or a list of them, found a {type(value).__name__}")
    if "\0" in str(value):
        raise ValueError("expected text without NUL characters")
    return str(value)


class Kind:
    """What a property may hold. ``ansible`` is the type of the option that takes it, ``elements`` that of a list's."""

    ansible: str = "str"
    choices: tuple[str, ...] = ()
    clearable: bool = False
    """Whether writing an empty text clears the property."""

    def canonical(self, text: str) -> str:
        """Return the canonical spelling of *text*; raise ValueError that says what is expected."""
        raise NotImplementedError

    def identity(self, text: str) -> str:
        """Return the part of a canonical value that tells rows apart."""
        return text

    def mentions(self, text: str) -> list[str]:
        """Return the names in a canonical value that may be names of other rows."""
        return [text.removeprefix("!")]

    def renamed(self, text: str, names: Mapping[str, str]) -> str:
        """Return a canonical value with what it mentions under new names."""
        bare = text.removeprefix("!")
        return text[: len(text) - len(bare)] + names.get(bare, bare)


@dataclass(frozen=True)
class Text(Kind):
    """Any text, kept to the letter; ``longest`` in bytes."""

    longest: int = 0
    clearable: bool = True

    def canonical(self, text: str) -> str:
        if self.longest and len(text.encode()) > self.longest:
            raise ValueError(f"expected at most {self.longest} bytes, found {len(text.encode())}")
        return text


@dataclass(frozen=True)
class Source(Kind):
    """Text of a script; editors on the router turn newlines into CR LF, which means the same."""

    clearable: bool = True

    def canonical(self, text: str) -> str:
        return text.replace("\r\n", "\n").rstrip("\n")


@dataclass(frozen=True)
class Name(Kind):
    """The name of something: not empty, and perhaps negated."""

    negatable: bool = False

    def canonical(self, text: str) -> str:
        bare = text.removeprefix("!") if self.negatable else text
        if not bare.strip():
            raise ValueError("expected a name, found nothing")
        return text


@dataclass(frozen=True)
class Bool(Kind):
    """yes or no; the API reads back true or false."""

    ansible: str = "bool"

    def canonical(self, text: str) -> str:
        if text.lower() in ("yes", "true", "on", "1"):
            return "yes"
        if text.lower() in ("no", "false", "off", "0"):
            return "no"
        raise ValueError("expected yes or no")


@dataclass(frozen=True)
class Switch(Bool):
    """A property that is there or not; on reads back as an empty text (routing table fib, route blackhole)."""

    def canonical(self, text: str) -> str:
        return "yes" if text == "" else super().canonical(text)


@dataclass(frozen=True)
class Enum(Kind):
    """One word of a few."""

    choices: tuple[str, ...] = ()
    negatable: bool = False

    def canonical(self, text: str) -> str:
        bare = text.removeprefix("!") if self.negatable else text
        if bare in self.choices:
            return text
        # YAML reads on, off, yes and no as truth values
        truth = {"true": "yes", "false": "no"}.get(bare.lower(), bare)
        for spelled in (truth, {"yes": "on", "no": "off"}.get(truth, truth)):
            if spelled in self.choices:
                return spelled
        raise ValueError(f"expected one of {', '.join(self.choices)}")


@dataclass(frozen=True)
class Number(Kind):
    """A whole number within bounds; 25M is 25000000, 2048KiB is counted in ``unit`` bytes."""

    minimum: int = 0
    maximum: int = 4_294_967_295
    unit: int = 1
    negatable: bool = False

    def canonical(self, text: str) -> str:
        bare = text.removeprefix("!") if self.negatable else text
        found = re.fullmatch(r"(-?\d+)([A-Za-z]*)", bare.strip())
        if not found or found[2] not in _SUFFIXES:
            raise ValueError(f"expected a number between {self.minimum} and {self.maximum}")
        number = int(found[1]) * _SUFFIXES[found[2]]
        if found[2].endswith(("B", "i")):
            number //= self.unit
        if not self.minimum <= number <= self.maximum:
            raise ValueError(f"expected a number between {self.minimum} and {self.maximum}")
        return ("!" if bare is not text and text.startswith("!") else "") + str(number)


@dataclass(frozen=True)
class Hex(Kind):
    """A whole number that the router reads back in hexadecimal digits, ``0x8000``; YAML hands it over as 32768.

    With ``choices`` it is one of those, in their spelling.
    """

    maximum: int = 65_535
    choices: tuple[str, ...] = ()

    def canonical(self, text: str) -> str:
        found = re.fullmatch(r"0x([0-9A-Fa-f]+)|(\d+)", text.strip())
        number = (int(found[1], 16) if found[1] else int(found[2])) if found else -1
        if self.choices:
            for choice in self.choices:
                if int(choice, 16) == number:
                    return choice
            raise ValueError(f"expected one of {', '.join(self.choices)}")
        if not 0 <= number <= self.maximum:
            raise ValueError(
                f"expected a number between 0 and {self.maximum}, which may be written as 0x{self.maximum:X}"
            )
        return f"0x{number:X}"


@dataclass(frozen=True)
class Duration(Kind):
    """A span of time: 10m, 00:10:00, 1d02:00:00, 90 (seconds), 100ms. Bounds in seconds."""

    minimum: float = 0
    maximum: float = float("inf")

    def canonical(self, text: str) -> str:
        amount = microseconds(text)
        if not self.minimum * 1_000_000 <= amount <= self.maximum * 1_000_000:
            bounds = f"at least {self.minimum:g} s" if self.maximum == float("inf") else ""
            raise ValueError(f"expected a time of {bounds or f'{self.minimum:g} to {self.maximum:g} s'}")
        return duration(amount)


def microseconds(text: str) -> int:
    """Return a span of time in microseconds; raise ValueError where it is none."""
    bare = text.strip()
    if bare.isdigit():
        return int(bare) * 1_000_000
    if found := _CLOCK.fullmatch(bare):
        weeks, days, hours, minutes, seconds, fraction = (found[n] or "0" for n in range(1, 7))
        total = ((int(weeks) * 7 + int(days)) * 24 + int(hours)) * 3600 + int(minutes) * 60 + int(seconds)
        return total * 1_000_000 + int(fraction.ljust(6, "0"))
    if _SPAN.fullmatch(bare):
        return sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)(ms|us|w|d|h|m|s)", bare))
    raise ValueError("expected a time such as 10m, 1d2h or 00:10:00")


def duration(amount: int) -> str:
    """Return microseconds as the API spells them: ``1w2d3h4m5s``, ``100ms``, ``0s``."""
    out = ""
    for unit, size in _UNITS.items():
        count, amount = divmod(amount, size)
        if count:
            out += f"{count}{unit}"
    return out or "0s"


def _ip(text: str) -> ipaddress.IPv4Address:
    try:
        return ipaddress.IPv4Address(text)
    except ValueError:
        raise ValueError("expected an IPv4 address such as 192.168.40.1") from None


def _network(text: str) -> ipaddress.IPv4Network:
    try:
        return ipaddress.IPv4Network(text, strict=False)
    except ValueError:
        raise ValueError("expected an IPv4 prefix such as 192.168.40.0/24") from None


@dataclass(frozen=True)
class Address(Kind):
    """One IP address."""

    def canonical(self, text: str) -> str:
        if ":" in text:
            try:
                return str(ipaddress.IPv6Address(text))
            except ValueError:
                raise ValueError("expected an IP address such as 192.168.40.1 or 2001:db8::1") from None
        return str(_ip(text))


@dataclass(frozen=True)
class InterfaceAddress(Kind):
    """An address with the length of its network, as an interface has it; without a length it is a /32."""

    def canonical(self, text: str) -> str:
        try:
            return str(ipaddress.IPv4Interface(text))
        except ValueError:
            raise ValueError("expected an address with its prefix length such as 172.16.10.1/24") from None

    def identity(self, text: str) -> str:
        # one port cannot have an address twice, whatever its network
        return text.partition("/")[0]


@dataclass(frozen=True)
class Prefix(Kind):
    """A destination: the network's address with its length; without a length it is a /32."""

    def canonical(self, text: str) -> str:
        return str(_network(text))


@dataclass(frozen=True)
class Match(Kind):
    """What a firewall rule matches addresses with: an address, a prefix or a range, perhaps negated."""

    negatable: bool = True

    def canonical(self, text: str) -> str:
        sign, bare = ("!", text[1:]) if self.negatable and text.startswith("!") else ("", text)
        if "-" in bare:
            first, last = (_ip(part.strip()) for part in bare.split("-", 1))
            if last < first:
                raise ValueError("expected a range from a lower to a higher address")
            return sign + (str(first) if first == last else f"{first}-{last}")
        return sign + str(_network(bare)).removesuffix("/32")


@dataclass(frozen=True)
class MatchOrName(Kind):
    """An entry of an address list: as Match, or a DNS name."""

    def canonical(self, text: str) -> str:
        if re.fullmatch(r"[0-9./-]+", text):
            return Match(negatable=False).canonical(text)
        if not re.fullmatch(r"[A-Za-z0-9_.-]+", text):
            raise ValueError("expected an address, a prefix, a range or a DNS name")
        return text


@dataclass(frozen=True)
class Range(Kind):
    """A range of a pool. An aligned range reads back as a prefix; here it is spelled first-last again."""

    def canonical(self, text: str) -> str:
        if "/" in text:
            network = _network(text)
            first, last = network[0], network[-1]
        elif "-" in text:
            first, last = (_ip(part.strip()) for part in text.split("-", 1))
        else:
            first = last = _ip(text)
        if last < first:
            raise ValueError("expected a range from a lower to a higher address such as 10.0.0.2-10.0.0.254")
        return str(first) if first == last else f"{first}-{last}"


@dataclass(frozen=True)
class Gateway(Kind):
    """A next hop: address, interface or address%interface, perhaps with @table; RouterOS 6 takes several in one route."""

    def canonical(self, text: str) -> str:
        if not re.fullmatch(r"\S.*", text):
            raise ValueError("expected a gateway: an address, an interface or address%interface")
        if re.fullmatch(r"[0-9.]+", text):
            return str(_ip(text))
        return text

    def mentions(self, text: str) -> list[str]:
        return [port for hop in text.split(",") if (port := self._parts(hop)[1])]

    def renamed(self, text: str, names: Mapping[str, str]) -> str:
        parts = (self._parts(hop) for hop in text.split(","))
        return ",".join(f"{address}{names.get(port, port)}{table}" for address, port, table in parts)

    @staticmethod
    def _parts(text: str) -> tuple[str, str, str]:
        """Return what stands before the interface, the interface, and what stands behind it: an at sign and a table."""
        hop, sign, table = text.partition("@")
        address, percent, port = hop.partition("%")
        if percent:
            return f"{address}%", port, f"{sign}{table}"
        if re.fullmatch(r"[0-9.]+|[0-9A-Fa-f]*:.*", hop):
            return text, "", ""
        return "", hop, f"{sign}{table}"


@dataclass(frozen=True)
class Mac(Kind):
    """A hardware address, upper-case with colons."""

    negatable: bool = False

    def canonical(self, text: str) -> str:
        sign, bare = ("!", text[1:]) if self.negatable and text.startswith("!") else ("", text)
        digits = re.sub(r"[:.-]", "", bare).upper()
        if not re.fullmatch(r"[0-9A-F]{12}", digits):
            raise ValueError("expected a MAC address such as 48:8F:5A:00:00:01")
        return sign + ":".join(digits[n : n + 2] for n in range(0, 12, 2))


@dataclass(frozen=True)
class Members(Kind):
    """Some words of a declared set; the router reads them back in the order of the declaration."""

    members: tuple[str, ...] = ()
    negatable: bool = False
    ansible: str = "list"

    def canonical(self, text: str) -> str:
        sign, bare = ("!", text[1:]) if self.negatable and text.startswith("!") else ("", text)
        given = [part.strip() for part in bare.split(",") if part.strip()]
        for part in given:
            if part not in self.members:
                raise ValueError(f"expected some of {', '.join(self.members)}, found '{part}'")
        return sign + ",".join(member for member in self.members if member in given)


@dataclass(frozen=True)
class ListOf(Kind):
    """Values of one kind, joined by commas, in the order given."""

    kind: Kind = field(default_factory=Text)
    negatable: bool = False
    ansible: str = "list"
    clearable: bool = True

    def canonical(self, text: str) -> str:
        sign, bare = ("!", text[1:]) if self.negatable and text.startswith("!") else ("", text)
        return sign + ",".join(self.kind.canonical(part.strip()) for part in bare.split(",") if part.strip())

    def mentions(self, text: str) -> list[str]:
        return [name for part in text.removeprefix("!").split(",") for name in self.kind.mentions(part)]

    def renamed(self, text: str, names: Mapping[str, str]) -> str:
        bare = text.removeprefix("!")
        return text[: len(text) - len(bare)] + ",".join(self.kind.renamed(part, names) for part in bare.split(","))


@dataclass(frozen=True)
class PortRange(Kind):
    """One port or a range of ports."""

    maximum: int = 65_535

    def canonical(self, text: str) -> str:
        numbers = [Number(0, self.maximum).canonical(part) for part in text.split("-", 1)]
        if int(numbers[0]) > int(numbers[-1]):
            raise ValueError("expected a range from a lower to a higher number")
        return numbers[0] if len(set(numbers)) == 1 else "-".join(numbers)


@dataclass(frozen=True)
class Pattern(Kind):
    """Text of a certain shape; ``shape`` says it to people."""

    pattern: str = ""
    shape: str = ""

    def canonical(self, text: str) -> str:
        if not re.fullmatch(self.pattern, text):
            raise ValueError(f"expected {self.shape}")
        return text


@dataclass(frozen=True)
class OneOf(Kind):
    """The first of several kinds that fits; ``shape`` says to people what they are together."""

    kinds: tuple[Kind, ...] = ()
    shape: str = ""

    def canonical(self, text: str) -> str:
        for kind in self.kinds:
            try:
                return kind.canonical(text)
            except ValueError:
                continue
        raise ValueError(f"expected {self.shape}")


CLASSIFIERS = (
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
class Classifier(Kind):
    """A per-connection-classifier: fields:denominator/remainder, perhaps negated."""

    def canonical(self, text: str) -> str:
        found = re.fullmatch(r"(!?)([a-z-]+):(\d+)/(\d+)", text)
        if not found:
            raise ValueError("expected fields:denominator/remainder such as both-addresses-and-ports:2/0")
        if found[2] not in CLASSIFIERS:
            raise ValueError(f"expected its fields to be one of {', '.join(CLASSIFIERS)}")
        denominator, remainder = int(found[3]), int(found[4])
        if denominator < 1 or remainder >= denominator:
            raise ValueError(f"expected a remainder below the denominator {denominator}; {remainder} never matches")
        return f"{found[1]}{found[2]}:{denominator}/{remainder}"


class Unknown(Kind):
    """A property that no facts are known of: spellings that certainly mean the same compare as the same."""

    clearable = True

    def canonical(self, text: str) -> str:
        attempts: tuple[Callable[[str], str], ...] = ()
        if text in ("true", "false"):
            return "yes" if text == "true" else "no"
        if re.fullmatch(r"(\d+d)?\d{1,2}:\d{2}:\d{2}", text):
            attempts += (Duration().canonical,)
        if re.fullmatch(r"\d+[kMG]", text):
            attempts += (Number(maximum=2**63).canonical,)
        return attempts[0](text) if attempts else text
