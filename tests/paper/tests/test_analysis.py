# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shares, means and times until recovery follow from the measurements."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from .. import published
from ..analysis import (
    bound,
    buckets,
    carried,
    course,
    gain,
    intended,
    promises,
    share_bound,
    spread,
    summarise,
    worst_deviation,
)
from ..results import Failover, Message, Missing, Outage, Results, Sample, ShareRun, ShareTest, SpeedRun, SpeedTest
from ..sample import sample

LINKS = ("ISP1", "ISP2")


def outage(failing: set[int], only_isp2: set[int], repaired: float = 40.0, end: int = 60) -> Outage:
    """One sample each second; in ``failing`` half of its connections fail."""
    samples = []
    for second in range(-5, end):
        links = {"ISP2": 2} if second in only_isp2 or second in failing else {"ISP1": 2, "ISP2": 2}
        samples.append(Sample(float(second), links, 2 if second in failing else 0))
    return Outage("modem", "ISP1", LINKS, repaired, tuple(samples), Missing("no"), Missing("no"))


def test_the_course_of_an_outage() -> None:
    went = course(outage(set(range(17)), set(range(17, 48))))
    assert went.recovered == 17.0
    assert (went.attempts, went.lost) == (2 * 17 + 2 * 40, 2 * 17)
    assert went.back == 8.0
    assert went.clean == 0.0


def test_an_outage_without_a_lost_connection() -> None:
    went = course(outage(set(), set(range(40))))
    assert (went.recovered, went.lost, went.back) == (0.0, 0, 0.0)


def test_an_outage_that_lasts_until_the_repair() -> None:
    went = course(outage(set(range(40)), set()))
    assert went.recovered is None
    assert went.back == 0.0


def test_failures_until_just_before_the_repair_are_no_recovery() -> None:
    assert course(outage(set(range(38)), set())).recovered is None
    assert course(outage(set(range(37)), set())).recovered == 37.0


def test_a_link_that_does_not_come_back() -> None:
    went = course(outage(set(), set(range(60))))
    assert went.back is None


def test_failures_after_the_repair() -> None:
    went = course(outage({40, 41, 42}, set()))
    assert (went.clean, went.lost_after) == (3.0, 6)
    assert course(outage(set(range(40, 60)), set())).clean is None


def test_an_outage_that_was_not_watched() -> None:
    went = course(outage(set(), set(), repaired=100.0))
    assert went.back is None
    assert went.clean is None


@given(
    st.lists(
        st.builds(
            Sample,
            st.integers(-200, 800).map(lambda tenth: tenth / 10),
            st.dictionaries(st.sampled_from(LINKS), st.integers(1, 50)),
            st.integers(0, 50),
        ),
        max_size=60,
    ),
    st.sampled_from([0.1, 0.5, 2.0]),
)
def test_buckets_lose_nothing_and_have_no_gaps(samples: list[Sample], width: float) -> None:
    found = buckets(samples, width)
    for link in LINKS:
        assert sum(s.by_link.get(link, 0) for s in found) == sum(s.by_link.get(link, 0) for s in samples)
    assert sum(s.failed for s in found) == sum(s.failed for s in samples)
    numbers = [round(s.at / width) for s in found]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else not samples


@given(st.dictionaries(st.text(min_size=1), st.integers(1, 100), min_size=1, max_size=5))
def test_intended_shares_make_a_whole(weights: dict[str, int]) -> None:
    assert sum(intended(weights).values()) == pytest.approx(100)
    run = ShareRun({link: 7 * weight for link, weight in weights.items()}, 3)
    assert carried(run, weights) == pytest.approx(intended(weights))


def _shares(*runs: ShareRun | Missing) -> ShareTest:
    return ShareTest("hq", "LAN", {"ISP1": 2, "ISP2": 1}, runs)


def test_deviations() -> None:
    test = _shares(ShareRun({"ISP1": 6800, "ISP2": 3200}, 0), ShareRun({"ISP1": 6500, "ISP2": 3500}, 0))
    assert worst_deviation(test) == pytest.approx(100 * 2 / 3 - 65)
    assert share_bound(test) == 2.0


