# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One line at the bottom of a terminal that is drawn again and again, while others write lines of their own above it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, TextIO

_ERASE = "\r\x1b[K"
_NO_WRAP, _WRAP = "\x1b[?7l", "\x1b[?7h"


class StatusLine:
    """The line on *screen*; whatever is written to *streams*, which lead to the same terminal, erases it first.

    ``lock`` is held for each write, by everybody who writes to these streams. While a line of somebody else is not ended, such as
    a question that waits for its answer, nothing is drawn.
    """

    def __init__(self, screen: TextIO, streams: Sequence[TextIO], lock: AbstractContextManager[Any]) -> None:
        self._screen, self._lock = screen, lock
        self._write = screen.write
        self._shown = False
        self._open_line = False
        self._streams = [(stream, self._guard(stream)) for stream in streams]

    def _guard(self, stream: TextIO) -> Any:
        """Let writes to *stream* erase the line first; returns what its own ``write`` was."""
        write = stream.write

        def guarded(text: str) -> int:
            with self._lock:
                self.erase()
                if text:
                    self._open_line = not text.endswith("\n")
                return write(text)

        # as an attribute of this one object, where Ansible has put its own lock around it too
        stream.write = guarded  # type: ignore[method-assign]
        return write

    def draw(self, text: str) -> None:
        """Show *text* in place of what was there, cut to the terminal's width."""
        columns = self._columns()
        cut = text if len(text) < columns else f"{text[: max(0, columns - 2)]}…"
        with self._lock:
            if self._open_line:
                return
            self._write(f"{_ERASE}{_NO_WRAP}{cut}{_WRAP}")
            self._screen.flush()
            self._shown = True

    def erase(self) -> None:
        """Take the line away."""
        with self._lock:
            if self._shown:
                self._shown = False
                self._write(_ERASE)
                self._screen.flush()

    def close(self) -> None:
        """Take the line away for good, and leave the streams as they were."""
        with self._lock:
            self.erase()
            for stream, write in self._streams:
                stream.write = write  # type: ignore[method-assign]
            self._streams = []

    def _columns(self) -> int:
        try:
            found = os.get_terminal_size(self._screen.fileno()).columns
        except (OSError, ValueError):
            found = 0
        return found or shutil.get_terminal_size().columns
