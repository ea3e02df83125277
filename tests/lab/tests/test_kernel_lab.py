# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab whose packets are real, from rows to what passes and back to what rows tell."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

import pytest

from routerlab.lab import LabError
from routerlab.testing import Lab, router, wait_until
from routerlab.wire import Wire

LAN = """
/ip address
add address=192.168.40.2/24 interface=ether1
add address=192.168.20.2/24 interface=ether2
add address=172.16.10.1/24 interface=ether3
/ip firewall nat
add chain=srcnat action=masquerade out-interface=ether1
add chain=srcnat action=masquerade out-interface=ether2
/ip pool
add name=lan ranges=172.16.10.10-172.16.10.20
/ip dhcp-server
add name=lan interface=ether3 address-pool=lan disabled=no
/ip dhcp-server network
add address=172.16.10.0/24 gateway=172.16.10.1 dns-server=8.8.8.8
/ip dns
set servers=8.8.8.8
"""
DEFAULT = "/ip route add dst-address=0.0.0.0/0 gateway=192.168.40.1\n"
SECOND = "/ip route add dst-address=0.0.0.0/0 gateway=192.168.20.1"
TABLE = "/routing table add name=second fib\n" + SECOND + " routing-table=second\n"
FAST = "/routing settings set check-gateway-ping-interval=1s check-gateway-ping-timeout=200ms\n"


def isp(port: str, third: int) -> dict[str, object]:
    return {
        "name": port,
        "port": port,
        "network": IPv4Network(f"192.168.{third}.0/24"),
        "gateway": IPv4Address(f"192.168.{third}.1"),
        "address": IPv4Address(f"192.168.{third}.2"),
    }


@pytest.fixture(scope="module")
def whole_lab() -> Iterator[Lab]:
    """One router with two providers; ether3 to ether5 are LANs."""
    plan = router("r", "7.22.3", "RB750Gr3", isps=(isp("ether1", 40), isp("ether2", 20)))
    with Lab(kernel=True, routers=[plan]) as lab:
        yield lab


@pytest.fixture
def lab(whole_lab: Lab) -> Lab:
    """The lab with its router as new, its clock as slow as it gets, and a LAN at ether3."""
    whole_lab.speed(1)
    whole_lab.reset()
    whole_lab.seed("r", LAN)
    return whole_lab


@pytest.fixture
def wire(lab: Lab) -> Iterator[Wire]:
    """A connection to the router, logged in."""
    with Wire(lab.port("r")) as line:
        assert line.login() == [["!done"]]
        yield line


def carried(lab: Lab, *options: str, lan: str = "ether3", timeout: float = 20) -> dict[str, int]:
    """Some connections from the LAN by link; where some are not to be answered, ``timeout`` is better short."""
    try:
        return lab.flows("r", lan, "--count", "10", "--timeout", f"{timeout}", *options)
    except LabError as error:
        # The tool's way to say that nothing at all came back.
        if "none of 10 attempts was answered" not in str(error):
            raise
        return NONE


#: Seconds after which what is not to come does not come.
SHORT = 0.5
ALL_FIRST = {"ether1": 10, "ether2": 0, "failed": 0}
ALL_SECOND = {"ether1": 0, "ether2": 10, "failed": 0}
NONE = {"ether1": 0, "ether2": 0, "failed": 10}


def route(wire: Wire, gateway: str) -> dict[str, str]:
    """The static route through that gateway."""
    (row,) = wire.rows("/ip/route/print", f"?gateway={gateway}", "?static=true")
    return row


# Watching


