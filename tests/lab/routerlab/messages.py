# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every text that a router answers with when it refuses, in one place, verbatim.

Sources: the texts without a remark were captured on devices (error table of the project's RouterOS fact sheet, which
names each capture).  A remark ``(~)`` marks a text with one indirect source, ``(?)`` a text that nobody could confirm.

``category`` follows the manual's list (0 missing item or command, 1 argument value, 2 interrupted ...); captures show
it on argument errors and never on ``failure: ...``, permission and login errors.
"""

from __future__ import annotations


class Trap(Exception):
    """A refusal that the API sends as ``!trap``; ``parts`` are (message, category or None), one sentence each."""

    def __init__(self, message: str, category: int | None = None, *more: tuple[str, int | None]) -> None:
        super().__init__(message)
        self.parts: tuple[tuple[str, int | None], ...] = ((message, category), *more)

    @property
    def message(self) -> str:
        """The first message."""
        return self.parts[0][0]


LOGIN_FAILED = "invalid user name or password (6)"
LOGIN_NOT_ALLOWED = "std failure: not allowed (9)"
NOT_LOGGED_IN = "not logged in"
SESSION_TERMINATED = "session terminated on request"


def no_such_command() -> Trap:
    """A verb that a known menu has not."""
    return Trap("no such command", 0)


def no_such_menu(word: str) -> Trap:
    """A path that does not exist; version 7 sends two traps for it."""
    return Trap(f"no such command or directory ({word})", 0, ("no such command prefix", None))


def unknown_parameter(name: str) -> Trap:
    """An argument that the command has not in this version."""
    return Trap(f"unknown parameter {name}")


def no_match(what: str) -> Trap:
    """An enumeration or a reference without such a value."""
    return Trap(f"input does not match any value of {what}", 1)


def ambiguous(what: str) -> Trap:
    """An abbreviated value that fits several."""
    return Trap(f"ambiguous value of {what}, more than one possible value matches input", 1)


def invalid_value(name: str) -> Trap:
    """A value that the argument's kind cannot read."""
    return Trap(f"invalid value for argument {name}", 1)


def alternatives(*traps: Trap) -> Trap:
    """None of several kinds fits: their texts joined in one message."""
    return Trap("\r\n".join(trap.message for trap in traps), 1)


def out_of_range(name: str, low: str, high: str) -> Trap:
    """A number or time outside of its bounds."""
    return Trap(f"value of {name} out of range ({low}..{high})", 1)


def not_a_mac(name: str) -> Trap:
    """A value that is no MAC address."""
    return Trap(f"invalid value of {name}, mac address required", 1)


def not_a_range(name: str) -> Trap:
    """A value that is no address, prefix or range of addresses."""
    return Trap(f"value of {name} expects range of ip addresses", 1)


def range_without_end(name: str) -> Trap:
    """A range whose second half is no address."""
    return Trap(f"value of {name} must have ip address after '-'", 1)


def too_long(name: str, limit: int) -> Trap:
    """A text longer than its argument takes. (?)"""
    return Trap(f"value of {name} should not be longer than {limit}", 1)


def too_short(name: str, limit: int) -> Trap:
    """A text shorter than its argument takes. (?)"""
    return Trap(f"value of {name} should not be shorter than {limit}", 1)


def missing_values(names: tuple[str, ...]) -> Trap:
    """``add`` without its mandatory arguments."""
    return Trap(f"missing value(s) of argument(s) {' '.join(names)}")


def missing_id() -> Trap:
    """A command on a row, without the row."""
    return Trap("missing =.id=")


def no_such_item() -> Trap:
    """A name or identifier that no row has."""
    return Trap("no such item", 0)


def no_such_item_4() -> Trap:
    """An identifier of the right form that no row has."""
    return Trap("no such item (4)", 0)


def not_permitted() -> Trap:
    """The user's group lacks a policy."""
    return Trap("not enough permissions (9)")


def interrupted() -> Trap:
    """A running command that was cancelled."""
    return Trap("interrupted", 2)


def failure(text: str) -> Trap:
    """A refusal by the router's service itself."""
    return Trap(f"failure: {text}")


ALREADY_SUCH_ADDRESS = "already have such address"
ALREADY_SUCH_ENTRY = "already have such entry"
ALREADY_SUCH_INTERFACE = "already have interface with such name"
ALREADY_SUCH_POOL = "pool with such name exists"
ALREADY_DHCP_CLIENT = "dhcp-client on that interface already exists"
ALREADY_SUCH_NETWORK = "such network already exists"
INVALID_NETWORK = "invalid network"
ALREADY_SUCH_SERVER = "server with such name already exists"
ALREADY_LEASE_CLIENT = "already have static lease for this client"
ALREADY_LEASE_ADDRESS = "already have static lease with this IP address"
LEASE_WITHOUT_CLIENT = "mac-address or client-id or agent-remote-id or agent-circuit-id must be present"
DNS_ENTRY_EXISTS = "entry already exists"
DNS_ONLY_ONE = "only name or regexp allowed"
DNS_NEITHER = "name or regexp required"
ALREADY_SUCH_USER = "user with the same name already exists"
GROUP_IN_USE = "group has some users"
INVALID_GROUP_NAME = "invalid group name"
ALREADY_BRIDGE_PORT = "device already added as bridge port"
MOVE_BEFORE_SELF = "can not move object before itself"
PORTS_NEED_PROTOCOL = "ports can be specified if proto is tcp,udp,udp-lite,dccp,sctp"  # several live reports
# (~) "can not change dynamic lease" and "... prefix" were captured; the other menus' words are formed like them.
CANNOT_CHANGE_DYNAMIC = "can not change dynamic {noun}"
CANNOT_CHANGE_BUILTIN = "cannot change builtin"  # captured with the firewall's builtin rule
PLACE_BEFORE_MISSING = "item referred by 'place-before' does not exist"  # (~)
# (?) texts of refusals that are known to happen, whose wording no source shows
ALREADY_SUCH_LIST = "interface list with such name already exists"
ALREADY_SUCH_TABLE = "table with such name already exists"
ALREADY_SUCH_ITEM = "item with such name already exists"
ALREADY_SUCH_GROUP = "group with the same name already exists"
LAST_FULL_USER = "cannot remove the last user with full access"
# Device mode: captured with the scheduler and fetch; the second is the manual's.
NOT_ALLOWED_BY_DEVICE_MODE = "not allowed by device-mode"
FLAGGED = "configuration flagged, check all router configuration for unauthorized changes and update device-mode"
UPDATE_CANCELED = "update canceled"

# Safe mode: what a console says (a reference measured on CHR 7.21; the second one on 7.24.4, where a question about what
# to do stands between its two sentences).  Over the API the words of the trap are taken to be the same (~).
SAFE_MODE_NOT_TAKEN = "Safe Mode has not been taken. Action aborted."
SAFE_MODE_OTHER_SESSION = "Safe Mode is taken by current user in another session. Action aborted."
SAFE_MODE_OTHER_USER = "Safe Mode is taken by another user ({user}). Action aborted."
