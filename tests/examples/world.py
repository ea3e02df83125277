# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The routers that a document speaks of: those of its inventory, with the providers that its sites' descriptions name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Interface, IPv4Network
from pathlib import PurePosixPath
from typing import Any

import yaml

from routerlab import topology
from routerlab.testing import Lab, router
from routerlab.topology import RouterPlan

from .blocks import Block, DocumentError

#: The site of documents that describe none: two links, one by DHCP, one with a fixed address, and a LAN.
INVENTORY = """\
routers:
  hosts:
    branch-7:
"""
SITE = """\
site_name: Branch 7
site_wans:
  - {name: ISP1, interface: ether1, comment: Fiberstar, dhcp: true, network: 192.168.61.0/24, gateway: 192.168.61.1,
     weight: 2}
  - {name: ISP2, interface: ether2, comment: Maxindu, address: 203.0.113.2/30, gateway: 203.0.113.1}
site_lans:
  - {name: LAN-Office, interface: ether3, comment: Office, address: 172.16.7.1/24}
"""

SCRATCH = "console-of-a-reader"
"""The router that takes the lines of RouterOS's console; closing its services must not keep Ansible out of the others."""

_LEASED = IPv4Network("100.64.0.0/10")


@dataclass
class Described:
    """What the files of a document say of its routers: the hosts of inventories, and each host's variables."""

    hosts: list[str] = field(default_factory=list)
    variables: dict[str, dict[str, Any]] = field(default_factory=dict)
    inventory: str = ""


def described(blocks: Sequence[Block]) -> Described:
    """Return what the YAML files of a document describe. Raises DocumentError where one is no YAML."""
    found = Described()
    for block in blocks:
        path = PurePosixPath(block.file)
        if block.reason or path.suffix not in (".yml", ".yaml"):
            continue
        data = loaded(block)
        if "host_vars" in path.parts:
            name = path.parts[path.parts.index("host_vars") + 1].removesuffix(path.suffix)
            found.variables.setdefault(name, {}).update(data or {})
        elif isinstance(data, Mapping) and (hosts := dict(_hosts(data))):
            found.inventory = found.inventory or block.file
            found.hosts += [host for host in hosts if host not in found.hosts]
            for host, variables in hosts.items():
                found.variables.setdefault(host, {}).update(variables)
    return found


def loaded(block: Block) -> Any:
    """Return the YAML of a block. Raises DocumentError where it is none."""
    try:
        return yaml.load(block.text, _Loader)
    except yaml.YAMLError as error:
        raise DocumentError(f"{block.place}: no YAML: {error}") from error


class _Loader(yaml.SafeLoader):
    """Takes what ansible-vault has encrypted as the text that stands there."""


_Loader.add_constructor("!vault", lambda loader, node: str(node.value))


def _hosts(data: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the hosts of an inventory with their variables, those of their group among them."""
    for group in data.values():
        if not isinstance(group, Mapping):
            continue
        shared = group.get("vars") or {}
        if isinstance(group.get("hosts"), Mapping):
            for host, variables in group["hosts"].items():
                yield str(host), {**shared, **(variables or {})}
        if isinstance(group.get("children"), Mapping):
            yield from _hosts(group["children"])


def plans(sites: Described) -> list[RouterPlan]:
    """Return the routers: those of the Trans Coffee sites, those described, and one for lines of the console."""
    found = {plan.name: plan for plan in topology.load(topology.DEFAULT)}
    for name in sites.hosts:
        if links := sites.variables.get(name, {}).get("site_wans"):
            found[name] = _plan(name, links)
        elif name not in found:
            found[name] = router(name, model="RB1100AHx4", password="lab")
    found[SCRATCH] = router(SCRATCH, model="RB1100AHx4", password="lab")
    return list(found.values())


def _plan(name: str, links: Sequence[Mapping[str, Any]]) -> RouterPlan:
    """Return a router with a provider behind each link, as its description has it."""
    isps = []
    for link, spare in zip(links, _LEASED.subnets(new_prefix=24), strict=False):
        own = IPv4Interface(link["address"]) if link.get("address") else None
        isp = {"port": link["interface"], "dhcp": bool(link.get("dhcp"))}
        isp["network"] = str(own.network if own else link.get("network") or spare)
        if own:
            isp["address"] = str(own.ip)
        if link.get("gateway"):
            isp["gateway"] = link["gateway"]
        isps.append(isp)
    return topology.parse({"router": [{"name": name, "model": "RB1100AHx4", "isp": isps}]}, name)[0]


def overlay(lab: Lab, begun: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the variables, stronger than any inventory's, that lead each host to its router.

    *begun* is a laboratory that the reader has started, as ``routerlab status --json`` tells of it.
    """
    places: dict[str, Any] = {}
    for status in (lab.status(), begun or {"routers": []}):
        places |= {entry["name"]: _place(entry) for entry in status["routers"]}
    mine = "examples_places.get(inventory_hostname, {})"
    return {
        "examples_places": places,
        "ansible_host": "127.0.0.1",
        "ansible_port": f"{{{{ {mine}.get('tls' if routeros_tls | default(false) | bool else 'plain', 1) }}}}",
        "ansible_user": f"{{{{ {mine}.get('user', 'nobody') }}}}",
        "ansible_password": f"{{{{ {mine}.get('password', '') }}}}",
        "routeros_tls_ca": begun["ca"] if begun else lab.ca,
        "vault_telegram_token": "100000001:FAKE-token-of-the-laboratory-000000",
        "vault_telegram_chat_id": -1000000000001,
    }


def _place(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "plain": entry["api"]["port"],
        "tls": entry["api_ssl"]["port"],
        "user": entry["username"],
        "password": entry["password"],
    }
