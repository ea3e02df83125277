# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The models of router that the lab knows: ports, processor, memory (vendor's product pages)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Hardware:
    """One model; ``memory`` and ``disk`` in MiB."""

    model: str
    board: str
    ports: tuple[str, ...]
    architecture: str
    cpu: str
    cores: int
    frequency: int
    memory: int
    disk: int
    routerboard: bool = True


def _ethers(count: int, *more: str) -> tuple[str, ...]:
    return (*(f"ether{number}" for number in range(1, count + 1)), *more)


MODELS: dict[str, Hardware] = {
    item.model: item
    for item in (
        Hardware("RB1100AHx4", "RB1100AHx4", _ethers(13), "arm", "ARM", 4, 1400, 1024, 128),
        Hardware("RB750Gr3", "hEX", _ethers(5), "mmips", "MIPS 1004Kc V2.15", 4, 880, 256, 16),
        Hardware("RB4011iGS+", "RB4011iGS+", _ethers(10, "sfp-sfpplus1"), "arm", "ARM", 4, 1400, 1024, 512),
        Hardware("RB760iGS", "hEX S", _ethers(5, "sfp1"), "mmips", "MIPS 1004Kc V2.15", 4, 880, 256, 16),
        Hardware("CHR", "CHR", _ethers(4), "x86_64", "QEMU", 2, 2600, 1024, 128, routerboard=False),
    )
}

DEFAULT_MODEL = "CHR"
