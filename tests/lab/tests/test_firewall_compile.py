# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The firewall's rows as nftables text: what each matcher and action becomes, and what is refused."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from routerlab import seed
from routerlab.firewall import Marks, Ruleset, compile_firewall
from routerlab.firewall.counting import SEED, rate_text
from routerlab.firewall.elements import intervals
from routerlab.firewall.marks import LIMIT, MarksExhausted
from routerlab.firewall.names import counter_name, counter_rule, user_chain
from routerlab.menus import registry
from routerlab.messages import Trap
from routerlab.model import verbs
from routerlab.model.hardware import MODELS
from routerlab.model.router import Router
from routerlab.model.store import Row
from routerlab.topology import RouterPlan
from routerlab.version import Version
from routerlab.world.clock import Clock

ROOT = Path(__file__).parents[3]


def build(text: str = "", version: str = "7.22.3", model: str = "RB4011iGS+") -> Router:
    """A router by itself, without a lab, after some .rsc commands."""
    plan = RouterPlan("fw", model, Version.parse(version))
    router = Router(
        name=plan.name,
        version=plan.version,
        hardware=MODELS[model],
        menus=registry.menus_for(plan.version),
        site=plan.make_site(Clock()),
        factory=registry.populate,
    )
    seed.apply(router, text)
    return router


def compiled(text: str, marks: Marks | None = None) -> Ruleset:
    """The ruleset of a router with these rows."""
    return compile_firewall(build(text), marks or Marks())


def rules(result: Ruleset, chain: str) -> list[str]:
    """The lines of one chain, without its braces."""
    lines = result.text.splitlines()
    start = lines.index(f"  chain {chain} {{") + 1
    return [line.strip() for line in lines[start : lines.index("  }", start)]]


def one(row: str, chain: str = "forward") -> list[str]:
    """What a filter rule becomes: its rules, without counter and verdict."""
    result = compiled(f"/ip firewall filter\nadd chain={chain} action=passthrough {row}\n")
    assert result.problems == []
    found = rules(result, f"filter_{chain}")[1:]
    return [line.removesuffix(' counter name "filter_1"').removesuffix('counter name "filter_1"') for line in found]


def problems(text: str) -> list[str]:
    """What cannot be in force."""
    return [said for _first, _second, said in compiled(text).problems]


