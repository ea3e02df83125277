# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The language's commands that decide what runs: variables, loops, conditions, errors, pauses."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from routerlab.model.router import Router
from routerlab.script.errors import ScriptError, ScriptSyntaxError
from routerlab.script.literals import read_number, show, typed
from routerlab.script.operators import element
from routerlab.script.signals import Break, Continue, Leave, Return
from routerlab.script.syntax import Binary, Command, Expr, Literal, Program, Variable
from routerlab.script.values import NIL, NOTHING, Array, Code, Time, Value

if TYPE_CHECKING:
    from routerlab.script.interpreter import Frame, Interpreter

Run = Callable[["Interpreter", Command, "Frame"], Awaitable[Value]]
CONTROL: dict[str, Run] = {}


def _control(name: str) -> Callable[[Run], Run]:
    def register(run: Run) -> Run:
        CONTROL[name] = run
        return run

    return register


def compiled(parse: Callable[[bytes, Router], Program], source: bytes, router: Router) -> Code:
    """A text of commands as code; raises ScriptError with the words of a syntax error."""
    try:
        return Code(parse(source, router).block, source)
    except ScriptSyntaxError as error:
        raise ScriptError(error.message) from None


def _need(command: Command, *names: str) -> None:
    missing = [name for name in names if name not in command.args]
    if missing:
        raise ScriptError(f"missing value(s) of argument(s) {' '.join(missing)}")


def seconds(value: Value) -> float:
    """A span of time in seconds: a time, or a number of seconds."""
    settled = typed(value) if isinstance(value, bytes) else value
    if isinstance(settled, Time):
        return settled.us / 1_000_000
    if isinstance(settled, int) and not isinstance(settled, bool):
        return float(settled)
    raise ScriptError("invalid time value for argument delay-time")


def _whole(value: Value, name: str) -> int:
    number = value if isinstance(value, int) else read_number(show(value))
    if number is None:
        raise ScriptError(f"invalid value for argument {name}")
    return int(number)


def _name(command: Command, argument: str = "name") -> bytes:
    name = command.args[argument]
    assert isinstance(name, Literal)
    assert isinstance(name.value, bytes)
    return name.value


async def _written(it: Interpreter, command: Command, frame: Frame) -> Value | None:
    """The value that a declaration gives, None when it gives none."""
    for argument in ("do", "value"):
        if argument in command.args:
            return await it.value(command.args[argument], frame)
    return None


@_control("local")
async def _local(it: Interpreter, command: Command, frame: Frame) -> Value:
    value = await _written(it, command, frame)
    name = _name(command)
    frame.globals.discard(name)
    frame.locals[name] = NOTHING if value is None else value
    return NIL


@_control("global")
async def _global(it: Interpreter, command: Command, frame: Frame) -> Value:
    value = await _written(it, command, frame)
    name = _name(command)
    frame.locals.pop(name, None)
    frame.globals.add(name)
    text = name.decode("utf-8", "surrogateescape")
    if value is None:
        it.machine.globals.setdefault(text, NOTHING)
    else:
        it.machine.globals[text] = value
    return NIL


@_control("set")
async def _set(it: Interpreter, command: Command, frame: Frame) -> Value:
    value = await _written(it, command, frame)
    target = command.args["name"]
    if isinstance(target, Literal):
        it.store(_name(command), NOTHING if value is None else value, frame)
    else:
        await _set_element(it, target, NOTHING if value is None else value, frame)
    return NIL


async def _set_element(it: Interpreter, target: Expr, value: Value, frame: Frame) -> None:
    """``:set ($array->key) value``: a new array takes the old one's place."""
    if isinstance(target, Variable):
        it.store(target.name, value, frame)
        return
    if not isinstance(target, Binary) or target.operator != "->":
        raise ScriptError("invalid argument name")
    old = await it.value(target.left, frame)
    key = await it.value(target.right, frame)
    found = old.copy() if isinstance(old, Array) else Array()
    if isinstance(key, int) and not isinstance(key, bool) and element(found, key) is not NOTHING:
        if 0 <= key < len(found.items):
            found.place(key, value)
        else:
            found.put(show(key), value)
    elif isinstance(key, int) and key == len(found.items):
        found.place(key, value)
    elif value is NOTHING:
        found.drop(show(key))
    else:
        found.put(show(key), value)
    it.charge(found.size)
    await _set_element(it, target.left, found, frame)


@_control("if")
async def _if(it: Interpreter, command: Command, frame: Frame) -> Value:
    _need(command, "condition")
    branch = "do" if await it.condition(command.args["condition"], frame) else "else"
    return await it.code(command.args[branch], frame) if branch in command.args else NIL


async def _turn(it: Interpreter, command: Command, frame: Frame) -> bool:
    """One round of a loop; False when ``:break`` ended it."""
    await it.tick()
    try:
        await it.code(command.args["do"], frame)
    except Break:
        return False
    except Continue:
        return True
    return True


@_control("for")
async def _for(it: Interpreter, command: Command, frame: Frame) -> Value:
    _need(command, "counter", "from", "to", "do")
    first = _whole(await it.value(command.args["from"], frame), "from")
    last = _whole(await it.value(command.args["to"], frame), "to")
    step = 1 if first <= last else -1
    if "step" in command.args:
        step = _whole(await it.value(command.args["step"], frame), "step")
    if step == 0:
        raise ScriptError("invalid value for argument step")
    name = _name(command, "counter")
    for number in range(first, last + (1 if step > 0 else -1), step):
        inner = frame.child()
        inner.locals[name] = number
        if not await _turn(it, command, inner):
            break
    return NIL


