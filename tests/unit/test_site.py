# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A site's description: what is left out is filled in, and what could not work is named with its place and remedy."""

from __future__ import annotations

import re
from collections import Counter
from ipaddress import IPv4Address, IPv4Network
from math import gcd
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.multiwan.routeros.plugins.module_utils import site
from ansible_collections.multiwan.routeros.plugins.module_utils.site_entry import SiteError

ISP1 = {
    "name": "ISP1",
    "interface": "ether1",
    "dhcp": True,
    "network": "192.168.40.0/24",
    "gateway": "192.168.40.1",
}
ISP2 = {"name": "ISP2", "interface": "ether2", "address": "192.168.20.2/24", "gateway": "192.168.20.1"}
LAN = {"name": "LAN", "interface": "ether6", "address": "172.16.10.1/24"}
WHOLE = {"name": "HQ", "wans": [ISP1, ISP2], "lans": [LAN]}
TOKEN = "123456789:AAtestAAtestAAtestAAtestAAtestAAtes"


def problems(check: Any, *args: Any) -> str:
    """Return the text of the SiteError that *check* must raise."""
    with pytest.raises(SiteError) as caught:
        check(*args)
    return str(caught.value)


def test_defaults_of_a_link() -> None:
    first, second = site.wans([ISP1, ISP2])
    assert first == {
        "name": "ISP1",
        "interface": "ether1",
        "comment": "",
        "dhcp": True,
        "address": "",
        "network": "192.168.40.0/24",
        "gateway": "192.168.40.1",
        "weight": 1,
        "connection_mark": "ISP1",
        "routing_table": "to-ISP1",
        "distance": 1,
        "monitor_host": "192.168.40.1",
        "check": "ping",
        "pinned": False,
    }
    assert (second["network"], second["distance"], second["dhcp"]) == ("192.168.20.0/24", 2, False)


def test_defaults_of_a_lan() -> None:
    assert site.lans([LAN]) == [
        {
            "name": "LAN",
            "interface": "ether6",
            "comment": "",
            "address": "172.16.10.1/24",
            "router": "172.16.10.1",
            "network": "172.16.10.0/24",
            "dhcp": True,
            "dhcp_range": "172.16.10.2-172.16.10.254",
            "lease_time": "10m",
            "dns": ["172.16.10.1"],
        }
    ]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("10.0.0.254/24", "10.0.0.1-10.0.0.253"),
        ("10.0.0.100/24", "10.0.0.1-10.0.0.99,10.0.0.101-10.0.0.254"),
        ("10.0.0.1/30", "10.0.0.2"),
        ("10.0.0.1/16", "10.0.0.2-10.0.255.254"),
    ],
)
def test_a_pool_holds_every_host_but_the_router(address: str, expected: str) -> None:
    assert site.lans([LAN | {"address": address}])[0]["dhcp_range"] == expected


@given(st.integers(8, 30), st.data())
def test_a_default_pool_never_holds_router_network_or_broadcast(length: int, data: st.DataObject) -> None:
    base = data.draw(st.integers(0, 2**length - 1)) << (32 - length)
    host = data.draw(st.integers(1, 2 ** (32 - length) - 2))
    router, net = IPv4Address(base + host), IPv4Network((base, length))
    (lan,) = site.lans([LAN | {"address": f"{router}/{length}"}])
    count = 0
    for part in lan["dhcp_range"].split(","):
        ends = part.split("-")
        first, last = IPv4Address(ends[0]), IPv4Address(ends[-1])
        assert net.network_address < first <= last < net.broadcast_address
        assert not first <= router <= last
        count += int(last) - int(first) + 1
    assert count == net.num_addresses - 3


def test_a_monitor_host_beyond_the_link_is_pinned_where_another_link_could_reach_it() -> None:
    beyond = ISP1 | {"monitor_host": "1.1.1.1"}
    near = ISP1 | {"monitor_host": "192.168.40.9"}
    assert site.wans([beyond, ISP2])[0]["pinned"]
    assert not site.wans([beyond])[0]["pinned"]
    assert not site.wans([near, ISP2])[0]["pinned"]


