# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several requests become one change: it leads exactly where they would have led one by one, and costs no more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.multiwan.routeros.plugins.module_utils.engine import prepare, propose
from ansible_collections.multiwan.routeros.plugins.module_utils.menus import find_menu
from ansible_collections.multiwan.routeros.plugins.module_utils.plan import transition
from ansible_collections.multiwan.routeros.plugins.module_utils.request import Request

from .random_changes import (
    DNS,
    FILTER,
    SCOPE,
    TABLE,
    VERSION,
    Asked,
    Case,
    Properties,
    Tables,
    all_told,
    cases,
    requests,
    routers,
    told,
    written,
)
from .test_plan import slow_longest


@given(cases())
def test_what_the_candidate_holds_is_what_comes(case: Case) -> None:
    candidate = case.planned()
    case.router.obey(written(candidate.plans()))
    assert all_told(case.router.rows()) == all_told(candidate.rows)


@given(cases())
def test_what_the_plans_foretell_is_what_comes(case: Case) -> None:
    plans = case.planned().plans()
    case.router.obey(written(plans))
    rows = case.router.rows()
    assert [told(made.menu.path, made.after) for made in plans] == [
        told(made.menu.path, rows[made.menu.path]) for made in plans
    ]


@given(cases())
def test_asked_again_there_is_nothing_to_do(case: Case) -> None:
    case.router.obey(written(case.planned().plans()))
    again = Case(case.router, case.asked[-1:]).planned()
    assert [op.text() for op in written(again.plans())] == []


@given(cases())
def test_one_by_one_leads_to_the_same_rows(case: Case) -> None:
    other = case.router.copy()
    candidate = case.router.candidate()
    for asked in case.asked:
        asked.of(candidate)
        other.obey(written(propose(prepare(asked.menus, asked.request), other.reading()).plans))
        assert all_told(other.rows()) == all_told(candidate.rows)


@given(cases())
def test_rows_of_others_stay_as_they_are_and_in_their_order(case: Case) -> None:
    def others() -> dict[str, list[Properties]]:
        return {
            path: [dict(row) for row in table.rows if not row.get("comment", "").startswith(SCOPE)]
            for path, table in case.router.tables.items()
            if path != DNS
        }

    before = others()
    case.router.obey(written(case.planned().plans()))
    assert others() == before


@given(cases())
def test_menus_that_are_as_they_were_cost_nothing(case: Case) -> None:
    candidate = case.planned()
    before = all_told(case.router.rows())
    changed = {path for path, rows in all_told(candidate.rows).items() if rows != before[path]}
    assert {made.menu.path for made in candidate.plans()} == changed


@given(routers(), requests())
def test_what_was_given_back_costs_at_most_moves(router: Tables, asked: Asked) -> None:
    before = router.entries(SCOPE)
    candidate = Case(router, [asked, Asked(before, "overridden")]).planned()
    assert {op.verb for op in written(candidate.plans())} <= {"move"}


@pytest.mark.parametrize(
    "asked",
    [
        [Asked({TABLE: [{"name": "b", "comment": "ours: b"}]}), Asked({TABLE: [{"name": "b"}]}, "deleted")],
        [Asked({TABLE: [{"name": "a"}]}, "deleted"), Asked({TABLE: [{"name": "a", "comment": "ours: a"}]})],
        [
            Asked({TABLE: [{"name": "a", "fib": "yes", "comment": "ours: a"}]}),
            Asked({TABLE: [{"name": "a", "comment": "ours: a"}]}, "replaced"),
        ],
        [Asked({FILTER: []}, "overridden"), Asked({FILTER: [{"comment": "ours: a"}, {"comment": "ours: b"}]})],
        [
            Asked({FILTER: [{"comment": "ours: b"}, {"comment": "ours: a"}]}),
            Asked({FILTER: [{"comment": "ours: a"}, {"comment": "ours: b"}]}),
        ],
    ],
    ids=["added-removed", "removed-added", "set-back", "block-replaced", "moved-back"],
)
def test_requests_that_cancel_each_other_write_nothing(asked: list[Asked]) -> None:
    rule = {"chain": "input", "action": "accept"}
    rules = [rule | {"comment": comment} for comment in ("theirs", "ours: a", "ours: b")]
    whole = [
        Asked(
            {path: [rule | row for row in rows] if path == FILTER else rows for path, rows in one.menus.items()},
            one.state,
        )
        for one in asked
    ]
    router = Tables.of({TABLE: [{"name": "a", "comment": "ours: a"}], FILTER: rules})
    candidate = Case(router, whole).planned()
    assert candidate.requests != []
    assert [op.text() for op in written(candidate.plans())] == []


def test_a_name_that_is_given_again_is_never_there_twice() -> None:
    router = Tables.of({TABLE: [{"name": "a", "comment": "ours: a"}]})
    asked = [
        Asked({TABLE: [{"name": "a"}]}, "deleted"),
        Asked({TABLE: [{"name": "a", "fib": "yes", "comment": "ours: new"}]}),
    ]
    plans = Case(router, asked).planned().plans()
    assert [op.text() for op in written(plans)] == ['/routing table set [ find name=a ] comment="ours: new" fib=yes']


@given(st.permutations(list(range(8))), st.sets(st.integers(0, 7)))
def test_as_few_rows_as_can_be_are_moved(order: list[int], free: set[int]) -> None:
    """Only rows that may be; and where all may, as few as for any list."""
    router = Tables.of({FILTER: [{"chain": "input", "action": "accept", "comment": str(n)} for n in range(8)]})
    rows = router.rows()[FILTER]
    fixed = iter(sorted(set(range(8)) - free))
    after = [rows[n if n in free else next(fixed)] for n in order]
    ids = {rows[n].id or "" for n in free}
    made = transition(find_menu(FILTER), rows, after, frozenset(ids), Request("r1", version=VERSION))
    assert all(op.verb == "move" and op.row is not None and op.row.id in ids for op in made.operations)
    router.obey(written([made]))
    assert told(FILTER, router.rows()[FILTER]) == told(FILTER, after) == told(FILTER, made.after)
    if len(free) == len(rows):
        assert len(made.operations) == len(rows) - slow_longest(order)
