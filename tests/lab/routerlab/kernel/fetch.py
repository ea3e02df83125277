# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``/tool/fetch`` over HTTP and HTTPS, out of a namespace.

A request goes onto the wire as it was written, a blank in the URL included: that RouterOS does not encode it (unless
``http-percent-encoding=yes``, 7.21) is why messages with blanks fail on real routers.  Ready-made clients refuse or
mend such requests, so the request is written here; only TLS is the standard library's.

Sources: manual, Fetch (error texts, ``User-Agent``, limits, redirects, which host names are checked); texts marked (~)
have one source or are formed like the known ones.  What versions before 7.18, which have no
``http-max-redirect-count``, do with a redirect is not known (?): they follow two here, as newer ones do.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import errno
import gzip
import re
import socket
import ssl
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from routerlab.kernel import resolver
from routerlab.kernel.namespaces import Namespace

#: Most bytes of ``http-data``, and of a body that a script gets (manual: 63 KiB; a longer one is cut without error).
DATA_LIMIT = 65536
BODY_LIMIT = 64512
#: Idle time-out and redirects by default (manual); a first answer may take as long.
IDLE = 10.0
REDIRECTS = 2
_HEADER_LIMIT = 65536
_PORTS = {"http": 80, "https": 443}
_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<path>.*)", re.DOTALL)
_REDIRECTING = (301, 302, 303, 307, 308)
#: The version from which an error names the status's reason (~).
_REASONS_SINCE = (7, 13)
_METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS")


class FetchError(Exception):
    """A fetch that failed, in RouterOS's words without ``failure: ``; never holds the URL, which may be secret.

    ``code`` and ``headers`` are those of the answer when there was one.
    """

    def __init__(self, text: str, code: int | None = None, headers: list[list[str]] | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.headers = headers if headers is not None else []

    def document(self) -> dict[str, Any]:
        """The same as plain data: ``error``, ``code`` (or None) and ``headers``."""
        return {"error": str(self), "code": self.code, "headers": self.headers}


@dataclass(frozen=True)
class _Target:
    scheme: str
    host: str
    port: int
    path: str
    user: str | None = None
    password: str = ""


@dataclass
class _Response:
    code: int
    reason: str
    headers: list[list[str]]
    body: bytes = b""
    total: int = 0

    def header(self, name: str) -> str | None:
        for field, value in self.headers:
            if field.lower() == name:
                return value
        return None


def split_url(url: str) -> _Target:
    """Scheme, host, port and the rest as written; raises FetchError."""
    match = _URL.fullmatch(url)
    if match is None:
        raise FetchError("invalid URL")  # (?)
    scheme = match["scheme"].lower()
    if scheme in ("ftp", "sftp", "tftp"):
        raise FetchError(f"the laboratory does not fetch over {scheme}")
    if scheme not in _PORTS:
        raise FetchError("invalid URL protocol")  # (~)
    login, at, place = match["authority"].rpartition("@")
    host, colon, port = place.partition(":")
    if not host or (colon and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536)):
        raise FetchError("invalid URL")  # (?)
    path = match["path"]
    user, _sign, password = login.partition(":")
    return _Target(
        scheme,
        host,
        int(port) if colon else _PORTS[scheme],
        path if path.startswith("/") else "/" + path,
        user if at else None,
        password,
    )


