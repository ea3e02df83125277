# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles' templates, rendered by Ansible for each site of the example, against text written by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from ansible.vars.manager import VariableManager

from ansible_collections.multiwan.routeros.plugins.module_utils import script
from ansible_collections.multiwan.routeros.plugins.module_utils.engine import prepare
from ansible_collections.multiwan.routeros.plugins.module_utils.menus import find_menu
from ansible_collections.multiwan.routeros.plugins.module_utils.request import Request

ROOT = Path(__file__).parents[2]
EXPECTED = Path(__file__).parent / "expected"
ROLES = ("interfaces", "failover_routes", "dhcp", "nat", "pcc_mangle", "netwatch_telegram")
SITES = ("hq", "bandung", "surabaya", "medan")
SECRETS = {
    "vault_telegram_token": "123456789:AAtestAAtestAAtestAAtestAAtestAAtes",
    "vault_telegram_chat_id": -100987,
    "vault_routeros_password": "x",
}

Menus = dict[str, list[dict[str, str | None]]]


class Site:
    """One site of the example inventory; templates are rendered with what Ansible itself would give them."""

    def __init__(self, name: str, **changes: Any) -> None:
        self.loader = DataLoader()
        inventory = InventoryManager(self.loader, [str(ROOT / "inventories/trans_coffee/hosts.yml")])
        self.variables: dict[str, Any] = VariableManager(self.loader, inventory).get_vars(host=inventory.get_host(name))
        for role in ROLES:
            path = str(ROOT / "roles" / role / "defaults/main.yml")
            self.variables |= self.loader.load_from_file(path, trusted_as_template=True)
        self.variables |= SECRETS | changes

    def render(self, role: str, template: str = "") -> str:
        """Return the text that a role's template gives."""
        path = ROOT / "roles" / role / "templates" / f"{template or role}.rsc.j2"
        call = trust_as_template(f"{{{{ lookup('ansible.builtin.template', '{path}') }}}}")
        text = Templar(self.loader, self.variables).template(call)
        assert isinstance(text, str)
        return text

    def menus(self, role: str, template: str = "") -> Menus:
        return script.parse(self.render(role, template))

    def all(self) -> Menus:
        """Return what all roles write, menu by menu."""
        menus: Menus = {}
        for role in ROLES:
            for menu, entries in self.menus(role).items():
                menus.setdefault(menu, []).extend(entries)
        return menus


@pytest.fixture(scope="module", params=SITES)
def site(request: pytest.FixtureRequest) -> Site:
    return Site(request.param)


def expected(site: Site) -> Menus:
    return script.parse((EXPECTED / f"{site.variables['inventory_hostname']}.rsc").read_text())


def test_each_site_gets_what_was_written_by_hand(site: Site) -> None:
    found = site.all()
    for row in found["tool netwatch"]:
        assert row.pop("up-script")
        assert row.pop("down-script")
    wanted = expected(site)
    assert set(found) == set(wanted)
    for menu, rows in wanted.items():
        assert found[menu] == rows, menu


def test_every_row_that_can_be_removed_bears_its_role_s_tag_and_no_two_bear_the_same(site: Site) -> None:
    for role in ROLES:
        for menu, rows in site.menus(role).items():
            if menu not in ("system identity", "interface ethernet", "ip dns"):
                comments = [row["comment"] or "" for row in rows]
                assert all(comment.startswith(f"{role}: ") for comment in comments)
                assert len(set(comments)) == len(comments)


def test_every_template_says_each_of_its_menus_even_where_no_row_is_wanted(site: Site) -> None:
    assert site.menus("pcc_mangle").keys() == {"interface list", "interface list member", "ip firewall mangle"}
    assert site.menus("failover_routes").keys() == {"routing table", "ip route"}
    assert site.menus("nat").keys() == {"ip firewall nat"}


def test_what_is_verified_is_something_that_the_role_writes(site: Site) -> None:
    for role in ROLES:
        written = site.menus(role)
        for menu, rows in site.menus(role, "verify").items():
            for row in rows:
                same = [w for w in written[menu] if all(row[key] == w[key] for key in row if key in w)]
                keys = {"comment", "name", "default-name", "interface"}
                assert [w for w in same if any(row.get(key) == w.get(key, 0) for key in keys)], (menu, row)


