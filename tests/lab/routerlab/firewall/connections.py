# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's connections as rows of ``/ip/firewall/connection``.

Properties, their order and TCP's states: the manual's CLI reference (7.24).  Ports stand behind the address
(``10.0.0.1:80``) before 7.24, and in properties of their own since (~: the reference has them, older samples do not; in
which version they came is not known).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from routerlab.firewall.marks import Marks
from routerlab.values import net
from routerlab.values.base import id_text
from routerlab.values.time import seconds_text
from routerlab.version import Version

if TYPE_CHECKING:
    from routerlab.model.router import Router

_PORTS_APART = Version.parse("7.24")
#: RouterOS's flags, by the words of kernel/conntrack.py.
_FLAGS = ("expected", "seen-reply", "assured", "confirmed", "dying")
_NAT_FLAGS = ("srcnat", "dstnat")
_ENDS = (
    ("src-address", "src", "src-port", "sport"),
    ("dst-address", "dst", "dst-port", "dport"),
    ("reply-src-address", "reply_src", "reply-src-port", "reply_sport"),
    ("reply-dst-address", "reply_dst", "reply-dst-port", "reply_dport"),
)


class Rates:
    """Bits per second of every connection and direction, from what its counters gained since they were last read."""

    def __init__(self) -> None:
        self._when = 0.0
        self._before: dict[int, tuple[int, int]] = {}
        self._rates: dict[int, tuple[int, int]] = {}

    def read(self, connections: Iterable[Mapping[str, Any]], now: float) -> Mapping[int, tuple[int, int]]:
        """The rates by connection's id (original direction, reply); a connection just met has none yet."""
        present = {one["id"]: (one["orig_bytes"], one["repl_bytes"]) for one in connections}
        passed = now - self._when
        if passed > 0:
            self._rates = {
                number: (_rate(counts[0] - old[0], passed), _rate(counts[1] - old[1], passed))
                for number, counts in present.items()
                if (old := self._before.get(number)) is not None
            }
            self._before, self._when = present, now
        return self._rates


def _rate(gained: int, seconds: float) -> int:
    return max(0, round(gained * 8 / seconds))


def _ends(one: Mapping[str, Any], apart: bool) -> dict[str, str]:
    found: dict[str, str] = {}
    for address, key, port, port_key in _ENDS:
        number = one.get(port_key)
        if number is None:
            found[address] = one[key]
        elif apart:
            found[address], found[port] = one[key], str(number)
        else:
            found[address] = f"{one[key]}:{number}"
    return found


def _row(one: Mapping[str, Any], apart: bool, marks: Marks, rates: Mapping[int, tuple[int, int]]) -> dict[str, str]:
    protocol = int(one["protocol"])
    found = {
        ".id": id_text(one["id"]),
        "protocol": net._PROTOCOL_NAMES.get(protocol, str(protocol)),
        **_ends(one, apart),
    }
    if "tcp_state" in one:
        found["tcp-state"] = one["tcp_state"]
    for name in ("icmp-type", "icmp-code", "icmp-id"):
        if name.replace("-", "_") in one:
            found[name] = str(one[name.replace("-", "_")])
    found["timeout"] = seconds_text(float(one["timeout"]))
    mark = marks.connection_name(one["mark"])
    if mark:
        found["connection-mark"] = mark
    for side in ("orig", "repl"):
        found[f"{side}-packets"] = str(one[f"{side}_packets"])
        found[f"{side}-bytes"] = str(one[f"{side}_bytes"])
        found[f"{side}-fasttrack-packets"] = "0"
        found[f"{side}-fasttrack-bytes"] = "0"
    found["orig-rate"], found["repl-rate"] = (str(rate) for rate in rates.get(one["id"], (0, 0)))
    status = one["status"]
    found.update((flag, _bool(flag in status)) for flag in _FLAGS)
    found["fasttrack"] = found["hw-offload"] = "false"
    found.update((flag, _bool(flag in status)) for flag in _NAT_FLAGS)
    return found


def _bool(value: bool) -> str:
    return "true" if value else "false"


def connection_rows(
    router: Router,
    connections: Iterable[Mapping[str, Any]],
    marks: Marks,
    rates: Mapping[int, tuple[int, int]] | None = None,
) -> list[dict[str, str]]:
    """Rows as this router's version shows them, in the order given; ``rates`` as ``Rates.read`` returns them.

    No packet is fasttracked in the lab; ``connection-mark`` is absent when there is none (~).
    """
    apart = router.version >= _PORTS_APART
    return [_row(one, apart, marks, rates or {}) for one in connections]
