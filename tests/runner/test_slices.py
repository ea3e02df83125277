# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One company over two workers: the same result, in no more places, and whole sites whatever becomes of a worker."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.multiwan.routeros.plugins.module_utils.transaction import GRACE
from routerlab.model.router import Router
from routerlab.snapshot import snapshot
from routerlab.testing import Lab, wait_until

from .pipelines import BIN, SECRETS, SITES, VAULT_PASSWORD, Pipeline, environment, rollout_script, start, texts

SLICES = (("hq", "surabaya"), ("bandung", "medan"))
"""Site i of the inventory goes to slice i mod 2, as AWX shares them out."""

BOUND = 60 + GRACE
"""Seconds after which a router has taken back what nobody has confirmed."""

STEP = 5
"""Seconds that pass at once."""

Configuration = dict[str, list[dict[str, str]]]


def both(company: Path, folder: Path) -> list[Pipeline]:
    """Run a pipeline for each slice at the same time, to their ends."""
    pipelines = [start(company, folder / f"slice-{n}", *sites) for n, sites in enumerate(SLICES, 1)]
    for pipeline in pipelines:
        assert pipeline.end() == 0, pipeline.output
    return pipelines


def configuration(router: Router) -> Configuration:
    """Return a router's configuration; in menus whose order means nothing, an undo may have changed it."""
    return {
        path: rows if router.menus[path].ordered else sorted(rows, key=lambda row: sorted(row.items()))
        for path, rows in snapshot(router).items()
    }


def configurations(lab: Lab) -> dict[str, Configuration]:
    return {name: lab.call(name, configuration) for name in SITES}


