# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Safe mode over real connections: who holds it, what becomes of changes, how a session's end is noticed."""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from librouteros import connect
from librouteros.exceptions import TrapError

from routerlab.model.history import LIMIT
from routerlab.model.router import Router
from routerlab.model.safe_mode import TCP_TIMEOUT, Caller
from routerlab.testing import Lab, wait_until
from routerlab.wire import LineClosed, Wire

MANGLE = "/ip/firewall/mangle"
TAKE, RELEASE, UNROLL, TOGGLE = (f"/safe-mode/{verb}" for verb in ("take", "release", "unroll", "toggle"))
STATUS, HISTORY = "/safe-mode/print", "/system/history/print"
FREE = {"enabled": "false", "current": "false"}
NOT_TAKEN = "Safe Mode has not been taken. Action aborted."
SAME_USER = "Safe Mode is taken by current user in another session. Action aborted."
DONE, TRUE = [["!done"]], [["!done", "=ret=true"]]


pytestmark = pytest.mark.usefixtures("standing")


@contextlib.contextmanager
def login(lab: Lab, name: str = "main", user: str = "admin", password: str = "lab") -> Iterator[Wire]:
    """Another session."""
    with Wire(lab.port(name)) as line:
        assert line.login(user, password) == DONE
        yield line


@pytest.fixture
def other(lab: Lab, wire: Wire) -> Iterator[Wire]:
    """A second session of the same user, beside ``wire``."""
    with login(lab) as line:
        yield line


def exact(router: Router) -> dict[str, Any]:
    """Every row of every table, with identifiers and order."""
    return {
        name: [(row.id, dict(row.values), dict(row.facts)) for row in table] for name, table in router.tables.items()
    }


def change(line: Wire) -> None:
    """Several menus, all kinds of writes."""
    line.add("/ip/pool", name="p", ranges="10.0.0.0/24")
    line.add("/ip/address", address="10.0.0.1/24", interface="ether3")
    first = line.add(MANGLE, chain="prerouting", comment="new")
    for words in (
        ("/system/identity/set", "=name=changed"),
        ("/ip/pool/set", "=numbers=old", "=name=renamed"),
        (f"{MANGLE}/move", f"=numbers={first}", "=destination=*1"),
        (f"{MANGLE}/remove", "=numbers=*2"),
        ("/interface/ethernet/disable", "=numbers=ether5"),
    ):
        assert line.talk(*words) == DONE


@pytest.fixture
def before(lab: Lab, wire: Wire) -> dict[str, Any]:
    """Some rows, and the state that they make."""
    wire.add("/ip/pool", name="old", ranges="10.9.0.0/24")
    for comment in ("a", "b", "c"):
        wire.add(MANGLE, chain="prerouting", comment=comment)
    return lab.call("main", exact)


def held(lab: Lab, name: str = "main") -> bool:
    """Whether anybody holds it."""
    return lab.call(name, lambda router: router.safe_mode.held)


def holder(router: Router) -> Caller:
    """The session that holds it."""
    assert router.safe_mode.holder is not None
    return router.safe_mode.holder


def wait_for(lab: Lab, state: dict[str, Any]) -> None:
    """Until the router is in this state and free."""
    wait_until("changes are taken back", lambda: lab.call("main", exact) == state and not held(lab))


# Commands


def test_the_status_tells_who_holds_it(wire: Wire, other: Wire) -> None:
    """To every session; a free one names nobody."""
    assert wire.rows(STATUS) == [FREE]
    assert wire.talk(TAKE) == DONE
    mine = {"enabled": "true", "user": "admin", "current": "true", "owner": "api"}
    assert wire.rows(STATUS) == [mine]
    assert other.rows(STATUS) == [mine | {"current": "false"}]
    assert other.talk("/safe-mode/get", "=value-name=enabled") == [["!done", "=ret=true"]]
    assert wire.talk(RELEASE) == TRUE
    assert wire.rows(STATUS) == [FREE]
    assert wire.talk("/safe-mode/get", "=value-name=owner") == [["!done", "=ret="]]


def test_release_keeps(lab: Lab, wire: Wire, before: dict[str, Any]) -> None:
    """Also when the session ends afterwards."""
    wire.talk(TAKE)
    change(wire)
    after = lab.call("main", exact)
    assert wire.talk(RELEASE) == TRUE
    assert after != before
    wire.talk("/quit")
    wait_until("the session has ended", lambda: not lab.call("main", lambda router: router.connections))
    assert lab.call("main", exact) == after
    assert not held(lab)


