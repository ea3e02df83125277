# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts, truth values, enumerations, numbers, sets, and ways to combine kinds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from routerlab import messages
from routerlab.messages import Trap
from routerlab.values.base import Kind, Names, Ref, Value, join, parse_id


def complete(text: str, candidates: Iterable[str], what: str) -> str:
    """The one candidate that the text is, or begins; raises the router's texts for none and for several.

    That a unique beginning is enough follows from the captured text ``ambiguous value of pool, more than one possible
    value matches input`` (~).
    """
    begun: list[str] = []
    for candidate in candidates:
        if candidate == text:
            return candidate
        if text and candidate.startswith(text):
            begun.append(candidate)
    if not begun:
        raise messages.no_match(what)
    if len(begun) > 1:
        raise messages.ambiguous(what)
    return begun[0]


@dataclass(frozen=True)
class Text:
    """Any text, kept byte for byte; lengths count UTF-8 bytes."""

    longest: int | None = None
    shortest: int = 0

    def parse(self, text: str, name: str, names: Names) -> Value:
        size = len(text.encode("utf-8", "surrogateescape"))
        if self.longest is not None and size > self.longest:
            raise messages.too_long(name, self.longest)
        if size < self.shortest:
            raise messages.too_short(name, self.shortest)
        return text

    def __str__(self) -> str:
        return "text" if self.longest is None else f"text of at most {self.longest} bytes"


@dataclass(frozen=True)
class Bool:
    """A truth value: written ``yes``/``no`` or ``true``/``false``, read back ``true``/``false``."""

    def parse(self, text: str, name: str, names: Names) -> Value:
        if text in ("yes", "true"):
            return "true"
        if text in ("no", "false"):
            return "false"
        raise messages.no_match(name)

    def __str__(self) -> str:
        return "bool"


@dataclass(frozen=True)
class Switch:
    """A property that is there or not: reads back as an empty text, absent when off."""

    def parse(self, text: str, name: str, names: Names) -> Value | None:
        if text in ("", "yes", "true"):
            return ""
        if text in ("no", "false"):
            return None
        raise messages.no_match(name)

    def __str__(self) -> str:
        return "switch"


@dataclass(frozen=True)
class Enum:
    """One of a closed list of words; yes and no also answer to true and false when they are in it."""

    words: tuple[str, ...]
    what: str | None = None

    def parse(self, text: str, name: str, names: Names) -> Value:
        if text in ("true", "false") and text not in self.words:
            text = {"true": "yes", "false": "no"}[text]
        return complete(text, self.words, self.what or name)

    def __str__(self) -> str:
        return "one of " + ", ".join(self.words)


@dataclass(frozen=True)
class VersionedEnum:
    """An enumeration that gained words: each word with the version that brought it (None: always there)."""

    words: tuple[tuple[str, str | None], ...]

    def parse(self, text: str, name: str, names: Names) -> Value:
        from routerlab.version import Version

        known = [word for word, since in self.words if since is None or names.version >= Version.parse(since)]
        return complete(text, known, name)

    def __str__(self) -> str:
        return "one of " + ", ".join(word + (f" (since {since})" if since else "") for word, since in self.words)


_NUMBER = re.compile(r"[0-9]+|0x[0-9a-fA-F]+")


@dataclass(frozen=True)
class Num:
    """A whole number between bounds (both included)."""

    low: int = 0
    high: int = 4294967295
    unit: str = ""

    def parse(self, text: str, name: str, names: Names) -> Value:
        body = text.removesuffix(self.unit) if self.unit else text
        if not _NUMBER.fullmatch(body):
            raise messages.invalid_value(name)
        number = int(body, 0) if body.startswith("0x") else int(body)
        if not self.low <= number <= self.high:
            raise messages.out_of_range(name, str(self.low), str(self.high))
        return str(number)

    def __str__(self) -> str:
        return f"number {self.low}..{self.high}"


@dataclass(frozen=True)
class Hex:
    """A number that reads back in hexadecimal digits, such as a bridge priority ``0x8000``."""

    high: int
    digits: int = 0

    def parse(self, text: str, name: str, names: Names) -> Value:
        if not _NUMBER.fullmatch(text):
            raise messages.invalid_value(name)
        number = int(text, 16) if text.startswith("0x") else int(text)
        if number > self.high:
            raise messages.out_of_range(name, "0", str(self.high))
        return f"0x{number:0{self.digits}X}"

    def __str__(self) -> str:
        return f"number 0..{self.high}, read back in hexadecimal"


