# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom a site alerts, checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.multiwan.routeros.plugins.module_utils import site
from ansible_collections.multiwan.routeros.plugins.module_utils.site_entry import SiteError

DOCUMENTATION = r"""
name: alerts
short_description: Whom a site alerts, checked
version_added: 0.1.0
author: multiwan.routeros contributors (@multiwan)
description:
  - Refuses a token without a chat, a chat without a token, and either in a shape that Telegram cannot know.
options:
  _input:
    description: The alerts as in C(site_alerts).
    type: dict
    required: true
"""

EXAMPLES = r"""
- ansible.builtin.debug:
    msg: "{{ (site_alerts | multiwan.routeros.alerts).telegram.chat_id }}"
"""

RETURN = r"""
_value:
  description: An empty mapping without alerts, else C(telegram) with C(token) and C(chat_id), both strings.
  type: dict
"""


def alerts(value: Any) -> dict[str, dict[str, str]]:
    """Return site.alerts of *value*. Raises AnsibleFilterError, which never shows the token."""
    try:
        return site.alerts(value)
    except SiteError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """Ansible looks the filter up here."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"alerts": alerts}
