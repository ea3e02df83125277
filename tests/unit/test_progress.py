# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a run has come: events with times in, lines out."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.multiwan.routeros.plugins.callback.progress import CallbackModule
from ansible_collections.multiwan.routeros.plugins.module_utils.progress import (
    FOLDED,
    Progress,
    about,
    clock,
    remaining,
    sizes,
)
from ansible_collections.multiwan.routeros.plugins.module_utils.status_line import StatusLine
from ansible_collections.multiwan.routeros.plugins.module_utils.steps import Step, Steps

SERIAL = [1, 3, 10, "25%"]


def nobody(_name: str) -> None:
    return None


def names(number: int) -> list[str]:
    return [f"site-{at:02}" for at in range(1, number + 1)]


def commit(progress: Progress, sites: Sequence[str], began: float, ended: float, **result: Any) -> None:
    """Let a batch's sites begin a transaction and commit it."""
    for name in sites:
        progress.start(name, "begin", "reading the router", began)
        progress.result(name, "begin", {"routeros_version": "7.22"}, began, transaction=True)
    for name in sites:
        progress.start(name, "commit", "committing", began)
    for name in sites:
        told = {"outcome": "confirmed", "changed": True, "written": True, "commands": ["/one", "/two"], **result}
        progress.result(name, "commit", told, ended, transaction=True)


# Batches


@pytest.mark.parametrize(
    ("sites", "serial", "found"),
    [
        (60, SERIAL, [1, 3, 10, 15, 15, 15, 1]),
        (4, SERIAL, [1, 3]),
        (4, [], [4]),
        (4, [0], [4]),
        (7, ["50%"], [3, 3, 1]),
        (3, ["1%"], [1, 1, 1]),
        (0, [1], []),
    ],
)
def test_batches_are_those_that_ansible_makes(sites: int, serial: list[Any], found: list[int]) -> None:
    assert sizes(sites, serial) == found


@given(st.integers(0, 500), st.lists(st.one_of(st.integers(0, 50), st.integers(1, 100).map("{}%".format)), max_size=5))
def test_batches_hold_every_site_once(sites: int, serial: list[Any]) -> None:
    assert sum(sizes(sites, serial)) == sites


# Time


def test_without_a_finished_batch_there_is_no_estimate() -> None:
    assert remaining([], (1, 20.0), [3, 10], 20) is None


def test_batches_that_fit_into_the_forks_take_as_long_as_the_first() -> None:
    assert remaining([(1, 30.0)], (3, 10.0), [10, 15], 20) == pytest.approx(20 + 30 + 30)


def test_batches_beyond_the_forks_take_turns() -> None:
    assert remaining([(1, 30.0)], (3, 0.0), [10, 40], 5) == pytest.approx(30 + 60 + 240)


def test_two_sizes_tell_what_a_site_takes_and_what_a_batch_does() -> None:
    assert remaining([(1, 12.0), (3, 16.0)], (10, 5.0), [15], 20) == pytest.approx(25 + 40)


def test_a_batch_that_takes_longer_than_estimated_leaves_the_later_ones() -> None:
    assert remaining([(1, 10.0)], (1, 500.0), [1], 5) == pytest.approx(10)


@given(
    st.lists(st.tuples(st.integers(1, 50), st.floats(0, 1e4)), max_size=6),
    st.tuples(st.integers(1, 50), st.floats(0, 1e4)),
    st.lists(st.integers(1, 50), max_size=6),
    st.integers(1, 50),
)
def test_an_estimate_is_never_negative(
    done: list[tuple[int, float]], now: tuple[int, float], later: list[int], forks: int
) -> None:
    found = remaining(done, now, later, forks)
    assert (found is None) == (not done)
    assert found is None or found >= 0


@pytest.mark.parametrize(("seconds", "text"), [(0.9, "0:00"), (151, "2:31"), (3723, "1:02:03")])
def test_times_read_like_a_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "about 10 s left"), (44, "about 40 s left"), (100, "about 2 min left")]
)
def test_estimates_are_no_more_exact_than_they_are(seconds: float, text: str) -> None:
    assert about(seconds) == text


# Lines


