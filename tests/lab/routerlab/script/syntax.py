# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tree of a parsed script; ``line`` is the number of the source line that a node begins on."""

from __future__ import annotations

from dataclasses import dataclass, field

from routerlab.script.values import Value


@dataclass(frozen=True)
class Literal:
    """A written value; ``raw`` is how it was written when it was a bare word."""

    value: Value
    line: int
    raw: bytes | None = None


@dataclass(frozen=True)
class Variable:
    """``$name``."""

    name: bytes
    line: int


@dataclass(frozen=True)
class Property:
    """A bare word in a condition on rows: the row's property of that name, or the word itself."""

    name: bytes
    line: int


@dataclass(frozen=True)
class Text:
    """A quoted text with variables, commands or expressions inside."""

    parts: tuple[bytes | Expr, ...]
    line: int


@dataclass(frozen=True)
class Bracket:
    """``[commands]``: the value of the last one."""

    block: Block
    line: int


@dataclass(frozen=True)
class ArrayLiteral:
    """``{1; 2; key=3}``."""

    items: tuple[tuple[Expr | None, Expr], ...]
    line: int


@dataclass(frozen=True)
class Unary:
    """An operator before its operand."""

    operator: str
    operand: Expr
    line: int


@dataclass(frozen=True)
class Binary:
    """An operator between its operands."""

    operator: str
    left: Expr
    right: Expr
    line: int


@dataclass(frozen=True)
class Body:
    """``do={...}``: commands as a value."""

    block: Block
    source: bytes
    line: int


Expr = Literal | Variable | Property | Text | Bracket | ArrayLiteral | Unary | Binary | Body


@dataclass(frozen=True)
class Command:
    """A command of a menu (``path``: its words) or of the language (``path`` empty).

    ``args`` are in the order written; ``flags`` are names without a value; ``unset`` names with ``!`` before them.
    """

    path: tuple[str, ...]
    name: str
    line: int
    args: dict[str, Expr] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    unset: tuple[str, ...] = ()
    where: Expr | None = None

    @property
    def place(self) -> str:
        """Where it is, as RouterOS tells it in errors: ``/ip/address/add; line 1``."""
        return f"/{'/'.join((*self.path, self.name))}; line {self.line}"


@dataclass(frozen=True)
class Call:
    """A function's call: ``$f 1 n=2``."""

    function: Expr
    args: tuple[Expr, ...]
    named: tuple[tuple[bytes, Expr], ...]
    line: int
    name: bytes = b""


@dataclass(frozen=True)
class Unknown:
    """A command name that does not exist: it fails when it is reached, not before."""

    message: str
    line: int


@dataclass(frozen=True)
class Nested:
    """``{...}`` as a statement."""

    block: Block
    line: int


Statement = Command | Call | Unknown | Nested


@dataclass(frozen=True)
class Block:
    """Statements that share their local variables."""

    statements: tuple[Statement, ...]


@dataclass(frozen=True)
class Program:
    """A whole script."""

    source: bytes
    block: Block
