# Copyright: (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a request over several menus to a changed router: read once, plan, check, write once, read back.

One login, one round trip of reads, one round trip of writes (the read-back travels with them).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from .checks import check_buckets, check_references, check_tags
from .errors import CommandFailed, ConnectionLost, InvalidEntry
from .mask import Mask, secret_values
from .menus import find_menu, rank, similar_menu
from .menus.base import Menu
from .names import Names
from .plan import Operation, Plan, Request, in_scope, plan
from .rows import Entry, Row, read_entries, read_rows
from .script import words
from .session import Reply, Sentence
from .version import Version, version


class Exchange(Protocol):
    """What the engine needs of a session."""

    def exchange(self, sentences: Sequence[Sentence]) -> list[Reply]:
        """Return the replies to *sentences*, in order."""


Connect = Callable[[], AbstractContextManager[Exchange]]
Menus = Mapping[str, Any]
"""Entries by the path of their menu: a list of mappings, or one mapping."""
Rows = dict[str, list[Row]]


@dataclass
class Result:
    """What was found, what was done. ``commands`` are those that the router accepted (in check mode: would be sent);
    ``problem`` is what went wrong while writing, empty if nothing did."""

    version: Version = ()
    plans: list[Plan] = field(default_factory=list)
    before: Rows = field(default_factory=dict)
    after: Rows = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    problem: str = ""
    warnings: list[str] = field(default_factory=list)
    mask: Mask = field(default_factory=Mask)
    names: Names = field(default_factory=Names)

    @property
    def drift(self) -> dict[str, dict[str, list[str]]]:
        """Return by menu how the router differed."""
        return {p.menu.path: told for p in self.plans if (told := p.drift.as_dict())}


@dataclass(frozen=True)
class Wanted:
    """A request after everything that can be checked without the router."""

    request: Request
    menus: tuple[tuple[Menu, tuple[Entry, ...]], ...]
    mask: Mask


def prepare(menus: Menus, request: Request, secrets: Iterable[str] = ()) -> Wanted:
    """Check and sort what is wanted; raises InvalidEntry. Nothing is connected to yet."""
    found: list[tuple[Menu, tuple[Entry, ...]]] = []
    hidden = list(secrets)
    for path, given in menus.items():
        menu = find_menu(path)
        if not isinstance(given, Sequence) or isinstance(given, str):
            if not isinstance(given, Mapping):
                raise InvalidEntry(f"{request.router}: {menu.path}: expected a list of entries, found {given!r}")
            given = [given]
        for entry in given:
            if isinstance(entry, Mapping):
                hidden += secret_values(menu, ((str(name), str(value or "")) for name, value in entry.items()))
        entries = tuple(read_entries(request.router, menu, given))
        if menu.singleton and len(entries) > 1:
            raise InvalidEntry(
                f"{request.router}: {menu.path}: has one set of properties, found {len(entries)} entries"
            )
        if request.state in ("merged", "replaced", "overridden"):
            check_tags(request.router, menu, entries, request.scope)
        found.append((menu, entries))
    paths = [menu.path for menu, _entries in found]
    if twice := next((path for path in paths if paths.count(path) > 1), None):
        raise InvalidEntry(f"{request.router}: {twice}: given twice in menus, with different spellings of its path")
    return Wanted(request, tuple(sorted(found, key=lambda pair: rank(pair[0]))), Mask(hidden))


def render(wanted: Wanted) -> str:
    """Return the entries as RouterOS text that a router could import."""
    lines = []
    for menu, entries in wanted.menus:
        lines.append(f"/{menu.path}")
        lines += [_rendered(menu, entry) for entry in entries]
    return "\n".join(lines) + "\n"


def _rendered(menu: Menu, entry: Entry) -> str:
    if menu.singleton:
        return f"set {words(entry.values)}"
    if menu.fixed:
        key = dict(entry.key(menu))
        return f"set [ find {words(key)} ] {words({n: v for n, v in entry.values.items() if n not in key})}"
    return f"add {words(entry.values)}"


def gather(wanted: Wanted, connect: Connect) -> Result:
    """Read the menus and change nothing."""
    with connect() as session:
        return _read(wanted, session)


def run(wanted: Wanted, connect: Connect, check: bool = False, foreseen: Mapping[str, Any] | None = None) -> Result:
    """Bring the router to what is wanted, or in check mode only say what that would take.

    ``foreseen`` is what earlier tasks in check mode said about names (see Names), as if it had been done.
    Raises InvalidEntry before anything is written, ConnectionFailed and ConnectionLost from the session. What the router
    refuses while writing is told in the result's ``problem``.
    """
    with connect() as session:
        result = _read(wanted, session)
        result.names.heard(foreseen or {})
        request = replace(wanted.request, version=result.version)
        result.plans = _plans(wanted, result.before, result.names, request)
        operations = [op for p in result.plans for op in p.operations]
        operations += [op for p in reversed(result.plans) for op in p.removals]
        if check or not operations:
            result.commands = [op.text(result.version) for op in operations]
            result.after = {p.menu.path: _shown(p.menu.path, p.after, request) for p in result.plans}
            result.before = _scoped(result.before, request)
            return result
        _write(wanted, session, request, operations, result)
        return result


