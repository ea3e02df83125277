# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``/ip/address``, ``/ip/pool`` and ``/ip/settings``."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING

from routerlab import messages
from routerlab.menus.common import COMMENT, CONSOLE, DISABLED, ROWS, SINGLE, SINGLE_CONSOLE, SWITCHED, interface_arg
from routerlab.menus.interfaces import numbered_name
from routerlab.model.menu import Menu, Unique, arg
from routerlab.model.store import Row
from routerlab.state import links
from routerlab.values import Ref, Value
from routerlab.values.basic import Bool, Enum, KibiBytes, Many, Mention, Num, Special, Text
from routerlab.values.net import INTERFACES, InterfaceAddress, IpRange, IPv4, network_of
from routerlab.values.time import Duration

if TYPE_CHECKING:
    from routerlab.model.router import Router

_DYNAMIC_ID = 0x10000000


def _fill_address(router: Router, values: dict[str, Value]) -> None:
    """A netmask goes into the address; without a network it is that of the address."""
    mask = values.pop("netmask", None)
    address = values.get("address")
    if isinstance(mask, str) and isinstance(address, str):
        try:
            length = IPv4Network(f"0.0.0.0/{mask}").prefixlen
        except ValueError:
            raise messages.invalid_value("netmask") from None
        values["address"] = address = f"{address.partition('/')[0]}/{length}"
    if isinstance(address, str) and "network" not in values:
        head, _sign, length_text = address.partition("/")
        values["network"] = str(network_of(IPv4Address(head), int(length_text)).network_address)
    if isinstance(values.get("address"), str):
        # The rule for duplicates looks at the address without its length.
        values["\0host"] = str(values["address"]).partition("/")[0]


def _merge_address(router: Router, row: Row, values: dict[str, Value]) -> dict[str, Value]:
    """A new address brings its network along, unless one was given that is not the old address's (?)."""
    old, new = row.values.get("address"), values.get("address")
    if old != new and values.get("network") == row.values.get("network") and isinstance(old, str):
        head, _sign, length = old.partition("/")
        if values.get("network") == str(network_of(IPv4Address(head), int(length)).network_address):
            values.pop("network", None)
    _fill_address(router, values)
    return values


def _address(router: Router, row: Row) -> Mapping[str, str]:
    value = row.values.get("interface")
    interface = router.referred(value)
    bridge = links.bridge_of(router, interface) if interface is not None else None
    found = {
        "actual-interface": router.text(bridge or row, "name" if bridge else "interface"),
        "dynamic": "true" if row.dynamic else "false",
        "invalid": "true" if interface is None else "false",
        "disabled": "false" if row.enabled else "true",
    }
    if router.version.key >= (7, 20, 0):
        found["slave"] = "true" if bridge is not None else "false"
        found["vrf"] = "main"
    return found


def _leased(router: Router) -> list[Row]:
    rows = []
    for client, interface, isp in router.state.leases.bound():
        values: dict[str, Value] = {
            "address": f"{isp.address}/{isp.network.prefixlen}",
            "network": str(isp.network.network_address),
            "interface": Ref("interface", interface.id),
        }
        rows.append(Row(_DYNAMIC_ID + client.id, values, dynamic=True))
    return rows


ADDRESS = Menu(
    path="ip address",
    args=(
        arg("address", InterfaceAddress(), unset=False),
        arg("network", IPv4(), unset=False),
        arg("netmask", IPv4()),
        arg("broadcast", IPv4(), effect=False),
        interface_arg(),
        DISABLED,
        COMMENT,
    ),
    reads=("actual-interface", "vrf", "dynamic", "invalid", "slave"),
    verbs=SWITCHED,
    commands=CONSOLE,
    required=("address", "interface"),
    unique=(Unique(("\0host", "interface"), messages.ALREADY_SUCH_ADDRESS),),
    order=("address", "network", "interface", "actual-interface", "vrf"),
    fill=_fill_address,
    merge=_merge_address,
    compute=_address,
    extra_rows=_leased,
    dirty=True,
    noun="address",
)


