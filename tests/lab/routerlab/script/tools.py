# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands that are no rows' commands: ``/tool fetch``, ``/ping``, ``/system script run``, the environment.

Sources: the manual's pages on fetch, netwatch and scripts; argument types of its command reference.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TYPE_CHECKING

from routerlab import messages
from routerlab.model.commands import need
from routerlab.script import repository, rows
from routerlab.script.errors import ScriptError
from routerlab.script.literals import argument_text, read_number, read_time, show, typed
from routerlab.script.machine import FetchRequest, FetchResult
from routerlab.script.signals import Leave
from routerlab.script.syntax import Command, Literal
from routerlab.script.values import NIL, NOTHING, Array, Time, Value
from routerlab.version import Version

if TYPE_CHECKING:
    from routerlab.script.interpreter import Frame, Interpreter

Tool = Callable[["Interpreter", Command, "Frame"], Awaitable[Value]]

_METHODS = ("get", "post", "put", "delete", "head", "patch")
_OUTPUTS = ("none", "file", "user", "user-with-headers")
_MODES = ("http", "https", "ftp", "tftp", "sftp")
_CHECKS = ("no", "yes", "yes-without-crl")
#: http-data and what comes back into a script are bounded (manual).
_MOST_DATA = 64 * 1024
_NEW_STATUS = Version.parse("7.13")


def _one_of(name: str, text: str, allowed: tuple[str, ...]) -> str:
    found = [word for word in allowed if word == text] or [word for word in allowed if text and word.startswith(text)]
    if len(found) != 1:
        raise messages.no_match(name)
    return found[0]


def _yes(name: str, text: str) -> bool:
    if text in ("yes", "true", "", "no", "false"):
        return text not in ("no", "false")
    raise messages.no_match(name)


def _headers(value: Value) -> list[tuple[str, str]]:
    """``A:b,C:d``, an escaped comma (``\\,``) belonging to the value; or an array of ``A:b``."""
    parts = [show(item) for item in value.items] if isinstance(value, Array) else re.split(rb"(?<!\\),", show(value))
    found = []
    for part in parts:
        name, colon, text = part.replace(b"\\,", b",").decode("utf-8", "surrogateescape").partition(":")
        if part and not colon:
            raise messages.invalid_value("http-header-field")
        if part:
            found.append((name.strip(), text.strip()))
    return found


def _span(name: str, text: str) -> float:
    number = read_number(text.encode())
    time = read_time(text.encode()) if number is None else Time(number * 1_000_000)
    if time is None:
        raise messages.invalid_value(name)
    return time.us / 1_000_000


def _count(name: str, text: str) -> int:
    number = read_number(text.encode())
    if number is None or number < 0:
        raise messages.invalid_value(name)
    return number


async def _written(it: Interpreter, command: Command, frame: Frame) -> dict[str, Value]:
    """The arguments' values; a bare word as the text that it is."""
    found: dict[str, Value] = dict.fromkeys(command.flags, b"yes")
    for name, expression in command.args.items():
        raw = expression.raw if isinstance(expression, Literal) else None
        found[name] = await it.value(expression, frame) if raw is None else raw
    return found


def fetch_request(values: dict[str, Value]) -> FetchRequest:
    """What ``/tool fetch`` is to do; raises Trap for values that it does not take."""
    texts = {name: argument_text(value) for name, value in values.items()}
    url = show(values.get("url", b""))
    if not url and not texts.get("address"):
        raise messages.missing_values(("url",))
    request = FetchRequest(url)
    scheme = url.partition(b"://")[0].decode("ascii", "replace").lower() if b"://" in url else ""
    # An address without a scheme is http's (~).
    request.mode = _one_of("mode", texts.get("mode") or scheme or "http", _MODES)
    request.method = _one_of("http-method", texts.get("http-method", "get"), _METHODS)
    request.data = show(values.get("http-data", b""))
    if len(request.data) > _MOST_DATA:
        raise messages.too_long("http-data", _MOST_DATA)
    request.headers = _headers(values.get("http-header-field", b""))
    request.check_certificate = _one_of("check-certificate", texts.get("check-certificate", "no"), _CHECKS)
    request.output = _one_of("output", texts.get("output", "file"), _OUTPUTS)
    if "keep-result" in texts and not _yes("keep-result", texts["keep-result"]) and "output" not in texts:
        request.output = "none"
    request.upload = "upload" in texts and _yes("upload", texts["upload"])
    encode = "http-percent-encoding"
    request.percent_encoding = encode in texts and _yes(encode, texts[encode])
    request.address, request.host = texts.get("address", ""), texts.get("host", "")
    request.user, request.password = texts.get("user", ""), texts.get("password", "")
    request.src_address, request.src_path = texts.get("src-address", ""), texts.get("src-path", "")
    request.dst_path, request.certificate = texts.get("dst-path", ""), texts.get("certificate", "")
    request.auth_scheme = _one_of("http-auth-scheme", texts.get("http-auth-scheme", "basic"), ("basic", "digest"))
    if "http-content-encoding" in texts:
        request.content_encoding = _one_of("http-content-encoding", texts["http-content-encoding"], ("deflate", "gzip"))
    if "port" in texts:
        request.port = _count("port", texts["port"])
        if request.port > 65535:
            raise messages.out_of_range("port", "0", "65535")
    if "http-max-redirect-count" in texts:
        request.max_redirects = _count("http-max-redirect-count", texts["http-max-redirect-count"])
    if "duration" in texts:
        request.duration = _span("duration", texts["duration"])
    if texts.get("idle-timeout", "none") != "none":
        request.idle_timeout = _span("idle-timeout", texts["idle-timeout"])
    return request


