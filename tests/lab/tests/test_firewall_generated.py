# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever rows a router takes, nftables takes what they become: generated rows, loaded into a real kernel."""

from __future__ import annotations

import os
import subprocess

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routerlab.firewall import Marks, compile_firewall
from routerlab.menus import registry
from routerlab.messages import Trap
from routerlab.model import verbs
from routerlab.model.hardware import MODELS
from routerlab.model.router import Router
from routerlab.topology import RouterPlan
from routerlab.version import Version
from routerlab.world.clock import Clock

_UNSHARE = ["unshare", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"]), "--net"]
_CHAINS = {
    "filter": ("input", "forward", "output", "own", "other chain"),
    "mangle": ("prerouting", "input", "forward", "output", "postrouting", "own", "other chain"),
    "nat": ("srcnat", "dstnat", "input", "output", "own", "other chain"),
    "raw": ("prerouting", "output", "own", "other chain"),
}
_ACTIONS: dict[str, tuple[dict[str, str], ...]] = {
    "filter": (
        {"action": "drop"},
        {"action": "reject"},
        {"action": "reject", "reject-with": "tcp-reset", "protocol": "tcp"},
        {"action": "fasttrack-connection"},
    ),
    "mangle": (
        {"action": "mark-connection", "new-connection-mark": "a mark", "passthrough": "no"},
        {"action": "mark-packet", "new-packet-mark": "é"},
        {"action": "mark-routing", "new-routing-mark": "main"},
        {"action": "change-mss", "new-mss": "1400", "protocol": "tcp"},
        {"action": "change-mss", "new-mss": "clamp-to-pmtu"},
        {"action": "change-dscp", "new-dscp": "5"},
        {"action": "change-ttl", "new-ttl": "set:9"},
        {"action": "clear-df"},
    ),
    "nat": (
        {"action": "masquerade"},
        {"action": "masquerade", "to-ports": "1000-2000", "protocol": "udp", "randomise-ports": "yes"},
        {"action": "src-nat", "to-addresses": "1.0.0.0/30"},
        {"action": "dst-nat", "to-addresses": "10.0.0.1", "to-ports": "80", "protocol": "tcp"},
        {"action": "redirect", "to-ports": "53", "protocol": "udp"},
        {"action": "redirect"},
        {"action": "netmap", "to-addresses": "10.0.0.0/24"},
        {"action": "same", "to-addresses": "1.0.0.1-1.0.0.9"},
    ),
    "raw": ({"action": "notrack"}, {"action": "drop"}),
}
_EVERYWHERE: tuple[dict[str, str], ...] = (
    {"action": "accept"},
    {"action": "passthrough"},
    {"action": "log"},
    {"action": "return"},
    {"action": "jump", "jump-target": "own"},
    {"action": "jump", "jump-target": "other chain"},
    {"action": "add-src-to-address-list", "address-list": "li st", "address-list-timeout": "1h"},
    {"action": "add-dst-to-address-list", "address-list": "seen"},
)
_VALUES: dict[str, tuple[str, ...]] = {
    "protocol": ("tcp", "udp", "icmp", "!tcp", "gre", "99"),
    "src-address": ("10.0.0.0/8", "!10.0.0.1", "10.0.0.1-10.0.0.7", "0.0.0.0/0", "!0.0.0.0/0"),
    "dst-address": ("10.0.0.0/8", "!10.0.0.1", "!10.0.0.1-10.0.0.7"),
    "src-address-list": ("li st", "!li st", "seen", "none such"),
    "dst-address-list": ("li st", "!seen", "!none such"),
    "dst-address-type": ("local", "!local", "unicast,broadcast", "!unicast,local", "multicast"),
    "src-address-type": ("local", "!unicast"),
    "in-interface": ("ether1", "!ether1", "all-ethernet", "!all-vlan"),
    "out-interface": ("ether2", "!ether2", "all-ppp"),
    "in-interface-list": ("all", "none", "!all", "WAN"),
    "out-interface-list": ("WAN", "!WAN"),
    "dst-port": ("80", "!80", "1-10,5-20,443"),
    "src-port": ("0-65535", "!1"),
    "port": ("53,80", "!53", "100-200"),
    "connection-mark": ("no-mark", "!no-mark", "a mark", "!a mark"),
    "packet-mark": ("no-mark", "!é"),
    "routing-mark": ("main", "!main"),
    "connection-state": ("new", "!new", "established,related", "!invalid,untracked"),
    "connection-nat-state": ("srcnat", "!srcnat,dstnat"),
    "per-connection-classifier": (
        "both-addresses-and-ports:2/0",
        "!src-port:3/2",
        "src-address:1/0",
        "both-ports:7/9",
        "dst-address-and-port:4294967295/4294967294",
    ),
    "nth": ("2,1", "!3,3", "1,1", "5"),
    "random": ("1", "99"),
    "limit": ("1,5", "!10/7s,0", "32000000000,5:bit", "100/1m,5:packet"),
    "dst-limit": ("5,5,dst-address", "5/1m,2,src-and-dst-addresses/1m40s", "1,1,addresses-and-dst-port"),
    "connection-limit": ("10,32", "!10,24", "1,0"),
    "connection-bytes": ("1000-2000", "1M-0", "5"),
    "dscp": ("0", "!63"),
    "ttl": ("equal:1", "less-than:0", "greater-than:255", "not-equal:255"),
    "packet-size": ("0-100", "!40"),
    "tcp-flags": ("syn", "syn,!ack", "!fin,!rst"),
    "tcp-mss": ("0-500", "!1400"),
    "icmp-options": ("8", "!8:0", "3:0-5", "!3:0-255"),
    "src-mac-address": ("02:00:00:00:00:01", "!02:00:00:00:00:01"),
    "fragment": ("yes", "no"),
    "ipv4-options": ("any", "none", "no-source-routing", "router-alert", "timestamp"),
    "ipsec-policy": ("in,none", "out,ipsec"),
    "content": ("x",),
}


@st.composite
def _rows(draw: st.DrawFn) -> list[tuple[str, dict[str, str]]]:
    found = []
    for _rest in range(draw(st.integers(1, 8))):
        menu = draw(st.sampled_from(sorted(_CHAINS)))
        names = draw(st.lists(st.sampled_from(sorted(_VALUES)), max_size=4, unique=True))
        row = {name: draw(st.sampled_from(_VALUES[name])) for name in names}
        row.update(draw(st.sampled_from((*_ACTIONS[menu], *_EVERYWHERE))))
        row["chain"] = draw(st.sampled_from(_CHAINS[menu]))
        found.append((f"ip firewall {menu}", row))
    return found


def _router() -> Router:
    plan = RouterPlan("fw", "RB750Gr3", Version.parse("7.22.3"))
    router = Router(
        name=plan.name,
        version=plan.version,
        hardware=MODELS[plan.model],
        menus=registry.menus_for(plan.version),
        site=plan.make_site(Clock()),
        factory=registry.populate,
    )
    for path, row in (
        ("interface list", {"name": "WAN"}),
        ("interface list member", {"list": "WAN", "interface": "ether1"}),
        ("ip firewall address-list", {"list": "li st", "address": "10.0.0.0/24"}),
        ("ip firewall address-list", {"list": "li st", "address": "10.0.0.128-10.0.1.3"}),
    ):
        verbs.add(router, router.menus[path], row)
    return router


def _refused(text: str) -> str:
    """What nftables says when the text is put in force twice in a fresh kernel; empty when it takes it."""
    done = subprocess.run(
        [*_UNSHARE, "nft", "-f", "-"], input=text + text, capture_output=True, text=True, timeout=30, check=False
    )
    return "" if done.returncode == 0 else done.stderr or "nft failed"


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_rows())
def test_nftables_takes_every_ruleset(rows: list[tuple[str, dict[str, str]]]) -> None:
    router = _router()
    for path, row in rows:
        try:
            verbs.add(router, router.menus[path], row)
        except Trap:
            # The router itself refuses this mixture, ports without a protocol for instance.
            continue
    result = compile_firewall(router, Marks())
    assert _refused(result.text) == ""
    left_out = {(menu, row_id) for menu, row_id, _rest in result.problems}
    for menu in ("filter", "mangle", "nat", "raw"):
        for rule in router.tables[f"ip firewall {menu}"]:
            told = (f"ip firewall {menu}", rule.id) in left_out
            assert told != (f"  counter {menu}_{rule.id} {{" in result.text), "a row is in force or its problem is told"
