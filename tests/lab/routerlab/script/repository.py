# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scripts of ``/system script``: who may run one, and how often each was run."""

from __future__ import annotations

from collections.abc import Set
from typing import TYPE_CHECKING

from routerlab import messages

if TYPE_CHECKING:
    from routerlab.model.router import Router
    from routerlab.model.store import Row

MENU = "system script"


def start(router: Router, row: Row, policies: Set[str], own_rights: bool = False) -> set[str]:
    """Count one run of a script by who has these policies; returns those that it runs with: its own.

    Raises Trap for a script that asks for more than its caller may (manual, Scripting and Netwatch), unless it says
    ``dont-require-permissions`` or, with ``own_rights``, its caller says ``use-script-permissions`` (7.15, (~)).  What
    is refused is not counted (reported in a public guide, (~)).
    """
    wanted = {policy for policy in router.text(row, "policy").split(",") if policy and not policy.startswith("!")}
    free = own_rights or router.text(row, "dont-require-permissions") == "true"
    if not free and not wanted <= policies:
        raise messages.not_permitted()
    row.facts["run-count"] = str(int(row.facts.get("run-count", "0")) + 1)
    row.facts["last-started"] = router.stamp()
    router.changed()
    return wanted
