# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the data plane needs of the machine, and what to do when it is not there.

Debian's ordinary users have no ``/usr/sbin`` in their PATH, although most of the programs are there.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from pathlib import Path

from routerlab.kernel.errors import KernelUnavailable

#: Program -> the Debian package that has it.
PROGRAMS = {
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "mount": "mount",
    "nft": "nftables",
    "dnsmasq": "dnsmasq-base",
    "udhcpc": "udhcpc",
}
_LIBRARIES = {"libnftables.so.1": "libnftables1"}
_MORE_PLACES = ("/usr/sbin", "/sbin")


def search_path() -> str:
    """PATH with the places of the system's programs."""
    given = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join([*given, *(place for place in _MORE_PLACES if place not in given)])


def find() -> dict[str, str]:
    """Program -> its path; raises KernelUnavailable naming all that is missing and their packages."""
    path = search_path()
    found = {program: shutil.which(program, path=path) for program in PROGRAMS}
    missing = {program: PROGRAMS[program] for program, place in found.items() if place is None}
    for library, package in _LIBRARIES.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing[library] = package
    if missing:
        packages = " ".join(dict.fromkeys(missing.values()))
        verb = "is" if len(missing) == 1 else "are"
        raise KernelUnavailable(f"{', '.join(missing)} {verb} missing; on Debian: apt-get install {packages}")
    return {program: place for program, place in found.items() if place is not None}


def unshare_options(user: bool) -> list[str]:
    """How the agent is started: its own network, mounts and processes, and its own root when ``user``."""
    return [*(["--user", "--map-root-user"] if user else []), "--net", "--mount", "--pid", "--fork", "--kill-child"]


def namespaces(unshare: str) -> str | None:
    """Why namespaces cannot be made here by whoever runs this, or None."""
    tried = subprocess.run(
        [unshare, *unshare_options(True), "true"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if tried.returncode == 0:
        return None
    for setting, bad, advice in (
        ("kernel/unprivileged_userns_clone", "0", "sysctl kernel.unprivileged_userns_clone=1"),
        ("user/max_user_namespaces", "0", "sysctl user.max_user_namespaces=15000"),
        ("user/max_net_namespaces", "0", "sysctl user.max_net_namespaces=15000"),
        (
            "kernel/apparmor_restrict_unprivileged_userns",
            "1",
            "sysctl kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor profile that allows userns",
        ),
    ):
        try:
            value = Path("/proc/sys", setting).read_text(encoding="ascii").strip()
        except OSError:
            continue
        if value == bad:
            name = setting.replace("/", ".")
            return f"user namespaces are not allowed here ({name} is {value}); as root: {advice}"
    words = tried.stderr.strip().removeprefix("unshare: ")
    return f"user namespaces cannot be made here ({words}); in a container allow them, or run as root"
