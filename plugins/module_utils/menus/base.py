# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a menu is: its properties, what identifies a row, whether order matters, and since which version.

The facts stand in the files beside this one, an area each; their sources are the manual's command reference and the
command trees of real routers of 7.12 to 7.24.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ..values import Bool, Kind, Switch, Text, Unknown
from ..version import Version

_SECRET = re.compile(r"pass(word|phrase)|secret|(private|preshared|pre-shared|auth|wpa2?|wep|encryption).*key|token")
"""Names of properties that are secret wherever they are, for menus that no facts are known of."""

HIDDEN = "********"
"""What results show in the place of a secret."""

KEEP = "\0keep"
"""Default of a property whose default differs between versions or devices: where it isn't given, it is left alone."""


@dataclass(frozen=True)
class Field:
    """A property of a menu's rows.

    ``default`` is the canonical value that an absent property stands for; None: absent means not set.
    ``refers`` names the menus whose rows' names are legal values. ``state`` marks what the router tells and nobody
    sets. ``since``/``until`` are the first and last version that have it; ``v6`` is its name on RouterOS 6.
    """

    name: str
    kind: Kind
    help: str
    default: str | None = None
    required: bool = False
    refers: tuple[str, ...] = ()
    literals: tuple[str, ...] = ()
    """Words that are legal beside the names of the menus referred to, such as ``none``."""
    since: Version = (6,)
    until: Version | None = None
    v6: str = ""
    secret: bool = False
    state: bool = False
    writable: bool = True
    """False for what identifies a row and nobody can change, such as the default name of a port."""
    unread: bool = False
    """The router never tells it (passwords), so it cannot be compared: it is written when a row is added, and along
    with another change of the row, but is no change by itself."""
    explicit: bool = False
    """Written whenever a row is added, because versions disagree about what an absent value means."""
    needs: str = ""
    """The property that must say something fitting for the router to accept this one."""
    refused: str = ""
    """Why the property cannot be kept as configuration; entries that give it are refused with this text."""
    device: str = ""
    """What a device must have for the property to exist (``poe``, ``switch``); virtual routers lack it."""

    @property
    def option(self) -> str:
        """The name of the module option that sets this property."""
        return self.name.replace("-", "_")

    def is_off(self, value: str | None) -> bool:
        """Whether *value* switches it off, where writing any value means on."""
        return isinstance(self.kind, Switch) and value == "no"

    def wire(self, version: Version) -> str:
        """Return the property's name on a router of *version*."""
        return self.v6 if self.v6 and version < (7,) else self.name


@dataclass(frozen=True)
class Menu:
    """A menu of the router.

    ``keys`` are the ways to identify a row, the best first: the first whose properties an entry gives is used; an
    entry that gives none of them is identified by everything it says. ``singleton`` has one row without an id,
    ``fixed`` has rows that can be changed but neither added nor removed. ``unsettable`` menus know ``unset``.
    """

    path: str
    help: str
    fields: tuple[Field, ...] = ()
    keys: tuple[tuple[str, ...], ...] = ()
    ordered: bool = False
    singleton: bool = False
    fixed: bool = False
    unsettable: bool = False
    since: Version = (6,)
    implied: bool = False
    """The menu doesn't exist on RouterOS 6, where what its rows say needs no saying."""
    permanent: tuple[str, ...] = ()
    """Names of rows that the router never lets go, such as its own user groups."""
    duplicates: bool = False
    """Whether several rows may share what identifies them, as checks of one host do."""
    module: str = ""
    internal: str = ""
    """How the names of rows begin that the collection itself puts there for a while; they are nobody's configuration."""
    known: bool = True
    """False for a menu that the user named and no facts are known of."""

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """The properties by their name, and by their name as a module's option."""
        return {f.option: f for f in self.fields} | {f.name: f for f in self.fields}

    def field(self, name: str) -> Field | None:
        """Return the property called *name*; of an unknown menu, any name is one."""
        found = self.by_name.get(name)
        if found is None and not self.known:
            return Field(
                name, Text() if name in ("name", "comment") else Unknown(), "", secret=bool(_SECRET.search(name))
            )
        return found

    def default(self, name: str) -> str | None:
        """Return what an absent property stands for; None where it is not set, or where that is not known."""
        known = self.field(name)
        return None if known is None or known.default == KEEP else known.default

    @property
    def has_comment(self) -> bool:
        """Whether rows can bear a comment."""
        return not self.known or "comment" in self.by_name

    @property
    def command(self) -> str:
        """The menu as the API writes it."""
        return "/" + self.path.replace(" ", "/")


COMMENT = Field("comment", Text(), "Short description of the row.")


def disabled(default: str | None = "no", explicit: bool = False) -> Field:
    """Return the property that switches a row off."""
    return Field("disabled", Bool(), "Whether the row is switched off.", default=default, explicit=explicit)


def flag(name: str, text: str) -> Field:
    """Return a flag that the router sets; off reads back as ``false`` or not at all."""
    return Field(name, Bool(), text, default="no", state=True)


def told(name: str, kind: Kind, text: str) -> Field:
    """Return a property that the router tells and nobody sets."""
    return Field(name, kind, text, state=True)


DYNAMIC = flag("dynamic", "Whether the router made the row itself.")
INVALID = flag("invalid", "Whether the router cannot use the row, for instance because what it names is gone.")
RUNNING = flag("running", "Whether the link is up.")
