# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``/system`` and ``/log``: identity, clock, note, scripts, scheduler, and what the hardware tells of itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from routerlab import messages
from routerlab.menus.common import (
    COMMENT,
    CONSOLE,
    DISABLED,
    READ,
    ROWS,
    SINGLE,
    SINGLE_CONSOLE,
    SINGLE_RESET,
    SWITCHED,
    absent,
)
from routerlab.menus.interfaces import numbered_name
from routerlab.menus.users import policies_of
from routerlab.model.menu import Command, Menu, Unique, arg
from routerlab.model.store import Row
from routerlab.state.jobs import DEFAULT_START
from routerlab.values import Value
from routerlab.values.basic import Bool, Text, Ubit
from routerlab.values.time import (
    Date,
    Duration,
    TimeOfDay,
    date_text,
    moment_text,
    seconds_text,
    utc,
)
from routerlab.version import Version, span

if TYPE_CHECKING:
    from routerlab.model.router import Router

IDENTITY = Menu(
    path="system identity",
    singleton=True,
    args=(arg("name", Text(), "MikroTik", unset=False),),
    verbs=SINGLE,
    commands=(*SINGLE_CONSOLE, *SINGLE_RESET),
    print_extra=("oid",),
)


def _clock(router: Router, row: Row) -> Mapping[str, str]:
    now = utc(router.site.clock.wall(router.site.clock.now()))
    return {
        "time": now.strftime("%H:%M:%S"),
        "date": date_text(now, router.version),
        "gmt-offset": "+00:00",
        "dst-active": "false",
    }


CLOCK = Menu(
    path="system clock",
    singleton=True,
    args=(
        arg("time", TimeOfDay(), effect=False),
        arg("date", Date(), effect=False),
        arg("time-zone-autodetect", Bool(), "true", effect=False),
        arg("time-zone-name", Text(), "UTC", effect=False),
    ),
    reads=("gmt-offset", "dst-active"),
    verbs=SINGLE,
    commands=(*SINGLE_CONSOLE, *SINGLE_RESET),
    compute=_clock,
    notes="The clock is the machine's, in UTC; a time zone is kept and moves nothing.",
)


NOTE = Menu(
    path="system note",
    singleton=True,
    args=(
        arg("show-at-login", Bool(), "true", effect=False),
        arg("show-at-cli-login", Bool(), "false", since="7.14", effect=False),
        arg("note", Text(), "", effect=False),
    ),
    verbs=SINGLE,
    commands=(*SINGLE_CONSOLE, *SINGLE_RESET),
    print_extra=("oid",),
)

_MIB = 1024 * 1024


