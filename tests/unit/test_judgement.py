# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Before, after or neither: never said of a state that is another one, whatever rows of others came and went."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.multiwan.routeros.plugins.module_utils.judgement import judge

from .random_changes import FILTER, SCOPE, TABLE, Asked, Half, Tables, halves, told, written


@given(halves(meddled=False))
def test_a_state_is_told_by_its_rows_alone(half: Half) -> None:
    now = half.router.rows()
    have = {made.menu.path: told(made.menu.path, now[made.menu.path]) for made in half.plans}
    before = {made.menu.path: told(made.menu.path, half.before[made.menu.path]) for made in half.plans}
    after = {made.menu.path: told(made.menu.path, made.after) for made in half.plans}
    expected = "before" if have == before else "after" if have == after else "neither"
    assert judge(half.plans, half.before, now) == expected
    assert expected == ("before" if half.done == 0 else "after" if half.done == half.writes else "neither")


@given(halves(meddled=True))
def test_rows_that_others_add_do_not_matter(half: Half) -> None:
    expected = "before" if half.done == 0 else "after" if half.done == half.writes else "neither"
    assert judge(half.plans, half.before, half.router.rows()) == expected


@given(halves(meddled=True), st.data())
def test_rows_that_others_remove_or_change_do_not_matter(half: Half, data: st.DataObject) -> None:
    for path, table in half.router.tables.items():
        theirs = [row for row in table.rows if row.get("comment", "").startswith("theirs")]
        for row in data.draw(st.lists(st.sampled_from(theirs), unique_by=id)) if theirs else ():
            verb, *words = data.draw(st.sampled_from([("remove",), ("set", "=disabled=yes")]))
            table.obey((f"/{path}/{verb}", f"=.id={row['.id']}", *words))
    expected = "before" if half.done == 0 else "after" if half.done == half.writes else "neither"
    assert judge(half.plans, half.before, half.router.rows()) == expected


RULE = {"chain": "input", "action": "accept"}


def rules(*names: str) -> list[dict[str, str]]:
    return [RULE | {"comment": f"{SCOPE} {name}" if name.islower() else f"theirs {name}"} for name in names]


@pytest.mark.parametrize(
    ("now", "state"),
    [
        ("aXb", "before"),
        ("bYaX", "after"),
        ("bXa", "after"),
        ("Xba", "neither"),
        ("abX", "neither"),
        ("Zab", "before"),
        ("baZ", "after"),
    ],
)
def test_the_order_of_rules_tells_too(now: str, state: str) -> None:
    router = Tables.of({FILTER: rules("a", "X", "b")})
    candidate = router.candidate()
    Asked({FILTER: rules("b", "a")}).of(candidate)
    plans = candidate.plans()
    assert [op.verb for op in written(plans)] == ["move"]
    assert judge(plans, router.rows(), Tables.of({FILTER: rules(*now)}).rows()) == state


def test_how_others_order_their_rules_does_not_matter() -> None:
    router = Tables.of({FILTER: rules("a", "X", "b", "Y", "Z")})
    candidate = router.candidate()
    Asked({FILTER: rules("b", "a")}).of(candidate)
    plans = candidate.plans()
    after = [row.values["comment"][-1] for row in plans[0].after]
    for order, state in ((["a", "X", "b", "Z", "Y"], "before"), (["X", "a", "b", "Y", "Z"], "before")):
        assert judge(plans, router.rows(), Tables.of({FILTER: rules(*order)}).rows()) == state
    theirs = iter(name for name in "ZYX" if name in after)
    assert after == ["b", "a", "X", "Y", "Z"]
    shuffled = [next(theirs) if name.isupper() else name for name in after]
    assert judge(plans, router.rows(), Tables.of({FILTER: rules(*shuffled)}).rows()) == "after"


@pytest.mark.parametrize(("there", "state"), [(1, "before"), (2, "after")])
def test_one_more_of_the_same_is_counted(there: int, state: str) -> None:
    router = Tables.of({FILTER: [RULE]})
    candidate = router.candidate()
    Asked({FILTER: [RULE, RULE]}, scope="").of(candidate)
    plans = candidate.plans()
    assert [op.verb for op in written(plans)] == ["add"]
    assert judge(plans, router.rows(), Tables.of({FILTER: [RULE] * there}).rows()) == state


def test_what_the_router_fills_in_is_no_difference() -> None:
    router = Tables.of({TABLE: []})
    candidate = router.candidate()
    Asked({TABLE: [{"name": "a", "comment": "ours: a"}]}).of(candidate)
    plans = candidate.plans()
    there = {"name": "a", "comment": "ours: a", "disabled": "no"}
    assert judge(plans, {TABLE: []}, Tables.of({TABLE: [there]}).rows()) == "after"
    assert judge(plans, {TABLE: []}, Tables.of({TABLE: [there | {"fib": "yes"}]}).rows()) == "after"
    assert judge(plans, {TABLE: []}, Tables.of({TABLE: [there | {"comment": "ours: b"}]}).rows()) != "after"


def test_a_menu_that_could_not_be_read_is_no_proof() -> None:
    router = Tables.of({TABLE: [{"name": "a", "comment": "ours: a"}]})
    candidate = router.candidate()
    Asked({TABLE: [{"name": "a", "comment": "ours: new"}]}, "merged").of(candidate)
    assert judge(candidate.plans(), router.rows(), {}) == "neither"
