# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every example of the pages is true; few are not tried."""

from __future__ import annotations

from pathlib import Path

import pytest

from .blocks import documents, read
from .reader import ROOT, untrue

PATHS = documents(ROOT)
#: The guides and the roles' pages are tried in test_guides.py, at the same time.
HERE = [path for path in PATHS if path.endswith(".md") and not path.startswith("roles/")]
MOST = 0.12
"""The part of all blocks that may be marked as not run."""


@pytest.mark.timeout(900)
@pytest.mark.parametrize("path", HERE)
def test_what_a_document_shows_is_so(path: str, tmp_path: Path) -> None:
    if wrong := untrue(path, tmp_path / "reader"):
        pytest.fail(wrong, pytrace=False)


def test_few_examples_are_not_run_and_each_says_why() -> None:
    blocks = [block for path in PATHS for block in read(ROOT, path).blocks]
    left = [f"{block.place}: {block.reason}" for block in blocks if block.reason]
    runnable = [block for block in blocks if block.language != "text"]
    assert len(left) <= MOST * len(runnable), "\n".join(left)


def test_text_is_not_used_for_what_can_be_run() -> None:
    """A tree, a message or a diagram is text; a command, a task or a line for the router's console is not."""
    wrong = [
        block.place
        for path in PATHS
        for block in read(ROOT, path).blocks
        if block.language == "text"
        and block.text.lstrip().startswith(
            ("$ ", "/ip ", "/interface ", "/tool ", "/system ", "- hosts:", "- name:", "ansible-")
        )
    ]
    assert wrong == []
