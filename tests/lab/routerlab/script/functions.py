# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The language's commands that only work something out: texts, arrays, conversions.

Sources: the manual's scripting page (names, examples, results); what it leaves open is marked.
"""

from __future__ import annotations

import base64
import binascii
import random
import string
import urllib.parse
from collections.abc import Callable, Mapping
from ipaddress import IPv4Address, IPv6Address

from routerlab import messages
from routerlab.script.errors import ScriptError
from routerlab.script.literals import (
    read_id,
    read_ip,
    read_ip6,
    read_number,
    read_prefix,
    read_time,
    show,
    type_name,
    typed,
    wrap,
)
from routerlab.script.machine import Machine
from routerlab.script.operators import equal
from routerlab.script.serialization import deserialize, serialize
from routerlab.script.values import NIL, NOTHING, Array, Id, Time, Value

Args = Mapping[str, Value]
Function = Callable[[Machine, Args], Value]

#: No array is made longer than this (the lab's bound).
_LONGEST = 1_000_000


def _need(args: Args, *names: str) -> None:
    missing = [name for name in names if name not in args]
    if missing:
        raise ScriptError(f"missing value(s) of argument(s) {' '.join(missing)}")


def _number(args: Args, name: str) -> int:
    value = args[name]
    number = value if isinstance(value, int) else read_number(show(value))
    if number is None:
        raise ScriptError(f"invalid value for argument {name}")
    return int(number)


def _len(machine: Machine, args: Args) -> Value:
    _need(args, "value")
    value = args["value"]
    return len(value) if isinstance(value, Array) else len(show(value))


def _typeof(machine: Machine, args: Args) -> Value:
    return type_name(args.get("value", NOTHING)).encode()


def _pick(machine: Machine, args: Args) -> Value:
    _need(args, "counter", "begin")
    value, begin = args["counter"], max(_number(args, "begin"), 0)
    end = max(_number(args, "end"), 0) if "end" in args and args["end"] not in (NIL, NOTHING) else None
    if isinstance(value, Array):
        if end is None:
            return value.items[begin] if begin < len(value.items) else NOTHING
        return Array(value.items[begin:end])
    text = show(value)
    return text[begin : begin + 1 if end is None else end]


def _find(machine: Machine, args: Args) -> Value:
    _need(args, "in", "key")
    start = _number(args, "from") + 1 if "from" in args else 0
    start = max(start, 0)
    where, key = args["in"], args["key"]
    if isinstance(where, Array):
        for place in range(start, len(where.items)):
            if equal(where.items[place], key):
                return place
        return next((name for name, item in sorted(where.keyed.items()) if equal(item, key)), NIL)
    place = show(where).find(show(key), start)
    return NIL if place < 0 else place


def _toarray(machine: Machine, args: Args) -> Value:
    _need(args, "value")
    value = args["value"]
    if isinstance(value, Array):
        return value
    text = show(value)
    if not text:
        return Array()
    return Array([typed(part.strip()) for part in text.split(show(args.get("delimiter", b",")) or b",")])


def _tobool(machine: Machine, args: Args) -> Value:
    _need(args, "value")
    value = args["value"]
    if isinstance(value, bytes):
        value = typed(value)
    if isinstance(value, bool):
        return value
    return value != 0 if isinstance(value, int) else NIL


def _tonum(machine: Machine, args: Args) -> Value:
    _need(args, "value")
    value = args["value"]
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (IPv4Address, IPv6Address)):
        return wrap(int(value))
    if isinstance(value, Id):
        return wrap(value.number)
    if isinstance(value, Time):
        return value.us // 1_000_000
    number = read_number(show(value))
    return NIL if number is None else number


def _tonsec(machine: Machine, args: Args) -> Value:
    """A time in nanoseconds; nil for what is none (~)."""
    _need(args, "value")
    value = args["value"]
    time = value if isinstance(value, Time) else read_time(show(value))
    return NIL if time is None else wrap(time.us * 1000)


def _tostr(machine: Machine, args: Args) -> Value:
    _need(args, "value")
    return show(args["value"])


def _totime(machine: Machine, args: Args) -> Value:
    _need(args, "value")
    value = args["value"]
    number = value if isinstance(value, int) else read_number(show(value))
    if number is not None and not isinstance(number, bool):
        return Time(wrap(number * 1_000_000))
    time = value if isinstance(value, Time) else read_time(show(value))
    return NIL if time is None else time


def _toip(machine: Machine, args: Args) -> Value:
    _need(args, "value")
    value = args["value"]
    if isinstance(value, int) and not isinstance(value, bool):
        return IPv4Address(value % 2**32)
    found = read_ip(show(value))
    return NIL if found is None else found


def _toip6(machine: Machine, args: Args) -> Value:
    _need(args, "value")
    text = show(args["value"])
    found = read_ip6(text) or (read_prefix(text) if b":" in text else None)
    return NIL if found is None else found


def _toid(machine: Machine, args: Args) -> Value:
    _need(args, "value")
    value = args["value"]
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return Id(value)
    found = read_id(show(value))
    return NIL if found is None else found


def _range(machine: Machine, args: Args) -> Value:
    _need(args, "from", "to")
    first, last = _number(args, "from"), _number(args, "to")
    step = 1 if first <= last else -1
    if abs(last - first) >= _LONGEST:
        raise ScriptError("value of to out of range")
    return Array(list(range(first, last + step, step)))


def _rndnum(machine: Machine, args: Args) -> Value:
    _need(args, "from", "to")
    first, last = _number(args, "from"), _number(args, "to")
    return random.randint(min(first, last), max(first, last))


def _rndstr(machine: Machine, args: Args) -> Value:
    length = _number(args, "length") if "length" in args else 16
    letters = show(args.get("from", (string.ascii_letters + string.digits).encode()))
    if not 0 <= length <= _LONGEST or not letters:
        raise ScriptError("value of length out of range")
    return bytes(random.choice(letters) for _rest in range(length))


def _timestamp(machine: Machine, args: Args) -> Value:
    clock = machine.router.site.clock
    return Time(int(clock.wall(clock.now()) * 1_000_000))


def _nothing(machine: Machine, args: Args) -> Value:
    return NOTHING


def _beep(machine: Machine, args: Args) -> Value:
    return NIL


def _from_text(text: bytes, form: str) -> bytes:
    try:
        if form == "base64":
            return base64.b64decode(text, validate=True)
        if form == "base32":
            return base64.b32decode(text)
        if form == "hex":
            return bytes.fromhex(text.decode("ascii"))
    except (ValueError, binascii.Error, UnicodeDecodeError):
        raise ScriptError(f"invalid value for argument value: not {form}") from None
    return urllib.parse.unquote_to_bytes(text) if form == "url" else text


def _to_text(data: bytes, form: str) -> bytes:
    if form == "base64":
        return base64.b64encode(data)
    if form == "base32":
        return base64.b32encode(data)
    if form == "hex":
        return data.hex().encode()
    return urllib.parse.quote_from_bytes(data, safe="-._~").encode() if form == "url" else data


_FORMS = ("base32", "base64", "hex", "raw", "url")
_TRANSFORMS: dict[str, Callable[[bytes], bytes]] = {
    "lc": bytes.lower,
    "uc": bytes.upper,
    "reverse": lambda data: data[::-1],
    "rot13": lambda data: data.translate(
        bytes.maketrans(
            (string.ascii_lowercase + string.ascii_uppercase).encode(),
            "".join(s[13:] + s[:13] for s in (string.ascii_lowercase, string.ascii_uppercase)).encode(),
        )
    ),
}


def _convert(machine: Machine, args: Args) -> Value:
    _need(args, "value")
    form = {name: show(args.get(name, b"raw")).decode("ascii", "replace") for name in ("from", "to")}
    for name, chosen in form.items():
        if chosen not in _FORMS:
            raise messages.no_match(name)
    data = _from_text(show(args["value"]), form["from"])
    if "transform" in args:
        transform = show(args["transform"]).decode("ascii", "replace")
        if transform not in _TRANSFORMS:
            raise messages.no_match("transform")
        data = _TRANSFORMS[transform](data)
    return _to_text(data, form["to"])


def _serialize(machine: Machine, args: Args) -> Value:
    _need(args, "value", "to")
    return serialize(args["value"], show(args["to"]), show(args.get("options", b"")), show(args.get("delimiter", b",")))


def _deserialize(machine: Machine, args: Args) -> Value:
    _need(args, "value", "from")
    form, options = show(args["from"]), show(args.get("options", b""))
    return deserialize(show(args["value"]), form, options, show(args.get("delimiter", b",")))


FUNCTIONS: dict[str, Function] = {
    "beep": _beep,
    "convert": _convert,
    "deserialize": _deserialize,
    "find": _find,
    "len": _len,
    "nothing": _nothing,
    "pick": _pick,
    "range": _range,
    "rndnum": _rndnum,
    "rndstr": _rndstr,
    "serialize": _serialize,
    "timestamp": _timestamp,
    "toarray": _toarray,
    "tobool": _tobool,
    "toid": _toid,
    "toip": _toip,
    "toip6": _toip6,
    "tonsec": _tonsec,
    "tonum": _tonum,
    "tostr": _tostr,
    "totime": _totime,
    "typeof": _typeof,
}
