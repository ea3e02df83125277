# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The DNS servers of a site, checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.multiwan.routeros.plugins.module_utils import site
from ansible_collections.multiwan.routeros.plugins.module_utils.site_entry import SiteError

DOCUMENTATION = r"""
name: dns_servers
short_description: The DNS servers of a site, checked
version_added: 0.1.0
author: multiwan.routeros contributors (@multiwan)
description:
  - Refuses what is not a list of IPv4 addresses, and a server that is reached by one link alone, being watched beyond it.
options:
  _input:
    description: The servers as in C(site_dns).
    type: list
    elements: str
    required: true
  links:
    description: The links of P(multiwan.routeros.wans#filter).
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- ansible.builtin.debug:
    msg: "{{ site_dns | multiwan.routeros.dns_servers | join(',') }}"
"""

RETURN = r"""
_value:
  description: The addresses.
  type: list
  elements: str
"""


def dns_servers(value: Any, links: Any = ()) -> list[str]:
    """Return site.servers of *value* beside the completed *links*. Raises AnsibleFilterError."""
    try:
        return site.servers(value, links)
    except SiteError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """Ansible looks the filter up here."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"dns_servers": dns_servers}
