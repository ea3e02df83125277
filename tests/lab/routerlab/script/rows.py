# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands on the rows of menus: ``add``, ``set``, ``find``, ``get``, ``print`` …, through the lab's model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from routerlab import messages
from routerlab.messages import Trap
from routerlab.model import verbs
from routerlab.model.commands import need
from routerlab.model.menu import Menu
from routerlab.model.render import render_all, rows_of
from routerlab.model.router import Router
from routerlab.model.store import Row
from routerlab.script.errors import ScriptError
from routerlab.script.literals import argument_text, show, typed
from routerlab.script.syntax import Command, Expr, Literal
from routerlab.script.values import NIL, Array, Id, Value
from routerlab.values.base import id_text
from routerlab.values.basic import Bool, Enum, Many, Mention, Switch, Text, Ubit, VersionedEnum

if TYPE_CHECKING:
    from routerlab.script.interpreter import Frame, Interpreter

#: Read-only properties that are texts whatever they look like.
_TEXTS = frozenset({"name", "comment", "message", "topics", "version", "default-name", "owner", "factory-firmware"})
#: Read-only properties that are flags: not there means off.
_FLAGS = frozenset(
    {
        "active",
        "bound",
        "builtin",
        "connect",
        "dhcp",
        "disabled",
        "dynamic",
        "ecmp",
        "inactive",
        "invalid",
        "running",
        "slave",
        "static",
    }
)


def row_value(menu: Menu, name: str, text: str) -> Value:
    """A property as a script sees it: of its type, not as a text."""
    data = text.encode("utf-8", "surrogateescape")
    item = menu.by_name.get(name)
    if item is None:
        return data if name in _TEXTS else typed(data)
    if isinstance(item.kind, (Text, Mention, Enum, VersionedEnum)):
        return data
    if isinstance(item.kind, (Ubit, Many)) and text:
        return Array([typed(part) for part in data.split(b",")])
    return typed(data)


def _properties(router: Router, menu: Menu, shown: Mapping[str, str]) -> dict[str, Value]:
    """Every property of a row for a condition: those that are not there are off, or empty."""
    found: dict[str, Value] = {}
    for name in (*menu.by_name, *menu.reads):
        item = menu.by_name.get(name)
        found[name] = False if name in _FLAGS or (item and isinstance(item.kind, (Bool, Switch))) else b""
    found["dynamic"] = False
    found.update({name: row_value(menu, name, text) for name, text in shown.items()})
    return found


async def _chosen(it: Interpreter, menu: Menu, where: Expr | None, frame: Frame) -> list[tuple[Row, dict[str, str]]]:
    """The rows that a condition holds for, as they read back."""
    router = it.machine.router
    router.settle()
    # The rows of now: a second look at a connection table would find others.
    rows = rows_of(router, menu)
    pairs = list(zip(rows, render_all(router, menu, rows), strict=True))
    if where is None:
        return pairs
    found = []
    for row, shown in pairs:
        await it.tick()
        inner = frame.child()
        inner.row = _properties(router, menu, shown)
        if await it.condition(where, inner):
            found.append((row, shown))
    return found


def _raw(expression: Expr, value: Value) -> str | None:
    """A bare word as it was written."""
    if isinstance(expression, Literal) and expression.raw is not None:
        return expression.raw.decode("utf-8", "surrogateescape")
    return None


def named(router: Router, menu: Menu, expression: Expr, value: Value) -> list[Row]:
    """The rows that an argument names: identifiers, names, or the places in the menu's order."""
    if isinstance(value, Array):
        if value.items and all(isinstance(item, Id) for item in value.items):
            # As ``find`` gives them: looked up at once, for a table of connections is read anew for each look.
            return verbs.find_rows(router, menu, show(value, b",").decode())
        return [row for item in value.items for row in _one(router, menu, item)]
    if isinstance(value, bytes) and not value:
        return []
    raw = _raw(expression, value)
    if raw is not None and "," in raw:
        return [row for part in raw.split(",") for row in _one(router, menu, typed(part.encode()))]
    return _one(router, menu, value)


def _one(router: Router, menu: Menu, value: Value) -> list[Row]:
    if isinstance(value, Id):
        return verbs.find_rows(router, menu, show(value).decode())
    text = argument_text(value)
    try:
        return verbs.find_rows(router, menu, text)
    except Trap:
        rows = rows_of(router, menu)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(rows):
            return [rows[value]]
        raise


#: Arguments that name another row of the menu.
_OTHER_ROWS = frozenset({"place-before", "copy-from", "destination"})


def _mentioned(router: Router, menu: Menu, expression: Expr, value: Value) -> str:
    """The identifier of the row that an argument names; as written when there is none: the model refuses it."""
    try:
        rows = named(router, menu, expression, value)
    except Trap:
        rows = []
    return id_text(rows[0].id) if rows else argument_text(value)


async def _texts(it: Interpreter, menu: Menu, command: Command, frame: Frame, *skip: str) -> dict[str, str]:
    """The arguments as the model takes them."""
    found: dict[str, str] = {}
    for name, expression in command.args.items():
        if name in skip:
            continue
        value = await it.value(expression, frame)
        raw = _raw(expression, value)
        if name in _OTHER_ROWS:
            found[name] = _mentioned(it.machine.router, menu, expression, value)
            continue
        item = menu.by_name.get(name)
        if item is None and name == "message" and raw is None:
            # What is logged is no property: it reads as :put shows it (~).
            found[name] = show(value).decode("utf-8", "surrogateescape")
            continue
        words = item is not None and isinstance(item.kind, Text)
        found[name] = argument_text(value, words=words) if raw is None else raw
    found.update(dict.fromkeys(command.flags, ""))
    return found


