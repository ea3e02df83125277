# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Invented results of the right shape, for the report's tests and for whoever changes how it looks.

They are drawn from a fixed seed and marked as invented; no measurement ever takes its numbers from here.
"""

from __future__ import annotations

import random

from .results import (
    FORMAT,
    Connection,
    ConnectionTable,
    Failover,
    Held,
    Message,
    Missing,
    Outage,
    Rate,
    Results,
    Run,
    Sample,
    ShareRun,
    ShareTest,
    Speed,
    SpeedRun,
    SpeedTest,
    Step,
)

LINKS = ("ISP1", "ISP2")
_REPAIRED, _END = 45.0, 75.0


def sample(seed: int = 1) -> Results:
    """Return invented results, complete except for one speed test."""
    dice = random.Random(seed)
    outages: dict[str, Outage | Missing] = {
        "disabled": _outage(dice, "disabled", 0.0, 3.5),
        "unplugged": _outage(dice, "unplugged", 0.4, 4.2),
        "modem": _outage(dice, "modem", 17.3, 8.1),
        "upstream": _outage(dice, "upstream", None, 0.2),
    }
    return Results(
        format=FORMAT,
        run=_run(),
        connections=ConnectionTable("hq", "172.16.10.254", tuple(_connection(dice, i) for i in range(14))),
        shares={
            "1:1": _shares(dice, "hq", "LAN-Lt.1", {"ISP1": 1, "ISP2": 1}),
            "2:1": _shares(dice, "bandung", "LAN", {"ISP1": 2, "ISP2": 1}),
            "1:1:1": _shares(dice, "surabaya", "LAN-Kantor", {"ISP1": 1, "ISP2": 1, "ISP3": 1}),
        },
        speed=Speed(
            "hq",
            "LAN-Lt.1",
            {link: Rate(38.08, 34.02, 8.3) for link in LINKS},
            tuple(_speed(dice, balanced, count) for count in (16, 1) for balanced in (False, True)),
        ),
        failover=Failover("hq", "LAN-Lt.1", 40.0, 2.0, outages),
        messages=(
            Message(0.0, "ISP1", "✅ Trans Coffee HQ: ISP1 (Fiberstar) is UP\nHost: 192.168.40.1\nDate: 2026-11-22"),
            Message(0.3, "ISP2", "✅ Trans Coffee HQ: ISP2 (Maxindu) is UP\nHost: 192.168.20.1\nDate: 2026-11-22"),
            Message(
                130.8, "ISP2", "❌ Trans Coffee HQ: ISP1 (Fiberstar) is DOWN\nHost: 192.168.40.1\nDate: 2026-11-22"
            ),
            Message(176.9, "ISP1", "✅ Trans Coffee HQ: ISP1 (Fiberstar) is UP\nHost: 192.168.40.1\nDate: 2026-11-22"),
        ),
    )


def _run() -> Run:
    steps = (Step("lab and site.yml", 11.2), Step("shares", 290.4), Step("speed", 261.7), Step("failover", 321.0))
    return Run(
        started="2026-11-22T15:04:05Z",
        seconds=884.3,
        quick=False,
        clock=1.0,
        backend="invented",
        machine="no machine: invented numbers",
        kernel="Linux 6.18.0",
        cpus=2,
        versions={"ansible-core": "2.19.14", "librouteros": "4.2.2", "routerlab": "0.1"},
        routers={"hq": "RB1100AHx4, RouterOS 7.22.3", "bandung": "RB750Gr3, RouterOS 7.12.2"},
        steps=steps,
    )


def _connection(dice: random.Random, number: int) -> Connection:
    established = number % 4 > 0
    return Connection(
        flags="SACs",
        source=f"172.16.10.254:{50000 + dice.randrange(9999)}",
        destination=f"142.250.{dice.randrange(256)}.{dice.randrange(1, 255)}:443",
        protocol="tcp",
        mark=dice.choice(("ISP-1", "ISP-2")),
        timeout="23h59m52s" if established else "6s",
        state="established" if established else "time-wait",
        rates=(0, 0) if number % 3 else (328, 416),
        bytes=(dice.randrange(900, 9000), dice.randrange(900, 90000)),
    )


def _shares(dice: random.Random, router: str, lan: str, weights: dict[str, int]) -> ShareTest:
    runs = []
    for _run in range(5):
        drawn = dice.choices(list(weights), list(weights.values()), k=10000)
        runs.append(ShareRun({link: drawn.count(link) for link in weights}, 0))
    return ShareTest(router, lan, weights, tuple(runs))


def _speed(dice: random.Random, balanced: bool, connections: int) -> SpeedTest:
    factor = 1.97 if balanced and connections > 1 else 1.0
    runs: list[SpeedRun | Missing] = [
        SpeedRun(
            round(dice.gauss(17.1, 0.2), 2),
            round(dice.gauss(36.2, 0.3) * factor, 2),
            round(dice.gauss(32.4, 0.3) * factor, 2),
        )
        for _run in range(5)
    ]
    if balanced and connections == 1:
        runs[3] = Missing("no answer from the speed test's server")
    return SpeedTest(balanced, connections, tuple(runs))


def _outage(dice: random.Random, way: str, noticed: float | None, back: float) -> Outage:
    samples = []
    for tenth in range(-100, int(_END * 10)):
        at = tenth / 10
        drawn = dice.choices(LINKS, k=4)
        by_link = {link: drawn.count(link) for link in LINKS if link in drawn}
        failed = 0
        if 0 <= at < _REPAIRED + back:
            lost = by_link.pop("ISP1", 0)
            if noticed is None or at < noticed or (way == "modem" and at > _REPAIRED + back - 0.2):
                failed = lost
            elif lost:
                by_link["ISP2"] = by_link.get("ISP2", 0) + lost
        samples.append(Sample(at, by_link, failed))
    told: tuple[Message, ...] = ()
    if noticed is not None:
        told = (
            Message(noticed + 8.2, "ISP2", "❌ Trans Coffee HQ: ISP1 (Fiberstar) is DOWN\nHost: 192.168.40.1"),
            Message(_REPAIRED + back + 1.4, "ISP1", "✅ Trans Coffee HQ: ISP1 (Fiberstar) is UP\nHost: 192.168.40.1"),
        )
    held = Held({"ISP1": 21, "ISP2": 19}, {"ISP1": 21}, {"ISP1": 0 if way == "upstream" else 20})
    return Outage(way, "ISP1", LINKS, _REPAIRED, tuple(samples), held, told)
