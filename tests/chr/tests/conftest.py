# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real QEMU in software, with a disk that boots without RouterOS."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from .. import settings, standin

ROOT = Path(__file__).resolve().parents[3]

#: Seconds that a command may take, two boots in software on a busy machine among them.
PATIENCE = 110

NETWORK = """
ports = 3
machines = ["one", "two"]
cables = [["one", "ether2", "two", "ether3"]]
"""


class Place:
    """A folder with a stand-in's disk and a network of two; the command line is called as its users call it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.consoles = folder / "consoles"
        (folder / "network.toml").write_text(NETWORK)
        own = (settings.IMAGE, settings.SHA256, settings.VERSION, settings.CACHE, settings.ACCELERATOR, settings.MEMORY)
        self.environment = {name: text for name, text in os.environ.items() if name not in own}
        self.environment |= {
            settings.IMAGE: str(standin.write(folder / "stand-in.img")),
            settings.CACHE: str(folder / "cache"),
            settings.ACCELERATOR: "tcg",
            settings.MEMORY: "128",
            settings.BOOT_SECONDS: "100",
        }

    def start(self, command: str, *words: str, more: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Start the command line; standard error is kept."""
        line = [sys.executable, "-m", "tests.chr", command]
        if command != "image":
            line += ["--state", str(self.folder / "state")]
        if command == "up":
            line += ["--network", str(self.folder / "network.toml"), "--consoles", str(self.consoles), "--grace", "0.2"]
        return subprocess.Popen(
            [*line, *words],
            cwd=ROOT,
            env={**self.environment, **(more or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ended(
        self, command: str, *words: str, more: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Call the command line to its end, whatever comes of it."""
        with self.start(command, *words, more=more) as process:
            output, errors = process.communicate(timeout=PATIENCE)
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    def run(self, command: str, *words: str, status: int = 0, more: Mapping[str, str] | None = None) -> str:
        """Call the command line to its end; returns what it printed, to standard error if it failed."""
        done = self.ended(command, *words, more=more)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stderr if status else done.stdout

    def up(self) -> dict[str, Any]:
        """Start both machines; returns what is told of them."""
        told: dict[str, Any] = json.loads(self.run("up", "--ready-text", standin.LINE))
        return told


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    yield place
    place.run("down")


def alive(pid: int) -> bool:
    """Whether a process is there; one that has ended and waits for its parent is not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
