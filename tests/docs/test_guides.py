# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What guides quote is so: messages, rows of the design, pictures, pages."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[2]
GUIDES = sorted((ROOT / "docs/docsite/rst").glob("*.rst"))
PICTURES = ROOT / "docs/pictures"
#: Guides that quote messages, and what Ansible and the system say themselves.
QUOTING = ("guide_troubleshooting", "guide_first_site", "guide_lab", "guide_adopt", "guide_own_branch")
OTHERS = {"no hosts matched", "Address already in use"}
SVG = "{http://www.w3.org/2000/svg}"


@cache
def printed() -> str:
    """Every text that the collection and the laboratory can print, one after the other."""
    texts = []
    for folder in ("plugins", "tests/lab/routerlab"):
        for path in (ROOT / folder).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                if isinstance(node, ast.JoinedStr):
                    texts.append("\0".join(str(part.value) for part in node.values if isinstance(part, ast.Constant)))
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    texts.append(node.value)
    texts += [path.read_text(encoding="utf-8") for path in (ROOT / "roles").glob("*/templates/*.j2")]
    return "\n".join(texts)


def quoted(text: str) -> list[str]:
    """Return the messages that a guide quotes as terms or in the first column of its tables."""
    lines = text.splitlines()
    terms = [
        line
        for line, below in pairwise(lines)
        if line.startswith("``") and line.endswith("``") and below.startswith("    ")
    ]
    rows = [line.strip().removeprefix("* - ") for line in lines if re.match(r"\s+\* - ``[^`]*``(, ``[^`]*``)*$", line)]
    messages = [message for line in terms + rows for message in re.findall(r"``(.+?)``", line)]
    return [message for message in messages if not message.startswith("routerlab ")]


@pytest.mark.parametrize("name", QUOTING)
def test_messages_that_a_guide_quotes_are_printed_by_something(name: str) -> None:
    """All words between the values, for which a guide writes an ellipsis."""
    messages = quoted((ROOT / f"docs/docsite/rst/{name}.rst").read_text(encoding="utf-8"))
    assert messages
    found = printed()
    for message in messages:
        parts = [part.strip(" .'()") for part in message.split("…")]
        assert [part for part in parts if part not in found and part not in OTHERS] == [], f"{name}: {message}"


def test_rows_of_the_design_are_those_that_the_roles_write() -> None:
    """tests/unit compares the same file with what the roles' templates give."""
    text = (ROOT / "docs/docsite/rst/guide_wan_design.rst").read_text(encoding="utf-8")
    written = (ROOT / "tests/unit/expected/bandung.rsc").read_text(encoding="utf-8").splitlines()
    menu, rows = "", []
    for line in (line.strip() for line in text.splitlines()):
        if line.startswith("/"):
            menu = line
        elif line.startswith(("add ", "set [")):
            rows.append((menu, line))
    assert len(rows) > 20
    for path, row in rows:
        assert row in written, row
        assert [line for line in written[: written.index(row)] if line.startswith("/")][-1] == path
    mangle = [row for path, row in rows if path == "/ip firewall mangle"]
    assert mangle == [row for row in written if 'comment="pcc_mangle: ' in row and "chain=" in row], (
        "in their order, all"
    )


def test_pictures_are_what_the_script_draws(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / "scripts/draw_pictures.py", tmp_path], check=True)
    drawn = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    kept = {path.name: path.read_text(encoding="utf-8") for path in PICTURES.glob("*.svg")}
    assert drawn == kept, "run scripts/draw_pictures.py"


@pytest.mark.parametrize("path", sorted(PICTURES.glob("*.svg")), ids=lambda path: path.stem)
def test_a_picture_says_in_words_what_it_shows_and_needs_nothing_from_outside(path: Path) -> None:
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    assert (root.findtext(f"{SVG}title") or "").strip()
    assert (root.findtext(f"{SVG}desc") or "").strip()
    style = root.findtext(f"{SVG}style") or ""
    assert "prefers-color-scheme:dark" in style
    assert "url(" not in style
    assert not [name for element in root.iter() for name in element.attrib if name.endswith("href")]


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.stem)
def test_pictures_and_pages_that_a_guide_names_on_github_are_in_the_repository(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    named = re.findall(
        r"https://(?:raw\.githubusercontent\.com/multiwan/routeros|github\.com/multiwan/routeros/blob)/main/([\w./-]+)",
        text,
    )
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_every_picture_is_shown_by_a_guide() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in GUIDES)
    assert [path.name for path in PICTURES.glob("*.svg") if f"docs/pictures/{path.name}" not in text] == []
