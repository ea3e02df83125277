# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What routers write, as values: texts that are safe to show, truths, numbers, moments. What cannot be read is None."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any

Row = Mapping[str, str]

#: Categories of characters that are not to be seen: controls, surrogates, and format characters, which can turn a line
#: around. The joiners among the last kind hold emoji together, and harm nobody.
_HIDDEN = ("Cc", "Cs", "Cf", "Co", "Cn")
_JOINERS = "\u200c\u200d"
_MONTHS = {
    month: number
    for number, month in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_OLD_DATE = re.compile(r"([a-z]{3})/(\d{1,2})/(\d{4})", re.IGNORECASE)
_DURATION = re.compile("".join(rf"(?:(\d{{1,9}}){unit})?" for unit in "wdhms"), re.ASCII)
#: As many digits as 64 bits can have; longer ones are no number of a router, and Python refuses to read very long ones.
_DIGITS = re.compile(r"\d{1,20}", re.ASCII)


def clean(value: Any) -> str:
    """Return a value as one line of text without characters that nobody sees; each of those becomes U+FFFD."""
    text = "" if value is None else str(value)
    return "".join(
        "\ufffd" if unicodedata.category(char) in _HIDDEN and char not in _JOINERS else char
        for char in re.sub(r"[\t\r\n]+", " ", text)
    )


def truth(row: Row, name: str) -> bool:
    """Return whether a flag is set; flags that are off are mostly absent."""
    return str(row.get(name, "")) in ("true", "yes")


def count(row: Row, name: str) -> int | None:
    """Return a counter, None where the router does not tell it."""
    return number(str(row.get(name, "")).replace(" ", ""))  # RouterOS 6 may group digits


def number(text: str) -> int | None:
    """Return a whole number, None for what is none."""
    return int(text) if _DIGITS.fullmatch(text) else None


def moment(text: str) -> datetime | None:
    """Return a date and time of a router (``2026-11-23 01:06:00``, before 7.10 ``nov/23/2026 01:06:00``)."""
    old = _OLD_DATE.match(text)
    if old and (month := _MONTHS.get(old[1].lower())):
        text = f"{old[3]}-{month:02}-{int(old[2]):02}{text[old.end() :]}"
    try:
        return datetime.strptime(text.strip(), "%Y-%m-%d %H:%M:%S")
    except ValueError:
        return None


def seconds(text: str) -> int | None:
    """Return a duration of a router (``1w2d3h4m5s``) in seconds."""
    found = _DURATION.fullmatch(text) if text else None
    if found is None:
        return None
    weeks, days, hours, minutes, rest = (int(part or 0) for part in found.groups())
    return (((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + rest


def lasting(span: float | None) -> str:
    """Return a time in seconds by its two largest units, such as ``3 h 12 min``; empty for None."""
    if span is None:
        return ""
    if span < 60:
        return f"{span:.1f} s" if 0 < span < 10 else f"{span:.0f} s"
    units = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
    at = sum(span < length for _unit, length in units)
    (unit, length), (smaller, part) = units[at : at + 2]
    number, left = divmod(int(span), length)
    return f"{number} {unit} {left // part} {smaller}" if left >= part else f"{number} {unit}"


def size(octets: int | None) -> str:
    """Return a number of bytes in decimal units, such as ``1.2 MB``; ``unknown`` for None."""
    if octets is None:
        return "unknown"
    value, units = float(octets), ["B", "kB", "MB", "GB", "TB"]
    while value >= 999.5 and len(units) > 1:
        value /= 1000
        units.pop(0)
    return (
        f"{octets} B" if units[0] == "B" else f"{value:.3g} {units[0]}" if value < 999.5 else f"{value:.0f} {units[0]}"
    )


def percent(share: float | None) -> str:
    """Return a share of 1 in percent, with one digit behind the point; ``unknown`` for None."""
    return "unknown" if share is None else f"{100 * share:.1f} %"
