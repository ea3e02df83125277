# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a router is up: it is when its API lets the factory's user in and says its version.

The few bytes that this takes are written here, so that waiting for a boot depends on nothing that the boot shall test.
"""

from __future__ import annotations

import socket

#: Seconds for one look.  QEMU takes the connection long before the router does, so silence is what one hears first; in
#: software an answer may take this long.
LOOK = 10.0


def version(port: int, user: str = "admin", password: str = "") -> str | None:
    """The version of the router at this port of 127.0.0.1, such as ``7.22.3 (stable)``; None when it does not say.

    A factory router has no password, and an API takes that though a console would ask for a new one (~).
    """
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=LOOK) as line:
            _say(line, "/login", f"=name={user}", f"=password={password}")
            if _sentence(line)[:1] != ["!done"]:
                return None
            _say(line, "/system/resource/print", "=.proplist=version")
            row = _sentence(line)
    except (OSError, EOFError):
        return None
    for word in row:
        if word.startswith("=version="):
            return word.removeprefix("=version=")
    return None


def _say(line: socket.socket, *words: str) -> None:
    # Each of these words is shorter than 128 bytes, so that its length is one byte.
    encoded = [word.encode() for word in words]
    line.sendall(b"".join(bytes([len(word)]) + word for word in encoded) + b"\0")


def _sentence(line: socket.socket) -> list[str]:
    words = []
    while length := _length(line):
        words.append(_exactly(line, length).decode("utf-8", "replace"))
    return words


def _length(line: socket.socket) -> int:
    first = _exactly(line, 1)[0]
    if first < 0x80:
        return first
    if first < 0xC0:
        return (first & 0x3F) << 8 | _exactly(line, 1)[0]
    # What answers in longer words to a login is no router.
    raise EOFError


def _exactly(line: socket.socket, count: int) -> bytes:
    got = b""
    while len(got) < count:
        piece = line.recv(count - len(got))
        if not piece:
            raise EOFError
        got += piece
    return got
