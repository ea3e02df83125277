# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between texts and values: what a bare word means, how a value is shown.

Forms: the manual's scripting page and captures of ``:put`` (times ``1d00:00:10``, arrays joined by ``;`` with elements
that have keys behind the others, sorted).
"""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from routerlab.script.values import NIL, NOTHING, Absent, Array, Code, Id, Prefix, Time, Value
from routerlab.values.time import read_duration

_NUMBER = re.compile(rb"-?[0-9]{1,30}")
_HEX = re.compile(rb"0x[0-9a-fA-F]{1,16}")
_IP = re.compile(rb"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
_IP6 = re.compile(rb"[0-9a-fA-F:]*:[0-9a-fA-F:.]*")
_ID = re.compile(rb"\*[0-9A-Fa-f]{1,16}")
_TIME = re.compile(
    rb"(?=[0-9])(?:[0-9]+w)?(?:[0-9]+d)?(?:[0-9]+h)?(?:[0-9]+m(?!s))?(?:[0-9]+s)?(?:[0-9]+ms)?(?:[0-9]+us)?"
    rb"|(?:[0-9]+w)?(?:[0-9]+d)?[0-9]{1,4}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?"
)
_WORDS: dict[bytes, Value] = {b"yes": True, b"true": True, b"no": False, b"false": False}
_SECOND = 1_000_000


def wrap(number: int) -> int:
    """A number in 64 bits, signed: overflows wrap around."""
    return (number + 2**63) % 2**64 - 2**63


def read_ip(text: bytes) -> IPv4Address | None:
    """``1.2.3.4``, or None."""
    if not _IP.fullmatch(text):
        return None
    parts = [int(part) for part in text.split(b".")]
    return IPv4Address(bytes(parts)) if max(parts) < 256 else None


def read_ip6(text: bytes) -> IPv6Address | None:
    """An IPv6 address, or None."""
    if text.count(b":") < 2 or not _IP6.fullmatch(text):
        return None
    try:
        return IPv6Address(text.decode("ascii"))
    except AddressValueError:
        return None


def read_prefix(text: bytes) -> Prefix | None:
    """``10.0.0.0/8`` or ``2001:db8::/32``, or None."""
    address, slash, length = text.partition(b"/")
    if not slash or not length.isdigit() or len(length) > 3:
        return None
    found = read_ip(address) or read_ip6(address)
    if found is None or int(length) > found.max_prefixlen:
        return None
    return Prefix(found, int(length))


def read_number(text: bytes) -> int | None:
    """A decimal or ``0x`` number that fits 64 bits, or None."""
    if _NUMBER.fullmatch(text):
        number = int(text)
        return number if -(2**63) <= number < 2**63 else None
    if _HEX.fullmatch(text):
        return wrap(int(text, 16))
    return None


def read_time(text: bytes) -> Time | None:
    """``10s``, ``1d2h``, ``00:10:00``, ``-00:00:01``; None otherwise, also for plain numbers."""
    body = text.removeprefix(b"-")
    if len(body) > 60 or body.isdigit() or not _TIME.fullmatch(body):
        return None
    micros = read_duration(body.decode("ascii"))
    if micros is None or micros >= 2**63:
        return None
    return Time(-micros if text.startswith(b"-") else micros)


def read_id(text: bytes) -> Id | None:
    """``*1A``, or None."""
    return Id(int(text[1:], 16)) if _ID.fullmatch(text) else None


def typed(text: bytes) -> Value:
    """The value of a bare word: of the type that it looks like, else a string."""
    if text in _WORDS:
        return _WORDS[text]
    for read in (read_number, read_ip, read_time, read_id, read_prefix, read_ip6):
        found = read(text)
        if found is not None:
            return found
    return text


def type_name(value: Value) -> str:
    """What ``:typeof`` says."""
    if isinstance(value, Absent):
        return value.value
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, Prefix):
        return "ip-prefix" if isinstance(value.address, IPv4Address) else "ip6-prefix"
    names: tuple[tuple[type, str], ...] = (
        (int, "num"),
        (bytes, "str"),
        (Time, "time"),
        (IPv4Address, "ip"),
        (IPv6Address, "ip6"),
        (Id, "id"),
        (Array, "array"),
        (Code, "code"),
    )
    return next(name for kind, name in names if isinstance(value, kind))


def time_text(value: Time) -> str:
    """``00:10:00``, ``1w2d03:04:05.200``: as ``:put`` shows a time."""
    seconds, micros = divmod(abs(value.us), _SECOND)
    days, seconds = divmod(seconds, 86400)
    weeks, days = divmod(days, 7)
    text = "-" if value.us < 0 else ""
    text += (f"{weeks}w" if weeks else "") + (f"{days}d" if days else "")
    text += f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    if micros:
        text += f".{micros // 1000:03d}" if micros % 1000 == 0 else f".{micros:06d}"
    return text


def show(value: Value, joint: bytes = b";") -> bytes:
    """A value as text: what ``:put``, ``:tostr`` and texts with ``$`` give."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, Absent):
        return b""
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, Array):
        parts = [show(item) for item in value.items]
        parts += [key + b"=" + show(item) for key, item in sorted(value.keyed.items())]
        return joint.join(parts)
    if isinstance(value, Time):
        return time_text(value).encode()
    if isinstance(value, Id):
        return f"*{value.number:X}".encode()
    if isinstance(value, Prefix):
        return f"{value.address}/{value.length}".encode()
    if isinstance(value, Code):
        return b"(code)"
    return str(value).encode()


def argument_text(value: Value, *, words: bool = False) -> str:
    """A value as a menu's argument takes it; ``words`` writes booleans as ``true`` rather than ``yes``."""
    if isinstance(value, bool) and not words:
        return "yes" if value else "no"
    return show(value, b",").decode("utf-8", "surrogateescape")


def is_absent(value: Value) -> bool:
    """Whether there is no value."""
    return value is NOTHING or value is NIL
