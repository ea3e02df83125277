# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pings, ARP pings and TCP probes between namespaces."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routerlab.kernel.bench import Bench, Network
from routerlab.kernel.icmp import Answer, Pinger, checksum


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    """The process with the namespaces."""
    with Bench(__file__) as running:
        yield running


class Place(Network):
    """A router with two modems; ether1's is the way out, ether2's network is also known at ether1 as 10.2.0.0/16."""

    def __init__(self) -> None:
        super().__init__()
        self.pinger = Pinger()
        self.closing(self.pinger.close)
        self.router = self.add("router")
        for number in (1, 2):
            modem = f"modem{number}"
            self.add(modem)
            self.cable("router", f"ether{number}", modem, "lan")
            self.ip("router", f"addr add 192.168.{number}.2/24 dev ether{number}")
            self.ip(modem, f"addr add 192.168.{number}.1/24 dev lan")
            self.run(modem, "sysctl", "-qw", "net.ipv4.ip_forward=1")
            self.ip(modem, "addr add 10.9.9.9/32 dev lo")
            self.ip(modem, f"addr add 10.{number}.0.1/32 dev lo")
        self.ip("router", "route add default via 192.168.1.1")


async def answered() -> None:
    """Facts of an answer; sizes are the whole packet's."""
    with Place() as net:
        answer = await net.pinger.ping(net.router, "192.168.1.1")
        assert answer.answered
        assert answer.host == "192.168.1.1"
        assert answer.ttl == 64
        assert answer.size == 56
        assert answer.rtt is not None
        assert 0 < answer.rtt < 0.5
        for size, seen in ((0, 28), (28, 28), (1500, 1500), (3000, 3000)):
            assert (await net.pinger.ping(net.router, "192.168.1.1", size=size)).size == seen
        own = await net.pinger.ping(net.router, "127.0.0.1")
        assert own.answered


async def ways() -> None:
    """The device, the source and the mark each choose the way."""
    with Place() as net:
        assert not (await net.pinger.ping(net.router, "10.2.0.1", timeout=0.3)).answered
        net.ip("router", "route add default via 192.168.2.1 dev ether2 table 1002")
        net.ip("router", "rule add fwmark 2/0x1fff table 1002 priority 100")
        net.ip("router", "rule add from 192.168.2.2 table 1002 priority 101")
        assert (await net.pinger.ping(net.router, "10.2.0.1", mark=2)).answered
        assert (await net.pinger.ping(net.router, "10.2.0.1", src="192.168.2.2")).answered
        net.ip("router", "route add 10.2.0.1 via 192.168.2.1 dev ether2")
        assert (await net.pinger.ping(net.router, "10.2.0.1", dev="ether2")).answered
        assert not (await net.pinger.ping(net.router, "10.2.0.1", dev="ether1", timeout=0.3)).answered
        missing = await net.pinger.ping(net.router, "10.2.0.1", dev="ether9")
        assert missing == Answer(False, reason="no such device")
        stranger = await net.pinger.ping(net.router, "192.168.1.1", src="203.0.113.9")
        assert not stranger.answered


async def reasons() -> None:
    """Each failure by its name, and who said so."""
    with Place() as net:
        quiet = await net.pinger.ping(net.router, "192.168.1.77", timeout=0.2)
        assert quiet == Answer(False, reason="timeout")
        net.ip("modem1", "route add 10.4.0.0/16 via 192.168.1.77")
        stopped = await net.pinger.ping(net.router, "10.4.0.1", ttl=1)
        assert (stopped.answered, stopped.host, stopped.reason) == (False, "192.168.1.1", "TTL exceeded")
        lost = await net.pinger.ping(net.router, "10.3.0.1")
        assert (lost.answered, lost.host, lost.reason) == (False, "192.168.1.1", "net unreachable")
        net.nft("modem1", "add table ip t; add chain ip t in { type filter hook input priority 0; }")
        net.nft("modem1", "add rule ip t in ip daddr 10.1.0.1 reject with icmp type admin-prohibited")
        assert (await net.pinger.ping(net.router, "10.1.0.1")).reason == "packet filtered"
        net.nft("router", "add table ip t; add chain ip t out { type filter hook output priority 0; }")
        net.nft("router", "add rule ip t out ip daddr 192.168.1.1 drop")
        assert (await net.pinger.ping(net.router, "192.168.1.1", timeout=0.2)).reason == "packet rejected"
        net.ip("router", "link set ether2 down")
        assert (await net.pinger.ping(net.router, "192.168.2.1", timeout=0.2)).answered is False
        net.ip("router", "route del default")
        assert (await net.pinger.ping(net.router, "8.8.8.8")).reason == "no route to host"


