# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A router that follows a script: it expects certain sentences and answers with certain ones, or misbehaves."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from types import TracebackType

Answer = Sequence[Sequence[str]]


def encode(*words: str) -> bytes:
    """One sentence of short words as it stands on the wire."""
    out = b""
    for word in words:
        raw = word.encode()
        size = len(raw)
        out += (size.to_bytes(1) if size < 0x80 else (size | 0x8000).to_bytes(2)) + raw
    return out + b"\0"


class Scripted:
    """A TCP server for one connection whose behaviour is a function of the connected socket."""

    def __init__(self, behave: Callable[[socket.socket], None]) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(60)
        self.port: int = self._listener.getsockname()[1]
        self.problems: list[BaseException] = []
        self._behave = behave
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Scripted:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.join(60)
        self._listener.close()
        assert not self._thread.is_alive()
        if kind is None and self.problems:
            raise self.problems[0]

    def _serve(self) -> None:
        try:
            connection, _address = self._listener.accept()
            with connection:
                connection.settimeout(60)
                self._behave(connection)
        except BaseException as error:
            self.problems.append(error)


def dialogue(*exchanges: tuple[Answer, Answer]) -> Callable[[socket.socket], None]:
    """Expect the sentences of each exchange, to the byte, and then give its answer."""

    def behave(connection: socket.socket) -> None:
        for expected, answer in exchanges:
            wanted = b"".join(encode(*sentence) for sentence in expected)
            got = b""
            while len(got) < len(wanted):
                data = connection.recv(len(wanted) - len(got))
                if not data:
                    break
                got += data
            assert got == wanted
            connection.sendall(b"".join(encode(*sentence) for sentence in answer))

    return behave
