# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Figure 26: the connections of one client, from the router's own table."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Interface
from typing import Any

from .laboratory import LabFailure, Laboratory, Site, wait, yes
from .results import Connection, ConnectionTable

#: Connections that the client has open; the paper's figure shows 29.
COUNT = 29
_SECONDS = 8
#: Seconds within which a client on a busy machine has opened them, and has ended.
_PATIENCE = 60

#: Winbox's letters, in its order, and the flags that they stand for.
_FLAGS = (
    ("E", "expected"),
    ("S", "seen-reply"),
    ("A", "assured"),
    ("C", "confirmed"),
    ("D", "dying"),
    ("F", "fasttrack"),
    ("s", "srcnat"),
    ("d", "dstnat"),
)


def measure(lab: Laboratory, at: Site) -> ConnectionTable:
    """Open connections as a client and read the router's table while they are open. Raises LabFailure."""
    options = ("--count", str(COUNT), "--rate", "20", "--hold", str(_SECONDS), "--json")
    client = lab.background("flows", at.router, at.lan, *options, output=subprocess.DEVNULL)
    found: list[Mapping[str, Any]] = []

    def all_there() -> bool:
        with lab.api(at.router) as api:
            found[:] = [row for row in api.path("ip", "firewall", "connection") if leaves(row, at)]
        return len([row for row in found if row.get("tcp-state") == "established"]) >= COUNT

    try:
        # The client begins when it can, and holds them for a while from then on.
        complete = wait(all_there, _PATIENCE)
    finally:
        status = client.wait(_PATIENCE)
    if status:
        raise LabFailure(f"the client's connections failed, see {lab.log}")
    if not complete:
        raise LabFailure(f"the router told of {len(found)} connections of the client, not of {COUNT}")
    rows = sorted((connection(row) for row in found), key=lambda row: int(row.source.rpartition(":")[2] or 0))
    # Give the closed connections time to leave, so that the next measurement finds the router idle.
    time.sleep(1)
    return ConnectionTable(at.router, rows[0].source.rpartition(":")[0], tuple(rows))


def leaves(row: Mapping[str, Any], at: Site) -> bool:
    """Whether a row is a connection from the site's LAN to the internet."""
    source, destination = (str(row.get(name, "")).partition(":")[0] for name in ("src-address", "dst-address"))
    if not source or not destination or row.get("tcp-state") == "close":
        return False
    return bool(IPv4Address(source) in IPv4Interface(at.network).network and IPv4Address(destination).is_global)


def connection(row: Mapping[str, Any]) -> Connection:
    return Connection(
        flags="".join(letter for letter, name in _FLAGS if yes(row, name)),
        source=str(row["src-address"]),
        destination=str(row["dst-address"]),
        protocol=str(row["protocol"]),
        mark=str(row.get("connection-mark", "")),
        timeout=str(row["timeout"]),
        state=str(row.get("tcp-state", "")),
        rates=(int(row["orig-rate"]), int(row["repl-rate"])),
        bytes=(int(row["orig-bytes"]), int(row["repl-bytes"])),
    )
