# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking until what must hold does: rows that change by themselves, pings that get answers, and how long that is waited for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ansible_collections.multiwan.routeros.plugins.module_utils.errors import CommandFailed, InvalidEntry
from ansible_collections.multiwan.routeros.plugins.module_utils.inspection import look
from ansible_collections.multiwan.routeros.plugins.module_utils.session import Reply, Sentence


class Watched:
    """A router whose answers change with its time; ``asked`` are the sentences and their times."""

    def __init__(self, up_at: float = 0, answers: Sequence[int] = (), trap: str = "") -> None:
        self.now = 100.0
        self.up_at = self.now + up_at
        self.answers = list(answers)
        self.trap = trap
        self.asked: list[tuple[float, Sentence]] = []

    def exchange(self, sentences: Sequence[Sentence], until: float | None = None) -> list[Reply]:
        return [self._answer(said) for said in sentences]

    def pause(self, seconds: float) -> None:
        self.now += seconds

    def look(self, expected: dict[str, Any], timeout: float) -> list[str]:
        """Look with this router's own time."""
        return look("r1", self, expected, timeout, lambda: self.now, self.pause)

    @property
    def elapsed(self) -> float:
        return self.now - 100

    def _answer(self, said: Sentence) -> Reply:
        self.asked.append((self.elapsed, said))
        if self.trap:
            return Reply(traps=(self.trap,))
        if said[0] == "/tool/ping":
            received = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            return Reply(({"seq": "0", "received": "0"}, {"seq": "1", "received": str(received)}))
        active = "true" if self.now >= self.up_at else "false"
        return Reply(({".id": "*1", "comment": "a", "gateway": "10.0.0.1", "distance": "1", "active": active},))


ROUTE = {"ip route": [{"comment": "a", "active": True}]}


def ping(**how: Any) -> dict[str, Any]:
    return {"ping": [{"address": "192.0.2.1"} | how]}


def test_nothing_expected_asks_nothing_and_holds() -> None:
    router = Watched()
    assert router.look({}, 5) == []
    assert router.elapsed == 0


def test_what_comes_by_itself_is_waited_for() -> None:
    router = Watched(up_at=3)
    assert router.look({"menus": ROUTE}, 10) == []
    assert router.elapsed == 3


def test_and_not_longer_than_its_time() -> None:
    router = Watched(up_at=60)
    (problem,) = router.look({"menus": ROUTE}, 5)
    assert problem == "r1: ip route, comment=a: active should be yes, is no"
    assert router.elapsed == 5


def test_what_cannot_come_by_itself_is_not_waited_for() -> None:
    router = Watched()
    (problem,) = router.look({"menus": {"ip route": [{"comment": "a", "distance": 5}]}}, 30)
    assert problem == "r1: ip route, comment=a: distance should be 5, is 1"
    assert router.elapsed == 0


def test_a_ping_is_sent_as_asked() -> None:
    router = Watched(answers=[3])
    given = ping(interface="ISP1", src_address="198.51.100.2", vrf="blue", count=5, received=2)
    assert router.look(given, 10) == []
    words = ("=address=192.0.2.1", "=interface=ISP1", "=src-address=198.51.100.2", "=vrf=blue", "=count=5")
    assert router.asked[-1][1] == ("/tool/ping", *words)


def test_three_requests_and_one_answer_are_enough_by_default() -> None:
    router = Watched(answers=[1])
    assert router.look(ping(), 10) == []
    assert router.asked[-1][1] == ("/tool/ping", "=address=192.0.2.1", "=count=3")


def test_a_ping_is_repeated_until_it_is_answered() -> None:
    router = Watched(answers=[0, 0, 1, 3])
    assert router.look(ping(received=3), 10) == []
    assert [at for at, _said in router.asked if _said[0] == "/tool/ping"] == [0, 1, 2, 3]


def test_a_ping_that_is_not_answered_is_told() -> None:
    router = Watched(answers=[1])
    (problem,) = router.look(ping(received=2, interface="ISP1"), 4)
    assert problem == "r1: ping address=192.0.2.1 interface=ISP1 count=3: 1 answers, wanted 2"
    assert router.elapsed == 4


def test_rows_and_pings_share_the_time() -> None:
    router = Watched(up_at=6, answers=[0])
    (problem,) = router.look({"menus": ROUTE} | ping(), 8)
    assert problem.startswith("r1: ping address=192.0.2.1")
    assert router.elapsed == 8


def test_each_ping_that_fails_is_told() -> None:
    given = {"ping": [{"address": "192.0.2.1"}, {"address": "192.0.2.2"}]}
    assert [line.split()[2] for line in Watched(answers=[0]).look(given, 2)] == [
        "address=192.0.2.1",
        "address=192.0.2.2",
    ]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"ping": ["192.0.2.1"]}, "r1: ping, entry 1: expected a mapping with an address"),
        ({"ping": [{"interface": "ISP1"}]}, "r1: ping, entry 1: expected a mapping with an address"),
        (ping(ttl=3), "r1: ping, entry 1: unknown 'ttl'; it has address, interface, src_address, vrf, count, received"),
        (ping(count=0), "r1: ping, entry 1: count=0: expected a number from 1 to 100"),
        (ping(received="all"), "r1: ping, entry 1: received=all: expected a number from 1 to 100"),
        (ping(received=4), "r1: ping, entry 1: received=4: expected no more answers than requests, count=3"),
        (ping(count=101), "r1: ping, entry 1: count=101: expected a number from 1 to 100"),
    ],
)
def test_pings_that_cannot_be(given: dict[str, Any], message: str) -> None:
    router = Watched(answers=[1])
    with pytest.raises(InvalidEntry) as caught:
        router.look(given | {"menus": ROUTE}, 10)
    assert str(caught.value) == message
    assert router.asked == []


def test_a_ping_that_the_router_refuses() -> None:
    with pytest.raises(
        CommandFailed, match=r"r1: ping address=192\.0\.2\.1 interface=nil count=3: input does not match"
    ):
        Watched(trap="input does not match any value of interface").look(ping(interface="nil"), 10)


def test_pings_whose_time_is_over_are_not_sent() -> None:
    router = Watched(up_at=60, answers=[3])
    problems = router.look({"menus": ROUTE} | ping(), 5)
    assert problems[1] == "r1: ping address=192.0.2.1 count=3: not tried, the time was over"
    assert not [said for _at, said in router.asked if said[0] == "/tool/ping"]
