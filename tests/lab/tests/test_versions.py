# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between versions."""

from __future__ import annotations

import pytest

from routerlab.testing import Lab, router
from routerlab.version import Version, span
from routerlab.wire import Wire

VERSIONS = {"old": "7.12.2", "middle": "7.18.2", "main": "7.22.3", "new": "7.24"}


@pytest.mark.parametrize(
    ("menu", "values", "since"),
    [
        ("/ip/dhcp-client", {"interface": "ether3", "default-route-tables": "default"}, "7.18"),
        ("/ip/dhcp-client", {"interface": "ether3", "check-gateway": "ping"}, "7.19"),
        ("/ip/dhcp-client", {"interface": "ether3", "name": "c"}, "7.22"),
        ("/tool/netwatch", {"host": "1.1.1.1", "ignore-initial-up": "yes"}, "7.17"),
        ("/tool/netwatch", {"host": "1.1.1.1", "early-failure-detection": "yes"}, "7.20"),
        ("/routing/rule", {"table": "main", "chain": "c"}, "7.22"),
        ("/system/scheduler", {"name": "s", "days": "mon"}, "7.24"),
    ],
)
def test_arguments_of_later_versions_are_unknown_before(
    lab: Lab, menu: str, values: dict[str, str], since: str
) -> None:
    """On all four routers."""
    *_others, last = values
    for name, version in VERSIONS.items():
        with Wire(lab.port(name)) as line:
            line.login()
            reply = line.talk(f"{menu}/add", *(f"={key}={text}" for key, text in values.items()))
            if Version.parse(version) >= Version.parse(since):
                assert reply[-1][0] == "!done"
                assert reply[0][0] == "!done", reply
            else:
                assert reply[0] == ["!trap", f"=message=unknown parameter {last}"]


def test_empty_answers(lab: Lab) -> None:
    """``!empty`` came with 7.18."""
    for name, version in VERSIONS.items():
        with Wire(lab.port(name)) as line:
            line.login()
            early = Version.parse(version) < Version.parse("7.18")
            assert line.talk("/ip/pool/print") == ([["!done"]] if early else [["!empty"], ["!done"]])


def test_menus_come_with_versions() -> None:
    """``/routing/settings`` is not in 7.9."""
    with Lab(routers=[router("r", "7.9")]) as lab, Wire(lab.port("r")) as line:
        line.login()
        assert line.trap("/routing/settings/print") == "no such command or directory (settings)"
        line.add("/ip/route", gateway="10.0.0.1", check_gateway="ping")
        assert line.rows("/system/clock/print")[0]["date"][3] == "/"


@pytest.mark.parametrize(("name", "there"), [("old", True), ("main", False)])
def test_watches_of_early_versions_show_empty_fields(lab: Lab, name: str, there: bool) -> None:
    """Scripts and codes that were never written; those that were are shown by all."""
    with Wire(lab.port(name)) as line:
        line.login()
        row = line.add("/tool/netwatch", host="10.0.0.1")
        shown = line.rows("/tool/netwatch/print")[0]
        for field in ("up-script", "down-script", "test-script", "http-codes"):
            assert shown.get(field) == ("" if there else None)
        line.talk("/tool/netwatch/set", f"=.id={row}", "=http-codes=200-299", "=up-script=x")
        shown = line.rows("/tool/netwatch/print")[0]
        assert (shown["http-codes"], shown["up-script"]) == ("200-299", "x")


@pytest.mark.parametrize("text", ["7.22", "7.22.3", " 7.9 "])
def test_versions_are_read(text: str) -> None:
    """Two or three numbers."""
    assert str(Version.parse(text)) == text.strip()


@pytest.mark.parametrize("text", ["", "7", "7.22.3.4", "7.22rc1", "seven"])
def test_other_texts_are_no_versions(text: str) -> None:
    """And the refusal shows them."""
    with pytest.raises(ValueError, match="is not a RouterOS version"):
        Version.parse(text)


def test_spans() -> None:
    """The first version is in, the last one out."""
    bounds = span("7.18", "7.20")
    assert [Version.parse(text) in bounds for text in ("7.17.2", "7.18", "7.19.9", "7.20")] == [
        False,
        True,
        True,
        False,
    ]
    assert str(bounds) == "since 7.18, before 7.20"


def test_hardware_of_the_models() -> None:
    """Ports, resource and board tell the same."""
    plans = [router("hq", "7.22.3", "RB1100AHx4"), router("chr", "7.24", "CHR")]
    with Lab(routers=plans) as lab:
        with Wire(lab.port("hq")) as line:
            line.login()
            assert len(line.rows("/interface/ethernet/print")) == 13
            board = line.rows("/system/routerboard/print")[0]
            assert (board["model"], board["current-firmware"]) == ("RB1100AHx4", "7.22.3")
            resource = line.rows("/system/resource/print")[0]
            assert (resource["version"], resource["board-name"]) == ("7.22.3 (stable)", "RB1100AHx4")
            assert line.rows("/system/package/print")[0]["name"] == "routeros"
        with Wire(lab.port("chr")) as line:
            line.login()
            assert line.rows("/system/routerboard/print") == [{"routerboard": "false"}]
