# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a router works out by itself: leases, routes, gateways, watches, expiring entries."""

from __future__ import annotations

import pytest

from routerlab.testing import Lab
from routerlab.wire import Wire

pytestmark = pytest.mark.usefixtures("standing")


def one(wire: Wire, menu: str, *queries: str) -> dict[str, str]:
    """The single row that matches."""
    rows = wire.rows(f"{menu}/print", *queries)
    assert len(rows) == 1, rows
    return rows[0]


def bind(lab: Lab, wire: Wire, port: str = "ether1", **values: str) -> str:
    """A DHCP client with its lease; returns its identifier."""
    row = wire.add("/ip/dhcp-client", interface=port, **values)
    lab.advance(1)
    return row


def defaults(wire: Wire) -> dict[str, str]:
    """The default routes: gateway and distance, with what they are."""
    return {
        f"{row['gateway']} {row['distance']}": "active" if "active" in row else "inactive" if "inactive" in row else ""
        for row in wire.rows("/ip/route/print", "?dst-address=0.0.0.0/0")
    }


class TestLeases:
    """DHCP clients."""

    def test_from_searching_to_bound(self, lab: Lab, wire: Wire) -> None:
        """A lease takes a moment and brings address, gateway, routes and DNS."""
        wire.add("/ip/dhcp-client", interface="ether1")
        assert one(wire, "/ip/dhcp-client")["status"] == "searching..."
        lab.advance(1)
        client = one(wire, "/ip/dhcp-client")
        assert (client["status"], client["address"], client["gateway"]) == ("bound", "192.168.40.2/24", "192.168.40.1")
        assert (client["primary-dns"], client["dhcp-server"]) == ("192.168.40.1", "192.168.40.1")
        address = one(wire, "/ip/address")
        assert (address["address"], address["interface"], address["dynamic"]) == ("192.168.40.2/24", "ether1", "true")
        assert one(wire, "/ip/dns")["dynamic-servers"] == "192.168.40.1"
        default = one(wire, "/ip/route", "?dst-address=0.0.0.0/0")
        assert (default["dhcp"], default["dynamic"], default["active"]) == ("true", "true", "true")
        assert default["immediate-gw"] == "192.168.40.1%ether1"
        connected = one(wire, "/ip/route", "?connect")
        assert (connected["dst-address"], connected["gateway"]) == ("192.168.40.0/24", "ether1")
        assert connected["local-address"] == "192.168.40.2%ether1"

    def test_options_are_honoured(self, lab: Lab, wire: Wire) -> None:
        """No route, no DNS; another distance."""
        bind(lab, wire, add_default_route="no", use_peer_dns="no")
        bind(lab, wire, "ether2", default_route_distance="7")
        assert defaults(wire) == {"192.168.20.1 7": "active"}
        assert one(wire, "/ip/dns")["dynamic-servers"] == "192.168.20.1"

    def test_route_tables_of_a_lease(self, lab: Lab, wire: Wire) -> None:
        """``default-route-tables`` puts the route where it says."""
        wire.add("/routing/table", name="to-ISP1", fib="")
        bind(lab, wire, default_route_tables="main:3,to-ISP1:1")
        rows = wire.rows("/ip/route/print", "?dhcp")
        assert {row["routing-table"]: row["distance"] for row in rows} == {"main": "3", "to-ISP1": "1"}

    def test_stopped_while_disabled(self, lab: Lab, wire: Wire) -> None:
        """And everything that it brought is gone."""
        row = bind(lab, wire)
        wire.talk("/ip/dhcp-client/disable", f"=.id={row}")
        assert one(wire, "/ip/dhcp-client")["status"] == "stopped"
        assert wire.rows("/ip/address/print") == []
        assert wire.rows("/ip/route/print") == []

    def test_a_pulled_cable_takes_the_lease(self, lab: Lab, wire: Wire) -> None:
        """The interface does not run; back in, the client binds anew."""
        bind(lab, wire)
        lab.link("main", "ether1", up=False)
        assert one(wire, "/interface", "?name=ether1")["running"] == "false"
        assert one(wire, "/ip/dhcp-client")["status"] == "searching..."
        lab.link("main", "ether1", up=True)
        lab.advance(1)
        assert one(wire, "/ip/dhcp-client")["status"] == "bound"

    def test_a_dead_server_is_noticed_at_renewal(self, lab: Lab, wire: Wire) -> None:
        """The lease lives on for half its time, then is renewed in vain, then ends."""
        bind(lab, wire)
        lab.isp("main", "ether1", dhcp=False)
        lab.advance(1000)
        assert one(wire, "/ip/dhcp-client")["status"] == "bound"
        lab.advance(1000)
        assert one(wire, "/ip/dhcp-client")["status"] == "renewing..."
        lab.advance(2000)
        assert one(wire, "/ip/dhcp-client")["status"] == "searching..."
        assert wire.rows("/ip/address/print") == []

    def test_leases_are_renewed(self, lab: Lab, wire: Wire) -> None:
        """For days, if need be."""
        bind(lab, wire)
        lab.advance(3 * 86400)
        client = one(wire, "/ip/dhcp-client")
        assert client["status"] == "bound"
        assert client["expires-after"].split("m")[0].isdigit() or client["expires-after"] == "1h"

    def test_release_and_renew(self, lab: Lab, wire: Wire) -> None:
        """Commands of their own."""
        row = bind(lab, wire)
        assert wire.talk("/ip/dhcp-client/release", f"=numbers={row}") == [["!done"]]
        assert one(wire, "/ip/dhcp-client")["status"] == "searching..."
        lab.advance(1)
        lab.advance(1000)
        wire.talk("/ip/dhcp-client/renew", f"=numbers={row}")
        lab.advance(1)
        assert one(wire, "/ip/dhcp-client")["expires-after"].startswith("59m")

    def test_dynamic_rows_cannot_be_changed(self, lab: Lab, wire: Wire) -> None:
        """Neither address nor route."""
        bind(lab, wire)
        address, route = one(wire, "/ip/address")[".id"], one(wire, "/ip/route", "?dhcp")[".id"]
        assert (
            wire.trap("/ip/address/set", f"=.id={address}", "=comment=x") == "failure: can not change dynamic address"
        )
        assert wire.trap("/ip/route/remove", f"=.id={route}") == "failure: can not change dynamic route"


