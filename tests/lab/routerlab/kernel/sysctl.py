# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kernel settings of a namespace."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from routerlab.kernel.errors import KernelUnavailable
from routerlab.kernel.namespaces import Namespace

#: Nothing in the lab speaks IPv6, and its neighbour discovery would be noise in every counter.
QUIET = {"ipv6/conf/all/disable_ipv6": "1", "ipv6/conf/default/disable_ipv6": "1"}
#: What everything that forwards has.  ``all`` is OR-ed with or the larger of what a device has, so that ``default`` must
#: be set before there are devices.
FORWARDING = {
    **QUIET,
    "ipv4/ip_forward": "1",
    "ipv4/conf/all/rp_filter": "0",
    "ipv4/conf/default/rp_filter": "0",
    "ipv4/conf/all/send_redirects": "0",
    "ipv4/conf/default/send_redirects": "0",
}
#: Time-outs of connection tracking, in seconds: manual, "Connection tracking" (udp-timeout is longer in late 7.x (~)).
_TRACKING = {
    "tcp_timeout_syn_sent": "5",
    "tcp_timeout_syn_recv": "5",
    "tcp_timeout_established": "86400",
    "tcp_timeout_fin_wait": "10",
    "tcp_timeout_close_wait": "10",
    "tcp_timeout_last_ack": "10",
    "tcp_timeout_time_wait": "10",
    "tcp_timeout_close": "10",
    "tcp_timeout_max_retrans": "300",
    "tcp_timeout_unacknowledged": "300",
    "udp_timeout": "10",
    "udp_timeout_stream": "180",
    "icmp_timeout": "10",
    "generic_timeout": "600",
}
ROUTER = {
    **FORWARDING,
    **{f"netfilter/nf_conntrack_{name}": seconds for name, seconds in _TRACKING.items()},
    # One address of several in a network may go without taking the others along.
    "ipv4/conf/all/promote_secondaries": "1",
    "ipv4/conf/default/promote_secondaries": "1",
    # A connected route of a port without a link is not used, as in RouterOS.
    "ipv4/conf/all/ignore_routes_with_linkdown": "1",
    "ipv4/conf/default/ignore_routes_with_linkdown": "1",
    "netfilter/nf_conntrack_acct": "1",
    # Bridged frames do not pass the firewall: RouterOS's use-ip-firewall=no.
    "bridge/bridge-nf-call-iptables": "0",
    "bridge/bridge-nf-call-arptables": "0",
}
CLIENT = {**QUIET, "ipv4/conf/all/rp_filter": "0", "ipv4/conf/default/rp_filter": "0"}
INTERNET = {**FORWARDING, "ipv4/tcp_max_syn_backlog": "16384", "core/somaxconn": "16384"}

#: Absent where the kernel has no such feature, which then cannot disturb either.
_OPTIONAL = ("ipv6/", "bridge/")


def write(namespace: Namespace, settings: Mapping[str, str]) -> None:
    """Set what differs; raises KernelUnavailable when /proc/sys cannot be written."""
    with namespace.entered():
        for name, value in settings.items():
            path = Path("/proc/sys/net", name)
            try:
                if path.read_text(encoding="ascii").strip() != value:
                    path.write_text(value, encoding="ascii")
            except FileNotFoundError:
                if not name.startswith(_OPTIONAL):
                    raise KernelUnavailable(
                        f"this kernel lacks the setting net/{name}; another kernel is needed"
                    ) from None
            except OSError as error:
                raise KernelUnavailable(
                    f"{path} cannot be written ({error.strerror}): in a container, mount /proc/sys writable"
                ) from None
