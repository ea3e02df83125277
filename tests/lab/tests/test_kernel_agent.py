# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent: calls, events, probes, commands of clients, and what it says when it cannot be had."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from routerlab.kernel import requirements
from routerlab.kernel.client import Agent, KernelError, KernelUnavailable, probe
from routerlab.kernel.commands import Commands
from routerlab.kernel.testing import PATIENCE, Bench, isp, world


@pytest.fixture(scope="module")
def whole_bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One agent for the module."""
    document = world(tmp_path_factory.mktemp("lab"), [isp("ether1", 40), isp("ether2", 20)], config={})
    with Bench(document) as running:
        yield running


@pytest.fixture
def bench(whole_bench: Bench) -> Bench:
    """The agent with the router as ``desired()``."""
    whole_bench.apply()
    return whole_bench


def test_it_can_be_had_here() -> None:
    assert probe() is None


@pytest.mark.parametrize(
    ("method", "params", "words"),
    [
        ("nonsense", {}, "no method nonsense"),
        ("apply", {"router": "nobody", "desired": {}}, "no router nobody"),
        ("isp", {"router": "r", "port": "ether3", "modem": False}, "no provider at ether3 of r"),
        ("dhcp_renew", {"router": "r", "key": "77"}, "no running DHCP client 77"),
        ("ping", {"nothing": 1}, "TypeError"),
    ],
)
def test_errors_are_told(bench: Bench, method: str, params: dict[str, object], words: str) -> None:
    with pytest.raises(KernelError, match=words):
        bench.call(method, **params)


def test_a_lease_over_the_wire(bench: Bench) -> None:
    bench.apply(addresses={"br1": ["172.16.10.1/24"]}, dhcp_clients={"2": {"dev": "ether1", "hostname": "MikroTik"}})
    lease = bench.wait(lambda event: event["event"] == "lease" and event["state"] == "bound")
    assert (lease["router"], lease["client"]) == ("r", "2")
    assert (lease["address"], lease["gateway"], lease["lease"]) == ("192.168.40.2/24", "192.168.40.1", 3600)
    bench.call("dhcp_renew", router="r", key="2")
    bench.wait(lambda event: event["event"] == "lease" and event["state"] == "renewed")


def test_probes(bench: Bench) -> None:
    assert bench.ping("8.8.8.8")["answered"]
    assert bench.ping("192.168.40.1", method="arp_ping", dev="ether1")["answered"]
    assert bench.ping("8.8.8.8", method="tcp_probe", port=80)["answered"]
    assert not bench.ping("192.168.40.77", timeout=0.2)["answered"]


def test_names_and_fetch(bench: Bench) -> None:
    bench.call("resolve", id=1, router="r", name="api.telegram.org", server="8.8.8.8")
    assert bench.wait(lambda event: event["event"] == "resolved")["result"] == ["149.154.167.220"]
    for server in ("8.8.8.8", "192.168.40.1", "127.0.0.1"):
        bench.call("resolve", id=8, router="r", name="nobody.example", server=server)
        assert bench.wait(lambda event: event["event"] == "resolved")["error"] == "dns name does not exist"
    bench.call("fetch", id=2, router="r", request={"url": "http://9.9.9.9/ip"})
    assert bench.wait(lambda event: event["event"] == "fetched")["result"]["code"] == 200
    bench.call("fetch", id=3, router="r", request={"url": "http://10.1.1.1/", "timeout": 2})
    assert bench.wait(lambda event: event["event"] == "fetched")["error"]


def test_what_nobody_foresaw_is_answered_too(bench: Bench) -> None:
    """A port that no socket takes: whoever waits for the event gets one."""
    bench.call("fetch", id=4, router="r", request={"url": "http://9.9.9.9/", "port": 99999})
    assert "OverflowError" in bench.wait(lambda event: event.get("id") == 4)["unforeseen"]
    bench.call("tcp_probe", id=5, router="r", address="9.9.9.9", port=99999)
    assert "OverflowError" in bench.wait(lambda event: event.get("id") == 5)["unforeseen"]


def test_a_name_server_is_an_address(bench: Bench) -> None:
    bench.call("resolve", id=7, router="r", name="dns.google", server="dns.google")
    assert bench.wait(lambda event: event.get("id") == 7)["error"] == "dns server failure"


def test_counters_and_connections(bench: Bench) -> None:
    before = bench.call("counters", router="r")["interfaces"]["ether1"]["tx_packets"]
    bench.ping("8.8.4.4")
    assert bench.call("counters", router="r")["interfaces"]["ether1"]["tx_packets"] > before
    assert any(found["dst"] == "8.8.4.4" for found in bench.call("connections", router="r"))
    assert bench.call("forget", router="r") >= 1


def test_telegram_keeps_messages(bench: Bench) -> None:
    assert bench.call("telegram") == []


def test_a_command_of_a_client(bench: Bench) -> None:
    before = Path("/etc/resolv.conf").read_bytes()
    status, output, errors = bench.run(
        "ether3", "sh", "-c", "cat /etc/resolv.conf; ip -4 -br addr; echo no >&2; exit 7"
    )
    assert status == 7
    assert "nameserver 8.8.8.8" in output
    assert "172.16.10." in output
    assert errors == "no\n"
    assert Path("/etc/resolv.conf").read_bytes() == before


def test_a_command_at_a_provider(bench: Bench) -> None:
    status, output, errors = bench.run("ether1", "ip", "-4", "-br", "addr", "show", "wan")
    assert (status, errors) == (0, "")
    assert "198.18.1.2/30" in output
    assert bench.agent.world["uplinks"]["r"] == {"ether1": "198.18.1.2", "ether2": "198.18.2.2"}


def test_a_command_that_is_not_there(bench: Bench) -> None:
    status, _rest, errors = bench.run("ether1", "no-such-command")
    assert status == 127
    assert "no-such-command" in errors


def test_a_command_that_cannot_be_run(bench: Bench) -> None:
    status, _rest, errors = bench.run("ether1", "echo", "a\0b")
    assert status is None
    assert errors == "the command cannot be run: embedded null byte"


def test_a_client_without_a_server(bench: Bench) -> None:
    bench.call("reset", router="r")
    bench.apply(dnsmasq=None)
    status, _rest, errors = bench.run("ether3", "true")
    assert status is None
    assert "r ether3" in errors
    assert "no DHCP lease" in errors


def test_a_client_without_a_link(bench: Bench) -> None:
    status, _rest, errors = bench.run("ether5", "true")
    assert status is None
    assert "no link at r ether5" in errors


def test_a_command_is_signalled(bench: Bench) -> None:
    ended: list[tuple[int | None, str | None]] = []
    reading, writing = os.pipe()
    with os.fdopen(reading) as said:
        number = bench.agent.client(
            "r", "ether1", ["sh", "-c", "echo up; sleep 100"], (writing, writing), lambda *told: ended.append(told)
        )
        os.close(writing)
        assert said.readline() == "up\n"
        # Not SIGINT: dash catches that one, and what it is just about to start never sees it.
        bench.agent.signal_client(number, signal.SIGTERM)
        # Whatever the command started is gone too, or the pipe would stay open.
        assert said.read() == ""
    deadline = time.monotonic() + PATIENCE
    while not ended:
        assert time.monotonic() < deadline
        bench.agent.poll(1)
    assert ended == [(-signal.SIGTERM, None)]


def test_a_command_that_is_being_started_is_signalled_once_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given up in between, it would be killed alone, and what it had started would go on."""
    told: list[dict[str, Any]] = []

    async def slowly(*given: Any) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec("sleep", "100", start_new_session=True)
        await asyncio.sleep(0.05)
        return process

    async def prepared() -> Any:
        return None, None

    async def signalled() -> None:
        commands = Commands(told.append)
        commands.run(prepared(), 1, [], {}, "/", ())
        await asyncio.sleep(0.01)
        commands.signal(1, signal.SIGTERM)
        async with asyncio.timeout(PATIENCE):
            while not told:
                await asyncio.sleep(0.01)

    monkeypatch.setattr(Commands, "_start", slowly)
    asyncio.run(signalled())
    assert told == [{"event": "exited", "command": 1, "status": -signal.SIGTERM}]


