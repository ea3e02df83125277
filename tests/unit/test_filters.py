# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters: core functions under Ansible's names, their errors in Ansible's form; drift and verdicts as lines."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.multiwan.routeros.plugins import filter as filters

NAMES = sorted(module.name for module in pkgutil.iter_modules(filters.__path__))


def load(name: str) -> Callable[..., Any]:
    """Return the filter *name* as Ansible finds it."""
    module = importlib.import_module(f"{filters.__name__}.{name}")
    found: Callable[..., Any] = module.FilterModule().filters()[name]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_each_file_holds_one_documented_filter_of_its_name(name: str) -> None:
    module = importlib.import_module(f"{filters.__name__}.{name}")
    assert list(module.FilterModule().filters()) == [name]
    assert yaml.safe_load(module.DOCUMENTATION)["name"] == name
    assert yaml.safe_load(module.EXAMPLES)
    assert "_value" in yaml.safe_load(module.RETURN)


def test_quote_and_from_rsc_are_each_other_s_reverse() -> None:
    script = ':log info "✅ $host"\n\\ end'
    text = f"/tool netwatch\nadd host=1.1.1.1 up-script={load('quote')(script)}\n"
    assert load("from_rsc")(text) == {"tool netwatch": [{"host": "1.1.1.1", "up-script": script}]}


def test_a_menu_without_entries_is_an_empty_list() -> None:
    assert load("from_rsc")("/ip firewall mangle\n") == {"ip firewall mangle": []}


def test_text_that_cannot_be_read_names_its_line() -> None:
    with pytest.raises(AnsibleFilterError, match="RouterOS text: line 2: "):
        load("from_rsc")("/ip address\nremove 0\n")


@pytest.mark.parametrize(
    ("name", "raw", "expected"),
    [
        ("wans", [], "site_wans: empty"),
        ("lans", [{}], "name: missing"),
        ("alerts", {"telegram": {"chat_id": 1}}, "token: missing"),
        ("dns_servers", ["x"], "site_dns: 'x' is not an IPv4 address"),
        ("bypass", ["x"], r"site_bypass\[0\]: 'x' has no prefix length"),
    ],
)
def test_a_wrong_description_is_an_error_of_ansible_s(name: str, raw: Any, expected: str) -> None:
    with pytest.raises(AnsibleFilterError, match=expected):
        load(name)(raw)


def test_a_wrong_classifier_is_an_error_of_ansible_s() -> None:
    with pytest.raises(AnsibleFilterError, match="did you mean both-ports"):
        load("pcc_buckets")([{"connection_mark": "a", "weight": 1}], "both-port")


def test_site_problems_raises_nothing() -> None:
    assert load("site_problems")({"name": "HQ", "wans": []})[0].startswith("site_wans: empty")


RESULTS: dict[str, Any] = {
    "inventory_hostname": "hq",
    "nat_result": {
        "changed": True,
        "drift": {
            "ip firewall nat": {
                "missing": ['chain=srcnat comment="nat: masquerade ISP1"'],
                "foreign": [
                    "chain=dstnat action=accept",
                    'chain=srcnat comment="pcc_mangle: x"',
                    'comment="nat guest"',
                ],
            }
        },
    },
    "pcc_mangle_result": {
        "changed": True,
        "drift": {
            "ip firewall mangle": {"moved": ['comment="pcc_mangle: a"'], "changed": ["b"], "unwanted": ["c"]},
            "ip firewall nat": {"foreign": ["chain=dstnat action=accept"]},
        },
    },
    "dhcp_result": {"changed": False},
    "dhcp_verify": {"failed": True, "unmet": ["hq: ip dhcp-client, interface=ISP1: status should be bound"]},
    "nat_verify": {"failed": False, "unmet": []},
}


def test_drift_is_told_once_and_rows_of_our_other_roles_are_not_foreign() -> None:
    assert load("drift_lines")(RESULTS) == [
        'missing in ip firewall nat: chain=srcnat comment="nat: masquerade ISP1"',
        "foreign in ip firewall nat: chain=dstnat action=accept",
        'foreign in ip firewall nat: comment="nat guest"',
        "changed in ip firewall mangle: b",
        "unwanted in ip firewall mangle: c",
        'out of order in ip firewall mangle: comment="pcc_mangle: a"',
    ]


@pytest.mark.parametrize(("foreign", "shown", "failing"), [("fail", 6, 6), ("report", 6, 4), ("ignore", 4, 4)])
def test_whether_foreign_rows_are_told_and_whether_they_count(foreign: str, shown: int, failing: int) -> None:
    assert len(load("drift_lines")(RESULTS, foreign)) == shown
    assert len(load("drift_lines")(RESULTS, foreign, failing=True)) == failing


def test_a_misspelt_choice_for_foreign_rows_is_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="drift_foreign: 'fial' is unknown; write report, ignore or fail"):
        load("drift_lines")(RESULTS, "fial")


def test_rows_of_others_that_the_site_knows_of_are_not_foreign() -> None:
    lines = load("drift_lines")(RESULTS, known=["nat guest", "backup:"])
    assert [line for line in lines if line.startswith("foreign")] == [
        "foreign in ip firewall nat: chain=dstnat action=accept"
    ]
    script = 'up-script=":log info comment=backup: " comment="theirs \\"x\\""'
    results = {"nat_result": {"drift": {"tool netwatch": {"foreign": [script]}}}}
    assert len(load("drift_lines")(results, known=["backup:"])) == 1
    assert load("drift_lines")(results, known=['theirs "']) == []


@pytest.mark.parametrize("known", ["backup:", [""], [" "], [1]])
def test_tags_that_are_none_are_refused(known: Any) -> None:
    with pytest.raises(AnsibleFilterError, match=r"site_known_scopes: .* is not a list of tags; write such as"):
        load("drift_lines")(RESULTS, known=known)


def test_equal_is_no_drift_and_nothing_looked_at_is_no_proof() -> None:
    assert load("drift_lines")({"nat_result": {"changed": False}}) == []
    for name in ("drift_lines", "verify_lines"):
        (line,) = load(name)({"inventory_hostname": "hq"})
        assert line.startswith("nothing was compared: none of the roles interfaces, failover_routes, dhcp, nat, ")


def test_the_verdict_joins_differences_and_what_was_waited_for() -> None:
    lines = load("verify_lines")(RESULTS)
    assert len(lines) == 5
    assert not [line for line in lines if line.startswith("foreign")]
    assert lines[-1] == "dhcp: hq: ip dhcp-client, interface=ISP1: status should be bound"


def test_a_verification_that_failed_otherwise_tells_its_message() -> None:
    results = {"nat_result": {}, "nat_verify": {"failed": True, "msg": "hq: line broke"}}
    assert load("verify_lines")(results) == ["nat: hq: line broke"]
