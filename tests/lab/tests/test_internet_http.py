# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests in bytes: what is one, and what becomes of blanks and of bytes that are no ASCII."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routerlab.internet.http import BadRequest, Head, parse_request_line, read_body, read_head, refusal
from routerlab.internet.parameters import ParameterError, decode, from_form, from_json, from_multipart, parameters


def read(data: bytes, blanks: str = "cut") -> list[tuple[Head, bytes]]:
    """All requests in the bytes of a connection; raises what reading them raises."""

    async def run() -> list[tuple[Head, bytes]]:
        reader = asyncio.StreamReader(limit=1 << 16)
        reader.feed_data(data)
        reader.feed_eof()
        found = []
        while (head := await read_head(reader, blanks)) is not None:
            found.append((head, await read_body(reader, head)))
        return found

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("line", "cut", "keep"),
    [
        (b"GET /a?t=x HTTP/1.1", b"/a?t=x", b"/a?t=x"),
        (b"GET /a?t=x y z HTTP/1.1", b"/a?t=x", b"/a?t=x y z"),
        (b"GET /a?t=x  y   HTTP/1.0 ", b"/a?t=x", b"/a?t=x  y"),
        (b"GET   /a HTTP/1.1", b"/a", b"/a"),
        (b"GET /a?t=\xe2\x9c\x85 HTTP/1.1", b"/a?t=\xe2\x9c\x85", b"/a?t=\xe2\x9c\x85"),
        (b"POST http://h:1/a?b HTTP/1.1", b"http://h:1/a?b", b"http://h:1/a?b"),
    ],
)
def test_request_lines(line: bytes, cut: bytes, keep: bytes) -> None:
    """A blank ends the target or belongs to it, as configured; other bytes are left alone."""
    assert parse_request_line(line)[1] == cut
    assert parse_request_line(line, "keep")[1] == keep


@pytest.mark.parametrize("blanks", ["cut", "keep"])
@pytest.mark.parametrize(
    "line",
    [
        b"GET /a?t=x Hello HTTP/1.1",
        b"GET /a?t=x y Hello HTTP/1.1",
        b"GET /a HTTP/1.1 and HTTP/1.1",
        b"GET /a",
        b"GET a HTTP/1.1",
        b"get /a HTTP/1.1",
        b"GET /a\0 HTTP/1.1",
        b"",
    ],
)
def test_no_request_lines(line: bytes, blanks: str) -> None:
    """An H after a blank has to begin the version."""
    with pytest.raises(BadRequest, match="400"):
        parse_request_line(line, blanks)


def test_several_requests_in_a_connection() -> None:
    """Bodies by length and in chunks; parts of the target; a name in a header in any case."""
    data = (
        b"\r\nPOST /a%20b?q=1#f HTTP/1.1\r\nHOST: Api.Telegram.org:443\r\ncontent-length: 3\r\n\r\nabc"
        b"POST http://other/x/y HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        b"2;x=y\r\nab\r\n1\r\nc\r\n0\r\nTrailer: t\r\n\r\n"
        b"GET / HTTP/1.0\n\n"
    )
    first, second, third = read(data)
    assert (first[0].path, first[0].query, first[0].host, first[1]) == (b"/a%20b", b"q=1#f", "api.telegram.org", b"abc")
    assert (second[0].path, second[1], second[0].keep_alive) == (b"/x/y", b"abc", False)
    assert (third[0].host, third[0].keep_alive, first[0].keep_alive) == ("", False, True)


