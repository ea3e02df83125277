# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles' argument specs and READMEs are what their description makes, and agree with defaults and with what checks a site."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.multiwan.routeros.plugins.module_utils import site

ROOT = Path(__file__).resolve().parents[2]
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir() if path.is_dir())
LINKS = [
    {"name": "ISP1", "interface": "ether1", "dhcp": True, "network": "192.168.61.0/24", "gateway": "192.168.61.1"},
    {"name": "ISP2", "interface": "ether2", "address": "203.0.113.2/30", "gateway": "203.0.113.1", "weight": 2},
]


def load(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def main_of(role: str) -> dict[str, Any]:
    """Return the specs of a role's main entry point."""
    found: dict[str, Any] = load(f"roles/{role}/meta/argument_specs.yml")["argument_specs"]["main"]
    return found


@pytest.fixture
def generator(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setattr(sys, "path", [str(ROOT / "scripts"), *sys.path])
    spec = importlib.util.spec_from_file_location("write_roles", ROOT / "scripts" / "write_roles.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def test_the_files_are_what_the_description_makes(generator: ModuleType) -> None:
    written = generator.files()
    assert {name: (ROOT / name).read_text(encoding="utf-8") for name in written} == written
    assert generator.ROLES == ROLES


def test_a_variable_without_a_description_is_refused(
    generator: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for part in ("defaults", "meta"):
        (tmp_path / "roles" / "nat" / part).mkdir(parents=True)
    defaults = (ROOT / "roles" / "nat" / "defaults" / "main.yml").read_text(encoding="utf-8")
    (tmp_path / "roles" / "nat" / "defaults" / "main.yml").write_text(defaults + "nat_more: 1\n", encoding="utf-8")
    monkeypatch.setattr(generator, "ROOT", tmp_path)
    with pytest.raises(ValueError, match="nat: defaults and texts differ in nat_more"):
        generator.specs("nat")


def test_a_default_that_nobody_can_read_is_refused(generator: ModuleType) -> None:
    with pytest.raises(ValueError, match="no words for the default"):
        generator.by_default("{{ a if b else c }}")


def test_a_stale_file_is_told(
    generator: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = generator.files()["roles/nat/README.md"]
    monkeypatch.setattr(generator, "files", lambda: {"README.md": text})
    monkeypatch.setattr(generator, "ROOT", tmp_path)
    (tmp_path / "README.md").write_text(text + "more", encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["write_roles.py", "--check"])
    assert generator.main() == 1
    assert capsys.readouterr().out == "README.md: is not what scripts/write_roles.py writes\n"
    monkeypatch.setattr("sys.argv", ["write_roles.py"])
    assert generator.main() == 0
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == text


@pytest.mark.parametrize("role", ROLES)
def test_specs_and_defaults_have_the_same_variables(role: str) -> None:
    defaults, options = load(f"roles/{role}/defaults/main.yml"), main_of(role)["options"]
    assert options.keys() == defaults.keys()
    for name, value in defaults.items():
        constant = not (isinstance(value, str) and "{{" in value)
        assert options[name].get("default") == (value if constant else None)
        if not constant:
            assert any(f"C({word})" in options[name]["description"][-1] for word in re.findall(r"site_\w+", value))


@pytest.mark.parametrize("role", ROLES)
def test_each_entry_point_has_specs_of_the_variables_that_it_uses(role: str) -> None:
    specs = load(f"roles/{role}/meta/argument_specs.yml")["argument_specs"]
    assert specs.keys() == {path.stem for path in (ROOT / "roles" / role / "tasks").glob("*.yml")}
    main, verify = specs["main"]["options"], specs["verify"]["options"]
    used = " ".join(
        (ROOT / "roles" / role / path).read_text(encoding="utf-8")
        for path in ("tasks/verify.yml", "templates/verify.rsc.j2")
    )
    assert verify == {name: told for name, told in main.items() if re.search(rf"\b{name}\b", used)}
    assert {f"{role}_wans", f"{role}_verify_timeout"} <= verify.keys() < main.keys()


@pytest.mark.parametrize("role", ROLES)
def test_links_and_lans_have_the_keys_that_the_check_of_a_site_knows(role: str) -> None:
    options = main_of(role)["options"]
    for name, keys, needed in (
        ("wans", site.WAN_KEYS, {"name", "interface"}),
        ("lans", site.LAN_KEYS, {"name", "interface", "address"}),
    ):
        if f"{role}_{name}" in options:
            told = options[f"{role}_{name}"]["options"]
            assert tuple(told) == keys
            assert {key for key in told if told[key].get("required")} == needed


def test_what_the_links_and_lans_are_by_default_is_what_the_check_of_a_site_makes_of_them() -> None:
    options = main_of("interfaces")["options"]
    link, _other = site.wans(
        [{"name": "A", "interface": "ether1", "address": "10.0.0.2/24", "gateway": "10.0.0.1"}, LINKS[1]]
    )
    lan = site.lans([{"name": "L", "interface": "ether3", "address": "10.1.0.1/24"}])[0]
    for told, made in ((options["interfaces_wans"]["options"], link), (options["interfaces_lans"]["options"], lan)):
        defaults = {name: each["default"] for name, each in told.items() if "default" in each}
        assert defaults
        assert {name: dict(made)[name] for name in defaults} == defaults
    assert tuple(options["interfaces_wans"]["options"]["check"]["choices"]) == site.CHECKS


@pytest.mark.parametrize("role", ROLES)
def test_a_site_passes_the_specs_and_a_wrong_one_does_not(role: str) -> None:
    options = main_of(role)["options"]
    given = {f"{role}_wans": LINKS, f"{role}_verify_timeout": 60}
    assert ArgumentSpecValidator(options).validate(given).error_messages == []
    wrong = given | {f"{role}_wans": [{**LINKS[0], "gatway": "192.168.61.1"}]}
    assert ArgumentSpecValidator(options).validate(wrong).error_messages


@pytest.mark.parametrize("role", ROLES)
def test_a_readme_has_absolute_links_only(role: str) -> None:
    text = (ROOT / "roles" / role / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert links
    for link in links:
        assert link.startswith("https://github.com/multiwan/routeros/blob/main/")
        path = link.removeprefix("https://github.com/multiwan/routeros/blob/main/").partition("#")[0]
        assert (ROOT / path).exists()


def test_the_page_on_the_model_has_the_same_keys() -> None:
    text = (ROOT / "docs" / "site-model.md").read_text(encoding="utf-8")
    for head, keys in (("### Of a link in `site_wans`", site.WAN_KEYS), ("### Of a LAN in `site_lans`", site.LAN_KEYS)):
        table = text[text.index(head) :].split("\n\n")[1]
        assert tuple(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == keys