MATCHERS = [
    ("protocol=tcp", ["ip protocol 6"]),
    ("protocol=!udp", ["ip protocol != 17"]),
    ("protocol=200", ["ip protocol 200"]),
    ("src-address=10.0.0.0/8", ["ip saddr 10.0.0.0/8"]),
    ("dst-address=!10.0.0.1-10.0.0.9", ["ip daddr != 10.0.0.1-10.0.0.9"]),
    ("dst-address=0.0.0.0/0", [""]),
    ("dst-address=!0.0.0.0/0", []),
    ("protocol=tcp dst-port=443,80-90,85-100", ["ip protocol 6 th dport { 80-100, 443 }"]),
    ("protocol=udp src-port=!53", ["ip protocol 17 th sport != 53"]),
    ("protocol=tcp port=!22", ["ip protocol 6 th sport != { 22 } th dport != { 22 }"]),
    ("in-interface=ether1", ['iifname "ether1"']),
    ("in-interface=!ether1", ['iifname != "ether1"']),
    ("out-interface=all-vlan", []),
    ("out-interface=!all-vlan", [""]),
    ("in-interface-list=none", []),
    ("in-interface-list=!none", [""]),
    ("dst-address-type=local,broadcast", ["fib daddr type { local, broadcast }"]),
    ("src-address-type=!local", ["fib saddr type != local"]),
    ("connection-state=established,related", ["ct state { established, related }"]),
    ("connection-state=!new", ["ct state != new"]),
    ("connection-nat-state=!dstnat", ["ct status & (dnat) == 0"]),
    ("connection-mark=no-mark", ["ct mark 0x0"]),
    ("connection-mark=!a", ["ct mark != 0x1"]),
    ("packet-mark=a", ["meta mark & 0x3ffe000 == 0x2000"]),
    ("routing-mark=!main", ["meta mark & 0x1fff != 0x1"]),
    ("protocol=tcp tcp-flags=syn,!ack", ["ip protocol 6 tcp flags & (syn|ack) == syn"]),
    ("protocol=tcp tcp-flags=!fin", ["ip protocol 6 tcp flags & (fin) == 0x0"]),
    ("protocol=tcp tcp-mss=!0-500", ["ip protocol 6 tcp option maxseg size != 0-500"]),
    ("protocol=icmp icmp-options=8:0-255", ["ip protocol 1 icmp type 8"]),
    ("protocol=icmp icmp-options=!3:4", ["ip protocol 1 icmp type . icmp code != { 3 . 4-4 }"]),
    ("src-mac-address=02:00:00:00:00:0a", ["ether saddr 02:00:00:00:00:0a"]),
    ("dscp=!46", ["ip dscp != 46"]),
    ("tos=16/24", ["@nh,8,8 & 0x18 == 0x10"]),
    ("ttl=less-than:5", ["ip ttl < 5"]),
    ("ttl=less-than:0", []),
    ("packet-size=0-500", ["ip length 0-500"]),
    ("fragment=yes", ["ip frag-off & 0x1fff != 0x0"]),
    ("ipv4-options=any", ["ip hdrlength > 5"]),
    ("ipsec-policy=in,none", [""]),
    ("ipsec-policy=in,ipsec", []),
    ("random=25", ["numgen random mod 100 < 25"]),
    ("nth=3,2", ["numgen inc mod 3 == 1"]),
    ("nth=3,4", []),
    ("limit=10/1m,5:packet", ["limit rate 10/minute burst 5 packets"]),
    ("limit=!8000,80:bit", ["limit rate over 1000 bytes/second burst 10 bytes"]),
    ("connection-limit=5,32", ["add @connlimit_filter_1 { ip saddr ct count over 5 }"]),
    ("connection-limit=!5,24", ["add @connlimit_filter_1 { ip saddr & 255.255.255.0 ct count 5 }"]),
    ("connection-bytes=1000-0", ["ct bytes >= 1000"]),
    (
        "dst-limit=5/1m,2,src-address/30s",
        ["update @dstlimit_filter_1_src_address { ip saddr timeout 30s limit rate 5/minute burst 2 packets }"],
    ),
    ("src-address-list=!a", ["ip saddr != @list_a_e8b7be43"]),
    (
        "per-connection-classifier=src-address:3/1",
        [f"jhash ip saddr mod 3 seed {SEED:#x} == 1"],
    ),
    ("per-connection-classifier=both-addresses:2/2", []),
    ("per-connection-classifier=!both-addresses:2/2", [""]),
    ("per-connection-classifier=both-addresses:1/0", [""]),
    ("per-connection-classifier=!both-addresses:1/0", []),
    (
        "protocol=tcp per-connection-classifier=!both-ports:2/0",
        [f"ip protocol 6 jhash th sport . th dport mod 2 seed {SEED:#x} != 0"],
    ),
    (
        "protocol=icmp per-connection-classifier=src-address-and-port:2/0",
        [f"ip protocol 1 jhash ip saddr mod 2 seed {SEED:#x} == 0"],
    ),
    ("protocol=icmp per-connection-classifier=src-port:2/0", ["ip protocol 1"]),
    ("protocol=icmp per-connection-classifier=src-port:2/1", []),
]


@pytest.mark.parametrize(("row", "expected"), MATCHERS, ids=[row for row, _rest in MATCHERS])
def test_matcher(row: str, expected: list[str]) -> None:
    assert one(row) == expected


def test_ports_of_classifier_only_where_the_protocol_has_them() -> None:
    ports = "{ 6, 17, 33, 132, 136 }"
    assert one("per-connection-classifier=dst-address-and-port:2/1") == [
        f"meta l4proto {ports} jhash ip daddr . th dport mod 2 seed {SEED:#x} == 1",
        f"meta l4proto != {ports} jhash ip daddr mod 2 seed {SEED:#x} == 1",
    ]


