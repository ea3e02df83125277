# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong is told once, in words that help; without a traceback, without a secret, and before anything is written
wherever it can be known before."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .conftest import Sites
from .run import Run

PASSWORD = "wrong-Passw0rd"
TOKEN = "123456789:SECRETsecretSECRETsecretSECRETsecre"


def problem(run: Run, host: str = "hq") -> str:
    """The one thing that is told, after looking that it is the only one and shows nothing that it must not."""
    assert run.status != 0
    assert [name for name, _rest in run.problems] == [host], run.output
    text = run.problems[0][1]
    assert host in text or f"fatal: [{host}]" in run.output
    for never in ("Traceback", PASSWORD, TOKEN, "site-packages/librouteros"):
        assert never not in run.output
        assert never not in str(run.events)
    return text


def site(sites: Sites, **variables: Any) -> Run:
    """Run site.yml for the head office with other variables."""
    return sites.play("playbooks/site.yml", "--limit", "hq", "--diff", "-e", json.dumps(variables))


@contextlib.contextmanager
def deaf_port() -> Iterator[int]:
    """A port on which connections are never answered: its queue is full and nobody accepts."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _turn in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def test_a_router_that_does_not_answer(sites: Sites) -> None:
    with deaf_port() as port:
        text = problem(site(sites, ansible_port=port, routeros_timeout=1))
    assert text.startswith(
        f"hq (127.0.0.1:{port}): no answer within 1 s; check ansible_host, the line, and the firewall"
    )


def test_a_port_that_is_refused(sites: Sites) -> None:
    # taken and not listening: nobody else gets it meanwhile
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        text = problem(site(sites, ansible_port=port))
    assert text.startswith(
        f"hq (127.0.0.1:{port}): connection refused; check ansible_port, and on the router '/ip service print'"
    )


CONNECTIONS: dict[str, tuple[Callable[[Sites], dict[str, Any]], str]] = {
    "TLS on the plain port": (
        lambda sites: {"routeros_tls": True, "ansible_port": sites.lab.port("hq"), "routeros_timeout": 2},
        "no TLS there",
    ),
    "plain on the TLS port": (
        lambda sites: {"ansible_port": sites.lab.port("hq", tls=True), "routeros_timeout": 2},
        "if this port is api-ssl, set routeros_tls to true",
    ),
    "a certificate of an unknown authority": (
        lambda sites: {"routeros_tls": True, "ansible_port": sites.lab.port("hq", tls=True)},
        "the certificate is not trusted",
    ),
    "a certificate authority's file that is none": (
        lambda sites: {"routeros_tls": True, "ansible_port": sites.lab.port("hq", tls=True), "routeros_tls_ca": "/no/ca.pem"},
        "hq: routeros_tls_ca=/no/ca.pem: cannot be read as certificates (No such file or directory); expected the path",
    ),
    "a wrong password": (
        lambda sites: {"ansible_password": PASSWORD},
        "login as 'admin' refused: invalid user name or password (6)",
    ),
    "a password that is not there": (
        lambda sites: {"ansible_password": "{{ vault_of_nobody }}"},
        "Error processing keyword 'password': 'vault_of_nobody' is undefined",
    ),
    "a port that is no number": (
        lambda sites: {"ansible_port": "api"},
        "Error processing keyword 'port': The value 'api' could not be converted to 'int'",
    ),
    "a truth value that is none": (
        lambda sites: {"routeros_tls": "perhaps"},
        "routeros_tls=perhaps: expected yes or no",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CONNECTIONS)
def test_connections_that_cannot_be(sites: Sites, name: str) -> None:
    variables, expected = CONNECTIONS[name]
    text = problem(site(sites, **variables(sites)))
    assert expected in text
    assert sites.lab.counters("hq").writes == 0


def test_a_user_who_may_not_write(sites: Sites) -> None:
    sites.lab.seed(
        "hq",
        f"/user group\nadd name=look policy=read,api\n/user\nadd name=viewer group=look password={PASSWORD}\n",
    )
    before = sites.lab.snapshot("hq")
    text = problem(site(sites, ansible_user="viewer", ansible_password=PASSWORD))
    assert (
        "the router could not take the change back by itself, so nothing was written. scheduler: the group 'look'"
        in text
    )
    assert "of the user 'viewer' lacks the policy write and policy" in text
    assert sites.lab.snapshot("hq") == before
    assert sites.lab.counters("hq").writes == 0
    # without a transaction the router says it
    text = problem(sites.tasks(NAMED, options=("-e", f"ansible_user=viewer ansible_password={PASSWORD}")))
    assert "not enough permissions (9); the user's group lacks a policy" in text
    assert "0 of 1 changes were carried out, 1 refused" in text
    assert sites.lab.snapshot("hq") == before


NAMED = {"multiwan.routeros.identity": {"config": {"name": "other"}}}


def test_a_line_that_breaks_while_writing(sites: Sites) -> None:
    before = sites.lab.snapshot("hq")
    sites.lab.fault("hq", "drop", after=4, of="writes")
    run = site(sites)
    text = problem(run)
    assert "the connection broke" in text
    assert text.endswith("The router is as it was before")
    assert run.commit("hq")["outcome"] == "undone"
    assert run.commit("hq")["commands"] == []
    assert sites.lab.snapshot("hq") == before
    again = site(sites)
    assert again.status == 0, again.output


def test_a_change_that_the_router_refuses_in_the_middle(sites: Sites) -> None:
    before = sites.lab.snapshot("hq")
    sites.lab.fault("hq", "trap", after=9, of="writes")
    run = site(sites)
    text = problem(run)
    assert "add refused: failure: fault ordered by the lab" in text or "set refused: failure: fault" in text
    assert text.endswith("The router is as it was before")
    assert sites.lab.snapshot("hq") == before


def config(menus: Any, **options: Any) -> dict[str, Any]:
    return {"multiwan.routeros.config": {"menus": menus, **options}}


PCC = {"chain": "prerouting", "action": "mark-connection", "in-interface": "ether1", "new-connection-mark": "a"}
ENTRIES: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown menu": (
        config({"ip firewal nat": [{"chain": "srcnat"}]}),
        "(no such command or directory (firewal); no such command prefix); did you mean 'ip firewall nat'?",
    ),
    "an unknown property": (
        config({"ip route": [{"gatway": "1.2.3.4"}]}),
        "hq: ip route, entry 1: unknown property 'gatway'; did you mean 'gateway'?",
    ),
    "a value of the wrong kind": (
        config({"ip route": [{"gateway": "1.2.3.4"}, {"gateway": "1.2.3.5", "distance": "near"}]}),
        "hq: ip route, entry 2: distance=near: expected a number between 1 and 255",
    ),
    "a word that is none": (
        config({"ip firewall nat": [{"chain": "srcnat", "action": "masquerad", "comment": "x"}]}),
        "hq: ip firewall nat, entry 1 (comment=x): action=masquerad: expected one of accept, ",
    ),
    "an interface that is not there": (
        config({"ip address": [{"address": "10.1.1.1/24", "interface": "ether99"}]}),
        "hq: ip address, entry 1 (address=10.1.1.1/24 interface=ether99): interface=ether99: no such interface; did you mean",
    ),
    "a table that is not there": (
        config({"ip route": [{"gateway": "1.2.3.4", "routing-table": "to-ISP1"}]}),
        "hq: ip route, entry 1: routing-table=to-ISP1: no such routing table; there are main",
    ),
    "a pool that is not there": (
        config({"ip dhcp-server": [{"name": "s", "interface": "ether6", "address-pool": "p"}]}),
        "hq: ip dhcp-server, entry 1 (name=s): address-pool=p: no such ip pool; there are static-only",
    ),
    "a list that is not there": (
        config({"ip firewall filter": [{"chain": "input", "action": "accept", "in-interface-list": "LAN"}]}),
        "hq: ip firewall filter, entry 1: in-interface-list=LAN: no such interface list; there are ",
    ),
    "buckets with a gap": (
        config({"ip firewall mangle": [PCC | {"per-connection-classifier": "both-addresses:2/0"}]}),
        "rules with chain=prerouting in-interface=ether1: per-connection-classifier=both-addresses:2/… lacks the remainder 1",
    ),
    "a remainder that never matches": (
        config({"ip firewall mangle": [PCC | {"per-connection-classifier": "both-addresses:2/2"}]}),
        "per-connection-classifier=both-addresses:2/2: expected a remainder below the denominator 2; 2 never matches",
    ),
    "menus that are a list": (config([]), "hq: menus: expected menus by their paths, found a list"),
    "an option that is none": (config({}, stat="merged"), "stat. Supported parameters include: "),
    "a state that is none": (config({}, state="absent"), "value of state must be one of: merged, replaced, overridden"),
    "an option of a module": (
        {"multiwan.routeros.ip_route": {"config": [{"gateway": "1.2.3.4", "distanse": 2}]}},
        "hq: ip route, entry 1: unknown property 'distanse'; did you mean 'distance'?",
    ),
    "a module without its config": (
        {"multiwan.routeros.dns": {"state": "replaced"}},
        "state is replaced but all of the following are missing: config",
    ),
    "text that is no configuration": (
        config("{{ '/ip route\nprint' | multiwan.routeros.from_rsc }}"),
        "line 2: 'print' is not a command that describes configuration; expected add or set",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ENTRIES)
def test_entries_that_cannot_be(sites: Sites, name: str) -> None:
    task, expected = ENTRIES[name]
    run = sites.tasks(task)
    assert expected in problem(run)
    assert sites.lab.counters("hq").writes == 0


ISP1 = {"name": "ISP1", "interface": "ether1", "dhcp": True, "network": "192.168.40.0/24", "gateway": "192.168.40.1"}
LAN = {"name": "LAN", "interface": "ether6", "address": "172.16.10.1/24"}
MODELS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a link without a way out": (
        {"site_wans": [{"name": "ISP1", "interface": "ether1"}]},
        ["site_wans[0] (ISP1)", "neither DHCP nor an address", "write dhcp: true, or address and gateway"],
    ),
    "a static link without a gateway": (
        {"site_wans": [{"name": "ISP1", "interface": "ether1", "address": "203.0.113.2/30"}]},
        ["site_wans[0] (ISP1)", "gateway", "write the ISP's router, or dhcp: true"],
    ),
    "no links at all": ({"site_wans": []}, ["site_wans: empty; a site has at least one WAN link"]),
    "LANs that overlap": (
        {"site_lans": [LAN, LAN | {"name": "LAN2", "interface": "ether7", "address": "172.16.0.1/16"}]},
        ["site_lans[0] (LAN)", "site_lans[1] (LAN2)", "172.16.10.0/24", "172.16.0.0/16", "overlap"],
    ),
    "a LAN in a link's network": (
        {"site_lans": [LAN | {"address": "192.168.40.9/24"}]},
        ["site_lans[0] (LAN)", "ISP1", "overlap"],
    ),
    "a token without a chat": (
        {"site_alerts": {"telegram": {"token": TOKEN}}},
        ["site_alerts.telegram", "chat_id", "missing, although token is given"],
    ),
    "a chat without a token": (
        {"site_alerts": {"telegram": {"chat_id": -100}}},
        ["site_alerts.telegram", "token", "missing, although chat_id is given"],
    ),
    "something that is no token": (
        {"site_alerts": {"telegram": {"token": PASSWORD, "chat_id": -100}}},
        ["site_alerts.telegram", "token", "not the shape of a bot's token (hidden)"],
    ),
    "a site without a name": ({"site_name": ""}, ["site_name: missing; give it, such as 'Trans Coffee"]),
    "a network that is none": ({"site_bypass": ["10.99.0.0"]}, ["site_bypass[0]: '10.99.0.0' has no prefix length"]),
    "neither true nor false": ({"site_balance": "perhaps"}, ["site_balance: 'perhaps' is not a boolean"]),
    "a bridge as a link": (
        {"site_wans": [ISP1 | {"interface": "bridge1"}]},
        ["site_wans[0] (ISP1): interface: 'bridge1' is not a port such as ether1; bridges, VLANs and PPPoE are not"],
    ),
    "a link's key that is none": (
        {"site_wans": [ISP1 | {"gatway": "192.168.40.1"}]},
        ["site_wans[0] (ISP1)", "gatway", "gateway"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_sites_that_cannot_be(sites: Sites, name: str) -> None:
    variables, expected = MODELS[name]
    text = problem(site(sites, **variables))
    for part in expected:
        assert part in text
    assert sites.lab.counters("hq").connections == 0


@pytest.mark.parametrize("role", ["interfaces", "dhcp", "nat", "failover_routes", "pcc_mangle"])
def test_a_role_alone_checks_its_links_too(sites: Sites, role: str) -> None:
    run = sites.tasks(
        {
            "ansible.builtin.include_role": {"name": f"multiwan.routeros.{role}"},
            "vars": {"site_wans": [{"name": "ISP2", "interface": "ether2"}, ISP1]},
        }
    )
    assert "neither DHCP nor an address" in problem(run)
    assert sites.lab.counters("hq").writes == 0


def test_a_rule_of_someone_else_in_the_way(sites: Sites) -> None:
    sites.lab.seed("hq", "/ip pool\nadd name=LAN-Server ranges=10.0.0.2-10.0.0.9\n")
    text = problem(site(sites))
    assert (
        "hq: ip pool, entry 4 (name=LAN-Server): the router has a row with the same name=LAN-Server that is not ours"
        in text
    )
    assert "set adopt to true to take it over" in text
    taken = site(sites, site_adopt=True)
    assert taken.status == 0, taken.output
