# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running a parsed script: variables, expressions, calls of functions; commands go to their own modules."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from routerlab.messages import Trap
from routerlab.model.router import Router
from routerlab.script import control, rows, tools
from routerlab.script.errors import ScriptError
from routerlab.script.functions import FUNCTIONS
from routerlab.script.literals import show
from routerlab.script.machine import Machine
from routerlab.script.operators import BINARY, UNARY, element, truth
from routerlab.script.signals import Leave, Return
from routerlab.script.syntax import (
    ArrayLiteral,
    Binary,
    Block,
    Body,
    Bracket,
    Call,
    Command,
    Expr,
    Literal,
    Nested,
    Program,
    Property,
    Statement,
    Text,
    Unary,
    Unknown,
    Variable,
)
from routerlab.script.values import NIL, NOTHING, Array, Code, Value, size

#: Other work of the lab gets its turn after so many steps.
_TURN = 200

#: Calls of functions within each other (the lab's bound: Python's stack is not endless).
_DEEPEST_CALLS = 25

#: The largest value, in bytes (the lab's bound: a text doubled 35 times would take the machine's memory).
_LARGEST = 16 << 20
#: So many bytes put together count as a step.
_BYTES_A_STEP = 16 << 10

Parse = Callable[[bytes, Router], Program]


@dataclass
class Frame:
    """The variables of one block; ``globals`` are names that mean the environment's variables here.

    ``parameters`` are those of the function or of the script's caller; ``row`` the properties of the row that a
    condition is looking at; ``inside`` tells that the block's value is asked for.
    """

    parent: Frame | None = None
    locals: dict[bytes, Value] = field(default_factory=dict)
    globals: set[bytes] = field(default_factory=set)
    parameters: Mapping[bytes, Value] = field(default_factory=dict)
    row: Mapping[str, Value] | None = None
    inside: bool = False

    def child(self) -> Frame:
        """A block within."""
        return Frame(self, parameters=self.parameters, row=self.row)


