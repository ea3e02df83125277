# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way that management takes: what cuts it, what refuses it, and what becomes of connections that stand."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv4Interface

import pytest

from routerlab.faces.api.framing import encode_sentence
from routerlab.management.path import Verdict, verdict
from routerlab.model.router import Router
from routerlab.seed import apply
from routerlab.testing import Lab, bare_router, router, wait_until
from routerlab.wire import LineClosed, Wire
from routerlab.world.site import Management

HOME = Management("ether5", IPv4Interface("192.168.88.1/24"), IPv4Address("192.168.88.10"))
#: Somebody beyond another router.
FAR = Management("ether5", IPv4Interface("192.168.88.1/24"), IPv4Address("10.9.9.9"))
API = 8728
#: How long silence is listened to, in seconds.
SILENCE = 0.4


@pytest.fixture(scope="module")
def whole_managed() -> Iterator[Lab]:
    """One router behind a management port, and one of which the topology does not say where its manager is."""
    with Lab(routers=[router("far", "7.22.3", "RB750Gr3", management=HOME), router("near", "7.12.2")]) as lab:
        yield lab


@pytest.fixture
def managed(whole_managed: Lab) -> Iterator[Lab]:
    """The same, in factory state; only what a test lets pass counts towards the nine minutes."""
    with whole_managed.standing():
        whole_managed.reset()
        yield whole_managed


def line(lab: Lab, name: str = "far") -> Wire:
    """A connection, logged in."""
    wire = Wire(lab.port(name))
    assert wire.login() == [["!done"]]
    return wire


@contextmanager
def impatient(wire: Wire) -> Iterator[None]:
    """Nothing is to come for some time."""
    wire.socket.settimeout(SILENCE)
    with pytest.raises(TimeoutError):
        yield
    wire.socket.settimeout(20)


def wait_for_cut(lab: Lab, name: str = "far") -> None:
    """Until the router has carried out what cuts the way: it answers nothing then, as it does before."""
    wait_until("the way is cut", lambda: lab.call(name, lambda found: verdict(found, API)) is Verdict.CUT)


def attempt(lab: Lab, name: str = "far", patience: float = 20.0) -> str:
    """What becomes of a new connection: open, closed as soon as it is there, refused, or silent."""
    try:
        with socket.create_connection(("127.0.0.1", lab.port(name)), timeout=patience) as found:
            found.sendall(b"\x05/quit\0")
            return "open" if found.recv(1) else "closed"
    except TimeoutError:
        return "silent"
    except ConnectionRefusedError:
        return "refused"
    except ConnectionResetError:
        return "closed"


def build(rsc: str, management: Management | None = HOME) -> Router:
    """A bare router with some rows, its manager where it is said."""
    found = bare_router("r", "7.22.3", "RB750Gr3")
    found.site.management = management
    found.reset()
    apply(found, rsc)
    return found


# The model by itself


def test_the_factory_state_has_the_way(managed: Lab) -> None:
    """Its address is a row like any other, and the log tells where the manager comes from."""
    with line(managed) as wire:
        (row,) = wire.rows("/ip/address/print")
        assert (row["address"], row["interface"], row["network"]) == ("192.168.88.1/24", "ether5", "192.168.88.0")
        logged = [row["message"] for row in wire.rows("/log/print")]
        assert "user admin logged in from 192.168.88.10 via api" in logged
    assert attempt(managed) == "open"
    assert attempt(managed, "near") == "open"


