# Copyright: (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent: the process that holds the namespaces and does in them what the lab tells it.

Started by ``routerlab.kernel.client`` only, with the number of a socket's descriptor.  The first process is init of its
PID namespace: it only waits for orphans and for the agent proper, and when it ends the kernel ends everything else.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import socket
import sys
import traceback
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

Handler = Callable[..., Awaitable[Any]]


class Agent:
    """Handlers of the lab's requests; every public coroutine method is one."""

    def __init__(self, end: socket.socket) -> None:
        from routerlab.kernel.channel import Channel
        from routerlab.kernel.icmp import Pinger

        self._loop = asyncio.get_running_loop()
        self._ended = self._loop.create_future()
        self._channel = Channel(end, self._request, lambda: self._ended.set_result(None))
        # One thread: pings stay punctual whatever netlink and nft have to do, and changes come in their order.
        self._worker = ThreadPoolExecutor(1, "worker")
        self._tasks: set[asyncio.Task[None]] = set()
        self._pinger = Pinger()
        self._operations: Any = None

    async def run(self) -> None:
        """Until the lab is gone."""
        await self._ended

    def _request(self, message: dict[str, Any], descriptors: list[int]) -> None:
        task = self._loop.create_task(self._answer(message, descriptors))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, message: dict[str, Any], descriptors: list[int]) -> None:
        from routerlab.kernel.errors import KernelUnavailable
        from routerlab.kernel.operations import KNOWN_ERRORS, Operations

        answer: dict[str, Any] = {"id": message["id"]}
        try:
            if message["method"] == "hello":
                answer["result"] = None
            else:
                if self._operations is None:
                    self._operations = Operations(self._channel.send, self._worker, self._pinger)
                method = self._operations.method(message["method"])
                params = message["params"]
                if message["method"] == "client":
                    params = {**params, "descriptors": descriptors}
                answer["result"] = await method(**params)
        except KernelUnavailable as error:
            answer |= {"error": str(error), "unavailable": True}
        except KNOWN_ERRORS as error:
            answer["error"] = str(error)
        except Exception as error:
            # Nothing that was foreseen: told to whoever asked, and where it happened to whoever reads the log.
            traceback.print_exc()
            answer["error"] = f"{message['method']}: {type(error).__name__}: {error}"
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        self._channel.send(answer)


def _reap(agent: int) -> int:
    """Init's only work: wait for what has no other parent, until the agent ended; its exit status."""
    while True:
        process, status = os.wait()
        if process == agent:
            return os.waitstatus_to_exitcode(status)


def main() -> None:
    """Become init and the agent."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # The lab decides when it is over, by closing its end.
        signal.signal(number, signal.SIG_IGN)
    descriptor = int(sys.argv[1])
    agent = os.fork()
    if agent != 0:
        os.close(descriptor)
        os._exit(_reap(agent) & 0xFF)
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    end = socket.socket(fileno=descriptor)
    os.set_inheritable(descriptor, False)

    async def work() -> None:
        await Agent(end).run()

    asyncio.run(work())
    # Whatever still runs ends with init.
    os._exit(0)


if __name__ == "__main__":
    main()
