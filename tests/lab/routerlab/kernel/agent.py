# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent: the process that holds the namespaces and does in them what the lab tells it.

Started by ``routerlab.kernel.client`` only, with the number of a socket's descriptor.  The first process is init of its
PID namespace: it only waits for orphans and for the agent proper, and when it ends the kernel ends everything else.
"""

from __future__ import annotations

import os
import signal
import sys


def _reap(agent: int) -> int:
    """Init's only work: wait for what has no other parent, until the agent ended; its exit status."""
    while True:
        process, status = os.wait()
        if process == agent:
            return os.waitstatus_to_exitcode(status)


def main() -> None:
    """Become init, and the agent below it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # The lab decides when it is over, by closing its end.  A handler, as children would inherit SIG_IGN.
        signal.signal(number, lambda _number, _frame: None)
    descriptor = int(sys.argv[1])
    agent = os.fork()
    if agent != 0:
        os.close(descriptor)
        os._exit(_reap(agent) & 0xFF)
    # Imported here: init stays small.
    from routerlab.kernel.service import serve

    serve(descriptor)
    # Whatever still runs ends with init.
    os._exit(0)


if __name__ == "__main__":
    main()
