# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DHCP clients: one udhcpc for each, which only asks and tells; addresses and routes are the lab's to decide.

udhcpc calls a script at every event.  Ours writes the event and all its variables into a pipe and does nothing else.
udhcpc asks once a second for as long as it takes.  It holds every lease for at least two minutes, whatever the server
said, so the end of a lease and the renewal of a short one are timed here.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from routerlab.kernel.namespaces import Namespace

T = TypeVar("T")

Notify = Callable[[dict[str, Any]], None]

#: Each record is ``name=value`` texts, each ended by a zero byte, and an empty one at the end.
_SCRIPT = """\
#!/bin/sh
# Tells the laboratory what udhcpc found; changes nothing.
{ printf 'event=%s\\0' "$1"; env -0; printf '\\0'; } > "$ROUTERLAB_PIPE"
"""

#: udhcpc renews by itself at half of a lease, but takes shorter ones for this long (BusyBox, dhcpc.c).
_UDHCPC_SHORTEST = 122
#: Time after which a udhcpc that ended by itself, e.g. as its device is not there yet, is started again.
_AGAIN = 0.5
_END = 2.0
#: Seconds that the loop may take to get round to something.
_LOOP = 10.0
#: What busybox names the options it was sent; the rest of the variables is told as ``options``.
_OPTIONS = (
    "subnet",
    "broadcast",
    "hostname",
    "staticroutes",
    "siaddr",
    "wins",
    "vendor",
    "boot_file",
    "message",
    "mtu",
)


def in_loop(loop: asyncio.AbstractEventLoop, action: Callable[[], T]) -> T:
    """Do something in the loop's thread, whichever thread this is, and wait for its result."""
    try:
        here = asyncio.get_running_loop() is loop
    except RuntimeError:
        here = False
    if here:
        return action()
    done: Future[T] = Future()

    def act() -> None:
        try:
            done.set_result(action())
        except BaseException as error:
            done.set_exception(error)

    loop.call_soon_threadsafe(act)
    return done.result(_LOOP)


class EventPipe:
    """A named pipe into which a daemon's script writes records; each is told as a mapping, in the loop's thread."""

    def __init__(self, path: Path, loop: asyncio.AbstractEventLoop, told: Callable[[dict[str, str]], None]) -> None:
        path.unlink(missing_ok=True)
        os.mkfifo(path, 0o600)
        self.path = path
        self._loop = loop
        self._told = told
        self._rest = b""
        # Open for writing too: otherwise it would be at its end whenever no script has it open.
        self._descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        loop.add_reader(self._descriptor, self._read)

    def _read(self) -> None:
        try:
            self._rest += os.read(self._descriptor, 1 << 16)
        except BlockingIOError:
            return
        *records, self._rest = self._rest.split(b"\0\0")
        for record in records:
            texts = (text.partition("=") for text in record.decode(errors="replace").split("\0"))
            self._told({name: value for name, _sign, value in texts})

    def close(self) -> None:
        """Stop reading and remove the pipe."""
        self._loop.remove_reader(self._descriptor)
        os.close(self._descriptor)
        self.path.unlink(missing_ok=True)


def ended(process: subprocess.Popen[Any], *, kill: int = signal.SIGTERM) -> None:
    """End a process and wait for it; killed when it does not go by itself."""
    process.send_signal(kill)
    try:
        process.wait(_END)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _await_taken(descriptor: int, number: int) -> None:
    """Wait until a process (a pidfd) has taken a signal: of two that wait, Linux has the higher one handled first."""
    deadline = time.monotonic() + _END
    while time.monotonic() < deadline:
        try:
            # Here processes have other numbers than in /proc, which is that of the machine.
            process = _facts_of(f"/proc/self/fdinfo/{descriptor}")["Pid"]
            status = _facts_of(f"/proc/{process}/status")
        except OSError:
            return
        # It was awake to take it, and sleeps again.
        if not int(status["ShdPnd"], 16) >> (number - 1) & 1 and status["State"][0] in "SZX":
            return
        time.sleep(0.001)


