# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What users and scripts may do, in the order in which routers tell it; names as RouterOS 7 has them."""

from __future__ import annotations

_LOGINS = ("local", "telnet", "ssh", "winbox", "web", "api", "rest-api")
"""Ways to log in, which only groups of users have."""

GROUP = (
    "local",
    "telnet",
    "ssh",
    "ftp",
    "reboot",
    "read",
    "write",
    "policy",
    "test",
    "winbox",
    "password",
    "web",
    "sniff",
    "sensitive",
    "api",
    "romon",
    "rest-api",
)

SCRIPT = (*(policy for policy in GROUP if policy not in _LOGINS), "dude")
"""``dude`` exists on RouterOS 6 alone."""
