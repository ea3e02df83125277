# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One test of a watch, with packets: what netwatch's types send, and what they call a success.

Types, defaults and thresholds: manual, Netwatch.  ``simple`` is one echo request; ``icmp`` several, whose loss and
round trips are weighed.
"""

from __future__ import annotations

import asyncio
import statistics
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from routerlab.messages import Trap
from routerlab.plane.base import Outcome
from routerlab.script.machine import FetchRequest
from routerlab.values.net import read_ipv4
from routerlab.values.time import read_duration, write_duration

if TYPE_CHECKING:
    from routerlab.model.router import Router
    from routerlab.model.store import Row
    from routerlab.plane.kernel import KernelPlane

MENU = "tool netwatch"


class WatchTest:
    """One test of one watch."""

    def __init__(self, plane: KernelPlane, router: Router, row: Row) -> None:
        self._plane = plane
        self._router = router
        self._row = row

    def _text(self, name: str) -> str:
        menu = self._router.menus[MENU]
        return self._router.effective(menu, self._row, name) if name in menu.by_name else ""

    def _seconds(self, name: str) -> float:
        return (read_duration(self._text(name)) or 0) / 1_000_000

    @property
    def _timeout(self) -> float:
        return self._plane.real_timeout(self._router, self._seconds("timeout"))

    async def run(self) -> Outcome:
        """Test once."""
        kind = self._text("type")
        try:
            if kind == "icmp":
                return await self._icmp()
            if kind == "tcp-conn":
                return await self._tcp()
            if kind in ("http-get", "https-get"):
                return await self._http(kind.removesuffix("-get"))
            if kind == "dns":
                await self._plane.resolve(self._router, self._text("host"), self._text("dns-server"))
                return Outcome(True)
            return Outcome(await self._echo(await self._address()) is not None)
        except Trap:
            # The name does not resolve, the server refuses: that is what a test is for.
            return Outcome(False)

    async def _address(self) -> str:
        host = self._text("host").partition("%")[0]
        return host if read_ipv4(host) else await self._plane.resolve(self._router, host, "")

    async def _echo(self, address: str) -> float | None:
        options: dict[str, Any] = {"timeout": self._timeout, "src": self._text("src-address") or None}
        if self._text("type") == "icmp":
            options |= {"size": int(self._text("packet-size")), "ttl": int(self._text("ttl") or "255")}
        return await self._plane.echo(address, **options)

    async def _icmp(self) -> Outcome:
        address = await self._address()
        count = int(self._text("packet-count"))
        pause = self._router.site.clock.real(self._seconds("packet-interval"))

        async def one(number: int) -> float | None:
            await asyncio.sleep(number * pause)
            return await self._echo(address)

        answers = await asyncio.gather(*(one(number) for number in range(count)))
        return self._weigh(count, [answer for answer in answers if answer is not None])

    def _weigh(self, count: int, trips: list[float]) -> Outcome:
        lost = count - len(trips)
        percent = 100 * lost / count
        facts = {"sent-count": str(count), "response-count": str(len(trips)), "loss-count": str(lost)}
        facts["loss-percent"] = f"{percent:g}%"
        failed = percent >= float(self._text("thr-loss-percent")) or lost >= int(self._text("thr-loss-count"))
        if trips:
            steps = [abs(after - before) for before, after in pairwise(trips)]
            measured = {
                "avg": statistics.fmean(trips),
                "min": min(trips),
                "max": max(trips),
                "jitter": max(steps, default=0.0),
                "stdev": statistics.pstdev(trips),
            }
            facts |= {f"rtt-{name}": write_duration(round(value * 1e6)) for name, value in measured.items()}
            failed |= any(measured[name] > self._seconds(f"thr-{name}") for name in ("avg", "max", "stdev", "jitter"))
        return Outcome(not failed, facts)

    async def _tcp(self) -> Outcome:
        taken = await self._plane.connect(await self._address(), int(self._text("port")), self._timeout)
        if taken is None:
            return Outcome(False)
        good = taken <= self._seconds("thr-tcp-conn-time")
        return Outcome(good, {"tcp-connect-time": write_duration(round(taken * 1e6))})

    async def _http(self, scheme: str) -> Outcome:
        port = self._text("port") if "port" in self._row.values else {"http": "80", "https": "443"}[scheme]
        request = FetchRequest(
            url=f"{scheme}://{self._text('host')}:{port}/".encode(),
            check_certificate="yes" if self._text("check-certificate") == "true" else "no",
            idle_timeout=self._timeout,
            # Where a page has moved to is not what is watched: the redirect's own code counts (~).
            max_redirects=0,
        )
        try:
            result = await self._plane.fetch(self._router, request)
        except Trap as trap:
            # The status stands in the words of the refusal; codes beyond 299 may be welcome ones.
            code = next((int(word) for word in trap.message.replace(",", " ").split() if word.isdigit()), 0)
            return Outcome(self._welcome(code), {"http-status-code": str(code)} if code else {})
        taken = write_duration(round(result.duration * 1e6))
        good = self._welcome(result.code) and result.duration <= self._seconds("thr-http-time")
        return Outcome(good, {"http-status-code": str(result.code), "http-resp-time": taken})

    def _welcome(self, code: int) -> bool:
        for part in self._text("http-codes").split(","):
            low, _sign, high = part.partition("-")
            if low and int(low) <= code <= int(high or low):
                return True
        return False
