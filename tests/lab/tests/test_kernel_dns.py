# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A router's rows, compiled, at work: its DNS cache and its DHCP server, with clients on wires."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from routerlab.kernel.bench import Bench, Network, until
from routerlab.kernel.dhcp_client import DhcpClients
from routerlab.kernel.dnsmasq import Dnsmasq
from routerlab.kernel.namespaces import Namespace
from routerlab.kernel.resolver import ResolveError, resolve
from routerlab.model.router import Router
from routerlab.plane.dnsmasq_config import dnsmasq_config
from routerlab.testing import Lab, router

LAN = """
/ip address add address=172.16.10.1/24 interface=ether3
/ip pool add name=people ranges=172.16.10.10-172.16.10.10
/ip dhcp-server add name=people interface=ether3 address-pool=people lease-time=10m
/ip dhcp-server network add address=172.16.10.0/24 gateway=172.16.10.1 domain=office.example ntp-server=172.16.10.3
/ip dhcp-server lease add mac-address=02:00:00:00:00:77 address=172.16.10.77 lease-time=1h
/ip dhcp-server lease add mac-address=02:00:00:00:00:66 block-access=yes
"""
STATIC = """
/ip dns static add name=printer.lan address=172.16.10.9
/ip dns static add name=printer.lan address=172.16.10.8
/ip dns static add name=copier.lan type=CNAME cname=printer.lan
/ip dns static add name=ads.example type=NXDOMAIN
/ip dns static add name=all.example address=172.16.10.7 match-subdomain=yes
/ip dns static add name=mail.lan type=MX mx-preference=10 mx-exchange=printer.lan
"""
#: The internet's servers: one knows everything, one never answers.
SERVERS = ("203.0.113.53", "203.0.113.54")


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    """The process with the namespaces."""
    with Bench(__file__) as running:
        yield running


@pytest.fixture(scope="module")
def model() -> Iterator[Lab]:
    """The router whose rows are compiled."""
    with Lab(routers=[router("r", "7.22.3", "RB750Gr3")]) as lab:
        yield lab


@pytest.fixture
def compiled(model: Lab) -> Callable[..., str]:
    """The text for a bare router after a script."""

    def run(script: str, *servers: str) -> str:
        model.reset()
        model.seed("r", script)
        found = model.call("r", lambda router: dnsmasq_config(router, _devices(router), servers))
        assert found.problems == []
        assert found.text is not None
        return found.text

    return run


def _devices(router: Router) -> dict[int, str]:
    rows = router.tables["interface"]
    return {row.id: row.facts["default-name"] for row in rows if row.facts["type"] == "ether"}


class Place(Network):
    """The router, a client at its LAN and the internet's name server."""

    def __init__(self) -> None:
        super().__init__()
        self.router, self.client = self.add("router"), self.add("client")
        self.internet = self.add("internet")
        self.cable("router", "ether1", "internet", "wan")
        self.cable("router", "ether3", "client", "eth0")
        self.ip("router", "addr add 192.0.2.2/24 dev ether1")
        self.ip("router", "addr add 172.16.10.1/24 dev ether3")
        self.ip("router", "route add default via 192.0.2.1")
        self.ip("internet", "addr add 192.0.2.1/24 dev wan")
        for server in SERVERS:
            self.ip("internet", f"addr add {server}/32 dev lo")
        self.given: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.dnsmasq = self.serving(self.router, "router")
        self.names = self.serving(self.internet, "internet")
        texts = "".join(f"txt-record=long.example,{'x' * 200}{turn}\n" for turn in range(30))
        self.names.apply(
            f"listen-address={SERVERS[0]}\nbind-interfaces\nlocal=/example/\nlocal-ttl=300\n"
            f"host-record=far.example,198.51.100.9\nhost-record=other.example,198.51.100.8\n{texts}"
        )

    def serving(self, namespace: Namespace, name: str) -> Dnsmasq:
        """A dnsmasq that ends with the test."""
        found = Dnsmasq(namespace, self.directory / name, self.given.append)
        self.closing(found.close)
        return found

    async def asked(self, name: str, record: str = "A", timeout: float = 30, by: str = "router") -> list[str]:
        """A look-up by the router at its own cache, or by the client at the router's address."""
        if by == "client":
            return sorted(await resolve(self.client, name, record, server="172.16.10.1", timeout=timeout))
        return sorted(await resolve(self.router, name, record, timeout=timeout))

    async def refused(self, name: str, record: str = "A", timeout: float = 30, by: str = "router") -> str:
        """The error of a look-up."""
        with pytest.raises(ResolveError) as caught:
            await self.asked(name, record, timeout, by)
        return str(caught.value)


