# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A listening port that can be bolted: then connection attempts get no answer, which is something else than a refusal."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable

from routerlab.management.gate import Gate, GatedReader, GatedWriter

log = logging.getLogger(__name__)

_BACKLOG = 100

Serve = Callable[[GatedReader, GatedWriter], Awaitable[None]]


class Door:
    """One open port; ``serve`` gets each connection, after the handshake where ``context`` asks for TLS.

    Raises OSError when the port cannot be opened.  A bolted door's queue of waiting connections is kept full: the kernel
    then drops attempts, which are repeated by the other end until somebody gives up or the bolt is drawn.
    """

    def __init__(self, host: str, port: int, gate: Gate, serve: Serve, context: ssl.SSLContext | None) -> None:
        self._gate = gate
        self._serve = serve
        self._context = context
        self._tasks: set[asyncio.Task[None]] = set()
        self._fillers: list[socket.socket] = []
        self._filling: set[object] = set()
        self._bolted = False
        # Without the protocol's number asyncio does not switch Nagle's algorithm off, and every answer waits for 40 ms.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            self._socket.setblocking(False)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind((host, port))
            self._socket.listen(_BACKLOG)
        except OSError:
            self._socket.close()
            raise
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket, self._accept)

    @property
    def port(self) -> int:
        """The port's number."""
        return int(self._socket.getsockname()[1])

    def bolt(self, bolted: bool) -> None:
        """Bolt the door, or draw the bolt."""
        if bolted is self._bolted:
            return
        self._bolted = bolted
        if bolted:
            self._loop.remove_reader(self._socket)
            self._socket.listen(0)
            filler = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            filler.setblocking(False)
            self._fillers.append(filler)
            with contextlib.suppress(BlockingIOError):
                filler.connect(self._socket.getsockname())
            return
        # What fills the queue goes only when somebody takes it out again.
        self._filling = {filler.getsockname() for filler in self._fillers}
        self._drop_fillers()
        self._socket.listen(_BACKLOG)
        self._loop.add_reader(self._socket, self._accept)

    def close(self) -> None:
        """Close the port; connections that stand go on, those that wait are refused."""
        self._loop.remove_reader(self._socket)
        for task in self._tasks:
            task.cancel()
        self._drop_fillers()
        self._socket.close()

    def _drop_fillers(self) -> None:
        for filler in self._fillers:
            filler.close()
        self._fillers.clear()

    def _accept(self) -> None:
        try:
            connection, address = self._socket.accept()
        except (BlockingIOError, ConnectionError):
            return
        except OSError as error:
            log.error("port %d: a connection could not be taken: %s", self.port, error)
            return
        if address in self._filling:
            connection.close()
            return
        connection.setblocking(False)
        task = asyncio.ensure_future(self._take(connection))
        self._tasks.add(task)
        task.add_done_callback(lambda it: self._taken(it, connection))

    def _taken(self, task: asyncio.Task[None], connection: socket.socket) -> None:
        self._tasks.discard(task)
        # also when it was cancelled before it began
        if task.cancelled():
            connection.close()

    async def _take(self, connection: socket.socket) -> None:
        """Hand a connection over; one that came while the bolt was being put up waits like those outside."""
        loop = self._loop
        try:
            if not await self._gate.admitted():
                connection.close()
                return
            await loop.connect_accepted_socket(lambda: _protocol(self._serve, loop), connection, ssl=self._context)
        except (OSError, ssl.SSLError) as error:
            log.debug("port %d: a connection ended before it began: %s", self.port, error)


def _protocol(serve: Serve, loop: asyncio.AbstractEventLoop) -> asyncio.StreamReaderProtocol:
    reader = GatedReader(loop=loop)
    protocol: asyncio.StreamReaderProtocol

    async def connected(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await serve(reader, GatedWriter(writer.transport, protocol, reader, loop))

    protocol = asyncio.StreamReaderProtocol(reader, connected, loop=loop)
    return protocol
