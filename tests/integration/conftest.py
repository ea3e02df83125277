# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Trans Coffee sites on a lab of the tests' own, and Ansible run against them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from routerlab.testing import Lab, wait_until

from .run import Run, playbook, start

SITES = ("hq", "bandung", "surabaya", "medan")


class Sites:
    """The lab, and playbooks run against it with the lab's inventory at the ports of this lab."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.lab = lab
        self.folder = folder
        hosts = {name: {"ansible_port": lab.port(name)} for name in SITES}
        self._ports = folder / "ports.yml"
        self._ports.write_text(yaml.safe_dump({"routers": {"hosts": hosts}}), encoding="utf-8")

    def play(self, book: str | Path, *options: str, **environment: str) -> Run:
        """Run a playbook against all sites."""
        return playbook(
            book, ("inventories/lab/hosts.yml", self._ports), self.folder, *options, environment=environment
        )

    def start(self, book: str | Path, *options: str, **environment: str) -> subprocess.Popen[str]:
        """Start a playbook against all sites; ``run.kill`` ends it."""
        return start(book, ("inventories/lab/hosts.yml", self._ports), self.folder, *options, environment=environment)

    def tasks(self, *tasks: dict[str, Any], options: tuple[str, ...] = (), limit: str = "hq") -> Run:
        """Run a play of these tasks against one site."""
        book = self.folder / "play.yml"
        play = {"name": "Test", "hosts": limit, "gather_facts": False, "tasks": list(tasks)}
        book.write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
        return self.play(book, *options)

    def writes(self) -> dict[str, int]:
        """Write sentences that each router has received."""
        return {name: self.lab.counters(name).writes for name in SITES}

    def forget_writes(self) -> None:
        """Count from zero again."""
        for name in SITES:
            self.lab.clear_counters(name)

    def snapshots(self) -> dict[str, dict[str, list[dict[str, str]]]]:
        """The configuration of each router."""
        return {name: self.lab.snapshot(name) for name in SITES}


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


@pytest.fixture
def sites(lab: Lab, tmp_path: Path) -> Sites:
    """Factory-default routers."""
    lab.reset()
    return Sites(lab, tmp_path)


@pytest.fixture(scope="module")
def configured(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Sites:
    """Sites that site.yml has configured; what a test changes there, it lets site.yml mend."""
    lab.reset()
    sites = Sites(lab, tmp_path_factory.mktemp("configured"))
    run = sites.play("playbooks/site.yml")
    assert run.status == 0, run.output
    lab.advance(60)
    return sites


@pytest.fixture(scope="session")
def kernel_lab() -> Iterator[Lab]:
    """The sites on a lab that carries packets."""
    with Lab(kernel=True) as lab:
        yield lab


def _configure(lab: Lab, folder: Path) -> Sites:
    lab.speed(1)
    lab.reset()
    sites = Sites(lab, folder)
    run = sites.play("playbooks/site.yml")
    assert run.status == 0, run.output
    verify = sites.play("playbooks/verify.yml")
    assert verify.status == 0, verify.output
    return sites


@pytest.fixture
def fresh_packets(kernel_lab: Lab, tmp_path: Path) -> Sites:
    """Factory-default routers that site.yml has just configured, with packets."""
    return _configure(kernel_lab, tmp_path)


@pytest.fixture(scope="module")
def configured_packets(kernel_lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Sites:
    return _configure(kernel_lab, tmp_path_factory.mktemp("packets"))


@pytest.fixture
def packets(configured_packets: Sites) -> Iterator[Sites]:
    """Configured sites with packets; whatever a test breaks is whole again afterwards."""
    yield configured_packets
    lab = configured_packets.lab
    for site in SITES:
        for port in ("ether1", "ether2", "ether3"):
            lab.link(site, port, up=(site, port) != ("hq", "ether3"))
        for port in lab.call(site, lambda router: list(router.site.isps)):
            lab.isp(site, port, upstream=True, gateway=True, dhcp=True)
    # Soon, and to stay: of a fast clock's probes, which have a tenth of a second, a busy machine may lose two in a row.
    for speed in (10, 1):
        lab.speed(speed)
        wait_until("every link of the head office carries traffic again", lambda: _whole(lab))


def _whole(lab: Lab) -> bool:
    counted = lab.flows("hq", "LAN-Lt.1", "--count", "40", "--timeout", "1")
    return counted.pop("failed") == 0 and min(counted.values()) > 0


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell how many faults the tests of transactions have injected; what each test counted is its property ``faults``."""
    reports = [one for found in terminalreporter.stats.values() for one in found if getattr(one, "when", "") == "call"]
    counted = [
        value for report in reports for name, value in getattr(report, "user_properties", ()) if name == "faults"
    ]
    if counted:
        cases, half = (sum(each[key] for each in counted) for key in ("cases", "half_applied"))
        terminalreporter.write_line(f"transactions: {cases} faults injected, {half} half-applied")
