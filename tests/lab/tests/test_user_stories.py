# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a network engineer does to a laboratory in an afternoon, and what went wrong then."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from routerlab import seed
from routerlab.cli_testing import Shell
from routerlab.model.router import Router
from routerlab.model.store import Row
from routerlab.statedir import StateDir
from routerlab.testing import bare_router, wait_until

TOPOLOGY = """
[[router]]
name = "r"
model = "RB750Gr3"

[[router.isp]]
name = "One"
port = "ether1"
network = "192.168.40.0/24"

[[router.isp]]
name = "Two"
port = "ether2"
network = "192.168.20.0/24"
"""


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A running lab; its router gives leases at ether3 and sends everything by ether1."""
    folder = tmp_path_factory.mktemp("stories")
    box = Shell(folder, TOPOLOGY, folder / "state")
    done = box.up("--kernel")
    assert done.returncode == 0, done.stderr
    with box.wire() as wire:
        for port, third in (("ether1", 40), ("ether2", 20)):
            wire.add("/ip/address", address=f"192.168.{third}.2/24", interface=port)
            wire.add("/ip/firewall/nat", chain="srcnat", action="masquerade", out_interface=port)
        wire.add("/ip/route", dst_address="0.0.0.0/0", gateway="192.168.40.1")
        wire.talk("/ip/dns/set", "=servers=8.8.8.8")
        wire.add("/ip/address", address="172.16.10.1/24", interface="ether3")
        wire.add("/ip/pool", name="lan", ranges="172.16.10.10-172.16.10.20")
        wire.add("/ip/dhcp-server", name="lan", interface="ether3", address_pool="lan", disabled="no")
        wire.add("/ip/dhcp-server/network", address="172.16.10.0/24", gateway="172.16.10.1")
    yield box
    assert box.ended("down").returncode == 0


# At the command line


@pytest.mark.parametrize("tool", ["flows", "speedtest"])
def test_a_tool_s_help_is_shown(shell: Shell, tool: str) -> None:
    done = shell.ended(tool, "r", "ether3", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: ")
    assert "--seed" in done.stdout


def test_who_reads_only_the_first_lines_ends_the_rest(shell: Shell) -> None:
    """As ``| head -1`` does; nothing is said about it."""
    with shell.start("flows", "r", "ether3", "--duration", "100", "--timeline") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith('{"t": 0.0')
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(timeout=20) == 1


def test_a_command_that_is_not_there(shell: Shell) -> None:
    """One line, without the words of the shell that looked for it; a misplaced option is told to be one."""
    done = shell.ended("client", "r", "ether3", "--", "no such program")
    assert (done.returncode, done.stdout, done.stderr) == (127, "", "routerlab: no such program: not found\n")
    done = shell.ended("client", "r", "ether3", "--state-dir", "elsewhere", "--", "true")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "routerlab: --state-dir is no command: options of client stand before the router's name\n"


@pytest.mark.parametrize("words", [("flows", "--count", "3"), ("speedtest", "--seconds", "0.1", "--ramp", "0.1")])
def test_the_state_directory_may_be_named_at_the_end(shell: Shell, words: tuple[str, ...]) -> None:
    """It was handed to the tool, which knows no such option, and another lab was asked."""
    tool, *options = words
    done = shell.ended(tool, "r", "ether3", *options, "--state-dir", "elsewhere")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"routerlab: no lab is running in {shell.folder / 'elsewhere'};")
    done = shell.ended(tool, "r", "ether3", "--state-dir", "state", *options, ROUTERLAB_STATE="elsewhere")
    assert (done.returncode, done.stderr) == (0, "")


def test_names_that_the_terminal_cannot_show(shell: Shell) -> None:
    """Written with escapes, by the tools, in a mistake and among the messages."""
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    url = f"https://api.telegram.org/bot123:{'x' * 35}/sendMessage?chat_id=42&text=%F0%9F%9A%80"
    with shell.wire() as wire:
        wire.talk("/interface/ethernet/set", "=numbers=ether1", "=name=Süd 🚀")
        row = wire.add("/system/script", name="tell", source=f'/tool fetch output=none url="{url}"')
        assert wire.talk("/system/script/run", f"=.id={row}") == [["!done"]]
        wire.talk("/system/script/remove", f"=.id={row}")
    try:
        done = shell.ended("flows", "r", "ether3", "--count", "5", **ascii_only)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("S\\xfcd \\U0001f680 5 (100.0 %), ")
        done = shell.ended("flows", "r", "no-such-port", **ascii_only)
        assert (done.returncode, done.stdout) == (1, "")
        assert "S\\xfcd \\U0001f680 (ether1)" in done.stderr
        done = shell.ended("telegram", **ascii_only)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.endswith("    \\U0001f680\n")
    finally:
        with shell.wire() as wire:
            wire.talk("/interface/ethernet/set", "=numbers=Süd 🚀", "=name=ether1")


#: What a lab's process imports first: it stops where it begins to start, until somebody lets it go on.
HOLD = """\
import os
import signal
import sys

if "--ready-fd" in sys.orig_argv:
    from routerlab.lab import Lab

    start = Lab.start

    async def held(lab):
        os.kill(os.getpid(), signal.SIGSTOP)
        await start(lab)

    Lab.start = held