def test_every_type_of_watch(lab: Lab, wire: Wire) -> None:
    """What answers is up, what does not is down, and thresholds are weighed."""
    lab.seed("r", DEFAULT)
    common = {"interval": "1s", "start_delay": "0s"}
    # What answers has time to do so.
    timeouts = {"up": "20s", "down": "500ms"}
    watches = {
        "simple": ({"host": "8.8.8.8"}, "up"),
        "simple-down": ({"host": "10.255.255.1"}, "down"),
        "icmp": ({"host": "8.8.8.8", "type": "icmp", "packet_count": "3"}, "up"),
        "icmp-loss": ({"host": "8.8.8.8", "type": "icmp", "packet_count": "3", "thr_loss_percent": "0"}, "down"),
        "icmp-ttl": ({"host": "8.8.8.8", "type": "icmp", "packet_count": "2", "ttl": "1"}, "down"),
        "tcp": ({"host": "8.8.8.8", "type": "tcp-conn", "port": "80"}, "up"),
        "tcp-closed": ({"host": "192.168.40.1", "type": "tcp-conn", "port": "1"}, "down"),
        "http": ({"host": "93.184.216.34", "type": "http-get"}, "up"),
        "http-codes": ({"host": "93.184.216.34", "type": "http-get", "http_codes": "500-599"}, "down"),
        "https": ({"host": "api.telegram.org", "type": "https-get", "port": "443", "http_codes": "100-499"}, "up"),
        "dns": ({"host": "www.example.com", "type": "dns"}, "up"),
        "dns-down": ({"host": "nobody.invalid", "type": "dns"}, "down"),
    }
    for name, (values, status) in watches.items():
        wire.add("/tool/netwatch", name=name, **values, **common, timeout=timeouts[status])
    wanted = {name: status for name, (_values, status) in watches.items()}

    def found() -> dict[str, str]:
        return {row["name"]: row["status"] for row in wire.rows("/tool/netwatch/print")}

    try:
        wait_until("every watch has its state", lambda: found() == wanted)
    except TimeoutError:
        assert found() == wanted
        raise
    rows = {row["name"]: row for row in wire.rows("/tool/netwatch/print")}
    icmp = rows["icmp"]
    assert (icmp["sent-count"], icmp["response-count"], icmp["loss-count"]) == ("3", "3", "0")
    assert icmp["loss-percent"] == "0%"
    assert all(icmp[f"rtt-{what}"].endswith(("us", "ms")) for what in ("avg", "min", "max"))
    assert rows["http"]["http-status-code"] == "200"
    assert "tcp-connect-time" in rows["tcp"]
    assert int(rows["simple-down"]["failed-tests"]) >= 1


def test_watches_take_their_router_s_way(lab: Lab, wire: Wire) -> None:
    """Without a route there is no answer, with one there is; facts reach the script."""
    wire.add(
        "/tool/netwatch",
        host="8.8.8.8",
        type="icmp",
        packet_count="2",
        interval="1s",
        timeout="20s",
        start_delay="0s",
        up_script=':log info ("up, lost " . $"loss-percent")',
        down_script=':log info ("down, lost " . $"loss-percent")',
    )

    def log(*texts: str) -> bool:
        return lab.call("r", lambda router: any(line.message in texts for line in router.log))

    wait_until("down", lambda: log("down, lost 100%"))
    lab.seed("r", DEFAULT)
    # The route may come between a test's two packets.
    wait_until("up", lambda: log("up, lost 0%", "up, lost 50%"))


@pytest.mark.parametrize("method", ["ping", "arp"])
def test_check_gateway(lab: Lab, wire: Wire, method: str) -> None:
    """A dead modem takes its routes down, a living one brings them back, as quickly as the settings say."""
    lab.seed("r", FAST + f"/ip route add dst-address=0.0.0.0/0 gateway=192.168.40.1 check-gateway={method}\n")
    lab.seed("r", SECOND + " distance=2\n")
    assert carried(lab) == ALL_FIRST
    lab.isp("r", "ether1", gateway=False)
    began = time.monotonic()
    wait_until("its routes are down", lambda: "active" not in route(wire, "192.168.40.1"))
    # By default the second miss is noticed eleven seconds after the first probe.
    assert time.monotonic() - began < 10
    assert carried(lab) == ALL_SECOND
    lab.isp("r", "ether1", gateway=True)
    wait_until("its routes are up", lambda: route(wire, "192.168.40.1").get("active") == "true")
    assert carried(lab) == ALL_FIRST


# Leases of the router's own clients


