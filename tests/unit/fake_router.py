# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session without a network: menus as tables, with refusals and a broken line on demand."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType

from ansible_collections.multiwan.routeros.plugins.module_utils.errors import ConnectionLost
from ansible_collections.multiwan.routeros.plugins.module_utils.session import Reply, Sentence

from .table import Table


class FakeRouter:
    """Answers prints and obeys writes; ``trips`` holds the sentences of each exchange."""

    def __init__(self, version: str = "7.22.3 (stable)", **menus: Sequence[dict[str, str]]) -> None:
        self.version = version
        self.tables = {name.replace("_", "/"): Table(rows) for name, rows in menus.items()}
        self.trips: list[list[Sentence]] = []
        self.refuse: dict[str, str] = {}
        """Refusals by a text that a sentence holds."""
        self.break_after: int | None = None
        """Number of answers of the next writing exchange after which the line breaks."""

    def __enter__(self) -> FakeRouter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    @property
    def writes(self) -> list[Sentence]:
        return [sentence for trip in self.trips for sentence in trip if not sentence[0].endswith("/print")]

    def exchange(self, sentences: Sequence[Sentence], until: float | None = None) -> list[Reply]:
        self.trips.append(list(sentences))
        replies: list[Reply] = []
        writing = any(not sentence[0].endswith("/print") for sentence in sentences)
        for sentence in sentences:
            if writing and self.break_after == len(replies):
                raise ConnectionLost("r1 (test): the connection broke", replies)
            replies.append(self._answer(sentence))
        return replies

    def _answer(self, sentence: Sentence) -> Reply:
        path, _slash, verb = sentence[0].removeprefix("/").rpartition("/")
        for part, trap in self.refuse.items():
            if any(part in word for word in sentence):
                return Reply(traps=(trap,))
        if path == "system/resource":
            return Reply(({"version": self.version},))
        table = self.tables.get(path)
        if table is None:
            return Reply(traps=("no such command prefix",))
        if verb == "print":
            return Reply(tuple(dict(row) for row in table.rows))
        table.obey(sentence)
        return Reply(ret="*1" if verb == "add" else None)