class TestRoutes:
    """Resolving, distances, tables."""

    def test_the_lowest_distance_is_active(self, lab: Lab, wire: Wire) -> None:
        """The others wait, without being inactive."""
        for port in ("ether1", "ether2"):
            bind(lab, wire, port, add_default_route="no")
        wire.add("/ip/route", gateway="192.168.40.1", distance="1")
        wire.add("/ip/route", gateway="192.168.20.1", distance="2")
        assert defaults(wire) == {"192.168.40.1 1": "active", "192.168.20.1 2": ""}
        lab.link("main", "ether1", up=False)
        assert defaults(wire) == {"192.168.40.1 1": "inactive", "192.168.20.1 2": "active"}

    def test_equal_distances_form_a_group(self, lab: Lab, wire: Wire) -> None:
        """Both active, both marked."""
        for port, gateway in (("ether1", "192.168.40.1"), ("ether2", "192.168.20.1")):
            bind(lab, wire, port, add_default_route="no")
            wire.add("/ip/route", gateway=gateway)
        assert [row["ecmp"] for row in wire.rows("/ip/route/print", "?static")] == ["true", "true"]

    def test_tables_choose_on_their_own(self, lab: Lab, wire: Wire) -> None:
        """And a route whose table is disabled or gone is inactive."""
        bind(lab, wire, add_default_route="no")
        wire.add("/routing/table", name="to-ISP1", fib="")
        wire.add("/ip/route", gateway="192.168.40.1", routing_table="to-ISP1", distance="9")
        assert "active" in one(wire, "/ip/route", "?static")
        wire.talk("/routing/table/disable", "=numbers=to-ISP1")
        assert one(wire, "/ip/route", "?static")["inactive"] == "true"
        wire.talk("/routing/table/remove", "=numbers=to-ISP1")
        route = one(wire, "/ip/route", "?static")
        assert (route["routing-table"], route["inactive"]) == ("*1", "true")

    def test_a_gateway_outside_of_every_network_does_not_resolve(self, lab: Lab, wire: Wire) -> None:
        """``immediate-gw`` is empty."""
        wire.add("/ip/route", gateway="10.99.0.1")
        route = one(wire, "/ip/route")
        assert (route["inactive"], route["immediate-gw"]) == ("true", "")

    def test_recursive_gateways(self, lab: Lab, wire: Wire) -> None:
        """A next hop resolves only through routes whose scope is at most the target scope."""
        bind(lab, wire, add_default_route="no")
        wire.add("/ip/route", dst_address="8.8.8.8", gateway="192.168.40.1", scope="10")
        wire.add("/ip/route", gateway="8.8.8.8", target_scope="11", check_gateway="ping")
        default = one(wire, "/ip/route", "?dst-address=0.0.0.0/0")
        assert (default["active"], default["immediate-gw"]) == ("true", "192.168.40.1%ether1")
        lab.isp("main", "ether1", upstream=False)
        lab.advance(25)
        assert "inactive" in one(wire, "/ip/route", "?dst-address=0.0.0.0/0")
        wire.add("/ip/route", dst_address="9.9.9.9", gateway="192.168.40.1")
        wire.add("/ip/route", dst_address="20.0.0.0/8", gateway="9.9.9.9")
        assert "inactive" in one(wire, "/ip/route", "?dst-address=20.0.0.0/8")

    def test_blackholes_are_active_without_a_gateway(self, wire: Wire) -> None:
        """A route with neither is not."""
        wire.add("/ip/route", dst_address="10.0.0.0/8", blackhole="")
        wire.add("/ip/route", dst_address="11.0.0.0/8")
        assert one(wire, "/ip/route", "?dst-address=10.0.0.0/8")["active"] == "true"
        assert one(wire, "/ip/route", "?dst-address=11.0.0.0/8")["inactive"] == "true"

    def test_disabled_routes_show_what_was_written(self, wire: Wire) -> None:
        """No distance, no scope unless given."""
        wire.add("/ip/route", gateway="10.0.0.1", disabled="yes", comment="c")
        wanted = {"dst-address", "gateway", "disabled", "inactive", "static", "comment", ".id"}
        assert one(wire, "/ip/route").keys() == wanted
        wire.add("/routing/table", name="t", fib="")
        wire.talk("/ip/route/set", f"=.id={one(wire, '/ip/route')['.id']}", "=routing-table=t", "=distance=5")
        assert one(wire, "/ip/route").keys() == wanted | {"routing-table", "distance"}

    @pytest.mark.parametrize("name", ["main", "new"])
    def test_flags_that_are_off_are_not_there(self, lab: Lab, name: str) -> None:
        """``dynamic`` alone is told either way; captured on a CHR, with one route that resolves and one that does not."""
        with Wire(lab.port(name)) as line:
            line.login()
            line.add("/ip/address", address="10.1.1.2/24", interface="ether3")
            line.add("/ip/route", gateway="10.1.1.1", dst_address="10.2.0.0/16", disabled="no")
            line.add("/ip/route", gateway="10.9.9.9", dst_address="10.3.0.0/16")
            up, down = line.rows("/ip/route/print", "?static=true")
        common = {".id", "dst-address", "routing-table", "gateway", "immediate-gw", "distance", "scope", "target-scope"}
        assert up.keys() == common | {"dynamic", "static", "active"}
        assert down.keys() == common | {"dynamic", "static", "inactive"}
        assert (up["dynamic"], down["immediate-gw"]) == ("false", "")

    def test_identifiers(self, lab: Lab, wire: Wire) -> None:
        """Connected routes and others count from different starts and keep their identifiers."""
        bind(lab, wire)
        row = wire.add("/ip/route", gateway="192.168.40.1", dst_address="10.0.0.0/8")
        assert row == "*80000001"
        before = {route[".id"]: route["dst-address"] for route in wire.rows("/ip/route/print")}
        assert sorted(identifier[:5] for identifier in before) == ["*2018", "*8000", "*8000"]
        wire.add("/ip/address", address="10.1.1.1/24", interface="ether3")
        after = {route[".id"]: route["dst-address"] for route in wire.rows("/ip/route/print")}
        assert before.items() <= after.items()


