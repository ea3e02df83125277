# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages of a built site: what they link to, what they load, which anchors they have."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

#: What a browser fetches by itself when it shows a page: (element, attribute).
_LOADED = {
    ("img", "src"),
    ("script", "src"),
    ("iframe", "src"),
    ("source", "src"),
    ("video", "src"),
    ("embed", "src"),
    ("object", "data"),
}
#: Values of a link element's rel that are fetched.
_FETCHED = {"stylesheet", "icon", "shortcut", "preload", "prefetch", "modulepreload", "manifest"}
_CSS = re.compile(r"""@import\s+(?:url\()?["']?([^"');]+)|url\(\s*["']?([^"')]+)""")


@dataclass
class Page:
    """One page: the targets of its links, what showing it loads, and its anchors."""

    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.page.anchors |= {found[name] for name in ("id", "name") if name in found}
        if tag == "a" and "href" in found:
            self.page.links.append(found["href"])
        if tag == "link" and _FETCHED & set(found.get("rel", "").split()):
            self.page.loads.append(found["href"])
        self.page.loads += [value for name, value in found.items() if (tag, name) in _LOADED]
        if "srcset" in found:
            self.page.loads += [part.split()[0] for part in found["srcset"].split(",")]
        if "style" in found:
            self.page.loads += css_loads(found["style"])


def read(path: Path) -> Page:
    """Return what is on the page at *path*."""
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader.page


def css_loads(text: str) -> list[str]:
    """Return the addresses that a style sheet fetches."""
    return [imported or used for imported, used in _CSS.findall(text)]


def external(address: str) -> bool:
    """Tell whether an address leaves the site. What is part of the page itself (``data:``) does not."""
    return bool(urlsplit(address).netloc) or urlsplit(address).scheme in ("http", "https", "ftp")


def broken(site: Path) -> list[str]:
    """Return what leads nowhere within *site*, as ``page: address (why)``; addresses of the web are not followed."""
    pages = {path: read(path) for path in site.rglob("*.html")}
    wrong = []
    for path, page in pages.items():
        for address in page.links + page.loads:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if target.is_dir():
                target /= "index.html"
            told = f"{path.relative_to(site)}: {address}"
            if not target.is_file() or not target.is_relative_to(site.resolve()):
                wrong.append(f"{told} (no such page)")
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors:
                wrong.append(f"{told} (no such anchor)")
    return wrong
