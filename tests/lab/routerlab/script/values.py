# Copyright: (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values of RouterOS's scripting language.

| ``:typeof`` | here |
| --- | --- |
| nothing | ``NOTHING`` (no value at all: a variable never set) |
| nil | ``NIL`` (a value that is not there: ``:find`` without success) |
| num, bool | ``int`` (64 bits, signed), ``bool`` |
| str | ``bytes`` |
| time | ``Time`` (microseconds) |
| ip, ip-prefix, ip6, ip6-prefix | ``IPv4Address``, ``Prefix``, ``IPv6Address``, ``Prefix`` |
| id | ``Id`` |
| array | ``Array`` |
| code, op | ``Code`` |
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from routerlab.script.syntax import Block


class Absent(Enum):
    """The two ways of being no value."""

    NOTHING = "nothing"
    NIL = "nil"


NOTHING = Absent.NOTHING
NIL = Absent.NIL


@dataclass(frozen=True, order=True)
class Time:
    """A span of time in microseconds."""

    us: int


@dataclass(frozen=True)
class Prefix:
    """An address with a length of prefix, IPv4 or IPv6."""

    address: IPv4Address | IPv6Address
    length: int


@dataclass(frozen=True)
class Id:
    """Identifiers of rows: one, or several joined by ``,`` as ``find`` gives them to ``set``."""

    number: int


@dataclass
class Array:
    """Elements without a key, in order, and elements with one."""

    items: list[Value] = field(default_factory=list)
    keyed: dict[bytes, Value] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.items) + len(self.keyed)


@dataclass(frozen=True, eq=False)
class Code:
    """A piece of program: what ``do={}`` and ``:parse`` give."""

    block: Block
    source: bytes = b""


Value = Absent | int | bool | bytes | Time | IPv4Address | IPv6Address | Prefix | Id | Array | Code
