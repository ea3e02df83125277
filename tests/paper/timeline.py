# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines that ``routerlab flows --timeline`` prints, as samples."""

from __future__ import annotations

import json
from collections.abc import Iterable

from .results import Sample


class TimelineError(Exception):
    """A line that is no line of a timeline; the text quotes it."""


def parse(lines: Iterable[str], zero: float) -> tuple[Sample, ...]:
    """Return the samples in the order of time, relative to ``zero`` (Unix time). Raises TimelineError.

    Each line is a JSON object with ``unix`` (Unix time at which its attempts began), ``by_link`` (those that each link
    carried, by its name) and ``failed``. Lines without ``unix`` are the summary at the end.
    """
    samples = []
    for line in lines:
        if not line.strip():
            continue
        try:
            data = json.loads(line)
            if not isinstance(data, dict):
                raise TypeError
            if "unix" not in data:
                continue
            by_link = {str(link): int(count) for link, count in data["by_link"].items() if count}
            samples.append(Sample(round(float(data["unix"]) - zero, 3), by_link, int(data["failed"])))
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
            raise TimelineError(f"no line of a timeline: {line.strip()[:200]}") from None
    return tuple(sorted(samples, key=lambda sample: sample.at))
