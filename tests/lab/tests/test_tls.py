# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""API-SSL: with the lab's certificate authority, and without any certificate."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time

import pytest

from routerlab import certs
from routerlab.testing import Lab, router
from routerlab.wire import LineClosed, Wire


def trusting(lab: Lab) -> ssl.SSLContext:
    """A client that trusts the lab's authority alone."""
    return ssl.create_default_context(cafile=lab.ca)


def anonymous() -> ssl.SSLContext:
    """A client for routers with ``certificate=none``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ADH:@SECLEVEL=0")
    return context


def test_certificate_is_verified_for_127_0_0_1(lab: Lab) -> None:
    """Name and chain hold, and the API works as over TCP."""
    with Wire(lab.port("main", tls=True), context=trusting(lab)) as line:
        assert line.login() == [["!done"]]
        assert line.rows("/log/print")[0]["message"] == "user admin logged in from 127.0.0.1 via api-ssl"


@pytest.mark.parametrize(("word", "said"), [("/quit", "session terminated on request"), ("/ip/print", "not logged in")])
def test_a_fatal_answer_ends_the_line(lab: Lab, word: str, said: str) -> None:
    """Over TLS as over TCP."""
    with Wire(lab.port("main", tls=True), context=trusting(lab)) as line:
        if word == "/quit":
            line.login()
        assert line.talk(word) == [["!fatal", said]]
        with pytest.raises((LineClosed, ssl.SSLError)):
            line.sentence()


def test_strangers_do_not_trust_it(lab: Lab) -> None:
    """The authority is the lab's own; the failed handshake hurts nobody."""
    with pytest.raises(ssl.SSLCertVerificationError):
        Wire(lab.port("main", tls=True), context=ssl.create_default_context())
    with Wire(lab.port("main", tls=True), context=trusting(lab)) as line:
        assert line.login() == [["!done"]]


def test_a_router_without_a_certificate_speaks_anonymous_diffie_hellman(lab: Lab) -> None:
    """As on a factory router; ordinary clients cannot talk to it."""
    with Wire(lab.port("bare", tls=True), context=anonymous()) as line:
        assert line.login() == [["!done"]]
        assert line.rows("/ip/service/print", "?name=api-ssl")[0]["certificate"] == "none"
        assert isinstance(line.socket, ssl.SSLSocket)
        cipher = line.socket.cipher()
        assert cipher is not None
        assert cipher[0].startswith("ADH-")
    with pytest.raises(ssl.SSLError):
        Wire(lab.port("bare", tls=True), context=trusting(lab))


def test_tls_on_the_plain_port_gets_no_answer(lab: Lab) -> None:
    """Neither side hangs for ever: the handshake fails or times out, the router goes on."""
    line = Wire(lab.port("main"))
    line.socket.settimeout(0.3)
    with pytest.raises((TimeoutError, ssl.SSLError, ConnectionError)):
        trusting(lab).wrap_socket(line.socket, server_hostname="127.0.0.1")
    line.socket.close()
    with Wire(lab.port("main")) as other:
        assert other.login() == [["!done"]]


def test_plain_words_on_the_tls_port_are_cut_off(lab: Lab) -> None:
    """And the router goes on."""
    with Wire(lab.port("main", tls=True)) as line:
        line.send("/login")
        assert line.socket.recv(100)[:1] in (b"", b"\x15")
    with Wire(lab.port("main", tls=True), context=trusting(lab)) as other:
        assert other.login() == [["!done"]]


def test_the_group_is_rfc_3526_s() -> None:
    """2048 bits, and a safe prime: itself and its half pass Fermat's test."""
    prime = certs.GROUP_14
    assert prime.bit_length() == 2048
    assert pow(2, prime - 1, prime) == 1
    half = prime // 2
    assert pow(3, half - 1, half) == 1


def test_half_open_handshakes_do_not_hold_up_the_end() -> None:
    """Clients that connect and say nothing, or begin and stop."""
    with Lab(routers=[router("r")]) as own:
        ends = [socket.create_connection(("127.0.0.1", own.port("r", tls=True))) for _turn in range(10)]
        for end in ends[:5]:
            end.sendall(b"\x16\x03\x01\x02\x00\x01")
        with Wire(own.port("r", tls=True), context=trusting(own)) as line:
            assert line.login() == [["!done"]]
        begun = time.monotonic()
    # Whoever waits for a handshake is given five seconds to let go of it, and then left alone.
    assert time.monotonic() - begun < 5
    for end in ends:
        end.settimeout(20)
        # Closed by the lab: end of file or a reset, never silence.
        with contextlib.suppress(ConnectionError):
            assert end.recv(1) == b""
        end.close()
