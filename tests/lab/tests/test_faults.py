# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on demand: which sentence meets them, and what becomes of it, of its answer and of its connection."""

from __future__ import annotations

import socket
import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routerlab.faces.api.framing import encode_sentence, torn
from routerlab.faults import KINDS, Fault, Faults
from routerlab.testing import Lab, wait_until
from routerlab.wire import LineClosed, Wire

POOL = "/ip/pool/add"


def pools(lab: Lab) -> list[str]:
    """The names of the pools that there are."""
    return [row["name"] for row in lab.snapshot("main").get("ip pool", [])]


def rest(line: Wire) -> bytes:
    """What comes until the connection ends, in whatever way."""
    data = b""
    try:
        while part := line.socket.recv(65536):
            data += part
    except (ConnectionError, ssl.SSLError):
        # A reset, or an encrypted stream without its end.
        return data
    return data


def silent(line: Wire) -> bool:
    """Whether nothing comes for a while, and the connection stands."""
    line.socket.settimeout(0.3)
    try:
        return not line.socket.recv(1) and False
    except TimeoutError:
        return True
    finally:
        line.socket.settimeout(20)


@pytest.mark.parametrize("after", [1, 2, 5])
def test_a_drop_resets_the_line_and_nothing_is_done(lab: Lab, wire: Wire, after: int) -> None:
    lab.fault("main", "drop", after=after)
    assert lab.ordered_fault("main") == {"kind": "drop", "after": after, "of": "sentences"}
    for number in range(1, after):
        wire.add("/ip/pool", name=f"p{number}", ranges="10.0.0.0/24")
    wire.send(POOL, "=name=last", "=ranges=10.0.0.0/24")
    with pytest.raises(ConnectionResetError):
        wire.socket.recv(1)
    assert pools(lab) == [f"p{number}" for number in range(1, after)]
    assert lab.counters("main").writes == after - 1
    assert lab.ordered_fault("main") is None
    with Wire(lab.port("main")) as line:
        assert line.login() == [["!done"]]


def test_a_drop_may_come_after_the_work(lab: Lab, wire: Wire) -> None:
    lab.fault("main", "drop", done=True)
    assert lab.ordered_fault("main") == {"kind": "drop", "after": 1, "of": "sentences", "done": True}
    wire.send(POOL, "=name=p", "=ranges=10.0.0.0/24")
    with pytest.raises(LineClosed):
        wire.sentence()
    assert pools(lab) == ["p"]
    assert lab.counters("main").writes == 1


def test_what_came_before_a_drop_in_the_same_breath_is_done_and_nothing_after_it(lab: Lab, wire: Wire) -> None:
    lab.fault("main", "drop", after=3)
    names = [f"p{number}" for number in range(6)]
    wire.send_bytes(b"".join(encode_sentence([POOL, f"=name={name}", "=ranges=10.0.0.0/24"]) for name in names))
    rest(wire)
    assert pools(lab) == names[:2]


def test_a_trap_refuses_and_the_line_goes_on(lab: Lab, wire: Wire) -> None:
    lab.fault("main", "trap", after=2, of="writes")
    wire.add("/ip/pool", name="a", ranges="10.0.0.0/24")
    assert wire.rows("/system/identity/print")
    said = wire.talk(POOL, "=name=b", "=ranges=10.0.0.0/24", ".tag=7")
    assert said == [["!trap", ".tag=7", "=message=failure: fault ordered by the lab"], ["!done", ".tag=7"]]
    wire.add("/ip/pool", name="c", ranges="10.0.0.0/24")
    assert pools(lab) == ["a", "c"]
    assert lab.counters("main").writes == 3


def test_after_a_stall_everything_is_done_and_nothing_is_answered(lab: Lab, wire: Wire) -> None:
    lab.fault("main", "stall", after=2)
    wire.add("/ip/pool", name="a", ranges="10.0.0.0/24")
    wire.send(POOL, "=name=b", "=ranges=10.0.0.0/24")
    wire.send(POOL, "=name=c", "=ranges=10.0.0.0/24")
    wait_until("all pools", lambda: pools(lab) == ["a", "b", "c"])
    assert silent(wire)
    with Wire(lab.port("main")) as line:
        line.login()
        assert len(line.rows("/ip/pool/print")) == 3


def test_a_stall_silences_commands_that_go_on(lab: Lab, wire: Wire) -> None:
    wire.send("/ip/pool/listen", ".tag=1")
    wire.add("/ip/pool", name="a", ranges="10.0.0.0/24")
    assert wire.sentence()[:2] == ["!re", ".tag=1"]
    lab.fault("main", "stall")
    wire.send("/ip/pool/add", "=name=b", "=ranges=10.0.0.0/24")
    wait_until("both pools", lambda: pools(lab) == ["a", "b"])
    assert silent(wire)


@pytest.mark.parametrize(
    "words",
    [
        [POOL, "=name=b", "=ranges=10.0.0.0/24"],
        ["/ip/service/print"],
        ["/ip/pool/remove", "=.id=*99"],
        ["/system/script/run", "=number=slow"],
    ],
    ids=["add", "print", "refused", "takes its time"],
)
def test_a_torn_answer_ends_within_a_word(lab: Lab, wire: Wire, words: list[str]) -> None:
    """It is the beginning of the whole one; what it answers is done."""
    wire.add("/system/script", name="slow", source=":delay 50ms\n:log info finished")
    whole = b"".join(map(encode_sentence, wire.talk(*words)))
    lab.seed("main", "/ip pool remove [find]")
    lab.fault("main", "torn")
    wire.send(*words)
    part = rest(wire)
    if words[0] != POOL:
        assert whole.startswith(part)
    assert 0 < len(part) < len(whole)
    # Neither a whole word nor a whole sentence: its length has announced more than came.
    with pytest.raises(LineClosed):
        replay(part)
    assert pools(lab) == (["b"] if words[0] == POOL else [])


