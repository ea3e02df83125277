# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sites that an Ansible inventory describes: what the lab makes around them, what it refuses, what it tells Ansible."""

from __future__ import annotations

import tomllib
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from routerlab import inventory, topology
from routerlab.model.hardware import MODELS
from routerlab.topology import TopologyError
from routerlab.world.clock import Clock
from routerlab.world.site import Isp

COMPANY = Path(__file__).parents[3] / "inventories" / "trans_coffee"
LINK = {"name": "ISP1", "interface": "ether1", "dhcp": True, "network": "192.168.61.0/24", "gateway": "192.168.61.1"}


def folder(below: Path, links: Any, lans: Any = (), name: str = "branch-7") -> Path:
    """An inventory's folder with one site."""
    (below / "host_vars").mkdir(exist_ok=True)
    described = {"site_wans": links, "site_lans": list(lans)}
    (below / "host_vars" / f"{name}.yml").write_text(yaml.safe_dump(described))
    return below


def isps(below: Path) -> dict[str, Isp]:
    """The providers of the folder's only site, by their ports."""
    (plan,) = topology.load(str(below))
    return plan.make_site(Clock()).isps


def test_what_stands_around_a_site_follows_from_its_description(tmp_path: Path) -> None:
    """Providers at the links' ports, each with its network, gateway and way of giving the address; enough ports."""
    lan = {"name": "LAN", "interface": "ether9", "address": "172.16.7.1/24"}
    fixed = {"name": "ISP2", "interface": "ether2", "comment": "Maxindu", "address": "203.0.113.1/29"}
    (plan,) = topology.load(str(folder(tmp_path, [LINK, fixed], [lan])))
    assert (plan.name, plan.model) == ("branch-7", "RB4011iGS+")
    assert (plan.username, plan.password, plan.unplugged, plan.management) == ("admin", "lab", (), None)
    leased, static = plan.make_site(Clock()).isps.values()
    assert (leased.name, leased.port, leased.dhcp) == ("ISP1", "ether1", True)
    assert (str(leased.network), str(leased.gateway), str(leased.address)) == (
        "192.168.61.0/24",
        "192.168.61.1",
        "192.168.61.2",
    )
    assert (static.name, static.port, static.dhcp) == ("Maxindu", "ether2", False)
    assert (str(static.network), str(static.gateway), str(static.address)) == (
        "203.0.113.0/29",
        "203.0.113.2",
        "203.0.113.1",
    )
    assert topology.notes(str(tmp_path)) == (
        "branch-7: site_wans[1] (ISP2): no gateway is described, so the lab's ISP is at 203.0.113.2",
    )


def test_only_the_outside_is_taken(tmp_path: Path) -> None:
    """Two descriptions that differ in what their routers become have the same surroundings."""
    inside = {**LINK, "weight": 3, "routing_table": "other", "connection_mark": "m", "distance": 9, "check": "arp"}
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    assert isps(folder(tmp_path / "one", [LINK])) == isps(folder(tmp_path / "two", [inside]))


@pytest.mark.parametrize(
    ("link", "network", "gateway"),
    [
        ({"interface": "ether1", "dhcp": True}, "100.64.0.0/24", "100.64.0.1"),
        ({"interface": "ether1", "dhcp": True, "gateway": "10.9.8.7"}, "10.9.8.0/24", "10.9.8.7"),
    ],
)
def test_what_had_to_be_invented_is_told(tmp_path: Path, link: dict[str, Any], network: str, gateway: str) -> None:
    """A network that only DHCP knows."""
    isp = isps(folder(tmp_path, [link]))["ether1"]
    assert (str(isp.network), str(isp.gateway), isp.dhcp) == (network, gateway, True)
    notes = [f"branch-7: site_wans[0]: no network is described, so the lab's ISP has {network}"]
    if "gateway" not in link:
        notes.append(f"branch-7: site_wans[0]: no gateway is described, so the lab's ISP is at {gateway}")
    assert topology.notes(str(tmp_path)) == tuple(notes)
    assert topology.text(str(tmp_path)).startswith("".join(f"# {note}\n" for note in notes))


def test_the_company_of_the_examples() -> None:
    """Its inventory gives the ports, networks and gateways that the topology made for it by hand has."""
    by_hand = {plan.name: plan.make_site(Clock()).isps for plan in topology.load()}
    read_off = {plan.name: plan.make_site(Clock()).isps for plan in topology.load(str(COMPANY))}
    assert read_off.keys() == by_hand.keys()
    for name, found in read_off.items():
        assert {port: (isp.network, isp.gateway) for port, isp in found.items()} == {
            port: (isp.network, isp.gateway) for port, isp in by_hand[name].items()
        }


def test_variables_in_several_files_and_what_only_ansible_reads(tmp_path: Path) -> None:
    """A folder for a host, and a value that is encrypted."""
    site = tmp_path / "host_vars" / "r"
    site.mkdir(parents=True)
    (site / "links.yml").write_text("site_wans:\n  - {interface: ether1, dhcp: true, network: 10.0.0.0/24}\n")
    (site / "secret.yaml").write_text("ansible_password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  6162\n")
    (site / "notes.txt").write_text(": no YAML {")
    assert str(isps(tmp_path)["ether1"].gateway) == "10.0.0.1"


HOST = "host_vars/branch-7.yml"


@pytest.mark.parametrize(
    ("links", "message"),
    [
        (
            [{**LINK, "gateway": "192.168.49.1"}],
            "gateway: 192.168.49.1 is no host of the ISP's network 192.168.61.0/24",
        ),
        ([{**LINK, "gateway": "192.168.61.255"}], "gateway: 192.168.61.255 is no host of"),
        ([{**LINK, "gateway": "192.168.61"}], "gateway: '192.168.61' is no IPv4 address, such as 192.168.61.1"),
        ([{**LINK, "gateway": "{{ modem }}"}], "gateway: '{{ modem }}' is a template, and only Ansible can read it"),
        ([{**LINK, "network": "192.168.61.1/24"}], "network: 192.168.61.1/24 has host bits set; write it as"),
        ([{**LINK, "network": "192.168.61.0/31", "gateway": None}], "network: 192.168.61.0/31 has no room for"),
        ([{**LINK, "network": 7}], "network: must be a text such as 192.168.61.0/24, not 7"),
        ([{**LINK, "address": "192.168.61.9"}], "address: '192.168.61.9' lacks its length; write it as"),
        ([{**LINK, "address": "2001:db8::2/64"}], "address: '2001:db8::2/64' is no IPv4 address with its length"),
        ([{**LINK, "address": "10.0.0.2/24"}], "address: 10.0.0.2 is no host of the ISP's network 192.168.61.0/24"),
        ([{**LINK, "address": "192.168.61.1/24"}], "gateway: 192.168.61.1 is the router's own address; give the ISP's"),
        ([{"name": "ISP1", "dhcp": True}], "interface: is missing; give the port that the ISP's modem is at"),
        ([{**LINK, "interface": ""}], "interface: must be a text such as ether1, not ''"),
    ],
)
def test_a_link_that_no_provider_fits_is_told(tmp_path: Path, links: Any, message: str) -> None:
    """File, entry, field, value, and what would be right."""
    with pytest.raises(TopologyError) as caught:
        topology.load(str(folder(tmp_path, links)))
    assert str(caught.value).startswith(f"{tmp_path / HOST}: site_wans[0] (ISP1): {message}")


