# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections counted by the address that the servers saw."""

from __future__ import annotations

import json
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from routerlab.internet.testing import PORTS, Internet
from routerlab.traffic.flows import Flows, Plan
from routerlab.traffic.targets import ephemeral_ports, servers

COMMAND = [sys.executable, "-m", "routerlab.traffic", "flows"]


@pytest.fixture(scope="module")
def internet() -> Iterator[Internet]:
    """One for all tests here."""
    with Internet() as made:
        yield made


def flows(internet: Internet, *arguments: str, status: int = 0) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The result and the timeline; a busy machine may take long for what takes no time."""
    where = ["--addresses", ",".join(internet.addresses), "--ports", *map(str, PORTS["flows"]), "--timeout", "60"]
    ended = subprocess.run([*COMMAND, *where, "--json", *arguments], capture_output=True, timeout=100, check=False)
    assert ended.returncode == status, ended.stderr
    *timeline, result = [json.loads(line) for line in ended.stdout.splitlines()]
    return result, timeline


@pytest.fixture
def black_hole() -> Iterator[int]:
    """A port where connecting hangs: a full backlog drops what comes; at 127.0.0.1."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        fill = [socket.socket() for _rest in range(4)]
        for waiting in fill:
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]
        for waiting in fill:
            waiting.close()


def test_ten_thousand_are_counted_by_address(internet: Internet) -> None:
    """In well under the time that a test may take."""
    before = internet.request("counters")["result"]["flows"]
    result, _rest = flows(internet, "--count", "10000", "--source", "127.0.0.9")
    assert result["by_address"] == {"127.0.0.9": 10000}
    assert result["failed"] == 0
    # Two seconds where nothing else runs.
    assert result["seconds"] < 60
    assert internet.request("counters")["result"]["flows"] == before + 10000


def test_nothing_stays_in_time_wait(internet: Internet) -> None:
    """A client may do this again and again."""
    flows(internet, "--count", "200", "--source", "127.0.0.10")
    with open("/proc/net/tcp", encoding="ascii") as table:
        local = [line.split()[1] for line in table][1:]
    assert not [entry for entry in local if entry.startswith("0A00007F:")]


def test_datagrams(internet: Internet) -> None:
    """Counted in the same way."""
    result, _rest = flows(internet, "--count", "50", "--udp", "--ports", str(PORTS["udp"][0]))
    assert result["by_address"] == {"127.0.0.1": 50}


def test_nobody_there_is_a_failure_with_its_reason(internet: Internet) -> None:
    """The result is printed all the same."""
    result, _rest = flows(internet, "--count", "20", "--ports", "15999", status=1)
    assert result["by_address"] == {}
    assert result["errors"] == {"refused": 20}
    ended = subprocess.run(
        [*COMMAND, "--addresses", "127.0.0.1", "--ports", "15999", "--count", "3"],
        capture_output=True,
        timeout=60,
        check=False,
        text=True,
    )
    assert ended.returncode == 1
    assert ended.stderr == "flows: none of 3 attempts was answered (refused: 3)\n"


def test_what_hangs_does_not_delay_the_others(internet: Internet, black_hole: int) -> None:
    """Many more than may be under way at once."""
    addresses = f"{internet.addresses[0]},127.0.0.1"
    # At every address one of the ports is the good one, the other hangs or is refused.
    result, _rest = flows(
        internet,
        *("--addresses", addresses, "--ports", str(PORTS["flows"][0]), str(black_hole)),
        *("--count", "2000", "--concurrency", "100", "--timeout", "1.5"),
    )
    hanging = result["errors"]["timed out"]
    assert hanging > 400
    assert result["by_address"]["127.0.0.1"] > 300
    # One batch of a hundred after the other would take over six seconds.
    assert result["seconds"] < hanging / 100 * 1.5


