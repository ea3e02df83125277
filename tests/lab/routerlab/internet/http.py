# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""As much of HTTP/1.1 (RFC 9112) as the lab's servers need, with the bytes as they came.

A blank in a request target is not allowed.  What servers make of it differs, and ``api.telegram.org`` is the case that
matters here.  Its answers say ``Server: nginx/1.18.0`` (seen from 2021 to May 2026).  nginx before 1.21.1 takes a blank
as part of the target unless an ``H`` follows, where it expects the protocol's version and otherwise answers 400
(``ngx_http_parse_request_line``, state ``sw_check_uri_http_09``; people see it as "a message with a word in capital H
does not arrive", Ombi-app/Ombi#1686); nginx from 1.21.1 answers 400 to every blank.  Users of RouterOS report texts that
end at the first blank (~).  So an ``H`` after a blank is refused always, and any other blank by choice of the
configuration ends the target (``cut``, what users see) or belongs to it (``keep``, nginx 1.18 alone).
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus

#: nginx's default for one line (large_client_header_buffers).
LINE_LIMIT = 8192
_HEADERS_LIMIT = 100
#: nginx's default for a request's body (client_max_body_size), in bytes.
BODY_LIMIT = 1 << 20
_CHUNK = 1 << 16

_METHOD = re.compile(rb"[A-Z_-]{1,32}\Z")
_TARGET = re.compile(rb"(?:/|[A-Za-z][A-Za-z0-9+.-]*://)")
_VERSION = re.compile(rb"HTTP/(\d)\.(\d) *\Z")
_BLANKS = re.compile(rb" +")
_DIGITS = re.compile(rb"[0-9]{1,18}\Z")
_HEX = re.compile(rb"[0-9A-Fa-f]{1,15}\Z")


class BadRequest(Exception):
    """What cannot be answered otherwise than by a status; the connection ends with it."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True)
class Head:
    """A request without its body; names of headers are in lower case, and of equal ones the first counts."""

    method: str
    target: bytes
    version: tuple[int, int]
    headers: dict[str, bytes]

    @property
    def path(self) -> bytes:
        """The target up to ``?`` or ``#``, without scheme and host, still encoded."""
        target = self.target
        if not target.startswith(b"/"):
            target = b"/" + target.split(b"://", 1)[1].partition(b"/")[2]
        return re.split(rb"[?#]", target, maxsplit=1)[0]

    @property
    def query(self) -> bytes:
        """What follows ``?``, still encoded."""
        before, _rest, after = self.target.partition(b"?")
        return b"" if b"#" in before else after

    @property
    def host(self) -> str:
        """The name in the header Host, in lower case, without port."""
        return self.headers.get("host", b"").decode("latin-1").lower().rpartition("@")[2].partition(":")[0]

    @property
    def keep_alive(self) -> bool:
        """Whether the connection goes on after the answer."""
        wish = self.headers.get("connection", b"").lower()
        return b"keep-alive" in wish if self.version < (1, 1) else b"close" not in wish


def parse_request_line(line: bytes, blanks: str = "cut") -> tuple[str, bytes, tuple[int, int]]:
    """Method, target and version of a line without its end; raises BadRequest(400) or BadRequest(505)."""
    method, _rest, rest = line.partition(b" ")
    rest = rest.lstrip(b" ")
    if not _METHOD.match(method) or not _TARGET.match(rest) or b"\0" in rest:
        raise BadRequest(400)
    end = None
    for blank in _BLANKS.finditer(rest):
        following = rest[blank.end() :]
        if following.startswith(b"H"):
            version = _VERSION.match(following)
            if version is None:
                raise BadRequest(400)
            if version[1] != b"1":
                raise BadRequest(505)
            end = blank.start() if end is None or blanks == "keep" else end
            return method.decode(), rest[:end], (1, int(version[2]))
        end = blank.start() if end is None else end
    # HTTP/0.9, which has no version: its answer has no status either (~).
    raise BadRequest(400)


async def _line(reader: asyncio.StreamReader, status: int) -> bytes:
    try:
        line = await reader.readuntil(b"\n")
    except asyncio.LimitOverrunError as error:
        raise BadRequest(status) from error
    if len(line) > LINE_LIMIT:
        raise BadRequest(status)
    return line.rstrip(b"\r\n")


async def read_head(reader: asyncio.StreamReader, blanks: str = "cut") -> Head | None:
    """The next request's head; None when the client has closed; raises BadRequest, asyncio.IncompleteReadError."""
    line = b""
    while not line:
        try:
            line = await _line(reader, 414)
        except asyncio.IncompleteReadError as error:
            if not error.partial:
                return None
            raise
    method, target, version = parse_request_line(line, blanks)
    headers: dict[str, bytes] = {}
    for _rest in range(_HEADERS_LIMIT):
        line = await _line(reader, 400)
        if not line:
            break
        name, colon, value = line.partition(b":")
        if not colon:
            raise BadRequest(400)
        headers.setdefault(name.strip().decode("latin-1").lower(), value.strip())
    else:
        raise BadRequest(400)
    # nginx insists on it, as RFC 9112 section 3.2 does.
    if version == (1, 1) and "host" not in headers:
        raise BadRequest(400)
    return Head(method, target, version, headers)


async def read_body(reader: asyncio.StreamReader, head: Head, limit: int = BODY_LIMIT) -> bytes:
    """The request's body in bytes; raises BadRequest(400, 413, 501) and asyncio.IncompleteReadError."""
    pieces: list[bytes] = []
    size = 0
    async for piece in body(reader, head):
        size += len(piece)
        if size > limit:
            raise BadRequest(413)
        pieces.append(piece)
    return b"".join(pieces)


class body:
    """Iterate asynchronously over a request's body, piece by piece, by length or in chunks."""

    def __init__(self, reader: asyncio.StreamReader, head: Head) -> None:
        self._reader = reader
        coding = head.headers.get("transfer-encoding", b"").lower()
        length = head.headers.get("content-length", b"0")
        self._chunked = coding == b"chunked"
        if coding and not self._chunked:
            raise BadRequest(501)
        if not _DIGITS.match(length):
            raise BadRequest(400)
        self._left = 0 if self._chunked else int(length)

    def __aiter__(self) -> body:
        return self

    async def __anext__(self) -> bytes:
        if not self._left and self._chunked:
            size = (await _line(self._reader, 400)).partition(b";")[0].strip()
            if not _HEX.match(size):
                raise BadRequest(400)
            self._left = int(size, 16)
            if not self._left:
                while await _line(self._reader, 400):
                    pass
        if not self._left:
            raise StopAsyncIteration
        piece = await self._reader.read(min(self._left, _CHUNK))
        if not piece:
            raise asyncio.IncompleteReadError(b"", self._left)
        self._left -= len(piece)
        if not self._left and self._chunked and await _line(self._reader, 400):
            raise BadRequest(400)
        return piece


def answer_head(status: int, kind: str, length: int, *, keep_alive: bool, more: dict[str, str] | None = None) -> bytes:
    """The head of an answer whose body has ``length`` bytes."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Error"
    fields = {
        "Server": "nginx/1.18.0",
        "Date": formatdate(usegmt=True),
        "Content-Type": kind,
        "Content-Length": str(length),
        "Connection": "keep-alive" if keep_alive else "close",
        **(more or {}),
    }
    lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}" for name, value in fields.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def refusal(status: int) -> bytes:
    """The whole answer to a request that is none, as a front end gives it: a page, after which it closes."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Error"
    page = f"<html>\r\n<head><title>{status} {phrase}</title></head>\r\n<body>{status} {phrase}</body>\r\n</html>\r\n"
    return answer_head(status, "text/html", len(page), keep_alive=False) + page.encode()
