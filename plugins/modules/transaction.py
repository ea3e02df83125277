#!/usr/bin/python
# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Written by scripts/write_modules.py from plugins/module_utils/options.py, scripts/module_texts and
# scripts/module_examples. Change those instead.

from __future__ import annotations

DOCUMENTATION = r"""
---
module: transaction
short_description: Change a router as a whole or not at all, and let it take back what nobody confirms
version_added: 0.1.0
description:
  - Between O(state=begin) and O(state=commit) all other modules of the collection plan against a candidate, without
    the network; each reports its own changes and difference. The commit applies all of them in one go.
  - Before the commit writes, it looks whether somebody else has changed the rows that matter, and arms the router's
    own undo. Then it writes, in the order of references over all menus, additions before removals; comes to the
    router by a new connection and login; looks whether what O(verify) says holds; and only then confirms.
  - What is not confirmed, the router takes back by itself, whatever has become of the controller or the line. The
    result says which state the router is in (RV(outcome)), or that nobody has seen it.
  - A router that cannot be reached makes the task fail, rather than the host unreachable, so that C(max_fail_percentage)
    counts it.
  - The candidate lives as long as the run of C(ansible-playbook). A play that begins and never commits changes
    nothing.
options:
  state:
    description:
      - V(begin) reads the menus (O(menus)) in one round trip. A change of an earlier run that still waits for its
        confirmation is waited for first.
      - V(commit) applies everything. After a commit with O(confirm=false), another commit confirms it.
      - V(abort) drops the candidate. After a commit with O(confirm=false), it lets the router take the change back
        now.
      - Neither does so in check mode; where a change is open, it stays so then.
      - V(status) tells what is pending on the router and what its log says of changes taken back.
    type: str
    required: true
    choices: [begin, commit, abort, status]
  menus:
    description:
      - For O(state=begin), the paths of the menus to read, such as C(ip route). By default all menus that have
        a module.
    type: list
    elements: str
  confirm:
    description:
      - Whether the commit confirms by itself. With V(false) the change stays in force unconfirmed, and is taken
        back when O(confirm_timeout) is over, unless another commit confirms it before.
    type: bool
    default: true
  confirm_timeout:
    description:
      - Within how many seconds the change must be confirmed, counted from the last look at the router before the
        first write.
      - At least 15, and at least twice C(routeros_timeout).
    type: int
    default: 60
  on_conflict:
    description:
      - What to do when somebody has changed rows that matter since the transaction began. V(fail) writes nothing
        and names the rows, V(replan) plans all tasks again on the rows as they are now.
    type: str
    default: fail
    choices: [fail, replan]
  undo:
    description:
      - How the router takes an unconfirmed change back.
      - V(scheduler) arms a job of the router's scheduler, before the first write, whose script holds the inverse
        of each change. It leaves the rows of others alone, survives a reboot, and removes itself. It needs the
        policies V(read), V(write) and V(policy), and a device-mode that allows the scheduler.
      - V(safe_mode) holds the router's safe mode (RouterOS 7.18 and later, 90 changes at most). Nothing is left
        on the router, but a line that is cut silently is noticed only after minutes, and the router undoes everybody's
        changes made meanwhile. While the line holds, changes of others are kept.
      - V(both) does both.
      - V(auto) takes the scheduler where that is possible, else safe mode. RV(undo) tells the choice.
    type: str
    default: auto
    choices: [auto, scheduler, safe_mode, both]
  undo_within:
    description:
      - The longest time in seconds that an unconfirmed change may stay in force. Ways that cannot promise it are
        not taken; safe mode promises 600.
    type: int
  unsafe:
    description:
      - Whether to go on where the router could not take the change back. Without, nothing is written then.
    type: bool
    default: false
  verify:
    description:
      - What must hold before the change is confirmed. C(menus) as for M(multiwan.routeros.verify), C(ping) a list
        of hosts for the router to ping; each has C(address), and may have C(interface), C(src_address), C(vrf),
        C(count) (3) and C(received), how many answers are enough (1).
    type: dict
  secrets:
    description:
      - Texts that no result, difference, command or error ever shows, such as a token that is part of a script.
    type: list
    elements: str
extends_documentation_fragment:
  - multiwan.routeros.attributes
  - multiwan.routeros.connection
author:
  - multiwan.routeros contributors (@multiwan)
"""

EXAMPLES = r"""
---
- name: Begin
  multiwan.routeros.transaction:
    state: begin

- name: Another address
  multiwan.routeros.ip_address:
    config:
      - address: 10.10.0.1/24
        interface: ether3
        comment: "lan: office"
    state: overridden
    scope: "lan:"

- name: Another pool
  multiwan.routeros.ip_pool:
    config:
      - name: office
        ranges: [10.10.0.100-10.10.0.200]
        comment: "lan: office"
    state: overridden
    scope: "lan:"

- name: Apply both, if the router can still be reached and its first link works
  multiwan.routeros.transaction:
    state: commit
    confirm_timeout: 90
    verify:
      menus:
        ip route:
          - comment: "failover_routes: to-ISP1"
            active: true
      ping:
        - address: 192.168.40.1
          interface: ISP1
"""

RETURN = r"""
---
outcome:
  description:
    - V(unchanged), nothing was to be done. V(planned), in check mode. V(confirmed), the change is in force for
      good.
    - V(open), in force and waiting for its confirmation.
    - V(undone), the router is as it was before. V(unconfirmed), in force, and nothing will undo it.
    - V(mixed), neither as before nor as wanted. V(unknown), the router could not be reached since.
  returned: with O(state=commit) and O(state=abort)
  type: str
written:
  description: Whether anything may have been written, which V(undone) does not say.
  returned: with O(state=commit) and O(state=abort)
  type: bool
refused_commands:
  description: What the router has refused.
  returned: when O(state=commit) or O(state=abort) fails with an outcome
  type: list
  elements: str
routeros_version:
  description: The router's version.
  returned: with O(state=begin), and with an outcome
  type: str
undo:
  description:
    - How the router would take the change back (C(way)), in how many seconds at the latest (C(within)), and why
      in that way (C(reason)).
  returned: when there was something to change
  type: dict
commands:
  description: What was changed, as RouterOS text; in check mode what would be. Empty where it was taken back.
  returned: with O(state=commit)
  type: list
  elements: str
conflicts:
  description: What somebody else has changed since the transaction began, and the commit planned around.
  returned: with O(on_conflict=replan)
  type: list
  elements: str
before:
  description: The rows before, by menu, of the menus that the change speaks of.
  returned: with O(state=commit)
  type: dict
after:
  description: The rows as they are now; missing where nobody could read them.
  returned: with O(state=commit), where they are known
  type: dict
diff:
  description: Each changed menu before and after.
  returned: in diff mode
  type: list
  elements: dict
pending:
  description: The changes that wait for their confirmation on the router, or that it is taking back.
  returned: with O(state=status)
  type: list
  elements: str
safe_mode:
  description: Who holds safe mode, as the router tells it.
  returned: with O(state=status)
  type: dict
device_mode:
  description: The device-mode, as the router tells it.
  returned: with O(state=status)
  type: dict
log:
  description: What the router's log says of changes that were taken back.
  returned: with O(state=status)
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.multiwan.routeros.plugins.module_utils.argspec import NEEDS_ACTION, TRANSACTION_OPTIONS


def main() -> None:
    """Declare the options; the work is done by the action plugin."""
    AnsibleModule(**TRANSACTION_OPTIONS).fail_json(msg=NEEDS_ACTION)


if __name__ == "__main__":
    main()
