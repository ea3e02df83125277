# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another head office than before, every fault at every sentence."""

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
    tell(matrices("7.22.3", changed=True), fault)


def test_the_change_adds_sets_moves_and_removes_in_many_menus(matrices: Matrices) -> None:
    commands = matrices("7.22.3", changed=True).commands
    menus = {command[: command.index(f" {verb} ")] for command in commands for verb in verbs(command)}
    assert len(menus) >= 10
    assert {verb for command in commands for verb in verbs(command)} == {"add", "set", "move", "remove"}


def verbs(command: str) -> list[str]:
    return [verb for verb in ("add", "set", "move", "remove", "unset") if f" {verb} " in command.partition("[")[0]][:1]
