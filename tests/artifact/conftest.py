# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One artifact, one lab and one folder per ansible-core for all tests of packing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from routerlab.testing import Lab

from .installed import NAME, Core, script

STRAYS = (
    ".env",
    ".vault-password",
    ".cache/core/2.21/bin/python",
    "build/docs/index.html",
    "inventories/ours/group_vars/routers/vault.yml",
    "mine/hosts.yml",
    "multiwan-routeros-0.0.1.tar.gz",
    "playbooks/vault.yml",
    "site.retry",
    "tests/output/junit.xml",
    "vault.yml",
)
"""What lies about in a work tree, and must not be packed."""


@pytest.fixture(scope="session")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The collection, packed from a work tree in which more lies about than belongs in there."""
    folder = tmp_path_factory.mktemp("artifact")
    tree = Path(script("copy-collection", str(folder / "tree")))
    for stray in STRAYS:
        (tree / stray).parent.mkdir(parents=True, exist_ok=True)
        (tree / stray).write_text("a stray that nobody may find in the artifact", encoding="utf-8")
    Core("2.19", folder).run("ansible-galaxy", "collection", "build", tree, "--output-path", folder)
    (packed,) = folder.glob("*.tar.gz")
    return packed


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


def install(core: Core, artifact: Path) -> Path:
    """Install the artifact into an empty path, and return that path."""
    path = core.folder / "collections"
    core.run("ansible-galaxy", "collection", "install", artifact, "--offline", "--collections-path", path)
    assert (path / NAME / "MANIFEST.json").exists()
    return path
