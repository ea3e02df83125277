# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways of leaving the normal course of a script."""

from __future__ import annotations

from routerlab.script.values import Value


class Leave(Exception):
    """``:exit``, and the base of the others."""


class Return(Leave):
    """``:return``."""

    def __init__(self, value: Value) -> None:
        super().__init__()
        self.value = value


class Break(Leave):
    """``:break``."""


class Continue(Leave):
    """``:continue``."""
