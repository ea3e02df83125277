# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role's notifications: through the living link, complete, never lost, never with the token in a log."""

from __future__ import annotations

from typing import Any

import pytest

from routerlab.testing import Lab, wait_until
from routerlab.wire import Wire

from .conftest import Sites

SPEED = 10
TOKEN = "FAKE-token-of-the-laboratory-000000"


@pytest.fixture
def quiet(packets: Sites) -> Lab:
    """The lab with every watch up and its first messages told."""
    lab = packets.lab
    lab.speed(SPEED)
    wait_until("the head office's watches are up", lambda: len(_told(lab, "UP", 0)) >= 2, 40)
    return lab


def _told(lab: Lab, word: str, since: int, site: str = "HQ") -> list[dict[str, Any]]:
    return [one for one in lab.telegram()[since:] if f"Trans Coffee {site}:" in one["text"] and word in one["text"]]


def _log(lab: Lab, router: str) -> list[str]:
    with Wire(lab.port(router)) as wire:
        wire.login()
        return [row["message"] for row in wire.rows("/log/print")]


def test_a_dead_link_is_told_through_the_living_one_and_so_is_its_return(quiet: Lab) -> None:
    lab, since = quiet, len(quiet.telegram())
    lab.isp("hq", "ether1", gateway=False)
    down = wait_until("the message that ISP1 is down", lambda: _told(lab, "DOWN", since))[0]
    assert down["link"] == "hq/ISP2"
    lines = down["text"].split("\n")
    assert lines[0] == "❌ Trans Coffee HQ: ISP1 (Fiberstar) is DOWN"
    assert lines[1] == "Host: 192.168.40.1"
    assert [line.partition(":")[0] for line in lines[2:]] == ["Date", "Time"]
    since = len(lab.telegram())
    lab.isp("hq", "ether1", gateway=True)
    up = wait_until("the message that ISP1 is up", lambda: _told(lab, "UP", since))[0]
    assert up["text"].startswith("✅ Trans Coffee HQ: ISP1 (Fiberstar) is UP\n")
    assert not [line for line in _log(lab, "hq") if TOKEN in line]


def test_when_all_links_are_down_it_is_told_once_one_is_back(quiet: Lab) -> None:
    """Far longer than six tries: nobody hears anything meanwhile, and everything afterwards."""
    lab, since = quiet, len(quiet.telegram())
    logged = len(_log(lab, "hq"))
    for port in ("ether1", "ether2"):
        lab.isp("hq", port, gateway=False)
    # counted from here: an earlier test has let a watch go down as well
    wait_until("both watches are down", lambda: sum("event down" in line for line in _log(lab, "hq")[logged:]) >= 2)
    lab.advance(600)
    assert not _told(lab, "", since)
    lab.isp("hq", "ether2", gateway=True)
    first = wait_until("the message about ISP1", lambda: [m for m in _told(lab, "DOWN", since) if "ISP1" in m["text"]])
    assert first[0]["link"] == "hq/ISP2"
    wait_until("that ISP2 was down", lambda: [m for m in _told(lab, "DOWN", since) if "ISP2" in m["text"]])
    wait_until("that ISP2 is up", lambda: [m for m in _told(lab, "is UP", since) if "ISP2" in m["text"]])

    def about_isp2() -> list[str]:
        told = [m["text"].partition("ISP2 (Maxindu) ")[2].split("\n")[0] for m in _told(lab, "ISP2", since)]
        # A try that was under way when ISP2 came back may still say "is"; what comes after the UP must put it right.
        return told if told[-1] in ("is UP", "was DOWN") and any("DOWN" in one for one in told) else []

    wait_until("that the last word about ISP2 is no old news", about_isp2)
    assert not [line for line in _log(lab, "hq") if TOKEN in line]
