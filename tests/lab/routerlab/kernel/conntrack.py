# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's connection table by ctnetlink.

Written against linux/netfilter/nfnetlink_conntrack.h and nf_conntrack_common.h.  The messages are read here with plain
``struct``: a table of 10,000 connections then takes about a tenth of a second, where a general netlink library decodes
every attribute of every connection for seconds.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Iterable, Iterator
from typing import Any

from routerlab.kernel.namespaces import Namespace

_NETLINK_NETFILTER = 12
_SUBSYSTEM = 1 << 8
_GET, _DELETE = _SUBSYSTEM | 1, _SUBSYSTEM | 2
_REQUEST, _ACK, _DUMP = 0x1, 0x4, 0x300
_ERROR, _DONE = 2, 3
_HEADER = struct.Struct("=IHHII")
_FAMILY = struct.Struct("=BBH")
_ATTRIBUTE = struct.Struct("=HH")
_TYPE = 0x3FFF
_TIMEOUT = 10.0
_BUFFER = 1 << 18

# Attributes of a connection (enum ctattr_type) and of a tuple.
_ORIG, _REPLY, _STATUS, _PROTOINFO, _LEFT, _MARK, _ORIG_COUNT, _REPLY_COUNT, _ID = 1, 2, 3, 4, 7, 8, 9, 10, 12
_IP, _PROTO = 1, 2

#: enum tcp_conntrack in RouterOS's spelling.
_TCP_STATES = (
    "none", "syn-sent", "syn-recv", "established", "fin-wait", "close-wait", "last-ack", "time-wait", "close", "listen",
)  # fmt: skip
#: enum ip_conntrack_status, as far as RouterOS shows it.
_STATUSES = {
    0: "expected",
    1: "seen-reply",
    2: "assured",
    3: "confirmed",
    4: "srcnat",
    5: "dstnat",
    9: "dying",
    13: "uses-helper",
    14: "offload",
}


def _attributes(data: memoryview) -> dict[int, memoryview]:
    found: dict[int, memoryview] = {}
    place, end = 0, len(data)
    while place + 4 <= end:
        length, kind = _ATTRIBUTE.unpack_from(data, place)
        if length < 4:
            break
        found[kind & _TYPE] = data[place + 4 : place + length]
        place += (length + 3) & ~3
    return found


def _number(data: memoryview | None) -> int:
    return 0 if data is None else int.from_bytes(data, "big")


def _tuple(data: memoryview, prefix: str, found: dict[str, Any]) -> None:
    parts = _attributes(data)
    addresses = _attributes(parts[_IP])
    found[f"{prefix}src"] = socket.inet_ntoa(addresses[1])
    found[f"{prefix}dst"] = socket.inet_ntoa(addresses[2])
    protocol = _attributes(parts[_PROTO])
    found.setdefault("protocol", _number(protocol.get(1)))
    if 2 in protocol:
        found[f"{prefix}sport"], found[f"{prefix}dport"] = _number(protocol[2]), _number(protocol[3])
    if 4 in protocol and not prefix:
        found["icmp_id"], found["icmp_type"], found["icmp_code"] = (_number(protocol.get(kind)) for kind in (4, 5, 6))


def _connection(attributes: dict[int, memoryview]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    _tuple(attributes[_ORIG], "", found)
    _tuple(attributes[_REPLY], "reply_", found)
    found["mark"] = _number(attributes.get(_MARK))
    found["timeout"] = _number(attributes.get(_LEFT))
    bits = _number(attributes.get(_STATUS))
    found["status"] = [word for bit, word in _STATUSES.items() if bits >> bit & 1]
    if _PROTOINFO in attributes:
        tcp = _attributes(attributes[_PROTOINFO]).get(1)
        if tcp is not None:
            state = _number(_attributes(tcp).get(1))
            found["tcp_state"] = _TCP_STATES[state] if state < len(_TCP_STATES) else "none"
    for prefix, kind in (("orig", _ORIG_COUNT), ("repl", _REPLY_COUNT)):
        counts = _attributes(attributes[kind]) if kind in attributes else {}
        found[f"{prefix}_packets"], found[f"{prefix}_bytes"] = _number(counts.get(1)), _number(counts.get(2))
    found["id"] = _number(attributes.get(_ID))
    return found


def _open(namespace: Namespace) -> socket.socket:
    with namespace.entered():
        line = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETLINK_NETFILTER)
    line.settimeout(_TIMEOUT)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 21)
    line.bind((0, 0))
    return line


