# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Talk between the command line and a running lab: one JSON line each way over a UNIX socket.

A request may carry the standard output and error of who asks: the command that it runs as a client writes there itself.
Who hangs up before the answer ends what he asked for.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from routerlab import surroundings
from routerlab.kernel.errors import KernelError
from routerlab.lab import Lab, LabError
from routerlab.snapshot import snapshot

log = logging.getLogger(__name__)

_LONGEST = 1024 * 1024
_CHUNK = 65536
_DESCRIPTORS = 2
_TIMEOUT = 30.0


class ControlError(Exception):
    """The lab refused or does not answer; the text says why."""


class ControlServer:
    """The running lab's end."""

    def __init__(self, lab: Lab, stop: Callable[[], None]) -> None:
        self._lab = lab
        self._stop = stop
        #: Somebody asked for the end, and is answered before it comes: it ends all that is being done for anybody.
        self._ending = False
        self._socket: socket.socket | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, path: Path) -> None:
        """Listen."""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        self._socket.bind(str(path))
        path.chmod(0o600)
        self._socket.listen(64)
        self._spawn(self._accept(self._socket))

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Stop listening, and end what is being done for anybody."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._socket is not None:
            self._socket.close()

    async def _accept(self, listening: socket.socket) -> None:
        while True:
            line, _address = await asyncio.get_running_loop().sock_accept(listening)
            self._spawn(self._serve(line))

    async def _serve(self, line: socket.socket) -> None:
        line.setblocking(False)
        descriptors: list[int] = []
        try:
            request = await _request(line, descriptors)
            if request:
                answer = await _unless_hung_up(line, self._answer(request, descriptors))
                await asyncio.get_running_loop().sock_sendall(line, json.dumps(answer).encode() + b"\n")
        except (ConnectionError, ValueError) as error:
            log.info("control connection ended: %s", error)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
            line.close()
            if self._ending:
                self._stop()

    async def _answer(self, line: bytes, descriptors: Sequence[int]) -> dict[str, Any]:
        try:
            request = json.loads(line)
            answer = await self._do(request["command"], request, descriptors)
            await self._lab.settled()
            return {"ok": answer}
        except (LabError, KernelError) as error:
            return {"error": str(error)}
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            return {"error": f"unreadable request: {error}"}

    async def _do(self, command: str, request: Mapping[str, Any], descriptors: Sequence[int]) -> Any:
        lab = self._lab
        router = request.get("router")
        if command == "status":
            return lab.status()
        if command == "reset":
            lab.reset(router)
        elif command == "snapshot":
            return snapshot(lab.router(router or ""))
        elif command == "stop":
            self._ending = True
        elif command == "link":
            surroundings.link(lab, str(router), request["interface"], bool(request["up"]))
        elif command == "isp":
            surroundings.isp(lab, str(router), request["interface"], request["part"], bool(request["up"]))
        elif command == "fault":
            after = request["after"]
            if not isinstance(after, int):
                raise ValueError("a fault's place is a whole number")
            surroundings.fault(lab, str(router), request["kind"], after, request["of"], bool(request["done"]))
        elif command == "device-mode":
            surroundings.device_mode(
                lab, str(router), str(request["mode"]), list(request["changed"]), bool(request["flagged"])
            )
        elif command == "reboot":
            lab.reboot(str(router))
        elif command == "clock":
            return surroundings.clock(lab, request.get("speed"), request.get("advance"))
        elif command == "telegram":
            return await surroundings.telegram(lab)
        elif command == "links":
            return surroundings.links_by_address(lab, str(router))
        elif command == "client":
            if len(descriptors) != _DESCRIPTORS:
                raise ValueError("a client's command needs standard output and error")
            return await surroundings.client(
                lab,
                str(router),
                request["interface"],
                request["argv"],
                descriptors,
                request["environment"],
                request["cwd"],
            )
        else:
            raise LabError(f"unknown request {command!r}")
        return None


async def _readable(line: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    ready = loop.create_future()

    def tell() -> None:
        if not ready.done():
            ready.set_result(None)

    loop.add_reader(line, tell)
    try:
        await ready
    finally:
        loop.remove_reader(line)


async def _request(line: socket.socket, descriptors: list[int]) -> bytes:
    """One line, with the file descriptors that came along put into ``descriptors``; empty when nobody speaks."""
    data = b""
    while not data.endswith(b"\n"):
        await _readable(line)
        part, came, _flags, _address = socket.recv_fds(line, _CHUNK, _DESCRIPTORS)
        descriptors += came
        data += part
        if not part:
            return b""
        if len(data) > _LONGEST:
            raise ValueError("a request without end")
    return data


async def _unless_hung_up(line: socket.socket, work: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    """The outcome of the work; it is cancelled when the other end closes first."""
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_readable(line))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ConnectionError("who asked has left")
        return await working
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


def ask(
    path: Path, command: str, *, descriptors: Sequence[int] = (), timeout: float | None = _TIMEOUT, **params: Any
) -> Any:
    """Ask the running lab; raises ControlError."""
    request = json.dumps({"command": command, **params}).encode() + b"\n"
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(timeout)
            connection.connect(str(path))
            if descriptors:
                sent = socket.send_fds(connection, [request], list(descriptors))
                request = request[sent:]
            if request:
                # Sending even nothing fails when the lab has answered and hung up already.
                connection.sendall(request)
            with connection.makefile("rb") as answers:
                answer = json.loads(answers.readline() or b"{}")
    except FileNotFoundError:
        raise ControlError(f"the lab does not answer on {path}: it is starting or ending") from None
    except (OSError, ValueError) as error:
        raise ControlError(f"the lab does not answer on {path}: {error}") from None
    if "error" in answer:
        raise ControlError(str(answer["error"]))
    if "ok" not in answer:
        raise ControlError("the lab ended before it answered")
    return answer["ok"]
