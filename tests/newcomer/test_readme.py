# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""README has the form that Ansible's certification asks for, and every one of its links leads somewhere.

It is shown by Galaxy and Automation Hub, outside of the repository, so that only absolute links work. Those into the
repository itself are followed in this tree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SECTIONS = [
    "Description",
    "Requirements",
    "Installation",
    "Use Cases",
    "Testing",
    "Contributing",
    "Support",
    "Release Notes and Roadmap",
    "Related Information",
    "License Information",
]
OURS = re.compile(
    r"https://(?:github\.com/multiwan/routeros/(?:blob|tree)/main|raw\.githubusercontent\.com/multiwan/routeros/main)/"
    r"(?P<path>[^#]+)(?:#(?P<anchor>.+))?"
)


def tokens(markdown: str) -> Iterator[Token]:
    """Yield every token, those within lines too."""
    for token in MarkdownIt("commonmark").enable("table").parse(markdown):
        yield token
        yield from token.children or []


def headings(markdown: str, tag: str = "") -> list[str]:
    """Return the headings' texts, of one level (``h2``) or of all."""
    found = list(tokens(markdown))
    return [
        following.content
        for token, following in pairwise(found)
        if token.type == "heading_open" and tag in ("", token.tag)
    ]


def anchors(markdown: str) -> set[str]:
    """Return the anchors that GitHub gives to a page's headings."""
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in headings(markdown)}


def links(markdown: str) -> list[str]:
    """Return what links and images lead to."""
    names = {"link_open": "href", "image": "src"}
    return [str(token.attrs[names[token.type]]) for token in tokens(markdown) if token.type in names]


def broken(link: str) -> str:
    """Say what is wrong with a link, nothing when it is right."""
    if not link.startswith("https://"):
        return f"{link}: is not absolute"
    found = OURS.fullmatch(link)
    if found is None:
        ours = link.startswith("https://github.com/multiwan/routeros/") and not link.endswith("/issues")
        return f"{link}: leads into this repository, but to no file of its main branch" if ours else ""
    path = ROOT / found["path"]
    if not path.exists():
        return f"{link}: there is no {found['path']}"
    if found["anchor"] and found["anchor"] not in anchors(path.read_text(encoding="utf-8")):
        return f"{link}: {found['path']} has no heading for #{found['anchor']}"
    return ""


def test_sections_stand_in_the_order_of_certification() -> None:
    assert headings(README, "h2") == SECTIONS


def test_every_link_is_absolute_and_leads_somewhere() -> None:
    found = links(README)
    assert len(found) > 20
    assert [problem for link in found if (problem := broken(link))] == []


@pytest.mark.parametrize(
    ("link", "problem"),
    [
        ("docs/lab.md", "is not absolute"),
        ("http://docs.ansible.com/", "is not absolute"),
        ("https://github.com/multiwan/routeros/blob/main/docs/nowhere.md", "there is no docs/nowhere.md"),
        (
            "https://github.com/multiwan/routeros/blob/main/docs/lab.md#nothing",
            "docs/lab.md has no heading for #nothing",
        ),
        ("https://github.com/multiwan/routeros/blob/devel/LICENSE", "to no file of its main branch"),
    ],
)
def test_a_broken_link_is_told(link: str, problem: str) -> None:
    assert problem in broken(link)


def test_links_in_text_and_images_are_both_found() -> None:
    assert links("See [a](https://a.example/) and ![b](b.png).\n\n| x |\n| --- |\n| [c](c.md) |\n") == [
        "https://a.example/",
        "b.png",
        "c.md",
    ]


def test_ansible_itself_is_not_installed_with_pip() -> None:
    """Certification's rule: whoever pays for Ansible has it in execution environments."""
    assert re.findall(r"pip3? install[^\n]*\bansible(?:-core)?\b", README) == []


@pytest.mark.parametrize(
    "name",
    sorted(
        [f"`{path.stem}`" for path in ROOT.glob("plugins/modules/*.py") if path.stem != "__init__"]
        + [f"[{path.name}]" for path in ROOT.glob("roles/*") if path.is_dir()]
        + [f"`multiwan.routeros.{path.stem}`" for path in ROOT.glob("playbooks/*.yml")]
    ),
)
def test_every_module_role_and_playbook_is_named_in_a_table(name: str) -> None:
    assert any(name in line for line in README.splitlines() if line.startswith("| "))


def test_the_two_commands_come_before_anything_else_to_type() -> None:
    """Behind the clone: first the demo, then the tests."""
    typed = [line for line in README.splitlines() if line.lstrip().startswith("$ ")]
    assert [line.split()[1:3] for line in typed[:4]] == [
        ["git", "clone"],
        ["cd", "routeros"],
        ["make", "demo"],
        ["make", "test"],
    ]
