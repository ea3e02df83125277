# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``:serialize`` and ``:deserialize``: JSON, and lines of delimited values (7.13)."""

from __future__ import annotations

import csv
import io
import json

from routerlab import messages
from routerlab.script.errors import ScriptError
from routerlab.script.literals import read_number, show, typed
from routerlab.script.values import Absent, Array, Value


def _plain(value: Value, keep_texts: bool) -> object:
    if isinstance(value, Absent):
        return None
    if isinstance(value, Array):
        if value.keyed or not value.items:
            pairs = [(str(place), item) for place, item in enumerate(value.items)]
            pairs += [(key.decode("utf-8", "replace"), item) for key, item in sorted(value.keyed.items())]
            return {key: _plain(item, keep_texts) for key, item in pairs} if value.keyed else []
        return [_plain(item, keep_texts) for item in value.items]
    if isinstance(value, int):
        return value
    text = show(value)
    # Texts that look like numbers become numbers unless options=json.no-string-conversion asks to keep them.
    number = None if keep_texts or not isinstance(value, bytes) else read_number(text)
    return text.decode("utf-8", "replace") if number is None else number


def _value(found: object, keep_texts: bool) -> Value:
    if isinstance(found, dict):
        return Array([], {str(key).encode(): _value(item, keep_texts) for key, item in found.items()})
    if isinstance(found, list):
        return Array([_value(item, keep_texts) for item in found])
    if isinstance(found, bool) or (isinstance(found, int) and -(2**63) <= found < 2**63):
        return found
    if isinstance(found, str):
        text = found.encode("utf-8", "surrogatepass")
        return text if keep_texts else typed(text)
    return Absent.NIL if found is None else str(found).encode()


def serialize(value: Value, form: bytes, options: bytes, delimiter: bytes) -> bytes:
    """A value as text; raises Trap for a form that there is not."""
    if form == b"json":
        indent = 4 if b"json.pretty" in options else None
        separators = None if indent else (",", ":")
        plain = _plain(value, b"json.no-string-conversion" in options)
        return json.dumps(plain, ensure_ascii=False, indent=indent, separators=separators).encode()
    if form == b"dsv":
        lines = value.items if isinstance(value, Array) else [value]
        text = io.StringIO()
        writer = csv.writer(text, delimiter=delimiter.decode("utf-8", "replace")[:1] or ",", lineterminator="\n")
        for line in lines:
            cells = [*line.items, *line.keyed.values()] if isinstance(line, Array) else [line]
            writer.writerow([show(cell).decode("utf-8", "replace") for cell in cells])
        return text.getvalue().encode()
    raise messages.no_match("to")


def deserialize(text: bytes, form: bytes, options: bytes, delimiter: bytes) -> Value:
    """A text's value; raises Trap for a form that there is not, ScriptError for a text that is not of the form."""
    if form == b"json":
        try:
            return _value(json.loads(text), b"json.no-string-conversion" in options)
        except (ValueError, RecursionError) as error:
            raise ScriptError(f"failure: json parse error: {error}") from None  # (?) the words are not known
    if form == b"dsv":
        lines = csv.reader(
            io.StringIO(text.decode("utf-8", "replace")), delimiter=delimiter.decode("utf-8", "replace")[:1] or ","
        )
        return Array([Array([typed(cell.encode()) for cell in line]) for line in lines])
    raise messages.no_match("from")