async def _targets(it: Interpreter, menu: Menu, command: Command, frame: Frame) -> list[Row]:
    router = it.machine.router
    if menu.singleton:
        return rows_of(router, menu)
    if "numbers" not in command.args:
        raise messages.missing_values(("numbers",))
    expression = command.args["numbers"]
    return named(router, menu, expression, await it.value(expression, frame))


async def run(it: Interpreter, command: Command, frame: Frame) -> Value:
    """Carry out a command of a menu; raises Trap or ScriptError."""
    machine = it.machine
    router = machine.router
    menu = router.menus[" ".join(command.path)]
    verb = command.name
    special = menu.command(verb, router.version)
    # A script is no session: what it asks of safe mode is not asked for the session that started it.
    router.caller = None
    if verb in ("find", "print", "get"):
        need(machine.policies, "read")
        reader = {"find": _find, "print": _print, "get": _get}[verb]
        return await reader(it, menu, command, frame)
    router.settle()
    if special is not None and special.run is not None:
        rows = await _targets(it, menu, command, frame) if "numbers" in special.args else []
        args = await _texts(it, menu, command, frame, "numbers")
        need(machine.policies, *special.policies)
        router.acting = machine.user
        answer = verbs.special(router, menu, special, rows, args)
        return NIL if answer is None else typed(answer.encode())
    if verb == "add":
        args = await _texts(it, menu, command, frame)
        need(machine.policies, *menu.policies)
        router.acting = machine.user
        return Id(verbs.add(router, menu, {name: args[name] for name in args if name not in command.unset}).id)
    rows = await _targets(it, menu, command, frame)
    args = await _texts(it, menu, command, frame, "numbers")
    need(machine.policies, *menu.policies)
    router.acting = machine.user
    _change(router, menu, verb, rows, args, command)
    return NIL


def _change(router: Router, menu: Menu, verb: str, rows: list[Row], args: dict[str, str], command: Command) -> None:
    if not rows:
        # set [find …] that found nothing changes nothing and is no mistake.
        return
    if verb == "set":
        changes = verbs.parse_values(router, menu, "set", args, ())
        known = menu.args_for("set", router.version)
        for name in command.unset:
            if name not in known:
                raise messages.unknown_parameter(name)
            changes[name] = None
        verbs.change(router, menu, rows, changes)
    elif verb == "unset":
        verbs.unset_rows(router, menu, rows, args)
    elif verb == "remove":
        verbs.remove_rows(router, menu, rows)
    elif verb == "move":
        verbs.move_rows(router, menu, rows, args)
    elif verb == "comment":
        verbs.set_comment(router, menu, rows, args)
    else:
        verbs.set_disabled(router, menu, rows, args, verb == "disable")


async def _find(it: Interpreter, menu: Menu, command: Command, frame: Frame) -> Value:
    return Array([Id(row.id) for row, _shown in await _chosen(it, menu, command.where, frame)])


def _record(menu: Menu, shown: Mapping[str, str]) -> Array:
    return Array([], {name.encode(): row_value(menu, name, text) for name, text in shown.items()})


async def _get(it: Interpreter, menu: Menu, command: Command, frame: Frame) -> Value:
    router = it.machine.router
    router.settle()
    if menu.singleton:
        rows = rows_of(router, menu)
    elif "number" in command.args:
        expression = command.args["number"]
        rows = named(router, menu, expression, await it.value(expression, frame))
    else:
        raise messages.missing_values(("number",))
    if not rows:
        raise messages.no_such_item()
    if len(rows) > 1:
        raise ScriptError("invalid internal item number")
    shown = render_all(router, menu, rows)[0]
    if "value-name" not in command.args:
        return _record(menu, shown)
    expression = command.args["value-name"]
    name = argument_text(await it.value(expression, frame))
    if name not in shown and name not in menu.by_name and name not in menu.reads:
        raise messages.no_match("value-name")
    if name in shown:
        return row_value(menu, name, shown[name])
    item = menu.by_name.get(name)
    return False if name in _FLAGS or (item is not None and isinstance(item.kind, (Bool, Switch))) else NIL


async def _print(it: Interpreter, menu: Menu, command: Command, frame: Frame) -> Value:
    pairs = await _chosen(it, menu, command.where, frame)
    if "from" in command.args:
        expression = command.args["from"]
        wanted = {row.id for row in named(it.machine.router, menu, expression, await it.value(expression, frame))}
        pairs = [(row, shown) for row, shown in pairs if row.id in wanted]
    options = {*command.flags, *command.args}
    if "proplist" in command.args:
        keep = set(argument_text(await it.value(command.args["proplist"], frame)).split(","))
        pairs = [(row, {name: text for name, text in shown.items() if name in keep}) for row, shown in pairs]
    if "count-only" in options:
        if not frame.inside:
            it.put(str(len(pairs)))
        return len(pairs)
    if "as-value" in options:
        records: list[Value] = [_record(menu, shown) for _row, shown in pairs]
        return records[0] if menu.singleton and records else Array(records)
    # The console's columns are not modelled: one line of name=value for each row (~).
    for _row, shown in pairs:
        it.put(" ".join(f"{name}={text}" for name, text in shown.items()))
    return NIL
