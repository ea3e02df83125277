# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags, commands that go on, cancelling them."""

from __future__ import annotations

from routerlab.faces.api.framing import encode_sentence
from routerlab.testing import Lab
from routerlab.wire import Wire


def test_tags_come_first_and_on_every_sentence(wire: Wire) -> None:
    """Before the ``=`` words."""
    replies = wire.talk("/system/identity/print", ".tag=a b")
    assert replies == [["!re", ".tag=a b", "=name=MikroTik"], ["!done", ".tag=a b"]]
    assert wire.talk("/foo/print", ".tag=x")[0][1] == ".tag=x"


def test_listen_tells_of_additions_changes_and_removals(lab: Lab, wire: Wire) -> None:
    """Removals carry only the identifier and ``.dead``."""
    with Wire(lab.port("main")) as other:
        other.login()
        wire.send("/ip/pool/listen", ".tag=7")
        # The reply to this proves that the listening has begun.
        assert wire.talk("/system/identity/print", ".tag=8")[-1] == ["!done", ".tag=8"]
        row = other.add("/ip/pool", name="p", ranges="10.0.0.0/24")
        added = wire.sentence()
        assert added[:3] == ["!re", ".tag=7", f"=.id={row}"]
        assert "=name=p" in added
        other.talk("/ip/pool/set", "=numbers=p", "=comment=c")
        assert "=comment=c" in wire.sentence()
        other.talk("/ip/pool/remove", "=numbers=p")
        assert wire.sentence() == ["!re", ".tag=7", f"=.id={row}", "=.dead=true"]
        other.talk("/system/identity/set", "=name=unrelated")
        assert wire.talk("/system/identity/print", ".tag=9")[0] == ["!re", ".tag=9", "=name=unrelated"]


def test_listen_tells_of_what_the_router_does_itself(lab: Lab, wire: Wire) -> None:
    """A lease, for one, without anybody asking."""
    wire.send("/ip/dhcp-client/listen", "=.proplist=status", ".tag=1")
    # The reply to this proves that the listening has begun: a lease that was there before would be no news.
    assert wire.talk("/system/identity/print", ".tag=2")[-1] == ["!done", ".tag=2"]
    lab.seed("main", "/ip dhcp-client add interface=ether1")
    while (told := wire.sentence()) != ["!re", ".tag=1", "=status=bound"]:
        assert told[:2] == ["!re", ".tag=1"]


def test_follow_starts_with_what_there_is(wire: Wire) -> None:
    """``print follow`` lists first."""
    wire.send("/interface/ethernet/print", "=follow=", "=.proplist=name", ".tag=1")
    assert [wire.sentence()[2] for _turn in range(5)] == [f"=name=ether{number}" for number in range(1, 6)]


def test_cancel_order(wire: Wire) -> None:
    """The cancelled command's trap, the done of the cancel, the cancelled command's done."""
    wire.send("/ip/pool/listen", ".tag=10")
    wire.send("/cancel", "=tag=10", ".tag=20")
    assert [wire.sentence() for _turn in range(3)] == [
        ["!trap", ".tag=10", "=category=2", "=message=interrupted"],
        ["!done", ".tag=20"],
        ["!done", ".tag=10"],
    ]


def test_cancel_without_a_tag_cancels_all(wire: Wire) -> None:
    """Of this connection."""
    wire.send("/ip/pool/listen", ".tag=1")
    wire.send("/ip/address/listen", ".tag=2")
    wire.send("/cancel")
    told = [wire.sentence() for _turn in range(5)]
    assert [words[0] for words in told] == ["!trap", "!trap", "!done", "!done", "!done"]
    assert told[2:] == [["!done"], ["!done", ".tag=1"], ["!done", ".tag=2"]]
    wire.send("/ip/pool/add", "=ranges=10.0.0.0/24")
    assert wire.sentence() == ["!done", "=ret=*1"]


