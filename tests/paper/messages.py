# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Figure 28: what Telegram was told."""

from __future__ import annotations

from .laboratory import Laboratory, Site
from .results import Message


def read(lab: Laboratory, at: Site, since: float | None = None) -> tuple[Message, ...]:
    """The messages of a site's router, in order; times count from ``since`` (Unix time, what came earlier is left out),
    else from the first message. Raises LabFailure."""
    told = sorted(lab.told("telegram", "--json"), key=lambda message: float(message["time"]))
    ours = [message for message in told if message["link"].partition("/")[0] == at.router]
    zero = since if since is not None else float(ours[0]["time"]) if ours else 0.0
    return tuple(
        Message(round(float(message["time"]) - zero, 2), message["link"].partition("/")[2], message["text"])
        for message in ours
        if float(message["time"]) >= zero
    )