def test_unroll_takes_everything_back(lab: Lab, wire: Wire, before: dict[str, Any]) -> None:
    """Identifiers and order too; safe mode is over then."""
    wire.talk(TAKE)
    change(wire)
    assert wire.talk(UNROLL) == TRUE
    assert lab.call("main", exact) == before
    assert wire.rows(STATUS) == [FREE]
    wire.add("/ip/pool", name="later", ranges="10.5.0.0/24")
    assert wire.trap(UNROLL) == NOT_TAKEN
    assert wire.rows("/ip/pool/print", "?name=later") != []


def test_what_follows_from_rows_is_undone_with_them(lab: Lab, wire: Wire) -> None:
    """Routes of an address that is no more, a service that is on again."""
    wire.talk("/ip/service/disable", "=numbers=api-ssl")
    wire.talk(TAKE)
    wire.add("/ip/address", address="10.7.0.1/24", interface="ether3")
    wire.talk("/ip/service/enable", "=numbers=api-ssl")
    wire.talk("/ip/service/disable", "=numbers=api")
    assert wire.rows("/ip/route/print", "?dst-address=10.7.0.0/24") != []
    lab.wait_ports()
    with pytest.raises(ConnectionRefusedError):
        Wire(lab.port("main"))
    with contextlib.closing(socket.create_connection(("127.0.0.1", lab.port("main", tls=True)), timeout=20)):
        assert wire.talk(UNROLL) == TRUE
    assert wire.rows("/ip/route/print", "?dst-address=10.7.0.0/24") == []
    lab.wait_ports()
    with login(lab):
        pass
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", lab.port("main", tls=True)), timeout=20)


def test_taking_it_twice_changes_nothing(lab: Lab, wire: Wire, before: dict[str, Any]) -> None:
    """What was done before the second ``take`` is still undone."""
    wire.talk(TAKE)
    change(wire)
    assert wire.talk(TAKE) == DONE
    assert wire.talk(UNROLL) == TRUE
    assert lab.call("main", exact) == before


def test_toggle_takes_and_releases(lab: Lab, wire: Wire, before: dict[str, Any]) -> None:
    """A control for people; the second one keeps what was done."""
    assert wire.talk(TOGGLE) == TRUE
    assert held(lab)
    change(wire)
    assert wire.talk(TOGGLE) == TRUE
    assert not held(lab)
    assert lab.call("main", exact) != before


@pytest.mark.parametrize("command", [RELEASE, UNROLL])
def test_nobody_holds_it(wire: Wire, command: str) -> None:
    """Then there is nothing to end."""
    assert wire.trap(command) == NOT_TAKEN


def test_unknown_words_are_refused(lab: Lab, wire: Wire) -> None:
    """And safe mode is not taken then."""
    assert wire.trap(TAKE, "=on-error=maybe") == "input does not match any value of on-error"
    assert wire.trap(TAKE, "=timeout=10") == "unknown parameter timeout"
    assert wire.trap(RELEASE, "=on-error=unroll") == "unknown parameter on-error"
    assert not held(lab)


def test_it_needs_the_right_to_write(lab: Lab, wire: Wire) -> None:
    """Reading the status needs the right to read only."""
    wire.add("/user/group", name="watch", policy="api,read")
    wire.add("/user", name="guest", group="watch", password="g")
    with login(lab, user="guest", password="g") as line:
        for command in (TAKE, RELEASE, UNROLL, TOGGLE):
            assert line.trap(command) == "not enough permissions (9)"
        assert line.rows(STATUS) == [FREE]


def test_versions_before_7_18_have_none(lab: Lab) -> None:
    """Neither the menu nor its commands."""
    with login(lab, "old") as line:
        assert line.trap(TAKE) == "no such command or directory (safe-mode)"
    with login(lab, "middle") as line:
        assert line.talk(TAKE) == DONE


def test_librouteros_can_use_it(lab: Lab) -> None:
    """The client library that controllers use."""
    api = connect(host="127.0.0.1", port=lab.port("main"), username="admin", password="lab")
    try:
        assert tuple(api("/safe-mode/take")) == ()
        api.path("ip", "pool").add(name="p", ranges="10.0.0.0/24")
        assert [row["enabled"] for row in api("/safe-mode/print")] == [True]
        assert tuple(api("/safe-mode/unroll")) == ({"ret": True},)
        assert tuple(api.path("ip", "pool")) == ()
        with pytest.raises(TrapError, match=NOT_TAKEN):
            tuple(api("/safe-mode/release"))
    finally:
        api.close()


# Others


