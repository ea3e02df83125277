# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A transaction from one task to the next: each task is a process of its own, so a file holds the candidate between them.

It lies in a folder that belongs to one run of Ansible and that nobody else can read. What has failed is kept too, so that a
task which comes after it does not write by itself what was meant to be part of the whole.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

from .candidate import Candidate
from .change import Outcome
from .errors import CommandFailed, InvalidEntry

REQUIRED = "routeros_transaction"
"""The variable by which a play says ``required``: nothing shall be written outside a transaction."""


class Kept:
    """The transaction of one router, if there is one."""

    def __init__(self, folder: str, router: str) -> None:
        self._router = router
        self._file = Path(folder, f"routeros-{sha256(router.encode()).hexdigest()[:16]}.json")
        self.candidate = Candidate.load(self._file) if self._file.exists() else None

    @property
    def planning(self) -> Candidate | None:
        """The candidate that tasks plan against; None where there is no transaction, or it is past that."""
        return None if self.candidate is None or self.candidate.job or self.candidate.ended else self.candidate

    def check_begin(self) -> None:
        """Refuse to begin where that would drop what was planned, or meet a change that is open."""
        if self.candidate is not None and self.candidate.job:
            raise InvalidEntry(
                f"{self._router}: a change waits for its confirmation; commit or abort it before another is begun"
            )
        if self.planning is not None and self.planning.requests:
            raise InvalidEntry(
                f"{self._router}: a transaction is open in this run, with {len(self.planning.requests)} tasks planned; commit or "
                "abort it before another is begun"
            )

    def to_commit(self) -> Candidate:
        """Return the candidate to commit; raises InvalidEntry and CommandFailed where there is none."""
        if self.candidate is None:
            raise InvalidEntry(
                f"{self._router}: there is no transaction to commit; begin one in the same run, with state: begin"
            )
        if self.candidate.ended:
            raise CommandFailed(f"{self._router}: the transaction has failed before: {self.candidate.ended}")
        return self.candidate

    def check_alone(self, required: Any) -> None:
        """Refuse a write by itself where it was meant to be part of a transaction; *required* is the variable's value."""
        if required not in (None, "required"):
            raise InvalidEntry(f"{self._router}: {REQUIRED}={required}: expected 'required', or nothing at all")
        if self.candidate is not None and self.candidate.job:
            raise InvalidEntry(
                f"{self._router}: a change waits for its confirmation; commit or abort it before anything else is changed"
            )
        if self.candidate is not None:
            raise InvalidEntry(
                f"{self._router}: the transaction of this run has failed, so nothing is written without a new one. "
                f"{self.candidate.ended}"
            )
        if required:
            raise InvalidEntry(
                f"{self._router}: this play changes routers only in a transaction ({REQUIRED}), and none was begun; was that "
                "task skipped, by --start-at-task or --skip-tags?"
            )

    def save(self, candidate: Candidate) -> None:
        """Keep a candidate for the next task; raises CommandFailed where there is no room for it."""
        try:
            candidate.save(self._file)
        except OSError as error:
            raise CommandFailed(
                f"{self._router}: the transaction cannot be kept for the next task ({self._file.parent}: {error.strerror})"
            ) from error

    def drop(self) -> None:
        """Forget the transaction."""
        self._file.unlink(missing_ok=True)

    def end(self, outcome: Outcome) -> None:
        """Keep what later tasks must know of a commit: that its change is open, or that it has failed."""
        try:
            if outcome.candidate is not None:
                self.save(outcome.candidate)
            elif outcome.result.problem and self.candidate is not None:
                self.save(self.candidate.failed(outcome.result.problem))
            else:
                self.drop()
        except CommandFailed as error:
            outcome.result.problem = ". ".join(filter(None, (outcome.result.problem, str(error))))