def test_a_rollout_is_told_from_its_first_site_to_its_last() -> None:
    progress = Progress(0.0, forks=20)
    sites = names(60)
    progress.batch("play", sites, sites[:1], SERIAL, 1.0)
    progress.start("site-01", "begin", "reading the router", 1.0)
    assert progress.line(3.0, nobody) == (
        "0 of 60 sites done, 1 in work at task 1, 59 left; 0:03 | site-01: reading the router, 2 s"
    )
    commit(progress, sites[:1], 3.0, 31.0)
    progress.batch("play", sites, sites[1:4], SERIAL, 31.0)
    # batches of 10, 15, 15, 15 and 1 are to come, each as long as the first one
    assert progress.line(31.0, nobody) == "1 of 60 sites done, 59 left; 0:31, about 3 min left"
    commit(progress, sites[1:4], 31.0, 61.0)
    progress.batch("play", sites, sites[4:14], SERIAL, 61.0)
    for name in sites[4:14]:
        progress.start(name, "role", "nat", 65.0)
    assert progress.line(70.0, nobody) == (
        "4 of 60 sites done, 10 in work at task 1 of 2, 46 left; 1:10, about 2 min left | "
        "site-05, site-06, site-07 and 7 more: nat, 5 s"
    )


def test_what_a_worker_tells_is_shown_while_its_task_runs() -> None:
    progress = Progress(0.0)
    progress.batch("play", ["hq", "medan"], ["hq", "medan"], [], 0.0)
    progress.start("hq", "commit", "committing", 10.0)
    progress.start("medan", "commit", "committing", 10.0)
    told = {"hq": Step("waiting until the change is taken back", 12.0, 105.0), "medan": Step("writing", 9.0)}
    assert progress.line(46.0, told.get) == (
        "0 of 2 sites done, 2 in work at task 1; 0:46 | medan: committing, 36 s | "
        "hq: waiting until the change is taken back, 34 s of 105 at most"
    )


def test_a_site_that_waits_for_the_others_is_in_work_and_not_named() -> None:
    progress = Progress(0.0)
    progress.batch("play", ["hq", "medan"], ["hq", "medan"], [], 0.0)
    for name in ("hq", "medan"):
        progress.start(name, "role", "nat", 1.0)
    progress.result("hq", "role", {}, 2.0)
    assert progress.line(3.0, nobody) == "0 of 2 sites done, 2 in work at task 1; 0:03 | medan: nat, 2 s"


def test_a_batch_that_ansible_does_not_tell_is_the_whole_play() -> None:
    progress = Progress(0.0)
    progress.batch("play", ["localhost"], [], [], 0.0)
    progress.start("localhost", "page", "write the page", 0.0)
    assert progress.line(2.0, nobody).endswith("| localhost: write the page, 2 s")
    progress.result("localhost", "page", {}, 3.0)
    progress.end({}, 3.0)
    assert progress.summary() == [("localhost     3.0 s  unchanged", "good")]


def test_another_attempt_is_told() -> None:
    progress = Progress(0.0)
    progress.batch("play", ["hq"], ["hq"], [], 0.0)
    progress.start("hq", "wait", "dhcp", 0.0)
    progress.retry("hq", 2, 5)
    progress.retry("hq", 3, 5)
    assert progress.line(9.0, nobody).endswith("hq: dhcp, attempt 3 of 5, 9 s")


def test_each_play_counts_its_own_sites() -> None:
    progress = Progress(0.0)
    progress.batch("first", ["hq", "medan"], ["hq", "medan"], [], 0.0)
    commit(progress, ["hq", "medan"], 0.0, 5.0)
    progress.batch("second", ["hq"], ["hq"], [], 5.0)
    assert progress.line(5.0, nobody) == "0 of 1 site done, 1 left; 0:05"


# What became of each


def test_the_summary_tells_seconds_and_what_became_of_each() -> None:
    progress = Progress(0.0)
    sites = ["hq", "bandung", "medan"]
    progress.batch("play", sites, ["hq"], [1, 2], 0.0)
    commit(progress, ["hq"], 1.0, 4.5)
    progress.batch("play", sites, ["bandung", "medan"], [1, 2], 5.0)
    commit(progress, ["bandung"], 5.0, 6.0, outcome="unchanged", changed=False, commands=[])
    commit(progress, ["medan"], 5.0, 7.0, commands=["/one"])
    progress.end(dict.fromkeys(sites, False), 8.0)
    assert progress.summary() == [
        ("hq          3.5 s  changed, 2 commands", "changed"),
        ("bandung     1.0 s  unchanged", "good"),
        ("medan       2.0 s  changed, 1 command", "changed"),
    ]


