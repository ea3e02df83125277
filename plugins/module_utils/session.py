# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One API session: connect, TLS, log in, and exchange many sentences in one round trip.

librouteros carries the protocol. Its typed rows are not used, because a comment ``yes`` or a name ``123`` must stay
text, and rows without words must keep their place.
"""

from __future__ import annotations

import io
import socket
import ssl
import struct
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from .errors import ConnectionFailed, ConnectionLost, InvalidEntry

# Documentation, rendering and parsing need no librouteros; only connecting does, and says so.
_MISSING: ImportError | None = None
try:
    from librouteros.connections import SocketTransport
    from librouteros.exceptions import FatalError, LibRouterosError
    from librouteros.login import encode_password
    from librouteros.protocol import ApiProtocol, encode_sentence
except ImportError as problem:
    _MISSING = problem
    if not TYPE_CHECKING:
        SocketTransport = object

UNANSWERED = 32_768
"""Bytes sent ahead of the answers. What is in flight fits into the sockets' buffers, so that neither side can block
on writing while the other does the same."""

Sentence = tuple[str, ...]


@dataclass(frozen=True)
class Target:
    """Where a router's API is and who logs in. ``timeout`` in seconds holds for connecting and for each answer."""

    router: str
    host: str
    user: str
    password: str = field(repr=False)
    port: int = 8728
    tls: bool = False
    validate: bool = True
    check_hostname: bool = True
    ca: str | None = None
    timeout: float = 10.0

    @property
    def where(self) -> str:
        """The router and its API's address, as error messages name them."""
        at = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.router} ({at}:{self.port}{', TLS' if self.tls else ''})"


@dataclass(frozen=True)
class Reply:
    """The answer to one sentence: its rows in order, the value that it returns, and what the router refused."""

    rows: tuple[dict[str, str], ...] = ()
    ret: str | None = None
    traps: tuple[str, ...] = ()

    @property
    def trap(self) -> str:
        """All refusals as one line, empty if there was none."""
        return "; ".join(" ".join(trap.split()) for trap in self.traps)


class Exchange(Protocol):
    """What others need of a session."""

    def exchange(self, sentences: Sequence[Sentence], until: float | None = None) -> list[Reply]:
        """Return the replies to *sentences*, in order; after *until* nothing more is sent."""


class _TooLate(Exception):
    """The moment has passed until which something was to be sent or answered."""


