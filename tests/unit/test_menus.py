# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The facts of the menus are consistent in themselves, and agree with the command trees of real routers.

A tree is the answer of a router's ``/console/inspect``: menus, their commands, the arguments of each. A few lines of such
trees stand here; whole ones are used too where ``ROUTEROS_FACTS`` names a folder that holds ``inspect-VERSION.json``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.multiwan.routeros.plugins.module_utils import argspec, values
from ansible_collections.multiwan.routeros.plugins.module_utils.menus import (
    MENUS,
    dhcp,
    find_menu,
    matchers,
    policies,
    rank,
    system,
    tools,
    users,
)
from ansible_collections.multiwan.routeros.plugins.module_utils.menus.base import KEEP, Field, Menu
from ansible_collections.multiwan.routeros.plugins.module_utils.version import Version, dotted, version

ALL_MENUS = [pytest.param(menu, id=path) for path, menu in MENUS.items()]

# Arguments of ``add`` or ``set`` that name no property.
HANDLES = {"numbers", "copy-from", "place-before"}

# Menus whose rows some versions can unset properties of and others cannot, with the versions in which they can. What works
# everywhere is chosen: ``set`` to an empty text. Also menus whose rows can be moved to no use.
UNSET_IN = {
    "interface bridge": ("7.24",),
    "interface bridge port": ("7.18.2", "7.22.3", "7.24"),
    "ip service": ("7.12.2",),
    "system script": ("7.24",),
    "system scheduler": ("7.24",),
}
MOVED_TO_NO_USE = {"interface bridge port"}

# menu -> version -> (arguments that it has, arguments that it has not), from first sightings in 48 releases and from the
# trees of 7.12.2, 7.18.2, 7.22.3 and 7.24.
SEEN = {
    "ip dhcp-client": {
        "7.12.2": ("interface add-default-route script", "default-route-tables check-gateway dscp name"),
        "7.18.2": ("default-route-tables", "check-gateway use-broadcast name"),
        "7.19": ("default-route-tables check-gateway", "use-broadcast dscp name"),
        "7.24": ("default-route-tables check-gateway use-broadcast dscp name", ""),
    },
    "ip route": {
        "7.12.2": ("routing-table suppress-hw-offload vrf-interface", ""),
        "7.20.8": ("suppress-hw-offload", ""),
        "7.21": ("routing-table check-gateway", "suppress-hw-offload"),
    },
    "tool netwatch": {
        "7.12.2": ("type name src-address startup-delay", "ignore-initial-up record-type early-failure-detection"),
        "7.17": ("ignore-initial-up ignore-initial-down record-type ttl", "early-failure-detection"),
        "7.20": ("early-failure-detection early-success-detection", ""),
    },
    "ip firewall nat": {
        "7.9": ("same-not-by-dst tls-host", "randomise-ports socks5-server"),
        "7.12.2": ("randomise-ports tls-host", "socks5-server tos"),
        "7.24": ("socks5-server tos per-connection-classifier", "tls-host"),
    },
    "ip service": {"7.12.2": ("address vrf", "max-sessions"), "7.24": ("max-sessions available-from", "")},
    "system scheduler": {"7.22.3": ("on-event", "days"), "7.24": ("on-event days", "")},
}


def properties(menu: Menu, number: Version) -> set[str]:
    """Return the names of what can be written in *menu* on any router of version *number*."""
    return {
        field.wire(number)
        for field in menu.fields
        if not ((field.state and not field.refused) or field.device or not field.writable)
        and field.since <= number
        and (field.until is None or number <= field.until)
    }


def trees() -> Iterator[tuple[Version, dict[str, Any]]]:
    """Yield the whole command trees that this machine has."""
    beside = Path(__file__).resolve().parents[2].parent / "shared" / "routeros"
    folder = Path(os.environ.get("ROUTEROS_FACTS") or beside)
    for path in sorted(folder.glob("inspect-*.json")):
        yield version(path.stem.removeprefix("inspect-")), json.loads(path.read_text(encoding="utf-8"))


def test_a_version_has_the_properties_that_were_seen_on_routers_of_that_version() -> None:
    for path, versions in SEEN.items():
        for number, (there, lacking) in versions.items():
            have = properties(MENUS[path], version(number))
            assert set(there.split()) <= have, f"{path}, {number}"
            assert not set(lacking.split()) & have, f"{path}, {number}"
    for seen, tree in trees():
        for menu in MENUS.values():
            _agrees(menu, seen, tree)


