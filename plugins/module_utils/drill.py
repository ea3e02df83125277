# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The failover drill: which link is switched off in turn, and what came of it, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from . import site
from .site_entry import SiteError, suggest


class Step(TypedDict):
    """One link to switch off: its ``port``, the name of the link that takes over, and the site's ``others`` as a site
    of their own, in the form of ``site_wans``."""

    link: str
    port: str
    instead: str
    others: list[dict[str, Any]]


def steps(raw: Any, only: Any = None) -> list[Step]:
    """Return the steps of a drill of the links in *raw* (``site_wans``), of those named in *only* where that is given.

    A site with one link has none. Raises SiteError.
    """
    links = site.wans(raw)
    names = [link["name"] for link in links]
    wanted = names if only is None else list(only) if isinstance(only, (list, tuple)) else [only]
    for name in wanted:
        if name not in names:
            raise SiteError([f"drill_links: '{name}' is no link of this site; {suggest(str(name), names)}"])
    if len(links) < 2:
        return []
    # a link's distance follows from its place in the list, and must stay what it is without the one that is off
    told = [dict(entry) | {"distance": link["distance"]} for entry, link in zip(raw, links, strict=True)]
    out: list[Step] = []
    for link in links:
        if link["name"] in wanted:
            others = [other for other in links if other is not link]
            nearest = min(others, key=lambda other: other["distance"])
            rest = [entry for entry in told if entry["name"] != link["name"]]
            out.append(
                {"link": link["name"], "port": link["interface"], "instead": nearest["name"], "others": rest},
            )
    return out


def verdict(entry: Mapping[str, Any]) -> tuple[bool, str]:
    """Return whether the drill of one link went well, and its outcome in words.

    *entry* is what the playbook has noted: ``stage``, how far it came (``before``, ``begun``, ``open``, ``late``, ``measured``;
    in check mode ``planned``; ``left`` where a link before was not restored), ``problem``, what stopped it, ``unreached``,
    whether the router stopped answering while the link was off, ``outcome`` of the change once it was given back, ``restoring``,
    what went wrong with that, and ``back`` (seconds), missing where the routes did not become active again.
    """
    stage, problem = str(entry["stage"]), str(entry.get("problem", ""))
    if stage == "left":
        return False, "not tried, since the router is not restored"
    if entry["outcome"] not in ("undone", "unchanged", "planned"):
        return False, f"NOT RESTORED: {entry.get('restoring') or problem}"
    if stage == "before":
        return False, f"not tried, since the site is not well: {problem}"
    if stage == "begun":
        return False, f"not tried: {problem}"
    if stage == "planned":
        return True, "would be switched off"
    if entry.get("back") is None:
        return False, f"switched on again, but the site is not well: {problem}"
    if entry.get("unreached"):
        return (
            False,
            f"not measured: management comes by this link, so the router has switched it on again by itself: {problem}",
        )
    if stage == "late":
        return (
            False,
            "not measured: it took too long, the router has switched the link on again by itself; raise drill_timeout",
        )
    if stage == "open":
        return False, f"NOT SURVIVED: {problem}"
    return True, "survived"


_HEAD = ("link", "instead", "routes", "internet", "pings", "back", "outcome")


def lines(router: str, report: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the report of one site as a table: a row for each link, times in seconds."""
    table = [_HEAD]
    for entry in report:
        pings = f"{entry['answered']} of {entry['pings']}" if entry.get("answered") is not None else "-"
        table.append(
            (
                str(entry["link"]),
                str(entry["instead"]),
                _seconds(entry.get("routes")),
                _seconds(entry.get("internet")),
                pings,
                _seconds(entry.get("back")),
                verdict(entry)[1],
            )
        )
    widths = [max(len(row[at]) for row in table) for at in range(len(_HEAD))]
    rows = ("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in table)
    return [f"{router}: {row}" for row in rows]


def _seconds(value: Any) -> str:
    return "-" if value is None else f"{float(value):.1f} s"
