# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's clock: its speed, letting time pass, and who sleeps by it."""

from __future__ import annotations

import asyncio
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routerlab.world.clock import FASTEST, LONGEST, Clock

SPEEDS = st.floats(0.001, FASTEST)
CHANGES = st.lists(st.one_of(st.tuples(st.just("speed"), SPEEDS), st.tuples(st.just("pass"), st.floats(0, LONGEST))))


@given(CHANGES)
def test_it_never_runs_backwards(changes: list[tuple[str, float]]) -> None:
    """Whatever is done to it; and letting time pass adds at least that time."""
    clock = Clock()
    last = clock.now()
    for what, value in changes:
        if what == "speed":
            clock.speed = value
        else:
            clock.advance(value)
            assert clock.now() - last >= value * (1 - 1e-9) - 1e-6
        now = clock.now()
        assert now >= last
        last = now


@given(SPEEDS, st.floats(0, 1e9))
def test_a_span_of_the_lab_in_the_machine_s_time(speed: float, seconds: float) -> None:
    """Twice the speed, half the time."""
    clock = Clock()
    clock.speed = speed
    assert clock.speed == speed
    assert math.isclose(clock.real(seconds) * speed, seconds, abs_tol=1e-9)


@given(st.floats(0, 1e6))
def test_the_wall_clock_runs_along(seconds: float) -> None:
    clock = Clock()
    before = clock.now()
    assert math.isclose(clock.wall(before + seconds) - clock.wall(before), seconds, abs_tol=1e-5)


@pytest.mark.parametrize("speed", [0, -1, 1001, math.nan, math.inf, -math.inf])
def test_speeds_that_are_none(speed: float) -> None:
    clock = Clock()
    with pytest.raises(ValueError, match="a number above 0"):
        clock.speed = speed
    assert clock.speed == 1


@pytest.mark.parametrize("seconds", [-1, LONGEST + 1, math.nan, math.inf])
def test_spans_that_cannot_pass(seconds: float) -> None:
    """Nothing is left of the attempt."""
    clock = Clock()
    before = clock.now()
    with pytest.raises(ValueError, match="time"):
        clock.advance(seconds)
    assert before <= clock.now() < before + 100


def test_sleepers_wake_when_time_is_let_pass() -> None:
    """Not before their time has come."""

    async def act() -> None:
        clock = Clock()
        sleeper = asyncio.ensure_future(clock.sleep(1000))
        await asyncio.sleep(0)
        clock.advance(900)
        await asyncio.sleep(0.01)
        assert not sleeper.done()
        clock.advance(101)
        await asyncio.wait_for(sleeper, 60)

    asyncio.run(act())


def test_sleepers_wake_sooner_when_the_clock_runs_faster() -> None:
    async def act() -> None:
        clock = Clock()
        sleeper = asyncio.ensure_future(clock.sleep(1000))
        await asyncio.sleep(0)
        clock.speed = FASTEST
        await asyncio.wait_for(sleeper, 60)

    asyncio.run(act())


def test_a_sleeper_that_is_cancelled_is_forgotten() -> None:
    async def act() -> None:
        clock = Clock()
        sleeper = asyncio.ensure_future(clock.sleep(1000))
        await asyncio.sleep(0)
        sleeper.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sleeper
        clock.advance(2000)
        await clock.sleep(0)

    asyncio.run(act())


def test_who_is_cancelled_while_waking_up_is_cancelled() -> None:
    """A wait that ends in the same moment does not hide it."""

    async def act() -> None:
        clock = Clock()
        sleeper = asyncio.ensure_future(clock.sleep(1))
        await asyncio.sleep(0)
        clock.advance(2)
        sleeper.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sleeper

    asyncio.run(act())
