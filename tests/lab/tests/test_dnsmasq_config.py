# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``/ip/dhcp-server`` and ``/ip/dns`` as dnsmasq's configurations; dnsmasq itself says whether it takes them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from routerlab.kernel import requirements
from routerlab.kernel.dnsmasq import sections
from routerlab.model.router import Router
from routerlab.plane.dnsmasq_config import DnsmasqConfig, dnsmasq_config
from routerlab.testing import Lab, router

#: A LAN on a bridge with a server, its pool and its network.
LAN = """
/interface bridge add name=lan
/interface bridge port add bridge=lan interface=ether3
/ip address add address=172.16.10.1/24 interface=lan
/ip pool add name=people ranges=172.16.10.10-172.16.10.200
/ip dhcp-server add name=people interface=lan address-pool=people lease-time=10m
/ip dhcp-server network add address=172.16.10.0/24 gateway=172.16.10.1 dns-server=172.16.10.1,1.1.1.1
"""

Compile = Callable[..., DnsmasqConfig]


@pytest.fixture(scope="module")
def whole_lab() -> Iterator[Lab]:
    """One bare router."""
    with Lab(routers=[router("r", "7.22.3", "RB750Gr3")]) as lab:
        yield lab


@pytest.fixture
def compiled(whole_lab: Lab, tmp_path: Path) -> Compile:
    """Compiles what a script makes of a bare router; dnsmasq must find the syntax of every part right."""
    whole_lab.reset()

    def run(script: str, servers: tuple[str, ...] = ()) -> DnsmasqConfig:
        whole_lab.seed("r", script)
        found = whole_lab.call("r", lambda router: dnsmasq_config(router, _devices(router), servers))
        assert found.text is not None
        _dnsmasq_takes(found.text, tmp_path)
        return found

    return run


def _devices(router: Router) -> dict[int, str]:
    return {
        row.id: row.facts["default-name"] if row.facts["type"] == "ether" else f"br{row.id}"
        for row in router.tables["interface"]
    }


def _dnsmasq_takes(text: str, directory: Path) -> None:
    binary = requirements.find()["dnsmasq"]
    for part in sections(text).values():
        file = directory / "part.conf"
        file.write_text(part)
        said = subprocess.run([binary, "--test", f"--conf-file={file}"], capture_output=True, text=True, check=False)
        assert said.returncode == 0, f"{said.stderr}\n{part}"


def part(config: DnsmasqConfig, name: str) -> list[str]:
    """The lines of one part."""
    assert config.text is not None
    return sections(config.text)[name].splitlines()


def why(config: DnsmasqConfig) -> list[str]:
    """The problems without their rows."""
    return [text for _menu, _row, text in config.problems]


def test_a_bare_router_answers_itself_alone(compiled: Compile) -> None:
    """The cache listens on 127.0.0.1; there is no DHCP server."""
    found = compiled("")
    assert found.problems == []
    assert "listen-address=127.0.0.1" in part(found, "dns")
    assert found.text is not None
    assert "#: dhcp" not in found.text


def test_the_cache(compiled: Compile) -> None:
    """Servers in their order and once each, sizes and times in dnsmasq's units."""
    found = compiled(
        "/ip dns set allow-remote-requests=yes cache-size=100 cache-max-ttl=1d max-udp-packet-size=1232",
        ("8.8.8.8", "192.168.40.1", "8.8.8.8", "2001:db8::1"),
    )
    lines = part(found, "dns")
    assert "listen-address=127.0.0.1" not in lines
    assert [line for line in lines if line.startswith("server=")] == ["server=8.8.8.8", "server=192.168.40.1"]
    assert "cache-size=512" in lines
    assert "max-cache-ttl=86400" in lines
    assert "edns-packet-max=1232" in lines


def test_a_lan(compiled: Compile) -> None:
    """Range, lease time and options of the network."""
    found = compiled(LAN)
    lines = part(found, "dhcp")
    assert found.problems == []
    bridge = next(line for line in lines if line.startswith("interface=br"))
    assert bridge
    assert {"port=0", "dhcp-authoritative"} <= set(lines)
    assert "dhcp-range=set:s1n1,172.16.10.10,172.16.10.200,255.255.255.0,600" in lines
    assert "dhcp-option=tag:s1n1,option:router,172.16.10.1" in lines
    assert "dhcp-option=tag:s1n1,option:dns-server,172.16.10.1,1.1.1.1" in lines


