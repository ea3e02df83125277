# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``/system/device-mode``: what may be done here from afar; changing it takes somebody beside the device.

Commands and arguments: the command trees of 7.12.2 to 7.24.  What ``update`` answers and how it ends: the manual's page
"Device mode" and measurements on a CHR 7.22.1 (tikoci/quickchr, test/lab/device-mode.test.ts).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING

from routerlab import messages
from routerlab.menus.common import absent
from routerlab.messages import Trap
from routerlab.model.device_mode import FEATURES, FEATURES_SINCE_7_17, features, modes
from routerlab.model.menu import Command, Menu
from routerlab.model.store import Row
from routerlab.values.basic import Bool, Enum
from routerlab.values.time import Duration, read_duration
from routerlab.version import Version, span

if TYPE_CHECKING:
    from routerlab.model.router import Router

#: From here on every feature is told; before, only what differs from the mode (older editions of the manual's page).
_WHOLE_SINCE = "7.17"
_WHOLE = Version.parse(_WHOLE_SINCE)
_ALLOWED_VERSIONS = "7.13+,6.49.8+"


def _told(value: bool) -> str:
    return "true" if value else "false"


def _mode(router: Router, row: Row) -> Mapping[str, str]:
    device = router.device_mode
    if router.version < _WHOLE:
        found = {"mode": device.mode}
        if device.flagged:
            found["flagged"] = "true"
        return found | {name: _told(device.changed[name]) for name in FEATURES if name in device.changed}
    return {
        "mode": device.mode,
        "allowed-versions": _ALLOWED_VERSIONS,
        "flagged": _told(device.flagged),
        "flagging-enabled": _told(device.flagging_enabled),
        **{name: _told(device.has(name)) for name in features(router.version)},
        "attempt-count": str(device.attempts),
    }


def _update(router: Router, args: Mapping[str, str]) -> AsyncIterator[dict[str, str]]:
    """Nothing changes: in the lab nobody presses the button, and nobody pulls the plug."""
    for name, text in args.items():
        if name == "mode":
            Enum(modes(router.version)).parse(text, name, router)
        elif name == "activation-timeout":
            Duration("10s", "1d").parse(text, name, router)
        elif name in (*FEATURES, *FEATURES_SINCE_7_17, "flagged", "flagging-enabled"):
            Bool().parse(text, name, router)
    return _wait(router, args.get("activation-timeout", "5m"))


async def _wait(router: Router, timeout: str) -> AsyncIterator[dict[str, str]]:
    device = router.device_mode
    device.attempts += 1
    device.waiting += 1
    try:
        yield {"update": f"please activate by turning power off or pressing reset or mode button in {timeout}"}
        await router.site.clock.sleep((read_duration(timeout) or 0) / 1_000_000)
    finally:
        device.waiting -= 1
    raise Trap(messages.UPDATE_CANCELED)


_CONSOLE = ("append", "as-value", "do", "duration", "file", "interval", "once", "without-paging")
_ALWAYS = (*_CONSOLE, "activation-timeout", "flagged", "flagging-enabled", "mode", *FEATURES)
_SINCE_7_17 = (*_ALWAYS, *FEATURES_SINCE_7_17)
#: 7.18.2 has an argument for keys that 7.12.2 and 7.22.3 have not; when it came and went is not known (~).
_KEYS_SINCE, _KEYS_UNTIL = "7.17", "7.19"


def _updates() -> tuple[Command, ...]:
    """One for each of the versions that differ in arguments."""
    return (
        Command("update", _ALWAYS, stream=_update, versions=span(until=_WHOLE_SINCE)),
        Command(
            "update",
            (*_SINCE_7_17, "authorized-public-key-hash"),
            stream=_update,
            versions=span(since=_KEYS_SINCE, until=_KEYS_UNTIL),
        ),
        Command("update", (*_SINCE_7_17, "freeze-frame-interval"), stream=_update, versions=span(since=_KEYS_UNTIL)),
    )


DEVICE_MODE = Menu(
    path="system device-mode",
    singleton=True,
    args=(),
    reads=(
        "mode",
        "allowed-versions",
        "flagged",
        "flagging-enabled",
        *FEATURES,
        *FEATURES_SINCE_7_17,
        "attempt-count",
    ),
    verbs=("print", "getall", "get", "listen"),
    commands=(*absent("export", versions=span(since="7.19")), *_updates()),
    compute=_mode,
    print_sometimes=(("config", span(since=_WHOLE_SINCE)),),
    get_sometimes=(("values", span(since=_WHOLE_SINCE)),),
    snapshot=False,
    notes=(
        "Set from outside: a topology's `device_mode`, `routerlab device-mode`. `update` waits for somebody at the device "
        "and is cancelled when its time is up. `print config` returns everything, as without `config`; `get values` is refused."
    ),
)

MENUS = (DEVICE_MODE,)


def populate(router: Router) -> None:
    """The single row."""
    router.tables[DEVICE_MODE.path].insert(Row(0))
