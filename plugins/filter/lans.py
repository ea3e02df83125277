# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The LANs of a site, checked and completed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.multiwan.routeros.plugins.module_utils import site
from ansible_collections.multiwan.routeros.plugins.module_utils.site_entry import SiteError

DOCUMENTATION = r"""
name: lans
short_description: The LANs of a site, checked and completed
version_added: 0.1.0
author: multiwan.routeros contributors (@multiwan)
description:
  - Fills every default of C(site_lans) and refuses what could not work, naming list, entry, field, value and remedy.
options:
  _input:
    description: The LANs as in C(site_lans), told by U(https://github.com/multiwan/routeros/blob/main/docs/site-model.md).
    type: list
    elements: dict
    required: true
  links:
    description:
      - The links of P(multiwan.routeros.wans#filter). No LAN may share a port, a name or an address with one.
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- ansible.builtin.debug:
    msg: "{{ site_lans | multiwan.routeros.lans(site_wans | multiwan.routeros.wans) | map(attribute='network') }}"
"""

RETURN = r"""
_value:
  description: The LANs, each with all of its keys, and with C(router) and C(network) taken from its address.
  type: list
  elements: dict
"""


def lans(value: Any, links: Any = ()) -> list[site.Lan]:
    """Return site.lans of *value* beside the completed *links*. Raises AnsibleFilterError with every problem."""
    try:
        return site.lans(value, links)
    except SiteError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """Ansible looks the filter up here."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"lans": lans}