def _resource(router: Router, row: Row) -> Mapping[str, str]:
    hardware = router.hardware
    return {
        "uptime": seconds_text(router.site.clock.now() - router.booted),
        "version": f"{router.version} (stable)",
        "build-time": "2024-01-15 10:20:30" if router.version.key >= (7, 10, 0) else "Jan/15/2023 10:20:30",
        "factory-software": "6.48.6",
        "free-memory": str(hardware.memory * _MIB * 3 // 4),
        "total-memory": str(hardware.memory * _MIB),
        "cpu": hardware.cpu,
        "cpu-count": str(hardware.cores),
        "cpu-frequency": str(hardware.frequency),
        "cpu-load": "1",
        "free-hdd-space": str(hardware.disk * _MIB * 3 // 5),
        "total-hdd-space": str(hardware.disk * _MIB),
        "architecture-name": hardware.architecture,
        "board-name": hardware.board,
        "platform": "MikroTik",
    }


RESOURCE = Menu(
    path="system resource",
    singleton=True,
    args=(),
    reads=(
        "uptime",
        "version",
        "build-time",
        "factory-software",
        "free-memory",
        "total-memory",
        "cpu",
        "cpu-count",
        "cpu-frequency",
        "cpu-load",
        "free-hdd-space",
        "total-hdd-space",
        "architecture-name",
        "board-name",
        "platform",
    ),
    verbs=("print", "getall", "get", "listen"),
    commands=absent("export", "monitor"),
    compute=_resource,
    print_extra=("oid",),
    snapshot=False,
)


def _routerboard(router: Router, row: Row) -> Mapping[str, str]:
    if not router.hardware.routerboard:
        return {"routerboard": "false"}
    return {
        "routerboard": "true",
        "board-name": router.hardware.board,
        "model": router.hardware.model,
        "serial-number": router.serial,
        "firmware-type": "al2" if router.hardware.architecture == "arm" else "mt7621L",
        "factory-firmware": "6.48.6",
        "current-firmware": str(router.version),
        "upgrade-firmware": str(router.version),
    }


ROUTERBOARD = Menu(
    path="system routerboard",
    singleton=True,
    args=(),
    reads=(
        "routerboard",
        "board-name",
        "model",
        "serial-number",
        "firmware-type",
        "factory-firmware",
        "current-firmware",
        "upgrade-firmware",
    ),
    verbs=("print", "getall", "get", "listen"),
    compute=_routerboard,
    snapshot=False,
    notes="Not in the command trees that the menus are compared with: those come from a Cloud Hosted Router.",
)


def _package(router: Router, row: Row) -> Mapping[str, str]:
    return {
        "name": "routeros",
        "version": str(router.version),
        "build-time": "2024-01-15 10:20:30" if router.version.key >= (7, 10, 0) else "Jan/15/2023 10:20:30",
        "scheduled": "",
        "size": "12582912",
        "disabled": "false",
        "available": "false",
    }


PACKAGE = Menu(
    path="system package",
    args=(),
    reads=("name", "version", "build-time", "scheduled", "size", "disabled", "available"),
    verbs=READ,
    commands=(
        *absent("export", "disable", "enable", "downgrade", "uninstall", "unschedule"),
        *absent("apply-changes", versions=span(since="7.18")),
    ),
    compute=_package,
    snapshot=False,
)

#: What a script's or job's policy may name, in the order it reads back.
SCRIPT_POLICIES = ("ftp", "reboot", "read", "write", "policy", "test", "password", "sniff", "sensitive", "romon")


def _own_policies(router: Router) -> str:
    """What scripts and jobs may do by default: what their author may."""
    author = next(iter(router.tables["user"].same(("name",), {"name": _author(router)})), None)
    allowed = set(SCRIPT_POLICIES) if author is None else policies_of(router, author)
    return ",".join(policy for policy in SCRIPT_POLICIES if policy in allowed)


def _author(router: Router) -> str:
    return router.acting or router.account.username


def _fill_script(router: Router, values: dict[str, Value]) -> None:
    values.setdefault("name", numbered_name(router, SCRIPT.path, "script"))
    values.setdefault("owner", _author(router))
    values.setdefault("policy", _own_policies(router))


def _script(router: Router, row: Row) -> Mapping[str, str]:
    return {"run-count": "0", "invalid": "false", **row.facts}


async def _run_script(router: Router, rows: list[Row], args: Mapping[str, str], policies: set[str], user: str) -> None:
    """``run``: the script's own rights count, and those of who runs it (manual, Scripting)."""
    own_rights = args.get("use-script-permissions", "no") not in ("no", "false")
    for row in rows:
        await router.events.run_script(row, policies, user, own_rights)


SCRIPT = Menu(
    path="system script",
    args=(
        arg("name", Text(), unset=False),
        arg("owner", Text(), effect=False),
        arg("policy", Ubit(SCRIPT_POLICIES)),
        arg("dont-require-permissions", Bool(), "false"),
        arg("source", Text(), ""),
        COMMENT,
    ),
    reads=("run-count", "last-started", "invalid"),
    verbs=ROWS,
    commands=(
        *CONSOLE,
        Command("run", ("number",), work=_run_script, versions=span(until="7.15"), policies=("read",)),
        Command(
            "run",
            ("number", "use-script-permissions"),
            work=_run_script,
            versions=span(since="7.15"),
            policies=("read",),
        ),
    ),
    unset_versions=span(since="7.23"),
    unique=(Unique(("name",), messages.ALREADY_SUCH_ITEM, enabled=False),),
    name_field="name",
    fill=_fill_script,
    compute=_script,
    noun="script",
    policies=("write", "policy"),
)


def _fill_job(router: Router, values: dict[str, Value]) -> None:
    now = utc(router.site.clock.wall(router.site.clock.now()))
    date, time = date_text(now, router.version), now.strftime("%H:%M:%S")
    if not {"start-date", "start-time"} & values.keys():
        values[DEFAULT_START] = f"{date} {time}"
    values.setdefault("start-date", date)
    values.setdefault("start-time", time)
    values.setdefault("policy", _own_policies(router))
    values.setdefault("\0owner", _author(router))


def _job(router: Router, row: Row) -> Mapping[str, str]:
    job = router.state.jobs.jobs.get(row.id)
    found = {"owner": router.text(row, "\0owner"), "run-count": "0" if job is None else str(job.runs)}
    if job is not None and job.due is not None:
        found["next-run"] = router.stamp(job.due)
    return found


SCHEDULER = Menu(
    path="system scheduler",
    args=(
        arg("name", Text(), unset=False),
        arg("start-date", Date(), unset=False),
        arg("start-time", TimeOfDay(("startup",)), unset=False),
        arg("interval", Duration(), "0s"),
        arg("days", Ubit(("mon", "tue", "wed", "thu", "fri", "sat", "sun")), since="7.24", effect=False),
        arg("on-event", Text(), ""),
        arg("policy", Ubit(SCRIPT_POLICIES)),
        DISABLED,
        COMMENT,
    ),
    reads=("owner", "run-count", "next-run"),
    verbs=SWITCHED,
    commands=CONSOLE,
    required=("name",),
    unset_versions=span(since="7.23"),
    unique=(Unique(("name",), messages.ALREADY_SUCH_ITEM, enabled=False),),
    name_field="name",
    fill=_fill_job,
    compute=_job,
    dirty=True,
    noun="job",
    policies=("write", "policy"),
    feature="scheduler",
)

_OLD_LOG_TIME = Version.parse("7.10")


def _log_rows(router: Router) -> list[Row]:
    rows = []
    for line in router.log:
        moment = utc(router.site.clock.wall(line.when))
        text = moment_text(moment, router.version)
        if router.version < _OLD_LOG_TIME:
            text = moment.strftime("%H:%M:%S")
        rows.append(Row(line.id, facts={"time": text, "topics": line.topics, "message": line.message}))
    return rows


def _write(topic: str) -> Command:
    def run(router: Router, rows: list[Row], args: Mapping[str, str]) -> None:
        if "message" not in args:
            raise messages.missing_values(("message",))
        router.write_log(f"script,{topic}", args["message"])

    return Command(topic, ("message",), run)


LOG = Menu(
    path="log",
    args=(),
    reads=("time", "topics", "message"),
    verbs=READ,
    commands=tuple(_write(topic) for topic in ("debug", "error", "info", "warning")),
    extra_rows=_log_rows,
    print_sometimes=(("with-extra-info", span(since="7.19")),),
    print_without=("from",),
    snapshot=False,
)


def _reboot(router: Router, rows: list[Row], args: Mapping[str, str]) -> None:
    router.events.reboot()


#: Commands that stand in the directory itself.
SYSTEM = Menu(
    path="system",
    singleton=True,
    args=(),
    verbs=(),
    commands=(
        Command("reboot", run=_reboot, policies=("reboot",)),
        *absent(
            "check-disk",
            "check-installation",
            "export",
            "reset-configuration",
            "serial-terminal",
            "shutdown",
            "ssh",
            "ssh-exec",
            "sup-output",
            "telnet",
        ),
        *absent("recursive-print", "shell", versions=span(since="7.22")),
    ),
    snapshot=False,
)

MENUS = (SYSTEM, IDENTITY, CLOCK, NOTE, RESOURCE, ROUTERBOARD, PACKAGE, SCRIPT, SCHEDULER, LOG)


def populate(router: Router) -> None:
    """The factory's single rows."""
    for menu in (IDENTITY, CLOCK, NOTE, RESOURCE, ROUTERBOARD, PACKAGE):
        router.tables[menu.path].insert(Row(0 if menu.singleton else 1))
