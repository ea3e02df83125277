# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The internet's process for tests, on loopback addresses of its own."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from types import TracebackType
from typing import Any

#: Ports that need no privilege; the addresses are nobody else's: tests in other processes use the same ports.
PORTS = {"flows": [15228, 15229], "udp": [15228], "http": [15080], "speed": [15201], "telegram": [15443]}
_COUNT = itertools.count()


class Internet:
    """The servers in a process of their own, for a ``with``; ``addresses`` are where they are."""

    def __init__(self, **configuration: Any) -> None:
        # One network for each process, three addresses for each internet of it.
        above, below = divmod(os.getpid() % (64 * 256), 256)
        first = 1 + 3 * (next(_COUNT) % 84)
        self.addresses = [f"127.{64 + above}.{below}.{first + more}" for more in range(3)]
        self.configuration = {"bind": self.addresses, "ports": PORTS, **configuration}
        #: Events that came before answers.
        self.events: list[dict[str, Any]] = []
        self._numbers = 0

    def __enter__(self) -> Internet:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "routerlab.internet"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._write(self.configuration)
        line = self._read()
        if line != b"ready\n":
            self.__exit__(None, None, None)
            raise RuntimeError(f"the internet did not start: {line!r}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.communicate(timeout=20)

    def _write(self, value: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(value).encode() + b"\n")
        self.process.stdin.flush()

    def _read(self) -> bytes:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def request(self, name: str) -> Any:
        """The whole answer to a request."""
        self._numbers += 1
        self._write({"id": self._numbers, "request": name})
        while True:
            said = json.loads(self._read())
            if said.get("id") == self._numbers:
                return said
            self.events.append(said)
