# Copyright: (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Talk between the command line and a running lab: one JSON line each way over a UNIX socket."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from routerlab.lab import Lab, LabError
from routerlab.snapshot import snapshot

log = logging.getLogger(__name__)

_LIMIT = 256 * 1024 * 1024
_TIMEOUT = 30.0


class ControlError(Exception):
    """The lab refused or does not answer; the text says why."""


class ControlServer:
    """The running lab's end."""

    def __init__(self, lab: Lab, stop: Callable[[], None]) -> None:
        self._lab = lab
        self._stop = stop
        self._server: asyncio.Server | None = None

    async def start(self, path: Path) -> None:
        """Listen."""
        self._server = await asyncio.start_unix_server(self._serve, path, limit=_LIMIT)
        path.chmod(0o600)

    async def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = await reader.readline()
            if line:
                writer.write(json.dumps(await self._answer(line)).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError) as error:
            log.info("control connection ended: %s", error)
        finally:
            writer.close()

    async def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            request = json.loads(line)
            answer = self._do(request["command"], request.get("router"))
            await self._lab.settled()
            return {"ok": answer}
        except LabError as error:
            return {"error": str(error)}
        except (ValueError, KeyError, TypeError) as error:
            return {"error": f"unreadable request: {error}"}

    def _do(self, command: str, router: str | None) -> Any:
        if command == "status":
            return self._lab.status()
        if command == "reset":
            self._lab.reset(router)
            return None
        if command == "snapshot":
            return snapshot(self._lab.router(router or ""))
        if command == "stop":
            self._stop()
            return None
        raise LabError(f"unknown request {command!r}")


def ask(path: Path, command: str, router: str | None = None) -> Any:
    """Ask the running lab; raises ControlError."""
    request = json.dumps({"command": command, "router": router}).encode() + b"\n"
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(_TIMEOUT)
            connection.connect(str(path))
            connection.sendall(request)
            with connection.makefile("rb") as answers:
                answer = json.loads(answers.readline() or b"{}")
    except (OSError, ValueError) as error:
        raise ControlError(f"the lab does not answer on {path}: {error}") from None
    if "error" in answer:
        raise ControlError(str(answer["error"]))
    return answer.get("ok")
