# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what the environment names to a disk that QEMU can boot: fetched, verified, unpacked, never written to."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from . import download
from .errors import ChrError
from .settings import IMAGE, SHA256, Settings

#: Formats of disks by the ends of their names, as QEMU calls them.  What a file says of itself is not asked: a raw disk
#: could claim to be anything.
FORMATS = {".img": "raw", ".raw": "raw", ".qcow2": "qcow2", ".vdi": "vdi", ".vmdk": "vmdk", ".vhdx": "vhdx"}

#: The largest disk of a CHR, in bytes.
_LARGEST = 16 << 30


@dataclass(frozen=True)
class Disk:
    """A disk that is only read, and its format in QEMU's words."""

    path: Path
    format: str


def obtain(settings: Settings, fetch: Callable[[str, Path], None] = download.fetch) -> Disk:
    """The verified disk of these settings; what is fetched and unpacked stays in the cache.

    Raises ChrError.  Nothing is unpacked, and nothing booted, before the checksum was right.
    """
    source = _fetched(settings, fetch) if settings.is_url else _local(settings)
    if source.suffix == ".zip":
        return _unpacked(source, settings)
    return Disk(source, _format(source.name, str(source)))


def sha256(path: Path) -> str:
    """The checksum of a file's content, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _local(settings: Settings) -> Path:
    path = Path(settings.image).expanduser().absolute()
    if not path.is_file():
        raise ChrError(f"{IMAGE}={settings.image}: there is no such file")
    if settings.sha256 is not None:
        _verify(path, settings.sha256, f"is it another version's? ({SHA256})")
    return path


def _fetched(settings: Settings, fetch: Callable[[str, Path], None]) -> Path:
    if settings.sha256 is None:
        raise ChrError(f"{settings.image}: nothing is fetched without {SHA256}")
    name = PurePosixPath(settings.image.partition("?")[0]).name
    path = _room(settings.cache / settings.sha256) / name
    if not path.exists():
        fetch(settings.image, path)
    try:
        _verify(path, settings.sha256, f"it was removed; compare {SHA256} with https://mikrotik.com/download")
    except ChrError:
        path.unlink()
        raise
    return path


def _verify(path: Path, wanted: str, advice: str) -> None:
    found = sha256(path)
    if found != wanted:
        raise ChrError(f"{path}: its SHA256 is {found}, not {wanted}; {advice}")


def _unpacked(archive: Path, settings: Settings) -> Disk:
    """The one disk of a verified archive; ``chr-7.22.3.img.zip`` has just ``chr-7.22.3.img``."""
    try:
        with zipfile.ZipFile(archive) as opened:
            disks = [entry for entry in opened.infolist() if PurePosixPath(entry.filename).suffix in FORMATS]
            if len(disks) != 1:
                raise ChrError(f"{archive}: expected one disk ({', '.join(FORMATS)}) in it, found {len(disks)}")
            if disks[0].file_size > _LARGEST:
                raise ChrError(f"{archive}: {disks[0].filename} would be {disks[0].file_size} bytes, no CHR's disk")
            name = PurePosixPath(disks[0].filename).name
            target = _room(settings.cache / (settings.sha256 or sha256(archive))) / name
            if not target.exists():
                part = target.with_name(name + ".part")
                with opened.open(disks[0]) as packed, part.open("wb") as file:
                    shutil.copyfileobj(packed, file)
                part.chmod(0o444)
                part.replace(target)
    # An unknown way of packing is a NotImplementedError, a password a RuntimeError.
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise ChrError(f"{archive}: cannot be unpacked: {error}") from None
    return Disk(target, _format(name, f"{name} of {archive}"))


def _format(name: str, told: str) -> str:
    known = FORMATS.get(PurePosixPath(name).suffix)
    if known is None:
        raise ChrError(f"{told}: expected a disk ({', '.join(FORMATS)}) or a .zip of one")
    return known


def _room(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