def _agrees(menu: Menu, number: Version, tree: dict[str, Any]) -> None:
    where = f"{menu.path}, {number}"
    node: dict[str, Any] | None = tree
    for part in menu.path.split():
        node = node.get(part) if node else None
    if node is None:
        assert menu.path == "system routerboard", "the trees come from virtual routers, which have no board"
        return
    arguments = {name for verb in ("add", "set") for name in node.get(verb, {}) if not name.startswith("_")}
    assert properties(menu, number) == arguments - HANDLES, where
    assert ("add" in node) is not (menu.fixed or menu.singleton), where
    assert ("unset" in node) is (menu.unsettable or dotted(number) in UNSET_IN.get(menu.path, ())), where
    assert ("move" in node) is (menu.ordered or menu.path in MOVED_TO_NO_USE), where


@pytest.mark.parametrize("menu", ALL_MENUS)
def test_properties_of_a_menu_are_named_once_and_identify_its_rows(menu: Menu) -> None:
    names = [field.name for field in menu.fields]
    assert len(names) == len(set(names))
    assert len({field.option for field in menu.fields}) == len(names)
    for key in menu.keys:
        assert key
        for name in key:
            assert not menu.by_name[name].state
    assert bool(menu.keys) is not menu.singleton
    assert menu.help
    assert not menu.help.endswith(".")


@pytest.mark.parametrize("menu", ALL_MENUS)
def test_what_can_be_cleared_can_be_cleared_with_what_the_menu_knows(menu: Menu) -> None:
    if menu.unsettable:
        assert menu.path not in UNSET_IN
        return
    named = {name for key in menu.keys for name in key}
    for field in menu.fields:
        if field.state or field.refused or field.required or field.name in named:
            continue
        assert not isinstance(field.kind, values.Switch), field
        assert field.default is not None or field.kind.clearable, field


@pytest.mark.parametrize(
    ("path", "entry", "mentioned"),
    [
        ("ip route", {"gateway": "192.168.40.1%ether1"}, {"gateway": ["ether1"]}),
        (
            "ip dhcp-client",
            {"interface": "ether1", "default-route-tables": "main:2,to-ISP1"},
            {"interface": ["ether1"], "default-route-tables": ["main", "to-ISP1"]},
        ),
        ("ip dhcp-server lease", {"address": "172.16.10.9"}, {"address": []}),
        ("ip dhcp-server lease", {"address": "guests"}, {"address": ["guests"]}),
        ("interface list", {"name": "LAN", "include": "one,two"}, {"include": ["one", "two"]}),
        ("interface bridge vlan", {"tagged": "bridge,ether1"}, {"tagged": ["bridge", "ether1"]}),
        ("ip firewall filter", {"in-interface-list": "!WAN"}, {"in-interface-list": ["WAN"]}),
    ],
)
def test_references_are_told_from_what_stands_beside_them(
    path: str, entry: dict[str, str], mentioned: dict[str, list[str]]
) -> None:
    menu = find_menu(path)
    found = {
        field.name: field.kind.mentions(field.kind.canonical(entry[field.name]))
        for field in menu.fields
        if field.refers and field.name in entry
    }
    assert found == mentioned


def test_tables_with_distances_follow_a_renamed_table() -> None:
    kind = values.ListOf(dhcp.TableDistance())
    assert kind.renamed("main:2,to-ISP1:1,to-ISP1", {"to-ISP1": "fibre"}) == "main:2,fibre:1,fibre"


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("ip address", {"netmask", "broadcast"}),
        ("ip firewall address-list", {"timeout", "dynamic"}),
        ("system clock", {"date", "time"}),
    ],
)
def test_what_cannot_be_kept_is_refused_with_a_reason_and_is_no_option(path: str, names: set[str]) -> None:
    menu = find_menu(path)
    assert {field.name for field in menu.fields if field.refused} == names
    assert not names & {field.name for field in argspec.settable(menu)}


@pytest.mark.parametrize("menu", ALL_MENUS)
def test_each_fact_is_consistent(menu: Menu) -> None:
    for field in menu.fields:
        _is_consistent(field)


def _is_consistent(field: Field) -> None:
    assert field.help.endswith("."), field
    assert field.help[0].isupper(), field
    if field.default not in (None, KEEP, ""):
        assert field.kind.canonical(field.default) == field.default, field
    assert not (field.required and field.default not in (None, KEEP)), f"{field}: what has a default need not be given"
    assert set(field.refers) <= set(MENUS), field
    assert field.refers or not field.literals, field
    assert field.until is None or field.since < field.until, field
    assert not (field.refused and field.required), field
    assert not (field.state and (field.required or field.secret or field.explicit or not field.writable)), field
    for choice in getattr(field.kind, "choices", ()):
        assert field.kind.canonical(choice) == choice, field
    assert field.secret or not {"password", "secret", "token"} & set(field.name.split("-")), field


