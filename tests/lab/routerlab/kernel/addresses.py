# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A router's addresses become what is desired."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Interface
from socket import AF_INET

from pyroute2.netlink.exceptions import NetlinkError

from routerlab.kernel.links import Problem, words
from routerlab.kernel.netlink import Netlink


def addresses(netlink: Netlink) -> set[tuple[int, str]]:
    """Pairs of a device's number and an address with its prefix length."""
    return {
        # IFA_LOCAL is the address itself, IFA_ADDRESS the other end where there is one.
        (message["index"], f"{message.get_attr('IFA_LOCAL')}/{message['prefixlen']}")
        for message in netlink.ip.get_addr(family=AF_INET)
    }


def apply_addresses(netlink: Netlink, desired: Mapping[str, Sequence[str]], problem: Problem) -> None:
    """Exactly the desired addresses, on devices that are there; 127.0.0.1/8 stays on lo."""
    indexes = {name: link.index for name, link in netlink.links().items()}
    wanted = {(indexes["lo"], "127.0.0.1/8"): "lo"}
    for name, texts in desired.items():
        if name in indexes:
            wanted |= {(indexes[name], str(IPv4Interface(text))): name for text in texts}
        elif texts:
            problem(f"{', '.join(texts)}: there is no device {name}")
    found = addresses(netlink)
    for index, text in found - wanted.keys():
        address, _rest, length = text.partition("/")
        netlink.ip.addr("del", index=index, address=address, prefixlen=int(length))
    for (index, text), name in wanted.items():
        if (index, text) in found:
            continue
        interface = IPv4Interface(text)
        more = {}
        if interface.network.prefixlen < 31 and name != "lo":
            more["broadcast"] = str(interface.network.broadcast_address)
        try:
            netlink.ip.addr(
                "add", index=index, address=str(interface.ip), prefixlen=interface.network.prefixlen, **more
            )
        except NetlinkError as error:
            problem(f"{text} on {name}: {words(error)}")
