# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is wired to whom: machines with ports, and cables between two ports each.

A TOML file says it:

    ports = 5
    machines = ["office", "shop", "internet"]
    cables = [["office", "ether2", "internet", "ether2"]]

ether1 of every machine is the way of management: QEMU's own network, which gives a lease and leads to the host.  The
other ports are ether2 up to *ports*; one without a cable has nothing at its other end, as a LAN without hosts.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from .errors import ChrError

MANAGEMENT = "ether1"
#: More would not fit on the PCI bus beside the other devices.
MOST_PORTS = 16


@dataclass(frozen=True)
class End:
    """One end of a cable: a machine's port."""

    machine: str
    port: str


@dataclass(frozen=True)
class Network:
    """Machines by name, in order; each has ``ports`` ports, ether1 and on."""

    machines: tuple[str, ...]
    ports: int
    cables: tuple[tuple[End, End], ...]

    def port_names(self) -> tuple[str, ...]:
        """ether1, ether2 and on."""
        return tuple(f"ether{number}" for number in range(1, self.ports + 1))

    def cable(self, machine: str, port: str) -> tuple[int, int] | None:
        """The number of the cable at a port, and which of its two ends that is (0 or 1)."""
        for number, ends in enumerate(self.cables):
            if End(machine, port) in ends:
                return number, ends.index(End(machine, port))
        return None


def load(path: Path) -> Network:
    """Read a network; raises ChrError with the file and the field."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ChrError(f"{path}: {error}") from None
    unknown = sorted(document.keys() - {"machines", "ports", "cables"})
    if unknown:
        raise ChrError(f"{path}: {unknown[0]}: unknown field, known are cables, machines, ports")
    ports = document.get("ports", 4)
    if isinstance(ports, bool) or not isinstance(ports, int) or not 1 <= ports <= MOST_PORTS:
        raise ChrError(f"{path}: ports: must be a number from 1 to {MOST_PORTS}, not {ports!r}")
    machines = document.get("machines")
    if not isinstance(machines, list) or not machines or not all(isinstance(name, str) for name in machines):
        raise ChrError(f"{path}: machines: must be a list of names")
    for name in machines:
        if not re.fullmatch("[A-Za-z0-9][A-Za-z0-9_-]{0,30}", name) or machines.count(name) > 1:
            raise ChrError(f"{path}: machines: {name!r} must be letters, digits, - and _, and be there once")
    network = Network(tuple(machines), ports, ())
    return Network(tuple(machines), ports, tuple(_cables(path, document.get("cables", []), network)))


def _cables(path: Path, cables: object, network: Network) -> list[tuple[End, End]]:
    if not isinstance(cables, list):
        raise ChrError(f"{path}: cables: must be a list")
    taken: set[End] = set()
    found = []
    for number, cable in enumerate(cables):
        where = f"{path}: cables[{number}]"
        if not isinstance(cable, list) or len(cable) != 4 or not all(isinstance(word, str) for word in cable):
            raise ChrError(f"{where}: must be [machine, port, machine, port]")
        ends = (End(cable[0], cable[1]), End(cable[2], cable[3]))
        for end in ends:
            if end.machine not in network.machines:
                raise ChrError(f"{where}: no machine {end.machine!r}; there are {', '.join(network.machines)}")
            if end.port == MANAGEMENT:
                raise ChrError(f"{where}: {MANAGEMENT} is the way of management; cables are for ether2 and on")
            if end.port not in network.port_names():
                raise ChrError(f"{where}: no port {end.port!r}; there are {', '.join(network.port_names()[1:])}")
            if end in taken:
                raise ChrError(f"{where}: {end.machine} {end.port} has a cable already")
            taken.add(end)
        found.append(ends)
    return found
