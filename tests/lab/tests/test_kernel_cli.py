# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab with packets as its user commands it: every command of ``routerlab``, and clear words for every mistake."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from routerlab.cli_testing import Shell
from routerlab.testing import wait_until
from routerlab.wire import Wire

TOPOLOGY = """
[[router]]
name = "r"
model = "RB750Gr3"
unplugged = ["ether5"]

[[router.isp]]
name = "One"
port = "ether1"
network = "192.168.40.0/24"
down = "200M"
up = "100M"

[[router.isp]]
name = "Two"
port = "ether2"
network = "192.168.20.0/24"
delay = "5ms"
"""


def running(argument: str) -> bool:
    """Whether any process of the machine has that argument."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if argument.encode() in path.read_bytes().split(b"\0"):
                return True
        except OSError:
            continue
    return False


def configure(wire: Wire) -> None:
    """Two links and a LAN at ether3 whose packets leave by both: odd source ports by the second table's link."""
    for port, gateway in (("ether1", "192.168.40.1"), ("ether2", "192.168.20.1")):
        wire.add("/ip/address", address=f"{gateway[:-1]}2/24", interface=port)
        wire.add("/routing/table", name=f"by-{port}", fib="")
        wire.add("/ip/route", dst_address="0.0.0.0/0", gateway=gateway, routing_table=f"by-{port}")
        wire.add("/ip/firewall/nat", chain="srcnat", action="masquerade", out_interface=port)
    wire.add("/ip/route", dst_address="0.0.0.0/0", gateway="192.168.40.1", check_gateway="ping")
    wire.add("/ip/route", dst_address="0.0.0.0/0", gateway="192.168.20.1", distance="2")
    for number, port in enumerate(("ether1", "ether2")):
        wire.add(
            "/ip/firewall/mangle",
            chain="prerouting",
            action="mark-routing",
            new_routing_mark=f"by-{port}",
            in_interface="ether3",
            dst_address_type="!local",
            per_connection_classifier=f"both-addresses-and-ports:2/{number}",
        )
    wire.add("/ip/address", address="172.16.10.1/24", interface="ether3")
    wire.add("/ip/pool", name="lan", ranges="172.16.10.10-172.16.10.20")
    wire.add("/ip/dhcp-server", name="lan", interface="ether3", address_pool="lan", disabled="no")
    wire.add("/ip/dhcp-server/network", address="172.16.10.0/24", gateway="172.16.10.1", dns_server="172.16.10.1")
    wire.talk("/ip/dns/set", "=servers=8.8.8.8", "=allow-remote-requests=yes")


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A running lab with a configured router."""
    box = Shell(tmp_path_factory.mktemp("kernel") / "lab", TOPOLOGY)
    done = box.up("--kernel")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "Packets: carried by the kernel" in done.stdout
    with box.wire() as wire:
        configure(wire)
    yield box
    assert box.ended("down").returncode == 0
    assert not (box.folder / ".routerlab").exists()


# Clients


def test_a_client_s_output_and_status_are_its_command_s(shell: Shell) -> None:
    """And its environment and folder are those of who asks."""
    script = "echo out $WORD $PWD; echo err >&2; exit 7"
    done = shell.ended("client", "r", "ether3", "--", "sh", "-c", script, WORD="☕")
    assert (done.returncode, done.stdout, done.stderr) == (7, f"out ☕ {shell.folder}\n", "err\n")
    done = shell.ended("client", "r", "ether3", "--", "sh", "-c", "kill -KILL $$")
    assert done.returncode == 128 + signal.SIGKILL


def test_a_client_is_on_the_lan(shell: Shell) -> None:
    """Its address came by DHCP, its names are resolved by the router, its packets come back."""
    shown = shell.run("client", "r", "ether3", "--", "ip", "-4", "-o", "address", "show", "eth0")
    assert " 172.16.10." in shown
    assert "nameserver 172.16.10.1" in shell.run("client", "r", "ether3", "--", "cat", "/etc/resolv.conf")
    program = "import socket; print(socket.create_connection(('www.example.com', 80), 5).getpeername()[0])"
    assert shell.run("client", "r", "ether3", "--", sys.executable, "-c", program) == "93.184.216.34\n"


def test_a_client_at_a_provider_s_port_is_its_modem(shell: Shell) -> None:
    """By the interface's name now as well as by the port's own."""
    with shell.wire() as wire:
        assert wire.talk("/interface/ethernet/set", "=numbers=ether1", "=name=uplink") == [["!done"]]
    try:
        for name in ("uplink", "ether1"):
            assert " 192.168.40.1/24 " in shell.run("client", "r", name, "--", "ip", "-4", "-o", "address")
    finally:
        with shell.wire() as wire:
            assert wire.talk("/interface/ethernet/set", "=numbers=uplink", "=name=ether1") == [["!done"]]


def test_commands_that_cannot_be_run(shell: Shell) -> None:
    done = shell.ended("client", "r", "ether3", "--", "no-such-program", "x")
    assert (done.returncode, done.stdout) == (127, "")
    assert done.stderr.startswith("routerlab: ")
    assert done.stderr.endswith("no-such-program: not found\n")
    assert done.stderr.count("\n") == 1
    assert "client needs a command" in shell.refused("client", "r", "ether3")
    assert "client needs a command" in shell.refused("client", "r", "ether3", "--")


def test_a_client_without_a_cable_or_a_server(shell: Shell) -> None:
    """What is missing is told."""
    assert "there is no link at r ether5" in shell.refused("client", "r", "ether5", "--", "true")
    assert "the client at r ether4 got no DHCP lease within" in shell.refused("client", "r", "ether4", "--", "true")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_who_asked_ends_and_so_does_the_command(shell: Shell, number: signal.Signals) -> None:
    """However it ends; no line of Python is shown."""
    argument = f"{31536000 + random.random()}"
    with shell.start("client", "r", "ether3", "--", "sleep", argument) as process:
        # The words of the command stand in the process of who asks, too.
        pid = wait_until("sleep runs", lambda: _pid(argument))
        process.send_signal(number)
        _out, errors = process.communicate(timeout=20)
    assert "Traceback" not in errors
    wait_until("sleep has ended", lambda: not Path(f"/proc/{pid}").exists())


def _pid(argument: str) -> str | None:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"sleep") and argument.encode() in words:
            return path.parent.name
    return None


# Measuring


def test_flows(shell: Shell) -> None:
    """As a table, as JSON with exactly the links and the failures, as a timeline."""
    said = shell.run("flows", "r", "ether3", "--count", "40", "--timeout", "20")
    assert said.startswith("ether1 ")
    assert "failed 0, in " in said
    counted = shell.json("flows", "r", "ether3", "--count", "40", "--timeout", "20")
    assert set(counted) == {"ether1", "ether2", "failed"}
    assert counted["failed"] == 0
    assert counted["ether1"] + counted["ether2"] == 40
    assert min(counted["ether1"], counted["ether2"]) > 3
    *moments, last = shell.run("flows", "r", "ether3", "--duration", "0.5", "--rate", "40", "--timeline").splitlines()
    shown = [json.loads(line) for line in moments]
    assert sum(moment["ok"] + moment["failed"] for moment in shown) == sum(json.loads(last).values())
    assert all(set(moment["by_link"]) == {"ether1", "ether2"} for moment in shown)
    assert shell.ended("flows", "r", "ether3", "--count", "0").returncode == 2


def test_a_speed_test(shell: Shell) -> None:
    """What the lines carry, in Mbit/s."""
    words = ("speedtest", "r", "ether3", "--seconds", "0.4", "--ramp", "0.3", "--connections", "4")
    found = shell.json(*words)
    assert set(found) == {"ping_ms", "download_mbps", "upload_mbps", "connections", "failed", "by_link"}
    assert found["failed"] == 0
    assert found["ping_ms"] > 0
    assert found["download_mbps"] > 5
    assert found["upload_mbps"] > 5
    assert set(found["by_link"]) <= {"ether1", "ether2"}
    assert sum(link["connections"] for link in found["by_link"].values()) == 4


# Surroundings


def lost(shell: Shell) -> int:
    """How many of some connections fail."""
    done = shell.ended("flows", "r", "ether3", "--count", "12", "--timeout", "0.8", "--json")
    # The tool's way to say that nothing at all came back.
    if "none of 12 attempts was answered" in done.stderr:
        return 12
    assert done.returncode == 0, done
    return int(json.loads(done.stdout)["failed"])


def test_cables_and_providers(shell: Shell) -> None:
    """Commands return when it is so."""
    with shell.wire() as wire:
        for words in (("link", "r", "ether1"), ("isp", "r", "ether1", "modem"), ("isp", "r", "ether1", "upstream")):
            assert shell.run(*words, "down") == ""
            (row,) = wire.rows("/interface/print", "?name=ether1")
            assert (row["running"] == "true") is (words[0] != "link"), words
            modem = shell.ended("client", "r", "ether1", "--", "true")
            assert modem.returncode == 0, modem.stderr
            assert shell.run(*words, "up") == ""
        wait_until("the cable is there", lambda: wire.rows("/interface/print", "?name=ether1", "?running=true"))
    wait_until("every connection passes", lambda: lost(shell) == 0)
    shell.run("isp", "r", "ether2", "upstream", "down")
    wait_until("the second link loses its share", lambda: 0 < lost(shell) < 12)
    shell.run("isp", "r", "ether2", "upstream", "up")
    wait_until("every connection passes", lambda: lost(shell) == 0)


def test_a_provider_s_dhcp(shell: Shell) -> None:
    """No new leases while it is down; what was given stays."""
    shell.run("isp", "r", "ether2", "dhcp", "down")
    with shell.wire() as wire:
        row = wire.add("/ip/dhcp-client", interface="ether2", add_default_route="no", use_peer_dns="no")
        (client,) = wire.rows("/ip/dhcp-client/print")
        assert client["status"] == "searching..."
        shell.run("isp", "r", "ether2", "dhcp", "up")
        wait_until("a lease", lambda: wire.rows("/ip/dhcp-client/print", "?status=bound"))
        assert wire.rows("/ip/dhcp-client/print")[0]["address"] == "192.168.20.2/24"
        assert wire.talk("/ip/dhcp-client/remove", f"=.id={row}") == [["!done"]]


def test_the_clock(shell: Shell) -> None:
    """Its speed is shown and set; time passes at once; nonsense is refused."""
    assert shell.run("clock") == "the lab's timers run at 1 times their speed\n"
    assert "at 2.5 times" in shell.run("clock", "--speed", "2.5")
    assert shell.json("status")["clock"] == {"speed": 2.5}
    with shell.wire() as wire:
        before = wire.rows("/system/clock/print")[0]["time"]
        assert "at 1 times" in shell.run("clock", "--speed", "1", "--advance", "3600")
        after = wire.rows("/system/clock/print")[0]["time"]
        assert (int(after[:2]) - int(before[:2])) % 24 in (1, 2)
    assert "above 0 and up to 1000" in shell.refused("clock", "--speed", "nan")
    assert "time does not run backwards" in shell.refused("clock", "--advance", "-1")
    assert "at most 604800 s pass at once" in shell.refused("clock", "--advance", "inf")
    assert shell.ended("clock", "--speed", "fast").returncode == 2
    assert shell.json("status")["clock"] == {"speed": 1.0}


def test_messages_to_telegram(shell: Shell) -> None:
    """When they came, by which link, what they say."""
    assert shell.run("telegram") == "Telegram has received nothing\n"
    url = f"https://api.telegram.org/bot123:{'x' * 35}/sendMessage?chat_id=42&text=one%0Atwo%20%E2%98%95"
    with shell.wire() as wire:
        row = wire.add("/system/script", name="tell", source=f'/tool fetch output=none url="{url}"')
        assert wire.talk("/system/script/run", f"=.id={row}") == [["!done"]]
        assert wire.talk("/system/script/remove", f"=.id={row}") == [["!done"]]
    said = shell.run("telegram")
    assert ", through r/ether1, to chat 42:\n    one\n    two ☕\n" in said
    assert shell.run("telegram", "--wait", "two ☕") == said
    assert "no message with 'three' within 1 s" in shell.refused("telegram", "--wait", "three", "--within", "1")
    (message,) = shell.json("telegram")
    assert (message["link"], message["chat_id"], message["text"]) == ("r/ether1", "42", "one\ntwo ☕")


def test_scripts_that_fail_over_the_api(shell: Shell) -> None:
    """The parser's own words, and those of a fetch that fails."""
    with shell.wire() as wire:
        row = wire.add("/system/script", name="bad", source=":log info (")
        assert "line 1 column" in wire.trap("/system/script/run", f"=.id={row}")
        url = "https://198.51.100.1/x"
        wire.talk(
            "/system/script/set", f"=.id={row}", f"=source=/tool fetch output=none check-certificate=yes url={url}"
        )
        assert "failure" in wire.trap("/system/script/run", f"=.id={row}")
        assert wire.talk("/system/script/remove", f"=.id={row}") == [["!done"]]


