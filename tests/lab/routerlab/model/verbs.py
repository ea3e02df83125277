# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The common verbs: what ``add``, ``set``, ``unset``, ``remove``, ``move``, ``enable``, ``comment`` do to rows.

Each takes the router, the menu and the arguments as written; it changes the rows or raises Trap and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from routerlab import messages
from routerlab.messages import Trap
from routerlab.model.menu import Arg, Command, Menu
from routerlab.model.render import rows_of
from routerlab.model.store import Row
from routerlab.values import Value
from routerlab.values.base import parse_id
from routerlab.values.basic import Switch

if TYPE_CHECKING:
    from routerlab.model.router import Router

Args = Mapping[str, str]


def parse_values(router: Router, menu: Menu, verb: str, args: Args, common: tuple[str, ...]) -> dict[str, Value | None]:
    """The written arguments as stored values; None means: back to unset."""
    if menu.feature:
        router.device_mode.check(menu.feature, verb)
    known = menu.args_for(verb, router.version)
    parsed: dict[str, Value | None] = {}
    for name, text in args.items():
        if name in common:
            continue
        item = known.get(name)
        if item is None:
            raise messages.unknown_parameter(name)
        try:
            parsed[name] = _parse(router, menu, item, text)
        except ValueError:
            # Numbers of thousands of digits: Python refuses to read them, and so does a router.
            raise messages.invalid_value(name) from None
    return parsed


def _parse(router: Router, menu: Menu, item: Arg, text: str) -> Value | None:
    if text == "" and item.default in (None, "") and item.name not in menu.required and item.unset:
        # An empty text means "not there"; a switch is the exception, for it an empty text means "on".
        return item.kind.parse(text, item.name, router) if isinstance(item.kind, Switch) else None
    return item.kind.parse(text, item.name, router)


def check_unique(router: Router, menu: Menu, row: Row | None, values: Mapping[str, Value]) -> None:
    """Refuse a row that repeats another one; only enabled rows are compared, unless the rule says all."""
    for rule in menu.unique:
        if rule.enabled and values.get("disabled") == "true":
            continue
        if values.get(rule.fields[0]) is None:
            continue
        for other in router.tables[menu.table].same(rule.fields, values):
            if (row is None or other.id != row.id) and (other.enabled or not rule.enabled):
                raise messages.failure(rule.message)


def _verify(router: Router, menu: Menu, row: Row | None, values: Mapping[str, Value]) -> None:
    if menu.check is not None:
        menu.check(router, row, values)
    check_unique(router, menu, row, values)


def _finish(router: Router, menu: Menu) -> None:
    if menu.dirty:
        router.touch()
    else:
        router.changed()


def add(router: Router, menu: Menu, args: Args) -> Row:
    """A new row; ``copy-from`` starts from another one, ``place-before`` puts it in its place in ordered menus."""
    common = ("copy-from", "place-before") if menu.ordered else ("copy-from",)
    values: dict[str, Value] = {}
    if "copy-from" in args:
        values.update(find_rows(router, menu, args["copy-from"])[0].values)
    for name, value in parse_values(router, menu, "add", args, common).items():
        if value is None:
            values.pop(name, None)
        else:
            values[name] = value
    missing = tuple(name for name in menu.required if name not in values)
    if missing:
        raise messages.missing_values(missing)
    before: int | None = None
    if menu.ordered and args.get("place-before"):
        try:
            before = find_rows(router, menu, args["place-before"])[0].id
        except Trap:
            raise messages.failure(messages.PLACE_BEFORE_MISSING) from None
    if menu.fill is not None:
        menu.fill(router, values)
    _verify(router, menu, None, values)
    table = router.tables[menu.table]
    row = Row(table.new_id(), values)
    if menu.on_add is not None:
        menu.on_add(router, row)
    with router.history.action(menu, "added"):
        table.insert(row, before)
        if menu.after_change is not None:
            menu.after_change(router, row)
    _finish(router, menu)
    return row


def guard_static(menu: Menu, row: Row) -> None:
    """Refuse to change rows that are not the user's."""
    if row.dynamic:
        raise messages.failure(messages.CANNOT_CHANGE_DYNAMIC.format(noun=menu.noun))
    if row.builtin:
        raise messages.failure(messages.CANNOT_CHANGE_BUILTIN)


def change(router: Router, menu: Menu, rows: list[Row], changes: Mapping[str, Value | None]) -> None:
    """Give several rows the same new values, all or none."""
    plans: list[tuple[Row, dict[str, Value]]] = []
    for row in rows:
        guard_static(menu, row)
        values = dict(row.values)
        for name, value in changes.items():
            if value is None:
                values.pop(name, None)
            else:
                values[name] = value
        if menu.merge is not None:
            values = menu.merge(router, row, values)
        _verify(router, menu, row, values)
        plans.append((row, values))
    done: list[tuple[Row, dict[str, Value]]] = []
    table = router.tables[menu.table]
    with router.history.action(menu, "changed"):
        for row, values in plans:
            try:
                # Earlier rows of the same sentence have changed by now: a name given to two rows must still be refused.
                if done:
                    check_unique(router, menu, row, values)
            except Trap:
                for changed, old in done:
                    table.update(changed, old)
                raise
            done.append((row, row.values))
            table.update(row, values)
        for row, _rest in plans:
            if menu.after_change is not None:
                menu.after_change(router, row)
    _finish(router, menu)


