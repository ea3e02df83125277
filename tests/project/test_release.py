# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""scripts/check_release.py: a version is published only when the tag, galaxy.yml, changelog and artifact agree."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import yaml

from .repository import ROOT, untyped

sys.path.insert(0, str(ROOT / "scripts"))
import check_release

TAG = "1.2.0"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree that is ready to be published as 1.2.0."""
    (tmp_path / "changelogs/fragments").mkdir(parents=True)
    (tmp_path / "dist").mkdir()
    (tmp_path / "galaxy.yml").write_text(f"namespace: multiwan\nname: routeros\nversion: {TAG}\n", encoding="utf-8")
    releases = {
        "1.1.0": {"changes": {"bugfixes": ["Something older."]}, "release_date": "2026-11-01"},
        TAG: {"changes": {"bugfixes": ["Something is mended."]}, "release_date": "2026-11-23"},
    }
    (tmp_path / "changelogs/changelog.yaml").write_text(yaml.safe_dump({"releases": releases}), encoding="utf-8")
    (tmp_path / "CHANGELOG.rst").write_text(f"Notes\n=====\n\nv{TAG}\n======\n", encoding="utf-8")
    pack(tmp_path, TAG)
    return tmp_path


def pack(tree: Path, version: str) -> None:
    """An artifact named after the tag that says ``version`` inside."""
    manifest = json.dumps({"collection_info": {"version": version}}).encode()
    with tarfile.open(check_release.artifact(tree, TAG), "w:gz") as archive:
        member = tarfile.TarInfo("MANIFEST.json")
        member.size = len(manifest)
        archive.addfile(member, io.BytesIO(manifest))


def test_what_agrees_is_published(tree: Path) -> None:
    assert check_release.problems(tree, TAG) == []


@pytest.mark.parametrize("tag", ["v1.2.0", "1.2", "1.2.0-beta1", "01.2.0", "latest", ""])
def test_a_tag_is_a_version_and_no_more(tree: Path, tag: str) -> None:
    (problem,) = check_release.problems(tree, tag)
    assert f"the tag is '{tag}'" in problem


def test_another_version_in_galaxy_yml(tree: Path) -> None:
    (tree / "galaxy.yml").write_text("version: 1.1.9\n", encoding="utf-8")
    assert check_release.problems(tree, TAG) == [f"galaxy.yml says version 1.1.9, and the tag is {TAG}"]


def test_a_changelog_that_nobody_has_written(tree: Path) -> None:
    (tree / "changelogs/changelog.yaml").unlink()
    (tree / "CHANGELOG.rst").write_text("Nothing is released yet\n", encoding="utf-8")
    (tree / "changelogs/fragments/wan.yml").write_text("bugfixes: [One]\n", encoding="utf-8")
    yaml_lacks, rst_lacks, left = check_release.problems(tree, TAG)
    assert "has no release 1.2.0" in yaml_lacks
    assert "has no heading v1.2.0" in rst_lacks
    assert left.endswith("wan.yml")


def test_an_artifact_of_another_version(tree: Path) -> None:
    pack(tree, "1.1.9")
    assert check_release.problems(tree, TAG) == ["dist/multiwan-routeros-1.2.0.tar.gz holds version 1.1.9"]


def test_no_artifact(tree: Path) -> None:
    check_release.artifact(tree, TAG).unlink()
    (problem,) = check_release.problems(tree, TAG)
    assert "make build" in problem


def test_the_checksum_is_the_one_that_sha256sum_takes(tree: Path) -> None:
    packed = check_release.artifact(tree, TAG)
    written = check_release.write_checksum(packed)
    assert written.read_text(encoding="utf-8").startswith(hashlib.sha256(packed.read_bytes()).hexdigest())
    subprocess.run(["sha256sum", "--check", "--status", written.name], cwd=written.parent, check=True)


def test_the_notes_are_this_releases(tree: Path) -> None:
    shutil.copy(ROOT / "changelogs/config.yaml", tree / "changelogs")
    notes = check_release.write_notes(tree, TAG).read_text(encoding="utf-8")
    assert "Something is mended" in notes
    assert "Something older" not in notes


def test_a_release_without_its_version_is_asked_for_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert check_release.main([]) == 2
    assert "which version?" in capsys.readouterr().err


def test_this_tree_is_told_what_it_lacks(capsys: pytest.CaptureFixture[str]) -> None:
    assert check_release.main(["99.0.0"]) == 1
    told = capsys.readouterr().err
    assert "the tag is 99.0.0" in told
    assert "Traceback" not in told


def test_the_workflow_begins_with_the_tags_that_the_script_takes() -> None:
    """GitHub's pattern, as a regular expression: + is what it is there too, and the dot is a dot."""
    (pattern,) = untyped(ROOT / ".github/workflows/release.yml")["on"]["push"]["tags"]
    expression = pattern.replace(".", r"\.")
    assert re.fullmatch(expression, TAG)
    assert not re.fullmatch(expression, "v1.2.0")
    assert not re.fullmatch(expression, "1.2.0-beta1")
