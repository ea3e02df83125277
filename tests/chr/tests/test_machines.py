# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines that really boot: their consoles, wires, ports, and that nothing is left of them."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
from pathlib import Path
from typing import Any

from routerlab.testing import wait_until

from .. import settings, standin
from ..qmp import Qmp
from .conftest import Place, alive


def machine(told: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in told["machines"] if each["name"] == name)
    return found


def orders(told: dict[str, Any], name: str) -> Qmp:
    return Qmp(Path(machine(told, name)["control"]))


def room(told: dict[str, Any]) -> Path:
    return Path(told["machines"][0]["control"]).parent


def test_up_and_down(place: Place) -> None:
    """Both boot from the one image, write to their consoles, have a port of their own; then nothing is left."""
    image = place.folder / "stand-in.img"
    before = hashlib.sha256(image.read_bytes()).hexdigest()
    told = place.up()
    assert told["accelerator"] == "tcg"
    assert told["cables"] == [["one", "ether2", "two", "ether3"]]
    assert json.loads(place.run("status")) == told
    assert [each["name"] for each in told["machines"]] == ["one", "two"]
    for each in told["machines"]:
        assert Path(each["console"]).read_text().splitlines() == [standin.LINE]
        assert alive(each["pid"])
        with socket.create_connection((each["api"]["host"], each["api"]["port"]), timeout=10):
            assert each["api"]["host"] == "127.0.0.1"
    assert len({each["api"]["port"] for each in told["machines"]}) == 2
    assert "are up there already; end them with down" in place.run("up", status=1)

    assert place.run("down") == "all routers are down\n"
    assert not any(alive(each["pid"]) for each in told["machines"])
    assert not room(told).exists()
    assert hashlib.sha256(image.read_bytes()).hexdigest() == before
    assert sorted(path.name for path in place.consoles.iterdir()) == ["one.log", "two.log"]
    assert "no routers are up" in place.run("status", status=1)
    assert place.run("down") == "no routers were up\n"


def test_cables_carry_frames_and_can_be_pulled(place: Place) -> None:
    """What one's card sends arrives at two's port at the other end, and not when the link is down."""
    told = place.up()
    assert "type=dgram" in told_wire(told, "one", "ether2")
    heard = place.folder / "heard.pcap"
    with orders(told, "two") as two:
        two.execute("object-add", qom_type="filter-dump", id="ear", netdev="ether3", file=str(heard))
    # a pcap file's own header
    empty = heard.stat().st_size

    def announce() -> bool:
        """One's cards tell their addresses."""
        with orders(told, "one") as one:
            one.execute("announce-self", initial=10, max=10, rounds=1, step=10)
        return bytes.fromhex("525400c40002") in heard.read_bytes()

    assert place.run("link", "one", "ether2", "down") == ""
    assert not announce()
    assert heard.stat().st_size == empty
    assert place.run("link", "one", "ether2", "up") == ""
    wait_until("a frame of one at two", announce)
    assert "no cable at one ether3; there are at ether2" in place.run("link", "one", "ether3", "down", status=1)
    assert "no machine 'three'; there are one, two" in place.run("link", "three", "ether2", "down", status=1)


def told_wire(told: dict[str, Any], name: str, port: str) -> str:
    with orders(told, name) as qmp:
        listed = qmp.monitor("info network").splitlines()
    return next(line for line in listed if f" {port}: " in line)


def test_a_boot_that_never_ends_is_told_with_its_console(place: Place) -> None:
    """The log stays; machines and processes do not."""
    said = place.run("up", status=1, more={settings.BOOT_SECONDS: "9"})
    log = place.consoles / "one.log"
    assert said == (
        f"chr: one: its API does not answer within 9 s (tcg; MULTIWAN_CHR_BOOT_SECONDS gives more); its console: {log}\n"
    )
    assert log.read_text().splitlines() == [standin.LINE]
    assert place.run("down") == "no routers were up\n"


def test_a_machine_that_cannot_start_is_told_in_qemus_words(place: Place) -> None:
    """Here: more memory than there is an address for."""
    said = place.run("up", status=1, more={settings.MEMORY: "999999999999"})
    assert said.startswith("chr: one: QEMU ended with status ")
    assert "its console: " in said
    assert said.count("\n") < 3


def test_machines_die_with_their_keeper(place: Place) -> None:
    """Whatever it died of; what it left is cleared by the next down."""
    told = place.up()
    keeper = int((place.folder / "state" / "lock").read_text())
    os.kill(keeper, signal.SIGKILL)
    wait_until("both machines are gone", lambda: not any(alive(each["pid"]) for each in told["machines"]))
    assert "no routers are up" in place.run("status", status=1)
    assert room(told).exists()
    assert place.run("down") == "no routers were up\n"
    assert not room(told).exists()
    place.up()


def test_a_machine_that_dies_takes_the_others_along(place: Place) -> None:
    """Half a network would only make later steps fail in strange ways."""
    told = place.up()
    os.kill(machine(told, "one")["pid"], signal.SIGKILL)
    wait_until("two is gone as well", lambda: not alive(machine(told, "two")["pid"]))
    # The keeper still clears up when the last machine has gone; until then they count as up.
    wait_until("nothing is up", lambda: "no routers are up" in place.ended("status").stderr)
    log = place.folder / "state" / "keeper.log"
    assert place.run("status", status=1).endswith(f"; see {log}\n")
    assert "chr: one: QEMU ended with status -9" in log.read_text()


def test_consoles_that_cannot_be_written_are_told(place: Place) -> None:
    """In one line, not as a keeper that died of something."""
    place.consoles.write_text("no folder")
    said = place.run("up", status=1)
    assert said.startswith("chr: ")
    assert f"'{place.consoles}'" in said
    assert said.count("\n") == 1


def test_a_start_that_is_interrupted_leaves_nothing(place: Place) -> None:
    """Ctrl-C while the routers boot, and the end of whoever waits for them."""
    console = place.consoles / "two.log"
    for number in (signal.SIGINT, signal.SIGKILL):
        with place.start("up", "--ready-text", "never shown", more={settings.BOOT_SECONDS: "600"}) as up:
            wait_until("both machines run", lambda: console.exists() and standin.LINE in console.read_text(), 50)
            up.send_signal(number)
            up.wait(50)
        if number == signal.SIGKILL:
            # Nobody tells the keeper; it notices when it has something to say, or is asked to end.
            assert place.run("down") == "all routers are down\n"
        wait_until("nothing is held", lambda: place.run("down") == "no routers were up\n")
        console.unlink()


def test_no_image(place: Place) -> None:
    """One line, and the status that says skipped."""
    del place.environment[settings.IMAGE]
    said = place.run("image", "--only-named", status=77)
    assert said == f"skipped: {settings.HINT}\n"
    assert place.run("up", status=77) == said


def test_an_image_that_is_wrong(place: Place) -> None:
    """Nothing is started with a disk whose checksum differs."""
    said = place.run("up", status=1, more={settings.SHA256: "0" * 64})
    assert said.startswith(f"chr: {place.folder}/stand-in.img: its SHA256 is ")
    assert said.count("\n") == 1
    assert not place.consoles.exists()
    right = hashlib.sha256((place.folder / "stand-in.img").read_bytes()).hexdigest()
    assert place.run("image", more={settings.SHA256: right}) == f"{place.folder}/stand-in.img\n"
