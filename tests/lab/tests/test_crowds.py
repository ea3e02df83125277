# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many at once: connections, tags, readers that do not read, resets in between."""

from __future__ import annotations

import contextlib
import threading

from routerlab.faces.api.framing import encode_sentence
from routerlab.testing import Lab
from routerlab.wire import LineClosed, Wire


def test_hundreds_of_connections_at_once(lab: Lab) -> None:
    """Each is answered on its own, and all are counted."""
    with contextlib.ExitStack() as stack:
        lines = [stack.enter_context(Wire(lab.port("main"))) for _turn in range(300)]
        for line in lines:
            line.send("/login", "=name=admin", "=password=lab")
        assert [line.replies() for line in lines] == [[["!done"]]] * 300
        for number, line in enumerate(lines):
            line.send("/system/identity/print", f".tag={number}")
        assert [line.replies()[-1] for line in lines] == [["!done", f".tag={number}"] for number in range(300)]
    assert lab.counters("main").logins == 300


def test_a_thousand_tags_on_one_connection(lab: Lab, wire: Wire) -> None:
    """Every one learns of the change, and one ``/cancel`` ends them all."""
    for number in range(1000):
        wire.send("/ip/pool/listen", f".tag={number}")
    assert wire.talk("/ip/pool/add", "=ranges=10.0.0.0/24", ".tag=add")[-1] == ["!done", ".tag=add", "=ret=*1"]
    assert {wire.sentence()[1] for _turn in range(1000)} == {f".tag={number}" for number in range(1000)}
    wire.send("/cancel")
    told = [wire.sentence()[0] for _turn in range(2001)]
    assert (told.count("!trap"), told.count("!done")) == (1000, 1001)
    # The lab itself is one, and each of the two services.
    assert lab.call("main", lambda router: len(router.watchers)) == 3


def test_who_does_not_read_keeps_nobody_waiting(lab: Lab, wire: Wire) -> None:
    """Not with ten thousand listings asked for and none fetched."""
    with Wire(lab.port("main")) as slow:
        slow.login()
        slow.socket.settimeout(0.5)
        with contextlib.suppress(TimeoutError):
            slow.send_bytes(encode_sentence(["/interface/print"]) * 10_000)
        for number in range(50):
            assert wire.talk("/system/identity/print", f".tag={number}")[-1] == ["!done", f".tag={number}"]
        # Nor were all its listings made first.
        assert lab.counters("main").sentences < 10_000


def test_resets_in_the_middle_of_traffic(lab: Lab) -> None:
    """Lines break, nothing else: between two resets every reply is one that the router gives."""
    strange: list[object] = []
    ended = threading.Event()
    added = threading.Semaphore(0)

    def work(number: int) -> None:
        while not ended.is_set():
            try:
                with Wire(lab.port("main")) as line:
                    line.login()
                    line.send("/ip/route/listen", ".tag=l")
                    for turn in range(50):
                        words = ("/ip/pool/add", f"=name=p{number}-{turn}", "=ranges=10.0.0.0/24")
                        if (kind := line.talk(*words)[-1][0]) != "!done":
                            strange.append(kind)
                        added.release()
                        line.talk("/ip/pool/remove", f"=numbers=p{number}-{turn}")
            except (LineClosed, ConnectionError):
                continue
            except Exception as error:
                strange.append(error)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for worker in workers:
        worker.start()
    for _turn in range(20):
        for _row in range(20):
            assert added.acquire(timeout=20)
        lab.reset("main")
        with Wire(lab.port("main")) as line:
            assert line.login() == [["!done"]]
    ended.set()
    for worker in workers:
        worker.join(20)
    assert strange == []
    lab.reset("main")
    assert "ip pool" not in lab.snapshot("main")
