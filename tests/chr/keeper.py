# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process that holds the machines: it starts them, says when they are up, and ends them when it is told to.

They are its children, and the kernel ends them with it, whatever it died of.
"""

from __future__ import annotations

import json
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from . import api, qemu
from .errors import ChrError
from .image import Disk
from .machine import Machine
from .network import Network
from .settings import BOOT, BOOT_SECONDS, VERSION
from .state import State

#: Seconds between two looks at a machine that is not up yet.
_LOOK = 0.2


@dataclass(frozen=True)
class Order:
    """What a keeper is to start."""

    network: Network
    disk: Disk
    #: kvm or tcg
    accelerator: str
    memory: int
    boot_seconds: float
    #: What the routers must say that they run; None: whatever they do.
    version: str | None
    #: The folder of the console logs, which outlive the run.
    consoles: Path
    #: Seconds that a machine has to shut itself down.
    grace: float
    #: A machine counts as up once its console has shown this text; None: once its API answers.
    ready_text: str | None = None


class Stopped(Exception):
    """The keeper was told to end while it was still starting."""


def keep(order: Order, state: State, report: TextIO) -> None:
    """Hold the machines until SIGTERM or SIGINT.

    One line goes to *report*, and then it is closed: ``{"up": ...}`` once all of them are up, or ``{"error": "..."}``.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    try:
        state.hold()
    except ChrError as error:
        _tell(report, {"error": str(error)})
        return
    # Sockets need a short path, which the state's folder may not have.
    room = Path(tempfile.mkdtemp(prefix="chr-"))
    machines = [Machine(name, order.network, room, order.consoles / f"{name}.log") for name in order.network.machines]
    try:
        state.note_room(room)
        told = start(order, machines, stop)
        state.write(told)
        _tell(report, {"up": told})
        while not stop.wait(1.0):
            for machine in machines:
                machine.check()
    except Stopped:
        _tell(report, {"error": "ended before the routers were up"})
    except (ChrError, OSError) as error:
        # Once the routers are up nobody waits for a report; then the log alone tells why they ended.
        print(f"chr: {error}", file=sys.stderr)
        _tell(report, {"error": str(error)})
    finally:
        _end(machines, order.grace if stop.is_set() else 0.0)
        state.forget()


def _tell(report: TextIO, what: dict[str, Any]) -> None:
    if report.closed:
        return
    try:
        report.write(json.dumps(what) + "\n")
        report.close()
    except BrokenPipeError:
        # Whoever has started us is gone, and nobody would ever end what we hold.
        raise ChrError("whoever started the routers has left") from None


def start(order: Order, machines: list[Machine], stop: threading.Event) -> dict[str, Any]:
    """Start all machines and wait until all are up; returns what is told of them.

    Raises ChrError when one is not up in time or ends, Stopped when *stop* is set meanwhile.
    """
    began = time.monotonic()
    deadline = began + order.boot_seconds
    for machine in machines:
        machine.start(order.disk, order.accelerator, order.memory)
    told = []
    for machine in machines:
        _wait(machine, machine.ready, deadline, stop, order, "QEMU takes no orders")
        port = machine.api_port()
        version = None
        if order.ready_text is None:
            version = _wait(machine, partial(_settled, port), deadline, stop, order, "its API does not answer")
            if order.version is not None and version.split()[0] != order.version:
                raise ChrError(f"{machine.name} runs RouterOS {version}, not {order.version} as {VERSION} says")
        else:
            shown = partial(_shows, machine.console, order.ready_text)
            _wait(machine, shown, deadline, stop, order, f"its console does not show {order.ready_text!r}")
        told.append(
            {
                "name": machine.name,
                "version": version,
                "api": {"host": "127.0.0.1", "port": port},
                "control": str(machine.control),
                "console": str(machine.console),
                "pid": machine.pid,
                "cables": [port for port in order.network.port_names() if order.network.cable(machine.name, port)],
            }
        )
    return {
        "accelerator": order.accelerator,
        "seconds": round(time.monotonic() - began, 1),
        "machines": told,
        "cables": [[here.machine, here.port, there.machine, there.port] for here, there in order.network.cables],
    }


def _settled(port: int) -> str | None:
    """The version, told twice in a row: just after a boot a first answer may be incomplete (~)."""
    first = api.version(port)
    return first if first is not None and first == api.version(port) else None


def _shows(console: Path, text: str) -> bool:
    return text in console.read_bytes().decode("utf-8", "replace")


def _wait(
    machine: Machine, look: Callable[[], Any], deadline: float, stop: threading.Event, order: Order, problem: str
) -> Any:
    """Look until it is true, and return it; raises ChrError when the machine ends or the time is over."""
    while True:
        found = look()
        if found:
            return found
        machine.check()
        if time.monotonic() > deadline:
            raise ChrError(
                f"{machine.name}: {problem} within {order.boot_seconds:g} s ({order.accelerator}; {BOOT_SECONDS} gives "
                f"more); its console: {machine.console}"
            )
        if stop.wait(_LOOK):
            raise Stopped


def _end(machines: list[Machine], grace: float) -> None:
    """All at once: power buttons first, then what is left is ended."""
    if grace:
        for machine in machines:
            if not machine.ended():
                machine.power_down()
        deadline = time.monotonic() + grace
        while time.monotonic() < deadline and not all(machine.ended() for machine in machines):
            time.sleep(0.05)
    for machine in machines:
        machine.end()


def bound(accelerator: str, asked: float | None) -> float:
    """Seconds that a boot may take."""
    return asked if asked is not None else BOOT[accelerator]


def accelerator(asked: str | None) -> str:
    """kvm or tcg; raises ChrError when kvm is asked for and cannot be used."""
    works = asked != "tcg" and qemu.kvm_works()
    if asked == "kvm" and not works:
        raise ChrError("KVM cannot be used here: /dev/kvm is missing, or not ours to use (group kvm)")
    return "kvm" if works else "tcg"