async def crowd() -> None:
    """Hundreds at once, each with its own end; sequences of one identifier are told apart."""
    with Place() as net:
        pings = [
            net.pinger.ping(net.router, "192.168.1.1" if turn % 2 else "192.168.1.77", timeout=1.0)
            for turn in range(400)
        ]
        answers = await asyncio.gather(*pings)
        assert [answer.answered for answer in answers] == [bool(turn % 2) for turn in range(400)]
        same = [net.pinger.ping(net.router, "192.168.1.1", ident=7, sequence=turn) for turn in range(50)]
        assert all(answer.answered for answer in await asyncio.gather(*same))
        first = asyncio.create_task(net.pinger.ping(net.router, "192.168.1.77", ident=7, timeout=5))
        await asyncio.sleep(0)
        with pytest.raises(ValueError, match="on its way"):
            await net.pinger.ping(net.router, "192.168.1.1", ident=7)
        net.pinger.forget(net.router)
        assert (await first).reason == "interrupted"


async def busy() -> None:
    """An answer in time counts although the loop was busy until long after, and its time is the wire's."""
    with Place() as net:
        ping = asyncio.create_task(net.pinger.ping(net.router, "192.168.1.1", timeout=0.2))
        await asyncio.sleep(0)
        time.sleep(0.5)
        answer = await ping
        assert answer.answered
        assert answer.rtt is not None
        assert answer.rtt < 0.2


async def busy_with_others() -> None:
    """The same for ARP and for connections."""
    with Place() as net:
        with net.namespaces["modem1"].entered():
            listener = socket.create_server(("192.168.1.1", 80))
        with listener:
            for kind in ("ARP", "TCP"):
                probe = asyncio.create_task(
                    net.pinger.arp_ping(net.router, "ether1", "192.168.1.1", 0.2)
                    if kind == "ARP"
                    else net.pinger.tcp_probe(net.router, "192.168.1.1", 80, 0.2)
                )
                await asyncio.sleep(0)
                time.sleep(0.5)
                answer = await probe
                assert answer.answered, kind
                assert answer.rtt is not None
                assert answer.rtt < 0.2


async def late() -> None:
    """An answer after its time is none, also when nobody was there to notice until it had come."""
    with Place() as net:
        net.nft("modem1", "add table ip t; add chain ip t in { type filter hook input priority 0; policy drop; }")
        with net.namespaces["modem1"].entered():
            raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        with raw:
            ping = asyncio.create_task(net.pinger.ping(net.router, "192.168.1.1", ident=77, sequence=5, timeout=0.1))
            await asyncio.sleep(0)
            time.sleep(0.2)
            raw.sendto(echo_reply(77, 5), ("192.168.1.2", 0))
            time.sleep(0.1)
            answer = await ping
        assert (answer.answered, answer.reason) == (False, "timeout")


