# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DHCP over real wires: udhcpc in one namespace, dnsmasq in another."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from routerlab.kernel.bench import Bench, Network, until
from routerlab.kernel.dhcp_client import DhcpClients
from routerlab.kernel.dnsmasq import Dnsmasq, DnsmasqError, sections

SERVER = """\
port=0
bind-dynamic
interface=lan
dhcp-authoritative
dhcp-range=192.168.40.2,192.168.40.2,255.255.255.0,3600
dhcp-option=option:router,192.168.40.1
dhcp-option=option:dns-server,192.168.40.1,9.9.9.9
dhcp-option=option:ntp-server,192.168.40.3
dhcp-option=option:domain-name,example.net
dhcp-option=121,10.9.0.0/16,192.168.40.7
"""
KEY = "2"
CLIENT = {KEY: {"dev": "ether1", "hostname": "MikroTik"}}


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    """The process with the namespaces."""
    with Bench(__file__) as running:
        yield running


class Place(Network):
    """A router and a modem with a cable between them, a DHCP client and a server that are not yet told anything."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[dict[str, Any]] = []
        self.given: list[dict[str, Any]] = []
        self.router, self.modem = self.add("router"), self.add("modem")
        self.cable("router", "ether1", "modem", "lan")
        self.ip("modem", "addr add 192.168.40.1/24 dev lan")
        self.clients = DhcpClients(self.router, self.events.append, self.directory / "router")
        self.closing(self.clients.close)
        self.server = Dnsmasq(self.modem, self.directory / "modem", self.given.append)
        self.closing(self.server.close)

    def states(self, key: str | None = None) -> list[str]:
        """What the client, or the one that is named, went through so far."""
        return [event["state"] for event in self.events if key in (None, event["client"])]

    def actions(self) -> list[str]:
        """What the server did with its leases so far."""
        return [given["action"] for given in self.given]

    async def acted(self, *wanted: str) -> None:
        """The server did this and nothing else so far, which its script tells later than the client knows."""
        await until(lambda: self.actions() == [*wanted])

    async def bound(self) -> dict[str, Any]:
        """The lease, once there is one; earlier events are forgotten."""
        await until(lambda: "bound" in self.states())
        event = next(event for event in self.events if event["state"] == "bound")
        self.events.clear()
        return event


async def lease() -> None:
    """Everything that the server says arrives, and nothing is configured."""
    with Place() as net:
        net.server.apply(SERVER)
        net.clients.apply(CLIENT)
        event = await net.bound()
        assert event["client"] == KEY
        assert event["address"] == "192.168.40.2/24"
        assert event["gateway"] == "192.168.40.1"
        assert event["dns"] == ["192.168.40.1", "9.9.9.9"]
        assert event["ntp"] == ["192.168.40.3"]
        assert event["server"] == "192.168.40.1"
        assert event["lease"] == 3600
        assert event["domain"] == "example.net"
        assert event["routes"] == [["10.9.0.0/16", "192.168.40.7"]]
        process = net.router.popen(["ip", "-4", "-o", "addr", "show", "dev", "ether1"], stdout=-1)
        assert process.communicate()[0] == b""
        given = await until(lambda: net.given)
        assert given[0]["action"] == "add"
        assert given[0]["address"] == "192.168.40.2"
        assert given[0]["hostname"] == "MikroTik"
        assert given[0]["interface"] == "lan"
        assert given[0]["client_id"] == "01:" + given[0]["mac"].lower()
        assert given[0]["expires"] > 0
        assert [found["mac"] for found in net.server.leases()] == [given[0]["mac"]]


async def server_comes_later() -> float:
    """Seconds from the server's start to the lease, after the client had asked in vain."""
    with Place() as net:
        net.clients.apply(CLIENT)
        assert net.states() == ["searching"]
        await asyncio.sleep(2.5)
        assert net.states() == ["searching"]
        begun = asyncio.get_running_loop().time()
        net.server.apply(SERVER)
        await net.bound()
        return asyncio.get_running_loop().time() - begun


