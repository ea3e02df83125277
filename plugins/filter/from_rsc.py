# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RouterOS text, as ``/export`` writes it, as menus of entries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.multiwan.routeros.plugins.module_utils import script
from ansible_collections.multiwan.routeros.plugins.module_utils.errors import ScriptError

DOCUMENTATION = r"""
name: from_rsc
short_description: RouterOS text as menus of entries
version_added: 0.1.0
author: multiwan.routeros contributors (@multiwan)
description:
  - Reads lines C(/menu path), C(add name=value …), C(set [ find name=value ] name=value …) and C(set name=value …) with
    comments, continued lines, quotes and escapes.
  - A menu's line without entries gives an empty list, which says that no row is wanted there.
  - Variables and command substitution are refused; only a router knows what they stand for.
options:
  _input:
    description: The text.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Apply what a template says
  multiwan.routeros.config:
    menus: "{{ lookup('ansible.builtin.template', 'nat.rsc.j2') | multiwan.routeros.from_rsc }}"
    state: overridden
    scope: "nat:"
"""

RETURN = r"""
_value:
  description: For each menu, such as C(ip firewall nat), its entries in their order, each a mapping of field to value.
  type: dict
"""


def from_rsc(text: str) -> dict[str, list[dict[str, str | None]]]:
    """Return the entries of *text* by menu. Raises AnsibleFilterError with the line where it cannot be read."""
    try:
        return script.parse(text)
    except ScriptError as error:
        raise AnsibleFilterError(f"RouterOS text: {error}") from error


class FilterModule:
    """Ansible looks the filter up here."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"from_rsc": from_rsc}
