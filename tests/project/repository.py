# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where things are in the repository, and what its files call by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
BLOB = "https://github.com/multiwan/routeros/blob/main/"
# [text](target), without a title; a picture's link is one too.
_LINK = re.compile(r"\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)")


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


def links(markdown: str) -> Iterator[str]:
    """The targets of all links outside of code, in order."""
    without_code = re.sub(r"^```.*?^```$|`[^`\n]*`", "", markdown, flags=re.MULTILINE | re.DOTALL)
    for match in _LINK.finditer(without_code):
        yield match[1]


def anchors(markdown: str) -> set[str]:
    """What GitHub calls the headings of a page: small letters, no punctuation, hyphens for blanks."""
    outside = re.sub(r"^```.*?^```$", "", markdown, flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#{1,6} +(.*?) *#*$", outside, re.MULTILINE)
    plain = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading) for heading in headings)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in plain}


def dead(link: str) -> str | None:
    """Say what is wrong with a link to this repository's main branch; None for what is right, or points elsewhere."""
    for prefix in (BLOB, BLOB.replace("/blob/", "/tree/")):
        if link.startswith(prefix):
            path, _mark, anchor = link.removeprefix(prefix).partition("#")
            if not (ROOT / path).exists():
                return f"{link}: there is no {path}"
            if anchor and anchor not in anchors(text(path)):
                return f"{link}: {path} has no heading #{anchor}"
    return None
