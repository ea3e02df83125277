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
module: dhcp_server
short_description: Configure /ip dhcp-server, DHCP servers, which give addresses to a LAN
version_added: 0.1.0
description:
  - Configures DHCP servers, which give addresses to a LAN, the menu C(/ip dhcp-server) of RouterOS.
  - A row is found by O(config[].name), else by O(config[].interface), else by all that is given of it.
options:
  config:
    description:
      - The rows, each with its properties.
      - The names are those of RouterOS, with V(_) in the place of V(-).
      - Needed with O(state=merged), O(state=replaced), O(state=overridden) and O(state=rendered).
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - Name of the server.
        type: str
      interface:
        description:
          - Interface that the server serves.
          - Needed where a row is added.
        type: str
      address_pool:
        description:
          - Pool that addresses come from; C(static-only) serves only hosts with a lease of their own.
          - The router's own default is V(static-only).
        type: str
      lease_time:
        description:
          - How long a host may keep its address.
          - A time such as V(30s) or V(1h30m).
        type: str
      relay:
        description:
          - Relay whose questions are answered; C(0.0.0.0) answers direct ones.
          - The router's own default is V(0.0.0.0).
        type: str
      server_address:
        description:
          - Address that the server answers from.
          - The router's own default is V(0.0.0.0).
        type: str
      add_arp:
        description:
          - Whether hosts with a lease are put in the ARP table.
          - The router's own default is V(false).
        type: bool
      add_dns_entries:
        description:
          - Whether hosts get a name in DNS.
          - Needs RouterOS 7.23 or later.
        type: bool
      add_dns_entries_suffix:
        description:
          - Domain of those names.
          - Needs RouterOS 7.24 or later.
        type: str
      address_lists:
        description:
          - Address lists that hosts with a lease join.
          - Needs RouterOS 7.17 or later.
        type: list
        elements: str
      allow_dual_stack_queue:
        description:
          - Whether one queue serves IPv4 and IPv6 of a host.
          - The router's own default is V(true).
        type: bool
      always_broadcast:
        description:
          - Whether answers always go to everybody.
          - The router's own default is V(false).
        type: bool
      authoritative:
        description:
          - Whether hosts that ask for an address of another network are told no.
          - The router's own default is V(yes).
        type: str
        choices: ['no', after-10sec-delay, after-2sec-delay, 'yes']
      bootp_lease_time:
        description:
          - How long a BOOTP host may keep its address.
          - Expects lease-time, forever or a time.
          - The router's own default is V(forever).
        type: str
      bootp_support:
        description:
          - Which BOOTP hosts are served.
          - The router's own default is V(static).
        type: str
        choices: [none, static, dynamic]
      client_mac_limit:
        description:
          - How many addresses one hardware address may have.
          - Expects unlimited or a number.
          - The router's own default is V(unlimited).
        type: str
      conflict_detection:
        description:
          - Whether an address is probed before it is given.
          - The router's own default is V(true).
        type: bool
      delay_threshold:
        description:
          - Hosts that have asked for a shorter time are left to another server.
          - Expects none or a time such as 3s.
          - The router's own default is V(none).
        type: str
      dhcp_option_set:
        description:
          - Set of options that hosts are told.
          - The router's own default is V(none).
        type: str
      dynamic_lease_identifiers:
        description:
          - What tells hosts apart.
          - Needs RouterOS 7.21 or later.
        type: list
        elements: str
        choices: [client-mac, client-id, opt-82]
      insert_queue_before:
        description:
          - Where the queues of hosts are put.
          - Expects first, bottom or a queue's name.
          - The router's own default is V(first).
        type: str
      lease_script:
        description:
          - Script that runs when a lease begins or ends.
          - Line ends and quotes need no escapes.
        type: str
      parent_queue:
        description:
          - Queue that the queues of hosts are part of.
          - The router's own default is V(none).
        type: str
      support_broadband_tr101:
        description:
          - Whether line data of TR-101 is used.
          - Needs RouterOS 7.21 or later.
        type: bool
      use_framed_as_classless:
        description:
          - Whether routes from RADIUS are told to hosts.
          - The router's own default is V(true).
        type: bool
      use_radius:
        description:
          - Whether a RADIUS server is asked.
          - The router's own default is V(no).
        type: str
        choices: ['no', 'yes', accounting]
      use_reconfigure:
        description:
          - Whether hosts can be made to ask again.
          - The router's own default is V(false).
          - Needs RouterOS 7.19 or later.
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
- name: A server for the first floor
  multiwan.routeros.dhcp_server:
    config:
      - name: dhcp-LAN-Lt.1
        interface: LAN-Lt.1
        address_pool: pool-LAN-Lt.1
        lease_time: 10m
        comment: "dhcp: first floor"

# Quoted in YAML or not, a lease time of 00:10:00 is the same as 10m, and changes nothing.
- name: The same, in other words
  multiwan.routeros.dhcp_server:
    config:
      - name: dhcp-LAN-Lt.1
        interface: LAN-Lt.1
        address_pool: pool-LAN-Lt.1
        lease_time: "00:10:00"
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
    AnsibleModule(**menu_options("ip dhcp-server")).fail_json(msg=NEEDS_ACTION)


if __name__ == "__main__":
    main()
