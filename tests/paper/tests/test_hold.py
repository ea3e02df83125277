# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""hold.py against real sockets: who answers, who closes, who says nothing, and who is not there."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from ..failover import HOLD_PROGRAM


@contextmanager
def server(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server of one connection, on a thread; yields its address and port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run() -> None:
            connection, peer = listener.accept()
            with connection:
                connection.sendall(f"{peer[0]} {peer[1]}\n".encode())
                serve(connection)

        thread = threading.Thread(target=run)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


def echo(connection: socket.socket) -> None:
    while data := connection.recv(100):
        connection.sendall(data)


def close(connection: socket.socket) -> None:
    connection.recv(100)


def mute(connection: socket.socket) -> None:
    while connection.recv(100):
        pass


def hold(*targets: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(HOLD_PROGRAM), "--seconds", "2.2", *targets]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_answers_are_noted() -> None:
    with ExitStack() as stack:
        done = hold(*(stack.enter_context(server(serve)) for serve in (echo, close, mute)))
    assert done.returncode == 0, done.stderr
    opened, *connections, ended = [json.loads(line) for line in done.stdout.splitlines()]
    assert opened == {"open": 3}
    echoed, closed, silent = connections
    assert [connection["address"] for connection in connections] == ["127.0.0.1"] * 3
    assert len(echoed["answers"]) >= 2
    assert echoed["answers"] == sorted(echoed["answers"])
    assert echoed["answers"][-1] <= ended["ended"]
    assert echoed["error"] is None
    assert closed["answers"] == []
    assert closed["error"] is not None
    assert silent == {"address": "127.0.0.1", "answers": [], "error": None}


def test_a_server_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    done = hold(f"127.0.0.1:{port}")
    assert done.returncode == 1
    assert done.stderr.startswith("hold: ")
    assert len(done.stderr.splitlines()) == 1
