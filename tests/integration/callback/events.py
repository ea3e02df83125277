# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes every task's result as a line of JSON to the file that EVENTS names, and the counts as the last line."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.plugins.callback import CallbackBase

if TYPE_CHECKING:
    from ansible.executor.stats import AggregateStats
    from ansible.executor.task_result import CallbackTaskResult

DOCUMENTATION = """
    name: events
    type: notification
    short_description: every task's result as a line of JSON
    description: Writes to the file that the environment variable EVENTS names.
"""


class CallbackModule(CallbackBase):
    """Sees results as any callback sees them, so what is secret there would show here."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "events"

    def __init__(self) -> None:
        super().__init__()
        self._file = Path(os.environ["EVENTS"])

    def _write(self, data: dict[str, Any]) -> None:
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(data, default=str) + "\n")

    def _event(self, kind: str, result: CallbackTaskResult) -> None:
        host, task = result.host.get_name(), result.task.get_name()
        self._write({"kind": kind, "host": host, "task": task, "result": dict(result.result)})

    def v2_runner_on_ok(self, result: CallbackTaskResult) -> None:
        self._event("ok", result)

    def v2_runner_on_failed(self, result: CallbackTaskResult, ignore_errors: bool = False) -> None:
        self._event("failed", result)

    def v2_runner_on_unreachable(self, result: CallbackTaskResult) -> None:
        self._event("unreachable", result)

    def v2_playbook_on_stats(self, stats: AggregateStats) -> None:
        self._write({"kind": "stats", "hosts": {host: stats.summarize(host) for host in stats.processed}})