def set_rows(router: Router, menu: Menu, rows: list[Row], args: Args) -> None:
    """``set`` on rows, or on a singleton."""
    change(router, menu, rows, parse_values(router, menu, "set", args, (".id", "numbers")))


def unset_rows(router: Router, menu: Menu, rows: list[Row], args: Args) -> None:
    """``unset``: the properties named in ``value-name`` are as if never written."""
    for name in args:
        if name not in (".id", "numbers", "value-name"):
            raise messages.unknown_parameter(name)
    if not args.get("value-name"):
        raise messages.missing_values(("value-name",))
    known = menu.args_for("set", router.version)
    changes: dict[str, Value | None] = {}
    for name in args["value-name"].split(","):
        item = known.get(name)
        if item is None or not item.unset or name in menu.required:
            raise messages.no_match("value-name")
        changes[name] = None
    change(router, menu, rows, changes)


def remove_rows(router: Router, menu: Menu, rows: list[Row]) -> None:
    """Take rows out, all or none; what mentioned them keeps their dead identifier."""
    extra = [row for row in rows if row.dynamic and row.id not in router.tables[menu.table]]
    if extra and menu.remove_extra is not None:
        rows = [row for row in rows if row not in extra]
        menu.remove_extra(router, extra)
    for row in rows:
        guard_static(menu, row)
        if menu.removable is not None:
            menu.removable(router, row, row.values)
    with router.history.action(menu, "removed"):
        for row in rows:
            router.tables[menu.table].delete(row.id)
            if menu.after_remove is not None:
                menu.after_remove(router, row)
    _finish(router, menu)


def move_rows(router: Router, menu: Menu, rows: list[Row], args: Args) -> None:
    """``move``: before ``destination``; without one, or with one that no row has, silently to the end."""
    for name in args:
        if name not in (".id", "numbers", "destination"):
            raise messages.unknown_parameter(name)
    for row in rows:
        guard_static(menu, row)
    before: int | None = None
    target = parse_id(args.get("destination", ""))
    if target is not None and target in router.tables[menu.table]:
        if target in {row.id for row in rows}:
            raise messages.failure(messages.MOVE_BEFORE_SELF)
        before = target
    with router.history.action(menu, "moved"):
        router.tables[menu.table].move([row.id for row in rows], before)
    _finish(router, menu)


def special(router: Router, menu: Menu, command: Command, rows: list[Row], args: Args) -> str | None:
    """A command of the menu's own, such as ``make-static``; what it changes in rows is one action of the history."""
    assert command.run is not None
    with router.history.action(menu, "changed"):
        return command.run(router, rows, args)


def set_comment(router: Router, menu: Menu, rows: list[Row], args: Args) -> None:
    """``comment``: like ``set comment=``."""
    for name in args:
        if name not in (".id", "numbers", "comment"):
            raise messages.unknown_parameter(name)
    change(router, menu, rows, {"comment": args.get("comment") or None})


def set_disabled(router: Router, menu: Menu, rows: list[Row], args: Args, disabled: bool) -> None:
    """``disable`` and ``enable``."""
    for name in args:
        if name not in (".id", "numbers"):
            raise messages.unknown_parameter(name)
    if menu.feature:
        router.device_mode.check(menu.feature, "disable" if disabled else "enable")
    change(router, menu, rows, {"disabled": "true" if disabled else "false"})


def find_rows(router: Router, menu: Menu, text: str) -> list[Row]:
    """The rows that a comma list of identifiers or names means."""
    found: dict[int, Row] = {}
    computed: dict[int, Row] | None = None
    table = router.tables[menu.table]
    for word in text.split(","):
        row_id = parse_id(word)
        row: Row | None = None
        if row_id is not None:
            row = table.get(row_id)
            if row is None and menu.extra_rows is not None:
                if computed is None:
                    computed = {extra.id: extra for extra in menu.extra_rows(router)}
                row = computed.get(row_id)
        elif menu.name_field:
            row = next(iter(table.same((menu.name_field,), {menu.name_field: word})), None)
        if row is None or (menu.part is not None and not menu.part(row)):
            raise messages.no_such_item() if row_id is None else messages.no_such_item_4()
        found[row.id] = row
    return list(found.values())


def named_rows(router: Router, menu: Menu, args: Args) -> list[Row]:
    """The rows of ``.id`` or ``numbers``; a singleton's one row without either."""
    if menu.singleton:
        for name in (".id", "numbers"):
            if name in args:
                raise messages.unknown_parameter(name)
        return rows_of(router, menu)
    for name in (".id", "numbers"):
        if name in args:
            return find_rows(router, menu, args[name]) if args[name] else []
    raise messages.missing_id()
