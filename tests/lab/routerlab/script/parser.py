# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parsing statements: menu paths, commands with their arguments, calls of functions, blocks.

Positions and words of refusals follow answers of ``:parse`` on CHR 7.21.5, 7.22.1 and 7.24.4 that public projects
captured (tikoci/lsp-routeros-ts, its parseIL notes and corpus, and others): the first byte that cannot be gone past.
"""

from __future__ import annotations

import re

from routerlab.script.commands import Commands, Signature, argument
from routerlab.script.expressions import ExpressionParser
from routerlab.script.syntax import Block, Call, Command, Expr, Literal, Nested, Program, Statement, Unknown, Variable

_WORD = re.compile(rb"\.\.|[A-Za-z0-9_.-]+")
_ARGUMENT = re.compile(rb"[A-Za-z0-9.-]+")
_LOOP_NAMES = {"for": "counter", "foreach": "counter", "onerror": "error"}
_DECLARING = frozenset({"local", "global", "set"})


class Parser(ExpressionParser):
    """Reads one script."""

    def __init__(self, source: bytes, commands: Commands) -> None:
        super().__init__(source)
        self.commands = commands
        self.menu: tuple[str, ...] = ()

    def program(self) -> Program:
        """The whole script."""
        return Program(self.source, Block(self._statements(b"")))

    def bracket(self) -> Block:
        return self._enclosed_block(b"]", False)

    def body(self, function: bool) -> Block:
        return self._enclosed_block(b"}", function)

    def _enclosed_block(self, closer: bytes, function: bool) -> Block:
        self.deeper()
        menu, scopes = self.menu, self.scopes
        # A function sees nothing of the variables around it.
        self.scopes = [set()] if function else [*scopes, set()]
        found = Block(self._statements(closer))
        self.menu, self.scopes = menu, scopes
        self.depth -= 1
        return found

    def _statements(self, closer: bytes) -> tuple[Statement, ...]:
        found: list[Statement] = []
        while True:
            self.empty_space()
            if self.at_end():
                if closer == b"}":
                    raise self.refused("missing closing brace")
                if closer:
                    raise self.refused("missing closing bracket")  # (?)
                return tuple(found)
            if self.peek() == b";":
                self.pos += 1
                continue
            if closer and self.peek() == closer:
                self.pos += 1
                return tuple(found)
            if self.peek() in (b")", b"]", b"}"):
                raise self.refused()
            statement = self._statement()
            if statement is not None:
                found.append(statement)

    def _statement(self) -> Statement | None:
        line, first = self.line, self.peek()
        if first == b"{":
            self.pos += 1
            return Nested(self.body(False), line)
        if first in (b"$", b"(", b"["):
            # Also [[:parse "..."]]: what the inner brackets give is called.
            return self._call(self.variable() if first == b"$" else self.value())
        return self._command()

    def _call(self, function: Expr) -> Call:
        line = self.line
        args, named = self._free_arguments()
        name = b"$" + function.name if isinstance(function, Variable) else b""
        return Call(function, args, named, line, name)

    def _free_arguments(self) -> tuple[tuple[Expr, ...], tuple[tuple[bytes, Expr], ...]]:
        """Arguments of something whose arguments are not known: values and name=value."""
        args: list[Expr] = []
        named: list[tuple[bytes, Expr]] = []
        while True:
            self.blanks()
            if self.ended():
                return tuple(args), tuple(named)
            start = self.pos
            word = self.match(_ARGUMENT)
            if word and self.peek() == b"=":
                self.pos += 1
                self.blanks()
                named.append((word, self.value(block=False)))
                continue
            self.pos = start
            args.append(self.value())

    def _command(self) -> Statement | None:
        line = self.line
        path = self.menu
        moved = False
        if self.peek() in (b"/", b":"):
            self.pos += 1
            path, moved = (), True
            self.blanks()
        while True:
            start = self.pos
            word = self.match(_WORD).decode("ascii", "replace")
            if not word:
                return self._menu_end(path, moved)
            if word == "..":
                path = path[:-1]
            else:
                directory = self.commands.directory(path, word)
                if directory is None:
                    return self._named_command(path, word, start, line)
                path = (*path, directory)
            moved = True
            if self.peek() == b"/":
                self.pos += 1
            self.blanks()

    def _menu_end(self, path: tuple[str, ...], moved: bool) -> Statement | None:
        """A path without a command: from here on commands are of that menu; with braces only those within."""
        if self.ended() and moved:
            self.menu = path
            return None
        if self.peek() == b"{" and moved:
            line = self.line
            self.pos += 1
            outer, self.menu = self.menu, path
            block = self.body(False)
            self.menu = outer
            return Nested(block, line)
        raise self.refused("expected command name")

    def _named_command(self, path: tuple[str, ...], word: str, start: int, line: int) -> Statement:
        found = self.commands.command(path, word)
        if found is None:
            if not self.ended() and not self._blank_next():
                raise self.refused()
            # Not refused before it is reached: :parse gives code for it that fails when it runs.
            number, column = self.place(start)
            self._free_arguments()
            return Unknown(f"bad command name {word} (line {number} column {column})", line)
        where, name, signature = found
        if not self.ended() and not self._blank_next() and self.peek() not in (b'"', b"$", b"(", b"[", b"{"):
            raise self.refused("expected end of command")
        outer = self.menu
        if where:
            self.menu = where
        command = self._arguments(where, name, signature, line)
        self.menu = outer
        return command

    def _named_next(self) -> bool:
        """Whether an argument with its name comes next: ``:for from=1 to=3 counter=i`` is one way of writing it."""
        before = self.pos
        self.blanks()
        named = bool(self.match(_ARGUMENT)) and self.peek() == b"="
        self.pos = before
        return named

    def _blank_next(self) -> bool:
        before = self.pos
        self.blanks()
        blank, self.pos = self.pos > before, before
        return blank

    def _arguments(self, path: tuple[str, ...], name: str, signature: Signature, line: int) -> Command:
        args: dict[str, Expr] = {}
        flags: list[str] = []
        unset: list[str] = []
        where: Expr | None = None
        language = not path and name in self.commands.language
        scopes = self.scopes
        declare = b""
        if language and name in _DECLARING:
            args["name"], declare = self._variable_name(name)
        elif language and name in _LOOP_NAMES:
            self.scopes = [*scopes, set()]
            if not self._named_next():
                args[_LOOP_NAMES[name]] = self._loop_names(name)
        while True:
            self.blanks()
            if self.ended():
                break
            start = self.pos
            if signature.where and where is None:
                word = self.match(_ARGUMENT)
                if word == b"where" and self.peek() != b"=":
                    self.blanks()
                    if self.ended():
                        raise self.refused("missing value for where")
                    where = self.condition()
                    continue
                self.pos = start
                if name == "find":
                    where = self.condition()
                    continue
            self._argument(path, name, signature, args, flags, unset, language)
        self.scopes = scopes
        if declare:
            self.scopes[-1].add(declare)
        return Command(path, name, line, args, tuple(flags), tuple(unset), where)

    def _argument(
        self,
        path: tuple[str, ...],
        name: str,
        signature: Signature,
        args: dict[str, Expr],
        flags: list[str],
        unset: list[str],
        language: bool,
    ) -> None:
        start = self.pos
        if self.peek() == b"!" and not language:
            self.pos += 1
            known = argument(signature, self.match(_ARGUMENT).decode())
            if known is not None and (self.ended() or self._blank_next()):
                unset.append(known)
                return
            self.pos = start
        word = self.match(_ARGUMENT).decode()
        known = argument(signature, word) if word else None
        if word and self.peek() == b"=":
            if known is None or (language and known in args):
                raise self.refused("expected end of command", start)
            self.pos += 1
            self.blanks()
            args[known] = self._argument_value(name, known, signature, language)
            return
        bare = bool(word) and (self.ended() or self._blank_next())
        if known is not None and bare and known in signature.blocks and known not in signature.positional:
            # The old form without the equals sign: } else {
            before = self.pos
            self.blanks()
            if self.peek() == b"{":
                args[known] = self._argument_value(name, known, signature, language)
                return
            self.pos = before
        if known is not None and bare and not language and word == known and known not in signature.positional:
            flags.append(known)
            return
        self.pos = start
        free = next((item for item in signature.positional if item not in args), None)
        if free is not None:
            args[free] = self._argument_value(name, free, signature, language)
            if self.pos > start:
                return
        elif known is not None and bare:
            self.match(_ARGUMENT)
            flags.append(known)
            return
        raise self.refused("expected end of command", start)

    def _argument_value(self, name: str, known: str, signature: Signature, language: bool) -> Expr:
        if language and _LOOP_NAMES.get(name) == known:
            return self._loop_names(name)
        block = known in signature.blocks
        return self.value(block, block and language and name in _DECLARING)

    def _variable_name(self, command: str) -> tuple[Expr, bytes]:
        """The name after ``:local``, ``:global`` or ``:set``, and what it declares."""
        self.blanks()
        start, line = self.pos, self.line
        if command == "set" and self.peek() == b"(":
            return self.value(), b""
        if self.peek() == b"$":
            # Taken as well as the name alone: scripts that write :set $x parse on 7.22.1.
            self.pos += 1
        name = self._one_name()
        if command == "set" and not self.declared(name):
            raise self.refused(pos=start)
        if not self.ended() and not self._blank_next():
            raise self.refused("expected end of command")
        return Literal(name, line), name

    def _one_name(self) -> bytes:
        if self.peek() == b'"':
            return self.plain_text()
        name = self.name()
        if not name:
            raise self.refused()
        return name

    def _loop_names(self, command: str) -> Expr:
        """The variables of a loop, or of ``:onerror``: joined by commas."""
        self.blanks()
        line = self.line
        names = [self._one_name()]
        if command == "foreach":
            before = self.pos
            self.blanks()
            if self.peek() == b",":
                self.pos += 1
                self.blanks()
                names.append(self._one_name())
            else:
                self.pos = before
        self.scopes[-1].update(names)
        if not self.ended() and not self._blank_next():
            raise self.refused("expected end of command")
        return Literal(b",".join(names), line)
