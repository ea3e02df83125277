# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a command word and its arguments to what happens: finding the menu, permissions, and the verbs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from routerlab import messages
from routerlab.model import verbs
from routerlab.model.menu import Command, Menu
from routerlab.model.query import compile_query
from routerlab.model.render import render_all, rows_of
from routerlab.model.store import Row
from routerlab.values.base import id_text
from routerlab.version import Version, span

if TYPE_CHECKING:
    from routerlab.model.router import Router

#: Verbs that can change a configuration; every sentence of them counts as a write.
WRITE_VERBS = frozenset(
    {
        "add",
        "set",
        "unset",
        "remove",
        "move",
        "enable",
        "disable",
        "comment",
        "reset",
        "reset-mac-address",
        "make-static",
    }
)
_PRINT_ROWS = (
    "append", "as-value", "brief", "count-only", "detail", "file", "follow", "follow-only", "from",
    "interval", "proplist", "show-ids", "terse", "value-list", "where", "without-paging",
)  # fmt: skip
_PRINT_SINGLE = ("as-value", "file", "interval", "without-paging")
#: The command trees of 7.18.2 and 7.22.3 differ in what is bounded by 7.19 here; where exactly is not known (~).
_PRINT_ROWS_SOMETIMES = {
    "follow-strict": span(until="7.17"),
    "group-by": span(since="7.17"),
    "on-event": span(since="7.19"),
    "timestamp": span(since="7.19"),
    "order-by": span(since="7.24"),
}
_PRINT_SOMETIMES = {"comments": span(since="7.19")}
#: What the API takes on top of the console's arguments of ``print``.
_PRINT_API = (".proplist", ".id")


@dataclass
class Request:
    """One sentence, taken apart."""

    path: tuple[str, ...]
    verb: str
    args: dict[str, str] = field(default_factory=dict)
    queries: list[str] = field(default_factory=list)

    @property
    def writes(self) -> bool:
        """Whether the verb is one of those that can change a configuration."""
        return self.verb in WRITE_VERBS


@dataclass
class Reply:
    """What comes back: rows, or one value; ``listing`` marks the answers that tell when nothing was found."""

    rows: list[dict[str, str]] = field(default_factory=list)
    ret: str | None = None
    listing: bool = False


def parse_command(word: str) -> tuple[tuple[str, ...], str]:
    """Path and verb of ``/ip/address/print``."""
    parts = tuple(part for part in word.split("/") if part)
    return (parts[:-1], parts[-1]) if parts else ((), "")


def find_menu(router: Router, request: Request) -> Menu:
    """The menu of a request; raises the router's texts for unknown menus and commands."""
    menu = router.menus.get(" ".join(request.path))
    if menu is not None:
        return menu
    directories = {tuple(path.split()[:depth]) for path in router.menus for depth in range(len(path.split()) + 1)}
    for depth, word in enumerate(request.path, 1):
        if request.path[:depth] not in directories:
            raise messages.no_such_menu(word)
    raise messages.no_such_command()


def print_args(menu: Menu, version: Version) -> set[str]:
    """The console's arguments of ``print`` in a menu."""
    names = set(_PRINT_SINGLE if menu.singleton else _PRINT_ROWS)
    sometimes = _PRINT_SOMETIMES if menu.singleton else _PRINT_SOMETIMES | _PRINT_ROWS_SOMETIMES
    names |= {name for name, versions in sometimes.items() if version in versions}
    names = (names | set(menu.print_extra)) - set(menu.print_without)
    return names | {name for name, versions in menu.print_sometimes if version in versions}


def command_args(menu: Menu, verb: str, version: Version) -> set[str]:
    """The console's arguments of a common verb in a menu."""
    if verb in ("print", "getall", "listen"):
        return print_args(menu, version)
    numbers = set() if menu.singleton else {"numbers"}
    if verb == "get":
        sometimes = {name for name, versions in menu.get_sometimes if version in versions}
        return {"value-name", "as-string", "as-string-value"} | sometimes | (set() if menu.singleton else {"number"})
    if verb == "add":
        extra = {"copy-from", "place-before"} if menu.ordered else {"copy-from"}
        return set(menu.args_for("add", version)) | extra
    if verb == "set":
        return set(menu.args_for("set", version)) | numbers
    return {
        "unset": numbers | {"value-name"},
        "move": numbers | {"destination"},
        "comment": numbers | {"comment"},
        "find": {"where"},
    }.get(verb, numbers)


def need(policies: set[str], *wanted: str) -> None:
    """Refuse when a policy is missing."""
    if not policies.issuperset(wanted):
        raise messages.not_permitted()


def check_readable(router: Router, menu: Menu, request: Request, policies: set[str]) -> None:
    """Refuse a ``print`` or ``listen`` that the user may not give or that has unknown arguments."""
    need(policies, "read")
    # The API has queries instead of the console's ``where``; taking it and returning every row would mislead.
    known = print_args(menu, router.version) - {"where"}
    for name in request.args:
        if name not in known and name not in _PRINT_API:
            raise messages.unknown_parameter(name)


