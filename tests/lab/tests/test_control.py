# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking a running lab over its socket, whatever is asked, and stopping it at any moment."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routerlab import topology
from routerlab.control import ControlError, ControlServer, ask
from routerlab.lab import Lab as RunningLab
from routerlab.testing import Lab


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The socket of a lab without packets."""
    path = tmp_path_factory.mktemp("control") / "control.sock"
    with Lab("trans_coffee") as lab:
        loop = lab._loop

        async def start() -> ControlServer:
            server = ControlServer(lab.running, lambda: None)
            await server.start(path)
            return server

        server = asyncio.run_coroutine_threadsafe(start(), loop).result()
        yield path
        asyncio.run_coroutine_threadsafe(server.close(), loop).result()


def raw(path: Path, data: bytes) -> bytes:
    """What is answered to these bytes and the end of them."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(60)
        line.connect(str(path))
        line.sendall(data)
        answer = b""
        while part := line.recv(65536):
            answer += part
    return answer


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{\n", "unreadable request"),
        (b"[]\n", "unreadable request"),
        (b"null\n", "unreadable request"),
        (b"{}\n", "unreadable request"),
        (b"\xff\n", "unreadable request"),
        (b"[" * 50000 + b"\n", "unreadable request"),
        (b'{"command": "x"}\n', "unknown request 'x'"),
        (b'{"command": ["x"]}\n', "unknown request"),
        (b'{"command": "snapshot"}\n', "no router ''"),
        (b'{"command": "link"}\n', "no router 'None'|unreadable request"),
        (b'{"command": "link", "router": "hq"}\n', "unreadable request"),
        (b'{"command": "isp", "router": "hq", "interface": "ether1", "part": "x", "up": true}\n', "modem, upstream"),
        (b'{"command": "clock", "speed": "x"}\n', "could not convert"),
        (b'{"command": "clock", "speed": []}\n', "unreadable request"),
        (b'{"command": "client", "router": "hq", "interface": "ether4", "argv": ["x"]}\n', "standard output and error"),
        (b'{"command": "fault", "router": "hq"}\n', "unreadable request"),
        (b'{"command": "fault", "router": "hq", "kind": "x", "after": 1, "of": "writes", "done": 0}\n', "no fault 'x'"),
        (b'{"command": "fault", "router": "x", "kind": "x", "after": 1, "of": "writes", "done": 0}\n', "no router"),
        (b'{"command": "fault", "router": "hq", "kind": "drop", "after": Infinity}\n', "a whole number"),
        (b'{"command": "reboot", "router": "x"}\n', "no router 'x'"),
        (b'{"command": "telegram"}\n', "without its data plane"),
        (b'{"command": "links", "router": "hq"}\n', "without its data plane"),
    ],
)
def test_requests_that_cannot_be_met(path: Path, data: bytes, message: str) -> None:
    """One line says why, and the lab goes on."""
    answer = json.loads(raw(path, data))
    assert any(part in answer["error"] for part in message.split("|")), answer
    assert ask(path, "status")["backend"] == "none"


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists, max_leaves=5), st.data())
def test_whatever_is_asked_the_lab_goes_on(path: Path, value: object, data: st.DataObject) -> None:
    """Values of any type in any place are answered."""
    command = data.draw(
        st.sampled_from(["link", "isp", "clock", "reset", "snapshot", "links", "client", "telegram", "fault"])
    )
    names = data.draw(
        st.lists(
            st.sampled_from(["interface", "part", "speed", "advance", "argv", "up", "kind", "after", "of", "done"])
        )
    )
    request = {"command": command, "router": "hq", **dict.fromkeys(names, value)}
    answer = json.loads(raw(path, json.dumps(request).encode() + b"\n"))
    assert set(answer) in ({"ok"}, {"error"})
    assert ask(path, "status")["backend"] == "none"


@pytest.mark.parametrize("data", [b"", b"{", b'{"command": "status"}'])
def test_who_hangs_up_early_gets_no_answer(path: Path, data: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(path))
        line.sendall(data)
    assert ask(path, "status")["backend"] == "none"


def test_a_request_without_end_is_cut_off(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(60)
        line.connect(str(path))
        with pytest.raises(ConnectionError):
            line.sendall(b" " * 2**25)
    assert ask(path, "status")["backend"] == "none"


def test_many_at_once(path: Path) -> None:
    """Everybody is answered."""
    answers: list[str] = []
    threads = [threading.Thread(target=lambda: answers.append(ask(path, "status")["backend"])) for _rest in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["none"] * 30


def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match="the lab does not answer on "):
        ask(tmp_path / "control.sock", "status")


def test_who_stops_a_lab_hears_that_it_will(tmp_path: Path) -> None:
    """Although it ends at once, and with it whatever is being answered."""

    async def act() -> None:
        lab = RunningLab(topology.load(), tmp_path, 0)
        await lab.start()
        stopping = asyncio.Event()
        server = ControlServer(lab, stopping.set)
        await server.start(tmp_path / "control.sock")
        asking = asyncio.ensure_future(asyncio.to_thread(ask, tmp_path / "control.sock", "stop"))
        await stopping.wait()
        await server.close()
        await lab.stop()
        assert await asking is None

    asyncio.run(act())


@pytest.mark.parametrize("turns", range(6))
def test_a_lab_that_has_just_changed_can_be_stopped(tmp_path: Path, turns: int) -> None:
    """However far the change has come through: stopping never waits for what will not come."""

    async def act() -> None:
        lab = RunningLab(topology.load(), tmp_path, 0)
        await lab.start()
        await asyncio.sleep(0.05)
        lab.router("hq").changed()
        for _rest in range(turns):
            await asyncio.sleep(0)
        await asyncio.wait_for(lab.stop(), 60)

    asyncio.run(act())
