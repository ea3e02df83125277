# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One write: as a sentence for the API, and as a line for people."""

from __future__ import annotations

from dataclasses import dataclass, field

from .menus.base import Menu
from .rows import Row, Values
from .script import word
from .version import Version


@dataclass(frozen=True)
class Operation:
    """A write to a menu.

    ``subject`` names the row to people. ``values`` are canonical; None unsets. An added or moved row comes to stand before
    ``before``, or at the end. ``by_id``: what identifies a row here, several rows have, so that text must name its id.
    """

    verb: str
    menu: Menu
    subject: str
    row: Row | None = None
    values: Values = field(default_factory=dict)
    before: Row | None = None
    by_id: bool = False

    def sentence(self, version: Version) -> tuple[str, ...]:
        """Return the operation as an API sentence for a router of *version*."""
        words = [f"{self.menu.command}/{self.verb}"]
        if self.verb == "move":
            words.append(f"=numbers={self._id}")
            if self.before is not None:
                words.append(f"=destination={self.before.id}")
            return tuple(words)
        if self.row is not None and self.row.id is not None:
            words.append(f"=.id={self._id}")
        if self.verb == "unset":
            words += [f"=value-name={self._wire(name, version)}" for name in self.values]
            return tuple(words)
        words += [f"={self._wire(name, version)}={value or ''}" for name, value in self.values.items()]
        if self.verb == "add" and self.before is not None:
            words.append(f"=place-before={self.before.id}")
        return tuple(words)

    def text(self, version: Version = (7,)) -> str:
        """Return the operation as a line for the router's terminal."""
        out = f"/{self.menu.path} {self.verb}"
        if self.row is not None and not self.menu.singleton:
            out += f" {self._find(self.row)}"
        if self.verb == "unset":
            return f"{out} {' '.join(self._wire(name, version) for name in self.values)}"
        for name, value in self.values.items():
            out += " " + word(self._wire(name, version), value or "")
        if self.before is not None:
            out += f" {'place-before' if self.verb == 'add' else 'destination'}={self._find(self.before)}"
        return out

    @property
    def _id(self) -> str:
        if self.row is None or self.row.id is None:
            raise AssertionError(f"{self.verb} of a row without an id")
        return self.row.id

    def _wire(self, name: str, version: Version) -> str:
        known = self.menu.field(name)
        return known.wire(version) if known else name

    def _find(self, row: Row) -> str:
        told = row.identifying(self.menu)
        if self.by_id or not told:
            return row.id or ""
        return "[ find " + " ".join(word(name, value) for name, value in told.items()) + " ]"
