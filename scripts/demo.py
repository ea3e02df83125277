# Copyright: (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make demo``: four factory-default routers become working sites, twice in a row, and are verified.

Starts the laboratory, runs playbooks/site.yml, runs it again (nothing may change, nothing may be written), runs
playbooks/verify.yml, and stops the laboratory unless KEEP is set. Exits 0 only when all of that held.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv/bin"
INVENTORY = "inventories/lab/hosts.yml"

LOOK_AROUND = f"""
  The laboratory stays up, configured. Look around:
    .venv/bin/routerlab status                 the routers, their ports, user and password
    .venv/bin/routerlab snapshot hq            the head office's whole configuration
    .venv/bin/ansible-playbook -i {INVENTORY} playbooks/drift.yml
    .venv/bin/routerlab down                   stop it"""


class DemoError(Exception):
    """Something that the demo promises did not hold; the text says what."""


@dataclass(frozen=True)
class Run:
    """One run of a playbook: per router Ansible's counts (see callback/compact.py), and the wall time in seconds."""

    routers: dict[str, dict[str, Any]]
    seconds: float


def say(text: str = "") -> None:
    """Print at once, so that the lines keep their place among those of the programs that are run."""
    print(text, flush=True)


def routerlab(*arguments: str) -> str:
    """Run routerlab and return what it prints. Raises DemoError when it fails; its own words are on stderr."""
    done = subprocess.run([BIN / "routerlab", *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise DemoError(f"routerlab {arguments[0]} failed")
    return done.stdout


def status() -> dict[str, Any]:
    """What the laboratory says about itself; its routers as a mapping by name."""
    answer: dict[str, Any] = json.loads(routerlab("status", "--json"))
    answer["routers"] = {router["name"]: router for router in answer["routers"]}
    return answer


def writes() -> dict[str, int]:
    """How many write sentences each router has received."""
    return {name: int(router["counters"]["writes"]) for name, router in status()["routers"].items()}


def play(playbook: str, routers: set[str]) -> Run:
    """Run a playbook against the laboratory. Raises DemoError unless it reached every router and failed on none."""
    with tempfile.TemporaryDirectory() as folder:
        stats = Path(folder) / "stats.json"
        environment = {
            **os.environ,
            "ANSIBLE_CALLBACK_PLUGINS": str(ROOT / "scripts/callback"),
            "ANSIBLE_STDOUT_CALLBACK": "compact",
            "DEMO_STATS": str(stats),
        }
        start = time.monotonic()
        command = [str(BIN / "ansible-playbook"), "-i", INVENTORY, playbook]
        code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        seconds = time.monotonic() - start
        counts = json.loads(stats.read_text(encoding="utf-8")) if stats.exists() else {}
    if missing := sorted(routers - counts.keys()):
        raise DemoError(f"{playbook} did not run on {', '.join(missing)}")
    if bad := sorted(name for name in routers if counts[name]["failures"] or counts[name]["unreachable"]):
        raise DemoError(f"{playbook} failed on {', '.join(bad)}")
    if code:
        raise DemoError(f"{playbook} ended with exit status {code}")
    return Run({name: counts[name] for name in sorted(routers)}, seconds)


def demonstrate(started: float) -> None:
    """Everything between start and stop of the laboratory; ``started`` is the monotonic time of the beginning."""
    lab = status()
    names = set(lab["routers"])
    versions = ", ".join(router["version"] for router in lab["routers"].values())
    say(f"  lab         {len(names)} factory-default routers, RouterOS {versions}")

    say("  site.yml    first run: rows added or changed, by role")
    before = writes()
    first = play("playbooks/site.yml", names)
    after = writes()
    written = {name: after[name] - before[name] for name in names}
    if untouched := sorted(name for name in names if not written[name]):
        raise DemoError(f"site.yml wrote nothing to {', '.join(untouched)}")
    say(f"              done in {first.seconds:.1f} s")

    again = play("playbooks/site.yml", names)
    if changed := sorted(name for name in names if again.routers[name]["changed"]):
        raise DemoError(f"the second run of site.yml changed {', '.join(changed)}")
    if rewritten := sorted(name for name, count in writes().items() if count != after[name]):
        raise DemoError(f"the second run of site.yml says unchanged, but wrote to {', '.join(rewritten)}")
    say(f"  site.yml    second run: nothing to change, nothing written   {again.seconds:.1f} s")

    verify = play("playbooks/verify.yml", names)
    say(f"  verify.yml  every router is, and does, what its site wants    {verify.seconds:.1f} s")

    say()
    say(f"  {'router':<10} {'model':<14} {'RouterOS':<9} {'writes':>6}  {'first run':>9}  {'again':>9}  verified")
    for name, router in lab["routers"].items():
        times = (f"{run.routers[name]['seconds']:.1f} s" for run in (first, again))
        columns = "  ".join(f"{text:>9}" for text in times)
        say(f"  {name:<10} {router['model']:<14} {router['version']:<9} {written[name]:>6}  {columns}  yes")
    megabytes = status()["memory_bytes"] / 1e6
    say(f"\n  memory of the laboratory {megabytes:.0f} MB, wall time {time.monotonic() - started:.0f} s")


def interrupted(number: int, _frame: object) -> NoReturn:
    """Turn a signal into an exception, so that the laboratory is stopped on the way out."""
    raise SystemExit(128 + number)


def main() -> int:
    """Return the exit status."""
    signal.signal(signal.SIGTERM, interrupted)
    signal.signal(signal.SIGINT, interrupted)
    started = time.monotonic()
    keep = os.environ.get("KEEP", "") not in ("", "0")
    say("\n  multiwan.routeros: from factory default to working sites\n")
    try:
        routerlab("up", "--detach")
    except DemoError as problem:
        say(f"\n  demo failed: {problem}")
        return 1
    try:
        demonstrate(started)
    except DemoError as problem:
        say(f"\n  demo failed: {problem}")
        return 1
    finally:
        if keep:
            say(LOOK_AROUND)
        else:
            routerlab("down")
    say("\n  All of it held.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
