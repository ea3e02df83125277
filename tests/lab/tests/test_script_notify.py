# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scripts that notify: the paper's, verbatim, and this collection's, for up and down, with failing fetches."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from routerlab.messages import Trap
from routerlab.model.router import Router
from routerlab.script import FetchRequest, FetchResult, ScriptError, parse, run
from routerlab.seed import SeedMachine, apply
from routerlab.testing import bare_router

EXPECTED = Path(__file__).parents[2] / "unit" / "expected"

#: The paper's figures 22 and 23, as printed.
FIGURE_22 = r"""
:local hh $host
:local tokenBot "<BOT-TOKEN>"
:local chatID "<CHAT-ID>"
:local message "Jaringan Internet ISP1: $hh Aktif \E2\9C\85"
:local datetime "Tanggal: $[system clock get date] %A Jam: $[system clock get time]"
/tool fetch url="https://api.telegram.org/bot$tokenBot/sendmessage?chat_id=$chatID&text=$datetime %0A$message"keep-result=no
"""
FIGURE_23 = r"""
:local hh $host
:local tokenBot "<BOT-TOKEN>"
:local chatID "<CHAT-ID>"
:local message "Jaringan Internet ISP2: $hh Down \E2\9D\8C"
:local datetime "Tanggal: $[system clock get date] %A Jam: $[system clock get time]"
/tool fetch url="https://api.telegram.org/bot$tokenBot/sendmessage?chat_id=$chatID&text=$datetime %0A$message"keep-result=no
"""


class Netwatch(SeedMachine):
    """What netwatch may do; the first ``failing`` fetches fail, and ``pausing`` is called at every pause."""

    def __init__(self, router: Router, failing: int = 0) -> None:
        super().__init__(router, policies={"read", "write", "test", "reboot"}, user="*sys")
        self.failing = failing
        self.fetched: list[FetchRequest] = []
        self.slept: list[float] = []
        self.change: str = ""

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if self.change:
            apply(self.router, self.change)

    async def fetch(self, request: FetchRequest) -> FetchResult:
        self.fetched.append(request)
        if len(self.fetched) <= self.failing:
            raise ScriptError("failure: connection timeout")
        return FetchResult()

    def run(self, text: str, host: str = "8.8.8.8") -> None:
        """Run a script as netwatch does."""
        asyncio.run(run(parse(text, self.router), self, {"host": host}))

    def logged(self) -> list[tuple[str, str]]:
        """Topics and messages of the scripts' log lines."""
        return [(line.topics, line.message) for line in self.router.log if line.topics.startswith("script")]


@pytest.fixture
def router() -> Router:
    """A router that watches a host for ISP1."""
    found = bare_router("bench", model="RB1100AHx4")
    apply(found, '/tool netwatch add host=8.8.8.8 comment="netwatch_telegram: ISP1"')
    return found


@pytest.mark.parametrize(
    ("text", "words"), [(FIGURE_22, "Jaringan Internet ISP1: 8.8.8.8 Aktif ✅"), (FIGURE_23, "ISP2: 8.8.8.8 Down ❌")]
)
def test_the_papers_scripts_run_as_printed(router: Router, text: str, words: str) -> None:
    """The URL is asked for with its blanks: that it is cut there is the server's matter."""
    machine = Netwatch(router)
    machine.run(text)
    (request,) = machine.fetched
    url = request.url.decode()
    day = router.stamp().partition(" ")[0]
    assert url.startswith(
        f"https://api.telegram.org/bot<BOT-TOKEN>/sendmessage?chat_id=<CHAT-ID>&text=Tanggal: {day} %A Jam: "
    )
    assert url.endswith(words)
    assert " %0AJaringan Internet " in url
    assert (request.method, request.output) == ("get", "none")


def test_the_papers_script_dies_with_its_fetch(router: Router) -> None:
    """Nothing catches the error."""
    with pytest.raises(ScriptError) as caught:
        Netwatch(router, failing=1).run(FIGURE_23)
    assert caught.value.message == "failure: connection timeout"
    assert caught.value.line == 7


