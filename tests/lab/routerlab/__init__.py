# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""routerlab: virtual RouterOS routers for tests and demonstrations.

The package imports nothing from the Ansible collection it lives beside, so that a wrong fact in one is caught by the
other.  The layers, from the wire inwards:

* ``faces``  what a client talks to (the binary API, plain and in TLS);
* ``model``  rows, identifiers, references, queries and the verbs (``add``, ``set``, ``move`` ...);
* ``menus``  the menus as tables of facts, one file per area;
* ``values`` the kinds of value that a menu's arguments take, and how they read back;
* ``state``  what a router works out by itself: leases, routes, netwatch;
* ``world``  what lies outside the routers: internet providers, links, the internet.
"""

from __future__ import annotations

__version__ = "0.1.0"
