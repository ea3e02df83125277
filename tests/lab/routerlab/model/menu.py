# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a menu is declared: a table of arguments, read-only properties and commands, each with version bounds.

Declarations hold facts only.  What a router works out by itself (a route's ``active``) is a function named in the
declaration; what it refuses beyond single values (duplicates) likewise.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum as PyEnum
from typing import TYPE_CHECKING

from routerlab.values import Kind, Value
from routerlab.version import ALWAYS, Span, Version, span

if TYPE_CHECKING:
    from routerlab.model.router import Router
    from routerlab.model.store import Row


class Show(PyEnum):
    """When a property that was never written is returned."""

    DEFAULT = "with its default"
    NEVER = "not at all"


@dataclass(frozen=True)
class Arg:
    """One argument of ``add`` and ``set``.

    ``default`` is what holds when it was never written; ``show`` tells whether that is returned, and ``quiet_since``
    the version from which it no longer is.  ``effect`` is False for arguments that the lab takes, checks and returns
    but that change nothing else; ``packets`` is True for those that change something only where packets flow, that is
    in a lab with its data plane.  ``secret`` values are never returned.
    """

    name: str
    kind: Kind
    default: str | None = None
    show: Show = Show.DEFAULT
    quiet_since: Version | None = None
    versions: Span = ALWAYS
    effect: bool = True
    packets: bool = False
    secret: bool = False
    verbs: tuple[str, ...] = ("add", "set")
    unset: bool = True

    def shown_default(self, version: Version) -> str | None:
        """What a router of this version returns for the argument when it was never written."""
        if self.show is Show.NEVER or (self.quiet_since is not None and version >= self.quiet_since):
            return None
        return self.default


def arg(
    name: str,
    kind: Kind,
    default: str | None = None,
    *,
    show_never: bool = False,
    quiet_since: str | None = None,
    since: str | None = None,
    until: str | None = None,
    effect: bool = True,
    packets: bool = False,
    secret: bool = False,
    verbs: tuple[str, ...] = ("add", "set"),
    unset: bool = True,
) -> Arg:
    """An argument, its version bounds written as texts."""
    quiet = Version.parse(quiet_since) if quiet_since else None
    show = Show.NEVER if show_never else Show.DEFAULT
    return Arg(name, kind, default, show, quiet, span(since, until), effect, packets, secret, verbs, unset)


@dataclass(frozen=True)
class Command:
    """A command beside the rows' common ones, with the arguments that it takes.

    ``run`` gets the router, the rows that were named and the arguments; it returns the words of ``!done`` or None.
    ``work`` takes its place for what takes time; it also gets the policies and the name of who gave the command.
    ``stream`` takes its place for what returns rows while it goes on, until it ends or is cancelled.
    A command without any of these is known to exist and not modelled: it answers as an unknown one does.
    """

    name: str
    args: tuple[str, ...] = ()
    run: Callable[[Router, list[Row], Mapping[str, str]], str | None] | None = None
    work: Callable[[Router, list[Row], Mapping[str, str], set[str], str], Awaitable[None]] | None = None
    stream: Callable[[Router, Mapping[str, str]], AsyncIterator[dict[str, str]]] | None = None
    versions: Span = ALWAYS
    policies: tuple[str, ...] = ("write",)

    @property
    def modelled(self) -> bool:
        """Whether the lab has the command, and does not only know of it."""
        return self.run is not None or self.work is not None or self.stream is not None


@dataclass(frozen=True)
class Unique:
    """Enabled rows must differ in these fields, else ``failure: message``; ``enabled`` False compares all rows."""

    fields: tuple[str, ...]
    message: str
    enabled: bool = True


Fill = Callable[["Router", dict[str, Value]], None]
Check = Callable[["Router", "Row | None", Mapping[str, Value]], None]
Compute = Callable[["Router", "Row"], Mapping[str, str]]
Rows = Callable[["Router"], "list[Row]"]
Merge = Callable[["Router", "Row", dict[str, Value]], dict[str, Value]]
Count = Callable[["Router"], "Mapping[int, Mapping[str, str]]"]
After = Callable[["Router", "Row"], None]


@dataclass(frozen=True)
class Menu:
    """One menu; ``path`` is written with blanks, such as ``ip firewall mangle``.

    ``table`` names the rows' table when it is shared, ``part`` filters it.  The functions: ``fill`` completes a new
    row (names that the router gives by itself), ``merge`` settles what a ``set`` implies, ``check`` refuses
    combinations, ``compute`` adds what the router knows, ``count`` tells what the ``counters`` stand at (by row),
    ``extra_rows`` adds dynamic rows, which ``remove_extra`` takes away, ``on_add`` and the ``after`` hooks follow a
    change.  ``dirty`` says that writes change routes, leases or the like.
    """

    path: str
    args: tuple[Arg, ...]
    reads: tuple[str, ...] = ()
    singleton: bool = False
    ordered: bool = False
    nextid: bool = False
    table: str = ""
    part: Callable[[Row], bool] | None = None
    verbs: tuple[str, ...] = ("add", "remove", "set", "comment")
    commands: tuple[Command, ...] = ()
    required: tuple[str, ...] = ()
    unique: tuple[Unique, ...] = ()
    name_field: str = ""
    order: tuple[str, ...] = ()
    fill: Fill | None = None
    check: Check | None = None
    compute: Compute | None = None
    extra_rows: Rows | None = None
    remove_extra: Callable[[Router, list[Row]], None] | None = None
    removable: Check | None = None
    on_add: After | None = None
    merge: Merge | None = None
    after_change: After | None = None
    after_remove: After | None = None
    dirty: bool = False
    versions: Span = ALWAYS
    unset_versions: Span | None = None
    print_extra: tuple[str, ...] = ()
    print_sometimes: tuple[tuple[str, Span], ...] = ()
    print_without: tuple[str, ...] = ()
    get_sometimes: tuple[tuple[str, Span], ...] = ()
    noun: str = "entry"
    policies: tuple[str, ...] = ("write",)
    counters: tuple[str, ...] = ()
    count: Count | None = None
    snapshot: bool = True
    notes: str = ""
    #: The feature of ``/system/device-mode`` without which rows can be neither added nor enabled.
    feature: str = ""
    by_name: dict[str, Arg] = field(init=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        if not self.table:
            object.__setattr__(self, "table", self.path)
        self.by_name.update({item.name: item for item in self.args})
        if len(self.by_name) != len(self.args):
            raise ValueError(f"menu {self.path} declares an argument twice")

    def args_for(self, verb: str, version: Version) -> dict[str, Arg]:
        """The arguments that ``add`` or ``set`` takes in a version, common ones (``numbers`` ...) not included."""
        return {item.name: item for item in self.args if version in item.versions and verb in item.verbs}

    def has_verb(self, verb: str, version: Version) -> bool:
        """Whether one of the rows' common verbs exists here."""
        if verb == "unset":
            return self.unset_versions is not None and version in self.unset_versions
        return verb in self.verbs

    def command(self, name: str, version: Version) -> Command | None:
        """The special command of that name, when this version has it."""
        for command in self.commands:
            if command.name == name and version in command.versions:
                return command
        return None
