# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the roles have found to differ on one router, as lines to read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.multiwan.routeros.plugins.module_utils.script import parse

DOCUMENTATION = r"""
name: drift_lines
short_description: What the roles have found to differ on one router
version_added: 0.1.0
author: multiwan.routeros contributors (@multiwan)
description:
  - Collects what the roles' tasks in check mode have registered as C(drift).
  - A row that bears the tag of another of this collection's roles is not foreign.
  - Where no role has registered anything, that is told as a difference, so that nothing passes unseen.
options:
  _input:
    description: The variables that hold C(interfaces_result), C(dhcp_result) and so on; those that are there count.
    type: dict
    required: true
  foreign:
    description: Whether rows of others in the roles' menus are told of, left out, or told of and counted as drift.
    type: str
    choices: [report, ignore, fail]
    default: fail
  known:
    description: What comments of rows begin with that others put there knowingly; such rows are not foreign.
    type: list
    elements: str
    default: []
  failing:
    description: Only the lines that count as drift.
    type: bool
    default: false
"""

EXAMPLES = r"""
- ansible.builtin.debug:
    msg: "{{ hostvars[inventory_hostname] | multiwan.routeros.drift_lines(foreign='report') }}"
"""

RETURN = r"""
_value:
  description: Lines such as C(missing in ip firewall nat) with the row behind a colon.
  type: list
  elements: str
"""

ROLES = ("interfaces", "failover_routes", "dhcp", "nat", "pcc_mangle", "netwatch_telegram")
NOTHING = f"nothing was compared: none of the roles {', '.join(ROLES)} has run; look at --tags and --skip-tags"
_KINDS = {
    "missing": "missing in",
    "changed": "changed in",
    "unwanted": "unwanted in",
    "moved": "out of order in",
    "foreign": "foreign in",
}


def differences(results: Mapping[str, Any], tags: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield (kind, line) of each difference in the roles' results, none twice; *kind* is one of the module's own.

    A row whose comment begins with one of *tags* is not foreign.
    """
    seen: set[str] = set()
    for role in ROLES:
        drift = results[f"{role}_result"].get("drift", {}) if f"{role}_result" in results else {}
        for menu, kinds in drift.items():
            for kind, words in _KINDS.items():
                for row in kinds.get(kind, []):
                    line = f"{words} {menu}: {row}"
                    if line not in seen and not (kind == "foreign" and _comment(row).startswith(tags)):
                        yield kind, line
                    seen.add(line)


def _comment(row: str) -> str:
    """Return the comment in a row's line of words."""
    return str(parse(f"/ row\nadd {row}")["row"][0].get("comment") or "")


def drift_lines(results: Mapping[str, Any], foreign: str = "fail", failing: bool = False, known: Any = ()) -> list[str]:
    """Return the differences as lines; *foreign*, *failing* and *known* as documented.

    Raises AnsibleFilterError for an unknown *foreign* and for tags that are no texts, or that all comments begin with.
    """
    if foreign not in ("report", "ignore", "fail"):
        raise AnsibleFilterError(f"drift_foreign: '{foreign}' is unknown; write report, ignore or fail")
    if not isinstance(known, (list, tuple)) or not all(isinstance(tag, str) and tag.strip() for tag in known):
        raise AnsibleFilterError(
            f"site_known_scopes: {known!r} is not a list of tags; write such as ['backup:', defconf]"
        )
    if not any(f"{role}_result" in results for role in ROLES):
        return [NOTHING]
    tags = (*(f"{role}:" for role in ROLES), *known)
    silent = foreign == "ignore" or (failing and foreign != "fail")
    return [line for kind, line in differences(results, tags) if not (silent and kind == "foreign")]


class FilterModule:
    """Ansible looks the filter up here."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"drift_lines": drift_lines}
