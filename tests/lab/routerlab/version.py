# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RouterOS version numbers and the spans in which a fact holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import total_ordering

_PATTERN = re.compile(r"([0-9]{1,3})\.([0-9]{1,3})(?:\.([0-9]{1,3}))?")


@total_ordering
@dataclass(frozen=True)
class Version:
    """A release such as 7.22.3; ``text`` keeps the spelling that the user wrote."""

    major: int
    minor: int
    patch: int
    text: str

    @classmethod
    def parse(cls, text: str) -> Version:
        """Read ``7.22`` or ``7.22.3``; raises ValueError for anything else."""
        match = _PATTERN.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{text!r} is not a RouterOS version such as 7.22 or 7.22.3")
        major, minor, patch = (int(part or 0) for part in match.groups())
        return cls(major, minor, patch, text.strip())

    @property
    def key(self) -> tuple[int, int, int]:
        """The numbers alone, to compare by."""
        return (self.major, self.minor, self.patch)

    def __lt__(self, other: Version) -> bool:
        return self.key < other.key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __str__(self) -> str:
        return self.text


#: The oldest and the newest minor release whose command trees the menus were written from.
OLDEST = Version.parse("7.9")
NEWEST = Version.parse("7.24")


@dataclass(frozen=True)
class Span:
    """The versions from ``since`` (included) up to ``until`` (not included); None leaves that end open."""

    since: Version | None = None
    until: Version | None = None

    def __contains__(self, version: Version) -> bool:
        if self.since is not None and version < self.since:
            return False
        return self.until is None or version < self.until

    def __str__(self) -> str:
        words = []
        if self.since is not None:
            words.append(f"since {self.since}")
        if self.until is not None:
            words.append(f"before {self.until}")
        return ", ".join(words)


ALWAYS = Span()


def span(since: str | None = None, until: str | None = None) -> Span:
    """Build a Span from texts; ``until`` is the first version without the thing."""
    if since is None and until is None:
        return ALWAYS
    return Span(Version.parse(since) if since else None, Version.parse(until) if until else None)
