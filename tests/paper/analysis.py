# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What follows from the measurements: shares, means, times until recovery, and whether each promise held. Pure."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .results import Held, Message, Missing, Outage, Results, Sample, ShareRun, ShareTest, SpeedRun, SpeedTest

#: Percentage points by which a link's share may differ from the intended one, over 10,000 connections.
SHARE_POINTS = 2.0
#: Of many parallel connections over two equal links, against one link.
AGGREGATE = 1.9
#: Parallel connections of the speed test that does what a browser does.
BROWSER_CONNECTIONS = 16
#: check-gateway: a probe each 10 s, an answer within 1 s, two misses. A link that dies just after an answered probe is
#: given up when the second probe after it has timed out.
CHECK_INTERVAL, CHECK_TIMEOUT, CHECK_MISSES = 10.0, 1.0, 2
CHECK_BOUND = CHECK_INTERVAL * CHECK_MISSES + CHECK_TIMEOUT
#: Seconds granted beyond that bound: the width of a sample, and a busy machine's own delays.
GRACE = 1.0
#: An outage is over when nothing has failed for this long (seconds) before the repair.
SETTLED = 3.0


@dataclass(frozen=True)
class Way:
    """One way to fail: its name, what is done in the lab, and whether the design can see it."""

    name: str
    done: str
    seen: bool


WAYS = {
    "disabled": Way("Interface disabled", "ISP1 is disabled on the router, as in the paper, and enabled again", True),
    "unplugged": Way("Cable pulled", "the cable between router and modem is pulled out, and plugged in again", True),
    "modem": Way("Modem dead", "the modem no longer answers; the router's port keeps its carrier", True),
    "upstream": Way("ISP dead behind a live modem", "the modem answers, and nothing passes beyond it", False),
}


@dataclass(frozen=True)
class Spread:
    """Mean, least and greatest of some numbers, and their standard deviation (0 for one)."""

    mean: float
    least: float
    most: float
    deviation: float


def spread(numbers: Sequence[float]) -> Spread:
    """Summarise at least one number. Raises statistics.StatisticsError for none."""
    mean = statistics.fmean(numbers)
    deviation = statistics.stdev(numbers) if len(numbers) > 1 else 0.0
    # Rounding may put the mean of equal numbers a hair beyond them.
    return Spread(min(max(mean, min(numbers)), max(numbers)), min(numbers), max(numbers), deviation)


# Shares


def intended(weights: dict[str, int]) -> dict[str, float]:
    """Return the share in per cent that each link should carry."""
    total = sum(weights.values())
    return {link: 100 * weight / total for link, weight in weights.items()}


def carried(run: ShareRun, links: Iterable[str]) -> dict[str, float]:
    """Return the share in per cent that each link carried, of the connections that succeeded."""
    total = sum(run.by_link.values())
    return {link: 100 * run.by_link.get(link, 0) / total if total else 0.0 for link in links}


def worst_deviation(test: ShareTest) -> float | None:
    """Return the greatest distance of any link's share from the intended one in any run, in percentage points.

    None when a run is missing or carried nothing.
    """
    wanted = intended(test.weights)
    worst = 0.0
    for run in test.runs:
        if isinstance(run, Missing) or not sum(run.by_link.values()):
            return None
        shares = carried(run, wanted)
        worst = max(worst, *(abs(shares[link] - wanted[link]) for link in wanted))
        # What a link carried that the site does not know is as wrong as a share that is missing elsewhere.
        worst = max(worst, 100 - sum(shares.values()))
    return worst if test.runs else None


def share_bound(test: ShareTest) -> float:
    """Return the bound in percentage points: 2, or four standard errors when fewer connections make that more."""
    counts = [sum(run.by_link.values()) + run.failed for run in test.runs if not isinstance(run, Missing)]
    count = min(counts, default=0)
    if not count:
        return SHARE_POINTS
    error = max(math.sqrt(share * (100 - share) / count) for share in intended(test.weights).values())
    # 10,000 connections in equal shares: 4 x 0.5 points, exactly the bound.
    return max(SHARE_POINTS, 4 * error)


# Speed