async def renew_release_restart() -> None:
    """The commands of ``/ip/dhcp-client``."""
    with Place() as net:
        net.server.apply(SERVER)
        net.clients.apply(CLIENT)
        await net.bound()
        # A unicast renewal needs the address that was leased.
        net.ip("router", "addr add 192.168.40.2/24 dev ether1")
        net.clients.renew(KEY)
        await until(lambda: net.states() == ["renewed"])
        net.events.clear()
        net.clients.restart(KEY)
        await until(lambda: net.states() == ["lost", "searching", "bound"])
        net.events.clear()
        net.server.apply(SERVER.replace("192.168.40.2,192.168.40.2", "192.168.40.20,192.168.40.20"))
        net.clients.release(KEY)
        event = await net.bound()
        assert event["address"] == "192.168.40.20/24"
        await until(lambda: "del" in net.actions())
        with pytest.raises(KeyError):
            net.clients.renew("9")


async def every_release() -> None:
    """The server gets each lease back before the client asks anew."""
    with Place() as net:
        net.server.apply(SERVER)
        net.clients.apply(CLIENT)
        await net.bound()
        net.ip("router", "addr add 192.168.40.2/24 dev ether1")
        for turn in range(10):
            net.clients.release(KEY)
            await net.bound()
            await net.acted("add", *("del", "add") * (turn + 1))


async def carrier_comes_and_goes() -> None:
    """With the cable out there is no answer; with it in again, restarted, there soon is."""
    with Place() as net:
        net.server.apply(SERVER)
        net.clients.apply(CLIENT)
        await net.bound()
        net.ip("modem", "link set lan down")
        net.clients.restart(KEY)
        await until(lambda: net.states() == ["lost", "searching"])
        await asyncio.sleep(1.2)
        assert net.states() == ["lost", "searching"]
        net.ip("modem", "link set lan up")
        await net.bound()


#: A server that gives leases shorter than dnsmasq's two minutes.
SHORT = """\
interface lan
start 192.168.40.2
end 192.168.40.2
min_lease 1
option subnet 255.255.255.0
option lease 2
lease_file {directory}/leases
pidfile {directory}/pid
"""


async def short_lease() -> None:
    """A lease of two seconds is renewed in time, and runs out when it is not, although udhcpc would hold it longer."""
    with Place() as net:
        settings = net.directory / "udhcpd.conf"
        settings.write_text(SHORT.format(directory=net.directory))
        (net.directory / "leases").touch()
        server = net.modem.popen(["busybox", "udhcpd", "-f", str(settings)], stdout=-3, stderr=-3)
        try:
            net.clients.apply(CLIENT)
            event = await net.bound()
            assert event["lease"] == 2
            assert event["gateway"] is None
            net.ip("router", "addr add 192.168.40.2/24 dev ether1")
            # On a busy machine a renewal may come too late, and the next lease is another one.
            await until(lambda: "renewed renewed" in " ".join(net.states()))
        finally:
            server.kill()
            server.wait()
        # What the server's last word brought may still be on its way.
        await until(lambda: net.states()[-2:] == ["lost", "searching"])


async def ends_of_udhcpc() -> None:
    """One that dies is started again; a device that is not there yet is waited for."""
    with Place() as net:
        net.server.apply(SERVER)
        net.clients.apply({**CLIENT, "3": {"dev": "later"}})
        await net.bound()
        client = net.clients._clients[KEY]
        assert client.process is not None
        os.kill(client.process.pid, signal.SIGKILL)
        # The other one starts again and again meanwhile.
        await until(lambda: net.states(KEY)[-1:] == ["bound"] and "lost" in net.states(KEY))
        net.cable("router", "later", "modem", "second")
        net.ip("modem", "addr add 192.168.41.1/24 dev second")
        second = Dnsmasq(net.modem, net.directory / "second", lambda _event: None)
        net.closing(second.close)
        net.server.apply(None)
        second.apply(SERVER.replace("=lan", "=second").replace("192.168.40", "192.168.41"))
        await until(lambda: any(event["client"] == "3" and event["state"] == "bound" for event in net.events))


async def differences_only() -> None:
    """What did not change goes on; what is gone ends, with its process."""
    with Place() as net:
        net.server.apply(SERVER)
        net.clients.apply(CLIENT)
        await net.bound()
        net.clients.apply(dict(CLIENT))
        process = net.clients._clients[KEY].process
        assert process is not None
        await asyncio.to_thread(net.clients.apply, {KEY: {"dev": "ether1", "hostname": "MikroTik"}})
        assert net.clients._clients[KEY].process is process
        assert net.states() == []
        net.clients.apply({KEY: {"dev": "ether1", "hostname": "other"}})
        await net.bound()
        assert process.returncode is not None
        await asyncio.to_thread(net.clients.apply, {})
        assert sorted(path.name for path in (net.directory / "router").iterdir()) == ["udhcpc-script"]