def test_a_failed_commit_is_told_with_what_the_router_has_now_and_who_was_stopped_by_it() -> None:
    progress = Progress(0.0)
    sites = ["hq", "bandung", "medan", "surabaya"]
    progress.batch("play", sites, ["hq"], [1, 2, 1], 0.0)
    commit(progress, ["hq"], 0.0, 1.0)
    progress.batch("play", sites, ["bandung", "medan"], [1, 2, 1], 1.0)
    for name in ("bandung", "medan"):
        progress.start(name, "begin", "reading the router", 1.0)
        progress.result(name, "begin", {"routeros_version": "7.22"}, 2.0, transaction=True)
    progress.start("bandung", "commit", "committing", 2.0)
    result = {"failed": True, "outcome": "undone", "written": True}
    progress.failure("bandung", "commit", "Commit", result, 62.0, transaction=True)
    progress.no_more(62.0)
    assert progress.line(62.0, nobody) == "1 of 4 sites done, 1 failed, 1 stopped, 1 left; 1:02, about 10 s left"
    progress.end({"hq": False, "bandung": True, "medan": False}, 62.0)
    assert progress.summary() == [
        ("hq           1.0 s  changed, 2 commands", "changed"),
        ("bandung     61.0 s  the change was taken back: failed at 'Commit'", "bad"),
        ("medan        1.0 s  left as it was, because the run ended before its commit", "bad"),
        ("surabaya         -  not begun", "bad"),
    ]


@pytest.mark.parametrize(
    ("result", "text"),
    [
        ({"outcome": "undone", "written": False}, "nothing was written: failed at 'Commit'"),
        ({"outcome": "unknown"}, "not known, it could not be reached since: failed at 'Commit'"),
        ({"outcome": "mixed"}, "neither as before nor as wanted: failed at 'Commit'"),
        ({"outcome": "unconfirmed"}, "changed, and nothing would take it back: failed at 'Commit'"),
        ({}, "failed at 'Commit'"),
        ({"unreachable": True}, "not reached at 'Commit'"),
    ],
)
def test_each_failure_says_how_the_router_is(result: dict[str, Any], text: str) -> None:
    progress = Progress(0.0)
    progress.batch("play", ["hq"], ["hq"], [], 0.0)
    progress.start("hq", "commit", "committing", 0.0)
    progress.failure("hq", "commit", "Commit", result, 1.0, transaction=True)
    assert progress.line(1.0, nobody).startswith("0 of 1 site done, 1 failed; 0:01")
    progress.end({"hq": True}, 1.0)
    assert progress.summary() == [(f"hq     1.0 s  {text}", "bad")]


def test_a_site_that_a_batch_has_nothing_to_do_on_is_done() -> None:
    """Such as the others of a task with run_once: Ansible begins it on one of them."""
    progress = Progress(0.0)
    sites = ["hq", "medan"]
    progress.batch("look", sites, sites, [], 0.0)
    progress.start("hq", "look", "look", 0.0)
    progress.result("hq", "look", {}, 1.0)
    assert progress.counts()["left"] == 1
    progress.batch("write", sites, sites, [], 1.0)
    progress.start("medan", "write", "write", 1.0)
    progress.result("medan", "write", {}, 2.0)
    progress.end({"hq": False, "medan": False}, 2.0)
    assert progress.summary() == [
        ("hq        1.0 s  unchanged", "good"),
        ("medan     1.0 s  unchanged", "good"),
    ]


def test_who_was_not_begun_when_the_batch_was_given_up_is_told_so() -> None:
    progress = Progress(0.0)
    progress.batch("play", ["hq", "medan"], ["hq", "medan"], [], 0.0)
    progress.start("hq", "look", "look", 0.0)
    progress.failure("hq", "look", "Look", {"failed": True}, 1.0)
    progress.no_more(1.0)
    progress.end({"hq": True}, 1.0)
    assert progress.summary()[1] == ("medan         -  not begun", "bad")