@dataclass(frozen=True)
class SpeedSummary:
    """Over the runs that were measured; ``missing`` others were not."""

    ping_ms: Spread
    download_mbps: Spread
    upload_mbps: Spread
    missing: int


def summarise(runs: Sequence[SpeedRun | Missing]) -> SpeedSummary | None:
    """Return the summary, or None when no run was measured."""
    measured = [run for run in runs if not isinstance(run, Missing)]
    if not measured:
        return None
    return SpeedSummary(
        spread([run.ping_ms for run in measured]),
        spread([run.download_mbps for run in measured]),
        spread([run.upload_mbps for run in measured]),
        len(runs) - len(measured),
    )


def find_test(tests: Iterable[SpeedTest], balanced: bool, connections: int) -> SpeedTest | None:
    """Return the test of that kind, or None."""
    return next((test for test in tests if test.balanced == balanced and test.connections == connections), None)


def gain(tests: Sequence[SpeedTest], connections: int) -> tuple[float, float] | None:
    """Return how many times faster download and upload are with balancing than without, by their means."""
    found = [find_test(tests, balanced, connections) for balanced in (False, True)]
    before, after = (summarise(test.runs) if test else None for test in found)
    if not before or not after or not before.download_mbps.mean or not before.upload_mbps.mean:
        return None
    return (
        after.download_mbps.mean / before.download_mbps.mean,
        after.upload_mbps.mean / before.upload_mbps.mean,
    )


# Failover


@dataclass(frozen=True)
class Course:
    """How an outage went. Seconds; None where it did not happen while it was watched.

    ``recovered``: from the fault until every new connection succeeded. ``attempts`` and ``lost``: new connections from the
    fault to the repair. ``back``: from the repair until each link had carried a new connection. ``clean``: from the
    repair until no new connection failed any more, and ``lost_after`` those that failed since the repair.
    """

    recovered: float | None
    attempts: int
    lost: int
    back: float | None
    clean: float | None
    lost_after: int


def _until_clean(samples: Sequence[Sample], start: float, end: float) -> float | None:
    """Seconds from ``start`` until nothing fails any more; None if that is not so for SETTLED seconds before ``end``."""
    inside = [sample for sample in samples if start <= sample.at < end]
    if not inside:
        return None
    failing = [i for i, sample in enumerate(inside) if sample.failed]
    if not failing:
        return 0.0
    after = inside[failing[-1] + 1 :]
    # The attempts of a sample begin at its time or later: what failed may have begun just before the next sample.
    return after[0].at - start if after and after[0].at <= end - SETTLED else None


def course(outage: Outage) -> Course:
    """Work out how an outage went."""
    during = [sample for sample in outage.samples if 0 <= sample.at < outage.repaired]
    after = [sample for sample in outage.samples if sample.at >= outage.repaired]
    firsts = [next((sample.at for sample in after if sample.by_link.get(link)), None) for link in outage.links]
    known = [first for first in firsts if first is not None]
    lost = sum(sample.failed for sample in during)
    end = after[-1].at + 1e-9 if after else outage.repaired
    return Course(
        recovered=_until_clean(outage.samples, 0.0, outage.repaired),
        attempts=lost + sum(sum(sample.by_link.values()) for sample in during),
        lost=lost,
        back=max(known) - outage.repaired if known and len(known) == len(firsts) else None,
        clean=_until_clean(outage.samples, outage.repaired, end),
        lost_after=sum(sample.failed for sample in after),
    )


def buckets(samples: Sequence[Sample], width: float) -> list[Sample]:
    """Add samples up to buckets of ``width`` seconds that begin at multiples of it, without gaps, in order."""
    sums: dict[int, tuple[dict[str, int], int]] = {}
    for sample in samples:
        # The small addend keeps 0.3 / 0.1 from falling into bucket 2.
        number = math.floor(sample.at / width + 1e-6)
        by_link, failed = sums.get(number, ({}, 0))
        for link, count in sample.by_link.items():
            by_link[link] = by_link.get(link, 0) + count
        sums[number] = by_link, failed + sample.failed
    if not sums:
        return []
    return [Sample(number * width, *sums.get(number, ({}, 0))) for number in range(min(sums), max(sums) + 1)]


