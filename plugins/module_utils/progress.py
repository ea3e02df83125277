# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a run has come: what Ansible tells about hosts and tasks goes in, lines for people come out.

Nothing here knows Ansible, a terminal or the time of day; all times are seconds of one clock, which the caller reads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from .steps import Step

LEFT, WORKING, DONE, FAILED, STOPPED = "left", "working", "done", "failed", "stopped"
"""Where a site can be: not begun, in work, through, failed, or given up because another site failed."""

NAMED = 3
"""Sites that a line names at one step; of the others it tells how many there are."""

STEPS = 3
"""Steps that a line names."""

FOLDED = 30
"""Sites beyond which the summary counts those that are as they were, instead of naming each."""

Told = Callable[[str], "Step | None"]
"""Returns what the worker of a site has told of the step that it is at."""


def sizes(sites: int, serial: Sequence[Any]) -> list[int]:
    """Return the sizes of a play's batches, of so many sites, as ``serial`` (numbers and percentages) divides them."""
    found: list[int] = []
    while (rest := sites - sum(found)) > 0:
        text = str(serial[min(len(found), len(serial) - 1)]) if serial else "0"
        wanted = max(1, int(float(text.rstrip("%")) / 100 * sites)) if text.endswith("%") else int(text)
        found.append(min(rest, wanted) if wanted > 0 else rest)
    return found


def remaining(
    done: Sequence[tuple[int, float]], now: tuple[int, float], later: Sequence[int], forks: int
) -> float | None:
    """Estimate how many seconds a play still takes; None before its first batch has ended.

    ``done`` are its batches so far and ``now`` is the present one, each as sites and seconds; ``later`` are the sizes of those to
    come. A batch takes some time however small it is, and some for each site: once batches of two sizes have ended, both are
    known. Before, a batch counts as long as the first one, and as often as its sites need to share the forks.
    """
    if not done:
        return None

    def turns(size: int) -> int:
        return ceil(size / max(1, forks))

    mean_size = sum(size for size, _seconds in done) / len(done)
    mean = sum(seconds for _size, seconds in done) / len(done)
    spread = sum((size - mean_size) ** 2 for size, _seconds in done)
    if spread:
        each = max(0.0, sum((size - mean_size) * (seconds - mean) for size, seconds in done) / spread)
        once = max(0.0, mean - each * mean_size)
        guess = [once + each * size for size in (now[0], *later)]
    else:
        guess = [mean * turns(size) / turns(done[0][0]) for size in (now[0], *later)]
    return max(0.0, guess[0] - now[1]) + sum(guess[1:])


