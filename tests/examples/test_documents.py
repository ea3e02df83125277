# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every example of every document is true."""

from __future__ import annotations

from pathlib import Path

import pytest

from .blocks import documents, read
from .reader import ROOT, reader

PATHS = documents(ROOT)
MOST = 0.12
"""The part of all blocks that may be marked as not run."""


@pytest.mark.timeout(400)
@pytest.mark.parametrize("path", PATHS)
def test_what_a_document_shows_is_so(path: str, tmp_path: Path) -> None:
    document = read(ROOT, path)
    untrue = ""
    if any(not block.reason for block in document.blocks):
        with reader(document, tmp_path / "reader") as one:
            untrue = one.read()
    if untrue:
        pytest.fail(untrue, pytrace=False)


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
