# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RouterOS versions as tuples of integers, so that ``(7, 18) <= version("7.22.3 (stable)")`` reads as it is meant."""

from __future__ import annotations

import re

Version = tuple[int, ...]


def version(text: str) -> Version:
    """Return the numbers of a version as the router tells it; betas and candidates count as what they lead to.

    Raises ValueError where *text* does not begin with a version.
    """
    found = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    if not found:
        raise ValueError(f"'{text}' is not a RouterOS version; expected something like 7.22.3")
    return tuple(int(number) for number in found.groups() if number is not None)


def dotted(number: Version) -> str:
    """Return a version as people write it."""
    return ".".join(map(str, number))
