# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line ``routerlab``."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import logging
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from routerlab import __version__, client_command, daemon, faults, inventory, seed, surroundings, topology
from routerlab.control import ControlError, ask
from routerlab.kernel.client import probe
from routerlab.lab import PORT_BASE, Lab, LabError
from routerlab.model.hardware import DEFAULT_MODEL, MODELS
from routerlab.model.router import BOOT
from routerlab.statedir import ENVIRONMENT, StateDir, StateError
from routerlab.topology import RouterPlan, TopologyError

_PORTS = range(1, 65536)

_EPILOG = f"""\
The state directory holds the lab's control socket, log and certificates: --state-dir, else ${ENVIRONMENT},
else .routerlab in the current directory.

examples:
  routerlab up --detach              start the default sites in the background
  routerlab up mine --detach         or those that an Ansible inventory in the folder mine describes
  routerlab inventory                where Ansible reaches them
  routerlab status                   see them, with their ports
  routerlab snapshot hq              one router's configuration as JSON
  routerlab reset hq                 factory state for one router
  routerlab client hq LAN-Lt.1 -- ping -c 3 8.8.8.8
  routerlab flows hq LAN-Lt.1 --count 1000
  routerlab isp hq ISP1 modem down   the gateway dies, its cable stays
  routerlab fault hq drop --after 3  the third sentence from now loses its connection
  routerlab telegram                 what the routers told
  routerlab down                     stop, leave nothing behind
  routerlab router --version 7.22 --port 8728 --seed start.rsc
"""


_TOPOLOGY = (
    "TOML file, folder of an Ansible inventory whose host_vars describe sites, or name of one that comes with the lab "
    f"(default: {topology.DEFAULT})"
)
#: Seconds of the machine's clock within which a message that is waited for must arrive, and between two looks.
_PATIENCE = 120
_LOOK = 0.2


def _port(text: str) -> int:
    if not text.isdigit() or int(text) not in _PORTS:
        raise argparse.ArgumentTypeError(f"{text!r} is no port number")
    return int(text)


def _base(text: str) -> int:
    # 0: whatever ports are free, as everywhere
    if text == "0":
        return 0
    port = _port(text)
    if not 1024 <= port <= 65000:
        raise argparse.ArgumentTypeError("choose a port base from 1024 to 65000, or 0 for free ports")
    return port


def _ordinal(text: str) -> int:
    # Not isdigit: it takes digits that int does not.
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)


