# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: up, status, link, down, image.

Exit status 0 when it is done, 77 when there is no image to boot, else 1.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import image, keeper, network, qemu, settings
from .errors import ChrError, NoImage
from .keeper import Order
from .qmp import Qmp
from .state import State

#: As in automake's test protocol: not failed, not done.
SKIPPED = 77
#: Seconds beyond the machines' own grace that a keeper may take to end.
_TO_END = 30.0
_GRACE = 10.0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chr", description="Cloud Hosted Routers under QEMU.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    fetch = commands.add_parser("image", help="fetch, verify and unpack the image; print the disk")
    fetch.add_argument("--only-named", action="store_true", help="do nothing but look whether an image is named")
    for name, text in (
        ("up", "start all machines in the background; prints where they are once all are up"),
        ("keep", argparse.SUPPRESS),
    ):
        up = commands.add_parser(name, help=text)
        up.add_argument("--state", type=Path, required=True, metavar="DIR")
        up.add_argument("--network", type=Path, required=True, metavar="FILE")
        up.add_argument("--consoles", type=Path, required=True, metavar="DIR", help="console logs, kept afterwards")
        up.add_argument("--grace", type=float, default=_GRACE, metavar="S", help="seconds to shut down (default: 10)")
        up.add_argument("--ready-text", metavar="TEXT", help="up is what shows TEXT on its console; for other disks")
    for name, text in (("status", "what is up, as JSON"), ("down", "end all machines, and what a crash has left")):
        commands.add_parser(name, help=text).add_argument("--state", type=Path, required=True, metavar="DIR")
    link = commands.add_parser("link", help="pull a cable at one end, or plug it in: the other end keeps its carrier")
    link.add_argument("--state", type=Path, required=True, metavar="DIR")
    link.add_argument("machine")
    link.add_argument("port")
    link.add_argument("link", choices=("up", "down"))
    return parser


def main() -> int:
    """Run the command line; returns the exit status."""
    options = _parser().parse_args()
    try:
        _COMMANDS[options.command](options)
    except NoImage as error:
        print(f"skipped: {error}", file=sys.stderr)
        return SKIPPED
    except (ChrError, OSError) as error:
        print(f"chr: {error}", file=sys.stderr)
        return 1
    return 0


def _image(options: argparse.Namespace) -> None:
    asked = settings.read(os.environ)
    if not options.only_named:
        print(image.obtain(asked).path)


def _up(options: argparse.Namespace) -> None:
    _order(options)
    state = State(options.state)
    if state.keeper() is not None:
        raise ChrError(f"{state.folder}: routers are up there already; end them with down")
    # The image is fetched and verified by now, so the keeper only finds it.
    line = [sys.executable, "-m", __package__, "keep", *sys.argv[2:]]
    state.folder.mkdir(parents=True, exist_ok=True)
    # It outlives us, so it must hold nothing of ours open but the report; one that fails is waited for.
    with (
        state.log.open("w", encoding="utf-8") as log,
        subprocess.Popen(
            line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True
        ) as process,
    ):
        try:
            told = process.stdout.readline() if process.stdout else ""
        except BaseException:
            process.terminate()
            raise
        answer: dict[str, Any] = json.loads(told) if told else {"error": f"the keeper died; see {state.log}"}
        if "up" not in answer:
            raise ChrError(answer["error"])
        # It lives on, and is nobody's to wait for.
        process.returncode = 0
    print(json.dumps(answer["up"], indent=2))


def _keep(options: argparse.Namespace) -> None:
    # Nobody reads what else is printed once the routers are up; the report alone goes to whoever waits for it.
    report = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    keeper.keep(_order(options), State(options.state), report)


def _order(options: argparse.Namespace) -> Order:
    asked = settings.read(os.environ)
    wires = network.load(options.network)
    qemu.check_programs()
    accelerator = keeper.accelerator(asked.accelerator)
    disk = image.obtain(asked)
    return Order(
        network=wires,
        disk=replace(disk, path=disk.path.absolute()),
        accelerator=accelerator,
        memory=asked.memory,
        boot_seconds=keeper.bound(accelerator, asked.boot_seconds),
        version=asked.version,
        consoles=options.consoles.absolute(),
        grace=options.grace,
        ready_text=options.ready_text,
    )


def _status(options: argparse.Namespace) -> None:
    print(json.dumps(State(options.state).read(), indent=2))


def _link(options: argparse.Namespace) -> None:
    machines = {machine["name"]: machine for machine in State(options.state).read()["machines"]}
    if options.machine not in machines:
        raise ChrError(f"no machine {options.machine!r}; there are {', '.join(machines)}")
    cables = machines[options.machine]["cables"]
    if options.port not in cables:
        raise ChrError(f"no cable at {options.machine} {options.port}; there are at {', '.join(cables)}")
    with Qmp(Path(machines[options.machine]["control"])) as qmp:
        qmp.execute("set_link", name=qemu.name_of_port(options.port), up=options.link == "up")


def _down(options: argparse.Namespace) -> None:
    ended = State(options.state).end(_GRACE + _TO_END)
    print("all routers are down" if ended else "no routers were up")


_COMMANDS = {"image": _image, "up": _up, "keep": _keep, "status": _status, "link": _link, "down": _down}

if __name__ == "__main__":
    sys.exit(main())