async def cache(closed: str, opened: str) -> None:
    """Static entries and the internet's names, for the router and, when it is open, for others."""
    with Place() as net:
        net.ip("client", "addr add 172.16.10.5/24 dev eth0")
        for text, open_to_all in ((closed, False), (opened, True)):
            net.dnsmasq.apply(text)
            assert await net.asked("printer.lan") == ["172.16.10.8", "172.16.10.9"]
            assert await net.asked("copier.lan") == ["172.16.10.8", "172.16.10.9"]
            assert await net.asked("deep.below.all.example") == ["172.16.10.7"]
            assert await net.asked("mail.lan", "MX") == ["10 printer.lan."]
            assert await net.asked("far.example") == ["198.51.100.9"]
            assert await net.asked("10.1.2.3") == ["10.1.2.3"]
            assert await net.refused("ads.example") == "dns name does not exist"
            assert await net.refused("nobody.example") == "dns name does not exist"
            assert await net.refused("far.example", "AAAA") == "dns name does not exist"
            assert await net.refused("far..example") == "dns name does not exist"
            assert await net.refused("far.elsewhere") == "dns server failure"
            if open_to_all:
                assert await net.asked("far.example", by="client") == ["198.51.100.9"]
            else:
                assert await net.refused("far.example", by="client") == "dns server failure"
        # Too long for a datagram: asked again over TCP.
        assert len(await net.asked("long.example", "TXT")) == 30


async def servers(text: str, none: str) -> None:
    """A silent server does not keep the other's answer away; without any there is none."""
    with Place() as net:
        with net.internet.entered():
            silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            silent.bind((SERVERS[1], 53))
        with silent:
            net.dnsmasq.apply(text)
            assert await net.asked("far.example", timeout=60) == ["198.51.100.9"]
            net.names.apply(None)
            # What the cache holds it still knows.
            assert await net.asked("far.example") == ["198.51.100.9"]
            assert await net.refused("other.example", timeout=2) == "dns server failure"
        net.dnsmasq.apply(none)
        assert await net.refused("far.example") == "dns server failure"
        net.dnsmasq.apply(None)
        assert await net.refused("far.example") == "dns server failure"


async def leases(text: str) -> None:
    """Clients get what the rows say: from the pool, by their MAC address, or nothing."""
    with Place() as net:
        net.dnsmasq.apply(text)
        clients = DhcpClients(net.client, net.events.append, net.directory / "client")
        net.closing(clients.close)

        async def leased(mac: str) -> dict[str, Any]:
            clients.apply({})
            net.events.clear()
            net.ip("client", f"link set eth0 address {mac}")
            clients.apply({"1": {"dev": "eth0", "hostname": "pc"}})
            await until(lambda: [event for event in net.events if event["state"] == "bound"])
            return net.events[-1]

        first = await leased("02:00:00:00:00:11")
        assert (first["address"], first["gateway"], first["lease"]) == ("172.16.10.10/24", "172.16.10.1", 600)
        assert (first["dns"], first["ntp"]) == (list(SERVERS), ["172.16.10.3"])
        assert first["domain"] == "office.example"
        # dnsmasq answers the requests of its DNS part while the DHCP part serves.
        assert await net.asked("far.example") == ["198.51.100.9"]
        static = await leased("02:00:00:00:00:77")
        assert (static["address"], static["lease"]) == ("172.16.10.77/24", 3600)
        addresses = await until(
            lambda: len(found := {lease["address"] for lease in net.dnsmasq.leases()}) == 2 and found
        )
        assert addresses == {"172.16.10.10", "172.16.10.77"}
        clients.apply({})
        net.events.clear()
        net.ip("client", "link set eth0 address 02:00:00:00:00:66")
        clients.apply({"1": {"dev": "eth0"}})
        await asyncio.sleep(1.5)
        assert [event["state"] for event in net.events] == ["searching"]
        # Port 53 of the LAN's address is closed although DHCP is served there.
        net.ip("client", "addr add 172.16.10.5/24 dev eth0")
        assert await net.refused("far.example", by="client") == "dns server failure"


