# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""dnsmasq in a namespace: it runs while there is a configuration, and is started anew when that changes.

A text may hold several configurations, each below a line ``#: name``: each gets a dnsmasq of its own.  So a router's
DHCP server is not disturbed when its DNS cache gets other servers, and serves an interface on which DNS is closed.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import subprocess
import time
from pathlib import Path
from typing import Any

from routerlab.kernel.dhcp_client import EventPipe, Notify, ended, in_loop
from routerlab.kernel.namespaces import Namespace

_HEADING = re.compile(r"#: *([a-z0-9-]+)")
#: Seconds that a dnsmasq may take until it serves.
_READY = 5.0
_STEP = 0.005

_SCRIPT = """\
#!/bin/sh
# Tells the laboratory what became of a lease.
{{ printf 'event=%s\\0mac=%s\\0address=%s\\0name=%s\\0' "$1" "$2" "$3" "$4"; env -0; printf '\\0'; }} > '{pipe}'
"""


class DnsmasqError(Exception):
    """dnsmasq refused a configuration or did not begin to serve; the text is dnsmasq's own."""


def sections(text: str) -> dict[str, str]:
    """The configurations of a text by name; what stands before the first heading is called ``main``."""
    found: dict[str, list[str]] = {}
    name = "main"
    for line in text.splitlines():
        heading = _HEADING.fullmatch(line.strip())
        if heading:
            name = heading[1]
            found.setdefault(name, [])
        elif line.strip():
            found.setdefault(name, []).append(line)
    return {name: "\n".join(lines) + "\n" for name, lines in found.items()}


