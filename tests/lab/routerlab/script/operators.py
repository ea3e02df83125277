# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operators do to values.

Sources: the operator tables and examples of the manual's scripting pages (old and new).  The wording of errors is
formed after the one captured text ``cannot add ip address to ip address``; the others are (~).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address

from routerlab.script.errors import ScriptError
from routerlab.script.literals import is_absent, read_number, show, type_name, typed, wrap
from routerlab.script.values import NIL, NOTHING, Array, Id, Prefix, Time, Value

_SECOND = 1_000_000
_NAMES = {
    "num": "integer number",
    "str": "string",
    "bool": "boolean",
    "time": "time interval",
    "ip": "ip address",
    "ip-prefix": "ip prefix",
    "ip6": "ip6 address",
    "ip6-prefix": "ip6 prefix",
    "id": "internal number",
}
_CLASSES = {
    b"[:alpha:]": b"a-zA-Z",
    b"[:digit:]": b"0-9",
    b"[:alnum:]": b"a-zA-Z0-9",
    b"[:space:]": rb"\s",
    b"[:upper:]": b"A-Z",
    b"[:lower:]": b"a-z",
    b"[:xdigit:]": b"0-9A-Fa-f",
    b"[:punct:]": rb"!-/:-@\[-`{-~",
}


def _kind(value: Value) -> str:
    name = type_name(value)
    return _NAMES.get(name, name)


def _cannot(verb: str, left: Value, link: str, right: Value) -> ScriptError:
    return ScriptError(f"cannot {verb} {_kind(left)} {link} {_kind(right)}")


def _settled(value: Value) -> Value:
    """A string that looks like a value of another type, as that value."""
    return typed(value) if isinstance(value, bytes) else value


