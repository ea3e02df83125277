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
module: facts
short_description: Read facts about a router
version_added: 0.1.0
description:
  - Reads the router's version, model, serial number and name, and the rows of any menus, in one round trip.
  - The facts have the names that are usual for network devices.
options:
  gather_subset:
    description:
      - Menus whose rows are read too, by their paths such as C(ip dhcp-client).
      - They come as the router tells them, with its state and counters, and with what it added itself.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - multiwan.routeros.attributes.reading
  - multiwan.routeros.connection
author:
  - multiwan.routeros contributors (@multiwan)
"""

EXAMPLES = r"""
---
- name: What router is this
  multiwan.routeros.facts:

- name: Stop on a version that is too old
  ansible.builtin.assert:
    that: ansible_facts.net_version is ansible.builtin.version('7.12', '>=')

- name: Which addresses did the providers give
  multiwan.routeros.facts:
    gather_subset:
      - ip dhcp-client

- name: Show them
  ansible.builtin.debug:
    msg: "{{ item.interface }}: {{ item.address | default('none') }}"
  loop: "{{ ansible_facts.routeros.menus['ip dhcp-client'] }}"
"""

RETURN = r"""
---
ansible_facts:
  description: Facts that later tasks can use as variables.
  returned: always
  type: dict
  contains:
    ansible_net_version:
      description: Version of RouterOS.
      type: str
      sample: 7.22.3
    ansible_net_model:
      description: Model of the router; of a virtual one, the name of its board.
      type: str
      sample: RB1100AHx4
    ansible_net_serialnum:
      description: Serial number; empty for a virtual router.
      type: str
    ansible_net_hostname:
      description: The router's own name.
      type: str
      sample: hq
    ansible_net_arch:
      description: Architecture of the router.
      type: str
      sample: arm
    ansible_net_uptime:
      description: How long the router has been up, as it writes it.
      type: str
      sample: 1w2d3h4m5s
    ansible_net_cpu_load:
      description: Load of the processors in percent.
      type: str
    ansible_net_memfree_mb:
      description: Memory that is free, in MiB.
      type: int
    ansible_net_memtotal_mb:
      description: All memory in MiB.
      type: int
    routeros:
      description: The version as a list of numbers as C(version), and the rows of O(gather_subset) by menu as C(menus).
      type: dict
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.multiwan.routeros.plugins.module_utils.argspec import FACTS_OPTIONS, NEEDS_ACTION


def main() -> None:
    """Declare the options; the work is done by the action plugin."""
    AnsibleModule(**FACTS_OPTIONS).fail_json(msg=NEEDS_ACTION)


if __name__ == "__main__":
    main()
