# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The community's files are there, say what they have to, and lead somewhere."""

from __future__ import annotations

import re
import subprocess

import pytest

from .repository import BLOB, ROOT, dead, links, text

COMMUNITY = ("CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "SECURITY.md")
MEBIBYTE = 2**20


@pytest.mark.parametrize("name", COMMUNITY)
def test_the_readme_leads_to_the_communitys_files(name: str) -> None:
    assert f"]({BLOB}{name})" in text("README.md")


@pytest.mark.parametrize("name", COMMUNITY)
def test_links_lead_somewhere(name: str) -> None:
    """Absolute, because Galaxy, Automation Hub and the documentation's site show these files elsewhere."""
    found = list(links(text(name)))
    assert found
    assert [link for link in found if not link.startswith("https://")] == []
    assert [problem for link in found if (problem := dead(link))] == []


@pytest.mark.parametrize("name", COMMUNITY)
def test_the_artifact_and_github_find_them_at_the_root(name: str) -> None:
    assert len(text(name).split()) > 100


def test_the_readme_says_how_versions_go_and_where_to_ask() -> None:
    found = set(links(text("README.md")))
    assert {
        "https://semver.org/",
        f"{BLOB}docs/development.md#versions-and-deprecation",
        "https://forum.ansible.com/c/help/6",
    } <= found
    assert [problem for link in found if (problem := dead(link))] == []


def test_the_code_of_conduct_is_ansibles() -> None:
    page = text("CODE_OF_CONDUCT.md")
    assert "https://docs.ansible.com/ansible/latest/community/code_of_conduct.html" in set(links(page))
    assert "codeofconduct@ansible.com" in page


def test_security_problems_are_told_in_private() -> None:
    address = "https://github.com/multiwan/routeros/security/advisories/new"
    assert address in set(links(text("SECURITY.md")))
    assert address in text(".github/ISSUE_TEMPLATE/config.yml")


def test_contributors_are_told_the_commands_of_the_check() -> None:
    check = re.findall(r"^make \w+$", text(".ci/run"), re.MULTILINE)
    assert {"make lint", "make test"} <= set(check)
    assert all(f"$ {command}\n" in text("CONTRIBUTING.md") for command in ("make lint", "make test"))


def test_nothing_large_is_kept() -> None:
    """Galaxy takes 20 MB; a picture or a page of text is far below one."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    sizes = {name: (ROOT / name).stat().st_size for name in listed.stdout.split("\0") if (ROOT / name).is_file()}
    assert len(sizes) > 100
    assert {name: size for name, size in sizes.items() if size > MEBIBYTE} == {}
    assert sum(sizes.values()) < 20 * MEBIBYTE
