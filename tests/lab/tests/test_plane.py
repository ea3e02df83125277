# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a router's plane makes of an agent that refuses, and what it asks of one; no packets here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import Any, cast

import pytest

from routerlab import seed
from routerlab.firewall.marks import LIMIT
from routerlab.kernel.client import Agent
from routerlab.kernel.errors import KernelError
from routerlab.menus import registry
from routerlab.messages import Trap
from routerlab.model.hardware import MODELS
from routerlab.model.router import Router
from routerlab.plane.kernel import KernelPlane
from routerlab.plane.world import KernelWorld
from routerlab.script.machine import FetchRequest
from routerlab.topology import RouterPlan
from routerlab.version import Version
from routerlab.world.clock import Clock

Answers = Callable[[str, dict[str, Any]], dict[str, Any]]


@dataclass
class World:
    """In the place of ``KernelWorld``: what is spawned waits to be run, what is asked later gets these answers."""

    answers: Answers
    spawned: list[Coroutine[Any, Any, None]] = field(default_factory=list)
    authority: str = "ca.pem"

    @property
    def agent(self) -> World:
        return self

    def call(self, method: str, **params: Any) -> None:
        """The namespace becomes whatever is desired."""
        assert method == "apply"

    def tell_site(self, router: Router) -> None:
        """Nothing is switched here."""

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self.spawned.append(work)

    async def ask_later(self, method: str, **params: Any) -> dict[str, Any]:
        return self.answers(method, params)

    def run(self) -> int:
        """Carry out what was spawned; how much that was."""
        works, self.spawned = self.spawned, []
        for work in works:
            asyncio.run(work)
        return len(works)


def refuse(method: str, params: dict[str, Any]) -> dict[str, Any]:
    raise KernelError(f"the agent did not answer to {method}")


def build(world: World | KernelWorld, text: str = "", plane: KernelPlane | None = None) -> Router:
    """A router on the lab's kernel plane, all ports with a link."""
    plan = RouterPlan("r", "RB750Gr3", Version.parse("7.22.3"))
    plane = plane or KernelPlane(cast(KernelWorld, world), "r")
    router = Router(
        name=plan.name,
        version=plan.version,
        hardware=MODELS[plan.model],
        menus=registry.menus_for(plan.version),
        site=plan.make_site(Clock()),
        factory=registry.populate,
        plane=plane,
    )
    plane.carrier = dict.fromkeys(router.site.ports, True)
    seed.apply(router, text)
    return router


WATCHED = """\
/ip address
add address=192.168.40.2/24 interface=ether1
/ip route
add gateway=192.168.40.1 check-gateway=ping
/tool netwatch
add host=8.8.8.8 startup-delay=0s start-delay=0s
"""


def test_gateways_and_hosts_are_asked_again_after_the_agent_refused() -> None:
    world = World(refuse)
    router = build(world, WATCHED)
    for _turn in range(3):
        router.settle()
        assert world.run() == 2
        router.site.clock.advance(10)
    # That nothing could be asked is no answer: the route stays, the host is unknown.
    assert [route.active for route in router.state.routes.all if route.kind == "static"] == [True]
    assert [watch.status for watch in router.state.watches.watches.values()] == ["unknown"]
    world.answers = lambda method, params: {"answered": False}
    for _turn in range(3):
        router.settle()
        assert world.run() == 2
        router.site.clock.advance(10)
    assert [route.active for route in router.state.routes.all if route.kind == "static"] == [False]
    assert [watch.status for watch in router.state.watches.watches.values()] == ["down"]


def test_a_mistake_in_the_lab_is_told_and_the_next_test_begins(caplog: pytest.LogCaptureFixture) -> None:
    def mistaken(method: str, params: dict[str, Any]) -> dict[str, Any]:
        raise ValueError("a mistake")

    world = World(mistaken)
    router = build(world, WATCHED)
    for _turn in range(2):
        router.settle()
        assert world.run() == 2
        router.site.clock.advance(10)
    assert caplog.text.count("ValueError: a mistake") == 4


