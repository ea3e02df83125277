# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A request over several menus: round trips, checks before writing, and the truth about what was written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote as percent_encoded

import pytest

from ansible_collections.multiwan.routeros.plugins.module_utils.engine import Result, gather, prepare, render, run
from ansible_collections.multiwan.routeros.plugins.module_utils.errors import (
    CommandFailed,
    ConnectionLost,
    InvalidEntry,
)
from ansible_collections.multiwan.routeros.plugins.module_utils.mask import Mask
from ansible_collections.multiwan.routeros.plugins.module_utils.present import Shown
from ansible_collections.multiwan.routeros.plugins.module_utils.request import Request
from ansible_collections.multiwan.routeros.plugins.module_utils.rows import Row
from ansible_collections.multiwan.routeros.plugins.module_utils.script import quote
from ansible_collections.multiwan.routeros.plugins.module_utils.session import Reply, Sentence

from .fake_router import FakeRouter
from .table import Table

INTERFACES = [{"name": "ISP1"}, {"name": "ISP2"}, {"name": "LAN"}]


def router(version: str = "7.22.3 (stable)", **menus: Any) -> FakeRouter:
    return FakeRouter(version, **({"interface": INTERFACES, "routing_table": [], "ip_route": []} | menus))


def change(fake: FakeRouter, menus: Any, check: bool = False, secrets: tuple[str, ...] = (), **request: Any) -> Result:
    return run(prepare(menus, Request("r1", **request), Mask(secrets)), lambda: fake, check)


def after(result: Result, path: str) -> list[Row]:
    assert result.after is not None
    return result.after[path]


SITE = {
    "/ip/route": [
        {"gateway": "192.168.40.1", "routing-table": "to-ISP1", "comment": "t: a"},
        {"gateway": "192.168.40.1", "comment": "t: b"},
    ],
    "routing table": [{"name": "to-ISP1", "fib": True, "comment": "t: table"}],
}


def test_one_trip_reads_and_one_writes_in_the_order_of_references() -> None:
    fake = router()
    result = change(fake, SITE, state="overridden", scope="t:")
    assert len(fake.trips) == 2
    assert [sentence[0] for sentence in fake.trips[1]] == [
        "/routing/table/add",
        "/ip/route/add",
        "/ip/route/add",
        "/routing/table/print",
        "/ip/route/print",
    ]
    assert result.problem == ""
    assert result.warnings == []
    assert [row.values["comment"] for row in after(result, "ip route")] == ["t: a", "t: b"]
    assert change(fake, SITE, state="overridden", scope="t:").commands == []


def test_removals_go_the_other_way_round() -> None:
    fake = router()
    change(fake, SITE, state="overridden", scope="t:")
    fake.trips.clear()
    change(fake, {"routing table": [], "ip route": []}, state="overridden", scope="t:")
    assert [sentence[0] for sentence in fake.writes] == [
        "/ip/route/remove",
        "/ip/route/remove",
        "/routing/table/remove",
    ]


def test_check_mode_says_it_all_and_writes_nothing() -> None:
    fake = router()
    result = change(fake, SITE, check=True, state="overridden", scope="t:")
    assert fake.writes == []
    assert result.commands[0] == '/routing table add name=to-ISP1 fib=yes comment="t: table"'
    assert result.drift["ip route"]["missing"][0].startswith("gateway=192.168.40.1 routing-table=to-ISP1")
    assert [row.values["comment"] for row in after(result, "ip route")] == ["t: a", "t: b"]


def test_what_check_mode_foresees_counts_for_the_next_task() -> None:
    fake = router()
    table, route = {"routing table": SITE["routing table"]}, {"ip route": SITE["/ip/route"]}
    with pytest.raises(InvalidEntry, match="routing-table=to-ISP1: no such routing table; there are main"):
        change(fake, route, check=True)
    told = change(fake, table, check=True).names.told()
    result = run(prepare(route, Request("r1")), lambda: fake, True, told)
    assert len(result.commands) == 2


def test_the_first_refusal_is_named_and_what_was_done_is_told() -> None:
    fake = router()
    fake.refuse = {"t: a": "failure: not now"}
    result = change(fake, SITE, state="overridden", scope="t:")
    assert result.problem == (
        'r1: ip route, entry 1 (comment="t: a"): add refused: failure: not now. 2 of 3 changes were carried out, '
        "1 refused, see commands and refused_commands"
    )
    assert len(result.commands) == 2
    assert [row.values["comment"] for row in after(result, "ip route")] == ["t: b"]
    told = Shown(result.mask, None).changed("r1", result, check=False, diff=False)
    assert told["failed"]
    assert told["changed"]
    assert len(told["refused_commands"]) == 1


