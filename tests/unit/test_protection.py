# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which way back is chosen, and in what words it is refused: the router, why not, and what to do."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from ansible_collections.multiwan.routeros.plugins.module_utils.errors import NotInvertible, Unprotected
from ansible_collections.multiwan.routeros.plugins.module_utils.names import Names
from ansible_collections.multiwan.routeros.plugins.module_utils.protection import (
    ACTIONS,
    RESERVE,
    SAFE_MODE_BOUND,
    WAYS,
    Conditions,
    Way,
    choose,
    questions,
)
from ansible_collections.multiwan.routeros.plugins.module_utils.reading import Reading
from ansible_collections.multiwan.routeros.plugins.module_utils.session import Reply

ALL = frozenset(("read", "write", "policy", "test", "password", "sensitive", "api"))
ADVANCED = {"mode": "advanced", "scheduler": "yes", "flagged": "no"}
HOME = {"mode": "home", "scheduler": "no", "flagged": "no"}
GOOD = Conditions((7, 22, 3), "ansible", "staff", ALL, ADVANCED, (), {"enabled": "false"})
OLD = replace(GOOD, version=(7, 12, 2))
NO_SCRIPT = NotInvertible("user, name=a: password cannot be taken back")


def chosen(conditions: Conditions, **how: Any) -> Way:
    options: dict[str, Any] = {
        "wanted": "auto",
        "operations": 10,
        "script": None,
        "confirm_timeout": 60,
        "within": None,
        "stays_open": True,
        "unsafe": False,
    }
    return choose("r1", conditions, **(options | how))


@pytest.mark.parametrize(
    ("conditions", "how", "kind", "within"),
    [
        (GOOD, {}, "scheduler", 60),
        (OLD, {}, "scheduler", 60),
        (GOOD, {"confirm_timeout": 120, "within": 120}, "scheduler", 120),
        (GOOD, {"operations": 500}, "scheduler", 60),
        (GOOD, {"stays_open": False}, "scheduler", 60),
        (GOOD, {"wanted": "safe_mode"}, "safe_mode", SAFE_MODE_BOUND),
        (GOOD, {"wanted": "both"}, "both", 60),
        (replace(GOOD, device_mode=HOME), {}, "safe_mode", SAFE_MODE_BOUND),
        (replace(GOOD, device_mode=ADVANCED | {"flagged": "yes"}), {}, "safe_mode", SAFE_MODE_BOUND),
        (replace(GOOD, policies=ALL - {"policy"}), {}, "safe_mode", SAFE_MODE_BOUND),
        (GOOD, {"script": NO_SCRIPT}, "safe_mode", SAFE_MODE_BOUND),
        (GOOD, {"script": NO_SCRIPT, "operations": ACTIONS - RESERVE}, "safe_mode", SAFE_MODE_BOUND),
        (GOOD, {"script": NO_SCRIPT, "within": SAFE_MODE_BOUND}, "safe_mode", SAFE_MODE_BOUND),
        (replace(GOOD, version=(7, 18)), {"wanted": "safe_mode"}, "safe_mode", SAFE_MODE_BOUND),
        # what the router does not tell does not forbid
        (replace(GOOD, policies=None, device_mode={}), {}, "scheduler", 60),
        (replace(GOOD, hold={}), {}, "scheduler", 60),
        (replace(GOOD, hold={"enabled": "true", "current": "true", "user": "ansible"}), {}, "scheduler", 60),
    ],
)
def test_the_choice(conditions: Conditions, how: dict[str, Any], kind: str, within: int) -> None:
    way = chosen(conditions, **how)
    assert (way.kind, way.within) == (kind, within)
    assert (way.by_scheduler, way.by_safe_mode) == (kind in ("scheduler", "both"), kind in ("safe_mode", "both"))
    assert way.told() == {"way": kind, "within": within, "reason": way.reason}
    assert way.reason


NO_SCHEDULER = [
    ({"device_mode": HOME}, {}, "device-mode 'home' forbids the scheduler"),
    (
        {"device_mode": {"mode": "enterprise", "flagged": "true"}},
        {},
        "the device is flagged, and device-mode forbids the scheduler until that is cleared",
    ),
    (
        {"policies": ALL - {"policy", "write"}},
        {},
        "the group 'staff' of the user 'ansible' lacks the policy write and policy",
    ),
    ({}, {"within": 30}, "confirm_timeout of 60 s is longer than undo_within, 30 s"),
    ({}, {"script": NO_SCRIPT}, "user, name=a: password cannot be taken back"),
]
NO_SAFE_MODE = [
    ({"version": (7, 17, 9)}, {}, "over the API it is there from RouterOS 7.18 on, the router has 7.17.9"),
    ({}, {"operations": 91}, "it undoes 100 changes at most, 10 kept for others, and there are 91"),
    ({}, {"within": 599}, "a silently cut line is noticed after minutes, up to 600 s, and undo_within is 599 s"),
    (
        {},
        {"stays_open": False},
        "its hold ends with the session, and confirm: false leaves the change open beyond it",
    ),
    ({"policies": ALL - {"write"}}, {}, "the group 'staff' of the user 'ansible' lacks the policy write"),
]
REFUSED = (
    "r1: the router could not take the change back by itself, so nothing was written. {}. Mend one of these, or set unsafe: "
    "true to do without"
)