@_control("foreach")
async def _foreach(it: Interpreter, command: Command, frame: Frame) -> Value:
    _need(command, "counter", "in", "do")
    value = await it.value(command.args["in"], frame)
    pairs: list[tuple[Value, Value]] = [(0, value)]
    if isinstance(value, Array):
        pairs = [*enumerate(value.items), *sorted(value.keyed.items())]
    elif value is NOTHING or value is NIL:
        pairs = []
    names = _name(command, "counter").split(b",")
    for key, item in pairs:
        inner = frame.child()
        inner.locals.update(zip(names, (item,) if len(names) == 1 else (key, item), strict=True))
        if not await _turn(it, command, inner):
            break
    return NIL


@_control("while")
async def _while(it: Interpreter, command: Command, frame: Frame) -> Value:
    _need(command, "condition", "do")
    while await it.condition(command.args["condition"], frame):
        if not await _turn(it, command, frame):
            break
    return NIL


@_control("do")
async def _do(it: Interpreter, command: Command, frame: Frame) -> Value:
    _need(command, "command")
    value: Value = NIL
    try:
        if "if" in command.args and not await it.condition(command.args["if"], frame):
            return NIL
        while True:
            await it.tick()
            try:
                value = await it.code(command.args["command"], frame)
            except Continue:
                value = NIL
            if "while" not in command.args or not await it.condition(command.args["while"], frame):
                return value
    except Break:
        if "while" not in command.args:
            raise
        return value
    except ScriptError:
        if "on-error" not in command.args:
            raise
        return await it.code(command.args["on-error"], frame)


@_control("onerror")
async def _onerror(it: Interpreter, command: Command, frame: Frame) -> Value:
    _need(command, "in")
    try:
        return await it.code(command.args["in"], frame)
    except ScriptError as error:
        if "do" not in command.args:
            return NIL
        _need(command, "error")
        inner = frame.child()
        inner.locals[_name(command, "error")] = str(error).encode("utf-8", "surrogateescape")
        return await it.code(command.args["do"], inner)


@_control("retry")
async def _retry(it: Interpreter, command: Command, frame: Frame) -> Value:
    _need(command, "command", "delay", "max")
    pause = seconds(await it.value(command.args["delay"], frame))
    most = _whole(await it.value(command.args["max"], frame), "max")
    for turn in range(1, max(most, 1) + 1):
        try:
            return await it.code(command.args["command"], frame)
        except ScriptError:
            if turn >= most:
                if "on-error" not in command.args:
                    raise
                return await it.code(command.args["on-error"], frame)
        await _pause(it, pause)
    return NIL


async def _pause(it: Interpreter, length: float) -> None:
    await it.machine.sleep(max(length, 0.0))
    if length > 0:
        it.waited()


@_control("delay")
async def _delay(it: Interpreter, command: Command, frame: Frame) -> Value:
    length = 1.0
    if "delay-time" in command.args:
        length = seconds(await it.value(command.args["delay-time"], frame))
    await _pause(it, length)
    return NIL


@_control("error")
async def _error(it: Interpreter, command: Command, frame: Frame) -> Value:
    value = await it.value(command.args["message"], frame) if "message" in command.args else b""
    raise ScriptError(show(value).decode("utf-8", "surrogateescape"))


@_control("return")
async def _return(it: Interpreter, command: Command, frame: Frame) -> Value:
    raise Return(await it.value(command.args["value"], frame) if "value" in command.args else NIL)


@_control("break")
async def _break(it: Interpreter, command: Command, frame: Frame) -> Value:
    raise Break


@_control("continue")
async def _continue(it: Interpreter, command: Command, frame: Frame) -> Value:
    raise Continue


@_control("exit")
async def _exit(it: Interpreter, command: Command, frame: Frame) -> Value:
    raise Leave


@_control("parse")
async def _parse(it: Interpreter, command: Command, frame: Frame) -> Value:
    _need(command, "value")
    value = await it.value(command.args["value"], frame)
    return value if isinstance(value, Code) else it.compiled(show(value))


@_control("time")
async def _time(it: Interpreter, command: Command, frame: Frame) -> Value:
    _need(command, "command")
    begun = time.monotonic()
    await it.code(command.args["command"], frame)
    return Time(int((time.monotonic() - begun) * 1_000_000))


@_control("resolve")
async def _resolve(it: Interpreter, command: Command, frame: Frame) -> Value:
    _need(command, "domain-name")
    texts = {name: show(value).decode() for name, value in (await it.arguments(command, frame)).items()}
    name, server = texts.pop("domain-name"), texts.pop("server", "")
    found = await it.machine.resolve(name, server, **texts)
    it.waited()
    return typed(found.encode())


class _Captured:
    """What ``:put`` shows, kept instead."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def put(self, text: str) -> None:
        self.lines.append(text)


@_control("execute")
async def _execute(it: Interpreter, command: Command, frame: Frame) -> Value:
    """Runs before the next command does, not beside it as on a router; its errors stay its own."""
    _need(command, "script")
    if "file" in command.args:
        raise ScriptError("the lab's routers keep no files")
    script = await it.value(command.args["script"], frame)
    code = script if isinstance(script, Code) else it.compiled(show(script))
    keep = "as-string" in command.args or "as-string" in command.flags
    captured = _Captured()
    machine = it.machine
    shown = machine.put
    if keep:
        it.put = captured.put
    try:
        await it.invoke(code, {})
    except ScriptError as error:
        if keep:
            captured.put(str(error))
        else:
            machine.router.write_log("script,error", f"executing script failed: {error}")
    finally:
        it.put = shown
    return "\n".join(captured.lines).encode("utf-8", "surrogateescape") if keep else NIL


@_control("put")
async def _put(it: Interpreter, command: Command, frame: Frame) -> Value:
    _need(command, "message")
    value = await it.value(command.args["message"], frame)
    it.put(show(value).decode("utf-8", "surrogateescape"))
    return NIL
