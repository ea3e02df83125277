# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The management path of one service over time: open or cut, for new connections and for each that stands.

While it is cut nothing passes in either direction and neither end learns anything.  What was sent meanwhile comes through
when the path opens again, as TCP sends it anew; after TCP's time-out the router gives a connection up.  What had come
before the cut is carried out all the same.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Any, SupportsIndex

from routerlab.management.path import Verdict, ends, verdict

if TYPE_CHECKING:
    from routerlab.model.router import Router

#: After so many seconds of the lab's clock the router gives up a connection (manual, "Safe Mode": 9 minutes).
TCP_TIMEOUT = 540.0


class Gate:
    """The path to one port of a router."""

    def __init__(self, router: Router, port: int) -> None:
        self.router = router
        self.port = port
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stale = True
        self._entry = Verdict.OPEN
        self._turn = asyncio.Event()
        self._passages: set[Passage] = set()
        router.watchers.append(self._soil)

    def start(self) -> None:
        """From now on changes are looked at by themselves; call it where the event loop runs."""
        self._loop = asyncio.get_running_loop()

    def _soil(self) -> None:
        if not self._stale:
            self._stale = True
            if self._loop is not None and not self._loop.is_closed():
                self._loop.call_soon(self.look)

    def look(self) -> None:
        """See how things stand now, and tell whom it concerns."""
        if not self._stale:
            return
        self._stale = False
        entry = verdict(self.router, self.port)
        for passage in list(self._passages):
            passage.turn(verdict(self.router, self.port, passage.peer[1]) is Verdict.OPEN)
        if entry is not self._entry:
            self._entry = entry
            turn, self._turn = self._turn, asyncio.Event()
            turn.set()
            self.router.service_changed()

    def entry(self) -> Verdict:
        """What becomes of new connections now."""
        self.look()
        return self._entry

    async def admitted(self) -> bool:
        """Wait as long as the packets of new connections are lost; False when the router then refuses them."""
        while (found := self.entry()) is Verdict.CUT:
            await self._turn.wait()
        return found is Verdict.OPEN

    def enter(self, reader: GatedReader, writer: GatedWriter) -> Passage:
        """The passage of a new connection, which the current task serves."""
        # None where the other end has reset the connection before it was looked at
        peer_port = (writer.transport.get_extra_info("peername") or ("", 0))[1]
        passage = Passage(self, (ends(self.router.site.management).manager, peer_port), (reader, writer))
        reader.passage = writer.passage = passage
        passage.turn(verdict(self.router, self.port, peer_port) is Verdict.OPEN)
        self._passages.add(passage)
        return passage

    def leave(self, passage: Passage) -> None:
        """A connection is over for the router; its other end learns of it when the path is open."""
        passage.over()
        if passage.passable:
            self._passages.discard(passage)

    def disconnect(self) -> None:
        """End every connection at both ends, cut or not."""
        for passage in list(self._passages):
            passage.free()
            self._passages.discard(passage)

    @property
    def local(self) -> str:
        """The router's own address."""
        return str(ends(self.router.site.management).router)


class Passage:
    """One connection's way through the gate."""

    def __init__(self, gate: Gate, peer: tuple[IPv4Address, int], streams: tuple[GatedReader, GatedWriter]) -> None:
        self.peer = (str(peer[0]), peer[1])
        self._gate = gate
        # Both: a stream that nobody holds any more closes its connection.
        self._streams = streams
        self._transport = streams[1].transport
        self._task = asyncio.current_task()
        self._held: list[bytes] = []
        self._opened = asyncio.Event()
        self._opened.set()
        self._ended = self._freed = False
        self._losing: asyncio.Task[None] | None = None
        self._told: Callable[[bool], None] | None = None

    def tell(self, told: Callable[[bool], None]) -> None:
        """Who wants to hear when the path opens (True) or is cut."""
        self._told = told

    @property
    def freed(self) -> bool:
        """Whether the connection was ended for both ends."""
        return self._freed

    @property
    def passable(self) -> bool:
        """Whether packets pass now."""
        self._gate.look()
        return self._opened.is_set()

    def send(self, data: bytes) -> None:
        """Send now, or when the path is open again."""
        if self._transport.is_closing():
            return
        if self.passable:
            self._transport.write(data)
        else:
            self._held.append(data)

    def turn(self, is_open: bool) -> None:
        """The path opens or is cut."""
        if self._freed or is_open is self._opened.is_set():
            return
        if self._told is not None:
            self._told(is_open)
        if not is_open:
            self._opened.clear()
            # The time runs from now on, not from when the task first gets its turn.
            clock = self._gate.router.site.clock
            self._losing = asyncio.ensure_future(self._lose(clock.now() + TCP_TIMEOUT))
            return
        self._opened.set()
        self._keep()
        self._streams[0].release()
        if self._ended:
            self._freed = True
            # The other end sends something, and hears that there is no such connection.
            self._transport.abort()
            self._gate.leave(self)
            return
        held, self._held = self._held, []
        for data in held:
            self.send(data)

    def _keep(self) -> None:
        if self._losing is not None:
            self._losing.cancel()
            self._losing = None

    async def _lose(self, when: float) -> None:
        clock = self._gate.router.site.clock
        await clock.sleep(when - clock.now())
        self._losing = None
        if self._task is not None:
            self._task.cancel()

    def over(self) -> None:
        """The router has ended the connection."""
        self._ended = True
        self._keep()
        if self.passable:
            self._freed = True
            self._transport.close()

    def free(self) -> None:
        """End the connection at both ends at once; nothing is held any more."""
        self._freed = True
        self._keep()
        self._held.clear()
        self._opened.set()
        self._transport.abort()
        self._streams[0].release()


class GatedReader(asyncio.StreamReader):
    """What a connection brings.  What comes while its passage is cut, also that the other end leaves, has not come yet.

    What came before is there to be read: the router has it, whatever becomes of the path.
    """

    passage: Passage | None = None

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop=loop)
        self._late: list[Callable[[], None]] = []

    def _when_open(self, arrive: Callable[[], None]) -> None:
        if self._late or (self.passage is not None and not self.passage.passable):
            self._late.append(arrive)
        else:
            arrive()

    def release(self) -> None:
        """Let everything arrive that is on its way."""
        late, self._late = self._late, []
        for arrive in late:
            arrive()

    def feed_data(self, data: Iterable[SupportsIndex]) -> None:
        """As the stream's own, or later."""
        kept = bytes(data)
        self._when_open(lambda: super(GatedReader, self).feed_data(kept))

    def feed_eof(self) -> None:
        """As the stream's own, or later."""
        self._when_open(super().feed_eof)

    def set_exception(self, exc: Exception) -> None:
        """As the stream's own, or later."""
        self._when_open(lambda: super(GatedReader, self).set_exception(exc))


class GatedWriter(asyncio.StreamWriter):
    """What is sent, held as long as the passage is cut; the other end is the manager."""

    passage: Passage

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """As the stream's own, or later."""
        self.passage.send(bytes(data))

    def is_closing(self) -> bool:
        """Whether the router has ended the connection at once; that its client has left is learned by reading."""
        return self.passage.freed

    async def drain(self) -> None:
        """As the stream's own, but whoever has left may have sent more before, which is still to be carried out."""
        with contextlib.suppress(ConnectionError):
            await super().drain()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """As the stream's own, but for the peer."""
        if name == "peername":
            return self.passage.peer
        return super().get_extra_info(name, default)
