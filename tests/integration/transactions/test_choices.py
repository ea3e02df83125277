# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a commit refuses before it writes, which way of undo it chooses, and several runs at the same router."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from ansible_collections.multiwan.routeros.plugins.module_utils import transaction
from ansible_collections.multiwan.routeros.plugins.module_utils.errors import Conflict, Unprotected
from ansible_collections.multiwan.routeros.plugins.module_utils.protection import ACTIONS, RESERVE
from ansible_collections.multiwan.routeros.plugins.module_utils.transaction import GRACE, Options
from routerlab.testing import Lab, router

from .bench import Bench, difference
from .conftest import VERSIONS
from .matrix import NOTHING_WRITTEN
from .site import Asked


def rules(number: int = 3, tag: str = "ours") -> Asked:
    """Some rules of mangle, and a pool."""
    return Asked(
        f"{tag}:",
        {
            "ip firewall mangle": [
                {"chain": "prerouting", "action": "accept", "comment": f"{tag}: {at}"} for at in range(number)
            ],
            "ip pool": [{"name": tag, "ranges": "10.9.0.2-10.9.0.9", "comment": f"{tag}: pool"}],
        },
    )


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """A bare router of each version."""
    with Lab(routers=[router(f"r{at}", version) for at, version in enumerate(VERSIONS)]) as lab:
        yield lab


@pytest.fixture
def bench(lab: Lab) -> Callable[..., Bench]:
    """Return a router of a version, in factory state, with another user if one is named."""
    lab.reset()

    def make(version: str, user: str = "admin", password: str = "lab") -> Bench:
        return Bench(lab, f"r{VERSIONS.index(version)}", user=user, password=password)

    return make


def refused(bench: Bench, asked: Asked, options: Options | None = None) -> str:
    """Why a commit is refused; nothing has been written then."""
    before = bench.export
    candidate = bench.begin([asked])
    bench.lab.clear_counters(bench.name)
    with pytest.raises((Unprotected, Conflict)) as error:
        bench.commit(candidate, options)
    assert bench.lab.counters(bench.name).writes == 0
    assert bench.export == before
    return str(error.value)


def chosen(bench: Bench, asked: Asked, options: Options | None = None) -> str:
    """By which way a change is committed."""
    outcome = bench.commit(bench.begin([asked]), options)
    assert outcome.state == "confirmed", outcome.result.problem
    assert outcome.way is not None
    assert bench.left_behind() == []
    return outcome.way.kind


@pytest.mark.parametrize("version", VERSIONS)
def test_the_scheduler_is_chosen_where_it_can_be(bench: Callable[..., Bench], version: str) -> None:
    assert chosen(bench(version), rules()) == "scheduler"


@pytest.mark.parametrize("version", VERSIONS)
def test_check_mode_writes_nothing(bench: Callable[..., Bench], version: str) -> None:
    it = bench(version)
    candidate = it.begin([rules()])
    it.lab.clear_counters(it.name)
    outcome = it.commit(candidate, check=True)
    assert outcome.state == "planned"
    assert len(outcome.result.commands) == 4
    assert it.lab.counters(it.name).writes == 0
    assert it.left_behind() == []


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_where_the_scheduler_is_forbidden_safe_mode_is_chosen(bench: Callable[..., Bench], version: str) -> None:
    it = bench(version)
    it.lab.device_mode(it.name, "home")
    assert chosen(it, rules()) == "safe_mode"
    assert "device-mode 'home' forbids the scheduler" in refused(it, rules(4), Options(undo="scheduler"))
    assert chosen(it, rules(2)) == "safe_mode"


def test_where_neither_is_possible_it_is_refused_unless_it_is_unsafe(bench: Callable[..., Bench]) -> None:
    it = bench("7.12.2")
    it.lab.device_mode(it.name, "home")
    told = refused(it, rules())
    assert "device-mode 'home' forbids the scheduler" in told
    assert "from RouterOS 7.18 on, the router has 7.12.2" in told
    assert chosen(it, rules(), Options(unsafe=True)) == "none"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_user_without_the_policy(bench: Callable[..., Bench], version: str) -> None:
    admin = bench(version)
    admin.lab.seed(
        admin.name,
        "/user group add name=g policy=read,write,api,test,sensitive\n/user add name=bob group=g password=xyz",
    )
    it = bench(version, "bob", "xyz")
    if version == "7.12.2":
        assert "the group 'g' of the user 'bob' lacks the policy policy" in refused(it, rules())
    else:
        assert chosen(it, rules()) == "safe_mode"


def test_more_changes_than_safe_mode_undoes(bench: Callable[..., Bench]) -> None:
    it = bench("7.22.3")
    most = ACTIONS - RESERVE
    it.lab.device_mode(it.name, "home")
    assert f"{ACTIONS} changes at most" in refused(it, rules(most))
    assert chosen(it, rules(most - 1)) == "safe_mode"


def test_a_bound_that_safe_mode_cannot_keep(bench: Callable[..., Bench]) -> None:
    it = bench("7.22.3")
    it.lab.device_mode(it.name, "home")
    assert "undo_within is 120 s" in refused(it, rules(), Options(undo_within=120))


