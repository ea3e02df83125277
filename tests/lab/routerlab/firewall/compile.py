# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The firewall's rows as one text for nftables.

Every row becomes rules of table ``ip routeros`` with a counter of its own.  A row that cannot be in force as it is
meant is left out whole, and its problem told: never does the lab match more packets than the row says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from routerlab.firewall import lists, names
from routerlab.firewall.actions import ACTIONS
from routerlab.firewall.chains import AFTER_ROUTING, BASES, BEFORE_ROUTING, UNSEEN, UNTRACKED, Jumps
from routerlab.firewall.counting import COUNTING, moduli
from routerlab.firewall.devices import Devices
from routerlab.firewall.marks import Marks
from routerlab.firewall.matchers import MATCHERS
from routerlab.firewall.rule import Context, NotCarriedOut, Rule

if TYPE_CHECKING:
    from routerlab.model.router import Router
    from routerlab.model.store import Row

#: What a row has that is no matcher.
_NO_MATCHERS = frozenset((
    "chain", "action", "jump-target", "address-list", "address-list-timeout", "log", "log-prefix", "disabled",
    "comment", "reject-with", "hw-offload", "to-addresses", "to-ports", "same-not-by-dst", "randomise-ports",
    "socksify-service", "socks5-server", "socks5-port", "new-packet-mark", "new-connection-mark", "new-routing-mark",
    "new-mss", "new-dscp", "new-priority", "new-ttl", "passthrough", "sniff-target", "sniff-target-port", "sniff-id",
    "route-dst",
))  # fmt: skip
_ALL_MATCHERS = {**MATCHERS, **COUNTING}


@dataclass
class Ruleset:
    """A router's firewall for nftables.

    ``text`` is for ``nft -f``: one transaction, which keeps counters and learned addresses.  ``problems`` tells which
    rows are not in force and why, ``notes`` which are in force but not in full: (menu, row, sentence) each.
    ``learned`` names the address list of every set that rules add to.
    """

    text: str
    problems: list[tuple[str, int, str]] = field(default_factory=list)
    notes: list[tuple[str, int, str]] = field(default_factory=list)
    learned: dict[str, str] = field(default_factory=dict)


def _negated(name: str, text: str) -> tuple[str, bool]:
    # A ! in front of TCP flags belongs to the first flag only.
    return (text[1:], True) if text.startswith("!") and name != "tcp-flags" else (text, False)


def _check_interfaces(rule: Rule, bases: frozenset[str]) -> None:
    for side, place in (("out", BEFORE_ROUTING), ("in", AFTER_ROUTING)):
        if bases and bases <= place and (rule.has(f"{side}-interface") or rule.has(f"{side}-interface-list")):
            raise NotCarriedOut(f"a packet has no {side}-interface in {' and '.join(sorted(bases))}")


def _match(rule: Rule, bases: frozenset[str]) -> None:
    unknown = [
        name for name in rule.row.values if name not in _NO_MATCHERS and name not in _ALL_MATCHERS and rule.has(name)
    ]
    if unknown:
        raise NotCarriedOut(f"the lab does not carry out {' and '.join(unknown)}")
    _check_interfaces(rule, bases)
    for name, matcher in _ALL_MATCHERS.items():
        if rule.has(name):
            matcher(rule, *_negated(name, rule.text(name)))


def _jump_rows(router: Router, menu: str) -> Iterator[Row]:
    for row in router.tables[menu]:
        if row.enabled and row.values.get("action") == "jump" and router.text(row, "jump-target"):
            yield row


