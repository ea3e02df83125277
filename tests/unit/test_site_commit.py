# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a site is committed: what is refused, in which words."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.multiwan.routeros.plugins.module_utils.site_commit import problems_of

SOUND: dict[str, Any] = {
    "confirm": {"menus": {"ip route": []}, "ping": []},
    "confirm_timeout": "90",
    "on_conflict": "replan",
    "undo": "both",
    "undo_within": 60,
}


def test_what_is_sound_and_what_is_not_given_is_no_problem() -> None:
    assert problems_of(SOUND) == problems_of({}) == problems_of(dict.fromkeys(SOUND)) == []


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        (
            "confirm_timeout",
            "soon",
            "site_confirm_timeout: 'soon' is no number of seconds from 15 on; write such as 60",
        ),
        ("confirm_timeout", 5, "site_confirm_timeout: 5 is no number of seconds"),
        ("undo_within", -60, "site_undo_within: -60 is no number of seconds"),
        ("undo_within", True, "site_undo_within: True is no number of seconds"),
        ("on_conflict", "replann", "site_on_conflict: 'replann' is unknown; did you mean replan?"),
        ("undo", "savemode", "site_undo: 'savemode' is unknown; did you mean safe_mode?"),
        ("confirm", ["ping"], "site_confirm: ['ping'] is no mapping; write menus: or ping: beneath it, or {}"),
        ("confirm", {"pings": []}, "site_confirm: 'pings' is unknown; it has menus and ping"),
    ],
)
def test_what_is_wrong_is_told_with_what_would_be_right(key: str, value: Any, told: str) -> None:
    (problem,) = problems_of(SOUND | {key: value})
    assert problem.startswith(told)
