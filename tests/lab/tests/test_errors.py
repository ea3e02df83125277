# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the router says when it refuses, word for word."""

from __future__ import annotations

import pytest

from routerlab.testing import Lab
from routerlab.wire import Wire

MANGLE = "/ip/firewall/mangle/add"

ARGUMENT_ERRORS = [
    (("/ip/address/add", "=address=10.0.0.1", "=interface=nope"), "input does not match any value of interface"),
    (("/ip/address/add", "=address=10.0.0", "=interface=ether1"), "invalid value for argument address"),
    (("/ip/address/add", "=address=10.0.0.1/33", "=interface=ether1"), "value of netmask out of range (0..32)"),
    (("/ip/address/add", "=address=10.0.0.1", "=interface=ether"), ("ambiguous value of interface, "
     "more than one possible value matches input")),
    ((MANGLE, "=chain=a", "=in-interface=nope"), "input does not match any value of interface"),
    ((MANGLE, "=chain=a", "=in-interface-list=nope"), "input does not match any value of interface-list"),
    ((MANGLE, "=chain=a", "=new-routing-mark=to-ISPI"), "input does not match any value of new-routing-mark"),
    ((MANGLE, "=chain=a", "=action=nope"), "input does not match any value of action"),
    ((MANGLE, "=chain=a", "=src-address=x"), "value of range expects range of ip addresses"),
    ((MANGLE, "=chain=a", "=src-address=10.0.0.1-x"), "value of range must have ip address after '-'"),
    ((MANGLE, "=chain=a", "=priority=64"), "value of priority out of range (0..63)"),
    ((MANGLE, "=chain=a", "=protocol=tcp", "=dst-port=70000"), "value of range out of range (0..65535)"),
    ((MANGLE, "=chain=a", "=per-connection-classifier=both-addresses:0/0"),
     "value of per-connection-classifier out of range (1..4294967295)"),
    (("/ip/firewall/address-list/add", "=list=l", "=address=1.1.1.1-"), ("value of address must have ip address after "
     "'-'\r\ninvalid value for argument address")),
    (("/ip/route/add", "=gateway=nope"), "invalid or unexpected argument base"),
    (("/ip/route/add", "=gateway=10.0.0.1,10.0.0.2"), "invalid or unexpected argument base"),
    (("/ip/route/add", "=gateway=10.0.0.1", "=routing-table=x"), "input does not match any value of routing-table"),
    (("/routing/rule/add", "=table=x"), "input does not match any value of table"),
    (("/tool/netwatch/add", "=host=1.1.1.1", "=interval=soon"), "invalid value for argument interval"),
    (("/tool/netwatch/add", "=host=1.1.1.1", "=thr-avg=7102w"), "value of thr-avg out of range (0s..7101w3d6h28m15s)"),
    (("/system/scheduler/add", "=name=s", "=interval=99999999999w"),
     "value of interval out of range (0s..7101w3d6h28m15s)"),
    (("/ip/pool/add", "=ranges="), "value of ranges expects range of ip addresses"),
    (("/ip/route/add", "=gateway=10.0.0.1", "=distance=\uff11"), "invalid value for argument distance"),
    ((MANGLE, "=chain=a", "=protocol=tcp", "=dst-port=\u0668\u0660"), "invalid value for argument dst-port"),
    ((MANGLE, "=chain=a", "=per-connection-classifier=src-address:\u0662/0"),
     "invalid value for argument per-connection-classifier"),
    ((MANGLE, "=chain=a", "=nth=2\u0661"), "invalid value for argument nth"),
    (("/ip/dns/set", "=cache-size=\u0662048"), "invalid value for argument cache-size"),
    (("/ip/dns/set", "=cache-max-ttl=\u0661d"), "invalid value for argument cache-max-ttl"),
    (("/tool/netwatch/add", "=host=1.1.1.1", "=start-delay=2h"), "value of start-delay out of range (0s..1h)"),
    (("/interface/vlan/add", "=interface=ether1", "=vlan-id=5000"), "value of vlan-id out of range (1..4095)"),
    (("/ip/dhcp-server/lease/add", "=mac-address=x"), "invalid value of mac-address, mac address required"),
    (("/ip/dhcp-server/add", "=interface=ether1", "=address-pool=x"), "input does not match any value of address-pool"),
    (("/user/group/add", "=name=g", "=policy=dude"), "input does not match any value of policy"),
    (("/interface/bridge/port/add", "=interface=ether1", "=bridge=ether2"), "input does not match any value of bridge"),
]  # fmt: skip