_SIZE = re.compile(r"([0-9]+)(KiB|MiB|k|M)?")
_SIZE_FACTOR = {None: 1, "KiB": 1, "k": 1, "MiB": 1024, "M": 1024}


@dataclass(frozen=True)
class KibiBytes:
    """A size in KiB: ``2048``, ``2048KiB`` or ``2MiB``, read back as the plain number of KiB."""

    low: int
    high: int

    def parse(self, text: str, name: str, names: Names) -> Value:
        match = _SIZE.fullmatch(text)
        if match is None:
            raise messages.invalid_value(name)
        size = int(match[1]) * _SIZE_FACTOR[match[2]]
        if not self.low <= size <= self.high:
            raise messages.out_of_range(name, str(self.low), str(self.high))
        return str(size)

    def __str__(self) -> str:
        return f"size {self.low}..{self.high} KiB"


@dataclass(frozen=True)
class Ubit:
    """A set of words that reads back in the order of their declaration, whatever the order written."""

    words: tuple[str, ...]

    def parse(self, text: str, name: str, names: Names) -> Value:
        if text == "":
            return ""
        chosen = {complete(word, self.words, name) for word in text.split(",")}
        return ",".join(word for word in self.words if word in chosen)

    def __str__(self) -> str:
        return "set of " + ", ".join(self.words)


@dataclass(frozen=True)
class Many:
    """A comma list of one kind, kept in the order written; ``empty`` tells whether it may be empty."""

    item: Kind
    empty: bool = True

    def parse(self, text: str, name: str, names: Names) -> Value:
        if text == "" and self.empty:
            return ""
        values = [self.item.parse(part, name, names) for part in text.split(",")]
        return join((value for value in values if value is not None), ",")

    def __str__(self) -> str:
        return f"list of {self.item}"


@dataclass(frozen=True)
class Either:
    """The first of several kinds that fits; when none does, all their texts in one message."""

    kinds: tuple[Kind, ...]

    def parse(self, text: str, name: str, names: Names) -> Value | None:
        traps: list[Trap] = []
        for kind in self.kinds:
            try:
                return kind.parse(text, name, names)
            except Trap as trap:
                traps.append(trap)
        raise messages.alternatives(*traps)

    def __str__(self) -> str:
        return " or ".join(str(kind) for kind in self.kinds)


@dataclass(frozen=True)
class Special:
    """A few words beside another kind; only the other kind's text is told when nothing fits."""

    words: tuple[str, ...]
    kind: Kind

    def parse(self, text: str, name: str, names: Names) -> Value | None:
        if text in self.words:
            return text
        return self.kind.parse(text, name, names)

    def __str__(self) -> str:
        return f"{self.kind} or {', '.join(self.words)}"


@dataclass(frozen=True)
class Not:
    """A kind that a ``!`` in front turns round."""

    kind: Kind

    def parse(self, text: str, name: str, names: Names) -> Value | None:
        if not text.startswith("!"):
            return self.kind.parse(text, name, names)
        value = self.kind.parse(text[1:], name, names)
        return None if value is None else join(("!", value), "")

    def __str__(self) -> str:
        return f"{self.kind}, also negated"


@dataclass(frozen=True)
class Pattern:
    """A composite value that is checked by its form alone and kept as written."""

    regexp: str
    words: str

    def parse(self, text: str, name: str, names: Names) -> Value:
        if not re.fullmatch(self.regexp, text, re.ASCII):
            raise messages.invalid_value(name)
        return text

    def __str__(self) -> str:
        return self.words


@dataclass(frozen=True)
class Mention:
    """The name (or ``*id``) of a row of another menu, held by identifier.

    ``fixed`` are words beside the rows, ``what`` the name that the refusal speaks of (in-interface speaks of
    ``interface``), ``text`` keeps the name as text: such a mention follows no renaming and leaves no dead identifier.
    """

    table: str
    what: str | None = None
    fixed: tuple[str, ...] = ()
    text: bool = False

    def parse(self, text: str, name: str, names: Names) -> Value:
        if text in self.fixed:
            return text
        row_id = parse_id(text)
        if row_id is not None and names.name_of(self.table, row_id) is not None:
            return Ref(self.table, row_id)
        row_id = names.find(self.table, text)
        if row_id is None:
            full = complete(text, (*self.fixed, *names.names(self.table)), self.what or name)
            if full in self.fixed:
                return full
            row_id = names.find(self.table, full)
            if row_id is None:
                raise messages.no_match(self.what or name)
            text = full
        return text if self.text else Ref(self.table, row_id)

    def __str__(self) -> str:
        words = f"name of a row of {self.table}"
        return words + (f" or {', '.join(self.fixed)}" if self.fixed else "")
