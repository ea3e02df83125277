# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The traffic tools' results, told by the names of a router's links instead of the addresses that servers saw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PROGRAM = ("-m", "routerlab.traffic")


def by_link(counted: Mapping[str, int], links: Mapping[str, str]) -> dict[str, int]:
    """Counts by address as counts by link; every link has one, an address that is no link's keeps its own."""
    found = dict.fromkeys(links.values(), 0)
    for address, count in counted.items():
        name = links.get(address, address)
        found[name] = found.get(name, 0) + count
    return found


def flows_result(result: Mapping[str, Any], links: Mapping[str, str]) -> dict[str, int]:
    """``{"ISP1": n, "ISP2": n, "failed": n}`` of a summary of ``flows --json``."""
    return {**by_link(result["by_address"], links), "failed": int(result["failed"])}


def timeline_entry(entry: Mapping[str, Any], links: Mapping[str, str]) -> dict[str, Any]:
    """A line of ``flows --timeline`` with ``by_link`` in place of ``by_address``."""
    found = {name: value for name, value in entry.items() if name != "by_address"}
    return {**found, "by_link": by_link(entry["by_address"], links)}


def speed_result(result: Mapping[str, Any], links: Mapping[str, str]) -> dict[str, Any]:
    """``{"ping_ms", "download_mbps", "upload_mbps", "connections", "failed", "by_link": {...}}`` of ``speedtest``."""
    return {
        "ping_ms": result["latency_ms"],
        "download_mbps": result["download_mbit"],
        "upload_mbps": result["upload_mbit"],
        "connections": result["connections"],
        "failed": result["failed"],
        "by_link": {
            links.get(address, address): {
                "connections": each["connections"],
                "download_mbps": each["download_mbit"],
                "upload_mbps": each["upload_mbit"],
            }
            for address, each in result["by_address"].items()
        },
    }
