# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The transaction of one router from one task to the next."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.multiwan.routeros.plugins.module_utils.candidate import Candidate
from ansible_collections.multiwan.routeros.plugins.module_utils.change import Outcome
from ansible_collections.multiwan.routeros.plugins.module_utils.engine import Result
from ansible_collections.multiwan.routeros.plugins.module_utils.errors import CommandFailed, InvalidEntry
from ansible_collections.multiwan.routeros.plugins.module_utils.kept import Kept


def candidate() -> Candidate:
    return Candidate("r1", "admin", (7, 22, 3), {}, {}, {})


def test_a_candidate_that_cannot_be_kept_is_told_and_so_is_what_had_failed(tmp_path: Path) -> None:
    kept = Kept(str(tmp_path / "missing"), "r1")
    with pytest.raises(
        CommandFailed, match=r"^r1: the transaction cannot be kept for the next task \(.*missing: No such"
    ):
        kept.save(candidate())
    kept.candidate = candidate()
    outcome = Outcome("undone", Result(problem="r1: no"))
    kept.end(outcome)
    assert outcome.result.problem.startswith("r1: no. r1: the transaction cannot be kept")


@pytest.mark.parametrize("word", ["requried", True, "Required", ""])
def test_a_misspelled_requirement_is_none_that_is_met(tmp_path: Path, word: object) -> None:
    with pytest.raises(InvalidEntry, match=r"^r1: routeros_transaction=.*: expected 'required', or nothing at all$"):
        Kept(str(tmp_path), "r1").check_alone(word)


def test_without_a_requirement_a_task_may_write_by_itself(tmp_path: Path) -> None:
    Kept(str(tmp_path), "r1").check_alone(None)
    with pytest.raises(InvalidEntry, match="none was begun"):
        Kept(str(tmp_path), "r1").check_alone("required")
