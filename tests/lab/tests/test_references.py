# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""References by identifier: renaming, deleting, dead identifiers."""

from __future__ import annotations

from routerlab.wire import Wire

MANGLE = "/ip/firewall/mangle"


def test_renaming_an_interface_renames_every_mention(wire: Wire) -> None:
    """In addresses, rules (negated too), lists, clients, servers, routes."""
    wire.add("/ip/address", address="10.0.0.1/24", interface="ether3")
    wire.add(MANGLE, chain="prerouting", in_interface="!ether3")
    wire.add("/interface/list", name="LAN")
    wire.add("/interface/list/member", list="LAN", interface="ether3")
    wire.add("/ip/dhcp-server", interface="ether3")
    wire.add("/ip/route", dst_address="10.9.0.0/16", gateway="10.0.0.9%ether3")
    assert wire.talk("/interface/ethernet/set", "=numbers=ether3", "=name=LAN-Lt.1") == [["!done"]]
    assert wire.rows("/ip/address/print")[0]["interface"] == "LAN-Lt.1"
    assert wire.rows(f"{MANGLE}/print")[0]["in-interface"] == "!LAN-Lt.1"
    assert wire.rows("/interface/list/member/print")[0]["interface"] == "LAN-Lt.1"
    assert wire.rows("/ip/dhcp-server/print")[0]["interface"] == "LAN-Lt.1"
    assert wire.rows("/ip/route/print", "?static")[0]["gateway"] == "10.0.0.9%LAN-Lt.1"
    assert wire.rows("/interface/print", "?default-name=ether3")[0]["name"] == "LAN-Lt.1"
    assert wire.trap("/ip/address/add", "=address=10.0.0.2/24", "=interface=ether3").startswith("input does not match")


def test_deleting_a_pool_leaves_its_dead_identifier(wire: Wire) -> None:
    """And a new one of the same name is another one."""
    pool = wire.add("/ip/pool", name="p", ranges="10.0.0.0/24")
    wire.add("/ip/dhcp-server", interface="ether3", address_pool="p")
    wire.talk("/ip/pool/remove", "=numbers=p")
    assert wire.rows("/ip/dhcp-server/print")[0]["address-pool"] == pool
    wire.add("/ip/pool", name="p", ranges="10.0.0.0/24")
    assert wire.rows("/ip/dhcp-server/print")[0]["address-pool"] == pool


def test_deleting_an_interface(wire: Wire) -> None:
    """Its addresses and rules turn invalid and show the dead identifier."""
    vlan = wire.add("/interface/vlan", name="v", vlan_id="5", interface="ether3")
    wire.add("/ip/address", address="10.0.0.1/24", interface="v")
    wire.add(MANGLE, chain="prerouting", in_interface="v")
    wire.talk("/interface/vlan/remove", "=numbers=v")
    address, rule = wire.rows("/ip/address/print")[0], wire.rows(f"{MANGLE}/print")[0]
    assert (address["interface"], address["invalid"]) == (vlan, "true")
    assert (rule["in-interface"], rule["invalid"]) == (vlan, "true")


def test_a_rule_turns_invalid_when_its_table_goes(wire: Wire) -> None:
    """The mark is kept as text."""
    wire.add("/routing/table", name="to-ISP1", fib="")
    wire.add(MANGLE, chain="prerouting", action="mark-routing", new_routing_mark="to-ISP1")
    assert wire.rows(f"{MANGLE}/print")[0]["invalid"] == "false"
    wire.talk("/routing/table/remove", "=numbers=to-ISP1")
    rule = wire.rows(f"{MANGLE}/print")[0]
    assert (rule["new-routing-mark"], rule["invalid"]) == ("to-ISP1", "true")


def test_interfaces_share_identifiers_between_their_menus(wire: Wire) -> None:
    """``/interface`` and ``/interface/ethernet`` show the same rows."""
    bridge = wire.add("/interface/bridge", name="b")
    assert wire.rows("/interface/print", "?type=bridge")[0][".id"] == bridge
    assert wire.trap("/interface/ethernet/set", f"=numbers={bridge}", "=comment=x") == "no such item (4)"
    ports = {row[".id"]: row["name"] for row in wire.rows("/interface/print", "?type=ether")}
    assert ports == {row[".id"]: row["name"] for row in wire.rows("/interface/ethernet/print")}


def test_a_bridge_takes_over_the_address_of_its_port(wire: Wire) -> None:
    """``actual-interface`` is the bridge; a server on the port is invalid."""
    wire.add("/interface/bridge", name="b")
    wire.add("/interface/bridge/port", interface="ether3", bridge="b")
    wire.add("/ip/address", address="10.0.0.1/24", interface="ether3")
    wire.add("/ip/dhcp-server", interface="ether3")
    wire.add("/ip/dhcp-client", interface="ether4")
    wire.add("/interface/bridge/port", interface="ether4", bridge="b")
    row = wire.rows("/ip/address/print")[0]
    assert (row["interface"], row["actual-interface"], row["slave"]) == ("ether3", "b", "true")
    assert wire.rows("/ip/dhcp-server/print")[0]["invalid"] == "true"
    client = wire.rows("/ip/dhcp-client/print")[0]
    assert (client["status"], client["invalid"]) == ("error", "true")


def test_a_lease_of_all_servers_names_none(wire: Wire) -> None:
    """``server`` is absent then, whether it was never written or written as ``all``."""
    wire.add("/ip/dhcp-server", name="s", interface="ether3")
    row = wire.add("/ip/dhcp-server/lease", mac_address="00:00:5E:00:53:01", server="all")
    assert "server" not in wire.rows("/ip/dhcp-server/lease/print")[0]
    words = ("/ip/dhcp-server/lease/add", "=mac-address=00:00:5E:00:53:01")
    assert wire.trap(*words) == "failure: already have static lease for this client"
    wire.talk("/ip/dhcp-server/lease/set", f"=.id={row}", "=server=s")
    assert wire.rows("/ip/dhcp-server/lease/print")[0]["server"] == "s"
    wire.talk("/ip/dhcp-server/lease/set", f"=.id={row}", "=server=all")
    assert "server" not in wire.rows("/ip/dhcp-server/lease/print")[0]
