# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data plane leaves nothing behind, however it ends, never touches the host, and needs no root."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dns
import pyroute2
import pytest

import routerlab
from routerlab.kernel import requirements
from routerlab.kernel.testing import PATIENCE

#: A lab: it starts a world with every kind of process in it, says so, and waits for its end.
_LAB = """
import json, signal, sys
from pathlib import Path
from routerlab.kernel.testing import Bench, isp, world

document = world(Path(sys.argv[1]), [isp("ether1", 40, delay=0.001), isp("ether2", 20)], config={})
with Bench(document) as bench:
    bench.apply(dhcp_clients={"1": {"dev": "ether1"}})
    bench.wait(lambda event: event["event"] == "lease" and event["state"] == "bound")
    status, output, errors = bench.run("ether3", "sh", "-c", "ip -4 -br address show eth0")
    # One that goes on, and has a child.
    bench.agent.client("r", "ether4", ["sh", "-c", "sleep 1000; true"], (2, 2), lambda status, error: None)
    counts = bench.ping("8.8.8.8")["answered"]
    print(json.dumps([bench.agent.pid, counts, status, errors]), flush=True)
    sys.stdin.read()
"""


def _namespace(process: int) -> str | None:
    try:
        return os.readlink(f"/proc/{process}/ns/net")
    except OSError:
        return None


def _parents() -> dict[int, int]:
    """The parent of every process."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                # It ended in between.
                continue
    return parents


def _descendants(ancestor: int) -> set[int]:
    """A process and all below it."""
    parents = _parents()
    found = {ancestor}
    while more := {process for process, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _host() -> dict[str, str]:
    """What the host's network and mounts are, without counters."""
    tools = requirements.search_path()

    def said(*argv: str) -> str:
        found = subprocess.run(argv, capture_output=True, text=True, check=False, env={**os.environ, "PATH": tools})
        return found.stdout + found.stderr

    links = json.loads(said("ip", "-j", "address"))
    for link in links:
        for address in link["addr_info"]:
            # Leases of the host's own run on.
            for name in ("valid_life_time", "preferred_life_time"):
                address.pop(name, None)
    state = {
        "links": json.dumps(links),
        "routes": said("ip", "route", "show", "table", "all"),
        "rules": said("ip", "rule"),
        "queues": said("tc", "qdisc"),
        "rules of nft": said("nft", "--stateless", "list", "ruleset"),
        "devices": ",".join(line.split(":")[0] for line in Path("/proc/net/dev").read_text().splitlines()[2:]),
        "named namespaces": ",".join(sorted(os.listdir("/run/netns"))) if Path("/run/netns").exists() else "",
        "mounts": Path("/proc/self/mounts").read_text(),
        "resolv.conf": Path("/etc/resolv.conf").read_text() if Path("/etc/resolv.conf").exists() else "",
    }
    for setting in ("ip_forward", "conf/all/rp_filter", "conf/default/rp_filter", "conf/all/promote_secondaries"):
        state[setting] = Path("/proc/sys/net/ipv4", setting).read_text()
    return state


