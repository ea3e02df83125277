# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers for the marks that RouterOS knows by name.

The packet's mark of Linux carries two of RouterOS's: the routing mark in its low 13 bits, the packet mark in the next
13; bits above are scratch space of single rules.  The connection's mark is a field of its own.  RouterOS allows 4096
marks of a kind (manual, "Mangle": ``bad new packet mark``), which 13 bits hold.
"""

from __future__ import annotations

ROUTING_MASK = 0x1FFF
PACKET_SHIFT = 13
PACKET_MASK = ROUTING_MASK << PACKET_SHIFT
#: The mark of what has none, in rules and in read-backs.
NO_MARK = "no-mark"
LIMIT = 4096


class MarksExhausted(ValueError):
    """More marks of one kind than RouterOS has."""


class _Names:
    """Texts and their numbers from 1 on; a number once given stays."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._numbers: dict[str, int] = {}
        self._texts: list[str] = [""]

    def number(self, text: str) -> int:
        if text in ("", NO_MARK):
            return 0
        found = self._numbers.get(text)
        if found is None:
            if len(self._texts) > LIMIT:
                raise MarksExhausted(f"there are {LIMIT} {self._kind} marks already")
            found = self._numbers[text] = len(self._texts)
            self._texts.append(text)
        return found

    def text(self, number: int) -> str:
        return self._texts[number] if 0 <= number < len(self._texts) else ""


class Marks:
    """The marks of one router, stable as long as it runs: texts and routing tables to numbers and back."""

    def __init__(self) -> None:
        self._connections = _Names("connection")
        self._packets = _Names("packet")
        self._tables: dict[int, int] = {}

    def connection(self, text: str) -> int:
        """The number of a connection mark; 0 for ``no-mark``.  Raises MarksExhausted."""
        return self._connections.number(text)

    def connection_name(self, number: int) -> str:
        """The connection mark of that number; empty for 0 and for a number that was never given."""
        return self._connections.text(number)

    def packet(self, text: str) -> int:
        """The number of a packet mark, before it is shifted; 0 for ``no-mark``.  Raises MarksExhausted."""
        return self._packets.number(text)

    def packet_name(self, number: int) -> str:
        """The packet mark of that number; empty for 0 and for a number that was never given."""
        return self._packets.text(number)

    def routing(self, table: int) -> int:
        """The routing mark, from 1 on, of a row of ``/routing/table`` (``main`` is row 0).  Raises MarksExhausted.

        Held by the row, so that renaming a table changes nothing; main has a mark too, as it can be named in rules.
        """
        found = self._tables.get(table)
        if found is None:
            if len(self._tables) >= LIMIT:
                raise MarksExhausted(f"there are {LIMIT} routing marks already")
            found = self._tables[table] = len(self._tables) + 1
        return found

    def tables(self) -> dict[int, int]:
        """Every routing mark given so far: row of the table -> mark.  Each needs a rule that looks up the table."""
        return dict(self._tables)
