# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page ``docs/lab-coverage.md``: what of RouterOS the lab models, what it only keeps, what it does not know.

``python -m routerlab.coverage FILE`` writes it; without FILE it is printed.  It is made from the menus' declarations.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from routerlab.firewall.actions import ACTIONS
from routerlab.firewall.names import MENUS as RULES
from routerlab.menus import registry
from routerlab.model.commands import WRITE_VERBS
from routerlab.model.menu import Arg, Menu
from routerlab.values.basic import VersionedEnum
from routerlab.version import NEWEST, OLDEST, Span, Version

_VERSIONS = tuple(Version.parse(text) for text in ("7.12.2", "7.18.2", "7.22.3", "7.24"))

_INTRODUCTION = f"""\
# What the laboratory models

Made by `python -m routerlab.coverage docs/lab-coverage.md` from the tables in `tests/lab/routerlab/menus`; a test
fails when this page is older than they are. Versions {OLDEST} to {NEWEST} can be chosen; the command trees of real
routers were compared for {", ".join(map(str, _VERSIONS))}. For versions between them a bound may be off by one
minor release.

In the tables below,

- *works* are arguments that something follows from in every lab: routes, leases, status, scripts, order, who may
  log in;
- *works with packets* are those that something more follows from in a lab with its data plane, and nothing in one
  without (`--no-kernel`);
- *kept* arguments are checked, stored and returned, and change nothing else;
- *returned* are the properties that cannot be written. Counters stand at zero without the data plane.

## Not modelled at all

- the console over SSH, `/export`, `/import`, `/undo`, `/redo`, files, backups, certificates, SNMP, Winbox, REST;
- packets of IPv6, PPP, wireless networks, tunnels; queues;
- the layer 2 of real ports and bridges: speeds, spanning tree, VLAN filtering, switch chips;
- version 6.

Commands named *not modelled* in a menu, and every menu that has no section here, answer as an unknown command does.
Scripts know the same menus and commands.
"""


def _bound(versions: Span) -> str:
    words = str(versions)
    return f" ({words})" if words else ""


def _names(args: Sequence[Arg]) -> str:
    return ", ".join(f"`{item.name}`{_bound(item.versions)}" for item in args) or "none"


def _menu(menu: Menu) -> str:
    verbs = [verb for verb in menu.verbs if verb not in ("getall", "listen")]
    if menu.unset_versions is not None:
        verbs.append(f"unset{_bound(menu.unset_versions)}")
    special = [command.name + _bound(command.versions) for command in menu.commands if command.modelled]
    missing = [command.name + _bound(command.versions) for command in menu.commands if not command.modelled]
    working = [item for item in menu.args if item.effect and not item.packets]
    carried = [item for item in menu.args if item.packets]
    kept = [item for item in menu.args if not item.effect]
    lines = [f"### {menu.path}{_bound(menu.versions)}", ""]
    lines.append(f"- commands: {', '.join([*verbs, *special])}")
    if missing:
        lines.append(f"- not modelled: {', '.join(missing)}")
    if working:
        lines.append(f"- works: {_names(working)}")
    if carried:
        lines.append(f"- works with packets: {_names(carried)}")
    if kept:
        lines.append(f"- kept: {_names(kept)}")
    if menu.reads:
        lines.append(f"- returned: {', '.join(f'`{name}`' for name in menu.reads)}")
    if idle := idle_actions(menu):
        lines.append(f"- actions with which a rule is not in force: {', '.join(f'`{word}`' for word in idle)}")
    if menu.notes:
        lines.append(f"- {menu.notes}")
    return "\n".join(lines)


def _outside() -> list[str]:
    """A line for each command that no menu has, over the API; for scripts see the lab's page."""
    found: dict[str, str] = {}
    for version in _VERSIONS:
        for (path, name), command in registry.tools_for(version).items():
            arguments = ", ".join(f"`{word}`" for word in sorted(command.args))
            where = "/" + "/".join((*path, name))
            found[f"- `{where}`: {arguments}"] = f"{found.get(f'- `{where}`: {arguments}', '')} {version}"
    return [f"{line} (in{versions})" for line, versions in found.items()]


def idle_actions(menu: Menu) -> list[str]:
    """The actions of a firewall menu's rules that the data plane does not carry out; none for other menus."""
    kind = menu.by_name["action"].kind if menu.path in RULES else None
    return [word for word, _since in kind.words if word not in ACTIONS] if isinstance(kind, VersionedEnum) else []


def unmodelled() -> list[tuple[str, tuple[str, ...]]]:
    """Menus of real routers that the lab has not, with the versions whose trees have them."""
    found = []
    for line in resources.files("routerlab").joinpath("unmodelled.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            path, _sign, versions = line.partition("\t")
            found.append((path, tuple(versions.split())))
    return found


def _counts() -> str:
    lines = ["| RouterOS | menus | arguments that work | work with packets | kept |", "|---|---|---|---|---|"]
    for version in _VERSIONS:
        menus = registry.menus_for(version).values()
        args = [item for menu in menus for item in menu.args if version in item.versions]
        carried = sum(item.packets for item in args)
        kept = sum(not item.effect for item in args)
        lines.append(f"| {version} | {len(menus)} | {len(args) - carried - kept} | {carried} | {kept} |")
    return "\n".join(lines)


def page() -> str:
    """The whole page."""
    parts = [_INTRODUCTION, "## In numbers\n", _counts() + "\n", "## Menus\n"]
    parts.append(
        "Every menu of rows also has `getall` and `listen`. Sentences of "
        f"{', '.join(sorted(WRITE_VERBS))} count as writes.\n"
    )
    parts += [_menu(menu) + "\n" for menu in sorted(registry.ALL, key=lambda menu: menu.path)]
    parts.append("## Commands outside of these menus\n")
    parts.append("\n".join(_outside()) + "\n")
    parts.append("## Menus of real routers that the lab has not\n")
    every = tuple(map(str, _VERSIONS))
    parts.append(
        "Named in the compared command trees, which are a selection; menus that are named nowhere on this page are "
        "not modelled either.\n"
    )
    words = [path if versions == every else f"{path} ({', '.join(versions)})" for path, versions in unmodelled()]
    parts.append("\n".join(f"- {word}" for word in words) + "\n")
    return "\n".join(parts)


def main(argv: Sequence[str] | None = None) -> int:
    """Write or print the page."""
    args = sys.argv[1:] if argv is None else list(argv)
    if len(args) > 1:
        print("usage: python -m routerlab.coverage [FILE]", file=sys.stderr)
        return 2
    if args:
        Path(args[0]).write_text(page(), "utf-8")
    else:
        print(page(), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
