# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows how far a run has come, also while a single task takes long."""

from __future__ import annotations

DOCUMENTATION = r"""
name: progress
type: notification
short_description: How far a run over many sites has come, also while a single task takes long
version_added: 0.1.0
author: multiwan.routeros contributors (@multiwan)
description:
  - Shows how many sites are done, in work, left and failed, for how long the run has gone on, about how long it will still
    take, and what is being done at the sites in work, such as writing, or waiting until the router has taken a change back.
  - On a terminal this is one line below all others, drawn anew each second. Elsewhere, as in a CI system, under ansible-runner or
    AWX, it is a line among the others at the beginning of a batch and each O(interval) seconds in between.
  - At the end a line for each site tells how many seconds its tasks took and what became of it.
  - The estimate is made from the batches that have ended (C(serial)). Before the first one has, there is none.
  - It works with any strategy, and never makes a run fail. When something goes wrong in it, it warns and shows nothing more.
requirements:
  - enabled in the configuration, C(callbacks_enabled = multiwan.routeros.progress)
options:
  mode:
    description:
      - V(live) draws the line on the terminal, V(plain) writes lines, V(none) shows nothing before the end.
      - V(auto) is V(live) where standard output and standard error are a terminal that nobody records, else V(plain).
    type: str
    choices: [auto, live, plain, none]
    default: auto
    env:
      - name: ANSIBLE_ROUTEROS_PROGRESS_MODE
    ini:
      - section: callback_routeros_progress
        key: mode
  interval:
    description: Seconds between two lines in the mode V(plain), at least 1.
    type: int
    default: 30
    env:
      - name: ANSIBLE_ROUTEROS_PROGRESS_INTERVAL
    ini:
      - section: callback_routeros_progress
        key: interval
  summary:
    description: Whether to tell at the end what became of each site.
    type: bool
    default: true
    env:
      - name: ANSIBLE_ROUTEROS_PROGRESS_SUMMARY
    ini:
      - section: callback_routeros_progress
        key: summary
"""

EXAMPLES = r"""
# ansible.cfg
# [defaults]
# callbacks_enabled = multiwan.routeros.progress
# [callback_routeros_progress]
# interval = 60
"""

import atexit
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, cast

from ansible import constants, context
from ansible.plugins.callback import CallbackBase

from ansible_collections.multiwan.routeros.plugins.module_utils.progress import Progress
from ansible_collections.multiwan.routeros.plugins.module_utils.status_line import StatusLine
from ansible_collections.multiwan.routeros.plugins.module_utils.steps import Steps

if TYPE_CHECKING:
    from ansible.executor.stats import AggregateStats
    from ansible.executor.task_result import CallbackTaskResult
    from ansible.inventory.host import Host
    from ansible.playbook import Playbook
    from ansible.playbook.play import Play
    from ansible.playbook.task import Task

_TRANSACTION = "multiwan.routeros.transaction"
_STATES = {
    "begin": "reading the router",
    "commit": "committing",
    "abort": "taking the change back",
    "status": "looking for open changes",
}
_REDRAW = 1.0
"""Seconds after which the line on a terminal is drawn anew."""

_ASKING = ("pause", "ansible.builtin.pause", "ansible.legacy.pause")
"""Tasks that may wait for a key; nothing is drawn meanwhile."""

P = ParamSpec("P")


