# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Downloads that break off, against a server that breaks them off."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from .. import download
from ..errors import ChrError

CONTENT = bytes(range(256)) * 40


class Server(BaseHTTPRequestHandler):
    """Serves CONTENT at /chr.img; first the errors *busy*, then answers of *cuts* bytes at most, then whole ones."""

    busy: ClassVar[list[int]] = []
    cuts: ClassVar[list[int]] = []
    ranges = True
    asked: ClassVar[list[str | None]] = []
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.asked.append(wanted)
        self.close_connection = True
        if self.path != "/chr.img":
            self.send_error(404)
            return
        if self.busy:
            self.send_error(self.busy.pop(0))
            return
        begin = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and self.ranges else 0
        if begin >= len(CONTENT):
            self.send_error(416)
            return
        body = CONTENT[begin:]
        self.send_response(206 if begin else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: self.cuts.pop(0) if self.cuts else None])

    def log_message(self, *words: object) -> None:
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    Server.busy, Server.cuts, Server.ranges, Server.asked = [], [], True, []
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/chr.img"
        server.shutdown()
        thread.join()


def test_whole(url: str, tmp_path: Path) -> None:
    """One request; nothing else is left."""
    download.fetch(url, tmp_path / "chr.img")
    assert (tmp_path / "chr.img").read_bytes() == CONTENT
    assert [path.name for path in tmp_path.iterdir()] == ["chr.img"]
    assert Server.asked == [None]


def test_goes_on_where_it_broke_off(url: str, tmp_path: Path) -> None:
    """Twice cut, and no byte is fetched again."""
    Server.cuts = [1000, 500]
    pauses: list[float] = []
    download.fetch(url, tmp_path / "chr.img", pause=pauses.append)
    assert (tmp_path / "chr.img").read_bytes() == CONTENT
    assert Server.asked == [None, "bytes=1000-", "bytes=1500-"]
    assert pauses == [2, 4]


def test_a_server_without_ranges_starts_again(url: str, tmp_path: Path) -> None:
    """What it sends is the file from its beginning, so it is not appended."""
    Server.cuts, Server.ranges = [1000], False
    download.fetch(url, tmp_path / "chr.img", pause=lambda _seconds: None)
    assert (tmp_path / "chr.img").read_bytes() == CONTENT


def test_gives_up_and_keeps_what_has_come(url: str, tmp_path: Path) -> None:
    """A truncated file never gets the name of a whole one; the next run goes on behind it."""
    Server.cuts = [100] * download.TRIES
    with pytest.raises(ChrError, match=rf"ended {len(CONTENT) - 500} bytes too early, 5 times.*chr\.img\.part"):
        download.fetch(url, tmp_path / "chr.img", pause=lambda _seconds: None)
    assert not (tmp_path / "chr.img").exists()
    assert (tmp_path / "chr.img.part").read_bytes() == CONTENT[:500]
    download.fetch(url, tmp_path / "chr.img")
    assert (tmp_path / "chr.img").read_bytes() == CONTENT
    assert Server.asked[-1] == "bytes=500-"


def test_a_part_that_is_too_long_is_begun_again(url: str, tmp_path: Path) -> None:
    """The file behind the URL has become another one."""
    (tmp_path / "chr.img.part").write_bytes(CONTENT * 2)
    download.fetch(url, tmp_path / "chr.img", pause=lambda _seconds: None)
    assert (tmp_path / "chr.img").read_bytes() == CONTENT


def test_a_file_that_is_not_there_is_not_asked_for_again(url: str, tmp_path: Path) -> None:
    """404 is an answer."""
    with pytest.raises(ChrError, match="the server says 404"):
        download.fetch(url.replace("chr.img", "other.img"), tmp_path / "chr.img")
    assert len(Server.asked) == 1


def test_what_stands_behind_a_question_mark_is_not_told(url: str, tmp_path: Path) -> None:
    """It may be a signature that lets whoever has it fetch the file."""
    for there in (url.replace("chr.img", "other.img"), "http://127.0.0.1:1/chr.img"):
        with pytest.raises(ChrError, match=r"http://127\.0\.0\.1:\d+/(chr|other)\.img: ") as told:
            download.fetch(f"{there}?signature=secret", tmp_path / "chr.img", pause=lambda _seconds: None)
        assert "secret" not in str(told.value)


def test_a_server_that_is_busy_is_asked_again(url: str, tmp_path: Path) -> None:
    """Too many requests, or one that took too long: neither says that there is no such file."""
    Server.busy = [429, 408, 503]
    download.fetch(url, tmp_path / "chr.img", pause=lambda _seconds: None)
    assert (tmp_path / "chr.img").read_bytes() == CONTENT


def test_nobody_there(tmp_path: Path) -> None:
    """A port that refuses is tried as often as anything else, and told by its error."""
    with pytest.raises(ChrError, match=r"refused.*5 times"):
        download.fetch("http://127.0.0.1:1/chr.img", tmp_path / "chr.img", pause=lambda _seconds: None)