def status_error(code: int, version: Version) -> str:
    """What a router says of an answer that is none of success."""
    if version < _NEW_STATUS:
        return f"Fetch failed with status {code}"
    try:
        phrase = HTTPStatus(code).phrase
    except ValueError:
        phrase = ""
    return f"Status {code}, {phrase}"


def _fetched(result: FetchResult, request: FetchRequest) -> Array:
    found: dict[bytes, Value] = {
        b"status": result.status.encode(),
        b"downloaded": result.downloaded // 1024,
        b"total": result.total // 1024,
        b"duration": Time(int(result.duration * 1_000_000)),
    }
    if request.output in ("user", "user-with-headers"):
        found[b"data"] = result.data[:_MOST_DATA]
    if request.output == "user-with-headers":
        found[b"http-headers"] = Array([], {name.encode(): text.encode() for name, text in result.headers})
    return Array([], found)


async def _fetch(it: Interpreter, command: Command, frame: Frame) -> Value:
    values = await _written(it, command, frame)
    as_value = values.pop("as-value", None) is not None
    machine = it.machine
    need(machine.policies, "test")
    request = fetch_request(values)
    if request.output == "file" or request.upload:
        need(machine.policies, "ftp")
    result = await machine.fetch(request)
    it.waited()
    if result.code and not 200 <= result.code < 300:
        raise ScriptError(status_error(result.code, machine.router.version))
    if as_value:
        return _fetched(result, request)
    it.put(f"      status: {result.status}")
    return NIL


async def _ping(it: Interpreter, command: Command, frame: Frame) -> Value:
    need(it.machine.policies, "test")
    texts = {name: argument_text(value) for name, value in (await _written(it, command, frame)).items()}
    if "address" not in texts:
        raise messages.missing_values(("address",))
    address, interface = texts.pop("address"), texts.pop("interface", "")
    if "count" not in texts:
        raise ScriptError("ping without a count does not end")
    count = _count("count", texts.pop("count"))
    replies = await it.machine.ping(address, count, interface, **texts)
    it.waited()
    return replies


async def _run_script(it: Interpreter, command: Command, frame: Frame) -> Value:
    """``/system script run``: a script that asks for more than its caller may is not run (manual)."""
    machine = it.machine
    router = machine.router
    values = await _written(it, command, frame)
    if "number" not in values:
        raise messages.missing_values(("number",))
    name = argument_text(values["number"])
    menu = router.menus[repository.MENU]
    found = rows.named(router, menu, command.args["number"], typed(name.encode()))
    if not found:
        raise messages.no_such_item()
    row = found[0]
    own = argument_text(values.get("use-script-permissions", b"no"))
    outer = machine.policies
    rights = repository.start(router, row, outer, _yes("use-script-permissions", own))
    code = it.compiled(router.text(row, "source").encode("utf-8", "surrogateescape"))
    machine.policies = rights
    try:
        return await it.invoke(code, {})
    except Leave:
        return NIL
    finally:
        machine.policies = outer


async def _environment_print(it: Interpreter, command: Command, frame: Frame) -> Value:
    need(it.machine.policies, "read")
    options = {*command.flags, *command.args}
    shown = {name: value for name, value in it.machine.globals.items() if value is not NOTHING}
    if "count-only" in options:
        return len(shown)
    if "as-value" in options:
        return Array([Array([], {b"name": name.encode(), b"value": value}) for name, value in shown.items()])
    for name, value in shown.items():
        it.put(f"{name}={show(value).decode('utf-8', 'surrogateescape')}")
    return NIL


async def _environment_remove(it: Interpreter, command: Command, frame: Frame) -> Value:
    need(it.machine.policies, "write")
    values = await _written(it, command, frame)
    names = values.get("numbers", NOTHING)
    for item in names.items if isinstance(names, Array) else [names]:
        name = argument_text(item)
        if name not in it.machine.globals:
            raise messages.no_such_item()
        del it.machine.globals[name]
    return NIL


TOOLS: dict[tuple[tuple[str, ...], str], Tool] = {
    ((), "ping"): _ping,
    (("tool",), "ping"): _ping,
    (("tool",), "fetch"): _fetch,
    (("system", "script"), "run"): _run_script,
    (("environment",), "print"): _environment_print,
    (("environment",), "remove"): _environment_remove,
    (("system", "script", "environment"), "print"): _environment_print,
    (("system", "script", "environment"), "remove"): _environment_remove,
}
