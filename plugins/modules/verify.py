#!/usr/bin/python
# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Written by scripts/write_modules.py from plugins/module_utils/options.py, scripts/module_texts and
# scripts/module_examples. Change those instead.

from __future__ import annotations

DOCUMENTATION = r"""
---
module: verify
short_description: Wait until rows of a router are in the state that they should be in
version_added: 0.1.0
description:
  - Looks at the router again and again until every expectation holds, and fails with what still does not hold when
    the time is over.
  - Beside configuration it sees what only the router tells, such as whether a route is active, a DHCP client bound,
    or a host that netwatch checks up.
  - At least one of O(menus), O(ping) is needed.
options:
  menus:
    description:
      - The menus by their paths, such as C(ip route), each with a list of expectations.
      - An expectation has the properties that find the row, such as C(comment) or C(interface), and those that
        it shall have. Values compare by their meaning.
      - A row that is not there fails too.
    type: dict
  ping:
    description:
      - Hosts for the router to ping. Each has C(address), and may have C(interface), C(src_address), C(vrf), C(count)
        (3 by default) and C(received), how many answers are enough (1 by default).
    type: list
    elements: dict
  timeout:
    description:
      - How many seconds to wait at most.
    type: int
    default: 60
  secrets:
    description:
      - Texts that no result, difference, command or error ever shows, such as a token that is part of a script.
    type: list
    elements: str
extends_documentation_fragment:
  - multiwan.routeros.attributes.reading
  - multiwan.routeros.connection
author:
  - multiwan.routeros contributors (@multiwan)
"""

EXAMPLES = r"""
---
- name: Both links have an address
  multiwan.routeros.verify:
    menus:
      ip dhcp-client:
        - interface: ISP1
          status: bound
        - interface: ISP2
          status: bound

# Netwatch says nothing for the first five minutes after a boot.
- name: Routes are active and the links up
  multiwan.routeros.verify:
    menus:
      ip route:
        - comment: "failover_routes: to-ISP1"
          active: true
      tool netwatch:
        - comment: "netwatch_telegram: ISP1"
          status: up
    timeout: 330
"""

RETURN = r"""
---
unmet:
  description: The expectations that do not hold, each with menu, entry, property, what was wanted and what was
    found.
  returned: always
  type: list
  elements: str
elapsed:
  description: After how many seconds it all held, or was given up.
  returned: always
  type: float
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.multiwan.routeros.plugins.module_utils.argspec import NEEDS_ACTION, VERIFY_OPTIONS


def main() -> None:
    """Declare the options; the work is done by the action plugin."""
    AnsibleModule(**VERIFY_OPTIONS).fail_json(msg=NEEDS_ACTION)


if __name__ == "__main__":
    main()
