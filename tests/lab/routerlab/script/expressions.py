# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parsing values and expressions."""

from __future__ import annotations

import re
from ipaddress import IPv4Address

from routerlab.script.literals import typed
from routerlab.script.operators import PRECEDENCE, UNARY_PRECEDENCE
from routerlab.script.quoting import HEX, SINGLE
from routerlab.script.scanner import Scanner
from routerlab.script.syntax import (
    ArrayLiteral,
    Binary,
    Block,
    Body,
    Bracket,
    Expr,
    Literal,
    Property,
    Text,
    Unary,
    Variable,
)
from routerlab.script.values import NIL, Array, Value

_BARE = re.compile(rb"[^\s;\"\[\](){}$=\\]+")
_CONDITION_VALUE = re.compile(rb"[^\s;\"\[\](){}$=\\&|<>!~]+")
_LITERALS = tuple(
    re.compile(form)
    for form in (
        rb"[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:/[0-9]{1,2})?",
        rb"(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}",
        rb"[0-9a-fA-F]*:[0-9a-fA-F]*:[0-9a-fA-F:]*(?:/[0-9]{1,3})?(?![0-9:])",
        rb"[0-9]{1,4}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?",
        rb"(?:[0-9]+(?:ms|us|[wdhms]))+(?:[0-9]{2}:[0-9]{2}:[0-9]{2})?(?![A-Za-z0-9])",
        rb"0x[0-9a-fA-F]+",
        rb"[0-9]+(?![A-Za-z])",
        rb"\*[0-9A-Fa-f]+",
        rb"\.(?:id|nextid|about)",
        rb"[A-Za-z0-9_][A-Za-z0-9_]*(?:-[A-Za-z][A-Za-z0-9_]*)*",
    )
)
_SHORT_ADDRESS = re.compile(rb"[0-9]{1,3}(?:\.[0-9]{1,8}){1,2}")
_CLOCK = re.compile(rb"[0-9]{1,4}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?![0-9:])")
_OPERATOR = re.compile(rb"->|&&|\|\||!=|<=|>=|<<|>>|[=<>~.,|&^+\-*/%]|(?:and|or|in)(?![A-Za-z0-9_-])")
_COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">=", "~", "in"})


