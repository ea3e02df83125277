# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The head office's first configuration, every fault at every sentence."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .conftest import Matrices
from .matrix import FAULTS, Matrix


@pytest.mark.timeout(900)
@pytest.mark.parametrize("fault", FAULTS)
def test_the_router_is_as_before_or_as_after(
    matrices: Matrices, tell: Callable[[Matrix, str], None], fault: str
) -> None:
    tell(matrices("7.22.3", changed=False), fault)
