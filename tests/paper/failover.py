# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Figure 27: the first link fails in four ways, and is repaired, while clients open connections all the time."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from librouteros.exceptions import LibRouterosError

from routerlab.internet.configuration import FLOW_PORTS
from routerlab.traffic.targets import servers

from . import holding, messages, timeline
from .analysis import WAYS, deaths_told
from .laboratory import BIN, LabFailure, Laboratory, Site, wait
from .results import Failover, Held, Message, Missing, Outage, Sample
from .scale import Scale
from .timeline import TimelineError

#: Connections that are open before the fault.
HELD = 40
#: Seconds within which a new connection has to be answered.
TIMEOUT = 2.0
HOLD_PROGRAM = Path(__file__).parent / "hold.py"


def measure(lab: Laboratory, at: Site, scale: Scale, say: Callable[[str], None]) -> Failover:
    """Let the first link fail in each way. A way that cannot be tried is Missing. Raises LabFailure."""
    addresses = {_address(lab, at, link.name): link.name for link in at.links}
    lab.routerlab("clock", "--speed", str(scale.clock))
    outages: dict[str, Outage | Missing] = {}
    for way in WAYS:
        try:
            outages[way] = _outage(lab, at, way, addresses, scale)
        except (LabFailure, TimelineError, LibRouterosError, OSError) as failure:
            outages[way] = Missing(str(failure))
        say(f"              {WAYS[way].name}")
    return Failover(at.router, at.lan, float(scale.rate), TIMEOUT, outages)


def _address(lab: Laboratory, at: Site, link: str) -> str:
    """The public address of a link, as a server tells it to the modem."""
    traffic = (str(BIN / "python"), "-m", "routerlab.traffic", "flows", "--count", "1", "--json")
    told = lab.told("client", at.router, link, "--", *traffic)
    return str(next(iter(told["by_address"])))


def _fault(lab: Laboratory, at: Site, way: str, up: bool) -> None:
    """Let the first link fail in this way, or repair it."""
    link, state = at.links[0].name, "up" if up else "down"
    if way == "disabled":
        with lab.api(at.router) as api:
            tuple(api.path("interface")("enable" if up else "disable", numbers=link))
    elif way == "unplugged":
        lab.routerlab("link", at.router, link, state)
    else:
        lab.routerlab("isp", at.router, link, way, state)


def _ready(lab: Laboratory, at: Site) -> None:
    """Wait until both links carry and netwatch finds every watched host up."""
    lab.wait_carrying(at, frozenset(link.name for link in at.links))

    def all_up() -> bool:
        with lab.api(at.router) as api:
            rows = list(api.path("tool", "netwatch"))
        return len(rows) >= len(at.links) and all(row["status"] == "up" for row in rows)

    if not wait(all_up, 60):
        raise LabFailure(f"netwatch of {at.router} does not find every link up within 60 s")


def _outage(lab: Laboratory, at: Site, way: str, addresses: dict[str, str], scale: Scale) -> Outage:
    _ready(lab, at)
    seconds = scale.before + scale.outage + scale.after
    lines = lab.folder / f"{way}-flows.jsonl", lab.folder / f"{way}-hold.jsonl"
    with ExitStack() as stack:
        flows, hold = (stack.enter_context(path.open("w+", encoding="utf-8")) for path in lines)
        holder = _start_hold(lab, at, hold, seconds)
        stack.callback(_end, holder)
        _wait_open(lines[1], holder)
        options = ("--timeline", "--duration", str(seconds), "--rate", str(scale.rate), "--timeout", str(TIMEOUT))
        opener = lab.background("flows", at.router, at.lan, *options, output=flows)
        stack.callback(_end, opener)
        time.sleep(scale.before)
        # The time before the command: what it takes counts against us.
        fault = time.time()
        _fault(lab, at, way, up=False)
        time.sleep(max(0.0, fault + scale.outage - time.time()))
        repair = time.time()
        _fault(lab, at, way, up=True)
        for name, process in (("flows", opener), ("hold.py", holder)):
            if process.wait(seconds + 60):
                raise LabFailure(f"{name} failed, see {lab.log}")
        samples = _samples(lines[0], fault)
        held = _held(lines[1], addresses, fault, repair)
    told = _told(lab, at, way, fault, repair)
    links = tuple(link.name for link in at.links)
    return Outage(way, links[0], links, round(repair - fault, 2), samples, held, told)


def _start_hold(lab: Laboratory, at: Site, output: IO[str], seconds: float) -> subprocess.Popen[str]:
    rng = random.Random()
    targets = [f"{address}:{rng.choice(FLOW_PORTS)}" for address in servers(HELD, rng)]
    command = (sys.executable, str(HOLD_PROGRAM), "--seconds", str(seconds), *targets)
    return lab.background("client", at.router, at.lan, "--", *command, output=output)


def _wait_open(path: Path, process: subprocess.Popen[str]) -> None:
    def opened() -> bool:
        return process.poll() is not None or bool(path.read_text(encoding="utf-8"))

    if not wait(opened, 30) or process.poll():
        raise LabFailure("the connections that were to be open before the fault could not be opened")


def _end(process: subprocess.Popen[str]) -> None:
    """After a failure: the client's command ends by itself when its output is gone or its time is over."""
    if process.poll() is None:
        process.terminate()
        process.wait(10)


def _samples(path: Path, fault: float) -> tuple[Sample, ...]:
    samples = timeline.parse(path.read_text(encoding="utf-8").splitlines(), fault)
    if not samples:
        raise LabFailure("flows printed no timeline")
    return samples


def _held(path: Path, addresses: dict[str, str], fault: float, repair: float) -> Held | Missing:
    try:
        return holding.judge(path.read_text(encoding="utf-8").splitlines(), addresses, fault, repair)
    except TimelineError as error:
        return Missing(str(error))


def _told(lab: Laboratory, at: Site, way: str, fault: float, repair: float) -> tuple[Message, ...] | Missing:
    """The outage's messages. A death that was told is followed by a return, for which this waits."""
    told: list[Message] = []

    def complete() -> bool:
        told[:] = messages.read(lab, at, since=fault)
        if not WAYS[way].seen:
            return True
        returned = any("UP" in message.text and message.at > repair - fault for message in told)
        return returned or not deaths_told(told, at.links[0].name)

    try:
        wait(complete, 30)
    except (LabFailure, KeyError, ValueError, json.JSONDecodeError) as failure:
        return Missing(f"what Telegram received could not be read ({failure})")
    return tuple(told)