def test_finishing_commands_answer_while_others_go_on(wire: Wire) -> None:
    """Different tags at once."""
    wire.send("/ip/pool/listen", ".tag=1")
    for number in range(20):
        wire.send("/system/identity/print", f".tag=q{number}")
    tags = [wire.sentence()[1] for _turn in range(40)]
    assert tags == [f".tag=q{number}" for number in range(20) for _turn in range(2)]


def test_listen_refuses_what_print_refuses(wire: Wire) -> None:
    """Unknown menus and arguments."""
    assert wire.trap("/foo/listen") == "no such command or directory (foo)"
    assert wire.trap("/ip/pool/listen", "=foo=") == "unknown parameter foo"


def listeners(lab: Lab) -> int:
    """How many commands wait for changes of the router ``main``; others that watch are the lab and the two services."""
    return lab.call("main", lambda router: len(router.watchers)) - 3


def test_nothing_stays_behind_when_listening_ends(lab: Lab, wire: Wire) -> None:
    """Not even of commands that are cancelled before they have begun."""
    for number in range(20):
        wire.send_bytes(
            encode_sentence(["/ip/pool/listen", f".tag={number}"]) + encode_sentence(["/cancel", f"=tag={number}"])
        )
    told = [wire.sentence() for _turn in range(60)]
    assert told[-1] == ["!done", ".tag=19"]
    assert listeners(lab) == 0


def test_commands_with_the_same_tag_end_together(lab: Lab, wire: Wire) -> None:
    """One ``/cancel`` names both, and the end of the line ends both."""
    wire.send("/ip/pool/listen", ".tag=1")
    wire.send("/ip/address/listen", ".tag=1")
    wire.send("/cancel", "=tag=1")
    told = [wire.sentence() for _turn in range(5)]
    assert [words[0] for words in told] == ["!trap", "!trap", "!done", "!done", "!done"]
    assert listeners(lab) == 0


def test_listen_tells_every_change_of_a_burst(lab: Lab, wire: Wire) -> None:
    """Also what was there only between two sentences of one packet; the dead in the order of their rows."""
    with Wire(lab.port("main")) as other:
        other.login()
        wire.send("/ip/pool/listen", "=.proplist=.id,name,comment", ".tag=7")
        wire.talk("/system/identity/print", ".tag=8")
        other.send_bytes(
            encode_sentence(["/ip/pool/add", "=name=p", "=ranges=10.0.0.0/24"])
            + encode_sentence(["/ip/pool/set", "=.id=p", "=comment=c"])
            + encode_sentence(["/ip/pool/remove", "=.id=p"])
        )
        assert [wire.sentence()[2:] for _turn in range(3)] == [
            ["=.id=*1", "=name=p"],
            ["=.id=*1", "=name=p", "=comment=c"],
            ["=.id=*1", "=.dead=true"],
        ]
        assert [other.sentence()[0] for _turn in range(3)] == ["!done"] * 3
        rows = [other.add("/ip/pool", name=f"p{number}", ranges="10.0.0.0/24") for number in range(9)]
        other.talk("/ip/pool/remove", f"=.id={','.join(reversed(rows))}")
    told = [wire.sentence() for _turn in range(18)]
    assert [words[2] for words in told[9:]] == [f"=.id={row}" for row in rows]


def test_what_was_sent_before_a_reset_is_not_done_after_it(lab: Lab, wire: Wire) -> None:
    """The line is cut in the middle of a packet of sentences; the router stays in its factory state."""
    before = lab.snapshot("main")
    data = b"".join(encode_sentence(["/ip/pool/add", f"=name=p{n}", "=ranges=10.0.0.0/24"]) for n in range(2000))
    wire.send_bytes(data)
    wire.sentence()
    lab.reset("main")
    with Wire(lab.port("main")) as other:
        other.login()
        other.rows("/system/identity/print")
    assert lab.snapshot("main") == before
    assert lab.counters("main").writes == 0