def test_a_user_without_the_policy_is_told_so() -> None:
    fake = router()
    fake.refuse = {"/add": "not enough permissions (9)"}
    result = change(fake, SITE)
    assert "not enough permissions (9); the user's group lacks a policy" in result.problem
    assert "(2 more refused)" in result.problem
    assert "0 of 3 changes were carried out" in result.problem
    assert not Shown(result.mask, None).changed("r1", result, check=False, diff=False)["changed"]


@pytest.mark.parametrize(
    ("answered", "told"),
    [(0, "0 of 3"), (2, "2 of 3 changes were carried out; whether the"), (3, "3 of 3 changes")],
)
def test_a_line_that_breaks_while_writing(answered: int, told: str) -> None:
    fake = router()
    fake.break_after = answered
    result = change(fake, SITE)
    assert told in result.problem
    assert len(result.commands) == answered


def test_the_routers_other_opinion_is_a_warning() -> None:
    fake = router()
    fake.tables["routing/table"].obey = lambda sentence: None  # type: ignore[method-assign]
    result = change(fake, {"routing table": SITE["routing table"]})
    assert len(result.warnings) == 1
    assert "the router accepted this but reads back differently" in result.warnings[0]


@pytest.mark.parametrize(
    ("menus", "message"),
    [
        ({"ip route": "x"}, "r1: ip route: expected a list of entries, found a text"),
        ({"ip route": ["x"]}, "r1: ip route, entry 1: expected properties with their values, found a text"),
        ({" ": []}, "menus: expected a menu's path such as 'ip firewall nat', found an empty text"),
        ({"ip route": [], "/ip/route": []}, "r1: ip route: given twice in menus, with different spellings of its path"),
        (
            {"ip route": [{"gateway": "1.2.3", "comment": "t: x"}]},
            'r1: ip route, entry 1 (comment="t: x"): gateway=1.2.3: expected an IPv4 address such as 192.168.40.1',
        ),
        (
            {"ip route": [{"gateway": "1.2.3.4"}]},
            "r1: ip route, entry 1: its comment must begin with the scope 't:', so that the row can be told from those of others",
        ),
        (
            {"ip route": [{"active": True}]},
            "r1: ip route, entry 1: 'active' is something the router tells, it cannot be set",
        ),
    ],
)
def test_what_is_wrong_without_a_router(menus: Any, message: str) -> None:
    with pytest.raises(InvalidEntry) as caught:
        prepare(menus, Request("r1", scope="t:"))
    assert str(caught.value) == message


def test_a_menu_that_the_router_lacks() -> None:
    fake = router()
    with pytest.raises(CommandFailed, match=r"r1: ip rout: the router has no such menu .*; did you mean 'ip route'\?"):
        change(fake, {"ip rout": [{"gateway": "1.2.3.4"}]})


def test_buckets_that_leave_a_gap() -> None:
    rule = {"chain": "prerouting", "action": "mark-connection", "in-interface": "LAN", "new-connection-mark": "m"}
    rules = [
        rule | {"per-connection-classifier": f"both-addresses:3/{remainder}", "comment": f"t: {remainder}"}
        for remainder in (0, 2)
    ]
    fake = router(ip_firewall_mangle=[])
    with pytest.raises(InvalidEntry) as caught:
        change(fake, {"ip firewall mangle": rules})
    assert str(caught.value) == (
        "r1: ip firewall mangle, rules with chain=prerouting in-interface=LAN: per-connection-classifier=both-addresses:3/… "
        "lacks the remainder 1, whose connections would get no mark; expected a rule for each remainder from 0 to 2"
    )
    assert fake.writes == []
    complete = [*rules, rules[0] | {"per-connection-classifier": "both-addresses:3/1", "comment": "t: 1"}]
    assert len(change(fake, {"ip firewall mangle": complete}).commands) == 3


