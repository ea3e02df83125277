# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab's command and hold.py print is read back; anything else is refused with its own words."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ..holding import judge
from ..results import Held, Sample
from ..timeline import TimelineError, parse

_samples = st.builds(
    Sample,
    st.integers(0, 2_000_000).map(lambda thousandth: thousandth / 1000),
    st.dictionaries(st.sampled_from(["ISP1", "ISP2", "198.18.1.2"]), st.integers(1, 500)),
    st.integers(0, 500),
)


@given(st.lists(_samples, max_size=30), st.integers(0, 2_000_000_000))
def test_a_timeline_comes_back_in_order(samples: list[Sample], zero: int) -> None:
    lines = [
        json.dumps({"t": 0, "unix": zero + s.at, "ok": 1, "failed": s.failed, "slowest": 0.1, "by_link": s.by_link})
        for s in samples
    ]
    summary = json.dumps({"ISP1": 3, "ISP2": 4, "failed": 5})
    assert parse([*lines, "", summary], zero) == tuple(sorted(samples, key=lambda sample: sample.at))


@given(st.text(max_size=60) | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_any_other_line_is_read_or_refused(line: str) -> None:
    with contextlib.suppress(TimelineError):
        assert parse([line], 0.0) == ()


@pytest.mark.parametrize(
    "line",
    [
        "[]",
        "3",
        "x",
        '{"unix": 1}',
        '{"unix": "x", "by_link": {}, "failed": 0}',
        '{"unix": 1, "by_link": [], "failed": 0}',
    ],
)
def test_wrong_lines_are_quoted(line: str) -> None:
    with pytest.raises(TimelineError) as refusal:
        parse([line], 0.0)
    assert line in str(refusal.value)


def _line(address: str, *answers: float) -> str:
    return json.dumps({"address": address, "answers": answers, "error": None})


def test_open_connections_are_judged() -> None:
    lines = [
        '{"open": 4}',
        _line("198.18.1.2", 8, 9),
        _line("198.18.1.2", 8, 9, 31, 99),
        _line("198.18.2.2", *range(100)),
        _line("198.18.2.2", 50, 60),
        '{"ended": 100}',
    ]
    links = {"198.18.1.2": "ISP1", "198.18.2.2": "ISP2"}
    found = judge(lines, links, fault=10, repair=30)
    # The fourth had not answered before the fault: it is not counted.
    assert found == Held({"ISP1": 2, "ISP2": 1}, {"ISP1": 2, "ISP2": 0}, {"ISP1": 1, "ISP2": 0})


@pytest.mark.parametrize(
    "lines", [[], ['{"open": 1}', _line("198.18.1.2", 1)], ["x", '{"ended": 1}'], ['{"ended": null}']]
)
def test_a_hold_that_did_not_end_is_refused(lines: list[str]) -> None:
    with pytest.raises(TimelineError):
        judge(lines, {}, 0, 1)
