# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every example of the guides and of the roles' pages is true."""

from __future__ import annotations

from pathlib import Path

import pytest

from .blocks import documents
from .reader import ROOT, untrue
from .test_documents import HERE

GUIDES = [path for path in documents(ROOT) if path not in HERE]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("path", GUIDES)
def test_what_a_guide_shows_is_so(path: str, tmp_path: Path) -> None:
    if wrong := untrue(path, tmp_path / "reader"):
        pytest.fail(wrong, pytrace=False)
