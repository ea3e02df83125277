# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running a lab as a process: in the foreground, or detached with its log in the state directory."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import IO

from routerlab.control import ControlServer
from routerlab.lab import Lab, LabError
from routerlab.seed import SeedError
from routerlab.statedir import StateDir
from routerlab.topology import RouterPlan

log = logging.getLogger(__name__)

READY = "ready"


async def _serve(lab: Lab, state: StateDir | None, ready: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    loop.set_exception_handler(_log_exception)
    control = ControlServer(lab, stopping.set)
    reasons: list[str] = []

    def fail(reason: str) -> None:
        reasons.append(reason)
        stopping.set()

    lab.failed = fail
    await lab.start()
    try:
        if state is not None:
            await control.start(state.socket)
        ready()
        await stopping.wait()
    finally:
        await control.close()
        await lab.stop()
    if reasons:
        raise LabError(reasons[0])


def _log_exception(loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """One connection's trouble (a broken TLS handshake, say) is a line in the log and nothing more."""
    log.warning("%s: %s", context.get("message"), context.get("exception"))


def run(
    plans: tuple[RouterPlan, ...],
    state: StateDir,
    port_base: int,
    ready: Callable[[Lab], None],
    *,
    kernel: bool = False,
    prepare: Callable[[Lab], None] | None = None,
) -> None:
    """Run a lab in this process until a signal or ``routerlab down``; raises LabError or StateError."""
    lock = state.acquire()
    try:
        # Before the lab answers, so that ``down`` can end one that is still starting.
        state.write({"pid": os.getpid()})
        lab = Lab(plans, state.path, port_base, kernel)
        if prepare is not None:
            prepare(lab)
        asyncio.run(_serve(lab, state, lambda: ready(lab)))
    except Exception as error:
        # What nobody expected has its trace in the log: that stays.
        state.clear(keep_log=not isinstance(error, LabError | SeedError))
        raise
    else:
        state.clear()
    finally:
        lock.close()


def detach(arguments: list[str], state: StateDir) -> None:
    """Start a lab as a process of its own and wait until its ports answer; raises LabError with its reason.

    Whoever is interrupted while waiting leaves no lab behind.
    """
    with state.open_log() as output:
        reader, writer = os.pipe()
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "routerlab",
                "up",
                *arguments,
                "--state-dir",
                str(state.path),
                "--ready-fd",
                str(writer),
            ],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(writer,),
            start_new_session=True,
        )
    os.close(writer)
    try:
        with os.fdopen(reader, encoding="utf-8") as answers:
            answer = answers.readline().strip()
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        if not state.running():
            # It had no time to do so itself.
            state.clear()
        raise
    if answer == READY:
        return
    process.wait()
    raise LabError(answer or f"the lab ended at once, see {state.log}")


def announce(descriptor: int, text: str) -> None:
    """Tell the process that waits for this one."""
    stream: IO[str]
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text + "\n")
