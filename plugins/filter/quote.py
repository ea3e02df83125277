# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any text as one quoted RouterOS string."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.multiwan.routeros.plugins.module_utils import script

DOCUMENTATION = r"""
name: quote
short_description: Any text as one quoted RouterOS string
version_added: 0.1.0
author: multiwan.routeros contributors (@multiwan)
description:
  - Quotes, backslashes, dollar signs, line breaks and everything beyond ASCII are escaped, so that a terminal,
    C(/import) and P(multiwan.routeros.from_rsc#filter) all read back the very same text.
options:
  _input:
    description: The text, for example a comment or a whole script.
    type: raw
    required: true
"""

EXAMPLES = r"""
- ansible.builtin.debug:
    msg: "comment={{ 'a \"b\" $c' | multiwan.routeros.quote }}"  # comment="a \"b\" \$c"
"""

RETURN = r"""
_value:
  description: The string in double quotes; bytes beyond ASCII are written as C(\XX).
  type: str
"""


def quote(value: object) -> str:
    """Return *value* as script.quote does."""
    return script.quote(value)


class FilterModule:
    """Ansible looks the filter up here."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"quote": quote}
