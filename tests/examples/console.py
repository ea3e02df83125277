# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines of a console: commands behind ``$``, and what they print."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .blocks import VARY, Block

FAILS = re.compile(r"\s+# fails$")
ANYTHING = "..."
# Nought is never any number: "failed 0" says that none failed.
_NUMBER = re.compile(r"(?!0(?!\d))\d+")


@dataclass(frozen=True)
class Command:
    """A command, its line in the document, whether it is to fail, and the lines that it is to print."""

    line: int
    text: str
    fails: bool
    printed: tuple[str, ...]


class ConsoleError(Exception):
    """A block that is no console's; the text names document and line."""


def commands(block: Block) -> list[Command]:
    """Return the commands of a console block; a command may go on after a line that ends in a backslash."""
    found: list[Command] = []
    lines = block.text.rstrip("\n").split("\n")
    at = 0
    while at < len(lines):
        if not lines[at].startswith("$ "):
            raise ConsoleError(
                f"{block.document}:{block.line + at}: {lines[at]!r} belongs to no command; one begins with '$ '"
            )
        start, text = at, lines[at].removeprefix("$ ")
        while text.endswith("\\") and at + 1 < len(lines):
            at += 1
            text += "\n" + lines[at].removeprefix("> ")
        at += 1
        printed = []
        while at < len(lines) and not lines[at].startswith("$ "):
            printed.append(lines[at])
            at += 1
        fails = FAILS.search(text)
        found.append(Command(block.line + start, FAILS.sub("", text), bool(fails), tuple(printed)))
    return found


def missing(expected: Sequence[str], output: str, mark: str = "") -> str | None:
    """Return the first line of *expected* that *output* lacks behind the ones before it, None where all are there.

    ``...`` stands for anything, within a line or as a line of its own; other lines may stand between those expected. With
    *mark* "numbers vary" any number but 0 stands for any other.
    """
    printed = iter(output.splitlines())
    for line in expected:
        if line.strip() in (ANYTHING, ""):
            continue
        wanted = re.compile(".*".join(_literally(part, mark) for part in line.strip().split(ANYTHING)))
        if not any(wanted.fullmatch(each.strip()) for each in printed):
            return line
    return None


def _literally(text: str, mark: str) -> str:
    if mark != VARY:
        return re.escape(text)
    return r"\d+".join(re.escape(part) for part in _NUMBER.split(text))
