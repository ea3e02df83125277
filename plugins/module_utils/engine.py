# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a request over several menus to a changed router: read once, plan, check, write once, read back.

One login, one round trip of reads, one of writes, with which the read-back travels; removals wait for the answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any

from .checks import check_buckets, check_references, check_tags
from .errors import ConnectionLost, InvalidEntry
from .mask import Mask, secret_values
from .menus import find_menu, rank
from .menus.base import Menu
from .names import Names
from .operation import Operation
from .plan import Plan, addition, plan, transition
from .reading import Reading, Rows, permission_hint, read, referred_by
from .request import Request
from .rows import Entry, Row, entries_by_menu, read_entries, read_rows
from .script import words
from .session import Exchange, Reply, Sentence
from .version import Version

Connect = Callable[[], AbstractContextManager[Exchange]]


@dataclass
class Result:
    """What was found, what was done. ``commands`` are those that the router accepted (in check mode: would be sent);
    ``after`` is None where the line broke and nobody knows; ``problem`` is what went wrong, empty if nothing did."""

    version: Version = ()
    plans: list[Plan] = field(default_factory=list)
    before: Rows = field(default_factory=dict)
    after: Rows | None = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    """What the router said to each of ``refused``, and of which entry."""
    uncertain: list[str] = field(default_factory=list)
    """Commands whose answer never came."""
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


def prepare(menus: Any, request: Request, mask: Mask | None = None) -> Wanted:
    """Check and sort what is wanted: entries by the path of their menu, a list of them or one.

    What turns out to be secret is added to *mask*. Raises InvalidEntry. Nothing is connected to yet.
    """
    found: list[tuple[Menu, tuple[Entry, ...]]] = []
    mask = mask or Mask()
    for menu, given in entries_by_menu(request.router, menus):
        entries = tuple(read_entries(request.router, menu, given))
        for entry in entries:
            mask.hide(secret_values(menu, entry.values.items()))
        if menu.singleton and len(entries) > 1:
            raise InvalidEntry(
                f"{request.router}: {menu.path}: has one set of properties, found {len(entries)} entries"
            )
        if request.state in ("merged", "replaced", "overridden"):
            check_tags(request.router, menu, entries, request.scope)
        found.append((menu, entries))
    return Wanted(request, tuple(sorted(found, key=lambda pair: rank(pair[0]))), mask)


def render(wanted: Wanted) -> str:
    """Return the entries as RouterOS text that a router could import; raises InvalidEntry for what is no whole row."""
    lines = []
    for menu, entries in wanted.menus:
        lines.append(f"/{menu.path}")
        lines += [_rendered(menu, entry, wanted.request) for entry in entries]
    return "\n".join(lines) + "\n"


def _rendered(menu: Menu, entry: Entry, request: Request) -> str:
    if menu.singleton:
        return f"set {words(entry.values)}"
    if not menu.fixed:
        return f"add {words(addition(menu, entry, request).values)}"
    key = list(dict(entry.key(menu)))
    if not key:
        raise InvalidEntry(f"{request.router}: {menu.path}, {entry.label}: does not say which row")
    found = words({name: entry.values[name] for name in key})
    return f"set [ find {found} ] {words({name: value for name, value in entry.values.items() if name not in key})}"


def gather(wanted: Wanted, connect: Connect) -> Result:
    """Read the menus and change nothing; the rows that are ours stand in the result's ``before``."""
    with connect() as session:
        return gathered(wanted, _read(wanted, session))


def gathered(wanted: Wanted, found: Reading) -> Result:
    """Return what was found in the menus that are wanted; raises CommandFailed or InvalidEntry where they were not read."""
    result = _result(found, wanted)
    result.before = _scoped(result.before, wanted.request)
    return result


def run(wanted: Wanted, connect: Connect, check: bool = False, foreseen: Mapping[str, Any] | None = None) -> Result:
    """Bring the router to what is wanted, or in check mode only say what that would take.

    ``foreseen`` is what earlier tasks in check mode said about names (see Names), as if it had been done.
    Raises InvalidEntry before anything is written, ConnectionFailed and ConnectionLost from the session. What the router
    refuses while writing is told in the result's ``problem``.
    """
    with connect() as session:
        result = _result(_read(wanted, session), wanted)
        result.names.heard(foreseen or {})
        request = replace(wanted.request, version=result.version)
        result.plans = plan_menus(wanted, result.before, result.names, request)
        changes, removals = in_order(result.plans)
        if check or not (changes or removals):
            return _foreseen(result, request)
        result.before = _scoped(result.before, request)
        try:
            _write(wanted, session, request, changes, removals, result)
        except ConnectionLost as error:
            # how the router looks now, nobody has seen
            result.after = None
            result.problem = (
                f"{first_refusal(request, result)}{error}. {_state_of(result, len(changes) + len(removals))}"
            )
        return result


