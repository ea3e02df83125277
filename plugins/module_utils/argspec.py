# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of all modules, computed from the facts of the menus and from what ``options`` describes.

A module's file declares everything (``menu_options``), so that documentation and tools see each property with its type.
The action plugin checks only the frame (``options_for``) and leaves the entries to the core, whose errors name the
router, the menu, the entry, and what would be right.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import options
from .errors import InvalidEntry
from .menus import MENUS, find_menu, rank
from .menus.base import Field, Menu
from .options import Described
from .values import Enum, Kind, ListOf, Members

Options = dict[str, Any]

NEEDS_ACTION = (
    "this module runs inside the controller through the collection's action plugin; call it by its full name, such as "
    "multiwan.routeros.config, on ansible-core 2.19 or later"
)


def plain(described: Described) -> Options:
    """Return options without what the documentation says of them."""
    return {
        name: {key: told for key, told in option.items() if key != "description"} for name, option in described.items()
    }


CONFIG_OPTIONS: Options = {"argument_spec": plain(options.CONFIG | options.ROWS), "supports_check_mode": True}
TRANSACTION_OPTIONS: Options = {"argument_spec": plain(options.TRANSACTION), "supports_check_mode": True}
VERIFY_OPTIONS: Options = {
    "argument_spec": plain(options.VERIFY),
    "required_one_of": [["menus", "ping"]],
    "supports_check_mode": True,
}
FACTS_OPTIONS: Options = {"argument_spec": plain(options.FACTS), "supports_check_mode": True}

_OWN = {"config": CONFIG_OPTIONS, "verify": VERIFY_OPTIONS, "facts": FACTS_OPTIONS, "transaction": TRANSACTION_OPTIONS}
_PATHS = {menu.module: menu.path for menu in MENUS.values() if menu.module}


def menu_of(module: str) -> str | None:
    """Return the path of the menu that *module* configures, None for modules that take menus by their paths."""
    return _PATHS.get(module)


def modules() -> dict[str, Menu]:
    """Return the modules that configure one menu, with their menu."""
    return {module: MENUS[path] for module, path in _PATHS.items()}


def transaction_menus(router: str, paths: Sequence[str] | None) -> list[Menu]:
    """Return the menus that a transaction reads: those at *paths*, without them all that have a module."""
    found = list(modules().values()) if paths is None else [find_menu(path) for path in paths]
    if not found:
        raise InvalidEntry(f"{router}: menus is empty; name the menus that the transaction changes, or leave it out")
    return sorted({menu.path: menu for menu in found}.values(), key=rank)


def frame(menu: Menu) -> Described:
    """Return the options of a menu's module beside ``config``, described; what cannot be removed has no ``deleted``."""
    return options.FIXED if menu.fixed or menu.singleton else options.ROWS


def states(menu: Menu) -> list[str]:
    """Return the states that a menu's module takes."""
    found: list[str] = frame(menu)["state"]["choices"]
    return found


def settable(menu: Menu) -> list[Field]:
    """Return the properties that a module takes as options, in the order of the facts."""
    return [field for field in menu.fields if not (field.state or field.refused)]


def choices(kind: Kind) -> list[str]:
    """Return the words that a value must be one of, empty where there is more to it."""
    inner = kind.kind if isinstance(kind, ListOf) else kind
    if isinstance(inner, Enum) and not inner.negatable:
        return list(inner.choices)
    if isinstance(inner, Members) and not inner.negatable:
        return list(inner.members)
    return []


def option(field: Field) -> Options:
    """Return the option that sets a property. It has no default: absent is not the same as the default."""
    out: Options = {"type": field.kind.ansible}
    if field.kind.ansible == "list":
        out["elements"] = "str"
    if words := choices(field.kind):
        out["choices"] = words
    if field.secret:
        out["no_log"] = True
    elif "pass" in field.name:
        # Ansible would guess that passthrough is a password
        out["no_log"] = False
    return out


def menu_options(path: str) -> Options:
    """Return what the module of the menu at *path* hands to AnsibleModule."""
    menu = find_menu(path)
    config: Options = {"type": "dict"} if menu.singleton else {"type": "list", "elements": "dict"}
    config["options"] = {field.option: option(field) for field in settable(menu)}
    return _framed(menu, config)


def options_for(module: str) -> Options:
    """Return what the action plugin checks of *module*'s options: all but what the entries say."""
    if module in _OWN:
        own: Options = _OWN[module]
        menus = own["argument_spec"].get("menus", {})
        if menus.get("type") != "dict":
            return own
        # the core says in words what shape the menus must have
        return own | {"argument_spec": own["argument_spec"] | {"menus": menus | {"type": "raw"}}}
    menu = MENUS[_PATHS[module]]
    return _framed(menu, {"type": "dict"} if menu.singleton else {"type": "list", "elements": "dict"})


def _framed(menu: Menu, config: Options) -> Options:
    needing = [state for state in states(menu) if state not in ("deleted", "gathered")]
    return {
        "argument_spec": {"config": config, **plain(frame(menu))},
        "supports_check_mode": True,
        "required_if": [("state", state, ["config"]) for state in needing],
    }