# Status


def test_what_is_not_in_force_is_told(shell: Shell) -> None:
    """In the status and, once, in the lab's log; one clear sentence."""
    before = shell.json("status")
    assert before["backend"] == "kernel"
    assert (before["routers"][0]["problems"], before["routers"][0]["notes"]) == ([], [])
    with shell.wire() as wire:
        wire.add("/routing/table", name="going", fib="")
        rule = wire.add("/routing/rule", src_address="10.9.0.0/16", action="lookup", table="going")
        logged = wire.add("/ip/firewall/filter", chain="forward", action="accept", log="yes", dst_address="203.0.113.9")
        wire.talk("/routing/table/remove", "=numbers=going")
        # What is gone reads back as its number, here as on a router.
        (shown,) = wire.rows("/routing/rule/print")
        sentence = f"/routing rule {rule}: the table {shown['table']} is gone"
        note = f"/ip firewall filter {logged}: matching packets are counted, but not written to /log"
        try:
            wait_until("the problem", lambda: shell.json("status")["routers"][0]["problems"] == [sentence])
            assert shell.json("status")["routers"][0]["notes"] == [note]
            said = shell.run("status")
            assert f"not in force on r: {sentence}\n" in said
            assert f"in force only in part on r: {note}\n" in said
            assert shell.log.count(f"the table {shown['table']} is gone") == 1
        finally:
            wire.talk("/routing/rule/remove", f"=.id={rule}")
            wire.talk("/ip/firewall/filter/remove", f"=.id={logged}")
    wait_until("no problem", lambda: shell.json("status")["routers"][0]["problems"] == [])


