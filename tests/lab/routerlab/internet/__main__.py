# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the servers until stdin ends.

The first line on stdin is the configuration (see ``configuration``), the following ones are requests (see
``control``).  ``ready`` on stdout says that everything listens; a configuration or port that cannot be had is one line
on stderr and exit status 1.
"""

from __future__ import annotations

import asyncio
import sys

from routerlab.internet.configuration import ConfigurationError
from routerlab.internet.listeners import ListenError
from routerlab.internet.service import serve


def main() -> int:
    """Returns the exit status."""
    try:
        asyncio.run(serve(sys.stdin.buffer, sys.stdout.buffer))
    except (ConfigurationError, ListenError) as error:
        print(f"internet: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
