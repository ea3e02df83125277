# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a drill as lines to read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.multiwan.routeros.plugins.module_utils import drill

DOCUMENTATION = r"""
name: drill_lines
short_description: The report of a drill as lines to read
version_added: 0.1.0
author: multiwan.routeros contributors (@multiwan)
description:
  - Makes a table of what C(drill.yml) has noted about each link of one router.
options:
  _input:
    description: What the playbook has noted, an entry for each link.
    type: list
    elements: dict
    required: true
  router:
    description: The router's name.
    type: str
    required: true
  failing:
    description: Only the links, by name, with which something went wrong.
    type: bool
    default: false
"""

EXAMPLES = r"""
- ansible.builtin.debug:
    msg: "{{ drill_report | multiwan.routeros.drill_lines(inventory_hostname) }}"
"""

RETURN = r"""
_value:
  description: A heading, and a line for each link with the seconds that it took, the pings that were answered, and the outcome.
  type: list
  elements: str
"""


def drill_lines(value: Sequence[Mapping[str, Any]], router: str, failing: bool = False) -> list[str]:
    """Return drill.lines of *value*, or the names of the links with which something went wrong."""
    if failing:
        return [str(entry["link"]) for entry in value if not drill.verdict(entry)[0]]
    return drill.lines(router, value)


class FilterModule:
    """Ansible looks the filter up here."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"drill_lines": drill_lines}
