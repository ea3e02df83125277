# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another admin, who changes a router between two sentences of ours."""

from __future__ import annotations

from routerlab import seed
from routerlab.faults import Fault, Faults
from routerlab.model.router import Router

from .bench import Bench, Export

BEFORE = """
/ip firewall mangle add chain=forward action=accept comment=theirs-old dst-address=10.44.0.1
/ip firewall address-list add list=theirs address=10.44.0.2
"""
"""What he has had all along."""

WRITES = """
/ip firewall mangle add chain=forward action=accept comment=theirs-last
/ip firewall mangle add chain=forward action=accept comment=theirs-first place-before=[:pick [/ip firewall mangle find] 0]
/ip firewall mangle set [find comment=theirs-old] dst-address=10.44.0.3
/ip firewall filter add chain=forward action=accept comment=theirs
/ip firewall nat add chain=srcnat action=accept dst-address=10.44.0.4 comment=theirs
/ip firewall address-list remove [find list=theirs address=10.44.0.2]
/ip firewall address-list add list=theirs address=10.44.0.5
/ip pool add name=theirs ranges=10.44.1.0/24
/ip route add dst-address=10.45.0.0/16 gateway=10.44.9.9 comment=theirs
/interface list add name=theirs
"""
"""What he does at some moment."""


class _Watched(Faults):
    """Sees every sentence that comes in."""

    def __init__(self, router: Router, after: int) -> None:
        super().__init__()
        self._router, self._left = router, after
        self.came = False

    def strike(self, writes: bool) -> Fault | None:
        """Let him in before the sentence that it is time for."""
        self._left -= 1
        if self._left == 0:
            seed.apply(self._router, WRITES)
            self.came = True
        return super().strike(writes)


def let_in(bench: Bench, after: int) -> None:
    """Let him write just before the *after*-th sentence from now; order faults after this."""

    def go(router: Router) -> None:
        router.faults = _Watched(router, after)

    bench.lab.call(bench.name, go)


def has_come(bench: Bench) -> bool:
    """Whether he has written; he is forgotten then."""

    def look(router: Router) -> bool:
        found, router.faults = router.faults, Faults()
        return isinstance(found, _Watched) and found.came

    return bench.lab.call(bench.name, look)


def is_theirs(row: dict[str, str]) -> bool:
    """Whether a row is the other admin's."""
    return any(row.get(name, "").startswith("theirs") for name in ("comment", "list", "name"))


def apart(export: Export) -> tuple[Export, Export]:
    """His rows and all others."""
    theirs = {path: [row for row in rows if is_theirs(row)] for path, rows in export.items()}
    ours = {path: [row for row in rows if not is_theirs(row)] for path, rows in export.items()}
    return {path: rows for path, rows in theirs.items() if rows}, {path: rows for path, rows in ours.items() if rows}
