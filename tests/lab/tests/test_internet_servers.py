# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The internet's process: what it is told, its servers, its end."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from routerlab.internet.testing import PORTS, Internet

FLOWS, HTTP, SPEED = PORTS["flows"][0], PORTS["http"][0], PORTS["speed"][0]


@pytest.fixture(scope="module")
def internet() -> Iterator[Internet]:
    """One for all tests here."""
    with Internet() as servers:
        yield servers


def connect(internet: Internet, port: int) -> socket.socket:
    return socket.create_connection((internet.addresses[0], port), timeout=20)


def start(first_line: bytes) -> subprocess.CompletedProcess[bytes]:
    """The process with a configuration and then the end of its stdin."""
    command = [sys.executable, "-m", "routerlab.internet"]
    return subprocess.run(command, input=first_line, capture_output=True, timeout=60, check=False)


def test_a_flow_tells_the_address_that_the_server_sees_and_echoes(internet: Internet) -> None:
    """In one line."""
    before = internet.request("counters")["result"]["flows"]
    with connect(internet, FLOWS) as flow:
        address, port = flow.getsockname()
        lines = flow.makefile("rwb")
        assert lines.readline() == f"{address} {port}\n".encode()
        lines.write(b"hello\n")
        lines.flush()
        assert lines.readline() == b"hello\n"
    assert internet.request("counters")["result"]["flows"] == before + 1


def test_a_datagram_is_answered_from_the_address_it_went_to(internet: Internet) -> None:
    """Also when a client has sent to several."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(20)
        client.bind(("127.0.0.1", 0))
        for address in internet.addresses:
            client.sendto(b"?", (address, PORTS["udp"][0]))
            line, peer = client.recvfrom(100)
            assert line == b"127.0.0.1 %d\n" % client.getsockname()[1]
            assert peer == (address, PORTS["udp"][0])


def test_pages_over_one_connection(internet: Internet) -> None:
    """Keep-alive, sizes, an upload in chunks, HEAD, what there is not."""
    client = http.client.HTTPConnection(internet.addresses[1], HTTP, timeout=20)

    def fetch(method: str, path: str, **more: object) -> tuple[int, bytes]:
        client.request(method, path, **more)  # type: ignore[arg-type]
        answer = client.getresponse()
        return answer.status, answer.read()

    assert b"laboratory" in fetch("GET", "/")[1]
    own = client.sock.getsockname()
    assert fetch("GET", "/ip") == (200, b"%s %d\n" % (own[0].encode(), own[1]))
    assert fetch("GET", "/bytes/300001") == (200, bytes(300001))
    assert fetch("HEAD", "/bytes/5") == (200, b"")
    assert fetch("POST", "/upload", body=bytes(3 << 20)) == (200, b"3145728\n")
    assert fetch("POST", "/upload", body=iter([b"ab", b"c"]), encode_chunked=True) == (200, b"3\n")
    assert fetch("GET", "/upload")[0] == 405
    assert fetch("GET", "/nothing")[0] == 404
    assert client.sock.getsockname() == own
    client.close()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET /a Hb HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        (b"GET /" + b"a" * 200000, 414),
        (b"POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", 400),
        (b"POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
    ],
)
def test_what_is_no_request_has_an_answer_and_an_end(internet: Internet, sent: bytes, status: int) -> None:
    """As a front end gives it."""
    with connect(internet, HTTP) as client:
        said = b""
        # It closes without reading the rest, perhaps before all is sent; what it said has come.
        with contextlib.suppress(ConnectionError):
            client.sendall(sent)
        with contextlib.suppress(ConnectionError):
            while data := client.recv(4096):
                said += data
        assert said.startswith(b"HTTP/1.1 %d " % status)


def test_the_speed_servers_three_ways(internet: Internet) -> None:
    """Echo, download, upload with reports of what has arrived."""
    with connect(internet, SPEED) as line:
        said = line.makefile("rb")
        assert said.readline().startswith(b"127.")
        line.sendall(b"E")
        line.sendall(b"ping")
        assert said.read(4) == b"ping"
    with connect(internet, SPEED) as line:
        said = line.makefile("rb")
        assert said.readline().startswith(b"127.")
        line.sendall(b"D")
        assert said.read(1 << 20) == bytes(1 << 20)
    with connect(internet, SPEED) as line:
        lines = line.makefile("rb")
        lines.readline()
        line.sendall(b"U" + bytes(1 << 20))
        clocks = []
        while True:
            clock, count = lines.readline().split()
            clocks.append(int(clock))
            if int(count) == 1 << 20:
                break
        assert clocks == sorted(clocks)


def test_requests_it_does_not_know(internet: Internet) -> None:
    """An error with the request's number."""
    answer = internet.request("weather")
    assert "no request 'weather'" in answer["error"]


def test_it_ends_with_its_stdin(capfd: pytest.CaptureFixture[str]) -> None:
    """Also when connections are open; nothing on stderr."""
    with Internet() as servers:
        flow, page = connect(servers, FLOWS), connect(servers, HTTP)
        assert flow.recv(100)
    assert servers.process.returncode == 0
    assert capfd.readouterr().err == ""
    for connection in (flow, page):
        connection.close()


def test_a_port_that_is_taken_is_one_clear_line() -> None:
    """And exit status 1."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        told = {"bind": "127.0.0.1", "ports": {**PORTS, "speed": port}}
        ended = start(json.dumps(told).encode() + b"\n")
    assert ended.returncode == 1
    assert ended.stdout == b""
    assert ended.stderr == b"internet: TCP port %d at 127.0.0.1: Address already in use\n" % port


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("{", "the first line is not JSON"),
        ("[]", "the configuration is not an object"),
        ('{"colour": 1}', "has no member 'colour'"),
        ('{"ports": {"flows": [0]}}', "ports.flows"),
        ('{"bind": []}', "bind is neither"),
        ('{"tls": {"cert": "/nowhere/c.pem", "key": "/nowhere/k.pem"}}', "No such file"),
        ('{"telegram": {"bots": {"1:secret": "5"}}}', "telegram.bots is not an object of lists"),
        ('{"telegram": {"blanks": "eat"}}', "neither cut nor keep"),
        ('{"telegram": {"rate": {"count": 0, "seconds": 1}}}', "telegram.rate"),
    ],
)
def test_a_wrong_configuration_is_one_clear_line(told: str, words: str) -> None:
    """Which does not name a token's secret."""
    ended = start(told.encode() + b"\n")
    assert ended.returncode == 1
    line = ended.stderr.decode()
    assert line.startswith("internet: ")
    assert line.count("\n") == 1
    assert words in line
    assert "secret" not in line
