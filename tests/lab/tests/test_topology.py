# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Topology files: what they say, and what is said about mistakes in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from routerlab import topology
from routerlab.topology import TopologyError
from routerlab.world.clock import Clock

ISP = '[[router.isp]]\nport = "ether1"\nnetwork = "10.0.0.0/24"\n'
MANAGEMENT = 'management = {{ port = "ether1", address = "{}", host = "{}" }}'
ROUTER = '[[router]]\nname = "r"\n'


def test_the_default_is_trans_coffee() -> None:
    """Four sites with their providers."""
    plans = {plan.name: plan for plan in topology.load()}
    assert list(plans) == ["hq", "bandung", "surabaya", "medan"]
    assert [str(plan.version) for plan in plans.values()] == ["7.22.3", "7.12.2", "7.24", "7.18.2"]
    site = plans["hq"].make_site(Clock())
    assert {port: str(isp.network) for port, isp in site.isps.items()} == {
        "ether1": "192.168.40.0/24",
        "ether2": "192.168.20.0/24",
    }
    assert (str(site.isps["ether1"].gateway), str(site.isps["ether1"].address)) == ("192.168.40.1", "192.168.40.2")
    assert site.has_link("ether9")
    assert not site.has_link("ether3")


def test_a_file_of_one_s_own(tmp_path: Path) -> None:
    """Every field."""
    path = tmp_path / "mine.toml"
    path.write_text(
        'name = "mine"\n[[router]]\nname = "r"\nmodel = "RB4011iGS+"\nversion = "7.20"\nusername = "u"\n'
        'device_mode = "home"\nmanagement = { port = "ether9", address = "10.0.0.1/24", host = "10.0.0.9" }\n'
        'password = ""\nunplugged = ["ether2"]\nhosts = ["172.16.0.9"]\napi_ssl = "anonymous"\n'
        '[[router.isp]]\nname = "I"\nport = "ether1"\nnetwork = "203.0.113.0/29"\ngateway = "203.0.113.6"\n'
        'address = "203.0.113.2"\ndhcp = false\nlease = "10m"\n'
    )
    (plan,) = topology.load(str(path))
    assert (plan.name, plan.model, str(plan.version), plan.api_ssl) == ("r", "RB4011iGS+", "7.20", "anonymous")
    isp = plan.make_site(Clock()).isps["ether1"]
    management = plan.make_site(Clock()).management
    assert management is not None
    assert (management.port, str(management.address), str(management.host)) == ("ether9", "10.0.0.1/24", "10.0.0.9")
    assert plan.device_mode == "home"
    assert (isp.dhcp, isp.lease_seconds, str(isp.gateway)) == (False, 600, "203.0.113.6")