def test_a_body_has_a_limit() -> None:
    """As nginx's."""
    with pytest.raises(BadRequest, match="413"):
        read(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1048577\r\n\r\n" + bytes(1048577))
    assert refusal(413).startswith(b"HTTP/1.1 413 Request Entity Too Large\r\n")


_PIECES = st.sampled_from(
    [
        *(b"GET ", b"POST ", b"/", b" ", b"?", b"HTTP/1.1", b"\r\n", b"\n", b":", b"\xff", b"\0", b"0"),
        *(b"Host: h", b"Content-Length: 2", b"Content-Length: -1"),
        *(b"Transfer-Encoding: chunked", b"1\r\na\r\n0\r\n\r\n"),
    ]
)


@given(st.lists(st.one_of(_PIECES, st.binary(max_size=8)), max_size=30).map(b"".join))
def test_any_bytes_are_requests_or_refused(data: bytes) -> None:
    """Nothing else happens."""
    for blanks in ("cut", "keep"):
        status, found = 200, []
        try:
            found = read(data, blanks)
        except BadRequest as error:
            status = error.status
        except asyncio.IncompleteReadError:
            # The client closed within a request.
            continue
        assert all(head.path.startswith(b"/") for head, _rest in found)
        assert refusal(status).startswith(b"HTTP/1.1 %d " % status)
        assert status in (200, 400, 413, 414, 501, 505)


@given(st.dictionaries(st.text(min_size=1), st.text(), max_size=4))
def test_forms_read_back(fields: dict[str, str]) -> None:
    """Whatever is in them."""

    def quoted(text: str) -> bytes:
        return b"".join(b"%%%02X" % byte for byte in text.encode())

    form = b"&".join(quoted(name) + b"=" + quoted(value) for name, value in fields.items())
    assert from_form(form) == {name: value.encode() for name, value in fields.items()}


def test_percent_signs_that_encode_nothing_stay() -> None:
    """And a plus is a blank only in parameters."""
    assert decode(b"100%+%4x%41%e2%9c%85%") == b"100% %4xA\xe2\x9c\x85%"
    assert decode(b"a+b", plus=False) == b"a+b"
    assert from_form(b"a=1&a=2&&b&=x") == {"a": b"1", "b": b"", "": b"x"}


def test_json() -> None:
    """Other values than texts are their JSON; broken JSON is nothing; of equal names the first counts."""
    assert from_json(b'{"a": "\\u2705", "b": -100.50, "c": true, "d": {"e": [1]}, "a": 2}') == {
        "a": "✅".encode(),
        "b": b"-100.50",
        "c": b"true",
        "d": b'{"e": ["1"]}',
    }
    for broken in (b"", b"[1]", b'"text"', b"{", b'{"a": 1', b"[" * 100000):
        assert from_json(broken) == {}
    for text in (b'{"t": "\xff"}', b'{"t": "\\ud83d"}'):
        with pytest.raises(UnicodeDecodeError):
            from_json(text)["t"].decode()


def test_multipart() -> None:
    """Fields, no files."""
    body = (
        b'prologue\r\n--B\r\nContent-Disposition: form-data; name="text"\r\n\r\na\r\n\r\nb\r\n'
        b'--B\r\nContent-Disposition: form-data; name="f"; filename="x"\r\nContent-Type: text/plain\r\n\r\nfile\r\n'
        b"--B\r\nX: y\r\ncontent-disposition: form-data; name=chat_id\r\n\r\n5\r\n--B--\r\nepilogue"
    )
    assert from_multipart(b'multipart/form-data; boundary="B"', body) == {"text": b"a\r\n\r\nb", "chat_id": b"5"}


@given(
    st.sampled_from([b"boundary=B", b"boundary", b"boundary=", b'boundary="B"', b"boundary=" + b"B" * 100, b""]),
    st.lists(
        st.one_of(
            st.sampled_from([b"--B", b"\r\n", b"\r\n\r\n", b"Content-Disposition: form-data;", b" name=a", b'"', b"="]),
            st.binary(max_size=5),
        ),
        max_size=20,
    ).map(b"".join),
    st.binary(max_size=30),
)
def test_any_parameters_are_read_or_refused(boundary: bytes, body: bytes, query: bytes) -> None:
    """In Telegram's words."""
    for kind in (b"multipart/form-data; " + boundary, b"application/json", b"application/x-www-form-urlencoded", b""):
        refused = "nothing"
        try:
            found = parameters(query, kind, body)
        except ParameterError as error:
            found, refused = {}, str(error)
        assert refused
        assert all(isinstance(value, bytes) for value in found.values())
