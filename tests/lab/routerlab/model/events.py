# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens on a router that scripts may follow.  A bare model follows nothing; ``automation`` does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from routerlab import messages

if TYPE_CHECKING:
    from routerlab.model.store import Row
    from routerlab.state.leases import Lease


class Events:
    """The events of one router; here nothing comes of them."""

    def forget(self) -> None:
        """The router starts anew."""

    def reboot(self) -> None:
        """The router was told to reboot (``/system reboot``)."""

    def netwatch(self, row: Row, up: bool, facts: Mapping[str, str]) -> None:
        """A watch changed its state; ``facts`` are its read-only properties now."""

    def dhcp_client(self, row_id: int, lease: Lease, bound: bool) -> None:
        """A DHCP client got a lease, or lost it."""

    def job(self, row: Row) -> None:
        """A job of the scheduler is due."""

    async def run_script(self, row: Row, policies: set[str], user: str, own_rights: bool = False) -> None:
        """``/system/script/run``: until the script has ended; raises Trap.

        ``own_rights``: whoever runs it wants it to have all the rights it asks for (``use-script-permissions``).
        """
        raise messages.no_such_command()
