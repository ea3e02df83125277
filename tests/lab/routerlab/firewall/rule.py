# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One rule on its way to nftables: what must hold for a packet, and what is needed beside the rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from routerlab.firewall import names

if TYPE_CHECKING:
    from routerlab.firewall.devices import Devices
    from routerlab.firewall.marks import Marks
    from routerlab.model.router import Router
    from routerlab.model.store import Row


class NotCarriedOut(Exception):
    """Why a rule cannot be in force: a sentence for people."""


@dataclass
class Context:
    """What all rules of a router share while they are compiled.

    ``learned`` are the address lists that some rule adds to.  ``static`` and ``sets`` grow with what rules mention:
    address lists by name, definitions of other sets by the set's name.  ``moduli``: see ``counting.moduli``.
    """

    router: Router
    marks: Marks
    devices: Devices
    learned: frozenset[str] = frozenset()
    moduli: Mapping[str, int] = field(default_factory=dict)
    static: dict[str, None] = field(default_factory=dict)
    sets: dict[str, str] = field(default_factory=dict)


#: Bits of the packet's mark above those of routing and packet marks: of use to one rule, clear between rules.
_SCRATCH = tuple(1 << bit for bit in range(31, 25, -1))


@dataclass
class Conditions:
    """What must hold: all of ``always``, one of each group of ``either``, one of ``variants``, then all of ``late``.

    ``variants`` exclude each other; ``late`` holds what counts packets, such as limits, and therefore comes last.
    ``never`` is true when no packet can fulfil the rule.
    """

    always: list[str] = field(default_factory=list)
    either: list[tuple[str, ...]] = field(default_factory=list)
    variants: list[list[str]] = field(default_factory=lambda: [[]])
    late: list[str] = field(default_factory=list)
    never: bool = False
    #: The protocol that a matcher of one protocol's fields implies; empty when there is none.
    implied: str = ""

    def add(self, *texts: str) -> None:
        """More that must hold."""
        self.always += texts

    def one_of(self, values: list[str], left: str, negated: bool) -> None:
        """``left`` is among values, or is not; no values at all: never, or always."""
        if not values:
            self.never = self.never or not negated
        elif len(values) == 1:
            self.add(f"{left} {'!= ' if negated else ''}{values[0]}")
        else:
            self.add(f"{left} {'!= ' if negated else ''}{{ {', '.join(values)} }}")

    def rules(self, statements: str) -> list[str]:
        """nftables' rules that carry out the statements on every packet that fulfils this.

        nftables has no "or" between different fields.  A group of alternatives therefore first sets a scratch bit of
        the packet's mark, one rule for each, and the rule proper asks for the bit and clears it.
        """
        if self.never:
            return []
        found: list[str] = []
        bits = _SCRATCH[: len(self.either)]
        for variant in self.variants:
            plain = [*self.always, *variant]
            if not bits:
                found.append(" ".join((*plain, *self.late, statements)))
                continue
            for bit, group in zip(bits, self.either, strict=True):
                found += [" ".join((*plain, one, f"meta mark set meta mark | {bit:#x}")) for one in group]
            whole = sum(bits)
            clear = f"meta mark set meta mark & {0xFFFFFFFF & ~whole:#x}"
            # The plain conditions hold again; nftables wants to see the protocol where statements name ports.
            found.append(" ".join((f"meta mark & {whole:#x} == {whole:#x}", clear, *plain, *self.late, statements)))
            if len(bits) > 1:
                found.append(f"meta mark & {whole:#x} != 0x0 {clear}")
        return found


@dataclass
class Rule:
    """A row of one of the four menus, with readers for its values."""

    menu: str
    row: Row
    context: Context
    conditions: Conditions = field(default_factory=Conditions)

    @property
    def word(self) -> str:
        """The menu's short word."""
        return names.MENUS[self.menu]

    @property
    def chain(self) -> str:
        """The chain that the row is in."""
        return self.text("chain")

    @property
    def counter(self) -> str:
        """The name of the row's counter."""
        return names.counter_name(self.menu, self.row.id)

    def text(self, name: str, default: str = "") -> str:
        """A value as it reads back."""
        return self.context.router.text(self.row, name, default)

    def implies(self, protocol: str) -> None:
        """Only packets of a protocol can match: nftables asks for it by itself, but takes no contradiction."""
        other = self.conditions.implied
        self.conditions.never = self.conditions.never or not self.may_be(protocol) or other not in ("", protocol)
        self.conditions.implied = protocol

    def may_be(self, protocol: str) -> bool:
        """Whether the row's protocol leaves room for this one."""
        text = self.text("protocol")
        return text != f"!{protocol}" if text.startswith("!") else text in ("", protocol)

    def has(self, name: str) -> bool:
        """Whether a value was written and is not empty."""
        return self.text(name) != ""
