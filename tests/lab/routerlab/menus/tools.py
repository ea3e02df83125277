# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``/tool/netwatch``.  Defaults: the manual's CLI reference; the text shows thresholds only when once written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from routerlab.menus.common import COMMENT, CONSOLE, DISABLED, SWITCHED
from routerlab.model.menu import Arg, Menu, arg
from routerlab.model.store import Row
from routerlab.values import Kind, Names, Value
from routerlab.values.basic import Bool, Either, Enum, Num, Text
from routerlab.values.net import IP, DomainName, Ranges
from routerlab.values.time import Duration
from routerlab.version import Version, span

if TYPE_CHECKING:
    from routerlab.model.router import Router

#: Samples of early versions show empty scripts and codes, later ones leave them out; the border is a guess (~).
_NO_EMPTY_SCRIPTS = "7.16"
_EMPTY_UNTIL = Version.parse(_NO_EMPTY_SCRIPTS)
_LONG = "71w2h27m52s950ms"


class Percent:
    """A share such as ``85%`` or ``85``, read back as the number."""

    def parse(self, text: str, name: str, names: Names) -> Value:
        return Num(0, 100).parse(text.removesuffix("%"), name, names)

    def __str__(self) -> str:
        return "percent"


def _script(name: str, effect: bool = True) -> Arg:
    return arg(name, Text(), "", quiet_since=_NO_EMPTY_SCRIPTS, effect=effect)


def _optional(name: str, kind: Kind, default: str | None = None, since: str | None = None) -> Arg:
    return arg(name, kind, default, show_never=True, since=since, effect=False)


def _sent(name: str, kind: Kind, default: str | None = None, since: str | None = None) -> Arg:
    """What a test with packets sends, and what it asks of the answers."""
    return arg(name, kind, default, show_never=True, since=since, packets=True)


def _watch(router: Router, row: Row) -> Mapping[str, str]:
    watch = router.state.watches.watches.get(row.id)
    found = {"status": "unknown" if watch is None else watch.status}
    if router.version < _EMPTY_UNTIL and "http-codes" not in row.values:
        found["http-codes"] = ""
    if watch is not None and watch.since is not None:
        found |= {
            "since": router.stamp(watch.since),
            "done-tests": str(watch.done),
            "failed-tests": str(watch.failed),
            **watch.facts,
        }
    return found


NETWATCH = Menu(
    path="tool netwatch",
    args=(
        _optional("name", Text()),
        arg("host", Either((IP(), DomainName())), unset=False),
        arg("type", Enum(("simple", "icmp", "tcp-conn", "http-get", "https-get", "dns")), "simple"),
        _sent("src-address", IP(), since="7.11"),
        arg("interval", Duration("1s", _LONG), "10s", show_never=True),
        arg("timeout", Duration("10ms", "4w"), "3s", show_never=True),
        arg("start-delay", Duration("0s", "1h"), "3s", show_never=True),
        arg("startup-delay", Duration("0s", "1h"), "5m", show_never=True),
        arg("ignore-initial-up", Bool(), "false", show_never=True, since="7.17"),
        arg("ignore-initial-down", Bool(), "false", show_never=True, since="7.17"),
        _script("up-script"),
        _script("down-script"),
        _script("test-script", effect=False),
        _sent("packet-interval", Duration("20ms", _LONG), "50ms"),
        _sent("packet-count", Num(1, 4294967295), "10"),
        _sent("packet-size", Num(0, 65535), "50"),
        _sent("ttl", Num(1, 255), "255", since="7.16"),
        _optional("accept-icmp-time-exceeded", Bool(), "false", since="7.16"),
        _optional("early-success-detection", Bool(), "false", since="7.20"),
        _optional("early-failure-detection", Bool(), "false", since="7.20"),
        _sent("thr-max", Duration(), "1s"),
        _sent("thr-avg", Duration(), "100ms"),
        _sent("thr-stdev", Duration(), "250ms"),
        _sent("thr-jitter", Duration(), "1s"),
        _sent("thr-loss-percent", Percent(), "85"),
        _sent("thr-loss-count", Num(), "4294967295"),
        _sent("port", Num(0, 65535), "80"),
        _sent("thr-tcp-conn-time", Duration("0s", "30s"), "1s"),
        _sent("thr-http-time", Duration(), "10s"),
        _sent("http-codes", Ranges(100, 599), "100-299"),
        _optional("certificate", Enum(("none",))),
        _sent("check-certificate", Bool(), "false"),
        _optional("record-type", Enum(("A", "AAAA", "MX", "NS")), "A", since="7.16"),
        _sent("dns-server", IP(), since="7.16"),
        DISABLED,
        COMMENT,
    ),
    reads=("status", "since", "done-tests", "failed-tests"),
    verbs=SWITCHED,
    commands=CONSOLE,
    required=("host",),
    unset_versions=span(),
    compute=_watch,
    dirty=True,
    print_extra=("stats",),
    noun="netwatch",
    notes=(
        "Without the data plane, every type of test asks whether the host is reached. With it, a test of type dns asks "
        "for an A record, and the test script is not run."
    ),
)

MENUS = (NETWATCH,)
