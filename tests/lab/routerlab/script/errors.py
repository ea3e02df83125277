# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong with a script."""

from __future__ import annotations


class ScriptSyntaxError(Exception):
    """A script that does not parse: nothing of it runs.

    ``message`` is what RouterOS says, position included; ``line`` and ``column`` count from 1 (columns in bytes).
    """

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


class ScriptError(Exception):
    """A script that failed while it ran.

    ``message`` is what RouterOS says; ``line`` and ``place`` (``/ip/address/add; line 1``) tell where it happened,
    0 and empty when not known.  As text both together, as RouterOS writes script errors.
    """

    def __init__(self, message: str, line: int = 0, place: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.place = place

    def __str__(self) -> str:
        return f"{self.message} ({self.place})" if self.place else self.message
