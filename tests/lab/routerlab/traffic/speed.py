# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Latency, download and upload through many connections, each to a server of its own.

Servers: see ``routerlab.internet.speed``.  Throughput is goodput (what arrived of the payload), measured after a
ramp-up over a fixed time: the download by the client, the upload by the server's own reports and clock, since what a
kernel has taken to send has not arrived yet.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import socket
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from routerlab.internet.listeners import abort

_BLOCK = bytes(1 << 18)
#: Round trips for each of at most so many servers.
_TRIPS = 10
_LATENCY_SERVERS = 4
#: Seconds for queues to empty between the parts of the test.
_PAUSE = 0.5
#: Seconds that the server's last report may take beyond the end.
_GRACE = 2.0


class NoServer(Exception):
    """Nothing could be measured; the text says why."""


@dataclass(frozen=True)
class SpeedPlan:
    """One connection to each of ``targets`` (address, port); times in seconds."""

    targets: Sequence[tuple[str, int]]
    seconds: float = 5.0
    ramp: float = 1.5
    timeout: float = 5.0


@dataclass
class _Line:
    """A connection whose server has said what it sees: ``address``."""

    endpoint: socket.socket
    address: str = ""
    heard: bytearray = field(default_factory=bytearray)
    received: int = 0
    #: The server's clock in seconds, and the bytes that it had counted.
    reports: list[tuple[float, float]] = field(default_factory=list)
    alive: bool = True


def _wait(poll: select.epoll, lines: dict[int, _Line], until: float, step: Callable[[_Line, int], None]) -> None:
    """Run ``step`` for what happens until then or until no line is left; a broken line is taken out."""
    while lines and (left := until - time.monotonic()) > 0:
        for descriptor, events in poll.poll(left):
            line = lines.get(descriptor)
            if line is None:
                continue
            try:
                step(line, events)
            except BlockingIOError:
                pass
            except OSError:
                line.alive = False
                del lines[descriptor]
                poll.unregister(descriptor)


def _open(plan: SpeedPlan, choice: bytes) -> list[_Line]:
    """Connect to all targets at once and choose; those that answered in time; raises NoServer if none did."""
    reasons: Counter[str] = Counter()
    waiting: dict[int, _Line] = {}
    lines: list[_Line] = []
    with contextlib.closing(select.epoll()) as poll:
        for target in plan.targets:
            endpoint = socket.socket()
            endpoint.setblocking(False)
            problem = endpoint.connect_ex(target)
            if problem not in (0, errno.EINPROGRESS):
                reasons[os.strerror(problem)] += 1
                endpoint.close()
                continue
            poll.register(endpoint, select.EPOLLIN)
            waiting[endpoint.fileno()] = _Line(endpoint)

        def greeted(line: _Line, events: int) -> None:
            descriptor = line.endpoint.fileno()
            try:
                data = line.endpoint.recv(256)
            except BlockingIOError:
                return
            except OSError as error:
                reasons[error.strerror or "broken"] += 1
                data = b""
            else:
                reasons["no answer"] += not data
            line.heard += data
            if data and b"\n" not in line.heard:
                return
            del waiting[descriptor]
            poll.unregister(descriptor)
            if not data:
                line.endpoint.close()
                return
            line.address = line.heard.split()[0].decode("ascii", "replace")
            line.heard.clear()
            lines.append(line)

        _wait(poll, waiting, time.monotonic() + plan.timeout, greeted)
    for line in waiting.values():
        reasons["timed out"] += 1
        line.endpoint.close()
    for line in lines:
        line.endpoint.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.endpoint.send(choice)
    if not lines:
        raise NoServer("no server answers: " + ", ".join(f"{name} ({n})" for name, n in sorted(reasons.items()) if n))
    return lines


def _latency(plan: SpeedPlan) -> float:
    """The median of round trips in seconds; raises NoServer."""
    trips: list[float] = []
    lines = _open(SpeedPlan(plan.targets[:_LATENCY_SERVERS], timeout=plan.timeout), b"E")
    for line in lines:
        line.endpoint.settimeout(plan.timeout)
        try:
            for _rest in range(_TRIPS):
                sent = time.monotonic()
                line.endpoint.send(b"?")
                if not line.endpoint.recv(1):
                    break
                trips.append(time.monotonic() - sent)
        except OSError:
            # What this one has measured counts; the others go on.
            pass
        finally:
            abort(line.endpoint)
    if not trips:
        raise NoServer("no echo comes back")
    return statistics.median(trips)


