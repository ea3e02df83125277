# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever the firewall says, a router still knows names and gives leases; everything else heeds the firewall."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from routerlab import seed
from routerlab.firewall import Marks, compile_firewall
from routerlab.kernel.testing import Bench, isp, world
from routerlab.menus import registry
from routerlab.model.hardware import MODELS
from routerlab.model.router import Router
from routerlab.topology import RouterPlan
from routerlab.version import Version
from routerlab.world.clock import Clock

_TABLE = 1001


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One agent for the module; its router ``r`` has no route in the table that marks lead to."""
    with Bench(world(tmp_path_factory.mktemp("lab"), [isp("ether1", 40), isp("ether2", 20)])) as running:
        yield running


def firewall(text: str) -> str:
    """What rows become; all of them must be in force."""
    plan = RouterPlan("fw", "RB750Gr3", Version.parse("7.22.3"))
    router = Router(
        name=plan.name,
        version=plan.version,
        hardware=MODELS[plan.model],
        menus=registry.menus_for(plan.version),
        site=plan.make_site(Clock()),
        factory=registry.populate,
    )
    seed.apply(router, f"/routing table\nadd name=one fib\n{text}")
    result = compile_firewall(router, Marks())
    assert result.problems == []
    return result.text


def resolved(bench: Bench) -> list[str]:
    """A name by the router's own cache."""
    bench.call("resolve", id=1, router="r", name="api.telegram.org")
    event = bench.wait(lambda event: event["event"] == "resolved")
    return list(event.get("result", [event.get("error")]))


NAT = "/ip firewall nat\nadd chain=srcnat action=masquerade out-interface=ether1\n"
FIREWALLS = {
    "input": "/ip firewall filter\nadd chain=input action=accept connection-state=established,related protocol=udp "
    "src-port=53\nadd chain=input action=drop\n",
    "raw": "/ip firewall raw\nadd chain=prerouting action=drop dst-port=67 protocol=udp\n"
    "add chain=prerouting action=drop src-address=127.0.0.0/8\nadd chain=prerouting action=drop protocol=icmp\n",
    "marks": "/ip firewall mangle\nadd chain=output action=mark-routing new-routing-mark=one "
    "dst-address=!172.16.10.0/24\n/ip firewall filter\nadd chain=input action=drop protocol=icmp\n",
}


@pytest.mark.parametrize("rows", FIREWALLS.values(), ids=FIREWALLS.keys())
def test_own_services_pass_every_chain(bench: Bench, rows: str) -> None:
    bench.call("reset", router="r")
    via = {"table": _TABLE, "dst": "0.0.0.0/0", "metric": 1, "type": "unicast", "pref_src": None}
    way = {**via, "hops": [{"dev": "ether1", "via": "192.168.40.1"}]}
    mark = {"priority": 100, "mark": 1, "mask": 0x1FFF, "table": _TABLE, "action": "lookup"}
    bench.apply(firewall=firewall(NAT + rows), routes=[{**way, "table": 254}, way], rules=[mark])
    assert resolved(bench) == ["149.154.167.220"]
    status, output, errors = bench.run("ether3", "ip", "-4", "-br", "addr")
    assert status == 0, errors
    assert "172.16.10." in output
    # The firewall is there: the router itself does not answer.
    assert bench.run("ether3", "ping", "-c", "1", "-W", "1", "172.16.10.1")[0] != 0
    # What happens inside a router is no connection of its table.
    assert not [one for one in bench.call("connections", router="r") if one["src"] == "127.0.0.1"]