@pytest.mark.parametrize(
    "rsc",
    [
        "/ip address set 0 disabled=yes",
        "/ip address remove 0",
        "/ip address set 0 address=192.168.89.1/24",
        "/ip address set 0 interface=ether4",
        "/ip address set 0 address=192.168.88.1/30",
        "/interface ethernet set ether5 disabled=yes",
        "/interface bridge add name=b disabled=yes\n/interface bridge port add bridge=b interface=ether5",
        "/ip route add dst-address=192.168.88.10/32 gateway=ether4",
        "/ip firewall filter add chain=input action=drop",
        "/ip firewall filter add chain=input action=drop protocol=tcp dst-port=8728",
        "/ip firewall filter add chain=input action=drop src-address=192.168.88.0/25",
        "/ip firewall filter add chain=input action=drop in-interface=ether5",
        "/ip firewall filter add chain=input action=drop in-interface=!ether1",
        "/ip firewall filter add chain=input action=drop in-interface=all-ethernet",
        "/ip firewall filter add chain=input action=drop in-interface-list=!LAN",
        "/ip firewall filter add chain=input action=drop dst-address-type=local connection-state=new",
        "/ip firewall filter add chain=input action=tarpit protocol=tcp",
        "/ip firewall filter add chain=input action=drop src-address-list=bad",
        "/ip firewall filter add chain=input action=drop src-address-list=!good",
        "/ip firewall filter add chain=input action=drop port=1-1023,8728-8729 protocol=tcp",
        "/ip firewall filter add chain=input action=jump jump-target=j\nadd chain=j action=drop",
        "/ip firewall filter add chain=output action=drop out-interface=ether5",
        "/ip firewall filter add chain=output action=drop src-port=8728 protocol=tcp",
        "/ip firewall raw add chain=prerouting action=drop protocol=tcp",
        "/ip firewall raw add chain=output action=drop",
        "/ip firewall mangle add chain=prerouting action=drop",
        "/ip firewall nat add chain=dstnat action=dst-nat to-addresses=10.0.0.9 protocol=tcp",
    ],
)
def test_what_cuts_it(rsc: str) -> None:
    """Packets are lost on their way there, or their answers are."""
    lists = (
        "/interface list add name=LAN\n/interface list member add list=LAN interface=ether1\n"
        "/ip firewall address-list add list=bad address=192.168.88.8-192.168.88.12\n"
    )
    # An address on a port that has a link, so that a route by it stands.
    found = build(lists + "/ip address add address=172.16.0.1/24 interface=ether4\n")
    assert verdict(found, API) is Verdict.OPEN
    for text in rsc.split("\n"):
        menu = "" if text.startswith("/") else rsc.split(" add ")[0] + " "
        apply(found, _by_id(found, menu + text))
    assert verdict(found, API) is Verdict.CUT


def _by_id(found: Router, text: str) -> str:
    """``set 0`` means the first address."""
    (first,) = [row.id for row in found.tables["ip address"]][:1]
    for verb in ("set", "remove"):
        text = text.replace(f"/ip address {verb} 0", f"/ip address {verb} *{first:X}")
    return text


@pytest.mark.parametrize(
    "rsc",
    [
        "add chain=input action=drop disabled=yes",
        "add chain=forward action=drop",
        "add chain=nobody-jumps-here action=drop",
        "add chain=input action=drop protocol=udp",
        "add chain=input action=drop dst-port=22,8291 protocol=tcp",
        "add chain=input action=drop in-interface=ether1",
        "add chain=input action=drop in-interface=!ether5",
        "add chain=input action=drop in-interface=all-vlan",
        "add chain=input action=drop in-interface-list=none",
        "add chain=input action=drop src-address=!192.168.88.0/24",
        "add chain=input action=drop src-address-list=nobody",
        "add chain=input action=drop dst-address-type=!local",
        "add chain=input action=drop connection-state=invalid,untracked",
        "add chain=input action=drop connection-mark=!no-mark",
        "add chain=input action=drop content=secret",
        "add chain=input action=accept\nadd chain=input action=drop",
        "add chain=input action=fasttrack-connection\nadd chain=input action=drop",
        "add chain=input action=log\nadd chain=input action=passthrough\nadd chain=input action=accept",
        "add chain=input action=jump jump-target=j\nadd chain=j action=return\nadd chain=j action=drop",
        "add chain=input action=add-src-to-address-list address-list=x address-list-timeout=1m",
        "add chain=input action=jump jump-target=j\nadd chain=j action=jump jump-target=j",
        "add chain=input action=return\nadd chain=input action=drop",
        "add chain=output action=drop out-interface=ether1",
    ],
)
def test_what_lets_it_be(rsc: str) -> None:
    """Rules of the filter that mean others, or come too late."""
    found = build("".join(f"/ip firewall filter {text}\n" for text in rsc.split("\n")))
    assert verdict(found, API) is Verdict.OPEN
    assert verdict(found, API, 50123) is Verdict.OPEN


