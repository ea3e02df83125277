# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a router is reached, said once for all modules."""

from __future__ import annotations


class ModuleDocFragment:
    """Notes on the inventory's variables. They are variables, not options, so that a play needs to say nothing."""

    DOCUMENTATION = r"""
options: {}
requirements:
  - librouteros >= 4.2 (on the controller)
notes:
  - How the router is reached is said in the inventory alone. A play has C(hosts) and C(gather_facts=false), and needs
    no C(connection). C(delegate_to) another host is refused.
  - C(ansible_host) is the router's address or name; without it, the name in the inventory is used.
  - C(ansible_port) is the port of its API, by default 8728, or 8729 with C(routeros_tls).
  - C(ansible_user) and C(ansible_password) are the login. The user's group needs the policies V(api), V(read) and
    V(write), V(policy) for scripts and schedules, V(test) for netwatch, and V(sensitive) to read secrets.
  - C(routeros_tls) speaks TLS, by default V(false). C(routeros_tls_validate) checks the router's certificate, by default
    V(true), against the file of C(routeros_tls_ca) or what the system trusts; C(routeros_tls_check_hostname) also checks
    the name in it, by default V(true).
  - C(routeros_timeout) is how many seconds to wait for the router, by default 10.
  - Outside a transaction each module call is one connection and one login. All reads are one round trip, all writes another;
    only removals beside other changes wait for their answers. Within one (M(multiwan.routeros.transaction)), no task connects.
"""