def _never_fails(
    method: Callable[Concatenate[CallbackModule, P], None],
) -> Callable[Concatenate[CallbackModule, P], None]:
    """Let an error in *method* end the progress with a warning, and leave the run alone."""

    @wraps(method)
    def guarded(self: CallbackModule, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            with self._lock:
                method(self, *args, **kwargs)
        except Exception as error:
            self.give_up(error)

    return cast("Callable[Concatenate[CallbackModule, P], None]", guarded)


class CallbackModule(CallbackBase):
    """Hands what Ansible tells to Progress, and shows its lines from a thread of its own."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "multiwan.routeros.progress"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.RLock()
        self._progress: Progress | None = None
        self._line: StatusLine | None = None
        self._ended = threading.Event()
        self._mode = "none"
        self._quiet = False
        atexit.register(self._close)

    def _option(self, name: str) -> Any:
        return self.get_option(name)  # type: ignore[no-untyped-call]

    # The run

    @_never_fails
    def v2_playbook_on_start(self, playbook: Playbook) -> None:
        """Begin, and let the thread show what there is to see."""
        self._close()
        self._progress = Progress(time.monotonic(), int(context.CLIARGS.get("forks") or 5))
        self._ended = threading.Event()
        self._mode = self._chosen_mode()
        if self._mode == "live":
            # Ansible holds this lock whenever it writes, and while it forks
            lock = getattr(self._display, "_lock", nullcontext())
            self._line = StatusLine(sys.stderr, (sys.stdout, sys.stderr), lock)
        if self._mode != "none":
            pause = _REDRAW if self._mode == "live" else float(max(1, self._option("interval")))
            threading.Thread(target=self._tick, args=(self._ended, pause), name="progress", daemon=True).start()

    @_never_fails
    def v2_playbook_on_vars_prompt(self, *_args: Any, **_kwargs: Any) -> None:
        """Ansible asks for a variable of the play that comes; nothing is drawn until that begins."""
        self._quiet = True
        if self._line is not None:
            self._line.erase()

    @_never_fails
    def v2_playbook_on_play_start(self, play: Play) -> None:
        """A batch begins: Ansible starts the same play anew for each."""
        if self._progress is None:
            return
        self._quiet = play.strategy.rpartition(".")[2] == "debug"
        hosts = play.get_variable_manager().get_vars(play=play)
        names, batch = hosts["ansible_play_hosts_all"], hosts["ansible_play_batch"]
        first = not self._progress.sites
        # ansible-runner lengthens the id of a play that begins again
        self._progress.batch(str(play._uuid)[:36], names, batch, play.serial, time.monotonic())
        if self._mode == "plain" and not first:
            self._say()

    @_never_fails
    def v2_playbook_on_no_hosts_remaining(self) -> None:
        """The batch is given up."""
        if self._progress is not None:
            self._progress.no_more(time.monotonic())

    @_never_fails
    def v2_playbook_on_stats(self, stats: AggregateStats) -> None:
        """Tell what became of each site."""
        self._close()
        progress, self._progress = self._progress, None
        if progress is None:
            return
        counts = {host: stats.summarize(host) for host in stats.processed}
        progress.end(
            {host: bool(each["failures"] or each["unreachable"]) for host, each in counts.items()}, time.monotonic()
        )
        if self._option("summary") and (lines := progress.summary()):
            colors = {
                "good": constants.COLOR_OK,  # type: ignore[attr-defined]
                "changed": constants.COLOR_CHANGED,  # type: ignore[attr-defined]
                "bad": constants.COLOR_ERROR,  # type: ignore[attr-defined]
            }
            self._display.banner("SITES")
            for text, kind in lines:
                self._display.display(text, color=colors[kind])

    # The tasks

    @_never_fails
    def v2_runner_on_start(self, host: Host, task: Task) -> None:
        """A task begins on a site."""
        if self._progress is not None:
            self._quiet = self._quiet or task.action in _ASKING
            self._progress.start(host.get_name(), str(task._uuid), _step(task), time.monotonic())

    @_never_fails
    def v2_runner_retry(self, result: CallbackTaskResult) -> None:
        """A task is tried again."""
        if self._progress is not None:
            told = result.result
            self._progress.retry(result.host.get_name(), int(told.get("attempts", 1)) + 1, int(told.get("retries", 1)))

    @_never_fails
    def v2_runner_on_ok(self, result: CallbackTaskResult) -> None:
        """A task has ended well."""
        self._ended_well(result)

    @_never_fails
    def v2_runner_on_skipped(self, result: CallbackTaskResult) -> None:
        """A task was skipped."""
        self._ended_well(result)

    @_never_fails
    def v2_runner_on_failed(self, result: CallbackTaskResult, ignore_errors: bool = False) -> None:
        """A task has failed."""
        if ignore_errors:
            self._ended_well(result)
        else:
            self._failed(result)

    @_never_fails
    def v2_runner_on_unreachable(self, result: CallbackTaskResult) -> None:
        """A site could not be reached."""
        if result.task.ignore_unreachable:
            self._ended_well(result)
        else:
            self._failed(result)

    def _ended_well(self, result: CallbackTaskResult) -> None:
        if self._progress is not None:
            name, task, told = self._parts(result)
            self._progress.result(name, task, told, time.monotonic(), _is_transaction(result.task))

    def _failed(self, result: CallbackTaskResult) -> None:
        if self._progress is not None:
            name, task, told = self._parts(result)
            title, mine = result.task.get_name(), _is_transaction(result.task)
            self._progress.failure(name, task, title, told, time.monotonic(), mine)

    def _parts(self, result: CallbackTaskResult) -> tuple[str, str, Mapping[str, Any]]:
        if result.task.action in _ASKING:
            self._quiet = False
        return result.host.get_name(), str(result.task._uuid), result.result

    # What is shown

    def _chosen_mode(self) -> str:
        mode = str(self._option("mode"))
        if mode != "auto":
            return mode
        # ansible-runner gives its child a terminal whose output it keeps; --step asks before each task
        recorded = "AWX_ISOLATED_DATA_DIR" in os.environ or os.environ.get("TERM", "dumb") == "dumb"
        terminal = sys.stdout.isatty() and sys.stderr.isatty() and not recorded and not context.CLIARGS.get("step")
        return "live" if terminal else "plain"

    def _tick(self, ended: threading.Event, pause: float) -> None:
        while not ended.wait(pause):
            self._show(ended)

    @_never_fails
    def _show(self, ended: threading.Event) -> None:
        if ended.is_set() or self._quiet or self._progress is None or not self._progress.sites:
            return
        if self._line is None:
            self._say()
        else:
            self._line.draw(self._text())

    def _text(self) -> str:
        if self._progress is None:
            return ""
        folder = constants.DEFAULT_LOCAL_TMP  # type: ignore[attr-defined]
        return self._progress.line(time.monotonic(), lambda name: Steps(folder, name).told())

    def _say(self) -> None:
        """Write a line among the others, at once: what a pipe keeps back tells nobody anything."""
        self._display.display(f"progress: {self._text()}")
        sys.stdout.flush()

    def _close(self) -> None:
        """End the thread and the line; it may be called at any time, and again."""
        with self._lock:
            self._ended.set()
            line, self._line = self._line, None
            if line is not None:
                line.close()

    def give_up(self, error: Exception) -> None:
        """Show nothing any more, and say why."""
        if not self.disabled:
            self.disabled = True
            self._close()
            self._display.warning(f"multiwan.routeros.progress shows nothing any more: {type(error).__name__}: {error}")


def _is_transaction(task: Task) -> bool:
    # what a routed module resolves to is the action plugin of them all
    return task.action == _TRANSACTION or (
        task.action == "transaction" and str(task.resolved_action).startswith("multiwan.routeros.")
    )


def _step(task: Task) -> str:
    """Return what a task does, in words: what a transaction is at, or the role, or what the task is called."""
    if _is_transaction(task):
        return _STATES.get(str(task.args.get("state")), "transaction")
    role = task._role.get_name(include_role_fqcn=False) if task._role is not None else ""
    return role or str(task.get_name(include_role_fqcn=False))
