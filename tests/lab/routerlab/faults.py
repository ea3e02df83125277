# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Misbehaviour on demand: one sentence from now on meets a fault, once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

DROP, TRAP, STALL, TORN, REBOOT = KINDS = ("drop", "trap", "stall", "torn", "reboot")
#: What is counted: every sentence, or those of a verb that can change something.
COUNTED = ("sentences", "writes")
#: What a router says that refuses because the lab told it to.
MESSAGE = "failure: fault ordered by the lab"


@dataclass(frozen=True)
class Fault:
    """What happens to one sentence.

    - ``drop``: the connection is reset and the sentence not carried out; with ``done`` it is carried out before that;
    - ``trap``: the sentence is refused and not carried out;
    - ``stall``: it is carried out, but no answer of that connection arrives any more;
    - ``torn``: it is carried out, its answer ends in the middle of a word, and with it the connection;
    - ``reboot``: the router reboots before it carries the sentence out.
    """

    kind: str
    of: str = "sentences"
    done: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no fault {self.kind!r}; there are: {', '.join(KINDS)}")
        if self.of not in COUNTED:
            raise ValueError(f"a fault counts {' or '.join(COUNTED)}, not {self.of!r}")
        if self.done and self.kind != DROP:
            raise ValueError(f"only a drop can come after the sentence was done, not a {self.kind}")


class Faults:
    """What is ordered for one router: at most one fault."""

    def __init__(self) -> None:
        self._fault: Fault | None = None
        self._after = 0

    def order(self, fault: Fault, after: int = 1) -> None:
        """Let the ``after``-th counted sentence from now meet the fault: 1 is the next; raises ValueError.

        Sentences of all connections count, logins too.  It takes the place of a fault that has not struck yet.
        """
        if after < 1:
            raise ValueError("a fault strikes at the next sentence (1) or a later one")
        self._fault, self._after = fault, after

    def clear(self) -> None:
        """Order nothing any more; what has happened already stays."""
        self._fault = None

    def strike(self, writes: bool) -> Fault | None:
        """The fault that the sentence which has just come in meets; ``writes``: it can change something."""
        fault = self._fault
        if fault is None or (fault.of == "writes" and not writes):
            return None
        self._after -= 1
        if self._after:
            return None
        self._fault = None
        return fault

    def status(self) -> dict[str, Any] | None:
        """``kind``, ``after`` (how many counted sentences it is away, 1: the next), ``of``; None when nothing is due.

        A drop that comes after the sentence was done also has ``done``.
        """
        fault = self._fault
        if fault is None:
            return None
        found: dict[str, Any] = {"kind": fault.kind, "after": self._after, "of": fault.of}
        return {**found, "done": True} if fault.done else found