def test_a_lease_comes_and_goes(lab: Lab, wire: Wire) -> None:
    """With its address and its route: by renewing, releasing, the cable, and the row."""
    assert wire.talk("/ip/address/remove", "=numbers=*1") == [["!done"]]
    row = wire.add("/ip/dhcp-client", interface="ether1")

    def bound() -> bool:
        return bool(wire.rows("/ip/dhcp-client/print", "?status=bound"))

    def routed() -> bool:
        return bool(wire.rows("/ip/route/print", "?dst-address=0.0.0.0/0", "?active=true", "?dhcp=true"))

    wait_until("a lease", bound)
    assert wire.rows("/ip/dhcp-client/print")[0]["address"] == "192.168.40.2/24"
    assert routed()
    assert carried(lab) == ALL_FIRST
    assert wire.talk("/ip/dhcp-client/renew", f"=numbers={row}") == [["!done"]]
    assert bound()
    assert wire.talk("/ip/dhcp-client/release", f"=numbers={row}") == [["!done"]]
    wait_until("a lease after the release", bound)
    lab.link("r", "ether1", False)
    wait_until("no lease without the cable", lambda: not bound())
    assert not routed()
    assert not wire.rows("/ip/address/print", "?interface=ether1")
    lab.link("r", "ether1", True)
    wait_until("a lease with the cable", bound)
    assert carried(lab) == ALL_FIRST
    assert wire.talk("/ip/dhcp-client/disable", f"=numbers={row}") == [["!done"]]
    assert not routed()
    assert carried(lab, timeout=SHORT)["failed"] == 10


# Leases that the router gives


def test_leases_that_the_server_gives(lab: Lab, wire: Wire) -> None:
    """They are rows as long as they last, and can be kept."""
    assert lab.client("r", "ether3", ["true"]).status == 0
    (lease,) = wait_until("a lease", lambda: wire.rows("/ip/dhcp-server/lease/print"))
    assert lease["dynamic"] == "true"
    assert lease["status"] == "bound"
    assert lease["address"].startswith("172.16.10.")
    assert lease["active-address"] == lease["address"]
    assert lease["server"] == "lan"
    assert wire.talk("/ip/dhcp-server/lease/make-static", f"=numbers={lease['.id']}") == [["!done"]]
    (kept,) = wire.rows("/ip/dhcp-server/lease/print")
    assert kept["dynamic"] == "false"
    assert (kept["address"], kept["mac-address"]) == (lease["address"], lease["mac-address"])
    assert lab.client("r", "ether3", ["true"]).status == 0


# What the firewall tells


def test_addresses_that_rules_learn(lab: Lab, wire: Wire) -> None:
    """They are dynamic rows; taken out, they are out of the kernel's set too."""
    lab.seed("r", DEFAULT)
    wire.add(
        "/ip/firewall/mangle",
        chain="prerouting",
        action="add-src-to-address-list",
        address_list="seen",
        address_list_timeout="1h",
        in_interface="ether3",
    )
    drop = wire.add("/ip/firewall/filter", chain="forward", action="drop", src_address_list="seen", disabled="yes")
    assert carried(lab) == ALL_FIRST
    (row,) = wire.rows("/ip/firewall/address-list/print", "?list=seen")
    assert row["dynamic"] == "true"
    assert row["address"].startswith("172.16.10.")
    assert row["timeout"].startswith("59m")
    assert wire.talk("/ip/firewall/filter/enable", f"=numbers={drop}") == [["!done"]]
    assert carried(lab, timeout=SHORT) == NONE
    (rule,) = wire.rows("/ip/firewall/mangle/print", "?action=add-src-to-address-list")
    assert wire.talk("/ip/firewall/mangle/set", f"=.id={rule['.id']}", "=src-address=10.0.0.1") == [["!done"]]
    (row,) = wire.rows("/ip/firewall/address-list/print", "?list=seen")
    assert wire.talk("/ip/firewall/address-list/remove", f"=.id={row['.id']}") == [["!done"]]
    assert wire.rows("/ip/firewall/address-list/print") == []
    assert carried(lab) == ALL_FIRST


def test_counters_of_rules_and_interfaces(lab: Lab, wire: Wire) -> None:
    """They count what passes, start anew when told to, and never stand below zero."""
    lab.seed("r", DEFAULT)
    rule = wire.add("/ip/firewall/filter", chain="forward", action="accept", in_interface="ether3")

    def packets() -> int:
        return int(wire.rows("/ip/firewall/filter/print", f"?.id={rule}")[0]["packets"])

    def received() -> int:
        return int(wire.rows("/interface/print", "?name=ether3")[0]["rx-packet"])

    before = received()
    assert carried(lab) == ALL_FIRST
    assert packets() >= 30
    assert received() - before >= 30
    assert wire.talk("/ip/firewall/filter/reset-counters", f"=numbers={rule}") == [["!done"]]
    assert packets() < 10
    assert wire.talk("/interface/reset-counters", "=numbers=ether3") == [["!done"]]
    assert received() < 10
    assert wire.talk("/ip/firewall/filter/disable", f"=numbers={rule}") == [["!done"]]
    lab.flush()
    assert wire.talk("/ip/firewall/filter/enable", f"=numbers={rule}") == [["!done"]]
    lab.flush()
    assert 0 <= packets() < 10
    assert carried(lab) == ALL_FIRST
    assert packets() >= 30


