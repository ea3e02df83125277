# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture of how a site's traffic is shared out: a bar for each link, and a mark where its weight would have it."""

from __future__ import annotations

from dataclasses import dataclass

from .model import Site
from .svg import box, drawing, fitting, path, text, written
from .text import percent, size

_LABEL = 108.0  #: where the bars begin
_BAR = 206.0
_ROW = 34.0
_FIGURES = 172.0


@dataclass(frozen=True)
class Bar:
    """One link's part; *share* and *expected* are of 1."""

    link: str
    share: float
    expected: float
    figures: str


def connections(site: Site) -> list[Bar]:
    """Return each link's part of the new connections, nothing before the first one."""
    total = site.connections
    if not total:
        return []
    return [
        Bar(link.name, part / total, link.expected or 0.0, f"{percent(part / total)} · {part} of {total}")
        for link in site.links
        if (part := link.traffic.connections) is not None
    ]


def sent(site: Site) -> list[Bar]:
    """Return each link's part of the bytes that LANs have sent, nothing before the first one."""
    total = site.sent
    if not total:
        return []
    return [
        Bar(link.name, part / total, link.expected or 0.0, f"{percent(part / total)} · {size(part)}")
        for link in site.links
        if (part := link.traffic.sent) is not None
    ]


def picture(bars: list[Bar], name: str, title: str) -> str:
    """Return the bars as SVG; *name* is unique on the page."""
    width, height = _LABEL + _BAR + _FIGURES, _ROW * len(bars) + 6
    told = "; ".join(f"{each.link}: {each.figures}, by weight {percent(each.expected)}" for each in bars)
    root = drawing(name, width, height, title, told)
    root.set("class", "shares")
    for at, each in enumerate(bars):
        top = at * _ROW + 8
        text(root, 0, top + 13, fitting(each.link, _LABEL - 10, 13), "label")
        box(root, _LABEL, top, _BAR, 18, "track", 4)
        if each.share > 0:
            box(root, _LABEL, top, max(2.0, _BAR * each.share), 18, f"bar bar{at % 6}", 4)
        mark = _LABEL + _BAR * each.expected
        path(root, f"M{mark:.1f} {top - 4:.1f} V{top + 22:.1f}", "expected")
        text(root, _LABEL + _BAR + 12, top + 13, fitting(each.figures, _FIGURES - 12, 12), "figure")
    return written(root)
