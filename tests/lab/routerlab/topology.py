# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Topologies: TOML files that say which routers there are and what surrounds them.

``docs/lab.md`` describes the fields.  Every mistake is told with the file and the field.  The folder of an Ansible
inventory is one, too: ``inventory.py`` reads off it what surrounds its sites.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path
from typing import Any

from routerlab import inventory
from routerlab.model.device_mode import default_mode, modes
from routerlab.model.hardware import DEFAULT_MODEL, MODELS
from routerlab.values.time import read_duration
from routerlab.version import NEWEST, OLDEST, Version
from routerlab.world.clock import Clock
from routerlab.world.site import Isp, Management, Site

_BUILT_IN = Path(__file__).parent / "topologies"
DEFAULT = "trans_coffee"


class TopologyError(Exception):
    """A topology that cannot be used; the text names the file and the field."""


@dataclass(frozen=True)
class RouterPlan:
    """One router of a topology; ``make_site`` gives its surroundings anew."""

    name: str
    model: str = DEFAULT_MODEL
    version: Version = NEWEST
    username: str = "admin"
    password: str = "lab"
    unplugged: tuple[str, ...] = ()
    hosts: tuple[IPv4Address, ...] = ()
    api_ssl: str = "certificate"
    isps: tuple[Mapping[str, Any], ...] = ()
    management: Management | None = None
    #: The mode of ``/system/device-mode``; empty for what the version has by default.
    device_mode: str = ""

    def make_site(self, clock: Clock) -> Site:
        """The surroundings as the topology describes them."""
        hosts = set(self.hosts) if self.management is None else {*self.hosts, self.management.host}
        site = Site(
            clock, MODELS[self.model].ports, unplugged=set(self.unplugged), hosts=hosts, management=self.management
        )
        for isp in self.isps:
            site.isps[isp["port"]] = Isp(**isp)
        return site


_ROUTER_FIELDS = {
    "name", "model", "version", "username", "password", "unplugged", "hosts", "api_ssl", "isp", "management",
    "device_mode",
}  # fmt: skip
_MANAGEMENT_FIELDS = {"port", "address", "host"}
_ISP_FIELDS = {"name", "port", "network", "gateway", "address", "dhcp", "lease", "down", "up", "delay"}


#: Names of routers become names of files and of certificates.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
_RATE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)([kMG])")
_LONGEST_LEASE = 2**32 * 1_000_000