def test_what_the_agent_did_not_foresee_is_an_error_for_who_waits() -> None:
    world = KernelWorld(lambda work: None, lambda reason: None)
    answers: list[dict[str, Any]] = [{"unforeseen": "answer: ValueError: a mistake"}, {"answered": False}]

    class Line:
        """In the place of ``Agent``: every call has its event at once."""

        def call(self, method: str, id: int, **params: Any) -> None:
            world._event({"event": "answer", "id": id, **answers[id - 1]})

    world._agent = cast(Agent, Line())
    with pytest.raises(KernelError, match="ValueError: a mistake"):
        asyncio.run(world.ask_later("ping"))
    assert asyncio.run(world.ask_later("ping"))["answered"] is False


def test_a_switch_that_was_not_taken_is_told_again() -> None:
    world = KernelWorld(lambda work: None, lambda reason: None)
    told: list[tuple[str, dict[str, Any]]] = []
    broken = True

    class Line:
        """In the place of ``Agent``."""

        def call(self, method: str, **params: Any) -> None:
            if broken and method in ("link", "host"):
                raise KernelError("did not answer")
            told.append((method, params))

    world._agent = cast(Agent, Line())
    plane = world.plane("r")
    router = build(world, plane=plane)
    world._routers["r"] = router
    world._told = dict(world._switches(router))
    router.site.unplugged.add("ether2")
    router.site.dead_hosts.add(IPv4Address("8.8.8.8"))
    router.site.changed()
    for _turn in range(2):
        with pytest.raises(KernelError):
            plane.flush(router)
    broken = False
    plane.flush(router)
    assert told[:2] == [
        ("link", {"router": "r", "port": "ether2", "up": False}),
        ("host", {"address": "8.8.8.8", "up": False}),
    ]
    told.clear()
    router.site.changed()
    plane.flush(router)
    assert [method for method, _rest in told if method != "apply"] == []


def test_a_reset_router_has_all_its_marks_again() -> None:
    """A lab that is reset for every test does not run out of them."""
    world = KernelWorld(lambda work: None, lambda reason: None)

    class Line:
        """In the place of ``Agent``."""

        def call(self, method: str, **params: Any) -> None:
            assert (method, params) == ("reset", {"router": "r"})

    world._agent = cast(Agent, Line())
    plane = world.plane("r")
    router = build(world, plane=plane)
    for number in range(LIMIT):
        plane.marks.connection(f"mark {number}")
    plane.reset(router)
    assert plane.marks.connection("another") == 1


FETCHES = [
    (FetchRequest(b"https://a.example/x?y=\xe2\x9c\x85"), {"url": "https://a.example/x?y=\u2705"}),
    (FetchRequest(b"a.example/x", mode="https"), {"url": "https://a.example/x"}),
    (
        FetchRequest(b"", mode="https", address="192.0.2.1", src_path="/x", host="a.example", port=8443),
        {"url": "https://192.0.2.1/x", "address": "192.0.2.1", "host": "a.example", "port": 8443},
    ),
    (FetchRequest(b"http://a.example/", content_encoding="gzip"), {"content_encoding": "gzip"}),
    (FetchRequest(b"http://a.example/", max_redirects=0), {"max_redirects": 0}),
]


@pytest.mark.parametrize(("request_", "expected"), FETCHES)
def test_what_is_fetched_is_what_was_asked_for(request_: FetchRequest, expected: dict[str, object]) -> None:
    asked: list[dict[str, Any]] = []

    def answer(method: str, params: dict[str, Any]) -> dict[str, Any]:
        asked.append(params["request"])
        empty = {"code": 200, "downloaded": 0, "total": 0, "duration": 0, "data_base64": "", "headers": []}
        return {"result": empty}

    router = build(World(answer))
    asyncio.run(router.plane.fetch(router, request_))
    assert asked[0].items() >= expected.items()
    # What nobody said is left to the agent's defaults.
    assert request_.max_redirects is not None or "max_redirects" not in asked[0]


@pytest.mark.parametrize(
    ("request_", "named"),
    [
        (FetchRequest(b"http://a.example/", upload=True), "upload=yes"),
        (FetchRequest(b"http://a.example/", auth_scheme="digest"), "http-auth-scheme=digest"),
        (FetchRequest(b"https://a.example/", certificate="mine"), "certificate"),
    ],
)
def test_what_the_lab_does_not_fetch_is_refused(request_: FetchRequest, named: str) -> None:
    router = build(World(refuse))
    with pytest.raises(Trap, match=f"does not fetch with {named}$"):
        asyncio.run(router.plane.fetch(router, request_))
