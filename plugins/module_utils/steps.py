# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a long task is doing at this moment: told by the worker that runs it, read by whoever shows the progress.

Ansible's workers are processes of their own whose results come only at the end, so a file is the way: beside the transaction
of the same router (kept.py), in the folder that each run has for itself. It holds words and numbers of ours only, no value of
a router's.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

Tell = Callable[[str, "float | None"], None]
"""What a long piece of work calls with what it begins to do, and how many seconds that may take at most, if it knows."""


@dataclass(frozen=True)
class Step:
    """``text`` in plain words, ``since`` when as ``time.monotonic`` counts, ``within`` how many seconds at most."""

    text: str
    since: float
    within: float | None = None


class Steps:
    """The step that one router is at."""

    def __init__(self, folder: str, router: str) -> None:
        self._file = Path(folder, f"routeros-{sha256(router.encode()).hexdigest()[:16]}.step")

    def tell(self, text: str, within: float | None = None) -> None:
        """Note what begins now. Where that cannot be written, nobody is shown it, and the work goes on."""
        fresh = self._file.with_suffix(".step-new")
        with suppress(OSError):
            fresh.write_text(json.dumps([text, time.monotonic(), within]), encoding="utf-8")
            fresh.replace(self._file)

    def told(self) -> Step | None:
        """Return the last step that was told, None where there is none."""
        try:
            text, since, within = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return Step(text, since, within)


def nobody(_text: str, _within: float | None = None) -> None:
    """Tell nobody."""
