# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report says everything in words, stands alone, and shows text as text."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from .. import plots, report
from ..laboratory import ROOT
from ..results import Connection, ConnectionTable, Failover, Message, Missing, Outage, Results, ShareTest, dump
from ..sample import sample

NASTY = '</td><script>alert("x")</script> | `a` \\ *b* <b>\n| next'


class Page(HTMLParser):
    """Collects what a browser would follow, the identifiers, the nesting, and the text of each cell."""

    VOID = frozenset({"meta", "br", "link", "img"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.resources: list[str] = []
        self.identifiers: list[str] = []
        self.references: list[str] = []
        self.cells: list[str] = []
        self.scripts = 0
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        for name, value in attrs:
            if name in ("src", "srcset", "href", "xlink:href", "data", "action", "poster", "background"):
                self.resources.append(value or "")
            if name == "id":
                self.identifiers.append(value or "")
            if name == "aria-labelledby":
                self.references.append(value or "")
        if tag not in self.VOID:
            self._open.append(tag)
            if tag in ("td", "th"):
                self.cells.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.cells and ("td" in self._open or "th" in self._open):
            self.cells[-1] += data


def nothing() -> Results:
    """Results of a run that could measure nothing."""
    gone = Missing("the lab was on fire")
    return replace(
        sample(), connections=gone, shares={"1:1": gone, "2:1": gone}, speed=gone, failover=gone, messages=gone
    )


def holes() -> Results:
    """Results with a hole of every kind."""
    gone = Missing("the lab was on fire")
    results = sample()
    shares = results.shares["1:1"]
    assert isinstance(shares, ShareTest)
    assert not isinstance(results.speed, Missing)
    assert isinstance(results.failover, Failover)
    tests = (replace(results.speed.tests[0], runs=(gone, gone)), *results.speed.tests[1:3])
    modem = results.failover.outages["modem"]
    assert not isinstance(modem, Missing)
    outages: dict[str, Outage | Missing] = {
        "disabled": gone,
        "unplugged": gone,
        "modem": replace(modem, held=gone, messages=gone),
        "upstream": gone,
    }
    return replace(
        results,
        connections=ConnectionTable("hq", "172.16.10.2", ()),
        shares={"1:1": replace(shares, runs=(gone, *shares.runs[1:])), "2:1": replace(shares, runs=(gone,))},
        speed=replace(results.speed, tests=tests),
        failover=replace(results.failover, outages=outages),
        messages=(),
    )


VARIANTS = {"whole": sample, "nothing": nothing, "holes": holes}


@dataclass(frozen=True)
class Rendered:
    """Results with their report in both forms."""

    results: Results
    html: str
    markdown: str


@pytest.fixture(scope="module", params=VARIANTS)
def rendered(request: pytest.FixtureRequest) -> Rendered:
    results = VARIANTS[request.param]()
    return Rendered(results, report.html(results), report.markdown(results))


def test_the_page_needs_nothing_beside_it(rendered: Rendered) -> None:
    text = rendered.html
    page = Page(text)
    assert page.scripts == 0
    for resource in page.resources:
        assert resource.startswith("#"), resource
        assert resource[1:] in page.identifiers
    assert "@import" not in text
    assert "@font-face" not in text
    for target in re.findall(r"url\(([^)]*)\)", text):
        assert target.startswith("#"), target
        assert target[1:] in page.identifiers
    # The names of SVG's namespaces are no resources; nothing else looks like an address.
    addresses = set(re.findall(r"https?://[^\s\"'<)]+", text))
    assert addresses <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
        "https://www.gnu.org/licenses/gpl-3.0.txt",
    }


def test_identifiers_are_unique_and_references_lead_somewhere(rendered: Rendered) -> None:
    page = Page(rendered.html)
    assert [name for name, count in Counter(page.identifiers).items() if count > 1] == []
    assert set(page.references) <= set(page.identifiers)


def test_no_cell_is_empty(rendered: Rendered) -> None:
    page = Page(rendered.html)
    # The corner of a table with grouped columns, and the column of flags, have no heading.
    empty = [cell for cell in page.cells if not cell.strip()]
    assert len(empty) <= 3
    for line in rendered.markdown.splitlines():
        if line.startswith("| ") and "---" not in line:
            cells = re.split(r"(?<!\\)\|", line)[1:-1]
            assert all(cell.strip() for cell in cells[1:]), line


def test_what_is_missing_is_said() -> None:
    for text in (report.html(nothing()), report.markdown(nothing())):
        assert text.count("the lab was on fire") >= 10
    for text in (report.html(holes()), report.markdown(holes())):
        assert text.count("the lab was on fire") >= 6


def test_rows_of_markdown_have_the_columns_of_their_head(rendered: Rendered) -> None:
    columns = 0
    for line in rendered.markdown.splitlines():
        if not line.startswith("|"):
            columns = 0
            continue
        found = len(re.split(r"(?<!\\)\|", line.rstrip())) - 2
        columns = columns or found
        assert found == columns, line


def test_text_stays_text() -> None:
    row = Connection("SAC", NASTY, NASTY, NASTY, NASTY, "1s", "established", (1, 2), (3, 4))
    results = replace(
        sample(),
        connections=ConnectionTable(NASTY, NASTY, (row,)),
        messages=(Message(0.0, NASTY, NASTY),),
        speed=Missing(NASTY),
    )
    page = Page(report.html(results))
    assert page.scripts == 0
    assert NASTY in page.cells
    for line in report.markdown(results).splitlines():
        if line.startswith("|"):
            assert "<script>" not in re.sub(r"\\.", "", line)


def test_the_papers_slip_and_the_designs_limit_are_told() -> None:
    text = report.markdown(sample())
    assert "its table 2 has the rows of table 1" in text
    assert "43.14" in text
    assert "A single connection never gets faster" in text
    assert "the next design is to beat this row" in text
    assert "No packets flowed" in text


def test_a_quick_run_says_so() -> None:
    results = replace(sample(), run=replace(sample().run, quick=True, clock=5.0, backend="kernel"))
    assert "reproduce nothing" in report.markdown(results)
    assert "4.2 s here" in report.markdown(results)
    assert "No packets flowed" not in report.markdown(results)


def test_the_style_sheet_knows_the_plots_colours() -> None:
    style = (Path(report.__file__).parent / "templates/paper.css").read_text(encoding="utf-8")
    assert list(plots.undefined(style)) == []
    drawn = report.html(sample())
    assert not [value for value in plots.COLOURS.values() if f": {value}" in drawn.split("</style>", 1)[1]]


def test_plots_are_the_same_each_time() -> None:
    assert report.html(sample()) == report.html(sample())


def test_the_summary_names_every_promise(rendered: Rendered) -> None:
    text = report.summary(rendered.results)
    assert text.count("Failover") == 3
    assert ("NOT MEASURED" in text) == (rendered.results != sample())


def test_files_are_written(tmp_path: Path) -> None:
    markdown, html = report.write(sample(), tmp_path / "a/b")
    assert markdown.read_text(encoding="utf-8").startswith("# The paper, reproduced")
    assert html.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_machine_without_matplotlibs_cache_says_nothing_of_it(tmp_path: Path) -> None:
    """As on one that has never drawn anything, and takes long to find its fonts."""
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "results.json").write_text(dump(sample()), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "tests.paper", "--report", tmp_path / "results.json", "--output", tmp_path],
        cwd=ROOT,
        env={**os.environ, "MPLCONFIGDIR": str(tmp_path / "file" / "below")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == 0
