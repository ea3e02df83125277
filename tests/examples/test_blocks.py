# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Blocks are found with their lines and what is said of them; consoles are read; what nobody knows is an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from .blocks import Block, DocumentError, documents, read
from .console import Command, ConsoleError, commands, missing
from .reader import ROOT

MARKDOWN = """\
# Title

<!-- example: on a working site -->

Text.

<!-- file: host_vars/a.yml -->
```yaml
a: 1
```

1. An item:

   <!-- example: not run, the web is not reached here -->
   ```console
   $ pip install x
   ```

<!-- an ordinary comment -->
```text
a tree
```
"""
RESTRUCTURED = """\
Title
=====

.. code-block:: yaml
   :caption: host_vars/a.yml

   a: 1

- An item

  .. example: numbers vary

  .. code-block:: console

     $ true
     1

.. note::

   .. code-block:: text

      inside
"""


def blocks_of(folder: Path, name: str, text: str) -> list[tuple[int, str, str, str, str]]:
    (folder / name).write_text(text, encoding="utf-8")
    return [(b.line, b.language, b.file, b.mark, b.text) for b in read(folder, name).blocks]


def console(text: str) -> list[Command]:
    return commands(Block("a.md", 10, "console", text))


def test_markdown(tmp_path: Path) -> None:
    found = blocks_of(tmp_path, "a.md", MARKDOWN)
    assert found == [
        (9, "yaml", "host_vars/a.yml", "", "a: 1\n"),
        (16, "console", "", "not run, the web is not reached here", "$ pip install x\n"),
        (21, "text", "", "", "a tree\n"),
    ]
    document = read(tmp_path, "a.md")
    assert document.working
    assert [block.reason for block in document.blocks] == ["", "the web is not reached here", ""]


def test_restructured_text(tmp_path: Path) -> None:
    found = blocks_of(tmp_path, "a.rst", RESTRUCTURED)
    assert found == [
        (7, "yaml", "host_vars/a.yml", "", "a: 1\n"),
        (15, "console", "", "numbers vary", "$ true\n1\n"),
        (22, "text", "", "", "inside\n"),
    ]


@pytest.mark.parametrize("mark", ["not run", "not run, no", "skipped, whatever the reason"])
def test_a_mark_without_a_reason_is_refused(tmp_path: Path, mark: str) -> None:
    with pytest.raises(DocumentError, match=r"a\.md:3: 'example: "):
        blocks_of(tmp_path, "a.md", f"<!-- example: {mark} -->\n```console\n$ true\n```\n")


def test_a_mark_without_a_block_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="belongs to no block"):
        blocks_of(tmp_path, "a.md", "<!-- file: a.yml -->\n\nText between.\n\n```yaml\na: 1\n```\n")


def test_a_block_that_the_parser_does_not_reach_is_not_lost(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="1 blocks of code are written, but 0 were found"):
        blocks_of(tmp_path, "a.rst", ".. unheard-of::\n\n   .. code-block:: console\n\n      $ false\n")


def test_every_page_is_found() -> None:
    found = documents(ROOT)
    assert {"README.md", "docs/lab.md", "roles/nat/README.md"} <= set(found)
    assert any(path.endswith(".rst") for path in found)


def test_commands_and_what_they_print() -> None:
    assert console("$ one \\\n> two\nout\n\n$ three    # fails\n$ four\n") == [
        Command(10, "one \\\ntwo", False, ("out", "")),
        Command(14, "three", True, ()),
        Command(15, "four", False, ()),
    ]


def test_a_line_that_belongs_to_no_command_is_refused() -> None:
    with pytest.raises(ConsoleError, match=r"a\.md:10: 'make demo' belongs to no command"):
        console("make demo\n")


@pytest.mark.parametrize(
    ("expected", "output", "mark", "lacks"),
    [
        (["a", "c"], "a\nb\nc\n", "", None),
        (["c", "a"], "a\nb\nc\n", "", "a"),
        (["a", "...", "d"], "a\nb\nc\n", "", "d"),
        (["begin ... end"], "begin x y end", "", None),
        (["begin ... end"], "begin x y ends", "", "begin ... end"),
        (["took 3 s"], "took 12 s", "", "took 3 s"),
        (["took 3 s"], "took 12 s", "numbers vary", None),
        (["failed 0, ok 30.5"], "failed 0, ok 7.25", "numbers vary", None),
        (["failed 0, ok 30.5"], "failed 2, ok 30.5", "numbers vary", "failed 0, ok 30.5"),
        (["took 3 s"], "took some s", "numbers vary", "took 3 s"),
    ],
)
def test_what_is_missing_from_an_output(expected: list[str], output: str, mark: str, lacks: str | None) -> None:
    assert missing(expected, output, mark) == lacks
