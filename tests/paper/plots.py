# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plots, as SVG fragments that stand inside an HTML page and take their colours from its style sheet.

Text stays text, so that it is set in the page's type and can be read aloud and copied. Each colour that matplotlib
writes is one of those below, and is replaced by a CSS variable with the same name.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from html import escape

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from . import published
from .analysis import WAYS, bound, buckets, carried, course, intended
from .results import Missing, Outage, Run, ShareTest, Speed, SpeedRun

#: What the page's style sheet has to define. Links and failures: Okabe and Ito's colours, which colour-blind readers
#: can tell apart; failures are hatched as well.
COLOURS = {
    "ink": "#1b1b1f",
    "faint": "#8a8a93",
    "paper": "#fdfdfe",
    "link1": "#0072b2",
    "link2": "#e69f00",
    "link3": "#009e73",
    "failed": "#d55e00",
}
#: Width of a bar of the timelines, in seconds.
BUCKET = 0.5

_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "paper",
    "font.family": "sans-serif",
    "font.size": 10,
    "hatch.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.linewidth": 0.5,
    "grid.alpha": 0.35,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "legend.frameon": False,
    "text.color": COLOURS["ink"],
    "axes.labelcolor": COLOURS["ink"],
    "axes.edgecolor": COLOURS["faint"],
    "xtick.color": COLOURS["ink"],
    "ytick.color": COLOURS["ink"],
    "grid.color": COLOURS["faint"],
    "hatch.color": COLOURS["paper"],
}


def colour(position: int) -> str:
    """Return the colour of the link at this position of the site's list."""
    return COLOURS[f"link{position % 3 + 1}"]


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


def _svg(figure: Figure, name: str, title: str) -> str:
    """Return the figure as a fragment whose identifiers begin with ``name``, so that several fit into one page."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None, "Format": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :].rstrip()
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    text = re.sub(r'\bid="', f'id="{name}-', text)
    text = re.sub(r'(href="#|url\(#)', rf"\g<1>{name}-", text)
    # The page's own sizes and type, in place of points and a list of fonts.
    text = re.sub(r'<svg\b[^>]*?viewBox="([^"]*)"[^>]*>', _opening(name, title), text, count=1)
    text = re.sub(r"font-family: [^;\"]*;?", "", text)
    # matplotlib's own style sheet would hold for the whole page.
    text = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", text, count=1, flags=re.DOTALL)
    for variable, value in COLOURS.items():
        text = text.replace(value, f"var(--{variable})")
    return text


def _opening(name: str, title: str) -> str:
    head = (
        r'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        rf'viewBox="\g<1>" role="img" aria-labelledby="{name}-title">'
    )
    return f'{head}<title id="{name}-title">' + escape(title).replace("\\", r"\\") + "</title>"


def shares(name: str, tests: dict[str, ShareTest | Missing]) -> str:
    """Each link's share in each run, as points about the intended share. One panel for each test that was measured."""
    measured = {title: test for title, test in tests.items() if not isinstance(test, Missing)}
    with style.context(_STYLE):
        figure, axes = _figure(8.2, 0.9 + 0.5 * sum(len(test.weights) for test in measured.values()))
        labels: list[str] = []
        for title, test in measured.items():
            wanted = intended(test.weights)
            for position, link in enumerate(wanted):
                row = len(labels)
                labels.append(f"{title}  {link}")
                points = [carried(run, wanted)[link] for run in test.runs if not isinstance(run, Missing)]
                axes.barh(row, 4, left=wanted[link] - 2, height=0.62, color=COLOURS["faint"], alpha=0.3, lw=0)
                axes.plot([wanted[link]] * 2, [row - 0.31, row + 0.31], color=COLOURS["ink"], lw=1.2)
                axes.plot(points, [row] * len(points), "o", color=colour(position), ms=7, alpha=0.8, mew=0)
        axes.set_yticks(range(len(labels)), labels)
        axes.set_ylim(len(labels) - 0.5, -0.5)
        axes.set_xlabel("share of the connections that succeeded, per cent")
        axes.grid(axis="x")
        return _svg(figure, name, "Share of each link in each run; line: intended, band: 2 points about it")