def test_denominators_for_the_same_fields_have_a_common_multiple() -> None:
    rows = "".join(
        f"add chain=prerouting action=passthrough per-connection-classifier={share}\n"
        for share in ("src-address:2/1", "!src-address:6/5", "src-address:4/3", "dst-address:5/4", "src-address:9/9")
    )
    disabled = "add chain=prerouting action=passthrough per-connection-classifier=src-address:7/0 disabled=yes\n"
    found = rules(compiled(f"/ip firewall mangle\n{rows}{disabled}"), "mangle_prerouting")[1:]
    assert [line.partition(" counter")[0] for line in found] == [
        f"jhash ip saddr mod 36 seed {SEED:#x} {{ {', '.join(str(n) for n in range(1, 36, 2))} }}",
        f"jhash ip saddr mod 36 seed {SEED:#x} != {{ 5, 11, 17, 23, 29, 35 }}",
        f"jhash ip saddr mod 36 seed {SEED:#x} {{ 3, 7, 11, 15, 19, 23, 27, 31, 35 }}",
        f"jhash ip daddr mod 5 seed {SEED:#x} == 4",
    ]


def test_denominators_without_a_handy_common_multiple_are_told() -> None:
    rows = "".join(
        f"add chain=prerouting action=passthrough per-connection-classifier=src-address:{share}\n"
        for share in ("2/1", "10007/5")
    )
    told = (
        "the denominators of per-connection-classifier=src-address have the common multiple 20014, "
        "which is more than the lab can divide into shares of 2"
    )
    assert problems(f"/ip firewall mangle\n{rows}") == [told]


def test_what_counts_comes_after_what_only_looks() -> None:
    (line,) = one("limit=1,5 nth=2,1 per-connection-classifier=src-address:2/0 protocol=tcp in-interface=ether1")
    places = [line.index(word) for word in ("ip protocol", "iifname", "jhash", "numgen", "limit")]
    assert places == sorted(places)


def test_either_port_takes_a_scratch_bit() -> None:
    assert one("protocol=tcp port=22") == [
        "ip protocol 6 th sport { 22 } meta mark set meta mark | 0x80000000",
        "ip protocol 6 th dport { 22 } meta mark set meta mark | 0x80000000",
        "meta mark & 0x80000000 == 0x80000000 meta mark set meta mark & 0x7fffffff ip protocol 6",
    ]


def test_list_that_is_learned_matches_both_its_sets() -> None:
    result = compiled(
        """/ip firewall address-list
add list=bad address=10.0.0.0/31
add list=bad address=10.0.0.2-10.0.0.7
add list=bad address=10.9.9.9 disabled=yes
/ip firewall filter
add chain=input action=add-src-to-address-list address-list=bad address-list-timeout=1h protocol=tcp dst-port=23
add chain=input action=drop src-address-list=bad
"""
    )
    learned, static = "learned_bad_822b39fb", "list_bad_822b39fb"
    assert result.learned == {learned: "bad"}
    assert rules(result, "filter_input")[1:] == [
        f'ip protocol 6 th dport 23 counter name "filter_1" update @{learned} {{ ip saddr timeout 3600s }}',
        f"ip saddr @{static} meta mark set meta mark | 0x80000000",
        f"ip saddr @{learned} meta mark set meta mark | 0x80000000",
        'meta mark & 0x80000000 == 0x80000000 meta mark set meta mark & 0x7fffffff counter name "filter_2" drop',
    ]
    assert f"add element ip routeros {static} {{ 10.0.0.0-10.0.0.7 }}" in result.text.splitlines()


def test_rows_that_were_learned_are_not_written_again() -> None:
    router = build("/ip firewall filter\nadd chain=input src-address-list=a\n")
    table = router.tables["ip firewall address-list"]
    table.insert(Row(table.new_id(), {"list": "a", "address": "10.0.0.1"}, dynamic=True))
    assert "add element" not in compile_firewall(router, Marks()).text