def test_secrets_never_show() -> None:
    token = "123456789:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr"
    source = f':local t "{token}"\n:log info "pass word"'
    fake = router(system_script=[])
    menus = {"system script": [{"name": "s", "source": source}]}
    result = change(fake, menus, secrets=("pass word",))
    assert any("pass word" in word for word in fake.writes[0])
    shown = str(Shown(result.mask, None).changed("r1", result, check=True, diff=True))
    assert token not in shown
    assert "pass word" not in shown
    assert "********" in shown


def test_rendered_text_needs_no_router() -> None:
    menus = SITE | {"ip dns": [{"servers": ["8.8.8.8", "8.8.4.4"]}]}
    menus |= {"interface ethernet": [{"default-name": "ether1", "name": "ISP1"}]}
    assert render(prepare(menus, Request("r1", "rendered"))) == (
        "/interface ethernet\nset [ find default-name=ether1 ] name=ISP1\n"
        '/routing table\nadd name=to-ISP1 fib=yes comment="t: table"\n'
        "/ip dns\nset servers=8.8.8.8,8.8.4.4\n"
        '/ip route\nadd gateway=192.168.40.1 routing-table=to-ISP1 comment="t: a"\n'
        'add gateway=192.168.40.1 comment="t: b"\n'
    )


def test_routeros_6_has_marks_where_7_has_tables() -> None:
    fake = router("6.49.13 (long-term)")
    del fake.tables["routing/table"]
    result = change(fake, SITE, state="overridden", scope="t:")
    assert result.problem == ""
    assert fake.writes == [
        ("/ip/route/add", "=gateway=192.168.40.1", "=routing-mark=to-ISP1", "=comment=t: a"),
        ("/ip/route/add", "=gateway=192.168.40.1", "=comment=t: b"),
    ]
    assert change(fake, SITE, state="overridden", scope="t:").commands == []


def test_a_menu_without_facts_learns_from_its_rows() -> None:
    fake = router(ip_upnp=[{"enabled": "false", ".nextid": "*2"}])
    del fake.tables["ip/upnp"].rows[0][".id"]
    result = change(fake, {"ip upnp": [{"enabled": True}]})
    assert fake.writes == [("/ip/upnp/set", "=enabled=yes")]
    assert result.commands == ["/ip upnp set enabled=yes"]


def filter_rules(*rules: str) -> list[dict[str, str]]:
    """Rules of the input chain, each ``name action source``."""
    told = (rule.split() for rule in rules)
    return [
        {"chain": "input", "action": action, "comment": f"t: {name}", **({"src-address": source[0]} if source else {})}
        for name, action, *source in told
    ]


def test_what_is_to_go_stays_where_its_replacement_is_refused() -> None:
    fake = router(ip_firewall_filter=filter_rules("mgmt accept 10.0.0.0/8", "drop drop"))
    fake.refuse = {"t: new": "failure: no"}
    wanted = {"ip firewall filter": filter_rules("new accept 10.0.0.0/16", "drop drop")}
    result = change(fake, wanted, state="overridden", scope="t:")
    assert [row["comment"] for row in fake.tables["ip/firewall/filter"].rows] == ["t: mgmt", "t: drop"]
    assert result.problem.endswith("None of the 1 rows that were to go was removed")
    assert len(fake.trips) == 3
    fake.refuse = {}
    fake.trips.clear()
    assert change(fake, wanted, state="overridden", scope="t:").problem == ""
    assert [len([s for s in trip if not s[0].endswith("/print")]) for trip in fake.trips] == [0, 1, 1]
    assert [row["comment"] for row in fake.tables["ip/firewall/filter"].rows] == ["t: new", "t: drop"]


def test_a_line_that_breaks_after_a_refusal_tells_both() -> None:
    fake = router()
    fake.refuse = {"to-ISP1": "failure: no"}
    fake.break_after = 2
    result = change(
        fake, {"routing table": SITE["routing table"], "ip route": [{"gateway": "1.1.1.1", "comment": "x"}] * 1}
    )
    assert len(result.commands) == 1
    assert len(result.refused) == 1
    assert result.after is None
    told = Shown(result.mask, None).changed("r1", result, check=False, diff=True)
    assert told["changed"]
    assert "after" not in told
    assert "diff" not in told
    assert "1 of 2 changes were carried out, 1 refused" in told["msg"]


def test_rules_go_from_the_bottom_up() -> None:
    fake = router(ip_firewall_filter=filter_rules("mgmt accept 10.0.0.0/8", "other accept", "drop drop"))
    change(fake, {"ip firewall filter": []}, state="overridden", scope="t:")
    assert [sentence[1] for sentence in fake.writes] == ["=.id=*3", "=.id=*2", "=.id=*1"]


