# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a router tells can be given back to it, in every menu and version, and is no change."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ansible_collections.multiwan.routeros.plugins.module_utils.menus import MENUS
from routerlab.testing import Lab, router

from .test_modules import VERSIONS, Entry, Routers

LACKING = {"interface bridge vlan", "interface pppoe-client"}
"""Menus that the laboratory doesn't model."""
THERE = sorted(set(MENUS) - LACKING)

# Rows whose spelling in a router's mouth differs from what people write, or whose properties are rarely looked at.
SEED = r"""
/interface bridge add name=bridge priority=0x9000 comment="LAN \E2\9C\85" auto-mac=no admin-mac=48:8F:5A:00:00:01
/interface bridge port add bridge=bridge interface=ether6 priority=0x70 horizon=1
/interface bridge port add bridge=bridge interface=ether7 edge=yes
/interface ethernet set [ find default-name=ether1 ] name=ISP1 mtu=1492 arp=proxy-arp comment="fibre; \"first\""
/interface vlan add name=guests interface=bridge vlan-id=20 arp-timeout=1m30s
/interface list add name=LAN include=static exclude=dynamic
/interface list member add list=LAN interface=guests
/routing table add name=to-ISP1 fib
/routing table add name=plain
/ip address add address=172.16.10.1/24 interface=bridge
/ip address add address=10.0.0.1 interface=guests network=10.0.0.9
/ip pool add name=small ranges=10.10.200.108/30
/ip pool add name=LAN ranges=172.16.10.2-172.16.10.99,172.16.10.200 next-pool=small
/ip dhcp-client add interface=ISP1 add-default-route=special-classless script=":log info \$bound\r\n"
/ip dhcp-server add name=LAN interface=bridge address-pool=LAN lease-time=1d12:00:00 bootp-lease-time=lease-time
/ip dhcp-server network add address=172.16.10.0/24 gateway=172.16.10.1 dns-server=8.8.8.8,8.8.4.4 domain=office.example
/ip dhcp-server lease add address=172.16.10.50 mac-address=48:8f:5a:00:00:50 server=LAN client-id=1:48:8f:5a:0:0:50
/ip dhcp-server lease add address=small mac-address=48:8f:5a:00:00:51
/ip dns set servers=8.8.8.8,8.8.4.4 cache-size=4MiB allow-remote-requests=yes
/ip dns static add regexp=".*\\.office\\.example" address=172.16.10.1 ttl=5m
/ip dns static add name=www.office.example type=CNAME cname=office.example
/ip firewall address-list add list=servers address=10.10.0.10-10.10.0.19
/ip firewall address-list add list=servers address=10.10.0.1 comment=router
/ip firewall mangle add chain=prerouting action=mark-connection new-connection-mark=ISP-1 connection-mark=no-mark \
    connection-state=new,related in-interface=!ISP1 per-connection-classifier=both-addresses-and-ports:1/0 \
    dst-address-type=!local
/ip firewall mangle add chain=output action=mark-routing new-routing-mark=to-ISP1 connection-mark=ISP-1 passthrough=no
/ip firewall filter add chain=input action=drop protocol=6 dst-port=22,8728-8729 limit=10/1m,5:packet \
    icmp-options=8:0 time=8h-17h,mon,fri
/ip firewall nat add chain=srcnat action=masquerade out-interface-list=LAN log=yes log-prefix=nat
/ip firewall raw add chain=prerouting action=notrack src-address=10.0.0.1/32 tcp-flags=syn,!ack protocol=tcp
/ip route add gateway=192.168.40.1 routing-table=to-ISP1 check-gateway=ping distance=2
/ip route add dst-address=10.99.0.0/16 blackhole
/ip route add dst-address=8.8.8.8 gateway=ISP1 comment=canary
/ip route add dst-address=8.8.4.4 gateway=192.168.40.1%ISP1
/routing rule add src-address=172.16.10.0/24 action=lookup-only-in-table table=to-ISP1
/ip settings set rp-filter=loose icmp-rate-mask=0x1818 arp-timeout=45s
/tool netwatch add host=8.8.8.8 interval=10s up-script=":log info up" down-script="" thr-loss-percent=50
/system script add name=tell policy=write,read source="/log info \"it's \$1\"\r\n"
/system scheduler add name=nightly interval=1d start-time=03:00:00 on-event=tell
/system note set note="two\nlines" show-at-login=no
/user group add name=ansible policy=read,write,api,policy,test
/user add name=ansible group=ansible password=long-and-secret address=10.0.0.0/8
"""


@pytest.fixture(scope="module")
def routers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Routers]:
    plans = [router(name, version, "RB1100AHx4", password="lab") for name, version in VERSIONS.items()]
    with Lab(routers=plans) as lab:
        yield Routers(lab, tmp_path_factory.mktemp("round-trip"))


def config(menus: object, state: str, **keywords: object) -> Entry:
    return {"name": state, "multiwan.routeros.config": {"menus": menus, "state": state}, **keywords}


