# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SVG, built as a tree of elements, so that whatever a router calls its things can only become text.

Sizes are in user units, about pixels. Colours come from the page's classes, so that they follow its light or dark
scheme.
"""

from __future__ import annotations

import unicodedata
from xml.etree.ElementTree import Element, SubElement, tostring


def drawing(name: str, width: float, height: float, title: str, description: str) -> Element:
    """Return a picture with what a screen reader says of it; *name* is unique on the page and becomes part of ids."""
    root = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {_number(width)} {_number(height)}",
            "width": _number(width),
            "height": _number(height),
            "role": "img",
            "aria-labelledby": f"{name}-title {name}-desc",
        },
    )
    SubElement(root, "title", {"id": f"{name}-title"}).text = title
    SubElement(root, "desc", {"id": f"{name}-desc"}).text = description
    return root


def text(parent: Element, x: float, y: float, content: str, classes: str = "", anchor: str = "start") -> Element:
    """Add a line of text with its baseline at *y*."""
    made = SubElement(parent, "text", {"x": _number(x), "y": _number(y)})
    if classes:
        made.set("class", classes)
    if anchor != "start":
        made.set("text-anchor", anchor)
    made.text = content
    return made


def box(parent: Element, x: float, y: float, width: float, height: float, classes: str, radius: float = 6) -> Element:
    """Add a rectangle with round corners."""
    return SubElement(
        parent,
        "rect",
        {
            "x": _number(x),
            "y": _number(y),
            "width": _number(width),
            "height": _number(height),
            "rx": _number(radius),
            "class": classes,
        },
    )


def path(parent: Element, data: str, classes: str) -> Element:
    """Add a path."""
    return SubElement(parent, "path", {"d": data, "class": classes})


def group(parent: Element, tip: str, classes: str = "") -> Element:
    """Add a group that shows *tip* where a pointer rests on it."""
    made = SubElement(parent, "g", {"class": classes} if classes else {})
    SubElement(made, "title").text = tip
    return made


def written(root: Element) -> str:
    """Return the picture as text for an HTML page."""
    return tostring(root, encoding="unicode")


def fitting(content: str, width: float, size: float) -> str:
    """Return as much of a text as fits into *width* in letters of *size*, with an ellipsis where it is cut."""
    if _width(content) * size <= width:
        return content
    kept = ""
    for char in content:
        if (_width(kept + char) + 0.8) * size > width:
            break
        kept += char
    return kept.rstrip() + "…"


def _width(content: str) -> float:
    """Return about how wide a text is, in letters' sizes; there is no font to ask, so that it errs on the wide side."""
    return sum(_of_char(char) for char in content)


def _of_char(char: str) -> float:
    if unicodedata.east_asian_width(char) in "WF":
        return 1.05
    if char in "iljtf.,:;|!'()[] ":
        return 0.34
    return 0.92 if char in "mwMW@%" else 0.72 if char.isupper() else 0.6


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
