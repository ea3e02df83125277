# Copyright: (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make demo``: four factory-default routers become working sites, twice in a row, and are verified.

Starts the laboratory, runs playbooks/site.yml, runs it again (nothing may change, nothing may be written), runs
playbooks/verify.yml, and stops the laboratory unless KEEP is set. Exits 0 only when all of that held.
"""

from __future__ import annotations

import os
import sys
import time

from lab_run import INVENTORY, RunError, laboratory, play, status, writes

LOOK_AROUND = f"""
  The laboratory stays up, configured. Look around:
    .venv/bin/routerlab status                 the routers, their ports, user and password
    .venv/bin/routerlab snapshot hq            the head office's whole configuration
    .venv/bin/ansible-playbook -i {INVENTORY} playbooks/drift.yml
    .venv/bin/routerlab down                   stop it"""


def say(text: str = "") -> None:
    """Print at once, so that the lines keep their place among those of the programs that are run."""
    print(text, flush=True)


def demonstrate(started: float) -> None:
    """Everything between start and stop of the laboratory; ``started`` is the time (Unix) at which ``make`` began."""
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
        raise RunError(f"site.yml wrote nothing to {', '.join(untouched)}")
    say(f"              done in {first.seconds:.1f} s")

    again = play("playbooks/site.yml", names)
    if changed := sorted(name for name in names if again.routers[name]["changed"]):
        raise RunError(f"the second run of site.yml changed {', '.join(changed)}")
    if rewritten := sorted(name for name, count in writes().items() if count != after[name]):
        raise RunError(f"the second run of site.yml says unchanged, but wrote to {', '.join(rewritten)}")
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
    say(f"\n  memory of the laboratory {megabytes:.0f} MB, wall time {time.time() - started:.0f} s")


def main() -> int:
    """Return the exit status."""
    started = float(os.environ.get("STARTED") or time.time())
    keep = os.environ.get("KEEP", "") not in ("", "0")
    say("\n  multiwan.routeros: from factory default to working sites\n")
    try:
        with laboratory(keep):
            demonstrate(started)
            if keep:
                say(LOOK_AROUND)
    except RunError as problem:
        say(f"\n  demo failed: {problem}{' (the laboratory stays up, if it was)' if keep else ''}")
        return 1
    say("\n  All of it held: configured, left alone by a second run, verified.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