def _download(plan: SpeedPlan) -> tuple[list[_Line], dict[str, float]]:
    """The lines, and bit/s by the address that the servers saw."""
    lines = _open(plan, b"D")
    buffer = bytearray(len(_BLOCK))

    def receive(line: _Line, events: int) -> None:
        count = line.endpoint.recv_into(buffer)
        if not count:
            raise ConnectionResetError
        line.received += count

    with contextlib.closing(select.epoll()) as poll:
        open_lines = {line.endpoint.fileno(): line for line in lines}
        for descriptor in open_lines:
            poll.register(descriptor, select.EPOLLIN)
        _wait(poll, open_lines, time.monotonic() + plan.ramp, receive)
        for line in lines:
            line.received = 0
        begin = time.monotonic()
        _wait(poll, open_lines, begin + plan.seconds, receive)
        seconds = time.monotonic() - begin
    for line in lines:
        abort(line.endpoint)
    if not open_lines:
        raise NoServer("every download broke off")
    shares: dict[str, float] = {}
    for line in lines:
        shares[line.address] = shares.get(line.address, 0.0) + line.received * 8 / seconds
    return lines, shares


def _bytes_at(line: _Line, moment: float) -> float:
    """Bytes that the server had counted then, straight between reports."""
    before = (moment, 0.0)
    for report in line.reports:
        if report[0] >= moment:
            span = report[0] - before[0]
            return before[1] + ((report[1] - before[1]) * (moment - before[0]) / span if span > 0 else 0.0)
        before = report
    return before[1]


def _upload(plan: SpeedPlan) -> tuple[list[_Line], dict[str, float]]:
    """The lines, and bit/s by the address that the servers saw."""
    lines = _open(plan, b"U")

    def exchange(line: _Line, events: int) -> None:
        if events & select.EPOLLIN:
            data = line.endpoint.recv(4096)
            if not data:
                raise ConnectionResetError
            line.heard += data
            *whole, rest = bytes(line.heard).split(b"\n")
            line.heard = bytearray(rest)
            for report in whole:
                clock, count = report.split()
                line.reports.append((int(clock) / 1e9, float(count)))
        if events & select.EPOLLOUT:
            line.endpoint.send(_BLOCK)
        elif events & (select.EPOLLERR | select.EPOLLHUP):
            raise ConnectionResetError

    with contextlib.closing(select.epoll()) as poll:
        open_lines = {line.endpoint.fileno(): line for line in lines}
        for descriptor in open_lines:
            poll.register(descriptor, select.EPOLLIN | select.EPOLLOUT)
        began = time.monotonic()
        _wait(poll, open_lines, began + plan.ramp + plan.seconds, exchange)
        # A busy server reports late; what counts is its clock.
        limit = time.monotonic() + plan.timeout
        while open_lines and time.monotonic() < limit and not any(line.reports for line in lines):
            _wait(poll, open_lines, min(limit, time.monotonic() + 0.05), exchange)
        first = min((line.reports[0][0] for line in lines if line.reports), default=None)
        if first is None:
            for line in lines:
                abort(line.endpoint)
            raise NoServer("no server reports on the upload")
        begin, end = first + plan.ramp, first + plan.ramp + plan.seconds
        limit = time.monotonic() + plan.ramp + plan.seconds + _GRACE
        while (
            open_lines
            and time.monotonic() < limit
            and any(not line.reports or line.reports[-1][0] < end for line in open_lines.values())
        ):
            _wait(poll, open_lines, min(limit, time.monotonic() + 0.05), exchange)
    for line in lines:
        abort(line.endpoint)
    shares: dict[str, float] = {}
    for line in lines:
        bits = (_bytes_at(line, end) - _bytes_at(line, begin)) * 8
        shares[line.address] = shares.get(line.address, 0.0) + bits / plan.seconds
    return lines, shares


def speed_test(plan: SpeedPlan) -> dict[str, Any]:
    """Latency, then download, then upload; raises NoServer.

    ``{"latency_ms", "download_mbit", "upload_mbit", "connections": those of the download that worked, "failed": those of
    both directions that did not, or broke off, "by_address": {address: {"connections", "download_mbit",
    "upload_mbit"}}}``, where the address is the one the servers saw.
    """
    latency = _latency(plan)
    down_lines, down = _download(plan)
    time.sleep(_PAUSE)
    up_lines, up = _upload(plan)
    broken = sum(not line.alive for line in (*down_lines, *up_lines))
    opened = Counter(line.address for line in down_lines)
    return {
        "latency_ms": round(latency * 1e3, 3),
        "download_mbit": round(sum(down.values()) / 1e6, 3),
        "upload_mbit": round(sum(up.values()) / 1e6, 3),
        "connections": len(down_lines),
        "failed": 2 * len(plan.targets) - len(down_lines) - len(up_lines) + broken,
        "by_address": {
            address: {
                "connections": opened[address],
                "download_mbit": round(down.get(address, 0.0) / 1e6, 3),
                "upload_mbit": round(up.get(address, 0.0) / 1e6, 3),
            }
            for address in sorted({*down, *up})
        },
    }