def test_a_gateway_is_watched_as_told_and_an_only_link_s_never() -> None:
    first, second = site.wans([ISP1 | {"check": "arp"}, ISP2 | {"check": "none"}])
    assert (first["check"], second["check"]) == ("arp", "none")
    assert site.wans([ISP1])[0]["check"] == site.wans([ISP1 | {"check": "ping"}])[0]["check"] == "none"


def test_whole_numbers_may_be_texts_and_texts_numbers() -> None:
    (link,) = site.wans([ISP1 | {"weight": "3", "comment": 42}])
    assert (link["weight"], link["comment"]) == (3, "42")


def test_a_time_that_yaml_reads_as_seconds() -> None:
    assert site.lans([LAN | {"lease_time": 600}])[0]["lease_time"] == "600s"


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ([], "site_wans: empty"),
        (None, "site_wans: empty"),
        ("ISP1", "site_wans: 'ISP1' is not a list"),
        (["ISP1"], r"site_wans\[0\]: 'ISP1' is not a mapping"),
        ([{"name": "ISP1", "interface": "ether1"}], r"site_wans\[0\] \(ISP1\): dhcp: .* neither DHCP nor an address"),
        ([{k: v for k, v in ISP2.items() if k != "gateway"}], r"\(ISP2\): gateway: missing, and there is no DHCP"),
        ([{"name": "X", "interface": "ether1", "dhcp": True}], "monitor_host: missing, and there is no gateway"),
        ([ISP1 | {"address": "192.168.40.2/24"}], "address: '192.168.40.2/24' beside dhcp: true"),
        (
            [ISP1 | {"gateway": "192.168.49.1"}],
            r"gateway: '192.168.49.1' lies outside network 192.168.40.0/24; .*40\.1",
        ),
        ([ISP2 | {"gateway": "192.168.20.2"}], "'192.168.20.2' is the router's own address; .* 192.168.20.1"),
        ([ISP2 | {"network": "192.168.21.0/24"}], "network: '192.168.21.0/24' is not that of address 192.168.20.2/24"),
        ([ISP1 | {"network": "192.168.40.0"}], "network: '192.168.40.0' has no prefix length"),
        ([ISP1 | {"network": "192.168.40.1/24"}], "network: '192.168.40.1/24' is not a network"),
        ([ISP1 | {"gateway": "192.168.40.256"}], "gateway: '192.168.40.256' is not an IPv4 address"),
        ([{k: v for k, v in ISP1.items() if k != "network"}, ISP2], r"network: missing; .* holds 192.168.40.1"),
        ([ISP2 | {"address": "192.168.20.0/24"}], "is the network itself; give a host's, such as 192.168.20.1"),
        ([ISP2 | {"address": "192.168.20.255/24"}], "is the broadcast address itself"),
        ([ISP2 | {"address": "192.168.20.2"}], "has no prefix length; write 192.168.20.2/24"),
        ([ISP1 | {"weight": 0}], "weight: 0 is not a whole number from 1"),
        ([ISP1 | {"weight": 1.5}], "weight: 1.5 is not a whole number"),
        ([ISP1 | {"weight": True}], "weight: True is not a whole number"),
        ([ISP1 | {"distance": 254}], "distance: 254 is not a whole number from 1 to 253"),
        ([ISP1 | {"dhcp": "yes"}], "dhcp: 'yes' is not a boolean; write true or false"),
        ([ISP1 | {"check": "bfd"}], "check: 'bfd' is unknown; write ping, arp or none"),
        ([ISP1 | {"check": False}], "check: False is unknown; write ping, arp or none"),
        ([ISP1 | {"gatewy": "x"}], "gatewy: unknown key; did you mean gateway?"),
        (
            [ISP2 | {"address": "203.0.113.5/32"}],
            r"^[^\n]*address: '203.0.113.5/32' holds no gateway; give the prefix [^\n]*$",
        ),
        (
            [ISP1 | {"network": "192.168.40.1/32"}],
            r"^[^\n]*network: '192.168.40.1/32' holds no gateway; give the [^\n]*$",
        ),
        (
            [ISP1 | {"interface": "bridge"}],
            "interface: 'bridge' is not a port such as ether1; bridges, VLANs and PPPoE",
        ),
        ([ISP1 | {"interface": "ether1.10"}], "interface: 'ether1.10' is not a port such as ether1; "),
        ([ISP1 | {"interface": "vlan10"}], "interface: 'vlan10' is not a port such as ether1; "),
        ([ISP1 | {"interface": "pppoe-out1"}], "interface: 'pppoe-out1' is not a port such as ether1; "),
        (
            [ISP2 | {"monitor_host": "192.168.20.2"}],
            "monitor_host: '192.168.20.2' is the router's own address, and always",
        ),
        (
            [ISP1 | {"monitor_host": "192.168.20.9"}, ISP2],
            r"site_wans\[0\] \(ISP1\): monitor_host: '192.168.20.9' lies in 192.168.20.0/24, the network of ISP2; .*ISP1 alone",
        ),
        ([ISP1 | {"monitor_host": "192.168.20.1"}, ISP2], "monitor_host: '192.168.20.1' is that of site_wans"),
        ([ISP1 | {"zzz": 1}], "zzz: unknown key; known are name, interface"),
        ([ISP1 | {"name": "a;b"}], "name: 'a;b' cannot be a name"),
        ([ISP1 | {"name": "!ISP1"}], "name: '!ISP1' cannot be a name"),
        ([ISP1 | {"name": "to\nline"}], r"^site_wans\[0\] \(to\\nline\): name: 'to\\nline' is not one line of text$"),
        ([ISP1 | {"interface": ""}], "interface: missing; give it, such as 'ether1'"),
        ([ISP1 | {"connection_mark": "no-mark"}], "connection_mark: 'no-mark' is RouterOS's own word"),
        ([ISP1 | {"routing_table": "main"}], "routing_table: 'main' is RouterOS's own word"),
        (
            [ISP1, ISP2 | {"name": "ISP1"}],
            r"site_wans\[1\] \(ISP1\): name: 'ISP1' is that of site_wans\[0\] \(ISP1\) too",
        ),
        ([ISP1, ISP2 | {"interface": "ether1"}], r"site_wans\[1\] \(ISP2\): interface: 'ether1' is that of"),
        ([ISP1, ISP2 | {"connection_mark": "ISP1"}], r"\(ISP2\): connection_mark: 'ISP1' is that of"),
        ([ISP1, ISP2 | {"routing_table": "to-ISP1"}], r"\(ISP2\): routing_table: 'to-ISP1' is that of"),
        ([ISP1, ISP2 | {"distance": 1}], r"\(ISP2\): distance: '1' is that of site_wans\[0\] \(ISP1\) too"),
        ([ISP1, ISP2 | {"name": "ether1"}], "name: 'ether1' is the port of ISP1"),
        (
            [ISP1, ISP2 | {"address": "192.168.40.2/25", "gateway": "192.168.40.3"}],
            r"site_wans\[1\] \(ISP2\): 192.168.40.0/25 overlaps 192.168.40.0/24 of site_wans\[0\] \(ISP1\)",
        ),
    ],
)
def test_a_wrong_link_is_named_with_its_place(links: Any, expected: str) -> None:
    assert re.search(expected, problems(site.wans, links))


