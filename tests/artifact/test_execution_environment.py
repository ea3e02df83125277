# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-builder learns from the installed collection what it needs, and makes a container's context of it.

No container is built here: that takes a registry with images.
"""

from __future__ import annotations

from pathlib import Path

import yaml

from .conftest import install
from .installed import ROOT, Core

DEFINITION = ROOT / "docs" / "execution-environment" / "execution-environment.yml"


def test_builder_learns_what_the_collection_needs(artifact: Path, tmp_path: Path) -> None:
    core = Core("2.19", tmp_path)
    told = yaml.safe_load(core.run("ansible-builder", "introspect", install(core, artifact)).stdout)
    assert {kind: [line.partition("  #")[0] for line in lines] for kind, lines in told.items()} == {
        "python": ["librouteros>=4.2"],
        "system": ["ca-certificates [platform:dpkg platform:rpm]"],
    }


def test_builder_makes_a_context_of_the_definition(tmp_path: Path) -> None:
    core = Core("2.19", tmp_path)
    core.run(
        "ansible-builder",
        "create",
        "--file",
        DEFINITION,
        "--context",
        tmp_path / "context",
        "--output-filename",
        "Containerfile",
    )
    steps = (tmp_path / "context" / "Containerfile").read_text(encoding="utf-8")
    definition = yaml.safe_load(DEFINITION.read_text(encoding="utf-8"))
    assert f'EE_BASE_IMAGE="{definition["images"]["base_image"]["name"]}"' in steps
    assert "introspect.py introspect" in steps
    build = tmp_path / "context" / "_build"
    assert yaml.safe_load((build / "requirements.yml").read_text(encoding="utf-8")) == {
        "collections": [{"name": "multiwan.routeros"}]
    }
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))["requires_ansible"]
    assert definition["dependencies"]["ansible_core"]["package_pip"] == f"ansible-core{runtime.removesuffix('.0')}"
