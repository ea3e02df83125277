# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How netwatch weighs what came back; the packets themselves are a fake's."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routerlab import seed
from routerlab.messages import Trap
from routerlab.model.router import Router
from routerlab.plane.base import Outcome
from routerlab.plane.kernel import KernelPlane
from routerlab.plane.watching import WatchTest
from routerlab.script.machine import FetchRequest, FetchResult
from routerlab.testing import bare_router
from routerlab.version import NEWEST
from routerlab.world.clock import FASTEST, Clock


@dataclass
class FakePlane:
    """Answers from lists; what was asked is kept."""

    trips: list[float | None] = field(default_factory=list)
    connected: float | None = None
    fetched: FetchResult | Trap | None = None
    names: dict[str, str] = field(default_factory=dict)
    asked: list[Any] = field(default_factory=list)

    def real_timeout(self, router: Router, seconds: float) -> float:
        return seconds

    async def echo(self, address: str, **options: Any) -> float | None:
        self.asked.append((address, options))
        return self.trips.pop(0)

    async def connect(self, address: str, port: int, timeout: float) -> float | None:
        self.asked.append((address, port, timeout))
        return self.connected

    async def resolve(self, router: Router, name: str, server: str) -> str:
        self.asked.append((name, server))
        if name not in self.names:
            raise Trap("failure: dns name does not exist")
        return self.names[name]

    async def fetch(self, router: Router, request: FetchRequest) -> FetchResult:
        self.asked.append(request)
        assert self.fetched is not None
        if isinstance(self.fetched, Trap):
            raise self.fetched
        return self.fetched


def outcome_of(plane: FakePlane, words: str) -> Outcome:
    """One test of a watch with these properties."""
    clock = Clock()
    clock.speed = FASTEST
    router = bare_router("r", NEWEST.text, clock=clock)
    seed.apply(router, f"/tool netwatch add {words}")
    (row,) = router.tables["tool netwatch"]
    return asyncio.run(WatchTest(cast(KernelPlane, plane), router, row).run())


def test_one_request_is_enough_for_the_simple_type() -> None:
    plane = FakePlane([0.01])
    assert outcome_of(plane, "host=192.0.2.1 timeout=700ms src-address=192.0.2.9").up
    assert plane.asked == [("192.0.2.1", {"timeout": 0.7, "src": "192.0.2.9"})]
    assert not outcome_of(FakePlane([None]), "host=192.0.2.1").up


def test_a_name_is_resolved_first() -> None:
    """One that nobody knows is a failed test, and no fault of the lab."""
    plane = FakePlane([0.01], names={"a.example": "192.0.2.7"})
    assert outcome_of(plane, "host=a.example").up
    assert plane.asked[1][0] == "192.0.2.7"
    assert not outcome_of(FakePlane(), "host=a.example").up


@pytest.mark.parametrize(
    ("trips", "words", "up"),
    [
        ([0.01] * 10, "", True),
        ([0.01] * 2 + [None] * 8, "", True),
        ([0.01] + [None] * 9, "", False),
        ([None] * 10, "", False),
        ([0.01] * 9 + [None], "thr-loss-percent=10", False),
        ([0.01] * 9 + [None], "thr-loss-percent=11", True),
        ([0.01] * 9 + [None], "thr-loss-count=1", False),
        ([0.01] * 9 + [None], "thr-loss-count=2", True),
        ([0.11] * 10, "", False),
        ([0.11] * 10, "thr-avg=120ms", True),
        ([0.01] * 9 + [1.1], "thr-avg=10s thr-jitter=10s thr-stdev=10s", False),
        ([0.01] * 9 + [0.9], "thr-avg=10s", False),
        ([0.01] * 9 + [0.9], "thr-avg=10s thr-stdev=10s", True),
        ([0.01, 0.05] * 5, "thr-jitter=30ms", False),
        ([0.01, 0.05] * 5, "thr-jitter=50ms", True),
    ],
)
def test_thresholds_of_icmp(trips: list[float | None], words: str, up: bool) -> None:
    """Defaults of the manual: 85 % lost, 100 ms on average, 1 s at most, 250 ms of deviation, 1 s of jitter."""
    assert outcome_of(FakePlane(list(trips)), f"host=192.0.2.1 type=icmp {words}").up is up


@given(st.lists(st.none() | st.floats(0.0001, 2), min_size=1, max_size=8))
def test_facts_of_icmp(trips: list[float | None]) -> None:
    """They add up, whatever came back."""
    plane = FakePlane(list(trips))
    facts = outcome_of(plane, f"host=192.0.2.1 type=icmp packet-count={len(trips)} packet-size=100 ttl=9").facts
    assert int(facts["sent-count"]) == len(trips)
    assert int(facts["response-count"]) + int(facts["loss-count"]) == len(trips)
    answered = [trip for trip in trips if trip is not None]
    assert ("rtt-avg" in facts) is bool(answered)
    assert facts["loss-percent"].endswith("%")
    assert all(options["size"] == 100 and options["ttl"] == 9 for _address, options in plane.asked)


def test_tcp() -> None:
    """As long as connecting takes no longer than it may."""
    plane = FakePlane(connected=0.5)
    outcome = outcome_of(plane, "host=192.0.2.1 type=tcp-conn port=8080")
    assert outcome.up
    assert outcome.facts == {"tcp-connect-time": "500ms"}
    assert plane.asked == [("192.0.2.1", 8080, 3.0)]
    assert not outcome_of(FakePlane(connected=1.5), "host=192.0.2.1 type=tcp-conn").up
    assert not outcome_of(FakePlane(connected=None), "host=192.0.2.1 type=tcp-conn").up


@pytest.mark.parametrize(
    ("result", "words", "up", "code"),
    [
        (FetchResult(code=200, duration=0.1), "", True, "200"),
        (FetchResult(code=200, duration=11), "", False, "200"),
        (FetchResult(code=200, duration=0.1), "http-codes=201-299", False, "200"),
        (Trap("failure: Status 404, Not Found"), "", False, "404"),
        (Trap("failure: Status 404, Not Found"), "http-codes=404", True, "404"),
        (Trap("failure: connection timeout"), "", False, None),
    ],
)
def test_http(result: FetchResult | Trap, words: str, up: bool, code: str | None) -> None:
    """By the answer's code and the time that it took."""
    outcome = outcome_of(FakePlane(fetched=result), f"host=192.0.2.1 type=http-get {words}")
    assert outcome.up is up
    assert outcome.facts.get("http-status-code") == code


@pytest.mark.parametrize(
    ("words", "url", "check"),
    [
        ("type=http-get", b"http://192.0.2.1:80/", "no"),
        ("type=https-get", b"https://192.0.2.1:443/", "no"),
        ("type=https-get port=8443 check-certificate=yes", b"https://192.0.2.1:8443/", "yes"),
    ],
)
def test_what_is_fetched(words: str, url: bytes, check: str) -> None:
    """The root of the server, at the scheme's port unless another is written."""
    plane = FakePlane(fetched=FetchResult())
    outcome_of(plane, f"host=192.0.2.1 {words}")
    (request,) = plane.asked
    assert (request.url, request.check_certificate) == (url, check)


def test_dns() -> None:
    """Whether the name is known, to the server that is named."""
    plane = FakePlane(names={"a.example": "192.0.2.7"})
    assert outcome_of(plane, "host=a.example type=dns dns-server=9.9.9.9").up
    assert plane.asked == [("a.example", "9.9.9.9")]
    assert not outcome_of(FakePlane(), "host=a.example type=dns").up