class _Menu:
    """One menu's chains while its rows are compiled."""

    def __init__(self, menu: str, context: Context, result: Ruleset) -> None:
        self.menu = menu
        self._context = context
        self._result = result
        self.chains: dict[str, list[str]] = {}
        self.counters: list[str] = []
        self._jumps = Jumps(menu)
        router = context.router
        self._refused = {
            row.id: reason
            for row in _jump_rows(router, menu)
            if (reason := self._jumps.refuse(router.text(row, "chain"), router.text(row, "jump-target")))
        }
        #: Chains with a rule that could be in force: others cannot be jumped to, nor need they be.
        self._filled = {router.text(row, "chain") for row in router.tables[menu] if row.enabled}

    def _name(self, chain: str) -> str:
        if chain in BASES[self.menu]:
            return names.base_chain(self.menu, chain)
        return names.user_chain(self.menu, chain)

    def compile(self) -> None:
        """Go through the rows in their order."""
        for row in self._context.router.tables[self.menu]:
            if not row.enabled:
                continue
            rule = Rule(self.menu, row, self._context)
            lines = self.chains.setdefault(rule.chain, [])
            try:
                new = self._rule(rule)
            except NotCarriedOut as problem:
                self._result.problems.append((self.menu, row.id, str(problem)))
                continue
            lines += new
            self.counters.append(rule.counter)
            self._note(rule)

    def _rule(self, rule: Rule) -> list[str]:
        if rule.row.id in self._refused:
            raise NotCarriedOut(self._refused[rule.row.id])
        bases = self._jumps.bases_of(rule.chain)
        action = rule.text("action", "accept")
        if action not in ACTIONS:
            raise NotCarriedOut(f"the lab does not carry out action={action}")
        _match(rule, bases)
        statement, verdict = ACTIONS[action](rule, bases)
        if verdict == "jump":
            target = rule.text("jump-target")
            verdict = f"jump {self._name(target)}" if target in self._filled else ""
        return rule.conditions.rules(" ".join(filter(None, (f'counter name "{rule.counter}"', statement, verdict))))

    def _note(self, rule: Rule) -> None:
        action = rule.text("action", "accept")
        if action == "log" or rule.text("log") == "true":
            self._result.notes.append((self.menu, rule.row.id, "matching packets are counted, but not written to /log"))
        if action == "fasttrack-connection":
            sentence = "packets are accepted, but pass mangle and filter like all others"
            self._result.notes.append((self.menu, rule.row.id, sentence))

    def definitions(self) -> Iterator[str]:
        """The chains as nftables has them."""
        for chain, lines in self.chains.items():
            hook = BASES[self.menu].get(chain)
            yield f"  chain {self._name(chain)} {{"
            if hook is not None:
                unseen = f" {UNSEEN[chain]}" if chain in UNSEEN else ""
                yield f"    {hook} policy accept;{unseen}"
            yield from (f"    {line}" for line in lines)
            yield "  }"


#: Connection tracking starts with the first rule that asks for it; as a router's does by itself (enabled=auto).
_TRACKING = """\
  chain tracking {
    type filter hook prerouting priority -190; policy accept;
    ct state new
  }"""
_TRACKED = ("ip firewall filter", "ip firewall nat", "ip firewall mangle")


def compile_firewall(router: Router, marks: Marks, devices: Devices | None = None) -> Ruleset:
    """The firewall of a router as its rows are now; ``marks`` gains the marks that rules name."""
    context = Context(
        router, marks, Devices(router) if devices is None else devices, lists.learned_lists(router), moduli(router)
    )
    result = Ruleset("", learned={names.learned_set(name): name for name in sorted(context.learned)})
    entries = lists.entries(router, result.problems)
    menus = [_Menu(menu, context, result) for menu in names.MENUS]
    for menu in menus:
        menu.compile()
    result.text = "\n".join(_lines(context, menus, result.learned, entries)) + "\n"
    return result


def _lines(
    context: Context, menus: list[_Menu], learned: dict[str, str], entries: dict[str, list[str]]
) -> Iterator[str]:
    table = f"table ip {names.TABLE}"
    yield f"{table} {{"
    yield "}"
    yield f"flush {table}"
    yield f"{table} {{"
    for menu in menus:
        for counter in menu.counters:
            yield f"  counter {counter} {{"
            yield "  }"
    for name in context.static:
        yield f"  set {names.static_set(name)} {{ type ipv4_addr; flags interval; }}"
    for name in learned:
        yield f"  set {name} {{ type ipv4_addr; size 65535; flags dynamic,timeout; }}"
    for name, definition in context.sets.items():
        yield f"  set {name} {{ {definition} }}"
    for menu in menus:
        yield from menu.definitions()
    if any(menu.counters for menu in menus if menu.menu in _TRACKED):
        yield _TRACKING
        yield UNTRACKED
    yield "}"
    for name in context.static:
        static = f"ip {names.TABLE} {names.static_set(name)}"
        yield f"flush set {static}"
        if name in entries:
            yield f"add element {static} {{ {', '.join(entries[name])} }}"
