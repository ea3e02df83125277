# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names to addresses, asked of the DNS cache inside a namespace, with the words that RouterOS has for failures."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv4Address

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

from routerlab.kernel.namespaces import Namespace

#: The router's own cache; RouterOS gives a look-up ten seconds (``query-total-timeout``).
LOCAL = "127.0.0.1"
_TOTAL = 10.0
#: Seconds after which an unanswered query is sent again; the cache then asks another of its servers.
_AGAIN = 1.0

NAME_DOES_NOT_EXIST = "dns name does not exist"
SERVER_FAILURE = "dns server failure"


class ResolveError(Exception):
    """A name without an address; the text is RouterOS's, without its ``failure: ``."""


async def resolve(
    namespace: Namespace,
    name: str,
    record: str = "A",
    *,
    server: str = LOCAL,
    port: int = 53,
    timeout: float = _TOTAL,
) -> list[str]:
    """The values of a name's records, e.g. addresses for ``A``; an address stands for itself.

    Raises ResolveError when there are none.
    """
    try:
        return [str(IPv4Address(name))]
    except ValueError:
        pass
    try:
        IPv4Address(server)
    except ValueError:
        # A name would first have to be looked up itself.  (?): RouterOS's own words for it are not known.
        raise ResolveError(SERVER_FAILURE) from None
    try:
        query = dns.message.make_query(name, record)
    except (dns.exception.DNSException, UnicodeError):
        raise ResolveError(NAME_DOES_NOT_EXIST) from None
    try:
        async with asyncio.timeout(timeout):
            answer = await _ask(namespace, query, server, port)
    except TimeoutError:
        # Also what a router says whose servers all stay silent (seen with a dead uplink).
        raise ResolveError(SERVER_FAILURE) from None
    except (OSError, dns.exception.DNSException, EOFError):
        raise ResolveError(SERVER_FAILURE) from None
    if answer.rcode() == dns.rcode.NXDOMAIN:
        raise ResolveError(NAME_DOES_NOT_EXIST)
    if answer.rcode() != dns.rcode.NOERROR:
        raise ResolveError(SERVER_FAILURE)
    kind = dns.rdatatype.from_text(record)
    found = [rdata.to_text() for group in answer.answer if group.rdtype == kind for rdata in group]
    if not found:
        raise ResolveError(NAME_DOES_NOT_EXIST)
    return found


async def _ask(namespace: Namespace, query: dns.message.Message, server: str, port: int) -> dns.message.Message:
    loop = asyncio.get_running_loop()
    with namespace.entered():
        line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    with line:
        line.connect((server, port))
        while True:
            await loop.sock_sendall(line, query.to_wire())
            try:
                async with asyncio.timeout(_AGAIN):
                    answer = await _matching(line, query)
                    break
            except TimeoutError:
                continue
    if answer.flags & dns.flags.TC:
        return await _ask_at_length(namespace, query, server, port)
    return answer


async def _matching(line: socket.socket, query: dns.message.Message) -> dns.message.Message:
    loop = asyncio.get_running_loop()
    while True:
        data = await loop.sock_recv(line, 65535)
        answer = dns.message.from_wire(data, ignore_trailing=True, raise_on_truncation=False)
        if query.is_response(answer):
            return answer


async def _ask_at_length(
    namespace: Namespace, query: dns.message.Message, server: str, port: int
) -> dns.message.Message:
    """Over TCP, for answers that do not fit into a datagram."""
    with namespace.entered():
        line = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    with line:
        await asyncio.get_running_loop().sock_connect(line, (server, port))
        reader, writer = await asyncio.open_connection(sock=line)
        try:
            wire = query.to_wire()
            writer.write(len(wire).to_bytes(2) + wire)
            length = int.from_bytes(await reader.readexactly(2))
            return dns.message.from_wire(await reader.readexactly(length))
        finally:
            writer.close()
