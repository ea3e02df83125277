# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a stored value is, and what a kind of value must be able to do.

A value is stored as it reads back.  What names another row is stored as that row's identifier (``Ref``), because a
router holds references by identifier: renaming the row renames every mention, deleting it leaves the dead ``*1A``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from routerlab.version import Version


@dataclass(frozen=True)
class Ref:
    """A mention of the row ``row_id`` of ``table``."""

    table: str
    row_id: int


@dataclass(frozen=True)
class Parts:
    """A text with mentions inside, such as ``!ether1`` or ``10.0.0.1%ether1``."""

    items: tuple[str | Ref, ...]


Value = str | Ref | Parts


class Names(Protocol):
    """What a kind may ask the router: its version, and which rows bear which names."""

    @property
    def version(self) -> Version:
        """The router's version."""

    def find(self, table: str, name: str) -> int | None:
        """The identifier of the row of that name, or None."""

    def names(self, table: str) -> Iterable[str]:
        """The names of all rows of a table."""

    def name_of(self, table: str, row_id: int) -> str | None:
        """The row's name now, or None when it is gone."""


class Kind(Protocol):
    """One kind of value."""

    def parse(self, text: str, name: str, names: Names) -> Value | None:
        """The value to store for ``text`` given to argument ``name``; None means: back to unset.

        Raises Trap with the router's text when it does not fit.
        """

    def __str__(self) -> str:
        """The kind in a few words, for the coverage page."""


def id_text(row_id: int) -> str:
    """An identifier as the API writes it: ``*1A``."""
    return f"*{row_id:X}"


def parse_id(text: str) -> int | None:
    """The number in ``*1A``, or None when the text is no identifier."""
    if len(text) < 2 or len(text) > 17 or text[0] != "*":
        return None
    try:
        return int(text[1:], 16) if text[1:].isalnum() else None
    except ValueError:
        return None


def text_of(value: Value, names: Names) -> str:
    """The value as the API returns it, mentions under their present names."""
    if isinstance(value, str):
        return value
    if isinstance(value, Ref):
        name = names.name_of(value.table, value.row_id)
        return id_text(value.row_id) if name is None else name
    return "".join(text_of(item, names) for item in value.items)


def mentions(value: Value) -> tuple[Ref, ...]:
    """Every reference inside a value."""
    if isinstance(value, Ref):
        return (value,)
    if isinstance(value, Parts):
        return tuple(item for item in value.items if isinstance(item, Ref))
    return ()


def join(values: Iterable[Value], separator: str) -> Value:
    """Several values as one, separated by a text."""
    items: list[str | Ref] = []
    for number, value in enumerate(values):
        if number:
            items.append(separator)
        items.extend(value.items if isinstance(value, Parts) else (value,))
    merged: list[str | Ref] = []
    for item in items:
        if isinstance(item, str) and merged and isinstance(merged[-1], str):
            merged[-1] += item
        else:
            merged.append(item)
    if not merged:
        return ""
    return merged[0] if len(merged) == 1 else Parts(tuple(merged))
