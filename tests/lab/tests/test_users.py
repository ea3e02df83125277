# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Groups and what they allow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from routerlab.testing import Lab
from routerlab.wire import Wire

DENIED = [["!trap", "=message=not enough permissions (9)"], ["!done"]]


@pytest.fixture
def reader(lab: Lab, wire: Wire) -> Iterator[Wire]:
    """A user of the group ``read``."""
    wire.add("/user", name="rita", group="read", password="x")
    with Wire(lab.port("main")) as line:
        assert line.login("rita", "x") == [["!done"]]
        yield line


def test_readers_read(reader: Wire) -> None:
    """And change nothing."""
    assert reader.rows("/system/identity/print") == [{"name": "MikroTik"}]
    assert reader.talk("/system/identity/set", "=name=x") == DENIED
    assert reader.talk("/ip/pool/add", "=ranges=10.0.0.0/24") == DENIED
    assert reader.talk("/ip/dhcp-client/renew", "=numbers=*1") == DENIED


def test_denied_writes_are_counted(lab: Lab, reader: Wire) -> None:
    """A write sentence is one whether or not it succeeds."""
    lab.clear_counters("main")
    reader.talk("/system/identity/set", "=name=x")
    reader.rows("/system/identity/print")
    counters = lab.counters("main")
    assert (counters.writes, counters.sentences) == (1, 2)


def test_scripts_users_and_jobs_need_policy(lab: Lab, wire: Wire) -> None:
    """``write`` alone is not enough for them."""
    wire.add("/user", name="will", group="write", password="x")
    with Wire(lab.port("main")) as line:
        line.login("will", "x")
        assert line.talk("/system/identity/set", "=name=x") == [["!done"]]
        assert line.talk("/system/script/add", "=name=s") == DENIED
        assert line.talk("/system/scheduler/add", "=name=s") == DENIED
        assert line.talk("/user/add", "=name=s", "=group=full", "=password=") == DENIED


def test_scripts_belong_to_their_author(lab: Lab, wire: Wire) -> None:
    """With the author's policies by default."""
    wire.add("/user/group", name="ops", policy="api,read,write,policy,test")
    wire.add("/user", name="olga", group="ops", password="x")
    with Wire(lab.port("main")) as line:
        line.login("olga", "x")
        line.add("/system/script", name="s")
    script = wire.rows("/system/script/print")[0]
    assert (script["owner"], script["policy"]) == ("olga", "read,write,policy,test")


def test_changes_of_a_group_apply_at_the_next_login(lab: Lab, wire: Wire, reader: Wire) -> None:
    """The standing session keeps what it had."""
    wire.add("/user/group", name="none", policy="api")
    wire.talk("/user/set", "=numbers=rita", "=group=none")
    assert reader.rows("/system/identity/print")
    assert reader.login("rita", "x") == [["!done"]]
    assert reader.talk("/system/identity/print") == DENIED


def test_passwords_are_never_returned(wire: Wire) -> None:
    """By nobody."""
    assert all("password" not in row for row in wire.rows("/user/print"))


def test_the_last_full_user_stays(wire: Wire) -> None:
    """Somebody must be able to change the router."""
    assert wire.trap("/user/remove", "=numbers=admin").startswith("failure: ")
    wire.add("/user", name="boss", group="full", password="x")
    assert wire.talk("/user/remove", "=numbers=admin") == [["!done"]]


def test_the_factory_s_groups_may_be_changed(wire: Wire) -> None:
    """Exports are full of ``/user group set full policy=...``; only removing them is refused."""
    assert wire.talk("/user/group/set", "=numbers=read", "=policy=!telnet,ftp", "=comment=c") == [["!done"]]
    row = wire.rows("/user/group/print", "?name=read")[0]
    assert row["comment"] == "c"
    assert row["policy"].startswith("local,ssh,ftp,reboot,read,test,")
    assert row["policy"].endswith(",!telnet,!write,!policy")
    assert wire.trap("/user/group/remove", "=numbers=write") == "failure: cannot change builtin"
