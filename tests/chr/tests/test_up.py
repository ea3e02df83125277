# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a router counts as up: by the real protocol, spoken by the laboratory's routers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from routerlab.testing import Lab, router

from .. import api, keeper
from ..errors import ChrError
from ..image import Disk
from ..keeper import Order
from ..machine import Machine
from ..network import Network


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The API of a router in its factory state, without a password."""
    with Lab(routers=[router("one", "7.22.3", password="")]) as lab:
        yield lab.port("one")


@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """A port that takes a connection and says just this."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            line = server.accept()[0]
            with line:
                line.recv(100)
                line.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


def test_a_router_tells_its_version(port: int) -> None:
    """The factory's user has no password."""
    told = api.version(port)
    assert told is not None
    assert told.split()[0] == "7.22.3"
    assert api.version(port, password="wrong") is None


@pytest.mark.parametrize("answer", [b"", b"\x05!done", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xf0\0\0\0", b"\0"])
def test_whoever_is_no_router_is_not_up(answer: bytes) -> None:
    """One that says nothing, one that breaks off, one that speaks something else."""
    with answering(answer) as there:
        assert api.version(there) is None


def test_silence_is_not_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """QEMU takes connections long before the router does."""
    monkeypatch.setattr(api, "LOOK", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert api.version(server.getsockname()[1]) is None


class Booted(Machine):
    """A machine whose API is somebody else's; everything about QEMU is left out."""

    there = 0

    def start(self, base: Disk, accelerator: str, memory: int) -> None:
        """It runs already."""

    def ready(self) -> bool:
        return True

    def check(self) -> None:
        """It never ends."""

    def api_port(self) -> int:
        return self.there

    @property
    def pid(self) -> int:
        return 1


def test_up_is_what_answers_with_the_right_version(port: int, tmp_path: Path) -> None:
    """Another version than the one that was asked for is a mistake of whoever set the variables."""
    network = Network(("one",), 1, ())
    order = Order(network, Disk(tmp_path, "raw"), "tcg", 128, 10, "7.22.3", tmp_path, 0)
    machine = Booted("one", network, tmp_path, tmp_path / "one.log")
    machine.there = port
    told = keeper.start(order, [machine], threading.Event())
    assert told["machines"][0]["version"].split()[0] == "7.22.3"
    assert told["machines"][0]["api"] == {"host": "127.0.0.1", "port": port}
    with pytest.raises(ChrError, match=r"one runs RouterOS 7\.22\.3.*, not 7\.1 as MULTIWAN_CHR_VERSION says"):
        keeper.start(replace(order, version="7.1"), [machine], threading.Event())
