# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a router's state: facts about it, and waiting until rows are as they should be."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import CommandFailed, InvalidEntry
from .mask import Mask
from .menus import find_menu, similar_menu
from .menus.base import HIDDEN, KEEP, Field, Menu
from .rows import entries_by_menu
from .script import words
from .session import Exchange
from .values import Switch, plain
from .version import version

VERIFIED = ("menus", "ping")
"""What can be looked at until it holds."""

POLL = 1.0
"""Seconds between two looks at the router."""


def read_facts(router: str, session: Exchange, paths: Sequence[str]) -> dict[str, Any]:
    """Return the usual facts of a network device, and the rows of the menus at *paths* as the router tells them."""
    menus = [find_menu(str(path)) for path in paths]
    fixed = ("/system/resource/print", "/system/identity/print", "/system/routerboard/print")
    replies = session.exchange([*((command,) for command in fixed), *((f"{menu.command}/print",) for menu in menus)])
    resource, identity, board = (dict(reply.rows[0]) if reply.rows else {} for reply in replies[:3])
    if replies[0].traps:
        raise CommandFailed(f"{router}: system resource: cannot be read: {replies[0].trap}")
    mask = Mask()
    rows: dict[str, list[dict[str, str]]] = {}
    for menu, reply in zip(menus, replies[3:], strict=True):
        if reply.traps:
            raise CommandFailed(f"{router}: {menu.path}: cannot be read: {reply.trap}{similar_menu(menu.path)}")
        rows[menu.path] = [mask(_without_secrets(menu, row)) for row in reply.rows]
    number = resource.get("version", "").partition(" ")[0]
    return {
        "ansible_net_version": number,
        "ansible_net_hostname": identity.get("name", ""),
        "ansible_net_model": board.get("model") or resource.get("board-name", ""),
        "ansible_net_serialnum": board.get("serial-number", ""),
        "ansible_net_arch": resource.get("architecture-name", ""),
        "ansible_net_uptime": resource.get("uptime", ""),
        "ansible_net_cpu_load": resource.get("cpu-load", ""),
        "ansible_net_memfree_mb": int(resource.get("free-memory", "0")) // 1_048_576,
        "ansible_net_memtotal_mb": int(resource.get("total-memory", "0")) // 1_048_576,
        "routeros": {"version": list(version(number)) if number else [], "menus": rows},
    }


def _without_secrets(menu: Menu, row: Mapping[str, str]) -> dict[str, str]:
    return {n: HIDDEN if (f := menu.field(n)) is not None and f.secret else v for n, v in row.items()}


