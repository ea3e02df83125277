# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which state a router is in after something went wrong: the one before a change, the one after it, or something between.

Rows that the change does not speak of do not count: others may have added, changed or removed them meanwhile. Ids do not
count either, because a row that was removed and added again has a new one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

from .menus.base import Menu
from .plan import Plan
from .reading import Rows
from .rows import Row


def judge(plans: Sequence[Plan], before: Rows, now: Rows) -> str:
    """Return ``before``, ``after`` or ``neither``; *before* are the rows as they were read, by menu's path."""
    steps = [_Step(made, before[made.menu.path], now.get(made.menu.path, [])) for made in plans]
    if all(step.is_before() for step in steps):
        return "before"
    return "after" if all(step.is_after() for step in steps) else "neither"


class _Step:
    """One menu of the change."""

    def __init__(self, made: Plan, before: Sequence[Row], now: Sequence[Row]) -> None:
        self.menu = made.menu
        self.before, self.after, self.now = before, made.after, now
        # the same rows under the names that what they refer to shall have
        renamed = made.rows if len(made.rows) == len(before) else before
        old, new = ([row.said(self.menu) for row in rows] for rows in (renamed, made.after))
        self.gone = Counter(old) - Counter(new)
        self.going = Counter[Hashable]()
        left = self.gone.copy()
        for row, whole in zip(before, old, strict=True):
            if left[whole]:
                left[whole] -= 1
                self.going[row.said(self.menu)] += 1
        self.new = [row for row, whole in zip(made.after, new, strict=True) if whole not in set(old)]
        # rows of which there shall be more that say the same
        self.few, self.many = Counter(old), Counter(new)
        self.twins = [whole for whole in self.many - self.few if self.few[whole]]
        placed = [op for op in made.operations if op.verb in ("add", "move")]
        rows = [op.row or Row(None, {n: v for n, v in op.values.items() if v}) for op in placed]
        self.placed = {row.name(self.menu) for row in rows}

    def is_before(self) -> bool:
        """Whether all that the change takes away is there, and nothing that it brings."""
        there = Counter(row.said(self.menu) for row in self.now)
        old = {row.said(self.menu) for row in self.before}
        brought = any(
            agrees(self.menu, new, row) for new in self.new for row in self.now if row.said(self.menu) not in old
        )
        brought = brought or any(there[whole] > self.few[whole] for whole in self.twins)
        return not brought and not self.going - there and self._in_order_of(self.before)

    def is_after(self) -> bool:
        """Whether all that the change brings is there, and nothing that it takes away."""
        there = Counter(row.said(self.menu) for row in self.now)
        lacking = any(not any(agrees(self.menu, new, row) for row in self.now) for new in self.new)
        lacking = lacking or any(there[whole] < self.many[whole] for whole in self.twins)
        left = any(there[whole] > self.many[whole] for whole in self.gone)
        return not lacking and not left and self._in_order_of(self.after)

    def _in_order_of(self, wanted: Sequence[Row]) -> bool:
        """Whether each row that the change puts somewhere stands among the others as in *wanted*; how others stand among
        each other is not its business."""
        if not self.menu.ordered or not self.placed:
            return True
        one, other = self._places(wanted), self._places(self.now)
        both = set(one) & set(other)
        mine, theirs = ([key for key in keys if key in both] for keys in (one, other))
        return mine == theirs or all(
            set(mine[: mine.index(key)]) == set(theirs[: theirs.index(key)]) for key in self.placed & both
        )

    def _places(self, rows: Sequence[Row]) -> list[Hashable]:
        """Return what identifies each row, without what several rows share."""
        keys = [row.name(self.menu) for row in rows]
        count = Counter(keys)
        return [key for key in keys if count[key] == 1]


def agrees(menu: Menu, wanted: Row, row: Row) -> bool:
    """Whether *row* is all that *wanted* says, whatever else the router has filled in; it never fills in a comment."""
    return wanted.values.get("comment") == row.values.get("comment") and all(
        row.effective(menu, name) == value
        for name, value in wanted.values.items()
        if (known := menu.field(name)) is None or not known.unread
    )