def _facts_of(file: str) -> dict[str, str]:
    """Lines ``name: text`` of a file of the kernel's."""
    pairs = (line.partition(":") for line in Path(file).read_text(encoding="ascii", errors="replace").splitlines())
    return {name: text.strip() for name, _sign, text in pairs}


def _udhcpc() -> list[str]:
    """The command; Debian has it as a link of its own or inside busybox."""
    if shutil.which("udhcpc"):
        return ["udhcpc"]
    return ["busybox", "udhcpc"]


@dataclass
class _Client:
    key: str
    wanted: Mapping[str, Any]
    pipe: EventPipe
    process: subprocess.Popen[bytes] | None = None
    descriptor: int | None = None
    #: Counts the processes: what an earlier one still tells is not heard.
    turn: int = 0
    bound: bool = False
    timers: list[asyncio.TimerHandle] = field(default_factory=list)


class DhcpClients:
    """The DHCP clients of one namespace, by key.

    ``notify`` gets, in the loop's thread, ``{"event": "lease", "client": key, "state": ...}``: ``searching`` when a
    client starts to ask, ``bound`` and ``renewed`` with ``address`` (with prefix length), ``gateway`` (or None),
    ``dns`` and ``ntp`` (lists), ``server``, ``lease`` (seconds), ``domain`` (or None), ``routes`` (option 121 as
    pairs of destination and gateway) and ``options`` (other variables of udhcpc as text), ``lost`` when a lease ended
    before its time or unrenewed.  Methods may be called from any thread.
    """

    def __init__(
        self,
        namespace: Namespace,
        notify: Notify,
        directory: Path | str,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._namespace = namespace
        self._notify = notify
        self._directory = Path(directory)
        self._directory.mkdir(parents=True, exist_ok=True)
        self._loop = loop if loop is not None else asyncio.get_running_loop()
        self._clients: dict[str, _Client] = {}
        self._script = self._directory / "udhcpc-script"
        self._script.write_text(_SCRIPT)
        self._script.chmod(0o700)

    def apply(self, wanted: Mapping[str, Mapping[str, Any]]) -> None:
        """Run exactly these clients: key -> ``{"dev", "hostname", "client_id"}``.

        ``hostname`` (option 12) may be missing.  ``client_id`` (option 61) is hexadecimal with the type byte; missing
        or None it is made from the MAC address, as RouterOS does, "" sends none.  What did not change goes on.
        """
        in_loop(self._loop, lambda: self._apply(wanted))

    def renew(self, key: str) -> None:
        """Ask the server for the lease again now; raises KeyError without such a client."""
        in_loop(self._loop, lambda: self._signal(self._clients[key], signal.SIGUSR1))

    def release(self, key: str) -> None:
        """Give the lease back and search anew; raises KeyError without such a client."""
        in_loop(self._loop, lambda: self._anew(self._clients[key], release=True))

    def restart(self, key: str) -> None:
        """Forget the lease without a word to the server and search anew, as after a loss of carrier."""
        in_loop(self._loop, lambda: self._anew(self._clients[key], release=False))

    def close(self) -> None:
        """End all clients; nothing is told any more."""
        in_loop(self._loop, self._close)

    def _apply(self, wanted: Mapping[str, Mapping[str, Any]]) -> None:
        for key in [key for key, client in self._clients.items() if wanted.get(key) != client.wanted]:
            self._end(self._clients.pop(key))
        for key, settings in wanted.items():
            if key not in self._clients:
                pipe = EventPipe(self._directory / f"udhcpc-{key}", self._loop, partial(self._take, key))
                client = self._clients[key] = _Client(key, dict(settings), pipe)
                self._start(client)

    def _start(self, client: _Client) -> None:
        settings = client.wanted
        argv = [*_udhcpc(), "-f", "-i", settings["dev"], "-s", str(self._script), "-t", "0", "-T", "1", "-A", "1"]
        for option in ("ntpsrv", "staticroutes", "domain"):
            argv += ["-O", option]
        if settings.get("hostname"):
            argv += ["-x", f"hostname:{settings['hostname']}"]
        identifier = settings.get("client_id")
        if identifier is not None:
            argv.append("-C")
        if identifier:
            argv += ["-x", f"0x3d:{identifier.replace(':', '')}"]
        client.turn += 1
        environment = {"ROUTERLAB_PIPE": str(client.pipe.path), "ROUTERLAB_TURN": str(client.turn)}
        client.process = self._namespace.popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.environ.get("PATH", os.defpath), **environment},
        )
        client.descriptor = os.pidfd_open(client.process.pid)
        self._loop.add_reader(client.descriptor, self._gone, client)
        self._tell(client, "searching")

    def _gone(self, client: _Client) -> None:
        """udhcpc ended by itself."""
        self._unwatch(client)
        if client.process is not None:
            client.process.wait()
            client.process = None
        self._unbound(client)
        self._later(client, _AGAIN, lambda: self._start(client))

    def _unwatch(self, client: _Client) -> None:
        if client.descriptor is not None:
            self._loop.remove_reader(client.descriptor)
            os.close(client.descriptor)
            client.descriptor = None

    def _stop(self, client: _Client, *, release: bool = False) -> None:
        for timer in client.timers:
            timer.cancel()
        client.timers.clear()
        if client.process is not None and client.descriptor is not None and release:
            client.process.send_signal(signal.SIGUSR2)
            _await_taken(client.descriptor, signal.SIGUSR2)
        self._unwatch(client)
        if client.process is not None:
            ended(client.process)
            client.process = None

    def _end(self, client: _Client) -> None:
        self._stop(client)
        client.pipe.close()

    def _close(self) -> None:
        while self._clients:
            self._end(self._clients.popitem()[1])

    def _anew(self, client: _Client, *, release: bool) -> None:
        self._stop(client, release=release)
        self._unbound(client)
        self._start(client)

    def _signal(self, client: _Client, number: int) -> None:
        if client.process is not None:
            client.process.send_signal(number)

    def _later(self, client: _Client, seconds: float, action: Callable[[], None]) -> None:
        client.timers.append(self._loop.call_later(seconds, action))

    # What udhcpc tells

    def _take(self, key: str, record: dict[str, str]) -> None:
        client = self._clients.get(key)
        if client is None or client.process is None or record.get("ROUTERLAB_TURN") != str(client.turn):
            return
        event = record.get("event")
        if event in ("bound", "renew"):
            self._bound(client, record)
        elif event in ("deconfig", "nak") and client.bound:
            self._unbound(client)
            self._tell(client, "searching")

    def _bound(self, client: _Client, record: dict[str, str]) -> None:
        for timer in client.timers:
            timer.cancel()
        client.timers.clear()
        lease = int(record.get("lease") or 0)
        if lease:
            self._later(client, lease, lambda: self._anew(client, release=False))
            if lease < _UDHCPC_SHORTEST:
                self._later(client, lease / 2, lambda: self._signal(client, signal.SIGUSR1))
        state = "renewed" if client.bound else "bound"
        client.bound = True
        self._tell(client, state, **_facts(record))

    def _unbound(self, client: _Client) -> None:
        for timer in client.timers:
            timer.cancel()
        client.timers.clear()
        if client.bound:
            client.bound = False
            self._tell(client, "lost")

    def _tell(self, client: _Client, state: str, **facts: Any) -> None:
        self._notify({"event": "lease", "client": client.key, "state": state, **facts})


def _facts(record: Mapping[str, str]) -> dict[str, Any]:
    """What a lease says, from udhcpc's variables."""
    routes = record.get("staticroutes", "").split()
    routers = record.get("router", "").split()
    return {
        "address": f"{record['ip']}/{record.get('mask') or 32}",
        "gateway": routers[0] if routers else None,
        "dns": record.get("dns", "").split(),
        "ntp": record.get("ntpsrv", "").split(),
        "server": record.get("serverid"),
        "lease": int(record.get("lease") or 0),
        "domain": record.get("domain"),
        "routes": [list(pair) for pair in zip(routes[::2], routes[1::2], strict=False)],
        "options": {name: record[name] for name in _OPTIONS if name in record},
    }
