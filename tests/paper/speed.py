# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables 1 and 2: ping, download, upload, with ISP2 standing by and with load balancing."""

from __future__ import annotations

from routerlab import topology

from .analysis import BROWSER_CONNECTIONS
from .laboratory import LabFailure, Laboratory, Site
from .results import Missing, Rate, Speed, SpeedRun, SpeedTest
from .scale import Scale


def measure(lab: Laboratory, at: Site, scale: Scale) -> Speed:
    """Configure the site without balancing, test, configure it with, test again. Raises LabFailure."""
    tests: list[SpeedTest] = []
    names = [link.name for link in at.links]
    for balanced in (False, True):
        lab.play(at.router, site_balance=balanced)
        # Standing by is to be seen, not believed: all connections go over the first link.
        lab.wait_carrying(at, frozenset(names if balanced else names[:1]))
        for connections in (BROWSER_CONNECTIONS, 1):
            runs = tuple(_run(lab, at, connections, scale.speed_seconds) for _number in range(scale.runs))
            tests.append(SpeedTest(balanced, connections, runs))
    return Speed(at.router, at.lan, shaped_rates(at), tuple(tests))


def _run(lab: Laboratory, at: Site, connections: int, seconds: float) -> SpeedRun | Missing:
    options = ("--connections", str(connections), "--seconds", str(seconds), "--json")
    try:
        told = lab.told("speedtest", at.router, at.lan, *options, timeout=60 + 4 * seconds)
        if told["failed"]:
            raise LabFailure(f"{told['failed']} of {connections} connections failed")
        return SpeedRun(float(told["ping_ms"]), float(told["download_mbps"]), float(told["upload_mbps"]))
    except LabFailure as failure:
        return Missing(str(failure))


def shaped_rates(at: Site) -> dict[str, Rate]:
    """What the lab shapes the site's links to, in the order of its links. Raises LabFailure for one that it does not."""
    plan = next(plan for plan in topology.load(topology.DEFAULT) if plan.name == at.router)
    rates = {}
    for link, isp in zip(at.links, plan.isps, strict=True):
        if not (isp["down"] and isp["up"] and isp["delay"]):
            raise LabFailure(f"the lab does not shape {at.router}'s {link.name}")
        rates[link.name] = Rate(isp["down"] / 1e6, isp["up"] / 1e6, isp["delay"] * 1e3)
    return rates
