# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``/system/device-mode``: what a device lets its administrators do as long as nobody stands beside it.

Modes and their features: the manual's page "Device mode" (its table is as of 7.22); the defaults before 7.17: the page's
older editions.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from routerlab import messages
from routerlab.version import Version

_NAMES_SINCE = Version.parse("7.17")
#: An undocumented mode rose was seen on 7.19.4 first (~).
_ROSE_SINCE = Version.parse("7.19")

#: In the order in which they are printed.
FEATURES = (
    "scheduler", "socks", "fetch", "pptp", "l2tp", "bandwidth-test", "traffic-gen", "sniffer", "ipsec", "romon", "proxy",
    "hotspot", "smb", "email", "zerotier", "container",
)  # fmt: skip
FEATURES_SINCE_7_17 = ("install-any-version", "partitions", "routerboard")

_NEVER = frozenset({"container", "install-any-version", "partitions", "routerboard", "traffic-gen"})
_NOT_BASIC = _NEVER | {"bandwidth-test", "hotspot", "proxy", "socks", "zerotier"}
_NOT_HOME = _NOT_BASIC | {"email", "fetch", "romon", "scheduler", "sniffer"}
#: What a mode does not let do.
_WITHOUT = {
    "home": _NOT_HOME,
    "basic": _NOT_BASIC,
    "advanced": _NEVER,
    "rose": _NEVER - {"container"},
    "enterprise": frozenset({"container"}),
}
#: What a flagged router does not do, whatever its mode (manual): start these tools, or add and enable rows of these.
_NOT_FLAGGED = frozenset(
    {"bandwidth-test", "traffic-gen", "sniffer", "scheduler", "socks", "pptp", "l2tp", "ipsec", "proxy", "smb"}
)
#: Verbs that do nothing new: that they are let through everywhere is said of flagged routers only (?).
_HARMLESS = frozenset({"remove", "disable", "move", "comment"})


def modes(version: Version) -> tuple[str, ...]:
    """The modes that a version has."""
    if version < _NAMES_SINCE:
        return ("enterprise", "home")
    return ("advanced", "home", "basic", "rose") if version >= _ROSE_SINCE else ("advanced", "home", "basic")


def default_mode(version: Version) -> str:
    """The mode of a device that was made before there were others, and of a Cloud Hosted Router."""
    return modes(version)[0]


def features(version: Version) -> tuple[str, ...]:
    """The features that a version's device-mode tells of."""
    return FEATURES if version < _NAMES_SINCE else (*FEATURES, *FEATURES_SINCE_7_17)


@dataclass
class DeviceMode:
    """The mode of one router; ``changed`` are features that differ from what the mode says."""

    version: Version
    mode: str
    flagged: bool = False
    flagging_enabled: bool = True
    changed: dict[str, bool] = field(default_factory=dict)
    #: Updates that nobody confirmed at the device.
    attempts: int = 0
    #: Updates that wait for somebody at the device.
    waiting: int = 0

    def allows(self, feature: str) -> bool:
        """Whether a feature, such as ``scheduler`` or ``fetch``, works now."""
        if self.flagged and feature in _NOT_FLAGGED:
            return False
        return self.has(feature)

    def has(self, feature: str) -> bool:
        """Whether the mode lets a feature work, flagged or not: what ``print`` tells."""
        return self.changed.get(feature, feature not in _WITHOUT[self.mode])

    def check(self, feature: str, verb: str = "add") -> None:
        """Refuse a command of a feature that does not work now; rows may be disabled and removed all the same."""
        if verb in _HARMLESS:
            return
        if not self.has(feature):
            raise messages.failure(messages.NOT_ALLOWED_BY_DEVICE_MODE)
        if not self.allows(feature):
            raise messages.failure(messages.FLAGGED)