def test_who_is_logged_in_is_not_removed() -> None:
    fake = router(
        user=[{"name": "admin", "group": "full"}, {"name": "old", "group": "full"}], user_group=[{"name": "full"}]
    )
    with pytest.raises(InvalidEntry, match="user: name=admin is who is logged in"):
        change(fake, {"user": []}, state="overridden", login="admin")
    assert fake.writes == []


def test_secrets_of_menus_without_facts_and_of_rows_do_not_show() -> None:
    fake = router(ppp_secret=[{"name": "a", "password": "old-hunter2"}])
    result = change(fake, {"ppp secret": [{"name": "a", "password": "new-hunter2"}]})
    assert any("new-hunter2" in word for word in fake.writes[0])
    shown = str(Shown(result.mask, None).changed("r1", result, check=True, diff=True))
    assert "hunter2" not in shown


def test_a_secret_is_hidden_however_it_is_quoted() -> None:
    secret = 'pa$s"w rd/é'
    fake = router(system_script=[])
    source = f':local p {quote(secret)}; :put "x{percent_encoded(secret, safe="")}"'
    result = change(fake, {"system script": [{"name": "s", "source": source}]}, secrets=(secret,))
    shown = str(Shown(result.mask, None).changed("r1", result, check=True, diff=True))
    assert "pa" not in shown.replace("path", "")


def test_a_token_is_hidden_in_the_address_of_its_bot() -> None:
    text = "https://api.telegram.org/bot123456789:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr/sendMessage"
    assert Mask().text(text) == "https://api.telegram.org/bot********/sendMessage"


def test_what_results_hide_is_not_written_back() -> None:
    with pytest.raises(InvalidEntry, match=r"source=.*: '\*{8}' stands for a secret in results; give the value itself"):
        prepare({"system script": [{"name": "s", "source": ':local t "********"'}]}, Request("r1"))


@pytest.mark.parametrize(
    ("menus", "message"),
    [
        ({1: []}, "r1: menus: expected a menu's path such as 'ip firewall nat', found 1"),
        ([], "r1: menus: expected menus by their paths, found a list"),
        ({"ip dns": None}, "r1: ip dns: expected a list of entries, found nothing"),
        ({"ip route": [{}]}, "r1: ip route, entry 1: says nothing; expected properties with their values"),
        (
            {"ip route": [{"comment": {"a": "b"}}]},
            "r1: ip route, entry 1: comment: expected a text, a number, a truth value or a list of them, found a dict",
        ),
        (
            {"ip dns": {"servers": [["8.8.8.8"]]}},
            "r1: ip dns, its settings: servers: expected texts and numbers in a list",
        ),
        (
            {"ip pool": [{"name": "a", "next_pool": "b", "next-pool": "c"}]},
            "r1: ip pool, entry 1 (name=a): 'next-pool' is given twice, with - and with _ in its name",
        ),
        (
            {"ip pool": [{"name": "a\0"}]},
            'r1: ip pool, entry 1 (name="a\\00"): name="a\\00": expected text without NUL',
        ),
        (
            {"ip dhcp-server": [{"name": "a", "lease-time": None}]},
            "r1: ip dhcp-server, entry 1 (name=a): lease-time: cannot be empty; leave the property out to keep what",
        ),
    ],
)
def test_shapes_that_cannot_be(menus: Any, message: str) -> None:
    with pytest.raises(InvalidEntry) as caught:
        prepare(menus, Request("r1"))
    assert str(caught.value).startswith(message)


def test_rendered_text_says_which_row_and_no_switch_that_is_off() -> None:
    with pytest.raises(InvalidEntry, match="interface ethernet, entry 1: does not say which row"):
        render(prepare({"interface ethernet": [{"mtu": 1400}]}, Request("r1", "rendered")))
    text = render(prepare({"routing table": [{"name": "a", "fib": False}]}, Request("r1", "rendered")))
    assert text == "/routing table\nadd name=a\n"


def test_the_same_address_with_another_network_is_one_set() -> None:
    fake = router(ip_address=[{"address": "172.16.0.1/24", "interface": "LAN", "comment": "t: x"}])
    wanted = {"ip address": [{"address": "172.16.0.1/23", "interface": "LAN", "comment": "t: x"}]}
    change(fake, wanted, state="overridden", scope="t:")
    assert fake.writes == [("/ip/address/set", "=.id=*1", "=address=172.16.0.1/23")]


