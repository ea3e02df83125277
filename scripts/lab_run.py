# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running the laboratory and playbooks against it, for the demo and the benchmark."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeVar

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv/bin"
INVENTORY = "inventories/lab/hosts.yml"


class RunError(Exception):
    """Something that was promised did not hold; the text says what."""


@dataclass(frozen=True)
class Run:
    """One run of a playbook: per router Ansible's counts (see callback/compact.py), and the wall time in seconds."""

    routers: dict[str, dict[str, Any]]
    seconds: float


def routerlab(*arguments: str) -> str:
    """Run routerlab and return what it prints. Raises RunError when it fails; its own words are on stderr."""
    done = subprocess.run([BIN / "routerlab", *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise RunError(f"routerlab {arguments[0]} failed")
    return done.stdout


def status() -> dict[str, Any]:
    """What the laboratory says about itself; its routers as a mapping by name."""
    answer: dict[str, Any] = json.loads(routerlab("status", "--json"))
    answer["routers"] = {router["name"]: router for router in answer["routers"]}
    return answer


def writes() -> dict[str, int]:
    """How many write sentences each router has received."""
    return {name: int(router["counters"]["writes"]) for name, router in status()["routers"].items()}


def play(playbook: str, routers: set[str], quiet: bool = False) -> Run:
    """Run a playbook against the laboratory. Raises RunError unless it reached every router and failed on none.

    Quiet runs show only what went wrong, if they fail.
    """
    with tempfile.TemporaryDirectory() as folder:
        stats = Path(folder) / "stats.json"
        environment = {
            **os.environ,
            "ANSIBLE_CALLBACK_PLUGINS": str(ROOT / "scripts/callback"),
            "ANSIBLE_STDOUT_CALLBACK": "compact",
            # a line on a terminal, and nothing in a log
            "ANSIBLE_ROUTEROS_PROGRESS_MODE": "live" if sys.stdout.isatty() and not quiet else "none",
            "ANSIBLE_ROUTEROS_PROGRESS_SUMMARY": "no",
            "DEMO_STATS": str(stats),
        }
        start = time.monotonic()
        command = [str(BIN / "ansible-playbook"), "-i", INVENTORY, playbook]
        output, errors = (subprocess.DEVNULL, subprocess.PIPE) if quiet else (None, None)
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=output, stderr=errors, text=True, check=False)
        if done.returncode and done.stderr:
            print(done.stderr, end="", file=sys.stderr, flush=True)
        seconds = time.monotonic() - start
        counts = json.loads(stats.read_text(encoding="utf-8")) if stats.exists() else {}
    if missing := sorted(routers - counts.keys()):
        raise RunError(f"{playbook} did not run on {', '.join(missing)}")
    if bad := sorted(name for name in routers if counts[name]["failures"] or counts[name]["unreachable"]):
        raise RunError(f"{playbook} failed on {', '.join(bad)}")
    if done.returncode:
        raise RunError(f"{playbook} ended with exit status {done.returncode}")
    return Run({name: counts[name] for name in sorted(routers)}, seconds)


T = TypeVar("T")


def wait_for(what: str, ask: Callable[[], T | None], seconds: float = 60) -> T:
    """Ask until the answer is true, and return it. Raises RunError when it is not within so many seconds."""
    deadline = time.monotonic() + seconds
    while not (answer := ask()):
        if time.monotonic() > deadline:
            raise RunError(f"waited {seconds:.0f} s in vain for {what}")
        time.sleep(0.2)
    return answer


def _interrupted(number: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + number)


@contextmanager
def laboratory(keep: bool = False) -> Iterator[None]:
    """A freshly started laboratory, stopped at the end whatever happens, Ctrl-C included, unless it is to be kept."""
    signal.signal(signal.SIGTERM, _interrupted)
    signal.signal(signal.SIGINT, _interrupted)
    routerlab("up", "--detach")
    try:
        yield
    finally:
        # make passes Ctrl-C on to what the terminal has told already; a second one must not cut the cleaning short.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if not keep:
            routerlab("down")
