# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collections are found by Ansible's own loader from the first import on: tests that render templates need its metadata,
and it cannot adopt a collection that Python has imported before it."""

from __future__ import annotations

from ansible.plugins.loader import init_plugin_loader

init_plugin_loader()
