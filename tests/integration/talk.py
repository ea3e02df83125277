# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections that never fall silent, as a program for a client in the lab: ``python talk.py ADDRESS:PORT...``.

It says a word on each five times a second and prints a line of JSON for each answer, ``{"connection": number,
"address": what the server saw}``, and for each connection that comes to an end ``{"connection": number, "ended": why}``.
"""

from __future__ import annotations

import asyncio
import json
import sys


async def talk(number: int, target: str) -> None:
    """Talk until the connection ends."""
    host, _colon, port = target.rpartition(":")
    try:
        reader, writer = await asyncio.open_connection(host, int(port))
        address = (await reader.readline()).decode("ascii").split()[0]
        while True:
            writer.write(b"?\n")
            if not await reader.readline():
                raise ConnectionError("closed by the server")
            print(json.dumps({"connection": number, "address": address}), flush=True)
            await asyncio.sleep(0.2)
    except OSError as error:
        print(json.dumps({"connection": number, "ended": str(error)}), flush=True)


async def main() -> None:
    """Talk on all of them at once."""
    await asyncio.gather(*(talk(number, target) for number, target in enumerate(sys.argv[1:])))


if __name__ == "__main__":
    asyncio.run(main())