@pytest.mark.parametrize(
    ("text", "down", "up", "delay"),
    [
        ("", None, None, None),
        ('down = "38M"\nup = "34.5M"\ndelay = "8ms"\n', 38_000_000, 34_500_000, 0.008),
        ('down = "100k"\nup = "10G"\ndelay = "5s"\n', 100_000, 10_000_000_000, 5.0),
    ],
)
def test_what_a_line_carries(tmp_path: Path, text: str, down: int | None, up: int | None, delay: float | None) -> None:
    """Rates in bit/s, the delay of one way in seconds."""
    path = tmp_path / "mine.toml"
    path.write_text(ROUTER + ISP + text)
    (plan,) = topology.load(str(path))
    isp = plan.make_site(Clock()).isps["ether1"]
    assert (isp.down, isp.up, isp.delay) == (down, up, delay)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"router: a topology needs at least one \[\[router\]\]"),
        ("x = 1", r"topology.x: unknown field, known are name, router"),
        ("[router]\nname = 1", r"router: write it as \[\[router\]\]"),
        ("[[router]]", r"router\[0\].name: is missing"),
        ("[[router]]\nname = 1", r"router\[0\].name: must be a text, not 1"),
        ("[[router]]\nnam = 'x'", r"router\[0\].nam: unknown field"),
        (ROUTER + ROUTER, r"router r: the name is given twice"),
        (ROUTER + 'model = "RB1"', r"router r.model: unknown model 'RB1', known are RB1100AHx4"),
        (ROUTER + 'version = "6.49"', r"router r.version: the lab knows RouterOS 7.9 to 7.24, not 6.49"),
        (ROUTER + 'version = "7.25"', r"router r.version: the lab knows"),
        (ROUTER + 'version = "x"', r"router r.version: 'x' is not a RouterOS version"),
        (ROUTER + 'unplugged = ["ether9"]', r"router r.unplugged: CHR has no port 'ether9'"),
        (ROUTER + 'unplugged = "ether1"', r"router r.unplugged: must be a list of texts"),
        (ROUTER + 'hosts = ["x"]', r"router r.hosts: 'x' is no IPv4 address"),
        (ROUTER + 'api_ssl = "x"', r"router r.api_ssl: must be certificate or anonymous"),
        (ROUTER + "management = 1", r"router r.management: write it as \{ port = "),
        (ROUTER + "management = { x = 1 }", r"router r.management.x: unknown field, known are address, host, port"),
        (ROUTER + 'management = { port = "ether9" }', r"router r.management.port: the router has no port 'ether9'"),
        (ROUTER + 'management = { port = "ether1" }', r"router r.management.address: is missing"),
        (ROUTER + MANAGEMENT.format("x", "10.0.0.2"), r"router r.management: .*'x'"),
        (ROUTER + MANAGEMENT.format("10.0.0.1/24", "10.0.0"), r"router r.management: .*'10.0.0'"),
        (
            ROUTER + MANAGEMENT.format("10.0.0.1/24", "10.0.0.1"),
            r"management.host: 10.0.0.1 is the router's own address",
        ),
        (ROUTER + 'device_mode = "x"', r"router r.device_mode: RouterOS 7.24 has advanced, home, basic, rose, not 'x'"),
        (ROUTER + "[[router.isp]]", r"router r.isp\[0\].port: is missing"),
        (ROUTER + '[[router.isp]]\nport = "ether9"', r"router r.isp\[0\].port: the router has no port 'ether9'"),
        (ROUTER + ISP + ISP, r"router r.isp\[1\].port: ether1 has a provider already"),
        (ROUTER + '[[router.isp]]\nport = "ether1"\nnetwork = "10.0.0.1/24"', r"isp\[0\].network: .*host bits set"),
        (ROUTER + '[[router.isp]]\nport = "ether1"\nnetwork = "10.0.0.0/31"', r"isp\[0\].network: must have room"),
        (ROUTER + ISP + 'gateway = "10.0.1.1"', r"isp\[0\].gateway: 10.0.1.1 lies outside of 10.0.0.0/24"),
        (ROUTER + ISP + 'address = "x"', r"isp\[0\].address: 'x' is no IPv4 address"),
        (ROUTER + ISP + 'lease = "1s"', r"isp\[0\].lease: must be a duration of at least 10s"),
        (ROUTER + ISP + 'down = "38"', r"isp\[0\].down: must be a rate from 100k to 10G in bit/s, such as 38M"),
        (ROUTER + ISP + 'down = "99k"', r"isp\[0\].down: must be a rate"),
        (ROUTER + ISP + 'up = "10.1G"', r"isp\[0\].up: must be a rate"),
        (ROUTER + ISP + 'up = "-1M"', r"isp\[0\].up: must be a rate"),
        (ROUTER + ISP + 'up = "1m"', r"isp\[0\].up: must be a rate"),
        (ROUTER + ISP + "up = 1000000", r"isp\[0\].up: must be a text, not 1000000"),
        (ROUTER + ISP + 'delay = "0s"', r"isp\[0\].delay: must be a duration above 0 and up to 5s, such as 8ms"),
        (ROUTER + ISP + 'delay = "6s"', r"isp\[0\].delay: must be a duration"),
        (ROUTER + ISP + 'delay = "x"', r"isp\[0\].delay: must be a duration"),
        (ROUTER + ISP + "delay = 8", r"isp\[0\].delay: must be a text, not 8"),
        (ROUTER + ISP + 'dhcp = "yes"', r"isp\[0\].dhcp: must be true or false"),
        (ROUTER + ISP + 'lease = "7102w"', r"isp\[0\].lease: must be a duration of at least 10s"),
        (ROUTER + ISP + f'lease = "{"9" * 5000}s"', r"isp\[0\].lease: must be a duration of at least 10s"),
        (ROUTER + ISP + 'gateway = "10.0.0.2"', r"isp\[0\].address: 10.0.0.2 is the gateway's"),
        (ROUTER + ISP + 'gateway = "10.0.0.0"', r"isp\[0\].gateway: 10.0.0.0 is no host's address in 10.0.0.0/24"),
        (ROUTER + ISP + 'address = "10.0.0.255"', r"isp\[0\].address: 10.0.0.255 is no host's address"),
        ('[[router]]\nname = "a/b"', r"router\[0\].name: 'a/b' must be made of letters, digits, - and _"),
        ('[[router]]\nname = "../x"', r"router\[0\].name: '../x' must be"),
        ('[[router]]\nname = "a b"', r"router\[0\].name: 'a b' must be"),
        ('[[router]]\nname = "büro"', r"router\[0\].name: 'büro' must be"),
        ('[[router]]\nname = "a\\n"', r"router\[0\].name: 'a\\n' must be"),
        (f'[[router]]\nname = "{"x" * 64}"', r"router\[0\].name: .* 63 at most"),
        ("a = " + "[" * 20000, r"is nested too deeply"),
        (ROUTER + 'version = "\uff17.22"', r"router r.version: '\uff17.22' is not a RouterOS version"),
        ("[[router", r"Expected .* \(at (line 1|end of document)"),
    ],
)
def test_mistakes_name_the_file_and_the_field(tmp_path: Path, text: str, message: str) -> None:
    """In one line."""
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(TopologyError, match=message) as caught:
        topology.load(str(path))
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_unknown_topologies() -> None:
    """The known ones are named."""
    with pytest.raises(TopologyError, match=r"no such topology; give a TOML file, .* or one of: trans_coffee"):
        topology.load("nowhere")
