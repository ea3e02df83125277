# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where things are in the repository, and what its files call by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[2]
GITHUB = "https://github.com/multiwan/routeros/"
BLOB = f"{GITHUB}blob/main/"
# What GitHub has of the project beside its files.
PAGES = {f"{GITHUB}issues", f"{GITHUB}security/advisories/new"}
_FILE = re.compile(
    r"https://(?:github\.com/multiwan/routeros/(?:blob|tree)/main|raw\.githubusercontent\.com/multiwan/routeros/main)/"
    r"(?P<path>[^#]+)(?:#(?P<anchor>.+))?"
)


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def untyped(path: Path) -> Any:
    """YAML with every value as the text that stands there: ``on`` stays a word, and 3.10 is not 3.1."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)


@cache
def targets() -> frozenset[str]:
    """The names that make knows."""
    found = re.findall(r"^([a-z][a-z0-9-]*):(?!=)", text("Makefile"), re.MULTILINE)
    return frozenset(found)


def _tokens(markdown: str) -> Iterator[Token]:
    """Every token, those within lines too."""
    for token in MarkdownIt("commonmark").enable("table").parse(markdown):
        yield token
        yield from token.children or []


def links(markdown: str) -> list[str]:
    """What links and pictures lead to, in order."""
    names = {"link_open": "href", "image": "src"}
    return [str(token.attrs[names[token.type]]) for token in _tokens(markdown) if token.type in names]


def headings(markdown: str, tag: str = "") -> list[str]:
    """The texts of headings, of one level (``h2``) or of all."""
    return [
        "".join(part.content for part in following.children or [])
        for token, following in pairwise(_tokens(markdown))
        if token.type == "heading_open" and tag in ("", token.tag)
    ]


def anchors(markdown: str) -> set[str]:
    """What GitHub calls the headings of a page: small letters, no punctuation, hyphens for blanks."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings(markdown)}


def dead(link: str) -> str | None:
    """Say what is wrong with a link to this repository; None for what is right, or points elsewhere."""
    found = _FILE.fullmatch(link)
    if found is None:
        ours = link.startswith(GITHUB) and link not in PAGES
        return f"{link}: leads into this repository, but to no file of its main branch" if ours else None
    path, anchor = found["path"], found["anchor"]
    if not (ROOT / path).exists():
        return f"{link}: there is no {path}"
    if anchor and anchor not in anchors(text(path)):
        return f"{link}: {path} has no heading for #{anchor}"
    return None
