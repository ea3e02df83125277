# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes that cut the way of management: the router takes them back, in every version and way of undo."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from ansible_collections.multiwan.routeros.plugins.module_utils.transaction import GRACE, Options
from routerlab.management.path import Verdict, verdict
from routerlab.testing import Lab

from .bench import Bench, Checkpoint, difference
from .conftest import VERSIONS
from .cuts import COMPANY, CUTS, managed

API = 8728

WAYS = [
    *((version, "scheduler") for version in VERSIONS),
    *((version, "safe_mode") for version in VERSIONS[1:]),
    ("7.22.3", "both"),
]


def managed_bench(lab: Lab, name: str) -> Bench:
    """One that does not wait for answers while the router is cut off."""
    bench = Bench(lab, name)
    bench.silence = lambda: lambda: lab.call(name, lambda router: verdict(router, API) is not Verdict.OPEN)
    return bench


@pytest.fixture(scope="module")
def managed_routers() -> Iterator[dict[str, Bench]]:
    """Routers whose manager comes in by one of their ports, by version."""
    names = {version: f"r{at}" for at, version in enumerate(VERSIONS)}
    with Lab(routers=[managed(name, version) for version, name in names.items()]) as lab:
        yield {version: managed_bench(lab, name) for version, name in names.items()}


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize(("version", "undo"), WAYS)
def test_the_router_takes_it_back(managed_routers: dict[str, Bench], version: str, undo: str, cut: str) -> None:
    bench = managed_routers[version]
    bench.lab.reset(bench.name)
    # safe mode is bound to TCP's nine minutes: fewer looks then
    bench.pause = 40 if undo == "safe_mode" else 5
    bench.lab.seed(bench.name, "/ip firewall mangle add chain=forward action=accept comment=theirs")
    before = Checkpoint(bench)
    candidate = bench.begin((*COMPANY, CUTS[cut]))
    began, real = bench.world.clock(), time.monotonic()
    outcome = bench.commit(candidate, Options(undo=undo, confirm_timeout=30))
    assert outcome.way is not None
    assert outcome.way.kind == undo
    assert outcome.state == "undone", outcome.result.problem
    # what the machine has taken is not what the commit has waited
    waited = bench.world.clock() - began - (time.monotonic() - real)
    assert waited < outcome.way.within + GRACE + bench.pause + 5
    told = outcome.result.problem
    assert "after the change the router cannot be reached" in told or "no answer within" in told
    assert "The router is as it was before" in told
    assert outcome.result.commands == []
    assert bench.export == before.export, difference(before.export, bench.export)
    assert bench.left_behind() == []
    bench.connect().close()
