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
module: interface_ethernet
short_description: Configure /interface ethernet, Ethernet and SFP ports
version_added: 0.1.0
description:
  - Configures Ethernet and SFP ports, the menu C(/interface ethernet) of RouterOS.
  - The rows are there for good; they can be changed, but neither added nor removed.
options:
  config:
    description:
      - The rows, each with its properties.
      - The names are those of RouterOS, with V(_) in the place of V(-).
      - Needed with O(state=merged), O(state=replaced), O(state=overridden) and O(state=rendered).
    type: list
    elements: dict
    suboptions:
      default_name:
        description:
          - Name that the port has from the factory, such as C(ether1); it says which port is meant and never changes.
          - It identifies the row and is never written.
        type: str
      name:
        description:
          - Name of the port.
        type: str
      mtu:
        description:
          - Largest packet in bytes that leaves without being cut.
          - A number from 68 to 65535.
          - The router's own default is V(1500).
        type: str
      l2mtu:
        description:
          - Largest frame without its hardware header in bytes.
          - A number from 0 to 65535.
        type: str
      mac_address:
        description:
          - Hardware address that the port uses.
        type: str
      orig_mac_address:
        description:
          - Hardware address that the port has from the factory.
        type: str
      arp:
        description:
          - How the interface answers questions for hardware addresses.
          - The router's own default is V(enabled).
        type: str
        choices: [disabled, enabled, proxy-arp, reply-only, local-proxy-arp]
      arp_timeout:
        description:
          - How long a hardware address is remembered after it was last seen; C(auto) takes the time of the IP settings.
          - Expects auto or a time such as 30s.
          - The router's own default is V(auto).
        type: str
      loop_protect:
        description:
          - Whether a loop switches the interface off.
          - The router's own default is V(default).
        type: str
        choices: [default, 'off', 'on']
      loop_protect_send_interval:
        description:
          - How often the packets that find a loop are sent.
          - A time such as V(30s) or V(1h30m).
          - The router's own default is V(5s).
        type: str
      loop_protect_disable_time:
        description:
          - How long an interface stays off after a loop was found; C(0s) means for ever.
          - A time such as V(30s) or V(1h30m).
          - The router's own default is V(5m).
        type: str
      disable_running_check:
        description:
          - Whether the port counts as running without a link; for network cards that do not tell.
        type: bool
      auto_negotiation:
        description:
          - Whether both ends agree on the speed by themselves.
          - The router's own default is V(true).
        type: bool
      advertise:
        description:
          - Speeds that are offered to the other end.
        type: list
        elements: str
      speed:
        description:
          - Speed of the port where it is not negotiated.
        type: str
      tx_flow_control:
        description:
          - Whether pause frames are sent.
          - The router's own default is V(off).
        type: str
        choices: ['off', 'on', auto]
      rx_flow_control:
        description:
          - Whether pause frames are obeyed.
          - The router's own default is V(off).
        type: str
        choices: ['off', 'on', auto]
      cable_settings:
        description:
          - How long the cable is.
        type: str
        choices: [short, standard, default]
      mdix_enable:
        description:
          - Whether crossed and straight cables are told apart.
        type: bool
      combo_mode:
        description:
          - Which socket of a combined port is used.
        type: str
        choices: [auto, copper, sfp]
      fec_mode:
        description:
          - How errors on fibre are corrected.
        type: str
        choices: ['off', auto, fec74, fec91]
      sfp_rate_select:
        description:
          - Rate that is asked of an SFP module.
        type: str
        choices: [high, low]
      sfp_ignore_rx_los:
        description:
          - Whether an SFP module's report of a lost signal is ignored.
          - Needs RouterOS 7.15 or later.
        type: bool
      sfp_shutdown_temperature:
        description:
          - Temperature in degrees Celsius at which an SFP module is switched off.
          - A number from 0 to 255.
        type: str
      bandwidth:
        description:
          - Highest rates that the port takes in and gives out.
          - Expects receive/transmit such as 10M/unlimited.
          - Only on devices with switch chips that limit rates.
        type: str
      poe_out:
        description:
          - Whether the port feeds the other end with power.
          - Only on devices with ports that feed power.
        type: str
        choices: ['off', auto-on, forced-on, forced-on-a, forced-on-bt]
      poe_voltage:
        description:
          - Voltage of the power.
          - Only on devices with ports that feed power.
        type: str
        choices: [auto, low, high]
      poe_priority:
        description:
          - Which ports lose power first when there is not enough; the highest number goes first.
          - A number from 0 to 99.
          - Only on devices with ports that feed power.
        type: str
      power_cycle_ping_enabled:
        description:
          - Whether a device that no longer answers is switched off and on.
          - Only on devices with ports that feed power.
        type: bool
      power_cycle_ping_address:
        description:
          - Device that is watched.
          - Expects an IP or MAC address.
          - Only on devices with ports that feed power.
        type: str
      power_cycle_ping_timeout:
        description:
          - How long the device may stay silent.
          - A time such as V(30s) or V(1h30m).
          - Only on devices with ports that feed power.
        type: str
      power_cycle_interval:
        description:
          - How often power is switched off for a moment in any case.
          - Expects none or a time such as 1d.
          - Only on devices with ports that feed power.
        type: str
      passthrough_interface:
        description:
          - Interface that a PCI Express host sees as this port.
          - Only on devices with ports that a PCI Express host uses.
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
  - multiwan.routeros.states.fixed
seealso:
  - module: multiwan.routeros.config
    description: Configures any menus, several in one call.
author:
  - multiwan.routeros contributors (@multiwan)
"""

EXAMPLES = r"""
---
# Ports are named after what is plugged into them; the name from the factory says which port is meant.
- name: The ports of the head office
  multiwan.routeros.interface_ethernet:
    config:
      - default_name: ether1
        name: ISP1
        comment: Fiberstar
      - default_name: ether2
        name: ISP2
        comment: Maxindu
      - default_name: ether6
        name: LAN-Lt.1

# Properties that the entry does not give go back to their defaults, such as the MTU.
- name: Nothing is plugged into the last port
  multiwan.routeros.interface_ethernet:
    config:
      - default_name: ether13
        disabled: true
        comment: spare
    state: replaced

- name: What are all ports called
  multiwan.routeros.interface_ethernet:
    state: gathered
  register: ports
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
    AnsibleModule(**menu_options("interface ethernet")).fail_json(msg=NEEDS_ACTION)


if __name__ == "__main__":
    main()