class Interpreter:
    """One run of one script."""

    def __init__(self, machine: Machine, parse: Parse) -> None:
        self.machine = machine
        self.put = machine.put
        self.parse = parse
        self.steps = 0
        self.calls = 0

    async def run(self, program: Program, variables: Mapping[str, str | bytes]) -> Value | None:
        """The whole script; what ``:return`` gave, else None."""
        handed: dict[bytes, Value] = {
            name.encode(): text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
            for name, text in variables.items()
        }
        try:
            await self.block(program.block, Frame(parameters=handed))
        except Return as signal:
            return signal.value
        except Leave:
            return None
        except RecursionError:
            raise ScriptError("the script is nested too deeply") from None
        return None

    async def tick(self) -> None:
        """Count one step; others get their turn now and then, and endless loops end."""
        self.steps += 1
        if self.steps > self.machine.steps:
            raise ScriptError(f"stopped after {self.machine.steps} steps without a pause")
        if self.steps % _TURN == 0:
            await asyncio.sleep(0)

    def charge(self, amount: int) -> None:
        """Count the work of putting together a value of so many bytes; raises ScriptError when it is too large."""
        if amount > _LARGEST:
            raise ScriptError(f"a value of more than {_LARGEST >> 20} MiB")
        self.steps += amount // _BYTES_A_STEP

    def waited(self) -> None:
        """The script paused: the count of steps begins anew."""
        self.steps = 0

    # Statements

    async def block(self, block: Block, frame: Frame) -> Value:
        """Statements in a row; the value of the last one."""
        value: Value = NIL
        for statement in block.statements:
            await self.tick()
            value = await self.statement(statement, frame, len(block.statements) == 1)
        return value

    async def statement(self, statement: Statement, frame: Frame, only: bool = False) -> Value:
        """One statement."""
        try:
            if isinstance(statement, Command):
                return await self._command(statement, frame)
            if isinstance(statement, Call):
                return await self._call(statement, frame, only)
            if isinstance(statement, Nested):
                return await self.block(statement.block, frame.child())
        except ScriptError as error:
            if not error.line:
                error.line = statement.line
            raise
        assert isinstance(statement, Unknown)
        raise ScriptError(statement.message, statement.line)

    async def _command(self, command: Command, frame: Frame) -> Value:
        try:
            if not command.path:
                run = control.CONTROL.get(command.name)
                if run is not None:
                    return await run(self, command, frame)
                function = FUNCTIONS.get(command.name)
                if function is not None:
                    return function(self.machine, await self.arguments(command, frame))
            tool = tools.TOOLS.get((command.path, command.name))
            if tool is not None:
                return await tool(self, command, frame)
            return await rows.run(self, command, frame)
        except Trap as trap:
            raise ScriptError("; ".join(trap.message.splitlines()), command.line, command.place) from None
        except ScriptError as error:
            if command.path and not error.place:
                error.place = command.place
                error.line = command.line
            raise

    async def arguments(self, command: Command, frame: Frame) -> dict[str, Value]:
        """The command's arguments, worked out in the order written."""
        found = {name: await self.value(item, frame) for name, item in command.args.items()}
        found.update(dict.fromkeys(command.flags, True))
        return found

    # Functions

    async def _call(self, call: Call, frame: Frame, only: bool) -> Value:
        function = await self.value(call.function, frame)
        if not isinstance(function, Code):
            if only and not call.args and not call.named:
                return function
            return NIL
        # Called by an expression instead of a variable, the first argument is $0 (reported with examples, (~)).
        parameters: dict[bytes, Value] = {b"0": call.name} if call.name else {}
        for number, item in enumerate(call.args, 1 if call.name else 0):
            parameters[str(number).encode()] = await self.value(item, frame)
        for name, item in call.named:
            parameters[name] = await self.value(item, frame)
        return await self.invoke(function, parameters)

    async def invoke(self, function: Code, parameters: Mapping[bytes, Value]) -> Value:
        """A function's value for its parameters; it sees no variables but its own."""
        self.calls += 1
        try:
            if self.calls > _DEEPEST_CALLS:
                raise ScriptError("functions call each other too deeply")
            return await self.block(function.block, Frame(parameters=parameters))
        except Return as signal:
            return signal.value
        finally:
            self.calls -= 1

    async def code(self, expression: Expr, frame: Frame) -> Value:
        """Run what an argument such as ``do=`` holds: commands in braces, or a value that is code or a text of it."""
        if isinstance(expression, Body):
            return await self.block(expression.block, frame.child())
        value = await self.value(expression, frame)
        if isinstance(value, bytes):
            value = self.compiled(value)
        return await self.invoke(value, frame.parameters) if isinstance(value, Code) else value

    def compiled(self, source: bytes) -> Code:
        """``:parse``; raises ScriptError with the words of a syntax error."""
        return control.compiled(self.parse, source, self.machine.router)

    # Variables

    def look_up(self, name: bytes, frame: Frame) -> Value:
        """A variable's value; nothing when there is none of that name."""
        place: Frame | None = frame
        while place is not None:
            if name in place.locals:
                return place.locals[name]
            if name in place.globals:
                return self.machine.globals.get(name.decode("utf-8", "surrogateescape"), NOTHING)
            place = place.parent
        return frame.parameters.get(name, NOTHING)

    def store(self, name: bytes, value: Value, frame: Frame) -> None:
        """Give a declared variable a value."""
        place: Frame | None = frame
        while place is not None:
            if name in place.locals:
                place.locals[name] = value
                return
            if name in place.globals:
                self.machine.globals[name.decode("utf-8", "surrogateescape")] = value
                return
            place = place.parent
        frame.locals[name] = value

    # Expressions

    async def value(self, expression: Expr, frame: Frame) -> Value:
        """What an expression is worth."""
        if isinstance(expression, Literal):
            return expression.value
        if isinstance(expression, Variable):
            if frame.row is not None:
                # Within a condition a variable that is called like a property means the property (manual).
                name = expression.name.decode("utf-8", "surrogateescape")
                if name in frame.row:
                    return frame.row[name]
            return self.look_up(expression.name, frame)
        if isinstance(expression, Binary):
            return await self._binary(expression, frame)
        if isinstance(expression, Unary):
            return await self._unary(expression, frame)
        if isinstance(expression, Text):
            parts = [p if isinstance(p, bytes) else show(await self.value(p, frame)) for p in expression.parts]
            self.charge(sum(map(len, parts)))
            return b"".join(parts)
        if isinstance(expression, Bracket):
            inner = frame.child()
            inner.inside = True
            return await self.block(expression.block, inner)
        if isinstance(expression, Property):
            return self._property(expression, frame)
        if isinstance(expression, ArrayLiteral):
            return await self._array(expression, frame)
        return Code(expression.block, expression.source)

    def _property(self, expression: Property, frame: Frame) -> Value:
        name = expression.name.decode("utf-8", "surrogateescape")
        if frame.row is not None and name in frame.row:
            return frame.row[name]
        return self.look_up(expression.name, frame)

    async def _array(self, expression: ArrayLiteral, frame: Frame) -> Value:
        found = Array()
        for key, item in expression.items:
            value = await self.value(item, frame)
            if key is None:
                found.items.append(value)
            elif isinstance(key, Literal) and key.raw is not None:
                found.keyed[key.raw] = value
            else:
                found.keyed[show(await self.value(key, frame))] = value
        self.charge(found.size)
        return found

    async def condition(self, expression: Expr, frame: Frame) -> bool:
        """Whether a condition holds; in one on rows a text counts as true when it is not empty."""
        value = await self.value(expression, frame)
        if frame.row is not None and not isinstance(value, bool):
            return show(value) not in (b"", b"false", b"no")
        return truth(value)

    async def _unary(self, expression: Unary, frame: Frame) -> Value:
        if expression.operator == "!" and frame.row is not None:
            return not await self.condition(expression.operand, frame)
        return UNARY[expression.operator](await self.value(expression.operand, frame))

    async def _binary(self, expression: Binary, frame: Frame) -> Value:
        operator = expression.operator
        if operator in ("and", "&&"):
            return await self.condition(expression.left, frame) and await self.condition(expression.right, frame)
        if operator in ("or", "||"):
            return await self.condition(expression.left, frame) or await self.condition(expression.right, frame)
        left = await self.value(expression.left, frame)
        if operator == "->":
            return element(left, await self.value(expression.right, frame))
        right = await self.value(expression.right, frame)
        if operator == ".":
            # A text is repeated for every element of an array.
            pieces = len(left) if isinstance(left, Array) else len(right) if isinstance(right, Array) else 1
            self.charge(max(size(left), size(right), pieces * min(size(left), size(right))))
        elif operator == ",":
            self.charge(size(left) + size(right))
        return BINARY[operator](left, right)
