# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole evaluation in one run."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from librouteros.exceptions import LibRouterosError

from . import connections, failover, messages, shares, speed
from .laboratory import ROOT, LabFailure, Laboratory, Site, site
from .results import (
    FORMAT,
    ConnectionTable,
    Failover,
    Message,
    Missing,
    Results,
    Run,
    ShareRun,
    ShareTest,
    Speed,
    Step,
)
from .scale import Scale

T = TypeVar("T")

#: Name of each test of shares, and its router.
SHARES = {"1:1": "hq", "2:1": "bandung", "1:1:1": "surabaya"}
OFFICE = "hq"


class Evaluation:
    """One run; ``folder`` takes the lab's state and logs, ``say`` each line for the one who waits."""

    def __init__(self, folder: Path, scale: Scale, say: Callable[[str], None]) -> None:
        self.folder = folder
        self.scale = scale
        self.say = say
        self.steps: list[Step] = []
        self.backend = "none"
        self.routers: dict[str, str] = {}

    def run(self) -> Results:
        """Measure everything; what cannot be measured is Missing with its reason."""
        started, began = datetime.now(UTC), time.monotonic()
        table, tests = self._shares()
        speeds, outages, told = self._office()
        return Results(
            format=FORMAT,
            run=Run(
                started=started.isoformat(timespec="seconds").replace("+00:00", "Z"),
                seconds=round(time.monotonic() - began, 1),
                quick=self.scale.quick,
                clock=self.scale.clock,
                backend=self.backend,
                machine=_machine(),
                kernel=f"{platform.system()} {platform.release()}",
                cpus=len(os.sched_getaffinity(0)),
                versions=_versions(),
                routers=self.routers,
                steps=tuple(self.steps),
            ),
            connections=table,
            shares=tests,
            speed=speeds,
            failover=outages,
            messages=told,
        )

    @contextmanager
    def _lab(self) -> Iterator[Laboratory]:
        """A fresh lab that carries packets. Raises LabFailure."""
        with Laboratory(self.folder) as lab:
            self.backend = lab.backend
            self.routers = {
                name: f"{router['model']}, RouterOS {router['version']}" for name, router in lab.routers.items()
            }
            if lab.backend != "kernel":
                raise LabFailure("the lab has no data plane on this machine; routerlab up --kernel tells why")
            yield lab

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            self.steps.append(Step(name, round(time.monotonic() - began, 1)))
            self.say(f"  {name:<28} {self.steps[-1].seconds:6.1f} s")

    def _attempt(self, work: Callable[[], T]) -> T | Missing:
        """Do it, or tell why it could not be done."""
        try:
            return work()
        except (LabFailure, LibRouterosError, OSError, subprocess.SubprocessError) as failure:
            self.say(f"  not measured: {failure}")
            return Missing(str(failure))

    def _shares(self) -> tuple[ConnectionTable | Missing, dict[str, ShareTest | Missing]]:
        """Each run in a lab of its own; the connections of one client in the last one."""
        sites = {name: site(router) for name, router in SHARES.items()}
        runs: dict[str, list[ShareRun | Missing]] = {name: [] for name in sites}
        table: ConnectionTable | Missing = Missing("no lab of the shares' tests came that far")
        for number in range(1, self.scale.runs + 1):
            with self._step(f"shares, run {number} of {self.scale.runs}"):
                last = number == self.scale.runs
                found = self._attempt(partial(self._share_run, sites, last))
                if isinstance(found, Missing):
                    for name in sites:
                        runs[name].append(found)
                    table = found
                else:
                    counted, table = found
                    for name in sites:
                        runs[name].append(counted[name])
        tests: dict[str, ShareTest | Missing] = {
            name: ShareTest(at.router, at.lan, at.weights, tuple(runs[name])) for name, at in sites.items()
        }
        return table, tests

    def _share_run(
        self, sites: dict[str, Site], last: bool
    ) -> tuple[dict[str, ShareRun | Missing], ConnectionTable | Missing]:
        with self._lab() as lab:
            lab.play(*(at.router for at in sites.values()))
            counted: dict[str, ShareRun | Missing] = {}
            for name, at in sites.items():
                counted[name] = self._attempt(partial(shares.measure, lab, at, self.scale.flows))
            if not last:
                return counted, Missing("this is read in the last run")
            return counted, self._attempt(lambda: connections.measure(lab, site(OFFICE)))

    def _office(self) -> tuple[Speed | Missing, Failover | Missing, tuple[Message, ...] | Missing]:
        """The head office alone: its speed without and with balancing, then its failures."""

        def measured() -> tuple[Speed | Missing, Failover | Missing, tuple[Message, ...] | Missing]:
            at = site(OFFICE)
            with self._lab() as lab:
                with self._step("ping, download, upload"):
                    speeds = self._attempt(lambda: speed.measure(lab, at, self.scale))
                with self._step("failover, four ways"):
                    outages = self._attempt(lambda: self._failover(lab, at))
                return speeds, outages, self._attempt(lambda: messages.read(lab, at))

        found = self._attempt(measured)
        return (found, found, found) if isinstance(found, Missing) else found

    def _failover(self, lab: Laboratory, at: Site) -> Failover:
        # The speed tests may have ended halfway.
        lab.play(at.router)
        return failover.measure(lab, at, self.scale, self.say)


def _machine() -> str:
    """The processor's name, where the kernel tells one."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
    return f"{names[0]} ({platform.machine()})" if names else platform.machine()


def _versions() -> dict[str, str]:
    """The versions of what took part; a program that does not tell its own says so."""
    found = {name: version(name) for name in ("ansible-core", "librouteros", "routerlab", "pyroute2", "matplotlib")}
    found["Python"] = platform.python_version()
    programs = {"nftables": ("nft", "--version"), "dnsmasq": ("dnsmasq", "--version"), "iproute2": ("ip", "-V")}
    for name, command in programs.items():
        found[name] = _first_line(*command)
    found["this project"] = _first_line("git", "describe", "--always", "--dirty")
    return found


def _first_line(*command: str) -> str:
    environment = {**os.environ, "PATH": f"{os.environ.get('PATH', os.defpath)}{os.pathsep}/usr/sbin{os.pathsep}/sbin"}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, cwd=ROOT, env=environment, timeout=20
        )
    except (OSError, subprocess.SubprocessError):
        return "it did not tell"
    return next(iter(done.stdout.splitlines()), "it did not tell")