def test_interface_lists_include_exclude_and_renaming() -> None:
    router = build(
        """/interface bridge
add name=lan
/interface vlan
add name=guests vlan-id=10 interface=ether5
/interface ethernet
set [ find default-name=ether1 ] name=ISP1
/interface list
add name=WAN
add name=LAN include=static exclude=WAN
add name=odd
set odd include=odd,LAN
/interface list member
add list=WAN interface=ISP1
add list=WAN interface=ether2
add list=LAN interface=ether2
/ip firewall filter
add chain=forward in-interface-list=WAN action=drop
add chain=forward in-interface-list=LAN out-interface=ISP1
add chain=forward in-interface-list=!odd
"""
    )
    result = compile_firewall(router, Marks())
    wan, lan, odd = rules(result, "filter_forward")[1:]
    assert wan.startswith('iifname { "ether1", "ether2" } counter')
    bridge = router.find("interface", "lan")
    vlan = router.find("interface", "guests")
    inside = [f"br{bridge}", *(f"ether{n}" for n in (10, 2, 3, 4, 5, 6, 7, 8, 9)), "lo", "sfp-sfpplus1", f"vlan{vlan}"]
    listed = ", ".join(f'"{name}"' for name in inside)
    # The excluded member is back, as it is a member itself.
    assert lan.startswith(f'oifname "ether1" iifname {{ {listed} }} counter')
    assert odd.startswith(f"iifname != {{ {listed} }} counter")


def test_actions_of_mangle() -> None:
    marks = Marks()
    result = compiled(
        """/routing table
add name=two fib
/ip firewall mangle
add chain=prerouting action=mark-connection new-connection-mark=c passthrough=no
add chain=prerouting action=mark-connection new-connection-mark=no-mark
add chain=prerouting action=mark-packet new-packet-mark=p
add chain=prerouting action=mark-routing new-routing-mark=two passthrough=no
add chain=output action=mark-routing new-routing-mark=main
add chain=forward action=change-mss new-mss=clamp-to-pmtu protocol=tcp tcp-flags=syn
add chain=forward action=change-ttl new-ttl=set:64
add chain=postrouting action=change-dscp new-dscp=46
add chain=postrouting action=accept disabled=yes
add chain=forward action=clear-df log=yes
""",
        marks,
    )
    assert result.problems == []
    assert result.notes == [
        ("ip firewall mangle", 10, "matching packets are counted, but not written to /log"),
    ]
    assert rules(result, "mangle_prerouting")[1:] == [
        'counter name "mangle_1" ct mark set 0x1 accept',
        'counter name "mangle_2" ct mark set 0x0',
        'counter name "mangle_3" meta mark set meta mark & 0xfc001fff | 0x2000',
        'counter name "mangle_4" meta mark set meta mark & 0xffffe000 | 0x1 accept',
    ]
    first, *others = rules(result, "mangle_output")
    assert first.startswith("type route hook output priority -150; policy accept;")
    assert others == [
        'counter name "mangle_5" meta mark set meta mark & 0xffffe000 | 0x2',
    ]
    assert rules(result, "mangle_postrouting")[1:] == ['counter name "mangle_8" ip dscp set 46']
    assert marks.tables() == {1: 1, 0: 2}
    assert marks.connection_name(1) == "c"
    assert marks.packet_name(1) == "p"
    assert marks.connection_name(7) == ""


def test_actions_of_nat() -> None:
    result = compiled(
        """/ip firewall nat
add chain=srcnat action=masquerade out-interface=ether1
add chain=srcnat action=masquerade protocol=tcp to-ports=2000-3000 randomise-ports=yes
add chain=srcnat action=src-nat to-addresses=1.0.0.1-1.0.0.4
add chain=srcnat action=same to-addresses=1.0.0.0/30 same-not-by-dst=yes
add chain=srcnat action=netmap to-addresses=1.0.0.0/24
add chain=dstnat action=dst-nat to-addresses=10.0.0.9 to-ports=8080 protocol=tcp dst-port=80
add chain=dstnat action=dst-nat to-ports=8080 protocol=tcp dst-port=81
add chain=dstnat action=redirect to-ports=53 protocol=udp dst-port=53
add chain=dstnat action=netmap to-addresses=10.0.0.0/24
"""
    )
    assert result.problems == []
    assert rules(result, "nat_srcnat")[1:] == [
        'oifname "ether1" counter name "nat_1" masquerade',
        'ip protocol 6 counter name "nat_2" masquerade to :2000-3000 fully-random',
        'counter name "nat_3" snat to 1.0.0.1-1.0.0.4',
        'counter name "nat_4" snat to 1.0.0.0-1.0.0.3 persistent',
        'counter name "nat_5" snat ip prefix to 1.0.0.0/24',
    ]
    assert [line.partition('" ')[2] for line in rules(result, "nat_dstnat")[1:]] == [
        "dnat to 10.0.0.9:8080",
        "dnat to :8080",
        "redirect to :53",
        "dnat ip prefix to 10.0.0.0/24",
    ]


