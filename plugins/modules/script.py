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
module: script
short_description: Configure /system script, scripts that are kept on the router
version_added: 0.1.0
description:
  - Configures scripts that are kept on the router, the menu C(/system script) of RouterOS.
  - A row is found by O(config[].name), else by all that is given of it.
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
          - Name of the script.
        type: str
      source:
        description:
          - Text of the script, as it runs; no escapes are needed.
          - Line ends and quotes need no escapes.
        type: str
      policy:
        description:
          - What the script may do; without it, all that the user who adds it may. C(dude) exists on RouterOS 6
            alone.
        type: list
        elements: str
        choices: [ftp, reboot, read, write, policy, test, password, sniff, sensitive, romon, dude]
      dont_require_permissions:
        description:
          - Whether those may run it who may do less.
          - The router's own default is V(false).
        type: bool
      owner:
        description:
          - User that the script belongs to.
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
# The text is stored as it is: quotes, dollar signs and line ends need no escapes.
- name: A script that tells a chat
  multiwan.routeros.script:
    config:
      - name: tell-ISP1-down
        policy:
          - read
          - write
          - policy
          - test
        source: |
          :local text "ISP1%20down"
          /tool fetch output=none http-method=post \
            url="https://api.telegram.org/bot{{ telegram_token }}/sendMessage" \
            http-data="chat_id={{ telegram_chat }}&text=$text"
        comment: "netwatch: ISP1"
    secrets:
      - "{{ telegram_token }}"

- name: No scripts of ours
  multiwan.routeros.script:
    state: deleted
    scope: "netwatch:"
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
    AnsibleModule(**menu_options("system script")).fail_json(msg=NEEDS_ACTION)


if __name__ == "__main__":
    main()
