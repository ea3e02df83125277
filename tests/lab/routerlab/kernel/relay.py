# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Delay on the providers' lines: a process that hands frames from one device to another some milliseconds later.

Many kernels come without netem.  ``python -m routerlab.kernel.relay`` takes its pairs of devices from stdin as JSON,
``[[device, device, seconds], ...]``, prints ``ready`` and works until it is killed; it needs the standard library only.
"""

from __future__ import annotations

import json
import select
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from routerlab.kernel.namespaces import Namespace

_ETH_P_ALL = 0x0003
_SOL_PACKET, _IGNORE_OUTGOING, _QDISC_BYPASS = 263, 23, 20
#: Frames taken from one socket before the others have their turn.
_BATCH = 64
#: More than any frame here.
_FRAME = 1 << 16
_BUFFER = 1 << 23
_SO_RCVBUFFORCE, _SO_SNDBUFFORCE = 33, 32


class Relay:
    """The running process, in the namespace that has the devices."""

    def __init__(self, namespace: Namespace, pairs: Sequence[tuple[str, str, float]]) -> None:
        self._process = namespace.popen(
            [sys.executable, "-S", "-m", "routerlab.kernel.relay"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        json.dump(pairs, self._process.stdin)
        self._process.stdin.close()
        if self._process.stdout.readline() != "ready\n":
            raise OSError("the relay of the delayed lines did not start")


class _Direction:
    """Frames from one device to another, in the order in which they came."""

    def __init__(self, source: socket.socket, target: socket.socket, delay: float) -> None:
        self.source = source
        self.target = target
        self.delay = delay
        self.waiting: deque[tuple[float, bytes]] = deque()

    def take(self) -> None:
        receive, wait, delay, clock = self.source.recv, self.waiting.append, self.delay, time.monotonic
        for _rest in range(_BATCH):
            try:
                frame = receive(_FRAME)
            except BlockingIOError:
                return
            except OSError:
                # The device went down in between.
                return
            wait((clock() + delay, frame))

    def give(self, now: float) -> float | None:
        """Send what is due; when the next one is."""
        waiting, send = self.waiting, self.target.send
        while waiting:
            due, frame = waiting[0]
            if due > now:
                return due
            waiting.popleft()
            try:
                send(frame)
            except OSError:
                # A full queue or a device that is down loses frames, as lines do.
                continue
        return None


def _opened(device: str) -> socket.socket:
    end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    end.setsockopt(_SOL_PACKET, _IGNORE_OUTGOING, 1)
    for option in (_SO_RCVBUFFORCE, socket.SO_RCVBUF, _SO_SNDBUFFORCE, socket.SO_SNDBUF):
        try:
            end.setsockopt(socket.SOL_SOCKET, option, _BUFFER)
        except PermissionError:
            # Only root outside of user namespaces may go beyond the system's limit.
            continue
    end.setblocking(False)
    end.bind((device, _ETH_P_ALL))
    return end


def main() -> None:
    """Relay until killed."""
    directions: dict[socket.socket, _Direction] = {}
    for one, other, delay in json.load(sys.stdin):
        near, far = _opened(one), _opened(other)
        directions[near] = _Direction(near, far, delay)
        directions[far] = _Direction(far, near, delay)
    print("ready", flush=True)
    next_due: float | None = None
    while True:
        timeout = None if next_due is None else max(0.0, next_due - time.monotonic())
        # select has microseconds, epoll only milliseconds.
        for end in select.select(list(directions), (), (), timeout)[0]:
            directions[end].take()
        now = time.monotonic()
        dues = [due for direction in directions.values() if (due := direction.give(now)) is not None]
        next_due = min(dues, default=None)


if __name__ == "__main__":
    main()