class _BufferedTransport(SocketTransport):
    """librouteros reads a word in three small pieces; a buffer makes that one system call for many words."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__(sock)
        self._buffer = io.BufferedReader(socket.SocketIO(sock, "r"), 65_536)

    def read(self, length: int) -> bytes:
        data = self._buffer.read(length)
        if len(data) < length:
            raise EOFError("the router closed the connection")
        return data


class Session:
    """A logged-in API connection to one router; a context manager that closes it."""

    def __init__(self, target: Target) -> None:
        """Connect and log in; raises ConnectionFailed that says what is wrong and where to look."""
        self.target = target
        self._ended = ""
        context = _context(target) if target.tls else None
        if _MISSING is not None:
            raise ConnectionFailed(
                f"{target.where}: not tried, because the Python that runs Ansible ({sys.executable}) has no librouteros: "
                f"{_MISSING}. Install it with: {sys.executable} -m pip install 'librouteros>=4.2'"
            ) from _MISSING
        try:
            sock = socket.create_connection((target.host, target.port), target.timeout)
        except OSError as error:
            raise ConnectionFailed(f"{target.where}: {_unreachable(target, error)}") from error
        except UnicodeError as error:
            raise ConnectionFailed(f"{target.where}: '{target.host}' is not a host's name or address") from error
        # Whatever ends the connection, this process killed included: what has not arrived by then must not be delivered later,
        # when the router may have taken the rest back.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        try:
            sock = self._secured(sock, context)
            self._socket = sock
            self._protocol = ApiProtocol(_BufferedTransport(self._socket), "utf-8")
            self._login()
        except BaseException:
            sock.close()
            raise

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._protocol.close()

    def exchange(self, sentences: Sequence[Sentence], until: float | None = None) -> list[Reply]:
        """Send all *sentences* and return their replies, in order, as one round trip.

        ``until`` is a moment of ``time.monotonic`` after which nothing more is sent or waited for. Raises InvalidEntry,
        before anything is sent, for text that is none, and ConnectionLost when the line breaks; that one holds the replies
        that had arrived.
        """
        try:
            encoded = [encode_sentence(*sentence, encoding="utf-8") for sentence in sentences]
        except UnicodeEncodeError as error:
            raise InvalidEntry(f"{self.target.where}: a value cannot be sent as UTF-8: {error.reason}") from error
        if self._ended:
            raise ConnectionLost(self._ended)
        replies: list[Reply] = []
        unsent = bytearray()
        ahead = written = 0
        try:
            for sent, data in enumerate(encoded):
                while len(replies) < sent and ahead + len(data) > UNANSWERED:
                    self._send(unsent, until)
                    written = sent
                    ahead -= len(encoded[len(replies)])
                    replies.append(self._reply())
                unsent += data
                ahead += len(data)
            self._send(unsent, until)
            written = len(encoded)
            while len(replies) < len(encoded):
                self._allow(until)
                replies.append(self._reply())
        except _TooLate as error:
            lost = self._lost("its time was over before all was sent and answered", replies, written > len(replies))
            raise lost from error
        except TimeoutError as error:
            raise self._lost(f"no answer within {self._socket.gettimeout() or 0:.3g} s", replies) from error
        except FatalError as error:
            raise self._lost(f"the router ended the session: {error}", replies) from error
        except (OSError, EOFError, LibRouterosError, IndexError) as error:
            problem = (
                "the connection broke" if isinstance(error, (OSError, EOFError)) else "the answer is no API sentence"
            )
            raise self._lost(f"{problem} ({error})", replies) from error
        return replies

    def _lost(self, problem: str, replies: Sequence[Reply], ended: bool = True) -> ConnectionLost:
        """Return the error to raise. Unless nothing is open between both sides, the session ends: a late answer would be taken
        for that to a later sentence, and a router should know at once that nobody listens."""
        text = f"{self.target.where}: {problem}"
        if ended:
            self._ended = text
            self.close()
        return ConnectionLost(text, replies)

    def _send(self, unsent: bytearray, until: float | None) -> None:
        self._allow(until)
        if unsent:
            self._protocol.transport.write(bytes(unsent))
            unsent.clear()

    def _allow(self, until: float | None) -> None:
        """Let the next call take as long as an answer may take, but not beyond *until*; raises _TooLate past it."""
        left = self.target.timeout if until is None else until - time.monotonic()
        if left <= 0:
            raise _TooLate
        self._socket.settimeout(min(self.target.timeout, left))

    def _reply(self) -> Reply:
        rows: list[dict[str, str]] = []
        traps: list[str] = []
        while True:
            kind, words = self._protocol.readSentence()
            values = _values(words)
            if kind == "!re":
                rows.append(values)
            elif kind == "!trap":
                traps.append(values.get("message", " ".join(words)))
            elif kind == "!done":
                return Reply(tuple(rows), values.get("ret"), tuple(traps))

    def _secured(self, sock: socket.socket, context: ssl.SSLContext | None) -> socket.socket:
        if context is None:
            return sock
        try:
            return context.wrap_socket(sock, server_hostname=self.target.host)
        except ssl.SSLCertVerificationError as error:
            raise ConnectionFailed(
                f"{self.target.where}: the certificate is not trusted: {error.verify_message}. Name the CA's file in "
                "routeros_tls_ca, or set routeros_tls_validate to false where the line itself is trusted"
            ) from error
        except (OSError, EOFError) as error:
            raise ConnectionFailed(
                f"{self.target.where}: no TLS there ({_reason(error)}). api-ssl listens on 8729 by default, the plain API on "
                "8728; set ansible_port and routeros_tls to match each other"
            ) from error

    def _login(self) -> None:
        target = self.target
        try:
            (reply,) = self.exchange([("/login", f"=name={target.user}", f"=password={target.password}")])
            if reply.ret is not None:
                # RouterOS before 6.43 answers with a challenge instead
                response = encode_password(reply.ret, target.password)
                (reply,) = self.exchange([("/login", f"=name={target.user}", f"=response={response}")])
        except ConnectionLost as error:
            hint = "" if target.tls else "; if this port is api-ssl, set routeros_tls to true"
            raise ConnectionFailed(f"{error} before the login was answered{hint}") from error
        except UnicodeError as error:
            raise ConnectionFailed(
                f"{target.where}: RouterOS before 6.43 takes only ASCII characters in a password"
            ) from error
        if reply.traps:
            raise ConnectionFailed(
                f"{target.where}: login as '{target.user}' refused: {reply.trap}. Check ansible_user and ansible_password, "
                "and that the user's group has the policy 'api'"
            )


def _values(words: Iterable[str]) -> dict[str, str]:
    """Return the ``=name=value`` words as a mapping; other words (a tag) are none of a row's."""
    return {name: value for name, _equals, value in (w[1:].partition("=") for w in words if w.startswith("="))}


def _context(target: Target) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=target.ca)
    except OSError as error:
        raise ConnectionFailed(
            f"{target.router}: routeros_tls_ca={target.ca}: cannot be read as certificates ({_reason(error)}); expected the "
            "path of a PEM file on the controller"
        ) from error
    context.check_hostname = target.check_hostname
    if not target.validate:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        # a router whose api-ssl has no certificate offers anonymous key exchange only
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("ALL:ADH:@SECLEVEL=0")
    return context


def _unreachable(target: Target, error: OSError) -> str:
    if isinstance(error, socket.gaierror):
        return f"the name '{target.host}' has no address; check ansible_host"
    if isinstance(error, TimeoutError):
        return (
            f"no answer within {target.timeout:g} s; check ansible_host, the line, and the firewall before the router"
        )
    if isinstance(error, ConnectionRefusedError):
        return (
            "connection refused; check ansible_port, and on the router '/ip service print': the service "
            f"{'api-ssl' if target.tls else 'api'} must be enabled and allow this address"
        )
    return f"cannot connect: {_reason(error)}"


def _reason(error: Exception) -> str:
    return getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error) or type(error).__name__
