# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many short connections, counted by the address that the servers saw.

Each attempt has a source port of its own and ends with a reset, so that nothing stays in TIME_WAIT.  Servers: see
``routerlab.internet.flows``; at port 80 ``/ip`` is asked for instead.
"""

from __future__ import annotations

import errno
import os
import random
import resource
import select
import socket
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from routerlab.internet.configuration import HTTP_PORT
from routerlab.internet.listeners import abort
from routerlab.traffic.targets import ephemeral_ports

#: Seconds that one line of the timeline stands for.
BUCKET = 0.1
#: Seconds after which an attempt hangs and no longer counts for the concurrency: others need not wait for it.
_HANGS = 0.25
#: Descriptors left for other things than attempts.
_SPARE = 64
#: New attempts before answers are looked at again.
_AT_ONCE = 64
_REASONS = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "reset",
    errno.ETIMEDOUT: "timed out",
    errno.ENETUNREACH: "no route",
    errno.EHOSTUNREACH: "no route",
    errno.EACCES: "prohibited",
}
_HTTP_ASKS = b"GET /ip HTTP/1.1\r\nHost: ip\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True)
class Plan:
    """What to open: ``count`` attempts or for ``duration`` seconds (whichever ends first; None is no limit).

    ``rate`` in attempts a second (None: as fast as ``concurrency`` allows); ``concurrency`` (None is no limit) counts
    attempts that have just begun, not those that hang;
    ``timeout`` in seconds for one attempt; ``hold``: keep connections open until that many seconds after the last one.
    """

    targets: Sequence[str]
    ports: Sequence[int]
    count: int | None
    duration: float | None = None
    rate: float | None = None
    concurrency: int | None = 256
    timeout: float = 3.0
    hold: float | None = None
    udp: bool = False
    source: str | None = None
    #: Where the servers are web servers.
    http_ports: frozenset[int] = frozenset({HTTP_PORT})


@dataclass
class Attempts:
    """What became of attempts; ``slowest`` is the longest time to an answer, in seconds."""

    by_address: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    pending: int = 0
    slowest: float = 0.0
    started: float = 0.0
    seconds: float = 0.0

    @property
    def ok(self) -> int:
        return self.by_address.total()

    @property
    def failed(self) -> int:
        return self.errors.total()

    def summary(self) -> dict[str, Any]:
        """``{"by_address": {address: n}, "failed": n, "errors": {reason: n}, "started": unix, "seconds": s}``."""
        return {
            "by_address": dict(sorted(self.by_address.items())),
            "failed": self.failed,
            "errors": dict(sorted(self.errors.items())),
            "started": round(self.started, 3),
            "seconds": round(self.seconds, 3),
        }


class _Attempt:
    __slots__ = ("bucket", "endpoint", "heard", "http", "started", "young")

    def __init__(self, endpoint: socket.socket, started: float, bucket: int, http: bool) -> None:
        self.endpoint = endpoint
        self.started = started
        self.bucket = bucket
        self.http = http
        self.heard = b""
        self.young = True

    def address(self) -> str | None:
        """What the server said, once it has said all of it."""
        if not self.heard.endswith(b"\n"):
            return None
        line = self.heard
        if self.http:
            _rest, found, line = line.partition(b"\r\n\r\n")
            if not found or not line:
                return None
        words = line.split()
        return words[0].decode("ascii", "replace") if words else None


class Flows:
    """One run of a plan.

    ``timeline`` is called with ``{"t": seconds since the start, "unix": …, "ok": n, "failed": n, "by_address": {…},
    "slowest": seconds}`` for each tenth of a second, as soon as all attempts that *began* in it have ended.
    """

    def __init__(
        self, plan: Plan, rng: random.Random, *, timeline: Callable[[dict[str, Any]], None] | None = None
    ) -> None:
        self.plan = plan
        self.total = Attempts()
        self._rng = rng
        self._ports = ephemeral_ports(rng)
        self._timeline = timeline
        self._buckets: dict[int, Attempts] = {}
        self._shown = 0
        self._made = 0
        self._stopped = False
        self._active: dict[int, _Attempt] = {}
        # In the order of their start, which is that of their deadlines.
        self._deadlines: deque[tuple[float, int, _Attempt]] = deque()
        self._ages: deque[_Attempt] = deque()
        self._young = 0
        self._most = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - _SPARE
        self._held: list[socket.socket] = []
        self._poll = select.epoll()
        self._begin = 0.0

    def stop(self) -> None:
        """Begin no more attempts (from a signal handler)."""
        self._stopped = True

    def run(self) -> Attempts:
        """Do it all; raises OSError when no socket can be made at all, or no more can be held open."""
        self.total.started = time.time()
        self._begin = time.monotonic()
        now = self._begin
        try:
            while not self._all_begun(now) or self._active:
                self._begin_due(now)
                for descriptor, events in self._poll.poll(self._pause(time.monotonic())):
                    attempt = self._active.get(descriptor)
                    if attempt is not None:
                        self._step(attempt, events)
                now = time.monotonic()
                self._age(now)
                self._expire(now)
                self._show(now)
            self.total.seconds = now - self._begin
            self._hold()
        finally:
            for endpoint in (*(attempt.endpoint for attempt in self._active.values()), *self._held):
                abort(endpoint)
            self._poll.close()
        self._show(None)
        return self.total

    def _hold(self) -> None:
        end = time.monotonic() + (self.plan.hold or 0.0)
        while self._held and not self._stopped and time.monotonic() < end:
            time.sleep(min(0.1, max(0.0, end - time.monotonic())))

    def _all_begun(self, now: float) -> bool:
        plan = self.plan
        return (
            self._stopped
            or (plan.count is not None and self._made >= plan.count)
            or (plan.duration is not None and now - self._begin >= plan.duration)
        )

    def _next(self) -> float:
        """When the next attempt is due."""
        return self._begin + (self._made / self.plan.rate if self.plan.rate else 0.0)

    def _room(self) -> bool:
        if len(self._held) >= self._most:
            # None of them ends before the last one has begun.
            raise OSError(f"only {self._most} connections can be held open at once here (see ulimit -n)")
        if len(self._active) + len(self._held) >= self._most:
            return False
        return self.plan.concurrency is None or self._young < self.plan.concurrency

    def _age(self, now: float) -> None:
        while self._ages and (not self._ages[0].young or self._ages[0].started + _HANGS <= now):
            attempt = self._ages.popleft()
            self._young -= attempt.young
            attempt.young = False

    def _begin_due(self, now: float) -> None:
        for _rest in range(_AT_ONCE):
            if self._all_begun(now) or not self._room() or self._next() > now:
                return
            self._start()
            now = time.monotonic()

    def _pause(self, now: float) -> float:
        """Seconds to wait for answers; 0 when something is to be done at once."""
        until = [now + BUCKET]
        if self._deadlines:
            until.append(self._deadlines[0][0])
        if not self._all_begun(now) and self._room():
            until.append(self._next())
        return max(0.0, min(until) - now)

    def _start(self) -> None:
        plan = self.plan
        now = time.monotonic()
        # Servers in turn, ports by chance: every pair comes, and equal ones not in a row.
        target = plan.targets[self._made % len(plan.targets)]
        port = self._rng.choice(plan.ports)
        self._made += 1
        endpoint = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if plan.udp else socket.SOCK_STREAM)
        endpoint.setblocking(False)
        attempt = _Attempt(endpoint, now, int((now - self._begin) / BUCKET), port in plan.http_ports and not plan.udp)
        bucket = self._bucket(attempt.bucket)
        bucket.pending += 1
        self._young += 1
        self._ages.append(attempt)
        self._active[endpoint.fileno()] = attempt
        self._deadlines.append((now + plan.timeout, endpoint.fileno(), attempt))
        # An answer or an error is all that matters; only HTTP must be told what to say once it is connected.
        self._poll.register(endpoint, select.EPOLLOUT if attempt.http else select.EPOLLIN)
        try:
            self._bind(endpoint)
            problem = endpoint.connect_ex((target, port))
            if problem not in (0, errno.EINPROGRESS):
                self._fail(attempt, problem)
            elif plan.udp:
                endpoint.send(b"?\n")
        except OSError as error:
            self._fail(attempt, error.errno or 0)

    def _bind(self, endpoint: socket.socket) -> None:
        source = self.plan.source or ""
        for _rest in range(1000):
            try:
                endpoint.bind((source, next(self._ports)))
                return
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
        # Nearly all are in use: whatever the kernel finds.
        endpoint.bind((source, 0))

    def _step(self, attempt: _Attempt, events: int) -> None:
        try:
            problem = attempt.endpoint.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if problem:
                self._fail(attempt, problem)
                return
            if events & select.EPOLLOUT:
                attempt.endpoint.send(_HTTP_ASKS)
                self._poll.modify(attempt.endpoint, select.EPOLLIN)
                return
            data = attempt.endpoint.recv(2048)
        except BlockingIOError:
            return
        except OSError as error:
            self._fail(attempt, error.errno or 0)
            return
        attempt.heard += data
        address = attempt.address()
        if address is not None:
            self._answered(attempt, address)
        elif not data:
            self._end(attempt).errors["no answer"] += 1
            self.total.errors["no answer"] += 1

    def _answered(self, attempt: _Attempt, address: str) -> None:
        took = time.monotonic() - attempt.started
        bucket = self._end(attempt, keep=self.plan.hold is not None)
        for counts in (bucket, self.total):
            counts.by_address[address] += 1
            counts.slowest = max(counts.slowest, took)

    def _fail(self, attempt: _Attempt, number: int) -> None:
        reason = _REASONS.get(number) or os.strerror(number)
        self._end(attempt).errors[reason] += 1
        self.total.errors[reason] += 1

    def _end(self, attempt: _Attempt, *, keep: bool = False) -> Attempts:
        del self._active[attempt.endpoint.fileno()]
        self._young -= attempt.young
        attempt.young = False
        self._poll.unregister(attempt.endpoint)
        if keep:
            self._held.append(attempt.endpoint)
        else:
            abort(attempt.endpoint)
        bucket = self._buckets[attempt.bucket]
        bucket.pending -= 1
        return bucket

    def _expire(self, now: float) -> None:
        while self._deadlines:
            deadline, descriptor, attempt = self._deadlines[0]
            over = self._active.get(descriptor) is not attempt
            if not over and deadline > now:
                return
            self._deadlines.popleft()
            if not over:
                self._fail(attempt, errno.ETIMEDOUT)

    def _bucket(self, index: int) -> Attempts:
        return self._buckets.setdefault(index, Attempts())

    def _show(self, now: float | None) -> None:
        """Tell of the tenths of a second that are over; all that are left if ``now`` is None."""
        last = max(self._buckets, default=-1) + 1 if now is None else int((now - self._begin) / BUCKET)
        while self._shown < last:
            bucket = self._bucket(self._shown)
            if bucket.pending:
                return
            del self._buckets[self._shown]
            if self._timeline is not None:
                t = self._shown * BUCKET
                self._timeline(
                    {
                        "t": round(t, 1),
                        "unix": round(self.total.started + t, 3),
                        "ok": bucket.ok,
                        "failed": bucket.failed,
                        "by_address": dict(sorted(bucket.by_address.items())),
                        "slowest": round(bucket.slowest, 3),
                    }
                )
            self._shown += 1