class _Reader:
    """Takes fields out of tables and tells what is wrong where."""

    def __init__(self, source: str) -> None:
        self.source = source

    def fail(self, where: str, problem: str) -> TopologyError:
        return TopologyError(f"{self.source}: {where}: {problem}")

    def known(self, table: Mapping[str, Any], fields: set[str], where: str) -> None:
        for name in table:
            if name not in fields:
                raise self.fail(f"{where}.{name}", f"unknown field, known are {', '.join(sorted(fields))}")

    def text(self, table: Mapping[str, Any], name: str, where: str, default: str | None = None) -> str:
        value = table.get(name, default)
        if value is None:
            raise self.fail(f"{where}.{name}", "is missing")
        if not isinstance(value, str) or (not value and name != "password"):
            raise self.fail(f"{where}.{name}", f"must be a text, not {value!r}")
        return value

    def texts(self, table: Mapping[str, Any], name: str, where: str) -> tuple[str, ...]:
        value = table.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.fail(f"{where}.{name}", f"must be a list of texts, not {value!r}")
        return tuple(value)

    def tables(self, table: Mapping[str, Any], name: str, where: str) -> list[dict[str, Any]]:
        value = table.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.fail(where, f"write it as [[{where}]]")
        return value

    def router(self, table: Mapping[str, Any], number: int) -> RouterPlan:
        where = f"router[{number}]"
        self.known(table, _ROUTER_FIELDS, where)
        name = self.text(table, "name", where)
        if not _NAME.fullmatch(name):
            raise self.fail(f"{where}.name", f"{name!r} must be made of letters, digits, - and _, 63 at most")
        where = f"router {name}"
        model = self.text(table, "model", where, DEFAULT_MODEL)
        if model not in MODELS:
            raise self.fail(f"{where}.model", f"unknown model {model!r}, known are {', '.join(MODELS)}")
        ports = MODELS[model].ports
        unplugged = self.texts(table, "unplugged", where)
        for port in unplugged:
            if port not in ports:
                raise self.fail(f"{where}.unplugged", f"{model} has no port {port!r}")
        hosts = []
        for host in self.texts(table, "hosts", where):
            try:
                hosts.append(IPv4Address(host))
            except ValueError:
                raise self.fail(f"{where}.hosts", f"{host!r} is no IPv4 address") from None
        api_ssl = self.text(table, "api_ssl", where, "certificate")
        if api_ssl not in ("certificate", "anonymous"):
            raise self.fail(f"{where}.api_ssl", f"must be certificate or anonymous, not {api_ssl!r}")
        version = read_version(self.text(table, "version", where, str(NEWEST)), f"{self.source}: {where}.version")
        return RouterPlan(
            name=name,
            model=model,
            version=version,
            username=self.text(table, "username", where, "admin"),
            password=self.text(table, "password", where, "lab"),
            unplugged=unplugged,
            hosts=tuple(hosts),
            api_ssl=api_ssl,
            isps=self.isps(table, where, ports),
            management=self.management(table, where, ports),
            device_mode=self.device_mode(table, where, version),
        )

    def management(self, table: Mapping[str, Any], where: str, ports: tuple[str, ...]) -> Management | None:
        if "management" not in table:
            return None
        here, found = f"{where}.management", table["management"]
        if not isinstance(found, dict):
            raise self.fail(
                here, 'write it as { port = "ether1", address = "192.168.88.1/24", host = "192.168.88.10" }'
            )
        self.known(found, _MANAGEMENT_FIELDS, here)
        port = self.text(found, "port", here)
        if port not in ports:
            raise self.fail(f"{here}.port", f"the router has no port {port!r}")
        try:
            address = IPv4Interface(self.text(found, "address", here))
            host = IPv4Address(self.text(found, "host", here))
        except ValueError as error:
            raise self.fail(here, str(error)) from None
        if host == address.ip:
            raise self.fail(f"{here}.host", f"{host} is the router's own address")
        return Management(port, address, host)

    def device_mode(self, table: Mapping[str, Any], where: str, version: Version) -> str:
        mode = self.text(table, "device_mode", where, default_mode(version))
        known = modes(version)
        if mode not in known:
            raise self.fail(f"{where}.device_mode", f"RouterOS {version} has {', '.join(known)}, not {mode!r}")
        return mode

    def isps(self, table: Mapping[str, Any], where: str, ports: tuple[str, ...]) -> tuple[Mapping[str, Any], ...]:
        found: list[Mapping[str, Any]] = []
        for number, isp in enumerate(self.tables(table, "isp", "router.isp")):
            here = f"{where}.isp[{number}]"
            self.known(isp, _ISP_FIELDS, here)
            port = self.text(isp, "port", here)
            if port not in ports:
                raise self.fail(f"{here}.port", f"the router has no port {port!r}")
            if any(other["port"] == port for other in found):
                raise self.fail(f"{here}.port", f"{port} has a provider already")
            found.append(self.isp(isp, port, here))
        return tuple(found)

    def isp(self, isp: Mapping[str, Any], port: str, here: str) -> Mapping[str, Any]:
        try:
            network = IPv4Network(self.text(isp, "network", here))
        except ValueError as error:
            raise self.fail(f"{here}.network", str(error)) from None
        if network.prefixlen > 30:
            raise self.fail(f"{here}.network", "must have room for a gateway and a router, /30 at most")
        addresses = {}
        for name, offset in (("gateway", 1), ("address", 2)):
            text = self.text(isp, name, here, str(network.network_address + offset))
            try:
                addresses[name] = IPv4Address(text)
            except ValueError:
                raise self.fail(f"{here}.{name}", f"{text!r} is no IPv4 address") from None
            if addresses[name] not in network:
                raise self.fail(f"{here}.{name}", f"{text} lies outside of {network}")
            if addresses[name] in (network.network_address, network.broadcast_address):
                raise self.fail(f"{here}.{name}", f"{text} is no host's address in {network}")
        if addresses["address"] == addresses["gateway"]:
            raise self.fail(f"{here}.address", f"{addresses['address']} is the gateway's")
        lease = read_duration(self.text(isp, "lease", here, "1h"))
        if lease is None or not 10_000_000 <= lease < _LONGEST_LEASE:
            raise self.fail(f"{here}.lease", "must be a duration of at least 10s, such as 1h")
        dhcp = isp.get("dhcp", True)
        if not isinstance(dhcp, bool):
            raise self.fail(f"{here}.dhcp", f"must be true or false, not {dhcp!r}")
        return {
            "name": self.text(isp, "name", here, port),
            "port": port,
            "network": network,
            "dhcp": dhcp,
            "lease_seconds": lease // 1_000_000,
            "down": self.rate(isp, "down", here),
            "up": self.rate(isp, "up", here),
            "delay": self.delay(isp, here),
            **addresses,
        }

    def rate(self, isp: Mapping[str, Any], name: str, here: str) -> int | None:
        """Bits per second of a text such as ``38M``; None when nothing is written."""
        if name not in isp:
            return None
        found = _RATE.fullmatch(self.text(isp, name, here))
        rate = round(float(found[1]) * {"k": 1e3, "M": 1e6, "G": 1e9}[found[2]]) if found else 0
        if not 100_000 <= rate <= 10_000_000_000:
            raise self.fail(f"{here}.{name}", "must be a rate from 100k to 10G in bit/s, such as 38M")
        return rate

    def delay(self, isp: Mapping[str, Any], here: str) -> float | None:
        """Seconds of a text such as ``8ms``; None when nothing is written."""
        if "delay" not in isp:
            return None
        delay = read_duration(self.text(isp, "delay", here))
        if delay is None or not 0 < delay <= 5_000_000:
            raise self.fail(f"{here}.delay", "must be a duration above 0 and up to 5s, such as 8ms")
        return delay / 1_000_000


