# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""README has the form that Ansible's certification asks for, and every one of its links leads somewhere.

It is shown by Galaxy and Automation Hub, outside of the repository, so that only absolute links work. Those into the
repository itself are followed in this tree.
"""

from __future__ import annotations

import re

import pytest

from ansible_collections.multiwan.routeros.tests.project.repository import ROOT, dead, headings, links, text

README = text("README.md")
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


def broken(link: str) -> str | None:
    """Say what is wrong with a link, nothing when it is right."""
    return dead(link) if link.startswith("https://") else f"{link}: is not absolute"


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
    assert problem in str(broken(link))


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
