#!/usr/bin/python
# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Written by scripts/write_modules.py from plugins/module_utils/menus, plugins/module_utils/options.py and
# scripts/module_examples. Change those instead.

from __future__ import annotations

DOCUMENTATION = r"""
---
module: dhcp_server_network
short_description: Configure /ip dhcp-server network, what DHCP servers tell the hosts of a network
version_added: 0.1.0
description:
  - Configures what DHCP servers tell the hosts of a network, the menu C(/ip dhcp-server network) of RouterOS.
  - A row is found by O(config[].address), else by all that is given of it.
options:
  config:
    description:
      - The rows, each with its properties.
      - The names are those of RouterOS, with V(_) in the place of V(-).
      - Needed with O(state=merged), O(state=replaced), O(state=overridden) and O(state=rendered).
    type: list
    elements: dict
    suboptions:
      address:
        description:
          - Network whose hosts are told, such as C(172.16.10.0/24).
        type: str
      gateway:
        description:
          - Default gateways.
        type: list
        elements: str
      netmask:
        description:
          - Length of the network; C(0) takes it from the address.
          - A number from 0 to 32.
          - The router's own default is V(0).
        type: str
      dns_server:
        description:
          - Name servers; none given tells the router's own.
        type: list
        elements: str
      dns_none:
        description:
          - Whether no name server is told at all.
          - The router's own default is V(false).
        type: bool
      wins_server:
        description:
          - Name servers of Windows networks.
        type: list
        elements: str
      ntp_server:
        description:
          - Time servers.
        type: list
        elements: str
      ntp_none:
        description:
          - Whether no time server is told at all.
          - The router's own default is V(false).
          - Needs RouterOS 7.20 or later.
        type: bool
      caps_manager:
        description:
          - Managers of wireless access points.
        type: list
        elements: str
      domain:
        description:
          - Domain of the hosts.
        type: str
      next_server:
        description:
          - Server that hosts boot from.
        type: str
      boot_file_name:
        description:
          - File that hosts boot from.
        type: str
      dhcp_option:
        description:
          - Further options.
        type: list
        elements: str
      dhcp_option_set:
        description:
          - Set of further options.
        type: str
      comment:
        description:
          - Short description of the row.
        type: str
extends_documentation_fragment:
  - multiwan.routeros.attributes
  - multiwan.routeros.connection
  - multiwan.routeros.states
seealso:
  - module: multiwan.routeros.config
    description: Configures any menus, several in one call.
author:
  - multiwan.routeros contributors (@multiwan)
"""

EXAMPLES = r"""
---
- name: What hosts of the first floor are told
  multiwan.routeros.dhcp_server_network:
    config:
      - address: 172.16.10.0/24
        gateway:
          - 172.16.10.1
        dns_server:
          - 8.8.8.8
          - 8.8.4.4
        comment: "dhcp: first floor"

- name: The network is gone
  multiwan.routeros.dhcp_server_network:
    config:
      - address: 172.16.90.0/24
    state: deleted
"""

RETURN = r"""
---
before:
  description: The rows as they were, under the names of the options.
  returned: state is neither gathered nor rendered
  type: list
  elements: dict
after:
  description:
    - The rows as they are now, or in check mode as they would be.
    - Not there when the line broke while writing, since nobody has read them then.
  returned: state is neither gathered nor rendered
  type: list
  elements: dict
commands:
  description: What was written, or in check mode would be, as lines for the router's terminal.
  returned: state is neither gathered nor rendered
  type: list
  elements: str
refused_commands:
  description: What the router refused.
  returned: when the router refused something
  type: list
  elements: str
ansible_facts:
  description:
    - For the next task in check mode, the names that there would be, as C(routeros_foreseen).
    - They count in the same run alone.
  returned: in check mode
  type: dict
drift:
  description:
    - How the router differs from what is wanted, by menu.
    - 'Each menu has lists of lines: C(missing), C(changed), C(unwanted), C(moved), and C(foreign).'
    - C(foreign) are rows of others, which are no change.
  returned: in check mode
  type: dict
gathered:
  description: The rows, in the form of O(config).
  returned: state is gathered
  type: list
  elements: dict
rendered:
  description: RouterOS text.
  returned: state is rendered
  type: str
routeros_version:
  description: Version of the router.
  returned: state is not rendered
  type: str
  sample: 7.22.3
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.multiwan.routeros.plugins.module_utils.argspec import NEEDS_ACTION, menu_options


def main() -> None:
    """Declare the options; the work is done by the action plugin."""
    AnsibleModule(**menu_options("ip dhcp-server network")).fail_json(msg=NEEDS_ACTION)


if __name__ == "__main__":
    main()