def refusal(conditions: Conditions, how: dict[str, Any]) -> str:
    with pytest.raises(Unprotected) as caught:
        chosen(conditions, **how)
    return str(caught.value)


@pytest.mark.parametrize("alone", [True, False], ids=["alone", "both"])
@pytest.mark.parametrize(
    ("part", "conditions", "how", "reason"),
    [("scheduler", *why) for why in NO_SCHEDULER] + [("safe_mode", *why) for why in NO_SAFE_MODE],
)
def test_why_a_part_that_is_wanted_cannot_do_it(
    part: str, conditions: dict[str, Any], how: dict[str, Any], reason: str, alone: bool
) -> None:
    text = refusal(replace(GOOD, **conditions), how | {"wanted": part if alone else "both"})
    assert f"{part}: {reason}" in text
    if alone:
        assert text == REFUSED.format(f"{part}: {reason}")


@pytest.mark.parametrize(("first", "second"), list(product(NO_SCHEDULER, NO_SAFE_MODE)))
def test_where_neither_can_both_reasons_are_told_and_unsafe_goes_on(first: Any, second: Any) -> None:
    conditions = replace(GOOD, **(first[0] | second[0]))
    how = first[1] | second[1]
    if "within" in first[1]:
        how["within"] = 30
    text = refusal(conditions, how)
    assert text.startswith(
        "r1: the router could not take the change back by itself, so nothing was written. scheduler: "
    )
    assert "; safe_mode: " in text
    assert text.endswith("set unsafe: true to do without")
    way = chosen(conditions, **how, unsafe=True)
    assert (way.kind, way.within, way.by_scheduler, way.by_safe_mode) == ("none", 0, False, False)
    assert way.reason.startswith("unsafe is set: scheduler: ")


@pytest.mark.parametrize(("conditions", "how", "reason"), NO_SCHEDULER[:1] + NO_SCHEDULER[4:])
def test_safe_mode_says_why_not_the_job(conditions: dict[str, Any], how: dict[str, Any], reason: str) -> None:
    way = chosen(replace(GOOD, **conditions), **how)
    assert way.reason == f"the session holds safe mode, since a job cannot: {reason}"


@pytest.mark.parametrize("wanted", WAYS)
def test_unsafe_changes_nothing_where_there_is_a_way(wanted: str) -> None:
    assert chosen(GOOD, wanted=wanted, unsafe=True) == chosen(GOOD, wanted=wanted)


@pytest.mark.parametrize("wanted", WAYS)
def test_a_hold_of_somebody_else_stops_every_way(wanted: str) -> None:
    held = replace(GOOD, hold={"enabled": "true", "current": "false", "user": "bob"})
    assert refusal(held, {"wanted": wanted}) == (
        "r1: bob holds safe mode: what is written now would be undone with the changes of that session. Nothing was written; "
        "let it be released first, or set unsafe: true"
    )
    assert refusal(replace(held, hold={"enabled": "true"}), {}).startswith("r1: someone holds safe mode")


# What the router says


def read(**said: Reply) -> Conditions:
    """Read conditions from answers, of a router that says nothing else."""
    order = ("mode", "jobs", "hold", "users", "groups")
    assert len(questions("ansible")) == len(order)
    extra: list[Reply] = [said.get(name, Reply()) for name in order]
    return Conditions.read(Reading((7, 22, 3), {}, Names(), extra=extra), "ansible")


NO_COMMAND = Reply(traps=("no such command prefix",))


def test_what_the_router_says() -> None:
    found = read(
        mode=Reply((ADVANCED,)),
        jobs=Reply(({"name": "a"}, {"name": "b"})),
        hold=Reply(({"enabled": "yes", "user": "bob"},)),
        users=Reply(({"name": "ansible", "group": "staff"},)),
        groups=Reply(
            (
                {"name": "full", "policy": "all"},
                {"name": "staff", "policy": "read,write,!policy,api", "skin": "default"},
            )
        ),
    )
    assert found.policies == frozenset(("read", "write", "api"))
    assert found.device_mode == ADVANCED
    assert [job["name"] for job in found.jobs] == ["a", "b"]
    assert found.held_by == "bob"
    assert found.lacking("read", "policy") == "the group 'staff' of the user 'ansible' lacks the policy policy"
    assert found.lacking("read", "write") == ""


def test_what_an_old_router_does_not_know_is_no_hindrance() -> None:
    found = read(mode=NO_COMMAND, hold=NO_COMMAND)
    assert (found.device_mode, found.held_by, found.policies) == ({}, "", None)
    assert found.lacking("policy") == ""


def test_a_user_that_may_not_read_users_is_tried() -> None:
    found = read(
        users=Reply(traps=("not enough permissions (9)",)), groups=Reply(traps=("not enough permissions (9)",))
    )
    assert chosen(found).kind == "scheduler"


def test_a_user_from_radius_has_no_group_to_look_at() -> None:
    found = read(groups=Reply(({"name": "full", "policy": "read"},)))
    assert found.policies is None
