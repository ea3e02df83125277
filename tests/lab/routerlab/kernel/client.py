# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's end: starts the agent in namespaces of its own, calls it, and hands on what it reports."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import select
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from routerlab.kernel import requirements
from routerlab.kernel.errors import KernelError, KernelUnavailable

__all__ = ["Agent", "KernelError", "KernelUnavailable", "probe"]

#: How long a call may take, in seconds.
CALL_TIMEOUT = 10.0
#: How long wiring the world may take; a big world on a busy machine.
_START_TIMEOUT = 60.0
#: How long the agent may take to end by itself.
_END_TIMEOUT = 5.0
_CHUNK = 1 << 16

Event = dict[str, Any]


def probe() -> str | None:
    """Why there can be no data plane here, or None when there can; takes some tenths of a second."""
    try:
        with contextlib.closing(Agent._launch(lambda event: None)) as agent:
            agent.call("probe")
    except KernelUnavailable as error:
        return str(error)
    except KernelError as error:
        return f"the data plane does not start here ({error})"
    return None


class Agent:
    """A running agent; made by ``start`` only.

    Everything is called from one thread.  Events go to ``on_event`` in the order in which they came: through the loop
    after ``attach``, or from ``poll``; never inside ``call``.
    """

    def __init__(self, process: subprocess.Popen[bytes], end: socket.socket, on_event: Callable[[Event], None]) -> None:
        self._process = process
        self._end = end
        self._on_event = on_event
        self._incoming = bytearray()
        self._events: deque[Event] = deque()
        self._answers: dict[int, dict[str, Any]] = {}
        self._done: dict[int, Callable[[int | None, str | None], None]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._scheduled = False
        self._number = 0
        self._mount_point: Path | None = None
        #: Whether the agent is still there.
        self.alive = True
        #: What ``start`` told about the world: ``uplinks`` is router -> port -> the provider's public address.
        self.world: dict[str, Any] = {}

    @property
    def pid(self) -> int:
        """The process that holds everything; when it is gone, all is."""
        return self._process.pid

    def fileno(self) -> int:
        """The line's descriptor: readable when something came."""
        return self._end.fileno()

    @classmethod
    def start(cls, world: Mapping[str, Any], on_event: Callable[[Event], None]) -> Agent:
        """Start the agent and wait until ``world`` (see ``routerlab.kernel.wiring``) is wired.

        Raises KernelUnavailable when this machine cannot do it, KernelError when the world is not to be had.
        """
        agent = cls._launch(on_event)
        try:
            directory = Path(world["directory"]) / "kernel"
            directory.mkdir(parents=True, exist_ok=True)
            agent._mount_point = directory
            agent.world = agent._ask("start", {"world": dict(world)}, (), _START_TIMEOUT)
        except BaseException:
            agent.close()
            raise
        return agent

    @classmethod
    def _launch(cls, on_event: Callable[[Event], None]) -> Agent:
        """An agent without a world."""
        tools = requirements.find()
        reason = requirements.namespaces(tools["unshare"])
        # Root without user namespaces does without; with them it is kept away from the host's network like anybody.
        if reason is not None and os.geteuid() != 0:
            raise KernelUnavailable(reason)
        agent = cls._spawn(tools["unshare"], reason is None, on_event)
        try:
            agent.call("hello")
        except KernelError:
            agent.close()
            # Root in a user namespace may not read what is others' (a checkout in somebody's closed home directory).
            if os.geteuid() != 0 or reason is not None:
                raise
            agent = cls._spawn(tools["unshare"], False, on_event)
            try:
                agent.call("hello")
            except KernelError:
                agent.close()
                raise
        return agent

    @classmethod
    def _spawn(cls, unshare: str, user: bool, on_event: Callable[[Event], None]) -> Agent:
        ours, theirs = socket.socketpair()
        environment = dict(os.environ)
        environment["PATH"] = requirements.search_path()
        package = str(Path(__file__).parents[2])
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
        argv = [unshare, *requirements.unshare_options(user), sys.executable, "-m", "routerlab.kernel.agent"]
        with theirs:
            process = subprocess.Popen(
                [*argv, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                env=environment,
                # Ctrl-C at the terminal is the lab's: it ends the agent in its own way.
                start_new_session=True,
            )
        return cls(process, ours, on_event)

    def call(self, method: str, **params: Any) -> Any:
        """The result of a method of the agent's; blocks for 10 s at most.  Raises KernelError."""
        return self._ask(method, params, (), CALL_TIMEOUT)

    def client(
        self,
        router: str,
        port: str,
        argv: Sequence[str],
        descriptors: Sequence[int],
        done: Callable[[int | None, str | None], None],
        *,
        environment: Mapping[str, str] | None = None,
        cwd: str | None = None,
    ) -> int:
        """Run a command as a client at a port of a router, with the given stdout and stderr; gives its number.

        ``done`` is called with the exit status (negative: ended by that signal), or with None and why it could not be
        run.  The descriptors may be closed when this returns.
        """
        self._number += 1
        number = self._number
        self._done[number] = done
        params = {
            "command": number,
            "router": router,
            "port": port,
            "argv": list(argv),
            "environment": dict(environment if environment is not None else os.environ),
            "cwd": cwd if cwd is not None else os.getcwd(),
        }
        try:
            self._ask("client", params, descriptors, CALL_TIMEOUT)
        except KernelError:
            self._done.pop(number, None)
            raise
        return number

    def signal_client(self, number: int, signal: int) -> None:
        """Send a signal to a running client command and what it started."""
        self.call("signal", command=number, signal=int(signal))

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """From now on events are delivered by the loop."""
        self._loop = loop
        if self.alive:
            loop.add_reader(self._end, self._readable)
        self._schedule()

    def detach(self) -> None:
        """From now on events wait for ``attach`` or ``poll``."""
        if self._loop is not None and self.alive:
            self._loop.remove_reader(self._end)
        self._loop = None

    def poll(self, timeout: float = 0.0) -> None:
        """Deliver what has come, waiting for something at most ``timeout`` seconds; for use without a loop."""
        if self.alive and not self._events and self._wait(timeout):
            self._receive()
        self._deliver()

    def close(self) -> None:
        """End the agent and with it every namespace and process; returns when all is gone.  Nothing is told any more."""
        self.detach()
        self.alive = False
        self._end.close()
        try:
            self._process.wait(_END_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._mount_point is not None:
            # What was in it was in the agent's own mount namespace only.
            with contextlib.suppress(OSError):
                self._mount_point.rmdir()

    def _ask(self, method: str, params: dict[str, Any], descriptors: Sequence[int], timeout: float) -> Any:
        if not self.alive:
            raise KernelError("the data plane's agent is gone")
        self._number += 1
        number = self._number
        message = {"id": number, "method": method, "params": params}
        if descriptors:
            message["fds"] = len(descriptors)
        deadline = time.monotonic() + timeout
        self._send(json.dumps(message, separators=(",", ":")).encode() + b"\n", descriptors)
        while number not in self._answers:
            if not self.alive:
                raise KernelError("the data plane's agent ended")
            if not self._wait(max(0.0, deadline - time.monotonic())):
                raise KernelError(f"the data plane's agent did not answer to {method} within {timeout:g} s")
            self._receive()
        self._schedule()
        answer = self._answers.pop(number)
        if "error" in answer:
            raise KernelUnavailable(answer["error"]) if answer.get("unavailable") else KernelError(answer["error"])
        return answer.get("result")

    def _send(self, data: bytes, descriptors: Sequence[int]) -> None:
        # The agent always reads, so this does not block for long however much it is.
        try:
            if descriptors:
                sent = socket.send_fds(self._end, [data], list(descriptors))
                data = data[sent:]
            self._end.sendall(data)
        except OSError:
            self._gone()

    def _wait(self, timeout: float) -> bool:
        waiting = select.poll()
        waiting.register(self._end, select.POLLIN)
        return bool(waiting.poll(timeout * 1000))

    def _receive(self) -> None:
        try:
            data = self._end.recv(_CHUNK)
        except OSError:
            data = b""
        if not data:
            self._gone()
            return
        self._incoming += data
        *lines, rest = self._incoming.split(b"\n")
        self._incoming = bytearray(rest)
        for line in lines:
            message = json.loads(line)
            if "event" in message:
                self._events.append(message)
            else:
                self._answers[message["id"]] = message
        # Answers that nobody waits for any more came too late.
        for late in [number for number in self._answers if number < self._number]:
            del self._answers[late]

    def _readable(self) -> None:
        # The loop may have seen something that a call, made since by another of its handlers, has read already.
        if self._wait(0.0):
            self._receive()
        self._deliver()

    def _schedule(self) -> None:
        if self._loop is not None and self._events and not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._later)

    def _later(self) -> None:
        self._scheduled = False
        if self._loop is not None:
            self._deliver()

    def _deliver(self) -> None:
        try:
            while self._events:
                event = self._events.popleft()
                if event["event"] == "exited":
                    done = self._done.pop(event["command"], None)
                    if done is not None:
                        done(event.get("status"), event.get("error"))
                else:
                    self._on_event(event)
        finally:
            # A receiver that raises must not keep the rest waiting for the next event.
            self._schedule()

    def _gone(self) -> None:
        if not self.alive:
            return
        if self._loop is not None:
            self._loop.remove_reader(self._end)
        self.alive = False
        try:
            status = self._process.wait(_END_TIMEOUT)
            reason = f"the data plane's agent ended with status {status}"
        except subprocess.TimeoutExpired:
            reason = "the data plane's agent closed its line"
        self._events += [{"event": "exited", "command": number, "error": reason} for number in self._done]
        self._events.append({"event": "died", "reason": reason})
        self._schedule()
