# Copyright (c) multiwan.routeros contributors
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

#: What an element of an array takes whatever it is, in bytes (about).
_ELEMENT = 64


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
    _size: int | None = field(default=None, init=False, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.items) + len(self.keyed)

    @property
    def size(self) -> int:
        """About how many bytes its elements take; once asked for, only the methods below change the array."""
        if self._size is None:
            self._size = sum(map(size, (*self.items, *self.keyed, *self.keyed.values())))
        return self._size

    def copy(self) -> Array:
        """Another array of the same elements."""
        found = Array(list(self.items), dict(self.keyed))
        found._size = self.size
        return found

    def place(self, index: int, value: Value) -> None:
        """Put an element at a position; one past the last appends."""
        self._size = self.size + size(value)
        if index == len(self.items):
            self.items.append(value)
        else:
            self._size -= size(self.items[index])
            self.items[index] = value

    def put(self, key: bytes, value: Value) -> None:
        """Put an element under a key."""
        replaced = size(self.keyed[key]) if key in self.keyed else -size(key)
        self._size = self.size + size(value) - replaced
        self.keyed[key] = value

    def drop(self, key: bytes) -> None:
        """Take the element of a key out, if there is one."""
        if key in self.keyed:
            self._size = self.size - size(key) - size(self.keyed.pop(key))

    def extend(self, other: Array) -> None:
        """Take another one's elements in."""
        self._size = (
            self.size
            + other.size
            - sum(size(key) + size(self.keyed[key]) for key in self.keyed.keys() & other.keyed.keys())
        )
        self.items += other.items
        self.keyed |= other.keyed


@dataclass(frozen=True, eq=False)
class Code:
    """A piece of program: what ``do={}`` and ``:parse`` give."""

    block: Block
    source: bytes = b""


Value = Absent | int | bool | bytes | Time | IPv4Address | IPv6Address | Prefix | Id | Array | Code


def size(value: Value) -> int:
    """About how many bytes a value takes."""
    if isinstance(value, Array):
        return _ELEMENT + value.size
    return _ELEMENT + (len(value) if isinstance(value, bytes) else 0)
