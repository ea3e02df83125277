# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routers for transactions: the head office's, in any version."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from ansible_collections.multiwan.routeros.plugins.module_utils.transaction import Options
from routerlab import topology
from routerlab.testing import Lab
from routerlab.version import Version

from .bench import Bench
from .matrix import NOTHING_WRITTEN, Matrix
from .site import head_office

VERSIONS = ("7.12.2", "7.18.2", "7.22.3", "7.24")

Matrices = Callable[..., Matrix]


@pytest.fixture(scope="module")
def offices() -> Iterator[dict[str, Bench]]:
    """Factory-default routers as at the head office, one of each version, by version."""
    (plan,) = (plan for plan in topology.load() if plan.name == "hq")
    names = {version: f"r{at}" for at, version in enumerate(VERSIONS)}
    routers = [replace(plan, name=name, version=Version.parse(version)) for version, name in names.items()]
    with Lab(routers=routers) as lab:
        yield {version: Bench(lab, name) for version, name in names.items()}


@pytest.fixture(scope="module")
def matrices(offices: dict[str, Bench]) -> Matrices:
    """Return the matrix of a change in a version: to the head office, or, ``changed``, from it to the changed one."""
    made: dict[tuple[str, bool, str], Matrix] = {}

    def matrix(version: str, changed: bool, undo: str = "scheduler") -> Matrix:
        key = version, changed, undo
        if key not in made:
            bench = offices[version]
            bench.lab.reset(bench.name)
            if changed:
                assert bench.commit(bench.begin(head_office())).state == "confirmed"
            made[key] = Matrix(bench, head_office(changed), Options(undo=undo))
        return made[key]

    return matrix


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[Matrix, str], None]:
    """Return what runs a matrix with one fault, tells the count to the summary, and fails on any complaint."""

    def run(matrix: Matrix, fault: str, first: int = 1, step: int = 1) -> None:
        tally = matrix.run(fault, first, step)
        record_property("faults", tally.told())
        assert not tally.complaints, "\n".join([f"{len(tally.complaints)} of {tally.cases}:", *tally.complaints[:10]])
        assert tally.half_applied == 0
        # the last sentences of one commit may be those that another does not need
        assert tally.cases >= len(range(first, matrix.sentences - 10, step))
        assert tally.outcomes.keys() <= {"confirmed", "undone", NOTHING_WRITTEN}

    return run