def test_what_the_kernel_does_not_take_is_told_once(shell: Shell) -> None:
    """The rest of the router's state is in force, and the log is not filled with it."""
    with shell.wire() as wire:
        row = wire.add("/interface/vlan", name="v", interface="ether4", vlan_id="7")
        bad = wire.add("/ip/address", address="192.0.2.1/24", interface="v")
        try:
            problems = shell.json("status")["routers"][0]["problems"]
            if not problems:
                # A kernel that has VLANs takes it all.
                shown = wire.rows("/interface/print", "?name=v")
                assert shown[0]["running"] == "true"
                return
            (problem,) = problems
            assert "8021q" in problem or "VLAN" in problem
            assert "\n" not in problem
            for number in range(5):
                wire.talk("/log/info", f"=message=x{number}")
                wire.rows("/interface/print")
            wait_until("every connection passes", lambda: lost(shell) == 0)
            assert shell.log.count(problem.partition(": ")[2]) == 1
        finally:
            wire.talk("/ip/address/remove", f"=.id={bad}")
            wire.talk("/interface/vlan/remove", f"=.id={row}")
    wait_until("no problem", lambda: shell.json("status")["routers"][0]["problems"] == [])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("link", "x", "ether1", "up"), "no router 'x' in this lab; there are: r"),
        (("link", "r", "ether9", "up"), "r has no port 'ether9'; there are: ether1, ether2, ether3, ether4, ether5"),
        (
            ("isp", "r", "ether3", "modem", "down"),
            "there is no provider at r's ether3; there are providers at: ether1, ",
        ),
        (("client", "x", "ether3", "--", "true"), "no router 'x'"),
        (("client", "r", "LAN", "--", "true"), "r has no port 'LAN'"),
        (("flows", "r", "LAN"), "r has no port 'LAN'"),
        (("flows", "x", "ether3"), "no router 'x'"),
        (("speedtest", "r", "LAN"), "r has no port 'LAN'"),
        (("reset", "x"), "no router 'x'"),
        (("snapshot", "x"), "no router 'x'"),
    ],
)
def test_what_is_not_there(shell: Shell, words: tuple[str, ...], message: str) -> None:
    """What there is, is told instead."""
    assert message in shell.refused(*words)