def test_events_wait_for_the_loop_and_keep_their_order(bench: Bench) -> None:
    bench.agent.poll()
    bench.events.clear()
    for number, up in enumerate((False, True, False, True), 1):
        bench.call("link", router="r", port="ether3", up=up)
        # Of two changes in quick succession the kernel may tell neither.
        deadline = time.monotonic() + PATIENCE
        while len(bench.agent._events) < number:
            assert time.monotonic() < deadline, f"no event {number}"
            bench.call("hello")
    # They have come, before the answers to calls, and were nevertheless not delivered inside these.
    assert not bench.events

    async def collect() -> None:
        bench.agent.attach(asyncio.get_running_loop())
        async with asyncio.timeout(PATIENCE):
            while len(bench.events) < 4:
                await asyncio.sleep(0.01)
        bench.agent.detach()

    asyncio.run(collect())
    assert [event["up"] for event in bench.events] == [False, True, False, True]


def test_the_loop_does_not_wait_for_what_a_call_has_read_already(bench: Bench) -> None:
    async def work() -> None:
        bench.agent.attach(asyncio.get_running_loop())
        # Nobody answers, so that the event comes well after the call; where it came before, once more.
        bench.call("ping", id=4711, router="r", address="192.168.40.77", timeout=0.3)
        while bench.agent._events:
            bench.agent.poll()
            bench.call("ping", id=4711, router="r", address="192.168.40.77", timeout=0.3)
        assert select.select([bench.agent], [], [], PATIENCE)[0]
        # In one turn of the loop, this goes on first and takes the event; then the loop's reader has its turn.
        await asyncio.sleep(0)
        bench.call("hello")
        begun = time.monotonic()
        await asyncio.sleep(0)
        assert time.monotonic() - begun < PATIENCE / 4
        async with asyncio.timeout(PATIENCE):
            while not any(event.get("id") == 4711 for event in bench.events):
                await asyncio.sleep(0.01)
        bench.agent.detach()

    asyncio.run(work())