def test_a_hold_of_someone_else_is_respected(lab: Lab, wire: Wire, other: Wire) -> None:
    """Nobody else can take, release or unroll it."""
    wire.add("/user", name="second", group="full", password="s")
    wire.talk(TAKE)
    wire.add("/ip/pool", name="p", ranges="10.0.0.0/24")
    for command in (TAKE, TOGGLE):
        assert other.trap(command) == SAME_USER
    for on_error in ("unroll", "release", "abort", "ask"):
        assert other.trap(TAKE, f"=on-error={on_error}") == SAME_USER
    for command in (RELEASE, UNROLL):
        assert other.trap(command) == NOT_TAKEN
    with login(lab, user="second", password="s") as line:
        assert line.trap(TAKE) == "Safe Mode is taken by another user (admin). Action aborted."
    other.socket.close()
    assert wire.rows(STATUS)[0]["current"] == "true"
    assert wire.talk(UNROLL) == TRUE
    assert wire.rows("/ip/pool/print") == []


def test_what_others_do_meanwhile_is_undone_too(lab: Lab, wire: Wire, other: Wire, before: dict[str, Any]) -> None:
    """By whatever session, and by scripts; the history marks it."""
    wire.talk(TAKE)
    wire.add("/ip/pool", name="mine", ranges="10.1.0.0/24")
    other.add("/ip/pool", name="others", ranges="10.2.0.0/24")
    other.add("/system/script", name="s", source="/ip pool add name=scripts ranges=10.3.0.0/24")
    assert other.talk("/system/script/run", "=number=s") == DONE
    rows = other.rows(HISTORY)
    assert ["floating-undo" in row for row in rows] == [True] * 4 + [False] * 4
    assert ["undoable" in row for row in rows] == [False] * 4 + [True] * 4
    assert wire.talk(UNROLL) == TRUE
    assert lab.call("main", exact) == before
    assert [row[".id"] for row in other.rows(HISTORY)] == ["*4", "*3", "*2", "*1"]


def test_released_actions_are_ordinary_ones(wire: Wire) -> None:
    """No later unroll reaches them."""
    wire.talk(TAKE)
    wire.add("/ip/pool", name="p", ranges="10.0.0.0/24")
    wire.talk(RELEASE)
    assert [set(row) & {"undoable", "floating-undo"} for row in wire.rows(HISTORY)] == [{"undoable"}]
    wire.talk(TAKE)
    wire.add("/ip/pool", name="q", ranges="10.1.0.0/24")
    wire.talk(UNROLL)
    assert [row["name"] for row in wire.rows("/ip/pool/print")] == ["p"]


# The session's end


def fin(line: Wire) -> None:
    """The client closes in order."""
    line.socket.close()


def rst(line: Wire) -> None:
    """The client's machine resets the connection."""
    line.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.socket.close()


def half_a_word(line: Wire) -> None:
    """In the middle of a sentence."""
    line.send_bytes(b"\x0c/ip/po")
    line.socket.close()


def quit_session(line: Wire) -> None:
    """The client asks for the end."""
    line.talk("/quit")


ENDS = [fin, rst, half_a_word, quit_session]


@pytest.mark.parametrize("end", ENDS)
def test_a_session_that_ends_is_unrolled_at_once(
    lab: Lab, wire: Wire, before: dict[str, Any], end: Callable[[Wire], None]
) -> None:
    """However it ends; time does not have to pass."""
    with login(lab) as line:
        line.talk(TAKE)
        change(line)
        end(line)
        wait_for(lab, before)
    assert wire.talk(TAKE) == DONE


def test_what_was_sent_before_the_end_is_carried_out_and_undone(lab: Lab, before: dict[str, Any]) -> None:
    """A client that writes everything at once and is gone."""
    with login(lab) as line:
        line.send(TAKE)
        for number in range(20):
            line.send("/ip/pool/add", f"=name=p{number}", f"=ranges=10.{number}.0.0/24")
        # A mere close with answers unread would be an RST, which takes what is on its way with it.
        line.socket.shutdown(socket.SHUT_WR)
        answers = [line.replies()[-1] for _number in range(21)]
        assert [len(answer) for answer in answers] == [1] + [2] * 20
        wait_for(lab, before)


def test_on_error_release_keeps_when_the_session_ends(lab: Lab, wire: Wire) -> None:
    """It is the session's end that the argument is about, as a reference measured it (~)."""
    with login(lab) as line:
        line.talk(TAKE, "=on-error=release")
        line.add("/ip/pool", name="p", ranges="10.0.0.0/24")
    wait_until("the session has ended", lambda: not held(lab))
    assert [row["name"] for row in wire.rows("/ip/pool/print")] == ["p"]