def test_the_engine_takes_what_each_role_writes_and_knows_what_it_verifies(site: Site) -> None:
    for role in ROLES:
        wanted = prepare(site.menus(role), Request("router", "overridden", f"{role}:"))
        assert wanted.menus
        for path, rows in site.menus(role, "verify").items():
            assert not [name for row in rows for name in row if find_menu(path).field(name) is None]


def without_comments(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith("#"))


def test_a_script_says_link_state_host_and_time_percent_encoded() -> None:
    rows = Site("hq").menus("netwatch_telegram")["tool netwatch"]
    for state in ("up", "down"):
        wanted = without_comments((EXPECTED / f"notify_isp1_{state}.rsc").read_text())
        assert rows[0][f"{state}-script"] == wanted
        assert rows[1][f"{state}-script"] == wanted.replace("ISP1", "ISP2").replace("Fiberstar", "Maxindu")


def test_a_script_asks_the_row_that_it_stands_in() -> None:
    for row in Site("hq").menus("netwatch_telegram")["tool netwatch"]:
        for state in ("up", "down"):
            assert f'get [find where comment="{row["comment"]}"] status]' in str(row[f"{state}-script"])


def test_a_name_of_any_letters_stays_within_its_script() -> None:
    for row in Site("hq", site_name='Kopi "Ñ" & $anak; #1').menus("netwatch_telegram")["tool netwatch"]:
        assert ':local text "%E2%9C%85%20Kopi%20%22%C3%91%22%20%26%20%24anak%3B%20%231%3A%20' in str(row["up-script"])


def test_a_site_without_alerts_only_logs() -> None:
    for row in Site("hq", site_alerts={}).menus("netwatch_telegram")["tool netwatch"]:
        assert str(row["up-script"]).startswith(':log info "netwatch_telegram: ISP')
        assert "fetch" not in f"{row['up-script']}{row['down-script']}"


@pytest.mark.parametrize("word", [False, "false", "no"], ids=repr)  # "-e site_balance=false" is a text
def test_balancing_can_be_left_out_and_failover_stays(word: Any) -> None:
    site = Site("hq", site_balance=word)
    assert not any(site.menus("pcc_mangle").values())
    routes = site.menus("failover_routes")
    assert routes["routing table"] == []
    assert [(row["gateway"], row["distance"]) for row in routes["ip route"]] == [
        ("192.168.40.1", "1"),
        ("192.168.20.1", "2"),
    ]


def test_one_link_is_never_balanced_whatever_is_asked() -> None:
    site, plain = Site("medan", site_balance=True), Site("medan")
    assert [site.menus(role) for role in ROLES] == [plain.menus(role) for role in ROLES]


def dynamic(name: str) -> dict[str, Any]:
    """A link whose gateway only DHCP knows."""
    return {"name": name, "interface": f"ether{name[-1]}", "dhcp": True, "monitor_host": f"10.0.{name[-1]}.1"}


def test_a_link_with_a_gateway_from_dhcp_gets_its_routes_from_its_client() -> None:
    site = Site("hq", site_wans=[dynamic("ISP1"), dynamic("ISP2")])
    assert site.menus("dhcp")["ip dhcp-client"][1] == {
        "interface": "ISP2",
        "add-default-route": "yes",
        "default-route-distance": "2",
        "check-gateway": "ping",
        "default-route-tables": "main:2,to-ISP2:1",
        "use-peer-dns": "no",
        "comment": "dhcp: ISP2",
    }
    assert site.menus("failover_routes") == {
        "routing table": [
            {"name": "to-ISP1", "fib": "yes", "comment": "failover_routes: to-ISP1"},
            {"name": "to-ISP2", "fib": "yes", "comment": "failover_routes: to-ISP2"},
        ],
        "ip route": [],
    }
    marks = [row for row in site.menus("pcc_mangle")["ip firewall mangle"] if "new-routing-mark" in row]
    assert {row["new-routing-mark"] for row in marks} == {"to-ISP1", "to-ISP2"}


def test_a_single_dynamic_link_needs_nothing_that_old_routers_lack() -> None:
    (client,) = Site("medan", site_wans=[dynamic("ISP1")]).menus("dhcp")["ip dhcp-client"]
    assert client.keys() == {
        "interface",
        "add-default-route",
        "default-route-distance",
        "use-peer-dns",
        "comment",
    }


