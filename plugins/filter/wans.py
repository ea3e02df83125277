# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The WAN links of a site, checked and completed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.multiwan.routeros.plugins.module_utils import site
from ansible_collections.multiwan.routeros.plugins.module_utils.site_entry import SiteError

DOCUMENTATION = r"""
name: wans
short_description: The WAN links of a site, checked and completed
version_added: 0.1.0
author: multiwan.routeros contributors (@multiwan)
description:
  - Fills every default of C(site_wans) and refuses what could not work, naming list, entry, field, value and remedy.
options:
  _input:
    description: The links as in C(site_wans), told by U(https://github.com/multiwan/routeros/blob/main/docs/site-model.md).
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- ansible.builtin.debug:
    msg: "{{ site_wans | multiwan.routeros.wans | map(attribute='routing_table') }}"  # [to-ISP1, to-ISP2]
"""

RETURN = r"""
_value:
  description:
    - The links, each with all of its keys; what does not apply is an empty string.
    - A link's C(pinned) is true when its C(monitor_host) lies beyond its network and so needs a route of its own.
  type: list
  elements: dict
"""


def wans(value: Any) -> list[site.Wan]:
    """Return site.wans of *value*. Raises AnsibleFilterError with every problem found."""
    try:
        return site.wans(value)
    except SiteError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """Ansible looks the filter up here."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"wans": wans}
