# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report's two forms: Markdown, and one HTML page that needs nothing beside it."""

from __future__ import annotations

from pathlib import Path

import jinja2

from .document import Document, Figure, Table, build
from .results import Results

_TEMPLATES = Path(__file__).parent / "templates"


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=jinja2.select_autoescape(enabled_extensions=("html.j2",)),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.tests["table"] = lambda block: isinstance(block, Table)
    environment.tests["figure"] = lambda block: isinstance(block, Figure)
    environment.filters["cell"] = _cell
    environment.filters["line"] = _line
    return environment


def _line(text: str) -> str:
    """Text for a line of Markdown: one line, without markup of its own."""
    return "".join(f"\\{letter}" if letter in "\\`*[]<>" else letter for letter in " ".join(text.split()))


def _cell(text: str) -> str:
    """Text for a cell of a Markdown table; what would end the cell or the row, or begin markup, does not."""
    for special in "\\`*_[]<>|":
        text = text.replace(special, f"\\{special}")
    return "<br>".join(text.splitlines()) or " "


def _render(template: str, document: Document) -> str:
    return _environment().get_template(template).render(document=document)


def markdown(results: Results) -> str:
    """Return the report as Markdown; of the plots it has only the captions."""
    return _render("paper.md.j2", build(results))


def html(results: Results) -> str:
    """Return the report as a complete HTML page."""
    return _render("paper.html.j2", build(results))


def write(results: Results, folder: Path) -> tuple[Path, Path]:
    """Write paper.md and paper.html into ``folder``, which is made; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = folder / "paper.md", folder / "paper.html"
    paths[0].write_text(markdown(results), encoding="utf-8")
    paths[1].write_text(html(results), encoding="utf-8")
    return paths


def summary(results: Results) -> str:
    """Return a few lines for a terminal: every promise, whether it held, and what was found."""
    document = build(results)
    lines = [f"  {_VERDICTS[promise.held]:<13} {promise.name}: {promise.found}" for promise in document.promises]
    return "\n".join([*(f"  note          {warning}" for warning in document.warnings), *lines])


_VERDICTS = {True: "held", False: "NOT HELD", None: "NOT MEASURED"}
