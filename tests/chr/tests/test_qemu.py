# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Command lines."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .. import keeper, qemu
from ..errors import ChrError
from ..image import Disk
from ..network import End, Network

WIRES = Network(("a", "b"), 3, ((End("a", "ether2"), End("b", "ether3")),))


def line(name: str, accelerator: str = "tcg", sockets: str = "/s") -> list[str]:
    return qemu.command(
        name,
        WIRES,
        disk=Path(f"/r/{name}.qcow2"),
        console=Path(f"/l/{name}.log"),
        sockets=Path(sockets),
        accelerator=accelerator,
        memory=256,
    )


def values(words: list[str], option: str) -> list[str]:
    return [words[place + 1] for place, word in enumerate(words) if word == option]


def test_one_machine() -> None:
    """Nothing that QEMU would add by itself; the console in a file, orders by a socket, changes to its own disk."""
    words = line("a")
    assert words[:5] == ["setpriv", "--pdeathsig", "KILL", "--", "qemu-system-x86_64"]
    assert "-nodefaults" in words
    assert values(words, "-accel") == ["tcg"]
    assert values(words, "-cpu") == []
    assert values(words, "-m") == ["256"]
    assert values(words, "-drive") == ["file=/r/a.qcow2,format=qcow2,if=virtio,cache=unsafe"]
    assert values(words, "-chardev") == ["file,id=console,path=/l/a.log"]
    assert values(words, "-qmp") == ["unix:/s/a.qmp,server=on,wait=off"]


def test_the_hosts_processor_is_for_kvm() -> None:
    """In software there is none to hand on."""
    assert values(line("a", "kvm"), "-cpu") == ["host"]


def test_the_way_of_management_leads_to_this_machine_alone() -> None:
    """Bound to 127.0.0.1, on a port that the host chooses; the router itself gets nowhere from there."""
    assert values(line("a"), "-netdev")[0] == "user,id=ether1,restrict=on,hostfwd=tcp:127.0.0.1:0-:8728"


def test_a_cable_is_the_same_two_sockets_at_both_ends() -> None:
    """What is here for one is there for the other."""
    ends = [values(line("a"), "-netdev")[1], values(line("b"), "-netdev")[2]]
    assert ends == [
        "dgram,id=ether2,local.type=unix,local.path=/s/cable0a,remote.type=unix,remote.path=/s/cable0b",
        "dgram,id=ether3,local.type=unix,local.path=/s/cable0b,remote.type=unix,remote.path=/s/cable0a",
    ]
    assert values(line("a"), "-netdev")[2] == "hubport,id=ether3,hubid=2"


def test_ports_are_found_in_their_order() -> None:
    """Slots on the bus rise with the ports, and no two cards of a network have the same address."""
    cards = [card for name in WIRES.machines for card in values(line(name), "-device")]
    slots = [int(card.rpartition("addr=")[2], 16) for card in cards[:3]]
    assert slots == sorted(set(slots))
    macs = re.findall("mac=([0-9a-f:]{17})", " ".join(cards))
    assert len(set(macs)) == 6


def test_commas_in_paths() -> None:
    """They would end the option."""
    assert values(line("a", sockets="/s,x"), "-qmp") == ["unix:/s,,x/a.qmp,server=on,wait=off"]


def test_the_image_is_only_read() -> None:
    """An overlay takes the changes; the base's format is said and never guessed."""
    words = qemu.overlay(Disk(Path("/c/chr.vdi"), "vdi"), Path("/r/a.qcow2"))
    assert words == ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "vdi", "-b", "/c/chr.vdi", "/r/a.qcow2"]


def test_without_qemu(tmp_path: Path) -> None:
    """The line to run is told."""
    with pytest.raises(ChrError, match=r"apt-get install .*qemu-system-x86 qemu-utils"):
        qemu.check_programs(str(tmp_path))


def test_accelerators(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """KVM where it works; a device that is none, or none at all, does not."""
    assert not qemu.kvm_works(str(tmp_path / "kvm"))
    assert not qemu.kvm_works("/dev/null")
    for works, asked, chosen in ((True, None, "kvm"), (False, None, "tcg"), (True, "tcg", "tcg"), (True, "kvm", "kvm")):
        monkeypatch.setattr(qemu, "kvm_works", lambda works=works: works)
        assert keeper.accelerator(asked) == chosen
    monkeypatch.setattr(qemu, "kvm_works", lambda: False)
    with pytest.raises(ChrError, match="KVM cannot be used here"):
        keeper.accelerator("kvm")


def test_software_gets_more_time() -> None:
    """Unless somebody says how much."""
    assert keeper.bound("tcg", None) > keeper.bound("kvm", None)
    assert keeper.bound("tcg", 7) == 7
