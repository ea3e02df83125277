# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The buckets of per-connection classification, in proportion to the links' weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.multiwan.routeros.plugins.module_utils import site
from ansible_collections.multiwan.routeros.plugins.module_utils.site_entry import SiteError

DOCUMENTATION = r"""
name: pcc_buckets
short_description: The buckets of per-connection classification
version_added: 0.1.0
author: multiwan.routeros contributors (@multiwan)
description:
  - Every remainder of the denominator belongs to exactly one link, so that no connection is left without a mark.
  - The weights' common divisor is taken out; more than 100 buckets are refused.
options:
  _input:
    description: The links of P(multiwan.routeros.wans#filter).
    type: list
    elements: dict
    required: true
  classifier:
    description: What RouterOS hashes.
    type: str
    default: both-addresses-and-ports
    choices:
      - both-addresses-and-ports
      - both-addresses
      - both-ports
      - src-address
      - src-address-and-port
      - src-port
      - dst-address
      - dst-address-and-port
      - dst-port
"""

EXAMPLES = r"""
- ansible.builtin.debug:
    msg: "{{ site_wans | multiwan.routeros.wans | multiwan.routeros.pcc_buckets | map(attribute='classifier') }}"
    # weights 2 and 1: both-addresses-and-ports:3/0, both-addresses-and-ports:3/1, both-addresses-and-ports:3/2
"""

RETURN = r"""
_value:
  description:
    - One entry for each remainder, all of them once, with C(connection_mark), C(bucket) such as V(3/0), C(classifier)
      such as V(both-addresses-and-ports:3/0).
  type: list
  elements: dict
"""


def pcc_buckets(value: Any, classifier: str = site.CLASSIFIER) -> list[site.Bucket]:
    """Return site.pcc_buckets of the completed links *value*. Raises AnsibleFilterError."""
    try:
        return site.pcc_buckets(value, classifier)
    except SiteError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """Ansible looks the filter up here."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"pcc_buckets": pcc_buckets}
