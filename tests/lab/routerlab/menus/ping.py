# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``/ping`` (until 7.23) and ``/tool/ping``: rows as they come, to the end of ``count`` or until cancelled.

Arguments: the command trees of 7.12.2 to 7.24; kinds and properties: the manual's CLI reference; order of the properties:
captured replies in the sources of API clients (tik4net, napalm-ros).  Bounds of ``size`` are the manual's.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING

from routerlab import messages
from routerlab.messages import Trap
from routerlab.model.menu import Command
from routerlab.values.basic import Bool, Enum, Mention, Num
from routerlab.values.net import INTERFACES, IPv4
from routerlab.values.time import Duration, read_duration, write_duration
from routerlab.version import span

if TYPE_CHECKING:
    from routerlab.model.router import Router
    from routerlab.values import Kind

_KINDS: dict[str, Kind] = {
    "arp-ping": Bool(),
    "count": Num(0, 4294967295),
    "dscp": Num(0, 63),
    "interface": Mention(INTERFACES, "interface"),
    "interval": Duration("10ms", "5s"),
    "size": Num(14, 65535),
    "src-address": IPv4(),
    "ttl": Num(1, 255),
    "vrf": Enum(("main",)),
}
_FREE = ("address", "as-value", "do-not-fragment", "without-paging")
_DEFAULTS = {"interval": "1s", "size": "56"}
#: 7.12.2 has no ``proplist``, 7.18.2 has; where it came is not known (~), nor where between 7.22.3 and 7.24 /ping went (~).
_PROPLIST_SINCE = "7.18"
#: How long an answer is waited for, in seconds (~).
TIMEOUT = 1.0


def _arguments(router: Router, args: Mapping[str, str]) -> dict[str, str]:
    """The arguments, checked, with their defaults."""
    for name, text in args.items():
        if name in _KINDS:
            _KINDS[name].parse(text, name, router)
    if not args.get("address"):
        raise messages.missing_values(("address",))
    if args.get("arp-ping", "no") not in ("no", "false"):
        raise Trap("failure: this laboratory does not ping by ARP")
    return {**_DEFAULTS, **args}


def _ping(router: Router, args: Mapping[str, str]) -> AsyncIterator[dict[str, str]]:
    # Refused at once, and not with the first row.
    return _rows(router, _arguments(router, args))


async def _rows(router: Router, args: Mapping[str, str]) -> AsyncIterator[dict[str, str]]:
    clock = router.site.clock
    interval = (read_duration(args["interval"]) or 0) / 1_000_000
    count = int(args["count"]) if "count" in args else None
    trips: list[float] = []
    number = 0
    while count is None or number < count:
        router.settle()
        begun = clock.now()
        echo = await router.plane.ping(router, args["address"], args.get("interface", ""), args)
        if echo.rtt is None:
            # Without packets it is known at once that none will come.
            await clock.sleep(begun + TIMEOUT - clock.now())
            row = {"seq": str(number), "host": echo.host or args["address"], "status": echo.status}
        else:
            trips.append(echo.rtt)
            row = {
                "seq": str(number),
                "host": echo.host or args["address"],
                "size": str(args["size"]),
                "ttl": str(echo.ttl),
                "time": _trip(echo.rtt),
            }
        number += 1
        row |= {
            "sent": str(number),
            "received": str(len(trips)),
            "packet-loss": str(100 * (number - len(trips)) // number),
        }
        if trips:
            row |= {
                "min-rtt": _trip(min(trips)),
                "avg-rtt": _trip(sum(trips) / len(trips)),
                "max-rtt": _trip(max(trips)),
            }
        yield row
        if number != count:
            await clock.sleep(begun + interval - clock.now())


def _trip(seconds: float) -> str:
    return write_duration(round(seconds * 1_000_000))


def _commands(until: str | None) -> tuple[Command, ...]:
    names = (*_FREE, *_KINDS)
    old, new = span(until=_PROPLIST_SINCE), span(since=_PROPLIST_SINCE, until=until)
    return (
        Command("ping", names, stream=_ping, versions=old, policies=("test",)),
        Command("ping", (*names, "proplist"), stream=_ping, versions=new, policies=("test",)),
    )


#: By path.
COMMANDS: dict[tuple[str, ...], tuple[Command, ...]] = {(): _commands("7.23"), ("tool",): _commands(None)}