def propose(wanted: Wanted, found: Reading) -> Result:
    """Plan against rows that a candidate holds, as ``run`` would against a router's, and write nothing.

    Raises InvalidEntry, also for a menu that the candidate has not read.
    """
    result = _result(found, wanted)
    request = replace(wanted.request, version=result.version)
    result.plans = plan_menus(wanted, result.before, result.names, request)
    return _foreseen(result, request)


def in_order(plans: Sequence[Plan]) -> tuple[list[Operation], list[Operation]]:
    """Return what the plans of several menus write, in that order: additions and changes, and then the removals."""
    return (
        [operation for made in plans for operation in made.operations],
        [operation for made in reversed(plans) for operation in made.removals],
    )


def _foreseen(result: Result, request: Request) -> Result:
    """Return a result that tells what its plans would do."""
    changes, removals = in_order(result.plans)
    result.commands = [operation.text(result.version) for operation in (*changes, *removals)]
    result.after = {p.menu.path: _shown(p.menu.path, p.after, request) for p in result.plans}
    result.before = _scoped(result.before, request)
    return result


def _read(wanted: Wanted, session: Exchange) -> Reading:
    """Read all menus, and the names that there are in the menus that entries refer to."""
    router = wanted.request.router
    found = read(router, session, [menu for menu, _entries in wanted.menus], referred_by(wanted.menus))
    for path in found.troubles:
        raise found.unreadable(router, path)
    return found


def _result(found: Reading, wanted: Wanted) -> Result:
    """Return an empty result on what was found in the menus that are wanted; the secrets in them are hidden from now on."""
    router = wanted.request.router
    for menu, _entries in wanted.menus:
        if menu.path in found.troubles:
            raise found.unreadable(router, menu.path)
        if menu.path not in found.rows:
            raise InvalidEntry(
                f"{router}: {menu.path}: the transaction has not read this menu; name it in the option menus of the task with "
                "state begin"
            )
    before = {menu.path: found.rows[menu.path] for menu, _entries in wanted.menus}
    for menu, _entries in wanted.menus:
        for row in before[menu.path]:
            wanted.mask.hide(secret_values(menu, row.values.items()))
    return Result(version=found.version, before=before, mask=wanted.mask, names=found.names)


def plan_menus(wanted: Wanted, before: Rows, names: Names, request: Request) -> list[Plan]:
    """Plan menu by menu, each against the names that the menus before it will have given."""
    plans: list[Plan] = []
    for known, entries in wanted.menus:
        if known.implied and request.version < (7,):
            continue
        menu, rows = _as_it_will_be(known, before[known.path], names)
        made = plan(menu, rows, entries, request)
        check_references(request.router, menu, entries, names, request.version)
        check_buckets(request.router, menu, made.after, made.wanted)
        names.follow(menu, rows, made.after)
        plans.append(made)
    return plans


def plan_menus_between(
    steps: Iterable[tuple[Menu, Sequence[Row], Sequence[Row]]], moved: Mapping[str, frozenset[str]], request: Request
) -> list[Plan]:
    """Return the plans that lead from the rows of each menu to other rows, in the order of *steps*; those that do something.

    ``moved`` are by menu's path the ids of rows whose place changes. Raises InvalidEntry.
    """
    names = Names()
    plans: list[Plan] = []
    for known, found, after in steps:
        if known.implied and request.version < (7,):
            continue
        menu, rows = _as_it_will_be(known, found, names)
        made = transition(menu, rows, after, moved.get(menu.path, frozenset()), request)
        names.follow(menu, rows, made.after)
        if made.operations or made.removals:
            plans.append(made)
    return plans


def _as_it_will_be(menu: Menu, rows: Sequence[Row], names: Names) -> tuple[Menu, list[Row]]:
    """Return a menu as its rows tell what it is, and its rows under the names that what they refer to will have."""
    if not menu.known:
        menu = _observed(menu, rows)
    if menu.singleton and not rows:
        rows = [Row(None, {})]
    return menu, [names.renamed(menu, row) for row in rows]


def _observed(menu: Menu, rows: Sequence[Row]) -> Menu:
    """Return a menu that no facts are known of with what its rows tell: one without ids is a singleton, and rows of an
    ordered menu name their successors."""
    return replace(
        menu,
        singleton=bool(rows) and all(row.id is None for row in rows),
        ordered=any(".nextid" in row.told for row in rows),
    )


