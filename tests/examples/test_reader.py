# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reader does what stands there, and tells document, line and what happened where it is not so."""

from __future__ import annotations

from pathlib import Path

import pytest

from .blocks import Block, Document
from .reader import ROOT, known_variables, reader

UNTRUE: dict[str, tuple[Block, str]] = {
    "a command that fails": (Block("a.md", 5, "console", "$ echo why; false\n"), "ends with status 1, and should not fail:\nwhy"),
    "one that should fail": (Block("a.md", 5, "console", "$ true    # fails\n"), "ends with status 0, and should fail"),
    "another output": (Block("a.md", 5, "console", "$ echo one\ntwo\n"), "does not print (or not there) 'two'"),
    "a target that make has not": (Block("a.md", 5, "console", "$ make no-such-target\n"), "No rule to make target"),
    "a test that is not there": (Block("a.md", 5, "console", "$ .venv/bin/pytest none.py\n"), "file or directory not found"),
    "a line that is no console's": (Block("a.md", 5, "console", "make demo\n"), "belongs to no command"),
    "a line that a router refuses": (Block("a.md", 5, "", "/ip pool add name=p rangs=10.0.0.1\n"), "lines of RouterOS"),
    "tasks that fail": (
        Block("a.md", 5, "yaml", "- multiwan.routeros.ip_pool:\n    config: [{name: p, ranges: x}]\n"),
        "ip pool, entry 1 (name=p): ranges=x",
    ),
    "a variable that nobody knows": (Block("a.md", 5, "yaml", "site_want: []\n"), "site_want: unknown"),
    "a description that is wrong": (Block("a.md", 5, "yaml", "site_wans: []\n"), "site_wans: empty"),
    "YAML that is nothing": (Block("a.md", 5, "yaml", "just words\n"), "is neither plays nor tasks nor variables"),
    "a kind that nobody knows": (Block("a.md", 5, "ini", "[defaults]\n"), "a block of kind 'ini' without a file name"),
    "no kind": (Block("a.md", 5, "", "some lines\n"), "a block of kind 'none' without a file name"),
    "a file elsewhere": (Block("a.md", 5, "yaml", "a: 1\n", file="../a.yml"), "lies outside of the reader's folder"),
    "a file of the project": (Block("a.md", 5, "yaml", "a: 1\n", file="roles/a.yml"), "would write into the project"),
    "a topology": (Block("a.md", 5, "toml", "[[router]]\nmodel = 1\n"), "name"),
    "a program": (Block("a.md", 5, "python", "raise SystemExit(3)\n"), "ends with status 3"),
}  # fmt: skip


@pytest.mark.parametrize("case", UNTRUE)
def test_what_is_not_so_is_told(case: str, tmp_path: Path) -> None:
    block, told = UNTRUE[case]
    with reader(Document("a.md", (block,)), tmp_path / "reader") as one:
        untrue = one.read()
    assert untrue.startswith("a.md:5: ")
    assert told in untrue


def test_a_document_is_one_story(tmp_path: Path) -> None:
    """Files, variables of the shell and folders last; hosts lead to routers whatever address the inventory has."""
    inventory = "routers:\n  hosts:\n    branch-9: {ansible_host: 10.99.0.9, ansible_user: x, ansible_password: y}\n"
    tasks = "- multiwan.routeros.identity:\n    config: {name: far away}\n"
    console = "$ mkdir here; cd here; export WORD=lasting\n$ echo $WORD; basename $PWD\nlasting\nhere\n$ cd ..\n"
    blocks = (
        Block("a.md", 1, "yaml", inventory, file="hosts.yml"),
        Block("a.md", 6, "console", console),
        Block("a.md", 12, "yaml", tasks),
        Block("a.md", 16, "console", "$ ansible-inventory -i hosts.yml --host branch-9\n...\n"),
    )
    with reader(Document("a.md", blocks), tmp_path / "reader") as one:
        assert one.read() == ""
        assert one.lab.snapshot("branch-9")["system identity"][0]["name"] == "far away"


def test_nothing_goes_on_when_the_reader_has_ended(tmp_path: Path) -> None:
    block = Block("a.md", 1, "console", "$ routerlab up --no-kernel --detach\n$ routerlab status\n")
    with reader(Document("a.md", (block,)), tmp_path / "reader") as one:
        assert one.read() == ""
        assert list((tmp_path / "reader").glob(".routerlab/state.json"))
    assert not list((tmp_path / "reader").glob(".routerlab/state.json"))


def test_variables_are_known_from_roles_and_playbooks() -> None:
    known = known_variables()
    assert {"site_wans", "site_confirm_timeout", "nat_wans", "ansible_host", "routeros_tls", "drill_timeout"} <= known
    assert "site_want" not in known
    assert (ROOT / "playbooks" / "site.yml").exists()