def test_buckets_are_counted_whether_or_not_defaults_are_told() -> None:
    rule = {"chain": "prerouting", "action": "mark-connection", "in-interface": "LAN", "new-connection-mark": "m"}

    def rules(count: int) -> list[dict[str, str]]:
        classifier = "both-addresses:{}/{}"
        return [
            rule | {"per-connection-classifier": classifier.format(count, n), "comment": f"t: {n}"}
            for n in range(count)
        ]

    fake = router(ip_firewall_mangle=[told | {"disabled": "false", "log": "false"} for told in rules(2)])
    result = change(fake, {"ip firewall mangle": rules(3)}, state="overridden", scope="t:")
    assert [command.split()[3] for command in result.commands] == ["set", "set", "add"]


def test_a_kind_of_interface_without_facts_comes_before_what_names_it() -> None:
    fake = router(interface_list=[{"name": "WAN"}], interface_list_member=[])
    fake.tables["interface/pptp-client"] = Table()
    change(
        fake,
        {
            "interface list member": [{"list": "WAN", "interface": "tunnel1"}],
            "interface pptp-client": [{"name": "tunnel1", "connect-to": "192.0.2.1"}],
        },
    )
    assert [sentence[0] for sentence in fake.writes] == ["/interface/pptp-client/add", "/interface/list/member/add"]


def test_a_gateway_names_an_interface_or_none() -> None:
    for gateway in ("192.168.40.1", "192.168.40.1%ISP1", "ISP1", "192.168.40.1@main"):
        assert change(router(), {"ip route": [{"gateway": gateway}]}, check=True).commands
    with pytest.raises(InvalidEntry, match="gateway=ISPI: no such interface; did you mean"):
        change(router(), {"ip route": [{"gateway": "ISPI"}]}, check=True)


def test_gathered_rows_are_ours_alone_where_a_scope_says_so() -> None:
    fake = router(ip_pool=[{"name": "a", "comment": "t: a"}, {"name": "b"}])
    for scope, names in (("t:", ["a"]), ("", ["a", "b"])):
        result = gather(prepare({"ip pool": []}, Request("r1", "gathered", scope)), lambda: fake)
        told = Shown(result.mask, None).gathered(result)["gathered"]["ip pool"]
        assert [row["name"] for row in told] == names


def test_a_refusal_is_named_also_where_the_line_breaks_after_it() -> None:
    fake = router(ip_pool=[{"name": "old", "ranges": "10.0.0.1", "comment": "t: old"}])
    fake.refuse = {"t: new": "failure: not now"}
    wanted = {"ip pool": [{"name": "new", "ranges": "10.0.0.2", "comment": "t: new"}]}
    answer = fake.exchange

    def breaking(sentences: Sequence[Sentence], until: float | None = None) -> list[Reply]:
        if len(fake.trips) == 2:
            raise ConnectionLost("r1 (test): the connection broke")
        return answer(sentences)

    fake.exchange = breaking  # type: ignore[method-assign]
    result = change(fake, wanted, state="overridden", scope="t:")
    assert "ip pool, entry 1 (name=new): add refused: failure: not now" in result.problem
    assert "the connection broke" in result.problem
    assert result.after is None


def test_what_may_have_been_done_counts_as_a_change() -> None:
    fake = router()
    fake.break_after = 0
    result = change(fake, SITE)
    assert result.commands == []
    assert Shown(result.mask, None).changed("r1", result, check=False, diff=False)["changed"]


def test_a_menu_that_cannot_be_read_back_is_told() -> None:
    fake = router(ip_pool=[])
    answer = fake.exchange

    def forgetting(sentences: Sequence[Sentence], until: float | None = None) -> list[Reply]:
        if len(fake.trips) == 1:
            return [*answer(sentences[:-1]), Reply(traps=("action failed (6)",))]
        return answer(sentences)

    fake.exchange = forgetting  # type: ignore[method-assign]
    result = change(fake, {"ip pool": [{"name": "a", "ranges": "10.0.0.2"}]})
    assert result.problem == ""
    assert result.warnings == ["r1: ip pool: cannot be read back: action failed (6)"]
    assert result.after == {}
