# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands as a client at a router's port, from the command line: their output goes where ours goes."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from routerlab import measure
from routerlab.control import ask


def run(socket: Path, router: str, interface: str, argv: Sequence[str], output: int, errors: int) -> int:
    """Run a command and wait for its end; returns its exit status; raises ControlError."""
    return int(
        ask(
            socket,
            "client",
            descriptors=(output, errors),
            timeout=None,
            router=router,
            interface=interface,
            argv=list(argv),
            environment=dict(os.environ),
            cwd=os.getcwd(),
        )
    )


def lines(
    socket: Path, router: str, interface: str, argv: Sequence[str], take: Callable[[dict[str, Any]], None]
) -> int:
    """Run a traffic tool and hand on each line of JSON that it prints; returns its exit status.

    Raises ControlError, and BrokenPipeError when nobody reads our own output any more.
    """
    reading, writing = os.pipe()
    failed: list[Exception] = []

    def follow() -> None:
        with os.fdopen(reading, encoding="utf-8") as stream:
            try:
                for line in stream:
                    if line.startswith("{"):
                        take(json.loads(line))
                    else:
                        # Its --help.
                        print(line, end="", flush=True)
            except Exception as error:
                # Our end closes with this, and the tool ends at its next line.
                failed.append(error)

    follower = threading.Thread(target=follow)
    follower.start()
    try:
        program = [sys.executable, *measure.PROGRAM, *argv]
        status = run(socket, router, interface, program, writing, sys.stderr.fileno())
    finally:
        os.close(writing)
        follower.join()
    if failed:
        raise failed[0]
    return status


def flows(socket: Path, router: str, interface: str, options: Sequence[str]) -> int:
    """``routerlab flows``: its options are those of the traffic tool."""
    links = ask(socket, "links", router=router)
    plain = [option for option in options if option != "--json"]
    as_json = len(plain) < len(options)

    def show(result: dict[str, Any]) -> None:
        if "t" in result:
            _json(measure.timeline_entry(result, links))
            return
        counted = measure.flows_result(result, links)
        if as_json or "--timeline" in plain:
            _json(counted)
        else:
            print(_counts(counted, result["seconds"]), flush=True)

    return lines(socket, router, interface, ["flows", *plain, "--json"], show)


def speedtest(socket: Path, router: str, interface: str, options: Sequence[str]) -> int:
    """``routerlab speedtest``: its options are those of the traffic tool."""
    links = ask(socket, "links", router=router)
    plain = [option for option in options if option != "--json"]

    def show(result: dict[str, Any]) -> None:
        found = measure.speed_result(result, links)
        if len(plain) < len(options):
            _json(found)
        else:
            print(
                f"ping {found['ping_ms']:.1f} ms, download {found['download_mbps']:.1f} Mbit/s, "
                f"upload {found['upload_mbps']:.1f} Mbit/s",
                flush=True,
            )

    return lines(socket, router, interface, ["speedtest", *plain, "--json"], show)


def _json(value: Mapping[str, Any]) -> None:
    print(json.dumps(value), flush=True)


def _counts(counted: Mapping[str, int], seconds: float) -> str:
    carried = sum(counted.values()) - counted["failed"]
    shares = [
        f"{name} {count} ({100 * count / carried:.1f} %)" if carried else f"{name} {count}"
        for name, count in counted.items()
        if name != "failed"
    ]
    return f"{', '.join(shares)}, failed {counted['failed']}, in {seconds:.1f} s"