class TestCheckGateway:
    """Probes of next hops."""

    @pytest.fixture(autouse=True)
    def _two_providers(self, lab: Lab, wire: Wire) -> None:
        for port in ("ether1", "ether2"):
            bind(lab, wire, port, add_default_route="no")
        wire.add("/ip/route", gateway="192.168.40.1", distance="1", check_gateway="ping")
        wire.add("/ip/route", gateway="192.168.20.1", distance="2", check_gateway="ping")

    def test_two_misses_take_a_gateway_down_and_one_reply_revives_it(self, lab: Lab, wire: Wire) -> None:
        """Probes go every ten seconds."""
        lab.isp("main", "ether1", gateway=False)
        lab.advance(8)
        assert defaults(wire) == {"192.168.40.1 1": "active", "192.168.20.1 2": ""}
        lab.advance(13)
        assert defaults(wire) == {"192.168.40.1 1": "inactive", "192.168.20.1 2": "active"}
        lab.isp("main", "ether1", gateway=True)
        lab.advance(10.1)
        assert defaults(wire) == {"192.168.40.1 1": "active", "192.168.20.1 2": ""}

    def test_a_dead_upstream_is_not_seen(self, lab: Lab, wire: Wire) -> None:
        """The gateway itself still answers."""
        lab.isp("main", "ether1", upstream=False)
        lab.advance(60)
        assert defaults(wire) == {"192.168.40.1 1": "active", "192.168.20.1 2": ""}

    def test_without_it_a_dead_gateway_is_not_seen(self, lab: Lab, wire: Wire) -> None:
        """The route stays active."""
        for row in wire.rows("/ip/route/print", "?static"):
            wire.talk("/ip/route/unset", f"=.id={row['.id']}", "=value-name=check-gateway")
        lab.isp("main", "ether1", gateway=False)
        lab.advance(60)
        assert defaults(wire)["192.168.40.1 1"] == "active"

    def test_an_interface_cannot_be_probed(self, wire: Wire) -> None:
        """Such a route stays inactive."""
        wire.add("/ip/route", dst_address="10.0.0.0/8", gateway="ether2", check_gateway="ping")
        assert "inactive" in one(wire, "/ip/route", "?dst-address=10.0.0.0/8")

    def test_settings_since_7_21_tune_the_probes(self, lab: Lab, wire: Wire) -> None:
        """Interval and number of misses."""
        wire.talk("/routing/settings/set", "=check-gateway-ping-interval=1s", "=check-gateway-ping-count=4")
        lab.advance(10)
        lab.isp("main", "ether1", gateway=False)
        lab.advance(2.5)
        assert defaults(wire)["192.168.40.1 1"] == "active"
        lab.advance(2)
        assert defaults(wire)["192.168.40.1 1"] == "inactive"


