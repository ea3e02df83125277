# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A company as ansible-runner transmits it, and the pipelines that carry it to workers."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

import yaml

from routerlab.testing import Lab

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
SITES = ("hq", "bandung", "surabaya", "medan")

ROUTER_PASSWORD = "opens-each-router-of-the-company"
TOKEN = "100000077:FAKE-token-of-the-company-000000000"
VAULT_PASSWORD = "opens-the-vault-of-the-company"
SECRETS = (ROUTER_PASSWORD, TOKEN, VAULT_PASSWORD)
"""What nobody may find in what a run leaves behind."""

OPTIONS = "--ask-vault-pass --diff -vvv"
"""What Ansible is run with: it tells as much as it ever does."""


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of ansible-runner's parts."""
    return {
        **os.environ,
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "LC_ALL": "C.UTF-8",
        "TMPDIR": str(folder),
        "ANSIBLE_LOCAL_TEMP": str(folder / "ansible"),
        "ANSIBLE_ROUTEROS_PROGRESS_INTERVAL": "1",
    }


def make_company(folder: Path, collection: Path, lab: Lab) -> None:
    """Write the folder that is transmitted: inventory with its vault, the collection, and what opens the vault."""
    inventory = folder / "inventory"
    trans_coffee = ROOT / "inventories" / "trans_coffee"
    shutil.copytree(trans_coffee, inventory, ignore=shutil.ignore_patterns("*.example", "vault.yml"))
    hosts = {name: {"ansible_host": "127.0.0.1", "ansible_port": lab.port(name)} for name in SITES}
    _write(inventory / "hosts.yml", {"routers": {"hosts": hosts, "vars": {"ansible_user": "admin"}}})
    vault = inventory / "group_vars" / "routers" / "vault.yml"
    secrets = {"vault_routeros_password": ROUTER_PASSWORD, "vault_telegram_token": TOKEN, "vault_telegram_chat_id": -1}
    _write(vault, secrets)
    subprocess.run(
        [BIN / "ansible-vault", "encrypt", "--vault-password-file", "/dev/stdin", vault],
        input=VAULT_PASSWORD,
        text=True,
        check=True,
        capture_output=True,
    )
    # beside the playbook is where Ansible looks for collections first
    shutil.copytree(collection, folder / "project" / "collections")
    _write(folder / "env" / "passwords", {r"^Vault password:\s*?$": VAULT_PASSWORD})
    _write(
        folder / "env" / "envvars",
        {"ANSIBLE_COLLECTIONS_PATH": "collections", "ANSIBLE_CALLBACKS_ENABLED": "multiwan.routeros.progress"},
    )
    (folder / "env" / "cmdline").write_text(OPTIONS, encoding="utf-8")


def _write(path: Path, data: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")


@dataclass
class Pipeline:
    """``transmit | worker | process`` for some sites.

    ``result`` is where process has put what came of it, ``output`` what it has printed, once it has ended.
    """

    worker: subprocess.Popen[bytes]
    process: subprocess.Popen[str]
    transmit: subprocess.Popen[bytes]
    result: Path
    output: str = ""

    def end(self) -> int:
        """Wait for all three, and leave none behind; returns the worker's exit status, which is the run's."""
        try:
            self.output, _rest = self.process.communicate(timeout=400)
            self.transmit.wait(20)
            return self.worker.wait(60)
        except BaseException:
            self.kill_worker()
            self.process.kill()
            self.transmit.kill()
            raise

    def kill_worker(self) -> None:
        """End the worker's machine: the worker and whatever it has begun, all at once."""
        found = [self.worker.pid, *_descendants(self.worker.pid)]
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    @property
    def artifacts(self) -> Path:
        """The folder of what a run leaves behind."""
        return self.result / "artifacts"

    def events(self) -> list[dict[str, Any]]:
        """The run's events, in their order."""
        found = [
            json.loads(path.read_text(encoding="utf-8")) for path in (self.artifacts / "job_events").glob("*.json")
        ]
        return sorted(found, key=lambda event: int(event["counter"]))

    def stats(self, key: str) -> dict[str, int]:
        """How many tasks of each site were ``ok``, ``changed``, ``failures``."""
        (stats,) = [event["event_data"] for event in self.events() if event["event"] == "playbook_on_stats"]
        return {name: stats[key].get(name, 0) for name in stats["processed"]}


def start(company: Path, result: Path, *sites: str, playbook: str = "multiwan.routeros.site") -> Pipeline:
    """Begin a pipeline for *sites*, for all of them if none is named."""
    result.mkdir()
    env = environment(result)
    limit = ("--limit", ",".join(sites)) if sites else ()
    runner = str(BIN / "ansible-runner")
    transmit = subprocess.Popen(
        [runner, "transmit", str(company), "-p", playbook, *limit], env=env, stdout=subprocess.PIPE, cwd=result
    )
    worker = subprocess.Popen(
        [runner, "worker", "--private-data-dir", str(result / "worker")],
        env=env,
        stdin=transmit.stdout,
        stdout=subprocess.PIPE,
        cwd=result,
        start_new_session=True,
    )
    process = subprocess.Popen(
        [runner, "process", str(result)],
        env=env,
        stdin=worker.stdout,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=result,
    )
    for stream in (transmit.stdout, worker.stdout):
        # each end belongs to the one who reads it, so that it sees the end of the one who writes
        if stream is not None:
            stream.close()
    return Pipeline(worker, process, transmit, result)


def rollout_script() -> str:
    """Return the script that the guide gives to readers, as it stands there."""
    guide = (ROOT / "docs" / "docsite" / "rst" / "guide_scale.rst").read_text(encoding="utf-8")
    _before, _head, rest = guide.partition(".. code-block:: bash\n   :caption: rollout\n\n")
    lines = takewhile(lambda line: not line or line.startswith("   "), rest.split("\n"))
    return "\n".join(line.removeprefix("   ") for line in lines)


def texts(folders: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Yield every file below *folders* with its text."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                yield path, path.read_text(encoding="utf-8", errors="replace")


def _descendants(pid: int) -> list[int]:
    """Return the processes that *pid* has begun, and those that they have."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                told = re.match(r"\d+ \(.*\) \S (\d+)", (entry / "stat").read_text(encoding="utf-8"), re.DOTALL)
                if told:
                    parents.setdefault(int(told[1]), []).append(int(entry.name))
    found = list(parents.get(pid, []))
    for child in found:
        found += parents.get(child, [])
    return found