def read_version(text: str, where: str) -> Version:
    """A version that the lab can play."""
    try:
        version = Version.parse(text)
    except ValueError as error:
        raise TopologyError(f"{where}: {error}") from None
    if version < OLDEST or version.key[:2] > NEWEST.key[:2]:
        raise TopologyError(f"{where}: the lab knows RouterOS {OLDEST} to {NEWEST}, not {text}")
    return version


def find(name: str) -> Path:
    """The file or folder of a topology: a path, or the name of one that comes with the lab."""
    built_in = _BUILT_IN / f"{name}.toml"
    path = Path(name)
    if "/" not in name and not name.endswith(".toml") and built_in.is_file():
        return built_in
    if path.suffix in (".yml", ".yaml"):
        raise TopologyError(
            f"{name}: give the folder that holds the inventory and its {inventory.HOST_VARS}, not a file of it"
        )
    if path.is_file() or path.is_dir():
        return path
    known = ", ".join(sorted(item.stem for item in _BUILT_IN.glob("*.toml")))
    raise TopologyError(
        f"{name}: no such topology; give a TOML file, the folder of an Ansible inventory, or one of: {known}"
    )


def load(name: str = DEFAULT) -> tuple[RouterPlan, ...]:
    """The routers of a topology; raises TopologyError."""
    path = find(name)
    if path.is_dir():
        return parse(sites(path).content, str(path))
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TopologyError(f"{path}: {error}") from None
    except RecursionError:
        raise TopologyError(f"{path}: is nested too deeply") from None
    return parse(content, str(path))


def sites(folder: Path) -> inventory.Sites:
    """What surrounds the sites of an inventory; raises TopologyError."""
    try:
        return inventory.read(folder)
    except inventory.DescriptionError as error:
        raise TopologyError(str(error)) from None


def notes(name: str) -> tuple[str, ...]:
    """What had to be invented for a topology, since nobody described it; raises TopologyError."""
    path = find(name)
    return sites(path).notes if path.is_dir() else ()


def text(name: str) -> str:
    """A topology as a TOML file's text; raises TopologyError."""
    path = find(name)
    load(name)
    return inventory.toml(sites(path)) if path.is_dir() else path.read_text("utf-8")


def parse(content: Mapping[str, Any], source: str) -> tuple[RouterPlan, ...]:
    """The routers that a topology's content describes."""
    reader = _Reader(source)
    reader.known(content, {"name", "router"}, "topology")
    plans = tuple(
        reader.router(table, number) for number, table in enumerate(reader.tables(content, "router", "router"))
    )
    if not plans:
        raise reader.fail("router", "a topology needs at least one [[router]]")
    names = [plan.name for plan in plans]
    for name in names:
        if names.count(name) > 1:
            raise reader.fail(f"router {name}", "the name is given twice")
    return plans
