# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Users, their groups, and the services that they come in by.

Policies and their order: manual's user page and captured groups (allowed ones first, then the denied with ``!``);
``set policy=`` changes only the policies it names, ``add`` denies those it does not (measured).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from routerlab import messages
from routerlab.menus.common import COMMENT, CONSOLE, DISABLED, EDIT, ROWS, SWITCHED, absent
from routerlab.model.menu import Menu, Unique, arg
from routerlab.model.store import Row
from routerlab.values import Names, Ref, Value
from routerlab.values.basic import Enum, Many, Mention, Num, Text, complete
from routerlab.values.net import Prefix
from routerlab.values.time import Duration
from routerlab.version import Version, span

if TYPE_CHECKING:
    from routerlab.model.router import Router

GROUPS = "user group"
POLICIES = (
    "local",
    "telnet",
    "ssh",
    "ftp",
    "reboot",
    "read",
    "write",
    "policy",
    "test",
    "winbox",
    "password",
    "web",
    "sniff",
    "sensitive",
    "api",
    "romon",
    "rest-api",
)
_DENIED_TO = {"read": ("ftp", "write", "policy"), "write": ("ftp", "policy"), "full": ()}


class PolicySet:
    """The policies that a text names, ``!`` before a denied one; what it does not name is not in the value."""

    def parse(self, text: str, name: str, names: Names) -> Value:
        wanted: dict[str, str] = {}
        for word in filter(None, text.split(",")):
            wanted[complete(word.removeprefix("!"), POLICIES, name)] = "!" if word.startswith("!") else ""
        return ",".join(mark + policy for policy, mark in wanted.items())

    def __str__(self) -> str:
        return "set of policies, each also denied"


def policy_text(allowed: set[str]) -> str:
    """A whole policy as groups show it."""
    words = [policy for policy in POLICIES if policy in allowed]
    return ",".join([*words, *("!" + policy for policy in POLICIES if policy not in allowed)])


def allowed_by(text: str) -> set[str]:
    """The policies that a whole policy allows."""
    return {word for word in text.split(",") if word and not word.startswith("!")}


def _fill_group(router: Router, values: dict[str, Value]) -> None:
    text = values.get("policy", "")
    values["policy"] = policy_text(allowed_by(text if isinstance(text, str) else ""))


def _merge_group(router: Router, row: Row, values: dict[str, Value]) -> dict[str, Value]:
    new, old = values.get("policy", ""), row.values.get("policy", "")
    if isinstance(new, str) and isinstance(old, str) and new != old:
        words = [word for word in new.split(",") if word]
        allowed = allowed_by(old) | {word for word in words if not word.startswith("!")}
        values["policy"] = policy_text(allowed - {word[1:] for word in words if word.startswith("!")})
    return values


def _check_group(router: Router, row: Row | None, values: Mapping[str, Value]) -> None:
    if not values.get("name"):
        raise messages.failure(messages.INVALID_GROUP_NAME)


def _group_removable(router: Router, row: Row | None, values: Mapping[str, Value]) -> None:
    if row is not None and row.id <= len(_DENIED_TO):
        raise messages.failure(messages.CANNOT_CHANGE_BUILTIN)
    if row is not None and any(user.values.get("group") == Ref(GROUPS, row.id) for user in router.tables["user"]):
        raise messages.failure(messages.GROUP_IN_USE)


GROUP = Menu(
    path=GROUPS,
    args=(
        arg("name", Text(), unset=False),
        arg("policy", PolicySet(), unset=False),
        arg("skin", Text(), "default", effect=False),
        COMMENT,
    ),
    verbs=ROWS,
    commands=CONSOLE,
    unique=(Unique(("name",), messages.ALREADY_SUCH_GROUP, enabled=False),),
    name_field="name",
    fill=_fill_group,
    merge=_merge_group,
    check=_check_group,
    removable=_group_removable,
    noun="group",
    policies=("write", "policy"),
)


def policies_of(router: Router, user: Row) -> set[str]:
    """What a user may do by his group."""
    group = router.referred(user.values.get("group"))
    return set() if group is None else allowed_by(router.text(group, "policy"))


def _last_full(router: Router, row: Row | None, values: Mapping[str, Value]) -> None:
    """Somebody must be left who can change the router."""
    others = [user for user in router.tables["user"] if row is None or user.id != row.id]
    if not any(user.enabled and {"write", "policy"} <= policies_of(router, user) for user in others):
        raise messages.failure(messages.LAST_FULL_USER)


def _user(router: Router, row: Row) -> Mapping[str, str]:
    last = router.last_logins.get(row.id)
    found = {"expired": "false"}
    if last is not None:
        found["last-logged-in"] = router.stamp(last)
    return found


