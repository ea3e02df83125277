# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The drill's steps and its report."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.multiwan.routeros.plugins.module_utils import drill, site
from ansible_collections.multiwan.routeros.plugins.module_utils.site_entry import SiteError


def link(number: int, **more: Any) -> dict[str, Any]:
    """A link with a fixed address."""
    return {
        "name": f"ISP{number}",
        "interface": f"ether{number}",
        "address": f"203.0.113.{8 * number + 2}/29",
        "gateway": f"203.0.113.{8 * number + 1}",
        **more,
    }


def test_each_link_is_replaced_by_the_nearest_of_the_others() -> None:
    links = [link(1, distance=20), link(2, distance=10), link(3, distance=30)]
    steps = drill.steps(links)
    assert [(step["link"], step["port"], step["instead"]) for step in steps] == [
        ("ISP1", "ether1", "ISP2"),
        ("ISP2", "ether2", "ISP1"),
        ("ISP3", "ether3", "ISP2"),
    ]


def test_the_others_are_a_site_whose_links_keep_their_distances() -> None:
    links = [link(1), link(2, connection_mark="two"), link(3)]
    (step,) = drill.steps(links, ["ISP1"])
    kept = {wan["name"]: wan for wan in site.wans(links)}
    for wan in site.wans(step["others"]):
        for key in ("distance", "routing_table", "connection_mark", "gateway"):
            assert wan[key] == kept[wan["name"]][key]


def test_a_site_with_one_link_has_no_steps() -> None:
    assert drill.steps([link(1)]) == []


def test_a_link_that_is_none_is_refused() -> None:
    with pytest.raises(SiteError, match="drill_links: 'ISP9' is no link of this site; did you mean ISP"):
        drill.steps([link(1), link(2)], ["ISP9"])
    assert len(drill.steps([link(1), link(2)], "ISP2")) == 1


DONE = {
    "link": "ISP1",
    "instead": "ISP2",
    "stage": "measured",
    "outcome": "undone",
    "routes": 0.42,
    "internet": 1.25,
    "pings": 5,
    "answered": 4,
    "back": 6.0,
}


@pytest.mark.parametrize(
    ("change", "well", "told"),
    [
        ({}, True, "survived"),
        ({"stage": "planned", "outcome": "planned"}, True, "would be switched off"),
        (
            {"stage": "before", "outcome": "unchanged", "problem": "why"},
            False,
            "not tried, since the site is not well: why",
        ),
        ({"stage": "begun", "outcome": "unchanged", "problem": "why"}, False, "not tried: why"),
        ({"stage": "open", "problem": "why"}, False, "NOT SURVIVED: why"),
        ({"stage": "open", "unreached": True}, False, "not measured: management comes by this link"),
        ({"stage": "late"}, False, "not measured: it took too long"),
        ({"back": None, "problem": "why"}, False, "switched on again, but the site is not well: why"),
        ({"outcome": "unknown", "restoring": "why"}, False, "NOT RESTORED: why"),
        ({"outcome": "mixed", "problem": "why"}, False, "NOT RESTORED: why"),
        ({"stage": "left"}, False, "not tried, since the router is not restored"),
    ],
)
def test_each_outcome_is_told(change: dict[str, Any], well: bool, told: str) -> None:
    found, text = drill.verdict(DONE | change)
    assert found is well
    assert text.startswith(told)


def test_the_report_is_a_table() -> None:
    left = {"link": "ISP10", "instead": "ISP1", "stage": "left"}
    assert drill.lines("hq", [DONE, left]) == [
        "hq: link   instead  routes  internet  pings   back   outcome",
        "hq: ISP1   ISP2     0.4 s   1.2 s     4 of 5  6.0 s  survived",
        "hq: ISP10  ISP1     -       -         -       -      not tried, since the router is not restored",
    ]
