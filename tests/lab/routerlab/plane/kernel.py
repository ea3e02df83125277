# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A router whose packets the kernel carries: what it shall be goes to the agent, what happens comes from there."""

from __future__ import annotations

import base64
import logging
import time
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from routerlab.firewall.connections import Rates, connection_rows
from routerlab.firewall.devices import Devices, device_name
from routerlab.firewall.marks import Marks
from routerlab.firewall.names import counter_name, counter_rule
from routerlab.kernel.errors import KernelError
from routerlab.messages import Trap
from routerlab.plane.base import Echo, GivenLease, LearnedAddress, Outcome, Plane, Traffic
from routerlab.plane.desired import desired
from routerlab.plane.kernel_leases import KernelLeases
from routerlab.plane.watching import WatchTest
from routerlab.script.machine import FetchResult
from routerlab.values.net import INTERFACES, read_ipv4

if TYPE_CHECKING:
    from routerlab.model.router import Router
    from routerlab.model.store import Row
    from routerlab.plane.world import KernelWorld
    from routerlab.script.machine import FetchRequest
    from routerlab.state.leases import Leases
    from routerlab.state.probes import Probe
    from routerlab.state.watches import Watch

log = logging.getLogger(__name__)

#: However fast the lab's clock runs, packets get this long (in seconds) to come back.
_LEAST_TIMEOUT = 0.3


@contextmanager
def _refused() -> Iterator[None]:
    """What the agent cannot do is a refusal of the router's, in so many words: a script may go on after it."""
    try:
        yield
    except KernelError as error:
        raise Trap(f"failure: the lab's data plane: {error}") from None


