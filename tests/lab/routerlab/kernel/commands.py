# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands of LAN clients: run with the caller's own stdout and stderr."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

from routerlab.kernel.errors import KernelError
from routerlab.kernel.namespaces import Namespace

#: Where the C library looks for name servers.
_RESOLV_CONF = Path("/etc/resolv.conf")
#: A command that is not there is named without the shell's own numbers; $0 stands in what else the shell says.
_SCRIPT = (
    'mount --bind "$1" "$2" && shift 2 || exit; '
    'command -v -- "$1" >/dev/null || { echo "$0: $1: not found" >&2; exit 127; }; exec "$@"'
)

Prepared = Coroutine[Any, Any, tuple[Namespace, Path]]


class Commands:
    """All running commands, by the caller's numbers."""

    def __init__(self, send: Callable[[dict[str, Any]], None]) -> None:
        self._send = send
        self._running: dict[int, asyncio.Task[None]] = {}
        self._processes: dict[int, asyncio.subprocess.Process] = {}
        #: Those that are just being started, and the signals that came for them meanwhile.
        self._starting: dict[int, list[signal.Signals]] = {}

    def run(
        self,
        prepared: Prepared,
        number: int,
        argv: Sequence[str],
        environment: Mapping[str, str],
        cwd: str,
        descriptors: Sequence[int],
    ) -> None:
        """Prepare and run; ``exited`` with ``status``, or with ``error`` when it could not be run.

        ``descriptors`` (stdout, stderr) may be closed when this returns.
        """
        own = [os.dup(descriptor) for descriptor in descriptors]
        self._running[number] = asyncio.create_task(self._run(prepared, number, argv, environment, cwd, own))

    async def _run(
        self,
        prepared: Prepared,
        number: int,
        argv: Sequence[str],
        environment: Mapping[str, str],
        cwd: str,
        descriptors: Sequence[int],
    ) -> None:
        told: dict[str, Any]
        try:
            try:
                namespace, resolv_conf = await prepared
                # Not given up from here on: what the process has started already would be left without it.
                early = self._starting[number] = []
                process = await self._start(namespace, resolv_conf, argv, environment, cwd, descriptors)
            finally:
                self._starting.pop(number, None)
                for descriptor in descriptors:
                    os.close(descriptor)
            self._processes[number] = process
            for which in early:
                self.signal(number, which)
            told = {"status": await process.wait()}
        except (KernelError, OSError) as error:
            told = {"error": str(error)}
        except ValueError as error:
            # A byte of zero in an argument, say: no program can be given that.
            told = {"error": f"the command cannot be run: {error}"}
        except asyncio.CancelledError:
            told = {"status": -signal.SIGINT}
        self._processes.pop(number, None)
        self._running.pop(number, None)
        self._send({"event": "exited", "command": number, **told})

    async def _start(
        self,
        namespace: Namespace,
        resolv_conf: Path,
        argv: Sequence[str],
        environment: Mapping[str, str],
        cwd: str,
        descriptors: Sequence[int],
    ) -> asyncio.subprocess.Process:
        target = _RESOLV_CONF.resolve()
        if not target.is_file():
            raise KernelError(f"{_RESOLV_CONF} is not a file here: a client's name servers have no place")
        # A mount namespace of its own: its name servers are nobody else's.
        inner = ["unshare", "--mount", "--", "sh", "-c", _SCRIPT, "routerlab", str(resolv_conf), str(target), *argv]
        entering, options = namespace.command(inner)
        return await asyncio.create_subprocess_exec(
            *entering,
            **options,
            stdin=subprocess.DEVNULL,
            stdout=descriptors[0],
            stderr=descriptors[1],
            env=dict(environment),
            cwd=cwd,
            start_new_session=True,
        )

    def signal(self, number: int, which: signal.Signals) -> None:
        """Send a signal to a command and all that it started; one that still waits for its lease is given up."""
        process = self._processes.get(number)
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, which)
        elif number in self._starting:
            self._starting[number].append(which)
        elif number in self._running:
            self._running[number].cancel()
