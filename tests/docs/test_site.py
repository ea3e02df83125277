# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation's site is built as scripts/build-docs does it, whole, without a dead link, and needs no web."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from .pages import broken, css_loads, external, read

ROOT = Path(__file__).resolve().parents[2]
COLLECTION = "collections/multiwan/routeros"
# The site is built once, in the first of these tests.
pytestmark = pytest.mark.timeout(1200)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs") / "site"
    done = subprocess.run([ROOT / "scripts" / "build-docs", folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"docs: {folder}/index.html\n"
    return folder.resolve()


def plugins(kind: str) -> list[str]:
    return sorted(path.stem for path in (ROOT / "plugins" / kind).glob("[!_]*.py"))


def guides() -> list[str]:
    return sorted(path.stem for path in (ROOT / "docs/docsite/rst").glob("*.rst"))


def wanted() -> Iterator[str]:
    """Yield the pages that the site has to have."""
    yield from ("index.html", "pages.html", "changelog.html", f"{COLLECTION}/index.html")
    for folder, kind in (("modules", "module"), ("filter", "filter"), ("callback", "callback")):
        yield from (f"{COLLECTION}/{name}_{kind}.html" for name in plugins(folder))
    yield from (f"{COLLECTION}/{path.name}_role.html" for path in (ROOT / "roles").iterdir())
    yield from (f"{COLLECTION}/docsite/{name}.html" for name in guides())
    yield from (f"pages/{path.stem}.html" for path in (ROOT / "docs").glob("*.md"))


def test_every_module_filter_callback_role_guide_and_page_is_there(site: Path) -> None:
    assert len(plugins("modules")) > 20
    assert [page for page in wanted() if not (site / page).is_file()] == []


def test_every_guide_is_named_on_both_front_pages(site: Path) -> None:
    sections = yaml.safe_load((ROOT / "docs/docsite/extra-docs.yml").read_text(encoding="utf-8"))["sections"]
    assert sorted(name for section in sections for name in section["toctree"]) == guides()
    linked = {link.partition("#")[0] for link in read(site / "index.html").links}
    assert [name for name in guides() if f"{COLLECTION}/docsite/{name}.html" not in linked] == []


def test_every_link_of_the_site_leads_somewhere(site: Path) -> None:
    assert broken(site) == []


def test_a_page_is_shown_without_the_web(site: Path) -> None:
    fetched = {
        f"{path.relative_to(site)}: {address}"
        for path in site.rglob("*.html")
        for address in read(path).loads
        if external(address)
    }
    fetched |= {
        f"{path.relative_to(site)}: {address}"
        for path in site.rglob("*.css")
        for address in css_loads(path.read_text(encoding="utf-8"))
        if external(address)
    }
    assert fetched == set()


def test_guides_lead_to_this_site_s_own_pages_and_pictures(site: Path) -> None:
    """Their addresses on GitHub, which docs.ansible.com needs, are not needed here."""
    for name in guides():
        page = read(site / COLLECTION / "docsite" / f"{name}.html")
        assert [link for link in page.links if "multiwan/routeros/blob/main/docs/" in link and ".md" in link] == []


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    """The site replaces the folder that is named, but no folder of somebody else's."""
    (tmp_path / "theses.txt").write_text("kept nowhere else", encoding="utf-8")
    done = subprocess.run([ROOT / "scripts" / "build-docs", tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "holds something else than a site" in done.stderr
    assert (tmp_path / "theses.txt").read_text(encoding="utf-8") == "kept nowhere else"


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ('<a href="other.html#there">', []),
        ('<a href="other.html#gone">', ["index.html: other.html#gone (no such anchor)"]),
        ('<img src="gone.svg">', ["index.html: gone.svg (no such page)"]),
        ('<a href="../outside.html">', ["index.html: ../outside.html (no such page)"]),
        ('<a href="https://example.com/gone">', []),
    ],
)
def test_the_check_of_links_sees_what_is_broken(tmp_path: Path, body: str, wrong: list[str]) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    (tmp_path / "outside.html").write_text("")
    (folder / "index.html").write_text(body)
    (folder / "other.html").write_text('<h1 id="there">')
    assert broken(folder) == wrong


def test_the_check_of_what_is_loaded_sees_the_web(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        '<link rel="stylesheet" href="//cdn.example/x.css"><script src="https://x.example/y.js"></script>'
        '<img srcset="a.png 1x, https://x.example/b.png 2x"><p style="background:url(http://x.example/c.png)">'
    )
    assert [address for address in read(tmp_path / "a.html").loads if external(address)] == [
        "//cdn.example/x.css",
        "https://x.example/y.js",
        "https://x.example/b.png",
        "http://x.example/c.png",
    ]
    assert css_loads('@import "theme.css"; a{background:url(data:image/png;base64,x)}') == [
        "theme.css",
        "data:image/png;base64,x",
    ]
    assert not external("data:image/png;base64,x")