class KernelPlane(Plane):
    """One router's namespace, seen from its model."""

    def __init__(self, world: KernelWorld, name: str) -> None:
        self._world = world
        self._name = name
        self.marks = Marks()
        self.carrier: dict[str, bool] = {}
        #: Rows that are not in force, and why: menu, row, sentence.
        self.problems: list[tuple[str, int, str]] = []
        #: Rows that are in force only in part, and what is missing.
        self.notes: list[tuple[str, int, str]] = []
        #: The last document, and what the kernel did not take of it.
        self._sent: dict[str, Any] = {}
        self._refused: list[tuple[str, int, str]] = []
        self._changes = -1
        self._zero_traffic: dict[str, Traffic] = {}
        self._given: dict[str, GivenLease] = {}
        #: The address list of every set that rules add to.
        self._lists: dict[str, str] = {}
        self._rates = Rates()

    # Towards the agent

    def tell(self, method: str, **params: Any) -> Any:
        """Call the agent for this router."""
        return self._world.agent.call(method, router=self._name, **params)

    def flush(self, router: Router) -> None:
        """Bring the namespace up to what the rows say, when anything changed since the last time.

        Raises KernelError when a switch of the surroundings was not taken; the next call tries it again.
        """
        if router.changes == self._changes or router.booting:
            return
        changes = router.changes
        self._world.tell_site(router)
        self._changes = changes
        found = desired(router, self.marks)
        self._lists = found.learned
        if found.document != self._sent:
            self._sent = found.document
            self._refused = self._apply(found.document)
        self.notes = found.notes
        self._report([*found.problems, *self._refused])

    def _refresh(self, router: Router) -> None:
        """Before a packet of the router's own: it meets what the rows say now, not what they said a moment ago."""
        router.settle()
        self.flush(router)

    def _apply(self, document: dict[str, Any]) -> list[tuple[str, int, str]]:
        """Hand the document over; what the kernel did not take is tried again with the next document."""
        try:
            self.tell("apply", desired=document)
        except KernelError as error:
            return [("", 0, str(error))]
        return []

    def _report(self, problems: list[tuple[str, int, str]]) -> None:
        """Every problem is a line in the lab's log, once."""
        for menu, row_id, why in problems:
            if (menu, row_id, why) not in self.problems:
                where = f"/{menu} *{row_id:X} is not in force: " if menu else ""
                log.warning("%s: %s%s", self._name, where, why)
        self.problems = problems

    def reset(self, router: Router) -> None:
        """The namespace of a router in its factory state."""
        self.tell("reset")
        self._sent, self._refused, self._changes = {}, [], -1
        self._zero_traffic.clear()
        self._given.clear()
        # No packet and no connection bears one of the old ones any more.
        self.marks = Marks()

    def take(self, router: Router, event: Mapping[str, Any]) -> None:
        """An event of this router's namespace."""
        kind = event["event"]
        if kind == "carrier":
            self.carrier[event["port"]] = event["up"]
            router.touch()
        elif kind == "lease":
            leases = router.state.leases
            assert isinstance(leases, KernelLeases)
            leases.told(event)
        elif kind == "dhcp-lease":
            if event["action"] == "del":
                self._given.pop(event["address"], None)
            else:
                self._given[event["address"]] = GivenLease(
                    event["address"],
                    event["mac"],
                    event.get("hostname") or "",
                    event.get("client_id") or "",
                    float(event.get("expires") or 0),
                )
            router.changed()

    # What the model asks

    def make_leases(self, router: Router) -> Leases:
        """Leases that come over the wire."""
        return KernelLeases(router, self)

    def has_link(self, router: Router, port: str) -> bool:
        """What the kernel says of the port's carrier."""
        return self.carrier.get(port, False)

    def real_timeout(self, router: Router, seconds: float) -> float:
        """A time-out of the lab's clock as one for packets."""
        return max(router.site.clock.real(seconds), min(seconds, _LEAST_TIMEOUT))

    def probe(self, router: Router, key: str, probe: Probe) -> bool | None:
        """An echo request (or an ARP request) to the gateway; nobody speaks BFD with a lab router."""
        if probe.method == "bfd":
            return False
        interface = probe.out_interface(router)
        device = None if interface is None else Devices(router).device(interface)
        timeout = self.real_timeout(router, router.state.probes.settings().timeout)

        async def ask() -> None:
            self._refresh(router)
            answered = await self.echo(
                str(probe.gateway), dev=device, timeout=timeout, arp=probe.method == "arp" and device is not None
            )
            router.state.probes.told(key, probe, answered is not None)

        self._world.spawn(self._tested(f"the gateway {probe.gateway}", ask(), probe))
        return None

    async def _tested(self, what: str, test: Coroutine[Any, Any, None], state: Probe | Watch) -> None:
        """A test to its end; when nothing could be tested nothing is known, and the next one may begin."""
        try:
            await test
        except KernelError as error:
            log.warning("%s: %s could not be tested: %s", self._name, what, error)
        except Exception:
            log.exception("%s: testing %s failed in the lab itself", self._name, what)
        finally:
            state.waiting = False

    async def echo(self, address: str, *, arp: bool = False, **options: Any) -> float | None:
        """The round trip of one echo request in seconds, None without an answer."""
        method = "arp_ping" if arp else "ping"
        answer = await self._world.ask_later(method, router=self._name, address=address, **options)
        return float(answer.get("rtt") or 0.0) if answer.get("answered") else None

    async def connect(self, address: str, port: int, timeout: float) -> float | None:
        """The seconds that a TCP connection took, None when there was none."""
        answer = await self._world.ask_later(
            "tcp_probe", router=self._name, address=address, port=port, timeout=timeout
        )
        return float(answer["rtt"]) if answer.get("answered") else None

    def watch(self, router: Router, row: Row) -> Outcome | None:
        """The test of the watch's type."""
        watch = router.state.watches.watches[row.id]

        async def test() -> None:
            self._refresh(router)
            outcome = await WatchTest(self, router, row).run()
            router.state.watches.told(row, watch, outcome)

        self._world.spawn(self._tested(f"the host {router.text(row, 'host')}", test(), watch))
        return None

    async def ping(self, router: Router, address: str, interface: str, options: Mapping[str, str]) -> Echo:
        """An echo request to an address or a name."""
        self._refresh(router)
        target = address if read_ipv4(address) else await self.resolve(router, address, "")
        device = None
        if interface:
            row = next(iter(router.tables[INTERFACES].same(("name",), {"name": interface})), None)
            if row is None:
                raise Trap("input does not match any value of interface")
            device = device_name(row)
        timeout = self.real_timeout(router, 1.0)
        numbers = {name: int(options[name]) for name in ("size", "ttl") if options.get(name, "").isdecimal()}
        with _refused():
            answer = await self._world.ask_later(
                "ping",
                router=self._name,
                address=target,
                dev=device,
                src=options.get("src-address") or None,
                timeout=timeout,
                **numbers,
            )
        if not answer.get("answered"):
            return Echo(host=answer.get("host") or target, status=answer.get("reason") or "timeout")
        return Echo(float(answer.get("rtt") or 0.0), target, int(answer.get("ttl") or 64))

    async def fetch(self, router: Router, request: FetchRequest) -> FetchResult:
        """HTTP out of the router's namespace."""
        self._refresh(router)
        with _refused():
            answer = await self._world.ask_later("fetch", router=self._name, request=self._request(router, request))
        if answer.get("error"):
            raise Trap(f"failure: {answer['error']}")
        result = answer["result"]
        return FetchResult(
            code=int(result["code"]),
            downloaded=int(result["downloaded"]),
            total=int(result["total"]),
            duration=float(result["duration"]),
            data=base64.b64decode(result["data_base64"]),
            headers=[(str(name), str(value)) for name, value in result["headers"]],
        )

    def _request(self, router: Router, request: FetchRequest) -> dict[str, Any]:
        """The agent's request; raises Trap for what it does not do: never is less fetched than was asked for."""
        beyond = {
            "upload=yes": request.upload,
            "http-auth-scheme=digest": request.auth_scheme == "digest",
            "certificate": request.certificate not in ("", "none"),
        }
        if unknown := [name for name, asked in beyond.items() if asked]:
            raise Trap(f"failure: the laboratory does not fetch with {' and '.join(unknown)}")
        document = {
            "url": _url(request),
            "method": request.method,
            "data_base64": base64.b64encode(request.data).decode("ascii"),
            "headers": [list(pair) for pair in request.headers],
            "check_certificate": request.check_certificate,
            "ca": str(self._world.authority),
            "address": request.address or None,
            "host": request.host or None,
            "port": request.port or None,
            "user": request.user or None,
            "password": request.password or None,
            "src_address": request.src_address or None,
            "duration": request.duration,
            "timeout": request.idle_timeout,
            "max_redirects": request.max_redirects,
            "content_encoding": request.content_encoding or None,
            "percent_encoding": request.percent_encoding,
            "version": str(router.version),
        }
        return {name: value for name, value in document.items() if value is not None}

    async def resolve(self, router: Router, name: str, server: str) -> str:
        """The first address that the router's DNS cache, or the server that is named, gives."""
        self._refresh(router)
        with _refused():
            answer = await self._world.ask_later("resolve", router=self._name, name=name, server=server or None)
        if answer.get("error"):
            raise Trap(f"failure: {answer['error']}")
        return str(answer["result"][0])

    def connections(self, router: Router) -> list[dict[str, str]]:
        """The kernel's own table."""
        found = self.tell("connections")
        return connection_rows(router, found, self.marks, self._rates.read(found, time.monotonic()))

    def forget_connections(self, router: Router, ids: list[int]) -> None:
        """The kernel forgets them."""
        self.tell("forget", ids=ids)

    def rules(self, router: Router, menu: str) -> Mapping[int, tuple[int, int]]:
        """The counters of the ruleset."""
        found = {}
        for name, (packets, size) in self.tell("counters")["rules"].items():
            rule = counter_rule(name)
            if rule is not None and rule[0] == menu:
                found[rule[1]] = (packets, size)
        return found

    def clear_rules(self, router: Router, menu: str, ids: list[int]) -> None:
        """The kernel counts them anew."""
        self.tell("reset_counters", names=[counter_name(menu, row_id) for row_id in ids])

    def traffic(self, router: Router) -> Mapping[int, Traffic]:
        """The devices' counters, since they were last cleared."""
        return {
            row_id: Traffic(*(now - zero for now, zero in zip(vars(count).values(), vars(start).values(), strict=True)))
            for row_id, (count, start) in self._traffic(router).items()
        }

    def _traffic(self, router: Router) -> dict[int, tuple[Traffic, Traffic]]:
        counted = self.tell("counters")["interfaces"]
        found = {}
        for row in router.tables[INTERFACES]:
            device = device_name(row)
            if device is not None and device in counted:
                count = Traffic(**{name: int(counted[device][name]) for name in vars(Traffic())})
                found[row.id] = (count, self._zero_traffic.get(device, Traffic()))
        return found

    def clear_traffic(self, router: Router, ids: list[int]) -> None:
        """Remember where they stand: a device's counters cannot be set back."""
        counted = self._traffic(router)
        for row_id in ids:
            row = router.tables[INTERFACES].get(row_id)
            device = None if row is None else device_name(row)
            if device is not None and row_id in counted:
                self._zero_traffic[device] = counted[row_id][0]

    def leases_given(self, router: Router) -> list[GivenLease]:
        """What the router's DHCP servers reported."""
        now = time.time()
        return [lease for lease in self._given.values() if not lease.expires or lease.expires > now]

    def learned(self, router: Router) -> list[LearnedAddress]:
        """What the kernel's sets hold now."""
        if not self._lists:
            return []
        return [
            LearnedAddress(self._lists[name], address, seconds)
            for name, found in self.tell("sets").items()
            if name in self._lists
            for address, seconds in found.items()
        ]

    def forget_learned(self, router: Router, learned: list[LearnedAddress]) -> None:
        """Take them out of the kernel's sets."""
        for name, title in self._lists.items():
            addresses = [one.address for one in learned if one.list == title]
            if addresses:
                self.tell("forget_set", name=name, addresses=addresses)


def _url(request: FetchRequest) -> str:
    """The URL with its scheme, made of address and path in the form without ``url`` (manual, Fetch)."""
    text = request.url.decode("utf-8", "surrogateescape") or f"{request.address}/{request.src_path.lstrip('/')}"
    return text if "://" in text else f"{request.mode}://{text}"
