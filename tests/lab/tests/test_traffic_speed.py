# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The speed test."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest

from routerlab.internet.testing import PORTS, Internet
from routerlab.traffic.speed import SpeedPlan, _bytes_at, _Line, _upload

COMMAND = [sys.executable, "-m", "routerlab.traffic", "speedtest", "--port", str(PORTS["speed"][0])]


def test_all_three_are_measured() -> None:
    """Over all connections; unshaped loopback is fast."""
    with Internet() as internet:
        servers = [word for address in internet.addresses for word in ("--server", address)]
        ended = subprocess.run(
            [*COMMAND, *servers, "--connections", "6", "--seconds", "0.5", "--ramp", "0.2", "--json"],
            capture_output=True,
            timeout=100,
            check=True,
        )
    result = json.loads(ended.stdout)
    assert result["connections"] == 6
    assert result["failed"] == 0
    assert 0 < result["latency_ms"] < 1000
    assert result["download_mbit"] > 10
    assert result["upload_mbit"] > 10
    assert result["by_address"] == {
        "127.0.0.1": {
            "connections": 6,
            "download_mbit": result["download_mbit"],
            "upload_mbit": result["upload_mbit"],
        }
    }


def test_no_server_is_one_clear_line() -> None:
    """Refused, or silent."""
    ended = subprocess.run(
        [*COMMAND, "--server", "127.126.125.124"], capture_output=True, timeout=60, check=False, text=True
    )
    assert ended.returncode == 1
    assert ended.stderr == "speedtest: no server answers: Connection refused (4)\n"
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = str(silent.getsockname()[1])
        ended = subprocess.run(
            [*COMMAND, "--server", "127.0.0.1", "--port", port, "--timeout", "0.3"],
            capture_output=True,
            timeout=60,
            check=False,
            text=True,
        )
    assert ended.returncode == 1
    assert ended.stderr == "speedtest: no server answers: timed out (4)\n"


def test_a_server_that_reports_late_is_waited_for() -> None:
    """A busy one may say nothing until the client has sent for long enough; what counts is its clock."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def serve() -> None:
            connection, _peer = listener.accept()
            with connection:
                connection.sendall(b"192.0.2.7 1\n")
                time.sleep(0.5)
                connection.sendall(b"1000000000 0\n1100000000 100000\n1200000000 300000\n")
                # Until the client has left.
                while connection.recv(1 << 18):
                    pass

        server = threading.Thread(target=_until_reset, args=(serve,))
        server.start()
        _lines, shares = _upload(SpeedPlan([listener.getsockname()], seconds=0.1, ramp=0.1, timeout=20))
        server.join()
    assert shares == {"192.0.2.7": pytest.approx(16e6)}


def _until_reset(serve: Callable[[], None]) -> None:
    with contextlib.suppress(ConnectionError):
        serve()


def test_bytes_between_reports_lie_on_a_line() -> None:
    """The window's ends fall between the server's reports."""
    with socket.socket() as endpoint:
        line = _Line(endpoint, reports=[(10.0, 100.0), (10.5, 200.0), (11.0, 600.0)])
        assert _bytes_at(line, 10.25) == 150
        assert _bytes_at(line, 11.0) == 600
        # After the last report, nothing is known to have come.
        assert _bytes_at(line, 12.0) == 600
