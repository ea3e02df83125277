# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a result shows."""

from __future__ import annotations

from ansible_collections.multiwan.routeros.plugins.module_utils.engine import Result
from ansible_collections.multiwan.routeros.plugins.module_utils.mask import Mask
from ansible_collections.multiwan.routeros.plugins.module_utils.menus import find_menu
from ansible_collections.multiwan.routeros.plugins.module_utils.plan import plan
from ansible_collections.multiwan.routeros.plugins.module_utils.present import Shown
from ansible_collections.multiwan.routeros.plugins.module_utils.request import Request
from ansible_collections.multiwan.routeros.plugins.module_utils.rows import read_rows


def test_a_secret_that_nobody_knew_of_when_the_mask_was_made_shows_nowhere() -> None:
    """Such as that of a row which another admin adds between begin and commit."""
    menu, version = find_menu("ppp secret"), (7, 22, 3)
    rows = read_rows(menu, [{".id": "*1", "name": "theirs", "password": "hunter2"}], version)
    made = plan(menu, rows, (), Request("r1", "overridden", version=version))
    told = Shown(Mask(), None).changed("r1", Result(version=version, plans=[made]), check=True, diff=True)
    assert "theirs" in str(told["drift"])
    assert "hunter2" not in str(told)
