# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must agree before a version is published, and the two files that go with the artifact.

    make build
    .venv/bin/python scripts/check_release.py 1.2.0

The tag, galaxy.yml, the changelog and dist/'s artifact have to name the same version. Beside the artifact it writes its
checksum (``….tar.gz.sha256``, as ``sha256sum --check`` reads it) and the release's notes (``notes.md``).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
# What Galaxy takes, but for the versions before a release: those are not published from tags.
RELEASED = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")


def problems(root: Path, tag: str) -> list[str]:
    """What stands against publishing the tree at ``root`` as ``tag``, a sentence each."""
    if not RELEASED.fullmatch(tag):
        return [f"the tag is '{tag}', and a release's is a version such as 1.2.0, with no v before it"]
    return [*_galaxy(root, tag), *_changelog(root, tag), *_artifact(root, tag)]


def artifact(root: Path, tag: str) -> Path:
    """Where ``make build`` leaves the collection."""
    return root / "dist" / f"multiwan-routeros-{tag}.tar.gz"


def _galaxy(root: Path, tag: str) -> list[str]:
    version = _yaml(root / "galaxy.yml").get("version")
    return [] if version == tag else [f"galaxy.yml says version {version}, and the tag is {tag}"]


def _changelog(root: Path, tag: str) -> list[str]:
    found = []
    releases = _yaml(root / "changelogs/changelog.yaml").get("releases") or {}
    if tag not in releases:
        found.append(f"changelogs/changelog.yaml has no release {tag}; antsibull-changelog release writes it")
    if not re.search(rf"^v{re.escape(tag)}$", _text(root / "CHANGELOG.rst"), re.MULTILINE):
        found.append(f"CHANGELOG.rst has no heading v{tag}")
    left = sorted(fragment.name for fragment in (root / "changelogs/fragments").glob("*.y*ml"))
    if left:
        found.append(f"changelogs/fragments holds what no release tells of: {', '.join(left)}")
    return found


def _artifact(root: Path, tag: str) -> list[str]:
    packed = artifact(root, tag)
    if not packed.is_file():
        return [f"there is no dist/{packed.name}; make build packs it"]
    with tarfile.open(packed) as archive:
        manifest = archive.extractfile("MANIFEST.json")
        version = json.load(manifest)["collection_info"]["version"] if manifest else None
    return [] if version == tag else [f"dist/{packed.name} holds version {version}"]


def write_checksum(packed: Path) -> Path:
    """The line that ``sha256sum --check`` wants, in the artifact's own folder."""
    digest = hashlib.sha256(packed.read_bytes()).hexdigest()
    written = packed.with_name(packed.name + ".sha256")
    written.write_text(f"{digest}  {packed.name}\n", encoding="utf-8")
    return written


def write_notes(root: Path, tag: str) -> Path:
    """This release's part of the changelog, as GitHub shows it."""
    written = root / "dist" / "notes.md"
    tools = Path(sys.executable).parent
    subprocess.run(
        [tools / "antsibull-changelog", "generate", "--only-latest", "--output-format", "md", "--output", written, tag],
        cwd=root,
        env={**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', '')}"},
        check=True,
    )
    return written


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _yaml(path: Path) -> dict[str, Any]:
    return yaml.safe_load(_text(path)) or {}


def main(arguments: list[str]) -> int:
    """Returns the exit code: 2 for a call that names no version, 1 for a release that may not be."""
    if len(arguments) != 1:
        print("check_release: which version? For example: scripts/check_release.py 1.2.0", file=sys.stderr)
        return 2
    (tag,) = arguments
    found = problems(ROOT, tag)
    for sentence in found:
        print(f"check_release: {sentence}", file=sys.stderr)
    if found:
        return 1
    for written in (write_checksum(artifact(ROOT, tag)), write_notes(ROOT, tag)):
        print(written.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
