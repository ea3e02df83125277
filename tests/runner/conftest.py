# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A laboratory with the Trans Coffee sites, and the company's folder that all pipelines transmit."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from routerlab import topology
from routerlab.testing import Lab

from .pipelines import BIN, ROOT, ROUTER_PASSWORD, make_company


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """The Trans Coffee routers, with a password that can be told from other words."""
    plans = [replace(plan, password=ROUTER_PASSWORD) for plan in topology.load(topology.DEFAULT)]
    with Lab(routers=plans) as lab:
        yield lab


@pytest.fixture(scope="session")
def company(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that is transmitted, with the collection as it is built and installed."""
    folder = tmp_path_factory.mktemp("company")
    galaxy = str(BIN / "ansible-galaxy")
    built, installed = folder / "built", folder / "installed"
    subprocess.run(
        [galaxy, "collection", "build", "--output-path", str(built)], cwd=ROOT, check=True, capture_output=True
    )
    (artifact,) = built.glob("*.tar.gz")
    # outside of the repository, where the collection is installed already
    subprocess.run(
        [galaxy, "collection", "install", "--offline", "--force", "-p", str(installed), str(artifact)],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    make_company(folder / "company", installed, lab)
    shutil.rmtree(built)
    return folder / "company"
