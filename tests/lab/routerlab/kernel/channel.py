# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent's end of the line to the lab: JSON objects, one a line, with file descriptors beside them."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Callable
from typing import Any

#: What one read may bring.
_CHUNK = 1 << 16
#: File descriptors that one message may carry.
MOST_DESCRIPTORS = 8


class Channel:
    """Reads requests and writes answers and events without ever blocking the loop.

    A request that says ``"fds": n`` takes the next n of the descriptors that came along.  ``request`` is called for
    each one, ``ended`` once when the lab is gone.
    """

    def __init__(
        self,
        end: socket.socket,
        request: Callable[[dict[str, Any], list[int]], None],
        ended: Callable[[], None],
    ) -> None:
        end.setblocking(False)
        self._end = end
        self._request = request
        self._ended = ended
        self._incoming = bytearray()
        self._outgoing = bytearray()
        self._descriptors: list[int] = []
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(end, self._read)

    def send(self, message: dict[str, Any]) -> None:
        """Queue a message; to be called in the loop's own thread."""
        waiting = bool(self._outgoing)
        self._outgoing += json.dumps(message, separators=(",", ":")).encode() + b"\n"
        if not waiting:
            self._write()

    def _write(self) -> None:
        try:
            sent = self._end.send(self._outgoing)
        except BlockingIOError:
            sent = 0
        except OSError:
            # The reader sees the end as well and tells.
            self._outgoing.clear()
            self._loop.remove_writer(self._end)
            return
        del self._outgoing[:sent]
        if self._outgoing:
            self._loop.add_writer(self._end, self._write)
        else:
            self._loop.remove_writer(self._end)

    def _read(self) -> None:
        try:
            data, descriptors, _flags, _address = socket.recv_fds(self._end, _CHUNK, MOST_DESCRIPTORS)
        except BlockingIOError:
            return
        except OSError:
            data, descriptors = b"", []
        for descriptor in descriptors:
            # recv_fds leaves them inheritable: only the command that they are for shall get them.
            os.set_inheritable(descriptor, False)
        self._descriptors += descriptors
        if not data:
            self._loop.remove_reader(self._end)
            self._ended()
            return
        self._incoming += data
        *lines, rest = self._incoming.split(b"\n")
        self._incoming = bytearray(rest)
        for line in lines:
            message = json.loads(line)
            count = message.get("fds", 0)
            taken, self._descriptors = self._descriptors[:count], self._descriptors[count:]
            self._request(message, taken)
