# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A controller that can be killed: for each line of JSON on its input it changes a router in a process of its own.

It says ``ready``, then for each line the process's number, and after another line, once that process has ended, its status:
0, or minus the signal that killed it. What came of a change is told on the standard error.

Run by itself, so that no test runner is in the process that is killed.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from ansible_collections.multiwan.routeros.plugins.module_utils import argspec, transaction
from ansible_collections.multiwan.routeros.plugins.module_utils.mask import Mask
from ansible_collections.multiwan.routeros.plugins.module_utils.request import Request
from ansible_collections.multiwan.routeros.plugins.module_utils.session import Session, Target


def change(order: dict[str, Any]) -> str:
    """Begin, plan and commit as a playbook does; return what became of it."""
    target = Target("router", "127.0.0.1", "admin", "lab", order["port"], timeout=10)
    world = transaction.Surroundings(lambda: Session(target))
    candidate, _told = transaction.begin("router", "admin", argspec.transaction_menus("router", None), world)
    for scope, menus in order["asked"]:
        candidate.ask(menus, Request("router", "overridden", scope, login="admin"), Mask())
    return transaction.commit(candidate, transaction.Options(undo=order["undo"]), world).state


def main() -> None:
    """Change routers until the input ends."""
    print("ready", flush=True)
    for line in sys.stdin:
        process = os.fork()
        if process == 0:
            print(change(json.loads(line)), file=sys.stderr, flush=True)
            os._exit(0)
        print(process, flush=True)
        # until somebody has read this line, the number is that of no other process
        sys.stdin.readline()
        _process, status = os.waitpid(process, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
