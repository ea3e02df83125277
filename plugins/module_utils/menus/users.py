# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of users and their groups."""

from __future__ import annotations

from dataclasses import dataclass

from ..values import Duration, Enum, Kind, ListOf, Name, OneOf, Pattern, Prefix, Text
from . import policies
from .base import COMMENT, KEEP, Field, Menu, disabled, flag, told


@dataclass(frozen=True)
class Policies(Kind):
    """What a group may do. The canonical form grants or denies every policy of RouterOS 7 by name, as the router reads
    it back, because ``set policy=`` leaves alone what it does not name."""

    ansible: str = "list"

    def canonical(self, text: str) -> str:
        given = [part.strip() for part in text.split(",") if part.strip()]
        for part in given:
            if part.removeprefix("!") not in policies.GROUP:
                raise ValueError(f"expected some of {', '.join(policies.GROUP)}, found '{part}'")
        granted = [policy for policy in policies.GROUP if policy in given]
        return ",".join((*granted, *(f"!{policy}" for policy in policies.GROUP if policy not in granted)))


GROUP = Menu(
    path="user group",
    help="groups of users and what they may do",
    fields=(
        Field("name", Name(), "Name of the group.", required=True),
        Field("policy", Policies(), "What users of the group may do; what is not named they may not.", default=KEEP),
        Field("skin", Name(), "Look of the web interface.", default=KEEP),
        COMMENT,
    ),
    keys=(("name",),),
    since=(7,),
    permanent=("full", "read", "write"),
)

USER = Menu(
    path="user",
    help="users of the router",
    fields=(
        Field("name", Name(), "Name of the user.", required=True),
        Field("group", Name(), "Group that the user belongs to.", required=True, refers=("user group",)),
        Field(
            "password",
            Text(),
            "Password of a new user; the router never tells it, so it is left alone where the user exists.",
            default=KEEP,
            required=True,
            secret=True,
            unread=True,
        ),
        Field(
            "address",
            ListOf(OneOf((Prefix(), Pattern(r"[0-9a-fA-F:]+(/\d+)?", "")), "a prefix such as 10.0.0.0/24")),
            "Networks that the user may log in from; none means all.",
            default="",
        ),
        Field(
            "inactivity-timeout", Duration(60, 86_400), "How long a session may be idle.", default=KEEP, since=(7, 16)
        ),
        Field(
            "inactivity-policy",
            Enum(("none", "lockscreen", "logout")),
            "What happens to an idle session.",
            default=KEEP,
            since=(7, 16),
        ),
        COMMENT,
        disabled(),
        told("last-logged-in", Text(), "When the user last logged in."),
        flag("expired", "Whether the password has to be changed."),
    ),
    keys=(("name",),),
)

MENUS = (GROUP, USER)
