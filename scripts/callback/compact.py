# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible output for the demo: one line for each task that changed something, every failure in full.

What a program wants to know goes to the JSON file named by the environment variable DEMO_STATS:
``{"hq": {"ok": 6, "changed": 6, "failures": 0, "unreachable": 0, "commands": 93, "seconds": 1.2}, ...}``, where
commands counts the RouterOS commands that modules report and seconds adds up the router's tasks.
"""

from __future__ import annotations

import json
import os
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.plugins.callback import CallbackBase

if TYPE_CHECKING:
    from ansible.executor.stats import AggregateStats
    from ansible.executor.task_result import CallbackTaskResult
    from ansible.inventory.host import Host
    from ansible.playbook.play import Play
    from ansible.playbook.task import Task

DOCUMENTATION = """
    name: compact
    type: stdout
    short_description: one line for each task that changed something
    description: Prints what changed and what failed; writes the counts to the file that DEMO_STATS names.
"""

TASK_WIDTH = 20


class CallbackModule(CallbackBase):
    """Collects the hosts' results of one task, and prints them as one line when the next one starts."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "compact"

    def __init__(self) -> None:
        super().__init__()
        self._task = ""
        self._changes: dict[str, str] = {}
        self._order: dict[str, None] = {}
        self._started: dict[tuple[str, str], float] = {}
        self._commands: dict[str, int] = defaultdict(int)
        self._seconds: dict[str, float] = defaultdict(float)

    def _print_task(self) -> None:
        if self._changes:
            # A column for each host, as in the inventory and not as they happened to finish.
            columns = ((host, self._changes.get(host, "")) for host in self._order)
            line = "   ".join(f"{host if what else '':<{len(host)}} {what:<3}" for host, what in columns)
            self._display.display(f"      {self._task:<{TASK_WIDTH}} {line}".rstrip())
        self._changes = {}

    def _finished(self, result: CallbackTaskResult) -> tuple[str, dict[str, Any]]:
        self._handle_warnings_and_exception(result)
        host = result.host.get_name()
        started = self._started.pop((host, result.task._uuid), None)
        if started is not None:
            self._seconds[host] += time.monotonic() - started
        return host, dict(result.result)

    def _complain(self, what: str, host: str, details: dict[str, Any]) -> None:
        self._print_task()
        messages = [str(details.get("msg", "no message"))]
        messages += [str(item.get("msg", "")) for item in details.get("results", []) if item.get("failed")]
        text = "\n".join(messages).replace("\n", "\n        ")
        self._display.display(f"      {what}  {host}: {self._task}\n        {text}", color="red")

    def v2_playbook_on_play_start(self, play: Play) -> None:
        """End the play before."""
        self._print_task()

    def v2_playbook_on_task_start(self, task: Task, is_conditional: bool) -> None:
        """End the task before; name this one."""
        self._print_task()
        role = task._role.get_name(include_role_fqcn=False) if task._role else ""
        self._task = role or task.get_name()

    def v2_runner_on_start(self, host: Host, task: Task) -> None:
        """Take the time."""
        self._order.setdefault(host.get_name())
        self._started[host.get_name(), task._uuid] = time.monotonic()

    def v2_runner_on_ok(self, result: CallbackTaskResult) -> None:
        """Note what changed."""
        host, details = self._finished(result)
        if details.get("changed"):
            commands = details.get("commands", [])
            self._commands[host] += len(commands)
            self._changes[host] = f"+{len(commands)}" if commands else "changed"

    def v2_runner_on_failed(self, result: CallbackTaskResult, ignore_errors: bool = False) -> None:
        """Tell a failure in full, unless the playbook expects it."""
        host, details = self._finished(result)
        if not ignore_errors:
            self._complain("FAILED", host, details)

    def v2_runner_on_unreachable(self, result: CallbackTaskResult) -> None:
        """Tell why a router is not reached."""
        self._complain("UNREACHABLE", *self._finished(result))

    def v2_playbook_on_stats(self, stats: AggregateStats) -> None:
        """Write the counts."""
        self._print_task()
        counts = {
            host: {
                **{name: stats.summarize(host)[name] for name in ("ok", "changed", "failures", "unreachable")},
                "commands": self._commands[host],
                "seconds": round(self._seconds[host], 3),
            }
            for host in sorted(stats.processed)
        }
        if path := os.environ.get("DEMO_STATS"):
            Path(path).write_text(json.dumps(counts), encoding="utf-8")