def _check_fault(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """What argparse cannot know by itself."""
    if options.done and options.kind != faults.DROP:
        parser.error("only a drop can come after the sentence was done")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="routerlab",
        description="Virtual RouterOS routers on 127.0.0.1 that answer on the binary API and carry packets.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"routerlab {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(name: str, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        added.add_argument(
            "--state-dir", metavar="DIR", help=f"state directory (default: ${ENVIRONMENT} or .routerlab)"
        )
        return added

    up = command("up", "start the routers of a topology")
    up.add_argument("topology", nargs="?", default=topology.DEFAULT, help=_TOPOLOGY)
    packets = up.add_mutually_exclusive_group()
    packets.add_argument("--no-kernel", action="store_true", help="configuration only, no packets")
    packets.add_argument("--kernel", action="store_true", help="fail when there can be no packets, instead of going on")
    up.add_argument("--detach", action="store_true", help="run in the background; returns when every port answers")
    up.add_argument(
        "--port-base",
        type=_base,
        default=PORT_BASE,
        metavar="N",
        help="the n-th router's API is at N + 10n, its TLS API at N + 10n + 1 (default: %(default)s; 0: free ports)",
    )
    up.add_argument("--ready-fd", type=int, help=argparse.SUPPRESS)
    command("down", "stop the lab and remove what it made")
    shown = commands.add_parser(
        "topology",
        help="print a topology as a TOML file, to be changed",
        description="Print a topology as a TOML file, to be changed and given to up.",
    )
    shown.add_argument("topology", nargs="?", default=topology.DEFAULT, help=_TOPOLOGY)
    command("inventory", "print an Ansible inventory of the running lab's routers")
    status = command("status", "show the routers, their ports and counters")
    status.add_argument("--json", action="store_true", help="as JSON")
    reset = command("reset", "put one router, or all, back into the factory state; clears the counters")
    reset.add_argument("router", nargs="?", help="the router's name")
    snapshot = command("snapshot", "print a router's configuration as canonical JSON")
    snapshot.add_argument("router", help="the router's name")

    _surroundings(command)

    single = commands.add_parser(
        "router",
        help="run one bare router in the foreground",
        description="Run one bare router in the foreground, until Ctrl-C. User admin, password lab.",
    )
    # "version" is the program's own option already, hence the other destination.
    single.add_argument("--version", dest="router_version", required=True, metavar="V", help="RouterOS version")
    single.add_argument("--port", type=_port, required=True, metavar="N", help="API port; the TLS API is at N + 1")
    single.add_argument("--seed", metavar="FILE.rsc", help="add and set commands to start from")
    single.add_argument("--model", default=DEFAULT_MODEL, choices=list(MODELS), help="default: %(default)s")
    return parser


def _surroundings(command: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """What happens around the routers, and what clients on their LANs do."""

    def at_port(name: str, text: str, port: str = "interface") -> argparse.ArgumentParser:
        added = command(name, text)
        added.add_argument("router", help="the router's name")
        added.add_argument("interface", metavar=port.upper(), help="an interface's name, or its port's default name")
        return added

    link = at_port("link", "pull a cable or plug it in again")
    link.add_argument("state", choices=("up", "down"))
    isp = at_port("isp", "let a provider's modem, or what lies behind it, die or come back")
    isp.add_argument("part", choices=surroundings.PARTS)
    isp.add_argument("state", choices=("up", "down"))
    client = at_port("client", "run a command as a client on a LAN (at a provider's port: as its modem)", "lan")
    client.add_argument("argv", nargs=argparse.REMAINDER, metavar="-- COMMAND", help="the command")
    flows = at_port("flows", "open connections from a LAN to many servers and count what each link carried", "lan")
    flows.add_argument("options", nargs=argparse.REMAINDER, metavar="OPTION", help="--count N, --json; all: --help")
    speed = at_port("speedtest", "measure round trip, download and upload from a LAN", "lan")
    speed.add_argument(
        "options", nargs=argparse.REMAINDER, metavar="OPTION", help="--connections N, --json; all: --help"
    )
    clock = command("clock", "show or set the speed of the lab's timers")
    clock.add_argument(
        "--speed", type=float, metavar="X", help="seconds of the lab in a second; packets keep their pace"
    )
    clock.add_argument("--advance", type=float, metavar="S", help="let so many seconds pass at once")
    fault = command("fault", "let a router's API misbehave, once, at a sentence from now on")
    fault.add_argument("router", help="the router's name")
    fault.add_argument("kind", choices=(*faults.KINDS, "clear"), help="what happens; clear: order nothing any more")
    fault.add_argument(
        "--after", type=_ordinal, default=1, metavar="N", help="at the N-th sentence; 1, the default: next"
    )
    fault.add_argument(
        "--of", choices=faults.COUNTED, default="sentences", help="what is counted (default: %(default)s)"
    )
    fault.add_argument("--done", action="store_true", help="drop after the sentence was carried out, before its answer")
    fault.set_defaults(check=partial(_check_fault, fault))
    device = command("device-mode", "put a router into a mode of /system/device-mode, as somebody beside it would")
    device.add_argument("router", help="the router's name")
    device.add_argument("mode", help="home, basic, advanced, rose; before 7.17: home, enterprise")
    device.add_argument("changed", nargs="*", metavar="FEATURE=yes|no", help="what differs from the mode")
    device.add_argument("--flagged", action="store_true", help="the router suspects that somebody broke in")
    command("reboot", "reboot a router").add_argument("router", help="the router's name")
    telegram = command("telegram", "show the messages that the lab's Telegram received")
    telegram.add_argument("--json", action="store_true", help="as JSON")
    telegram.add_argument("--wait", metavar="TEXT", help="wait until a message has TEXT in it")
    telegram.add_argument(
        "--within",
        type=_ordinal,
        default=_PATIENCE,
        metavar="S",
        help="for so many seconds at most (default: %(default)s)",
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Names and messages may have characters that the terminal's language has not.
            stream.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(argv)
    if hasattr(options, "check"):
        options.check(options)
    try:
        if options.command == "router":
            return _single(options)
        if options.command in ("flows", "speedtest"):
            _take_state_dir(options)
        if options.command == "topology":
            print(topology.text(options.topology), end="")
            return 0
        state = StateDir.choose(options.state_dir)
        if options.command == "up":
            return _up(options, state)
        return _ask(options, state)
    except KeyboardInterrupt:
        # As a shell tells of what Ctrl-C ended.
        return 128 + signal.SIGINT
    except BrokenPipeError:
        # Whoever read our output has left; keep Python from complaining about it at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (TopologyError, LabError, StateError, ControlError, seed.SeedError, OSError) as error:
        # An OSError is a disk that is full, or a folder taken away: its own text names the file.
        ready_fd = getattr(options, "ready_fd", None)
        if ready_fd is not None:
            daemon.announce(ready_fd, str(error))
        print(f"routerlab: {error}", file=sys.stderr)
        return 1


def _take_state_dir(options: argparse.Namespace) -> None:
    """``--state-dir`` may stand among the options of a tool as well."""
    parser = argparse.ArgumentParser(prog=f"routerlab {options.command}", add_help=False, allow_abbrev=False)
    parser.add_argument("--state-dir", default=options.state_dir)
    found, options.options = parser.parse_known_args(options.options)
    options.state_dir = found.state_dir


def _logging() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")


def _up(options: argparse.Namespace, state: StateDir) -> int:
    plans = topology.load(options.topology)
    if options.ready_fd is None:
        for note in topology.notes(options.topology):
            print(f"routerlab: {note}", file=sys.stderr)
    last = options.port_base + 10 * len(plans) + 1
    if last not in _PORTS:
        raise LabError(f"{len(plans)} routers from port {options.port_base} on would need port {last}")
    if options.detach and state.running():
        state.acquire()
    if not options.no_kernel and not options.kernel:
        _choose(options)
    if options.detach:
        arguments = [str(topology.find(options.topology).absolute()), "--port-base", str(options.port_base)]
        arguments.append("--no-kernel" if options.no_kernel else "--kernel")
        daemon.detach(arguments, state)
        _table(ask(state.socket, "status"))
        return 0
    _logging()

    def ready(lab: Lab) -> None:
        if options.ready_fd is not None:
            daemon.announce(options.ready_fd, daemon.READY)
            options.ready_fd = None
        else:
            _table(lab.status())
            print("Stop with Ctrl-C.", flush=True)

    daemon.run(plans, state, options.port_base, ready, kernel=not options.no_kernel)
    return 0


def _choose(options: argparse.Namespace) -> None:
    """With packets where they can be had, else without, in so many words."""
    reason = probe()
    if reason is not None:
        print(f"routerlab: no data plane, so no packets (as with --no-kernel): {reason}", file=sys.stderr)
        options.no_kernel = True


def _ask(options: argparse.Namespace, state: StateDir) -> int:
    if not state.running():
        if options.command == "down":
            left = state.path.is_dir() and (state.path / "lock").exists()
            if left:
                state.clear()
            print("no lab is running" + (", cleared what a dead one left" if left else ""))
            return 0
        raise StateError(f"no lab is running in {state.path}; start one with: routerlab up --detach")
    if options.command == "down":
        return _down(state)
    tool = _TOOLS.get(options.command)
    if tool is not None:
        return tool(options, state.socket)
    if options.command == "inventory":
        print(inventory.of_lab(ask(state.socket, "status")), end="")
        return 0
    if getattr(options, "wait", None) is not None:
        _wait_for_message(options.wait, options.within, state.socket)
    answer = ask(state.socket, options.command, **_request(options))
    if options.command == "snapshot" or getattr(options, "json", False):
        _print_json(answer)
    elif options.command == "status":
        _table(answer)
    elif options.command == "telegram":
        _messages(answer)
    elif options.command == "clock":
        print(f"the lab's timers run at {answer['speed']:g} times their speed")
    elif options.command == "reset":
        print(f"{options.router or 'all routers'}: factory state")
    elif options.command == "device-mode":
        print(f"{options.router}: device-mode {options.mode}{', flagged' if options.flagged else ''}")
    elif options.command == "reboot":
        print(f"{options.router}: reboots, its ports open again after {BOOT:g} s of the lab's clock")
    return 0


def _client(options: argparse.Namespace, socket: Path) -> int:
    argv = options.argv[1:] if options.argv[:1] == ["--"] else options.argv
    if not argv:
        raise ControlError("client needs a command, such as: -- ping -c 3 8.8.8.8")
    if options.argv[0] != "--" and argv[0].startswith("-"):
        raise ControlError(f"{argv[0]} is no command: options of client stand before the router's name")
    return client_command.run(socket, options.router, options.interface, argv, sys.stdout.fileno(), sys.stderr.fileno())


_TOOLS: dict[str, Callable[[argparse.Namespace, Path], int]] = {
    "client": _client,
    "flows": lambda options, socket: client_command.flows(socket, options.router, options.interface, options.options),
    "speedtest": lambda options, socket: client_command.speedtest(
        socket, options.router, options.interface, options.options
    ),
}


def _request(options: argparse.Namespace) -> dict[str, Any]:
    """What the lab is asked beside the command's name."""
    names = (
        "router",
        "interface",
        "part",
        "speed",
        "advance",
        "kind",
        "after",
        "of",
        "done",
        "mode",
        "changed",
        "flagged",
    )
    found = {name: getattr(options, name) for name in names if getattr(options, name, None) is not None}
    if hasattr(options, "state"):
        found["up"] = options.state == "up"
    return found


def _wait_for_message(text: str, seconds: int, socket: Path) -> None:
    """Return when the lab's Telegram has a message with that text; raises ControlError when none comes in time."""
    deadline = time.monotonic() + seconds
    while not any(text in message["text"] for message in ask(socket, "telegram")):
        if time.monotonic() > deadline:
            raise ControlError(f"Telegram has received no message with {text!r} within {seconds} s")
        time.sleep(_LOOK)


def _messages(messages: list[dict[str, Any]]) -> None:
    if not messages:
        print("Telegram has received nothing")
    for message in messages:
        when = datetime.fromtimestamp(message["time"], UTC).astimezone().strftime("%H:%M:%S")
        print(f"{when}, through {message['link']}, to chat {message['chat_id']}:")
        print("\n".join(f"    {line}" for line in message["text"].splitlines()))


def _print_json(answer: Any) -> None:
    """UTF-8 whatever the terminal's language is; bytes that are no text become JSON's ``\\udc80`` and the like."""
    text = json.dumps(answer, indent=2, ensure_ascii=False) + "\n"
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    sys.stdout.flush()


def _down(state: StateDir) -> int:
    pid = state.pid()
    try:
        ask(state.socket, "stop")
    except ControlError:
        if pid is None:
            raise
        # Where it has just ended there is nobody to be told.
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    # The lab gives up its lock as the last thing it does.
    state.wait_released()
    state.clear()
    return 0


def _table(status: dict[str, Any]) -> None:
    rows = [("router", "model", "RouterOS", "api", "api-ssl")]
    for router in status["routers"]:
        ends = [f"{router[name]['host']}:{router[name]['port']}" for name in ("api", "api_ssl")]
        rows.append((router["name"], router["model"], router["version"], *ends))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
    print(f"CA: {status['ca']}")
    print({"kernel": "Packets: carried by the kernel", "none": "Packets: none (no data plane)"}[status["backend"]])
    for router in status["routers"]:
        for problem in router["problems"]:
            print(f"not in force on {router['name']}: {problem}")
        for note in router["notes"]:
            print(f"in force only in part on {router['name']}: {note}")
    sys.stdout.flush()


def _single(options: argparse.Namespace) -> int:
    version = topology.read_version(options.router_version, "--version")
    plan = RouterPlan("router", options.model, version)
    text: str | None = None
    if options.seed is not None:
        try:
            text = Path(options.seed).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise seed.SeedError(f"{options.seed}: {error}") from None
    if options.port + 1 not in _PORTS:
        raise LabError("the TLS API needs the port after --port, choose a lower one")
    _logging()

    def prepare(lab: Lab) -> None:
        station = lab.stations[plan.name]
        station.api.port, station.api_ssl.port = options.port, options.port + 1
        if text is not None:
            try:
                seed.apply(station.router, text)
            except seed.SeedError as error:
                raise seed.SeedError(f"{options.seed}: {error}") from None

    def ready(lab: Lab) -> None:
        _table(lab.status())
        print("User admin, password lab. Stop with Ctrl-C.", flush=True)

    with tempfile.TemporaryDirectory(prefix="routerlab-") as directory:
        daemon.run((plan,), StateDir(Path(directory)), 0, ready, prepare=prepare)
    return 0