def test_the_session_of_somebody_else_may_end(lab: Lab, wire: Wire, other: Wire) -> None:
    """The holder does not notice."""
    wire.talk(TAKE)
    wire.add("/ip/pool", name="p", ranges="10.0.0.0/24")
    other.socket.close()
    wait_until("the other session has ended", lambda: len(lab.call("main", lambda router: router.connections)) == 1)
    assert wire.rows(STATUS)[0]["current"] == "true"
    assert len(wire.rows("/ip/pool/print")) == 1


def test_a_silently_cut_line_is_noticed_after_nine_minutes(lab: Lab, wire: Wire, before: dict[str, Any]) -> None:
    """Not a moment earlier; until then the hold is in everybody's way."""
    with login(lab) as line:
        line.talk(TAKE)
        change(line)
        lab.call("main", lambda router: router.safe_mode.session_lost(holder(router)))
        after = lab.call("main", exact)
        lab.advance(TCP_TIMEOUT - 20)
        assert lab.call("main", exact) == after
        assert wire.trap(TAKE) == SAME_USER
        lab.advance(21)
        assert lab.call("main", exact) == before
        assert not held(lab)
        with pytest.raises(LineClosed):
            line.sentence()
        assert wire.talk(TAKE) == DONE


def test_a_line_that_carries_again_was_never_lost(lab: Lab, wire: Wire, before: dict[str, Any]) -> None:
    """The time starts anew with the next cut."""
    wire.talk(TAKE)
    change(wire)
    lab.call("main", lambda router: router.safe_mode.session_lost(holder(router)))
    lab.advance(TCP_TIMEOUT - 20)
    lab.call("main", lambda router: router.safe_mode.session_found(holder(router)))
    lab.advance(TCP_TIMEOUT)
    assert wire.rows(STATUS)[0]["current"] == "true"
    lab.call("main", lambda router: router.safe_mode.session_lost(holder(router), after=30))
    lab.advance(31)
    assert lab.call("main", exact) == before


def test_a_stale_hold_can_be_released_from_any_session(lab: Lab, wire: Wire) -> None:
    """What was done is kept then (~); nothing happens when the dead session is found later."""
    with login(lab) as line:
        line.talk(TAKE)
        line.add("/ip/pool", name="p", ranges="10.0.0.0/24")
        lab.call("main", lambda router: router.safe_mode.session_lost(holder(router)))
        assert wire.talk(RELEASE) == TRUE
    lab.advance(TCP_TIMEOUT + 1)
    assert [row["name"] for row in wire.rows("/ip/pool/print")] == ["p"]


def test_a_stale_hold_can_be_unrolled_from_any_session(lab: Lab, wire: Wire, before: dict[str, Any]) -> None:
    """Like releasing it (~)."""
    with login(lab) as line:
        line.talk(TAKE)
        change(line)
        lab.call("main", lambda router: router.safe_mode.session_lost(holder(router)))
        assert wire.talk(UNROLL) == TRUE
        assert lab.call("main", exact) == before


def test_a_reboot_unrolls_and_forgets(lab: Lab, wire: Wire, before: dict[str, Any]) -> None:
    """An unreleased session ended abnormally (~)."""
    wire.talk(TAKE)
    change(wire)
    lab.call("main", lambda router: router.safe_mode.rebooted())
    assert lab.call("main", exact) == before
    assert wire.rows(HISTORY) == []
    assert wire.rows(STATUS) == [FREE]


def drop_management(line: Wire) -> None:
    """Cut the line that this is said on."""
    line.send("/ip/firewall/filter/add", "=chain=input", "=protocol=tcp", "=dst-port=8728", "=action=drop")


def stale(lab: Lab) -> bool:
    """Whether the holder's line is cut."""
    return lab.call("main", lambda router: holder(router).stale)


@pytest.mark.parametrize("leaves", [False, True])
def test_who_cuts_the_own_line_gets_it_back_after_nine_minutes(lab: Lab, before: dict[str, Any], leaves: bool) -> None:
    """Also when the client leaves meanwhile, which the router cannot hear; a client that waits is told by an RST."""
    with login(lab) as line:
        line.talk(TAKE)
        change(line)
        drop_management(line)
        wait_until("the line is cut", lambda: stale(lab))
        after = lab.call("main", exact)
        if leaves:
            line.socket.close()
        lab.advance(TCP_TIMEOUT - 20)
        assert lab.call("main", exact) == after
        assert held(lab)
        lab.advance(21)
        assert lab.call("main", exact) == before
        assert not held(lab)
        if not leaves:
            with pytest.raises(LineClosed):
                line.sentence()
    with login(lab) as line:
        assert line.talk(TAKE) == DONE