def replay(data: bytes) -> list[list[str]]:
    """The sentences in some bytes; raises LineClosed when the last one is not whole."""
    near, far = socket.socketpair()
    wire = Wire.__new__(Wire)
    wire.socket = near
    with near, far:
        far.sendall(data)
        far.shutdown(socket.SHUT_WR)
        found: list[list[str]] = []
        while len(b"".join(map(encode_sentence, found))) < len(data):
            found.append(wire.sentence())
        return found


@given(st.lists(st.lists(st.text(min_size=1, max_size=200), min_size=1, max_size=6), min_size=1, max_size=6))
def test_torn_answers_end_within_a_word(sentences: list[list[str]]) -> None:
    """However many and however long the words are, as answers end with ``!done``."""
    answer = [*sentences, ["!done"]]
    whole = b"".join(map(encode_sentence, answer))
    part = torn(answer)
    assert whole.startswith(part)
    borders, end = {0}, 0
    for words in answer:
        for word in words:
            head = len(encode_sentence([word])) - 1 - len(word.encode())
            borders |= set(range(end, end + head + 1))
            end += head + len(word.encode())
            borders.add(end)
        end += 1
        borders.add(end)
    assert len(part) not in borders


@pytest.mark.parametrize(("kind", "done"), [("drop", False), ("drop", True), ("stall", False), ("torn", False)])
def test_faults_over_tls(lab: Lab, kind: str, done: bool) -> None:
    """What is cut is cut within the encrypted stream: no more than a part of the answer can be read."""
    with Wire(lab.port("main", tls=True), context=ssl.create_default_context(cafile=lab.ca)) as line:
        line.login()
        lab.fault("main", kind, done=done)
        line.send(POOL, "=name=p", "=ranges=10.0.0.0/24")
        if kind == "stall":
            wait_until("the pool", lambda: pools(lab) == ["p"])
            assert silent(line)
        else:
            part = rest(line)
            assert bool(part) == (kind == "torn")
            assert part in encode_sentence(["!done", "=ret=*1"])[:-1]
            assert pools(lab) == (["p"] if kind == "torn" or done else [])


def test_a_reboot_comes_before_the_sentence(lab: Lab, wire: Wire) -> None:
    lab.fault("main", "reboot", after=2)
    wire.add("/ip/pool", name="a", ranges="10.0.0.0/24")
    wire.send(POOL, "=name=b", "=ranges=10.0.0.0/24")
    with pytest.raises(LineClosed):
        wire.sentence()
    with pytest.raises(ConnectionRefusedError):
        Wire(lab.port("main"))
    lab.come_back("main")
    with Wire(lab.port("main")) as line:
        line.login()
        assert [row["name"] for row in line.rows("/ip/pool/print")] == ["a"]


def test_sentences_of_all_connections_count_and_logins_too(lab: Lab, wire: Wire) -> None:
    lab.fault("main", "trap", after=4)
    with Wire(lab.port("main")) as other:
        assert other.login() == [["!done"]]
        assert wire.rows("/system/identity/print")
        assert other.rows("/system/identity/print")
        assert wire.trap("/system/identity/print") == "failure: fault ordered by the lab"
    lab.fault("main", "trap")
    with Wire(lab.port("main")) as other:
        assert other.login()[0] == ["!trap", "=message=failure: fault ordered by the lab"]
        assert other.login() == [["!done"]]


def test_a_second_fault_takes_the_place_of_the_first_and_both_can_be_taken_back(lab: Lab, wire: Wire) -> None:
    lab.fault("main", "drop", after=2)
    lab.fault("main", "trap", after=1, of="writes")
    wire.rows("/system/identity/print")
    assert wire.trap(POOL, "=ranges=10.0.0.0/24") == "failure: fault ordered by the lab"
    lab.fault("main", "drop")
    lab.clear_fault("main")
    assert lab.ordered_fault("main") is None
    assert wire.rows("/system/identity/print")


def test_faults_are_told_for_each_router_and_end_with_a_reset(lab: Lab) -> None:
    lab.fault("main", "torn", after=3, of="writes")
    told = {router["name"]: router["fault"] for router in lab.status()["routers"]}
    assert told.pop("main") == {"kind": "torn", "after": 3, "of": "writes"}
    assert set(told.values()) == {None}
    lab.reset("main")
    assert lab.ordered_fault("main") is None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"kind": "melt"}, "no fault 'melt'; there are: drop, trap, stall, torn, reboot"),
        ({"kind": "drop", "of": "reads"}, "sentences or writes, not 'reads'"),
        ({"kind": "trap", "done": True}, "only a drop"),
        ({"kind": "drop", "after": 0}, "at the next sentence"),
    ],
)
def test_faults_that_cannot_be(lab: Lab, words: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        lab.fault("main", **words)  # type: ignore[arg-type]
    assert lab.ordered_fault("main") is None


@given(st.lists(st.booleans()), st.integers(1, 20), st.sampled_from(KINDS), st.sampled_from(["sentences", "writes"]))
def test_exactly_the_nth_counted_sentence_meets_it(writes: list[bool], after: int, kind: str, of: str) -> None:
    faults = Faults()
    faults.order(Fault(kind, of), after)
    struck = [place for place, write in enumerate(writes) if faults.strike(write) is not None]
    counted = [place for place, write in enumerate(writes) if write or of == "sentences"]
    assert struck == counted[after - 1 : after]
    assert (faults.status() is None) == bool(struck)