def test_other_menus_that_let_it_be() -> None:
    """Marks, redirections of other ports, bridges whose address it is."""
    found = build(
        "/ip firewall mangle add chain=prerouting action=mark-connection new-connection-mark=m passthrough=yes\n"
        "/ip firewall mangle add chain=prerouting action=mark-packet new-packet-mark=p passthrough=no\n"
        "/ip firewall mangle add chain=prerouting action=drop\n"
        "/ip firewall nat add chain=dstnat action=redirect to-ports=53 protocol=udp dst-port=53\n"
        "/ip firewall nat add chain=dstnat action=redirect to-ports=8728 protocol=tcp dst-port=8728\n"
        "/ip firewall raw add chain=prerouting action=notrack\n"
        "/ip firewall filter add chain=input connection-state=untracked\n"
        "/ip firewall filter add chain=input action=drop\n"
    )
    assert verdict(found, API) is Verdict.OPEN
    bridged = build(
        "/interface bridge add name=b\n/interface bridge port add bridge=b interface=ether5\n"
        "/ip firewall filter add chain=input action=accept in-interface=b\n"
        "/ip firewall filter add chain=input action=drop\n"
    )
    assert verdict(bridged, API) is Verdict.OPEN


@pytest.mark.parametrize(
    "rsc",
    [
        "/ip firewall filter add chain=input action=reject protocol=tcp reject-with=tcp-reset",
        "/ip firewall filter add chain=input action=reject",
        "/ip firewall nat add chain=dstnat action=redirect to-ports=22 protocol=tcp",
    ],
)
def test_what_refuses(rsc: str) -> None:
    """The router says no."""
    assert verdict(build(rsc), API) is Verdict.REFUSED


def test_an_open_connection_is_established() -> None:
    """Translation and new connections are no matter of it."""
    found = build(
        "/ip firewall filter add chain=input connection-state=established,related\n"
        "/ip firewall filter add chain=input action=drop\n"
    )
    assert verdict(found, API) is Verdict.CUT
    assert verdict(found, API, 50123) is Verdict.OPEN


def test_a_manager_far_away_needs_a_route_back() -> None:
    """Not one by another interface."""
    assert verdict(build("", FAR), API) is Verdict.CUT
    assert verdict(build("/ip route add gateway=192.168.88.2", FAR), API) is Verdict.OPEN
    found = build("/ip address add address=10.0.0.1/24 interface=ether1\n/ip route add gateway=10.0.0.2", FAR)
    assert verdict(found, API) is Verdict.CUT


def test_without_a_place_only_firewall_and_services_count() -> None:
    """The packet is from 127.0.0.1 and came by no interface."""
    found = build("/interface ethernet set ether5 disabled=yes", None)
    assert verdict(found, API) is Verdict.OPEN
    apply(found, "/ip firewall filter add chain=input action=drop in-interface=ether5")
    assert verdict(found, API) is Verdict.OPEN
    apply(found, "/ip firewall filter add chain=input action=accept src-address=127.0.0.1 protocol=tcp dst-port=8729")
    apply(found, "/ip firewall filter add chain=input action=drop")
    assert (verdict(found, API), verdict(found, 8729)) == (Verdict.CUT, Verdict.OPEN)


