# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Molecule's scenarios as a user runs them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from routerlab.testing import Lab, router

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
SCENARIOS = ROOT / "extensions/molecule"

#: What is said where there is no image.
HINT = (
    "skipped: no Cloud Hosted Router image: set MULTIWAN_CHR_IMAGE to a file or to a URL such as "
    "https://download.mikrotik.com/routeros/7.22.3/chr-7.22.3.img.zip, MULTIWAN_CHR_SHA256 to its SHA256 (as "
    "https://mikrotik.com/download tells it), and MULTIWAN_CHR_VERSION to its version"
)

#: Each scenario runs a dozen playbooks.
pytestmark = pytest.mark.timeout(1200)


def environment(folder: Path, **more: str) -> dict[str, str]:
    """The test's own, without an image from outside, and with a place for all that molecule leaves behind."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("MULTIWAN_CHR_", "MOLECULE_"))}
    return kept | {
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "LC_ALL": "C.UTF-8",
        "NO_COLOR": "1",
        "MOLECULE_EPHEMERAL_DIRECTORY": str(folder),
        **more,
    }


def molecule(command: str, scenario: str, folder: Path, status: int = 0, **more: str) -> str:
    """Run molecule from the repository's root; returns all that it printed."""
    run = partial(
        subprocess.Popen,
        cwd=ROOT,
        env=environment(folder, **more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    with run([BIN / "molecule", command, "-s", scenario]) as process:
        try:
            printed: str = process.communicate()[0]
        except BaseException:
            # A test whose time is over ends what it has started, and the routers that these have left.
            os.killpg(process.pid, signal.SIGKILL)
            with run([BIN / "molecule", "destroy", "-s", scenario]) as destroy:
                destroy.communicate()
            raise
    assert process.returncode == status, printed
    return printed


def test_lab(tmp_path: Path) -> None:
    """Converged, unchanged by a second run, verified; a link dies and comes back; a drill; well again; nothing is left."""
    printed = molecule("test", "lab", tmp_path)
    for step in ("create", "prepare", "converge", "idempotence", "verify", "side_effect", "destroy"):
        assert f"lab > {step}: Executed: Successful" in printed
    assert "The other link has taken over, and the watch has noticed" in printed
    assert "Connections of the LAN go over the other link" in printed
    # the two sites' two links each
    assert printed.count(" survived") == 4
    assert "no hosts matched" not in printed.partition("[lab > create]")[2].replace(prepared_nobody(printed), "")
    assert not (tmp_path / "lab/control.sock").exists()


def prepared_nobody(printed: str) -> str:
    """What molecule prints of the one play that has no hosts here: the laboratory brings its own providers."""
    found = re.search(r"PLAY \[Prepare the providers\].*?no hosts matched", printed, re.DOTALL)
    return found[0] if found else ""


def test_lab_in_a_folder_of_any_name(tmp_path: Path) -> None:
    """Its path is part of the commands by which links die."""
    folder = tmp_path / "a, b: #c"
    (folder / "inventory").mkdir(parents=True)
    play("lab/create.yml", folder)
    try:
        links = json.loads(listed(folder, "--host", "shop"))["scenario_links"]
        command = [str(BIN / "routerlab"), "isp", "--state-dir", str(folder / "lab"), "shop", "ether3", "modem"]
        assert links["ISP2"] == command
        subprocess.run([*command, "down"], check=True, capture_output=True)
    finally:
        play("lab/destroy.yml", folder)
    assert not (folder / "lab/control.sock").exists()


def test_chr_without_an_image_is_skipped(tmp_path: Path) -> None:
    """With exit status 0, and one line that says how to get one."""
    printed = molecule("test", "chr", tmp_path)
    assert HINT in printed
    assert "no hosts matched" in printed


def test_the_script_says_so_too(tmp_path: Path) -> None:
    """And starts nothing."""
    ended = subprocess.run(
        [ROOT / "scripts/molecule", "chr"],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stderr.endswith(f"{HINT}\n")
    assert ended.stdout == ""


def test_the_script_tells_a_mistake_before_it_starts_anything(tmp_path: Path) -> None:
    """Once, and not as something to skip."""
    ended = subprocess.run(
        [ROOT / "scripts/molecule", "chr"],
        env=environment(tmp_path, MULTIWAN_CHR_VERSION="7.22.3"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    told = "chr: MULTIWAN_CHR_VERSION without MULTIWAN_CHR_IMAGE: set MULTIWAN_CHR_IMAGE to a file or an https URL\n"
    assert ended.stderr.endswith(told)
    assert ended.stdout == ""


def test_chr_up_to_the_boot(tmp_path: Path) -> None:
    """A disk without RouterOS boots, is waited for, and given up with its console's log; nothing is left but that."""
    image = tmp_path / "stand-in.img"
    subprocess.run([sys.executable, "-m", "tests.chr.standin", image], cwd=ROOT, check=True)
    printed = molecule(
        "test",
        "chr",
        tmp_path / "molecule",
        status=2,
        MULTIWAN_CHR_IMAGE=str(image),
        MULTIWAN_CHR_CACHE=str(tmp_path / "cache"),
        MULTIWAN_CHR_ACCELERATOR="tcg",
        MULTIWAN_CHR_MEMORY="128",
        MULTIWAN_CHR_BOOT_SECONDS="9",
        MULTIWAN_CHR_CONSOLES=str(tmp_path / "consoles"),
    )
    log = tmp_path / "consoles/office.log"
    assert (
        f"office: its API does not answer within 9 s (tcg; MULTIWAN_CHR_BOOT_SECONDS gives more); its console: {log}"
        in (printed)
    )
    assert log.read_text() == "stand-in: no RouterOS here\n"
    assert "chr > create: Executed: Failed" in printed
    assert "chr > destroy: Executed: Successful" in printed
    assert not (tmp_path / "molecule/chr/up.json").exists()


def test_chr_from_the_boot_on(tmp_path: Path) -> None:
    """The laboratory's routers stand for those that QEMU would boot: where they are gets into the inventory, the way of
    management out of their routing, and the third becomes the providers of the other two; a second run changes nothing."""
    names = {"office": "CHR", "shop": "CHR", "internet": "RB750Gr3"}
    cables = [
        ["office", "ether2", "internet", "ether2"],
        ["office", "ether3", "internet", "ether3"],
        ["shop", "ether2", "internet", "ether4"],
        ["shop", "ether3", "internet", "ether5"],
    ]
    with Lab(routers=[router(name, "7.22.3", model, password="") for name, model in names.items()]) as lab:
        for name in names:
            # as a CHR leaves the factory
            lab.seed(name, "/ip dhcp-client add interface=ether1")
        machines = [
            {
                "name": name,
                "version": "7.22.3 (stable)",
                "api": {"host": "127.0.0.1", "port": lab.port(name)},
                "console": "console.log",
            }
            for name in names
        ]
        told = {"accelerator": "tcg", "seconds": 1, "machines": machines, "cables": cables}
        package = tmp_path / "tests/chr"
        package.mkdir(parents=True)
        (package / "__main__.py").write_text(f"print({json.dumps(told)!r})\n")
        (tmp_path / "inventory").mkdir()
        play("chr/create.yml", tmp_path)
        first = play("shared/prepare.yml", tmp_path)
        assert re.search(r"internet +: ok=2 +changed=2 ", first)
        second = play("shared/prepare.yml", tmp_path)
        assert second.count("changed=0 ") == 3, second
        for name in names:
            client = lab.snapshot(name)["ip dhcp-client"]
            assert [(row["interface"], row["add-default-route"]) for row in client] == [("ether1", "no")]
        made = lab.snapshot("internet")
        assert {(row["address"], row["interface"]) for row in made["ip address"]} == {
            ("8.8.8.8/32", "internet"),
            ("8.8.4.4/32", "internet"),
            ("9.9.9.9/32", "internet"),
            ("1.1.1.1/32", "internet"),
            ("192.168.101.1/24", "ether2"),
            ("192.168.102.1/24", "ether3"),
            ("192.168.111.1/24", "ether4"),
            ("192.168.112.1/24", "ether5"),
        }
        # the shop's first link has a fixed address
        assert {row["interface"] for row in made["ip dhcp-server"]} == {"ether2", "ether3", "ether5"}
    links = json.loads(listed(tmp_path, "--host", "shop"))["scenario_links"]
    assert [links[link][-2:] for link in ("ISP1", "ISP2")] == [["internet", "ether4"], ["internet", "ether5"]]


def play(book: str, folder: Path) -> str:
    """Run one of the scenario's playbooks as molecule does, with *folder* as project and for all that is left behind."""
    return run("ansible-playbook", folder, str(SCENARIOS / book))


def listed(folder: Path, *words: str) -> str:
    """What Ansible knows of the inventory."""
    return run("ansible-inventory", folder, *words)


def run(program: str, folder: Path, *words: str) -> str:
    ended = subprocess.run(
        [BIN / program, f"--inventory={folder / 'inventory'}", f"--inventory={SCENARIOS / 'inventory'}", *words],
        cwd=folder,
        env=environment(folder, MOLECULE_PROJECT_DIRECTORY=str(folder)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout
