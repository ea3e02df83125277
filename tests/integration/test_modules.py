# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module through its whole life on every version: add, again, change, check, read and give back, remove."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.multiwan.routeros.plugins.module_utils import argspec
from routerlab.testing import Lab, router

from .run import Run, playbook

VERSIONS = {"v712": "7.12.2", "v718": "7.18.2", "v722": "7.22.3", "v724": "7.24"}
Entry = dict[str, Any]


@dataclass(frozen=True)
class Life:
    """What a module is given: entries in an order, one of them changed, and what is there to refer to."""

    entries: list[Entry]
    change: Entry
    before: dict[str, list[Entry]] = field(default_factory=dict)


def mangle(number: int, **more: Any) -> Entry:
    return {
        "chain": "prerouting",
        "action": "accept",
        "src_address": f"10.0.{number}.0/24",
        "comment": f"r{number}",
        **more,
    }


LIVES: dict[str, Life] = {
    "interface_list": Life([{"name": "WAN"}, {"name": "LAN", "comment": "é ✅"}], {"name": "WAN", "comment": "links"}),
    "interface_list_member": Life(
        [{"list": "WAN", "interface": "ether1"}, {"list": "WAN", "interface": "ether2"}],
        {"list": "WAN", "interface": "ether2", "comment": "second"},
        {"interface list": [{"name": "WAN"}]},
    ),
    "ip_address": Life(
        [{"address": "172.16.10.1/24", "interface": "ether6"}, {"address": "10.0.0.1", "interface": "ether7"}],
        {"address": "172.16.10.1/24", "interface": "ether6", "disabled": True},
    ),
    "dhcp_client": Life(
        [{"interface": "ether1", "add_default_route": "no"}, {"interface": "ether2", "use_peer_dns": False}],
        {"interface": "ether1", "add_default_route": "yes", "default_route_distance": 5},
    ),
    "ip_pool": Life(
        [{"name": "a", "ranges": "10.0.0.2-10.0.0.9"}, {"name": "b", "ranges": "10.10.200.108/30"}],
        {"name": "a", "ranges": ["10.0.0.2-10.0.0.5", "10.0.0.8-10.0.0.9"]},
    ),
    "dhcp_server": Life(
        [
            {"name": "s1", "interface": "ether6", "address_pool": "a", "lease_time": "00:10:00"},
            {"name": "s2", "interface": "ether7", "address_pool": "static-only", "lease_time": "1d"},
        ],
        {"name": "s1", "interface": "ether6", "address_pool": "a", "lease_time": "1h"},
        {"ip pool": [{"name": "a", "ranges": "10.0.0.2-10.0.0.9"}]},
    ),
    "dhcp_server_network": Life(
        [
            {"address": "172.16.10.0/24", "gateway": "172.16.10.1", "dns_server": ["8.8.8.8", "8.8.4.4"]},
            {"address": "172.16.20.0/24", "gateway": "172.16.20.1"},
        ],
        {"address": "172.16.10.0/24", "gateway": "172.16.10.1", "dns_server": ["1.1.1.1"]},
    ),
    "firewall_nat": Life(
        [
            {"chain": "srcnat", "action": "masquerade", "out_interface": "ether1", "comment": "a"},
            {
                "chain": "dstnat",
                "action": "dst-nat",
                "protocol": "tcp",
                "dst_port": "80,443,1000-2000",
                "to_addresses": "10.0.0.5",
                "comment": "b",
            },
        ],
        {"chain": "srcnat", "action": "masquerade", "out_interface": "ether2", "comment": "a"},
    ),
    "firewall_mangle": Life(
        [
            mangle(1),
            mangle(2, action="mark-connection", new_connection_mark="x", passthrough=False),
            mangle(3, connection_state="related,established"),
            mangle(4, per_connection_classifier="both-addresses-and-ports:2/0"),
            mangle(4, per_connection_classifier="both-addresses-and-ports:2/1", comment="r5"),
        ],
        mangle(2, action="mark-connection", new_connection_mark="y", passthrough=True),
    ),
    "firewall_filter": Life(
        [
            {"chain": "input", "action": "accept", "connection_state": ["established", "related"], "comment": "a"},
            {"chain": "input", "action": "drop", "src_address": "!127.0.0.0/8", "comment": "b"},
            {"chain": "forward", "action": "accept", "in_interface": "!ether1", "limit": "10/1m,5:packet", "comment": "c"},
        ],
        {
            "chain": "input",
            "action": "reject",
            "src_address": "!127.0.0.0/8",
            "reject_with": "icmp-admin-prohibited",
            "comment": "b",
        },
    ),
    "firewall_address_list": Life(
        [{"list": "office", "address": "10.1.0.0/16"}, {"list": "office", "address": "10.2.0.1/32"}],
        {"list": "office", "address": "10.1.0.0/16", "comment": "branches"},
    ),
    "routing_table": Life(
        [{"name": "to-ISP1", "fib": True}, {"name": "to-ISP2", "fib": True}],
        {"name": "to-ISP2", "fib": True, "comment": "second"},
    ),
    "ip_route": Life(
        [
            {"gateway": "192.168.40.1", "routing_table": "to-ISP1", "check_gateway": "ping", "comment": "a"},
            {"gateway": "192.168.40.1", "distance": 1, "comment": "b"},
            {"dst_address": "10.9.0.0/16", "blackhole": True, "comment": "c"},
        ],
        {"gateway": "192.168.20.1", "distance": 2, "comment": "b"},
        {"routing table": [{"name": "to-ISP1", "fib": True}]},
    ),
    "netwatch": Life(
        [
            {"host": "192.168.40.1", "up_script": ':log info "up $host"\n:put "é"', "comment": "a"},
            {"host": "8.8.8.8", "type": "icmp", "interval": "30s", "thr_avg": "200ms", "comment": "b"},
        ],
        {"host": "192.168.40.1", "down_script": ":log error down", "interval": "5s", "comment": "a"},
    ),
    "script": Life(
        [{"name": "hello", "source": ':put "hello"\n', "policy": ["read", "write"]}, {"name": "two", "source": "# two"}],
        {"name": "hello", "source": ":put $x", "policy": ["test", "read"]},
    ),
    "scheduler": Life(
        [{"name": "daily", "interval": "1d", "on_event": "hello"}, {"name": "boot", "start_time": "startup"}],
        {"name": "daily", "interval": "12:00:00", "on_event": ":log info x"},
    ),
}  # fmt: skip
FIXED: dict[str, tuple[Entry | list[Entry], Entry | list[Entry]]] = {
    "identity": ({"name": "hq 1"}, {"name": "hq"}),
    "dns": ({"servers": ["8.8.8.8", "8.8.4.4"], "cache_size": "4096KiB"}, {"servers": [], "allow_remote_requests": True}),
    "interface_ethernet": (
        [{"default_name": "ether1", "name": "ISP1", "comment": "Fiberstar"}, {"default_name": "ether3", "mtu": 1400}],
        [{"default_name": "ether1", "name": "ISP-A", "comment": "Fiberstar", "disabled": True}],
    ),
}  # fmt: skip


class Routers:
    """A router of each version, and plays against all of them at once."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.lab = lab
        self.folder = folder
        hosts = {name: {"ansible_port": lab.port(name)} for name in VERSIONS}
        login = {"ansible_host": "127.0.0.1", "ansible_user": "admin", "ansible_password": "lab"}
        self._inventory = folder / "hosts.yml"
        self._inventory.write_text(yaml.safe_dump({"routers": {"hosts": hosts, "vars": login}}), encoding="utf-8")

    def play(self, *tasks: Entry) -> Run:
        book = self.folder / "play.yml"
        play = {"name": "Test", "hosts": "routers", "gather_facts": False, "tasks": list(tasks)}
        book.write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
        return playbook(book, (self._inventory,), self.folder)


@pytest.fixture(scope="module")
def routers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Routers]:
    plans = [router(name, version, "RB1100AHx4", password="lab") for name, version in VERSIONS.items()]
    with Lab(routers=plans) as lab:
        yield Routers(lab, tmp_path_factory.mktemp("modules"))


def task(module: str, state: str, config: Any, **keywords: Any) -> Entry:
    return {"name": state, f"multiwan.routeros.{module}": {"state": state, "config": config}, **keywords}


def test_no_module_is_left_out() -> None:
    assert {*LIVES, *FIXED} == set(argspec.modules())


@pytest.mark.parametrize("module", LIVES)
def test_the_life_of_rows(routers: Routers, module: str) -> None:
    life = LIVES[module]
    routers.lab.reset()
    key = argspec.modules()[module].keys[0]
    changed = [life.change if all(e.get(k) == life.change.get(k) for k in key) else e for e in life.entries]
    assert changed != life.entries
    backwards = changed[::-1]
    run = routers.play(
        {"name": "before", "multiwan.routeros.config": {"menus": life.before}},
        task(module, "overridden", life.entries, check_mode=True),
        task(module, "merged", life.entries),
        task(module, "merged", life.entries),
        task(module, "replaced", [life.change]),
        task(module, "overridden", changed),
        task(module, "gathered", None, register="rows"),
        task(module, "overridden", "{{ rows.gathered }}"),
        task(module, "overridden", backwards),
        task(module, "overridden", backwards, diff=True),
        task(module, "rendered", changed),
        task(module, "deleted", changed[:1]),
        task(module, "deleted", [], check_mode=True),
        task(module, "deleted", []),
        task(module, "gathered", None),
    )
    assert run.status == 0, run.output
    ordered = argspec.modules()[module].ordered
    for name in VERSIONS:
        results = run.results(name)
        assert not any(result.get("warnings") for result in results), results
        told = [result["changed"] for result in results]
        assert told[1:] == [
            True, True, False, True, False, False, False, ordered, False, False, True, True, True, False,
        ]  # fmt: skip
        planned, done, replaced, moved = results[1], results[2], results[4], results[8]
        assert planned["commands"] == done["commands"]
        assert len(done["after"]) == len(life.entries)
        assert {
            command.split(" ", 4)[len(argspec.modules()[module].path.split())] for command in replaced["commands"]
        } <= {
            "set",
            "unset",
        }
        assert len(moved["commands"]) == (len(changed) - 1 if ordered else 0)
        assert results[10]["rendered"].startswith(f"/{argspec.modules()[module].path}\nadd ")
        assert len(results[11]["after"]) == len(life.entries) - 1
        assert results[14]["gathered"] == []


@pytest.mark.parametrize("module", FIXED)
def test_the_life_of_settings(routers: Routers, module: str) -> None:
    first, second = FIXED[module]
    routers.lab.reset()
    run = routers.play(
        task(module, "merged", first, check_mode=True),
        task(module, "merged", first),
        task(module, "merged", first),
        task(module, "replaced", second),
        task(module, "replaced", second),
        task(module, "gathered", None, register="rows"),
        task(module, "overridden", "{{ rows.gathered }}"),
        task(module, "rendered", second),
    )
    assert run.status == 0, run.output
    for name in VERSIONS:
        results = run.results(name)
        assert not any(result.get("warnings") for result in results), results
        assert [result["changed"] for result in results] == [True, True, False, True, False, False, False, False]
        assert results[0]["commands"] == results[1]["commands"]
        assert "\nset " in results[7]["rendered"]


def test_facts(routers: Routers) -> None:
    routers.lab.reset()
    run = routers.play(
        {"name": "facts", "multiwan.routeros.facts": {"gather_subset": ["ip address", "interface ethernet"]}}
    )
    assert run.status == 0, run.output
    for name, version in VERSIONS.items():
        facts = run.results(name)[0]["ansible_facts"]
        assert facts["ansible_net_version"] == version
        assert facts["ansible_net_model"] == "RB1100AHx4"
        assert facts["ansible_net_hostname"] == "MikroTik"
        assert facts["routeros"]["version"][:2] == [int(part) for part in version.split(".")][:2]
        assert len(facts["routeros"]["menus"]["interface ethernet"]) == 13


def test_a_call_is_one_connection_and_checks_cost_no_write(routers: Routers) -> None:
    routers.lab.reset()
    menus = {
        "interface ethernet": [{"default-name": "ether6", "name": "LAN"}],
        "ip address": [{"address": "172.16.10.1/24", "interface": "LAN"}],
        "ip pool": [{"name": "LAN", "ranges": "172.16.10.2-172.16.10.254"}],
        "ip dhcp-server": [{"name": "LAN", "interface": "LAN", "address-pool": "LAN"}],
    }
    one = {"name": "config", "multiwan.routeros.config": {"menus": menus}}
    assert routers.play(one | {"check_mode": True}).status == 0
    for name in VERSIONS:
        counters = routers.lab.counters(name)
        assert (counters.connections, counters.logins, counters.writes) == (1, 1, 0)
    assert routers.play(one).status == 0
    for name in VERSIONS:
        counters = routers.lab.counters(name)
        assert (counters.connections, counters.logins, counters.writes) == (2, 2, 4)


def test_a_renamed_port_takes_along_what_refers_to_it(routers: Routers) -> None:
    """In one call: the address stands on ether6 when it is read, and on LAN when the change is done."""
    routers.lab.reset()
    address = [{"address": "172.16.10.1/24", "interface": "ether6", "comment": "x"}]
    named = {
        "ip address": [{"address": "172.16.10.1/24", "interface": "LAN", "comment": "x"}],
        "interface ethernet": [{"default-name": "ether6", "name": "LAN"}],
    }
    run = routers.play(
        {"name": "address", "multiwan.routeros.config": {"menus": {"ip address": address}}},
        {"name": "both", "multiwan.routeros.config": {"menus": named, "state": "overridden"}, "check_mode": True},
        {"name": "both", "multiwan.routeros.config": {"menus": named, "state": "overridden"}},
        {"name": "again", "multiwan.routeros.config": {"menus": named, "state": "overridden"}},
    )
    assert run.status == 0, run.output
    for name in VERSIONS:
        results = run.results(name)
        assert (
            results[1]["commands"]
            == results[2]["commands"]
            == ["/interface ethernet set [ find default-name=ether6 ] name=LAN"]
        )
        assert results[3]["commands"] == []


def test_a_property_that_a_version_lacks_is_told_before_anything_is_written(routers: Routers) -> None:
    routers.lab.reset()
    entries = [{"interface": "ether1", "check_gateway": "ping", "add_default_route": "yes"}]
    run = routers.play(task("dhcp_client", "merged", entries))
    assert dict(run.problems) == {
        name: f"{name}: ip dhcp-client, entry 1 (interface=ether1): check-gateway=ping: needs RouterOS 7.19 or later; "
        f"the router has {VERSIONS[name]}"
        for name in ("v712", "v718")
    }
    assert [routers.lab.counters(name).writes for name in VERSIONS] == [0, 0, 1, 1]


def test_thousands_of_rows(routers: Routers) -> None:
    routers.lab.reset()
    entries = [{"list": "blocked", "address": f"10.{n // 250}.{n % 250}.0/24"} for n in range(3000)]
    book = routers.folder / "entries.json"
    book.write_text(json.dumps(entries), encoding="utf-8")
    lookup = f"{{{{ lookup('ansible.builtin.file', '{book}') | from_json }}}}"
    run = routers.play(
        task("firewall_address_list", "overridden", lookup), task("firewall_address_list", "overridden", lookup)
    )
    assert run.status == 0, run.output
    for name in VERSIONS:
        assert [result["changed"] for result in run.results(name)] == [True, False]
