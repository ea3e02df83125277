# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A reader of one document: a folder in which files are written and commands run as the document says, and a laboratory."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import yaml

from routerlab.seed import SeedError
from routerlab.testing import Lab

from .blocks import WORKING, Block, Document, read
from .console import Command, ConsoleError, commands, missing
from .world import INVENTORY, SCRATCH, SITE, described, overlay, plans

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / ".venv" / "bin"
SECONDS = 110
"""After how many seconds a command is given up."""

# What a clone of the repository has beside .venv. Readers write into inventories, so they get a copy.
_LINKED = ("Makefile", "ansible.cfg", "docs", "extensions", "galaxy.yml", "meta", "playbooks", "plugins", "roles", "scripts",
           "tests", "requirements.txt", "requirements-dev.txt", "pyproject.toml")  # fmt: skip

# What stands in .venv/bin in the place of programs. Hosts are led to the laboratory by variables that no inventory can
# outdo; a laboratory takes ports that are free; make and pytest look whether what is named is there, and do not do it:
# what it does has tests of its own.
_PROGRAMS = {
    **{
        name: f'#!/bin/sh\nexec {{bin}}/{name} "$@" -e "@$EXAMPLES_OVERLAY"\n'
        for name in ("ansible", "ansible-playbook", "ansible-inventory")
    },
    "routerlab": '#!/bin/sh\ncase "$1" in up) set -- "$@" --port-base 0 ;; esac\nexec {bin}/routerlab "$@"\n',
    "pytest": '#!/bin/sh\ncd {root} && exec {bin}/pytest --collect-only --quiet "$@"\n',
    "make": '#!/bin/sh\nexec {make} -n "$@"\n',
    "activate": 'export PATH="$EXAMPLES_BIN:$PATH"\n',
}


class ExampleError(Exception):
    """An example that is not true; the text tells document and line, the example, and what happened."""

    def __init__(self, block: Block, line: int, what: str, happened: str) -> None:
        super().__init__(f"{block.document}:{line}: {what}\n{happened}")


