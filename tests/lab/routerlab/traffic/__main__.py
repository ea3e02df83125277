# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: ``python -m routerlab.traffic flows|speedtest``.

Exit status 0: it measured; 1: it could not, and one line on stderr says why; 2: the command line is wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
from typing import Any

from routerlab.internet.configuration import FLOW_PORTS, SPEED_PORT
from routerlab.internet.listeners import many_descriptors
from routerlab.traffic.flows import Attempts, Flows, Plan
from routerlab.traffic.speed import NoServer, SpeedPlan, speed_test
from routerlab.traffic.targets import servers

#: Attempts a second when only a duration is given.
_RATE = 50.0


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError("must be above 0")
    return value


def _natural(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be above 0")
    return value


def _port(text: str) -> int:
    value = int(text)
    if not 0 < value < 65536:
        raise argparse.ArgumentTypeError("must be from 1 to 65535")
    return value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m routerlab.traffic", description="Traffic of a LAN client.")
    commands = parser.add_subparsers(dest="command", required=True)
    flows = commands.add_parser("flows", help="open connections, count them by the address that the servers saw")
    flows.add_argument("--count", type=_natural, help="connections (100, unless --duration is given)")
    flows.add_argument("--duration", type=_positive, metavar="S", help="go on for this time, at a steady rate")
    steady = flows.add_mutually_exclusive_group()
    steady.add_argument("--rate", type=_positive, help=f"connections a second ({_RATE:g} with --duration)")
    steady.add_argument("--interval", type=_positive, metavar="S", help="seconds from one connection to the next")
    flows.add_argument("--servers", type=_natural, default=500, metavar="M", help="different servers (500)")
    flows.add_argument("--addresses", metavar="A,B", help="these servers instead")
    flows.add_argument("--ports", type=_port, nargs="+", default=list(FLOW_PORTS), help="the servers' ports")
    flows.add_argument("--concurrency", type=_natural, default=256, metavar="C", help="at the same time (256)")
    flows.add_argument("--timeout", type=_positive, default=3.0, metavar="S", help="for each connection (3)")
    flows.add_argument(
        "--hold", type=_positive, default=None, metavar="S", help="keep them open until S after the last"
    )
    flows.add_argument("--udp", action="store_true", help="datagrams instead of connections")
    flows.add_argument("--source", help="connect from this address")
    flows.add_argument("--seed", type=int, help="choose the same servers again")
    flows.add_argument("--timeline", action="store_true", help="a line of JSON for each 100 ms")
    flows.add_argument("--json", action="store_true", help="the result as a line of JSON")
    speed = commands.add_parser("speedtest", help="latency, download and upload")
    speed.add_argument("--connections", type=_natural, default=16)
    speed.add_argument("--seconds", type=_positive, default=5.0, help="of measuring, in each direction (5)")
    speed.add_argument("--ramp", type=_positive, default=1.5, metavar="S", help="seconds before measuring (1.5)")
    speed.add_argument("--timeout", type=_positive, default=5.0, metavar="S", help="for connecting (5)")
    speed.add_argument("--server", action="append", metavar="ADDRESS", help="these servers instead of many; repeatable")
    speed.add_argument("--port", type=_port, default=SPEED_PORT)
    speed.add_argument("--seed", type=int, help="choose the same servers again")
    speed.add_argument("--json", action="store_true", help="the result as a line of JSON")
    return parser


def _flows(options: argparse.Namespace) -> int:
    rng = random.Random(options.seed)
    rate = 1 / options.interval if options.interval else options.rate
    plan = Plan(
        targets=options.addresses.split(",") if options.addresses else servers(options.servers, rng),
        ports=options.ports,
        count=options.count or (None if options.duration else 100),
        duration=options.duration,
        rate=rate or (_RATE if options.duration and not options.count else None),
        # At a steady rate what hangs must not hold up what follows.
        concurrency=options.concurrency if rate is None and not options.duration else None,
        timeout=options.timeout,
        hold=options.hold,
        udp=options.udp,
        source=options.source,
    )
    flows = Flows(plan, rng, timeline=_line if options.timeline else None)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_rest: flows.stop())
    result = flows.run()
    if options.json:
        _line(result.summary())
    else:
        print(_flows_text(result))
    if result.ok == 0 and result.failed and not options.duration:
        print(f"flows: none of {result.failed} attempts was answered ({_reasons(result)})", file=sys.stderr)
        return 1
    return 0


def _reasons(result: Attempts) -> str:
    return ", ".join(f"{reason}: {count}" for reason, count in sorted(result.errors.items()))


def _flows_text(result: Attempts) -> str:
    total = max(1, result.ok)
    lines = [f"{address:<15} {count:>7}  {count / total:7.2%}" for address, count in sorted(result.by_address.items())]
    if result.failed:
        lines.append(f"{'failed':<15} {result.failed:>7}  ({_reasons(result)})")
    lines.append(f"in {result.seconds:.1f} s")
    return "\n".join(lines)


def _speed(options: argparse.Namespace) -> int:
    rng = random.Random(options.seed)
    chosen = options.server or servers(options.connections, rng)
    plan = SpeedPlan(
        targets=[(chosen[number % len(chosen)], options.port) for number in range(options.connections)],
        seconds=options.seconds,
        ramp=options.ramp,
        timeout=options.timeout,
    )
    result = speed_test(plan)
    if options.json:
        _line(result)
        return 0
    print(
        f"latency {result['latency_ms']:.1f} ms, download {result['download_mbit']:.1f} Mbit/s, "
        f"upload {result['upload_mbit']:.1f} Mbit/s over {result['connections']} connections"
    )
    for address, share in result["by_address"].items():
        print(f"{address:<15} download {share['download_mbit']:.1f}, upload {share['upload_mbit']:.1f} Mbit/s")
    return 0


def _line(value: dict[str, Any]) -> None:
    print(json.dumps(value), flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit status."""
    options = _parser().parse_args(arguments)
    many_descriptors()
    try:
        return _flows(options) if options.command == "flows" else _speed(options)
    except BrokenPipeError:
        # Whoever read our lines has left; keep Python from complaining about it at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (NoServer, OSError) as error:
        print(f"{options.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
