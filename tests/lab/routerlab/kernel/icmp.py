# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pings, ARP pings and TCP connects out of any namespace, many at once, timed by the kernel.

One raw socket for each namespace serves all its pings: interface, source, mark and TTL go along with each packet.
Replies carry the kernel's time of arrival, so that a busy event loop neither lengthens a round trip nor turns an
answer in time into none.  Of a connection the kernel tells when it was made.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import itertools
import os
import socket
import struct
import time
from dataclasses import dataclass
from ipaddress import IPv4Address

from routerlab.kernel.namespaces import Namespace

_ECHO_REPLY, _UNREACHABLE, _ECHO, _TIME_EXCEEDED = 0, 3, 8, 11
_IP_HEADER, _ICMP_HEADER = 20, 8

# Linux's numbers, which the socket module does not have.
_IP_TTL, _IP_PKTINFO = 2, 8
_SO_MARK, _SO_TIMESTAMPNS = 36, 35
_SOL_RAW, _ICMP_FILTER = 255, 1
_SIOCGIFADDR, _SIOCGIFHWADDR = 0x8915, 0x8927
_ETH_P_ARP = 0x0806
_TCP_SYN_SENT = 2
_BROADCAST_MAC = b"\xff" * 6

#: What RouterOS's ping writes in its status column (~); codes of RFC 792 and RFC 1812.
_UNREACHABLE_WORDS = {0: "net unreachable", 1: "host unreachable", 2: "protocol unreachable", 3: "port unreachable"}
_ERRNO_WORDS = {
    errno.ENETUNREACH: "no route to host",
    errno.EHOSTUNREACH: "host unreachable",
    errno.EACCES: "packet rejected",
    errno.EPERM: "packet rejected",
    errno.EINVAL: "packet rejected",
    errno.ECONNREFUSED: "connection refused",
}


@dataclass(frozen=True)
class Answer:
    """What became of one probe.

    ``rtt`` is in seconds, None without an answer; ``host`` is who answered (also with an error), ``ttl`` and ``size``
    (bytes with the IP header) those of the answer; ``reason`` says why there is none, "" when there is.
    """

    answered: bool
    rtt: float | None = None
    host: str | None = None
    ttl: int | None = None
    size: int | None = None
    reason: str = ""


