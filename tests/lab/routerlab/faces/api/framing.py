# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words and sentences on the wire (manual, "API").

A word is its length in one to five bytes and then its bytes; a sentence ends with a word of length zero.  First bytes
from 0xF8 on are reserved control bytes, of which none is defined.
"""

from __future__ import annotations

import asyncio

#: Bytes of a whole sentence, and so of a word.
_LONGEST_SENTENCE = 64 * 1024 * 1024
_MOST_WORDS = 100_000
#: Before login a router takes only little (manual); the numbers are the lab's own.
_EARLY_WORD = 4096
_EARLY_WORDS = 32


class FramingError(Exception):
    """Bytes that are no sentence; the line is closed."""


def encode_length(length: int) -> bytes:
    """The length prefix of a word."""
    if length < 0x80:
        return length.to_bytes(1, "big")
    if length < 0x4000:
        return (length | 0x8000).to_bytes(2, "big")
    if length < 0x200000:
        return (length | 0xC00000).to_bytes(3, "big")
    if length < 0x10000000:
        return (length | 0xE0000000).to_bytes(4, "big")
    return b"\xf0" + length.to_bytes(4, "big")


def encode_sentence(words: list[str]) -> bytes:
    """A whole sentence; the bytes of words that came in undecodable go out as they came."""
    parts = []
    for word in words:
        data = word.encode("utf-8", "surrogateescape")
        parts.append(encode_length(len(data)))
        parts.append(data)
    parts.append(b"\0")
    return b"".join(parts)


def torn(sentences: list[list[str]]) -> bytes:
    """The beginning of some sentences, up to the middle of a word: of that in their midst, or the next longer one."""
    data = b"".join(map(encode_sentence, sentences))
    end = 0
    cut = len(data)
    for words in sentences:
        for word in words:
            size = len(word.encode("utf-8", "surrogateescape"))
            end += len(encode_length(size)) + size
            if size > 1:
                cut = end - size // 2
                if end * 2 > len(data):
                    return data[:cut]
        end += 1
    return data[:cut]


async def read_length(reader: asyncio.StreamReader) -> int:
    """The next length prefix; raises FramingError for a control byte, IncompleteReadError at the end of the line."""
    first = (await reader.readexactly(1))[0]
    if first < 0x80:
        return first
    for mask, bits, more in ((0xC0, 0x80, 1), (0xE0, 0xC0, 2), (0xF0, 0xE0, 3)):
        if first & mask == bits:
            rest = await reader.readexactly(more)
            return int.from_bytes(bytes([first ^ bits]) + rest, "big")
    if first == 0xF0:
        return int.from_bytes(await reader.readexactly(4), "big")
    raise FramingError(f"control byte 0x{first:02X}")


async def read_sentence(reader: asyncio.StreamReader, early: bool) -> list[str]:
    """The words of the next sentence; ``early`` applies the narrow limits from before the login."""
    longest, most = (_EARLY_WORD, _EARLY_WORDS) if early else (_LONGEST_SENTENCE, _MOST_WORDS)
    left = _LONGEST_SENTENCE
    words: list[str] = []
    while True:
        length = await read_length(reader)
        if length == 0:
            return words
        left -= length
        if length > longest:
            raise FramingError(f"a word of {length} bytes")
        if left < 0:
            raise FramingError(f"a sentence of more than {_LONGEST_SENTENCE} bytes")
        if len(words) >= most:
            raise FramingError(f"more than {most} words")
        words.append((await reader.readexactly(length)).decode("utf-8", "surrogateescape"))
