# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One QEMU: started, asked, ended."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from pathlib import Path

from . import qemu
from .errors import ChrError
from .image import Disk
from .network import Network
from .qmp import Qmp


def run(line: list[str]) -> None:
    """Run a program to its end; raises ChrError with what it said."""
    ended = subprocess.run(line, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise ChrError(f"{line[0]}: {ended.stderr.strip() or f'exit status {ended.returncode}'}")


class Machine:
    """A machine of a network.  Its disk and sockets are in *room*, which others may remove when it has ended."""

    def __init__(self, name: str, network: Network, room: Path, console: Path) -> None:
        self.name = name
        self.console = console
        self.control = qemu.control_socket(room, name)
        self._network = network
        self._room = room
        self._process: subprocess.Popen[str] | None = None

    def start(self, base: Disk, accelerator: str, memory: int) -> None:
        """Start it on a fresh copy of *base*; raises ChrError when there is no QEMU."""
        disk = self._room / f"{self.name}.qcow2"
        run(qemu.overlay(base, disk))
        self.console.parent.mkdir(parents=True, exist_ok=True)
        self.console.write_bytes(b"")
        line = qemu.command(
            self.name,
            self._network,
            disk=disk,
            console=self.console,
            sockets=self._room,
            accelerator=accelerator,
            memory=memory,
        )
        self._process = subprocess.Popen(
            line, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )

    @property
    def pid(self) -> int:
        """The process of its QEMU."""
        return self._started().pid

    def check(self) -> None:
        """Raises ChrError when it has ended by itself, with QEMU's last words."""
        process = self._started()
        if process.poll() is None:
            return
        said = process.stderr.read().strip() if process.stderr else ""
        raise ChrError(
            f"{self.name}: QEMU ended with status {process.returncode}: {said or 'it said nothing'}; "
            f"its console: {self.console}"
        )

    def ready(self) -> bool:
        """Whether QEMU takes orders already; its socket is there a moment before somebody listens."""
        try:
            Qmp(self.control).close()
        except ChrError:
            return False
        return True

    def api_port(self) -> int:
        """The port of 127.0.0.1 that leads to its API."""
        with Qmp(self.control) as qmp:
            return qmp.forwarded(qemu.API)

    def power_down(self) -> None:
        """Press its power button; what comes of it is the system's own affair."""
        # It may have ended meanwhile.
        with suppress(ChrError), Qmp(self.control) as qmp:
            qmp.execute("system_powerdown")

    def ended(self) -> bool:
        """Whether its process is gone (also when it was never started)."""
        return self._process is None or self._process.poll() is not None

    def end(self) -> None:
        """End it now, in order if it listens, by force if it does not."""
        if self._process is None:
            return
        if not self.ended():
            with suppress(ChrError), Qmp(self.control) as qmp:
                qmp.execute("quit")
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._process.stderr:
            self._process.stderr.close()

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None:
            raise ChrError(f"{self.name}: not started")
        return self._process