@pytest.mark.parametrize("version", VERSIONS)
def test_what_the_router_does_not_tell_no_job_can_restore(bench: Callable[..., Bench], version: str) -> None:
    it = bench(version)
    it.lab.seed(it.name, "/user add name=bob group=full password=xyz")
    gone = Asked("", {"user": [{"name": "bob"}]}, "deleted")
    if version == "7.12.2":
        assert "user, name=bob: password cannot be taken back by the router" in refused(it, gone)
    else:
        assert chosen(it, gone) == "safe_mode"


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_a_hold_of_somebody_else_is_respected(bench: Callable[..., Bench], version: str) -> None:
    it = bench(version)
    with it.connect() as other:
        (taken,) = other.exchange([("/safe-mode/take",)])
        assert not taken.traps
        assert "admin holds safe mode" in refused(it, rules())
        assert it.left_behind() == ["safe mode"]
        (released,) = other.exchange([("/safe-mode/release",)])
        assert not released.traps
    assert chosen(it, rules()) == "scheduler"


@pytest.mark.parametrize("version", VERSIONS)
def test_what_others_have_changed_is_a_conflict_that_names_the_rows(bench: Callable[..., Bench], version: str) -> None:
    it = bench(version)
    assert it.commit(it.begin([rules()])).state == "confirmed"
    candidate = it.begin([rules(5)])
    it.lab.seed(
        it.name,
        '/ip firewall mangle set [find comment="ours: 1"] src-address=10.1.1.1\n'
        '/ip firewall mangle remove [find comment="ours: 2"]',
    )
    before = it.export
    it.lab.clear_counters(it.name)
    with pytest.raises(Conflict) as error:
        it.commit(candidate)
    assert 'ip firewall mangle, comment="ours: 1": src-address="" has become src-address=10.1.1.1' in str(error.value)
    assert 'ip firewall mangle, comment="ours: 2": has been removed' in str(error.value)
    assert (it.lab.counters(it.name).writes, it.export) == (0, before)
    outcome = it.commit(candidate, Options(on_conflict="replan"))
    assert (outcome.state, len(outcome.conflicts)) == ("confirmed", 2)
    comments = [row["comment"] for row in it.export["ip firewall mangle"]]
    assert comments == [f"ours: {number}" for number in range(5)]
    assert it.left_behind() == []


def test_a_change_that_is_left_open_is_waited_for_by_the_next_run(bench: Callable[..., Bench]) -> None:
    it = bench("7.22.3")
    before = it.export
    candidate = it.begin([rules()])
    other = it.begin([rules(tag="others")])
    opened = it.commit(candidate, Options(confirm=False))
    assert (opened.state, opened.candidate is not None) == ("open", True)
    assert it.export != before
    (pending,) = transaction.status(it.name, it.user, it.world)["pending"]
    # one that began before does not write now
    with pytest.raises(Conflict, match=pending):
        it.commit(other)
    # one that begins now waits
    later, told = it.begin_told([rules(2)])
    assert pending in " ".join(told)
    assert it.export == before, difference(before, it.export)
    assert it.commit(later).state == "confirmed"
    assert any(pending in line for line in transaction.status(it.name, it.user, it.world)["log"])
    assert it.left_behind() == []


@pytest.mark.parametrize("version", VERSIONS)
def test_an_open_change_is_confirmed_or_aborted(bench: Callable[..., Bench], version: str) -> None:
    it = bench(version)
    before = it.export
    opened = it.commit(it.begin([rules()]), Options(confirm=False))
    assert opened.candidate is not None
    after = {path: rows for path, rows in it.export.items() if path != "system scheduler"}
    assert transaction.abort(opened.candidate, it.world).state == "undone"
    assert (it.export, it.left_behind()) == (before, [])
    opened = it.commit(it.begin([rules()]), Options(confirm=False))
    assert opened.candidate is not None
    assert it.commit(opened.candidate).state == "confirmed"
    it.pass_bound(60 + GRACE)
    assert it.export == after


@pytest.mark.timeout(900)
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("undo", ["scheduler", "auto"])
def test_of_two_at_once_each_is_whole_or_not_at_all(bench: Callable[..., Bench], version: str, undo: str) -> None:
    benches = [bench(version), bench(version)]
    name, lab = benches[0].name, benches[0].lab

    def change(it: Bench, tag: str) -> str:
        candidate = it.begin([rules(10, tag)])
        try:
            return it.commit(candidate, Options(undo=undo)).state
        except (Conflict, Unprotected):
            return NOTHING_WRITTEN

    with ThreadPoolExecutor(2) as pool:
        for turn in range(6):
            tags = [f"a{turn}", f"b{turn}"]
            states = list(pool.map(change, benches, tags))
            for tag, state in zip(tags, states, strict=True):
                found = [
                    row
                    for rows in lab.snapshot(name).values()
                    for row in rows
                    if row.get("comment", "").startswith(tag)
                ]
                assert (state, len(found)) in {("confirmed", 11), ("undone", 0), (NOTHING_WRITTEN, 0)}
            assert benches[0].left_behind() == []
    # nothing stays blocked
    assert change(benches[0], "last") == "confirmed"
