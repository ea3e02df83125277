# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results in the form that modules return: rows as options, changes as a diff, no secret."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .engine import Result
from .errors import ConnectionFailed
from .mask import Mask, secret_values, visible
from .menus import find_menu
from .menus.base import HIDDEN, Menu
from .reading import Rows
from .rows import Row
from .script import word, words
from .transaction import Outcome
from .values import Bool, Kind, Source
from .version import dotted


def boolean(router: str, name: str, value: Any) -> bool:
    """Return an inventory variable as a truth value."""
    try:
        return Bool().canonical(str(value)) == "yes"
    except ValueError as error:
        raise ConnectionFailed(f"{router}: {name}={value}: {error}") from None


def number(router: str, name: str, value: Any) -> int:
    """Return an inventory variable as a positive number."""
    if not str(value).isdigit() or not 0 < int(value) < 65_536:
        raise ConnectionFailed(f"{router}: {name}={value}: expected a number between 1 and 65535")
    return int(value)


@dataclass(frozen=True)
class Shown:
    """Turns results into what a module returns: of ``menu``, or, where that is None, by the menus' paths."""

    mask: Mask
    menu: Menu | None

    def gathered(self, result: Result) -> dict[str, Any]:
        """Return the rows that were read."""
        told = {"changed": False, "gathered": self._rows(result.before), "routeros_version": dotted(result.version)}
        return self._masked(told)

    def changed(self, router: str, result: Result, check: bool, diff: bool) -> dict[str, Any]:
        """Return what was changed, or in check mode what would be."""
        # rows that somebody has written since the entries were planned bear secrets too
        for made in result.plans:
            for row in (*made.rows, *made.after):
                self.mask.hide(secret_values(made.menu, row.values.items()))
        told: dict[str, Any] = {
            # what may have been done counts: a handler too many does less harm than one too few
            "changed": bool(result.commands or result.uncertain),
            "before": self._rows(result.before),
            "commands": result.commands,
            "routeros_version": dotted(result.version),
        }
        if result.after is not None:
            told["after"] = self._rows(result.after)
        if check:
            told["drift"] = result.drift
        if diff and result.after is not None:
            told["diff"] = self._diff(router, result.before, result.after)
        if result.warnings:
            told["warnings"] = result.warnings
        if result.problem:
            told |= {"failed": True, "msg": result.problem, "refused_commands": result.refused}
        return self._masked(told)

    def transacted(self, router: str, outcome: Outcome, diff: bool) -> dict[str, Any]:
        """Return what became of a transaction."""
        planned = outcome.state == "planned"
        told = self.changed(router, outcome.result, check=planned, diff=diff)
        told |= {"outcome": outcome.state, "written": outcome.written}
        # an undone change leaves nothing that a handler would have to act on; of what nobody has seen, it must
        told["changed"] = outcome.state in ("planned", "confirmed", "open", "mixed", "unconfirmed", "unknown")
        if outcome.way is not None:
            told["undo"] = outcome.way.told()
        if outcome.conflicts:
            told["conflicts"] = outcome.conflicts
        return self._masked(told)

    def _masked(self, told: dict[str, Any]) -> dict[str, Any]:
        masked: dict[str, Any] = self.mask(told)
        return masked

    def _rows(self, rows: dict[str, list[Row]]) -> Any:
        if self.menu is None:
            return {path: [visible(find_menu(path), row) for row in found] for path, found in rows.items()}
        typed = [_typed(self.menu, row) for row in rows.get(self.menu.path, [])]
        if self.menu.singleton:
            return typed[0] if typed else {}
        return typed

    def _diff(self, router: str, old: Rows, new: Rows) -> list[dict[str, str]]:
        out = []
        for path in old:
            menu = find_menu(path)
            rows = old[path], new.get(path, [])
            before, after = (_text(menu, some) for some in (_differing(menu, *rows) if menu.fixed else rows))
            if before != after:
                header = f"{router}: /{path}"
                out.append({"before_header": header, "after_header": header, "before": before, "after": after})
        return out


def _differing(menu: Menu, before: Iterable[Row], after: Iterable[Row]) -> tuple[list[Row], list[Row]]:
    """Return the rows that differ, with what differs and what identifies them; a port has dozens of other properties."""
    old = {row.id: row for row in before}
    pairs = [(old[row.id], row) for row in after if row.id in old and old[row.id].values != row.values]
    out: tuple[list[Row], list[Row]] = ([], [])
    for pair in pairs:
        differing = {name for name, _rest in pair[0].values.items() ^ pair[1].values.items()} | set(menu.keys[0])
        for rows, row in zip(out, pair, strict=True):
            rows.append(Row(row.id, {name: value for name, value in row.values.items() if name in differing}))
    return out


def _text(menu: Menu, rows: Iterable[Row]) -> str:
    if menu.singleton:
        return "".join(f"{word(name, value)}\n" for row in rows for name, value in sorted(visible(menu, row).items()))
    return "".join(_lines(menu, visible(menu, row)) for row in rows)


def _lines(menu: Menu, values: Mapping[str, str]) -> str:
    """Return a row as one line of words, and a script that has several lines below it, line by line."""
    scripts = {
        name: value
        for name, value in values.items()
        if "\n" in value and (known := menu.field(name)) is not None and isinstance(known.kind, Source)
    }
    out = [words({name: value for name, value in values.items() if name not in scripts})]
    for name, value in scripts.items():
        out += [f"  {name}:", *(f"    {line}" for line in value.splitlines())]
    return "".join(f"{line}\n" for line in out)


def _typed(menu: Menu, row: Row) -> dict[str, Any]:
    """Return a row under the names and types of the module's options, so that it can be given back as ``config``."""
    out: dict[str, Any] = {}
    for name, value in visible(menu, row).items():
        known = menu.field(name)
        if known is not None:
            out[known.option] = _value(known.kind, value)
    return out


def _value(kind: Kind, text: str) -> Any:
    if text == HIDDEN:
        return text
    if kind.ansible == "bool":
        return text == "yes"
    return text.split(",") if kind.ansible == "list" else text
