# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The links that a drill switches off, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.multiwan.routeros.plugins.module_utils import drill
from ansible_collections.multiwan.routeros.plugins.module_utils.site_entry import SiteError

DOCUMENTATION = r"""
name: drill_steps
short_description: The links that a drill switches off, one after the other
version_added: 0.1.0
author: multiwan.routeros contributors (@multiwan)
description:
  - Says for each link which port is to be disabled, which link takes over, and which links the site then has.
  - A site with one link has nothing to drill.
options:
  _input:
    description: The links as in C(site_wans), told by U(https://github.com/multiwan/routeros/blob/main/docs/site-model.md).
    type: list
    elements: dict
    required: true
  only:
    description: The names of the links to drill. By default all of them.
    type: list
    elements: str
"""

EXAMPLES = r"""
- ansible.builtin.debug:
    msg: "{{ site_wans | multiwan.routeros.drill_steps(['ISP2']) }}"
"""

RETURN = r"""
_value:
  description: For each link C(link), its C(port), the link that takes over (C(instead)), and C(others), the rest of C(site_wans).
  type: list
  elements: dict
"""


def drill_steps(value: Any, only: Any = None) -> list[drill.Step]:
    """Return drill.steps of *value*. Raises AnsibleFilterError with every problem found."""
    try:
        return drill.steps(value, only)
    except SiteError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """Ansible looks the filter up here."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"drill_steps": drill_steps}
