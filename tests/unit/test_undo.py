# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of the way back, and of the job that goes it; that they lead back is shown on routers of the lab."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ansible_collections.multiwan.routeros.plugins.module_utils import relink
from ansible_collections.multiwan.routeros.plugins.module_utils.deadman import (
    LIMIT,
    Found,
    Job,
    confirm,
    find_jobs,
    trigger,
)
from ansible_collections.multiwan.routeros.plugins.module_utils.errors import NotInvertible, TooLarge
from ansible_collections.multiwan.routeros.plugins.module_utils.menus import find_menu
from ansible_collections.multiwan.routeros.plugins.module_utils.menus.base import KEEP, Field, Menu
from ansible_collections.multiwan.routeros.plugins.module_utils.names import Names
from ansible_collections.multiwan.routeros.plugins.module_utils.plan import Plan, plan, transition
from ansible_collections.multiwan.routeros.plugins.module_utils.request import Request
from ansible_collections.multiwan.routeros.plugins.module_utils.rows import read_entries, read_rows
from ansible_collections.multiwan.routeros.plugins.module_utils.undo import PRELUDE, statements
from ansible_collections.multiwan.routeros.plugins.module_utils.values import Duration

VERSION = (7, 22, 3)
Rows = list[dict[str, str]]


def planned(
    path: str | Menu, rows: Rows, entries: list[dict[str, Any]], state: str = "overridden", names: Names | None = None
) -> Plan:
    menu = find_menu(path) if isinstance(path, str) else path
    found = [(names or Names()).renamed(menu, row) for row in read_rows(menu, rows, VERSION)]
    return plan(menu, found, read_entries("r1", menu, entries), Request("r1", state, version=VERSION))


def way(*plans: Plan, version: tuple[int, ...] = VERSION) -> list[str]:
    """The statements without what is the same in all of them."""
    lines = [line for line in statements(plans, version) if not line.startswith(":set m ")]
    assert all(line.endswith(" on-error={:set e ($e+1);:set f $m}") for line in lines)
    return [re.sub(r"^:do {(.*)} on-error={[^}]*}$", r"\1", line) for line in lines]


def on(menu: str, where: str) -> str:
    """What a statement says first that is about a row which must be there."""
    return f':local i [/{menu} find where {where}];:if ([:len $i]=0) do={{:error "gone"}};/{menu}'


def rule(number: int, comment: str, **more: str) -> dict[str, str]:
    return {".id": f"*{number:X}", "chain": "forward", "action": "accept", "comment": comment, **more}


def wanted(comment: str, **more: str) -> dict[str, str]:
    return {"chain": "forward", "action": "accept", "comment": comment, **more}


def test_what_is_written_is_taken_back_in_reverse() -> None:
    lists = planned("interface list", [{".id": "*1", "name": "old"}], [{"name": "new"}])
    pools = planned(
        "ip pool", [{".id": "*1", "name": "p", "ranges": "10.0.0.2-10.0.0.9"}], [{"name": "p", "ranges": "10.0.0.5"}]
    )
    assert way(lists, pools) == [
        ':if ([:len [/interface list find where name="old" and !dynamic]]<1) do={/interface list add name=old}',
        on("ip pool", 'name="p"') + " set $i ranges=10.0.0.2-10.0.0.9",
        '/interface list remove [find where name="new" and !dynamic]',
    ]
    assert statements([lists, pools], VERSION)[0] == ':set m "/interface list"'


def test_what_was_not_set_is_unset_or_gets_its_default() -> None:
    rows = [rule(1, "a", **{"src-address": "10.0.0.0/8"})]
    made = planned(
        "ip firewall filter", rows, [wanted("a", log="yes", **{"log-prefix": "x", "dst-address": "10.1.1.1"})]
    )
    assert way(made) == [
        on("ip firewall filter", 'comment="a"') + " set $i src-address=10.0.0.0/8",
        on("ip firewall filter", 'comment="a"') + ' set $i log=no log-prefix=""',
        on("ip firewall filter", 'comment="a"') + " unset $i value-name=dst-address",
    ]
    table = planned("routing table", [{".id": "*1", "name": "t", "fib": ""}], [{"name": "t", "fib": False}])
    assert way(table) == [on("routing table", 'name="t" and !dynamic') + " set $i fib"]
    dns = planned("ip dns", [{"servers": "8.8.8.8"}], [{"servers": "1.1.1.1", "cache-size": 4096}])
    assert way(dns) == ["/ip dns set servers=8.8.8.8 cache-size=2048"]


