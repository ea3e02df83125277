# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""hold.py against real sockets: who answers, who closes, who says nothing, and who is not there."""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

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


def echo(connection: socket.socket, times: int | None = None) -> None:
    """Answer so many words, all of them if none is named."""
    # Whoever asks may leave with an answer on its way.
    with contextlib.suppress(ConnectionError):
        for _time in itertools.count() if times is None else range(times):
            if not (data := connection.recv(100)):
                return
            connection.sendall(data)


def close(connection: socket.socket) -> None:
    connection.recv(100)


def mute(connection: socket.socket) -> None:
    while connection.recv(100):
        pass


def hold(seconds: float, *targets: str) -> list[dict[str, Any]]:
    """Hold connections; returns what was told of each, in their order."""
    command = [sys.executable, str(HOLD_PROGRAM), "--seconds", str(seconds), *targets]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stderr
    opened, *connections, ended = [json.loads(line) for line in done.stdout.splitlines()]
    assert opened == {"open": len(targets)}
    for connection in connections:
        assert connection["address"] == "127.0.0.1"
        assert [*connection["answers"], ended["ended"]] == sorted([*connection["answers"], ended["ended"]])
    return connections


def test_answers_are_noted_until_nothing_is_open() -> None:
    """Both servers close long before the time is over, and that is the end of it."""
    with ExitStack() as stack:
        began = time.monotonic()
        servers = (partial(echo, times=2), close)
        echoed, closed = hold(100, *(stack.enter_context(server(serve)) for serve in servers))
        assert time.monotonic() - began < 100
    assert len(echoed["answers"]) == 2
    assert echoed["error"] is not None
    assert closed["answers"] == []
    assert closed["error"] is not None


def test_what_lives_at_the_end_has_no_error() -> None:
    """Whether it answers or not; that answers are noted is shown above, without a clock."""
    with ExitStack() as stack:
        echoed, silent = hold(1.2, *(stack.enter_context(server(serve)) for serve in (echo, mute)))
    assert echoed["error"] is None
    assert silent == {"address": "127.0.0.1", "answers": [], "error": None}


def test_a_server_that_is_not_there() -> None:
    # The port stays ours, so that nobody else can listen there.
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        target = f"127.0.0.1:{taken.getsockname()[1]}"
        command = [sys.executable, str(HOLD_PROGRAM), "--seconds", "1", target]
        done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("hold: ")
    assert len(done.stderr.splitlines()) == 1
