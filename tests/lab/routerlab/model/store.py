# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows and their tables: identifiers that are never reused, order, and look-up by name and by unique fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import dropwhile, islice

from routerlab.values import Value


class Row:
    """One row: what was written (as it reads back), and what the router keeps beside it."""

    __slots__ = ("builtin", "dynamic", "facts", "id", "values")

    def __init__(
        self,
        row_id: int,
        values: dict[str, Value] | None = None,
        *,
        dynamic: bool = False,
        builtin: bool = False,
        facts: dict[str, str] | None = None,
    ) -> None:
        self.id = row_id
        self.values: dict[str, Value] = values if values is not None else {}
        self.dynamic = dynamic
        self.builtin = builtin
        #: What is fixed with the row and cannot be written, such as an Ethernet port's default-name.
        self.facts: dict[str, str] = facts if facts is not None else {}

    @property
    def enabled(self) -> bool:
        """Whether the row is not disabled."""
        return self.values.get("disabled") != "true"


#: A row that was touched, and what undoes the change.
Entry = tuple[Row, Callable[[], None]]


class Journal:
    """How to take back what is done to tables; filled only while somebody wants it.

    Undone in reverse order, entries restore rows, identifiers and order exactly.
    """

    def __init__(self) -> None:
        self.entries: list[Entry] | None = None

    def note(self, row: Row, undo: Callable[[], None]) -> None:
        """Remember one change."""
        if self.entries is not None:
            self.entries.append((row, undo))

    @property
    def wanted(self) -> bool:
        """Whether changes are being remembered."""
        return self.entries is not None


class Table:
    """The rows of one table in their order; what changes is told to the journal."""

    def __init__(
        self, first_id: int = 1, indexes: Iterable[tuple[str, ...]] = (), journal: Journal | None = None
    ) -> None:
        self._journal = journal or Journal()
        self._rows: dict[int, Row] = {}
        self._next = first_id
        self._indexes: dict[tuple[str, ...], dict[tuple[Value | None, ...], dict[int, None]]] = {
            fields: {} for fields in indexes
        }

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows.values())

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, row_id: int) -> bool:
        return row_id in self._rows

    def get(self, row_id: int) -> Row | None:
        """The row of that identifier, or None."""
        return self._rows.get(row_id)

    def new_id(self) -> int:
        """An identifier that no row of this table has had."""
        row_id = self._next
        self._next += 1
        return row_id

    def restart_ids(self, first: int) -> None:
        """Count identifiers from here again, after rows with identifiers of another range."""
        self._next = first

    def insert(self, row: Row, before: int | None = None) -> None:
        """Put a row at the end, or before another one."""
        self._next = max(self._next, row.id + 1)
        self._journal.note(row, partial(self._take_out, row))
        self._index(row)
        if before is None:
            self._rows[row.id] = row
            return
        self._reorder([*self._rows_before(before), row, *self._rows_from(before)])

    def _rows_before(self, row_id: int) -> list[Row]:
        rows = list(self._rows.values())
        return rows[: next(i for i, row in enumerate(rows) if row.id == row_id)]

    def _rows_from(self, row_id: int) -> list[Row]:
        return list(self._rows.values())[len(self._rows_before(row_id)) :]

    def _reorder(self, rows: list[Row]) -> None:
        self._rows = {row.id: row for row in rows}

    def delete(self, row_id: int) -> None:
        """Take a row out; its identifier is spent."""
        if self._journal.wanted:
            self._journal.note(self._rows[row_id], partial(self._put_back, self._rows[row_id], self._following(row_id)))
        row = self._rows.pop(row_id)
        self._unindex(row)

    def update(self, row: Row, values: dict[str, Value]) -> None:
        """Give a row other values."""
        self._journal.note(row, partial(self._give_back, row, row.values))
        self._unindex(row)
        row.values = values
        self._index(row)

    def move(self, row_ids: list[int], before: int | None) -> None:
        """Bring rows, in the order given, before another row that is not among them, or to the end."""
        block = [self._rows[row_id] for row_id in row_ids]
        rest = [row for row in self._rows.values() if row.id not in set(row_ids)]
        at = len(rest) if before is None else next(i for i, row in enumerate(rest) if row.id == before)
        if self._journal.wanted and block:
            self._journal.note(block[0], partial(self._order_as, list(self._rows)))
        self._reorder([*rest[:at], *block, *rest[at:]])

    # Undoing.  A row that has vanished by itself meanwhile, as an expired one does, stays away.

    def _following(self, row_id: int) -> int | None:
        return next(islice(dropwhile(lambda other: other != row_id, self._rows), 1, None), None)

    def _take_out(self, row: Row) -> None:
        if row.id in self._rows:
            self.delete(row.id)

    def _put_back(self, row: Row, before: int | None) -> None:
        self.insert(row, before if before in self._rows else None)

    def _give_back(self, row: Row, values: dict[str, Value]) -> None:
        if row.id in self._rows:
            self.update(row, values)

    def _order_as(self, row_ids: list[int]) -> None:
        first = [self._rows[row_id] for row_id in row_ids if row_id in self._rows]
        known = set(row_ids)
        self._reorder([*first, *(row for row in self._rows.values() if row.id not in known)])

    def same(self, fields: tuple[str, ...], values: Mapping[str, Value]) -> list[Row]:
        """The rows with the same values in the fields (which must be an index of this table)."""
        found = self._indexes[fields].get(tuple(values.get(field) for field in fields), {})
        return [self._rows[row_id] for row_id in found]

    def _index(self, row: Row) -> None:
        for fields, index in self._indexes.items():
            index.setdefault(tuple(row.values.get(field) for field in fields), {})[row.id] = None

    def _unindex(self, row: Row) -> None:
        for fields, index in self._indexes.items():
            key = tuple(row.values.get(field) for field in fields)
            bucket = index[key]
            del bucket[row.id]
            if not bucket:
                del index[key]
