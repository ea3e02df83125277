# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as headings, paragraphs, tables and figures: one text, which the templates set as Markdown and as HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from . import plots, published
from .analysis import (
    AGGREGATE,
    BROWSER_CONNECTIONS,
    CHECK_INTERVAL,
    CHECK_MISSES,
    CHECK_TIMEOUT,
    WAYS,
    Course,
    Promise,
    bound,
    carried,
    course,
    deaths_told,
    find_test,
    gain,
    intended,
    promises,
    share_bound,
    share_of,
    spread,
    summarise,
)
from .results import (
    ConnectionTable,
    Failover,
    Held,
    Message,
    Missing,
    Outage,
    Results,
    ShareTest,
    Speed,
    SpeedRun,
    SpeedTest,
)

T = TypeVar("T")

#: Rows of the connection table that are shown; the paper shows 29.
SHOWN_CONNECTIONS = 30


@dataclass(frozen=True)
class Table:
    """``groups`` are headings above the head, each over so many columns; the first column names its row."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    groups: Sequence[tuple[str, int]] = ()


@dataclass(frozen=True)
class Figure:
    """A plot (an SVG fragment) with what a reader who cannot see it needs to know."""

    caption: str
    svg: str


@dataclass(frozen=True)
class Section:
    """A part of the report; its blocks are paragraphs (text), tables and figures."""

    anchor: str
    title: str
    blocks: list[str | Table | Figure] = field(default_factory=list)


@dataclass(frozen=True)
class Document:
    """The whole report."""

    title: str
    lead: Sequence[str]
    warnings: Sequence[str]
    promises: Sequence[Promise]
    sections: Sequence[Section]


def build(results: Results) -> Document:
    """Return the report on these results."""
    run = results.run
    warnings = []
    if run.quick:
        warnings.append(
            "This was a shortened run: fewer connections, one run of each kind, and timers that went "
            f"{run.clock:g} times as fast. It shows that everything works; its numbers reproduce nothing."
        )
    if run.backend != "kernel":
        warnings.append(f"No packets flowed: the lab's data plane is {run.backend!r}.")
    lead = [
        (
            f"What sections 3.7.1 and 3.7.2 of {published.AUTHORS}, {published.TITLE}, show (figures 26 to 28, tables 1 and "
            "2), measured again on the laboratory: real packets through Linux kernels that are configured by exactly the "
            "rows which site.yml wrote to the routers. Every number on this page was measured in one run, except where a "
            "column says that it is the paper's."
        ),
        (
            f"Begun {run.started.replace('T', ' ').replace('Z', ' UTC')}, {minutes(run.seconds)}, on {run.machine}: "
            f"{run.kernel}, {run.cpus} processors."
        ),
    ]
    sections = [
        _part("connections", "The connections of one client (figure 26)", results.connections, _connections),
        _shares(results.shares),
        _part("speed", "Ping, download, upload (tables 1 and 2)", results.speed, _speed),
        _part("failover", "Failover (figure 27), four ways", results.failover, lambda part: _failover(results, part)),
        _part("messages", "The messages (figure 28)", results.messages, _messages),
        _circumstances(results),
    ]
    return Document("The paper, reproduced", lead, warnings, promises(results), sections)


def minutes(seconds: float) -> str:
    """Return a duration as people say it."""
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} minutes"


def not_measured(missing: Missing) -> str:
    """Return the words that stand in place of a measurement."""
    return f"not measured: {missing.missing}"


def _part(anchor: str, title: str, part: T | Missing, blocks: Callable[[T], list[str | Table | Figure]]) -> Section:
    if isinstance(part, Missing):
        return Section(anchor, title, [f"This was {not_measured(part)}."])
    return Section(anchor, title, blocks(part))


def _connections(table: ConnectionTable) -> list[str | Table | Figure]:
    marks: dict[str, int] = {}
    for row in table.rows:
        name = row.mark or "none"
        marks[name] = marks.get(name, 0) + 1
    counts = ", ".join(f"{marks[name]} bear the mark {name}" for name in sorted(marks))
    verdict = (
        "One client uses several links at once, as the paper's figure shows."
        if len(marks.keys() - {"none"}) > 1
        else "Unlike in the paper's figure, not several links are in use."
    )
    shown = table.rows[:SHOWN_CONNECTIONS]
    rest = len(table.rows) - len(shown)
    head = (
        *("", "Src. Address", "Dst. Address", "Protocol", "Connection Mark", "Timeout", "TCP State"),
        *("Orig./Repl. Rate", "Orig./Repl. Bytes"),
    )
    rows = [
        (
            *(row.flags or "(none)", row.source, row.destination, row.protocol, row.mark or "(none)", row.timeout),
            *(row.state or "(none)", " / ".join(f"{rate} bps" for rate in row.rates)),
            " / ".join(_bytes(number) for number in row.bytes),
        )
        for row in shown
    ]
    caption = f"Connections of {table.client}, as the API of {table.router} tells them"
    if rest:
        caption += f"; the first {len(shown)} of {len(table.rows)}"
    return [
        (
            f"While the client {table.client} had connections to many servers open, the router told of {len(table.rows)} "
            f"connections of it; {counts}. {verdict} The columns are those of the paper's figure. "
            "Flags: S seen reply, A assured, C confirmed, s source NAT, d destination NAT."
        ),
        Table(caption, head, rows),
    ]


def _bytes(number: int) -> str:
    return f"{number} B" if number < 10000 else f"{number / 1024:.1f} KiB"


def _shares(tests: dict[str, ShareTest | Missing]) -> Section:
    section = Section("shares", "The share of each link")
    section.blocks.append(
        "The paper looks at one client's table; here the new connections of many are counted where they arrive, by the "
        "address that the server sees. Each run is a fresh one: a lab started anew, routers from the factory, site.yml. "
        "A share is that of the connections that succeeded."
    )
    for name, test in tests.items():
        if isinstance(test, Missing):
            section.blocks.append(f"{name} was {not_measured(test)}.")
        else:
            section.blocks.append(_share_table(name, test))
    if any(not isinstance(test, Missing) for test in tests.values()):
        caption = "Shares of all runs about the intended ones (line), with the bound of 2 points (band)"
        section.blocks.append(Figure(caption, plots.shares("shares", tests)))
    return section


def _share_table(name: str, test: ShareTest) -> Table:
    wanted = intended(test.weights)
    numbers = range(1, len(test.runs) + 1)
    rows = []
    for link in wanted:
        shares = [None if isinstance(run, Missing) else carried(run, wanted)[link] for run in test.runs]
        known = [share for share in shares if share is not None]
        cells = ["not measured" if share is None else f"{share:.2f} %" for share in shares]
        mean = f"{spread(known).mean:.2f} %" if known else "not measured"
        worst = f"{max(abs(share - wanted[link]) for share in known):.2f}" if known else "not measured"
        rows.append((link, f"{wanted[link]:.2f} %", *cells, mean, worst))
    failed = ["not measured" if isinstance(run, Missing) else str(run.failed) for run in test.runs]
    total = sum(run.failed for run in test.runs if not isinstance(run, Missing))
    rows.append(("failed", "0", *failed, f"{total} in all", "-"))
    counts = {sum(run.by_link.values()) + run.failed for run in test.runs if not isinstance(run, Missing)}
    count = " or ".join(f"{n:,}" for n in sorted(counts)) or "no"
    caption = f"{name}: {test.router}, {test.lan}, {count} connections a run (bound: {share_bound(test):.2g} points)"
    for number, run in enumerate(test.runs, 1):
        if isinstance(run, Missing):
            caption += f"; run {number} {not_measured(run)}"
    return Table(caption, ("link", "intended", *(f"run {n}" for n in numbers), "mean", "worst, points"), rows)


def _speed(speed: Speed) -> list[str | Table | Figure]:
    shaped = "; ".join(
        f"{link} {rate.download_mbps:g} Mbit/s down, {rate.upload_mbps:g} Mbit/s up, {rate.delay_ms:g} ms each way"
        for link, rate in speed.rates.items()
    )
    kinds = (BROWSER_CONNECTIONS, 1)
    blocks: list[str | Table | Figure] = [
        (
            f"A client at {speed.lan} of {speed.router} tests its speed five times in each state. The links are shaped to the "
            f"means of the paper's table 1, counted on the wire, so that some per cent go to headers: {shaped}. "
            f"{BROWSER_CONNECTIONS} connections to different servers are what a speed test in a browser, or an office, "
            "opens; the single connection shows what balancing by connection cannot do."
        ),
        _speed_table("Table 1: before, ISP2 standing by (site_balance: false)", speed, False, published.TABLE_1),
        _speed_table("Table 2: with load balancing", speed, True, published.TABLE_2),
        (
            "Of the paper's numbers: its table 2 has the rows of table 1, digit by digit. Its text speaks of other ones: "
            f"{published.TEXT_AFTER.download_mbps:g} Mbps down (means: 13 per cent more than before), "
            f"{published.TEXT_AFTER.upload_mbps:g} Mbps up, and a ping better by {published.TEXT_PING_GAIN_MS:g} ms. "
            "The table that was meant is not in it, so that its gain cannot be checked. Ours stands beside it."
        ),
        Table(
            "What balancing gains: means after, divided by means before",
            ("connections", "download", "upload", "bound for download"),
            [_gain_row(speed, kind, f"{AGGREGATE:g} times" if kind > 1 else "none: see below") for kind in kinds],
        ),
        (
            "A single connection never gets faster. PCC puts each connection on one link, whose rate is then its limit, and "
            "balancing does nothing to latency: the ping stays that of the link that carries it. What grows is what many "
            "connections get together."
        ),
        Figure("Download and upload of every test, beside the paper's", plots.speeds("speeds", speed)),
    ]
    return blocks


def _gain_row(speed: Speed, connections: int, wanted: str) -> tuple[str, ...]:
    gains = gain(speed.tests, connections)
    cells = ("not measured", "not measured") if gains is None else tuple(f"{factor:.2f} times" for factor in gains)
    return (str(connections), *cells, wanted)


def _speed_table(caption: str, speed: Speed, balanced: bool, paper: Sequence[SpeedRun]) -> Table:
    tests = [(count, find_test(speed.tests, balanced, count)) for count in (BROWSER_CONNECTIONS, 1)]
    columns: list[Sequence[SpeedRun | Missing]] = [paper, *(test.runs if test else () for _count, test in tests)]
    rows = []
    for number in range(max(len(column) for column in columns)):
        cells = [cell for column in columns for cell in _speed_cells(column[number : number + 1])]
        rows.append((str(number + 1), *cells))
    rows.append(("mean", *(cell for column in columns for cell in _mean_cells(column))))
    units = ("ping, ms", "down, Mbit/s", "up, Mbit/s")
    groups = [("", 1), ("the paper", 3)]
    groups += [(f"{count} connection{'s'[: count > 1]}", 3) for count, _test in tests]
    for count, test in tests:
        caption += _gaps(count, test)
    return Table(caption, ("No", *units * len(columns)), rows, groups)


def _gaps(count: int, test: SpeedTest | None) -> str:
    if test is None:
        return f"; with {count} connections it was not tried"
    gaps = [f"run {n} {not_measured(run)}" for n, run in enumerate(test.runs, 1) if isinstance(run, Missing)]
    return f"; {count} connection{'s'[: count > 1]}: {', '.join(gaps)}" if gaps else ""


def _speed_cells(runs: Sequence[SpeedRun | Missing]) -> tuple[str, str, str]:
    if not runs:
        return ("no such run",) * 3
    run = runs[0]
    if isinstance(run, Missing):
        return ("not measured",) * 3
    return f"{run.ping_ms:.4g}", f"{run.download_mbps:.4g}", f"{run.upload_mbps:.4g}"


def _mean_cells(runs: Sequence[SpeedRun | Missing]) -> tuple[str, str, str]:
    summary = summarise(runs)
    if summary is None:
        return ("not measured",) * 3
    spreads = (summary.ping_ms, summary.download_mbps, summary.upload_mbps)
    first, second, third = (f"{one.mean:.2f}\u00a0±\u00a0{one.deviation:.2f}" for one in spreads)
    return first, second, third


def _failover(results: Results, failover: Failover) -> list[str | Table | Figure]:
    clock = results.run.clock
    at_clock = (
        ""
        if clock == 1
        else f" (the lab's timers ran {clock:g} times as fast, so that it is {bound(clock):.3g} s here)"
    )
    rows = [_failover_row(WAYS[key].name, outage) for key, outage in failover.outages.items()]
    blocks: list[str | Table | Figure] = [
        (
            "The paper disables the interface of each ISP in turn. That is the mildest of failures: the router does it itself "
            "and knows at once. Here ISP1 fails in four ways, each on a site in which both links work, and is repaired "
            f"again. All the while a client opens {failover.rate:g} new connections a second, each to be answered within "
            f"{failover.timeout:g} s, and others, opened before, are kept busy."
        ),
        (
            f"What the design promises: check-gateway asks each gateway every {CHECK_INTERVAL:g} s, waits "
            f"{CHECK_TIMEOUT:g} s, and gives it up after {CHECK_MISSES} misses. A gateway that dies just after it has answered "
            f"is noticed {bound(1):g} s later{at_clock}; until then, connections that belong to its link fail."
        ),
        Table(
            "ISP1 fails and is repaired; seconds since the fault, or since the repair",
            (
                *("what fails", "every new connection succeeds", "new connections lost in the outage"),
                *("open ones on ISP1 lost", "open ones on others lost", "all links carry again after repair"),
                "told by Telegram",
            ),
            rows,
        ),
    ]
    for key, outage in failover.outages.items():
        blocks.append(_failover_words(key, outage))
        if isinstance(outage, Outage):
            caption = f"{WAYS[key].name}: new connections in each {plots.BUCKET:g} s, by the link that carried them"
            blocks.append(Figure(caption, plots.timeline(f"outage-{key}", outage, results.run)))
    return blocks


def _failover_row(name: str, outage: Outage | Missing) -> tuple[str, ...]:
    if isinstance(outage, Missing):
        return (name, not_measured(outage), *("not measured",) * 5)
    went = course(outage)
    return (
        name,
        _recovered(went),
        _lost(went),
        *_held_cells(outage.held, outage.link),
        "not while watched" if went.back is None else f"after {went.back:.1f} s",
        _told(outage),
    )


def _recovered(went: Course) -> str:
    if went.recovered is None:
        return "not before the repair"
    return f"after {went.recovered:.1f} s" if went.recovered else "at once: none failed"


def _lost(went: Course) -> str:
    if not went.attempts:
        return "none was tried"
    return f"{100 * went.lost / went.attempts:.1f} % ({went.lost} of {went.attempts})"


def _held_cells(held: Held | Missing, link: str) -> tuple[str, str]:
    if isinstance(held, Missing):
        return not_measured(held), "not measured"
    cells = []
    for links in ([link], [other for other in held.opened if other != link]):
        opened = {name: held.opened.get(name, 0) for name in links}
        dead = {name: held.dead.get(name, 0) for name in links}
        share = share_of(dead, opened)
        total = sum(opened.values())
        cells.append("none was open" if share is None else f"{share:.0f} % ({sum(dead.values())} of {total})")
    return cells[0], cells[1]


def _told(outage: Outage) -> str:
    if isinstance(outage.messages, Missing):
        return not_measured(outage.messages)
    deaths = deaths_told(outage.messages, outage.link)
    if not deaths:
        return "no: netwatch saw a gateway that lives" if not WAYS[outage.way].seen else "no message"
    return ", ".join(f"after {message.at:.1f} s, through {message.link}" for message in deaths)


def _failover_words(key: str, outage: Outage | Missing) -> str:
    way = WAYS[key]
    if isinstance(outage, Missing):
        return f"{way.name} ({way.done}) was {not_measured(outage)}."
    went = course(outage)
    text = f"{way.name}: {way.done}; repaired after {outage.repaired:.1f} s. "
    if went.recovered is None:
        text += (
            "New connections kept failing until the repair: those that PCC gave to the dead link. Its gateway answered "
            "every probe, so that no route became inactive. This is the paper's design, and here it fails: the next "
            "design is to beat this row. "
            if not way.seen
            else "New connections kept failing until the repair. "
        )
    elif went.recovered:
        text += f"From {went.recovered:.1f} s on every new connection succeeded. "
    else:
        text += "No new connection failed. "
    if went.clean is None:
        text += f"After the repair {went.lost_after} failed, some of them when the watch ended."
    elif went.clean:
        text += f"After the repair {went.lost_after} failed, within {went.clean:.1f} s."
    else:
        text += "After the repair none failed."
    return text + _held_words(outage.held)


def _held_words(held: Held | Missing) -> str:
    if isinstance(held, Missing):
        return ""
    opened, silent, dead = (sum(counts.values()) for counts in (held.opened, held.silent, held.dead))
    return (
        f" Of {opened} connections that were open before, {silent} were silent when the repair came, and {dead} never "
        "answered again."
    )


def _messages(messages: Iterable[Message]) -> list[str | Table | Figure]:
    rows = [(f"{message.at:.1f}", message.link, message.text) for message in messages]
    if not rows:
        return ["No message arrived."]
    return [
        (
            "What the chat received, in order: everything that the head office's router sent in the lab of the failover tests. "
            "The first ones are its watches' first answers, right after site.yml. The link is that of the address from which "
            "the request came. The paper's figure 28 shows one such message. Its scripts as printed name ISP2 for whichever link "
            "is down, and put blanks into the URL, at which the text may end (docs/paper.md)."
        ),
        Table("Messages, in the order of their arrival; seconds since the first", ("at, s", "through", "text"), rows),
    ]


def _circumstances(results: Results) -> Section:
    run = results.run
    rows = [
        ("data plane", run.backend),
        ("machine", run.machine),
        ("kernel", run.kernel),
        ("processors", str(run.cpus)),
    ]
    rows += [(f"router {name}", what) for name, what in run.routers.items()]
    rows += list(run.versions.items())
    steps = [(step.name, f"{step.seconds:.0f}") for step in run.steps]
    return Section(
        "circumstances",
        "Circumstances",
        [
            (
                f"Begun {run.started}, {run.seconds:.0f} s in all. Repeat it with: make paper. The numbers behind this page "
                "are in results.json beside it."
            ),
            Table("With what it was measured", ("what", "which"), rows),
            Table("How long each part took", ("part", "seconds"), [*steps, ("in all", f"{run.seconds:.0f}")]),
        ],
    )