def test_a_link_that_nobody_knows_is_a_deviation() -> None:
    test = _shares(ShareRun({"ISP1": 600, "ISP2": 300, "198.18.9.2": 100}, 0))
    assert worst_deviation(test) == pytest.approx(10)


def test_few_connections_widen_the_bound() -> None:
    assert share_bound(_shares(ShareRun({"ISP1": 60, "ISP2": 40}, 0))) == pytest.approx(4 * 100 * (2 / 9) ** 0.5 / 10)


@pytest.mark.parametrize("run", [Missing("why"), ShareRun({"ISP1": 0, "ISP2": 0}, 10), ShareRun({}, 0)])
def test_shares_of_nothing_are_none(run: ShareRun | Missing) -> None:
    assert worst_deviation(_shares(ShareRun({"ISP1": 2, "ISP2": 1}, 0), run)) is None


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20))
def test_a_mean_lies_between_the_extremes(numbers: list[float]) -> None:
    found = spread(numbers)
    assert found.least <= found.mean <= found.most
    assert found.deviation >= 0


def test_the_papers_means() -> None:
    """Table 2 prints them: 16,6 and 38,08 and 34,02."""
    summary = summarise(published.TABLE_2)
    assert summary
    means = (summary.ping_ms.mean, summary.download_mbps.mean, summary.upload_mbps.mean)
    assert means == pytest.approx((16.6, 38.08, 34.02))


def test_the_gain() -> None:
    before = SpeedTest(False, 16, (SpeedRun(16, 40, 30), SpeedRun(18, 36, 30)))
    after = SpeedTest(True, 16, (SpeedRun(16, 76, 45), Missing("why")))
    assert gain([before, after], 16) == pytest.approx((2.0, 1.5))
    assert gain([before, after], 1) is None
    assert gain([before], 16) is None


def held(results: Results) -> dict[str, bool | None]:
    return {promise.name: promise.held for promise in promises(results)}


def test_promises_that_hold() -> None:
    assert set(held(sample()).values()) == {True}
    assert bound(1) == 21
    assert bound(5) == 4.2


def with_outage(**changes: object) -> Results:
    results = sample()
    assert isinstance(results.failover, Failover)
    found = results.failover.outages["modem"]
    assert isinstance(found, Outage)
    outages = {**results.failover.outages, "modem": replace(found, **changes)}  # type: ignore[arg-type]
    return replace(results, failover=replace(results.failover, outages=outages))


def test_promises_that_do_not_hold() -> None:
    late = outage(set(range(24)), set())
    assert held(with_outage(samples=late.samples, repaired=40.0))["Failover, modem dead"] is False
    never_back = outage(set(range(10)), set(range(10, 60)))
    assert held(with_outage(samples=never_back.samples, repaired=40.0))["Failover, modem dead"] is False
    told = Message(3.0, "ISP1", "ISP1 is DOWN")
    assert held(with_outage(messages=(told,)))["Message of a link's death"] is False
    assert held(with_outage(messages=()))["Message of a link's death"] is False
    tilted = _shares(ShareRun({"ISP1": 5000, "ISP2": 5000}, 0))
    assert held(replace(sample(), shares={"2:1": tilted}))["Shares, 2:1"] is False
    slow = SpeedTest(True, 16, (SpeedRun(16, 40, 30),))
    results = sample()
    assert not isinstance(results.speed, Missing)
    tests = tuple(test for test in results.speed.tests if not (test.balanced and test.connections == 16))
    results = replace(results, speed=replace(results.speed, tests=(*tests, slow)))
    assert held(results)["Aggregate download, 16 connections"] is False


def test_what_is_missing_neither_holds_nor_fails() -> None:
    gone = Missing("the cat ate it")
    results = replace(sample(), shares={"1:1": gone}, speed=gone, failover=gone, messages=gone)
    assert set(held(results).values()) == {None}
    assert all("the cat ate it" in promise.found for promise in promises(results))