def test_a_dynamic_link_without_balancing_has_a_checked_route_in_main() -> None:
    clients = Site("hq", site_balance=False, site_wans=[dynamic("ISP1"), dynamic("ISP2")]).menus("dhcp")[
        "ip dhcp-client"
    ]
    assert [(row["default-route-distance"], row["check-gateway"]) for row in clients] == [("1", "ping"), ("2", "ping")]
    assert [row["default-route-tables"] for row in clients] == ["main:1", "main:2"]


def test_networks_that_are_not_balanced_come_after_the_lans() -> None:
    plain, site = Site("hq"), Site("hq", site_bypass=["10.99.0.0/24", "10.200.0.1/32"])
    rules, more = (one.menus("pcc_mangle")["ip firewall mangle"] for one in (plain, site))
    assert len(rules) == 26
    assert more == [
        *rules[:6],
        {
            "chain": "prerouting",
            "dst-address": "10.99.0.0/24",
            "action": "accept",
            "comment": "pcc_mangle: bypass 10.99.0.0/24",
        },
        {
            "chain": "prerouting",
            "dst-address": "10.200.0.1/32",
            "action": "accept",
            "comment": "pcc_mangle: bypass 10.200.0.1/32",
        },
        *rules[6:],
    ]


def test_a_gateway_is_watched_as_each_link_wants_it() -> None:
    links = [dict(link) for link in Site("surabaya").variables["site_wans"]]
    links[0]["check"], links[1]["check"] = "arp", "none"
    routes = Site("surabaya", site_wans=links).menus("failover_routes")["ip route"]
    assert [route.get("check-gateway") for route in routes] == ["arp", None, "ping"] * 2
    links = [dynamic("ISP1") | {"check": "arp"}, dynamic("ISP2") | {"check": "none"}]
    clients = Site("surabaya", site_wans=links).menus("dhcp")["ip dhcp-client"]
    assert [client.get("check-gateway") for client in clients] == ["arp", None]


def test_a_host_beyond_its_link_is_reached_over_that_link_or_not_at_all() -> None:
    site = Site("hq")
    links = [dict(link) for link in site.variables["site_wans"]]
    links[1]["monitor_host"] = "1.1.1.1"
    site = Site("hq", site_wans=links)
    assert site.menus("failover_routes")["ip route"][-2:] == [
        {"dst-address": "1.1.1.1/32", "gateway": "192.168.20.1", "comment": "failover_routes: ISP2 to its canary"},
        {
            "dst-address": "1.1.1.1/32",
            "blackhole": "yes",
            "distance": "254",
            "comment": "failover_routes: ISP2 or nothing",
        },
    ]
    assert site.menus("netwatch_telegram")["tool netwatch"][1]["host"] == "1.1.1.1"


def test_without_dns_servers_those_of_the_isp_serve() -> None:
    menus = Site("hq", site_dns=[]).menus("dhcp")
    assert menus["ip dns"] == [{"servers": "", "allow-remote-requests": "no"}]
    assert {row["use-peer-dns"] for row in menus["ip dhcp-client"]} == {"yes"}


def test_a_wrong_description_stops_a_template_with_one_clear_line() -> None:
    with pytest.raises(AnsibleError, match=r"site_wans\[0\] \(ISP1\): dhcp: the link has neither DHCP nor an address"):
        Site("hq", site_wans=[{"name": "ISP1", "interface": "ether1"}]).render("nat")


def test_the_lab_s_sites_are_those_of_the_example() -> None:
    loader = DataLoader()
    lab = InventoryManager(loader, [str(ROOT / "inventories/lab/hosts.yml")])
    manager = VariableManager(loader, lab)
    for name in SITES:
        own = {k: v for k, v in Site(name).variables.items() if k.startswith("site_")}
        assert {k: v for k, v in manager.get_vars(host=lab.get_host(name)).items() if k.startswith("site_")} == own


def test_no_secret_stands_in_the_example_inventory() -> None:
    texts = [path.read_text() for path in (ROOT / "inventories/trans_coffee").rglob("*") if path.is_file()]
    assert not [text for text in texts if "AA" in text]
    assert (ROOT / "inventories/trans_coffee/group_vars/routers/main.yml").read_text().count("vault_") >= 3
