# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The artifact, and what is run with nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import yaml

from routerlab.testing import Lab

ROOT = Path(__file__).resolve().parents[2]
SITES = ("hq", "bandung", "surabaya", "medan")
NAME = "ansible_collections/multiwan/routeros"


def script(name: str, *arguments: str) -> str:
    """Run one of the repository's scripts and return what it prints; raises AssertionError with what it complains of."""
    done = subprocess.run([ROOT / "scripts" / name, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"scripts/{name} {' '.join(arguments)}:\n{done.stderr}"
    return done.stdout.strip()


CORES = tuple(script("core-env").split())
"""Versions of ansible-core that this machine has a Python for; with CI=true that must be all."""

Done = subprocess.CompletedProcess[str]


@dataclass(frozen=True)
class Core:
    """The programs of one ansible-core, run in *folder*, which does not lead to the repository."""

    version: str
    folder: Path

    @property
    def bin(self) -> Path:
        """Where its programs are; makes the environment when it is not there."""
        return Path(script("core-env", self.version)) / "bin"

    def run(self, program: str, *arguments: str | Path, collections: Path | None = None) -> Done:
        """Run *program*; raises AssertionError when it fails.

        Of collections it knows those below *collections* only: .venv holds the repository as an installed collection.
        """
        environment = {
            "PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.folder),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_COLLECTIONS_SCAN_SYS_PATH": "false",
            "ANSIBLE_COLLECTIONS_PATH": str(collections or self.folder / "no collections"),
        }
        done = subprocess.run(
            [self.bin / program, *arguments],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{program} of ansible-core {self.version}:\n{done.stdout}\n{done.stderr}"
        return done


def inventory(lab: Lab, folder: Path) -> Path:
    """Copy the Trans Coffee sites into *folder*, at the ports of this lab, and return the folder of the copy."""
    copy = folder / "inventory"
    # links are followed: what is copied does not lead back
    shutil.copytree(ROOT / "inventories" / "lab", copy)
    hosts = {name: {"ansible_port": lab.port(name)} for name in SITES}
    (copy / "ports.yml").write_text(yaml.safe_dump({"routers": {"hosts": hosts}}), encoding="utf-8")
    return copy
