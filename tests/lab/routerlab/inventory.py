# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible inventories: the surroundings that fit the sites of one, and one of the lab's own routers.

A site's description says what its router shall become, and by that what stands around it: which provider is at which
port, with which network.  Only that outside is taken from ``host_vars``; nothing of the router's configuration is.  So the
description still has to be right about the router, and whoever misreads it is found out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from itertools import chain
from pathlib import Path
from typing import Any

import yaml

from routerlab.model.hardware import MODELS

#: Where Ansible looks for the variables of hosts, beside an inventory's file.
HOST_VARS = "host_vars"
_SUFFIXES = (".yml", ".yaml", ".json")
#: The group of an Ansible inventory whose hosts are routers.
GROUP = "routers"


class DescriptionError(Exception):
    """A description that no surroundings can be made for; the text names file, entry, field, what would be right."""


@dataclass(frozen=True)
class Sites:
    """A topology's content, as its TOML file would have it, and what had to be invented for it."""

    content: dict[str, Any]
    notes: tuple[str, ...]


class _Loader(yaml.SafeLoader):
    """YAML as Ansible writes it: values with tags of its own, such as ``!vault``, are none that the lab reads."""


class _Unread:
    """A value that only Ansible can read."""


_Loader.add_multi_constructor("!", lambda _loader, _suffix, _node: _Unread())


def read(folder: Path) -> Sites:
    """The surroundings of the sites below an inventory's ``host_vars``; raises DescriptionError."""
    found = sorted((folder / HOST_VARS).glob("*")) if (folder / HOST_VARS).is_dir() else []
    sites = [path for path in found if path.is_dir() or path.suffix in _SUFFIXES]
    if not sites:
        raise DescriptionError(
            f"{folder}: there is no site to read; describe one in {folder / HOST_VARS}/NAME.yml, "
            "where NAME is the router's name in the inventory"
        )
    notes: list[str] = []
    routers = [_router(path, notes) for path in sites]
    return Sites({"name": folder.absolute().name, "router": routers}, tuple(notes))


def _router(path: Path, notes: list[str]) -> dict[str, Any]:
    variables: dict[str, Any] = {}
    source = path
    for part in sorted(path.glob("*")) if path.is_dir() else [path]:
        if part.suffix in _SUFFIXES:
            read_now = _variables(part)
            # Later files take precedence in Ansible, too.
            source = part if "site_wans" in read_now else source
            variables |= read_now
    name = path.name if path.is_dir() else path.stem
    links = _entries(variables, "site_wans", source)
    if not links:
        raise DescriptionError(
            f"{source}: site_wans is missing here (group_vars are not read): a list of the site's links, at least one"
        )
    isps: list[dict[str, Any]] = []
    for number, link in enumerate(links):
        where = f"site_wans[{number}]" + (f" ({link['name']})" if isinstance(link.get("name"), str) else "")
        isp, invented = _isp(_Link(link, f"{source}: {where}"), IPv4Network(f"100.64.{number % 256}.0/24"))
        taken = next((other for other in isps if other["port"] == isp["port"]), None)
        if taken is not None:
            raise DescriptionError(
                f"{source}: {where}: interface: {isp['port']} has the provider {taken['name']} already; "
                "give each link a port of its own"
            )
        isps.append(isp)
        notes += [f"{name}: {where}: {text}" for text in invented]
    lans = [lan.get("interface") for lan in _entries(variables, "site_lans", source)]
    ports = [isp["port"] for isp in isps] + [port for port in lans if isinstance(port, str)]
    return {"name": name, "model": _model(ports, source), "isp": isps}


def _variables(path: Path) -> dict[str, Any]:
    try:
        content = yaml.load(path.read_text("utf-8"), _Loader)
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise DescriptionError(f"{path}: {line}is no YAML: {error.problem or error}") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DescriptionError(f"{path}: {' '.join(str(error).split())}") from None
    except RecursionError:
        raise DescriptionError(f"{path}: is nested too deeply") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise DescriptionError(f"{path}: must be variables, such as  site_name: Branch 7")
    return content


def _entries(variables: Mapping[str, Any], name: str, source: Path) -> list[dict[str, Any]]:
    value = variables.get(name, [])
    if isinstance(value, str) and "{{" in value:
        raise DescriptionError(f"{source}: {name} is a template, {value!r}, and only Ansible can read it; write it out")
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise DescriptionError(f"{source}: {name} must be a list of entries, such as  - name: ISP1")
    return value


