# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP servers: small pages, and the Bot API where its paths or its name ask for it.

``/`` a page; ``/ip`` the peer's address and port, as the flow servers say it; ``/bytes/N`` N bytes (up to 10^10);
``/upload`` (POST, PUT) the number of bytes received.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator

from routerlab.internet.flows import line_for
from routerlab.internet.http import (
    LINE_LIMIT,
    BadRequest,
    Head,
    answer_head,
    body,
    read_body,
    read_head,
    refusal,
)
from routerlab.internet.telegram import Reply, Telegram

#: Seconds that a connection may wait for its next request (nginx's keepalive_timeout), or for anything of it.
_PATIENCE = 75.0
_ZEROS = bytes(1 << 16)
_BYTES = re.compile(rb"/bytes/([0-9]{1,10})\Z")
#: What api.telegram.org adds to every answer.
_TELEGRAM_FIELDS = {
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Expose-Headers": "Content-Length,Content-Type,Date,Server,Connection",
}
_PAGE = b"<!doctype html>\n<title>routerlab</title>\n<p>This is the laboratory's internet.</p>\n"
#: How a connection may end without anybody being at fault here.
_ENDED = (ConnectionError, asyncio.IncompleteReadError, TimeoutError, ssl.SSLError)


class WebServer:
    """Serves connections; ``telegram`` answers the Bot API's part."""

    def __init__(self, telegram: Telegram) -> None:
        self.telegram = telegram
        self._tasks: set[asyncio.Task[None]] = set()

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection in a task of its own, which ends with the loop."""
        task = asyncio.get_running_loop().create_task(self.serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, request by request."""
        try:
            while await self._one(reader, writer):
                pass
        except BadRequest as error:
            await self._last_words(writer, refusal(error.status))
        except _ENDED:
            pass
        finally:
            writer.close()

    @staticmethod
    async def _last_words(writer: asyncio.StreamWriter, words: bytes) -> None:
        try:
            writer.write(words)
            async with asyncio.timeout(_PATIENCE):
                await writer.drain()
        except _ENDED:
            pass

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection goes on."""
        async with asyncio.timeout(_PATIENCE):
            head = await read_head(reader, self.telegram.settings.blanks)
        if head is None:
            return False
        if head.headers.get("expect", b"").lower() == b"100-continue":
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        peer: tuple[str, int] = writer.get_extra_info("peername")[:2]
        if head.host == "api.telegram.org" or head.path.startswith(b"/bot"):
            async with asyncio.timeout(_PATIENCE):
                content = await read_body(reader, head)
            return await self._answer_telegram(writer, head, self.telegram.answer(head, content, peer[0]))
        return await self._page(reader, writer, head, peer)

    async def _answer_telegram(self, writer: asyncio.StreamWriter, head: Head, reply: Reply) -> bool:
        more = dict(_TELEGRAM_FIELDS)
        if reply.retry_after is not None:
            more["Retry-After"] = str(reply.retry_after)
        content = reply.content()
        writer.write(answer_head(reply.status, "application/json", len(content), keep_alive=head.keep_alive, more=more))
        if head.method != "HEAD":
            writer.write(content)
        await writer.drain()
        return head.keep_alive

    async def _page(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: Head, peer: tuple[str, int]
    ) -> bool:
        received = 0
        pieces: AsyncIterator[bytes] = body(reader, head)
        while True:
            async with asyncio.timeout(_PATIENCE):
                piece = await anext(pieces, None)
            if piece is None:
                break
            received += len(piece)
        status, kind, content, zeros = 200, "text/plain", b"", 0
        size = _BYTES.match(head.path)
        uploads = head.path == b"/upload"
        if head.method not in (("POST", "PUT") if uploads else ("GET", "HEAD")):
            status, content = 405, b"Method Not Allowed\n"
        elif uploads:
            content = b"%d\n" % received
        elif head.path == b"/":
            kind, content = "text/html", _PAGE
        elif head.path == b"/ip":
            content = line_for(peer)
        elif size is not None:
            kind, zeros = "application/octet-stream", int(size[1])
        else:
            status, content = 404, b"Not Found\n"
        writer.write(answer_head(status, kind, len(content) + zeros, keep_alive=head.keep_alive))
        if head.method != "HEAD":
            writer.write(content)
            while zeros:
                piece = _ZEROS[:zeros]
                zeros -= len(piece)
                writer.write(piece)
                async with asyncio.timeout(_PATIENCE):
                    await writer.drain()
        await writer.drain()
        return head.keep_alive


#: Room for a whole line before the reader refuses it.
STREAM_LIMIT = 8 * LINE_LIMIT
