# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A laboratory of the evaluation's own: started, configured by the playbook, spoken to by its command line and its routers'
API, and stopped."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

import librouteros
import yaml
from librouteros.api import Api

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
INVENTORY = ROOT / "inventories/lab/hosts.yml"
SITES = ROOT / "inventories/trans_coffee/host_vars"


class LabFailure(Exception):
    """Something that the measurement needs did not work; the text says what, as a clause."""


@dataclass(frozen=True)
class Link:
    """A site's link: its name, its weight."""

    name: str
    weight: int


@dataclass(frozen=True)
class Site:
    """What the inventory says of a site, as far as it is measured."""

    router: str
    links: tuple[Link, ...]
    lan: str
    network: str

    @property
    def weights(self) -> dict[str, int]:
        return {link.name: link.weight for link in self.links}


def site(router: str) -> Site:
    """Read a site of the inventory; its first LAN is the one that is measured."""
    data = yaml.safe_load((SITES / f"{router}.yml").read_text(encoding="utf-8"))
    links = tuple(Link(wan["name"], wan.get("weight", 1)) for wan in data["site_wans"])
    lan = data["site_lans"][0]
    return Site(router, links, lan["name"], lan["address"])


class Laboratory:
    """One run of the lab; use it in a ``with``. Its files are in ``folder`` and go with it, save the playbook's log.

    Raises LabFailure wherever a command fails or takes too long.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "playbook.log"
        self.routers: dict[str, dict[str, Any]] = {}
        self.backend = "none"
        self._environment = {
            **os.environ,
            "ROUTERLAB_STATE": str(folder / "state"),
            "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_NOCOLOR": "1",
        }

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            # A run that was killed may have left one; without, this says so and does nothing.
            self.routerlab("down")
            # Whatever ports are free at that moment: others that were seen to be free before may be taken by now.
            self.routerlab("up", "--detach", "--port-base", "0")
            status = self.status()
            self.backend = status["backend"]
            self.routers = {router["name"]: router for router in status["routers"]}
            hosts = {name: {"ansible_port": router["api"]["port"]} for name, router in self.routers.items()}
            text = yaml.safe_dump({"routers": {"hosts": hosts}})
            (self.folder / "ports.yml").write_text(text, encoding="utf-8")
        except BaseException:
            self.routerlab("down")
            raise
        return self

    def __exit__(self, *_details: object) -> None:
        self.routerlab("down")

    def routerlab(self, *arguments: str, timeout: float = 60) -> str:
        """Run the lab's command and return what it prints."""
        what = f"routerlab {' '.join(arguments)}"
        try:
            done = subprocess.run(
                [BIN / "routerlab", *arguments],
                env=self._environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise LabFailure(f"{what} did not end within {timeout:g} s") from None
        if done.returncode:
            words = done.stderr.strip().splitlines() or ["without a word"]
            raise LabFailure(f"{what} failed: {words[-1]}")
        return done.stdout

    def background(self, *arguments: str, output: IO[str] | int) -> subprocess.Popen[str]:
        """Start the lab's command; its errors go to the log of the playbook."""
        with self.log.open("a", encoding="utf-8") as errors:
            return subprocess.Popen(
                [BIN / "routerlab", *arguments],
                env=self._environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                text=True,
            )

    def told(self, *arguments: str, timeout: float = 60) -> Any:
        """Return the JSON that the lab's command prints."""
        text = self.routerlab(*arguments, timeout=timeout)
        try:
            return json.loads(text)
        except ValueError:
            raise LabFailure(f"routerlab {arguments[0]} printed no JSON: {text[:200]!r}") from None

    def status(self) -> dict[str, Any]:
        """What the lab says of itself."""
        answer: dict[str, Any] = self.told("status", "--json")
        return answer

    def flows(self, at: Site, *options: str, timeout: float = 120) -> dict[str, int]:
        """New connections from the site's LAN, counted by link, and ``failed``."""
        counted: dict[str, int] = self.told("flows", at.router, at.lan, *options, "--json", timeout=timeout)
        return counted

    def play(self, *routers: str, **variables: Any) -> None:
        """Run site.yml for these routers, with these variables beside the inventory's."""
        command = [str(BIN / "ansible-playbook"), "playbooks/site.yml", "--limit", ",".join(routers)]
        command += ["-i", str(INVENTORY), "-i", str(self.folder / "ports.yml"), "-e", json.dumps(variables)]
        with self.log.open("a", encoding="utf-8") as log:
            done = subprocess.run(
                command,
                env=self._environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                timeout=300,
                check=False,
            )
        if done.returncode:
            raise LabFailure(f"site.yml failed for {', '.join(routers)}, see {self.log}")

    @contextmanager
    def api(self, router: str) -> Iterator[Api]:
        """A session with a router."""
        about = self.routers[router]
        api = librouteros.connect(
            host=about["api"]["host"],
            port=about["api"]["port"],
            username=about["username"],
            password=about["password"],
            encoding="utf-8",
        )
        try:
            yield api
        finally:
            api.close()

    def wait_carrying(self, at: Site, links: frozenset[str], seconds: float = 90) -> None:
        """Wait until no new connection fails and exactly these links carry."""
        found: dict[str, int] = {}

        def carrying() -> bool:
            found.clear()
            found.update(self.flows(at, "--count", "48", "--duration", "20", "--rate", "100", "--timeout", "2"))
            return not found["failed"] and {name for name, count in found.items() if count} == links

        if not wait(carrying, seconds):
            raise LabFailure(f"{at.router}: within {seconds:g} s not just {', '.join(sorted(links))} carried: {found}")


def wait(holds: Callable[[], bool], seconds: float) -> bool:
    """Ask until it holds, at most for so long; returns whether it did."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def yes(row: Mapping[str, Any], name: str) -> bool:
    """Whether a flag of a row is set; the API says true, librouteros makes it a bool."""
    return row.get(name) in (True, "true", "yes")
