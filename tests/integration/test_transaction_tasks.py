# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A transaction as a playbook sees it: what each task may do before, within and after it."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Sites


def task(module: str, **options: Any) -> dict[str, Any]:
    """A task that calls a module; ``_when``-like keywords of the task itself begin with an underscore."""
    own = {name[1:]: value for name, value in options.items() if name.startswith("_")}
    given = {name: value for name, value in options.items() if not name.startswith("_")}
    return {"name": f"{module} {given.get('state', '')}".strip(), f"multiwan.routeros.{module}": given, **own}


BEGIN = task("transaction", state="begin")
COMMIT = task("transaction", state="commit")
ABORT = task("transaction", state="abort")
# Nobody waits for the time that it leaves, which other tasks on a busy machine may need.
LEAVE = task("transaction", state="commit", confirm=False, confirm_timeout=300)


def pool(name: str, **more: Any) -> dict[str, Any]:
    return task("ip_pool", config=[{"name": name, "ranges": ["10.0.0.2-10.0.0.9"], "comment": f"t: {name}"}], **more)


def pools(sites: Sites) -> list[str]:
    return [row["name"] for row in sites.lab.snapshot("hq").get("ip pool", [])]


def pending(sites: Sites) -> list[str]:
    return [
        row["name"]
        for row in sites.lab.snapshot("hq").get("system scheduler", [])
        if row["name"].startswith("multiwan")
    ]


def test_tasks_between_begin_and_commit_cost_no_connection_and_build_on_each_other(sites: Sites) -> None:
    server = task(
        "dhcp_server", config=[{"name": "s", "interface": "ether3", "address-pool": "one", "comment": "t: s"}]
    )
    run = sites.tasks(BEGIN, pool("one"), server, pool("one"), COMMIT)
    assert run.status == 0, run.output
    assert [result["changed"] for result in run.results("hq")] == [False, True, True, False, True]
    assert run.results("hq")[-1]["outcome"] == "confirmed"
    assert run.results("hq")[-1]["undo"]["way"] == "scheduler"
    # one to read, one to write, one to prove
    assert sites.lab.counters("hq").connections == 3
    assert pools(sites) == ["one"]


def test_a_menu_that_was_not_read_is_named(sites: Sites) -> None:
    run = sites.tasks(task("transaction", state="begin", menus=["ip route"]), pool("one"))
    assert "hq: ip pool: the transaction has not read this menu; name it in the option menus" in run.problems[0][1]


def test_a_second_beginning_drops_nothing(sites: Sites) -> None:
    run = sites.tasks(BEGIN, pool("one"), BEGIN)
    assert "hq: a transaction is open in this run, with 1 tasks planned" in run.problems[0][1]
    assert sites.lab.counters("hq").writes == 0


def test_there_must_be_something_to_commit(sites: Sites) -> None:
    run = sites.tasks(COMMIT)
    assert "hq: there is no transaction to commit; begin one in the same run" in run.problems[0][1]


def test_an_abort_drops_what_was_planned(sites: Sites) -> None:
    run = sites.tasks(BEGIN, pool("one"), ABORT, pool("two"))
    assert run.status == 0, run.output
    assert pools(sites) == ["two"]


def test_what_comes_behind_a_failed_transaction_writes_nothing(sites: Sites) -> None:
    failing = COMMIT | {"ignore_errors": True, "multiwan.routeros.transaction": {
        "state": "commit", "confirm_timeout": 20, "verify": {"ping": [{"address": "10.254.254.254", "count": 1}]},
    }}  # fmt: skip
    run = sites.tasks(BEGIN, pool("one"), failing, pool("two", _ignore_errors=True), COMMIT | {"ignore_errors": True})
    outcomes = [result.get("outcome") for result in run.results("hq")]
    assert outcomes[2] == "undone"
    refused, again = (result["msg"] for result in run.results("hq")[3:5])
    assert "hq: the transaction of this run has failed, so nothing is written without a new one" in refused
    assert "hq: the transaction has failed before: " in again
    assert "10.254.254.254" in again
    assert pools(sites) == []
    assert pending(sites) == []


def test_a_new_transaction_begins_after_a_failed_one(sites: Sites) -> None:
    sites.lab.seed("hq", "/ip pool\nadd name=theirs ranges=10.9.0.1")
    clash = task("ip_pool", config=[{"name": "one", "ranges": ["10.0.0.2"], "comment": "t: one"}])
    sites.lab.fault("hq", "trap", after=2, of="writes")
    run = sites.tasks(BEGIN, clash, COMMIT | {"ignore_errors": True}, BEGIN, pool("two"), COMMIT)
    assert run.status == 0, run.output
    assert pools(sites) == ["theirs", "two"]