def test_connections_are_told_and_can_be_forgotten(lab: Lab, wire: Wire) -> None:
    lab.seed("r", DEFAULT)
    assert carried(lab) == ALL_FIRST

    def found() -> list[dict[str, str]]:
        return [row for row in wire.rows("/ip/firewall/connection/print") if row["src-address"].startswith("172.16.")]

    rows = found()
    assert len([row for row in rows if row["protocol"] == "tcp"]) >= 10
    for row in rows:
        wire.talk("/ip/firewall/connection/remove", f"=.id={row['.id']}")
    assert found() == []


# Routes


def test_rules_of_routing(lab: Lab, wire: Wire) -> None:
    """Each action, in the order of the rows; ``lookup`` goes on where a table knows no way, the stricter one not."""
    lab.seed("r", DEFAULT + TABLE)
    row = wire.add("/routing/rule", src_address="172.16.10.0/24", action="lookup", table="second")
    assert carried(lab) == ALL_SECOND
    for action, wanted in (("unreachable", NONE), ("drop", NONE), ("lookup-only-in-table", ALL_SECOND)):
        assert wire.talk("/routing/rule/set", f"=.id={row}", f"=action={action}") == [["!done"]]
        assert carried(lab, timeout=SHORT if wanted == NONE else 20) == wanted, action
    (through,) = wire.rows("/ip/route/print", "?routing-table=second", "?static=true")
    assert wire.talk("/ip/route/disable", f"=.id={through['.id']}") == [["!done"]]
    assert carried(lab, timeout=SHORT) == NONE
    assert wire.talk("/routing/rule/set", f"=.id={row}", "=action=lookup") == [["!done"]]
    assert carried(lab) == ALL_FIRST


def test_many_marks(lab: Lab, wire: Wire) -> None:
    """More tables than numbers between a mark's priority and the local table's, if each had its own."""
    text = "".join(f"/routing table add name=t{number} fib\n" for number in range(950))
    lab.seed("r", DEFAULT + text + SECOND + " routing-table=t949\n")
    # A rule that names a mark gives it a number.
    rules = "".join(
        f"/routing rule add routing-mark=t{number} action=lookup table=t{number}\n" for number in range(949)
    )
    last = "/ip firewall mangle add chain=prerouting action=mark-routing new-routing-mark=t949 in-interface=ether3 "
    lab.seed("r", rules + last + "dst-address-type=!local\n")
    lab.flush()
    assert lab.status()["routers"][0]["problems"] == []
    assert carried(lab) == ALL_SECOND
    assert lab.client("r", "ether3", ["true"]).status == 0


def test_equal_routes_share(lab: Lab, wire: Wire) -> None:
    """Both ways carry some of many different servers."""
    lab.seed("r", DEFAULT + SECOND + "\n")
    counted = lab.flows("r", "ether3", "--count", "60", "--timeout", "20")
    assert counted["failed"] == 0
    assert min(counted["ether1"], counted["ether2"]) > 5


def test_routes_through_routes(lab: Lab, wire: Wire) -> None:
    """A gateway far away is found through a route of a smaller scope, and dies with it."""
    lab.seed(
        "r",
        SECOND
        + " distance=9\n/ip route add dst-address=8.8.8.8/32 gateway=192.168.40.1 scope=10\n"
        + "/ip route add dst-address=0.0.0.0/0 gateway=8.8.8.8 target-scope=11\n",
    )
    assert route(wire, "8.8.8.8").get("active") == "true"
    assert carried(lab) == ALL_FIRST
    row = route(wire, "192.168.40.1")
    assert wire.talk("/ip/route/disable", f"=.id={row['.id']}") == [["!done"]]
    assert carried(lab) == ALL_SECOND


