# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The listeners of one router: its ``api`` and ``api-ssl`` services, open as ``/ip/service`` says.

The lab's ports on 127.0.0.1 lead to the router's ports 8728 and 8729, as a forwarding in front of it would: a service
that is disabled or moved to another port leaves the lab's port refusing connections.  So does a firewall that rejects
them; one that drops them, or a way that is cut (``management``), leaves them without an answer.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field

from routerlab.faces.api.door import Door
from routerlab.faces.api.session import Session, allowed_from
from routerlab.management.gate import Gate, GatedReader, GatedWriter
from routerlab.management.path import Verdict
from routerlab.model.router import Router

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
_STANDARD = {"api": "8728", "api-ssl": "8729"}


@dataclass
class Listener:
    """One service at one port; ``context`` makes the TLS settings anew for each opening."""

    router: Router
    service: str
    port: int
    context: Callable[[], ssl.SSLContext] | None = None
    gate: Gate = field(init=False)
    _server: Door | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.gate = Gate(self.router, int(_STANDARD[self.service]))

    def wanted(self) -> bool:
        """Whether the router's service is on, at the port that the lab forwards to."""
        if self.router.booting:
            return False
        row = self.router.service(self.service)
        if self.gate.entry() is Verdict.REFUSED:
            return False
        return row.enabled and self.router.text(row, "port") == _STANDARD[self.service]

    def shut(self) -> None:
        """Close the port at once when the service is off; connections that stand go on."""
        if self._server is not None and not self.wanted():
            self._server.close()
            self._server = None

    async def update(self) -> None:
        """Open or close the port as the service says now; raises OSError when the port is taken."""
        async with self._lock:
            self.shut()
            if self.wanted() and self._server is None:
                self.gate.start()
                context = self.context() if self.context is not None else None
                self._server = Door(HOST, self.port, self.gate, self._serve, context)
                self.port = self._server.port
            if self._server is not None:
                self._server.bolt(self.gate.entry() is Verdict.CUT)

    async def close(self) -> None:
        """Close the port and every connection."""
        async with self._lock:
            if self._server is not None:
                self._server.close()
                self._server = None
        self.disconnect()

    def disconnect(self) -> None:
        """Cut every connection, as a reboot does."""
        self.gate.disconnect()

    async def _serve(self, reader: GatedReader, writer: GatedWriter) -> None:
        passage = self.gate.enter(reader, writer)
        try:
            peer, peer_port = passage.peer
            if not allowed_from(self.router.text(self.router.service(self.service), "address"), peer):
                return
            self.router.counters.connections += 1
            number = self.router.connected(self.service, self.gate.local, f"{peer}:{peer_port}")
            try:
                session = Session(self.router, reader, writer, self.service)
                passage.tell(session.path_turned)
                await session.run()
            finally:
                self.router.disconnected(number)
        except (ConnectionError, ssl.SSLError, asyncio.CancelledError) as error:
            log.debug("%s: connection ended: %s", self.router.name, error)
        finally:
            self.gate.leave(passage)
