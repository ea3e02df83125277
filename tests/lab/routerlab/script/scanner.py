# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Walking through a script's bytes: places, blanks, line continuation, and the errors that name a place."""

from __future__ import annotations

import re
from bisect import bisect_left

from routerlab.script.errors import ScriptSyntaxError

_BLANKS = re.compile(rb"(?:[ \t\r]|\\\r?\n)+")
_NAME = re.compile(rb"[A-Za-z0-9]+")

#: Deeper nesting than this is refused (the lab's bound: Python's stack is not endless).
DEEPEST = 40


class Scanner:
    """A script and the place that has been reached in it."""

    def __init__(self, source: bytes) -> None:
        self.source = source
        self.pos = 0
        self.depth = 0
        self._breaks = [place for place, byte in enumerate(source) if byte == 10]

    def place(self, pos: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1, columns in bytes."""
        line = bisect_left(self._breaks, pos)
        return line + 1, pos - (self._breaks[line - 1] if line else -1)

    @property
    def line(self) -> int:
        """The line that has been reached."""
        return bisect_left(self._breaks, self.pos) + 1

    def refused(self, what: str = "syntax error", pos: int | None = None) -> ScriptSyntaxError:
        """What to raise when a script is refused at a place (here when not given)."""
        line, column = self.place(self.pos if pos is None else pos)
        return ScriptSyntaxError(f"{what} (line {line} column {column})", line, column)

    def deeper(self) -> None:
        """One level of nesting more."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.refused("too deep nesting")

    def peek(self) -> bytes:
        """The next byte, empty at the end."""
        return self.source[self.pos : self.pos + 1]

    def at_end(self) -> bool:
        """Whether the script ends here."""
        return self.pos >= len(self.source)

    def ended(self) -> bool:
        """Whether a command ends here."""
        return self.at_end() or self.peek() in (b";", b"\n", b")", b"]", b"}")

    def blanks(self) -> None:
        """Go past blanks and continued line ends."""
        match = _BLANKS.match(self.source, self.pos)
        if match:
            self.pos = match.end()

    def empty_space(self) -> None:
        """Go past blanks, line ends and comments."""
        while True:
            self.blanks()
            if self.peek() == b"\n":
                self.pos += 1
            elif self.peek() == b"#":
                end = self.source.find(b"\n", self.pos)
                self.pos = len(self.source) if end < 0 else end
            else:
                return

    def match(self, pattern: re.Pattern[bytes]) -> bytes:
        """Take what the pattern finds here; empty when it does not."""
        match = pattern.match(self.source, self.pos)
        if match is None:
            return b""
        self.pos = match.end()
        return match[0]

    def name(self) -> bytes:
        """A variable's name: letters and digits; empty when there is none."""
        return self.match(_NAME)
