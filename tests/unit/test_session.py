# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The session against scripted routers: the exact exchange, and one clear error for each way to fail."""

from __future__ import annotations

import hashlib
import socket
import struct
import time
from types import SimpleNamespace

import pytest

from ansible_collections.multiwan.routeros.plugins.module_utils import session as session_module
from ansible_collections.multiwan.routeros.plugins.module_utils.errors import (
    ConnectionFailed,
    ConnectionLost,
    InvalidEntry,
)
from ansible_collections.multiwan.routeros.plugins.module_utils.session import UNANSWERED, Reply, Session, Target

from .scripted import Answer, Scripted, dialogue, encode

LOGIN = (("/login", "=name=admin", "=password=s3cr€t"),)
DONE = (("!done",),)
LOGGED_IN: tuple[Answer, Answer] = (LOGIN, DONE)


def target(port: int, **other: object) -> Target:
    values: dict[str, object] = {"user": "admin", "password": "s3cr€t", "timeout": 30.0} | other
    return Target(router="r1", host="127.0.0.1", port=port, **values)  # type: ignore[arg-type]


def test_many_sentences_are_one_round_trip_and_rows_stay_text() -> None:
    reads = (("/ip/pool/print",), ("/ip/address/print",), ("/ip/pool/add", "=name=ü ✅"))
    answers = (
        ("!re", "=.id=*1", "=name=123", "=comment=yes"),
        ("!re",),
        ("!done",),
        ("!empty",),
        ("!done",),
        ("!trap", "=category=1", "=message=first\r\nsecond"),
        ("!trap", "=message=other"),
        ("!done", "=ret=*2"),
    )
    with Scripted(dialogue(LOGGED_IN, (reads, answers))) as router, Session(target(router.port)) as session:
        first, second, third = session.exchange(reads)
    assert first.rows == ({".id": "*1", "name": "123", "comment": "yes"}, {})
    assert second.rows == ()
    assert (third.ret, third.trap) == ("*2", "first second; other")


def test_routers_before_643_get_the_challenge_answered() -> None:
    digest = hashlib.md5(b"\0" + b"secret" + bytes(16), usedforsecurity=False).hexdigest()
    exchanges = (
        ((("/login", "=name=admin", "=password=secret"),), (("!done", f"=ret={bytes(16).hex()}"),)),
        ((("/login", "=name=admin", f"=response=00{digest}"),), DONE),
    )
    with Scripted(dialogue(*exchanges)) as router, Session(target(router.port, password="secret")):
        pass


def test_more_than_fits_into_the_buffers_does_not_block() -> None:
    count = 100
    answer = encode("!re", "=data=" + "y" * 8_000) + encode("!done")
    sentence = ("/ip/pool/print", "=data=" + "x" * 1_000)

    def behave(connection: socket.socket) -> None:
        dialogue(LOGGED_IN)(connection)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
        size = len(encode(*sentence))
        left = 0
        for _index in range(count):
            while left < size:
                left += len(connection.recv(65_536))
            left -= size
            connection.sendall(answer)

    with Scripted(behave) as router, Session(target(router.port)) as session:
        replies = session.exchange([sentence] * count)
    assert count * 1_000 > UNANSWERED
    assert all(len(reply.rows) == 1 for reply in replies)
    assert len(replies) == count


def failure(port: int, **other: object) -> str:
    with pytest.raises(ConnectionFailed) as caught:
        Session(target(port, **other))
    assert "s3cr" not in str(caught.value)
    return str(caught.value)


def test_a_refused_port() -> None:
    # taken and not listening: nobody else gets it meanwhile
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert failure(port) == (
            f"r1 (127.0.0.1:{port}): connection refused; check ansible_port, and on the router '/ip service print': the "
            "service api must be enabled and allow this address"
        )


