# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bytes on the wire: lengths, fragments, control bytes, what ends the line."""

from __future__ import annotations

import contextlib
import random
import socket

import pytest

from routerlab.faces.api.framing import encode_length, encode_sentence
from routerlab.testing import Lab
from routerlab.wire import LineClosed, Wire


@pytest.mark.parametrize(
    ("length", "prefix"),
    [
        (0x00, b"\x00"),
        (0x7F, b"\x7f"),
        (0x80, b"\x80\x80"),
        (0x3FFF, b"\xbf\xff"),
        (0x4000, b"\xc0\x40\x00"),
        (0x1FFFFF, b"\xdf\xff\xff"),
        (0x200000, b"\xe0\x20\x00\x00"),
        (0xFFFFFFF, b"\xef\xff\xff\xff"),
        (0x10000000, b"\xf0\x10\x00\x00\x00"),
    ],
)
def test_length_forms(length: int, prefix: bytes) -> None:
    """The table of the manual."""
    assert encode_length(length) == prefix


@pytest.mark.parametrize("size", [1, 0x7F, 0x80, 0x3FFF, 0x4000, 0x200001])
def test_words_of_every_length_form_come_back(wire: Wire, size: int) -> None:
    """A comment of each form is stored and returned whole."""
    row = wire.add("/ip/pool", ranges="10.0.0.0/24", comment="x" * size)
    assert wire.rows("/ip/pool/print", f"?.id={row}", "=.proplist=comment") == [{"comment": "x" * size}]


def test_a_length_may_be_written_longer_than_needed(wire: Wire) -> None:
    """The five-byte form of a short word is read like any other."""
    word = b"/system/identity/print"
    wire.send_bytes(b"\xf0" + len(word).to_bytes(4, "big") + word + b"\0")
    assert wire.replies()[0] == ["!re", "=name=MikroTik"]


def test_sentences_may_arrive_byte_by_byte_or_many_at_once(wire: Wire) -> None:
    """TCP cuts where it likes."""
    wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    data = encode_sentence(["/system/identity/print"])
    for place in range(len(data)):
        wire.send_bytes(data[place : place + 1])
    assert wire.replies() == [["!re", "=name=MikroTik"], ["!done"]]
    wire.send_bytes(data * 3)
    assert [wire.replies()[-1] for _turn in range(3)] == [["!done"]] * 3


def test_empty_sentences_are_ignored(wire: Wire) -> None:
    """Zero-length words alone get no reply."""
    wire.send_bytes(b"\0\0\0")
    assert wire.rows("/system/identity/print") == [{"name": "MikroTik"}]


@pytest.mark.parametrize("byte", [0xF1, 0xF8, 0xFF])
def test_reserved_bytes_close_the_line_and_nothing_else(lab: Lab, byte: int) -> None:
    """None of the control bytes is defined."""
    with Wire(lab.port("main")) as other, Wire(lab.port("main")) as line:
        line.login()
        other.login()
        line.send_bytes(bytes([byte]))
        with pytest.raises(LineClosed):
            line.sentence()
        assert other.rows("/system/identity/print") == [{"name": "MikroTik"}]


def test_commands_before_login_are_fatal(lab: Lab) -> None:
    """``!fatal`` with a bare word, then the line closes."""
    with Wire(lab.port("main")) as line:
        line.send("/system/identity/print")
        assert line.sentence() == ["!fatal", "not logged in"]
        with pytest.raises(LineClosed):
            line.sentence()


def test_large_words_before_login_close_the_line(lab: Lab) -> None:
    """Number and size of words are limited until somebody has logged in."""
    with Wire(lab.port("main")) as line:
        line.send_bytes(encode_length(1_000_000))
        with pytest.raises(LineClosed):
            line.sentence()


def test_quit(wire: Wire) -> None:
    """``!fatal`` carries the bare reason."""
    wire.send("/quit")
    assert wire.sentence() == ["!fatal", "session terminated on request"]
    with pytest.raises(LineClosed):
        wire.sentence()


def test_noise_hurts_nobody(lab: Lab) -> None:
    """Whatever bytes come, before and after the login, the router goes on serving others."""
    noise = random.Random(7)
    with Wire(lab.port("main")) as other:
        other.login()
        for number in range(60):
            with Wire(lab.port("main")) as line:
                if number % 2:
                    line.login()
                with contextlib.suppress(ConnectionError):
                    line.send_bytes(noise.randbytes(noise.randrange(1, 300)))
        assert other.rows("/system/identity/print") == [{"name": "MikroTik"}]


def test_a_line_that_breaks_in_the_middle_of_a_word_hurts_nobody(lab: Lab, wire: Wire) -> None:
    """Each connection is on its own."""
    with Wire(lab.port("main")) as other:
        other.send_bytes(b"\x7f/log")
    assert wire.rows("/system/identity/print") == [{"name": "MikroTik"}]


def test_sentences_have_an_end(lab: Lab, wire: Wire) -> None:
    """Words of 64 MiB in all are more than a router has memory for; the line closes, the others stay."""
    word = b"=comment=" + b"x" * (30 * 1024 * 1024)

    def say_too_much(line: Wire) -> None:
        line.send_bytes(encode_sentence(["/ip/pool/add"])[:-1])
        for _turn in range(4):
            line.send_bytes(encode_length(len(word)) + word)
        line.sentence()

    with Wire(lab.port("main")) as line:
        line.login()
        with pytest.raises((LineClosed, ConnectionError)):
            say_too_much(line)
    assert wire.rows("/system/identity/print") == [{"name": "MikroTik"}]
