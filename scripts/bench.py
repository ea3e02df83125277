# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make bench``: what things cost, as ratios, since seconds say more about the machine than about the code.

- again: the second run of site.yml, where nothing is to do, over the first, which configures factory-default routers;
- task: one ``multiwan.routeros.config`` task (in the controller's process: login, one round trip of reads, plan) over
  one ``ansible.builtin.ping`` task (a Python process spawned for it), per router.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from lab_run import RunError, laboratory, play, status

TASKS = 20
CONFIG = {"multiwan.routeros.config": {"state": "gathered", "menus": {"ip firewall mangle": [], "ip route": []}}}
PING = {"ansible.builtin.ping": {}, "connection": "local", "vars": {"ansible_python_interpreter": sys.executable}}


def seconds_per_task(task: Mapping[str, object], routers: set[str]) -> float:
    """Wall time that one more task costs, in seconds per router: Ansible's own start is taken off."""

    def run(count: int) -> float:
        tasks = [{"name": f"Task {number}", **task} for number in range(count)]
        with tempfile.TemporaryDirectory() as folder:
            playbook = Path(folder) / "bench.yml"
            playbook.write_text(
                json.dumps([{"hosts": "routers", "gather_facts": False, "tasks": tasks}]), encoding="utf-8"
            )
            return play(str(playbook), routers, quiet=True).seconds

    return (run(1 + TASKS) - run(1)) / TASKS / len(routers)


def main() -> int:
    """Return the exit status."""
    try:
        with laboratory():
            routers = set(status()["routers"])
            first = play("playbooks/site.yml", routers, quiet=True).seconds
            again = play("playbooks/site.yml", routers, quiet=True).seconds
            config, ping = seconds_per_task(CONFIG, routers), seconds_per_task(PING, routers)
    except RunError as problem:
        print(f"bench failed: {problem}")
        return 1
    for name, what, one, other in (
        ("again", "second run of site.yml / first run", again, first),
        ("task", "config task / ping task, per router", config, ping),
    ):
        print(f"{name:<6} {one / other:5.2f}   {what:<36} ({one:.3f} s / {other:.3f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
