# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab of bare routers, one for each version, with two providers each."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

import pytest

from routerlab.testing import Lab, router
from routerlab.topology import RouterPlan
from routerlab.wire import Wire

# A shell that runs this in the background lets it ignore Ctrl-C, and whatever it starts inherits that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

VERSIONS = {"old": "7.12.2", "middle": "7.18.2", "main": "7.22.3", "new": "7.24"}


def isp(port: str, third: int) -> dict[str, object]:
    """A provider in 192.168.<third>.0/24."""
    return {
        "name": f"ISP of {port}",
        "port": port,
        "network": IPv4Network(f"192.168.{third}.0/24"),
        "gateway": IPv4Address(f"192.168.{third}.1"),
        "address": IPv4Address(f"192.168.{third}.2"),
    }


def plan(name: str, version: str, **more: object) -> RouterPlan:
    """A bare hEX with providers at ether1 and ether2."""
    return router(name, version, "RB750Gr3", isps=(isp("ether1", 40), isp("ether2", 20)), **more)


@pytest.fixture(scope="session")
def whole_lab() -> Iterator[Lab]:
    """The lab that all tests share."""
    plans = [plan(name, version) for name, version in VERSIONS.items()]
    with Lab(routers=[*plans, plan("bare", "7.22.3", api_ssl="anonymous")]) as lab:
        yield lab


@pytest.fixture
def standing(whole_lab: Lab) -> Iterator[None]:
    """Only what a test lets pass counts: nothing is due earlier, or once more, because the machine is slow."""
    with whole_lab.standing():
        yield


@pytest.fixture
def lab(whole_lab: Lab) -> Lab:
    """The shared lab with every router in its factory state."""
    whole_lab.reset()
    return whole_lab


@pytest.fixture
def wire(lab: Lab) -> Iterator[Wire]:
    """A connection to the router ``main``, logged in as admin."""
    with Wire(lab.port("main")) as line:
        assert line.login() == [["!done"]]
        yield line
