# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the roles have found wrong with one router, be it how it is set up or what it does, as lines to read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.multiwan.routeros.plugins.filter.drift_lines import ROLES, drift_lines

DOCUMENTATION = r"""
name: verify_lines
short_description: What the roles have found wrong with one router
version_added: 0.1.0
author: multiwan.routeros contributors (@multiwan)
description:
  - Collects what the roles' tasks in check mode and their C(verify) tasks have registered.
  - Rows of others are no fault of the site and are left out.
  - Where no role has run, that is told as something wrong.
options:
  _input:
    description: The variables that hold C(interfaces_result), C(interfaces_verify) and so on; those that are there count.
    type: dict
    required: true
"""

EXAMPLES = r"""
- ansible.builtin.debug:
    msg: "{{ hostvars[inventory_hostname] | multiwan.routeros.verify_lines }}"
"""

RETURN = r"""
_value:
  description: One line for each thing that is not as it should be.
  type: list
  elements: str
"""


def verify_lines(results: Mapping[str, Any]) -> list[str]:
    """Return the differences that are the site's own, then what the verify tasks waited for in vain."""
    lines = drift_lines(results, foreign="ignore")
    for role in ROLES:
        waited = results.get(f"{role}_verify", {})
        if waited.get("failed"):
            lines += [
                f"{role}: {line}" for line in waited.get("unmet") or str(waited.get("msg", "failed")).splitlines()
            ]
    return lines


class FilterModule:
    """Ansible looks the filter up here."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"verify_lines": verify_lines}