@pytest.mark.parametrize(("state", "level", "sign"), [("up", "info", "✅"), ("down", "warning", "❌")])
def test_the_roles_script_tells_at_once(router: Router, state: str, level: str, sign: str) -> None:
    """One post with the whole text, encoded; one line in the log."""
    machine = Netwatch(router)
    machine.run((EXPECTED / f"notify_isp1_{state}.rsc").read_text("utf-8"))
    (request,) = machine.fetched
    assert request.url.startswith(b"https://api.telegram.org/bot")
    assert b" " not in request.url
    assert request.url.endswith(b"/sendMessage")
    assert (request.method, request.output, request.check_certificate) == ("post", "none", "no")
    fields = parse_qs(request.data.decode("ascii"), strict_parsing=True)
    assert fields["chat_id"] == ["-100987"]
    lines = fields["text"][0].split("\n")
    assert lines[0] == f"{sign} Trans Coffee HQ: ISP1 (Fiberstar) is {state.upper()}"
    assert lines[1] == "Host: 8.8.8.8"
    assert lines[2] == f"Date: {router.stamp().partition(' ')[0]}"
    assert lines[3].startswith("Time: ")
    assert len(lines[3]) == len("Time: 12:34:56")
    assert machine.slept == []
    assert machine.logged() == [(f"script,{level}", f"netwatch_telegram: ISP1 is {state} (8.8.8.8)")]


def test_the_roles_script_tries_again(router: Router) -> None:
    """Ten seconds later; the message is the same as long as the link is as it says."""
    machine = Netwatch(router, failing=2)
    machine.run((EXPECTED / "notify_isp1_down.rsc").read_text("utf-8"))
    assert machine.slept == [10, 10]
    assert len({request.data for request in machine.fetched}) == 1
    assert len(machine.fetched) == 3
    assert [topic for topic, _message in machine.logged()] == ["script,warning"]


def test_the_roles_script_goes_on_for_a_day(router: Router) -> None:
    """Once a minute after six tries, which it says; without a row to ask it goes on all the same."""
    apply(router, "/tool netwatch remove [find]")
    machine = Netwatch(router, failing=2000)
    machine.run((EXPECTED / "notify_isp1_down.rsc").read_text("utf-8"))
    assert len(machine.fetched) == 1440
    assert set(machine.slept[:5]) == {10}
    assert set(machine.slept[5:]) == {60}
    assert [message for topic, message in machine.logged() if topic == "script,error"] == [
        "netwatch_telegram: could not tell Telegram yet that ISP1 is down; it is tried again every minute",
        "netwatch_telegram: gave up telling Telegram that ISP1 was down",
    ]


@pytest.mark.parametrize(
    ("state", "now", "word"), [("down", "up", "was"), ("up", "down", "was"), ("down", "down", "is")]
)
def test_a_late_message_tells_what_was(router: Router, state: str, now: str, word: str) -> None:
    """It must not contradict a newer one."""
    router.settle()
    watch = next(iter(router.state.watches.watches.values()))
    machine = Netwatch(router, failing=7)
    watch.status = now
    machine.run((EXPECTED / f"notify_isp1_{state}.rsc").read_text("utf-8"))
    texts = [parse_qs(request.data.decode("ascii"))["text"][0].split("\n")[0] for request in machine.fetched]
    assert texts[0].endswith(f"is {state.upper()}")
    assert texts[-1].endswith(f"{word} {state.upper()}")


def test_a_message_that_was_on_its_way_is_put_right(router: Router) -> None:
    """The link comes back while the news of its death is being sent: the last word is that it was so."""
    router.settle()
    watch = next(iter(router.state.watches.watches.values()))

    class Slow(Netwatch):
        async def fetch(self, request: FetchRequest) -> FetchResult:
            watch.status = "up"
            return await super().fetch(request)

    watch.status = "down"
    machine = Slow(router)
    machine.run((EXPECTED / "notify_isp1_down.rsc").read_text("utf-8"))
    texts = [parse_qs(request.data.decode("ascii"))["text"][0].split("\n")[0] for request in machine.fetched]
    assert [text.rpartition(") ")[2] for text in texts] == ["is DOWN", "was DOWN"]
    assert machine.slept == []


def test_netwatch_writes_no_files(router: Router) -> None:
    """A fetch that keeps its result needs ftp, which netwatch has not."""
    machine = Netwatch(router)
    with pytest.raises(ScriptError, match=r"not enough permissions \(9\)"):
        machine.run(FIGURE_22.replace("keep-result=no", ""))
    assert machine.fetched == []


def test_the_model_s_refusals_are_script_errors(router: Router) -> None:
    """A Trap of the model never comes out of a script."""
    with pytest.raises(ScriptError) as caught:
        Netwatch(router).run("/user add name=x group=full password=y")
    assert not isinstance(caught.value, Trap)
    assert caught.value.message == "not enough permissions (9)"
