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
module: config
short_description: Configure any menus of a router, several in one call
version_added: 0.1.0
description:
  - Brings the rows of one or more menus of RouterOS to what is given, whatever the number of menus, in one login,
    one round trip of reads and one of writes. Where rows are removed beside other changes, the removals are a further
    round trip, sent only when everything else was accepted.
  - Changes are written in the order in which things depend on each other, whatever the order given. Tables come
    before the routes in them, pools before the servers that use them, and what is removed goes last.
  - Entries are checked before anything is written, against what is known of the menu in the router's version, and
    against the router's rows for what they refer to.
  - Menus that nothing is known of can be given too. Their properties are then taken as they are.
options:
  menus:
    description:
      - The menus by their paths, such as C(ip firewall nat), each with a list of entries.
      - An entry has the names of RouterOS, such as C(dst-address), with V(-) or V(_). Values are those of RouterOS.
        Booleans, numbers and lists can be given as such.
      - A menu of settings, such as C(ip dns), takes one entry.
      - A menu with an empty list is looked at too, which matters for O(state=overridden), O(state=deleted) and
        O(state=gathered).
    type: dict
    required: true
extends_documentation_fragment:
  - multiwan.routeros.attributes
  - multiwan.routeros.connection
  - multiwan.routeros.states
seealso:
  - module: multiwan.routeros.verify
    description: Waits until rows are in the state that they should be in.
author:
  - multiwan.routeros contributors (@multiwan)
"""

EXAMPLES = r"""
---
- name: A table and its route for the first link
  multiwan.routeros.config:
    menus:
      routing table:
        - name: to-ISP1
          fib: true
          comment: "failover_routes: ISP1"
      ip route:
        - gateway: 192.168.40.1
          routing-table: to-ISP1
          check-gateway: ping
          comment: "failover_routes: to-ISP1"
    state: overridden
    scope: "failover_routes:"

# The filter reads lines as a router exports them, so that a template can look like the rules that it makes.
- name: Rules from a template
  multiwan.routeros.config:
    menus: "{{ lookup('ansible.builtin.template', 'nat.rsc.j2') | multiwan.routeros.from_rsc }}"
    state: overridden
    scope: "nat:"

- name: What differs from it, without a change
  multiwan.routeros.config:
    menus: "{{ lookup('ansible.builtin.template', 'nat.rsc.j2') | multiwan.routeros.from_rsc }}"
    state: overridden
    scope: "nat:"
  check_mode: true
  register: nat

- name: Read two menus at once
  multiwan.routeros.config:
    menus:
      ip address: []
      ip route: []
    state: gathered
  register: addresses
"""

RETURN = r"""
---
before:
  description: The rows as they were, by menu, under the names of RouterOS. With O(scope), only those that are ours.
  returned: state is neither gathered nor rendered
  type: dict
after:
  description: The rows as they are now, or in check mode as they would be, in the form of RV(before). Not there
    when the line broke while writing, since nobody has read them then.
  returned: state is neither gathered nor rendered
  type: dict
commands:
  description: What was written, or in check mode would be, as lines for the router's terminal.
  returned: state is neither gathered nor rendered
  type: list
  elements: str
  sample:
    - /routing table add name=to-ISP1 fib=yes comment="failover_routes: ISP1"
refused_commands:
  description: What the router refused.
  returned: when the router refused something
  type: list
  elements: str
ansible_facts:
  description: For the next task in check mode, the names that there would be; they count in the same run alone.
  returned: in check mode
  type: dict
  contains:
    routeros_foreseen:
      description: Names that would be added, that would go, and that would change, by menu.
      type: dict
drift:
  description:
    - How the router differs from what is wanted, by menu. Menus that do not differ are left out.
    - Each menu has lists of lines, of which empty ones are left out too.
  returned: in check mode
  type: dict
  contains:
    missing:
      description: Rows that would be added.
      type: list
      elements: str
    changed:
      description: Rows that would be changed, with each property before and after.
      type: list
      elements: str
    unwanted:
      description: Rows that would be removed.
      type: list
      elements: str
    moved:
      description: Rows that would be moved.
      type: list
      elements: str
    foreign:
      description: Rows of others, which stay as they are and are no change.
      type: list
      elements: str
gathered:
  description: The rows, by menu, in the form of O(menus).
  returned: state is gathered
  type: dict
rendered:
  description: RouterOS text that would make the rows on an empty router.
  returned: state is rendered
  type: str
routeros_version:
  description: Version of the router.
  returned: state is not rendered
  type: str
  sample: 7.22.3
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.multiwan.routeros.plugins.module_utils.argspec import CONFIG_OPTIONS, NEEDS_ACTION


def main() -> None:
    """Declare the options; the work is done by the action plugin."""
    AnsibleModule(**CONFIG_OPTIONS).fail_json(msg=NEEDS_ACTION)


if __name__ == "__main__":
    main()
