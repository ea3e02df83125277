# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A bare client of the binary API, for tests that care about every word on the wire.

It blocks, knows no login by itself and interprets nothing; ``replies`` gathers the sentences up to the last one.
"""

from __future__ import annotations

import socket
import ssl
from types import TracebackType
from typing import Self

from routerlab.faces.api.framing import encode_length, encode_sentence

_TIMEOUT = 60.0


class LineClosed(Exception):
    """The router closed the connection."""


class Wire:
    """One connection."""

    def __init__(self, port: int, host: str = "127.0.0.1", context: ssl.SSLContext | None = None) -> None:
        raw = socket.create_connection((host, port), timeout=_TIMEOUT)
        self.socket: socket.socket = context.wrap_socket(raw, server_hostname=host) if context else raw

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()

    def send(self, *words: str) -> None:
        """Send one sentence."""
        self.socket.sendall(encode_sentence(list(words)))

    def send_bytes(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.socket.sendall(data)

    def _take(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            try:
                chunk = self.socket.recv(count - len(data))
            except ConnectionError as error:
                raise LineClosed(str(error)) from None
            if not chunk:
                raise LineClosed
            data += chunk
        return data

    def _length(self) -> int:
        first = self._take(1)[0]
        for mask, bits, more in ((0x80, 0x00, 0), (0xC0, 0x80, 1), (0xE0, 0xC0, 2), (0xF0, 0xE0, 3), (0xFF, 0xF0, 4)):
            if first & mask == bits:
                return int.from_bytes(bytes([first & ~mask & 0xFF]) + self._take(more), "big")
        raise ValueError(f"first byte 0x{first:02X}")

    def sentence(self) -> list[str]:
        """The next sentence; raises LineClosed when there is none."""
        words: list[str] = []
        while length := self._length():
            words.append(self._take(length).decode("utf-8", "surrogateescape"))
        return words

    def replies(self, last: tuple[str, ...] = ("!done", "!fatal")) -> list[list[str]]:
        """All sentences up to the first of the last ones."""
        found = []
        while True:
            found.append(self.sentence())
            if found[-1][0] in last:
                return found

    def talk(self, *words: str) -> list[list[str]]:
        """Send a sentence and gather its replies."""
        self.send(*words)
        return self.replies()

    def login(self, name: str = "admin", password: str = "lab") -> list[list[str]]:
        """Log in; returns the replies."""
        return self.talk("/login", f"=name={name}", f"=password={password}")

    def rows(self, *words: str) -> list[dict[str, str]]:
        """The rows that a command returns, without their ``.tag``; raises AssertionError for a refusal."""
        found = []
        for reply in self.talk(*words):
            if reply[0] == "!trap":
                raise AssertionError(reply)
            if reply[0] == "!re":
                pairs = [word[1:].partition("=") for word in reply[1:] if word.startswith("=")]
                found.append({name: text for name, _sign, text in pairs})
        return found

    def add(self, menu: str, **values: str) -> str:
        """Add a row to ``/ip/address``; underscores in names stand for dashes; returns its identifier."""
        words = [f"={name.replace('_', '-')}={text}" for name, text in values.items()]
        done = self.talk(f"{menu}/add", *words)
        if done[0][0] != "!done":
            raise AssertionError(done)
        return done[0][1].removeprefix("=ret=")

    def trap(self, *words: str) -> str:
        """The message of the refusal that a command meets; raises AssertionError when it is carried out."""
        for reply in self.talk(*words):
            if reply[0] == "!trap":
                return next(word[9:] for word in reply if word.startswith("=message="))
        raise AssertionError(f"{words} was carried out")


__all__ = ["LineClosed", "Wire", "encode_length"]
