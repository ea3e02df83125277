# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the environment says about the image and the machine that boots it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import ChrError, NoImage

IMAGE = "MULTIWAN_CHR_IMAGE"
SHA256 = "MULTIWAN_CHR_SHA256"
VERSION = "MULTIWAN_CHR_VERSION"
CACHE = "MULTIWAN_CHR_CACHE"
ACCELERATOR = "MULTIWAN_CHR_ACCELERATOR"
MEMORY = "MULTIWAN_CHR_MEMORY"
BOOT_SECONDS = "MULTIWAN_CHR_BOOT_SECONDS"

#: Where MikroTik keeps them; https://mikrotik.com/download tells their SHA256.
URL = "https://download.mikrotik.com/routeros/7.22.3/chr-7.22.3.img.zip"

HINT = (
    f"no Cloud Hosted Router image: set {IMAGE} to a file or to a URL such as {URL}, {SHA256} to its SHA256 "
    f"(as https://mikrotik.com/download tells it), and {VERSION} to its version"
)

#: Seconds until a router has to answer.  Reports speak of 5 s with KVM and 30 s without (~), for one on an idle machine.
BOOT = {"kvm": 180.0, "tcg": 900.0}


@dataclass(frozen=True)
class Settings:
    """Where the image is (a path or an https URL), what it must be, and how it is run."""

    image: str
    sha256: str | None
    #: What the routers must say that they run, such as 7.22.3; None: whatever they do.
    version: str | None
    cache: Path
    #: kvm, tcg, or None for kvm where it can be used.
    accelerator: str | None
    #: MiB of each router.  MikroTik recommends 1024.
    memory: int
    #: Seconds that a router may take to boot; None: as ``BOOT`` says.
    boot_seconds: float | None

    @property
    def is_url(self) -> bool:
        """Whether the image has to be fetched."""
        return self.image.startswith("https://")


def read(environment: Mapping[str, str]) -> Settings:
    """Settings from the environment; empty variables count as absent.

    Raises NoImage when no image is named, ChrError for what cannot be right.
    """
    given = {name: text for name, text in environment.items() if text.strip()}
    image = given.get(IMAGE)
    if image is None:
        others = [name for name in (SHA256, VERSION) if name in given]
        if others:
            raise ChrError(f"{' and '.join(others)} without {IMAGE}: set {IMAGE} to a file or an https URL")
        raise NoImage(HINT)
    sha256 = given.get(SHA256)
    if sha256 is not None and not re.fullmatch("[0-9a-fA-F]{64}", sha256):
        raise ChrError(f"{SHA256}={sha256}: a SHA256 has 64 hexadecimal digits")
    if re.match("[a-z]+://", image):
        if not image.startswith("https://"):
            raise ChrError(f"{IMAGE}={image}: only https URLs, or a path")
        if sha256 is None:
            raise ChrError(f"{IMAGE} is a URL, so {SHA256} must be set; https://mikrotik.com/download tells it")
    version = given.get(VERSION)
    if version is not None and not re.fullmatch(r"\d+\.\d+(\.\d+)?((alpha|beta|rc)\d+)?", version):
        raise ChrError(f"{VERSION}={version}: no version of RouterOS, such as 7.22.3")
    accelerator = given.get(ACCELERATOR)
    if accelerator not in (None, *BOOT):
        raise ChrError(f"{ACCELERATOR}={accelerator}: kvm or tcg (software), or not set for kvm where it can be used")
    return Settings(
        image=image,
        sha256=sha256.lower() if sha256 else None,
        version=version,
        cache=_cache(given),
        accelerator=accelerator,
        memory=int(_number(given, MEMORY, "1024", at_least=128)),
        boot_seconds=_number(given, BOOT_SECONDS, "0", at_least=1) if BOOT_SECONDS in given else None,
    )


def _cache(given: Mapping[str, str]) -> Path:
    if CACHE in given:
        return Path(given[CACHE])
    home = given.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(home) / "multiwan-chr"


def _number(given: Mapping[str, str], name: str, default: str, at_least: int) -> float:
    text = given.get(name, default)
    if not text.isdecimal() or int(text) < at_least:
        raise ChrError(f"{name}={text}: expected a whole number from {at_least} on")
    return float(text)
