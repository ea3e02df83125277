# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The firewall's rows as nftables text, and the kernel's connections as rows; nothing here touches a kernel."""

from __future__ import annotations

from routerlab.firewall.compile import Ruleset, compile_firewall
from routerlab.firewall.connections import Rates, connection_rows
from routerlab.firewall.devices import Devices
from routerlab.firewall.marks import Marks

__all__ = ["Devices", "Marks", "Rates", "Ruleset", "compile_firewall", "connection_rows"]
