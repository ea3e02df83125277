# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of one run: who holds it, and what is up."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from .errors import ChrError


class State:
    """A folder with the lock of its keeper, and a file that tells what the keeper has started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        #: What the keeper says that nobody waits for any more.
        self.log = self.folder / "keeper.log"
        self._lock = self.folder / "lock"
        self._file = self.folder / "up.json"
        self._room = self.folder / "room"

    def hold(self) -> None:
        """Become the keeper, until this process ends; raises ChrError when there is one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        # Kept open on purpose: the lock is ours as long as the descriptor is.
        self._held = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._held)
            raise ChrError(f"{self.folder}: routers are up there already; end them with down") from None
        os.truncate(self._held, 0)
        os.write(self._held, str(os.getpid()).encode())

    def keeper(self) -> int | None:
        """The process that holds this folder, None when nobody does."""
        try:
            lock = os.open(self._lock, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(os.read(lock, 32) or b"0") or None
        finally:
            os.close(lock)
        return None

    def write(self, told: dict[str, Any]) -> None:
        """Tell what is up."""
        self._file.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")

    def note_room(self, room: Path) -> None:
        """Remember the folder of disks and sockets, so that it can be removed when the keeper cannot."""
        self.forget()
        self._room.write_text(str(room), encoding="utf-8")

    def forget(self) -> None:
        """Nothing is up any more; what is left of it is removed."""
        if self._room.exists():
            shutil.rmtree(self._room.read_text(encoding="utf-8"), ignore_errors=True)
            self._room.unlink()
        self._file.unlink(missing_ok=True)

    def read(self) -> dict[str, Any]:
        """What is up; raises ChrError when nothing is."""
        if self.keeper() is None or not self._file.exists():
            said = f"; see {self.log}" if self.log.exists() and self.log.stat().st_size else ""
            raise ChrError(f"no routers are up in {self.folder}; start them with up{said}")
        told: dict[str, Any] = json.loads(self._file.read_text(encoding="utf-8"))
        return told

    def end(self, seconds: float) -> bool:
        """Let the keeper end everything, by force after so many seconds; False when there was none."""
        keeper = self.keeper()
        if keeper is None:
            self.forget()
            return False
        deadline = time.monotonic() + seconds
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.kill(keeper, number)
            while self.keeper() is not None and (time.monotonic() < deadline or number == signal.SIGKILL):
                time.sleep(0.05)
        self.forget()
        return True