@pytest.mark.parametrize(
    ("links", "lans", "message"),
    [
        ([LINK, LINK], [], "site_wans[1] (ISP1): interface: ether1 has the provider ISP1 already"),
        (
            [{**LINK, "interface": "eth0"}],
            [],
            "interface: the lab's routers have no port 'eth0'; take the port's own name",
        ),
        (
            [{**LINK, "interface": "sfp1"}],
            [{"interface": "ether9"}],
            "none of the lab's routers has all of sfp1, ether9",
        ),
        ([], [], "site_wans is missing here (group_vars are not read)"),
        ("{{ links }}", [], "site_wans is a template, '{{ links }}', and only Ansible can read it; write it out"),
        (["ether1"], [], "site_wans must be a list of entries, such as  - name: ISP1"),
    ],
)
def test_a_site_that_no_surroundings_fit_is_told(tmp_path: Path, links: Any, lans: Any, message: str) -> None:
    """With the file."""
    with pytest.raises(TopologyError) as caught:
        topology.load(str(folder(tmp_path, links, lans)))
    assert str(caught.value).startswith(f"{tmp_path / HOST}: {message}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("site_wans:\n  - name: [ISP1\n", "line 3: is no YAML: "),
        ("- name: ISP1\n", "must be variables, such as  site_name: Branch 7"),
        ("", "site_wans is missing here"),
        ("site_wans: [{interface: !vault x}]\n", "site_wans[0]: interface: is encrypted or tagged, and only Ansible"),
        ("[" * 5000, "is nested too deeply"),
        ("\x00", "unacceptable character #x0000"),
    ],
)
def test_a_file_that_describes_nothing_is_told(tmp_path: Path, text: str, message: str) -> None:
    """In one line, with the file."""
    folder(tmp_path, [])
    (tmp_path / HOST).write_text(text)
    with pytest.raises(TopologyError) as caught:
        topology.load(str(tmp_path))
    assert str(caught.value).startswith(f"{tmp_path / HOST}: {message}")
    assert "\n" not in str(caught.value)


def test_folders_and_files_that_are_no_topology(tmp_path: Path) -> None:
    """What is given instead is told."""
    with pytest.raises(TopologyError, match=r"there is no site to read; describe one in .*host_vars/NAME\.yml"):
        topology.load(str(tmp_path))
    with pytest.raises(TopologyError, match=r"hosts\.yml: give the folder that holds the inventory and its host_vars"):
        topology.load(str(folder(tmp_path, [LINK]) / "hosts.yml"))
    folder(tmp_path, [LINK], name="branch.seven")
    with pytest.raises(TopologyError, match=r"name: 'branch\.seven' must be made of letters, digits, - and _"):
        topology.load(str(tmp_path))


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
PORTS = st.lists(st.sampled_from(MODELS["CHR"].ports), min_size=1, unique=True)


@given(ports=PORTS, words=st.lists(TEXTS, min_size=4, max_size=4))
def test_the_file_that_topology_prints_is_the_same_topology(ports: list[str], words: list[str]) -> None:
    """Whatever characters names have."""
    found = [
        {"name": word, "port": port, "network": "10.0.0.0/24", "dhcp": port == "ether1"}
        for port, word in zip(ports, words, strict=False)
    ]
    content = {"name": words[0], "router": [{"name": "r", "model": "CHR", "isp": found}]}
    assert tomllib.loads(inventory.toml(inventory.Sites(content, ("a note",)))) == content


@given(st.ip_addresses(v=4), st.integers(1, 30), st.booleans())
def test_gateway_and_router_never_share_an_address(host: IPv4Address, length: int, fixed: bool) -> None:
    """Whichever of the two is described, and wherever in its network it lies."""
    network = IPv4Interface(f"{host}/{length}").network
    link = {"interface": "ether1", "network": str(network)}
    link |= {"address": f"{host}/{length}"} if fixed else {"gateway": str(host)}
    reader = inventory._Link(link, "here")
    if host in (network.network_address, network.broadcast_address):
        with pytest.raises(inventory.DescriptionError, match="is no host of"):
            inventory._isp(reader, IPv4Network("100.64.0.0/24"))
        return
    isp, invented = inventory._isp(reader, IPv4Network("100.64.0.0/24"))
    assert isp["gateway"] != isp["address"]
    assert all(IPv4Address(isp[field]) in network for field in ("gateway", "address"))
    assert isp["address" if fixed else "gateway"] == str(host)
    assert len(invented) == fixed


def test_an_inventory_of_the_lab() -> None:
    """Every router where it is reached, in terms that outdo what an inventory's groups say of real routers."""
    status = {
        "routers": [
            {"name": "r", "username": "admin", "password": "p: #", "api": {"host": "127.0.0.1", "port": 18710}},
        ]
    }
    assert yaml.safe_load(inventory.of_lab(status)) == {
        "routers": {
            "hosts": {
                "r": {
                    "ansible_host": "127.0.0.1",
                    "ansible_port": 18710,
                    "ansible_user": "admin",
                    "ansible_password": "p: #",
                    "routeros_tls": False,
                }
            }
        }
    }
