# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state directory of a lab: who runs in it, where its control socket is, its log.

A lab holds a lock on ``lock`` as long as it lives, so that what a crash left behind is recognised: files without a
held lock are stale and are cleared away.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

ENVIRONMENT = "ROUTERLAB_STATE"
DEFAULT = ".routerlab"
#: Longest path that fits into a UNIX socket's address, with room to spare.
_SOCKET_PATH = 100
#: The lock goes last: whoever sees it gone finds nothing else.
_OURS = ("state.json", "control.sock", "lab.log", "tls", "kernel", "lock")


class StateError(Exception):
    """A state directory that cannot be used; the text says why."""


@dataclass(frozen=True)
class StateDir:
    """One state directory."""

    path: Path

    @classmethod
    def choose(cls, given: str | None) -> StateDir:
        """``--state-dir``, else the environment's, else ``.routerlab`` here."""
        return cls(Path(given or os.environ.get(ENVIRONMENT) or DEFAULT).absolute())

    @property
    def log(self) -> Path:
        """The log of a detached lab."""
        return self.path / "lab.log"

    @property
    def socket(self) -> Path:
        """The control socket; in the temporary directory when the path would be too long for one."""
        path = self.path / "control.sock"
        if len(os.fsencode(path)) <= _SOCKET_PATH:
            return path
        digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"routerlab-{digest}.sock"

    def acquire(self) -> IO[str]:
        """Take the directory for a lab; raises StateError when a lab runs in it.  Keep the file open to keep it."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = (self.path / "lock").open("a+", encoding="utf-8")
        except OSError as error:
            raise self._unusable(error) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise StateError(
                f"{self.path}: a lab runs here already (process {self.pid() or 'unknown'}); "
                "stop it with: routerlab down"
            ) from None
        self._remove("state.json", "control.sock", "tls")
        self.socket.unlink(missing_ok=True)
        return lock

    def running(self) -> bool:
        """Whether a lab holds the directory; raises StateError when it can be no state directory at all."""
        try:
            with (self.path / "lock").open("r+", encoding="utf-8") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        except OSError as error:
            raise self._unusable(error) from None
        return False

    def open_log(self) -> IO[bytes]:
        """The log of a detached lab, to be written; raises StateError when the directory cannot be used."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            return self.log.open("ab")
        except OSError as error:
            raise self._unusable(error) from None

    def _unusable(self, error: OSError) -> StateError:
        return StateError(f"{self.path}: cannot be used as state directory: {error.strerror}")

    def wait_released(self, seconds: float = 15.0) -> None:
        """Wait until the lab that runs here has ended; raises StateError when it does not."""
        deadline = time.monotonic() + seconds
        while self.running():
            if time.monotonic() > deadline:
                raise StateError(f"{self.path}: the lab (process {self.pid()}) does not end, see {self.log}")
            time.sleep(0.02)

    def write(self, state: dict[str, Any]) -> None:
        """Record who runs here."""
        (self.path / "state.json").write_text(json.dumps(state), "utf-8")

    def pid(self) -> int | None:
        """The process that runs, or ran, here."""
        try:
            pid = json.loads((self.path / "state.json").read_text("utf-8")).get("pid")
        except (OSError, ValueError):
            return None
        return pid if isinstance(pid, int) else None

    def clear(self, keep_log: bool = False) -> None:
        """Remove everything that a lab made; the directory too when nothing else is in it."""
        self.socket.unlink(missing_ok=True)
        self._remove(*(name for name in _OURS if not (keep_log and name == "lab.log")))
        try:
            self.path.rmdir()
        except OSError:
            return

    def _remove(self, *names: str) -> None:
        for name in names:
            path = self.path / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
