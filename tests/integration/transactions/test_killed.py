# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller is killed by SIGKILL at any moment, from before it begins until after its end."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ansible_collections.multiwan.routeros.plugins.module_utils.transaction import GRACE, Options
from routerlab.testing import wait_until

from .bench import Bench, Checkpoint, difference
from .site import head_office


class Controller:
    """A process that changes routers, and can be killed at it; see ``victim.py``."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("victim.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._answer() == "ready"

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def change(self, order: str, killed_after: float | None = None) -> bool:
        """Change a router; with ``killed_after`` that work is killed so many seconds after its beginning. True if it was."""
        assert self._process.stdin is not None
        self._process.stdin.write(order + "\n")
        self._process.stdin.flush()
        worker = int(self._answer())
        if killed_after is not None:
            time.sleep(killed_after)
            os.kill(worker, signal.SIGKILL)
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        status = int(self._answer())
        assert status in (0, -signal.SIGKILL)
        return status != 0

    def close(self) -> str:
        """End it; returns what all its work has said that was not killed."""
        return self._process.communicate(timeout=60)[1]


@pytest.fixture(scope="module")
def controller() -> Iterator[Controller]:
    made = Controller()
    yield made
    said = made.close().split()
    assert set(said) <= {"confirmed"}, said


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("version", "undo", "changed", "kills"),
    [
        ("7.22.3", "scheduler", False, 40),
        ("7.22.3", "scheduler", True, 40),
        ("7.12.2", "scheduler", True, 15),
        ("7.24", "both", True, 15),
        ("7.22.3", "safe_mode", True, 30),
        ("7.18.2", "safe_mode", True, 15),
    ],
)
def test_the_router_is_as_before_or_as_after_and_the_next_run_finishes(
    offices: dict[str, Bench],
    controller: Controller,
    record_property: Callable[[str, object], None],
    version: str,
    undo: str,
    changed: bool,
    kills: int,
) -> None:
    bench = offices[version]
    lab, name = bench.lab, bench.name
    lab.reset(name)
    if changed:
        assert bench.commit(bench.begin(head_office())).state == "confirmed"
    before = Checkpoint(bench)
    asked = head_office(changed)
    order = json.dumps({"port": lab.port(name), "undo": undo, "asked": [(each.scope, each.menus) for each in asked]})
    began = time.monotonic()
    assert not controller.change(order)
    lasts = time.monotonic() - began
    after = Checkpoint(bench)
    moments = random.Random(f"{version} {undo} {changed}")
    ended = {"before": 0, "after": 0}
    for number in range(kills):
        before.restore()
        moment = moments.uniform(0, 1.15 * lasts)
        if not controller.change(order, killed_after=moment):
            # the first one had a slow moment of the machine: there is nothing to kill so late
            lasts = min(lasts, moment)
        # what had reached the router is carried out
        wait_until("the dead controller's connections are gone", lambda: not lab.call(name, lambda it: it.connections))
        if number % 3:
            bench.pass_bound(60 + GRACE)
            found = bench.export
            assert found in (before.export, after.export), difference(before.export, found)
            assert bench.left_behind() == []
        jobs = [left for left in bench.left_behind() if left.startswith("job")]
        candidate, told = bench.begin_told(asked)
        # after an undo by the router the next run says so; it found the job only where it did not wait for the bound
        assert bool(told) == bool(jobs)
        found = bench.export
        assert found in (before.export, after.export)
        ended["before" if found == before.export else "after"] += 1
        outcome = bench.commit(candidate, Options(undo=undo))
        assert outcome.state == ("confirmed" if found == before.export else "unchanged")
        assert bench.export == after.export
        assert bench.left_behind() == []
    record_property("faults", {"cases": kills, "half_applied": 0, "outcomes": ended})
    assert ended["before"], "all kills came too late"
