# Copyright: (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags, commands that go on, cancelling them."""

from __future__ import annotations

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
    wire.add("/ip/dhcp-client", interface="ether1")
    wire.send("/ip/dhcp-client/listen", "=.proplist=status", ".tag=1")
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