async def strangers() -> None:
    """Answers of others, of other pings and forged ones do not count."""
    with Place() as net:
        net.nft("modem1", "add table ip t; add chain ip t out { type filter hook output priority 0; }")
        net.nft("modem1", "add rule ip t out icmp type echo-reply drop")
        with net.namespaces["modem1"].entered():
            raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        with raw:
            net.nft("modem1", "flush chain ip t out")
            net.nft("modem1", "add chain ip t in { type filter hook input priority 0; }")
            net.nft("modem1", "add rule ip t in icmp type echo-request drop")
            ping = asyncio.create_task(net.pinger.ping(net.router, "192.168.1.1", ident=77, sequence=5, timeout=0.6))
            await asyncio.sleep(0.05)
            for ident, sequence in ((78, 5), (77, 6)):
                raw.sendto(echo_reply(ident, sequence), ("192.168.1.2", 0))
            raw.sendto(b"\x03\x01\0\0\0\0\0\0E", ("192.168.1.2", 0))
            assert (await ping).reason == "timeout"
            ping = asyncio.create_task(net.pinger.ping(net.router, "192.168.1.1", ident=77, sequence=5, timeout=5))
            await asyncio.sleep(0.05)
            raw.sendto(echo_reply(77, 5), ("192.168.1.2", 0))
            assert (await ping).answered


def echo_reply(ident: int, sequence: int) -> bytes:
    """An echo reply without payload."""
    head = ident.to_bytes(2) + sequence.to_bytes(2)
    return b"\0\0" + checksum(b"\0\0\0\0" + head).to_bytes(2) + head


async def arp() -> None:
    """ARP reaches who answers no ping, and nobody beyond the wire."""
    with Place() as net:
        net.nft("modem1", "add table ip t; add chain ip t in { type filter hook input priority 0; policy drop; }")
        assert not (await net.pinger.ping(net.router, "192.168.1.1", timeout=0.2)).answered
        answer = await net.pinger.arp_ping(net.router, "ether1", "192.168.1.1")
        assert answer.answered
        assert answer.host is not None
        assert len(answer.host) == 17
        assert answer.host == answer.host.upper()
        assert (await net.pinger.arp_ping(net.router, "ether1", "192.168.1.50", 0.2)).reason == "timeout"
        assert (await net.pinger.arp_ping(net.router, "ether2", "192.168.1.50", 0.2)).reason == "timeout"
        assert (await net.pinger.arp_ping(net.router, "ether9", "192.168.1.1")).reason == "no such device"
        net.ip("router", "link set ether1 down")
        assert (await net.pinger.arp_ping(net.router, "ether1", "192.168.1.1", 0.2)).answered is False
        net.ip("router", "link set ether1 up")
        net.ip("router", "addr flush dev ether1")
        # The far end notices a moment later that its cable is in again.
        async with asyncio.timeout(60):
            while not (await net.pinger.arp_ping(net.router, "ether1", "192.168.1.1", 0.2)).answered:
                pass


async def tcp() -> None:
    """A listener answers, a closed port refuses, a silent host says nothing."""
    with Place() as net:
        with net.namespaces["modem1"].entered():
            listener = socket.create_server(("192.168.1.1", 80))
        with listener:
            answer = await net.pinger.tcp_probe(net.router, "192.168.1.1", 80)
            assert answer.answered
            assert answer.rtt is not None
            assert 0 < answer.rtt < 1
            assert (await net.pinger.tcp_probe(net.router, "192.168.1.1", 81)).reason == "connection refused"
            assert (await net.pinger.tcp_probe(net.router, "192.168.1.77", 80, 0.2)).reason == "timeout"
            assert (await net.pinger.tcp_probe(net.router, "192.168.1.1", 80, src="192.168.1.2")).answered
            net.ip("router", "route del default")
            assert (await net.pinger.tcp_probe(net.router, "8.8.8.8", 80)).reason == "no route to host"


@pytest.mark.parametrize(
    "work",
    [answered, ways, reasons, crowd, busy, busy_with_others, late, strangers, arp, tcp],
    ids=lambda work: work.__name__,
)
def test_probes(bench: Bench, work: object) -> None:
    """Each of the coroutines above, in the process with the namespaces."""
    assert callable(work)
    bench.run(work)


@given(st.binary(max_size=64))
def test_a_packet_with_its_checksum_sums_to_nothing(data: bytes) -> None:
    """RFC 1071."""
    even = data + b"\0" * (len(data) % 2)
    assert checksum(even + checksum(even).to_bytes(2)) == 0
    assert checksum(data) == checksum(even)
