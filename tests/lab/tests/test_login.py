# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging in: names, passwords, policies, addresses."""

from __future__ import annotations

import pytest

from routerlab.testing import Lab
from routerlab.wire import LineClosed, Wire


def test_login_answers_done_alone(lab: Lab) -> None:
    """The form of 6.43 and later."""
    with Wire(lab.port("main")) as line:
        assert line.login() == [["!done"]]
    assert lab.counters("main").logins == 1


@pytest.mark.parametrize(("name", "password"), [("admin", "wrong"), ("nobody", "lab"), ("", "")])
def test_wrong_names_and_passwords_leave_the_line_open(lab: Lab, name: str, password: str) -> None:
    """The same text for all, without a category, and another try is allowed."""
    with Wire(lab.port("main")) as line:
        assert line.login(name, password) == [["!trap", "=message=invalid user name or password (6)"], ["!done"]]
        assert line.login() == [["!done"]]
    assert lab.counters("main").logins == 1


def test_disabled_users_stay_out(wire: Wire, lab: Lab) -> None:
    """As if the password were wrong."""
    wire.add("/user", name="eve", group="full", password="x", disabled="yes")
    with Wire(lab.port("main")) as line:
        assert line.login("eve", "x")[0][0] == "!trap"


def test_users_may_be_bound_to_addresses(wire: Wire, lab: Lab) -> None:
    """127.0.0.1 is not in 10.0.0.0/8."""
    wire.add("/user", name="far", group="full", password="x", address="10.0.0.0/8")
    wire.add("/user", name="near", group="full", password="x", address="10.0.0.0/8,127.0.0.0/8")
    with Wire(lab.port("main")) as line:
        assert line.login("far", "x")[0][0] == "!trap"
        assert line.login("near", "x") == [["!done"]]


def test_a_group_without_api_cannot_log_in(wire: Wire, lab: Lab) -> None:
    """The policy is asked for at login."""
    wire.add("/user/group", name="web", policy="read,write,web")
    wire.add("/user", name="mona", group="web", password="x")
    with Wire(lab.port("main")) as line:
        assert line.login("mona", "x") == [["!trap", "=message=std failure: not allowed (9)"], ["!done"]]


def test_a_service_may_be_bound_to_addresses(wire: Wire, lab: Lab) -> None:
    """Others are cut off at once; the connection that changed it lives on."""
    wire.talk("/ip/service/set", "=numbers=api", "=address=10.0.0.0/8")
    with Wire(lab.port("main")) as line, pytest.raises(LineClosed):
        line.login()
    wire.talk("/ip/service/set", "=numbers=api", "=address=")
    with Wire(lab.port("main")) as line:
        assert line.login() == [["!done"]]


def test_a_disabled_service_refuses_connections(wire: Wire, lab: Lab) -> None:
    """The port closes and opens with the service."""
    wire.talk("/ip/service/disable", "=numbers=api")
    with pytest.raises(ConnectionRefusedError):
        Wire(lab.port("main"))
    wire.talk("/ip/service/enable", "=numbers=api")
    lab.wait_ports()
    with Wire(lab.port("main")) as line:
        assert line.login() == [["!done"]]


def test_since_7_19_services_list_their_connections(lab: Lab, wire: Wire) -> None:
    """Dynamic rows of the same name beside the service's own."""
    rows = wire.rows("/ip/service/print", "?name=api")
    assert [row["dynamic"] for row in rows] == ["false", "true"]
    assert (rows[1]["connection"], rows[1]["port"]) == ("true", "8728")
    assert rows[1]["remote"] == f"127.0.0.1:{wire.socket.getsockname()[1]}"
    assert (
        wire.trap("/ip/service/set", f"=.id={rows[1]['.id']}", "=port=1") == "failure: can not change dynamic service"
    )
    with Wire(lab.port("middle")) as line:
        line.login()
        assert len(line.rows("/ip/service/print", "?name=api")) == 1


def test_the_log_tells_of_logins(lab: Lab, wire: Wire) -> None:
    """Successful and failed ones."""
    with Wire(lab.port("main")) as line:
        line.login("mallory", "guess")
    lines = [row["message"] for row in wire.rows("/log/print")]
    assert lines == [
        "user admin logged in from 127.0.0.1 via api",
        "login failure for user mallory from 127.0.0.1 via api",
    ]
