# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``hold.py`` printed, as connections that lived, fell silent, or died. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from .results import Held
from .timeline import TimelineError

#: A connection that was asked every second and has not answered for this long (seconds) is silent.
SILENT = 3.0


def judge(lines: Iterable[str], links: Mapping[str, str], fault: float, repair: float) -> Held:
    """Count the connections that answered before the fault, those silent at the repair, and those dead at the end.

    ``links`` names the link of each address that servers saw; ``fault`` and ``repair`` are Unix times. Raises
    TimelineError for a line that is none of ``hold.py``'s, and when its last one is missing.
    """
    connections, ended = _read(lines)
    opened = dict.fromkeys(links.values(), 0)
    silent, dead = dict(opened), dict(opened)
    for address, answers in connections:
        if not any(answer < fault for answer in answers):
            continue
        link = links.get(address, address)
        for counts, counted in (
            (opened, True),
            (silent, not any(repair - SILENT < answer <= repair for answer in answers)),
            (dead, not any(ended - SILENT < answer for answer in answers)),
        ):
            counts[link] = counts.get(link, 0) + counted
    return Held(opened, silent, dead)


def _read(lines: Iterable[str]) -> tuple[list[tuple[str, list[float]]], float]:
    """Address and times of the answers of each connection, and when it ended."""
    connections: list[tuple[str, list[float]]] = []
    ended: float | None = None
    for line in lines:
        if not line.strip():
            continue
        try:
            data = json.loads(line)
            if "ended" in data:
                ended = float(data["ended"])
            elif "open" not in data:
                connections.append((str(data["address"]), [float(answer) for answer in data["answers"]]))
        except (ValueError, TypeError, KeyError):
            raise TimelineError(f"no line of hold.py: {line.strip()[:200]}") from None
    if ended is None:
        raise TimelineError("hold.py did not come to its end")
    return connections, ended