@pytest.mark.parametrize(
    ("lans", "expected"),
    [
        ([{"name": "LAN", "interface": "ether6"}], "address: missing; give the router's own"),
        ([LAN | {"address": "172.16.10.1/31"}], "dhcp_range: 172.16.10.0/31 has no address to give out"),
        ([LAN | {"dhcp_range": "172.16.11.2-172.16.11.9"}], "lies outside 172.16.10.0/24"),
        ([LAN | {"dhcp_range": "172.16.10.9-172.16.10.2"}], "ends before it begins; write 172.16.10.2-172.16.10.9"),
        ([LAN | {"dhcp_range": "172.16.10.1-172.16.10.9"}], "holds 172.16.10.1, the router's own"),
        ([LAN | {"dhcp_range": "172.16.10.2-172.16.10.255"}], "holds the network's first or last address"),
        ([LAN | {"dhcp_range": "2-254"}], "dhcp_range: '2-254' is not a range such as"),
        ([LAN | {"lease_time": "ten minutes"}], "lease_time: 'ten minutes' is not a time"),
        ([LAN | {"dns": "8.8.8.8"}], "dns: '8.8.8.8' is not a list"),
        ([LAN | {"dns": ["dns.google"]}], "dns: 'dns.google' is not an IPv4 address"),
        ([LAN | {"adress": "x"}], "adress: unknown key; did you mean address?"),
        ([LAN | {"interface": "ether1"}], r"interface: 'ether1' is that of site_wans \(ISP1\) too"),
        ([LAN | {"name": "ISP1"}], r"name: 'ISP1' is that of site_wans \(ISP1\) too"),
        ([LAN | {"name": "ether1"}], "name: 'ether1' is the port of ISP1"),
        (
            [LAN, {"name": "B", "interface": "ether7", "address": "172.16.10.129/25"}],
            r"site_lans\[1\] \(B\): 172.16.10.128/25 overlaps 172.16.10.0/24 of site_lans\[0\] \(LAN\)",
        ),
        (
            [LAN | {"address": "192.168.40.5/24"}],
            r"site_lans\[0\] \(LAN\): 192.168.40.0/24 overlaps 192.168.40.0/24 of site_wans \(ISP1\)",
        ),
    ],
)
def test_a_wrong_lan_is_named_with_its_place(lans: Any, expected: str) -> None:
    assert re.search(expected, problems(site.lans, lans, site.wans([ISP1])))


