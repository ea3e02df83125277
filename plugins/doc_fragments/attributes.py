# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all modules can do, as Ansible documents it."""

from __future__ import annotations


class ModuleDocFragment:
    """Attributes of modules that change a router; ``reading`` for those that only look."""

    DOCUMENTATION = r"""
attributes:
  check_mode:
    support: full
    description: Tells what would be changed and writes nothing to the router.
  diff_mode:
    support: full
    description: Tells each changed menu before and after.
  idempotent:
    support: full
    description: Run again with the same options, it changes nothing. Values compare by their meaning, so V(10m) is V(00:10:00).
  action:
    support: full
    description: Runs inside the controller, in an action plugin; the router needs no Python.
  platform:
    support: full
    platforms: RouterOS
    description: Routers of MikroTik, also virtual ones, that speak the RouterOS API.
"""

    READING = r"""
attributes:
  check_mode:
    support: full
    description: Does the same with or without check mode, since nothing is changed.
  diff_mode:
    support: none
    description: Nothing is changed, so there is no difference to tell.
  idempotent:
    support: full
    description: Nothing is changed.
  action:
    support: full
    description: Runs inside the controller, in an action plugin; the router needs no Python.
  platform:
    support: full
    platforms: RouterOS
    description: Routers of MikroTik, also virtual ones, that speak the RouterOS API.
"""
