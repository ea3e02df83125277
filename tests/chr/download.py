# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file from the web: what has come stays, and the next try goes on behind it."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from .errors import ChrError

#: Seconds without a single byte after which a try is given up.
SILENCE = 30.0
TRIES = 5
_PIECE = 1 << 20

#: Answers of a server that is there, and has no time: too slow a request, too many of them.
_BUSY = (408, 429)
#: Errors that another try may mend.
_PASSING = (urllib.error.URLError, http.client.HTTPException, OSError)


def fetch(url: str, target: Path, *, pause: Callable[[float], None] = time.sleep) -> None:
    """Fetch *url* into *target*, which appears when it is whole; until then it grows as ``target.part``.

    Raises ChrError after ``TRIES`` tries, or at once when the server says that there is no such file.  What stands behind
    a question mark may be a signature, and is never told.
    """
    shown = url.partition("?")[0]
    part = target.with_name(target.name + ".part")
    reason = ""
    for turn in range(TRIES):
        if turn:
            pause(2.0**turn)
        try:
            missing = _once(url, part)
        except urllib.error.HTTPError as error:
            if error.code == 416:
                # what is there is longer than the file has become
                part.unlink(missing_ok=True)
            elif error.code < 500 and error.code not in _BUSY:
                raise ChrError(f"{shown}: the server says {error.code} {error.reason}") from None
            reason = f"the server says {error.code} {error.reason}"
        except _PASSING as error:
            reason = str(error)
        else:
            if not missing:
                part.replace(target)
                return
            reason = f"the connection ended {missing} bytes too early"
    raise ChrError(f"{shown}: {reason}, {TRIES} times; what has come is kept in {part}, and the next run goes on there")


def _once(url: str, part: Path) -> int:
    """Append to *part* what is missing of it; returns how many bytes still are (0 when the server told no length)."""
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    with urllib.request.urlopen(request, timeout=SILENCE) as answer:
        # a server without ranges sends all of it again
        again = answer.status != http.client.PARTIAL_CONTENT
        length = answer.headers.get("Content-Length")
        got = 0
        with part.open("wb" if again else "ab") as file:
            while piece := answer.read(_PIECE):
                file.write(piece)
                got += len(piece)
    return int(length) - got if length is not None else 0
