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
module: netwatch
short_description: Configure /tool netwatch, checks of hosts
version_added: 0.1.0
description:
  - Configures checks of hosts, with scripts for the moment when one comes up or goes down, the menu C(/tool netwatch)
    of RouterOS.
  - A row is found by O(config[].comment), else by O(config[].name), else by O(config[].host) and O(config[].type),
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
      host:
        description:
          - 'Host that is checked: an address, or the name that is asked for.'
          - Needed where a row is added.
        type: str
      name:
        description:
          - Name of the check.
          - Needs RouterOS 7.4 or later.
        type: str
      type:
        description:
          - Kind of check; RouterOS before 7.4 only pings.
          - The router's own default is V(simple).
          - Needs RouterOS 7.4 or later.
        type: str
        choices: [simple, icmp, tcp-conn, http-get, https-get, dns]
      src_address:
        description:
          - Address of the router that the check leaves with.
          - Needs RouterOS 7.11 or later.
        type: str
      interval:
        description:
          - How far two checks are apart.
          - A time such as V(30s) or V(1h30m).
        type: str
      timeout:
        description:
          - How long an answer may take.
          - A time such as V(30s) or V(1h30m).
        type: str
      start_delay:
        description:
          - How long after being added the first check waits.
          - A time such as V(30s) or V(1h30m).
          - Needs RouterOS 7.4 or later.
        type: str
      startup_delay:
        description:
          - How long after a boot the first check waits.
          - A time such as V(30s) or V(1h30m).
          - Needs RouterOS 7.4 or later.
        type: str
      ignore_initial_up:
        description:
          - Whether the first C(up) runs no script.
          - The router's own default is V(false).
          - Needs RouterOS 7.17 or later.
        type: bool
      ignore_initial_down:
        description:
          - Whether the first C(down) runs no script.
          - The router's own default is V(false).
          - Needs RouterOS 7.17 or later.
        type: bool
      up_script:
        description:
          - Script that runs when the host comes up.
          - Line ends and quotes need no escapes.
        type: str
      down_script:
        description:
          - Script that runs when the host goes down.
          - Line ends and quotes need no escapes.
        type: str
      test_script:
        description:
          - Script that runs after each check.
          - Line ends and quotes need no escapes.
          - Needs RouterOS 7.4 or later.
        type: str
      packet_interval:
        description:
          - How far packets of one ICMP check are apart.
          - A time such as V(30s) or V(1h30m).
          - The router's own default is V(50ms).
          - Needs RouterOS 7.4 or later.
        type: str
      packet_count:
        description:
          - How many packets one ICMP check sends.
          - A number from 0 to 4294967295.
          - The router's own default is V(10).
          - Needs RouterOS 7.4 or later.
        type: str
      packet_size:
        description:
          - Size of those packets in bytes.
          - A number from 0 to 65535.
          - Needs RouterOS 7.4 or later.
        type: str
      ttl:
        description:
          - How many hops those packets may take.
          - A number from 1 to 255.
          - The router's own default is V(255).
          - Needs RouterOS 7.16 or later.
        type: str
      accept_icmp_time_exceeded:
        description:
          - Whether an answer from a hop on the way counts too.
          - The router's own default is V(false).
          - Needs RouterOS 7.16 or later.
        type: bool
      early_success_detection:
        description:
          - Whether an ICMP check ends as soon as it must succeed.
          - The router's own default is V(false).
          - Needs RouterOS 7.20 or later.
        type: bool
      early_failure_detection:
        description:
          - Whether an ICMP check ends as soon as it must fail.
          - The router's own default is V(false).
          - Needs RouterOS 7.20 or later.
        type: bool
      thr_max:
        description:
          - Longest round trip that is still up.
          - A time such as V(30s) or V(1h30m).
          - The router's own default is V(1s).
          - Needs RouterOS 7.4 or later.
        type: str
      thr_avg:
        description:
          - Longest average round trip that is still up.
          - A time such as V(30s) or V(1h30m).
          - The router's own default is V(100ms).
          - Needs RouterOS 7.4 or later.
        type: str
      thr_stdev:
        description:
          - Largest standard deviation that is still up.
          - A time such as V(30s) or V(1h30m).
          - The router's own default is V(250ms).
          - Needs RouterOS 7.4 or later.
        type: str
      thr_jitter:
        description:
          - Largest jitter that is still up.
          - A time such as V(30s) or V(1h30m).
          - The router's own default is V(1s).
          - Needs RouterOS 7.4 or later.
        type: str
      thr_loss_percent:
        description:
          - Largest share of lost packets that is still up.
          - The router's own default is V(85).
          - Needs RouterOS 7.4 or later.
        type: str
      thr_loss_count:
        description:
          - Largest number of lost packets that is still up.
          - A number from 0 to 4294967295.
          - The router's own default is V(4294967295).
          - Needs RouterOS 7.4 or later.
        type: str
      port:
        description:
          - Port that a TCP or HTTP check connects to.
          - A number from 1 to 65535.
          - Needs RouterOS 7.4 or later.
        type: str
      thr_tcp_conn_time:
        description:
          - Longest time for a connection that is still up.
          - A time such as V(30s) or V(1h30m).
          - The router's own default is V(1s).
          - Needs RouterOS 7.4 or later.
        type: str
      thr_http_time:
        description:
          - Longest time for an HTTP answer that is still up.
          - A time such as V(30s) or V(1h30m).
          - The router's own default is V(10s).
          - Needs RouterOS 7.4 or later.
        type: str
      http_codes:
        description:
          - Codes of HTTP that count as up, such as C(200-299).
          - The router's own default is V(100-299).
          - Needs RouterOS 7.4 or later.
        type: list
        elements: str
      certificate:
        description:
          - Certificate that an HTTPS check shows.
          - Needs RouterOS 7.4 or later.
        type: str
      check_certificate:
        description:
          - Whether the server's certificate is checked.
          - The router's own default is V(false).
          - Needs RouterOS 7.4 or later.
        type: bool
      record_type:
        description:
          - Type of record that a DNS check asks for.
          - The router's own default is V(A).
          - Needs RouterOS 7.16 or later.
        type: str
        choices: [A, AAAA, MX, NS]
      dns_server:
        description:
          - Server that a DNS check asks.
          - Needs RouterOS 7.18 or later.
        type: str
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
# The scripts are kept once, under their names; netwatch only runs them.
- name: Tell when the first link dies
  multiwan.routeros.netwatch:
    config:
      - host: 192.168.40.1
        type: icmp
        interval: 10s
        up_script: /system script run tell-ISP1-up
        down_script: /system script run tell-ISP1-down
        comment: "netwatch: ISP1"
    scope: "netwatch:"

# A token in a script is given as a secret, so that neither differences nor errors show it.
- name: The same with the message in place
  multiwan.routeros.netwatch:
    config:
      - host: 192.168.20.1
        down_script: >-
          /tool fetch output=none http-method=post
          url="https://api.telegram.org/bot{{ telegram_token }}/sendMessage"
          http-data="chat_id={{ telegram_chat }}&text=ISP2%20down"
        comment: "netwatch: ISP2"
    scope: "netwatch:"
    secrets:
      - "{{ telegram_token }}"
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
    AnsibleModule(**menu_options("tool netwatch")).fail_json(msg=NEEDS_ACTION)


if __name__ == "__main__":
    main()
