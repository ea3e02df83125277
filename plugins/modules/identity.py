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
module: identity
short_description: Configure /system identity, the router's own name
version_added: 0.1.0
description:
  - Configures the router's own name, the menu C(/system identity) of RouterOS.
  - There is one set of these settings; it can be changed only.
options:
  config:
    description:
      - The settings.
      - The names are those of RouterOS, with V(_) in the place of V(-).
      - Needed with O(state=merged), O(state=replaced), O(state=overridden) and O(state=rendered).
    type: dict
    suboptions:
      name:
        description:
          - Name of the router.
          - The router's own default is V(MikroTik).
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
- name: The router is called as in the inventory
  multiwan.routeros.identity:
    config:
      name: "{{ inventory_hostname }}"

- name: What is it called
  multiwan.routeros.identity:
    state: gathered
  register: identity
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
    AnsibleModule(**menu_options("system identity")).fail_json(msg=NEEDS_ACTION)


if __name__ == "__main__":
    main()