class _Daemon:
    """One dnsmasq."""

    def __init__(self, name: str, namespace: Namespace, directory: Path, pipe: Path) -> None:
        self.text: str | None = None
        self.leases = directory / f"{name}.leases"
        self._name = name
        self._namespace = namespace
        self._configuration = directory / f"{name}.conf"
        self._log = directory / f"{name}.log"
        self._script = directory / f"{name}.script"
        self._script.write_text(_SCRIPT.format(pipe=str(pipe).replace("'", "'\\''")))
        self._script.chmod(0o700)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, text: str) -> None:
        """Run with this configuration, from now on; raises DnsmasqError and runs no more when that fails."""
        self.stop()
        lines = [text.rstrip("\n")]
        if re.search(r"(?m)^dhcp-range", text):
            lines += [f"dhcp-leasefile={self.leases}", f"dhcp-script={self._script}", "no-ping"]
        self._configuration.write_text("\n".join(lines) + "\n")
        self._log.write_bytes(b"")
        argv = [
            "dnsmasq",
            f"--conf-file={self._configuration}",
            "--keep-in-foreground",
            # Empty ones leave user and groups alone: inside a user namespace there is only root to be.
            "--user=",
            "--group=",
            "--no-resolv",
            "--no-hosts",
            "--pid-file=",
            "--log-facility=-",
        ]
        with self._log.open("ab") as log:
            self._process = self._namespace.popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._await_ready()
        self.text = text

    def _await_ready(self) -> None:
        """dnsmasq logs that it has started once its sockets are open."""
        deadline = time.monotonic() + _READY
        while True:
            log = self._log.read_text(errors="replace")
            if "started, version" in log:
                return
            if self._process is not None and self._process.poll() is not None:
                self._process = None
                raise DnsmasqError(_refusal(self._log.read_text(errors="replace")))
            if time.monotonic() > deadline:
                self.stop()
                raise DnsmasqError(f"dnsmasq did not begin to serve within {_READY:g} seconds: {_refusal(log)}")
            time.sleep(_STEP)

    def running(self) -> bool:
        """Whether it still runs."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End it."""
        self.text = None
        if self._process is not None:
            ended(self._process)
            self._process = None

    def log(self) -> str:
        """What it has logged since its last start."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""


def _refusal(log: str) -> str:
    lines = [line.removeprefix("dnsmasq: ").strip() for line in log.splitlines() if line.strip()]
    # Where the file lies says nothing to the user.
    return re.sub(r" of /.*$", "", lines[-1]) if lines else "no word of dnsmasq"


class Dnsmasq:
    """The dnsmasqs of one namespace.

    ``notify`` gets, in the loop's thread, ``{"event": "dhcp-lease", "action": "add"|"old"|"del", "mac", "address",
    "hostname", "client_id", "expires", "interface"}`` (absent things are None, ``expires`` is Unix time, 0 for ever):
    ``add`` for a new lease, ``old`` for one that was changed or that a newly started dnsmasq found in its file.  Call
    ``apply`` and ``close`` from any thread; they block, for a few hundredths of a second as a rule.
    """

    def __init__(
        self,
        namespace: Namespace,
        directory: Path | str,
        notify: Notify,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._namespace = namespace
        self._directory = Path(directory)
        self._directory.mkdir(parents=True, exist_ok=True)
        self._notify = notify
        self._loop = loop if loop is not None else asyncio.get_running_loop()
        self._pipe = in_loop(self._loop, lambda: EventPipe(self._directory / "dnsmasq-events", self._loop, self._take))
        self._daemons: dict[str, _Daemon] = {}

    def apply(self, text: str | None) -> None:
        """Serve this configuration, or none; returns when it is served.

        A dnsmasq whose configuration did not change goes on undisturbed; leases outlive a restart.  Raises
        DnsmasqError with dnsmasq's own words when it refuses; that dnsmasq is then down, others are not.
        """
        wanted = sections(text) if text is not None else {}
        for name in [name for name in self._daemons if name not in wanted]:
            self._daemons.pop(name).stop()
        for name, configuration in wanted.items():
            daemon = self._daemons.get(name)
            if daemon is None:
                daemon = self._daemons[name] = _Daemon(name, self._namespace, self._directory, self._pipe.path)
            if daemon.text != configuration or not daemon.running():
                daemon.start(configuration)

    def leases(self) -> list[dict[str, Any]]:
        """The leases given now, each with the keys of the event but ``action`` and ``interface``."""
        found = []
        for daemon in self._daemons.values():
            lines: list[str] = []
            with contextlib.suppress(FileNotFoundError):
                lines = daemon.leases.read_text().splitlines()
            found += [_lease(line.split()) for line in lines if len(line.split()) >= 5 and line[0].isdigit()]
        return found

    def forget_leases(self) -> None:
        """Stop all and forget what they gave out, as a reset of the router does."""
        self.apply(None)
        for file in self._directory.glob("*.leases"):
            file.unlink()

    def log(self) -> str:
        """What the running ones have logged, for messages."""
        return "".join(daemon.log() for daemon in self._daemons.values())

    def close(self) -> None:
        """End all; nothing is told any more."""
        self.apply(None)
        in_loop(self._loop, self._pipe.close)

    def _take(self, record: dict[str, str]) -> None:
        if record.get("event") not in ("add", "old", "del"):
            return
        self._notify(
            {
                "event": "dhcp-lease",
                "action": record["event"],
                "mac": record["mac"].upper(),
                "address": record["address"],
                "hostname": record.get("name") or None,
                "client_id": record.get("DNSMASQ_CLIENT_ID"),
                "expires": int(record.get("DNSMASQ_LEASE_EXPIRES") or 0),
                "interface": record.get("DNSMASQ_INTERFACE"),
            }
        )


def _lease(words: list[str]) -> dict[str, Any]:
    """A line of the lease file: expiry, MAC address, address, host name, client identifier; ``*`` is none."""
    expires, mac, address, hostname, identifier = words[:5]
    return {
        "mac": mac.upper(),
        "address": address,
        "hostname": None if hostname == "*" else hostname,
        "client_id": None if identifier == "*" else identifier,
        "expires": int(expires),
    }