class ExpressionParser(Scanner):
    """Values and expressions; the statements inside of brackets are the subclass's."""

    def __init__(self, source: bytes) -> None:
        super().__init__(source)
        #: Variables that can be seen: of the present function, block by block.
        self.scopes: list[set[bytes]] = [set()]

    def bracket(self) -> Block:
        """The commands after ``[``, up to and with ``]``."""
        raise NotImplementedError

    def body(self, function: bool) -> Block:
        """The commands after ``{``, up to and with ``}``."""
        raise NotImplementedError

    def declared(self, name: bytes) -> bool:
        """Whether a variable of that name can be seen."""
        return any(name in scope for scope in self.scopes)

    # Values of arguments

    def value(self, block: bool = False, function: bool = False) -> Expr:
        """An argument's value; ``block`` takes commands in braces, ``function`` as a function's body."""
        line, first = self.line, self.peek()
        if first == b"{" and block:
            start = self.pos
            self.pos += 1
            return Body(self.body(function), self.source[start + 1 : self.pos - 1], line)
        found = self._enclosed()
        if found is not None:
            return found
        word = self.match(_BARE)
        if word:
            return Literal(_list_or_value(word), line, word)
        if self.ended():
            return Literal(b"", line, b"")
        raise self.refused()

    def _enclosed(self, where: bool = False) -> Expr | None:
        """A value that its first byte tells: text, variable, brackets, parentheses, array."""
        line, first = self.line, self.peek()
        if first == b'"':
            return self.text()
        if first == b"$":
            return self.variable()
        if first == b"[":
            self.pos += 1
            return Bracket(self.bracket(), line)
        if first == b"(":
            self.pos += 1
            return self._parenthesis(where)
        if first == b"{":
            self.pos += 1
            return self._array()
        return None

    def variable(self) -> Variable:
        """``$name`` or ``$"a name"``."""
        line = self.line
        self.pos += 1
        if self.peek() == b'"':
            return Variable(self.plain_text(), line)
        name = self.name()
        if not name:
            raise self.refused()
        return Variable(name, line)

    def plain_text(self) -> bytes:
        """A quoted text that holds nothing to be worked out."""
        start, found = self.pos, self.text()
        if not isinstance(found, Literal) or not isinstance(found.value, bytes):
            raise self.refused(pos=start)
        return found.value

    def text(self) -> Expr:
        """A quoted text, from its first quote on."""
        line = self.line
        self.pos += 1
        parts: list[bytes | Expr] = []
        plain = bytearray()
        while True:
            if self.at_end():
                raise self.refused("missing closing quote")  # (?) no capture shows what RouterOS says here
            byte = self.source[self.pos]
            if byte == ord('"'):
                self.pos += 1
                break
            if byte == ord("\\"):
                self.pos += 1
                plain += self._escape()
            elif byte == ord("$"):
                if plain:
                    parts.append(bytes(plain))
                    plain.clear()
                parts.append(self._inside())
            else:
                plain.append(byte)
                self.pos += 1
        if plain:
            parts.append(bytes(plain))
        if not parts:
            return Literal(b"", line)
        first = parts[0]
        return Literal(first, line) if len(parts) == 1 and isinstance(first, bytes) else Text(tuple(parts), line)

    def _inside(self) -> Expr:
        """``$name``, ``$[command]`` or ``$(expression)`` within a text."""
        line, after = self.line, self.source[self.pos + 1 : self.pos + 2]
        if after == b"[":
            self.pos += 2
            return Bracket(self.bracket(), line)
        if after == b"(":
            self.pos += 2
            return self._parenthesis()
        if after == b'"':
            raise self.refused(pos=self.pos + 1)
        return self.variable()

    def _escape(self) -> bytes:
        """What follows a backslash in a text."""
        rest = self.source[self.pos : self.pos + 2]
        if rest[:1] == b"\n" or rest == b"\r\n":
            self.pos += 1 if rest[:1] == b"\n" else 2
            while self.peek() in (b" ", b"\t"):
                self.pos += 1
            return b""
        if len(rest) == 2 and rest[0] in HEX and rest[1] in HEX:
            self.pos += 2
            return bytes([int(rest, 16)])
        if rest[:1] and rest[0] in SINGLE:
            self.pos += 1
            return bytes([SINGLE[rest[0]]])
        raise self.refused()

    def _array(self) -> Expr:
        """An array's elements, after its opening brace."""
        line = self.line
        self.deeper()
        items: list[tuple[Expr | None, Expr]] = []
        while True:
            self.empty_space()
            if self.at_end():
                raise self.refused("missing closing brace")
            if self.peek() == b"}":
                self.pos += 1
                break
            if self.peek() == b";":
                self.pos += 1
                continue
            items.append(self._element())
            self.blanks()
            if self.at_end():
                raise self.refused("missing closing brace")
            # A new line parts elements as well as a semicolon does (a script of the 7.22.1 corpus).
            if self.peek() not in (b";", b"\n", b"}"):
                raise self.refused("expected closing brace")
        self.depth -= 1
        return ArrayLiteral(tuple(items), line)

    def _element(self) -> tuple[Expr | None, Expr]:
        start = self.pos
        first = self.value()
        if self.pos == start:
            raise self.refused()
        self.blanks()
        if self.peek() != b"=":
            return None, first
        self.pos += 1
        self.blanks()
        key = Literal(first.raw, first.line) if isinstance(first, Literal) and first.raw is not None else first
        return key, self.value()

    # Expressions

    def _parenthesis(self, where: bool = False) -> Expr:
        """An expression after its opening parenthesis."""
        self.deeper()
        self.blanks()
        if self.peek() == b")":
            self.pos += 1
            self.depth -= 1
            return Literal(NIL, self.line)
        found = self.expression(where=where)
        self.blanks()
        if self.at_end():
            raise self.refused("missing closing parenthesis")  # (?)
        if self.peek() != b")":
            raise self.refused()
        self.pos += 1
        self.depth -= 1
        return found

    def expression(self, minimum: int = 0, where: bool = False) -> Expr:
        """An expression of operators that bind at least so tightly."""
        self.blanks()
        line = self.line
        left = self._operand(where)
        while True:
            before = self.pos
            self.blanks()
            operator = self.match(_OPERATOR).decode()
            if not operator or PRECEDENCE[operator] <= minimum:
                self.pos = before
                return left
            self.blanks()
            binding = PRECEDENCE[operator]
            right: Expr | None = None
            if where and operator in _COMPARISONS:
                right = self._condition_value()
            if right is None:
                right = self.expression(binding, where)
            left = Binary(operator, left, right, line)

    def condition(self) -> Expr:
        """Conditions on rows up to the end of the command; those that just follow each other must all hold."""
        found = self.expression(where=True)
        while True:
            self.blanks()
            if self.ended():
                return found
            found = Binary("and", found, self.expression(where=True), self.line)

    def _condition_value(self) -> Expr | None:
        """A bare word behind a comparison in a condition: a value, even if a property is called so."""
        line = self.line
        word = self.match(_CONDITION_VALUE)
        if word:
            return Literal(_list_or_value(word), line, word)
        return Literal(b"", line, b"") if self.ended() else None

    def _operand(self, where: bool) -> Expr:
        line = self.line
        found = self._enclosed(where)
        if found is not None:
            if where and isinstance(found, Literal) and isinstance(found.value, bytes):
                # "dst-address"=... : a quoted property name before a comparison.
                before = self.pos
                self.blanks()
                compared = self.peek() in (b"=", b"~", b"<", b">", b"!")
                self.pos = before
                return Property(found.value, line) if compared else found
            return found
        first = self.peek()
        if first in (b"!", b"-", b"~"):
            self.pos += 1
            self.deeper()
            operand = self.expression(UNARY_PRECEDENCE, where)
            self.depth -= 1
            return Unary(first.decode(), operand, line)
        word = self._word()
        if not word:
            raise self.refused()
        if word == b"not":
            self.deeper()
            operand = self.expression(UNARY_PRECEDENCE, where)
            self.depth -= 1
            return Unary("!", operand, line)
        value = typed(word)
        if isinstance(value, bytes):
            if where:
                return Property(word, line)
            if self.declared(word):
                return Variable(word, line)
        return Literal(value, line, word)

    def _word(self) -> bytes:
        clock = self.match(_CLOCK)
        if clock:
            return clock
        for form in _LITERALS:
            word = self.match(form)
            if word:
                return word
        return b""


def _list_or_value(word: bytes) -> Value:
    """A bare word's value; with commas between, an array (~)."""
    parts = word.split(b",")
    return _bare(word) if len(parts) == 1 or not all(parts) else Array([_bare(part) for part in parts])


def _bare(word: bytes) -> Value:
    """``1.1`` is the address 1.0.0.1: the last number fills what is missing (manual; 7.22.1 corpus)."""
    short = _SHORT_ADDRESS.fullmatch(word)
    if short is None:
        return typed(word)
    *first, last = (int(part) for part in word.split(b"."))
    if max(first) > 255 or last >= 256 ** (4 - len(first)):
        return word
    return IPv4Address(bytes(first) + last.to_bytes(4 - len(first), "big"))
