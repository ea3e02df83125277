# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of what a plan leads to, made before anything is written: references to nothing, buckets that leave a gap."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from .errors import InvalidEntry
from .menus.base import Menu
from .names import Names
from .rows import Entry, Row
from .script import word, words
from .version import Version


def check_tags(router: str, menu: Menu, entries: Sequence[Entry], scope: str) -> None:
    """Refuse an entry that would not be ours once it is written, where rows bear comments and can be removed."""
    if not scope or menu.singleton or menu.fixed or not menu.has_comment:
        return
    for entry in entries:
        if not (entry.values.get("comment") or "").startswith(scope):
            raise InvalidEntry(
                f"{router}: {menu.path}, {entry.label}: its comment must begin with the scope '{scope}', so that the row "
                "can be told from those of others"
            )


def check_references(router: str, menu: Menu, entries: Sequence[Entry], names: Names, version: Version) -> None:
    """Refuse a reference to nothing: a name that won't be there when the change is done."""
    for entry in entries:
        for name, value in entry.values.items():
            known = menu.field(name)
            if known is None or not known.refers or not value or (known.v6 and version < (7,)):
                continue
            legal = names.legal(known.refers)
            if legal is None:
                continue
            legal |= set(known.literals)
            for one in known.kind.mentions(value):
                if one not in legal:
                    near = difflib.get_close_matches(one, sorted(legal), 1)
                    hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(sorted(legal)) or 'none'}"
                    raise InvalidEntry(
                        f"{router}: {menu.path}, {entry.label}: {word(name, value)}: no such {known.refers[0]}; {hint}"
                    )


def check_buckets(router: str, menu: Menu, after: Sequence[Row], wanted: Sequence[Row]) -> None:
    """Refuse per-connection classifiers whose remainders leave connections without a rule.

    Rules that are alike in all that they match, save the remainder, divide connections among them: each remainder below
    the denominator must occur. *after* are all rows that there will be; only groups with a row of *wanted* are looked at.
    """
    if "per-connection-classifier" not in menu.by_name:
        return
    mine = {id(row) for row in wanted}
    effects = {"action", "comment", "disabled", "log", "log-prefix", "passthrough", "per-connection-classifier"}
    groups: dict[tuple[str, tuple[tuple[str, str], ...]], list[Row]] = {}
    for row in after:
        classifier = row.values.get("per-connection-classifier")
        if not classifier or classifier.startswith("!") or row.values.get("disabled") == "yes":
            continue
        matchers = {
            name: value
            for name, value in row.values.items()
            if name not in effects and not name.startswith("new-") and value != menu.default(name)
        }
        divided = classifier.partition("/")[0]
        groups.setdefault((divided, tuple(sorted(matchers.items()))), []).append(row)
    for (divided, common), rows in groups.items():
        denominator = int(divided.rpartition(":")[2])
        remainders = {int(row.values["per-connection-classifier"].partition("/")[2]) for row in rows}
        lacking = sorted(set(range(denominator)) - remainders)
        if lacking and any(id(row) in mine for row in rows):
            raise InvalidEntry(
                f"{router}: {menu.path}, rules with {words(dict(common))}: per-connection-classifier={divided}/… lacks the "
                f"remainder{'s' if len(lacking) > 1 else ''} {', '.join(map(str, lacking))}, whose connections would get no "
                f"mark; expected a rule for each remainder from 0 to {denominator - 1}"
            )