@pytest.mark.parametrize("port", ["ether13", "sfp1", "sfp-sfpplus1", "sfp28-2", "qsfp28-1-1", "qsfpplus1-1", "combo1"])
def test_ports_of_all_kinds_of_routers(port: str) -> None:
    assert site.wans([ISP1 | {"interface": port}])[0]["interface"] == port


def test_a_host_in_a_lan_tells_nothing_of_a_link() -> None:
    links = site.wans([ISP1 | {"monitor_host": "172.16.10.5"}])
    text = problems(site.lans, [LAN], links)
    assert text == (
        "site_wans (ISP1): monitor_host: '172.16.10.5' lies in 172.16.10.0/24 of site_lans[0] (LAN); "
        "give a host behind the link"
    )


def test_a_server_that_all_need_must_not_depend_on_one_link() -> None:
    beyond = ISP1 | {"monitor_host": "8.8.8.8"}
    text = problems(site.servers, ["8.8.4.4", "8.8.8.8"], site.wans([beyond, ISP2]))
    assert text == (
        "site_wans (ISP1): monitor_host: '8.8.8.8' is in site_dns too, and is reached by this link alone; give another host"
    )
    assert site.servers(["8.8.8.8"], site.wans([beyond])) == ["8.8.8.8"]  # an only link, so that nothing is pinned
    assert site.servers(["192.168.40.1"], site.wans([ISP1, ISP2])) == ["192.168.40.1"]
    assert site.problems_of(WHOLE | {"wans": [beyond, ISP2], "dns": ["8.8.8.8"]}) == [text]


def test_no_lan_at_all_is_allowed() -> None:
    assert site.lans([]) == []


