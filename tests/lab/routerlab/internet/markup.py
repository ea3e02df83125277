# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Telegram's markup: what ``parse_mode`` refuses, and the text that is left when the marks are gone.

Rules: https://core.telegram.org/bots/api#formatting-options; wording of errors and byte offsets: tdlib/td,
``td/telegram/MessageEntity.cpp``, and messages quoted in many bots' issues.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_V1_MARKS = b"_*`["
_V2_RESERVED = b"_*[]()~`>#+-=|{}.!"
_SPACE = b" \t\r\n\v\f\0"
_TAGS = frozenset(b"a b strong i em s strike del u ins tg-spoiler tg-emoji tg-time span pre code blockquote".split())
_CHARACTER = re.compile(rb"&(?:#x([0-9A-Fa-f]{1,6})|#([0-9]{1,7})|(lt|gt|amp|quot));?")
_NAMED = {b"lt": b"<", b"gt": b">", b"amp": b"&", b"quot": b'"'}


class MarkupError(Exception):
    """Telegram's words for what is wrong, to follow ``Bad Request: ``."""


def _cannot(text: str) -> MarkupError:
    return MarkupError(f"can't parse entities: {text}")


def _skip_language(text: bytes, at: int) -> int:
    """Where a block of code begins whose opening mark ends at ``at``: after its language and one line end."""
    end = at
    while end < len(text) and text[end] not in _SPACE and text[end] != ord("`"):
        end += 1
    if end < len(text) and text[end] != ord("`"):
        at = end
    for line_end in (b"\r\n", b"\n\r", b"\n", b"\r"):
        if text.startswith(line_end, at):
            return at + len(line_end)
    return at


def _markdown(text: bytes) -> bytes:
    """The old Markdown: no nesting, only the four marks can be escaped."""
    out = bytearray()
    at = 0
    while at < len(text):
        if text[at] == ord("\\") and at + 1 < len(text) and text[at + 1] in _V1_MARKS:
            out.append(text[at + 1])
            at += 2
            continue
        if text[at] not in _V1_MARKS:
            out.append(text[at])
            at += 1
            continue
        begin, mark = at, text[at : at + 1]
        if text.startswith(b"```", at):
            mark, at = b"```", _skip_language(text, at + 3)
        else:
            at += 1
        end = text.find(b"]" if mark == b"[" else mark, at)
        if end < 0:
            raise _cannot(f"Can't find end of the entity starting at byte offset {begin}")
        out += text[at:end]
        at = end + len(mark)
        if mark == b"[" and text.startswith(b"(", at):
            close = text.find(b")", at)
            at = len(text) if close < 0 else close + 1
    return bytes(out)


