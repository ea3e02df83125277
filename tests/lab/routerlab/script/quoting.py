# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Quoted texts: their escapes, written and read.

Escapes: ``\" \\ \n \r \t \\$ \\_ \\? \a \b \f \v`` and two upper-case hexadecimal digits (the manual's scripting page).
"""

from __future__ import annotations

SINGLE = {
    ord("n"): 10,
    ord("r"): 13,
    ord("t"): 9,
    ord("_"): 32,
    ord("a"): 7,
    ord("b"): 8,
    ord("f"): 12,
    ord("v"): 11,
    ord('"'): ord('"'),
    ord("\\"): ord("\\"),
    ord("$"): ord("$"),
    ord("?"): ord("?"),
}
HEX = b"0123456789ABCDEF"
_NAMED = {10: b"\\n", 13: b"\\r", 9: b"\\t", 7: b"\\a", 8: b"\\b", 12: b"\\f", 11: b"\\v"}


def quote(text: bytes) -> bytes:
    """A text as a script writes it, in quotes."""
    found = bytearray(b'"')
    for byte in text:
        if byte in _NAMED:
            found += _NAMED[byte]
        elif byte in b'"\\$':
            found += b"\\" + bytes([byte])
        elif byte < 32 or byte > 126:
            found += f"\\{byte:02X}".encode()
        else:
            found.append(byte)
    return bytes(found + b'"')