def _read(wanted: Wanted, session: Exchange) -> Result:
    """Return the static rows of all menus, and the names that there are in the menus that entries refer to."""
    menus = [menu for menu, _entries in wanted.menus]
    named = sorted(
        {
            path
            for menu, entries in wanted.menus
            for entry in entries
            for name in entry.values
            if (known := menu.field(name)) is not None
            for path in known.refers
        }
    )
    sentences: list[Sentence] = [("/system/resource/print", "=.proplist=version")]
    sentences += [(f"{menu.command}/print",) for menu in menus]
    sentences += [(f"{find_menu(path).command}/print", "=.proplist=name") for path in named]
    replies = session.exchange(sentences)
    _refuse_trap(wanted.request.router, "system resource", replies[0])
    number = _version(wanted.request.router, replies[0])
    before: Rows = {}
    for menu, reply in zip(menus, replies[1:], strict=False):
        if menu.implied and number < (7,):
            before[menu.path] = []
            continue
        _refuse_trap(wanted.request.router, menu.path, reply)
        before[menu.path] = read_rows(menu, reply.rows, number)
    result = Result(version=number, before=before, mask=wanted.mask)
    for path, reply in zip(named, replies[1 + len(menus) :], strict=True):
        if not (find_menu(path).implied and number < (7,)):
            _refuse_trap(wanted.request.router, path, reply)
            result.names.read(path, [row["name"] for row in reply.rows if "name" in row])
    result.after = _scoped(before, wanted.request)
    return result


def _version(router: str, reply: Reply) -> Version:
    told = reply.rows[0].get("version", "") if reply.rows else ""
    try:
        return version(told)
    except ValueError as error:
        raise CommandFailed(f"{router}: system resource: {error}") from error


def _refuse_trap(router: str, path: str, reply: Reply) -> None:
    if not reply.traps:
        return
    if "no such command" in reply.trap:
        raise CommandFailed(f"{router}: {path}: the router has no such menu ({reply.trap}){similar_menu(path)}")
    raise CommandFailed(f"{router}: {path}: cannot be read: {reply.trap}{_permission_hint(reply.trap)}")


def _permission_hint(trap: str) -> str:
    return "; the user's group lacks a policy (read, write, policy, test, sensitive)" if "permission" in trap else ""


def _plans(wanted: Wanted, before: Rows, names: Names, request: Request) -> list[Plan]:
    """Plan menu by menu, each against the names that the menus before it will have given."""
    plans: list[Plan] = []
    for menu, entries in wanted.menus:
        rows = before[menu.path]
        if menu.implied and request.version < (7,):
            continue
        if not menu.known:
            menu = _observed(menu, rows)
        if menu.singleton and not rows:
            rows = [Row(None, {})]
        rows = [names.renamed(menu, row) for row in rows]
        made = plan(menu, rows, entries, request)
        check_references(request.router, menu, entries, names, request.version)
        check_buckets(request.router, menu, made.after, made.wanted)
        names.follow(menu, rows, made.after)
        plans.append(made)
    return plans


def _observed(menu: Menu, rows: Sequence[Row]) -> Menu:
    """Return a menu that no facts are known of with what its rows tell: one without ids is a singleton, and rows of an
    ordered menu name their successors."""
    return replace(
        menu,
        singleton=bool(rows) and all(row.id is None for row in rows),
        ordered=any(".nextid" in row.told for row in rows),
    )


def _write(wanted: Wanted, session: Exchange, request: Request, operations: list[Operation], result: Result) -> None:
    """Write all operations and read the menus back, in one round trip; tell the truth about what came of it."""
    menus = [p.menu for p in result.plans]
    sentences = [op.sentence(result.version) for op in operations]
    texts = [op.text(result.version) for op in operations]
    result.before, before = _scoped(result.before, request), result.before
    try:
        replies = session.exchange([*sentences, *((f"{menu.command}/print",) for menu in menus)])
    except ConnectionLost as error:
        done = min(error.answered, len(operations))
        result.commands = texts[:done]
        result.after = result.before
        result.problem = (
            f"{error}. {done} of {len(operations)} changes were answered before that; whether the router has carried out the "
            f"others, from '{texts[done]}' on, is not known: run again to finish"
            if done < len(operations)
            else f"{error}. All {done} changes were answered before that"
        )
        return
    refusals = []
    for operation, text, reply in zip(operations, texts, replies, strict=False):
        if reply.traps:
            result.refused.append(text)
            refusals.append(f"{operation.menu.path}, {operation.subject}: {operation.verb} refused: {reply.trap}")
        else:
            result.commands.append(text)
    back: Rows = {}
    for menu, reply in zip(menus, replies[len(operations) :], strict=True):
        rows = read_rows(menu, reply.rows, result.version) if not reply.traps else before[menu.path]
        back[menu.path] = rows
    result.after = _scoped(back, request)
    if refusals:
        others = f" ({len(refusals) - 1} more refused)" if len(refusals) > 1 else ""
        result.problem = (
            f"{request.router}: {refusals[0]}{_permission_hint(refusals[0])}{others}. "
            f"{len(result.commands)} of {len(operations)} changes were carried out, see commands and refused_commands"
        )
        return
    result.warnings += _unsettled(wanted, back, request, menus)


def _unsettled(wanted: Wanted, back: Rows, request: Request, menus: Sequence[Menu]) -> list[str]:
    """Say where the router keeps something else than it was told, which each run would write again."""
    entries = {menu.path: given for menu, given in wanted.menus}
    return [
        f"{request.router}: {menu.path}, {operation.subject}: the router accepted this but reads back differently; "
        f"still to do would be: {operation.text(request.version)}"
        for menu in menus
        for made in (plan(menu, back[menu.path], entries[menu.path], request),)
        for operation in (*made.operations, *made.removals)
    ]


def _scoped(rows: Rows, request: Request) -> Rows:
    return {path: _shown(path, found, request) for path, found in rows.items()}


def _shown(path: str, rows: Iterable[Row], request: Request) -> list[Row]:
    """Return the rows that results show: ours where a scope says which are, and what is there for good and bears no tag."""
    menu = find_menu(path)
    return [row for row in rows if in_scope(request, row) or menu.fixed or row.id is None]
