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
module: dns
short_description: Configure /ip dns, settings of the router's name resolution
version_added: 0.1.0
description:
  - Configures settings of the router's name resolution, the menu C(/ip dns) of RouterOS.
  - There is one set of these settings; it can be changed only.
options:
  config:
    description:
      - The settings.
      - The names are those of RouterOS, with V(_) in the place of V(-).
      - Needed with O(state=merged), O(state=replaced), O(state=overridden) and O(state=rendered).
    type: dict
    suboptions:
      servers:
        description:
          - Name servers that the router asks, in this order.
          - Expects an IP address such as 8.8.8.8, or address@vrf.
        type: list
        elements: str
      allow_remote_requests:
        description:
          - Whether the router answers the questions of other hosts.
          - The router's own default is V(false).
        type: bool
      max_udp_packet_size:
        description:
          - Largest answer over UDP in bytes.
          - A number from 50 to 65507.
          - The router's own default is V(4096).
        type: str
      query_server_timeout:
        description:
          - How long one server may take.
          - A time such as V(30s) or V(1h30m).
          - The router's own default is V(2s).
        type: str
      query_total_timeout:
        description:
          - How long an answer may take in all.
          - A time such as V(30s) or V(1h30m).
          - The router's own default is V(10s).
        type: str
      max_concurrent_queries:
        description:
          - How many questions are worked on at once.
          - A number from 0 to 4294967295.
          - The router's own default is V(100).
        type: str
      max_concurrent_tcp_sessions:
        description:
          - How many TCP sessions are held at once.
          - A number from 0 to 4294967295.
          - The router's own default is V(20).
        type: str
      cache_size:
        description:
          - Size of the memory for answers in KiB.
          - A number from 64 to 4294967295.
          - The router's own default is V(2048).
        type: str
      cache_max_ttl:
        description:
          - How long an answer is remembered at most.
          - A time such as V(30s) or V(1h30m).
          - The router's own default is V(1w).
        type: str
      address_list_extra_time:
        description:
          - How much longer addresses of a name stay in an address list.
          - A time such as V(30s) or V(1h30m).
          - The router's own default is V(0s).
          - Needs RouterOS 7.
        type: str
      use_doh_server:
        description:
          - URL of a server that is asked over HTTPS.
          - Needs RouterOS 6.47.
        type: str
      verify_doh_cert:
        description:
          - Whether that server's certificate is checked.
          - The router's own default is V(false).
          - Needs RouterOS 6.47.
        type: bool
      doh_max_server_connections:
        description:
          - How many connections to it are held.
          - A number from 0 to 4294967295.
          - The router's own default is V(5).
          - Needs RouterOS 7.
        type: str
      doh_max_concurrent_queries:
        description:
          - How many questions it is asked at once.
          - A number from 0 to 4294967295.
          - The router's own default is V(50).
          - Needs RouterOS 7.
        type: str
      doh_timeout:
        description:
          - How long it may take.
          - A time such as V(30s) or V(1h30m).
          - The router's own default is V(5s).
          - Needs RouterOS 7.
        type: str
      mdns_repeat_ifaces:
        description:
          - Interfaces between which multicast DNS is repeated.
          - Needs RouterOS 7.16 or later.
        type: list
        elements: str
      vrf:
        description:
          - Routing instance that questions leave by.
          - Needs RouterOS 7.15 or later.
        type: str
extends_documentation_fragment:
  - multiwan.routeros.attributes
  - multiwan.routeros.connection
  - multiwan.routeros.states.fixed
seealso:
  - module: multiwan.routeros.config
    description: Configures any menus, several in one call.
author:
  - multiwan.routeros contributors (@multiwan)
"""

EXAMPLES = r"""
---
- name: The router asks Google, and answers its LANs
  multiwan.routeros.dns:
    config:
      servers:
        - 8.8.8.8
        - 8.8.4.4
      allow_remote_requests: true

# What is not given goes back to its default: questions of others are no longer answered.
- name: The router asks for itself alone
  multiwan.routeros.dns:
    config:
      servers:
        - 8.8.8.8
    state: replaced
"""

RETURN = r"""
---
before:
  description: The rows as they were, under the names of the options.
  returned: state is neither gathered nor rendered
  type: dict
after:
  description:
    - The rows as they are now, or in check mode as they would be.
    - Not there when the line broke while writing, since nobody has read them then.
  returned: state is neither gathered nor rendered
  type: dict
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
  type: dict
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
    AnsibleModule(**menu_options("ip dns")).fail_json(msg=NEEDS_ACTION)


if __name__ == "__main__":
    main()
