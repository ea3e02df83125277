# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The progress of runs, as a terminal and as a log shows it."""

from __future__ import annotations

import errno
import os
import pty
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Self

import yaml

from routerlab.model.router import Router
from routerlab.testing import STANDING

from .conftest import SITES, Sites
from .run import BIN, ROOT, kill

ENABLED = {"ANSIBLE_CALLBACKS_ENABLED": "events,multiwan.routeros.progress"}
EACH_SECOND = {**ENABLED, "ANSIBLE_ROUTEROS_PROGRESS_INTERVAL": "1"}


class Terminal:
    """A run of ansible-playbook on a terminal, as ansible.cfg has it here; ``text`` is all that it has been sent."""

    def __init__(self, sites: Sites, book: str | Path, *options: str) -> None:
        self.master, slave = pty.openpty()
        self.text = ""
        inventories = ("-i", "inventories/lab/hosts.yml", "-i", str(sites.folder / "ports.yml"))
        self.process = subprocess.Popen(
            [str(BIN / "ansible-playbook"), str(book), *inventories, *options],
            cwd=ROOT,
            env={
                **os.environ,
                "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
                "LC_ALL": "C.UTF-8",
                "TERM": "xterm",
                "COLUMNS": "100",
                "ANSIBLE_NOCOLOR": "1",
                "ANSIBLE_LOCAL_TEMP": str(sites.folder / "ansible"),
            },
            stdin=slave,
            stdout=slave,
            stderr=slave,
            text=True,
            start_new_session=True,
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Leave no run behind, and no terminal."""
        kill(self.process)
        os.close(self.master)

    def read(self) -> bool:
        """Take what there is; False once the run has ended and all is taken."""
        try:
            taken = os.read(self.master, 65536)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            taken = b""
        self.text += taken.decode("utf-8", "replace")
        return bool(taken)

    def end(self) -> int:
        """Read until the run has ended; returns its exit status."""
        while self.read():
            pass
        return self.process.wait(60)

    @property
    def lines(self) -> list[str]:
        """What stands on the terminal: where a line was erased, what was written over it."""
        return [line.rsplit("\x1b[K", 1)[-1].replace("\r", "") for line in self.text.split("\n")]

    @property
    def drawn(self) -> list[str]:
        """Each text that the status line has shown."""
        return re.findall(r"\x1b\[\?7l(.*?)\x1b\[\?7h", self.text)


def book(sites: Sites, strategy: str, *tasks: dict[str, object]) -> Path:
    """Write a play over all sites."""
    path = sites.folder / "play.yml"
    play = {"name": "Test", "hosts": "routers", "gather_facts": False, "strategy": strategy, "tasks": list(tasks)}
    path.write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
    return path


def bound(seconds: int) -> dict[str, object]:
    """A task that waits until a link has a lease."""
    wanted = {"ip dhcp-client": [{"interface": "ISP1", "status": "bound"}]}
    return {
        "name": "Wait for a lease",
        "multiwan.routeros.verify": {"menus": wanted, "timeout": seconds},
        "when": "inventory_hostname == 'hq'",
    }


def test_a_terminal_shows_one_line_below_all_others(sites: Sites) -> None:
    with Terminal(sites, "playbooks/site.yml") as run:
        status = run.end()
    assert status == 0, run.text
    assert any(re.match(r"0 of 4 sites done, 1 in work at task \d+, 3 left", text) for text in run.drawn), run.drawn
    assert any(
        re.search(r"^1 of 4 sites done, 3 in work at task \d+ of \d+; \d+:\d\d, about \d+ (s|min) left \|", text)
        for text in run.drawn
    )
    assert all(len(text) < 100 for text in run.drawn)
    # nothing of it stays, and nothing else is hurt
    assert not [line for line in run.lines if " of 4 sites done" in line or "\x1b" in line]
    assert len([line for line in run.lines if re.fullmatch(r"TASK \[Begin\] \*+", line)]) == 2
    assert [line for line in run.lines if line.startswith("changed: [hq]")]
    summary = run.text.replace("\r", "").partition("\nSITES ")[2].split("\n")[1:]
    assert [re.fullmatch(r"(\S+) +\d+\.\d s  changed, \d+ commands", line)[1] for line in summary[:4]] == list(SITES)  # type: ignore[index]
    assert summary[4:] == [""]


def test_who_interrupts_a_run_finds_the_terminal_clean(configured: Sites) -> None:
    configured.lab.isp("hq", "ether1", dhcp=False)
    configured.lab.seed("hq", "/ip dhcp-client release [find interface=ISP1]")
    with Terminal(configured, book(configured, "linear", bound(60))) as run:
        deadline = time.monotonic() + 60
        while not any("waiting until all is as it should be" in text for text in run.drawn):
            assert time.monotonic() < deadline, run.text
            assert run.read(), run.text
        run.process.send_signal(signal.SIGINT)
        assert run.end() != 0
    configured.lab.isp("hq", "ether1", dhcp=True)
    assert "sites done" not in run.lines[-1]
    assert run.text.count("\x1b[?7l") == run.text.count("\x1b[?7h")


def test_a_log_gets_a_line_now_and_then_and_a_summary(configured: Sites) -> None:
    # so that only the batches bring lines, however long the machine takes
    run = configured.play("playbooks/site.yml", ANSIBLE_ROUTEROS_PROGRESS_INTERVAL="600", **ENABLED)
    assert run.status == 0, run.output
    assert "\x1b" not in run.output
    (line,) = [line for line in run.output.splitlines() if line.startswith("progress: ")]
    assert re.fullmatch(r"progress: 1 of 4 sites done, 3 left; \d+:\d\d, about \d+ (s|min) left", line)
    summary = run.output.partition("\nSITES ")[2].splitlines()[1:]
    assert [re.fullmatch(r"(\S+) +\d+\.\d s  unchanged", line)[1] for line in summary] == list(SITES)  # type: ignore[index]
    without = configured.play("playbooks/site.yml", "--limit", "hq", ANSIBLE_ROUTEROS_PROGRESS_SUMMARY="0", **ENABLED)
    assert "SITES" not in without.output
    assert without.status == 0


def test_a_task_that_waits_long_is_told_while_it_waits_whatever_the_strategy(configured: Sites) -> None:
    configured.lab.isp("hq", "ether1", dhcp=False)
    configured.lab.seed("hq", "/ip dhcp-client release [find interface=ISP1]")
    run = configured.play(book(configured, "free", bound(3)), **EACH_SECOND)
    configured.lab.isp("hq", "ether1", dhcp=True)
    assert run.status != 0
    told = [line for line in run.output.splitlines() if line.startswith("progress: ")]
    assert [
        line for line in told if re.search(r"\| hq: waiting until all is as it should be, [0-3] s of 3 at most$", line)
    ]
    spent = re.search(r"^hq +(\d+\.\d) s  failed at 'Wait for a lease'$", run.output, re.MULTILINE)
    assert spent
    assert float(spent[1]) >= 3
    assert re.search(r"^medan +\d+\.\d s  unchanged$", run.output, re.MULTILINE)


def stand_once_armed(router: Router) -> None:
    """Let the clock of the lab stand still as soon as a router has shown that it would take a change back.

    Else it does so at its next tick, which may come too early for anybody to tell that it is waited for.
    """

    def look() -> None:
        jobs = (router.text(row, "comment") for row in router.tables["system scheduler"])
        if any("unless it is confirmed within" in comment for comment in jobs):
            router.watchers.remove(look)
            router.site.clock.speed = STANDING

    router.watchers.append(look)


def test_a_commit_tells_what_it_is_at_and_that_its_change_was_taken_back(sites: Sites) -> None:
    """What takes long in a commit is told from within it."""
    never = {"ip pool": [{"name": "never-there"}]}
    sites.lab.call("hq", stand_once_armed)
    process = sites.start(
        book(
            sites,
            "linear",
            {"name": "Begin", "multiwan.routeros.transaction": {"state": "begin", "menus": ["ip pool"]}},
            {"name": "Pool", "multiwan.routeros.ip_pool": {"config": [{"name": "p", "ranges": "10.0.0.2-10.0.0.9"}]}},
            {
                "name": "Commit",
                "multiwan.routeros.transaction": {"state": "commit", "confirm_timeout": 20, "verify": {"menus": never}},
            },
        ),
        "--limit",
        "hq",
        **EACH_SECOND,
    )
    waiting = r"^progress: .*\| hq: waiting until the change is taken back, \d+ s of \d+ at most$"
    output = ""
    try:
        assert process.stdout is not None
        for line in process.stdout:
            output += line
            if re.search(waiting, line):
                sites.lab.speed(1)
        status = process.wait(60)
    finally:
        sites.lab.speed(1)
        output += kill(process)
    assert status > 0
    assert re.search(waiting, output, re.MULTILINE), output
    assert re.search(r"^hq +\d+\.\d s  the change was taken back: failed at 'Commit'$", output, re.MULTILINE)


def test_a_failed_rollout_tells_what_became_of_each_site(sites: Sites) -> None:
    sites.lab.seed("bandung", "/ip pool\nadd name=LAN ranges=10.0.0.2-10.0.0.9\n")
    run = sites.play("playbooks/site.yml", "-e", '{"site_serial": [1, 2, 1]}', **ENABLED)
    assert run.status != 0
    summary = {line.split()[0]: line.split(" s  ")[-1] for line in run.output.partition("\nSITES ")[2].splitlines()[1:]}
    assert summary["hq"].startswith("changed, ")
    assert summary["bandung"].startswith("failed at '")
    assert summary["surabaya"] == "left as it was, because the run ended before its commit"
    assert summary["medan"].endswith("-  not begun")
