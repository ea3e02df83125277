# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the internet's servers are told when they start: one JSON object.

::

    {"bind": "0.0.0.0" | ["127.0.0.1", ...],
     "tls": {"cert": "path", "key": "path"} | null,
     "telegram": {"bots": {"<token>": ["<chat id>", ...]} | null,
                  "blanks": "cut" | "keep",
                  "rate": {"count": 30, "seconds": 1} | null},
     "ports": {"flows": [5228, ...], "udp": [...], "http": [80], "speed": [5201], "telegram": [443]}}

Every member may be left out; a single port may stand for a list of one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: Services of phones and mail clients, which stay connected for long: what a site's connections go to beside the web.
FLOW_PORTS = (993, 4070, 5223, 5228, 8883)
SPEED_PORT = 5201
HTTP_PORT = 80
TELEGRAM_PORT = 443

_PORTS: dict[str, tuple[int, ...]] = {
    "flows": FLOW_PORTS,
    "udp": FLOW_PORTS,
    "http": (HTTP_PORT,),
    "speed": (SPEED_PORT,),
    "telegram": (TELEGRAM_PORT,),
}


class ConfigurationError(Exception):
    """The configuration is not one."""


@dataclass(frozen=True)
class Tls:
    """Files in PEM."""

    cert: str
    key: str


@dataclass(frozen=True)
class Rate:
    """At most ``count`` messages of one bot to one chat in ``seconds``."""

    count: int
    seconds: float


@dataclass(frozen=True)
class TelegramSettings:
    """``bots``: token to chat ids, None for any; ``blanks``: what an unencoded blank in a URL does, see ``http``."""

    bots: Mapping[str, frozenset[str]] | None = None
    blanks: str = "cut"
    rate: Rate | None = None


@dataclass(frozen=True)
class Configuration:
    """See the module."""

    bind: tuple[str, ...] = ("0.0.0.0",)
    tls: Tls | None = None
    telegram: TelegramSettings = field(default_factory=TelegramSettings)
    ports: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: dict(_PORTS))


def _member(value: object, names: set[str], where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigurationError(f"{where} is not an object")
    for name in value:
        if name not in names:
            raise ConfigurationError(f"{where} has no member {name!r}; it knows {', '.join(sorted(names))}")
    return value


def _texts(value: object, where: str) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    if not items or not all(isinstance(item, str) for item in items):
        raise ConfigurationError(f"{where} is neither a text nor a list of texts")
    return tuple(items)


def _tls(value: object) -> Tls | None:
    if value is None:
        return None
    members = _member(value, {"cert", "key"}, "tls")
    if not all(isinstance(members.get(name), str) for name in ("cert", "key")):
        raise ConfigurationError("tls needs the paths cert and key")
    return Tls(members["cert"], members["key"])


def _rate(value: object) -> Rate | None:
    if value is None:
        return None
    members = _member(value, {"count", "seconds"}, "telegram.rate")
    count, seconds = members.get("count"), members.get("seconds")
    if not isinstance(count, int) or count is True or count < 1 or not isinstance(seconds, int | float) or seconds <= 0:
        raise ConfigurationError("telegram.rate needs a count and seconds, both above 0")
    return Rate(count, seconds)


def _telegram(value: object) -> TelegramSettings:
    if value is None:
        return TelegramSettings()
    members = _member(value, {"bots", "blanks", "rate"}, "telegram")
    bots = members.get("bots")
    if bots is not None:
        # The message must not name the token.
        if not isinstance(bots, dict) or not all(isinstance(chats, list) for chats in bots.values()):
            raise ConfigurationError("telegram.bots is not an object of lists")
        bots = {token: frozenset(str(chat) for chat in chats) for token, chats in bots.items()}
    blanks = members.get("blanks", "cut")
    if blanks not in ("cut", "keep"):
        raise ConfigurationError("telegram.blanks is neither cut nor keep")
    return TelegramSettings(bots, blanks, _rate(members.get("rate")))


def _ports(value: object) -> dict[str, tuple[int, ...]]:
    ports = dict(_PORTS)
    for name, given in _member(value, set(_PORTS), "ports").items():
        items = given if isinstance(given, list) else [given]
        if not all(isinstance(item, int) and item is not True and 0 < item < 65536 for item in items):
            raise ConfigurationError(f"ports.{name}: not a port from 1 to 65535")
        ports[name] = tuple(items)
    return ports


def read_configuration(line: bytes) -> Configuration:
    """The configuration in a line of JSON; raises ConfigurationError."""
    try:
        value = json.loads(line)
    except ValueError as error:
        raise ConfigurationError("the first line is not JSON") from error
    members = _member(value, {"bind", "tls", "telegram", "ports"}, "the configuration")
    return Configuration(
        bind=_texts(members.get("bind", "0.0.0.0"), "bind"),
        tls=_tls(members.get("tls")),
        telegram=_telegram(members.get("telegram")),
        ports=_ports(members.get("ports", {})),
    )
