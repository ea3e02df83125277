# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A router's routing policy database becomes what is desired."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from socket import AF_INET
from typing import Any

from pyroute2.netlink.exceptions import NetlinkError

from routerlab.kernel.links import Problem, words
from routerlab.kernel.netlink import Netlink

#: linux/fib_rules.h, FR_ACT_*; "drop" is silent, "unreachable" answers.
_ACTIONS = {"lookup": 1, "drop": 6, "unreachable": 7}
_ACTION_NAMES = {number: name for name, number in _ACTIONS.items()}
_LOCAL, _MAIN = 255, 254
#: Where the local table's rule is moved to: RouterOS looks at routing marks before it.
LOCAL_PRIORITY = 1000
#: From here on the rules are the kernel's own: main and default.
_OWN_PRIORITY = 32766


@dataclass(frozen=True)
class Rule:
    """One rule; ``table`` counts for lookups only."""

    priority: int
    mark: int | None
    mask: int | None
    table: int
    source: str | None
    destination: str | None
    iif: str | None
    action: str


def rules(netlink: Netlink) -> set[Rule]:
    """All rules but the kernel's last two."""
    return {
        rule for message in netlink.ip.get_rules(family=AF_INET) if (rule := _read(message)).priority < _OWN_PRIORITY
    }


def _read(message: Any) -> Rule:
    def prefix(name: str, length: str) -> str | None:
        address = message.get_attr(name)
        return f"{address}/{message[length]}" if address else None

    action = _ACTION_NAMES.get(message["action"], str(message["action"]))
    return Rule(
        priority=message.get_attr("FRA_PRIORITY") or 0,
        mark=message.get_attr("FRA_FWMARK"),
        mask=message.get_attr("FRA_FWMASK") if message.get_attr("FRA_FWMARK") is not None else None,
        table=(message.get_attr("FRA_TABLE") or message["table"]) if action == "lookup" else 0,
        source=prefix("FRA_SRC", "src_len"),
        destination=prefix("FRA_DST", "dst_len"),
        iif=message.get_attr("FRA_IIFNAME"),
        action=action,
    )


def _wanted(row: Mapping[str, Any]) -> Rule:
    return Rule(
        priority=row["priority"],
        mark=row.get("mark"),
        mask=row.get("mask") if row.get("mark") is not None else None,
        table=row["table"] if row["action"] == "lookup" else 0,
        source=row.get("src"),
        destination=row.get("dst"),
        iif=row.get("iif"),
        action=row["action"],
    )


def apply_rules(netlink: Netlink, desired: Sequence[Mapping[str, Any]], problem: Problem) -> None:
    """Exactly the desired rules, the local table's at 1000, and main after all."""
    local = Rule(LOCAL_PRIORITY, None, None, _LOCAL, None, None, None, "lookup")
    wanted = [local, *(_wanted(row) for row in desired)]
    found = rules(netlink)
    for rule in wanted:
        if rule not in found:
            try:
                netlink.ip.rule("add", **_message(rule))
            except NetlinkError as error:
                problem(f"rule {rule.priority}: {words(error)}")
    for rule in found.difference(wanted):
        netlink.ip.rule("del", **_message(rule))


def _message(rule: Rule) -> dict[str, Any]:
    message: dict[str, Any] = {"family": AF_INET, "priority": rule.priority, "action": _ACTIONS[rule.action]}
    if rule.action == "lookup":
        message["table"] = rule.table
    if rule.mark is not None:
        message |= {"fwmark": rule.mark, "fwmask": rule.mask if rule.mask is not None else 0xFFFFFFFF}
    for name, value in (("src", rule.source), ("dst", rule.destination), ("iifname", rule.iif)):
        if value is not None:
            message[name] = value
    return message