def _send(line: socket.socket, kind: int, flags: int, body: bytes = b"") -> None:
    head = _FAMILY.pack(socket.AF_INET, 0, 0)
    line.send(_HEADER.pack(_HEADER.size + len(head) + len(body), kind, _REQUEST | flags, 1, 0) + head + body)


def _replies(line: socket.socket) -> Iterator[memoryview]:
    """The bodies of the answers to one request; raises OSError with the kernel's error."""
    while True:
        data = memoryview(line.recv(_BUFFER))
        place = 0
        while place + _HEADER.size <= len(data):
            length, kind, _rest, _rest, _rest = _HEADER.unpack_from(data, place)
            body = data[place + _HEADER.size : place + length]
            place += (length + 3) & ~3
            if kind == _DONE:
                return
            if kind == _ERROR:
                number = -struct.unpack_from("=i", body)[0]
                if number:
                    raise OSError(number, os.strerror(number))
                return
            yield body[_FAMILY.size :]


def _dump(line: socket.socket) -> Iterator[dict[int, memoryview]]:
    _send(line, _GET, _DUMP)
    for body in _replies(line):
        yield _attributes(body)


def connections(namespace: Namespace) -> list[dict[str, Any]]:
    """The IPv4 connections that a namespace's kernel tracks, each once, in the kernel's order.

    Each has ``protocol`` (number), ``src``, ``dst``, ``reply_src``, ``reply_dst`` (dotted), where the protocol has
    ports ``sport``, ``dport``, ``reply_sport``, ``reply_dport``, for ICMP ``icmp_id``, ``icmp_type``, ``icmp_code``,
    for TCP ``tcp_state``; ``mark``, ``timeout`` (seconds left), ``status`` (words), ``orig_packets``, ``orig_bytes``,
    ``repl_packets``, ``repl_bytes`` (zero without nf_conntrack_acct) and ``id``.  Raises OSError.
    """
    # Ids are hashes of 32 bits: of ten thousand connections two have the same one in a hundred times.
    found: dict[tuple[bytes, int], dict[str, Any]] = {}
    with _open(namespace) as line:
        for attributes in _dump(line):
            one = _connection(attributes)
            found[bytes(attributes[_ORIG]), one["id"]] = one
    return list(found.values())


def _packed(kind: int, data: bytes) -> bytes:
    padding = b"\0" * (-len(data) % 4)
    return _ATTRIBUTE.pack(4 + len(data), kind) + data + padding


def forget(namespace: Namespace, ids: Iterable[int] | None = None) -> int:
    """Remove connections by their ids (None: all of them); returns how many were there.  Raises OSError."""
    wanted = None if ids is None else set(ids)
    removed = 0
    with _open(namespace) as line:
        # All found first: the dump must be over before the same socket asks for anything else.
        chosen = [
            _packed(_ORIG | 0x8000, bytes(attributes[_ORIG])) + _packed(_ID, bytes(attributes[_ID]))
            for attributes in _dump(line)
            if wanted is None or _number(attributes.get(_ID)) in wanted
        ]
        for body in chosen:
            _send(line, _DELETE, _ACK, body)
            try:
                for _rest in _replies(line):
                    pass
                removed += 1
            except OSError as error:
                # It ended by itself in between.
                if error.errno != errno.ENOENT:
                    raise
    return removed