def test_a_name_without_address(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_address(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_address)
    assert "the name '127.0.0.1' has no address; check ansible_host" in failure(1)


def test_a_name_that_is_none() -> None:
    with pytest.raises(ConnectionFailed, match=r"r1 \(a\.\.b:8728\): 'a\.\.b' is not a host's name or address"):
        Session(Target(router="r1", host="a..b", user="a", password="b"))


def test_a_wrong_password() -> None:
    refused = (("!trap", "=message=invalid user name or password (6)"), ("!done",))
    with Scripted(dialogue((LOGIN, refused))) as router:
        text = failure(router.port)
    assert (
        "login as 'admin' refused: invalid user name or password (6). Check ansible_user and ansible_password" in text
    )


def test_tls_on_a_port_that_has_none() -> None:
    def behave(connection: socket.socket) -> None:
        connection.recv(4096)

    with Scripted(behave) as router:
        assert "no TLS there" in failure(router.port, tls=True)


def test_the_plain_api_on_a_tls_port() -> None:
    def behave(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(bytes.fromhex("15030300020246"))

    with Scripted(behave) as router:
        assert "if this port is api-ssl, set routeros_tls to true" in failure(router.port)


def test_a_line_that_breaks_tells_how_far_it_came() -> None:
    def behave(connection: socket.socket) -> None:
        dialogue(LOGGED_IN)(connection)
        connection.recv(4096)
        connection.sendall(encode("!done") + encode("!done") + encode("!re", "=name=a")[:-3])
        # a reset instead of an orderly end, as from a router that reboots
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with Scripted(behave) as router, Session(target(router.port)) as session:
        with pytest.raises(ConnectionLost, match="the connection broke") as caught:
            session.exchange([("/a",), ("/b",), ("/c",)])
        assert [reply.rows for reply in caught.value.replies] == [(), ()]


def test_a_router_that_falls_silent() -> None:
    def behave(connection: socket.socket) -> None:
        dialogue(LOGGED_IN)(connection)
        assert connection.recv(4096)
        # cut hard, so that nothing which is still on its way arrives later
        with pytest.raises(ConnectionResetError):
            connection.recv(4096)

    with Scripted(behave) as router:
        session = Session(target(router.port))
        session.target = target(router.port, timeout=0.2)
        with pytest.raises(ConnectionLost, match=r"no answer within 0\.2 s"):
            session.exchange([("/a",)])
        session.close()


def test_a_late_answer_is_not_taken_for_that_to_another_sentence() -> None:
    def behave(connection: socket.socket) -> None:
        dialogue(LOGGED_IN)(connection)

        def answer_one() -> None:
            assert connection.recv(4096)
            connection.sendall(encode("!done", "=ret=first"))
            connection.recv(4096)

        # cut hard, maybe before the first answer
        with pytest.raises(ConnectionError):
            answer_one()

    with Scripted(behave) as router, Session(target(router.port)) as session:
        session.target = target(router.port, timeout=0.2)
        for _attempt in range(2):
            with pytest.raises(ConnectionLost, match=r"no answer within 0\.2 s"):
                session.exchange([("/a",), ("/b",)])


def test_past_its_time_nothing_is_sent_and_the_session_goes_on() -> None:
    with Scripted(dialogue(LOGGED_IN, ((("/b",),), DONE))) as router, Session(target(router.port)) as session:
        with pytest.raises(ConnectionLost, match="its time was over before all was sent and answered") as caught:
            session.exchange([("/a",)], time.monotonic())
        assert caught.value.replies == ()
        assert session.exchange([("/b",)], time.monotonic() + 60) == [Reply()]


def test_what_is_sent_and_unanswered_when_the_time_is_over_ends_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    def behave(connection: socket.socket) -> None:
        dialogue(LOGGED_IN)(connection)
        assert connection.recv(4096)
        connection.sendall(encode("!done"))
        with pytest.raises(ConnectionResetError):
            connection.recv(4096)

    with Scripted(behave) as router, Session(target(router.port)) as session:
        # when it is sent, before the first answer and before the second
        moments = iter([0.0, 0.0, 50.0])
        monkeypatch.setattr(session_module, "time", SimpleNamespace(monotonic=lambda: next(moments)))
        with pytest.raises(ConnectionLost, match="its time was over before all was sent and answered") as caught:
            session.exchange([("/a",), ("/b",)], 50.0)
        assert caught.value.replies == (Reply(),)
        with pytest.raises(ConnectionLost):
            session.exchange([("/c",)])


def test_the_routers_last_word() -> None:
    fatal = (("!fatal", "session terminated on request"),)
    with (
        Scripted(dialogue(LOGGED_IN, ((("/quit",),), fatal))) as router,
        Session(target(router.port)) as session,
        pytest.raises(ConnectionLost, match="the router ended the session: session terminated on request"),
    ):
        session.exchange([("/quit",)])


def test_nothing_is_sent_when_a_value_is_no_text() -> None:
    with (
        Scripted(dialogue(LOGGED_IN)) as router,
        Session(target(router.port)) as session,
        pytest.raises(InvalidEntry, match="cannot be sent as UTF-8"),
    ):
        session.exchange([("/a",), ("/b", "=x=\udc80")])


def test_a_target_does_not_show_its_password() -> None:
    assert "s3cr" not in repr(target(1))
