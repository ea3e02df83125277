# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/checklist.md: every proof that it names is there, and every claim has one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from .repository import ROOT, anchors, links, targets, text

STATES = {"yes", "partly", "not yet", "n/a"}
PAGE = text("docs/checklist.md")


@dataclass(frozen=True)
class Row:
    requirement: str
    state: str
    proof: str


def rows() -> list[Row]:
    """All rows of all tables, without their heads."""
    found = []
    for line in PAGE.splitlines():
        if line.startswith("| ") and not line.startswith(("| ---", "| requirement |")):
            requirement, state, proof = (cell.strip() for cell in line.strip("|").split("|"))
            found.append(Row(requirement, state, proof))
    return found


ROWS = rows()


def named(row: Row) -> Iterator[str]:
    """What stands in code in the proof, and is a command, a file, or a test in one."""
    for code in re.findall(r"`([^`]+)`", row.proof):
        if code.startswith("make ") or "/" in code or "." in code or code.isupper():
            yield code


def missing(proof: str) -> str | None:
    """Say what of a proof is not there: ``make target``, ``path``, or ``path::test``."""
    if proof.startswith("make "):
        return None if proof.removeprefix("make ") in targets() else f"make knows no {proof.removeprefix('make ')}"
    path, _mark, test = proof.partition("::")
    if not (ROOT / path).exists():
        return f"there is no {path}"
    if test:
        functions = {node.name for node in ast.walk(ast.parse(text(path))) if isinstance(node, ast.FunctionDef)}
        return None if test in functions else f"{path} has no {test}"
    return None


def test_the_tables_are_read_whole() -> None:
    lines = [line for line in PAGE.splitlines() if line.startswith("|")]
    assert len(ROWS) == len(lines) - 2 * lines.count("| --- | --- | --- |")
    assert len(ROWS) > 50


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.requirement[:60])
def test_what_is_named_as_proof_exists(row: Row) -> None:
    assert row.state in STATES
    assert [problem for proof in named(row) if (problem := missing(proof))] == []


@pytest.mark.parametrize("row", [row for row in ROWS if row.state == "yes"], ids=lambda row: row.requirement[:60])
def test_who_says_yes_names_something_that_can_be_looked_at(row: Row) -> None:
    assert list(named(row)) or list(links(row.proof))


@pytest.mark.parametrize("row", [row for row in ROWS if row.state != "yes"], ids=lambda row: row.requirement[:60])
def test_who_does_not_say_yes_says_why(row: Row) -> None:
    assert len(re.sub(r"`[^`]*`", "", row.proof).split()) >= 4


def test_links_to_other_pages_have_their_headings() -> None:
    for link in links(PAGE):
        if not link.startswith("https://"):
            page, _mark, anchor = link.partition("#")
            assert anchor in anchors(text(f"docs/{page}"))