async def identifiers() -> None:
    """The client identifier is what is wanted."""
    with Place() as net:
        net.server.apply(SERVER)
        for wanted, seen in (("ff:00:01:02", "ff:00:01:02"), ("", None)):
            net.clients.apply({KEY: {"dev": "ether1", "client_id": wanted}})
            await net.bound()
            found = net.server.leases()
            assert [lease["client_id"] for lease in found] == [seen]
            net.clients.release(KEY)
            await net.bound()
            net.clients.apply({})
            net.server.forget_leases()
            net.server.apply(SERVER)


async def leases_outlive_the_configuration() -> None:
    """Another configuration restarts dnsmasq, which still knows its leases and tells of them as old ones."""
    with Place() as net:
        net.server.apply(SERVER)
        net.clients.apply(CLIENT)
        await net.bound()
        await net.acted("add")
        net.clients.apply({})
        net.given.clear()
        net.server.apply(SERVER.replace("192.168.40.2,192.168.40.2", "192.168.40.2,192.168.40.99"))
        found = await until(lambda: net.given)
        assert (found[0]["action"], found[0]["address"]) == ("old", "192.168.40.2")
        net.clients.apply(CLIENT)
        assert (await net.bound())["address"] == "192.168.40.2/24"
        net.server.forget_leases()
        assert net.server.leases() == []


async def refusals() -> None:
    """dnsmasq's own words, without the file's name; what is refused is down, the other part goes on."""
    with Place() as net:
        net.server.apply("#: one\nport=0\n#: two\nport=5353\n")
        one = net.server._daemons["one"]._process
        with pytest.raises(DnsmasqError) as refused:
            net.server.apply("#: one\nport=0\n#: two\nnonsense=1\n")
        assert str(refused.value) == "bad option at line 1"
        assert net.server._daemons["one"]._process is one
        assert not net.server._daemons["two"].running()
        with pytest.raises(DnsmasqError, match="Address already in use"):
            net.server.apply("#: one\nport=5353\n#: two\nport=5353\n")
        # Not the text but the process counts: a dead one is started again.
        net.server.apply("#: two\nport=5353\n")
        two = net.server._daemons["two"]._process
        assert two is not None
        two.kill()
        two.wait()
        net.server.apply("#: two\nport=5353\n")
        assert net.server._daemons["two"].running()


def test_a_lease_arrives_whole(bench: Bench) -> None:
    """Address, gateway, servers, routes; both sides tell of it."""
    bench.run(lease)


def test_a_server_that_comes_later_is_found_at_once(bench: Bench) -> None:
    """The client asks every second, without growing pauses."""
    # A second as a rule, several on a busy machine; udhcpc by itself pauses for twenty after its third question.
    assert bench.run(server_comes_later) < 10


def test_renew_release_and_restart(bench: Bench) -> None:
    """Each does what RouterOS's command does."""
    bench.run(renew_release_restart)


def test_every_release_arrives(bench: Bench) -> None:
    """However soon its client is ended after it."""
    bench.run(every_release)


def test_a_cable_out_and_in(bench: Bench) -> None:
    """A restart after the loss of carrier finds the server soon after it is back."""
    bench.run(carrier_comes_and_goes)


def test_a_lease_runs_out(bench: Bench) -> None:
    """Short leases are renewed, and end when they say."""
    bench.run(short_lease)


def test_a_client_survives_its_process(bench: Bench) -> None:
    """Killed, or without a device."""
    bench.run(ends_of_udhcpc)


def test_only_differences_are_applied(bench: Bench) -> None:
    """From any thread."""
    bench.run(differences_only)


def test_client_identifiers(bench: Bench) -> None:
    """Own, or none."""
    bench.run(identifiers)


def test_leases_outlive_a_configuration(bench: Bench) -> None:
    """The lease file stays."""
    bench.run(leases_outlive_the_configuration)


def test_refused_configurations(bench: Bench) -> None:
    """One clear message."""
    bench.run(refusals)


def test_parts_of_a_text() -> None:
    """Headings part it; comments and blank lines before the first are no configuration."""
    assert sections("port=0\n\n#: dns\nport=53\n# note\n#: dhcp\n") == {
        "main": "port=0\n",
        "dns": "port=53\n# note\n",
        "dhcp": "\n",
    }