def test_what_was_rescued_has_not_failed() -> None:
    progress = Progress(0.0)
    progress.batch("play", ["hq"], ["hq"], [], 0.0)
    progress.start("hq", "look", "look", 0.0)
    progress.failure("hq", "look", "Look", {"failed": True}, 1.0)
    assert progress.counts()["failed"] == 1
    progress.start("hq", "rescue", "note it", 1.0)
    assert progress.counts()["working"] == 1
    progress.result("hq", "rescue", {}, 2.0)
    progress.end({"hq": False}, 2.0)
    assert progress.summary() == [("hq     2.0 s  unchanged", "good")]


def test_a_drill_that_gives_its_change_back_is_well() -> None:
    progress = Progress(0.0)
    progress.batch("play", ["hq"], ["hq"], [], 0.0)
    commit(progress, ["hq"], 0.0, 1.0, outcome="open")
    progress.start("hq", "abort", "taking the change back", 1.0)
    progress.result("hq", "abort", {"outcome": "undone", "written": True}, 9.0, transaction=True)
    progress.end({"hq": False}, 9.0)
    assert progress.summary() == [("hq     9.0 s  the change was taken back", "changed")]


def test_many_sites_that_are_as_they_were_take_one_line() -> None:
    progress = Progress(0.0, forks=50)
    sites = names(FOLDED + 10)
    progress.batch("play", sites, sites, [], 0.0)
    commit(progress, sites[1:], 0.0, 2.0, outcome="unchanged", changed=False, commands=[])
    commit(progress, sites[:1], 0.0, 4.0)
    progress.end({}, 4.0)
    assert progress.summary() == [
        ("site-01     4.0 s  changed, 2 commands", "changed"),
        (f"{FOLDED + 9} more sites: unchanged, 2.0 s each on average", "good"),
    ]


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("srfnb"), st.integers(0, 30)), max_size=40))
def test_no_order_of_events_loses_a_site(events: list[tuple[str, str, int]]) -> None:
    """Strategies differ in the order in which they tell."""
    progress = Progress(0.0)
    everybody = list("abcd")
    progress.batch("play", everybody, everybody, [], 0.0)
    now = 0.0
    for name, kind, passed in events:
        now += passed
        if kind == "s":
            progress.start(name, "task", "step", now)
        elif kind == "r":
            progress.result(name, "task", {"changed": True}, now)
        elif kind == "f":
            progress.failure(name, "task", "Task", {}, now)
        elif kind == "n":
            progress.no_more(now)
        else:
            progress.batch("play", everybody, [name], [1], now)
        assert sum(progress.counts().values()) == 4
        assert progress.line(now, nobody).count(" of 4 sites done") == 1
    progress.end({}, now)
    assert len(progress.summary()) == 4


# What workers tell


def test_a_step_is_read_by_whoever_looks(tmp_path: Path) -> None:
    steps = Steps(str(tmp_path), "hq")
    assert steps.told() is None
    steps.tell("writing 93 changes", 30.0)
    steps.tell("confirming")
    told = Steps(str(tmp_path), "hq").told()
    assert told is not None
    assert (told.text, told.within) == ("confirming", None)
    assert Steps(str(tmp_path), "medan").told() is None
    assert len(list(tmp_path.iterdir())) == 1


def test_a_step_that_cannot_be_told_stops_nobody(tmp_path: Path) -> None:
    steps = Steps(str(tmp_path / "missing"), "hq")
    steps.tell("writing")
    assert steps.told() is None


def test_a_step_that_is_half_written_is_none(tmp_path: Path) -> None:
    steps = Steps(str(tmp_path), "hq")
    steps.tell("writing")
    (file,) = tmp_path.iterdir()
    file.write_text('["writ', encoding="utf-8")
    assert steps.told() is None


# The callback never breaks a run


class Display:
    """Takes what a callback would show."""

    verbosity = 0

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warning(self, text: str) -> None:
        self.warnings.append(text)


def test_an_error_in_the_callback_is_one_warning_and_ends_it() -> None:
    display = Display()
    callback = CallbackModule()
    callback._display = cast(Any, display)
    callback._progress = Progress(0.0)
    broken: Any = object()
    callback.v2_runner_on_start(broken, broken)
    callback.v2_runner_on_ok(broken)
    assert callback.disabled
    (warning,) = display.warnings
    assert warning.startswith(
        "multiwan.routeros.progress shows nothing any more: AttributeError: 'object' object has no"
    )