def test_options_of_a_network(compiled: Compile) -> None:
    """What is not given is not sent: dnsmasq would have ideas of its own."""
    found = compiled(
        LAN + '/ip dhcp-server network set [find] gateway="" dns-server="" domain=office.example ntp-server=10.0.0.3 '
        "wins-server=10.0.0.4 netmask=16 caps-manager=10.0.0.5 next-server=10.0.0.6 boot-file-name=boot/x.0",
        ("9.9.9.9",),
    )
    tagged = [line.partition("tag:s1n1,")[2] for line in part(found, "dhcp") if "tag:s1n1," in line]
    assert tagged == [
        "option:netmask,255.255.0.0",
        "option:router",
        "option:dns-server,9.9.9.9",
        "option:ntp-server,10.0.0.3",
        "option:netbios-ns,10.0.0.4",
        "138,10.0.0.5",
        "option:domain-name,office.example",
        "boot/x.0,,10.0.0.6",
    ]
    none = compiled("/ip dhcp-server network set [find] dns-none=yes", ("9.9.9.9",))
    assert "dhcp-option=tag:s1n1,option:dns-server" in part(none, "dhcp")


def test_pools(compiled: Compile) -> None:
    """Prefixes, several ranges, the next pool; cut to the interface's network and parted where networks part."""
    found = compiled(
        LAN
        + "/ip pool add name=more ranges=172.16.10.224/27\n"
        + "/ip pool set people ranges=172.16.10.8-172.16.10.20,172.16.10.40,10.0.0.1-10.0.0.9 next-pool=more\n"
        + "/ip dhcp-server network add address=172.16.10.16/28 gateway=172.16.10.17"
    )
    ranges = [line.removeprefix("dhcp-range=set:") for line in part(found, "dhcp") if line.startswith("dhcp-range")]
    assert [line.split(",")[:3] for line in ranges] == [
        ["s1n1", "172.16.10.8", "172.16.10.15"],
        ["s1n2", "172.16.10.16", "172.16.10.20"],
        ["s1n1", "172.16.10.40", "172.16.10.40"],
        ["s1n1", "172.16.10.224", "172.16.10.254"],
    ]
    assert "dhcp-option=tag:s1n2,option:router,172.16.10.17" in part(found, "dhcp")


def test_static_leases(compiled: Compile) -> None:
    """By MAC address, by client identifier, blocked, of other servers, out of the network."""
    found = compiled(
        LAN
        + "/ip dhcp-server lease\n"
        + "add mac-address=02:00:00:00:00:01 address=172.16.10.5\n"
        + "add client-id=1:2:0:0:0:0:2 address=172.16.10.6 server=people lease-time=1h\n"
        + "add mac-address=02:00:00:00:00:03 block-access=yes\n"
        + "add mac-address=02:00:00:00:00:04 address=10.0.0.1\n"
        + "add mac-address=02:00:00:00:00:05 address=172.16.10.7 disabled=yes\n"
        + "add mac-address=02:00:00:00:00:06\n"
    )
    assert [line for line in part(found, "dhcp") if line.startswith("dhcp-host")] == [
        "dhcp-host=02:00:00:00:00:01,172.16.10.5",
        "dhcp-host=id:01:02:00:00:00:00:02,172.16.10.6,3600",
        "dhcp-host=02:00:00:00:00:03,ignore",
        "dhcp-host=02:00:00:00:00:06",
    ]
    assert why(found) == ["the address is in no network that a server serves"]
    only = compiled("/ip dhcp-server set people address-pool=static-only")
    assert "dhcp-range=set:s1n1,172.16.10.0,static,255.255.255.0,600" in part(only, "dhcp")


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("/ip dhcp-server set people interface=ether3", "the interface is gone or is a bridge's port"),
        ("/interface bridge remove lan", "the interface is gone or is a bridge's port"),
        ("/ip address set [find] disabled=yes", "the interface has no address to serve from"),
        ("/ip pool set people ranges=10.0.0.1-10.0.0.9", "the pool has no address in the interface's networks"),
        ("/ip dhcp-server set people disabled=yes", None),
    ],
)
def test_servers_that_cannot_serve(compiled: Compile, script: str, reason: str | None) -> None:
    """They are left out, and told unless they are switched off."""
    found = compiled(LAN + script)
    assert found.text is not None
    assert "#: dhcp" not in found.text
    assert [problem[0] for problem in found.problems] == ["ip dhcp-server"] * (reason is not None)
    assert why(found) == ([] if reason is None else [reason])