def execute(router: Router, request: Request, policies: set[str], user: str) -> Reply:
    """Carry out one finishing command; raises Trap when the router refuses."""
    menu = find_menu(router, request)
    verb = request.verb
    command = menu.command(verb, router.version)
    if not menu.has_verb(verb, router.version) and (command is None or command.run is None):
        raise messages.no_such_command()
    if not (request.writes and router.state.dirty):
        router.settle()
    if verb in ("print", "getall"):
        check_readable(router, menu, request, policies)
        return _print(router, menu, request)
    if verb in ("get", "find"):
        need(policies, "read")
        return _get(router, menu, request.args) if verb == "get" else _find(router, menu, request.args)
    router.acting = user
    if command is not None and command.run is not None:
        need(policies, *command.policies)
        return Reply(ret=_run(router, menu, command, request.args))
    need(policies, *menu.policies)
    return _write(router, menu, verb, request.args)


def begin(router: Router, request: Request, policies: set[str], user: str) -> Awaitable[None] | None:
    """The work of a command that takes time, None for every other one; raises Trap when the router refuses."""
    menu = router.menus.get(" ".join(request.path))
    command = None if menu is None else menu.command(request.verb, router.version)
    if menu is None or command is None or command.work is None:
        return None
    need(policies, *command.policies)
    return command.work(router, _rows_for(router, menu, command, request.args), request.args, policies, user)


def stream(router: Router, request: Request, policies: set[str]) -> AsyncIterator[dict[str, str]] | None:
    """The rows of a command that returns them as they come, None for every other one; raises Trap."""
    command = router.tools.get((request.path, request.verb))
    if command is None:
        menu = router.menus.get(" ".join(request.path))
        command = None if menu is None else menu.command(request.verb, router.version)
    if command is None or command.stream is None:
        return None
    need(policies, *command.policies)
    for name in request.args:
        if name not in command.args and name != ".proplist":
            raise messages.unknown_parameter(name)
    proplist = request.args.get(".proplist", request.args.get("proplist", ""))
    rows = command.stream(router, {name: text for name, text in request.args.items() if "proplist" not in name})

    async def picked() -> AsyncIterator[dict[str, str]]:
        async for row in rows:
            yield chosen(row, proplist)

    return picked()


def _run(router: Router, menu: Menu, command: Command, args: Mapping[str, str]) -> str | None:
    return verbs.special(router, menu, command, _rows_for(router, menu, command, args), args)


def _rows_for(router: Router, menu: Menu, command: Command, args: Mapping[str, str]) -> list[Row]:
    # A command on one row calls it ``number``, and takes ``.id`` as well (examples of EvilFreelancer/routeros-api-php and
    # socialwifi/RouterOS-api for script/run; that it does not know ``numbers`` was measured).
    known = set(command.args)
    rows = {"numbers", "number"} & known
    for name in args:
        if name not in known and not (name == ".id" and rows):
            raise messages.unknown_parameter(name)
    if "number" in rows and "number" in args:
        args = {**args, "numbers": args["number"]}
    return verbs.named_rows(router, menu, args) if rows else []


def _write(router: Router, menu: Menu, verb: str, args: Mapping[str, str]) -> Reply:
    if verb == "add":
        return Reply(ret=id_text(verbs.add(router, menu, args).id))
    rows = verbs.named_rows(router, menu, args)
    if verb == "set":
        verbs.set_rows(router, menu, rows, args)
    elif verb == "unset":
        verbs.unset_rows(router, menu, rows, args)
    elif verb == "remove":
        for name in args:
            if name not in (".id", "numbers"):
                raise messages.unknown_parameter(name)
        verbs.remove_rows(router, menu, rows)
    elif verb == "move":
        verbs.move_rows(router, menu, rows, args)
    elif verb == "comment":
        verbs.set_comment(router, menu, rows, args)
    else:
        verbs.set_disabled(router, menu, rows, args, verb == "disable")
    return Reply()


def chosen(row: dict[str, str], proplist: str) -> dict[str, str]:
    """A row's properties that a ``.proplist`` names; all when it is empty."""
    if not proplist:
        return row
    wanted = set(proplist.split(","))
    return {name: text for name, text in row.items() if name in wanted}


def _print(router: Router, menu: Menu, request: Request) -> Reply:
    args = request.args
    only: list[Row] | None = None
    for name in ("from", ".id"):
        if args.get(name):
            only = verbs.find_rows(router, menu, args[name])
    passes = compile_query(request.queries)
    rows = [row for row in render_all(router, menu, only) if passes(row)]
    if "count-only" in args and args["count-only"] not in ("no", "false"):
        return Reply(ret=str(len(rows)))
    proplist = args.get(".proplist", args.get("proplist", ""))
    return Reply(rows=[chosen(row, proplist) for row in rows], listing=True)


def _get(router: Router, menu: Menu, args: Mapping[str, str]) -> Reply:
    for name in args:
        if name not in (".id", "number", "numbers", "value-name", "as-string", "as-string-value"):
            raise messages.unknown_parameter(name)
    if "number" in args:
        args = {**args, "numbers": args["number"]}
    rows = verbs.named_rows(router, menu, args)
    if not rows:
        raise messages.no_such_item()
    shown = render_all(router, menu, rows[:1])[0]
    name = args.get("value-name", "")
    if not name:
        return Reply(ret=";".join(f"{key}={text}" for key, text in shown.items()))
    if name not in shown and name not in menu.by_name and name not in menu.reads:
        raise messages.no_match("value-name")
    return Reply(ret=shown.get(name, ""))


def _find(router: Router, menu: Menu, args: Mapping[str, str]) -> Reply:
    if args:
        raise messages.unknown_parameter(next(iter(args)))
    return Reply(ret=";".join(id_text(row.id) for row in rows_of(router, menu)))