# On the wire


def test_a_cut_that_is_mended(managed: Lab) -> None:
    """Answers, and what was sent meanwhile, come when the path is open again; what had come before is carried out."""
    with line(managed) as wire:
        wire.send_bytes(
            encode_sentence(["/interface/set", "=numbers=ether5", "=disabled=yes"])
            + encode_sentence(["/system/identity/set", "=name=at once"])
        )
        wait_until("both are carried out", lambda: managed.call("far", lambda found: found.identity) == "at once")
        with impatient(wire):
            wire.sentence()
        assert attempt(managed, patience=SILENCE) == "silent"
        wire.send("/system/identity/set", "=name=later")
        with impatient(wire):
            wire.sentence()
        assert managed.call("far", lambda found: found.identity) == "at once"
        managed.seed("far", "/interface ethernet set ether5 disabled=no")
        assert [wire.replies() for _turn in range(3)] == [[["!done"]]] * 3
        assert managed.call("far", lambda found: found.identity) == "later"
        assert attempt(managed) == "open"


def test_who_waits_at_the_door_comes_in(managed: Lab) -> None:
    """As TCP repeats its attempts, so do these connect when the path is open again."""
    managed.seed("far", "/ip firewall filter add chain=input action=drop")
    managed.wait_ports()
    with socket.socket() as patient:
        patient.setblocking(False)
        assert patient.connect_ex(("127.0.0.1", managed.port("far"))) != 0
        managed.seed("far", "/ip firewall filter set [find] disabled=yes")
        managed.wait_ports()
        patient.settimeout(20)
        wait_until("the connection to be made", lambda: _connected(patient))
        patient.sendall(b"\x05/quit\0")
        assert patient.recv(1)


def _connected(found: socket.socket) -> bool:
    try:
        found.getpeername()
    except OSError:
        return False
    return True


def test_refusals_and_what_stands(managed: Lab) -> None:
    """A rejecting rule closes the port, a switched-off service too; connections that stand are not asked."""
    with line(managed) as wire:
        wire.add("/ip/firewall/filter", chain="input", connection_state="established")
        reject = wire.add("/ip/firewall/filter", chain="input", action="reject", protocol="tcp", dst_port="8728")
        assert attempt(managed) == "refused"
        assert wire.talk("/ip/firewall/filter/remove", f"=numbers={reject}") == [["!done"]]
        managed.wait_ports()
        assert attempt(managed) == "open"
        assert wire.talk("/ip/service/set", "=numbers=api", "=address=192.168.88.10") == [["!done"]]
        managed.wait_ports()
        assert attempt(managed) == "open"
        assert wire.talk("/ip/service/set", "=numbers=api", "=address=127.0.0.1") == [["!done"]]
        assert attempt(managed) == "closed"
        assert wire.talk("/ip/service/set", "=numbers=api", "=disabled=yes") == [["!done"]]
        assert attempt(managed) == "refused"
        assert wire.rows("/system/identity/print") == [{"name": "MikroTik"}]


def test_a_pulled_cable_cuts_it(managed: Lab) -> None:
    """And what the router does by itself goes on."""
    with line(managed) as wire:
        managed.link("far", "ether5", up=False)
        wire.send("/system/identity/print")
        with impatient(wire):
            wire.sentence()
        managed.advance(100)
        managed.link("far", "ether5", up=True)
        assert wire.replies()[-1] == ["!done"]


