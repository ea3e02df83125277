# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A candidate between its tasks: kept in a file, shaken by what others do, and true to renamed ports."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.multiwan.routeros.plugins.module_utils.candidate import Candidate
from ansible_collections.multiwan.routeros.plugins.module_utils.engine import prepare, propose
from ansible_collections.multiwan.routeros.plugins.module_utils.errors import InvalidEntry
from ansible_collections.multiwan.routeros.plugins.module_utils.judgement import judge
from ansible_collections.multiwan.routeros.plugins.module_utils.mask import Mask
from ansible_collections.multiwan.routeros.plugins.module_utils.request import Request
from ansible_collections.multiwan.routeros.plugins.module_utils.reversal import reversal

from .random_changes import (
    ADDRESS,
    FILTER,
    PORT,
    ROUTE,
    TABLE,
    VERSION,
    Asked,
    Case,
    Properties,
    Tables,
    all_told,
    cases,
    written,
)


def content(candidate: Candidate) -> dict[str, Any]:
    """Return all that a candidate holds in a form that compares."""
    plain = dict(vars(candidate))
    for name in ("begun", "rows"):
        plain[name] = {path: [asdict(row) for row in rows] for path, rows in plain[name].items()}
    return plain


@given(cases(most=2))
def test_saved_and_loaded_it_is_the_same(tmp_path_factory: pytest.TempPathFactory, case: Case) -> None:
    file = tmp_path_factory.mktemp("candidate") / "r1.json"
    candidate = case.router.candidate()
    for asked in case.asked:
        asked.of(candidate)
        candidate.save(file)
        loaded = Candidate.load(file)
        assert content(loaded) == content(candidate)
        candidate = loaded
    assert [op.text() for op in written(Candidate.load(file).plans())] == [
        op.text() for op in written(candidate.plans())
    ]


def test_the_file_is_for_this_user_only_and_results_hide_what_is_in_it(tmp_path: Path) -> None:
    router = Tables.of({"ip ipsec identity": [{"peer": "a", "secret": "old-hunter2"}], "system script": []})
    candidate = router.candidate()
    mask = Mask(["token-hunter2"])
    menus = {
        "ip ipsec identity": [{"peer": "a", "secret": "new-hunter2"}],
        "system script": [{"name": "s", "source": ':put "token-hunter2"'}],
    }
    # a menu without facts is found by its name or comment
    menus["ip ipsec identity"][0]["comment"] = "x"
    result = candidate.ask(menus, Request("r1"), mask, ["token-hunter2"])
    assert "hunter2" not in str(mask(result.commands))
    file = tmp_path / "r1.json"
    candidate.save(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]
    loaded = Candidate.load(file)
    assert {"token-hunter2", "new-hunter2", "old-hunter2"} <= set(loaded.secrets)
    later = Mask()
    later.hide(loaded.secrets)
    assert "hunter2" not in str(later([op.text() for op in written(loaded.plans())]))


@given(cases(), st.sampled_from(["name", "reference", "scope", "menu"]))
def test_what_cannot_be_planned_leaves_it_as_it_was(case: Case, wrong: str) -> None:
    candidate = case.planned()
    before = content(candidate)
    bad = {
        "name": Asked({TABLE: [{"name": "new", "comment": "ours: new"}, {"name": "new", "comment": "ours: b"}]}),
        "reference": Asked(
            {
                TABLE: [{"name": "new", "comment": "ours: new"}],
                ROUTE: [{"gateway": "10.9.9.9", "routing-table": "none", "comment": "ours: new"}],
            }
        ),
        "scope": Asked({TABLE: [{"name": "new", "comment": "theirs"}]}),
        "menu": Asked({TABLE: [{"name": "new", "comment": "ours: new"}], "ip pool": []}),
    }
    with pytest.raises(InvalidEntry):
        bad[wrong].of(candidate)
    assert content(candidate) == before


# What others do meanwhile

RULE = {"chain": "input", "action": "accept"}
BEGUN: dict[str, list[Properties]] = {
    FILTER: [RULE | {"comment": text} for text in ("theirs 1", "ours: a", "theirs 2", "ours: b", "ours: c")],
    TABLE: [{"name": "t", "comment": "ours: t"}, {"name": "x", "comment": "theirs"}],
}
MERGED = Asked({FILTER: [RULE | {"action": "drop", "comment": "ours: a"}, RULE | {"comment": "ours: b"}]})
OVERRIDDEN = Asked({FILTER: [RULE | {"comment": "ours: a"}]}, "overridden")
ADDED = Asked({TABLE: [{"name": "new", "comment": "ours: new"}]})
FOREIGN = ("/add", "=chain=input", "=action=drop", "=comment=theirs new", "=place-before=*2")


