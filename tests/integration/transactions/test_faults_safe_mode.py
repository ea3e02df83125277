# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The changed head office under safe mode instead of a job; in other versions at every STEP-th sentence."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.multiwan.routeros.plugins.module_utils.protection import ACTIONS, RESERVE

from .conftest import Matrices
from .matrix import FAULTS

STEP = 24


def test_the_change_is_small_enough_for_safe_mode(matrices: Matrices) -> None:
    matrix = matrices("7.22.3", True, "safe_mode")
    assert matrix.way.kind == "safe_mode"
    assert len(matrix.commands) <= ACTIONS - RESERVE


@pytest.mark.timeout(900)
@pytest.mark.parametrize("fault", FAULTS)
def test_the_router_is_as_before_or_as_after(matrices: Matrices, tell: Callable[..., None], fault: str) -> None:
    tell(matrices("7.22.3", True, "safe_mode"), fault)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("version", ["7.18.2", "7.24"])
def test_so_it_is_in_other_versions(matrices: Matrices, tell: Callable[..., None], version: str) -> None:
    matrix = matrices(version, True, "safe_mode")
    for number, fault in enumerate(FAULTS):
        tell(matrix, fault, 1 + 2 * number, STEP)
