# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one can do to a lab's surroundings and in them: cables, providers, clients on the LANs, the clock, faults."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping, Sequence
from typing import Any

from routerlab.faults import Fault
from routerlab.kernel.errors import KernelError
from routerlab.lab import Lab, LabError
from routerlab.model.device_mode import DeviceMode, features, modes
from routerlab.model.router import Router
from routerlab.plane.world import KernelWorld
from routerlab.values.net import INTERFACES

#: The parts of a provider that can die.
PARTS = ("modem", "upstream", "dhcp")


def port_of(router: Router, interface: str) -> str:
    """The port, by default name, of an Ethernet interface that is named or is that port; raises LabError."""
    ports = {}
    for row in router.tables[INTERFACES]:
        if row.facts["type"] == "ether":
            ports[router.text(row, "name")] = row.facts["default-name"]
    if interface in ports:
        return str(ports[interface])
    if interface in ports.values():
        return interface
    known = ", ".join(name if name == port else f"{name} ({port})" for name, port in ports.items())
    raise LabError(f"{router.name} has no port {interface!r}; there are: {known}")


def interface_of(router: Router, port: str) -> str:
    """The name that a port's interface has now."""
    for row in router.tables[INTERFACES]:
        if row.facts.get("default-name") == port:
            return router.text(row, "name")
    return port


def link(lab: Lab, name: str, interface: str, up: bool) -> None:
    """Plug a cable in or pull it."""
    router = lab.router(name)
    port = port_of(router, interface)
    (router.site.unplugged.discard if up else router.site.unplugged.add)(port)
    router.site.changed()
    lab.flush()


def isp(lab: Lab, name: str, interface: str, part: str, up: bool) -> None:
    """Let a provider's modem, what lies behind it, or its DHCP server die or come back."""
    router = lab.router(name)
    port = port_of(router, interface)
    if part not in PARTS:
        raise LabError(f"a provider has {', '.join(PARTS)}, no {part!r}")
    provider = router.site.isps.get(port)
    if provider is None:
        known = ", ".join(interface_of(router, each) for each in router.site.isps) or "none"
        raise LabError(f"there is no provider at {name}'s {interface}; there are providers at: {known}")
    setattr(provider, {"modem": "gateway_up", "upstream": "upstream_up", "dhcp": "dhcp"}[part], up)
    router.site.changed()
    lab.flush()


def clock(lab: Lab, speed: float | None, advance: float | None) -> dict[str, float]:
    """The clock's speed, after changing it or letting time pass."""
    try:
        if speed is not None:
            lab.clock.speed = float(speed)
        if advance is not None:
            lab.flush()
            lab.clock.advance(float(advance))
            lab.flush()
    except ValueError as error:
        raise LabError(str(error)) from None
    return {"speed": lab.clock.speed}


def fault(lab: Lab, name: str, kind: str, after: int, of: str, done: bool) -> None:
    """Order a fault for a router, or ``clear`` what is ordered; raises LabError."""
    ordered = lab.router(name).faults
    try:
        if kind == "clear":
            ordered.clear()
        else:
            ordered.order(Fault(kind, of, done), after)
    except ValueError as error:
        raise LabError(str(error)) from None


def device_mode(lab: Lab, name: str, mode: str, changed: Sequence[str], flagged: bool) -> None:
    """Put a router into a mode of ``/system/device-mode`` as somebody beside it would, but without its reboot.

    ``changed`` are features that differ from what the mode says, such as ``fetch=yes``.  Raises LabError.
    """
    router = lab.router(name)
    known = modes(router.version)
    if mode not in known:
        raise LabError(f"RouterOS {router.version} has the modes {', '.join(known)}, not {mode!r}")
    found: dict[str, bool] = {}
    for text in changed:
        feature, _sign, answer = text.partition("=")
        if feature not in features(router.version) or answer not in ("yes", "no"):
            raise LabError(f"{text!r} is no feature=yes or feature=no; features: {', '.join(features(router.version))}")
        found[feature] = answer == "yes"
    router.device_mode = DeviceMode(router.version, mode, flagged, changed=found)
    router.touch()


def world_of(lab: Lab) -> KernelWorld:
    """The data plane; raises LabError when the lab runs without."""
    if lab.world is None:
        raise LabError("this lab runs without its data plane, so nothing can be sent; start it without --no-kernel")
    return lab.world


async def telegram(lab: Lab) -> list[dict[str, Any]]:
    """The messages that the lab's Telegram has received; ``link`` is where they came from, as router/interface."""
    world = world_of(lab)
    links = {address: f"{name}/{link}" for name in lab.routers for address, link in links_by_address(lab, name).items()}
    try:
        messages: list[dict[str, Any]] = world.agent.call("telegram")
    except KernelError as error:
        raise LabError(str(error)) from None
    return [{**message, "link": links.get(message["from"], message["from"])} for message in messages]


def links_by_address(lab: Lab, name: str) -> dict[str, str]:
    """The internet's view of a router's links: public address -> the interface's name now."""
    world = world_of(lab)
    router = lab.router(name)
    found = {}
    for port in router.site.isps:
        address = world.uplink(name, port)
        if address is not None:
            found[address] = interface_of(router, port)
    return found


async def client(
    lab: Lab,
    name: str,
    interface: str,
    argv: Sequence[str],
    descriptors: Sequence[int],
    environment: Mapping[str, str],
    cwd: str,
) -> int:
    """Run a command as a client at a port of a router; returns its exit status.  Cancelled, it ends the command."""
    agent = world_of(lab).agent
    port = port_of(lab.router(name), interface)
    lab.flush()
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[int] = loop.create_future()

    def done(status: int | None, error: str | None) -> None:
        if ended.done():
            return
        if status is None:
            ended.set_exception(LabError(error or "the command could not be run"))
        else:
            ended.set_result(status if status >= 0 else 128 - status)

    try:
        number = agent.client(name, port, argv, descriptors, done, environment=environment, cwd=cwd)
    except KernelError as error:
        raise LabError(str(error)) from None
    try:
        return await ended
    except asyncio.CancelledError:
        if agent.alive:
            agent.signal_client(number, signal.SIGTERM)
        raise
