# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sockets that listen, and what a server does with many connections."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
from collections.abc import Callable, Iterable

#: As many as a kernel grants (net.core.somaxconn).
_BACKLOG = 4096
#: Connections taken in one go, so that other work gets its turn.
_AT_ONCE = 256


class ListenError(Exception):
    """A port cannot be had."""


def listening(addresses: Iterable[str], ports: Iterable[int], kind: socket.SocketKind) -> list[socket.socket]:
    """Non-blocking sockets for every address and port; raises ListenError naming the first that cannot be had."""
    made: list[socket.socket] = []
    ports = list(ports)
    for address in addresses:
        for port in ports:
            endpoint = socket.socket(socket.AF_INET, kind)
            made.append(endpoint)
            try:
                if kind == socket.SOCK_STREAM:
                    endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                endpoint.setblocking(False)
                endpoint.bind((address, port))
                if kind == socket.SOCK_STREAM:
                    endpoint.listen(_BACKLOG)
            except OSError as error:
                for other in made:
                    other.close()
                name = "UDP" if kind == socket.SOCK_DGRAM else "TCP"
                raise ListenError(f"{name} port {port} at {address}: {error.strerror or error}") from error
    return made


def accept_all(listener: socket.socket, each: Callable[[socket.socket, tuple[str, int]], None]) -> None:
    """Call ``each`` with every connection that waits (some at a time), until the running loop ends."""
    loop = asyncio.get_running_loop()

    def ready() -> None:
        for _rest in range(_AT_ONCE):
            try:
                connection, peer = listener.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError:
                # No descriptors left: try again when some are closed, without spinning meanwhile.
                loop.remove_reader(listener)
                loop.call_later(0.1, loop.add_reader, listener, ready)
                return
            connection.setblocking(False)
            each(connection, peer)

    loop.add_reader(listener, ready)


def abort(connection: socket.socket) -> None:
    """Close with a reset: nothing of the connection stays in TIME_WAIT."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    connection.close()


def many_descriptors() -> None:
    """As many open connections as the system's hard limit allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
