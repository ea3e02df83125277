# Copyright: (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way back over a living session: from wherever the writes came to, to the rows before, with what others did since."""

from __future__ import annotations

from hypothesis import given

from ansible_collections.multiwan.routeros.plugins.module_utils.judgement import judge
from ansible_collections.multiwan.routeros.plugins.module_utils.menus import find_menu
from ansible_collections.multiwan.routeros.plugins.module_utils.request import Request
from ansible_collections.multiwan.routeros.plugins.module_utils.reversal import reversal
from ansible_collections.multiwan.routeros.plugins.module_utils.rows import read_rows

from .random_changes import VERSION, Half, all_told, halves, told, written

REQUEST = Request("r1", login="admin", version=VERSION)


def take_back(half: Half) -> None:
    half.router.obey(written(reversal(half.plans, half.before, half.router.rows(), REQUEST)))


@given(halves(meddled=False))
def test_from_anywhere_back_to_the_rows_before(half: Half) -> None:
    take_back(half)
    assert all_told(half.router.rows()) == all_told(half.before)


@given(halves(meddled=True))
def test_what_others_added_meanwhile_stays(half: Half) -> None:
    take_back(half)
    now = half.router.rows()
    assert judge(half.plans, half.before, now) == "before"
    for path, rows in now.items():
        new = read_rows(find_menu(path), half.foreign.get(path, ()), VERSION)
        comments = {row.values["comment"] for row in new}
        came = [row for row in rows if row.values.get("comment") in comments]
        assert sorted(told(path, came)) == sorted(told(path, new))
        assert told(path, [row for row in rows if row not in came]) == told(path, half.before[path])
