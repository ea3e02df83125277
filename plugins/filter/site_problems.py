# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that is wrong with a site's description, before anything is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.multiwan.routeros.plugins.module_utils import site

DOCUMENTATION = r"""
name: site_problems
short_description: All that is wrong with the description of a site
version_added: 0.1.0
author: multiwan.routeros contributors (@multiwan)
description:
  - The roles check what they use; this filter checks the whole at once, so that a mistake that only the last role would
    meet stops a play before the first role has written anything.
options:
  _input:
    description:
      - "The parts of the description under their names without C(site_): C(name), C(wans), C(lans), and
        those of C(identity), C(dns), C(alerts), C(classifier), C(balance), C(adopt), C(bypass), C(confirm),
        C(confirm_timeout), C(on_conflict), C(undo), C(undo_within), C(unsafe) that there are."
    type: dict
    required: true
"""

EXAMPLES = r"""
- ansible.builtin.assert:
    that: problems == []
    fail_msg: "{{ problems }}"
  vars:
    problems: "{{ {'name': site_name, 'wans': site_wans, 'lans': site_lans} | multiwan.routeros.site_problems }}"
"""

RETURN = r"""
_value:
  description: One line for each problem; empty when the description is sound. No line holds a token.
  type: list
  elements: str
"""


def site_problems(value: Any) -> list[str]:
    """Return site.problems_of *value*."""
    return site.problems_of(value)


class FilterModule:
    """Ansible looks the filter up here."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"site_problems": site_problems}