def speeds(name: str, speed: Speed) -> str:
    """Download and upload of each run, by test, with the mean; the paper's runs beside them."""
    rows: list[tuple[str, list[SpeedRun]]] = [
        ("paper, table 1", list(published.TABLE_1)),
        ("paper, after (its text)", [published.TEXT_AFTER]),
    ]
    for test in sorted(speed.tests, key=lambda test: (-test.connections, test.balanced)):
        plural = "connections" if test.connections > 1 else "connection"
        title = f"{test.connections} {plural}, {'balanced' if test.balanced else 'one link'}"
        rows.append((title, [run for run in test.runs if not isinstance(run, Missing)]))
    with style.context(_STYLE):
        figure, axes = _figure(8.2, 0.95 + 0.5 * len(rows))
        for row, (_title, runs) in enumerate(rows):
            for offset, field, index in ((-0.18, "download_mbps", 0), (0.18, "upload_mbps", 1)):
                values = [getattr(run, field) for run in runs]
                if not values:
                    continue
                label = field.partition("_")[0] if row == 0 else None
                mean = sum(values) / len(values)
                axes.barh(row + offset, mean, height=0.34, color=colour(index), lw=0, label=label)
                axes.plot(values, [row + offset] * len(values), "|", color=COLOURS["ink"], ms=8, mew=1)
        axes.set_yticks(range(len(rows)), [title for title, _runs in rows])
        axes.set_ylim(len(rows) - 0.45, -0.55)
        axes.set_xlabel("Mbit/s; bar: mean, strokes: runs")
        axes.grid(axis="x")
        figure.legend(loc="outside upper right", ncols=2)
        return _svg(figure, name, "Download and upload by test, beside the paper's")


def timeline(name: str, outage: Outage, run: Run) -> str:
    """New connections in each half second: carried by each link, and failed, with fault, bound and repair."""
    # The watch begins and ends within a bar: those two are not whole.
    bars = buckets(outage.samples, BUCKET)[1:-1]
    with style.context(_STYLE):
        figure, axes = _figure(8.2, 2.5)
        # A step needs its right end: the last bar's height is said once more.
        edges = [part.at for part in bars] + [bars[-1].at + BUCKET] if bars else []
        base = [0] * len(bars)
        series: list[tuple[str, str, str | None, list[int]]] = [
            (link, colour(i), None, [part.by_link.get(link, 0) for part in bars]) for i, link in enumerate(outage.links)
        ]
        series.append(("failed", COLOURS["failed"], "xxxx", [part.failed for part in bars]))
        for label, tint, hatch, heights in series:
            tops = [low + high for low, high in zip(base, heights, strict=True)]
            low_high = [side + side[-1:] for side in (base, tops)]
            axes.fill_between(
                edges, low_high[0], low_high[1], None, False, "post", fc=tint, hatch=hatch, lw=0, label=label
            )
            base = tops
        top = max(base, default=1) or 1
        limit = bound(run.clock)
        marks: list[tuple[float, str]] = [(0, "fault"), (outage.repaired, "repair")]
        if limit < outage.repaired:
            marks.insert(1, (limit, f"bound of check-gateway, {limit:.3g} s"))
        for at, label in marks:
            axes.axvline(at, color=COLOURS["ink"], lw=1, ls="--" if "bound" in label else "-")
            # In the corner of two systems: seconds across, points to the right and up.
            axes.annotate(label, (at, top), (4, 3), textcoords="offset points", va="bottom", ha="left", fontsize=9)
        axes.set_ylim(0, top * 1.2)
        if edges:
            axes.set_xlim(edges[0], edges[-1])
        axes.set_xlabel("seconds since the fault")
        axes.set_ylabel(f"new connections\nin {BUCKET:g} s")
        axes.grid(axis="y")
        figure.legend(loc="outside upper right", ncols=len(series))
        return _svg(figure, name, _described(outage))


def _described(outage: Outage) -> str:
    went = course(outage)
    end = "not before the repair" if went.recovered is None else f"after {went.recovered:.1f} s"
    return f"{WAYS[outage.way].name}: new connections over time; every one succeeded {end}"


def undefined(style_sheet: str) -> Iterable[str]:
    """Return the colours' variables that this style sheet does not define."""
    return [name for name in COLOURS if f"--{name}:" not in style_sheet]