def clock(seconds: float) -> str:
    """Return a time as people read it on a clock, such as ``2:31`` or ``1:02:03``."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def about(seconds: float) -> str:
    """Return an estimate in words, no more exact than it is."""
    if seconds < 90:
        return f"about {max(10, 10 * round(seconds / 10))} s left"
    return f"about {round(seconds / 60)} min left"


@dataclass
class Site:
    """One site: where it is, its running task (``began`` at that time), and what its results have told so far."""

    name: str
    where: str = LEFT
    task: str = ""
    step: str = ""
    began: float | None = None
    seconds: float = 0.0
    changed: bool = False
    begun: bool = False
    outcome: str = ""
    written: bool = True
    commands: int = 0
    trouble: str = ""

    def became(self) -> str:
        """Return what became of it, in words."""
        told = {
            "confirmed": f"changed, {self.commands} command{'s' * (self.commands != 1)}",
            "planned": f"would change, {self.commands} command{'s' * (self.commands != 1)}",
            "unchanged": "unchanged",
            "open": "changed, and waits for its confirmation",
            "undone": "the change was taken back" if self.written else "nothing was written",
            "unconfirmed": "changed, and nothing would take it back",
            "mixed": "neither as before nor as wanted",
            "unknown": "not known, it could not be reached since",
        }.get(self.outcome, "")
        if self.trouble:
            return f"{told}: {self.trouble}" if told else self.trouble
        if told:
            return told
        if self.where == LEFT:
            return "not begun"
        if self.begun or self.where == STOPPED:
            return "left as it was, because the run ended before its commit" if self.begun else "not finished"
        return "changed" if self.changed else "unchanged"

    @property
    def quiet(self) -> bool:
        """Whether there is nothing to say of it."""
        return self.where == DONE and self.became() == "unchanged"

    @property
    def good(self) -> bool:
        """Whether it is as it was wanted, as far as it came."""
        return not self.trouble and self.outcome not in ("unconfirmed", "mixed", "unknown")


@dataclass
class Progress:
    """One run of a playbook: its sites over all plays, the present play's batches, and the time it began.

    ``_length`` is how many tasks a batch of the present play has had, at most.
    """

    began: float
    forks: int = 5
    sites: dict[str, Site] = field(default_factory=dict)
    _key: str = ""
    _names: list[str] = field(default_factory=list)
    _sizes: list[int] = field(default_factory=list)
    _batches: list[tuple[int, float]] = field(default_factory=list)
    _batch: list[str] = field(default_factory=list)
    _since: float = 0.0
    _tasks: set[str] = field(default_factory=set)
    _length: int = 0

    # What Ansible tells

    def batch(self, key: str, names: Sequence[str], batch: Sequence[str], serial: Sequence[Any], now: float) -> None:
        """A batch begins, of the play that *key* identifies; ``names`` are the play's sites, ``batch`` those of the batch.

        The batch may be empty: Ansible tells none for a localhost that no inventory names.
        """
        self._end_batch(now)
        if key != self._key:
            self._key, self._names, self._batches, self._length = key, list(names), [], 0
            self._sizes = sizes(len(names), serial)
            for name in names:
                site = self.sites.setdefault(name, Site(name))
                if site.where in (DONE, STOPPED):
                    site.where = LEFT
        self._batch, self._since = list(batch or names), now

    def start(self, name: str, task: str, step: str, now: float) -> None:
        """A task begins on a site. What has failed on it before was rescued, or is being tidied up after."""
        site = self.sites.setdefault(name, Site(name))
        site.where, site.task, site.step, site.began = WORKING, task, step, now
        self._tasks.add(task)

    def retry(self, name: str, attempt: int, attempts: int) -> None:
        """A task of a site is tried again."""
        site = self.sites[name]
        site.step = f"{site.step.partition(', attempt ')[0]}, attempt {attempt} of {attempts}"

    def result(self, name: str, task: str, result: Mapping[str, Any], now: float, transaction: bool = False) -> None:
        """A task has ended well on a site, or its failure was meant to be ignored; ``transaction``: it was one of that module."""
        site = self.sites.setdefault(name, Site(name))
        self._end_task(site, task, now)
        site.changed = site.changed or bool(result.get("changed"))
        if transaction:
            self._transacted(site, result)

    def failure(
        self, name: str, task: str, title: str, result: Mapping[str, Any], now: float, transaction: bool = False
    ) -> None:
        """A task has failed on a site, or the site could not be reached; ``title`` is the task's name."""
        site = self.sites.setdefault(name, Site(name))
        self._end_task(site, task, now)
        site.where = FAILED
        site.trouble = f"failed at '{title}'" if not result.get("unreachable") else f"not reached at '{title}'"
        if transaction:
            self._transacted(site, result)

    def no_more(self, now: float) -> None:
        """The batch is given up: whoever is in work and has not failed comes no further."""
        for name in self._batch:
            site = self.sites[name]
            if site.where == WORKING:
                site.where = STOPPED
        self._end_batch(now)

    def end(self, failed: Mapping[str, bool], now: float) -> None:
        """The run is over; ``failed`` tells for each site that took part whether something went wrong in the end."""
        self._end_batch(now)
        for name, site in self.sites.items():
            if failed.get(name):
                site.where = FAILED
            elif site.where == FAILED:
                # it was rescued
                site.where, site.trouble = DONE, ""
            elif site.where != LEFT:
                site.trouble = ""

    # What people read

    def counts(self) -> dict[str, int]:
        """Return how many of the present play's sites are where."""
        found = dict.fromkeys((DONE, FAILED, STOPPED, WORKING, LEFT), 0)
        for name in self._names:
            found[self.sites[name].where] += 1
        return found

    def line(self, now: float, told: Told) -> str:
        """Return one line: how many sites are where, the time, an estimate, and what is being done now."""
        where = self.counts()
        parts = [f"{where[DONE]} of {len(self._names)} site{'s' * (len(self._names) != 1)} done"]
        parts += [f"{where[each]} {each}" for each in (FAILED, STOPPED) if where[each]]
        parts += [f"{where[WORKING]} in work at task {self._at()}"] if where[WORKING] else []
        parts += [f"{where[LEFT]} left"] if where[LEFT] else []
        text = f"{', '.join(parts)}; {clock(now - self.began)}"
        left = self._estimate(now)
        if left is not None and (where[WORKING] or where[LEFT]):
            text += f", {about(left)}"
        return " | ".join([text, *self._doing(now, told)[:STEPS]])

    def summary(self) -> list[tuple[str, str]]:
        """Return the lines of the end, each with what it is: ``good``, ``changed`` or ``bad``."""
        shown = [self.sites[name] for name in self.sites]
        quiet = [site for site in shown if site.quiet] if len(shown) > FOLDED else []
        width = max((len(site.name) for site in shown if site not in quiet), default=0)
        lines = []
        for site in shown:
            if site in quiet:
                continue
            spent = f"{site.seconds:.1f} s" if site.seconds else ""
            kind = (
                "bad" if not site.good or site.where in (FAILED, STOPPED, LEFT) else "good" if site.quiet else "changed"
            )
            lines.append((f"{site.name:<{width}}  {spent or '-':>8}  {site.became()}", kind))
        if quiet:
            mean = sum(site.seconds for site in quiet) / len(quiet)
            lines.append((f"{len(quiet)} more sites: unchanged, {mean:.1f} s each on average", "good"))
        return lines

    # Inside

    def _doing(self, now: float, told: Told) -> list[str]:
        """Return what is being done, with the sites that are at it; what has gone on for the longest comes first."""
        groups: dict[tuple[str, float | None], list[tuple[float, str]]] = {}
        for site in map(self.sites.__getitem__, self._batch):
            if site.began is None:
                continue
            step = told(site.name)
            if step is None or step.since < site.began:
                step = Step(site.step, site.began)
            groups.setdefault((step.text, step.within), []).append((step.since, site.name))
        lines = []
        for (text, within), found in sorted(groups.items(), key=lambda group: min(group[1])):
            names = [name for _since, name in found[:NAMED]]
            more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
            bound = f" of {within:.0f} at most" if within is not None else ""
            lines.append(f"{', '.join(names)}{more}: {text}, {now - min(found)[0]:.0f} s{bound}")
        return lines

    def _at(self) -> str:
        """Return the number of the batch's task, and of how many, where an earlier batch has shown that."""
        number = len(self._tasks)
        return f"{number} of {self._length}" if number <= self._length else str(number)

    def _estimate(self, now: float) -> float | None:
        later = self._sizes[len(self._batches) + 1 :]
        return remaining(self._batches, (len(self._batch), now - self._since), later, self.forks)

    @staticmethod
    def _end_task(site: Site, task: str, now: float) -> None:
        if site.began is not None and site.task == task:
            site.seconds += now - site.began
            site.began = None

    @staticmethod
    def _transacted(site: Site, result: Mapping[str, Any]) -> None:
        if "outcome" not in result:
            # it has begun, or could not; what an earlier one came to is still so
            site.begun = site.begun or "routeros_version" in result
            return
        site.begun = False
        site.outcome = str(result["outcome"])
        site.written = bool(result.get("written", True))
        site.commands = len(result.get("commands") or ())

    def _end_batch(self, now: float) -> None:
        if not self._batch:
            return
        self._batches.append((len(self._batch), now - self._since))
        self._length = max(self._length, len(self._tasks))
        self._tasks = set()
        batch = [self.sites[name] for name in self._batch]
        failed = any(site.where == FAILED for site in batch)
        for site in batch:
            site.began = None
            if site.where == WORKING:
                site.where = STOPPED if site.begun else DONE
            elif site.where == LEFT and not failed:
                # there was nothing to do on it, as with run_once
                site.where = DONE
        self._batch = []
