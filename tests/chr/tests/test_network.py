# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is wired to whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from .. import network
from ..errors import ChrError
from ..network import End

ROOT = Path(__file__).resolve().parents[3]


def test_the_scenario_has_what_its_sites_need() -> None:
    """Each link of the two sites ends at a provider of its own, in the order of the links."""
    wires = network.load(ROOT / "extensions/molecule/chr/network.toml")
    for site in ("office", "shop"):
        ends = [wires.cable(site, port) for port in wires.port_names()]
        # management, two links, a LAN without hosts, nothing
        assert [end is not None for end in ends] == [False, True, True, False, False]
    providers = [there for _here, there in wires.cables]
    assert {end.machine for end in providers} == {"internet"}
    assert len(set(providers)) == 4


def test_a_cable_has_two_ends(tmp_path: Path) -> None:
    """Each of them finds the same cable."""
    file = tmp_path / "n.toml"
    file.write_text('ports = 3\nmachines = ["a", "b"]\ncables = [["a", "ether2", "b", "ether3"]]\n')
    wires = network.load(file)
    assert wires.port_names() == ("ether1", "ether2", "ether3")
    assert wires.cables == ((End("a", "ether2"), End("b", "ether3")),)
    assert (wires.cable("a", "ether2"), wires.cable("b", "ether3"), wires.cable("a", "ether3")) == (
        (0, 0),
        (0, 1),
        None,
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("machines = [", "n.toml: "),
        ("machines = []", "machines: must be a list of names"),
        ('machines = ["a", "a"]', "'a' must be letters, digits, - and _, and be there once"),
        ('machines = ["a b"]', "'a b' must be letters"),
        ('machines = ["a"]\nports = 0', "ports: must be a number from 1 to 16, not 0"),
        ('machines = ["a"]\nports = true', "ports: must be a number from 1 to 16, not True"),
        ('machines = ["a"]\nwires = []', "wires: unknown field, known are cables, machines, ports"),
        ('machines = ["a"]\ncables = 3', "cables: must be a list"),
        ('machines = ["a"]\ncables = [["a", "ether2"]]', r"cables\[0\]: must be \[machine, port, machine, port\]"),
        ('machines = ["a"]\ncables = [["a", "ether2", "b", "ether2"]]', r"cables\[0\]: no machine 'b'; there are a"),
        ('machines = ["a"]\ncables = [["a", "ether2", "a", "ether9"]]', "no port 'ether9'; there are ether2, ether3"),
        ('machines = ["a"]\ncables = [["a", "ether1", "a", "ether2"]]', "ether1 is the way of management"),
        ('machines = ["a"]\ncables = [["a", "ether2", "a", "ether2"]]', "a ether2 has a cable already"),
    ],
)
def test_mistakes(tmp_path: Path, text: str, words: str) -> None:
    """Each names the file and the field."""
    (tmp_path / "n.toml").write_text(text)
    with pytest.raises(ChrError, match=words):
        network.load(tmp_path / "n.toml")
