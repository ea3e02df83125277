# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A link dies while connections are opened all the time, and comes back; nobody commands anything but the fault.

The lab's timers run faster than the clock on the wall: check-gateway's bound shrinks with them, time-outs of packets do
not.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from routerlab.testing import Lab, wait_until
from routerlab.wire import Wire

from .conftest import Sites
from .packets import Moment, Stream, Talk, carried, failed

SPEED = 5
#: check-gateway: a probe every 10 s, 1 s for an answer, two misses; the first probe can be a whole interval away.
BOUND = 10 + 10 + 1
#: What the lab itself and a busy machine take on top, in seconds of the wall; twice the bound is still too long.
SLACK = 4.0
#: How many connections tell that a link carries all of them, or half of them.
ENOUGH = 100
#: Connections that stay open.
CONNECTIONS = 40


def _interface(lab: Lab, up: bool) -> None:
    with Wire(lab.port("hq")) as wire:
        wire.login()
        assert wire.talk("/interface/enable" if up else "/interface/disable", "=numbers=ISP1") == [["!done"]]


def _cable(lab: Lab, up: bool) -> None:
    lab.link("hq", "ether1", up=up)


def _modem(lab: Lab, up: bool) -> None:
    lab.isp("hq", "ether1", gateway=up)


def _upstream(lab: Lab, up: bool) -> None:
    lab.isp("hq", "ether1", upstream=up)


def _begun(moments: list[Moment]) -> int:
    """How many connections were opened."""
    return sum(moment.ok + moment.failed for moment in moments)


def _many(moments: list[Moment]) -> list[Moment]:
    """The moments, once enough connections were opened in them."""
    return moments if _begun(moments) >= ENOUGH else []


def _moved(moments: list[Moment]) -> float:
    """Since when all connections have gone through ISP2, once there are enough of them; 0 before."""
    others = [at for at, moment in enumerate(moments, 1) if moment.failed or moment.ok > moment.by_link["ISP2"]]
    since = _many(moments[max(others, default=0) :])
    return since[0].at if since else 0.0


def _both_carry(lab: Lab) -> bool:
    counted = lab.flows("hq", "LAN-Lt.1", "--count", "40", "--timeout", "1")
    return counted["failed"] == 0 and min(counted["ISP1"], counted["ISP2"]) > 0


@pytest.mark.parametrize("fault", [_interface, _cable, _modem])
def test_new_connections_move_to_the_living_link_and_back(packets: Sites, fault: Callable[[Lab, bool], None]) -> None:
    lab = packets.lab
    lab.speed(SPEED)
    with Stream(lab, "hq", "LAN-Lt.1") as stream:
        wait_until("both links carry connections", lambda: min(carried(stream.moments).values(), default=0) > 10)
        died = time.time()
        fault(lab, False)
        moved = wait_until("all new connections go through ISP2", lambda: _moved(stream.between(died)), 60)
    assert moved - died < BOUND / SPEED + SLACK
    before, after = stream.between(0, died - 0.2), stream.between(moved)
    assert failed(before) == 0
    assert failed(after) == 0
    assert carried(after)["ISP1"] == 0
    fault(lab, True)
    wait_until("both links carry traffic again", lambda: _both_carry(lab), 40 / SPEED + 20)


def test_an_isp_that_is_dead_behind_a_living_modem_is_not_seen(packets: Sites) -> None:
    """The limit of the paper's design, which README tells: the gateway answers, so its share of connections is lost."""
    lab = packets.lab
    lab.speed(SPEED)
    _upstream(lab, False)
    noticed = time.time() + BOUND / SPEED + 1.5
    with Stream(lab, "hq", "LAN-Lt.1") as stream:
        after = wait_until("connections are opened past the bound", lambda: _many(stream.between(noticed)))
    lost = failed(after) / _begun(after)
    assert 0.25 < lost < 0.75
    assert carried(after)["ISP1"] == 0
    _upstream(lab, True)
    wait_until("both links carry traffic again", lambda: _both_carry(lab))


def test_open_connections_of_the_living_link_go_on(packets: Sites) -> None:
    """What runs over ISP2 does not notice that ISP1 dies, nor that it comes back."""
    lab = packets.lab
    lab.speed(SPEED)
    with Talk(lab, "hq", "LAN-Lt.1", CONNECTIONS) as talk:
        wait_until("all connections are answered", lambda: len(talk.answers()) == CONNECTIONS)
        dying, living = (talk.by_link()[link] for link in ("ISP1", "ISP2"))
        assert dying
        assert living

        def go_on(when: str) -> None:
            before = talk.answers()
            wait_until(
                f"each of ISP2's connections is answered ten times {when}",
                lambda: all(talk.answers()[each] >= before[each] + 10 for each in living),
                60,
            )

        go_on("before")
        lab.link("hq", "ether1", up=False)
        wait_until("ISP1's routes are gone", lambda: lab.flows("hq", "LAN-Lt.1", "--count", "20")["ISP2"] == 20)
        go_on("since ISP1 is dead")
        heard = talk.answers()
        go_on("with ISP1 dead")
        silent = talk.answers()
        assert {each: silent[each] for each in dying} == {each: heard[each] for each in dying}
        lab.link("hq", "ether1", up=True)
        wait_until("both links carry traffic again", lambda: _both_carry(lab), 30)
        go_on("after ISP1 has come back")
        assert talk.by_link()["ISP2"] == living
        assert [each for each in talk.ended() if each in living] == []