def test_lease_times_and_authority(compiled: Compile) -> None:
    """No lease is shorter than dnsmasq's two minutes."""
    found = compiled(LAN + "/ip dhcp-server set people lease-time=10s authoritative=no")
    assert any(line.endswith("200,255.255.255.0,120") for line in part(found, "dhcp"))
    assert "dhcp-authoritative" not in part(found, "dhcp")


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        ("name=a.lan address=10.0.0.1 ttl=1h", "host-record=a.lan,10.0.0.1,3600"),
        ("name=a.lan address=2001:db8::1", "host-record=a.lan,2001:db8::1,86400"),
        ("name=a.lan address=10.0.0.1 match-subdomain=yes", "address=/a.lan/10.0.0.1"),
        ("name=a.lan type=NXDOMAIN", "address=/a.lan/"),
        ("name=a.lan type=FWD forward-to=10.0.0.1", "server=/a.lan/10.0.0.1"),
        ('name=a.lan type=TXT text="v=spf1 a,b"', 'txt-record=a.lan,"v=spf1 a,b"'),
        ("name=a.lan type=MX mx-preference=10 mx-exchange=m.lan", "mx-host=a.lan,m.lan,10"),
        ("name=_a._tcp.lan type=SRV srv-port=5 srv-target=m.lan", "srv-host=_a._tcp.lan,m.lan,5,0,0"),
        ('regexp=".*\\\\.a\\\\.lan\\$" address=10.0.0.1', "address=/*.a.lan/10.0.0.1"),
        ('regexp="(^|\\\\.)a\\\\.lan\\$" address=10.0.0.1', "address=/a.lan/10.0.0.1"),
    ],
)
def test_static_entries(compiled: Compile, entry: str, line: str) -> None:
    """Each type that dnsmasq has."""
    found = compiled(f"/ip dns static add {entry}")
    assert found.problems == []
    assert line in part(found, "dns")


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ('regexp="a[0-9]+" address=10.0.0.1', "this regular expression is more than dnsmasq can match"),
        ('name="a b" address=10.0.0.1', "this name is none that dnsmasq can serve"),
        ('name="a.lan,evil" address=10.0.0.1', "this name is none that dnsmasq can serve"),
        (
            "name=a.lan type=CNAME cname=far.example",
            "dnsmasq needs a static entry for the name that an alias stands for",
        ),
        ("name=a.lan type=NS ns=b.lan", "dnsmasq cannot serve this NS record"),
        ("name=a.lan type=TXT text=x match-subdomain=yes", "dnsmasq has TXT records of single names only"),
        ("name=a.lan type=FWD forward-to=other", "only IPv4 addresses are forwarded to"),
        ("name=a.lan", "the entry has no address"),
    ],
)
def test_static_entries_that_dnsmasq_cannot_serve(compiled: Compile, entry: str, reason: str) -> None:
    """They are told, and nothing is written for them."""
    before = compiled("").text
    found = compiled(f"/ip dns static add {entry}")
    assert why(found) == [reason]
    assert found.text == before
    assert compiled("/ip dns static set [find] disabled=yes").problems == []


def test_an_alias_of_a_static_entry(compiled: Compile) -> None:
    """The one kind of alias that dnsmasq has."""
    found = compiled(
        "/ip dns static add name=a.lan address=10.0.0.1\n/ip dns static add name=b.lan type=CNAME cname=A.lan ttl=1m"
    )
    assert "cname=b.lan,A.lan,60" in part(found, "dns")
    assert found.problems == []