@pytest.mark.parametrize("menu", ALL_MENUS)
def test_what_is_referred_to_is_written_first(menu: Menu) -> None:
    # the rows of "interface" are made in other menus
    before = {path for field in menu.fields for path in field.refers} - {menu.path, "interface"}
    assert all(rank(MENUS[path]) < rank(menu) for path in before)


@pytest.mark.parametrize(
    ("kind", "canonical", "spellings"),
    [
        (matchers.Protocol(), "tcp", ["tcp", "6"]),
        (matchers.Protocol(), "!ipsec-esp", ["!50", "!ipsec-esp"]),
        (matchers.Protocol(), "200", ["200"]),
        (matchers.Span(), "100000-1000000", ["100k-1M", "100000-1000000"]),
        (matchers.Span(negatable=True), "!0-1000", ["!0-1000", "!0-1k"]),
        (matchers.Limit(), "10,5:packet", ["10,5", "10/1s,5:packet", "10/00:00:01,5"]),
        (matchers.Limit(), "!10000000/1m,0:bit", ["!10M/1m,0:bit", "!10M/60,0:bit"]),
        (matchers.HashLimit(), "32,32,src-address/10s", ["32,32,src-address/10s", "32/1s,32,src-address/00:00:10"]),
        (matchers.Window(), "8h-17h,mon,fri", ["8h-17h,fri,mon", "08:00:00-17:00:00,mon,fri"]),
        (matchers.Icmp(), "8:0-255", ["8", "8:0-255"]),
        (matchers.Icmp(), "!3:4", ["!3:4", "!3:4-4"]),
        (system.Clock(), "10:30:00", ["10:30", "10:30:00", "37800"]),
        (system.Clock(), "00:00:00", ["0", "0:00", "00:00:00"]),
        (dhcp.TableDistance(), "main:2", ["main:2", "main:02"]),
        (dhcp.AddressOrPool(), "172.16.10.9", ["172.16.10.9"]),
        (dhcp.AddressOrPool(), "guests", ["guests"]),
        (tools.Percent(), "85", ["85", "85%", "85.0%"]),
        (tools.Percent(), "2.5", ["2.50%", "2.5"]),
        (
            users.Policies(),
            f"ssh,read,api,{','.join(f'!{policy}' for policy in policies.GROUP if policy not in ('ssh', 'read', 'api'))}",
            ["read,api,ssh", "api,read,ssh,!write"],
        ),
    ],
)
def test_spellings_of_one_value_are_the_same(kind: values.Kind, canonical: str, spellings: list[str]) -> None:
    assert [kind.canonical(text) for text in spellings] == [canonical] * len(spellings)
    assert kind.canonical(canonical) == canonical


@pytest.mark.parametrize(
    ("kind", "text", "told"),
    [
        (matchers.Protocol(), "256", "its number up to 255"),
        (matchers.Protocol(), "TCP port", "a protocol such as tcp"),
        (matchers.Span(), "200-100", "from a lower to a higher"),
        (matchers.Span(10), "11", "between 0 and 10"),
        (matchers.Limit(), "10", "such as 10/1m,5:packet"),
        (matchers.Limit(), "0,5", "between 1 and"),
        (matchers.HashLimit(), "32,32,src-address", "mode/expire"),
        (matchers.HashLimit(), "32,32,sender/10s", "mode: dst-address"),
        (matchers.Window(), "8h-17h", "days"),
        (matchers.Window(), "8h-17h,monday", "days: sun, mon"),
        (matchers.Icmp(), "echo", "such as 8:0"),
        (matchers.Icmp(), "256:0", "such as 8:0"),
        (system.Clock(), "24:00:00", "a time of day"),
        (system.Clock(), "10:60:00", "a time of day"),
        (system.Clock(), "noon", "a time of day"),
        (dhcp.TableDistance(), "main:0", "a distance from 1 to 255"),
        (dhcp.TableDistance(), ":1", "expected a table"),
        (dhcp.AddressOrPool(), "172.16.10", "expected an IP"),
        (tools.Percent(), "101", "from 0 to 100"),
        (users.Policies(), "read,root", "found 'root'"),
    ],
)
def test_a_wrong_value_is_refused_with_what_is_right(kind: values.Kind, text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told.replace("(", r"\(")):
        kind.canonical(text)
