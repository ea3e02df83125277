# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RouterOS text as ``/export`` writes it: quote a value, render a command, read the lines back into entries.

Only literal configuration is read (``/menu``, ``add``, ``set``); variables and command substitution are refused,
because what they stand for is known to a router alone. Escapes are those of the scripting manual:
``\\" \\\\ \\n \\r \\t \\$ \\? \\_ \\a \\b \\f \\v \\XX`` (two upper-case hexadecimal digits, one byte of UTF-8).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from .errors import ScriptError

_ESCAPES = {'"': '"', "\\": "\\", "$": "$", "?": "?", "_": " ", "n": "\n", "r": "\r", "t": "\t"}
_ESCAPES |= {"a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_QUOTED = {'"': '\\"', "\\": "\\\\", "$": "\\$", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_PLAIN = re.compile(r"[A-Za-z0-9._:/,!@%+*-]+")
_HEX = re.compile(r"[0-9A-F]{2}")
_NAME = re.compile(r"[A-Za-z0-9.-]+")


def menu_path(text: str) -> str:
    """Return the canonical form of a menu's path: ``/ip/firewall/nat`` and ``ip firewall nat`` are one menu."""
    return " ".join(text.replace("/", " ").split())


def quote(value: object) -> str:
    """Return *value* as a quoted RouterOS string that any terminal or ``/import`` reads back to the same bytes."""
    out = []
    for char in str(value):
        if char in _QUOTED:
            out.append(_QUOTED[char])
        elif " " <= char <= "~":
            out.append(char)
        else:
            out.extend(f"\\{byte:02X}" for byte in char.encode())
    return '"' + "".join(out) + '"'


def word(name: str, value: str | None) -> str:
    """Return ``name=value``, quoted where it must be; ``None`` stands for an unset property, written ``!name``."""
    if value is None:
        return f"!{name}"
    return f"{name}={value if _PLAIN.fullmatch(value) else quote(value)}"


def words(values: Mapping[str, str | None]) -> str:
    """Return all of *values* as words, in their order."""
    return " ".join(word(name, value) for name, value in values.items())


def parse(text: str) -> dict[str, list[dict[str, str | None]]]:
    """Read RouterOS text into entries by menu, both in the order of the text.

    ``set [ find a=b ] c=d`` gives the entry ``{a: b, c: d}``, ``set name c=d`` gives ``{name: name, c: d}``, a bare
    word a switch that is on, ``!name`` an unset property (``None``). A menu's line alone gives an empty list.
    Raises ScriptError with the line's number.
    """
    menus: dict[str, list[dict[str, str | None]]] = {}
    menu = ""
    for number, tokens in _commands(text):
        rest = list(tokens)
        if rest[0].startswith("/"):
            path = []
            while rest and rest[0] not in ("add", "set") and "=" not in rest[0] and rest[0] != "[":
                path.append(rest.pop(0))
            menu = menu_path(" ".join(path))
            menus.setdefault(menu, [])
        if not rest:
            continue
        verb = rest.pop(0)
        if verb not in ("add", "set"):
            raise ScriptError(number, f"'{verb}' is not a command that describes configuration; expected add or set")
        if not menu:
            raise ScriptError(number, f"'{verb}' before any menu; expected a line such as /ip firewall nat first")
        menus[menu].append(_entry(number, verb, rest))
    return menus


def _entry(number: int, verb: str, tokens: list[str]) -> dict[str, str | None]:
    entry: dict[str, str | None] = {}
    if verb == "set" and tokens and tokens[0] == "[":
        if "]" not in tokens or tokens[1] != "find":
            raise ScriptError(number, "expected [ find name=value ] after set")
        end = tokens.index("]")
        _assign(number, entry, tokens[2:end])
        tokens = tokens[end + 1 :]
    elif verb == "set" and tokens and "=" not in tokens[0] and not tokens[0].startswith("!"):
        entry["name"] = tokens.pop(0)
    _assign(number, entry, tokens)
    return entry


def _assign(number: int, entry: dict[str, str | None], tokens: list[str]) -> None:
    for token in tokens:
        name, equals, value = token.partition("=")
        unset = not equals and name.startswith("!")
        if unset:
            name = name[1:]
        if not _NAME.fullmatch(name):
            raise ScriptError(number, f"expected name=value, found '{token}'")
        if name in entry:
            raise ScriptError(number, f"'{name}' is given twice")
        entry[name] = None if unset else value if equals else "yes"


def _commands(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, tokens) of each command; quotes are resolved, ``[`` and ``]`` are tokens of their own."""
    text = text.replace("\r\n", "\n")
    at, line = 0, 1
    while at < len(text):
        start, tokens = line, list[str]()
        while at < len(text) and text[at] not in "\n;":
            if text[at] in " \t":
                at += 1
            elif text[at] == "#" and not tokens:
                end = text.find("\n", at)
                at = len(text) if end < 0 else end
            elif text.startswith("\\\n", at):
                at, line = at + 2, line + 1
            elif text[at] in "[]":
                tokens.append(text[at])
                at += 1
            else:
                token, at, line = _token(text, at, line)
                tokens.append(token)
        if at < len(text) and text[at] == "\n":
            line += 1
        at += 1
        if tokens:
            yield start, tokens


def _token(text: str, at: int, line: int) -> tuple[str, int, int]:
    out = bytearray()
    while at < len(text) and text[at] not in " \t\n;[]":
        char = text[at]
        if char == '"':
            at, line = _string(text, at + 1, line, out)
        elif text.startswith("\\\n", at):
            # an export may break a long line behind any "="; the next line goes on after its blanks
            at, line = _skip_break(text, at), line + 1
        elif char in "$(){}\\":
            raise ScriptError(
                line, f"'{char}' outside quotes stands for something only a router knows; write a literal"
            )
        else:
            out += char.encode()
            at += 1
    return _decode(out, line), at, line


def _string(text: str, at: int, line: int, out: bytearray) -> tuple[int, int]:
    start = line
    while at < len(text):
        char = text[at]
        if char == '"':
            return at + 1, line
        if char == "\n":
            break
        if char == "$":
            raise ScriptError(line, "'$' in a quoted string would be expanded by the router; write \\$")
        if char != "\\":
            out += char.encode()
            at += 1
        elif text.startswith("\n", at + 1):
            at, line = _skip_break(text, at), line + 1
        elif _HEX.match(text, at + 1):
            out.append(int(text[at + 1 : at + 3], 16))
            at += 3
        elif at + 1 < len(text) and text[at + 1] in _ESCAPES:
            out += _ESCAPES[text[at + 1]].encode()
            at += 2
        else:
            raise ScriptError(line, f"'{text[at : at + 2]}' is not an escape that RouterOS knows")
    raise ScriptError(start, "missing closing quote")


def _skip_break(text: str, at: int) -> int:
    """Return the place after a backslash at *at*, its newline and the blanks that begin the next line."""
    at += 2
    while at < len(text) and text[at] in " \t":
        at += 1
    return at


def _decode(raw: bytearray, line: int) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise ScriptError(line, f"bytes that are not UTF-8: {bytes(raw[error.start : error.end]).hex(' ')}") from error
