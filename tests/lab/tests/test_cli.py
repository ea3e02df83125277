# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: detached labs, one bare router, clear words when something is wrong."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from routerlab import cli
from routerlab.cli_testing import Shell, free_base
from routerlab.control import ControlError
from routerlab.statedir import StateDir
from routerlab.wire import Wire

TOPOLOGY = '[[router]]\nname = "one"\nversion = "7.18.2"\n[[router]]\nname = "two"\n'


def test_nobody_else_gets_the_ports_of_a_lab_that_is_still_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that run side by side each choose some."""
    base = free_base(2)
    others = iter([base - 10, base, base + 10])
    monkeypatch.setattr(random, "randrange", lambda *_bounds: next(others))
    with pytest.raises(StopIteration):
        free_base(2)


def up(shell: Shell, *words: str) -> str:
    """What a detached lab of the two routers says, without packets."""
    done = shell.up("--no-kernel", *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """A folder whose lab is stopped afterwards."""
    box = Shell(tmp_path, TOPOLOGY)
    yield box
    box.run("down")


def test_a_detached_lab_from_up_to_down(shell: Shell) -> None:
    """Ports, status, reset, snapshot; nothing is left behind."""
    said = up(shell)
    assert f"127.0.0.1:{shell.base + 10}" in said
    status = json.loads(shell.run("status", "--json"))
    assert status["backend"] == "none"
    assert status["memory_bytes"] > 1_000_000
    assert Path(status["ca"]).read_text().startswith("-----BEGIN CERTIFICATE-----")
    assert status["state_dir"] == str(shell.folder / ".routerlab")
    one, two = status["routers"]
    assert (one["name"], one["version"], one["username"], one["password"]) == ("one", "7.18.2", "admin", "lab")
    assert two["api"] == {"host": "127.0.0.1", "port": shell.base + 20}
    assert two["api_ssl"] == {"host": "127.0.0.1", "port": shell.base + 21}
    assert two["ssh"] is None
    assert two["counters"] == {"connections": 0, "logins": 0, "sentences": 0, "writes": 0}
    with Wire(one["api"]["port"]) as line:
        line.login()
        line.talk("/system/identity/set", "=name=☕")
    assert json.loads(shell.run("snapshot", "one"))["system identity"] == [{"name": "☕"}]
    assert json.loads(shell.run("status", "--json"))["routers"][0]["counters"]["writes"] == 1
    assert shell.run("reset", "one") == "one: factory state\n"
    assert json.loads(shell.run("snapshot", "one"))["system identity"] == [{"name": "MikroTik"}]
    assert json.loads(shell.run("status", "--json"))["routers"][0]["counters"]["writes"] == 0
    assert shell.run("reset") == "all routers: factory state\n"
    assert "7.18.2" in shell.run("status")
    shell.run("down")
    assert not (shell.folder / ".routerlab").exists()
    with pytest.raises(ConnectionRefusedError):
        Wire(one["api"]["port"])


def test_errors_are_one_clear_line(shell: Shell) -> None:
    """Each names what is wrong and what would be right."""
    assert "no lab is running" in shell.run("status", status=1)
    assert "routerlab up" in shell.run("snapshot", "one", status=1)
    assert shell.run("down") == "no lab is running\n"
    assert "no such topology" in shell.run("up", "nowhere", status=1)
    up(shell)
    assert "a lab runs here already (process " in shell.run("up", "mine.toml", "--detach", status=1)
    assert "no router 'three' in this lab; there are: one, two" in shell.run("reset", "three", status=1)
    assert "no router 'three'" in shell.run("snapshot", "three", status=1)
    other = shell.run("up", "mine.toml", "--detach", "--port-base", str(shell.base), "--state-dir", "other", status=1)
    assert f"port {shell.base + 10} on 127.0.0.1, wanted for one's api" in other
    assert "Another lab or program may hold it" in other
    assert not (shell.folder / "other" / "control.sock").exists()
    assert "choose a port base" in shell.run("up", "--port-base", "80", status=2)
    assert "is no port number" in shell.run("router", "--version", "7.22", "--port", "x", status=2)


def test_free_ports(shell: Shell) -> None:
    """Port base 0: two labs in one place at one time, and each tells its ports."""
    ports = set()
    for state in ("one", "other"):
        shell.run("up", "mine.toml", "--no-kernel", "--detach", "--port-base", "0", "--state-dir", state)
        told = json.loads(shell.run("status", "--json", "--state-dir", state))
        ports |= {router[face]["port"] for router in told["routers"] for face in ("api", "api_ssl")}
    assert len(ports) == 8
    assert 0 not in ports
    for state in ("one", "other"):
        shell.run("down", "--state-dir", state)


def test_a_lab_of_one_s_own_from_an_inventory(shell: Shell) -> None:
    """A folder that describes a site is a topology; what had to be invented is told; the inventory has its ports."""
    site = shell.folder / "company" / "host_vars" / "branch-7.yml"
    site.parent.mkdir(parents=True)
    site.write_text("site_wans: [{interface: ether1, gateway: 10.0.0.1}]\n")
    assert "no lab is running" in shell.run("inventory", status=1)
    done = shell.ended("up", "company", "--detach", "--no-kernel", "--port-base", str(shell.base))
    note = "branch-7: site_wans[0]: no network is described, so the lab's ISP has 10.0.0.0/24\n"
    assert (done.returncode, done.stderr) == (0, f"routerlab: {note}")
    assert f"branch-7  CHR    7.24      127.0.0.1:{shell.base + 10}" in done.stdout
    assert f"\n      ansible_port: {shell.base + 10}\n" in shell.run("inventory")
    shell.run("down")
    printed = shell.run("topology", "company")
    assert printed.startswith(f"# {note}")
    (shell.folder / "company.toml").write_text(printed)
    assert shell.run("topology", "company.toml") == printed
    site.write_text("site_wans: [{interface: ether1, gateway: 10.0.0}]\n")
    for words in (("up", "company"), ("topology", "company")):
        assert shell.run(*words, status=1) == (
            "routerlab: company/host_vars/branch-7.yml: site_wans[0]: gateway: "
            "'10.0.0' is no IPv4 address, such as 192.168.61.1\n"
        )


def test_a_crashed_lab_is_recognised(shell: Shell) -> None:
    """Its state is stale: status says so, up starts anew."""
    up(shell)
    pid = json.loads(shell.run("status", "--json"))["pid"]
    os.kill(pid, signal.SIGKILL)
    StateDir(shell.folder / ".routerlab").wait_released()
    assert (shell.folder / ".routerlab" / "state.json").exists()
    assert "no lab is running" in shell.run("status", status=1)
    up(shell)
    assert json.loads(shell.run("status", "--json"))["pid"] != pid
    os.kill(json.loads(shell.run("status", "--json"))["pid"], signal.SIGKILL)
    StateDir(shell.folder / ".routerlab").wait_released()
    assert "cleared what a dead one left" in shell.run("down")
    assert not (shell.folder / ".routerlab").exists()


def test_a_lab_that_ends_while_it_is_told_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not answer any more, and when it is to be signalled its process is gone."""

    def ask(*_words: object) -> None:
        raise ControlError("the lab ended before it answered")

    with subprocess.Popen(["true"]) as ended:
        ended.wait()
    state = StateDir(tmp_path)
    state.acquire().close()
    state.write({"pid": ended.pid})
    monkeypatch.setattr(cli, "ask", ask)
    assert cli._down(state) == 0
    assert not state.path.exists()


