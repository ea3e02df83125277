# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""QEMU's control socket: one JSON object a line, one client at a time."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .errors import ChrError

#: Seconds that QEMU may take for an answer; a busy machine has other things to do.
_PATIENCE = 30.0
#: A row of `info usernet` for a port that is forwarded: protocol, descriptor, address, port, address, port.
_FORWARD = re.compile(r"TCP\[HOST_FORWARD\]\s+\d+\s+127\.0\.0\.1\s+(\d+)\s+\S+\s+(\d+)\b")


class Qmp:
    """A session with one QEMU; use it as a context.  Raises ChrError."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(_PATIENCE)
        try:
            self._socket.connect(str(path))
            self._lines = self._socket.makefile("rwb")
            self._read()
            self.execute("qmp_capabilities")
        except OSError as error:
            self._socket.close()
            raise ChrError(f"{path}: QEMU takes no orders there: {error}") from None
        except ChrError:
            self._socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the session, so that others can have one."""
        self._lines.close()
        self._socket.close()

    def execute(self, command: str, **arguments: Any) -> Any:
        """Carry out one command and return its answer; events in between are passed over."""
        order: dict[str, Any] = {"execute": command}
        if arguments:
            order["arguments"] = {name.replace("_", "-"): value for name, value in arguments.items()}
        try:
            self._lines.write(json.dumps(order).encode() + b"\n")
            self._lines.flush()
            while "event" in (answer := self._read()):
                continue
        except OSError as error:
            raise ChrError(f"{self._path}: {command}: {error}") from None
        if "error" in answer:
            raise ChrError(f"{self._path}: {command}: {answer['error'].get('desc')}")
        return answer.get("return")

    def monitor(self, line: str) -> str:
        """What QEMU's console for people answers, for what QMP does not tell."""
        answer: str = self.execute("human-monitor-command", command_line=line)
        return answer

    def forwarded(self, port: int) -> int:
        """The port of the host that leads to *port* of the guest."""
        told = self.monitor("info usernet")
        for host, guest in _FORWARD.findall(told):
            if int(guest) == port:
                return int(host)
        raise ChrError(f"{self._path}: QEMU forwards nothing to port {port}: {told!r}")

    def _read(self) -> dict[str, Any]:
        line = self._lines.readline()
        if not line:
            raise ChrError(f"{self._path}: QEMU closed the session")
        answer: dict[str, Any] = json.loads(line)
        return answer
