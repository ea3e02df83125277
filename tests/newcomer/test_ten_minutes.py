# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a clone to the demo and a site of one's own: no more to read and to type than ten minutes allow.

That README's commands do what it says is shown by tests/examples for each of them, and on a Debian that has nothing by
scripts/check-bare-debian, which follows README by scripts/follow_readme.py. Here is what that script makes of README.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[2]
MINUTES = 10


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("follow_readme", ROOT / "scripts" / "follow_readme.py")
    if spec is None or spec.loader is None:
        raise RuntimeError("scripts/follow_readme.py cannot be imported")
    module = importlib.util.module_from_spec(spec)
    # Where dataclasses look for the module that they are written in.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


follow_readme = _script()
PART = follow_readme.newcomers_part(follow_readme.README.read_text(encoding="utf-8"))
FOUND = list(follow_readme.blocks(PART))


def test_reading_and_typing_take_less_than_ten_minutes() -> None:
    """Even for somebody who copies nothing and types slowly."""
    minutes = follow_readme.read(PART) / follow_readme.READING + follow_readme.typed(FOUND) / follow_readme.TYPING
    assert minutes < MINUTES


def test_the_way_goes_from_the_demo_to_a_site_that_survives_a_dead_modem() -> None:
    commands = [command for block in FOUND if not block.not_run for command in block.commands]
    wanted = [
        "make demo",
        "routerlab up mine",
        "multiwan.routeros.site",
        "multiwan.routeros.verify",
        "modem down",
        "--wait DOWN",
    ]
    places = [next(at for at, command in enumerate(commands) if word in command) for word in wanted]
    assert places == sorted(places)
    assert [block.file for block in FOUND if block.file] == ["mine/host_vars/branch-7.yml"]


def test_no_block_is_overlooked() -> None:
    """A parser of Markdown finds the same blocks in README; tests/examples, which runs them, reads them with it."""
    found: list[tuple[str, str]] = []
    said = ""
    for token in MarkdownIt("commonmark").parse(PART):
        if token.type == "fence":
            found.append((said, token.content))
        said = token.content.strip().removeprefix("<!-- ").removesuffix(" -->") if token.type == "html_block" else ""
    assert [(mark.removeprefix("file: ") if "file: " in mark else "", text) for mark, text in found] == [
        (block.file, block.text) for block in FOUND
    ]
    assert [mark.startswith("example: not run") for mark, _text in found] == [block.not_run for block in FOUND]


def test_a_file_is_written_and_commands_follow_it_in_the_activated_environment(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "activate").write_text("export WORD=active\n")
    part = (
        "text\n<!-- file: mine/a.txt -->\n```yaml\nsaid: here\n```\n\n<!-- example: not run, nobody has it -->\n"
        "```console\n$ exit 3\n```\n\n```console\n$ make test\n$ . ./activate\n```\n\n"
        "```console\n$ echo $WORD $(cat mine/a.txt)   # said\nactive said: here\n```\n"
    )
    found = list(follow_readme.blocks(part))
    assert follow_readme.follow(found, tmp_path) > 0
    assert "active said: here\n" in capfd.readouterr().out
    assert follow_readme.read(part) == 1
    assert follow_readme.typed(found[:1]) == len("said: here\n")


def test_the_first_command_that_fails_ends_it(tmp_path: Path) -> None:
    found = list(follow_readme.blocks("```console\n$ false\n$ touch later\n```\n"))
    with pytest.raises(subprocess.CalledProcessError):
        follow_readme.follow(found, tmp_path)
    assert not (tmp_path / "later").exists()
