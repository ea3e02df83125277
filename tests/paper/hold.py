# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections that are opened once and kept busy, as a program for a client in the lab (standard library only).

``python hold.py --seconds S ADDRESS:PORT...`` opens one connection to each echo server, prints a line when all are open, says a
word on each every second, and at the end prints one line of JSON for each: ``{"address": what the server saw,
"answers": [Unix times], "error": text or null}``, and ``{"ended": Unix time}``.
"""

from __future__ import annotations

import argparse
import json
import selectors
import socket
import sys
import time
from dataclasses import dataclass, field

#: Seconds from one word to the next.
PERIOD = 1.0
_CONNECT = 5.0


@dataclass
class Held:
    """One connection and what was heard on it."""

    endpoint: socket.socket
    address: str
    answers: list[float] = field(default_factory=list)
    error: str | None = None


def open_one(target: str) -> Held:
    """Connect, and read the line with the address that the server saw. Raises OSError."""
    host, _rest, port = target.rpartition(":")
    endpoint = socket.create_connection((host, int(port)), _CONNECT)
    line = b""
    while not line.endswith(b"\n"):
        data = endpoint.recv(1)
        if not data:
            raise ConnectionError(f"{target} closed")
        line += data
    endpoint.setblocking(False)
    return Held(endpoint, line.split()[0].decode("ascii"))


def keep(connections: list[Held], seconds: float) -> None:
    """Say a word on each every PERIOD and note the answers, until so many seconds are over or nothing is open."""
    selector = selectors.DefaultSelector()
    for connection in connections:
        selector.register(connection.endpoint, selectors.EVENT_READ, connection)

    def fail(connection: Held, reason: str) -> None:
        connection.error = reason
        selector.unregister(connection.endpoint)
        connection.endpoint.close()

    end = time.monotonic() + seconds
    due = time.monotonic()
    while (now := time.monotonic()) < end and selector.get_map():
        if now >= due:
            due = now + PERIOD
            for connection in [key.data for key in selector.get_map().values()]:
                try:
                    connection.endpoint.send(b"?\n")
                except BlockingIOError:
                    # A dead link's queue is full; the word is not needed.
                    continue
                except OSError as error:
                    fail(connection, str(error))
        for key, _events in selector.select(max(0.0, min(due, end) - time.monotonic())):
            connection = key.data
            try:
                data = connection.endpoint.recv(4096)
            except OSError as error:
                fail(connection, str(error))
                continue
            if data:
                connection.answers.append(round(time.time(), 2))
            else:
                fail(connection, "closed by the server")
    selector.close()


def main() -> int:
    """Return the exit status: 1, with a line on stderr, when a connection cannot be opened."""
    parser = argparse.ArgumentParser(description="Open connections, keep them busy, and tell when they answered.")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("targets", nargs="+", metavar="ADDRESS:PORT")
    options = parser.parse_args()
    try:
        connections = [open_one(target) for target in options.targets]
    except OSError as error:
        print(f"hold: {error}", file=sys.stderr)
        return 1
    print(json.dumps({"open": len(connections)}), flush=True)
    keep(connections, options.seconds)
    ended = time.time()
    for connection in connections:
        about = {"address": connection.address, "answers": connection.answers, "error": connection.error}
        print(json.dumps(about), flush=True)
    print(json.dumps({"ended": round(ended, 2)}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