def test_a_steady_rate_with_a_timeline(internet: Internet) -> None:
    """Every tenth of a second once, and the sums agree."""
    result, timeline = flows(internet, "--duration", "1", "--interval", "0.01", "--timeline")
    assert [line["t"] for line in timeline] == [round(number / 10, 1) for number in range(len(timeline))]
    begun = [line["ok"] + line["failed"] for line in timeline]
    assert sum(begun) == sum(result["by_address"].values())
    # Never more than were due.  What a busy machine begins late it begins at once, 64 at a time, so that up to the last
    # tenth of a second in which any began it lacks none; what was due later, and after the end, it may never begin.
    last = max(number for number, count in enumerate(begun) if count)
    assert min(64, 10 * last + 1) <= sum(begun) <= 100
    assert timeline[0]["unix"] == result["started"]
    assert all(line["by_address"] == ({"127.0.0.1": line["ok"]} if line["ok"] else {}) for line in timeline)


def test_an_outage_shows_to_a_tenth_of_a_second() -> None:
    """Servers that go away while the client goes on, with exit status 0."""
    with Internet() as made:
        where = ["--addresses", ",".join(made.addresses), "--ports", str(PORTS["flows"][0]), "--timeout", "60"]
        with subprocess.Popen(
            [*COMMAND, *where, "--duration", "60", "--rate", "50", "--timeline", "--json"], stdout=subprocess.PIPE
        ) as client:
            assert client.stdout is not None
            lines = (json.loads(line) for line in client.stdout)
            while not (line := next(lines))["ok"]:
                pass
            assert line["failed"] == 0
            made.__exit__(None, None, None)
            gone = time.time()
            for line in lines:
                # Whatever began while they went was not refused, but reset: nobody accepted it any more.
                if line["unix"] > gone and line["failed"]:
                    break
            assert line["ok"] == 0
            # It ends as it is told, with its result.
            client.terminate()
            *_rest, result = lines
        assert client.returncode == 0
    assert result["by_address"]["127.0.0.1"] > 0
    assert result["errors"]["refused"] > 0


def test_held_connections_stay_open(internet: Internet) -> None:
    """For whoever looks at the connection table meanwhile."""
    where = ["--addresses", internet.addresses[0], "--ports", str(PORTS["flows"][0]), "--source", "127.0.0.11"]
    patiently = ["--timeout", "60", "--hold", "60"]
    with subprocess.Popen([*COMMAND, *where, "--count", "5", *patiently, "--json"], stdout=subprocess.PIPE) as client:
        established = 0
        while established < 5:
            assert client.poll() is None
            with open("/proc/net/tcp", encoding="ascii") as table:
                rows = [line.split() for line in table][1:]
            established = sum(row[1].startswith("0B00007F:") and row[3] == "01" for row in rows)
        client.terminate()
        assert client.stdout is not None
        assert json.loads(client.stdout.read())["by_address"] == {"127.0.0.11": 5}


def test_more_than_can_be_held_open_are_refused(internet: Internet) -> None:
    """Instead of waiting for ever for a descriptor."""
    addresses = ",".join(internet.addresses)
    ports = " ".join(map(str, PORTS["flows"]))
    asked = f"--addresses {addresses} --ports {ports} --count 200 --hold 0.1"
    shell = ["sh", "-c", f"ulimit -n 200; exec '{sys.executable}' -m routerlab.traffic flows {asked}"]
    ended = subprocess.run(shell, capture_output=True, text=True, timeout=100, check=False)
    assert ended.returncode == 1
    assert ended.stderr == "flows: only 136 connections can be held open at once here (see ulimit -n)\n"


def test_pages_serve_as_well(internet: Internet) -> None:
    """At port 80 a server waits for a request; here the port is another."""
    web = PORTS["http"]
    plan = Plan(internet.addresses, web, 30, timeout=60, http_ports=frozenset(web))
    result = Flows(plan, random.Random(3)).run()
    assert result.by_address == {"127.0.0.1": 30}
    assert result.failed == 0


def test_servers_are_many_and_far_apart() -> None:
    """And the same ones for the same seed."""
    chosen = servers(500, random.Random(1))
    assert len(set(chosen)) == 500
    assert chosen == servers(500, random.Random(1))
    assert len({address.split(".")[0] for address in chosen}) > 15
    assert not [address for address in chosen if address.startswith(("10.", "192.168.", "127.", "198.18."))]


def test_every_ephemeral_port_comes_once_before_any_comes_again() -> None:
    """In an order by chance."""
    ports = ephemeral_ports(random.Random(2))
    first = [next(ports) for _rest in range(1000)]
    assert len(set(first)) == 1000
    assert first != sorted(first)