class _Lab:
    """A lab in a process of its own, and what runs in its name."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.process = process
        line = process.stdout.readline()
        assert line, "the lab did not start"
        self.holder, answered, status, errors = json.loads(line)
        assert (answered, status, errors) == (True, 0, "")
        self.all = _descendants(process.pid) - {process.pid}
        self.agent = max(_descendants(self.holder) & self.all, key=_threads)

    def gone(self) -> bool:
        """Whether nothing of it is left, waiting some time for that."""
        deadline = time.monotonic() + PATIENCE
        while left := {process for process in self.all if _alive(process)}:
            if time.monotonic() > deadline:
                print("left:", [Path(f"/proc/{process}/cmdline").read_bytes() for process in left])
                return False
            time.sleep(0.02)
        return True


def _threads(process: int) -> int:
    """Only the agent proper has several threads."""
    try:
        return len(os.listdir(f"/proc/{process}/task"))
    except OSError:
        return 0


def _alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


@contextmanager
def _lab(directory: Path) -> Iterator[_Lab]:
    argv = [sys.executable, "-c", _LAB, str(directory)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield _Lab(process)
        finally:
            if process.poll() is None:
                process.kill()


def _closed(lab: _Lab) -> None:
    assert lab.process.stdin is not None
    lab.process.stdin.close()
    assert lab.process.wait(PATIENCE) == 0
    # close() returns when all is gone, so there is nothing to wait for.
    assert not any(_alive(process) for process in lab.all)


def _interrupted(lab: _Lab) -> None:
    lab.process.send_signal(signal.SIGINT)
    assert lab.process.wait(PATIENCE) != 0


def _killed(lab: _Lab) -> None:
    lab.process.kill()
    lab.process.wait(PATIENCE)


def _agent_killed(lab: _Lab) -> None:
    os.kill(lab.agent, signal.SIGKILL)


def _init_killed(lab: _Lab) -> None:
    (init,) = (process for process, parent in _parents().items() if parent == lab.holder)
    os.kill(init, signal.SIGKILL)


def _holder_killed(lab: _Lab) -> None:
    os.kill(lab.holder, signal.SIGKILL)


@pytest.mark.parametrize("end", [_closed, _interrupted, _killed, _agent_killed, _init_killed, _holder_killed])
def test_nothing_is_left(end: Callable[[_Lab], None], tmp_path: Path) -> None:
    before = _host()
    with _lab(tmp_path) as lab:
        assert len(lab.all) > 10
        assert _host() == before
        own = _namespace(os.getpid())
        # Only the holder, which starts the others in their namespaces, is at home in the host's.
        assert all(_namespace(process) != own for process in lab.all - {lab.holder})
        end(lab)
        assert lab.gone()
        assert _host() == before
    # The mount point, where the lab could not remove it.
    assert [*tmp_path.rglob("*")] in ([], [tmp_path / "kernel"])


def _interpreter() -> str:
    """A Python that everybody may run."""
    for found in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        trying = [found, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
        if Path(found).exists() and subprocess.run([*_nobody(), *trying], check=False, cwd="/").returncode == 0:
            return found
    raise AssertionError("there is no Python 3.11 that an ordinary user may run")


def _nobody() -> list[str]:
    """How to run something without root's rights; whoever is not root has none."""
    if os.geteuid() != 0:
        return []
    # setpriv itself still has root's rights when it starts a program; what env starts has none.
    return ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--inh-caps=-all", "--", "env"]


def test_root_is_not_needed() -> None:
    capabilities = subprocess.run([*_nobody(), "cat", "/proc/self/status"], capture_output=True, text=True, check=True)
    assert "CapEff:\t0000000000000000\n" in capabilities.stdout
    before = _host()
    # Not pytest's directory: only its owner may enter that.
    with tempfile.TemporaryDirectory() as place:
        packages, state = Path(place, "packages"), Path(place, "state")
        # root's Python and checkout may be closed to others: copies of what is pure Python are not.
        for package in (routerlab, pyroute2, dns):
            source = Path(str(package.__file__)).parent
            shutil.copytree(source, packages / source.name, ignore=shutil.ignore_patterns("__pycache__"))
        state.mkdir()
        if os.geteuid() == 0:
            os.chown(state, 65534, 65534)
        subprocess.run(["chmod", "-R", "a+rX", place], check=True)
        ran = subprocess.run(
            [*_nobody(), _interpreter(), "-c", _LAB, str(state)],
            input="",
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(packages), "PYTHONDONTWRITEBYTECODE": "1"},
        )
        assert ran.returncode == 0, ran.stderr
        assert json.loads(ran.stdout)[1:] == [True, 0, ""]
        assert not [*state.iterdir()]
    assert _host() == before


def test_root_does_without_user_namespaces_and_others_are_told(tmp_path: Path) -> None:
    before = _host()
    tools = tmp_path / "tools"
    tools.mkdir()
    refusing = tools / "unshare"
    real = requirements.find()["unshare"]
    refusing.write_text(
        f'#!/bin/sh\ncase " $* " in *" --user "*) echo "unshare: unshare failed: No space left" >&2; exit 1;; esac\n'
        f'exec {real} "$@"\n'
    )
    refusing.chmod(0o755)
    state = tmp_path / "state"
    state.mkdir()
    ran = subprocess.run(
        [sys.executable, "-c", _LAB, str(state)],
        input="",
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"},
    )
    if os.geteuid() == 0:
        assert ran.returncode == 0, ran.stderr
        assert json.loads(ran.stdout)[1:] == [True, 0, ""]
    else:
        assert "KernelUnavailable: user namespaces " in ran.stderr
    assert _host() == before