def test_state_directories_with_long_names(shell: Shell) -> None:
    """Longer than a UNIX socket's address allows."""
    folder = "/".join(["a-rather-long-name-for-a-folder"] * 5)
    up(shell, "--state-dir", folder)
    assert json.loads(shell.run("status", "--json", "--state-dir", folder))["backend"] == "none"
    shell.run("down", "--state-dir", folder)
    assert not (shell.folder / folder).exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_in_the_foreground_a_signal_ends_it(shell: Shell, number: signal.Signals) -> None:
    """Cleanly, with everything removed."""
    with shell.start("up", "mine.toml", "--port-base", str(shell.base)) as process:
        assert process.stdout is not None
        while "Ctrl-C" not in process.stdout.readline():
            assert process.poll() is None
        with Wire(shell.base + 10) as line:
            line.login()
            process.send_signal(number)
            assert process.wait(60) == 0
    assert not (shell.folder / ".routerlab").exists()


def test_one_bare_router_with_a_seed(shell: Shell) -> None:
    """In the foreground, at the port it was given."""
    (shell.folder / "seed.rsc").write_text('/system identity\nset name="from seed"\n')
    port = shell.base + 10
    words = ("router", "--version", "7.22", "--port", str(port), "--seed", "seed.rsc", "--model", "RB760iGS")
    with subprocess.Popen(
        shell.command(*words),
        cwd=shell.folder,
        env=shell.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        while "Ctrl-C" not in process.stdout.readline():
            assert process.poll() is None
        with Wire(port) as line:
            line.login()
            assert line.rows("/system/identity/print") == [{"name": "from seed"}]
            assert line.rows("/system/resource/print")[0]["version"] == "7.22 (stable)"
            assert len(line.rows("/interface/ethernet/print")) == 6
        process.terminate()
        assert process.wait(60) == 0


def test_bare_routers_that_cannot_start(shell: Shell) -> None:
    """Versions and seeds are checked first."""
    (shell.folder / "seed.rsc").write_text("/ip pool\nadd ranges=x\n")
    words = ("router", "--version", "7.22", "--port", str(shell.base + 10))
    assert "seed.rsc: line 2: value of ranges" in shell.run(*words, "--seed", "seed.rsc", status=1)
    assert "none.rsc" in shell.run(*words, "--seed", "none.rsc", status=1)
    assert "the lab knows RouterOS" in shell.run("router", "--version", "6.49", "--port", "8728", status=1)


def test_help_tells_of_everything(shell: Shell) -> None:
    """Each command, the state directory, examples."""
    said = shell.run("--help")
    for word in ("up", "down", "status", "reset", "snapshot", "router", "ROUTERLAB_STATE", "--detach"):
        assert word in said
    for command in ("up", "down", "status", "reset", "snapshot", "router", "topology", "inventory"):
        assert "usage: routerlab" in shell.run(command, "--help")


def test_state_directories_that_cannot_be_used(shell: Shell) -> None:
    """One line for every command and every reason: below a file, a file, a lock that is a folder, no such place."""
    (shell.folder / "file").write_text("x")
    (shell.folder / "odd" / "lock").mkdir(parents=True)
    for name in ("file", "file/below", "odd", "/proc/nowhere"):
        for words in (("up", "mine.toml", "--detach"), ("up", "mine.toml"), ("status",), ("down",)):
            if name == "/proc/nowhere" and words[0] != "up":
                continue
            said = shell.run(*words, "--state-dir", name, status=1)
            assert said.startswith(f"routerlab: {(shell.folder / name)}: cannot be used as state directory: ")
    assert (shell.folder / "file").read_text() == "x"


def test_bytes_that_are_no_text_are_printed(shell: Shell) -> None:
    """A snapshot stays valid JSON in UTF-8, whatever a comment holds and whatever the terminal's language is."""
    up(shell)
    with Wire(shell.base + 10) as line:
        line.login()
        line.add("/ip/pool", name="☕", comment="\udcff\udc80", ranges="10.0.0.0/24")
    done = subprocess.run(
        shell.command("snapshot", "one"),
        cwd=shell.folder,
        env={**shell.environment, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert "☕".encode() in done.stdout
    assert json.loads(done.stdout)["ip pool"][0]["comment"] == "\udcff\udc80"


def test_a_seed_may_close_the_router_s_own_services(shell: Shell) -> None:
    """Before anybody could connect; the other port answers."""
    (shell.folder / "seed.rsc").write_text("/ip service set api disabled=yes\n")
    words = ("router", "--version", "7.22", "--port", str(shell.base + 10), "--seed", "seed.rsc")
    with shell.start(*words) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        while "Ctrl-C" not in (said := process.stdout.readline()):
            assert said, process.stderr.read()
        with pytest.raises(ConnectionRefusedError):
            Wire(shell.base + 10)
        Wire(shell.base + 11).socket.close()
        process.terminate()
        assert process.wait(60) == 0
        assert "Traceback" not in process.stderr.read()


def fault_of(shell: Shell, name: str) -> object:
    """What ``status`` tells of a router's fault."""
    return {router["name"]: router["fault"] for router in shell.json("status")["routers"]}[name]


def test_a_fault_is_ordered_and_taken_back(shell: Shell) -> None:
    """It is seen in ``status`` until it has struck; all kinds can be ordered."""
    up(shell)
    assert shell.run("fault", "one", "trap", "--after", "2", "--of", "writes") == ""
    assert fault_of(shell, "one") == {"kind": "trap", "after": 2, "of": "writes"}
    assert fault_of(shell, "two") is None
    with shell.wire() as line:
        line.add("/ip/pool", ranges="10.0.0.0/24")
        assert fault_of(shell, "one") == {"kind": "trap", "after": 1, "of": "writes"}
        assert line.trap("/ip/pool/add", "=ranges=10.0.0.0/24") == "failure: fault ordered by the lab"
    assert fault_of(shell, "one") is None
    for kind in ("drop", "stall", "torn", "reboot"):
        shell.run("fault", "one", kind)
        assert fault_of(shell, "one") == {"kind": kind, "after": 1, "of": "sentences"}
    shell.run("fault", "one", "drop", "--done")
    assert fault_of(shell, "one") == {"kind": "drop", "after": 1, "of": "sentences", "done": True}
    shell.run("fault", "one", "clear")
    assert fault_of(shell, "one") is None


def test_faults_that_cannot_be_ordered(shell: Shell) -> None:
    for words, message in (
        (("melt",), "invalid choice: 'melt'"),
        (("drop", "--after", "0"), "'0' is no number from 1 on"),
        (("drop", "--after", "-3"), "'-3' is no number from 1 on"),
        (("drop", "--after", "x"), "'x' is no number from 1 on"),
        (("drop", "--of", "reads"), "invalid choice: 'reads'"),
        (("trap", "--done"), "only a drop can come after the sentence was done"),
        ((), "the following arguments are required: kind"),
    ):
        assert message in shell.run("fault", "one", *words, status=2)
    up(shell)
    assert "no router 'three' in this lab; there are: one, two" in shell.refused("fault", "three", "drop")
    assert "no router 'three' in this lab; there are: one, two" in shell.refused("reboot", "three")


def test_a_router_is_rebooted(shell: Shell) -> None:
    """Its rows stay; its ports are closed until it is back, when it has been up for a moment."""
    up(shell)
    with shell.wire() as line:
        line.add("/ip/pool", name="p", ranges="10.0.0.0/24")
    assert shell.run("reboot", "one") == "one: reboots, its ports open again after 20 s of the lab's clock\n"
    with pytest.raises(ConnectionRefusedError):
        Wire(shell.base + 10)
    assert [router["booting"] for router in shell.json("status")["routers"]] == [True, False]
    shell.run("clock", "--advance", "20")
    with shell.wire() as line:
        assert [row["name"] for row in line.rows("/ip/pool/print")] == ["p"]
        assert line.rows("/system/resource/print")[0]["uptime"].endswith("s")
