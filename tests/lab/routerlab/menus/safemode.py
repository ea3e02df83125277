# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``/safe-mode`` and ``/system/history``.

Properties: the manual's CLI reference; which of them are returned when nobody holds safe mode, and what the commands
return: a reference measured on CHR 7.21.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from routerlab.menus.common import READ, absent
from routerlab.model.menu import Command, Menu
from routerlab.model.safe_mode import ON_ERROR
from routerlab.model.store import Row
from routerlab.values.basic import Enum
from routerlab.version import span

if TYPE_CHECKING:
    from routerlab.model.router import Router

_ON_ERROR = Enum(ON_ERROR)


def _status(router: Router, row: Row) -> Mapping[str, str]:
    holder = router.safe_mode.holder
    if holder is None:
        return {"enabled": "false", "current": "false"}
    current = "true" if holder is router.caller else "false"
    return {"enabled": "true", "user": holder.user, "current": current, "owner": holder.service}


def _take(router: Router, rows: list[Row], args: Mapping[str, str]) -> None:
    chosen = _ON_ERROR.parse(args["on-error"], "on-error", router) if "on-error" in args else ON_ERROR[0]
    router.safe_mode.take(router.caller, str(chosen))


def _release(router: Router, rows: list[Row], args: Mapping[str, str]) -> str:
    router.safe_mode.release(router.caller)
    return "true"


def _unroll(router: Router, rows: list[Row], args: Mapping[str, str]) -> str:
    router.safe_mode.unroll(router.caller)
    return "true"


def _toggle(router: Router, rows: list[Row], args: Mapping[str, str]) -> str:
    router.safe_mode.toggle(router.caller)
    return "true"


SAFE_MODE = Menu(
    path="safe-mode",
    singleton=True,
    args=(),
    reads=("enabled", "user", "current", "owner"),
    verbs=("print", "getall", "get", "listen"),
    commands=(
        Command("take", ("on-error",), _take),
        Command("release", (), _release),
        Command("toggle", (), _toggle),
        Command("unroll", (), _unroll),
        *absent("export", versions=span(since="7.19")),
    ),
    compute=_status,
    versions=span(since="7.18"),
    snapshot=False,
    notes="A session's hold ends with its connection. Scripts hold nothing: there `take` has no effect.",
)


def _actions(router: Router) -> list[Row]:
    """The latest first, as the console lists them."""
    rows = []
    for action in reversed(router.history.actions):
        facts = {
            "action": action.text,
            "by": action.by,
            "policy": action.policy,
            "time": router.stamp(action.when),
            "floating-undo" if action.floating else "undoable": "true",
        }
        rows.append(Row(action.id, facts=facts))
    return rows


HISTORY = Menu(
    path="system history",
    args=(),
    reads=("action", "by", "policy", "time", "undoable", "floating-undo"),
    verbs=READ,
    extra_rows=_actions,
    print_without=("from",),
    snapshot=False,
    notes=(
        "One row for each sentence that changed rows, the latest first, 100 at most. The texts that would undo and "
        "redo an action are not returned, and what was undone is not listed."
    ),
)

MENUS = (SAFE_MODE, HISTORY)


def populate(router: Router) -> None:
    """The single row of ``/safe-mode``, where the version has it."""
    if SAFE_MODE.path in router.menus:
        router.tables[SAFE_MODE.path].insert(Row(0))