@dataclass(frozen=True)
class _Link:
    """An entry of ``site_wans``, read as far as its provider follows from it."""

    entry: Mapping[str, Any]
    where: str

    def fail(self, field: str, problem: str) -> DescriptionError:
        return DescriptionError(f"{self.where}: {field}: {problem}")

    def text(self, field: str, example: str) -> str | None:
        """A field's text, None when it is not written."""
        value = self.entry.get(field)
        if value is None:
            return None
        if isinstance(value, _Unread):
            raise self.fail(field, "is encrypted or tagged, and only Ansible can read it; write the value out")
        if not isinstance(value, str) or not value:
            raise self.fail(field, f"must be a text such as {example}, not {value!r}")
        if "{{" in value:
            raise self.fail(field, f"{value!r} is a template, and only Ansible can read it; write the value out")
        return value

    def port(self) -> str:
        port = self.text("interface", "ether1")
        if port is None:
            raise self.fail("interface", "is missing; give the port that the ISP's modem is at, such as ether1")
        return port

    def address(self) -> IPv4Interface | None:
        """The router's fixed address, None where the provider gives it one."""
        text = self.text("address", "203.0.113.2/30")
        if text is None:
            return None
        try:
            address = IPv4Interface(text)
        except ValueError:
            raise self.fail("address", f"{text!r} is no IPv4 address with its length, such as 203.0.113.2/30") from None
        if "/" not in text:
            raise self.fail("address", f"{text!r} lacks its length; write it as 203.0.113.2/30")
        return address

    def gateway(self) -> IPv4Address | None:
        text = self.text("gateway", "192.168.61.1")
        try:
            return None if text is None else IPv4Address(text)
        except ValueError:
            raise self.fail("gateway", f"{text!r} is no IPv4 address, such as 192.168.61.1") from None

    def network(self) -> IPv4Network | None:
        text = self.text("network", "192.168.61.0/24")
        try:
            return None if text is None else IPv4Network(text)
        except ValueError as error:
            raise self.fail("network", f"{error}; write it as 192.168.61.0/24") from None


def _isp(link: _Link, spare: IPv4Network) -> tuple[dict[str, Any], list[str]]:
    """The provider that fits a link, in the words of a topology's file, and what was invented for it.

    ``spare`` is its network where neither a network nor an address in it is described.
    """
    address, gateway, network = link.address(), link.gateway(), link.network()
    invented = []
    if network is None and address is not None:
        network = address.network
    elif network is None:
        network = spare if gateway is None else IPv4Interface(f"{gateway}/24").network
        invented.append(f"no network is described, so the lab's ISP has {network}")
    if network.prefixlen > 30:
        raise link.fail("network", f"{network} has no room for the lab's ISP and the router, /30 at most")
    own = address.ip if address is not None else None
    for field, host in (("address", own), ("gateway", gateway)):
        if host is not None and (host not in network or host in (network.network_address, network.broadcast_address)):
            raise link.fail(field, f"{host} is no host of the ISP's network {network}; give one, such as {network[1]}")
    if gateway is not None and gateway == own:
        raise link.fail("gateway", f"{gateway} is the router's own address; give the ISP's")
    # The ISP has the network's first address that is free, the router the next one.
    if gateway is None:
        gateway = network[1] if own != network[1] else network[2]
        invented.append(f"no gateway is described, so the lab's ISP is at {gateway}")
    own = own or (network[1] if gateway != network[1] else network[2])
    port = link.port()
    isp = {
        "name": link.text("comment", "Fiberstar") or link.text("name", "ISP1") or port,
        "port": port,
        "network": str(network),
        "gateway": str(gateway),
        "address": str(own),
        "dhcp": address is None,
    }
    return isp, invented


def _model(ports: list[str], source: Path) -> str:
    """The smallest router that has all the ports."""
    for model, hardware in sorted(MODELS.items(), key=lambda item: len(item[1].ports)):
        if set(ports) <= set(hardware.ports):
            return model
    known = set(chain.from_iterable(hardware.ports for hardware in MODELS.values()))
    strange = [port for port in ports if port not in known]
    have = "; ".join(f"{model} {hardware.ports[0]} to {hardware.ports[-1]}" for model, hardware in MODELS.items())
    if strange:
        raise DescriptionError(
            f"{source}: interface: the lab's routers have no port {strange[0]!r}; take the port's own name of: {have}"
        )
    raise DescriptionError(f"{source}: none of the lab's routers has all of {', '.join(ports)}; there are: {have}")


def toml(sites: Sites) -> str:
    """The sites as a topology's file, to be read and changed by hand."""
    lines = [f"# {note}" for note in sites.notes]
    lines.append(f"name = {_quoted(sites.content['name'])}")
    for router in sites.content["router"]:
        lines += ["", "[[router]]", *_fields(router)]
        for isp in router["isp"]:
            lines += ["", "[[router.isp]]", *_fields(isp)]
    return "\n".join(lines) + "\n"


def _fields(table: Mapping[str, Any]) -> list[str]:
    return [
        f"{name} = {'true' if value is True else 'false' if value is False else _quoted(value)}"
        for name, value in table.items()
        if not isinstance(value, list)
    ]


def _quoted(text: str) -> str:
    # JSON's strings are TOML's, but for one character.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def of_lab(status: Mapping[str, Any]) -> str:
    """An inventory of a running lab's routers, from what ``routerlab status --json`` tells.

    Everything is said of each host, since only that takes precedence over what an inventory's groups say of real ones.
    """
    hosts = {
        router["name"]: {
            "ansible_host": router["api"]["host"],
            "ansible_port": router["api"]["port"],
            "ansible_user": router["username"],
            "ansible_password": router["password"],
            "routeros_tls": False,
        }
        for router in status["routers"]
    }
    text = yaml.safe_dump({GROUP: {"hosts": hosts}}, sort_keys=False, allow_unicode=True)
    return f"# The laboratory's routers, as they are reached while it runs (routerlab inventory).\n{text}"