def share_of(part: dict[str, int], whole: dict[str, int]) -> float | None:
    """Return the per cent that ``part`` is of ``whole``, summed over the links; None of nothing."""
    total = sum(whole.values())
    return 100 * sum(part.values()) / total if total else None


def held_elsewhere(held: Held, link: str) -> bool:
    """Whether no connection on another link than ``link`` died."""
    return not any(count for other, count in held.dead.items() if other != link)


def deaths_told(messages: Iterable[Message], link: str) -> list[Message]:
    """Return the messages that say that ``link`` is down."""
    return [message for message in messages if link in message.text and "DOWN" in message.text.upper()]


# Promises


@dataclass(frozen=True)
class Promise:
    """What was promised and what was found; ``held`` is None when it could not be measured."""

    name: str
    wanted: str
    found: str
    held: bool | None


def _share_promise(name: str, test: ShareTest | Missing) -> Promise:
    title = f"Shares, {name}"
    if isinstance(test, Missing):
        return Promise(title, f"within {SHARE_POINTS:g} points of the intended share", test.missing, None)
    bound = share_bound(test)
    wanted = f"within {bound:.2g} points of the intended share, in every run"
    worst = worst_deviation(test)
    if worst is None:
        return Promise(title, wanted, "not every run could be measured", None)
    count = len(test.runs)
    return Promise(title, wanted, f"{worst:.2f} points at most in {count} run{'s'[: count > 1]}", worst <= bound)


def _speed_promise(results: Results) -> Promise:
    title = f"Aggregate download, {BROWSER_CONNECTIONS} connections"
    wanted = f"at least {AGGREGATE:g} times one link's"
    if isinstance(results.speed, Missing):
        return Promise(title, wanted, results.speed.missing, None)
    gains = gain(results.speed.tests, BROWSER_CONNECTIONS)
    if gains is None:
        return Promise(title, wanted, "not every speed test could be measured", None)
    return Promise(title, wanted, f"{gains[0]:.2f} times", gains[0] >= AGGREGATE)


def bound(clock: float) -> float:
    """Return check-gateway's bound in seconds, at this speed of the lab's timers."""
    return CHECK_BOUND / clock


def _failover_promise(results: Results, key: str) -> Promise:
    limit = bound(results.run.clock)
    title = f"Failover, {WAYS[key].name.lower()}"
    wanted = f"every new connection succeeds within {limit:.3g} s; each link carries again after repair"
    outage = results.failover if isinstance(results.failover, Missing) else results.failover.outages[key]
    if isinstance(outage, Missing):
        return Promise(title, wanted, outage.missing, None)
    went = course(outage)
    if went.recovered is None:
        return Promise(title, wanted, "new connections kept failing until the repair", False)
    back = (
        "a link stayed silent after repair" if went.back is None else f"all links again {went.back:.1f} s after repair"
    )
    held = went.recovered <= limit + GRACE and went.back is not None
    return Promise(title, wanted, f"{went.recovered:.1f} s; {back}", held)


def _message_promise(results: Results) -> Promise:
    title, wanted = "Message of a link's death", "arrives, and through another link"
    if isinstance(results.failover, Missing):
        return Promise(title, wanted, results.failover.missing, None)
    told, others, silent = 0, 0, []
    for key, outage in results.failover.outages.items():
        if not WAYS[key].seen:
            continue
        if isinstance(outage, Missing) or isinstance(outage.messages, Missing):
            return Promise(title, wanted, "not every outage could be watched", None)
        deaths = deaths_told(outage.messages, outage.link)
        told += len(deaths)
        others += sum(message.link != outage.link for message in deaths)
        if not deaths:
            silent.append(WAYS[key].name.lower())
    found = f"{told} arrived, {others} of them through another link"
    if silent:
        found += f"; none for: {', '.join(silent)}"
    return Promise(title, wanted, found, told > 0 and told == others and not silent)


def promises(results: Results) -> list[Promise]:
    """Return every promise of the evaluation, with what was found."""
    return [
        *(_share_promise(name, test) for name, test in results.shares.items()),
        _speed_promise(results),
        *(_failover_promise(results, key) for key, way in WAYS.items() if way.seen),
        _message_promise(results),
    ]