async def fetch(namespace: Namespace, request: Mapping[str, Any]) -> dict[str, Any]:
    """Carry out a request; raises FetchError.

    Keys of ``request``, all but ``url`` optional: ``url``; ``method`` ("get"); ``data_base64``; ``headers``
    ([[name, value]]); ``check_certificate`` ("yes", "yes-without-crl", "no"); ``ca`` (file of trusted certificates);
    ``host`` (sent as Host and checked in the certificate); ``address`` (connect there instead); ``port``; ``user``,
    ``password``; ``src_address``; ``timeout`` (seconds without any progress, 10); ``duration`` (seconds for all);
    ``max_redirects`` (2); ``content_encoding`` ("gzip" or "deflate": packs the data of POST and PUT);
    ``percent_encoding`` (false); ``version`` (RouterOS's, for ``User-Agent`` and words); ``limit`` (most bytes of the
    body to keep, 64512).

    The result: ``code``, ``downloaded`` and ``total`` (bytes), ``duration`` (seconds), ``data_base64`` (cut at
    ``limit``), ``headers`` ([[name, value]]), ``redirects`` (how many were followed).
    """
    begun = time.monotonic()
    try:
        async with asyncio.timeout(request.get("duration")):
            response, redirects = await _follow(namespace, request)
    except TimeoutError:
        raise FetchError("duration timeout") from None  # (?)
    return {
        "code": response.code,
        "downloaded": response.total,
        "total": response.total,
        "duration": time.monotonic() - begun,
        "data_base64": base64.b64encode(response.body).decode(),
        "headers": response.headers,
        "redirects": redirects,
    }


async def _follow(namespace: Namespace, request: Mapping[str, Any]) -> tuple[_Response, int]:
    method = str(request.get("method") or "get").upper()
    if method not in _METHODS:
        raise FetchError("unsupported method")  # (?): the command's own argument check comes first
    try:
        data = base64.b64decode(request.get("data_base64") or "", validate=True)
    except binascii.Error:
        raise FetchError("data is not base64") from None
    if len(data) > DATA_LIMIT:
        raise FetchError("http-data too long")  # (?)
    packed = request.get("content_encoding")
    if packed and method in ("POST", "PUT"):
        data = gzip.compress(data) if packed == "gzip" else zlib.compress(data)
    most = int(request.get("max_redirects", REDIRECTS))
    target = _given(split_url(str(request["url"])), request)
    count = 0
    while True:
        response = await _exchange(namespace, request, target, method, data)
        location = response.header("location")
        if response.code not in _REDIRECTING or location is None:
            break
        if count == most:
            shown = "" if target.path in location and len(target.path) > 1 else f' (Location: "{location}")'
            raise FetchError(f"{_status(response, request)}{shown}", response.code, response.headers)
        target = _redirected(target, location)
        count += 1
        if response.code == 303 or (response.code in (301, 302) and method == "POST"):
            method, data = "GET", b""
    if not 200 <= response.code < 300:
        raise FetchError(_status(response, request), response.code, response.headers)
    return response, count


def _status(response: _Response, request: Mapping[str, Any]) -> str:
    numbers = re.findall(r"[0-9]+", str(request.get("version") or ""))[:2]
    if numbers and tuple(map(int, numbers)) < _REASONS_SINCE:
        return f"Fetch failed with status {response.code}"
    return f"Status {response.code}, {response.reason}".rstrip(", ")


def _given(target: _Target, request: Mapping[str, Any]) -> _Target:
    """The URL's parts, as far as the command's other arguments do not override them."""
    user = request.get("user")
    return _Target(
        target.scheme,
        target.host,
        int(request.get("port") or target.port),
        quote(target.path, safe="/?&=:;,+%@!$'()*~#[]-._", errors="surrogateescape")
        if request.get("percent_encoding")
        else target.path,
        user or target.user,
        str(request.get("password") or "") if user else target.password,
    )


def _redirected(target: _Target, location: str) -> _Target:
    """Where an answer sends us; the login goes along to the same host only."""
    if location.startswith("//"):
        location = f"{target.scheme}:{location}"
    if "://" in location:
        new = split_url(location)
        if new.user is None and (new.host, new.port) == (target.host, target.port):
            return _Target(new.scheme, new.host, new.port, new.path, target.user, target.password)
        return new
    # A bare name stands beside the page that sent us there.
    path = "" if location.startswith("/") else target.path.partition("?")[0].rpartition("/")[0] + "/"
    return _Target(target.scheme, target.host, target.port, path + location, target.user, target.password)