def _words(error: OSError) -> str:
    return _ERRNO_WORDS.get(error.errno or 0, os.strerror(error.errno or 0).lower())


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data[: len(data) // 2 * 2]))
    if len(data) % 2:
        total += data[-1] << 8
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


@dataclass
class _Flight:
    """A ping on its way."""

    address: str
    timeout: float
    sent_wall: int
    sent: float
    done: asyncio.Future[Answer]


class _RawSocket:
    """The raw socket of one namespace."""

    def __init__(self, namespace: Namespace, loop: asyncio.AbstractEventLoop) -> None:
        with namespace.entered():
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.IPPROTO_ICMP)
        wanted = (1 << _ECHO_REPLY) | (1 << _UNREACHABLE) | (1 << _TIME_EXCEEDED)
        self._socket.setsockopt(_SOL_RAW, _ICMP_FILTER, struct.pack("=I", ~wanted & 0xFFFFFFFF))
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._namespace = namespace
        self._loop = loop
        self._flights: dict[tuple[int, int], _Flight] = {}
        self._idents = itertools.count(int.from_bytes(os.urandom(2)))
        loop.add_reader(self._socket, self.drain)

    def close(self) -> None:
        self._loop.remove_reader(self._socket)
        self._socket.close()
        for flight in self._flights.values():
            if not flight.done.done():
                flight.done.set_result(Answer(False, reason="interrupted"))
        self._flights.clear()

    def _key(self, ident: int | None, sequence: int) -> tuple[int, int]:
        if ident is not None:
            key = (ident & 0xFFFF, sequence & 0xFFFF)
            if key in self._flights:
                raise ValueError(f"a ping with identifier {ident} and sequence {sequence} is on its way already")
            return key
        while True:
            key = (next(self._idents) & 0xFFFF, sequence & 0xFFFF)
            if key not in self._flights:
                return key

    def _ancillary(self, dev: str | None, src: str | None, mark: int | None, ttl: int) -> list[tuple[int, int, bytes]]:
        index = 0
        if dev is not None:
            try:
                with self._namespace.entered():
                    index = socket.if_nametoindex(dev)
            except OSError as error:
                # Python's own error has no number.
                raise OSError(error.errno or errno.ENODEV, dev) from None
        found = [(socket.IPPROTO_IP, _IP_TTL, struct.pack("=i", ttl))]
        if dev is not None or src is not None:
            source = IPv4Address(src).packed if src is not None else b"\0" * 4
            found.append((socket.IPPROTO_IP, _IP_PKTINFO, struct.pack("=i4s4s", index, source, b"\0" * 4)))
        if mark:
            found.append((socket.SOL_SOCKET, _SO_MARK, struct.pack("=I", mark)))
        return found

    async def ping(
        self,
        address: str,
        dev: str | None,
        src: str | None,
        mark: int | None,
        timeout: float,
        size: int,
        ttl: int,
        ident: int | None,
        sequence: int,
    ) -> Answer:
        key = self._key(ident, sequence)
        payload = bytes(i & 0xFF for i in range(max(0, size - _IP_HEADER - _ICMP_HEADER)))
        head = struct.pack("!BBHHH", _ECHO, 0, 0, *key)
        packet = struct.pack("!BBHHH", _ECHO, 0, checksum(head + payload), *key) + payload
        try:
            ancillary = self._ancillary(dev, src, mark, ttl)
            flight = _Flight(address, timeout, time.time_ns(), time.monotonic(), self._loop.create_future())
            self._socket.sendmsg([packet], ancillary, 0, (address, 0))
        except OSError as error:
            return Answer(False, reason=_words(error))
        self._flights[key] = flight
        timer = self._loop.call_later(timeout, self._give_up, flight)
        try:
            return await flight.done
        finally:
            timer.cancel()
            self._flights.pop(key, None)

    def _give_up(self, flight: _Flight) -> None:
        # What arrived in time may still wait in the socket.
        self.drain()
        if not flight.done.done():
            flight.done.set_result(Answer(False, reason="timeout"))

    def drain(self) -> None:
        """Take in everything that has arrived."""
        while True:
            try:
                data, ancillary, _flags, _address = self._socket.recvmsg(65535, 256)
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                # Errors of earlier packets are reported once here; the packet's own ping ends by its time.
                if error.errno in (errno.EBADF, errno.ENOTSOCK):
                    raise
                continue
            self._take(data, ancillary)

    def _take(self, data: bytes, ancillary: list[tuple[int, int, bytes]]) -> None:
        start = (data[0] & 0x0F) * 4
        if len(data) < start + _ICMP_HEADER:
            return
        kind, code, _sum, ident, sequence = struct.unpack_from("!BBHHH", data, start)
        host = socket.inet_ntoa(data[12:16])
        if kind == _ECHO_REPLY:
            flight = self._flights.get((ident, sequence))
            if flight is None or flight.done.done() or flight.address != host:
                return
            rtt = _round_trip(flight, ancillary)
            if rtt <= flight.timeout:
                flight.done.set_result(Answer(True, rtt, host, data[8], len(data)))
            return
        # An error quotes the packet that it is about.
        inner = start + _ICMP_HEADER
        if len(data) < inner + _IP_HEADER:
            return
        quoted = inner + (data[inner] & 0x0F) * 4
        if len(data) < quoted + _ICMP_HEADER or data[inner + 9] != socket.IPPROTO_ICMP:
            return
        kind_quoted, _code, _sum, ident, sequence = struct.unpack_from("!BBHHH", data, quoted)
        flight = self._flights.get((ident, sequence))
        target = socket.inet_ntoa(data[inner + 16 : inner + 20])
        if kind_quoted != _ECHO or flight is None or flight.done.done() or target != flight.address:
            return
        reason = "TTL exceeded" if kind == _TIME_EXCEEDED else _UNREACHABLE_WORDS.get(code, "packet filtered")
        flight.done.set_result(Answer(False, None, host, data[8], len(data), reason))


def _round_trip(flight: _Flight, ancillary: list[tuple[int, int, bytes]]) -> float:
    elapsed = time.monotonic() - flight.sent
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
            seconds, nanoseconds = struct.unpack("=qq", data[:16])
            stamped = (seconds * 10**9 + nanoseconds - flight.sent_wall) / 1e9
            # A clock that was set in between does not count.
            if 0 <= stamped <= elapsed:
                return float(stamped)
    return elapsed


