# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The share of each link, over many connections."""

from __future__ import annotations

from .laboratory import Laboratory, Site
from .results import ShareRun


def measure(lab: Laboratory, at: Site, count: int) -> ShareRun:
    """Wait until every link carries, and open so many connections from the site's LAN. Raises LabFailure."""
    lab.wait_carrying(at, frozenset(link.name for link in at.links))
    # What a busy machine answers late counts as well: here it matters where connections go, not how fast.
    counted = lab.flows(at, "--count", str(count), "--timeout", "10")
    failed = counted.pop("failed")
    return ShareRun(counted, failed)