def test_rows_are_added_again_at_their_place() -> None:
    rows = [rule(1, "a"), rule(2, "b"), rule(3, "c"), rule(4, "d")]
    made = planned("ip firewall filter", rows, [wanted("a"), wanted("d")])
    c, b = way(made)
    place = ':local j [/ip firewall filter find where comment="d"];:if ([:len $j]>0) do={'
    added = "/ip firewall filter add chain=forward comment=c"
    assert c == (
        f':if ([:len [/ip firewall filter find where comment="c"]]<1) do={{{place}{added} place-before=[:pick $j 0]}} '
        f"else={{{added}}}}}"
    )
    assert ':set j [/ip firewall filter find where comment="d"]' in b
    assert b.index('comment="c"') < b.index('comment="d"')


def test_a_moved_row_goes_back_before_the_next_that_stayed() -> None:
    rows = [rule(1, "a"), rule(2, "b"), rule(3, "c")]
    (line,) = way(planned("ip firewall filter", rows, [wanted("b"), wanted("c"), wanted("a")]))
    assert line.startswith(
        ':local i [/ip firewall filter find where comment="a"];:if ([:len $i]=0) do={:error "gone"};'
        ':local j [/ip firewall filter find where comment="b"];'
    )
    assert line.endswith(
        ":if ([:len $j]>0) do={/ip firewall filter move $i destination=[:pick $j 0]} else={/ip firewall filter move $i}"
    )


def test_of_twins_only_the_one_that_was_meant() -> None:
    rows = [rule(1, "same"), rule(2, "same"), rule(3, "last")]
    made = planned("ip firewall filter", rows, [wanted("same", log="yes"), wanted("last")], "replaced")
    (line,) = way(made)
    assert line == on("ip firewall filter", '.id=*1 and comment="same"') + " set $i log=no"


def test_a_row_that_is_replaced_is_told_from_its_replacement() -> None:
    rows = [rule(1, "a"), rule(2, "b"), rule(3, "c")]
    made = planned("ip firewall filter", rows, [wanted("b"), wanted("c"), wanted("a", protocol="tcp")])
    back, gone = way(made)
    assert 'find where comment="a" and protocol!="tcp"' in back
    assert gone.startswith(':local i [/ip firewall filter find where comment="a" and protocol="tcp" and .id!=*1];')


def test_a_rule_without_a_comment_is_all_that_it_says_and_does_not_say() -> None:
    made = planned("ip firewall filter", [], [{"chain": "forward", "action": "drop", "protocol": "icmp"}])
    (line,) = way(made)
    assert line.startswith(
        '/ip firewall filter remove [find where chain="forward" and action="drop" and protocol="icmp" and !dynamic and '
    )
    assert "!src-address and " in line
    assert line.endswith("!comment]")


def test_of_a_new_row_and_copies_of_it_the_new_one_goes() -> None:
    new = wanted("a", protocol="tcp", **{"dst-port": "80", "connection-state": "new", "src-port": "1,2"})
    (line,) = way(planned("ip firewall filter", [], [new]))
    assert line == (
        ':local i [/ip firewall filter find where comment="a"];:if ([:len $i]>1) do={:local j [/ip firewall filter find '
        'where comment="a" and chain="forward" and protocol="tcp" and dst-port="80"];:if ([:len $j]>0) do={:set i $j}};'
        ":if ([:len $i]>0) do={/ip firewall filter remove $i}"
    )


def test_no_condition_has_what_a_router_may_not_find() -> None:
    rows = [
        {".id": "*1", "chain": "forward", "action": "accept", "connection-state": "established,related"},
        {".id": "*2", "chain": "forward", "action": "add-src-to-address-list", "address-list-timeout": "1d"},
    ]
    entries = [
        {"chain": "input", "action": "accept", "dst-port": "80,443", "protocol": "tcp"},
        {"chain": "input", "action": "add-src-to-address-list", "address-list": "l", "address-list-timeout": "1h"},
    ]
    for line in way(planned("ip firewall filter", rows, entries)):
        for where in re.findall(r"find where ([^]]*)\]", line):
            assert not re.search("connection-state=|dst-port=|address-list-timeout=", where)
    watch = {"host": "1.1.1.1", "comment": "w", "interval": "10s", "up-script": "x"}
    (line,) = way(planned("tool netwatch", [], [watch]))
    assert line.endswith(
        ':local j [/tool netwatch find where comment="w" and host="1.1.1.1"];:if ([:len $j]>0) do={:set i $j}};'
        ":if ([:len $i]>0) do={/tool netwatch remove $i}"
    )


