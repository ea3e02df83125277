# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wanted of all menus of one call."""

from __future__ import annotations

from dataclasses import dataclass

from .rows import Row
from .version import Version


@dataclass(frozen=True)
class Request:
    """The state, the tag of the rows that are ours (empty: all are), whether to take rows over, and where.

    ``login`` is the user that is logged in, ``version`` the router's.
    """

    router: str
    state: str = "merged"
    scope: str = ""
    adopt: bool = False
    login: str = ""
    version: Version = (7,)

    def owns(self, row: Row) -> bool:
        """Whether *row* is ours to change."""
        return (row.values.get("comment") or "").startswith(self.scope)