def _fill_pool(router: Router, values: dict[str, Value]) -> None:
    values.setdefault("name", numbered_name(router, "ip pool", "pool"))


def _pool(router: Router, row: Row) -> Mapping[str, str]:
    if router.version.key < (7, 20, 0):
        return {}
    total = 0
    for part in router.text(row, "ranges").split(","):
        first, _sign, last = part.partition("-")
        if last:
            total += int(IPv4Address(last)) - int(IPv4Address(first)) + 1
        else:
            total += IPv4Network(first).num_addresses
    return {"total": str(total), "used": "0", "available": str(total)}


POOL = Menu(
    path="ip pool",
    args=(
        arg("name", Text(), unset=False),
        arg("ranges", Many(IpRange(fold=True), empty=False), unset=False),
        arg("next-pool", Mention("ip pool", fixed=("none",)), packets=True),
        COMMENT,
    ),
    reads=("total", "used", "available"),
    verbs=ROWS,
    commands=CONSOLE,
    required=("ranges",),
    unique=(Unique(("name",), messages.ALREADY_SUCH_POOL, enabled=False),),
    name_field="name",
    fill=_fill_pool,
    compute=_pool,
    noun="pool",
)


_FAST_PATH = (
    "ipv4-fast-path-active",
    "ipv4-fast-path-packets",
    "ipv4-fast-path-bytes",
    "ipv4-fasttrack-active",
    "ipv4-fasttrack-packets",
    "ipv4-fasttrack-bytes",
)


def _settings(router: Router, row: Row) -> Mapping[str, str]:
    return {name: "false" if name.endswith("active") else "0" for name in _FAST_PATH}


SETTINGS = Menu(
    path="ip settings",
    singleton=True,
    args=(
        arg("ip-forward", Bool(), "true", effect=False),
        arg("send-redirects", Bool(), "true", effect=False),
        arg("accept-source-route", Bool(), "false", effect=False),
        arg("accept-redirects", Bool(), "false", effect=False),
        arg("secure-redirects", Bool(), "true", effect=False),
        arg("rp-filter", Enum(("no", "strict", "loose")), "no", effect=False),
        arg("ipv4-multipath-hash-policy", Enum(("l3", "l3-inner", "l4")), "l3", since="7.16", effect=False),
        arg("tcp-syncookies", Bool(), "false", effect=False),
        arg(
            "tcp-timestamps",
            Enum(("disabled", "random-offset", "enabled")),
            "random-offset",
            since="7.16",
            effect=False,
        ),
        arg("max-neighbor-entries", Num(), "16384", effect=False),
        arg("arp-timeout", Duration(), "30s", effect=False),
        arg("icmp-rate-limit", Num(), "10", effect=False),
        arg("icmp-rate-mask", Special((), Text()), "0x1818", effect=False),
        arg("icmp-errors-use-inbound-interface-address", Bool(), "false", since="7.17", effect=False),
        arg("ipv4-high-fragment-thresh", KibiBytes(0, 4294967), "4096", since="7.23", effect=False),
        arg("ipv4-fragment-time", Num(), "30", since="7.23", effect=False),
        arg("allow-fast-path", Bool(), "true", effect=False),
        arg("route-cache", Bool(), "true", until="7.18", effect=False),
    ),
    reads=_FAST_PATH,
    verbs=SINGLE,
    commands=SINGLE_CONSOLE,
    compute=_settings,
)

MENUS = (ADDRESS, POOL, SETTINGS)


def populate(router: Router) -> None:
    """The factory's settings; a router without a default configuration has no pool, and the manager's address at most."""
    router.tables[SETTINGS.path].insert(Row(0))
    management = router.site.management
    if management is not None:
        port = next(row for row in router.tables[INTERFACES] if row.facts.get("default-name") == management.port)
        values: dict[str, Value] = {"address": str(management.address), "interface": Ref(INTERFACES, port.id)}
        _fill_address(router, values)
        table = router.tables[ADDRESS.path]
        table.insert(Row(table.new_id(), values))
