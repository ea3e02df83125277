# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For tests of the kernel's side alone: coroutines of a test file, run in a process with namespaces of its own.

    @pytest.fixture(scope="module")
    def bench() -> Iterator[Bench]:
        with Bench(__file__) as running:
            yield running

    async def a_lease_arrives() -> None:
        ...

    def test_a_lease_arrives(bench: Bench) -> None:
        bench.run(a_lease_arrives)

The process loads the test's file itself and looks the coroutine up by its name.  It ends when the ``with`` does, or when
the test's process does, and everything that it started with it.
"""

from __future__ import annotations

import asyncio
import fcntl
import gc
import importlib.util
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from routerlab.kernel import requirements
from routerlab.kernel.namespaces import Namespace

_END = 10.0
_PATIENCE = 60.0
_SIOCGIFFLAGS, _IFF_RUNNING = 0x8913, 0x40


class Bench:
    """The process; ``run`` has one coroutine at a time carried out in it."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        unshare = requirements.find()["unshare"]
        # Root without user namespaces does without.
        options = requirements.unshare_options(requirements.namespaces(unshare) is None)
        argv = [unshare, *options, sys.executable, "-W", "error", "-m", "routerlab.kernel.bench", self._file]
        environment = {**os.environ, "PATH": requirements.search_path()}
        self._process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        try:
            self._process.communicate(timeout=_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()

    def run(self, work: Callable[..., Coroutine[Any, Any, Any]], **given: Any) -> Any:
        """Carry out a coroutine of the test's file with these (plain) arguments; returns its (plain) result.

        Raises AssertionError with the other process's traceback when it raises there.
        """
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps([work.__name__, given]) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            raise AssertionError(f"the process of the namespaces ended with status {process.wait()}")
        answer = json.loads(line)
        if "error" in answer:
            raise AssertionError(f"in the namespaces:\n{answer['error']}")
        return answer["result"]


class Network:
    """Namespaces with cables between them; what a test's coroutine stands on.

    Commands are given as text: ``net.ip("router", "link set ether1 up")``.
    """

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="routerlab-bench-"))
        self.namespaces: dict[str, Namespace] = {}
        self._closers: list[Callable[[], None]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._closers:
            self._closers.pop()()
        for namespace in self.namespaces.values():
            namespace.close()
        shutil.rmtree(self.directory)

    def add(self, name: str) -> Namespace:
        """A namespace whose loopback is up."""
        namespace = self.namespaces[name] = Namespace.make(name)
        self.ip(name, "link set lo up")
        return namespace

    def closing(self, close: Callable[[], None]) -> None:
        """Have something closed at the end, the last one first."""
        self._closers.append(close)

    def run(self, name: str, *argv: str, pass_fds: tuple[int, ...] = (), stdin: str | None = None) -> None:
        """Run a command in a namespace and wait; raises AssertionError with what it said when it fails."""
        process = self.namespaces[name].popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, pass_fds=pass_fds
        )
        said, _nothing = process.communicate(stdin)
        assert process.returncode == 0, f"{argv}: {said}"

    def ip(self, name: str, arguments: str) -> None:
        """``ip`` in a namespace."""
        self.run(name, "ip", *arguments.split())

    def cable(self, one: str, port: str, other: str, far: str) -> None:
        """A cable between two namespaces; both ends up, without addresses."""
        descriptor = self.namespaces[other].descriptor
        self.ip(one, f"link add {port} type veth peer name {far}")
        self.run(one, "ip", "link", "set", far, "netns", f"/proc/self/fd/{descriptor}", pass_fds=(descriptor,))
        self.ip(one, f"link set {port} up")
        self.ip(other, f"link set {far} up")
        # The end that was enabled first drops what it shall send until the kernel has got round to its carrier.
        deadline = time.monotonic() + _PATIENCE
        while not (self._runs(one, port) and self._runs(other, far)):
            assert time.monotonic() < deadline, f"{port} and {far} have no link"
            time.sleep(0.001)

    def _runs(self, name: str, port: str) -> bool:
        with self.namespaces[name].entered(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as query:
            (flags,) = struct.unpack_from(
                "=H", fcntl.ioctl(query, _SIOCGIFFLAGS, struct.pack("16s24x", port.encode())), 16
            )
        return bool(flags & _IFF_RUNNING)

    def nft(self, name: str, text: str) -> None:
        """Load nftables rules into a namespace."""
        self.run(name, "nft", "-f", "-", stdin=text)


async def until(said: Callable[[], Any], seconds: float = _PATIENCE) -> Any:
    """Wait until something is true and return it; raises AssertionError when that takes too long."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not (found := said()):
        assert asyncio.get_running_loop().time() < deadline, "what was waited for did not happen"
        await asyncio.sleep(0.01)
    return found


def _serve(file: str) -> None:
    found = importlib.util.spec_from_file_location("bench_scenarios", file)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules[found.name] = module
    found.loader.exec_module(module)
    # What a test or its children print must not get between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    with answers:
        for line in sys.stdin:
            name, given = json.loads(line)
            try:
                answer = {"result": asyncio.run(getattr(module, name)(**given))}
            except BaseException:
                answer = {"error": traceback.format_exc()}
            # Now, not during the next one, is the time to hear of what was left open.
            gc.collect()
            answers.write(json.dumps(answer) + "\n")
            answers.flush()


if __name__ == "__main__":
    _serve(sys.argv[1])