USER = Menu(
    path="user",
    args=(
        arg("name", Text(), unset=False),
        arg("group", Mention(GROUPS), unset=False),
        arg("address", Many(Prefix(ipv6=True)), ""),
        arg("password", Text(), secret=True, unset=False),
        arg("inactivity-timeout", Duration("1m", "1d"), "10m", since="7.16", effect=False),
        arg("inactivity-policy", Enum(("none", "lockscreen", "logout")), "none", since="7.16", effect=False),
        DISABLED,
        COMMENT,
    ),
    reads=("last-logged-in", "expired"),
    verbs=SWITCHED,
    commands=(
        *absent("edit", "export", "reset", "expire-password"),
        *absent("recursive-print", versions=span(since="7.19")),
    ),
    required=("name", "group", "password"),
    unique=(Unique(("name",), messages.ALREADY_SUCH_USER, enabled=False),),
    name_field="name",
    removable=_last_full,
    compute=_user,
    print_sometimes=(("show-sensitive", span(since="7.19")),),
    noun="user",
    policies=("write", "policy"),
)

#: Name, identifier and port of each service (identifiers as captured (~)).
SERVICES = (
    ("telnet", 0, 23),
    ("ftp", 1, 21),
    ("www", 2, 80),
    ("ssh", 4, 22),
    ("www-ssl", 5, 443),
    ("api", 7, 8728),
    ("winbox", 8, 8291),
    ("api-ssl", 9, 8729),
)
#: Services that speak TLS.
TLS_SERVICES = ("www-ssl", "api-ssl")


class Certificate:
    """The name of one of the router's certificates, or ``none``."""

    def parse(self, text: str, name: str, names: Names) -> Value:
        return complete(text, ("none", *getattr(names, "certificates", ())), name)

    def __str__(self) -> str:
        return "name of a certificate"


#: From here on ``/ip/service`` also lists the connections that stand (reports of 7.19).
_CONNECTIONS_SINCE = Version.parse("7.19")
_CONNECTION_ID = 0x1000


def _connections(router: Router) -> list[Row]:
    if router.version < _CONNECTIONS_SINCE:
        return []
    rows = []
    for number, (service, local, remote) in router.connections.items():
        values: dict[str, Value] = {
            "name": service,
            "port": router.text(router.service(service), "port"),
            "vrf": "main",
        }
        facts = {"proto": "tcp", "local": local, "remote": remote, "connection": "true"}
        rows.append(Row(_CONNECTION_ID + number, values, dynamic=True, facts=facts))
    return rows


def _service(router: Router, row: Row) -> Mapping[str, str]:
    if row.dynamic:
        return {"name": router.text(row, "name"), "dynamic": "true", "disabled": "false", "invalid": "false"}
    found = {"name": router.text(row, "name"), "invalid": "false", "dynamic": "false"}
    if router.version >= _CONNECTIONS_SINCE:
        found["proto"] = "tcp"
    if router.text(row, "name") in TLS_SERVICES:
        found |= {
            "certificate": router.text(row, "certificate", "none"),
            "tls-version": router.text(row, "tls-version", "any"),
        }
    return found


def _check_service(router: Router, row: Row | None, values: Mapping[str, Value]) -> None:
    tls = [name for name in ("certificate", "tls-version") if name in values]
    if tls and values.get("name") not in TLS_SERVICES:
        raise messages.unknown_parameter(tls[0])


def _service_changed(router: Router, row: Row) -> None:
    router.service_changed()


SERVICE = Menu(
    path="ip service",
    args=(
        arg("port", Num(1, 65535), unset=False),
        arg("address", Many(Prefix(ipv6=True)), ""),
        arg("available-from", Many(Prefix(ipv6=True)), since="7.24", effect=False),
        arg("certificate", Certificate()),
        arg("tls-version", Enum(("any", "only-1.2"))),
        arg("vrf", Enum(("main",)), "main", effect=False),
        arg("max-sessions", Num(1, 1000), "20", since="7.16", effect=False),
        DISABLED,
    ),
    reads=("name", "invalid", "dynamic", "proto", "local", "remote", "connection"),
    extra_rows=_connections,
    verbs=tuple(verb for verb in (*EDIT, "enable", "disable") if verb != "comment"),
    commands=CONSOLE,
    unset_versions=span(until="7.13"),
    name_field="name",
    order=("name", "port", "address", "certificate", "tls-version", "vrf"),
    check=_check_service,
    after_change=_service_changed,
    compute=_service,
    noun="service",
    policies=("write",),
)

MENUS = (GROUP, USER, SERVICE)


def populate(router: Router) -> None:
    """The factory's groups, its one user, and the services (those with TLS beyond the API's are off)."""
    groups = router.tables[GROUPS]
    for number, (name, denied) in enumerate(_DENIED_TO.items(), 1):
        groups.insert(Row(number, {"name": name, "policy": policy_text(set(POLICIES) - set(denied))}))
    full = router.find(GROUPS, "full")
    if full is None:
        raise RuntimeError("the factory groups lack full")
    account = router.account
    router.tables["user"].insert(
        Row(1, {"name": account.username, "group": Ref(GROUPS, full), "password": account.password})
    )
    services = router.tables[SERVICE.path]
    for name, row_id, port in SERVICES:
        values: dict[str, Value] = {"name": name, "port": str(port)}
        if name == "www-ssl":
            values["disabled"] = "true"
        if name == "api-ssl" and router.certificates:
            values["certificate"] = router.certificates[0]
        services.insert(Row(row_id, values))
    router.last_logins.clear()