OTHER_ERRORS = [
    (("/ip/address/add", "=foo=1"), "unknown parameter foo"),
    (("/ip/route/add", "=gateway=10.0.0.1", "=routing-mark=x"), "unknown parameter routing-mark"),
    (("/interface/print", "=foo="), "unknown parameter foo"),
    (("/interface/print", "=where=name=ether1"), "unknown parameter where"),
    (("/interface/listen", "=where="), "unknown parameter where"),
    (("/ip/address/add",), "missing value(s) of argument(s) address interface"),
    (("/ip/address/add", "=address=10.0.0.1/24"), "missing value(s) of argument(s) interface"),
    (("/interface/vlan/add",), "missing value(s) of argument(s) vlan-id interface"),
    (("/user/add",), "missing value(s) of argument(s) name group password"),
    (("/ip/address/set", "=address=10.0.0.1"), "missing =.id="),
    (("/ip/address/remove",), "missing =.id="),
    (("/system/identity/set", "=.id=*1"), "unknown parameter .id"),
    (("/ip/address/unset", "=.id=*1"), "no such command"),
    (("/user/group/add",), "failure: invalid group name"),
    (("/ip/dhcp-server/lease/add", "=address=10.0.0.1"), ("failure: mac-address or client-id or agent-remote-id or "
     "agent-circuit-id must be present")),
    (("/ip/dns/static/add", "=address=10.0.0.1"), "failure: name or regexp required"),
    (("/ip/dns/static/add", "=address=10.0.0.1", "=name=a", "=regexp=b"), "failure: only name or regexp allowed"),
    ((MANGLE, "=chain=a", "=dst-port=80"), "failure: ports can be specified if proto is tcp,udp,udp-lite,dccp,sctp"),
    (("/user/group/remove", "=numbers=full"), "failure: cannot change builtin"),
    (("/interface/list/remove", "=numbers=all"), "failure: cannot change builtin"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "message"), ARGUMENT_ERRORS)
def test_argument_errors_have_category_one_before_the_message(wire: Wire, words: tuple[str, ...], message: str) -> None:
    """And nothing is added."""
    assert wire.talk(*words) == [["!trap", "=category=1", f"=message={message}"], ["!done"]]


@pytest.mark.parametrize(("words", "message"), OTHER_ERRORS)
def test_other_errors(wire: Wire, words: tuple[str, ...], message: str) -> None:
    """Failures and the like carry no category."""
    assert wire.trap(*words) == message
    reply = wire.talk(*words)[0]
    assert (len(reply) == 2) is (message != "no such command")


def test_unknown_commands_and_menus(wire: Wire) -> None:
    """A known menu's unknown command; an unknown menu, which version 7 answers with two traps."""
    assert wire.talk("/ip/address/foo") == [["!trap", "=category=0", "=message=no such command"], ["!done"]]
    assert wire.talk("/ip/print") == [["!trap", "=category=0", "=message=no such command"], ["!done"]]
    for words in (("/foo/print",), ("/ip/foo/print",)):
        assert wire.talk(*words) == [
            ["!trap", "=category=0", "=message=no such command or directory (foo)"],
            ["!trap", "=message=no such command prefix"],
            ["!done"],
        ]


def test_commands_that_are_not_modelled_answer_like_unknown_ones(wire: Wire) -> None:
    """They are on the coverage page."""
    assert wire.trap("/interface/ethernet/monitor", "=numbers=ether1") == "no such command"


