# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way back over a living session: from wherever the writes came to, to the rows before, with what others did since."""

from __future__ import annotations

import re

import pytest
from hypothesis import given

from ansible_collections.multiwan.routeros.plugins.module_utils.errors import NotInvertible
from ansible_collections.multiwan.routeros.plugins.module_utils.judgement import judge
from ansible_collections.multiwan.routeros.plugins.module_utils.menus import find_menu
from ansible_collections.multiwan.routeros.plugins.module_utils.request import Request
from ansible_collections.multiwan.routeros.plugins.module_utils.reversal import reversal
from ansible_collections.multiwan.routeros.plugins.module_utils.rows import read_rows

from .random_changes import DNS, FILTER, VERSION, Asked, Half, Tables, all_told, halves, told, written

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


RULE = {"chain": "input", "action": "accept"}


@pytest.mark.parametrize("done", [0, 1])
@pytest.mark.parametrize(
    "foreign",
    [RULE | {"comment": "theirs"}, RULE | {"src-address": "10.0.0.1", "comment": "theirs"}, RULE | {"action": "drop"}],
)
def test_a_rule_of_others_that_says_the_same_and_more_stays(foreign: dict[str, str], done: int) -> None:
    router = Tables.of({FILTER: [RULE | {"comment": "theirs 1"}]})
    before = router.rows()
    candidate = router.candidate()
    Asked({FILTER: [RULE]}, scope="").of(candidate)
    plans = candidate.plans()
    router.obey(written(plans)[:done])
    router.hear(FILTER, ("/add", *(f"={name}={value}" for name, value in foreign.items())))
    assert judge(plans, before, router.rows()) == ("after" if done else "before")
    take_back(Half(plans, before, router, done, 1, {}))
    assert [{n: v for n, v in row.items() if n != ".id"} for row in router.tables[FILTER].rows[1:]] == [foreign]


@pytest.mark.parametrize("done", [1, 2])
def test_as_many_rows_go_as_came(done: int) -> None:
    router = Tables.of({FILTER: []})
    candidate = router.candidate()
    Asked({FILTER: [RULE | {"log": "yes"}, RULE]}, scope="").of(candidate)
    plans = candidate.plans()
    router.obey(written(plans)[:done])
    if done == 2:
        router.hear(FILTER, ("/add", *(f"={name}={value}" for name, value in RULE.items())))
    take_back(Half(plans, {FILTER: []}, router, done, 2, {}))
    assert len(router.tables[FILTER].rows) == done - 1


def test_what_others_changed_of_a_row_that_changed_stays() -> None:
    router = Tables.of({FILTER: [RULE | {"comment": "ours: a"}, RULE | {"comment": "ours: b"}]})
    before = router.rows()
    candidate = router.candidate()
    Asked({FILTER: [RULE | {"action": "drop", "comment": "ours: a"}]}, "overridden").of(candidate)
    plans = candidate.plans()
    router.obey(written(plans))
    router.hear(FILTER, ("/set", "=.id=*1", "=log=yes"))
    take_back(Half(plans, before, router, 2, 2, {}))
    assert [(row["comment"], row["action"], row.get("log")) for row in router.tables[FILTER].rows] == [
        ("ours: a", "accept", "yes"),
        ("ours: b", "accept", None),
    ]


def test_settings_are_taken_back() -> None:
    router = Tables.of({DNS: [{"servers": "8.8.8.8"}]})
    before = router.rows()
    candidate = router.candidate()
    Asked({DNS: [{"servers": "1.1.1.1", "cache-size": "4096"}]}).of(candidate)
    plans = candidate.plans()
    router.obey(written(plans))
    assert judge(plans, before, router.rows()) == "after"
    take_back(Half(plans, before, router, 1, 1, {}))
    assert judge(plans, before, router.rows()) == "before"
    assert all_told(router.rows()) == all_told(before)


PPPOE, USER = "interface pppoe-client", "user"
CLIENT = {"name": "p", "interface": "ether1", "user": "u"}
PERSON = {"name": "n", "group": "read"}


@pytest.mark.parametrize(
    ("path", "row", "asked", "message"),
    [
        (PPPOE, CLIENT, [], "interface pppoe-client, name=p: password cannot be taken back one by one (remove)"),
        (
            PPPOE,
            CLIENT,
            [CLIENT | {"user": "v", "password": "x"}],
            "name=p: password cannot be taken back one by one (set)",
        ),
        (USER, PERSON, [], "user, name=n: password cannot be taken back one by one (remove)"),
    ],
)
def test_what_the_router_never_tells_is_left_to_safe_mode(
    path: str, row: dict[str, str], asked: list[dict[str, str]], message: str
) -> None:
    router = Tables.of({path: [row]})
    before = router.rows()
    candidate = router.candidate()
    Asked({path: asked}, "overridden", "").of(candidate)
    plans = candidate.plans()
    router.obey(written(plans))
    with pytest.raises(NotInvertible, match=re.escape(message)):
        take_back(Half(plans, before, router, 1, 1, {}))


def test_a_removal_that_never_came_needs_no_password() -> None:
    router = Tables.of({PPPOE: [CLIENT]})
    before = router.rows()
    candidate = router.candidate()
    Asked({PPPOE: []}, "overridden", "").of(candidate)
    take_back(Half(candidate.plans(), before, router, 0, 1, {}))
    assert all_told(router.rows()) == all_told(before)