class Pinger:
    """All probes of an event loop; sockets are made when first needed and kept for each namespace."""

    def __init__(self) -> None:
        self._sockets: dict[Namespace, _RawSocket] = {}

    async def ping(
        self,
        namespace: Namespace,
        address: str,
        *,
        dev: str | None = None,
        src: str | None = None,
        mark: int | None = None,
        timeout: float = 1.0,
        size: int = 56,
        ttl: int = 64,
        ident: int | None = None,
        sequence: int = 0,
    ) -> Answer:
        """One ICMP echo request to an IPv4 address; what prevents it is told by the answer, never raised.

        ``size`` is the whole IP packet's, in bytes, as RouterOS counts it (manual, Ping); below 28 it is 28.
        ``mark`` is the packet's mark before the output chain sees it.  Without ``ident`` each ping has its own
        identifier; give one to make several pings (with different ``sequence``) one connection.
        """
        raw = self._sockets.get(namespace)
        if raw is None:
            raw = self._sockets[namespace] = _RawSocket(namespace, asyncio.get_running_loop())
        return await raw.ping(address, dev, src, mark, timeout, size, ttl, ident, sequence)

    async def arp_ping(
        self, namespace: Namespace, dev: str, address: str, timeout: float = 1.0, src: str | None = None
    ) -> Answer:
        """Ask who has an address on a device; ``host`` is then the answering MAC address in capitals.

        Without ``src`` the sender is the device's first address, or 0.0.0.0 (an ARP probe, RFC 5227) without any.
        """
        loop = asyncio.get_running_loop()
        try:
            with namespace.entered():
                link = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, 0)
        except OSError as error:
            return Answer(False, reason=_words(error))
        with link:
            try:
                link.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
                with namespace.entered():
                    own, sender = _link_addresses(dev)
                    link.bind((dev, _ETH_P_ARP))
                source = IPv4Address(src).packed if src is not None else sender
                request = struct.pack(
                    "!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, 1, own, source, b"\0" * 6, IPv4Address(address).packed
                )
                flight = _Flight(address, timeout, time.time_ns(), time.monotonic(), loop.create_future())
                link.sendto(request, (dev, _ETH_P_ARP, 0, 0, _BROADCAST_MAC))
                loop.add_reader(link, _take_arp, link, flight)
                try:
                    async with asyncio.timeout(timeout):
                        await asyncio.shield(flight.done)
                except TimeoutError:
                    # What arrived in time may still wait in the socket.
                    _take_arp(link, flight)
                finally:
                    loop.remove_reader(link)
            except OSError as error:
                return Answer(False, reason=_words(error))
            return flight.done.result() if flight.done.done() else Answer(False, reason="timeout")

    async def tcp_probe(
        self, namespace: Namespace, address: str, port: int, timeout: float = 3.0, src: str | None = None
    ) -> Answer:
        """Open a TCP connection and close it again; ``rtt`` is the time that opening took."""
        loop = asyncio.get_running_loop()
        with namespace.entered():
            line = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        with line:
            try:
                if src is not None:
                    line.bind((src, 0))
                begun = loop.time()
                try:
                    async with asyncio.timeout(timeout):
                        await loop.sock_connect(line, (address, port))
                except TimeoutError:
                    # It may have been made in time, and the loop have been busy since.
                    taken = _connected_after(line, begun)
                    if taken is None or taken > timeout:
                        return Answer(False, reason="timeout")
                    return Answer(True, taken, address)
            except OSError as error:
                return Answer(False, reason=_words(error))
            return Answer(True, loop.time() - begun, address)

    def forget(self, namespace: Namespace) -> None:
        """Close a namespace's socket; pings on their way end without an answer."""
        raw = self._sockets.pop(namespace, None)
        if raw is not None:
            raw.close()

    def close(self) -> None:
        """Close every socket."""
        for namespace in list(self._sockets):
            self.forget(namespace)


def _link_addresses(dev: str) -> tuple[bytes, bytes]:
    """MAC and first IPv4 address of a device of the calling thread's namespace; raises OSError without device."""
    request = struct.pack("16s24x", dev.encode())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as query:
        own = fcntl.ioctl(query, _SIOCGIFHWADDR, request)[18:24]
        try:
            sender = fcntl.ioctl(query, _SIOCGIFADDR, request)[20:24]
        except OSError as error:
            if error.errno != errno.EADDRNOTAVAIL:
                raise
            sender = b"\0" * 4
    return own, sender


def _take_arp(link: socket.socket, flight: _Flight) -> None:
    """Take in all that has arrived; a reply in time ends the flight."""
    wanted = IPv4Address(flight.address).packed
    while not flight.done.done():
        try:
            data, ancillary, _flags, _address = link.recvmsg(64, 256)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            flight.done.set_result(Answer(False, reason=_words(error)))
            return
        if len(data) >= 28 and data[6:8] == b"\0\2" and data[14:18] == wanted:
            rtt = _round_trip(flight, ancillary)
            if rtt <= flight.timeout:
                mac = ":".join(f"{byte:02X}" for byte in data[8:14])
                flight.done.set_result(Answer(True, rtt, mac))


def _connected_after(line: socket.socket, begun: float) -> float | None:
    """Seconds from ``begun`` until a connection was there, None while it is not; raises OSError with its error."""
    problem = line.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if problem:
        raise OSError(problem, os.strerror(problem))
    facts = line.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
    if facts[0] == _TCP_SYN_SENT:
        return None
    # struct tcp_info, linux/tcp.h: milliseconds since the other side last acknowledged something.
    (ago,) = struct.unpack_from("=I", facts, 8 + 12 * 4)
    return max(0.0, time.monotonic() - begun - float(ago) / 1e3)