@pytest.mark.parametrize(
    ("asked", "path", "done", "lines"),
    [
        (MERGED, FILTER, ("/set", "=.id=*2", "=log=yes"), ['comment="ours: a": log="" has become log=yes']),
        (MERGED, FILTER, ("/remove", "=.id=*4"), ['comment="ours: b": has been removed']),
        (MERGED, FILTER, ("/move", "=numbers=*4", "=destination=*1"), ["the order of the rows has been changed"]),
        (OVERRIDDEN, FILTER, ("/add", "=chain=input", "=comment=ours: d"), ['comment="ours: d": has been added']),
        (ADDED, TABLE, ("/add", "=name=new"), ["name=new: has been added"]),
        # what the change does not speak of
        (MERGED, FILTER, ("/set", "=.id=*1", "=log=yes"), []),
        (MERGED, FILTER, ("/set", "=.id=*5", "=log=yes"), []),
        (MERGED, FILTER, ("/remove", "=.id=*3"), []),
        (MERGED, FILTER, ("/move", "=numbers=*3", "=destination=*1"), []),
        (MERGED, FILTER, FOREIGN, []),
        (OVERRIDDEN, FILTER, FOREIGN, []),
        (MERGED, FILTER, ("/add", "=chain=input", "=comment=ours: d"), []),
        (ADDED, TABLE, ("/set", "=.id=*1", "=fib=yes"), []),
        (ADDED, TABLE, ("/remove", "=.id=*2"), []),
        (MERGED, TABLE, ("/remove", "=.id=*1"), []),
    ],
)
def test_only_what_matters_is_a_conflict(asked: Asked, path: str, done: tuple[str, ...], lines: list[str]) -> None:
    router = Tables.of(BEGUN)
    candidate = router.candidate()
    asked.of(candidate)
    assert candidate.conflicts(router.reading()) == []
    router.hear(path, done)
    found = [line.removeprefix(f"{path}, ").removeprefix(f"{path}: ") for line in candidate.conflicts(router.reading())]
    assert found == lines


def test_a_menu_that_cannot_be_read_any_more_is_a_conflict() -> None:
    router = Tables.of(BEGUN)
    candidate = router.candidate()
    ADDED.of(candidate)
    found = router.reading()
    del found.rows[TABLE], found.rows[FILTER]
    found.troubles |= {TABLE: "not permitted (9)", FILTER: "not permitted (9)"}
    assert candidate.conflicts(found) == ["routing table: cannot be read any more: not permitted (9)"]


def test_no_conflict_shows_a_secret() -> None:
    router = Tables.of({"ip ipsec identity": [{"comment": "a", "secret": "hunter1", "peer": "p"}]})
    candidate = router.candidate()
    candidate.ask({"ip ipsec identity": [{"comment": "a", "peer": "q"}]}, Request("r1"), Mask())
    router.hear("ip ipsec identity", ("/set", "=.id=*1", "=secret=hunter2"))
    (line,) = candidate.conflicts(router.reading())
    assert "secret" in line
    assert "hunter" not in line


@given(cases(), cases())
def test_planned_again_it_leads_from_the_rows_that_are_there_now(case: Case, other: Case) -> None:
    again = case.planned().again(other.router.reading())
    assert content(again) == content(Case(other.router, case.asked).planned())
    other.router.obey(written(again.plans()))
    assert all_told(other.router.rows()) == all_told(again.rows)


# Ports that get other names

DEFAULTS = ["ether1", "ether2", "ether3"]
NAMES = [*DEFAULTS, "ISP1", "LAN"]


@st.composite
def renamings(draw: st.DrawFn) -> Case:
    """Ports with names of their own, addresses on them, and requests that rename ports and speak of addresses."""
    names = draw(st.permutations(NAMES))[:3]
    rows: dict[str, list[Properties]] = {
        PORT: [{"default-name": port, "name": name} for port, name in zip(DEFAULTS, names, strict=True)],
        ADDRESS: [
            {"address": f"10.0.{n}.1/24", "interface": name, "comment": f"{who} {n}"}
            for n, name in enumerate(names)
            for who in draw(st.sampled_from([("ours:",), ("theirs",), ()]))
        ],
    }
    asked = []
    for _turn in range(draw(st.integers(1, 3))):
        names = draw(st.permutations(NAMES))[:3]
        menus: dict[str, list[Properties]] = {
            PORT: [{"default-name": port, "name": name} for port, name in zip(DEFAULTS, names, strict=True)]
        }
        if draw(st.booleans()):
            menus[ADDRESS] = [
                {"address": f"10.0.{n}.1/24", "interface": name, "comment": f"ours: {n}"}
                for n, name in enumerate(names)
                if draw(st.booleans())
            ]
        asked.append(Asked(menus, draw(st.sampled_from(["replaced", "overridden"]))))
    return Case(Tables.of(rows), asked)


def ask_all(case: Case) -> Candidate | None:
    """Return the candidate, None where an address is somebody else's."""
    try:
        return case.planned()
    except InvalidEntry as error:
        if "that is not ours" not in str(error):
            raise
        return None


@given(renamings())
def test_what_refers_to_a_renamed_port_follows(case: Case) -> None:
    if (candidate := ask_all(case)) is None:
        return
    other = case.router.copy()
    for asked in case.asked:
        other.obey(written(propose(prepare(asked.menus, asked.request), other.reading()).plans))
    case.router.obey(written(candidate.plans()))
    assert all_told(case.router.rows()) == all_told(candidate.rows)
    assert all_told(case.router.rows()) == all_told(other.rows())
    again = Case(case.router, case.asked[-1:]).planned()
    assert [op.text() for op in written(again.plans())] == []


@given(renamings(), st.data())
def test_renamed_ports_are_judged_and_taken_back(case: Case, data: st.DataObject) -> None:
    if (candidate := ask_all(case)) is None:
        return
    before = case.router.rows()
    plans = candidate.plans()
    operations = written(plans)
    done = data.draw(st.one_of(st.just(len(operations)), st.integers(0, len(operations))))
    case.router.obey(operations[:done])
    expected = "before" if done == 0 else "after" if done == len(operations) else "neither"
    assert judge(plans, before, case.router.rows()) == expected
    back = reversal(plans, before, case.router.rows(), Request("r1", login="admin", version=VERSION))
    case.router.obey(written(back))
    assert all_told(case.router.rows()) == all_told(before)
    assert judge(plans, before, case.router.rows()) == "before"