def test_all_mistakes_of_a_list_are_told_at_once() -> None:
    with pytest.raises(SiteError) as caught:
        site.wans([ISP1 | {"weight": 0, "gateway": "nowhere"}, ISP2 | {"name": "a:b"}])
    assert len(caught.value.problems) == 3


def test_one_wrong_name_is_told_once() -> None:
    with pytest.raises(SiteError) as caught:
        site.wans([ISP1 | {"name": ""}])
    assert caught.value.problems == ["site_wans[0]: name: missing; give it, such as 'ISP1'"]


@given(st.lists(st.integers(1, 40) | st.integers(1, 1_000_000), min_size=1, max_size=4))
def test_buckets_cover_the_denominator_in_proportion(weights: list[int]) -> None:
    links = [{"connection_mark": f"m{at}", "weight": weight} for at, weight in enumerate(weights)]
    if sum(weights) // gcd(*weights) > site.MAX_BUCKETS:
        assert "buckets, more than 100" in problems(site.pcc_buckets, links)
        return
    buckets = site.pcc_buckets(links)
    denominators, remainders = zip(*(map(int, bucket["bucket"].split("/")) for bucket in buckets), strict=True)
    assert set(denominators) == {len(buckets)}
    assert sorted(remainders) == list(range(len(buckets)))
    share = Counter(bucket["connection_mark"] for bucket in buckets)
    assert all(share[f"m{at}"] * sum(weights) == weight * len(buckets) for at, weight in enumerate(weights))


@given(st.integers(1, 6), st.integers(1, 50), st.integers(1, 50))
def test_a_common_factor_of_the_weights_changes_nothing(factor: int, one: int, other: int) -> None:
    links: list[dict[str, Any]] = [
        {"connection_mark": "a", "weight": one},
        {"connection_mark": "b", "weight": other},
    ]
    assert site.pcc_buckets(links) == site.pcc_buckets([link | {"weight": link["weight"] * factor} for link in links])


def test_a_misspelt_classifier_is_refused() -> None:
    text = problems(site.pcc_buckets, site.wans([ISP1]), "both-addresses-and-port")
    assert text == ("site_pcc_classifier: 'both-addresses-and-port' is unknown; did you mean both-addresses-and-ports?")


@pytest.mark.parametrize("raw", [None, {}])
def test_a_site_without_alerts(raw: Any) -> None:
    assert site.alerts(raw) == {}


@pytest.mark.parametrize("chat", [-1001234567890, "-1009876543210", "@trans_coffee", 42])
def test_a_chat_is_a_number_or_a_channel(chat: Any) -> None:
    assert site.alerts({"telegram": {"token": TOKEN, "chat_id": chat}}) == {
        "telegram": {"token": TOKEN, "chat_id": str(chat)}
    }


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"telegram": {"token": TOKEN}}, "site_alerts.telegram: chat_id: missing, although token is given"),
        ({"telegram": {"token": TOKEN, "chat_id": ""}}, "chat_id: missing, although token is given"),
        ({"telegram": {"chat_id": 1}}, "site_alerts.telegram: token: missing, although chat_id is given"),
        ({"telegram": {}}, "token: missing; an alert needs both"),
        ({"telegram": {"token": TOKEN[:20], "chat_id": 1}}, "token: not the shape of a bot's token"),
        ({"telegram": {"token": TOKEN + " ", "chat_id": 1}}, "token: not the shape of a bot's token"),
        ({"telegram": {"token": TOKEN, "chat_id": "trans coffee"}}, "chat_id: 'trans coffee' is no chat"),
        ({"telegram": {"token": TOKEN, "chat_id": 1, "chatid": 1}}, "chatid: unknown key; did you mean chat_id?"),
        ({"telegram": TOKEN}, "site_alerts: expected telegram: with token and chat_id"),
        (TOKEN, "site_alerts: expected telegram:"),
        ({"telegram": {"token": TOKEN, "chat_id": 1}, "mail": {}}, "mail: unknown key; known are telegram"),
    ],
)
def test_alerts_that_would_never_arrive_are_refused_without_the_token(raw: Any, expected: str) -> None:
    text = problems(site.alerts, raw)
    assert expected in text
    assert TOKEN[:20] not in text