def gives_back(routers: Routers) -> dict[str, dict[str, list[Entry]]]:
    """Read all menus and give them back in every state; return by router what was read."""
    run = routers.play(
        config({menu: [] for menu in THERE}, "gathered", register="rows"),
        *(config("{{ rows.gathered }}", state) for state in ("merged", "replaced", "overridden")),
    )
    assert run.problems == []
    assert run.status == 0, run.output
    for name in VERSIONS:
        for result in run.results(name)[1:]:
            assert result["commands"] == []
            assert not result.get("warnings")
        assert routers.lab.counters(name).writes == 0
    return {name: run.results(name)[0]["gathered"] for name in VERSIONS}


def test_a_factory_router(routers: Routers) -> None:
    routers.lab.reset()
    for rows in gives_back(routers).values():
        assert set(rows) == set(THERE)
        assert len(rows["interface ethernet"]) == 13
        assert [group["name"] for group in rows["user group"]] == ["read", "write", "full"]


def test_a_router_with_something_in_every_menu(routers: Routers) -> None:
    routers.lab.reset()
    for name in VERSIONS:
        routers.lab.seed(name, SEED)
        routers.lab.clear_counters(name)
    for rows in gives_back(routers).values():
        assert [menu for menu in THERE if not rows[menu]] == []
        assert rows["interface bridge"][0]["priority"] == "0x9000"


def test_what_is_spelled_otherwise_on_the_router_settles(routers: Routers) -> None:
    """YAML hands 0x8000 over as a number; masks and networks come back in the router's own words."""
    routers.lab.reset()
    names = [{"regexp": "office", "address": "10.0.0.1"}, {"regexp": "off", "address": "10.0.0.2"}]
    menus: dict[str, list[Entry] | Entry] = {
        "interface bridge": [{"name": "bridge", "priority": 0x7000, "ether-type": 0x88A8}],
        "interface bridge port": [{"interface": "ether6", "bridge": "bridge", "priority": 0x70}],
        "ip settings": {"icmp-rate-mask": 0x1010},
        "ip address": [{"address": "10.0.0.1/24", "interface": "bridge", "network": "10.0.0.0"}],
        "ip dns static": names,
    }
    moved = menus | {"ip dns static": names[::-1]}
    run = routers.play(*(config(given, "merged") for given in (menus, menus, moved, moved)))
    assert run.problems == []
    for name in VERSIONS:
        first, again, other, last = run.results(name)
        assert not any(result.get("warnings") for result in (first, again, other, last))
        assert first["after"]["interface bridge"][0]["ether-type"] == "0x88a8"
        assert first["after"]["ip settings"][0]["icmp-rate-mask"] == "0x1010"
        assert again["commands"] == last["commands"] == []
        assert [command.split()[:4] for command in other["commands"]] == [["/ip", "dns", "static", "move"]]


def test_what_cannot_be_is_told_before_anything_is_written(routers: Routers) -> None:
    mask = {"address": "10.0.0.1", "netmask": "255.255.255.0", "interface": "ether6"}
    broadcast = {"address": "10.0.0.1/24", "broadcast": "10.0.0.255", "interface": "ether6"}
    blocked = {"list": "x", "address": "10.0.0.1"}
    wrong: list[tuple[str, Entry, str]] = [
        ("ip address", mask, "length of the network"),
        ("ip address", broadcast, "never tells it"),
        ("ip firewall address-list", {**blocked, "timeout": "1d"}, "cannot be kept"),
        ("ip firewall address-list", {**blocked, "dynamic": True}, "cannot be "),
        ("system clock", {"time": "10:00:00"}, "cannot be "),
        ("ip route", {"gateway": "ISP1"}, "no such interface"),
        ("ip route", {"gateway": "192.168.40.1%ISP1"}, "no such interface"),
        ("interface list", {"name": "LAN", "include": "lan"}, "no such interface list"),
        ("interface bridge port", {"interface": "LANs", "bridge": "b"}, "no such interface"),
    ]
    routers.lab.reset()
    run = routers.play(*(config({menu: [entry]}, "merged", ignore_errors=True) for menu, entry, _reason in wrong))
    for name in VERSIONS:
        messages = [message for host, message in run.problems if host == name]
        for (menu, _entry, reason), message in zip(wrong, messages, strict=True):
            assert message.startswith(f"{name}: {menu}, ")
            assert reason in message
        assert routers.lab.counters(name).writes == 0


def test_the_groups_that_come_with_the_router_stay(routers: Routers) -> None:
    routers.lab.reset()
    own = {"user group": [{"name": "ansible", "policy": ["read", "write", "api"]}]}
    run = routers.play(config(own, "overridden"), config(own, "overridden"))
    assert run.problems == []
    for name in VERSIONS:
        first, again = run.results(name)
        assert len(first["commands"]) == 1
        assert again["commands"] == []
        assert {group["name"] for group in again["after"]["user group"]} == {"read", "write", "full", "ansible"}


def test_what_the_laboratory_lacks_is_known_to_be_lacking(routers: Routers) -> None:
    menus = sorted(LACKING)
    run = routers.play(*(config({menu: []}, "gathered", ignore_errors=True) for menu in menus))
    for name in VERSIONS:
        messages = [message for host, message in run.problems if host == name]
        for menu, message in zip(menus, messages, strict=True):
            assert f"{menu}: the router has no such menu" in message