async def _exchange(
    namespace: Namespace, request: Mapping[str, Any], target: _Target, method: str, data: bytes
) -> _Response:
    idle = float(request.get("timeout") or IDLE)
    try:
        addresses = await resolver.resolve(namespace, str(request.get("address") or target.host))
    except resolver.ResolveError as error:
        # RouterOS says just "resolving error" for some of these (~).
        raise FetchError(str(error)) from None
    line = await _connected(namespace, addresses[0], target.port, request.get("src_address"), idle)
    host = str(request.get("host") or target.host)
    try:
        reader, writer = await _stream(line, target.scheme, host, request, idle)
    except BaseException:
        line.close()
        raise
    try:
        writer.write(_head(request, target, host, method, data) + data)
        async with asyncio.timeout(idle):
            await writer.drain()
        return await _response(reader, method, int(request.get("limit") or BODY_LIMIT), idle)
    except TimeoutError:
        raise FetchError("Idle timeout - waiting data") from None  # (~)
    except asyncio.IncompleteReadError:
        raise FetchError("connection closed by remote host") from None  # (?)
    except ssl.SSLError as error:
        raise FetchError(_ssl_words(error)) from None
    except OSError as error:
        raise FetchError(_words(error)) from None
    finally:
        writer.transport.abort()


async def _connected(
    namespace: Namespace, address: str, port: int, source: str | None, timeout: float
) -> socket.socket:
    with namespace.entered():
        line = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        if source:
            line.bind((source, 0))
        async with asyncio.timeout(timeout):
            await asyncio.get_running_loop().sock_connect(line, (address, port))
    except TimeoutError:
        line.close()
        raise FetchError("Idle timeout - connecting") from None  # (~)
    except OSError as error:
        line.close()
        raise FetchError(_words(error)) from None
    except BaseException:
        line.close()
        raise
    return line


def _words(error: OSError) -> str:
    """(~) RouterOS shows the system's own texts."""
    texts = {
        errno.ECONNREFUSED: "Connection refused",
        errno.ENETUNREACH: "Network is unreachable",
        errno.EHOSTUNREACH: "No route to host",
        errno.ECONNRESET: "Connection reset by peer",
        errno.EADDRNOTAVAIL: "Cannot assign requested address",
        errno.ETIMEDOUT: "Connection timed out",
    }
    return texts.get(error.errno or 0, error.strerror or "connection failed")