def _write(
    wanted: Wanted,
    session: Exchange,
    request: Request,
    changes: Sequence[Operation],
    removals: Sequence[Operation],
    result: Result,
) -> None:
    """Write, and read the menus back in the same round trip; tell the truth about what came of it.

    Where something is added or changed and something else removed, the removals wait for the answers: a row whose
    replacement was refused must stay. That costs a further round trip, and only then.
    """
    menus = [p.menu for p in result.plans]
    reads: list[Sentence] = [(f"{menu.command}/print",) for menu in menus]
    phases = [phase for phase in (changes, removals) if phase]
    replies: list[Reply] = []
    kept = ""
    for phase in phases:
        last = phase is phases[-1]
        replies = send(session, request, phase, reads if last else [], result)
        if result.refusals and not last:
            kept = f". None of the {len(removals)} rows that were to go was removed"
            replies = session.exchange(reads)
            break
    back: Rows = {}
    for menu, reply in zip(menus, replies, strict=True):
        if reply.traps:
            result.warnings.append(f"{request.router}: {menu.path}: cannot be read back: {reply.trap}")
        else:
            back[menu.path] = read_rows(menu, reply.rows, result.version)
    result.after = _scoped(back, request)
    if result.refusals:
        result.problem = f"{first_refusal(request, result)}{_state_of(result, len(changes) + len(removals))}{kept}"
    else:
        result.warnings += _unsettled(wanted, back, request, [menu for menu in menus if menu.path in back])


def send(
    session: Exchange,
    request: Request,
    operations: Sequence[Operation],
    reads: Sequence[Sentence],
    result: Result,
    until: float | None = None,
) -> list[Reply]:
    """Write *operations*, note what was accepted and what refused, and return the replies to *reads*.

    ``until`` is as in ``Session.exchange``. Raises ConnectionLost, after noting what was answered.
    """
    texts = [operation.text(request.version) for operation in operations]
    lost: ConnectionLost | None = None
    replies: Sequence[Reply]
    try:
        sentences = [*(operation.sentence(request.version) for operation in operations), *reads]
        replies = session.exchange(sentences, until)
    except ConnectionLost as error:
        lost, replies = error, error.replies
    for operation, text, reply in zip(operations, texts, replies, strict=False):
        if reply.traps:
            result.refused.append(text)
            result.refusals.append(
                f"{operation.menu.path}, {operation.subject}: {operation.verb} refused: {reply.trap}"
            )
        else:
            result.commands.append(text)
    if lost is not None:
        if len(replies) < len(operations):
            result.uncertain = texts[len(replies) :]
        raise lost
    return list(replies[len(operations) :])


def first_refusal(request: Request, result: Result) -> str:
    """Return the sentence on what was refused first, empty where nothing was."""
    if not result.refusals:
        return ""
    first, *more = result.refusals
    others = f" ({len(more)} more refused)" if more else ""
    return f"{request.router}: {first}{permission_hint(first)}{others}. "


def _state_of(result: Result, total: int) -> str:
    told = f"{len(result.commands)} of {total} changes were carried out"
    if result.refused:
        told += f", {len(result.refused)} refused"
    if result.uncertain:
        told += (
            f"; whether the router has carried out any of the others, from '{result.uncertain[0]}' on, is not known: run again "
            "to finish"
        )
        return told
    return f"{told}, see commands and refused_commands" if result.refused else told


def _unsettled(wanted: Wanted, back: Rows, request: Request, menus: Sequence[Menu]) -> list[str]:
    """Say where the router keeps something else than it was told, which each run would write again."""
    entries = {menu.path: given for menu, given in wanted.menus}
    plans = [plan(menu, back[menu.path], entries[menu.path], request) for menu in menus]
    return unsettled(request, [operation for made in plans for operation in (*made.operations, *made.removals)])


def unsettled(request: Request, operations: Iterable[Operation]) -> list[str]:
    """Say that these *operations* would still be to do, although the router has accepted all."""
    return [
        f"{request.router}: {operation.menu.path}, {operation.subject}: the router accepted this but reads back differently; "
        f"still to do would be: {operation.text(request.version)}"
        for operation in operations
    ]


def _scoped(rows: Rows, request: Request) -> Rows:
    return {path: _shown(path, found, request) for path, found in rows.items()}


def _shown(path: str, rows: Iterable[Row], request: Request) -> list[Row]:
    """Return the rows that results show: ours where a scope says which are, and what is there for good and bears no tag."""
    menu = find_menu(path)
    return [row for row in rows if request.owns(row) or menu.fixed or row.id is None]
