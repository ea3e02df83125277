# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The networks of a site that are not balanced, checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.multiwan.routeros.plugins.module_utils import site
from ansible_collections.multiwan.routeros.plugins.module_utils.site_entry import SiteError

DOCUMENTATION = r"""
name: bypass
short_description: The networks of a site that are not balanced, checked
version_added: 0.1.0
author: multiwan.routeros contributors (@multiwan)
description:
  - Refuses what is not a list of IPv4 networks, a network that is there twice, and V(0.0.0.0/0).
options:
  _input:
    description: The networks as in C(site_bypass).
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- ansible.builtin.debug:
    msg: "{{ ['10.99.0.0/24'] | multiwan.routeros.bypass | join(',') }}"
"""

RETURN = r"""
_value:
  description: The networks.
  type: list
  elements: str
"""


def bypass(value: Any) -> list[str]:
    """Return site.bypass of *value*. Raises AnsibleFilterError."""
    try:
        return site.bypass(value)
    except SiteError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """Ansible looks the filter up here."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"bypass": bypass}