def test_networks_that_are_not_balanced() -> None:
    assert site.bypass(None) == []
    assert site.bypass(["10.99.0.0/24", "10.9.0.1/32"]) == ["10.99.0.0/24", "10.9.0.1/32"]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("10.99.0.0/24", "site_bypass: '10.99.0.0/24' is not a list"),
        (["10.99.0.0"], "site_bypass[0]: '10.99.0.0' has no prefix length"),
        (["10.99.0.1/24"], "site_bypass[0]: '10.99.0.1/24' is not a network such as"),
        ([10], "site_bypass[0]: 10 has no prefix length"),
        ([None], "site_bypass[0]: empty; write a network such as 10.99.0.0/24"),
        (["10.0.0.0/8", "10.0.0.0/8"], "site_bypass[1]: '10.0.0.0/8' is there twice; leave one out"),
        (["0.0.0.0/0"], "site_bypass[0]: '0.0.0.0/0' is everything, and nothing would be balanced"),
    ],
)
def test_a_wrong_network_that_is_not_balanced_is_named_with_its_place(raw: Any, expected: str) -> None:
    assert expected in problems(site.bypass, raw)


def test_a_whole_description_tells_the_problems_of_every_part() -> None:
    found = site.problems_of(
        {
            "wans": [ISP1 | {"weight": 0}],
            "lans": [LAN | {"adress": 1}],
            "dns": ["x"],
            "alerts": {"telegram": {"token": TOKEN}},
            "classifier": "both",
            "identity": " ",
            "bypass": ["x"],
            "balance": "perhaps",
            "adopt": [],
        }
    )
    assert [problem.partition(":")[0].partition("[")[0] for problem in found] == [
        "site_name",
        "site_identity",
        "site_wans",
        "site_lans",
        "site_dns",
        "site_alerts.telegram",
        "site_bypass",
        "site_balance",
        "site_adopt",
    ]
    whole = WHOLE | {"dns": ["8.8.8.8"], "alerts": {}, "bypass": [], "balance": "no", "adopt": True}
    assert site.problems_of(whole) == []


@pytest.mark.parametrize(
    ("part", "raw", "expected"),
    [
        ("name", None, "site_name: missing; give it, such as 'Trans Coffee Bandung'"),
        ("name", "", "site_name: missing; give it, such as 'Trans Coffee Bandung'"),
        ("name", "a\nb", "site_name: 'a\\nb' is not one line of text"),
        ("name", ["a"], "site_name: ['a'] is not one line of text"),
        ("identity", "  ", "site_identity: '  ' has nothing in it; give it, such as 'TransCoffee-bandung'"),
        ("lans", None, "site_lans: missing; list the LANs, or write [] for a site that has none"),
        ("wans", None, "site_wans: empty; a site has at least one WAN link, with name, interface and dhcp or address"),
        ("balance", "perhaps", "site_balance: 'perhaps' is not a boolean; write true or false"),
        ("adopt", 2, "site_adopt: 2 is not a boolean; write true or false"),
    ],
)
def test_what_is_missing_or_wrong_in_the_whole(part: str, raw: Any, expected: str) -> None:
    assert site.problems_of(WHOLE | {part: raw}) == [expected]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from([*site.WAN_KEYS, *site.LAN_KEYS, "telegram", "token", "x"]), inner, max_size=5
            )
        ),
        max_leaves=20,
    )
)
def test_no_description_whatever_breaks_the_checks(raw: Any) -> None:
    for part in ("name", "identity", "wans", "lans", "dns", "alerts", "bypass", "balance", "adopt"):
        found = site.problems_of(WHOLE | {part: raw})
        assert all(problem.startswith("site_") and problem.isprintable() for problem in found)
