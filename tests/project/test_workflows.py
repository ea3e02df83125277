# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GitHub's workflows: they call what developers call, ask for no more than they need, and run what is supported.

That they are well-formed is ``make lint-workflows``'s to say. That GitHub runs them can only be seen there.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from .repository import ROOT, targets, text, untyped

FOLDER = ROOT / ".github/workflows"
WORKFLOWS = sorted(path.stem for path in FOLDER.glob("*.yml"))
# What a step may start beside make and the repository's own scripts: what brings the artifact out of the building.
PROGRAMS = {"apt-get", "git", "sha256sum", "gh"}


@dataclass(frozen=True, kw_only=True)
class Command:
    """One ``run`` of a workflow: ``shell`` is what GitHub runs it with."""

    where: str
    script: str
    shell: str


def workflow(name: str) -> Any:
    return untyped(FOLDER / f"{name}.yml")


def jobs() -> Iterator[tuple[str, Any]]:
    for name in WORKFLOWS:
        for job, body in workflow(name)["jobs"].items():
            yield f"{name}.{job}", body


def steps() -> Iterator[tuple[str, Any]]:
    for where, job in jobs():
        for number, step in enumerate(job.get("steps", []), start=1):
            yield f"{where}, step {number}", step


def commands() -> list[Command]:
    """Every ``run``; in a container GitHub takes sh, on the runner bash."""
    found = []
    for where, job in jobs():
        shell = "sh" if "container" in job else "bash"
        for number, step in enumerate(job.get("steps", []), start=1):
            if "run" in step:
                found.append(Command(where=f"{where}, step {number}", script=step["run"], shell=shell))
    return found


def started(script: str) -> Iterator[list[str]]:
    """The commands of a script that is no more than commands, one behind the other."""
    for line in re.split(r"\n|&&", script):
        words = shlex.split(line, comments=True)
        if words:
            yield words


def test_the_workflows_are_those_that_the_documentation_names() -> None:
    assert WORKFLOWS == ["chr", "lab", "lint", "release", "units"]


@pytest.mark.parametrize("command", commands(), ids=lambda command: command.where)
def test_steps_call_what_a_developer_calls(command: Command) -> None:
    for program, *arguments in started(command.script):
        if program == "make":
            named = [word for word in arguments if "=" not in word]
            assert named
            assert set(named) <= targets()
        elif program == ".venv/bin/python":
            assert (ROOT / arguments[0]).is_file()
        elif program.startswith(".venv/bin/"):
            assert (ROOT / program).is_file()
        elif program.startswith("scripts/"):
            assert (ROOT / program).stat().st_mode & 0o111
        else:
            assert program in PROGRAMS


def test_steps_pass_shellcheck(tmp_path: Path) -> None:
    for number, command in enumerate(commands()):
        (tmp_path / f"{number:02} {command.where}").write_text(
            f"#!/usr/bin/env {command.shell}\nset -e\n{command.script}\n", encoding="utf-8"
        )
    checked = subprocess.run(
        [ROOT / ".venv/bin/shellcheck", *sorted(tmp_path.iterdir())], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("command", commands(), ids=lambda command: command.where)
def test_a_script_takes_values_from_its_environment(command: Command) -> None:
    """An expression inside a script is pasted into it before the shell reads it, whatever it holds."""
    assert "${{" not in command.script


@pytest.mark.parametrize("name", WORKFLOWS)
def test_nothing_is_allowed_but_what_a_job_asks_for(name: str) -> None:
    assert workflow(name)["permissions"] == {}
    for job in workflow(name)["jobs"].values():
        assert job["permissions"].get("contents") == "read" or job.get("name") == "GitHub release"
        writes = {what for what, level in job["permissions"].items() if level == "write"}
        assert not writes or name == "release"


def test_every_job_ends() -> None:
    """A job that calls a workflow ends with the jobs of that one."""
    minutes = {where: int(job["timeout-minutes"]) for where, job in jobs() if "uses" not in job}
    assert all(0 < limit <= 60 for limit in minutes.values())


def test_no_two_workflows_share_a_group() -> None:
    """github.workflow is the caller's name in a workflow that is called, so a release would cancel its own checks."""
    groups = [workflow(name)["concurrency"]["group"] for name in WORKFLOWS]
    assert [group.partition("-${{")[0] for group in groups] == WORKFLOWS


def test_actions_are_pinned_to_commits() -> None:
    for name in WORKFLOWS:
        for used in re.findall(r"uses: (.*)", (FOLDER / f"{name}.yml").read_text(encoding="utf-8")):
            if not used.startswith("$/"):
                assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", used)


def test_one_commit_for_each_action() -> None:
    used = {step["uses"] for _where, step in steps() if "uses" in step}
    assert len(used) == len({action.partition("@")[0] for action in used})


def test_no_checkout_leaves_a_token_behind() -> None:
    checkouts = [step for _where, step in steps() if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] == "false" for step in checkouts)