def test_words_that_no_command_knows(shell: Shell) -> None:
    """The command line's own refusal, with what would be right."""
    for words in (("isp", "r", "ether1", "antenna", "down"), ("link", "r", "ether1", "loose")):
        done = shell.ended(*words)
        assert done.returncode == 2
        assert "invalid choice" in done.stderr


# Labs beside each other, and labs that cannot be


def test_two_labs_at_once(shell: Shell, tmp_path: Path) -> None:
    """Neither knows of the other; going down with a client's command running leaves nothing."""
    other = Shell(tmp_path / "other", TOPOLOGY)
    done = other.up("--kernel")
    assert done.returncode == 0, done.stderr
    argument = f"{31536000 + random.random()}"
    with other.start("client", "r", "ether1", "--", "sleep", argument) as process:
        wait_until("sleep runs", lambda: _pid(argument))
        wait_until("every connection passes", lambda: lost(shell) == 0)
        assert other.run("down") == ""
        _out, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert errors.startswith("routerlab: ")
    assert errors.count("\n") == 1
    assert _pid(argument) is None
    assert not (other.folder / ".routerlab").exists()
    wait_until("every connection passes", lambda: lost(shell) == 0)


def test_ports_that_are_taken(shell: Shell, tmp_path: Path) -> None:
    """The second lab says so and leaves nothing, neither files nor processes."""
    other = Shell(tmp_path / "other", TOPOLOGY)
    other.base = shell.base
    done = other.up("--kernel")
    assert done.returncode == 1
    assert f"port {shell.base + 10} on 127.0.0.1, wanted for r's api" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (other.folder / ".routerlab").exists()
    wait_until("its processes have ended", lambda: not running(str(other.folder / ".routerlab")))


