# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that the core raises. A text is written for the person who has to act on it, and holds no secret."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class RouterOSError(Exception):
    """Base of all errors of this collection; ``str(error)`` is the whole message."""


class ConnectionFailed(RouterOSError):
    """The router could not be reached, spoken to, or logged in to."""


class ConnectionLost(RouterOSError):
    """The line broke after login. ``replies`` are those that had arrived, in the order of the sentences."""

    def __init__(self, message: str, replies: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.replies = tuple(replies)


class CommandFailed(RouterOSError):
    """The router refused a command that reads."""


class InvalidEntry(RouterOSError):
    """An entry that can be known to be wrong before anything is written."""


class Unprotected(RouterOSError):
    """A transaction that the router could not take back by itself; nothing was written."""


class Conflict(RouterOSError):
    """Somebody has changed rows that a transaction speaks of; nothing was written."""


class ScriptError(RouterOSError):
    """RouterOS text that cannot be read. ``line`` counts from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"line {line}: {message}")
        self.line = line


class NotInvertible(RouterOSError):
    """A write that no script on the router could take back."""


class TooLarge(RouterOSError):
    """A change whose way back is too long for one job of the router."""