@pytest.mark.parametrize("tls", [False, True])
def test_a_client_that_leaves_is_not_missed_while_the_path_is_cut(managed: Lab, tls: bool) -> None:
    """Only nine minutes later, or when the path is open again."""

    def sessions() -> int:
        return managed.call("far", lambda found: len(found.connections))

    def connection() -> Wire:
        context = None
        if tls:
            context = ssl.create_default_context(cafile=managed.ca)
        wire = Wire(managed.port("far", tls=tls), context=context)
        wire.login()
        return wire

    with connection():
        assert sessions() == 1
        managed.link("far", "ether5", up=False)
    managed.advance(530)
    assert sessions() == 1
    managed.advance(11)
    wait_until("the session to end", lambda: sessions() == 0)
    managed.link("far", "ether5", up=True)

    with connection():
        managed.link("far", "ether5", up=False)
    managed.advance(500)
    assert sessions() == 1
    managed.link("far", "ether5", up=True)
    wait_until("the session to end", lambda: sessions() == 0)


@pytest.mark.parametrize("tls", [False, True])
def test_what_was_sent_before_leaving_is_carried_out(managed: Lab, tls: bool) -> None:
    """A client that dies has sent what it has sent."""
    context = ssl.create_default_context(cafile=managed.ca) if tls else None
    with Wire(managed.port("far", tls=tls), context=context) as wire:
        wire.login()
        wire.send_bytes(
            b"".join(encode_sentence(["/ip/pool/add", f"=name=p{number}", "=ranges=10.0.0.1"]) for number in range(100))
        )
        # Not closed: that would be a reset as soon as the first answer comes.
        wire.socket.shutdown(socket.SHUT_WR)
        wait_until("the session to end", lambda: managed.call("far", lambda found: not found.connections))
    assert managed.call("far", lambda found: len(found.tables["ip pool"])) == 100


def test_a_connection_that_was_given_up_is_reset(managed: Lab) -> None:
    """Its client hears of it when it can hear again; the time counts from the last cut."""
    with line(managed) as wire:
        managed.link("far", "ether5", up=False)
        managed.advance(500)
        managed.link("far", "ether5", up=True)
        managed.link("far", "ether5", up=False)
        managed.advance(500)
        assert managed.call("far", lambda found: len(found.connections)) == 1
        managed.advance(41)
        wait_until("the session to end", lambda: managed.call("far", lambda found: not found.connections))
        with impatient(wire):
            wire.sentence()
        managed.link("far", "ether5", up=True)
        with pytest.raises(LineClosed):
            wire.sentence()
    assert attempt(managed) == "open"


def test_a_reset_ends_what_is_cut(managed: Lab) -> None:
    """At once, at both ends; the address is there again."""
    with line(managed) as wire:
        wire.send("/ip/address/remove", "=numbers=*1")
        wait_for_cut(managed)
        with impatient(wire):
            wire.sentence()
        managed.reset("far")
        with pytest.raises(LineClosed):
            wire.sentence()
    assert managed.call("far", lambda found: len(found.connections)) == 0
    assert attempt(managed) == "open"


def test_safe_mode_takes_a_cut_back(managed: Lab) -> None:
    """The session that holds it is missed after nine minutes; then the way is as it was."""
    with line(managed) as wire:
        assert wire.talk("/safe-mode/take")[-1][0] == "!done"
        wire.send("/ip/address/set", "=numbers=*1", "=address=192.168.89.1/24")
        wait_for_cut(managed)
        with impatient(wire):
            wire.sentence()
    assert attempt(managed, patience=SILENCE) == "silent"
    managed.advance(541)
    assert attempt(managed) == "open"
    with line(managed) as wire:
        assert [row["address"] for row in wire.rows("/ip/address/print")] == ["192.168.88.1/24"]


def test_near_routers_are_cut_by_rules_alone(managed: Lab) -> None:
    """A rule that drops everything drops the lab's own connection too."""
    with line(managed, "near") as wire:
        wire.send("/ip/firewall/filter/add", "=chain=input", "=action=drop")
        wait_for_cut(managed, "near")
        with impatient(wire):
            wire.sentence()
        assert attempt(managed, "near", patience=SILENCE) == "silent"
        assert attempt(managed) == "open"
        managed.seed("near", "/ip firewall filter remove [find]")
        assert wire.replies() == [["!done", "=ret=*1"]]