def pass_bound(lab: Lab, name: str) -> None:
    """Let time pass, in steps in which the router's jobs run, until what it undoes by itself is undone."""
    for _step in range(BOUND // STEP):
        lab.advance(STEP)
    wait_until("the router's job is gone", lambda: not lab.snapshot(name).get("system scheduler"))


@pytest.fixture(scope="module")
def whole(lab: Lab, company: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Configuration]:
    """What one run over all sites makes of them."""
    lab.reset()
    pipeline = start(company, tmp_path_factory.mktemp("whole") / "result")
    assert pipeline.end() == 0, pipeline.output
    return configurations(lab)


@pytest.mark.timeout(600)
def test_two_slices_at_once_give_what_one_run_gives(
    lab: Lab, company: Path, whole: dict[str, Configuration], tmp_path: Path
) -> None:
    lab.reset()
    first = both(company, tmp_path)
    assert configurations(lab) == whole
    for pipeline, sites in zip(first, SLICES, strict=True):
        assert pipeline.stats("changed").keys() == set(sites)
        assert all(pipeline.stats("changed").values())
        # what process tells, each for its own slice
        assert "progress: 1 of 2 sites done" in pipeline.output
        for name in sites:
            assert re.search(rf"{name} +\d+\.\d s  changed, \d+ command", pipeline.output)
        # the collection came with the folder; the one that is installed here has another path
        carried = str(pipeline.result / "worker" / "project" / "collections" / "ansible_collections" / "multiwan")
        paths = {event["event_data"]["task_path"] for event in pipeline.events() if _has_task(event)}
        assert paths
        assert all(path.startswith(carried) for path in paths)
    _no_secrets(company, first)

    lab.advance(60)
    for name in SITES:
        lab.clear_counters(name)
    (tmp_path / "again").mkdir()
    second = both(company, tmp_path / "again")
    for pipeline, sites in zip(second, SLICES, strict=True):
        assert pipeline.stats("changed") == dict.fromkeys(sites, 0)
    assert {name: lab.counters(name).writes for name in SITES} == dict.fromkeys(SITES, 0)
    assert configurations(lab) == whole


def _has_task(event: dict[str, Any]) -> bool:
    return "task_path" in event.get("event_data", {})


def _no_secrets(company: Path, pipelines: list[Pipeline]) -> None:
    """Nothing that a run leaves behind, or tells while it runs, holds what only the vault may."""
    hidden = company / "env" / "passwords"
    assert VAULT_PASSWORD in hidden.read_text(encoding="utf-8")
    for pipeline in pipelines:
        worker = pipeline.result / "worker"
        read = dict(texts([pipeline.artifacts, worker]))
        names = {path.name for path in read}
        assert {"stdout", "command", "rc", "status"} <= names
        # the differences of all menus were told, so there was something to leak
        assert any("diff" in str(event.get("event_data", {}).get("res", "")) for event in pipeline.events())
        assert "netwatch_telegram: " in pipeline.output
        found = [path for path, text in read.items() if any(secret in text for secret in SECRETS)]
        assert found == [worker / "env" / "passwords"]
        assert not [secret for secret in SECRETS if secret in pipeline.output]
        for event in pipeline.events():
            assert not [secret for secret in SECRETS if secret in json.dumps(event)]


@pytest.mark.timeout(600)
def test_a_worker_that_dies_leaves_whole_sites_and_the_other_slice_alone(
    lab: Lab, company: Path, whole: dict[str, Configuration], tmp_path: Path
) -> None:
    lab.reset()
    factory = configurations(lab)
    # in the middle of the writes the router answers no more
    lab.fault("bandung", "stall", after=12, of="writes")
    one, other = (start(company, tmp_path / f"slice-{n}", *sites) for n, sites in enumerate(SLICES, 1))
    wait_until("half of the change is written", lambda: lab.ordered_fault("bandung") is None, 200)
    other.kill_worker()
    # Looked at before anything is waited for: the router's own clock runs on, and takes back what nobody confirms.
    assert lab.call("bandung", configuration) not in (factory["bandung"], whole["bandung"])
    assert other.end() != 0
    # process itself complains of nothing; there is no rc of a run that did not end
    assert not (other.artifacts / "rc").exists()
    assert one.end() == 0, one.output
    pass_bound(lab, "bandung")
    found = configurations(lab)
    assert found["bandung"] == factory["bandung"]
    assert found["medan"] == factory["medan"]
    assert lab.counters("medan").connections == 0
    assert {name: found[name] for name in SLICES[0]} == {name: whole[name] for name in SLICES[0]}

    # the next run goes on where that one ended
    (tmp_path / "again").mkdir()
    again = start(company, tmp_path / "again" / "slice-2", *SLICES[1])
    assert again.end() == 0, again.output
    assert configurations(lab) == whole
    assert re.search(r"bandung +\d+\.\d s  changed, \d+ commands", again.output)


@pytest.mark.timeout(600)
def test_a_wave_that_fails_is_the_last_one(lab: Lab, company: Path, tmp_path: Path) -> None:
    """The guide's script: one site first, then one for each worker, then all others."""
    lab.reset()
    lab.seed("surabaya", "/ip pool\nadd name=LAN-Kantor ranges=10.0.0.2-10.0.0.9\n")
    factory = configurations(lab)
    script = tmp_path / "rollout"
    script.write_text(rollout_script(), encoding="utf-8")
    workers = ("ansible-runner worker", "ansible-runner worker")
    done = subprocess.run(
        ["bash", str(script), str(company), "multiwan.routeros.site", *workers],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode != 0, done.stdout
    waves = {path.name: path / "artifacts" / "rc" for path in (tmp_path / "results").glob("*/*")}
    assert {name: rc.read_text() for name, rc in waves.items()} == {"first-1": "0", "few-1": "0", "few-2": "2"}
    found = configurations(lab)
    assert {name: found[name] == factory[name] for name in SITES} == {
        "hq": False,
        "bandung": False,
        "surabaya": True,
        "medan": True,
    }
    assert lab.counters("medan").connections == 0


def test_the_guides_script_is_clean() -> None:
    done = subprocess.run(
        [BIN / "shellcheck", "-"], input=rollout_script(), text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout
