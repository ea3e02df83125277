# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make paper``: measure the paper's evaluation in the laboratory, and report.

Writes results.json, paper.md and paper.html. Exit status 0 when every promise held, 1 when one did not or could not be
measured, 2 when nothing could be done.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from typing import NoReturn

from . import report
from .analysis import promises
from .laboratory import ROOT
from .measure import Evaluation
from .results import Results, ResultsError, dump, load
from .scale import QUICK, WHOLE


def say(text: str) -> None:
    """Print at once, so that the lines keep their place among those of other programs."""
    print(text, flush=True)


def _interrupted(number: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + number)


def _measure(folder: Path, quick: bool) -> Results:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _interrupted)
    scale = QUICK if quick else WHOLE
    say(f"\n  The paper, reproduced{': a shortened run' if quick else ', which takes a while'}\n")
    results = Evaluation(folder / "lab", scale, say).run()
    (folder / "results.json").write_text(dump(results), encoding="utf-8")
    return results


def main() -> int:
    """Return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.paper", description="The paper's evaluation, reproduced.")
    parser.add_argument("--output", type=Path, default=ROOT / "build/paper", metavar="FOLDER")
    parser.add_argument("--quick", action="store_true", help="a shortened run that only shows that all of it works")
    parser.add_argument("--report", type=Path, metavar="FILE", help="do not measure: report on this results.json")
    options = parser.parse_args()
    folder: Path = options.output.absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        results = (
            load(options.report.read_text(encoding="utf-8")) if options.report else _measure(folder, options.quick)
        )
        written = report.write(results, folder)
    except (ResultsError, OSError) as error:
        print(f"paper: {error}", file=sys.stderr)
        return 2
    say("")
    say(report.summary(results))
    say("")
    for path in written:
        say(f"  written to {path}")
    return 0 if all(promise.held for promise in promises(results)) else 1


if __name__ == "__main__":
    sys.exit(main())
