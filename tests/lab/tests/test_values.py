# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How values read back: written one way, returned in the canonical one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routerlab.testing import Lab
from routerlab.values.time import read_duration, write_duration
from routerlab.wire import Wire

MANGLE = ("/ip/firewall/mangle", {"chain": "prerouting"})
CASES = [
    (*MANGLE, "src-address", "10.0.0.1/32", "10.0.0.1"),
    (*MANGLE, "src-address", "10.0.0.77/24", "10.0.0.0/24"),
    (*MANGLE, "src-address", "10.0.0.0/255.255.255.0", "10.0.0.0/24"),
    (*MANGLE, "src-address", "1.1.1.1-1.1.1.1", "1.1.1.1"),
    (*MANGLE, "src-address", "1.1.1.0-1.1.1.3", "1.1.1.0-1.1.1.3"),
    (*MANGLE, "src-address", "!10.0.0.1/32", "!10.0.0.1"),
    (*MANGLE, "connection-state", "new,invalid,related", "invalid,related,new"),
    (*MANGLE, "connection-state", "!related,established", "!established,related"),
    (*MANGLE, "dst-address-type", "!local", "!local"),
    (*MANGLE, "in-interface", "!ether1", "!ether1"),
    (*MANGLE, "per-connection-classifier", "both-addresses-and-ports:2/0", "both-addresses-and-ports:2/0"),
    (*MANGLE, "per-connection-classifier", "both-addresses-and-ports:2/2", "both-addresses-and-ports:2/2"),
    (*MANGLE, "src-mac-address", "aa:bb:cc:00:11:22", "AA:BB:CC:00:11:22"),
    (*MANGLE, "protocol", "6", "tcp"),
    (*MANGLE, "protocol", "!udp", "!udp"),
    (*MANGLE, "limit", "10k/1m,5", "10000/1m,5:packet"),
    (*MANGLE, "tcp-flags", "!ack,syn", "syn,!ack"),
    (*MANGLE, "connection-rate", "100k-1M", "100000-1000000"),
    (*MANGLE, "passthrough", "no", "false"),
    (*MANGLE, "new-mss", "clamp-to-pmtu", "clamp-to-pmtu"),
    ("/ip/firewall/filter", {"chain": "input", "protocol": "tcp"}, "dst-port", "80,443,1000-2000", "80,443,1000-2000"),
    ("/ip/firewall/address-list", {"list": "l"}, "address", "10.0.0.1/32", "10.0.0.1"),
    ("/ip/firewall/address-list", {"list": "l"}, "address", "www.example.com", "www.example.com"),
    ("/ip/address", {"interface": "ether3"}, "address", "10.1.1.1", "10.1.1.1/32"),
    ("/ip/address", {"interface": "ether3"}, "address", "10.1.1.1/255.255.255.0", "10.1.1.1/24"),
    ("/ip/pool", {}, "ranges", "10.10.200.108-10.10.200.111", "10.10.200.108/30"),
    ("/ip/pool", {}, "ranges", "172.16.10.2-172.16.10.254", "172.16.10.2-172.16.10.254"),
    ("/ip/pool", {}, "ranges", "10.0.0.5-10.0.0.5,10.0.0.9", "10.0.0.5,10.0.0.9"),
    ("/ip/route", {"gateway": "10.0.0.1"}, "dst-address", "8.8.8.8", "8.8.8.8/32"),
    ("/ip/route", {}, "gateway", "10.0.0.1%ether2", "10.0.0.1%ether2"),
    ("/ip/route", {}, "gateway", "ether2", "ether2"),
    ("/ip/route", {}, "gateway", "10.0.0.1@main", "10.0.0.1@main"),
    ("/ip/route", {}, "blackhole", "yes", ""),
    ("/ip/route", {}, "blackhole", "", ""),
    ("/routing/table", {"name": "t"}, "fib", "yes", ""),
    ("/routing/table", {"name": "t"}, "fib", "", ""),
    ("/ip/dhcp-server", {"interface": "ether3"}, "lease-time", "00:10:00", "10m"),
    ("/ip/dhcp-server", {"interface": "ether3"}, "lease-time", "86400", "1d"),
    ("/ip/dhcp-server", {"interface": "ether3"}, "authoritative", "after-2", "after-2sec-delay"),
    ("/ip/dhcp-server/lease", {"mac-address": "00:00:5E:00:53:01"}, "client-id", "1:00:5F:0a", "1:0:5f:a"),
    ("/ip/dhcp-client", {"interface": "ether3"}, "add-default-route", "no", "no"),
    ("/ip/dhcp-client", {"interface": "ether3"}, "use-peer-dns", "no", "false"),
    ("/ip/dhcp-client", {"interface": "ether3"}, "default-route-tables", "main:2", "main:2"),
    ("/tool/netwatch", {"host": "10.0.0.1"}, "interval", "1d 00:00:30", "1d30s"),
    ("/tool/netwatch", {"host": "10.0.0.1"}, "timeout", "1500ms", "1s500ms"),
    ("/tool/netwatch", {"host": "10.0.0.1"}, "thr-loss-percent", "85%", "85"),
    ("/tool/netwatch", {"host": "10.0.0.1"}, "up-script", ':log info "$host ☕"\r\n', ':log info "$host ☕"\r\n'),
    ("/system/script", {"name": "s"}, "policy", "write,read", "read,write"),
    ("/system/scheduler", {"name": "s"}, "start-time", "7:05", "07:05:00"),
    ("/system/scheduler", {"name": "s"}, "start-date", "may/17/2024", "2024-05-17"),
    ("/interface/bridge", {"name": "b"}, "priority", "32768", "0x8000"),
    ("/interface/bridge", {"name": "b"}, "admin-mac", "aa-bb-cc-00-11-22", "AA:BB:CC:00:11:22"),
]


