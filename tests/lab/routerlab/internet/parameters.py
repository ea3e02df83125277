# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parameters of a request to the Bot API, from its query and its body.

Four ways to pass them: https://core.telegram.org/bots/api#making-requests.  Details (an unfinished ``%`` stays, the
first of equal names counts, broken JSON counts as none, the errors of multipart): tdlib/td,
``tdnet/td/net/HttpReader.cpp``.
"""

from __future__ import annotations

import json
import re

_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")
_BOUNDARY_LIMIT = 70


class ParameterError(Exception):
    """Telegram's words for a body that cannot be read, to follow ``Bad Request: ``."""


def decode(text: bytes, *, plus: bool = True) -> bytes:
    """Percent-decoded; ``+`` is a blank if ``plus``."""
    if plus:
        text = text.replace(b"+", b" ")
    return _PERCENT.sub(lambda match: bytes((int(match[1], 16),)), text)


def from_form(text: bytes) -> dict[str, bytes]:
    """``a=b&c=d``."""
    found: dict[str, bytes] = {}
    for pair in text.split(b"&"):
        name, _rest, value = pair.partition(b"=")
        if pair:
            found.setdefault(decode(name).decode("utf-8", "replace"), decode(value))
    return found


def _raw(value: object) -> bytes:
    """A value as text: a string itself, anything else as JSON."""
    if not isinstance(value, str):
        value = json.dumps(value)
    # Half of a surrogate pair becomes bytes that are not UTF-8, which is refused later.
    return value.encode("utf-8", "surrogatepass")


class _Number(str):
    """A number's digits as they came."""


def from_json(text: bytes) -> dict[str, bytes]:
    """An object's members; nothing when it is no object."""

    def first(items: list[tuple[str, object]]) -> dict[str, object]:
        return dict(reversed(items))

    try:
        value = json.loads(
            text.decode("utf-8", "surrogateescape"),
            object_pairs_hook=first,
            parse_int=_Number,
            parse_float=_Number,
            parse_constant=_Number,
        )
        return {name: _raw(member) for name, member in value.items()} if isinstance(value, dict) else {}
    except (ValueError, RecursionError):
        return {}


def from_multipart(content_type: bytes, body: bytes) -> dict[str, bytes]:
    """The fields of ``multipart/form-data``, without files; raises ParameterError."""
    _rest, found, after = content_type.partition(b"boundary")
    if not found:
        raise ParameterError("boundary not found")
    _rest, found, boundary = after.partition(b"=")
    if not found:
        raise ParameterError("boundary value not found")
    boundary = boundary.partition(b";")[0].strip()
    if len(boundary) > 1 and boundary[:1] == boundary[-1:] == b'"':
        boundary = boundary[1:-1]
    if not 0 < len(boundary) <= _BOUNDARY_LIMIT:
        raise ParameterError("boundary too big or empty")
    fields: dict[str, bytes] = {}
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary)[1:]:
        if part.startswith(b"--"):
            break
        head, found, value = part.partition(b"\r\n\r\n")
        if not found or not head:
            raise ParameterError("headers in multipart/form-data are empty")
        name = _field_name(head)
        if name is not None:
            fields.setdefault(name, value)
    return fields


def _field_name(head: bytes) -> str | None:
    """None for a file; raises ParameterError."""
    for line in head.split(b"\r\n"):
        name, _rest, value = line.partition(b":")
        if name.strip().lower() != b"content-disposition":
            continue
        kind, *arguments = [piece.strip() for piece in value.split(b";")]
        if kind != b"form-data":
            raise ParameterError("expected form-data content disposition")
        named = {
            key.strip(): text.strip().strip(b'"') for key, _rest, text in (item.partition(b"=") for item in arguments)
        }
        if not named.get(b"name"):
            break
        return None if b"filename" in named else named[b"name"].decode("utf-8", "replace")
    raise ParameterError("field name in multipart/form-data not found")


def parameters(query: bytes, content_type: bytes, body: bytes) -> dict[str, bytes]:
    """All parameters of a request, the query's first; raises ParameterError."""
    kind = content_type.lower()
    given: dict[str, bytes] = {}
    if b"multipart/form-data" in kind:
        given = from_multipart(content_type, body)
    elif b"application/x-www-form-urlencoded" in kind:
        given = from_form(body)
    elif b"application/json" in kind:
        given = from_json(body)
    return {**given, **from_form(query)}