def test_an_open_change_is_confirmed_by_a_second_commit(sites: Sites) -> None:
    run = sites.tasks(BEGIN, pool("one"), LEAVE, pool("two", _ignore_errors=True), COMMIT)
    assert [result.get("outcome") for result in run.results("hq")][2::2] == ["open", "confirmed"]
    assert "hq: a change waits for its confirmation; commit or abort it before" in run.results("hq")[3]["msg"]
    assert pools(sites) == ["one"]
    assert pending(sites) == []


def test_an_open_change_is_taken_back_by_an_abort(sites: Sites) -> None:
    status = task("transaction", state="status")
    run = sites.tasks(BEGIN, pool("one"), LEAVE, status, ABORT, status)
    assert run.status == 0, run.output
    results = run.results("hq")
    assert len(results[3]["pending"]) == 1
    assert results[4]["outcome"] == "undone"
    assert results[5]["pending"] == []
    assert any("was not confirmed and has been taken back" in line for line in results[5]["log"])
    assert pools(sites) == []


def test_check_mode_leaves_an_open_change_open(sites: Sites) -> None:
    without = sites.tasks(BEGIN, pool("one"), LEAVE, ABORT)
    assert without.status == 0, without.output
    writes = sites.lab.counters("hq").writes
    sites.lab.clear_counters("hq")
    check = {"check_mode": True}
    run = sites.tasks(BEGIN, pool("one"), LEAVE, COMMIT | check, ABORT | check, ABORT)
    assert run.status == 0, run.output
    told = [(result["outcome"], result["changed"], result["written"]) for result in run.results("hq")[2:]]
    assert told == [("open", True, True), ("open", False, False), ("open", False, False), ("undone", False, True)]
    # the two in check mode write nothing: as many as without them
    assert sites.lab.counters("hq").writes == writes > 0
    assert pools(sites) == pending(sites) == []


@pytest.mark.parametrize(("after", "written"), [(1, False), (2, True)], ids=["arming", "writing"])
def test_a_commit_that_is_undone_tells_whether_it_has_written(sites: Sites, after: int, written: bool) -> None:
    sites.lab.fault("hq", "trap", after=after, of="writes")
    run = sites.tasks(BEGIN, pool("one"), COMMIT)
    assert run.status != 0
    told = run.commit("hq")
    assert (told["outcome"], told["written"], told["changed"]) == ("undone", written, False)
    assert pools(sites) == pending(sites) == []


def test_a_variable_that_is_misspelled_lets_nothing_be_written(sites: Sites) -> None:
    run = sites.tasks(pool("one", _vars={"routeros_transaction": "requried"}))
    assert run.status != 0
    assert run.problems == [("hq", "hq: routeros_transaction=requried: expected 'required', or nothing at all")]
    assert sites.lab.counters("hq").writes == 0


def test_check_mode_plans_on_what_earlier_tasks_have_planned(sites: Sites) -> None:
    server = task(
        "dhcp_server", config=[{"name": "s", "interface": "ether3", "address-pool": "one", "comment": "t: s"}]
    )
    run = sites.tasks(BEGIN, pool("one"), server, pool("one"), COMMIT, options=("--check",))
    assert run.status == 0, run.output
    assert [result["changed"] for result in run.results("hq")] == [False, True, True, False, True]
    assert run.results("hq")[-1]["outcome"] == "planned"
    assert sites.lab.counters("hq").writes == 0


def test_a_task_for_another_host_is_refused(sites: Sites) -> None:
    run = sites.tasks(pool("one", _delegate_to="medan"))
    assert "delegate_to is of no use here" in run.problems[0][1]
    assert sites.lab.counters("hq").writes == sites.lab.counters("medan").writes == 0


TOKEN = "123456789:" + "A" * 35


@pytest.mark.parametrize("fault", ["", "trap"])
def test_no_secret_shows_and_no_file_stays(sites: Sites, fault: str) -> None:
    watch = task(
        "netwatch",
        config=[{"host": "192.0.2.1", "down-script": f':put "{TOKEN} hunter2"', "comment": "t: watch"}],
        secrets=["hunter2"],
    )
    if fault:
        sites.lab.fault("hq", fault, after=2, of="writes")
    # Ansible shows some lines of the play before the task that failed
    run = sites.tasks(BEGIN, watch, pool("one"), COMMIT, options=("-vvv", "--diff"))
    assert (run.status == 0) == (not fault), run.output
    told = run.output + str(run.events)
    assert TOKEN not in told
    at = told.find("hunter2")
    assert at == -1, told[max(0, at - 300) : at + 100]
    assert not list((sites.folder / "ansible").rglob("routeros-*"))