def wait_until(
    router: str,
    session: Exchange,
    expected: Any,
    timeout: float,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> list[str]:
    """Look at the router until every expectation holds, at most *timeout* seconds; return what still doesn't.

    It is not waited for what cannot change by itself: a rule that is not there, or whose configuration differs.

    An expectation is the properties of one row, also those that only the router tells, such as ``active`` or ``status``.
    What identifies the row finds it; an empty list expects nothing of a menu.
    """
    wanted = [(menu, entry) for menu, entries in entries_by_menu(router, expected) for entry in entries]
    for menu, entry in wanted:
        _check(router, menu, entry)
    menus = list(dict.fromkeys(menu for menu, _entry in wanted))
    end = clock() + timeout
    while True:
        replies = session.exchange([(f"{menu.command}/print",) for menu in menus])
        for menu, reply in zip(menus, replies, strict=True):
            if reply.traps:
                raise CommandFailed(f"{router}: {menu.path}: cannot be read: {reply.trap}{similar_menu(menu.path)}")
        rows = {menu: reply.rows for menu, reply in zip(menus, replies, strict=True)}
        unmet = [problem for menu, entry in wanted if (problem := _unmet(router, menu, entry, rows[menu]))]
        if not unmet or clock() >= end or not any(problem.may_pass for problem in unmet):
            return [problem.text for problem in unmet]
        pause(POLL)


def look(
    router: str,
    session: Exchange,
    expected: Mapping[str, Any],
    timeout: float,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> list[str]:
    """Look until all of *expected* holds, at most *timeout* seconds: ``menus`` as for ``wait_until``, and ``ping``, a list.

    A ping names an ``address``, may name the ``interface``, ``src_address`` or ``vrf`` that it leaves by, how many requests
    to send (``count``) and how many answers are enough (``received``). Returns what does not hold; raises InvalidEntry and
    CommandFailed.
    """
    end = clock() + timeout
    pings = [_ping(router, number, given) for number, given in enumerate(expected.get("ping") or (), 1)]
    unmet = wait_until(router, session, expected.get("menus") or {}, timeout, clock, pause)
    for asked, enough in pings:
        told = " ".join(part[1:] for part in asked)
        if unmet and clock() >= end:
            unmet.append(f"{router}: ping {told}: not tried, the time was over")
            continue
        while (received := _received(router, session, asked)) < enough:
            if clock() >= end:
                unmet.append(f"{router}: ping {told}: {received} answers, wanted {enough}")
                break
            pause(POLL)
    return unmet


_PING_OPTIONS = ("address", "interface", "src_address", "vrf", "count", "received")


def _ping(router: str, number: int, given: Any) -> tuple[tuple[str, ...], int]:
    """Return the words of a ping and how many answers it wants."""
    if not isinstance(given, Mapping) or not given.get("address"):
        raise InvalidEntry(f"{router}: ping, entry {number}: expected a mapping with an address")
    if unknown := [str(name) for name in given if name not in _PING_OPTIONS]:
        raise InvalidEntry(f"{router}: ping, entry {number}: unknown '{unknown[0]}'; it has {', '.join(_PING_OPTIONS)}")
    numbers = {name: str(given.get(name, default)) for name, default in (("count", 3), ("received", 1))}
    for name, value in numbers.items():
        if not value.isdigit() or not 0 < int(value) <= 100:
            raise InvalidEntry(f"{router}: ping, entry {number}: {name}={value}: expected a number from 1 to 100")
    if int(numbers["received"]) > int(numbers["count"]):
        raise InvalidEntry(
            f"{router}: ping, entry {number}: received={numbers['received']}: expected no more answers than requests, "
            f"count={numbers['count']}"
        )
    asked = [f"={name.replace('_', '-')}={given[name]}" for name in _PING_OPTIONS[:4] if given.get(name)]
    return (*asked, f"=count={numbers['count']}"), int(numbers["received"])


def _received(router: str, session: Exchange, asked: tuple[str, ...]) -> int:
    (reply,) = session.exchange([("/tool/ping", *asked)])
    if reply.traps:
        raise CommandFailed(f"{router}: ping {' '.join(part[1:] for part in asked)}: {reply.trap}")
    return int(reply.rows[-1].get("received", "0")) if reply.rows else 0


def _check(router: str, menu: Menu, entry: Any) -> None:
    if not isinstance(entry, Mapping):
        raise InvalidEntry(f"{router}: {menu.path}: expected properties with their values in what is to be verified")
    for name, value in entry.items():
        known = menu.field(str(name))
        if known is None:
            raise InvalidEntry(f"{router}: {menu.path}: unknown property '{name}' in what is to be verified")
        if known.secret or known.unread:
            raise InvalidEntry(f"{router}: {menu.path}: '{name}' is secret and cannot be verified")
        try:
            plain(value)
        except ValueError as error:
            raise InvalidEntry(f"{router}: {menu.path}: {name}: {error}") from None


@dataclass(frozen=True)
class _Problem:
    """What is wrong with a row, and whether that may pass by itself."""

    text: str
    may_pass: bool


def _unmet(router: str, menu: Menu, entry: Mapping[str, Any], rows: Sequence[Mapping[str, str]]) -> _Problem | None:
    """Return what is wrong with the row that *entry* speaks of, None if nothing is."""
    wanted = {
        known: _canonical(known, plain(value)) for name, value in entry.items() if (known := menu.field(str(name)))
    }
    key = _identity(menu, wanted)
    label = words({known.name: value for known, value in key.items()})
    found = [row for row in rows if all(_told(known, row) == value for known, value in key.items())]
    if not found:
        # a row without a comment may be one that the router makes itself, such as a route by DHCP
        by_itself = any(known.state for known in wanted) and not any(known.name == "comment" for known in key)
        return _Problem(f"{router}: {menu.path}: there is no row with {label}", by_itself)
    differing = [[known for known, value in wanted.items() if _told(known, row) != value] for row in found]
    row, best = min(zip(found, differing, strict=True), key=lambda pair: len(pair[1]))
    if not best:
        return None
    told = ", ".join(
        f"{known.name} should be {wanted[known] or 'not set'}, is {_told(known, row) or 'not set'}" for known in best
    )
    return _Problem(f"{router}: {menu.path}, {label or 'its settings'}: {told}", all(known.state for known in best))


def _identity(menu: Menu, wanted: Mapping[Field, str]) -> dict[Field, str]:
    """Return the part of an expectation that finds its row: a key, or all that is configuration."""
    by_name = {known.name: (known, value) for known, value in wanted.items()}
    for names in menu.keys:
        if all(name in by_name for name in names):
            return dict(by_name[name] for name in names)
    return {} if menu.singleton else {known: value for known, value in wanted.items() if not known.state}


def _told(known: Field, row: Mapping[str, str]) -> str:
    text = row.get(known.name)
    if text is None:
        return "" if known.default in (None, KEEP) else known.default
    return _canonical(known, text)


def _canonical(known: Field, text: str) -> str:
    if text == "" and not isinstance(known.kind, Switch):
        return ""
    try:
        return known.kind.canonical(text)
    except ValueError:
        return text