def test_chains_of_the_users_own() -> None:
    result = compiled(
        """/ip firewall filter
add chain=input action=jump jump-target="from outside" in-interface=ether1
add chain=input action=jump jump-target=nowhere
add chain="from outside" action=return protocol=icmp
add chain="from outside" action=reject reject-with=tcp-reset protocol=tcp
"""
    )
    outside = user_chain("ip firewall filter", "from outside")
    assert result.problems == []
    assert rules(result, "filter_input")[1:] == [
        f'iifname "ether1" counter name "filter_1" jump {outside}',
        'counter name "filter_2"',
    ]
    assert rules(result, outside) == [
        'ip protocol 1 counter name "filter_3" return',
        'ip protocol 6 counter name "filter_4" reject with tcp reset',
    ]
    assert f"chain {outside} {{\n    ip" in result.text, "a chain of the user's own is on no hook"


REFUSED = [
    ("filter", "chain=input content=x", "the lab does not carry out content"),
    ("filter", "chain=input layer7-protocol=x time=0s-1h,mon", "the lab does not carry out layer7-protocol and time"),
    ("filter", "chain=input action=tarpit protocol=tcp", "the lab does not carry out action=tarpit"),
    ("filter", "chain=input out-interface=ether1", "a packet has no out-interface in input"),
    ("filter", "chain=output in-interface-list=all", "a packet has no in-interface in output"),
    (
        "filter",
        "chain=input dst-address-type=blackhole",
        "the lab does not tell whether an address is routed to a black hole",
    ),
    ("filter", "chain=forward action=reject reject-with=tcp-reset", "reject-with=tcp-reset needs protocol=tcp"),
    ("filter", "chain=a action=jump jump-target=a", "the jump to a would come back to a"),
    ("filter", "chain=a action=jump jump-target=input", "the chain input is built in: nothing jumps to it"),
    ("filter", "chain=input action=jump", "action=jump needs a jump-target"),
    ("filter", "chain=input ipv4-options=timestamp", "nftables does not see the IPv4 option of ipv4-options=timestamp"),
    (
        "mangle",
        "chain=forward action=mark-routing new-routing-mark=main",
        "action=mark-routing is possible in prerouting and output only",
    ),
    ("mangle", "chain=forward action=mark-packet", "action=mark-packet needs new-packet-mark"),
    (
        "mangle",
        "chain=forward action=change-ttl new-ttl=increment:1",
        "nftables sets a TTL to a number up to 255; it neither increments nor decrements",
    ),
    ("nat", "chain=dstnat action=masquerade", "action=masquerade is possible in srcnat only"),
    ("nat", "chain=srcnat action=dst-nat to-addresses=1.1.1.1", "action=dst-nat is possible in dstnat and output only"),
    ("nat", "chain=dstnat action=dst-nat", "action=dst-nat needs to-addresses or to-ports"),
    ("nat", "chain=srcnat action=src-nat to-ports=80", "to-ports needs a protocol that has ports"),
    ("nat", "chain=srcnat action=netmap to-addresses=1.0.0.1-1.0.0.3", "netmap maps onto a network, not onto a range"),
]


@pytest.mark.parametrize(("menu", "row", "said"), REFUSED, ids=[row for _rest, row, _rest in REFUSED])
def test_what_cannot_be_in_force_is_left_out_and_told(menu: str, row: str, said: str) -> None:
    result = compiled(f"/ip firewall {menu}\nadd {row}\n")
    assert result.problems == [(f"ip firewall {menu}", 1, said)]
    assert f"{menu}_1" not in result.text


def test_masquerade_is_out_in_a_chain_that_dstnat_jumps_to() -> None:
    jump = "/ip firewall nat\nadd chain={} action=jump jump-target=x\nadd chain=x action=masquerade\n"
    assert problems(jump.format("srcnat")) == []
    assert problems(jump.format("dstnat")) == ["action=masquerade is possible in srcnat only"]


