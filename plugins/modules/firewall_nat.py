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
module: firewall_nat
short_description: Configure /ip firewall nat, rules that translate addresses
version_added: 0.1.0
description:
  - Configures rules that translate addresses, the menu C(/ip firewall nat) of RouterOS.
  - Rows are kept in the order given, with as few moves as possible. Rows of others keep their order among themselves.
  - A row is found by O(config[].comment), else by all that is given of it.
options:
  config:
    description:
      - The rows, each with its properties.
      - The names are those of RouterOS, with V(_) in the place of V(-).
      - Needed with O(state=merged), O(state=replaced), O(state=overridden) and O(state=rendered).
    type: list
    elements: dict
    suboptions:
      chain:
        description:
          - Chain that the rule belongs to, of the table or of one's own.
          - Needed where a row is added.
        type: str
      action:
        description:
          - What is done with a packet that the rule matches.
          - The router's own default is V(accept).
        type: str
        choices: [accept, jump, return, log, passthrough, add-src-to-address-list, add-dst-to-address-list, src-nat,
          masquerade, dst-nat, redirect, same, netmap, endpoint-independent-nat, socksify]
      to_addresses:
        description:
          - Addresses that take the place of the old ones.
        type: str
      to_ports:
        description:
          - Ports that take the place of the old ones.
        type: str
      same_not_by_dst:
        description:
          - Whether C(same) chooses an address by the sender alone.
          - The router's own default is V(false).
        type: bool
      randomise_ports:
        description:
          - Whether ports are chosen at random.
          - The router's own default is V(false).
          - Needs RouterOS 7.10 or later.
        type: bool
      socksify_service:
        description:
          - Service that C(socksify) hands connections to.
          - Needs RouterOS 7.20 or later.
        type: str
      socks5_server:
        description:
          - Server of SOCKS that C(socksify) uses.
          - Needs RouterOS 7.20 or later.
        type: str
      socks5_port:
        description:
          - Port of that server.
          - A number from 1 to 65535.
          - Needs RouterOS 7.20 or later.
        type: str
      jump_target:
        description:
          - Chain that C(jump) goes on with.
        type: str
      address_list:
        description:
          - Address list that an address is added to.
        type: str
      address_list_timeout:
        description:
          - How long it stays there; C(none-dynamic) until a reboot, C(none-static) for ever.
          - Expects none-dynamic, none-static or a time such as 1d.
        type: str
      log:
        description:
          - Whether each packet that matches is logged.
          - The router's own default is V(false).
        type: bool
      log_prefix:
        description:
          - Text at the start of the log's line.
        type: str
      src_address:
        description:
          - 'Sender: an address, a prefix or a range.'
          - With V(!) before the value it matches all but this.
        type: str
      dst_address:
        description:
          - 'Receiver: an address, a prefix or a range.'
          - With V(!) before the value it matches all but this.
        type: str
      src_address_list:
        description:
          - Address list that has the sender.
          - With V(!) before the value it matches all but this.
        type: str
      dst_address_list:
        description:
          - Address list that has the receiver.
          - With V(!) before the value it matches all but this.
        type: str
      src_address_type:
        description:
          - Kinds of address that the sender has.
          - Some of V(unicast), V(local), V(broadcast), V(multicast), V(blackhole).
          - With V(!) before the first value it matches all but this.
        type: list
        elements: str
      dst_address_type:
        description:
          - Kinds of address that the receiver has; C(local) is the router itself.
          - Some of V(unicast), V(local), V(broadcast), V(multicast), V(blackhole).
          - With V(!) before the first value it matches all but this.
        type: list
        elements: str
      src_mac_address:
        description:
          - Hardware address of the sender.
          - With V(!) before the value it matches all but this.
        type: str
      protocol:
        description:
          - IP protocol by name or number.
        type: str
      src_port:
        description:
          - Ports of the sender; needs a protocol that has ports.
          - With V(!) before the first value it matches all but this.
        type: list
        elements: str
      dst_port:
        description:
          - Ports of the receiver; needs a protocol that has ports.
          - With V(!) before the first value it matches all but this.
        type: list
        elements: str
      port:
        description:
          - Ports of either end; needs a protocol that has ports.
          - With V(!) before the first value it matches all but this.
        type: list
        elements: str
      in_interface:
        description:
          - Interface that the packet came in by.
          - With V(!) before the value it matches all but this.
        type: str
      out_interface:
        description:
          - Interface that the packet leaves by.
          - With V(!) before the value it matches all but this.
        type: str
      in_interface_list:
        description:
          - List that has the interface it came in by.
          - With V(!) before the value it matches all but this.
        type: str
      out_interface_list:
        description:
          - List that has the interface it leaves by.
          - With V(!) before the value it matches all but this.
        type: str
      in_bridge_port:
        description:
          - Port of a bridge that it came in by.
          - With V(!) before the value it matches all but this.
        type: str
      out_bridge_port:
        description:
          - Port of a bridge that it leaves by.
          - With V(!) before the value it matches all but this.
        type: str
      in_bridge_port_list:
        description:
          - List that has the port it came in by.
          - With V(!) before the value it matches all but this.
        type: str
      out_bridge_port_list:
        description:
          - List that has the port it leaves by.
          - With V(!) before the value it matches all but this.
        type: str
      packet_mark:
        description:
          - Mark that an earlier rule set on the packet.
          - With V(!) before the value it matches all but this.
        type: str
      packet_size:
        description:
          - Size of the packet in bytes.
          - With V(!) before the value it matches all but this.
        type: str
      content:
        description:
          - Text that the packet contains.
          - Expects at least one character.
        type: str
      dscp:
        description:
          - Class of service in the packet.
          - A number from 0 to 63.
          - With V(!) before the value it matches all but this.
        type: str
      tos:
        description:
          - Whole byte of the type of service, perhaps with a mask.
          - Expects a number up to 255, perhaps with a mask such as 16/16.
          - Needs RouterOS 7.21 or later.
        type: str
      ttl:
        description:
          - Hops left.
          - Expects such as equal:64.
        type: str
      fragment:
        description:
          - Whether the packet is a later piece of a cut one.
        type: bool
      icmp_options:
        description:
          - Type and code of ICMP, such as C(8:0).
        type: str
      ipv4_options:
        description:
          - Options in the header.
        type: str
        choices: [strict-source-routing, loose-source-routing, no-source-routing, record-route, no-record-route,
          timestamp, no-timestamp, router-alert, no-router-alert, any, none]
      ingress_priority:
        description:
          - Priority that the packet came in with.
          - A number from 0 to 63.
          - With V(!) before the value it matches all but this.
        type: str
      priority:
        description:
          - Priority that the packet has now.
          - A number from 0 to 63.
          - With V(!) before the value it matches all but this.
        type: str
      tcp_mss:
        description:
          - Largest segment that a new TCP connection asks for.
          - With V(!) before the value it matches all but this.
        type: str
      hotspot:
        description:
          - What a hotspot knows of the packet.
          - Some of V(from-client), V(auth), V(local-dst), V(to-client), V(http).
          - A value with V(!) before it must not be there.
        type: list
        elements: str
      ipsec_policy:
        description:
          - Whether the packet came or leaves encrypted.
        type: str
        choices: ['in,none', 'in,ipsec', 'out,none', 'out,ipsec']
      limit:
        description:
          - How often the rule matches, such as C(10/1m,5:packet).
        type: str
      dst_limit:
        description:
          - How often it matches for each receiver, such as C(32,32,dst-address/10s).
        type: str
      psd:
        description:
          - Search for port scans.
          - Expects weight,delay,low,high such as 21,3s,3,1.
        type: str
      nth:
        description:
          - Every so many packets one.
          - Expects every,packet such as 2,1.
        type: str
      random:
        description:
          - Share of packets in percent.
          - A number from 1 to 99.
        type: str
      time:
        description:
          - Time of day and days, such as C(8h-17h,mon,tue).
        type: str
      per_connection_classifier:
        description:
          - Share of connections by a hash, as C(fields:denominator/remainder), such as C(both-addresses-and-ports:2/0).
        type: str
      tls_host:
        description:
          - Name of the server in a TLS greeting; C(*) stands for anything.
          - Expects at least one character.
          - Gone after RouterOS 7.15.
        type: str
      connection_mark:
        description:
          - Mark that an earlier rule set on the connection; C(no-mark) is none.
          - With V(!) before the value it matches all but this.
        type: str
      connection_bytes:
        description:
          - How many bytes the connection has carried.
        type: str
      connection_limit:
        description:
          - How many connections a network has.
          - Expects number,netmask such as 100,32.
        type: str
      connection_rate:
        description:
          - How many bits a second the connection carries.
          - With V(!) before the value it matches all but this.
        type: str
      connection_type:
        description:
          - Protocol that a helper knows.
          - One of V(ftp), V(pptp), V(h323), V(sip), V(irc), V(quake3), V(tftp).
          - With V(!) before the value it matches all but this.
        type: str
      layer7_protocol:
        description:
          - Pattern that the start of the connection fits.
          - With V(!) before the value it matches all but this.
        type: str
      realm:
        description:
          - Realm of the route.
          - A number from 0 to 4294967295.
          - With V(!) before the value it matches all but this.
        type: str
      routing_mark:
        description:
          - Table that an earlier rule chose for the packet.
          - With V(!) before the value it matches all but this.
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
- name: Whatever leaves by a link bears the link's address
  multiwan.routeros.firewall_nat:
    config:
      - chain: srcnat
        action: masquerade
        out_interface: ISP1
        comment: "nat: ISP1"
      - chain: srcnat
        action: masquerade
        out_interface: ISP2
        comment: "nat: ISP2"
    state: overridden
    scope: "nat:"

- name: The web server can be reached through the second link
  multiwan.routeros.firewall_nat:
    config:
      - chain: dstnat
        action: dst-nat
        in_interface: ISP2
        protocol: tcp
        dst_port:
          - 80
          - 443
        to_addresses: 10.10.0.10
        comment: "publish: web server"
    scope: "publish:"
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
    AnsibleModule(**menu_options("ip firewall nat")).fail_json(msg=NEEDS_ACTION)


if __name__ == "__main__":
    main()
