# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Order with the fewest moves: the longest run of rows that already stand right stays, all others move around it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")


def longest_increasing(numbers: Sequence[int]) -> list[int]:
    """Return the places in *numbers* (all different) of one of its longest increasing subsequences."""
    tails: list[int] = []
    at: list[int] = []
    previous: list[int] = []
    for place, number in enumerate(numbers):
        length = bisect_left(tails, number)
        previous.append(at[length - 1] if length else -1)
        if length == len(tails):
            tails.append(number)
            at.append(place)
        else:
            tails[length], at[length] = number, place
    out: list[int] = []
    place = at[-1] if at else -1
    while place >= 0:
        out.append(place)
        place = previous[place]
    return out[::-1]


def arrange(rows: Sequence[Item], wanted: Sequence[Item | None], leaving: Sequence[Item]) -> dict[int, Item | None]:
    """Say which of *wanted* must be placed, and before which row.

    *rows* stand in the router's order, *wanted* in the order that they shall have (None: a row to be added),
    *leaving* will be removed when all is placed. Returns {place in wanted: row to stand before, None for the end};
    placed one by one in that order, each ends up right. Rows are told apart by identity. Every row that is named is one
    that stays where it is, so all placings can be written without waiting for an answer.
    """
    position = {id(row): number for number, row in enumerate(rows)}
    there = [number for number, row in enumerate(wanted) if row is not None]
    fixed = {there[n] for n in longest_increasing([position[id(wanted[number])] for number in there])}
    moving = {id(wanted[number]) for number in there if number not in fixed}
    placing: dict[int, Item | None] = {}
    anchor = _end_of_block(rows, [wanted[number] for number in sorted(fixed)], moving, leaving)
    for number in range(len(wanted) - 1, -1, -1):
        if number in fixed:
            anchor = wanted[number]
        else:
            placing[number] = anchor
    return dict(sorted(placing.items()))


def _end_of_block(
    rows: Sequence[Item], fixed: Sequence[Item | None], moving: set[int], leaving: Sequence[Item]
) -> Item | None:
    """Return the row that the last of the block stands before: what follows the last row that stays, or, where the
    whole block is replaced, its first row that leaves, so that the block keeps its place among the rows of others."""
    if not fixed:
        return leaving[0] if leaving else None
    last = next(number for number, row in enumerate(rows) if row is fixed[-1])
    return next((row for row in rows[last + 1 :] if id(row) not in moving), None)
