# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run Ansible as users do, in a process of its own, and read what came of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


@dataclass
class Run:
    """One run of ansible-playbook: its exit status, its whole output, each task's result, the counts by host."""

    status: int
    output: str
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def stats(self) -> dict[str, dict[str, int]]:
        """The counts by host."""
        hosts: dict[str, dict[str, int]] = next(e["hosts"] for e in reversed(self.events) if e["kind"] == "stats")
        return hosts

    def results(self, host: str) -> list[dict[str, Any]]:
        """The results of *host*, in order."""
        return [event["result"] for event in self.events if event.get("host") == host]

    def commit(self, host: str) -> dict[str, Any]:
        """The result of the last transaction of *host* that was committed, or tried to be."""
        found: dict[str, Any] = next(result for result in reversed(self.results(host)) if "outcome" in result)
        return found

    @property
    def problems(self) -> list[tuple[str, str]]:
        """(host, message) of all that failed."""
        return [
            (event["host"], str(event["result"].get("msg", "")))
            for event in self.events
            if event["kind"] in ("failed", "unreachable")
        ]


def start(
    book: str | Path,
    inventories: Sequence[str | Path],
    folder: Path,
    *options: str,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[str]:
    """Start *book* from the repository's root, in a process group of its own; *folder* takes what the run leaves behind."""
    events = folder / "events.jsonl"
    events.unlink(missing_ok=True)
    command = [str(BIN / "ansible-playbook"), str(book), *options]
    for inventory in inventories:
        command += ["-i", str(inventory)]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env={
            **os.environ,
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_LOCAL_TEMP": str(folder / "ansible"),
            "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).parent / "callback"),
            "ANSIBLE_CALLBACKS_ENABLED": "events",
            "ANSIBLE_NOCOLOR": "1",
            "EVENTS": str(events),
            **(environment or {}),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def kill(process: subprocess.Popen[str]) -> str:
    """Kill a run and all that it has started, at once; it may have ended. Returns what it has printed."""
    with process:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        return process.communicate()[0]


def playbook(
    book: str | Path,
    inventories: Sequence[str | Path],
    folder: Path,
    *options: str,
    environment: Mapping[str, str] | None = None,
) -> Run:
    """Run *book* as ``start`` does, to its end."""
    process = start(book, inventories, folder, *options, environment=environment)
    try:
        output, _rest = process.communicate(timeout=300)
    except BaseException:
        kill(process)
        raise
    events = folder / "events.jsonl"
    lines = events.read_text(encoding="utf-8").splitlines() if events.exists() else []
    return Run(process.returncode, output, [json.loads(line) for line in lines])