def test_the_internet_s_death_is_told(tmp_path: Path) -> None:
    with Bench(world(tmp_path, [isp("ether1", 40)], config={})) as bench:
        assert bench.call("telegram") == []
        own = [
            int(entry.name)
            for entry in Path("/proc").iterdir()
            if entry.name.isdigit() and _is_internet(entry) and bench.agent.pid in _ancestors(int(entry.name))
        ]
        assert len(own) == 1
        os.kill(own[0], signal.SIGKILL)
        event = bench.wait(lambda event: event["event"] == "internet-died")
        assert event["reason"] == "the internet's servers ended with status -9"
        with pytest.raises(KernelError, match="the internet's servers do not run"):
            bench.call("telegram")


def _is_internet(process: Path) -> bool:
    try:
        return b"routerlab.internet\0" in (process / "cmdline").read_bytes()
    except OSError:
        return False


def _ancestors(process: int) -> Iterator[int]:
    # Other tests have an internet too, which may end meanwhile.
    with contextlib.suppress(OSError):
        while process > 1:
            process = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
            yield process


def test_death_is_told(tmp_path: Path) -> None:
    with Bench(world(tmp_path, [])) as bench:
        os.kill(bench.agent.pid, signal.SIGKILL)
        assert "ended" in bench.wait(lambda event: event["event"] == "died")["reason"]
        with pytest.raises(KernelError, match="gone"):
            bench.call("counters", router="r")


def test_missing_programs_are_named_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for program in ("unshare", "nsenter", "mount", "dnsmasq"):
        (tmp_path / program).symlink_to(requirements.find()[program])
    monkeypatch.setattr(requirements, "_MORE_PLACES", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    text = "nft, udhcpc are missing; on Debian: apt-get install nftables udhcpc"
    with pytest.raises(KernelUnavailable) as told:
        Agent.start(world(tmp_path, []), lambda event: None)
    assert str(told.value) == text == probe()


def _program(directory: Path, name: str, text: str) -> None:
    path = directory / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_refused_user_namespaces_are_named(tmp_path: Path) -> None:
    _program(tmp_path, "unshare", "echo 'unshare: unshare failed: Operation not permitted' >&2; exit 1")
    reason = requirements.namespaces(str(tmp_path / "unshare"))
    assert reason is not None
    assert reason.startswith("user namespaces ")
    assert "\n" not in reason


def test_a_missing_feature_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    real = requirements.find()["nft"]
    _program(tmp_path, "nft", f'text=$(cat); case $text in *numgen*) exit 1;; esac; echo "$text" | {real} "$@"')
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    reason = probe()
    assert reason is not None
    assert "numgen" in reason
    assert "jhash" not in reason
    assert "\n" not in reason


def test_a_refused_mount_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _program(tmp_path, "mount", "echo 'mount: permission denied.' >&2; exit 32")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(KernelUnavailable, match=r"no tmpfs can be mounted here .*permission denied"):
        Agent.start(world(tmp_path, []), lambda event: None)