DUPLICATES = [
    ("/ip/address", {"address": "10.0.0.1/24", "interface": "ether3"}, "already have such address"),
    ("/ip/firewall/address-list", {"list": "l", "address": "10.0.0.1"}, "already have such entry"),
    ("/ip/dhcp-client", {"interface": "ether3"}, "dhcp-client on that interface already exists"),
    ("/ip/dns/static", {"name": "a.b", "address": "10.0.0.1"}, "entry already exists"),
    ("/ip/dhcp-server/lease", {"mac-address": "00:00:5E:00:53:01"}, "already have static lease for this client"),
]
NAMED = [
    ("/interface/bridge", {"name": "b"}, "already have interface with such name"),
    ("/ip/pool", {"name": "p", "ranges": "10.0.0.0/24"}, "pool with such name exists"),
    ("/ip/dhcp-server", {"name": "s", "interface": "ether3"}, "server with such name already exists"),
    ("/ip/dhcp-server/network", {"address": "10.0.0.0/24"}, "such network already exists"),
    ("/user", {"name": "u", "group": "read", "password": ""}, "user with the same name already exists"),
]


@pytest.mark.parametrize(("menu", "values", "message"), DUPLICATES + NAMED)
def test_duplicates(wire: Wire, menu: str, values: dict[str, str], message: str) -> None:
    """``failure:`` and the menu's own words, without a category."""
    wire.add(menu, **values)
    words = [f"={name}={text}" for name, text in values.items()]
    assert wire.talk(f"{menu}/add", *words) == [["!trap", f"=message=failure: {message}"], ["!done"]]


@pytest.mark.parametrize(("menu", "values", "message"), DUPLICATES)
def test_disabled_rows_are_no_duplicates_until_enabled(
    wire: Wire, menu: str, values: dict[str, str], message: str
) -> None:
    """Only enabled rows are compared."""
    wire.add(menu, **values)
    second = wire.add(menu, **values, disabled="yes")
    assert wire.trap(f"{menu}/enable", f"=.id={second}") == f"failure: {message}"
    assert wire.rows(f"{menu}/print", f"?.id={second}")[0]["disabled"] == "true"


def test_bridge_ports_and_lease_addresses(wire: Wire) -> None:
    """Two more duplicates."""
    wire.add("/interface/bridge", name="b")
    wire.add("/interface/bridge/port", interface="ether3", bridge="b")
    words = ("/interface/bridge/port/add", "=interface=ether3", "=bridge=b")
    assert wire.trap(*words) == "failure: device already added as bridge port"
    wire.add("/ip/dhcp-server/lease", mac_address="00:00:5E:00:53:01", address="10.0.0.9")
    words = ("/ip/dhcp-server/lease/add", "=mac-address=00:00:5E:00:53:02", "=address=10.0.0.9")
    assert wire.trap(*words) == "failure: already have static lease with this IP address"


def test_groups_in_use_stay(wire: Wire) -> None:
    """Until their last user is gone."""
    wire.add("/user/group", name="g", policy="read")
    wire.add("/user", name="u", group="g", password="")
    assert wire.trap("/user/group/remove", "=numbers=g") == "failure: group has some users"
    wire.talk("/user/remove", "=numbers=u")
    assert wire.talk("/user/group/remove", "=numbers=g") == [["!done"]]


def test_numbers_beyond_all_measure(wire: Wire) -> None:
    """Python's own limit on digits is no crash."""
    digits = "9" * 5000
    for name in ("distance", "dst-address", "gateway"):
        assert wire.talk("/ip/route/add", f"={name}={digits}")[0][0] == "!trap"
    assert "internal" not in wire.trap(
        "/ip/firewall/mangle/add", "=chain=a", f"=per-connection-classifier=src-address:{digits}/0"
    )
    assert "internal" not in wire.trap("/tool/netwatch/add", "=host=1.1.1.1", f"=interval={digits}")


def test_a_refused_sentence_does_not_disturb_the_next(lab: Lab, wire: Wire) -> None:
    """Replies stay in order in a pipeline."""
    for number in range(50):
        wire.send("/ip/pool/add", f"=ranges=10.0.{number}.0/24" if number % 2 else "=ranges=x")
    kinds = [wire.replies()[0][0] for _turn in range(50)]
    assert kinds == ["!trap", "!done"] * 25
    assert lab.counters("main").writes == 50
