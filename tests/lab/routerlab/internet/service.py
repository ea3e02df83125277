# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All servers in one process, and the conversation with whoever started it.

Events on stdout, one JSON object a line: ``{"event": "telegram", "message": {...}}``.  Requests on stdin:
``{"id": n, "request": "telegram"}`` (the messages kept), ``"flush"`` (forget them; how many they were), ``"counters"``
(``{"flows": accepted connections, "datagrams": n, "messages": n}``); answered by ``{"id": n, "result": ...}`` or
``{"id": n, "error": "text"}``.  The process ends when stdin does.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import ssl
from typing import Any, BinaryIO

from routerlab.internet import speed
from routerlab.internet.configuration import Configuration, ConfigurationError, Tls, read_configuration
from routerlab.internet.flows import FlowServer
from routerlab.internet.listeners import listening, many_descriptors
from routerlab.internet.telegram import Telegram
from routerlab.internet.web import STREAM_LIMIT, WebServer

#: A line on stdin, in bytes.
_LINE_LIMIT = 1 << 20


def _context(tls: Tls) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(tls.cert, tls.key)
    except OSError as error:
        raise ConfigurationError(f"tls: {tls.cert}, {tls.key}: {error.strerror or error}") from error
    return context


class _Service:
    def __init__(self, configuration: Configuration, out: BinaryIO) -> None:
        self.configuration = configuration
        self.out = out
        self.flows = FlowServer()
        self.telegram = Telegram(configuration.telegram, kept=self._kept)
        self.web = WebServer(self.telegram)
        self.servers: list[asyncio.Server] = []

    def say(self, value: dict[str, Any]) -> None:
        """One line; a reader that is gone has ended stdin too, which ends the process."""
        try:
            self.out.write(json.dumps(value).encode() + b"\n")
            self.out.flush()
        except BrokenPipeError:
            # Nothing is to be flushed at exit either.
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.out.fileno())

    def _kept(self, message: dict[str, Any]) -> None:
        self.say({"event": "telegram", "message": message})

    async def listen(self) -> None:
        """Open every port; raises ListenError, ConfigurationError."""
        bind, ports = self.configuration.bind, self.configuration.ports
        context = None if self.configuration.tls is None else _context(self.configuration.tls)
        for listener in listening(bind, ports["flows"], socket.SOCK_STREAM):
            self.flows.serve(listener)
        for endpoint in listening(bind, ports["udp"], socket.SOCK_DGRAM):
            self.flows.serve_udp(endpoint)
        for listener in listening(bind, ports["speed"], socket.SOCK_STREAM):
            speed.serve(listener)
        for name, tls in (("http", None), ("telegram", context)):
            for listener in listening(bind, ports[name], socket.SOCK_STREAM):
                self.servers.append(
                    await asyncio.start_server(self.web.connected, sock=listener, ssl=tls, limit=STREAM_LIMIT)
                )

    def answer(self, line: bytes) -> dict[str, Any]:
        """The reply to a line on stdin."""
        try:
            asked = json.loads(line)
        except ValueError:
            return {"id": None, "error": "not JSON"}
        if not isinstance(asked, dict):
            return {"id": None, "error": "not an object"}
        number, request = asked.get("id"), asked.get("request")
        messages = self.telegram.messages
        if request == "telegram":
            return {"id": number, "result": messages}
        if request == "flush":
            count = len(messages)
            messages.clear()
            return {"id": number, "result": count}
        if request == "counters":
            counters = {"flows": self.flows.accepted, "datagrams": self.flows.datagrams, "messages": len(messages)}
            return {"id": number, "result": counters}
        return {"id": number, "error": f"no request {request!r}; there are telegram, flush, counters"}


async def serve(stdin: BinaryIO, stdout: BinaryIO) -> None:
    """Read the configuration, serve until stdin ends; raises ConfigurationError, ListenError."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=_LINE_LIMIT)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), stdin)
    line = await reader.readline()
    if not line:
        return
    many_descriptors()
    service = _Service(read_configuration(line), stdout)
    await service.listen()
    sweep = asyncio.create_task(service.flows.sweep())
    stdout.write(b"ready\n")
    stdout.flush()
    while line := await reader.readline():
        service.say(service.answer(line))
    sweep.cancel()
