# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that tell a client the address they see it under, over TCP and UDP.

TCP: after accepting, one line ``<address> <port>``; what the client sends comes back.  The client closes (best with a
reset, which leaves nothing in TIME_WAIT on either side); a silent connection is kept for ``IDLE`` seconds.
UDP: each datagram is answered by such a line, from the address that it was sent to.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct

from routerlab.internet.listeners import abort, accept_all

#: Seconds.
IDLE = 60.0
#: Linux's value (linux/in.h); the module socket of Python 3.11 does not name it.
_IP_PKTINFO = 8
_PKTINFO_SIZE = 12


def line_for(peer: tuple[str, int]) -> bytes:
    """What a server tells its client."""
    return b"%s %d\n" % (peer[0].encode(), peer[1])


class FlowServer:
    """Counts what it served: ``accepted`` connections and ``datagrams``."""

    def __init__(self) -> None:
        self.accepted = 0
        self.datagrams = 0
        # Connections by descriptor with the moment of their last word; oldest first.
        self._open: dict[int, tuple[socket.socket, float]] = {}

    def serve(self, listener: socket.socket) -> None:
        """Take connections in the running loop."""
        accept_all(listener, self._accepted)

    async def sweep(self) -> None:
        """Close what has been silent for too long, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(IDLE / 10)
            silent = loop.time() - IDLE
            for connection, last in list(self._open.values()):
                if last > silent:
                    break
                self._close(connection)

    def _accepted(self, connection: socket.socket, peer: tuple[str, int]) -> None:
        self.accepted += 1
        try:
            connection.send(line_for(peer))
        except OSError:
            # Gone already.
            connection.close()
            return
        loop = asyncio.get_running_loop()
        self._open[connection.fileno()] = (connection, loop.time())
        loop.add_reader(connection, self._readable, connection)

    def _readable(self, connection: socket.socket) -> None:
        try:
            data = connection.recv(4096)
            if data:
                # What does not fit is lost: this is an echo for small words.
                with contextlib.suppress(BlockingIOError):
                    connection.send(data)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._close(connection)
            return
        del self._open[connection.fileno()]
        self._open[connection.fileno()] = (connection, asyncio.get_running_loop().time())

    def _close(self, connection: socket.socket) -> None:
        del self._open[connection.fileno()]
        asyncio.get_running_loop().remove_reader(connection)
        abort(connection)

    def serve_udp(self, endpoint: socket.socket) -> None:
        """Answer datagrams in the running loop."""
        endpoint.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        asyncio.get_running_loop().add_reader(endpoint, self._datagrams, endpoint)

    def _datagrams(self, endpoint: socket.socket) -> None:
        for _rest in range(256):
            try:
                _first, ancillary, _second, peer = endpoint.recvmsg(2048, socket.CMSG_SPACE(_PKTINFO_SIZE))
            except BlockingIOError:
                return
            except OSError:
                # An ICMP error about an earlier answer; the next call goes on.
                continue
            self.datagrams += 1
            answer_from = [
                (level, kind, struct.pack("=i4s4s", 0, data[8:12], b"\0\0\0\0"))
                for level, kind, data in ancillary
                if (level, kind) == (socket.IPPROTO_IP, _IP_PKTINFO)
            ]
            # Nobody waits for an answer that cannot be sent: the client counts it as lost.
            with contextlib.suppress(OSError):
                endpoint.sendmsg([line_for(peer)], answer_from, 0, peer)