class TestNetwatch:
    """Watches."""

    def watch(self, lab: Lab, wire: Wire, host: str, **values: str) -> None:
        """A watch of a host behind the first provider."""
        bind(lab, wire)
        wire.add("/tool/netwatch", host=host, **values)

    def test_unknown_until_the_start_delay_is_over(self, lab: Lab, wire: Wire) -> None:
        """Then up, with the time since when."""
        self.watch(lab, wire, "192.168.40.1")
        row = one(wire, "/tool/netwatch")
        assert (row["type"], row["status"]) == ("simple", "unknown")
        assert "since" not in row
        lab.advance(3.5)
        row = one(wire, "/tool/netwatch")
        assert (row["status"], row["done-tests"], row["failed-tests"]) == ("up", "1", "0")
        assert len(row["since"]) == len("2024-05-17 17:58:11")
        assert wire.rows("/log/print", "?topics=netwatch,info")[0]["message"] == (
            "event up [ type: simple, host: 192.168.40.1 ]"
        )

    def test_down_and_up_again(self, lab: Lab, wire: Wire) -> None:
        """A missing reply counts when its timeout is over."""
        self.watch(lab, wire, "8.8.8.8", interval="10s", timeout="1s")
        lab.advance(4)
        assert one(wire, "/tool/netwatch")["status"] == "up"
        lab.isp("main", "ether1", upstream=False)
        lab.advance(9.5)
        assert one(wire, "/tool/netwatch")["status"] == "up"
        lab.advance(1)
        row = one(wire, "/tool/netwatch")
        assert (row["status"], row["failed-tests"]) == ("down", "1")
        lab.isp("main", "ether1", upstream=True)
        lab.advance(10)
        assert one(wire, "/tool/netwatch")["status"] == "up"

    def test_one_host_can_die(self, lab: Lab, wire: Wire) -> None:
        """On the internet, and in the router's own networks."""
        self.watch(lab, wire, "8.8.8.8", start_delay="0s")
        wire.add("/ip/address", address="172.16.10.1/24", interface="ether3")
        wire.add("/tool/netwatch", host="172.16.10.9", start_delay="0s")
        lab.advance(4)
        assert [row["status"] for row in wire.rows("/tool/netwatch/print")] == ["up", "down"]
        lab.host("main", "8.8.8.8", up=False)
        lab.host("main", "172.16.10.9", up=True)
        lab.advance(14)
        assert [row["status"] for row in wire.rows("/tool/netwatch/print")] == ["down", "up"]

    def test_names_need_a_dns_server(self, lab: Lab, wire: Wire) -> None:
        """Which the lease brought here."""
        self.watch(lab, wire, "www.example.com", start_delay="0s")
        lab.advance(1)
        assert one(wire, "/tool/netwatch")["status"] == "up"

    def test_disabled_watches_know_nothing(self, lab: Lab, wire: Wire) -> None:
        """Enabled again they start over."""
        self.watch(lab, wire, "192.168.40.1", disabled="yes")
        lab.advance(60)
        assert one(wire, "/tool/netwatch")["status"] == "unknown"
        assert "since" not in one(wire, "/tool/netwatch")
        wire.talk("/tool/netwatch/enable", f"=.id={one(wire, '/tool/netwatch')['.id']}")
        assert one(wire, "/tool/netwatch")["status"] == "unknown"

    def test_the_router_s_own_addresses_answer(self, lab: Lab, wire: Wire) -> None:
        """Even without any provider."""
        wire.add("/ip/address", address="172.16.10.1/24", interface="ether3")
        wire.add("/tool/netwatch", host="172.16.10.1", start_delay="0s")
        assert one(wire, "/tool/netwatch")["status"] == "up"


