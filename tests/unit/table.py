# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A menu's rows that obey write sentences, as small as can be: what a plan must lead to is judged by this, not by itself."""

from __future__ import annotations

from collections.abc import Sequence


class Table:
    """Rows with ids; ``writes`` counts the sentences by verb."""

    def __init__(self, rows: Sequence[dict[str, str]] = ()) -> None:
        self._next = 1
        self.rows: list[dict[str, str]] = []
        self.writes: dict[str, int] = {}
        for row in rows:
            self._insert(dict(row), None)

    def obey(self, sentence: Sequence[str]) -> None:
        """Carry out one sentence; an id that does not exist is an error of the plan."""
        verb = sentence[0].rpartition("/")[2]
        words = dict(word[1:].split("=", 1) for word in sentence[1:])
        self.writes[verb] = self.writes.get(verb, 0) + 1
        if verb == "add":
            before = words.pop("place-before", None)
            self._insert({name: value for name, value in words.items() if value}, before)
        elif verb == "move":
            row = self._row(words["numbers"])
            assert words.get("destination") != row[".id"], "a row cannot be moved before itself"
            self.rows.remove(row)
            self.rows.insert(self._place(words.get("destination")), row)
        elif verb == "remove":
            self.rows.remove(self._row(words[".id"]))
        else:
            row = self._row(words.pop(".id")) if ".id" in words else self.rows[0]
            if verb == "unset":
                del row[words["value-name"]]
                return
            assert verb == "set"
            for name, value in words.items():
                if value:
                    row[name] = value
                else:
                    row.pop(name, None)

    def _insert(self, row: dict[str, str], before: str | None) -> None:
        row[".id"] = f"*{self._next:X}"
        self._next += 1
        self.rows.insert(self._place(before), row)

    def _place(self, before: str | None) -> int:
        return len(self.rows) if before is None else self.rows.index(self._row(before))

    def _row(self, id_: str) -> dict[str, str]:
        return next(row for row in self.rows if row[".id"] == id_)
