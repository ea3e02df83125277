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
module: dhcp_client
short_description: Configure /ip dhcp-client, DHCP clients
version_added: 0.1.0
description:
  - Configures DHCP clients, which get the router an address from a provider, the menu C(/ip dhcp-client) of RouterOS.
  - A row is found by O(config[].interface), else by all that is given of it.
options:
  config:
    description:
      - The rows, each with its properties.
      - The names are those of RouterOS, with V(_) in the place of V(-).
      - Needed with O(state=merged), O(state=replaced), O(state=overridden) and O(state=rendered).
    type: list
    elements: dict
    suboptions:
      interface:
        description:
          - Interface that asks for an address.
          - Needed where a row is added.
        type: str
      name:
        description:
          - Name of the client.
          - Needs RouterOS 7.22 or later.
        type: str
      add_default_route:
        description:
          - Whether a default route through the provider is added; C(special-classless) adds it beside classless
            routes.
          - The router's own default is V(yes).
        type: str
        choices: ['no', 'yes', special-classless]
      default_route_distance:
        description:
          - Distance of that default route.
          - A number from 1 to 255.
          - The router's own default is V(1).
        type: str
      default_route_tables:
        description:
          - Tables that get the default route, each as C(table) or C(table:distance); C(default) is that of the
            interface.
          - Needs RouterOS 7.18 or later.
        type: list
        elements: str
      check_gateway:
        description:
          - How the next hop of that default route is probed.
          - The router's own default is V(none).
          - Needs RouterOS 7.19 or later.
        type: str
        choices: [none, arp, ping, bfd]
      use_peer_dns:
        description:
          - Whether the provider's name servers are used.
          - The router's own default is V(true).
        type: bool
      use_peer_ntp:
        description:
          - Whether the provider's time servers are used.
          - The router's own default is V(true).
        type: bool
      allow_reconfigure:
        description:
          - Whether the server may make the client ask again.
          - The router's own default is V(false).
          - Needs RouterOS 7.19 or later.
        type: bool
      dhcp_options:
        description:
          - Options that are sent to the server.
          - The router's own default is V(hostname,clientid).
        type: list
        elements: str
      script:
        description:
          - Script that runs when an address is got or lost.
          - Line ends and quotes need no escapes.
        type: str
      vlan_priority:
        description:
          - Priority in the VLAN tag of questions.
          - A number from 0 to 7.
          - The router's own default is V(0).
          - Needs RouterOS 7.20 or later.
        type: str
      dscp:
        description:
          - Class of service of questions.
          - A number from 0 to 63.
          - The router's own default is V(0).
          - Needs RouterOS 7.20 or later.
        type: str
      use_broadcast:
        description:
          - Whether the server is asked to answer to everybody.
          - The router's own default is V(both).
          - Needs RouterOS 7.20 or later.
        type: str
        choices: [always, never, both]
      comment:
        description:
          - Short description of the row.
        type: str
      disabled:
        description:
          - Whether the row is switched off.
          - The router's own default is V(false).
        type: bool
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
# The links' default routes are static ones, checked by ping, so the clients add none of their own.
- name: Addresses from both providers
  multiwan.routeros.dhcp_client:
    config:
      - interface: ISP1
        add_default_route: "no"
        use_peer_dns: false
        comment: "interfaces: Fiberstar"
      - interface: ISP2
        add_default_route: "no"
        use_peer_dns: false
        comment: "interfaces: Maxindu"

# This needs RouterOS 7.18; on an older router the task fails before anything is written.
- name: The provider's route goes straight into a table
  multiwan.routeros.dhcp_client:
    config:
      - interface: ISP1
        default_route_tables:
          - to-ISP1:1
          - main:1
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
    AnsibleModule(**menu_options("ip dhcp-client")).fail_json(msg=NEEDS_ACTION)


if __name__ == "__main__":
    main()