async def _stream(
    line: socket.socket, scheme: str, host: str, request: Mapping[str, Any], timeout: float
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if scheme == "http":
        return await asyncio.open_connection(sock=line, limit=_HEADER_LIMIT)
    try:
        return await asyncio.open_connection(
            sock=line, limit=_HEADER_LIMIT, ssl=_context(request), server_hostname=host, ssl_handshake_timeout=timeout
        )
    except ssl.SSLError as error:
        raise FetchError(_ssl_words(error)) from None
    except ValueError:
        # A host that TLS has no name for, such as one with an empty label.  (SSLError may be a ValueError too.)
        raise FetchError("invalid URL") from None  # (?)
    except (TimeoutError, ConnectionAbortedError):
        raise FetchError("SSL: ssl: handshake timed out (6)") from None  # (?)
    except OSError as error:
        raise FetchError(_words(error)) from None


def _context(request: Mapping[str, Any]) -> ssl.SSLContext:
    check = str(request.get("check_certificate") or "no")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if check == "no":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif request.get("ca"):
        # Chain, dates and host name.  The laboratory's certificates name no revocation list, so there is none to
        # look at for "yes".
        context.load_verify_locations(cafile=str(request["ca"]))
    return context


def _ssl_words(error: ssl.SSLError) -> str:
    """The first two are known (manual, reports of 7.x), the others are formed like them (?)."""
    if isinstance(error, ssl.SSLCertVerificationError):
        # Numbers of OpenSSL's X509_V_ERR_...: not yet valid 9, expired 10, host name 62, address 64.
        if error.verify_code in (9, 10):
            return "SSL: ssl: cert not valid (6)"
        if error.verify_code in (62, 64):
            return "SSL: ssl: host name mismatch (6)"
        return "SSL: ssl: no trusted CA certificate found (6)"
    return f"SSL: ssl: handshake failed: {(error.reason or 'unknown').lower().replace('_', ' ')} (6)"


def _head(request: Mapping[str, Any], target: _Target, host: str, method: str, data: bytes) -> bytes:
    """Request line and headers; the path as it was written, in UTF-8."""
    own = {str(name).lower() for name, _value in request.get("headers") or []}
    version = request.get("version")
    lines = [f"{method} {target.path} HTTP/1.1"]
    place = host if target.port == _PORTS[target.scheme] else f"{host}:{target.port}"
    ours = [
        ("Host", place),
        ("User-Agent", f"RouterOS {version}" if version else "RouterOS"),
        ("Accept-Encoding", "deflate, gzip"),
        ("Connection", "close"),
    ]
    if target.user is not None:
        login = base64.b64encode(f"{target.user}:{target.password}".encode()).decode()
        ours.append(("Authorization", f"Basic {login}"))
    if data or method in ("POST", "PUT", "PATCH"):
        ours += [("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", str(len(data)))]
        if request.get("content_encoding") and method in ("POST", "PUT"):
            ours.append(("Content-Encoding", str(request["content_encoding"])))
    lines += [f"{name}: {value}" for name, value in ours if name.lower() not in own]
    lines += [f"{name}: {value}" for name, value in request.get("headers") or []]
    # What was no UTF-8 in the script stays the bytes that it was.
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")


async def _response(reader: asyncio.StreamReader, method: str, limit: int, idle: float) -> _Response:
    while True:
        response = await _read_head(reader, idle)
        if response.code != 100:
            break
    body = _Body(limit, response.header("content-encoding"))
    if method != "HEAD" and response.code not in (204, 304):
        await _read_body(reader, response, body, idle)
    response.body, response.total = body.finish(), body.total
    return response


async def _read_head(reader: asyncio.StreamReader, idle: float) -> _Response:
    async with asyncio.timeout(idle):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            raise FetchError("response headers too long") from None  # (?)
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    match = re.fullmatch(r"HTTP/1\.[01] ([0-9]{3}) ?(.*)", first)
    if match is None:
        raise FetchError("invalid response")  # (?)
    headers = []
    for text in lines:
        name, _sign, value = text.partition(":")
        headers.append([name.strip(), value.strip()])
    return _Response(int(match[1]), match[2].strip(), headers)


async def _read_body(reader: asyncio.StreamReader, response: _Response, body: _Body, idle: float) -> None:
    if "chunked" in (response.header("transfer-encoding") or "").lower():
        while True:
            async with asyncio.timeout(idle):
                size_text = (await reader.readuntil(b"\r\n")).split(b";")[0].strip()
            try:
                size = int(size_text, 16)
            except ValueError:
                raise FetchError("invalid response") from None  # (?)
            await _read_exactly(reader, size, body, idle)
            async with asyncio.timeout(idle):
                await reader.readuntil(b"\r\n")
            if size == 0:
                return
    length = response.header("content-length")
    if length is not None and length.isascii() and length.isdigit():
        await _read_exactly(reader, int(length), body, idle)
        return
    while True:
        async with asyncio.timeout(idle):
            part = await reader.read(65536)
        if not part:
            return
        body.add(part)


async def _read_exactly(reader: asyncio.StreamReader, count: int, body: _Body, idle: float) -> None:
    while count:
        async with asyncio.timeout(idle):
            part = await reader.read(min(count, 65536))
        if not part:
            raise asyncio.IncompleteReadError(b"", count)
        count -= len(part)
        body.add(part)


class _Body:
    """A body as it comes in: counted, unpacked, kept up to a limit."""

    def __init__(self, limit: int, encoding: str | None) -> None:
        self.total = 0
        self._kept = bytearray()
        self._limit = limit
        packed = (encoding or "").strip().lower()
        # 32: either of gzip's and zlib's headers.
        self._unpack = zlib.decompressobj(32 + zlib.MAX_WBITS) if packed in ("gzip", "deflate") else None

    def add(self, part: bytes) -> None:
        self.total += len(part)
        room = self._limit - len(self._kept)
        if room <= 0:
            return
        if self._unpack is not None:
            try:
                part = self._unpack.decompress(part, room)
            except zlib.error:
                raise FetchError("invalid response") from None  # (?)
        self._kept += part[:room]

    def finish(self) -> bytes:
        return bytes(self._kept)
