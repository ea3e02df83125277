# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results go to JSON and come back unchanged; what is no file of results is refused by name."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ..results import Failover, Held, Message, Missing, Outage, ResultsError, Sample, ShareRun, ShareTest, dump, load
from ..sample import sample

_times = st.floats(-100, 1000)
_counts = st.dictionaries(st.text(max_size=8), st.integers(0, 20000), max_size=3)
_missing = st.builds(Missing, st.text())
_outages = st.builds(
    Outage,
    way=st.text(),
    link=st.text(),
    links=st.lists(st.text()).map(tuple),
    repaired=_times,
    samples=st.lists(st.builds(Sample, _times, _counts, st.integers(0, 99)), max_size=5).map(tuple),
    held=st.builds(Held, _counts, _counts, _counts) | _missing,
    messages=st.lists(st.builds(Message, _times, st.text(), st.text()), max_size=3).map(tuple) | _missing,
)
_shares = st.builds(
    ShareTest,
    router=st.text(),
    lan=st.text(),
    weights=_counts,
    runs=st.lists(st.builds(ShareRun, _counts, st.integers(0, 99)) | _missing, max_size=4).map(tuple),
)


def test_the_sample_comes_back() -> None:
    assert load(dump(sample())) == sample()


@given(
    outages=st.dictionaries(st.text(), _outages | _missing, max_size=3),
    shares=st.dictionaries(st.text(), _shares | _missing, max_size=3),
    speed=_missing,
)
def test_whatever_was_measured_comes_back(outages: Any, shares: Any, speed: Missing) -> None:
    failover = Failover("hq", "LAN", 40.0, 2.0, outages)
    results = replace(sample(), failover=failover, shares=shares, speed=speed)
    assert load(dump(results)) == results


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data.update(format=7), "format 7, and this program reads 1"),
        (lambda data: data["run"].pop("kernel"), "results.run: kernel missing or unknown"),
        (lambda data: data["run"].update(quick="no"), "results.run.quick: 'no' is no bool"),
        (lambda data: data["run"].update(cpus=2.5), "results.run.cpus: 2.5 is no int"),
        (lambda data: data.update(messages={}), "results.messages: dict in place of a list"),
        (lambda data: data["shares"]["1:1"]["runs"][1].update(failed=None), "results.shares.1:1.runs[1].failed: None"),
        (lambda data: data["connections"]["rows"][0].update(rates=[1]), "rows[0].rates: 1 items in place of 2"),
        (lambda data: data.update(shares=[]), "results.shares: list in place of an object"),
        (lambda data: data.update(speed=3), "results.speed: int in place of an object"),
    ],
)
def test_other_files_are_refused(change: Any, words: str) -> None:
    data = json.loads(dump(sample()))
    change(data)
    with pytest.raises(ResultsError) as refusal:
        load(json.dumps(data))
    assert words in str(refusal.value)


@pytest.mark.parametrize("text", ["", "[]", "null", "{"])
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(ResultsError):
        load(text)
