# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of the kernel's features the data plane stands on are not there."""

from __future__ import annotations

import subprocess

from pyroute2.netlink.exceptions import NetlinkError

from routerlab.kernel import sysctl
from routerlab.kernel.errors import KernelUnavailable
from routerlab.kernel.links import words
from routerlab.kernel.namespaces import Namespace
from routerlab.kernel.netlink import Netlink

_IP = "table ip probe {{ chain c {{ type {} hook {} priority 0; {}; }}; }}"
#: Feature (the kernel's configuration) -> a ruleset that needs it.
_RULESETS = {
    "nftables with connection tracking (CONFIG_NF_TABLES_IPV4, CONFIG_NFT_CT)": _IP.format(
        "filter", "prerouting", "ct mark 1 counter accept"
    ),
    "nftables' hash (CONFIG_NFT_HASH)": _IP.format("filter", "prerouting", "jhash ip saddr mod 2 seed 1 0 accept"),
    "nftables' numgen (CONFIG_NFT_NUMGEN)": _IP.format("filter", "prerouting", "numgen inc mod 2 0 accept"),
    "nftables' fib (CONFIG_NFT_FIB_IPV4)": _IP.format("filter", "prerouting", "fib daddr type local accept"),
    "nftables' NAT (CONFIG_NFT_NAT, CONFIG_NFT_MASQ)": _IP.format("nat", "postrouting", "masquerade"),
    "nftables' ingress hook (CONFIG_NF_TABLES_NETDEV, CONFIG_NETFILTER_INGRESS)": (
        'table netdev probe { chain c { type filter hook ingress device "lo" priority 0; drop; }; }'
    ),
}


def check() -> None:
    """Raises KernelUnavailable naming what is missing; some milliseconds."""
    try:
        namespace = Namespace.make("probe")
    except OSError as error:
        raise KernelUnavailable(f"network namespaces cannot be made here ({error.strerror})") from None
    netlink = Netlink(namespace)
    try:
        _devices(netlink)
        sysctl.write(namespace, sysctl.ROUTER)
        failed = _nft(
            namespace, "\n".join(text.replace("probe", f"probe{n}") for n, text in enumerate(_RULESETS.values()))
        )
        if failed is not None:
            missing = [feature for feature, text in _RULESETS.items() if _nft(namespace, text) is not None]
            what = "; ".join(missing) or f"nftables as it is used here ({failed})"
            raise KernelUnavailable(f"this kernel lacks {what}: load its modules as root, or take another kernel")
    finally:
        netlink.close()
        namespace.close()


def _devices(netlink: Netlink) -> None:
    feature = "virtual ethernet (CONFIG_VETH)"
    try:
        netlink.veth("probe", None, 100, netlink, "peer")
        feature = "token buckets (CONFIG_NET_SCH_TBF)"
        netlink.ip.tc("add", "tbf", index=100, rate=125000, burst=16384, latency="50ms")
        feature = "bridges (CONFIG_BRIDGE)"
        netlink.ip.link("add", ifname="bridge", kind="bridge")
        feature = "policy routing (CONFIG_IP_MULTIPLE_TABLES)"
        netlink.ip.rule("add", priority=100, fwmark=1, fwmask=1, table=1001, action=1)
    except NetlinkError as error:
        raise KernelUnavailable(
            f"this kernel lacks {feature} ({words(error)}): load its module as root, or take another kernel"
        ) from None


def _nft(namespace: Namespace, text: str) -> str | None:
    with namespace.popen(
        ["nft", "-c", "-f", "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as nft:
        _rest, told = nft.communicate(text + "\n")
    return None if nft.returncode == 0 else str(told).strip().partition("\n")[0]