def test_address_list_entries_end(lab: Lab, wire: Wire) -> None:
    """A timeout makes an entry dynamic; what is left of it is shown."""
    row = wire.add("/ip/firewall/address-list", list="l", address="10.0.0.1", timeout="1h")
    wire.add("/ip/firewall/address-list", list="l", address="10.0.0.2")
    lab.advance(600)
    entry = one(wire, "/ip/firewall/address-list", f"?.id={row}")
    assert entry["dynamic"] == "true"
    assert entry["timeout"].startswith("49m")
    wire.talk("/ip/firewall/address-list/set", f"=.id={row}", "=comment=c")
    lab.advance(3100)
    assert one(wire, "/ip/firewall/address-list")["address"] == "10.0.0.2"


def test_static_addresses_make_connected_routes(wire: Wire) -> None:
    """While their interface runs and they are enabled."""
    row = wire.add("/ip/address", address="172.16.10.1/24", interface="ether3")
    assert one(wire, "/ip/route")["dst-address"] == "172.16.10.0/24"
    wire.talk("/ip/address/disable", f"=.id={row}")
    assert wire.rows("/ip/route/print") == []
    wire.talk("/ip/address/enable", f"=.id={row}")
    wire.talk("/interface/ethernet/disable", "=numbers=ether3")
    assert wire.rows("/ip/route/print") == []
