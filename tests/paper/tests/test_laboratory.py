# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sites come from the inventory; what the lab's command says reaches the reader; rows of the router's table are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..connections import connection, leaves
from ..laboratory import LabFailure, Laboratory, site
from ..measure import SHARES
from ..results import Connection
from ..speed import shaped_rates

ROW = {
    ".id": "*1",
    "protocol": "tcp",
    "src-address": "172.16.10.254:60508",
    "dst-address": "142.251.12.99:443",
    "timeout": "23h59m8s",
    "connection-mark": "ISP-1",
    "tcp-state": "established",
    "orig-bytes": 1470,
    "repl-bytes": 5427,
    "orig-rate": 0,
    "repl-rate": 320,
    "seen-reply": True,
    "assured": True,
    "confirmed": True,
    "dying": False,
    "srcnat": True,
    "dstnat": False,
}


def test_sites_of_the_inventory() -> None:
    weights = {name: list(site(router).weights.values()) for name, router in SHARES.items()}
    # Each test bears the name of its site's weights.
    assert {name: ":".join(map(str, found)) for name, found in weights.items()} == {name: name for name in SHARES}
    assert site("hq").lan == "LAN-Lt.1"


def test_the_office_has_equal_shaped_links() -> None:
    rates = shaped_rates(site("hq"))
    assert list(rates) == ["ISP1", "ISP2"]
    assert rates["ISP1"] == rates["ISP2"]


def test_a_row_of_the_routers_table() -> None:
    assert leaves(ROW, site("hq"))
    assert connection(ROW) == Connection(
        flags="SACs",
        source="172.16.10.254:60508",
        destination="142.251.12.99:443",
        protocol="tcp",
        mark="ISP-1",
        timeout="23h59m8s",
        state="established",
        rates=(0, 320),
        bytes=(1470, 5427),
    )


@pytest.mark.parametrize(
    "change",
    [
        {"src-address": "192.168.40.2:1"},
        {"dst-address": "192.168.40.1:53"},
        {"tcp-state": "close"},
        {"src-address": ""},
    ],
)
def test_rows_of_others(change: dict[str, str]) -> None:
    assert not leaves({**ROW, **change}, site("hq"))


def test_a_command_that_fails_is_told_in_its_own_words(tmp_path: Path) -> None:
    lab = Laboratory(tmp_path)
    with pytest.raises(LabFailure, match=r"routerlab status --json failed: .*no lab is running"):
        lab.status()
