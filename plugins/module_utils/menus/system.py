# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of scripts, their schedule, and the router's name, note and clock; what it tells of its hardware."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ..values import Bool, Duration, Enum, Kind, ListOf, Members, Name, Number, OneOf, Pattern, Source, Text
from . import policies
from .base import COMMENT, INVALID, KEEP, Field, Menu, disabled, told

_POLICY = Field(
    "policy",
    Members(policies.SCRIPT),
    "What the script may do; without it, all that the user who adds it may. C(dude) exists on RouterOS 6 alone.",
    default=KEEP,
)


@dataclass(frozen=True)
class Clock(Kind):
    """A time of day. YAML reads ``10:30:00`` without quotes as a number of seconds, which means the same here."""

    def canonical(self, text: str) -> str:
        if text.isdigit():
            seconds = int(text)
        elif found := re.fullmatch(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", text):
            hours, minutes, rest = (int(found[n] or 0) for n in (1, 2, 3))
            seconds = hours * 3600 + minutes * 60 + rest if max(minutes, rest) < 60 else 86_400
        else:
            seconds = 86_400
        if seconds >= 86_400:
            raise ValueError("expected a time of day such as 10:30:00")
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


_DATE = Pattern(
    r"\d{4}-\d{2}-\d{2}|[a-z]{3}/\d{2}/\d{4}", "a date such as 2024-05-17, before RouterOS 7.10 may/17/2024"
)

SCRIPT = Menu(
    path="system script",
    help="scripts that are kept on the router",
    module="script",
    fields=(
        Field("name", Name(), "Name of the script.", default=KEEP),
        Field("source", Source(), "Text of the script, as it runs; no escapes are needed.", default=""),
        _POLICY,
        Field("dont-require-permissions", Bool(), "Whether those may run it who may do less.", default="no"),
        Field("owner", Name(), "User that the script belongs to.", default=KEEP),
        COMMENT,
        told("last-started", Text(), "When the script last ran."),
        told("run-count", Number(), "How often the script ran."),
        INVALID,
    ),
    keys=(("name",),),
)

SCHEDULER = Menu(
    path="system scheduler",
    help="when scripts run by themselves",
    module="scheduler",
    internal="multiwan-undo",
    fields=(
        Field("name", Name(), "Name of the job.", required=True),
        Field("on-event", Source(), "Script that runs: its name, or its text.", default=""),
        Field("interval", Duration(), "How far two runs are apart; C(0s) runs it once.", default="0s"),
        Field("start-date", _DATE, "Day of the first run, as this version of RouterOS writes it.", default=KEEP),
        Field(
            "start-time",
            OneOf((Enum(("startup",)), Clock()), "startup or a time of day such as 10:30:00"),
            "Time of the first run; C(startup) runs it after each boot.",
            default=KEEP,
        ),
        Field("days", ListOf(Name()), "Days on which it runs.", default=KEEP, since=(7, 24)),
        _POLICY,
        COMMENT,
        disabled(),
        told("owner", Name(), "User that the job belongs to."),
        told("run-count", Number(), "How often the job ran."),
        told("next-run", Text(), "When the job runs next."),
    ),
    keys=(("name",),),
)

IDENTITY = Menu(
    path="system identity",
    help="the router's own name",
    module="identity",
    fields=(Field("name", Text(), "Name of the router.", default="MikroTik"),),
    singleton=True,
)

NOTE = Menu(
    path="system note",
    help="the text that is shown to who logs in",
    fields=(
        Field("note", Source(), "Text of the note.", default=""),
        Field("show-at-login", Bool(), "Whether it is shown at login.", default="yes"),
        Field("show-at-cli-login", Bool(), "Whether it is shown at login to a terminal.", default="no", since=(7, 14)),
    ),
    singleton=True,
)

_MOVES_ON = "the clock moves on, so this cannot be kept as configuration; let the router ask a time server"
CLOCK = Menu(
    path="system clock",
    help="the router's clock",
    fields=(
        Field("time-zone-name", Text(), "Time zone such as C(Asia/Jakarta).", default=KEEP),
        Field("time-zone-autodetect", Bool(), "Whether the time zone is found by the router's address.", default="yes"),
        replace(told("date", _DATE, "Date of today, as this version of RouterOS writes it."), refused=_MOVES_ON),
        replace(told("time", Clock(), "Time of day."), refused=_MOVES_ON),
        told("gmt-offset", Text(), "How far the clock is from Greenwich."),
        told("dst-active", Bool(), "Whether daylight saving time holds."),
    ),
    singleton=True,
)

RESOURCE = Menu(
    path="system resource",
    help="what the router is made of and how busy it is",
    fields=tuple(
        told(name, Text(), text)
        for name, text in (
            ("version", "Version of RouterOS."),
            ("board-name", "Name of the device."),
            ("architecture-name", "Architecture of the device."),
            ("platform", "Maker of the device."),
            ("uptime", "How long the router has been up."),
            ("build-time", "When RouterOS was built."),
            ("factory-software", "Version that the device came with."),
            ("cpu", "Kind of processor."),
            ("cpu-count", "How many processors there are."),
            ("cpu-frequency", "Their speed in MHz."),
            ("cpu-load", "Their load in percent."),
            ("free-memory", "Memory that is free, in bytes."),
            ("total-memory", "All memory in bytes."),
            ("free-hdd-space", "Storage that is free, in bytes."),
            ("total-hdd-space", "All storage in bytes."),
        )
    ),
    singleton=True,
)

ROUTERBOARD = Menu(
    path="system routerboard",
    help="the device as its maker numbers it",
    fields=tuple(
        told(name, Text(), text)
        for name, text in (
            ("routerboard", "Whether the device is one of MikroTik's."),
            ("board-name", "Name of the device."),
            ("model", "Model of the device."),
            ("serial-number", "Serial number of the device."),
            ("firmware-type", "Kind of firmware."),
            ("factory-firmware", "Firmware that the device came with."),
            ("current-firmware", "Firmware that runs."),
            ("upgrade-firmware", "Firmware that it could run."),
        )
    ),
    singleton=True,
)

MENUS = (SCRIPT, SCHEDULER, IDENTITY, NOTE, CLOCK, RESOURCE, ROUTERBOARD)
