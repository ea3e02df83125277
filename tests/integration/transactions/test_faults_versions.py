# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same faults in other versions, at every STEP-th sentence, with another first one for each fault."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .conftest import Matrices
from .matrix import FAULTS

STEP = 24


@pytest.mark.timeout(900)
@pytest.mark.parametrize("version", ["7.12.2", "7.18.2", "7.24"])
@pytest.mark.parametrize("changed", [False, True], ids=["first", "changed"])
def test_the_router_is_as_before_or_as_after(
    matrices: Matrices, tell: Callable[..., None], version: str, changed: bool
) -> None:
    matrix = matrices(version, changed)
    for number, fault in enumerate(FAULTS):
        tell(matrix, fault, 1 + 2 * number, STEP)