class _MarkdownV2:
    """One pass over a text with a stack of open entities: (name, closing mark, offset of the opening one)."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.at = 0
        self.out = bytearray()
        self.open: list[tuple[str, bytes, int]] = []

    def run(self) -> bytes:
        text = self.text
        while self.at < len(text):
            if text[self.at] == ord("\\") and self.at + 1 < len(text) and 0 < text[self.at + 1] <= 126:
                self.out.append(text[self.at + 1])
                self.at += 2
            elif text[self.at] == ord("\n") and not self._in_code():
                self._line_end()
            elif text[self.at] not in (b"`" if self._in_code() else _V2_RESERVED):
                self.out.append(text[self.at])
                self.at += 1
            elif self.open and self._closes():
                self._close()
            else:
                self._begin()
        if self.open and self.open[-1][0] == "BlockQuote":
            self.open.pop()
        if self.open:
            raise self._unclosed()
        return bytes(self.out)

    def _in_code(self) -> bool:
        return bool(self.open) and self.open[-1][0] in ("Code", "Pre", "PreCode")

    def _quoted(self) -> bool:
        return any(name == "BlockQuote" for name, _first, _second in self.open)

    def _unclosed(self) -> MarkupError:
        name, _rest, offset = self.open[-1]
        return _cannot(f"Can't find end of {name} entity at byte offset {offset}")

    def _line_end(self) -> None:
        quote_goes_on = self.text.startswith(b">", self.at + 1)
        if self._quoted() and not quote_goes_on:
            if self.open[-1][0] != "BlockQuote":
                raise self._unclosed()
            self.open.pop()
        elif quote_goes_on:
            if not self._quoted():
                self.open.append(("BlockQuote", b"", self.at + 1))
            self.at += 1
        self.out += b"\n"
        self.at += 1

    def _closes(self) -> bool:
        name, mark, _rest = self.open[-1]
        if name == "Italic" and self.text.startswith(b"__", self.at):
            return False
        return bool(mark) and self.text.startswith(mark, self.at)

    def _close(self) -> None:
        name, mark, _rest = self.open.pop()
        self.at += len(mark)
        if name not in ("TextUrl", "CustomEmoji"):
            return
        kind = "URL" if name == "TextUrl" else "custom emoji URL"
        if not self.text.startswith(b"(", self.at):
            if name == "CustomEmoji":
                raise _cannot("Custom emoji entity must contain a tg://emoji URL")
            return
        begin = self.at = self.at + 1
        while self.at < len(self.text) and self.text[self.at] != ord(")"):
            self.at += 2 if self.text[self.at] == ord("\\") else 1
        if self.at >= len(self.text):
            raise _cannot(f"Can't find end of a {kind} at byte offset {begin}")
        self.at += 1

    def _begin(self) -> None:
        text, at = self.text, self.at
        for opening, name, closing in (
            (b"__", "Underline", b"__"),
            (b"_", "Italic", b"_"),
            (b"*", "Bold", b"*"),
            (b"~", "Strikethrough", b"~"),
            (b"||", "Spoiler", b"||"),
            (b"![", "CustomEmoji", b"]"),
            (b"[", "TextUrl", b"]"),
            (b"```", "Pre", b"```"),
            (b"`", "Code", b"`"),
        ):
            if text.startswith(opening, at):
                self.open.append((name, closing, at))
                self.at += len(opening)
                if name == "Pre":
                    self.at = _skip_language(text, self.at)
                return
        if at == 0 and text.startswith(b">"):
            self.open.append(("BlockQuote", b"", 0))
            self.at = 1
            return
        raise _cannot(f"Character '{chr(text[at])}' is reserved and must be escaped with the preceding '\\'")


def _character(match: re.Match[bytes]) -> bytes:
    if match[3]:
        return _NAMED[match[3]]
    code = int(match[1], 16) if match[1] else int(match[2])
    if not 0 < code < 0x10FFFF:
        return match[0]
    return chr(code).encode("utf-8", "surrogatepass")


class _Html:
    """One pass over a text with a stack of open tags."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.at = 0
        self.out = bytearray()
        self.open: list[bytes] = []

    def run(self) -> bytes:
        while self.at < len(self.text):
            if self.text[self.at] != ord("<"):
                end = self.text.find(b"<", self.at)
                end = len(self.text) if end < 0 else end
                self.out += _CHARACTER.sub(_character, self.text[self.at : end])
                self.at = end
            elif self.text.startswith(b"</", self.at):
                self._end_tag()
            else:
                self._start_tag()
        if self.open:
            raise _cannot(f'Can\'t find end tag corresponding to start tag "{self._name(self.open[-1])}"')
        return bytes(self.out)

    @staticmethod
    def _name(name: bytes) -> str:
        return name.decode("utf-8", "replace")

    def _word(self, stop: bytes) -> bytes:
        begin = self.at
        while self.at < len(self.text) and self.text[self.at] not in stop:
            self.at += 1
        return self.text[begin : self.at]

    def _spaces(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in _SPACE:
            self.at += 1

    def _start_tag(self) -> None:
        begin = self.at
        self.at += 1
        name = self._word(_SPACE + b">").lower()
        if self.at == len(self.text):
            raise _cannot(f"Unclosed start tag at byte offset {begin}")
        shown = self._name(name)
        if name not in _TAGS:
            raise _cannot(f'Unsupported start tag "{shown}" at byte offset {begin}')
        class_ = b""
        while True:
            self._spaces()
            if self.text.startswith(b">", self.at):
                break
            attribute = self._word(_SPACE + b"=>" if name == b"blockquote" else _SPACE + b"=")
            if not attribute:
                raise _cannot(f'Empty attribute name in the tag "{shown}" at byte offset {begin}')
            self._spaces()
            if not self.text.startswith(b"=", self.at):
                # The one attribute without a value.
                if (name, attribute) == (b"blockquote", b"expandable"):
                    continue
                raise _cannot(
                    f'Expected equal sign in declaration of an attribute of the tag "{shown}" at byte offset {begin}'
                )
            self.at += 1
            self._spaces()
            value = self._value(shown, begin)
            if attribute == b"class":
                class_ = value
        if name == b"span" and class_ != b"tg-spoiler":
            raise _cannot(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
        self.at += 1
        self.open.append(name)

    def _value(self, shown: str, begin: int) -> bytes:
        quote = self.text[self.at : self.at + 1]
        if not quote:
            raise _cannot(f'Unclosed start tag "{shown}" at byte offset {begin}')
        if quote in (b'"', b"'"):
            self.at += 1
            value = self._word(quote)
            self.at += 1
        else:
            token = self.at
            value = self._word(_SPACE + b">")
            if not re.fullmatch(rb"[0-9A-Za-z.-]*", value):
                raise _cannot(f"Unexpected end of name token at byte offset {token}")
        if self.at >= len(self.text):
            raise _cannot(f"Unclosed start tag at byte offset {begin}")
        return value

    def _end_tag(self) -> None:
        begin = self.at
        if not self.open:
            raise _cannot(f"Unexpected end tag at byte offset {begin}")
        self.at += 2
        name = self._word(_SPACE + b">").lower()
        self._spaces()
        if not self.text.startswith(b">", self.at):
            raise _cannot(f"Unclosed end tag at byte offset {begin}")
        self.at += 1
        opened = self.open.pop()
        if name not in (b"", opened):
            raise _cannot(
                f'Unmatched end tag at byte offset {begin}, expected "</{self._name(opened)}>", '
                f'found "</{self._name(name)}>"'
            )


_MODES: dict[str, Callable[[bytes], bytes]] = {
    "": lambda text: text,
    "none": lambda text: text,
    "markdown": _markdown,
    "markdownv2": lambda text: _MarkdownV2(text).run(),
    "html": lambda text: _Html(text).run(),
}


def plain(text: str, mode: str) -> str:
    """The text without marks; raises MarkupError."""
    parse = _MODES.get(mode.lower())
    if parse is None:
        raise MarkupError("unsupported parse_mode")
    # Half of a surrogate pair, written as a character reference, is no text.
    return parse(text.encode()).decode("utf-8", "replace")
