# Copyright: (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Seeds: ``.rsc`` files of ``add`` and ``set`` commands, carried out on a router before anyone connects.

A subset of RouterOS's console language: ``/menu`` lines, ``add``, ``set`` (with ``[ find field=value ]``, also
``[ find where field=value ]``, a name, or nothing in front of the values), comments, continuation with a backslash,
quoted texts with their escapes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from routerlab.messages import Trap
from routerlab.model import verbs
from routerlab.model.menu import Menu
from routerlab.model.render import render_all, rows_of
from routerlab.model.router import Router
from routerlab.model.store import Row


class SeedError(Exception):
    """A seed that cannot be read or carried out; the text names the line."""


_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "_": " ", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_TOKEN = re.compile(r"\s*(\[|\]|(?:[^\s\[\]\"=]+=?|=)(?:\"(?:[^\"\\]|\\.)*\"|[^\s\[\]\"]*)|\"(?:[^\"\\]|\\.)*\")")


@dataclass
class Line:
    """One logical line and the number of its first physical one."""

    number: int
    text: str


def _lines(text: str) -> list[Line]:
    found: list[Line] = []
    begun: Line | None = None
    for number, raw in enumerate(text.split("\n"), 1):
        part = raw.rstrip("\r")
        if begun is None:
            if not part.strip() or part.lstrip().startswith("#"):
                continue
            begun = Line(number, "")
            begun.text = part
        else:
            begun.text += part.lstrip(" ")
        if begun.text.endswith("\\") and not begun.text.endswith("\\\\"):
            begun.text = begun.text[:-1]
            continue
        found.append(begun)
        begun = None
    if begun is not None:
        raise SeedError(f"line {begun.number}: the last line goes on with nothing")
    return found


def unquote(text: str, number: int) -> str:
    """The value that a quoted or bare word stands for."""
    if not text.startswith('"'):
        return text
    data = bytearray()
    body = text[1:-1]
    place = 0
    while place < len(body):
        char = body[place]
        if char != "\\":
            if char == "$":
                raise SeedError(f"line {number}: a bare $ in quotes would be expanded by a router; write \\$")
            data += char.encode()
            place += 1
            continue
        following = body[place + 1 : place + 3]
        if re.fullmatch(r"[0-9A-F]{2}", following):
            data.append(int(following, 16))
            place += 3
        elif following[:1] in ('"', "\\", "$", "?") or following[:1] in _ESCAPES:
            data += _ESCAPES.get(following[:1], following[:1]).encode()
            place += 2
        else:
            raise SeedError(f"line {number}: \\{following[:1]} is no escape")
    return data.decode("utf-8", "surrogateescape")


def _tokens(line: Line) -> list[str]:
    found, place = [], 0
    text = line.text.strip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None or match.end() == place:
            raise SeedError(f"line {line.number}: cannot read {text[place : place + 20]!r}")
        found.append(match[1])
        place = match.end()
    return found


def _pairs(tokens: list[str], number: int) -> dict[str, str]:
    found = {}
    for token in tokens:
        name, equals, value = token.partition("=")
        found[name] = unquote(value, number) if equals else ""
    return found


def apply(router: Router, text: str) -> None:
    """Carry a seed out; raises SeedError at the first line that fails."""
    menu: Menu | None = None
    for line in _lines(text):
        tokens = _tokens(line)
        if not tokens:
            continue
        if tokens[0].startswith("/"):
            words = [word for word in " ".join([tokens[0][1:], *tokens[1:]]).replace("/", " ").split() if word]
            path = []
            while words and words[0] not in ("add", "set"):
                path.append(words.pop(0))
            menu = router.menus.get(" ".join(path))
            if menu is None:
                raise SeedError(f"line {line.number}: no menu /{' '.join(path)} in RouterOS {router.version}")
            tokens = tokens[len(tokens) - _after_path(tokens) :]
            if not tokens:
                continue
        if menu is None:
            raise SeedError(f"line {line.number}: a command before any /menu line")
        try:
            _carry_out(router, menu, tokens, line.number)
        except Trap as trap:
            said = "; ".join(trap.message.splitlines())
            raise SeedError(f"line {line.number}: {said}") from None


def _after_path(tokens: list[str]) -> int:
    """How many tokens are left from the command word on."""
    for place, token in enumerate(tokens):
        if token in ("add", "set"):
            return len(tokens) - place
    return 0


def _carry_out(router: Router, menu: Menu, tokens: list[str], number: int) -> None:
    verb, rest = tokens[0], tokens[1:]
    if verb == "add":
        if not menu.has_verb("add", router.version):
            raise SeedError(f"line {number}: nothing can be added to /{menu.path}")
        verbs.add(router, menu, _pairs(rest, number))
    elif verb == "set":
        rows, rest = _targets(router, menu, rest, number)
        verbs.set_rows(router, menu, rows, _pairs(rest, number))
    else:
        raise SeedError(f"line {number}: a seed takes add and set, not {verb}")


def _targets(router: Router, menu: Menu, tokens: list[str], number: int) -> tuple[list[Row], list[str]]:
    """The rows that a ``set`` is for, and what is left of the line."""
    if menu.singleton:
        return rows_of(router, menu), tokens
    if tokens and tokens[0] == "[":
        end = tokens.index("]") if "]" in tokens else 0
        if tokens[1:2] != ["find"] or not end:
            raise SeedError(f"line {number}: only [ find field=value ] is read in brackets")
        conditions = tokens[3:end] if tokens[2:3] == ["where"] else tokens[2:end]
        for token in conditions:
            if not re.match(r"[a-z0-9-]+=", token):
                raise SeedError(f"line {number}: only field=value is read after find, not {token}")
        wanted = _pairs(conditions, number)
        router.settle()
        pairs = zip(rows_of(router, menu), render_all(router, menu), strict=True)
        rows = [row for row, shown in pairs if all(shown.get(name) == value for name, value in wanted.items())]
        return rows, tokens[end + 1 :]
    if tokens and "=" not in tokens[0]:
        return verbs.find_rows(router, menu, unquote(tokens[0], number)), tokens[1:]
    raise SeedError(f"line {number}: set needs a row: a name or [ find field=value ]")
