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
module: ip_route
short_description: Configure /ip route, IPv4 routes
version_added: 0.1.0
description:
  - Configures IPv4 routes, the menu C(/ip route) of RouterOS.
  - A row is found by O(config[].comment), else by O(config[].dst_address) and O(config[].routing_table) and O(config[].gateway),
    else by all that is given of it.
options:
  config:
    description:
      - The rows, each with its properties.
      - The names are those of RouterOS, with V(_) in the place of V(-).
      - Needed with O(state=merged), O(state=replaced), O(state=overridden) and O(state=rendered).
    type: list
    elements: dict
    suboptions:
      dst_address:
        description:
          - Destination of the route.
          - The router's own default is V(0.0.0.0/0).
        type: str
      gateway:
        description:
          - 'Next hop: an address, an interface, or C(address%interface).'
        type: str
      routing_table:
        description:
          - Table that the route belongs to. On RouterOS 6 it is written as the routing mark.
          - The router's own default is V(main).
        type: str
      distance:
        description:
          - Administrative distance; the lowest of equal routes is used.
          - A number from 1 to 255.
          - The router's own default is V(1).
        type: str
      check_gateway:
        description:
          - How the next hop is probed, every 10 seconds; after two misses all routes through it are inactive.
          - The router's own default is V(none).
        type: str
        choices: [none, arp, ping, bfd]
      scope:
        description:
          - Scope of the route.
          - A number from 0 to 255.
          - The router's own default is V(30).
        type: str
      target_scope:
        description:
          - Highest scope of a route that resolves the next hop.
          - A number from 0 to 255.
          - The router's own default is V(10).
        type: str
      pref_src:
        description:
          - Source address of packets that the router itself sends along this route.
        type: str
      blackhole:
        description:
          - Whether packets are dropped without an answer.
          - The router's own default is V(false).
          - Needs RouterOS 7.
        type: bool
      vrf_interface:
        description:
          - Interface of the VRF.
          - Needs RouterOS 7.
        type: str
      suppress_hw_offload:
        description:
          - Whether hardware may not take the route.
          - The router's own default is V(false).
          - Needs RouterOS 7.
          - Gone after RouterOS 7.20.
        type: bool
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
# routing_table becomes routing-mark on RouterOS 6.
- name: A default route for each link, and the second where the first fails
  multiwan.routeros.ip_route:
    config:
      - gateway: 192.168.40.1
        routing_table: to-ISP1
        check_gateway: ping
        comment: "failover_routes: to-ISP1"
      - gateway: 192.168.20.1
        routing_table: to-ISP2
        check_gateway: ping
        comment: "failover_routes: to-ISP2"
      - gateway: 192.168.40.1
        distance: 1
        check_gateway: ping
        comment: "failover_routes: main ISP1"
      - gateway: 192.168.20.1
        distance: 2
        check_gateway: ping
        comment: "failover_routes: main ISP2"
    state: overridden
    scope: "failover_routes:"

# A text that can be imported on a router that is not reached yet.
- name: The same as RouterOS text
  multiwan.routeros.ip_route:
    config:
      - dst_address: 10.20.0.0/16
        gateway: 10.10.0.2
        comment: "static: branch network"
    state: rendered
  register: text
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
    AnsibleModule(**menu_options("ip route")).fail_json(msg=NEEDS_ACTION)


if __name__ == "__main__":
    main()
