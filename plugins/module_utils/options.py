# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of modules that are no property of a menu, each described once.

``argspec`` makes of them what validates a task, ``scripts/write_modules.py`` what the documentation says. An option is what
Ansible's argument spec has for it, with its ``description`` beside it.
"""

from __future__ import annotations

from typing import Any

from .protection import WAYS

Option = dict[str, Any]
Described = dict[str, Option]

STATES = ("merged", "replaced", "overridden", "deleted", "gathered", "rendered")

_SECRETS: Option = {
    "description": [
        "Texts that no result, difference, command or error ever shows, such as a token that is part of a script."
    ],
    "type": "list",
    "elements": "str",
    "no_log": True,
}

#: Of modules whose rows can be added and removed.
ROWS: Described = {
    "state": {
        "description": [
            (
                "V(merged) adds the rows that are not there, and changes in the others what is given; an empty "
                "text clears a property."
            ),
            "V(replaced) does the same, and puts back to its default what is not given of these rows.",
            "V(overridden) does the same, and removes all other rows (with O(scope), all other rows that are ours).",
            "V(deleted) removes the rows that are given; without any, all rows (with O(scope), all rows that are ours).",
            "V(gathered) only reads the rows and returns them as RV(gathered).",
            "V(rendered) returns the text that would make these rows, as RV(rendered), without any router.",
            "Rows that the router made itself are left alone in any state.",
        ],
        "type": "str",
        "default": "merged",
        "choices": list(STATES),
    },
    "scope": {
        "description": [
            (
                "The start of the comment that tells our rows from those of others. Only rows whose comment "
                "begins with it are changed, moved or removed, and each row that is given must have such a "
                "comment, where rows can bear one."
            ),
            (
                "Rows that are there for good, such as ports or the settings of DNS, bear no such mark. With a "
                "scope, only the properties that are given of them are ours, whatever the state."
            ),
            "Without it, every row is ours.",
        ],
        "type": "str",
    },
    "adopt": {
        "description": [
            "Whether a row of others is taken over, where it is the same by what identifies it. Without, this is an error.",
        ],
        "type": "bool",
        "default": False,
    },
    "secrets": _SECRETS,
}

#: Of modules whose rows are there for good.
FIXED: Described = {
    "state": {
        "description": [
            "V(merged) changes what is given; an empty text clears a property.",
            "V(replaced) and V(overridden) also put back to its default what is not given.",
            "V(gathered) only reads and returns RV(gathered).",
            "V(rendered) returns the text that would make these settings, as RV(rendered), without any router.",
        ],
        "type": "str",
        "default": "merged",
        "choices": [state for state in STATES if state != "deleted"],
    },
    "scope": {
        "description": [
            (
                "Nothing can be added or removed here, so that no row has to be told from others. With a scope, "
                "only what is given is ours, also with O(state=replaced) and O(state=overridden), which then put "
                "nothing back to its default."
            ),
        ],
        "type": "str",
    },
    "adopt": {
        "description": ["Has no meaning here, where no row is added."],
        "type": "bool",
        "default": False,
    },
    "secrets": _SECRETS,
}

#: Of ``config``, beside those of ROWS.
CONFIG: Described = {
    "menus": {
        "description": [
            "The menus by their paths, such as C(ip firewall nat), each with a list of entries.",
            (
                "An entry has the names of RouterOS, such as C(dst-address), with V(-) or V(_). Values are those "
                "of RouterOS. Booleans, numbers and lists can be given as such."
            ),
            "A menu of settings, such as C(ip dns), takes one entry.",
            (
                "A menu with an empty list is looked at too, which matters for O(state=overridden), "
                "O(state=deleted) and O(state=gathered)."
            ),
        ],
        "type": "dict",
        "required": True,
    },
}

FACTS: Described = {
    "gather_subset": {
        "description": [
            "Menus whose rows are read too, by their paths such as C(ip dhcp-client).",
            "They come as the router tells them, with its state and counters, and with what it added itself.",
        ],
        "type": "list",
        "elements": "str",
        "default": [],
    },
}

VERIFY: Described = {
    "menus": {
        "description": [
            "The menus by their paths, such as C(ip route), each with a list of expectations.",
            (
                "An expectation has the properties that find the row, such as C(comment) or C(interface), and "
                "those that it shall have. Values compare by their meaning."
            ),
            "A row that is not there fails too.",
        ],
        "type": "dict",
    },
    "ping": {
        "description": [
            (
                "Hosts for the router to ping. Each has C(address), and may have C(interface), C(src_address), "
                "C(vrf), C(count) (3 by default) and C(received), how many answers are enough (1 by default)."
            ),
        ],
        "type": "list",
        "elements": "dict",
    },
    "timeout": {
        "description": ["How many seconds to wait at most."],
        "type": "int",
        "default": 60,
    },
    "secrets": _SECRETS,
}

TRANSACTION: Described = {
    "state": {
        "description": [
            (
                "V(begin) reads the menus (O(menus)) in one round trip. A change of an earlier run that still "
                "waits for its confirmation is waited for first."
            ),
            "V(commit) applies everything. After a commit with O(confirm=false), another commit confirms it.",
            "V(abort) drops the candidate. After a commit with O(confirm=false), it lets the router take the change back now.",
            "Neither does so in check mode; where a change is open, it stays so then.",
            "V(status) tells what is pending on the router and what its log says of changes taken back.",
        ],
        "type": "str",
        "required": True,
        "choices": ["begin", "commit", "abort", "status"],
    },
    "menus": {
        "description": [
            "For O(state=begin), the paths of the menus to read, such as C(ip route). By default all menus that have a module.",
        ],
        "type": "list",
        "elements": "str",
    },
    "confirm": {
        "description": [
            (
                "Whether the commit confirms by itself. With V(false) the change stays in force unconfirmed, and "
                "is taken back when O(confirm_timeout) is over, unless another commit confirms it before."
            ),
        ],
        "type": "bool",
        "default": True,
    },
    "confirm_timeout": {
        "description": [
            (
                "Within how many seconds the change must be confirmed, counted from the last look at the router "
                "before the first write."
            ),
            "At least 15, and at least twice C(routeros_timeout).",
        ],
        "type": "int",
        "default": 60,
    },
    "on_conflict": {
        "description": [
            (
                "What to do when somebody has changed rows that matter since the transaction began. V(fail) "
                "writes nothing and names the rows, V(replan) plans all tasks again on the rows as they are now."
            ),
        ],
        "type": "str",
        "default": "fail",
        "choices": ["fail", "replan"],
    },
    "undo": {
        "description": [
            "How the router takes an unconfirmed change back.",
            (
                "V(scheduler) arms a job of the router's scheduler, before the first write, whose script holds "
                "the inverse of each change. It leaves the rows of others alone, survives a reboot, and removes "
                "itself. It needs the policies V(read), V(write) and V(policy), and a device-mode that allows the"
                " scheduler."
            ),
            (
                "V(safe_mode) holds the router's safe mode (RouterOS 7.18 and later, 90 changes at most). Nothing"
                " is left on the router, but a line that is cut silently is noticed only after minutes, and the "
                "router undoes everybody's changes made meanwhile. While the line holds, changes of others are "
                "kept."
            ),
            "V(both) does both.",
            "V(auto) takes the scheduler where that is possible, else safe mode. RV(undo) tells the choice.",
        ],
        "type": "str",
        "default": "auto",
        "choices": list(WAYS),
    },
    "undo_within": {
        "description": [
            (
                "The longest time in seconds that an unconfirmed change may stay in force. Ways that cannot "
                "promise it are not taken; safe mode promises 600."
            ),
        ],
        "type": "int",
    },
    "unsafe": {
        "description": [
            "Whether to go on where the router could not take the change back. Without, nothing is written then.",
        ],
        "type": "bool",
        "default": False,
    },
    "verify": {
        "description": [
            (
                "What must hold before the change is confirmed. C(menus) as for M(multiwan.routeros.verify), "
                "C(ping) a list of hosts for the router to ping; each has C(address), and may have C(interface), "
                "C(src_address), C(vrf), C(count) (3) and C(received), how many answers are enough (1)."
            ),
        ],
        "type": "dict",
    },
    "secrets": _SECRETS,
}
