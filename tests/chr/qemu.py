# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Command lines of QEMU, and what it can do on this machine."""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
from collections.abc import Sequence
from pathlib import Path

from .errors import ChrError
from .image import Disk
from .network import MANAGEMENT, Network

_PROGRAMS = {"qemu-system-x86_64": "qemu-system-x86", "qemu-img": "qemu-utils", "setpriv": "util-linux"}

#: The port of a router's API.
API = 8728
#: The first PCI slot of a port; explicit, so that ports are found in their order.
_FIRST_SLOT = 0x08
#: ioctls of Linux's kvm(4)
_KVM_GET_API_VERSION = 0xAE00
_KVM_CREATE_VM = 0xAE01


def check_programs(search: str | None = None) -> None:
    """Raises ChrError when a program is missing, with its Debian package; *search* is a PATH."""
    missing = {package for program, package in _PROGRAMS.items() if shutil.which(program, path=search) is None}
    if missing:
        packages = " ".join(sorted(missing))
        raise ChrError(f"QEMU is missing; run: sudo apt-get install -y --no-install-recommends {packages}")


def kvm_works(device: str = "/dev/kvm") -> bool:
    """Whether the kernel lets us make a virtual machine for x86; the device alone says little in a container."""
    if platform.machine() != "x86_64":
        return False
    try:
        kvm = os.open(device, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        if fcntl.ioctl(kvm, _KVM_GET_API_VERSION, 0) != 12:
            return False
        os.close(fcntl.ioctl(kvm, _KVM_CREATE_VM, 0))
    except OSError:
        return False
    finally:
        os.close(kvm)
    return True


def overlay(base: Disk, target: Path) -> list[str]:
    """The command that makes a disk whose changes go to *target*, and never to *base*."""
    return ["qemu-img", "create", "-q", "-f", "qcow2", "-F", base.format, "-b", str(base.path), str(target)]


def name_of_port(port: str) -> str:
    """QEMU's name for the network card of a port, by which its link is set."""
    return f"{port}-card"


def command(
    name: str, network: Network, *, disk: Path, console: Path, sockets: Path, accelerator: str, memory: int
) -> list[str]:
    """The command line of one machine; it dies with whoever starts it.

    *console* takes what it writes to its serial line; *sockets* is the folder of its control socket and of all cables.
    """
    line = ["setpriv", "--pdeathsig", "KILL", "--", "qemu-system-x86_64"]
    line += ["-name", name, "-machine", "pc", "-accel", accelerator, "-m", str(memory), "-smp", "1"]
    if accelerator == "kvm":
        line += ["-cpu", "host"]
    # A screen that nobody sees: what boots from a BIOS may write to it.
    line += ["-nodefaults", "-no-user-config", "-vga", "std", "-display", "none"]
    line += ["-drive", f"file={_value(disk)},format=qcow2,if=virtio,cache=unsafe"]
    line += ["-chardev", f"file,id=console,path={_value(console)}", "-serial", "chardev:console"]
    line += ["-qmp", f"unix:{_value(control_socket(sockets, name))},server=on,wait=off"]
    for number, port in enumerate(network.port_names()):
        line += _port(name, number, port, network, sockets)
    return line


def control_socket(sockets: Path, name: str) -> Path:
    """Where a machine takes orders (QMP)."""
    return sockets / f"{name}.qmp"


def _port(name: str, number: int, port: str, network: Network, sockets: Path) -> Sequence[str]:
    cable = network.cable(name, port)
    if port == MANAGEMENT:
        # Port 0: the host chooses a free one, which `info usernet` tells.
        end = f"user,id={port},restrict=on,hostfwd=tcp:127.0.0.1:0-:{API}"
    elif cable is None:
        end = f"hubport,id={port},hubid={number}"
    else:
        # Datagrams: neither end waits for the other, and one that is not there yet is a cable pulled out.
        wires = [_value(sockets / f"cable{cable[0]}{side}") for side in "ab"]
        here, there = wires if cable[1] == 0 else reversed(wires)
        end = f"dgram,id={port},local.type=unix,local.path={here},remote.type=unix,remote.path={there}"
    card = f"virtio-net-pci,id={name_of_port(port)},netdev={port},mac={_mac(network, name, number)}"
    return ["-netdev", end, "-device", f"{card},addr={_FIRST_SLOT + number:#x}"]


def _mac(network: Network, name: str, number: int) -> str:
    """52:54:00 is QEMU's; the rest is the machine's place and the port's number, so that no two cards are the same."""
    return f"52:54:00:c4:{network.machines.index(name):02x}:{number + 1:02x}"


def _value(path: Path) -> str:
    """A path inside an option: QEMU wants commas doubled."""
    return str(path).replace(",", ",,")
