# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A look-alike of Telegram's Bot API: it refuses what the real one refuses, in the same words, and keeps the messages.

Facts: https://core.telegram.org/bots/api; order and wording of errors: tdlib/telegram-bot-api (``HttpConnection.cpp``,
``ClientManager.cpp``, ``Query.cpp``) and TelegramBotAPI/errors, a collection of the official server's answers.

- 404 ``Not Found``: no token of the form ``<number>:<letters>``; 401 ``Unauthorized``: such a token that no bot has.
- ``sendMessage`` looks at the text (empty, encoding, markup) before it looks at the chat, and at its length last.
- Whether a text of blanks alone is called ``text must be non-empty`` or ``message text is empty`` has changed (~); so has
  ``strings must be encoded in UTF-8``, which once was ``text must be encoded in UTF-8`` (~).
"""

from __future__ import annotations

import json
import math
import re
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from routerlab.internet.configuration import TelegramSettings
from routerlab.internet.http import Head
from routerlab.internet.markup import MarkupError, plain
from routerlab.internet.parameters import ParameterError, decode, parameters

#: UTF-16 code units of a message (https://core.telegram.org/bots/api#sendmessage).
TEXT_LIMIT = 4096
#: Messages that are kept, the latest: a lab that runs for weeks shall not grow.
KEPT = 1000

_TOKEN = re.compile(r"([1-9][0-9]{0,15}):([A-Za-z0-9_-]+)\Z")
#: Every token so far has a secret of this length (~).
_SECRET_LENGTH = 35
_CHAT = re.compile(r"-?[1-9][0-9]{0,15}\Z|@[A-Za-z][A-Za-z0-9_]{3,31}\Z")


@dataclass(frozen=True)
class Reply:
    """HTTP status, JSON body, and the seconds of the header Retry-After."""

    status: int
    body: dict[str, Any]
    retry_after: int | None = None

    def content(self) -> bytes:
        """The body as Telegram writes it: ASCII, without blanks."""
        return json.dumps(self.body, separators=(",", ":")).encode()


class _Refused(Exception):
    def __init__(self, status: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.reply = _error(status, description, retry_after)


def _error(status: int, description: str, retry_after: int | None = None) -> Reply:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    if retry_after is not None:
        body["parameters"] = {"retry_after": retry_after}
    return Reply(status, body, retry_after)


def _bad(description: str) -> _Refused:
    return _Refused(400, f"Bad Request: {description}")


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise _bad("strings must be encoded in UTF-8") from error


class Telegram:
    """The Bot API's state: messages, and when each bot wrote to each chat."""

    def __init__(
        self,
        settings: TelegramSettings,
        *,
        kept: Callable[[dict[str, Any]], None] = lambda message: None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.settings = settings
        #: Each ``{"time": unix seconds, "token": the bot's number alone, "chat_id", "text", "from": the peer's address,
        #: "method": "GET" or "POST"}``.
        self.messages: list[dict[str, Any]] = []
        self._kept = kept
        self._now = now
        self._numbers = 0
        self._sent: dict[tuple[str, str], deque[float]] = {}

    def answer(self, head: Head, body: bytes, peer: str) -> Reply:
        """What the Bot API says to a request; every request has an answer."""
        try:
            return Reply(200, {"ok": True, "result": self._result(head, body, peer)})
        except _Refused as refused:
            return refused.reply
        except (MarkupError, ParameterError) as error:
            return _error(400, f"Bad Request: {error}")

    def _result(self, head: Head, body: bytes, peer: str) -> Any:
        path = decode(head.path, plus=False).decode("utf-8", "replace")
        if not path.startswith("/bot"):
            raise _Refused(404, "Not Found")
        token, slash, method = path.removeprefix("/bot").partition("/")
        found = _TOKEN.match(token)
        if not slash or found is None:
            raise _Refused(404, "Not Found")
        bots = self.settings.bots
        if token not in bots if bots is not None else len(found[2]) != _SECRET_LENGTH:
            raise _Refused(401, "Unauthorized")
        if head.method not in ("GET", "POST"):
            raise _Refused(501, "Not Implemented")
        given = parameters(head.query, head.headers.get("content-type", b""), body)
        name = (method or given.get("method", b"").decode("utf-8", "replace")).lower()
        if name == "getme":
            return {**_bot(found[1]), "can_join_groups": True, "can_read_all_group_messages": False}
        if name == "getupdates":
            return []
        if name == "sendmessage":
            return self._send(token, found[1], given, head.method, peer)
        raise _Refused(404, "Not Found: method not found")

    def _send(self, token: str, bot: str, given: dict[str, bytes], method: str, peer: str) -> dict[str, Any]:
        if not given.get("text"):
            raise _bad("message text is empty")
        text = plain(_text(given["text"]), _text(given.get("parse_mode", b""))).strip()
        chat = _text(given.get("chat_id", b"")).strip()
        if not chat:
            raise _bad("chat_id is empty")
        bots = self.settings.bots
        if not (_CHAT.match(chat) and (bots is None or chat in bots[token])):
            raise _bad("chat not found")
        if not text:
            raise _bad("text must be non-empty")
        if len(text.encode("utf-16-le")) // 2 > TEXT_LIMIT:
            raise _bad("message is too long")
        now = self._now()
        self._within_rate(bot, chat, now)
        self._numbers += 1
        message = {"time": now, "token": bot, "chat_id": chat, "text": text, "from": peer, "method": method}
        self.messages.append(message)
        del self.messages[:-KEPT]
        self._kept(message)
        return {
            "message_id": self._numbers,
            "from": _bot(bot),
            "chat": _chat(chat),
            "date": int(now),
            "text": text,
        }

    def _within_rate(self, bot: str, chat: str, now: float) -> None:
        rate = self.settings.rate
        if rate is None:
            return
        sent = self._sent.setdefault((bot, chat), deque())
        while sent and sent[0] <= now - rate.seconds:
            sent.popleft()
        if len(sent) >= rate.count:
            seconds = max(1, math.ceil(sent[0] + rate.seconds - now))
            raise _Refused(429, f"Too Many Requests: retry after {seconds}", seconds)
        sent.append(now)


def _bot(number: str) -> dict[str, Any]:
    return {"id": int(number), "is_bot": True, "first_name": "routerlab", "username": f"routerlab_{number}_bot"}


def _chat(chat: str) -> dict[str, Any]:
    """A Chat object; of a number's form, its kind is known."""
    if chat.startswith("@"):
        return {"id": -1000000000000 - sum(chat.encode()), "title": chat[1:], "username": chat[1:], "type": "channel"}
    number = int(chat)
    if number > 0:
        return {"id": number, "first_name": "routerlab", "type": "private"}
    return {"id": number, "title": "routerlab", "type": "supergroup" if chat.startswith("-100") else "group"}
