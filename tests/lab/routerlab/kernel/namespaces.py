# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network namespaces that live as long as a file descriptor of this process: no names, no mounts, nothing to clean up.

Only the agent uses them: it already runs in a user namespace (or as root) in which all this is allowed.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

_CLONE_NEWNET = 0x40000000
#: The file of the calling thread's own namespace; /proc/self would be the main thread's.
_OWN = "/proc/thread-self/ns/net"

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, doing: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{doing}: {os.strerror(number)}")


class Namespace:
    """One network namespace; ``name`` is for messages only."""

    def __init__(self, name: str, descriptor: int) -> None:
        self.name = name
        self.descriptor = descriptor

    @classmethod
    def make(cls, name: str) -> Namespace:
        """A new, empty namespace; raises OSError when the kernel refuses."""
        made: list[int] = []
        failed: list[OSError] = []

        def work() -> None:
            # In a thread of its own: the caller stays where it is.
            try:
                _checked(_libc.unshare(_CLONE_NEWNET), f"making the network namespace {name}")
                made.append(os.open(_OWN, os.O_RDONLY | os.O_CLOEXEC))
            except OSError as error:
                failed.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        if failed:
            raise failed[0]
        return cls(name, made[0])

    @classmethod
    def current(cls, name: str) -> Namespace:
        """The namespace that the calling thread is in."""
        return cls(name, os.open(_OWN, os.O_RDONLY | os.O_CLOEXEC))

    @contextmanager
    def entered(self) -> Iterator[None]:
        """The calling thread is in this namespace inside the ``with``; sockets made there stay there for good.

        Never await inside: other work of the same thread would be in the wrong namespace.
        """
        back = os.open(_OWN, os.O_RDONLY | os.O_CLOEXEC)
        try:
            _checked(_libc.setns(self.descriptor, _CLONE_NEWNET), f"entering the network namespace {self.name}")
            try:
                yield
            finally:
                _checked(_libc.setns(back, _CLONE_NEWNET), f"leaving the network namespace {self.name}")
        finally:
            os.close(back)

    def command(self, argv: Sequence[str]) -> tuple[list[str], dict[str, Any]]:
        """What to give to Popen (or asyncio's subprocesses) to run a command in this namespace."""
        entering = ["nsenter", f"--net=/proc/self/fd/{self.descriptor}", "--", *argv]
        return entering, {"pass_fds": (self.descriptor,)}

    def popen(self, argv: Sequence[str], **options: Any) -> subprocess.Popen[Any]:
        """A process in this namespace; ``options`` are Popen's."""
        entering, needed = self.command(argv)
        needed["pass_fds"] = (*needed["pass_fds"], *options.pop("pass_fds", ()))
        return subprocess.Popen(entering, **needed, **options)

    def close(self) -> None:
        """Let go of the namespace; the kernel removes it when nothing else holds it."""
        os.close(self.descriptor)