"""


@pytest.mark.parametrize("how", ["Ctrl-C", "down"])
def test_a_lab_that_is_still_starting_is_stopped(tmp_path: Path, how: str) -> None:
    """Whoever gives up waiting for it leaves none, and ``down`` need not wait for it either."""
    box = Shell(tmp_path, TOPOLOGY, tmp_path / "state")
    (tmp_path / "hold").mkdir()
    (tmp_path / "hold" / "sitecustomize.py").write_text(HOLD)
    box.environment["PYTHONPATH"] = str(tmp_path / "hold")
    lock = tmp_path / "state" / "lock"
    words = ("up", "mine.toml", "--detach", "--kernel", "--port-base", str(box.base))
    with box.start(*words) as process:
        pid = wait_until("the lab starts", lambda: lock.exists() and StateDir(lock.parent).pid())
        assert pid
        # held where it is: on a busy machine it would be up before it is told to end
        wait_until("the lab is held", lambda: _status(pid, "State").startswith("T"))
        if how == "Ctrl-C":
            process.send_signal(signal.SIGINT)
            _let_go(pid)
        else:
            with box.start("down") as down:
                _let_go(pid)
                down.communicate(timeout=30)
            assert down.returncode == 0
        _output, errors = process.communicate(timeout=30)
    assert "Traceback" not in errors
    assert process.returncode == (130 if how == "Ctrl-C" else 1)
    wait_until("the lab has ended", lambda: not Path(f"/proc/{pid}").exists())
    assert not lock.parent.exists()


def _let_go(pid: int) -> None:
    """Let a lab that is held go on as soon as it has been told to end."""
    wait_until("the lab is told to end", lambda: _pending(pid, signal.SIGTERM))
    os.kill(pid, signal.SIGCONT)


def _status(pid: int, name: str) -> str:
    """What the kernel tells of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(line.split(maxsplit=1)[1] for line in lines if line.startswith(f"{name}:"))


def _pending(pid: int, number: signal.Signals) -> bool:
    """Whether a process has a signal that it has not seen yet."""
    return bool(int(_status(pid, "ShdPnd"), 16) & 1 << number - 1)


# Scripts over the API


@pytest.mark.parametrize("argument", ["number", ".id"])
def test_a_script_is_run_by_its_name(shell: Shell, argument: str) -> None:
    with shell.wire() as wire:
        row = wire.add("/system/script", name="by name", source="/system identity set name=renamed")
        assert wire.talk("/system/script/run", f"={argument}=by name") == [["!done"]]
        (shown,) = wire.rows("/system/identity/print")
        assert shown["name"] == "renamed"
        wire.talk("/system/identity/set", "=name=r")
        assert wire.talk("/system/script/remove", f"=.id={row}") == [["!done"]]


@pytest.mark.parametrize(
    "source",
    [
        ':local s "x"; :while (true) do={ :set s ($s . $s) }',
        ':local s "x"; :while (true) do={ :set s "$s$s$s" }',
        ":local a {1}; :while (true) do={ :set a ($a, $a) }",
        ":local a {1}; :while (true) do={ :set a {$a; $a} }",
        ":local a {1}; :while (true) do={ :set ($a->[:len $a]) $a }",
        ":local s [:rndstr length=60000]; :local a {$s; $s}; :while (true) do={ :set a ($a . $s . $s) }",
        ':local a; :for i from=1 to=100 do={ :set ($a->"k$i") "xxxxxxxxxxxx" }; :while (true) do={ :set a ($a . $a) }',
    ],
)
def test_a_script_that_eats_the_machine_s_memory_is_stopped(shell: Shell, source: str) -> None:
    """It doubled a text until the kernel killed the lab, and the routers were gone."""
    with shell.wire() as wire:
        row = wire.add("/system/script", name="eats", source=source)
        assert wire.trap("/system/script/run", f"=.id={row}").startswith("a value of more than 16 MiB")
        assert wire.talk("/system/script/remove", f"=.id={row}") == [["!done"]]


def table(shown: Callable[[], list[Row]]) -> Router:
    """A router whose connections are what ``shown`` gives at each look."""
    router = bare_router("r")
    path = "ip firewall connection"
    menu = replace(router.menus[path], extra_rows=lambda _router: shown(), remove_extra=lambda _router, _rows: None)
    router.menus = {**router.menus, path: menu}
    return router


def connections(count: int) -> list[Row]:
    return [Row(0x80000001 + number, dynamic=True, facts={"protocol": "tcp"}) for number in range(count)]


@pytest.mark.parametrize("source", ["find", "find where protocol=tcp", "print count-only", "print"])
def test_connections_that_end_while_a_script_looks_at_them(source: str) -> None:
    """The script goes by what it saw first."""
    left = connections(9)

    def fewer() -> list[Row]:
        left.pop()
        return list(left)

    seed.apply(table(fewer), f":global found [/ip firewall connection {source}]")


def test_all_connections_are_removed_with_few_looks_at_the_table() -> None:
    """Each look reads the kernel's whole table."""
    looks: list[None] = []
    rows = connections(20_000)

    def count() -> list[Row]:
        looks.append(None)
        return rows

    seed.apply(table(count), "/ip firewall connection remove [find]")
    assert len(looks) < 5
