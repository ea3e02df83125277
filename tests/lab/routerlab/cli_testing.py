# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For tests of the command line: ``routerlab`` as its user calls it, in a folder of its own."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from routerlab.wire import Wire

#: The topology's name in the folder.
TOPOLOGY_FILE = "mine.toml"


def free_base(routers: int = 1) -> int:
    """A port base with room for so many routers, below the ports that outgoing connections get.

    No test of this machine gets the same as long as this process lives: until its lab is up, the ports look free.
    """
    while True:
        base = random.randrange(20000, 32000, 10)
        rows = [base + 10 * number for number in range(1, routers + 1)]
        try:
            for row in rows:
                for port in (row, row + 1):
                    with socket.socket() as probe:
                        probe.bind(("127.0.0.1", port))
            for row in rows:
                _reserve(row)
        except OSError:
            continue
        return base


def _reserve(port: int) -> None:
    """Let a name stand for the port and the next one; raises OSError when somebody has it."""
    with socket.socket(socket.AF_UNIX) as name:
        name.bind(f"\0routerlab tests, port {port}")
        # Open for as long as the process: the name goes with it, however it ends.
        name.detach()


class Shell:
    """A folder with a topology, and free ports for its routers.

    The environment is the test's own without a state directory from outside; ``state`` names one through it.
    """

    def __init__(self, folder: Path, topology: str, state: Path | None = None) -> None:
        self.folder = folder
        self.base = free_base(len(tomllib.loads(topology)["router"]))
        self.environment = {name: text for name, text in os.environ.items() if name != "ROUTERLAB_STATE"}
        if state is not None:
            self.environment["ROUTERLAB_STATE"] = str(state)
        folder.mkdir(exist_ok=True)
        (folder / TOPOLOGY_FILE).write_text(topology)

    @property
    def log(self) -> str:
        """The log of a lab whose state is in the usual place."""
        return (self.folder / ".routerlab" / "lab.log").read_text()

    def command(self, *words: str) -> list[str]:
        """The whole command line."""
        return [sys.executable, "-m", "routerlab", *words]

    def ended(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """The command, however it ended."""
        return subprocess.run(
            self.command(*words),
            cwd=self.folder,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def run(self, *words: str, status: int = 0) -> str:
        """Standard output, or standard error when it fails as wanted: one line, but for status 2 with the usage."""
        done = self.ended(*words)
        assert done.returncode == status, done
        if status:
            assert done.stdout == ""
            assert done.stderr.count("\n") == 1 or status == 2, done.stderr
            assert "Traceback" not in done.stderr
        return done.stderr if status else done.stdout

    def refused(self, *words: str) -> str:
        """Its one line on standard error; it must fail."""
        said = self.run(*words, status=1)
        assert said.startswith("routerlab: "), said
        return said

    def json(self, *words: str) -> Any:
        """What it prints with ``--json``."""
        return json.loads(self.run(*words, "--json"))

    def start(self, *words: str) -> subprocess.Popen[str]:
        """The command in the background."""
        return subprocess.Popen(
            self.command(*words),
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def up(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A detached lab of the topology, or why there is none."""
        return self.ended("up", TOPOLOGY_FILE, "--detach", "--port-base", str(self.base), *words)

    def wire(self) -> Wire:
        """A connection to the first router, logged in."""
        wire = Wire(self.base + 10)
        assert wire.login() == [["!done"]]
        return wire