def test_jumps_that_come_round_or_go_too_deep() -> None:
    round_about = "/ip firewall filter\nadd chain=a action=jump jump-target=b\nadd chain=b action=jump jump-target=a\n"
    assert problems(round_about) == ["the jump to a would come back to b"]
    names = ["input", *(f"c{number}" for number in range(18))]
    steps = itertools.pairwise(names)
    deep = "".join(f"add chain={above} action=jump jump-target={below}\n" for above, below in steps)
    assert problems(f"/ip firewall filter\n{deep}") == ["the jump to c15 is the 16th one inside another"]


def test_names_that_are_gone() -> None:
    router = build(
        """/interface vlan
add name=v vlan-id=5 interface=ether1
/interface list
add name=l
/routing table
add name=t fib
/ip firewall mangle
add chain=prerouting in-interface=v
add chain=prerouting in-interface-list=!l
add chain=prerouting action=mark-routing new-routing-mark=t
add chain=prerouting routing-mark=t
"""
    )
    for path, name in (("interface vlan", "v"), ("interface list", "l"), ("routing table", "t")):
        menu = router.menus[path]
        verbs.remove_rows(router, menu, verbs.find_rows(router, menu, name))
    result = compile_firewall(router, Marks())
    assert [(row, said.partition(",")[0].rpartition(" ")[0]) for _rest, row, said in result.problems] == [
        (1, "in-interface names the interface"),
        (2, "in-interface-list names the interface list"),
        (3, "new-routing-mark names the routing table"),
        (4, "routing-mark names the routing table"),
    ]


def test_names_in_address_lists_are_told() -> None:
    text = "/ip firewall address-list\nadd list=a address=example.com\n"
    assert compiled(text).problems == [
        ("ip firewall address-list", 1, "the lab does not look up names in address lists: example.com"),
    ]


def test_no_rows_no_tracking() -> None:
    assert compiled("").text == "table ip routeros {\n}\nflush table ip routeros\ntable ip routeros {\n}\n"
    assert "chain tracking" not in compiled("/ip firewall raw\nadd chain=prerouting action=notrack\n").text
    assert "chain tracking" in compiled("/ip firewall filter\nadd chain=input\n").text


def test_the_paper_s_head_office_compiles_whole() -> None:
    text = (ROOT / "tests/unit/expected/hq.rsc").read_text(encoding="utf-8")
    tables = "\n".join(line for line in text.splitlines() if line.startswith("add name=to-ISP"))
    # The tables are written before the rules that name them.
    rest = text.replace(tables, "")
    router = build(f"/routing table\n{tables}\n{rest}", model="RB1100AHx4")
    result = compile_firewall(router, Marks())
    assert (result.problems, result.notes) == ([], [])
    for menu in ("mangle", "nat"):
        for row in router.tables[f"ip firewall {menu}"]:
            assert f'counter name "{menu}_{row.id}"' in result.text


def test_counters_bear_menu_and_row() -> None:
    assert counter_name("ip firewall mangle", 26) == "mangle_26"
    assert counter_rule("mangle_26") == ("ip firewall mangle", 26)
    assert counter_rule("mangle_x") is None
    assert counter_rule("other_1") is None


def test_marks_are_stable_and_run_out() -> None:
    marks = Marks()
    assert [marks.connection(f"m{number}") for number in range(LIMIT)] == list(range(1, LIMIT + 1))
    assert marks.connection("m0") == 1
    with pytest.raises(MarksExhausted, match="there are 4096 connection marks already"):
        marks.connection("one more")
    assert marks.connection("no-mark") == marks.connection("") == 0


def test_rates_and_intervals() -> None:
    assert rate_text(10, 1_000_000) == "10/second"
    assert rate_text(5, 120_000_000) == "150/hour"
    assert rate_text(1, 7_000_000) == "86400/week"
    assert intervals([(5, 9), (1, 2), (3, 4), (20, 30), (22, 23)]) == [(1, 9), (20, 30)]


def test_seed_refuses_what_the_router_refuses() -> None:
    with pytest.raises((Trap, seed.SeedError)):
        build("/ip firewall mangle\nadd chain=prerouting action=mark-routing new-routing-mark=nowhere\n")