@pytest.mark.parametrize(("menu", "others", "name", "written", "returned"), CASES)
def test_read_back(wire: Wire, menu: str, others: dict[str, str], name: str, written: str, returned: str) -> None:
    """The same through ``add`` and through ``set``, and writing what was returned changes nothing."""
    row = wire.add(menu, **others, **{name: written})
    for text in (None, written, returned):
        if text is not None:
            assert wire.talk(f"{menu}/set", f"=.id={row}", f"={name}={text}") == [["!done"]]
        assert wire.rows(f"{menu}/print", f"?.id={row}")[0][name] == returned


def test_switches_that_are_off_are_absent(wire: Wire) -> None:
    """``fib=no`` takes it away."""
    row = wire.add("/routing/table", name="t", fib="")
    wire.talk("/routing/table/set", f"=.id={row}", "=fib=no")
    assert "fib" not in wire.rows("/routing/table/print", "?name=t")[0]


def test_sizes_in_kib(wire: Wire) -> None:
    """``cache-size`` counts KiB."""
    for written in ("4096", "4096KiB", "4MiB"):
        wire.talk("/ip/dns/set", "=cache-size=2048")
        wire.talk("/ip/dns/set", f"=cache-size={written}")
        assert wire.rows("/ip/dns/print")[0]["cache-size"] == "4096"


def test_network_follows_the_address(wire: Wire) -> None:
    """Unless it was chosen."""
    row = wire.add("/ip/address", interface="ether3", address="10.1.1.1/24")
    wire.talk("/ip/address/set", f"=.id={row}", "=address=10.2.2.1/16")
    assert wire.rows("/ip/address/print")[0]["network"] == "10.2.0.0"
    other = wire.add("/ip/address", interface="ether4", address="10.9.9.1/32", network="10.9.9.2")
    assert wire.rows("/ip/address/print", f"?.id={other}")[0]["network"] == "10.9.9.2"


def test_group_policies_read_back_whole_and_set_is_additive(wire: Wire) -> None:
    """``add`` denies what it does not name, ``set`` changes only what it names."""
    row = wire.add("/user/group", name="g", policy="api,read")
    wire.talk("/user/group/set", f"=.id={row}", "=policy=write,!read")
    policy = wire.rows("/user/group/print", "?name=g")[0]["policy"].split(",")
    assert policy[:2] == ["write", "api"]
    assert len(policy) == 17
    assert all(word.startswith("!") for word in policy[2:])


def test_firewall_rows_show_unwritten_switches_by_version(lab: Lab) -> None:
    """Early versions always return ``disabled``, ``log`` and ``log-prefix``, late ones once they were written."""
    for name, shown in (("old", True), ("new", False)):
        with Wire(lab.port(name)) as line:
            line.login()
            row = line.add("/ip/firewall/nat", chain="srcnat", action="masquerade")
            assert ({"disabled", "log", "log-prefix"} <= line.rows("/ip/firewall/nat/print")[0].keys()) is shown
            line.talk("/ip/firewall/nat/set", f"=.id={row}", "=disabled=no")
            assert line.rows("/ip/firewall/nat/print")[0]["disabled"] == "false"


@given(st.integers(0, 10**15))
def test_durations_come_back(micros: int) -> None:
    """Every duration survives being written and read."""
    assert read_duration(write_duration(micros)) == micros


@given(st.text(alphabet="0123456789wdhmsu:. ", max_size=12))
def test_duration_texts_are_read_or_refused(text: str) -> None:
    """And what is read has one canonical form."""
    micros = read_duration(text)
    assert micros is None or read_duration(write_duration(micros)) == micros
