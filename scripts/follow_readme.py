# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Do what README's first part says, as a newcomer would: make demo, then a site of one's own in the laboratory.

Runs in a clone, and needs Python alone, since it is what ``scripts/check-bare-debian`` does on a machine that has
nothing else. It reads the blocks between the two headings below as tests/examples does; ``make test`` is left to
whoever has the time. Each command's time is told, and at the end what there was to read and to type. Exits 1 at the first command
that fails.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

README = Path(__file__).resolve().parent.parent / "README.md"
FIRST = "## Description"
LAST = "## Requirements"
#: How fast somebody reads and types who does both with care: words and characters in a minute.
READING, TYPING = 200, 150

_BLOCK = re.compile(
    r"(?:^<!-- (?P<mark>.*?) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Block:
    """A code block: the file that it is or the commands that it has, and why it is not run where it cannot be."""

    file: str
    text: str
    commands: tuple[str, ...]
    not_run: bool


def newcomers_part(readme: str) -> str:
    """What a newcomer reads: from the top to the first heading that does not concern him yet."""
    return readme[readme.index(FIRST) : readme.index(LAST)]


def blocks(part: str) -> Iterator[Block]:
    """Yield the code blocks in their order."""
    for found in _BLOCK.finditer(part):
        mark, text = found["mark"] or "", found["text"]
        file = mark.removeprefix("file: ") if mark.startswith("file: ") else ""
        typed = () if file else tuple(line.removeprefix("$ ") for line in text.splitlines() if line.startswith("$ "))
        yield Block(file, text, typed, mark.startswith("example: not run"))


def typed(found: Sequence[Block]) -> int:
    """The characters that somebody types who copies nothing; comments need not be typed."""
    lines = [line for block in found for line in (block.text.splitlines() if block.file else block.commands)]
    return sum(len(re.sub(r"\s+#\s.*", "", line)) + 1 for line in lines)


def read(part: str) -> int:
    """The words outside of code blocks."""
    return len(_BLOCK.sub("", part).split())


def follow(found: Sequence[Block], root: Path) -> float:
    """Write the files and run the commands in one shell each block; return the seconds. Raises CalledProcessError."""
    began = time.monotonic()
    environment = ""
    for block in found:
        if block.not_run:
            continue
        if block.file:
            path = root / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
            print(f"== {block.file} written", flush=True)
        for command in block.commands:
            if command.startswith("make test"):
                continue
            # What a newcomer's shell remembers from block to block is the environment that was activated.
            if command.startswith(". "):
                environment = f"{command}\n"
                continue
            print(f"== {command}", flush=True)
            now = time.monotonic()
            subprocess.run(["bash", "-c", f"{environment}{command}"], cwd=root, check=True)
            print(f"   {time.monotonic() - now:.1f} s", flush=True)
    return time.monotonic() - began


def main() -> int:
    """Return the exit status."""
    part = newcomers_part(README.read_text(encoding="utf-8"))
    found = list(blocks(part))
    try:
        seconds = follow(found, README.parent)
    except subprocess.CalledProcessError as error:
        print(f"\nREADME is not true: {error.cmd[-1]!r} ended with status {error.returncode}", file=sys.stderr)
        return 1
    words, characters = read(part), typed(found)
    minutes = words / READING + characters / TYPING
    print(
        f"\n{words} words to read, {characters} characters to type: about {minutes:.0f} minutes for who copies nothing."
    )
    print(f"{seconds / 60:.1f} minutes of waiting for this machine.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