def test_rows_that_only_differ_in_what_is_in_no_condition_are_told_apart_by_their_ids() -> None:
    rule = {"chain": "forward", "action": "accept"}
    stays, goes = ({**rule, "connection-state": state} for state in ("established,related", "new,related"))
    (line,) = way(planned("ip firewall filter", [{".id": "*1", **stays}, {".id": "*2", **goes}], [stays]))
    assert line.startswith(":if ([:len [/ip firewall filter find where chain=")
    assert "!comment and .id!=*1]]<1) do={" in line


def test_a_row_that_must_be_there_is_missed_and_one_that_may_not_be_is_not() -> None:
    (line,) = way(planned("ip firewall filter", [rule(1, "a")], [wanted("a", log="yes")]))
    assert 'do={:error "gone"}' in line
    menu = find_menu("ip firewall filter")
    (row,) = read_rows(menu, [rule(1, "a")], VERSION)
    # before its write came it is called otherwise
    (line,) = way(transition(menu, [row], [row.changed({"comment": "b"})], frozenset(), Request("r1", version=VERSION)))
    assert line == '/ip firewall filter set [find where comment="b"] comment=a'


def test_references_follow_a_renamed_port() -> None:
    ports = planned(
        "interface ethernet",
        [{".id": "*1", "default-name": "ether1", "name": "old"}],
        [{"default-name": "ether1", "name": "new"}],
    )
    names = Names()
    names.follow(ports.menu, ports.rows, ports.after)
    address = {".id": "*1", "address": "10.0.0.1/24", "interface": "old"}
    route = {".id": "*2", "dst-address": "10.9.0.0/16", "gateway": "10.0.0.9%old", "comment": "r"}
    made = [
        ports,
        planned("ip address", [address], [], names=names),
        planned(
            "ip route", [route], [{"comment": "r", "dst-address": "10.9.0.0/16", "gateway": "10.0.0.9"}], names=names
        ),
    ]
    asked, added, gateway, name = statements(made, VERSION)[0], *way(*made)[1:]
    assert asked.startswith(
        ':local n0 "";:do {:set n0 [/interface ethernet get [find where default-name="ether1"] name]} on-error='
    )
    assert added == (
        ':if ([:len [/ip address find where address="10.0.0.1/24" and interface=$n0 and !dynamic]]<1) do='
        "{/ip address add address=10.0.0.1/24 interface=$n0}"
    )
    assert gateway == on("ip route", 'comment="r"') + ' set $i gateway=("10.0.0.9%".$n0)'
    assert name == on("interface ethernet", 'default-name="ether1"') + " set $i name=old"


def test_properties_have_the_version_s_name() -> None:
    route = {".id": "*2", "dst-address": "10.9.0.0/16", "gateway": "10.0.0.9", "routing-table": "t", "comment": "r"}
    made = planned("ip route", [route], [])
    assert "routing-table=t" in way(made)[0]
    assert "routing-mark=t" in way(made, version=(6, 49, 13))[0]


USER = {".id": "*1", "name": "u", "group": "full"}
LIMITED = Menu(
    "test menu", "", (Field("name", Duration(), ""), Field("span", Duration(), "", default=KEEP)), (("name",),)
)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (
            planned("user", [USER], [], "deleted"),
            "user, name=u: password cannot be taken back by the router (remove): the router does not tell what it was",
        ),
        (
            planned(
                "interface pppoe-client",
                [{".id": "*1", "name": "p", "interface": "ether1", "user": "u"}],
                [],
                "deleted",
            ),
            (
                "interface pppoe-client, name=p: password cannot be taken back by the router (remove): nobody knows whether it "
                "was set"
            ),
        ),
        (
            planned("user", [USER], [{"name": "u", "group": "read", "password": "x"}]),
            "user, name=u: password cannot be taken back by the router (set): the router does not tell what it was",
        ),
        (
            planned(LIMITED, [{".id": "*1", "name": "1s"}], [{"name": "1s", "span": "5s"}]),
            "test menu, name=1s: span cannot be taken back by the router (set): it was not set, and there is no way to unset it",
        ),
        (
            planned("caps-man thing", [{".id": "*1", "name": "x"}], [], "deleted"),
            "caps-man thing, name=x: cannot be taken back by the router (remove): its configuration is not known",
        ),
    ],
)
def test_what_cannot_be_taken_back(made: Plan, message: str) -> None:
    with pytest.raises(NotInvertible) as caught:
        statements([made], VERSION)
    assert str(caught.value) == message


