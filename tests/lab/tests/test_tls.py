# Copyright: (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""API-SSL: with the lab's certificate authority, and without any certificate."""

from __future__ import annotations

import ssl

import pytest

from routerlab.testing import Lab
from routerlab.wire import Wire


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