def test_who_opens_the_line_again_in_time_keeps_the_hold(lab: Lab, before: dict[str, Any]) -> None:
    """The session goes on as if nothing had been."""
    with login(lab) as line:
        line.talk(TAKE)
        drop_management(line)
        wait_until("the line is cut", lambda: stale(lab))
        lab.advance(300)
        lab.seed("main", "/ip firewall filter remove [find]")
        assert line.sentence()[0] == "!done"
        assert not stale(lab)
        lab.advance(300)
        assert line.rows(STATUS)[0]["current"] == "true"
        assert line.talk(UNROLL) == TRUE
    wait_for(lab, before)


# The history's limit


def test_a_hundred_actions_can_be_undone(lab: Lab, wire: Wire, before: dict[str, Any]) -> None:
    """That is what the history holds."""
    wire.talk(TAKE)
    for number in range(LIMIT):
        wire.talk("/system/identity/set", f"=name=n{number}")
    assert wire.rows(STATUS)[0]["enabled"] == "true"
    assert wire.talk(UNROLL) == TRUE
    assert lab.call("main", exact) == before


def test_after_a_hundred_actions_safe_mode_is_left_silently(lab: Lab, wire: Wire, before: dict[str, Any]) -> None:
    """Nothing is undone, neither then nor when the session ends."""
    with login(lab) as line:
        line.talk(TAKE)
        for number in range(LIMIT + 1):
            assert line.talk("/system/identity/set", f"=name=n{number}") == DONE
        assert line.rows(STATUS) == [FREE]
        assert line.trap(UNROLL) == NOT_TAKEN
        assert all("undoable" in row for row in line.rows(HISTORY))
    wait_until("the session has ended", lambda: len(lab.call("main", lambda router: router.connections)) == 1)
    assert wire.rows("/system/identity/print") == [{"name": f"n{LIMIT}"}]


# What is beside it


def test_the_log_tells_how_it_ended(lab: Lab, wire: Wire) -> None:
    """Released, unrolled, lost; taking it is no news."""
    with login(lab) as line:
        line.talk(TAKE)
        line.talk(RELEASE)
        line.talk(TAKE)
        line.talk(UNROLL)
        line.talk(TAKE)
    wait_until("the session has ended", lambda: not held(lab))
    told = [row["message"] for row in wire.rows("/log/print", "?topics=system,info") if "safe mode" in row["message"]]
    assert [text.split()[2] for text in told] == ["released", "unrolled", "session"]
    assert [text.split()[-1] for text in told] == ["kept", "undone", "undone"]


def test_log_lines_and_globals_are_not_undone(lab: Lab, wire: Wire, before: dict[str, Any]) -> None:
    """They are no configuration."""
    wire.talk(TAKE)
    wire.talk("/log/info", "=message=still here")
    wire.add("/ip/pool", name="p", ranges="10.0.0.0/24")
    wire.talk(UNROLL)
    assert wire.rows("/log/print", "?message=still here") != []
    assert lab.call("main", exact) == before


def test_a_script_holds_nothing(lab: Lab, wire: Wire) -> None:
    """``take`` succeeds and has no effect, as on a real router without a terminal; and it sees others' holds."""
    source = "/safe-mode take; /ip pool add name=p ranges=10.0.0.0/24; :log info ([/safe-mode get enabled])"
    wire.add("/system/script", name="s", source=source)
    assert wire.talk("/system/script/run", "=number=s") == DONE
    assert not held(lab)
    assert wire.rows("/log/print", "?message=false") != []
    wire.add("/system/script", name="r", source="/safe-mode release")
    assert wire.trap("/system/script/run", "=number=r") == NOT_TAKEN
    wire.talk(TAKE)
    assert wire.trap("/system/script/run", "=number=r") == NOT_TAKEN
    assert wire.rows(STATUS)[0]["current"] == "true"


def test_listening_tells_when_it_is_taken_and_over(lab: Lab, wire: Wire, other: Wire) -> None:
    """A controller may wait for its turn."""
    other.send("/safe-mode/listen", ".tag=l")
    assert other.talk("/system/identity/print", ".tag=x")[-1] == ["!done", ".tag=x"]
    wire.talk(TAKE)
    assert "=enabled=true" in other.sentence()
    wire.talk(RELEASE)
    assert "=enabled=false" in other.sentence()