def test_without_a_program_there_are_no_packets(tmp_path: Path) -> None:
    """One line tells why; who insists on packets gets none of it."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for program in ("unshare", "nsenter", "mount", "sh"):
        where = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
        assert where is not None
        (tools / program).symlink_to(where)
    other = Shell(tmp_path / "other", TOPOLOGY)
    # /usr/sbin and /sbin are looked into whatever PATH says: a lab's own view of them is empty.
    hidden = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    (other.folder / "empty").mkdir()
    hide = 'for place in /usr/sbin /sbin; do mount --bind empty "$place"; done; exec "$@"'
    command = [*hidden, hide, "sh", sys.executable, "-m", "routerlab", "up", "mine.toml", "--detach"]

    def up(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, "--port-base", str(other.base), *words],
            cwd=other.folder,
            env={**other.environment, "PATH": str(tools)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    insisting = up("--kernel")
    assert insisting.returncode == 1
    reason = "nft, dnsmasq, udhcpc are missing; on Debian: apt-get install nftables dnsmasq-base udhcpc\n"
    assert insisting.stderr == f"routerlab: the data plane cannot be started: {reason}"
    going_on = up()
    assert going_on.returncode == 0, going_on.stderr
    assert going_on.stderr == f"routerlab: no data plane, so no packets (as with --no-kernel): {reason}"
    assert "Packets: none (no data plane)" in going_on.stdout
    assert other.json("status")["backend"] == "none"
    for words in (("client", "r", "ether3", "--", "true"), ("flows", "r", "ether3"), ("telegram",)):
        assert "this lab runs without its data plane" in other.refused(*words)
    assert other.run("link", "r", "ether1", "down") == ""
    assert "at 2 times" in other.run("clock", "--speed", "2")
    assert other.run("down") == ""


def test_packets_or_not_is_one_choice(tmp_path: Path) -> None:
    done = Shell(tmp_path / "other", TOPOLOGY).up("--kernel", "--no-kernel")
    assert done.returncode == 2
    assert "not allowed with" in done.stderr


def test_a_reset_lab_begins_anew(shell: Shell) -> None:
    """Rows, surroundings and packets; the last test, as it takes the configuration away."""
    shell.run("isp", "r", "ether1", "modem", "down")
    shell.run("link", "r", "ether3", "down")
    assert shell.run("reset", "r") == "r: factory state\n"
    with shell.wire() as wire:
        configure(wire)
    wait_until("every connection passes", lambda: lost(shell) == 0)
