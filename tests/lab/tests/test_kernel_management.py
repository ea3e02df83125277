# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Management's way and ping on a router whose packets are real."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

import pytest

from routerlab.testing import Lab, router
from routerlab.wire import Wire
from routerlab.world.site import Management

ISP = {
    "name": "one",
    "port": "ether1",
    "network": IPv4Network("192.168.40.0/24"),
    "gateway": IPv4Address("192.168.40.1"),
    "address": IPv4Address("192.168.40.2"),
}
HOME = Management("ether5", IPv4Interface("192.168.88.1/24"), IPv4Address("192.168.88.10"))


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """One router with one provider, its manager behind ether5."""
    with Lab(kernel=True, routers=[router("r", "7.22.3", "RB750Gr3", isps=(ISP,), management=HOME)]) as found:
        found.seed("r", "/ip address add address=192.168.40.2/24 interface=ether1\n/ip route add gateway=192.168.40.1")
        yield found


@pytest.fixture
def wire(lab: Lab) -> Iterator[Wire]:
    """A connection, logged in."""
    with Wire(lab.port("r")) as line:
        assert line.login() == [["!done"]]
        yield line


def test_pings_are_real(wire: Wire) -> None:
    """Their times are measured, and their time to live counts the routers in between."""
    (row,) = wire.rows("/ping", "=address=8.8.8.8", "=count=1", "=size=1000")
    assert (row["host"], row["size"], row["ttl"], row["received"]) == ("8.8.8.8", "1000", "63", "1")
    assert row["min-rtt"] == row["time"] != "0s"
    (row,) = wire.rows("/ping", "=address=192.168.88.10", "=count=1")
    assert (row["ttl"], row["packet-loss"]) == ("64", "0")
    (row,) = wire.rows("/ping", "=address=8.8.8.8", "=count=1", "=ttl=1")
    assert (row["host"], row["status"], row["packet-loss"]) == ("192.168.40.1", "TTL exceeded", "100")
    (row,) = wire.rows("/ping", "=address=192.168.40.77", "=count=1")
    assert (row["received"], "time" in row) == ("0", False)


def test_the_way_is_cut_and_mended(lab: Lab, wire: Wire) -> None:
    """By a rule that the kernel has too, and by the port."""
    for cut, mend in (
        ("/ip/firewall/filter/add =chain=input =action=drop", "/ip firewall filter remove [find]"),
        ("/interface/set =numbers=ether5 =disabled=yes", "/interface ethernet set ether5 disabled=no"),
    ):
        wire.send(*cut.split())
        wire.socket.settimeout(0.4)
        with pytest.raises(TimeoutError):
            wire.sentence()
        wire.socket.settimeout(20)
        lab.seed("r", mend)
        assert wire.replies()[-1][0] == "!done"
