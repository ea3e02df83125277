# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an image's name to a verified disk."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from .. import image, settings
from ..errors import ChrError
from ..settings import Settings

Ask = Callable[..., Settings]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Settings with a cache of this test's own."""

    def read(name: str | Path, sha256: str | None = None) -> Settings:
        given = {settings.IMAGE: str(name), settings.CACHE: str(tmp_path / "cache")}
        return settings.read(given | ({settings.SHA256: sha256} if sha256 else {}))

    return read


def never(url: str, target: Path) -> None:
    raise AssertionError(f"{url} was fetched to {target}")


def packed(path: Path, **members: bytes) -> Path:
    """A zip with these members; ``_`` stands for the dot in their names."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name.replace("_", "."), content)
    return path


def test_a_disk_is_taken_as_it_is(tmp_path: Path, ask: Ask) -> None:
    """The end of its name says the format; its content is not asked."""
    for name, kind in (("a.img", "raw"), ("a.qcow2", "qcow2"), ("a.vdi", "vdi")):
        (tmp_path / name).write_bytes(b"QFI\xfb disk")
        assert image.obtain(ask(tmp_path / name), never) == image.Disk(tmp_path / name, kind)


def test_a_zip_is_unpacked_once(tmp_path: Path, ask: Ask) -> None:
    """Into the cache, where it can only be read; the zip stays."""
    archive = packed(tmp_path / "chr-7.22.3.img.zip", chr_img=b"disk" * 1000, readme_txt=b"hello")
    total = image.sha256(archive)
    first = image.obtain(ask(archive, total), never)
    assert first.format == "raw"
    assert first.path == tmp_path / "cache" / total / "chr.img"
    assert first.path.read_bytes() == b"disk" * 1000
    assert first.path.stat().st_mode & 0o222 == 0
    before = first.path.stat().st_mtime_ns
    assert image.obtain(ask(archive), never) == first
    assert first.path.stat().st_mtime_ns == before
    assert archive.exists()


def test_a_checksum_that_differs_stops_everything(tmp_path: Path, ask: Ask) -> None:
    """Before anything is unpacked; the line has both checksums."""
    archive = packed(tmp_path / "a.img.zip", a_img=b"disk")
    wrong = "0" * 64
    with pytest.raises(ChrError, match=wrong) as told:
        image.obtain(ask(archive, wrong), never)
    assert image.sha256(archive) in str(told.value)
    assert settings.SHA256 in str(told.value)
    assert not (tmp_path / "cache").exists()


def test_what_was_fetched_wrong_is_thrown_away(tmp_path: Path, ask: Ask) -> None:
    """So that the next run fetches it again."""
    right = hashlib.sha256(b"right").hexdigest()
    fetched = []

    def fetch(url: str, target: Path) -> None:
        fetched.append(url)
        target.write_bytes(b"right" if len(fetched) > 1 else b"wrong")

    asked = ask("https://example.com/routeros/chr.img?x=1", right)
    with pytest.raises(ChrError, match="it was removed"):
        image.obtain(asked, fetch)
    disk = image.obtain(asked, fetch)
    assert disk == image.Disk(tmp_path / "cache" / right / "chr.img", "raw")
    assert image.obtain(asked, never) == disk
    assert fetched == ["https://example.com/routeros/chr.img?x=1"] * 2


def test_what_the_cache_holds_is_verified_each_time(tmp_path: Path, ask: Ask) -> None:
    """A disk that somebody has written to is not booted."""
    right = hashlib.sha256(b"right").hexdigest()
    asked = ask("https://example.com/chr.img", right)

    def fetch(url: str, target: Path) -> None:
        target.write_bytes(b"right")

    disk = image.obtain(asked, fetch)
    disk.path.write_bytes(b"changed")
    with pytest.raises(ChrError, match="not " + right):
        image.obtain(asked, never)


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"readme_txt": b"no disk"}, "expected one disk .*found 0"),
        ({"a_img": b"one", "b_vdi": b"two"}, "expected one disk .*found 2"),
    ],
)
def test_a_zip_has_one_disk(tmp_path: Path, ask: Ask, members: dict[str, bytes], words: str) -> None:
    """Which one to boot is not guessed."""
    with pytest.raises(ChrError, match=words):
        image.obtain(ask(packed(tmp_path / "a.zip", **members)), never)


def test_a_zip_that_ends_early(tmp_path: Path, ask: Ask) -> None:
    """An interrupted copy is told as such, with the file."""
    archive = packed(tmp_path / "a.img.zip", a_img=bytes(range(256)) * 64)
    archive.write_bytes(archive.read_bytes()[:-40])
    with pytest.raises(ChrError, match=r"a\.img\.zip: cannot be unpacked"):
        image.obtain(ask(archive), never)
    assert not list((tmp_path / "cache").rglob("*.img"))


def test_a_zip_whose_content_was_damaged(tmp_path: Path, ask: Ask) -> None:
    """No half disk is left to be taken for a whole one."""
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as file:
        file.writestr("a.img", b"disk" * 100)
    archive.write_bytes(archive.read_bytes().replace(b"diskdisk", b"diskDISK", 1))
    with pytest.raises(ChrError, match="cannot be unpacked"):
        image.obtain(ask(archive), never)
    assert not list((tmp_path / "cache").rglob("a.img"))


def test_a_zip_whose_packed_content_was_damaged(tmp_path: Path, ask: Ask) -> None:
    """Told like a wrong checksum inside the zip, and so is a way of packing that nobody knows."""
    archive = packed(tmp_path / "a.zip", a_img=bytes(range(256)) * 64)
    whole = archive.read_bytes()
    begin = 30 + len("a.img")
    for damaged in (whole[:begin] + b"\xff" * 8 + whole[begin + 8 :], whole.replace(b"\x08\x00", b"\x63\x00")):
        archive.write_bytes(damaged)
        with pytest.raises(ChrError, match=r"a\.zip: cannot be unpacked"):
            image.obtain(ask(archive), never)
    assert not list((tmp_path / "cache").rglob("a.img"))


def test_other_mistakes(tmp_path: Path, ask: Ask) -> None:
    """A path that leads nowhere, and a file that is no disk."""
    with pytest.raises(ChrError, match="there is no such file"):
        image.obtain(ask(tmp_path / "nowhere.img"), never)
    (tmp_path / "chr.iso").write_bytes(b"")
    with pytest.raises(ChrError, match=r"chr\.iso: expected a disk \(\.img, "):
        image.obtain(ask(tmp_path / "chr.iso"), never)
