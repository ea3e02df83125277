# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process with the internet's servers, ``python -m routerlab.internet``: started, asked, its events handed on."""

from __future__ import annotations

import asyncio
import itertools
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from routerlab.kernel.errors import KernelError
from routerlab.kernel.namespaces import Namespace

#: Seconds until everything has to listen.
_READY = 20.0
_ANSWER = 5.0
#: The longest answer, in bytes: all messages that Telegram keeps, escaped.
_LINE = 1 << 26


class Servers:
    """One process in the internet's namespace."""

    def __init__(self, namespace: Namespace, send: Callable[[dict[str, Any]], None]) -> None:
        self._namespace = namespace
        self._send = send
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._passing: asyncio.Task[None] | None = None

    async def start(self, configuration: dict[str, Any]) -> None:
        """Start with this configuration and wait until all listens; raises KernelError."""
        entering, options = self._namespace.command([sys.executable, "-m", "routerlab.internet"])
        self._process = await asyncio.create_subprocess_exec(
            *entering,
            **options,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            limit=_LINE,
        )
        self._write(configuration)
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(_READY):
                ready = await self._process.stdout.readline()
        except TimeoutError:
            raise KernelError("the internet's servers did not start in time") from None
        if ready.strip() != b"ready":
            assert self._process.stderr is not None
            words = (await self._process.stderr.read()).decode(errors="replace").strip()
            raise KernelError(f"the internet's servers did not start: {words.splitlines()[-1] if words else ready!r}")
        self._reading = asyncio.create_task(self._read())
        self._passing = asyncio.create_task(self._pass_on())

    def _write(self, message: dict[str, Any]) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\n")

    async def _pass_on(self) -> None:
        """What the servers complain of stands in the lab's log."""
        assert self._process is not None
        assert self._process.stderr is not None
        while line := await self._process.stderr.readline():
            sys.stderr.write(line.decode(errors="replace"))
            sys.stderr.flush()

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            message = json.loads(line)
            if "event" in message:
                self._send(message)
            else:
                future = self._waiting.pop(message["id"], None)
                if future is not None and not future.done():
                    future.set_result(message)
        status = await self._process.wait()
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(KernelError("the internet's servers ended"))
        self._waiting.clear()
        self._send({"event": "internet-died", "reason": f"the internet's servers ended with status {status}"})

    async def request(self, name: str) -> Any:
        """The result of a request; raises KernelError."""
        if self._reading is None or self._reading.done():
            raise KernelError("the internet's servers do not run")
        number = next(self._numbers)
        future = self._waiting[number] = asyncio.get_running_loop().create_future()
        self._write({"id": number, "request": name})
        try:
            async with asyncio.timeout(_ANSWER):
                answer = await future
        except TimeoutError:
            self._waiting.pop(number, None)
            raise KernelError(f"the internet's servers did not answer to {name}") from None
        if "error" in answer:
            raise KernelError(str(answer["error"]))
        return answer.get("result")