def _is_number(value: Value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _micros(value: Value) -> int | None:
    if isinstance(value, Time):
        return value.us
    return int(value) * _SECOND if isinstance(value, int) and not isinstance(value, bool) else None


def _shifted(address: IPv4Address | IPv6Address, by: int) -> Value:
    return type(address)((int(address) + by) % 2**address.max_prefixlen)


def add(left: Value, right: Value) -> Value:
    """``+``: numbers, times, an address and a number."""
    left, right = _settled(left), _settled(right)
    if _is_number(left) and _is_number(right):
        assert isinstance(left, int)
        assert isinstance(right, int)
        return wrap(left + right)
    if isinstance(left, (IPv4Address, IPv6Address)) and isinstance(right, int) and _is_number(right):
        return _shifted(left, right)
    if isinstance(left, Time) or isinstance(right, Time):
        first, second = _micros(left), _micros(right)
        if first is not None and second is not None:
            return Time(wrap(first + second))
    raise _cannot("add", left, "to", right)


def subtract(left: Value, right: Value) -> Value:
    """``-``: numbers, times, two addresses (a number), an address and a number (an address)."""
    left, right = _settled(left), _settled(right)
    if isinstance(left, int) and isinstance(right, int) and _is_number(left) and _is_number(right):
        return wrap(left - right)
    if isinstance(left, IPv4Address) and isinstance(right, IPv4Address):
        return int(left) - int(right)
    if isinstance(left, (IPv4Address, IPv6Address)) and isinstance(right, int) and _is_number(right):
        return _shifted(left, -right)
    if isinstance(left, Time) or isinstance(right, Time):
        first, second = _micros(left), _micros(right)
        if first is not None and second is not None:
            return Time(wrap(first - second))
    raise _cannot("subtract", right, "from", left)


def multiply(left: Value, right: Value) -> Value:
    """``*``: numbers, a time and a number."""
    left, right = _settled(left), _settled(right)
    if isinstance(right, Time):
        left, right = right, left
    if isinstance(right, int) and _is_number(right):
        if isinstance(left, Time):
            return Time(wrap(left.us * right))
        if isinstance(left, int) and _is_number(left):
            return wrap(left * right)
    raise _cannot("multiply", left, "by", right)


def _quotient(dividend: int, divisor: int) -> int:
    if divisor == 0:
        raise ScriptError("division by zero")
    found = abs(dividend) // abs(divisor)
    return found if (dividend < 0) == (divisor < 0) else -found


def divide(left: Value, right: Value) -> Value:
    """``/``: numbers (towards zero), a time by a number, a time by a time."""
    left, right = _settled(left), _settled(right)
    if isinstance(left, Time) and isinstance(right, Time):
        return wrap(_quotient(left.us, right.us))
    if isinstance(right, int) and _is_number(right):
        if isinstance(left, Time):
            return Time(_quotient(left.us, right))
        if isinstance(left, int) and _is_number(left):
            return wrap(_quotient(left, right))
    raise _cannot("divide", left, "by", right)


def modulo(left: Value, right: Value) -> Value:
    """``%``: the rest, with the sign of the dividend (~)."""
    left, right = _settled(left), _settled(right)
    if isinstance(left, int) and isinstance(right, int) and _is_number(left) and _is_number(right):
        return wrap(left - right * _quotient(left, right))
    raise _cannot("divide", left, "by", right)


def _bits(verb: str, combine: Callable[[int, int], int]) -> Callable[[Value, Value], Value]:
    def run(left: Value, right: Value) -> Value:
        left, right = _settled(left), _settled(right)
        if isinstance(left, int) and isinstance(right, int) and _is_number(left) and _is_number(right):
            return wrap(combine(left, right))
        if isinstance(left, IPv4Address) and isinstance(right, IPv4Address):
            return IPv4Address(combine(int(left), int(right)))
        if isinstance(left, IPv6Address) and isinstance(right, IPv6Address):
            return IPv6Address(combine(int(left), int(right)))
        raise _cannot(verb, left, "and", right)

    return run


def _shift(sign: int) -> Callable[[Value, Value], Value]:
    def run(left: Value, right: Value) -> Value:
        left, right = _settled(left), _settled(right)
        if isinstance(left, int) and isinstance(right, int) and _is_number(left) and _is_number(right):
            amount = min(abs(right), 64) * (1 if right >= 0 else -1) * sign
            return wrap(left << amount) if amount >= 0 else wrap(left >> -amount)
        if isinstance(left, IPv4Address) and isinstance(right, int) and right >= 0:
            amount = min(right, 32)
            return IPv4Address(int(left) << amount & 0xFFFFFFFF if sign > 0 else int(left) >> amount)
        raise _cannot("shift", left, "by", right)

    return run


def concatenate(left: Value, right: Value) -> Value:
    """``.``: texts; with an array, each of its elements."""
    if isinstance(left, Array):
        return Array(
            [concatenate(item, right) for item in left.items],
            {key: concatenate(item, right) for key, item in left.keyed.items()},
        )
    if isinstance(right, Array):
        return Array(
            [concatenate(left, item) for item in right.items],
            {key: concatenate(left, item) for key, item in right.keyed.items()},
        )
    return show(left) + show(right)


def join(left: Value, right: Value) -> Value:
    """``,``: arrays and elements to one array."""
    found = Array()
    for value in (left, right):
        if isinstance(value, Array):
            found.extend(value)
        else:
            found.place(len(found.items), value)
    return found


def equal(left: Value, right: Value) -> bool:
    """``=``: a string and something else are equal when the string reads as that something, or shows the same."""
    if is_absent(left) or is_absent(right):
        return is_absent(left) and is_absent(right)
    if isinstance(left, Array) and isinstance(right, Array):
        return (
            len(left.items) == len(right.items)
            and left.keyed.keys() == right.keyed.keys()
            and all(equal(a, b) for a, b in zip(left.items, right.items, strict=True))
            and all(equal(left.keyed[key], right.keyed[key]) for key in left.keyed)
        )
    if isinstance(left, bytes) != isinstance(right, bytes):
        one, other = _settled(left), _settled(right)
        return one == other if type(one) is type(other) else show(left) == show(right)
    if type(left) is type(right):
        return left == right
    first, second = _micros(left), _micros(right)
    return first == second if first is not None and second is not None else show(left) == show(right)


def order(left: Value, right: Value) -> int:
    """Below 0, 0 or above 0; raises ScriptError when the two have no order."""
    if isinstance(left, bytes) and isinstance(right, bytes):
        return (left > right) - (left < right)
    first, second = _settled(left), _settled(right)
    if isinstance(first, (IPv4Address, IPv6Address)) and type(first) is type(second):
        return (int(first) > int(second)) - (int(first) < int(second))
    if isinstance(first, Id) and isinstance(second, Id):
        return (first.number > second.number) - (first.number < second.number)
    if isinstance(first, int) and isinstance(second, int):
        return (first > second) - (first < second)
    one, other = _micros(first), _micros(second)
    if one is not None and other is not None:
        return (one > other) - (one < other)
    raise ScriptError(f"cannot compare if {_kind(left)} is less than {_kind(right)}")


def contains(left: Value, right: Value) -> bool:
    """``in``: an address or prefix inside of a prefix, an element of an array."""
    right = _settled(right)
    if isinstance(right, Array):
        return any(equal(left, item) for item in (*right.items, *right.keyed.values()))
    left = _settled(left)
    if isinstance(right, Prefix):
        address, length = (left.address, left.length) if isinstance(left, Prefix) else (left, right.length)
        if isinstance(address, (IPv4Address, IPv6Address)) and type(address) is type(right.address):
            shift = right.address.max_prefixlen - right.length
            return length >= right.length and int(address) >> shift == int(right.address) >> shift
        return False
    return equal(left, right)


def matches(left: Value, right: Value) -> bool:
    """``~``: a POSIX extended regular expression somewhere in the text; with an array, in one of its elements."""
    pattern = show(right)
    for posix, ours in _CLASSES.items():
        pattern = pattern.replace(posix, ours)
    try:
        compiled = re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        raise ScriptError("invalid regular expression") from None
    values = [*left.items, *left.keyed.values()] if isinstance(left, Array) else [left]
    return any(compiled.search(show(value)) is not None for value in values)


def element(left: Value, right: Value) -> Value:
    """``->``: the element of that position or key; nothing when there is none."""
    if not isinstance(left, Array):
        return NOTHING
    if isinstance(right, bytes) and right in left.keyed:
        return left.keyed[right]
    place = right if isinstance(right, int) else read_number(show(right))
    if place is not None and not isinstance(place, bool):
        if 0 <= place < len(left.items):
            return left.items[place]
        return left.keyed.get(str(place).encode(), NOTHING)
    return left.keyed.get(show(right), NOTHING)


def truth(value: Value) -> bool:
    """What a condition decides by; raises ScriptError for what is no boolean."""
    value = _settled(value)
    if isinstance(value, bool):
        return value
    raise ScriptError("conditional not boolean")


def negate(value: Value) -> Value:
    """``!``."""
    value = _settled(value)
    if isinstance(value, bool):
        return not value
    if is_absent(value):
        return True
    raise ScriptError(f"cannot negate {_kind(value)}")


def minus(value: Value) -> Value:
    """``-`` before a number or a time."""
    value = _settled(value)
    if isinstance(value, Time):
        return Time(wrap(-value.us))
    if isinstance(value, int) and _is_number(value):
        return wrap(-value)
    raise ScriptError(f"cannot negate {_kind(value)}")


def invert(value: Value) -> Value:
    """``~`` before a number or an address: every bit turned over."""
    value = _settled(value)
    if isinstance(value, (IPv4Address, IPv6Address)):
        return type(value)(2**value.max_prefixlen - 1 - int(value))
    if isinstance(value, int) and _is_number(value):
        return wrap(~value)
    raise ScriptError(f"cannot invert {_kind(value)}")


UNARY: dict[str, Callable[[Value], Value]] = {"!": negate, "-": minus, "~": invert}
BINARY: dict[str, Callable[[Value, Value], Value]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "%": modulo,
    "&": _bits("and", lambda a, b: a & b),
    "|": _bits("or", lambda a, b: a | b),
    "^": _bits("xor", lambda a, b: a ^ b),
    "<<": _shift(1),
    ">>": _shift(-1),
    ".": concatenate,
    ",": join,
    "=": equal,
    "!=": lambda a, b: not equal(a, b),
    "<": lambda a, b: order(a, b) < 0,
    "<=": lambda a, b: order(a, b) <= 0,
    ">": lambda a, b: order(a, b) > 0,
    ">=": lambda a, b: order(a, b) >= 0,
    "~": matches,
    "in": contains,
    "->": element,
}

#: How tightly operators bind: the higher, the tighter (~: the manual gives no table; its examples agree with this).
PRECEDENCE = {
    "or": 1,
    "||": 1,
    "and": 2,
    "&&": 2,
    "=": 3,
    "!=": 3,
    "<": 3,
    "<=": 3,
    ">": 3,
    ">=": 3,
    "~": 3,
    "in": 3,
    ",": 4,
    ".": 5,
    "|": 6,
    "^": 7,
    "&": 8,
    "<<": 9,
    ">>": 9,
    "+": 10,
    "-": 10,
    "*": 11,
    "/": 11,
    "%": 11,
    "->": 13,
}
UNARY_PRECEDENCE = 12
__all__ = ["BINARY", "NIL", "PRECEDENCE", "UNARY", "UNARY_PRECEDENCE", "element", "equal", "truth"]