# The line on a terminal


class Screen:
    """What a terminal shows of the text that it gets: lines, of which the last one is being written."""

    def __init__(self, text: str) -> None:
        self.lines = [""]
        column = 0
        for piece in re.findall(r"\x1b\[[?0-9]*[A-Za-z]|.|\n", text):
            if piece == "\n":
                self.lines.append("")
                column = 0
            elif piece == "\r":
                column = 0
            elif piece == "\x1b[K":
                self.lines[-1] = self.lines[-1][:column]
            elif not piece.startswith("\x1b"):
                self.lines[-1] = self.lines[-1][:column] + piece + self.lines[-1][column + 1 :]
                column += 1


class Terminal:
    """Two streams that lead to one terminal."""

    def __init__(self) -> None:
        self.text = ""
        self.out, self.err = self._stream(), self._stream()
        self.line = StatusLine(self.err, (self.out, self.err), threading.RLock())

    def _stream(self) -> io.StringIO:
        stream = io.StringIO()

        def write(text: str) -> int:
            self.text += text
            return len(text)

        stream.write = write  # type: ignore[method-assign]
        return stream

    @property
    def lines(self) -> list[str]:
        return Screen(self.text).lines


def test_the_line_stays_below_what_others_write() -> None:
    terminal = Terminal()
    terminal.out.write("TASK [nat]\n")
    terminal.line.draw("0 of 4 sites done")
    assert terminal.lines == ["TASK [nat]", "0 of 4 sites done"]
    terminal.out.write("ok: [hq]\n")
    assert terminal.lines == ["TASK [nat]", "ok: [hq]", ""]
    terminal.line.draw("1 of 4 sites done, 3 in work")
    terminal.line.draw("4 of 4")
    assert terminal.lines == ["TASK [nat]", "ok: [hq]", "4 of 4"]
    terminal.err.write("[WARNING]: look\n")
    terminal.line.draw("done")
    terminal.line.close()
    terminal.out.write("bye\n")
    assert terminal.lines == ["TASK [nat]", "ok: [hq]", "[WARNING]: look", "bye", ""]


def test_nothing_is_drawn_over_a_question() -> None:
    terminal = Terminal()
    terminal.out.write("Vault password: ")
    terminal.line.draw("0 of 4 sites done")
    assert terminal.lines == ["Vault password: "]
    terminal.out.write("\n")
    terminal.out.write("")
    terminal.line.draw("0 of 4 sites done")
    assert terminal.lines == ["Vault password: ", "0 of 4 sites done"]


def test_nothing_is_drawn_over_the_question_for_a_variable() -> None:
    """It reaches the terminal past the streams, when Ansible asks before a later play."""
    terminal = Terminal()
    callback = CallbackModule()
    callback._progress = Progress(0.0)
    callback._progress.batch("first", ["hq"], ["hq"], [], 0.0)
    callback._line = terminal.line
    callback._show(callback._ended)
    assert terminal.lines[-1].startswith("0 of 1 site done, 1 left")
    callback.v2_playbook_on_vars_prompt("site_name", prompt="Which site?")
    callback._show(callback._ended)
    assert terminal.lines == [""]
    assert not callback.disabled


def test_a_long_line_is_cut_to_the_terminals_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    terminal = Terminal()
    terminal.line.draw("x" * 50)
    assert terminal.lines == ["x" * 18 + "…"]


def test_streams_are_left_as_they_were() -> None:
    stream = io.StringIO()
    before = stream.write
    line = StatusLine(stream, (stream,), threading.RLock())
    assert stream.write is not before
    line.close()
    line.close()
    assert stream.write == before


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("draw"), st.text("abc", max_size=9)),
            st.tuples(st.sampled_from(["out", "err"]), st.text("xyz", min_size=1, max_size=9)),
        )
    )
)
def test_others_lines_are_never_garbled(events: list[tuple[str, str]]) -> None:
    terminal = Terminal()
    written = []
    for kind, text in events:
        if kind == "draw":
            terminal.line.draw(text)
        else:
            (terminal.out if kind == "out" else terminal.err).write(f"{text}\n")
            written.append(text)
    terminal.line.close()
    assert terminal.lines == [*written, ""]
