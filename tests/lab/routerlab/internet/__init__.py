# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers of the lab's internet: one program on plain sockets, ``python -m routerlab.internet``.

It knows nothing of namespaces: bound to 0.0.0.0 in a namespace in which every public address is local, it answers for
all of them.  ``configuration`` says what it is told, ``control`` how it is asked, one file for each server.
"""

from __future__ import annotations
