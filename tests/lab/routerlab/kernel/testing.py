# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For tests of the data plane: a small world, and an agent whose events can be waited for."""

from __future__ import annotations

import itertools
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from routerlab.kernel.client import Agent

#: A busy machine takes this long at most for what takes milliseconds.
PATIENCE = 20.0

#: Everything out of ether1 or ether2 gets that port's address.
MASQUERADE = """\
table ip routeros {
  chain srcnat {
    type nat hook postrouting priority srcnat;
    oifname { "ether1", "ether2" } masquerade;
  }
}
"""


def isp(port: str, third: int, **more: Any) -> dict[str, Any]:
    """A provider in 192.168.<third>.0/24."""
    return {
        "name": f"ISP of {port}",
        "port": port,
        "network": f"192.168.{third}.0/24",
        "gateway": f"192.168.{third}.1",
        "address": f"192.168.{third}.2",
        "lease": 3600,
        "dhcp": True,
        "down": None,
        "up": None,
        "delay": None,
        **more,
    }


def world(directory: Path, isps: Sequence[dict[str, Any]], *, config: Any = None, ports: int = 5) -> dict[str, Any]:
    """One router ``r`` with ether1...; nothing is plugged into the last port."""
    names = [f"ether{number}" for number in range(1, ports + 1)]
    return {
        "directory": str(directory),
        "routers": [
            {
                "name": "r",
                "ports": [{"name": name, "mac": f"48:A9:8A:00:00:{n:02X}"} for n, name in enumerate(names)],
                "unplugged": names[-1:],
                "hosts": ["172.16.10.9"],
                "isps": list(isps),
            }
        ],
        "internet": {"names": {"api.telegram.org": "149.154.167.220"}, "config": config},
    }


def desired(wan: str = "ether1", gateway: str = "192.168.40.1") -> dict[str, Any]:
    """A router with addresses at ether1 (192.168.40.2) and ether2 (192.168.20.2), and a LAN of ether3 and ether4."""
    return {
        "links": {f"ether{number}": {"up": True} for number in range(1, 6)},
        "bridges": {"br1": {"up": True, "mac": "48:A9:8A:00:00:99", "mtu": 1500, "ports": ["ether3", "ether4"]}},
        "addresses": {"ether1": ["192.168.40.2/24"], "ether2": ["192.168.20.2/24"], "br1": ["172.16.10.1/24"]},
        "routes": [
            {
                "table": 254,
                "dst": "0.0.0.0/0",
                "metric": 1,
                "type": "unicast",
                "pref_src": None,
                "hops": [{"dev": wan, "via": gateway}],
            }
        ],
        "rules": [],
        "firewall": MASQUERADE,
        "dhcp_clients": {},
        "dnsmasq": (
            "interface=br1\n"
            "dhcp-range=172.16.10.20,172.16.10.40,255.255.255.0,600\n"
            "dhcp-option=option:dns-server,8.8.8.8\n"
            "server=8.8.8.8\n"
        ),
    }


class Bench:
    """A running agent with its world; use it in a ``with``."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.events: list[dict[str, Any]] = []
        self.agent = Agent.start(document, self.events.append)
        self._numbers = itertools.count(1)

    def __enter__(self) -> Bench:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.agent.close()

    def call(self, method: str, **params: Any) -> Any:
        """The agent's method."""
        return self.agent.call(method, **params)

    def apply(self, **changes: Any) -> None:
        """The router ``r`` becomes ``desired()`` with changes."""
        self.call("apply", router="r", desired={**desired(), **changes})

    def wait(self, wanted: Callable[[dict[str, Any]], bool], seconds: float = PATIENCE) -> dict[str, Any]:
        """The first event like this, taken out; AssertionError when there is none in time."""
        deadline = time.monotonic() + seconds
        while True:
            for place, event in enumerate(self.events):
                if wanted(event):
                    return self.events.pop(place)
            left = deadline - time.monotonic()
            assert left > 0, f"no such event within {seconds:g} s, but {self.events}"
            self.agent.poll(left)

    def ping(self, address: str, *, method: str = "ping", timeout: float = PATIENCE, **options: Any) -> dict[str, Any]:
        """The answer to one probe; what is not to be answered needs a time-out."""
        number = next(self._numbers)
        self.call(method, id=number, router="r", address=address, timeout=timeout, **options)
        return self.wait(lambda event: event["event"] == "answer" and event["id"] == number, 2 * PATIENCE)

    def reaches(self, address: str, wanted: bool = True, seconds: float = PATIENCE) -> bool:
        """Whether pings come to be answered, or not, in time."""
        deadline = time.monotonic() + seconds
        while self.ping(address, timeout=0.3)["answered"] != wanted:
            if time.monotonic() > deadline:
                return False
        return True

    def run(self, port: str, *argv: str) -> tuple[int | None, str, str]:
        """A client's command at a port: its status, output, and its own or the agent's error."""
        ended: list[tuple[int | None, str | None]] = []
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            descriptors = (output.fileno(), errors.fileno())
            self.agent.client("r", port, argv, descriptors, lambda status, error: ended.append((status, error)))
            deadline = time.monotonic() + 3 * PATIENCE
            while not ended:
                assert time.monotonic() < deadline, f"{argv} did not end"
                self.agent.poll(1)
            status, error = ended[0]
            texts = [os.pread(descriptor, 1 << 20, 0).decode() for descriptor in descriptors]
        return status, texts[0], error if error is not None else texts[1]
