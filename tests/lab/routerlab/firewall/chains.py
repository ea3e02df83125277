# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Chains: which hang on which hook of the kernel, and which lead to which.

Hooks and priorities follow the packet flow of the manual ("Packet Flow in RouterOS"), which is the kernel's own: raw,
connection tracking, mangle, dstnat, filter, srcnat.
"""

from __future__ import annotations

#: nftables' words for the hook of each built-in chain.
BASES: dict[str, dict[str, str]] = {
    "ip firewall raw": {
        "prerouting": "type filter hook prerouting priority -300;",
        "output": "type filter hook output priority -300;",
    },
    "ip firewall mangle": {
        "prerouting": "type filter hook prerouting priority -150;",
        "input": "type filter hook input priority -150;",
        "forward": "type filter hook forward priority -150;",
        # Of type route: a changed mark makes the kernel look the route up again.
        "output": "type route hook output priority -150;",
        "postrouting": "type filter hook postrouting priority -150;",
    },
    "ip firewall nat": {
        "dstnat": "type nat hook prerouting priority -100;",
        "output": "type nat hook output priority -100;",
        "input": "type nat hook input priority 100;",
        "srcnat": "type nat hook postrouting priority 100;",
    },
    "ip firewall filter": {
        "input": "type filter hook input priority 0;",
        "forward": "type filter hook forward priority 0;",
        "output": "type filter hook output priority 0;",
    },
}

#: A router asks its own name cache inside one process, the lab over the loopback device.
_OWN_DNS = "ip saddr 127.0.0.1 ip daddr 127.0.0.1 meta l4proto {{ 6, 17 }} th {} 53 {}"
_NO_CHAIN_SEES = [_OWN_DNS.format(port, "accept") for port in ("dport", "sport")]
#: A router's DHCP server reads and writes frames, which no chain can hold back (~), the lab's datagrams.
_RECEIVED = "udp sport 68 udp dport 67 fib daddr type { local, broadcast } accept"
_SENT = "udp sport 67 udp dport 68 fib saddr type local accept"
#: What each built-in chain accepts before its first rule, uncounted: what on a router never comes to it.
UNSEEN: dict[str, str] = {
    **{chain: "; ".join((*_NO_CHAIN_SEES, _RECEIVED)) for chain in ("prerouting", "input", "dstnat")},
    **{chain: "; ".join((*_NO_CHAIN_SEES, _SENT)) for chain in ("output", "postrouting", "srcnat")},
}
#: Nor does connection tracking.
UNTRACKED = "\n".join(
    f"""\
  chain unseen_{hook} {{
    type filter hook {hook} priority -310; policy accept;
    {_OWN_DNS.format("dport", "notrack")}
    {_OWN_DNS.format("sport", "notrack")}
  }}"""
    for hook in ("prerouting", "output")
)

#: Built-in chains in which a packet has no interface to leave by yet, and those in which it has lost the other one.
BEFORE_ROUTING = frozenset({"prerouting", "input", "dstnat"})
AFTER_ROUTING = frozenset({"output", "postrouting", "srcnat"})

#: The kernel follows 16 jumps one inside another (NFT_JUMP_STACK_SIZE); the base chain is one.
_DEEPEST = 15


class Jumps:
    """The jumps of one menu, and from which built-in chains each chain can be reached."""

    def __init__(self, menu: str) -> None:
        self._bases = BASES[menu]
        self._targets: dict[str, set[str]] = {}

    def refuse(self, source: str, target: str) -> str:
        """Why a jump cannot be, empty when it can: then it is added."""
        if target in self._bases:
            return f"the chain {target} is built in: nothing jumps to it"
        if target == source or source in self._below(target):
            return f"the jump to {target} would come back to {source}"
        self._targets.setdefault(source, set()).add(target)
        if max((self._depth(chain) for chain in self._bases), default=0) > _DEEPEST:
            self._targets[source].discard(target)
            return f"the jump to {target} is the {_DEEPEST + 1}th one inside another"
        return ""

    def _below(self, chain: str) -> set[str]:
        found: set[str] = set()
        waiting = [chain]
        while waiting:
            for target in self._targets.get(waiting.pop(), ()):
                if target not in found:
                    found.add(target)
                    waiting.append(target)
        return found

    def _depth(self, chain: str) -> int:
        # Longest way down; chains form no loop, and each is looked at once.
        known: dict[str, int] = {}

        def depth(one: str) -> int:
            if one not in known:
                known[one] = max((depth(target) + 1 for target in self._targets.get(one, ())), default=0)
            return known[one]

        return depth(chain)

    def bases_of(self, chain: str) -> frozenset[str]:
        """The built-in chains from which a packet may come to a chain; itself when it is one."""
        if chain in self._bases:
            return frozenset({chain})
        return frozenset(base for base in self._bases if chain in self._below(base))