@pytest.mark.parametrize("name", ["lab", "lint", "units"])
def test_checks_run_on_every_change_and_every_week(name: str) -> None:
    events = workflow(name)["on"]
    assert {"pull_request", "push", "schedule", "workflow_call"} <= events.keys()
    minute, hour, day, month, weekday = events["schedule"][0]["cron"].split()
    assert (day, month) == ("*", "*")
    assert minute.isdigit()
    assert hour.isdigit()
    assert weekday.isdigit()


def test_a_release_passes_every_check_before_it_is_built() -> None:
    release = workflow("release")["jobs"]
    called = {job: body["uses"] for job, body in release.items() if "uses" in body}
    assert called == {name: f"$/.github/workflows/{name}.yml" for name in ("lint", "units", "lab")}
    assert set(release["artifact"]["needs"]) == called.keys()
    assert release["galaxy"]["needs"] == ["artifact"]
    assert release["github"]["needs"] == release["pages"]["needs"] == ["galaxy"]


def test_the_token_of_galaxy_is_known_to_one_step_alone() -> None:
    holders = [name for name in WORKFLOWS if "secrets." in (FOLDER / f"{name}.yml").read_text(encoding="utf-8")]
    assert holders == ["release"]
    assert text(".github/workflows/release.yml").count("secrets.") == 1
    publishing = [step for _where, step in steps() if "secrets." in str(step)]
    assert [step["name"] for step in publishing] == ["Publish"]
    assert workflow("release")["jobs"]["galaxy"]["environment"] == "galaxy"


def declared(name: str) -> dict[str, str]:
    """A table of scripts/core-env: by version of ansible-core what is installed, or the Pythons that it runs on.

    The script itself lists what can be made on this machine.
    """
    (table,) = re.findall(rf"^declare -A {name}=\((.*)\)$", text("scripts/core-env"), re.MULTILINE)
    return {core: value.strip("'") for core, value in re.findall(r"\[([\d.]+)\]=('[^']*'|[\d.]+)", table)}


@pytest.mark.parametrize(("name", "job"), [("lint", "sanity"), ("units", "units")])
def test_every_supported_ansible_core_is_tried(name: str, job: str) -> None:
    matrix = workflow(name)["jobs"][job]["strategy"]["matrix"]["core"]
    assert matrix == ["2.19", *sorted(declared("cores"))]
    assert yaml.safe_load(text("meta/runtime.yml"))["requires_ansible"] == f">={matrix[0]}.0"


def test_units_run_on_the_pythons_that_each_core_has_here() -> None:
    """2.19 is .venv's, whose packages are pinned for 3.11 to 3.13; the others' Pythons stand in scripts/core-env."""
    matrix = workflow("units")["jobs"]["units"]["strategy"]["matrix"]
    left_out = {(pair["core"], pair["python"]) for pair in matrix["exclude"]}
    tried = {core: {python for python in matrix["python"] if (core, python) not in left_out} for core in matrix["core"]}
    others = {core: set(pythons.split()) for core, pythons in declared("pythons").items()}
    assert tried == {"2.19": {"3.11", "3.12", "3.13"}, **others}


def test_a_job_of_the_matrix_gets_the_python_that_it_asks_for() -> None:
    """Or nothing: another one, found beside it, would make the job say what is not so."""
    environment = {**os.environ, "CORE_PYTHON": "3.99", "CI": "true"}
    asked = subprocess.run(
        [ROOT / "scripts/core-env", "2.21"], env=environment, capture_output=True, text=True, check=False
    )
    assert (asked.returncode, asked.stdout) == (1, "")
    assert "3.99" in asked.stderr


def test_the_images_of_chr_come_by_the_names_that_the_scenario_reads() -> None:
    (given,) = (step["env"] for _where, step in steps() if step.get("run") == "scripts/molecule chr")
    readers = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("extensions", "scripts", "tests/chr")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix in {".py", ".yml", ""} and "__pycache__" not in path.parts
    )
    assert {name for name in given if name not in readers} == set()


def test_the_consoles_that_are_kept_are_where_the_scenario_writes_them() -> None:
    kept = [step["with"]["path"] for where, step in steps() if where.startswith("chr.") and "if" in step]
    assert kept == ["build/molecule/chr/**/*.log"]
    assert "'/build/molecule/chr'" in text("extensions/molecule/chr/create.yml")


def test_dependabot_looks_after_what_is_pinned() -> None:
    ecosystems = {update["package-ecosystem"] for update in untyped(ROOT / ".github/dependabot.yml")["updates"]}
    assert ecosystems == {"github-actions", "pip"}
