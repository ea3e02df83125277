# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of transactions share: a router in memory, a change to it, and what may happen on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible_collections.multiwan.routeros.plugins.module_utils.candidate import Candidate
from ansible_collections.multiwan.routeros.plugins.module_utils.errors import ConnectionLost
from ansible_collections.multiwan.routeros.plugins.module_utils.menus import find_menu
from ansible_collections.multiwan.routeros.plugins.module_utils.session import Sentence
from ansible_collections.multiwan.routeros.plugins.module_utils.transaction import Options, Outcome, begin, commit

from .guarded_router import GuardedRouter, Refused
from .random_changes import FILTER, ROUTE, TABLE, Asked, Tables, all_told

RULE = {"chain": "input", "action": "accept"}
BEFORE = {
    TABLE: [{"name": "old", "fib": "yes", "comment": "ours: old"}, {"name": "x", "comment": "theirs x"}],
    FILTER: [RULE | {"comment": name} for name in ("theirs first", "ours: a", "ours: b", "theirs last")],
    ROUTE: [{"gateway": "10.0.0.1", "routing-table": "old", "comment": "ours: old"}],
}
WANTED: dict[str, list[dict[str, str]]] = {
    TABLE: [{"name": "new", "fib": "yes", "comment": "ours: new"}],
    FILTER: [RULE | {"comment": "ours: b"}, RULE | {"action": "drop", "comment": "ours: c"}],
    ROUTE: [{"gateway": "10.0.0.2", "routing-table": "new", "comment": "ours: new"}],
}
MENUS = [find_menu(path) for path in BEFORE]

WRITES = [
    "/routing/table/add",
    "/ip/route/add",
    "/ip/firewall/filter/add",
    "/ip/firewall/filter/remove",
    "/ip/route/remove",
    "/routing/table/remove",
]

UNMET = {"menus": {ROUTE: [{"comment": "ours: new", "distance": 9}]}}

HOWS = ["refused", "lost", "answer lost", "silent", "slow"]


def router(**how: Any) -> GuardedRouter:
    return GuardedRouter(Tables.of(BEFORE), **how)


def begun(fake: GuardedRouter) -> Candidate:
    candidate, told = begin("r1", "admin", MENUS, fake.world)
    assert told == []
    Asked(WANTED, "overridden").of(candidate)
    fake.forget()
    return candidate


def done(fake: GuardedRouter, candidate: Candidate | None = None, **how: Any) -> Outcome:
    """Commit, by options as they are unless told, what *candidate* holds, or else all that is wanted."""
    return commit(candidate or begun(fake), Options(**how), fake.world)


def is_before(fake: GuardedRouter) -> bool:
    return all_told(fake.tables.rows()) == all_told(Tables.of(BEFORE).rows())


def is_after(fake: GuardedRouter) -> bool:
    wanted = Tables.of(BEFORE)
    candidate = wanted.candidate()
    Asked(WANTED, "overridden").of(candidate)
    return all_told(fake.tables.rows()) == all_told(candidate.rows)


def count_of_sentences(undo: str) -> int:
    fake = router()
    done(fake, undo=undo)
    return fake.asked


@contextmanager
def struck(fake: GuardedRouter, at: int, how: str) -> Iterator[None]:
    """Let something happen at the sentence *at* of the commit, once."""

    def strike(said: Sentence, count: int) -> None:
        if count != at:
            return
        hit.append(said)
        fake.strike = None
        if how == "refused":
            raise Refused("failure: no")
        if how == "lost":
            raise ConnectionLost("r1 (test): the connection broke")
        if how == "slow":
            fake.pass_time(9)
            return
        # the router carries it out, and nobody hears of it
        fake.carry_out(fake.sessions, said)
        if how == "silent":
            fake.pass_time(10)
        raise ConnectionLost(f"r1 (test): {how}")

    hit: list[Sentence] = []
    fake.strike = strike
    yield
    assert hit


def at_the_proof(fake: GuardedRouter, happens: Callable[[], None]) -> None:
    """Let something happen once, when the router is first read after the writes."""

    def strike(said: Sentence, _count: int) -> None:
        if said[0] == "/system/resource/print" and fake.writes:
            fake.strike = None
            happens()

    fake.strike = strike


def left_open(fake: GuardedRouter, folder: Path, **how: Any) -> Candidate:
    """Commit all that is wanted without confirming it, and return the candidate as the next task finds it."""
    outcome = done(fake, confirm=False, **how)
    assert outcome.state == "open"
    assert is_after(fake)
    assert len(fake.left) == 1
    assert outcome.candidate is not None
    outcome.candidate.save(folder / "candidate.json")
    fake.forget()
    return Candidate.load(folder / "candidate.json")
