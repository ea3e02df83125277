# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The speed test's server: after the line with the client's address (see ``flows``), the client's first byte chooses.

- ``E``: everything after it comes back (latency).
- ``D``: bytes without end, until the client closes (download).
- ``U``: everything after it is counted; every ``REPORT`` seconds the server says ``<its clock in ns> <bytes>`` (upload:
  what has arrived, not what the client's kernel has taken).
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time

from routerlab.internet.flows import line_for
from routerlab.internet.listeners import abort, accept_all

#: Seconds between reports of an upload.
REPORT = 0.1
_BLOCK = memoryview(bytes(1 << 18))
#: Blocks moved for one connection before others get their turn.
_TURNS = 4


class _Connection:
    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.received = 0
        self.loop = asyncio.get_running_loop()
        self.report: asyncio.TimerHandle | None = None
        self.buffer = bytearray()
        self.loop.add_reader(connection, self.guarded, self.first)

    def close(self) -> None:
        self.loop.remove_reader(self.socket)
        self.loop.remove_writer(self.socket)
        if self.report is not None:
            self.report.cancel()
        abort(self.socket)

    def guarded(self, work: object) -> None:
        """Do a step; a connection that has ended is closed."""
        assert callable(work)
        try:
            work()
        except BlockingIOError:
            pass
        except OSError:
            self.close()

    def first(self) -> None:
        choice = self.socket.recv(1)
        if choice == b"D":
            # Its reset is seen when writing fails.
            self.loop.remove_reader(self.socket)
            self.loop.add_writer(self.socket, self.guarded, self.download)
        elif choice == b"U":
            self.buffer = bytearray(len(_BLOCK))
            self.loop.add_reader(self.socket, self.guarded, self.upload)
            self.report = self.loop.call_later(REPORT, self.guarded, self.tell)
        elif choice == b"E":
            self.loop.add_reader(self.socket, self.guarded, self.echo)
        else:
            self.close()

    def echo(self) -> None:
        data = self.socket.recv(4096)
        if not data:
            self.close()
            return
        self.socket.send(data)

    def download(self) -> None:
        for _rest in range(_TURNS):
            self.socket.send(_BLOCK)

    def upload(self) -> None:
        for _rest in range(_TURNS):
            count = self.socket.recv_into(self.buffer)
            if not count:
                self.close()
                return
            self.received += count

    def tell(self) -> None:
        self.report = self.loop.call_later(REPORT, self.guarded, self.tell)
        self.socket.send(b"%d %d\n" % (time.monotonic_ns(), self.received))


def _accepted(connection: socket.socket, peer: tuple[str, int]) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # A client that vanished without a word is noticed.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 20)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 30000)
    with contextlib.suppress(OSError):
        connection.send(line_for(peer))
    _Connection(connection)


def serve(listener: socket.socket) -> None:
    """Take connections in the running loop."""
    accept_all(listener, _accepted)