async def failover(text: str) -> float:
    """Seconds until a name is found after the server that was always asked has died, another one living."""
    with Place() as net:
        records = "local=/example/\nlocal-ttl=300\n" + "".join(f"host-record=n{i}.example,10.0.0.1\n" for i in range(9))
        net.names.apply(f"listen-address={SERVERS[0]}\nbind-interfaces\n{records}")
        net.dnsmasq.apply(text)
        for turn in range(5):
            assert await net.asked(f"n{turn}.example") == ["10.0.0.1"]
        # Dead without a word, not even of a closed port.
        net.nft("internet", "add table ip t; add chain ip t in { type filter hook input priority 0; }")
        net.nft("internet", f"add rule ip t in ip daddr {SERVERS[0]} drop")
        net.names.apply(f"listen-address={SERVERS[1]}\nbind-interfaces\n{records}")
        begun = asyncio.get_running_loop().time()
        assert await net.asked("n7.example", timeout=60) == ["10.0.0.1"]
        return asyncio.get_running_loop().time() - begun


async def undisturbed(text: str, other: str) -> None:
    """Other DNS servers start the cache anew, not the DHCP server."""
    with Place() as net:
        net.dnsmasq.apply(text)
        dhcp, dns = net.dnsmasq._daemons["dhcp"]._process, net.dnsmasq._daemons["dns"]._process
        net.dnsmasq.apply(other)
        assert net.dnsmasq._daemons["dhcp"]._process is dhcp
        assert net.dnsmasq._daemons["dns"]._process is not dns
        assert await net.asked("far.example") == ["198.51.100.9"]


def test_the_cache_answers(bench: Bench, compiled: Callable[..., str]) -> None:
    """Static entries, forwarded names, refusals; for others only when they may ask."""
    closed = compiled(STATIC, SERVERS[0])
    opened = compiled(STATIC + "/ip dns set allow-remote-requests=yes", SERVERS[0])
    bench.run(cache, closed=closed, opened=opened)


def test_servers_that_fail(bench: Bench, compiled: Callable[..., str]) -> None:
    """One is silent, then both."""
    bench.run(servers, text=compiled("", SERVERS[1], SERVERS[0]), none=compiled(""))


def test_a_server_that_dies(bench: Bench, compiled: Callable[..., str]) -> None:
    """Asking again after a second brings another server's answer."""
    # The answer to the second question; a third would take another second, and so on, on a busy machine as well.
    assert bench.run(failover, text=compiled("", *SERVERS)) < 8


def test_the_dhcp_server_gives_what_the_rows_say(bench: Bench, compiled: Callable[..., str]) -> None:
    """Pool, static lease, blocked client."""
    bench.run(leases, text=compiled(LAN, *SERVERS))


def test_the_dhcp_server_is_not_disturbed_by_the_cache(bench: Bench, compiled: Callable[..., str]) -> None:
    """A part of the text that did not change goes on."""
    with_dns = LAN + '/ip dhcp-server network set [find] dns-server="172.16.10.1"\n'
    bench.run(undisturbed, text=compiled(with_dns, SERVERS[1]), other=compiled(with_dns, SERVERS[0]))
