# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in the artifact: what users run and read, and nothing else."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import yaml

from .conftest import STRAYS
from .installed import ROOT

PACKED = {
    "CHANGELOG.rst",
    "CODE_OF_CONDUCT.md",
    "CONTRIBUTING.md",
    "FILES.json",
    "LICENSE",
    "LICENSES",
    "MANIFEST.json",
    "README.md",
    "SECURITY.md",
    "bindep.txt",
    "changelogs",
    "docs",
    "meta",
    "playbooks",
    "plugins",
    "requirements.txt",
    "roles",
}
LARGEST = 1_500_000
"""Bytes: what goes over a slow line to each controller. A picture or a log too many is noticed."""


def names(artifact: Path) -> set[str]:
    with tarfile.open(artifact) as packed:
        return set(packed.getnames())


def test_what_users_run_and_read_is_packed_and_nothing_else(artifact: Path) -> None:
    assert {name.partition("/")[0] for name in names(artifact)} == PACKED


def test_each_file_of_what_is_run_is_packed(artifact: Path) -> None:
    wanted = {
        str(path.relative_to(ROOT))
        for folder in ("meta", "playbooks", "plugins", "roles")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert wanted - names(artifact) == set()


def test_nothing_that_lies_about_is_packed(artifact: Path) -> None:
    assert names(artifact) & set(STRAYS) == set()
    with tarfile.open(artifact) as packed:
        for member in packed:
            opened = packed.extractfile(member)
            text = opened.read() if opened else b""
            assert b"a stray that nobody may find" not in text, member.name


def test_no_hidden_file_is_packed(artifact: Path) -> None:
    assert [name for name in names(artifact) if any(part.startswith(".") for part in name.split("/"))] == []


def test_it_says_what_galaxy_yml_says(artifact: Path) -> None:
    with tarfile.open(artifact) as packed:
        opened = packed.extractfile("MANIFEST.json")
        assert opened is not None
        told = json.load(opened)["collection_info"]
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))
    assert {key: told[key] for key in ("namespace", "name", "version", "license", "tags")} == {
        key: galaxy[key] for key in ("namespace", "name", "version", "license", "tags")
    }
    assert artifact.name == f"multiwan-routeros-{galaxy['version']}.tar.gz"


def test_it_is_small(artifact: Path) -> None:
    assert artifact.stat().st_size < LARGEST
