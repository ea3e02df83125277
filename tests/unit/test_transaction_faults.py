# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever fails at whatever sentence of a transaction: the router is as before or as after, and the outcome says which."""

from __future__ import annotations

import pytest

from ansible_collections.multiwan.routeros.plugins.module_utils import inspection
from ansible_collections.multiwan.routeros.plugins.module_utils.errors import (
    CommandFailed,
    Conflict,
    ConnectionLost,
    Unprotected,
)
from ansible_collections.multiwan.routeros.plugins.module_utils.protection import SAFE_MODE_BOUND
from ansible_collections.multiwan.routeros.plugins.module_utils.session import Sentence
from ansible_collections.multiwan.routeros.plugins.module_utils.transaction import begin

from .guarded_router import GuardedRouter
from .random_changes import all_told
from .transacted import HOWS, MENUS, begun, count_of_sentences, done, is_after, is_before, router, struck


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("undo", ["scheduler", "safe_mode", "both"])
def test_whatever_happens_at_any_sentence_the_router_is_as_before_or_as_after(undo: str, how: str) -> None:
    seen: dict[str, int] = {}
    for at in range(count_of_sentences(undo)):
        fake = router()
        candidate = begun(fake)
        state = "raised"
        with struck(fake, at, how):
            try:
                outcome = done(fake, candidate, undo=undo)
            except (CommandFailed, ConnectionLost, Conflict, Unprotected):
                assert fake.writes == []
            else:
                state = outcome.state
                assert (state == "confirmed") == (not outcome.result.problem)
        where = f"{how} at {at}: {state}"
        assert fake.left == [], where
        fake.pass_time(SAFE_MODE_BOUND)
        seen[state] = seen.get(state, 0) + 1
        assert is_before(fake) or is_after(fake), where
        assert is_after(fake) == (state == "confirmed"), where
    assert seen.keys() <= {"raised", "undone", "confirmed"}
    assert seen.get("undone") or how == "slow"


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("undo", ["scheduler", "safe_mode", "both"])
def test_what_happens_while_a_change_is_taken_back_is_told_too(
    undo: str, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspection, "POLL", 15.0)
    fake = router(pings=0)
    ping = {"ping": [{"address": "10.0.0.2"}]}
    assert done(fake, undo=undo, verify=ping).state == "undone"
    last = fake.asked
    failed = next(number for number, (_session, _at, said) in enumerate(fake.heard) if said[0] == "/tool/ping")
    for at in range(failed, last):
        fake = router(pings=0)
        candidate = begun(fake)
        with struck(fake, at, how):
            outcome = done(fake, candidate, undo=undo, verify=ping)
        where = f"{how} at {at}: {outcome.state}, {outcome.result.problem}"
        assert outcome.state == "undone", where
        assert fake.left == [], where
        assert is_before(fake), where


class Killed(BaseException):
    """The end of the controller."""


@pytest.mark.parametrize("heard", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("undo", ["scheduler", "safe_mode", "both"])
def test_where_the_controller_is_killed_the_next_run_finds_the_one_or_the_other(undo: str, heard: bool) -> None:
    seen = set()
    for at in range(count_of_sentences(undo)):
        fake = router()
        candidate = begun(fake)

        def strike(said: Sentence, count: int, fake: GuardedRouter = fake, at: int = at) -> None:
            if count == at:
                fake.strike = None
                if heard:
                    fake.carry_out(fake.sessions, said)
                raise Killed

        fake.strike = strike
        with pytest.raises(Killed):
            done(fake, candidate, undo=undo)
        later, told = begin("r1", "admin", MENUS, fake.world)
        assert fake.left == [], at
        assert is_before(fake) or is_after(fake), at
        assert all_told(later.rows) == all_told(fake.tables.rows())
        seen.add((bool(told), is_before(fake)))
    # undone while begin waited; unwritten, or undone at once; confirmed at the end
    expected = {(False, True)}
    if undo != "safe_mode":
        expected.add((True, True))
    if heard or undo != "safe_mode":
        # with a job, the router is asked for the time behind it
        expected.add((False, False))
    assert seen == expected
