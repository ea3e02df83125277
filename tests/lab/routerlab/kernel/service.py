# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent's loop: requests come in, each is a task, its answer goes out."""

from __future__ import annotations

import asyncio
import os
import resource
import socket
import traceback
from typing import Any

from routerlab.kernel.channel import Channel
from routerlab.kernel.dnsmasq import DnsmasqError
from routerlab.kernel.errors import KernelError, KernelUnavailable
from routerlab.kernel.nft import NftError
from routerlab.kernel.operations import Operations

#: Errors whose text says it all.
_KNOWN_ERRORS = (KernelError, NftError, DnsmasqError)


class Service:
    """Answers requests until the lab is gone."""

    def __init__(self, end: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[None] = self._loop.create_future()
        self._channel = Channel(end, self._request, lambda: self.ended.set_result(None))
        self._operations = Operations(self._channel.send)
        self._tasks: set[asyncio.Task[None]] = set()

    def _request(self, message: dict[str, Any], descriptors: list[int]) -> None:
        task = self._loop.create_task(self._answer(message, descriptors))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, message: dict[str, Any], descriptors: list[int]) -> None:
        answer: dict[str, Any] = {"id": message["id"]}
        try:
            more = {"descriptors": descriptors} if descriptors else {}
            answer["result"] = await self._operations.method(message["method"])(**message["params"], **more)
        except KernelUnavailable as error:
            answer |= {"error": str(error), "unavailable": True}
        except _KNOWN_ERRORS as error:
            answer["error"] = str(error)
        except Exception as error:
            # Nothing that was foreseen: told to whoever asked, and where it happened to whoever reads the log.
            traceback.print_exc()
            answer["error"] = f"{message['method']}: {type(error).__name__}: {error}"
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        self._channel.send(answer)


def serve(descriptor: int) -> None:
    """Work for the lab at the other end of a socket until it is gone."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    os.set_inheritable(descriptor, False)

    async def work() -> None:
        await Service(socket.socket(fileno=descriptor)).ended

    asyncio.run(work())
