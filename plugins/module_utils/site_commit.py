# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a site's change is to be committed (``site_confirm_timeout`` and the like): what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .argspec import TRANSACTION_OPTIONS
from .deadman import LEAST
from .inspection import VERIFIED
from .site_entry import show, suggest


def problems_of(given: Mapping[str, Any]) -> list[str]:
    """Return all that is wrong with the variables without ``site_``: confirm, confirm_timeout, on_conflict, undo,
    undo_within; those that are there count."""
    problems = []
    for key in ("confirm_timeout", "undo_within"):
        value = given.get(key)
        if value is not None and (not str(value).isdigit() or int(str(value)) < LEAST):
            problems.append(f"site_{key}: {show(value)} is no number of seconds from {LEAST} on; write such as 60")
    for key in ("on_conflict", "undo"):
        words = TRANSACTION_OPTIONS["argument_spec"][key]["choices"]
        value = given.get(key)
        if value is not None and value not in words:
            problems.append(f"site_{key}: {show(value)} is unknown; {suggest(str(value), words)}")
    confirm = given.get("confirm")
    if confirm is not None and not isinstance(confirm, Mapping):
        problems.append(f"site_confirm: {show(confirm)} is no mapping; write menus: or ping: beneath it, or {{}}")
    elif confirm:
        problems += [
            f"site_confirm: '{key}' is unknown; it has {' and '.join(VERIFIED)}"
            for key in confirm
            if key not in VERIFIED
        ]
    return problems