class Reader:
    """Reads one document from its top to its end and does what stands there."""

    def __init__(self, document: Document, folder: Path, lab: Lab, host: str, inventory: str) -> None:
        self.document = document
        self.folder = folder
        self.lab = lab
        self.host = host
        self.inventory = inventory
        self._own = folder.parent / f"{folder.name}-own"
        self._own.mkdir()
        self._topology_state = self._own / "lab"
        self._here = folder
        self._groups: list[int] = []
        self._python: list[str] = []

    def read(self) -> str:
        """Do all blocks in their order; returns what is wrong with the first that is not true, empty when all are."""
        self._furnish()
        try:
            if self.document.working:
                self._make_work(self.document.blocks[0])
            for block in self.document.blocks:
                if not block.reason:
                    self._do(block)
        except (ExampleError, ConsoleError) as error:
            return str(error)
        return ""

    def end(self) -> None:
        """Stop what the document has begun."""
        for state in (*self.folder.rglob(".routerlab"), self._topology_state):
            subprocess.run([BIN / "routerlab", "down", "--state-dir", state], capture_output=True, check=False)
        for group in self._groups:
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGTERM)

    def _do(self, block: Block) -> None:
        if block.language == "text":
            return
        if block.mark == WORKING:
            self._make_work(block)
        if block.file:
            self._write(block)
        elif block.text.startswith("/"):
            self._console_of_router(block)
        elif block.language == "console":
            for command in commands(block):
                self._command(block, command)
        elif block.language == "yaml":
            self._yaml(block)
        elif block.language == "python":
            self._program(block)
        elif block.language == "toml":
            self._topology(block)
        else:
            raise ExampleError(
                block,
                block.line,
                f"a block of kind {block.language or 'none'!r} without a file name",
                "known are yaml, console, python, toml (a topology), text, and lines of RouterOS that begin with /",
            )

    def _make_work(self, block: Block) -> None:
        """Configure the document's sites, and let time pass until leases and watches are what they will be."""
        self._shell(block, block.line, f"ansible-playbook -i {self.inventory} multiwan.routeros.site")
        self.lab.advance(60)

    # Files

    def _furnish(self) -> None:
        programs = self.folder / ".venv" / "bin"
        programs.mkdir(parents=True)
        for path in BIN.iterdir():
            if path.name not in _PROGRAMS:
                (programs / path.name).symlink_to(path)
        for name, text in _PROGRAMS.items():
            path = programs / name
            path.write_text(text.format(bin=BIN, root=ROOT, make=shutil.which("make")), encoding="utf-8")
            path.chmod(0o755)
        for name in _LINKED:
            if (ROOT / name).exists():
                (self.folder / name).symlink_to(ROOT / name)
        shutil.copytree(ROOT / "inventories", self.folder / "inventories", symlinks=True)
        (self.folder / "hosts.yml").write_text(INVENTORY, encoding="utf-8")
        (self.folder / "host_vars").mkdir()
        (self.folder / "host_vars" / "branch-7.yml").write_text(SITE, encoding="utf-8")
        self._environment = self._own / "environment"
        self._environment.write_text(
            "\n".join(
                f"export {name}={shlex.quote(str(value))}"
                for name, value in {
                    "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
                    "LC_ALL": "C.UTF-8",
                    "ANSIBLE_NOCOLOR": "1",
                    "ANSIBLE_LOCAL_TEMP": self._own / "ansible",
                    "EXAMPLES_OVERLAY": self._own / "overlay.json",
                    "EXAMPLES_BIN": programs,
                    "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
                }.items()
            ),
            encoding="utf-8",
        )

    def _write(self, block: Block) -> None:
        path = Path(os.path.normpath(self._here / block.file))
        if not path.is_relative_to(self.folder):
            raise ExampleError(block, block.line, block.file, "lies outside of the reader's folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.resolve().is_relative_to(ROOT):
            raise ExampleError(block, block.line, block.file, "would write into the project; choose another name")
        path.unlink(missing_ok=True)
        path.write_text(block.text, encoding="utf-8")

    # Commands

    def _command(self, block: Block, command: Command) -> None:
        status, output = self._shell(block, command.line, command.text, check=False)
        if (status != 0) != command.fails:
            how = f"ends with status {status}, and " + ("should fail" if command.fails else "should not fail")
            raise ExampleError(block, command.line, command.text, f"{how}:\n{output}")
        if lacks := missing(command.printed, output, block.mark):
            raise ExampleError(block, command.line, command.text, f"does not print (or not there) {lacks!r}:\n{output}")

    def _shell(self, block: Block, line: int, text: str, check: bool = True) -> tuple[int, str]:
        """Run *text* with bash where the reader stands; what it exports and where it goes count for the next."""
        if "ansible" in text:
            self._lead()
        place, printed = self._own / "place", self._own / "output"
        script = (
            f". {self._environment}\n{text}\nstatus=$?\nexport -p >{self._environment}\npwd >{place}\nexit $status\n"
        )
        environment = {name: os.environ[name] for name in ("HOME", "USER", "TERM", "TMPDIR") if name in os.environ}
        with (
            printed.open("wb") as file,
            subprocess.Popen(
                ["bash", "-c", script],
                cwd=self._here,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            ) as process,
        ):
            self._groups += [process.pid] if "&" in text.replace("&&", "") else []
            try:
                status = process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                status = -1
        output = printed.read_text(encoding="utf-8", errors="replace")
        if status == -1:
            raise ExampleError(block, line, text, f"does not end within {SECONDS} s:\n{output}")
        if place.exists():
            self._here = Path(place.read_text(encoding="utf-8").rstrip("\n"))
        if check and status:
            raise ExampleError(block, line, text, f"ends with status {status}:\n{output}")
        return status, output

    def _lead(self) -> None:
        """Lead hosts to the routers of the laboratory that the reader has begun, where there is one, else of our own."""
        begun = None
        for state in dict.fromkeys((self._here / ".routerlab", self.folder / ".routerlab")):
            if state.exists():
                done = subprocess.run(
                    [BIN / "routerlab", "status", "--json", "--state-dir", state], capture_output=True, check=False
                )
                begun = json.loads(done.stdout) if done.returncode == 0 else begun
        (self._own / "overlay.json").write_text(json.dumps(overlay(self.lab, begun)), encoding="utf-8")

    # Other kinds

    def _yaml(self, block: Block) -> None:
        data = yaml.safe_load(block.text)
        if isinstance(data, dict):
            self._variables(block, data)
            return
        if not isinstance(data, list) or not all(isinstance(entry, dict) for entry in data):
            raise ExampleError(block, block.line, "YAML", "is neither plays nor tasks nor variables; a file has a name")
        plays = data
        if not any("hosts" in entry or "import_playbook" in str(entry) for entry in data):
            plays = [{"name": "Example", "hosts": self.host, "gather_facts": False, "tasks": data}]
        book = self._here / "example.yml"
        book.write_text(yaml.safe_dump(plays, sort_keys=False), encoding="utf-8")
        self._shell(block, block.line, f"ansible-playbook -i {self.inventory} example.yml")

    def _variables(self, block: Block, data: dict[str, Any]) -> None:
        if unknown := sorted(set(data) - known_variables()):
            raise ExampleError(block, block.line, "variables", f"{', '.join(unknown)}: unknown; a file has a name")
        file = self._own / "variables.yml"
        file.write_text(block.text, encoding="utf-8")
        book = f"ansible-playbook -i {self.inventory} -e @{file} --limit {self.host}"
        self._shell(block, block.line, f"{book} multiwan.routeros.site --check")

    def _console_of_router(self, block: Block) -> None:
        try:
            self.lab.seed(SCRATCH, block.text)
        except SeedError as error:
            raise ExampleError(block, block.line, "lines of RouterOS", f"{error}\n{block.text}") from error

    def _program(self, block: Block) -> None:
        """Run the document's Python, this block behind those before it."""
        self._python.append(block.text)
        file = self._own / "example.py"
        file.write_text("\n".join(self._python), encoding="utf-8")
        self._shell(block, block.line, f"{sys.executable} {file}")

    def _topology(self, block: Block) -> None:
        file = self._own / "example.toml"
        file.write_text(block.text, encoding="utf-8")
        state = f"--state-dir {self._topology_state}"
        self._shell(block, block.line, f"routerlab up --no-kernel --detach {state} {file}")
        self._shell(block, block.line, f"routerlab down {state}")


@contextmanager
def reader(document: Document, folder: Path) -> Iterator[Reader]:
    """A reader of *document*, with an empty folder and a fresh laboratory; all that it has begun ends with it."""
    sites = described([block for block in document.blocks if block.file])
    named = sites.inventory
    if not sites.hosts:
        sites = described(
            [Block("", 0, "yaml", INVENTORY, "hosts.yml"), Block("", 0, "yaml", SITE, "host_vars/branch-7.yml")]
        )
    folder.mkdir()
    with ExitStack() as stack, Lab(routers=plans(sites)) as lab:
        one = Reader(document, folder, lab, sites.hosts[0], named or "hosts.yml")
        stack.callback(one.end)
        yield one


def untrue(path: str, folder: Path) -> str:
    """Return what is not so in the document at *path*, empty where all of it is; *folder* is made for its reader."""
    document = read(ROOT, path)
    if all(block.reason for block in document.blocks):
        return ""
    with reader(document, folder) as one:
        return one.read()


def known_variables() -> set[str]:
    """Return the variables that roles, playbooks and connections know."""
    sources = [*ROOT.glob("roles/*/defaults/main.yml"), *ROOT.glob("playbooks/**/*.yml")]
    sources += [ROOT / "plugins" / "doc_fragments" / "connection.py", ROOT / "plugins" / "action" / "config.py"]
    words = {word for path in sources for word in _words(path.read_text(encoding="utf-8"))}
    prefixes = ("site_", "routeros_", "ansible_", "drill_", "drift_", "report_")
    roles = tuple(f"{path.name}_" for path in (ROOT / "roles").iterdir())
    return {word for word in words if word.startswith(prefixes + roles)}


def _words(text: str) -> set[str]:
    return {word for word in "".join(c if c.isalnum() or c == "_" else " " for c in text).split() if "_" in word}
