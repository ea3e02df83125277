# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The installed collection configures and verifies sites, without the repository and without a warning."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from routerlab.testing import Lab

from .conftest import install
from .installed import CORES, NAME, ROOT, SITES, Core, Done, inventory

RUN_NEEDS = ("FILES.json", "MANIFEST.json", "meta", "playbooks", "plugins", "roles")


def silent(done: Done) -> str:
    """Return what a program said, if it did not warn of anything: deprecations are warnings too."""
    assert done.stderr == "", done.stdout + done.stderr
    assert "WARNING" not in done.stdout, done.stdout
    return done.stdout


def configure(core: Core, collections: Path, lab: Lab) -> None:
    """Configure factory-default sites, see that a second run changes nothing, and verify them."""
    lab.reset()
    hosts = inventory(lab, core.folder)

    def play(book: str) -> str:
        return silent(core.run("ansible-playbook", "-i", hosts, f"multiwan.routeros.{book}", collections=collections))

    first = play("site")
    assert first.count("changed=0") == 0, first
    assert min(lab.counters(site).writes for site in SITES) > 0
    lab.advance(60)
    verified = play("verify")
    assert "TASK [Judge]" in verified
    assert verified.count("failed=0") == len(SITES), verified
    for site in SITES:
        lab.clear_counters(site)
    again = play("site")
    assert again.count("changed=0") == len(SITES), again
    assert [lab.counters(site).writes for site in SITES] == [0] * len(SITES)


@pytest.mark.timeout(900)  # an environment may have to be made first, from a slow package index
@pytest.mark.parametrize("version", CORES)
def test_sites_are_configured_by_the_installed_collection(
    version: str, artifact: Path, lab: Lab, tmp_path: Path
) -> None:
    core = Core(version, tmp_path)
    configure(core, install(core, artifact), lab)


@pytest.mark.timeout(900)
def test_what_is_run_needs_four_folders(artifact: Path, lab: Lab, tmp_path: Path) -> None:
    core = Core(CORES[-1], tmp_path)
    collections = install(core, artifact)
    for path in (collections / NAME).iterdir():
        if path.name not in RUN_NEEDS:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert sorted(path.name for path in (collections / NAME).iterdir()) == sorted(RUN_NEEDS)
    configure(core, collections, lab)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("version", CORES)
def test_every_plugin_and_role_is_documented_where_it_is_installed(
    version: str, artifact: Path, tmp_path: Path
) -> None:
    core = Core(version, tmp_path)
    collections = install(core, artifact)
    told = json.loads(core.run("ansible-doc", "--metadata-dump", "multiwan.routeros", collections=collections).stdout)
    found = {kind: set(plugins) for kind, plugins in told["all"].items() if plugins}
    kinds = {"module": "modules", "filter": "filter", "callback": "callback"}
    for kind, folder in kinds.items():
        files = {f"multiwan.routeros.{path.stem}" for path in (ROOT / "plugins" / folder).glob("*.py")}
        assert found.get(kind, set()) == files
    assert found["role"] == {f"multiwan.routeros.{path.name}" for path in (ROOT / "roles").iterdir()}
    wrong = [
        (kind, name, plugin["error"])
        for kind, plugins in told["all"].items()
        for name, plugin in plugins.items()
        if "error" in plugin
    ]
    assert wrong == []