def test_black_holes(lab: Lab, wire: Wire) -> None:
    """Nothing comes back from one address, all from the others."""
    lab.seed("r", DEFAULT + "/ip route add dst-address=93.184.216.34/32 blackhole\n")
    assert carried(lab, "--addresses", "93.184.216.34", timeout=SHORT) == NONE
    assert carried(lab, "--addresses", "8.8.8.8") == ALL_FIRST


# Links


def test_bridges(lab: Lab, wire: Wire) -> None:
    """Clients of all ports are on one LAN."""
    lab.seed(
        "r",
        DEFAULT
        + "/interface bridge add name=lan\n/interface bridge port add bridge=lan interface=ether4\n"
        + "/interface bridge port add bridge=lan interface=ether5\n/ip address add address=172.16.20.1/24 interface=lan\n"
        + "/ip pool add name=b ranges=172.16.20.10-172.16.20.20\n"
        + "/ip dhcp-server add name=b interface=lan address-pool=b disabled=no\n"
        + "/ip dhcp-server network add address=172.16.20.0/24 gateway=172.16.20.1\n",
    )
    for port in ("ether4", "ether5"):
        assert carried(lab, lan=port) == ALL_FIRST
    first = lab.client("r", "ether4", ["ip", "-4", "-o", "address", "show", "eth0"]).output.split()[3].partition("/")[0]
    program = f"import socket; socket.create_connection(({first!r}, 9), 20)"
    ended = lab.client("r", "ether5", [sys.executable, "-c", program])
    assert "ConnectionRefusedError" in ended.errors


def test_what_ethernet_settings_do(lab: Lab, wire: Wire) -> None:
    """The neighbour sees the address; the size of packets is the port's."""
    lab.seed("r", DEFAULT)
    mac = "02:00:5E:00:00:07"
    assert wire.talk("/interface/ethernet/set", "=numbers=ether3", f"=mac-address={mac}", "=mtu=1400") == [["!done"]]
    assert carried(lab) == ALL_FIRST
    seen = lab.client("r", "ether3", ["ip", "neighbour", "show", "172.16.10.1"]).output
    assert mac.lower() in seen
    assert wire.rows("/interface/print", "?name=ether3")[0]["actual-mtu"] == "1400"


def test_disabled_rows_are_not_in_force(lab: Lab, wire: Wire) -> None:
    """Of an address, of a route, of an interface; enabled again they are."""
    lab.seed("r", DEFAULT)
    assert carried(lab) == ALL_FIRST
    (nat,) = wire.rows("/ip/firewall/nat/print", "?out-interface=ether1")
    for menu, row in (
        ("/ip/route", route(wire, "192.168.40.1")[".id"]),
        ("/ip/firewall/nat", nat[".id"]),
        ("/interface", "ether1"),
    ):
        assert wire.talk(f"{menu}/disable", f"=numbers={row}") == [["!done"]]
        assert carried(lab, timeout=SHORT)["ether1"] == 0, menu
        assert wire.talk(f"{menu}/enable", f"=numbers={row}") == [["!done"]]
        wait_until(f"{menu} is in force", lambda: carried(lab, timeout=SHORT) == ALL_FIRST)


def test_a_script_s_packets_follow_what_it_has_just_written(lab: Lab, wire: Wire) -> None:
    """Each line of it sees what the lines before it did."""
    lab.seed("r", DEFAULT)
    toggle = "".join(
        f'/ip route {verb} [find gateway=192.168.40.1]\n:log info ("{verb}d " . [/ping 8.8.8.8 count=1])\n'
        for verb in ("disable", "enable") * 3
    )
    row = wire.add("/system/script", name="s", source=toggle)
    assert wire.talk("/system/script/run", f"=.id={row}") == [["!done"]]
    lines = lab.call("r", lambda router: [line.message for line in router.log if "abled " in line.message])
    assert lines == ["disabled 0", "enabled 1"] * 3


def test_a_reset_in_the_middle_of_traffic(lab: Lab) -> None:
    """Connections fail, the lab goes on, and the router works again once it is configured."""
    lab.seed("r", DEFAULT)
    assert carried(lab) == ALL_FIRST
    lab.reset("r")
    assert lab.status()["routers"][0]["problems"] == []
    lab.seed("r", LAN + DEFAULT)
    assert carried(lab) == ALL_FIRST
