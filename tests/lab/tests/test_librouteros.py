# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client library that the collection uses, against the lab."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from functools import partial

import librouteros
import pytest
from librouteros.api import Api
from librouteros.exceptions import ConnectionClosed, MultiTrapError, TrapError
from librouteros.login import plain
from librouteros.query import Key

from routerlab.testing import Lab


def connect(port: int, **more: object) -> Api:
    """A logged-in client."""
    return librouteros.connect(
        host="127.0.0.1",
        port=port,
        username="admin",
        password="lab",
        encoding="utf-8",
        login_method=plain,
        **more,  # type: ignore[arg-type]
    )


@pytest.fixture
def api(lab: Lab) -> Iterator[Api]:
    """A client of the router ``main``."""
    client = connect(lab.port("main"))
    yield client
    client.close()


def test_rows_can_be_added_changed_and_removed(api: Api) -> None:
    """With UTF-8 in the comment."""
    addresses = api.path("ip", "address")
    row = addresses.add(address="172.16.10.1/24", interface="ether3", comment="Kantor ☕ é")
    addresses.update(**{".id": row, "comment": "Gudang ✅"})
    assert next(iter(addresses))["comment"] == "Gudang ✅"
    addresses.remove(row)
    assert list(addresses) == []


def test_queries(api: Api) -> None:
    """Through the library's own language."""
    name, kind = Key("name"), Key("type")
    rows = api.path("interface").select(name).where(kind == "ether", name.In("ether1", "ether5"))
    assert [row["name"] for row in rows] == ["ether1", "ether5"]


def test_refusals_are_its_exceptions(api: Api) -> None:
    """One trap, several traps, a wrong password."""
    with pytest.raises(TrapError, match="input does not match any value of interface"):
        api.path("ip", "address").add(address="10.0.0.1/24", interface="nope")
    with pytest.raises(MultiTrapError):
        list(api("/foo/print"))
    assert next(iter(api.path("system", "identity")))["name"] == "MikroTik"


def test_wrong_password(lab: Lab) -> None:
    """The library closes the connection by itself."""
    with pytest.raises(TrapError, match="invalid user name or password"):
        librouteros.connect(host="127.0.0.1", port=lab.port("main"), username="admin", password="x", login_method=plain)


def test_tls(lab: Lab) -> None:
    """With the lab's authority."""
    context = ssl.create_default_context(cafile=lab.ca)
    client = connect(lab.port("main", tls=True), ssl_wrapper=partial(context.wrap_socket, server_hostname="127.0.0.1"))
    assert next(iter(client.path("system", "identity")))["name"] == "MikroTik"
    client.close()


def test_five_hundred_sentences_in_one_write(lab: Lab, api: Api) -> None:
    """Replies come in the order of the sentences."""
    protocol = api.protocol
    for number in range(500):
        protocol.writeSentence(
            "/ip/firewall/address-list/add", "=list=l", f"=address=10.0.{number // 250}.{number % 250}"
        )
    ids = [api.readResponse()[0]["ret"] for _turn in range(500)]
    assert ids == [f"*{number:X}" for number in range(1, 501)]
    assert lab.counters("main").writes == 500


def test_a_broken_line_is_its_exception(lab: Lab, api: Api) -> None:
    """A fault that a test ordered."""
    lab.fault("main", "drop", after=2)
    assert next(iter(api.path("system", "identity")))["name"] == "MikroTik"
    with pytest.raises((ConnectionClosed, ConnectionError)):
        list(api.path("system", "identity"))
