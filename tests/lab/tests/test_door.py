# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A port that closes while a connection is on its way in."""

from __future__ import annotations

import asyncio
import gc
import socket

from routerlab.faces.api.door import Door
from routerlab.management.gate import Gate, GatedReader, GatedWriter
from routerlab.testing import bare_router


async def _never(_reader: GatedReader, _writer: GatedWriter) -> None:
    raise AssertionError("nobody shall be served")


def test_a_connection_that_nobody_has_looked_at_yet_ends_with_its_port() -> None:
    async def story() -> bytes:
        gate = Gate(bare_router(), 8728)
        door = Door("127.0.0.1", 0, gate, _never, None)
        with socket.create_connection(("127.0.0.1", door.port), timeout=10) as client:
            # the loop takes the connection in its first turn, and would look at it in the third
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            door.close()
            await asyncio.sleep(0)
            gc.collect()
            return await asyncio.to_thread(client.recv, 1)

    assert asyncio.run(story()) == b""