def test_what_an_older_router_tells_of_a_password_is_written_again() -> None:
    row = {".id": "*1", "name": "p", "interface": "ether1", "user": "u", "password": "x"}
    (line,) = way(planned("interface pppoe-client", [row], [], "deleted"))
    assert "add name=p interface=ether1 user=u password=x" in line


JOB = Job("0badcafe", 3723, 60, ("/ip dns set servers=8.8.8.8",), "hq, ansible")


def test_the_job_s_sentence() -> None:
    words = JOB.sentence((7, 24), ("api", "read", "write", "test", "reboot", "local"))
    assert words[0] == "/system/scheduler/add"
    told = dict(word[1:].split("=", 1) for word in words[1:])
    script = told.pop("on-event")
    assert told == {
        "name": "multiwan-undo-0badcafe",
        "interval": "1s",
        "start-date": "1970-01-01",
        "start-time": "00:00:00",
        "policy": "read,write,test",
        "comment": "multiwan: change 0badcafe is being armed",
    }
    assert "takes back change 0badcafe (hq, ansible) unless it is confirmed within 60 s" in script
    assert "$u>=3723s and $u<3778s" in script
    assert PRELUDE in script
    assert "=start-date=jan/01/1970" in JOB.sentence((7, 9, 2), ())
    assert "=start-date=jan/01/1970" in JOB.sentence((6, 49, 13), ())


def test_the_job_may_what_a_script_that_it_puts_back_may() -> None:
    made = planned(
        "system scheduler", [{".id": "*1", "name": "j", "on-event": "x", "policy": "reboot,read,write"}], [], "deleted"
    )
    job = Job("0badcafe", 0, 60, tuple(statements([made], VERSION)))
    assert "=policy=reboot,read,write" in job.sentence(VERSION, ("read", "write", "reboot", "sniff"))
    assert "=policy=read,write" in job.sentence(VERSION, ("read", "write"))


def test_confirming_and_undoing_name_the_job() -> None:
    assert confirm(JOB) == ("/system/scheduler/remove", "=.id=multiwan-undo-0badcafe")
    assert trigger(JOB) == (
        "/system/scheduler/set",
        "=.id=multiwan-undo-0badcafe",
        "=name=multiwan-undoing-0badcafe",
        "=interval=5s",
    )


def test_jobs_of_ours_are_found_among_others() -> None:
    rows = [
        {".id": "*1", "name": "multiwan-undo-0badcafe", "comment": "c"},
        {".id": "*2", "name": "multiwan-undoing-00000001"},
        {".id": "*3", "name": "multiwan-undo-all"},
        {".id": "*4", "name": "backup"},
    ]
    assert find_jobs(rows) == [
        Found("0badcafe", False, "c"),
        Found("00000001", True),
    ]


def test_a_way_back_that_is_too_long() -> None:
    with pytest.raises(
        TooLarge, match=r"script of \d+ bytes, and a job of the router may have 60000; make the change in"
    ):
        Job("0badcafe", 0, 60, ("x" * LIMIT,)).script()


@pytest.mark.parametrize(("id_", "timeout"), [("0badcaf", 60), ("0BADCAFE", 60), ("0badcafe", 9)])
def test_jobs_that_cannot_be(id_: str, timeout: int) -> None:
    with pytest.raises(ValueError, match="expected"):
        Job(id_, 0, timeout, ())


def test_dead_references_of_rows_without_a_key_are_mended_by_their_ids() -> None:
    lists = planned("interface list", [{".id": "*1", "name": "LAN"}], [])
    menu = find_menu("ip firewall filter")
    rows = read_rows(menu, [{".id": "*7", "chain": "input", "action": "accept", "in-interface-list": "LAN"}], VERSION)
    before = {"interface list": list(lists.rows), menu.path: rows}
    (line,) = relink.statements([lists], before, VERSION)
    assert 'find where .id=*7 and chain="input"]' in line
    bridge = find_menu("interface bridge vlan")
    rows = read_rows(bridge, [{".id": "*8", "bridge": "b", "vlan-ids": "1,2", "tagged": "e1,e2"}], VERSION)
    ports = planned("interface vlan", [{".id": "*2", "name": "e2", "interface": "e", "vlan-id": "3"}], [])
    (line,) = relink.statements([ports], {"interface vlan": list(ports.rows), bridge.path: rows}, VERSION)
    assert "find where .id=*8 and " in line
    assert "set $i tagged=e1,e2" in line
