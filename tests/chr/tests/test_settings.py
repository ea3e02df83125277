# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the environment may say, and what is said of what it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..errors import ChrError, NoImage
from ..settings import ACCELERATOR, BOOT_SECONDS, CACHE, IMAGE, MEMORY, SHA256, URL, VERSION, read

SUM = "0123456789abcdef" * 4


def test_without_an_image_one_line_says_how_to_get_one() -> None:
    """The line names the variables and a URL."""
    with pytest.raises(NoImage) as told:
        read({IMAGE: ""})
    text = str(told.value)
    assert "\n" not in text
    assert all(word in text for word in (IMAGE, SHA256, VERSION, URL))


def test_a_path_needs_nothing_else() -> None:
    """Everything else has a default."""
    settings = read({IMAGE: "chr.img", "XDG_CACHE_HOME": "/c"})
    assert not settings.is_url
    assert (settings.sha256, settings.version, settings.accelerator, settings.boot_seconds) == (None, None, None, None)
    assert settings.memory == 1024
    assert settings.cache == Path("/c/multiwan-chr")


def test_all_of_it() -> None:
    """What is given is taken."""
    settings = read(
        {
            IMAGE: URL,
            SHA256: SUM.upper(),
            VERSION: "7.22.3",
            ACCELERATOR: "tcg",
            MEMORY: "256",
            BOOT_SECONDS: "5",
            CACHE: "/c",
        }
    )
    assert settings.is_url
    assert settings.sha256 == SUM
    assert (settings.version, settings.accelerator, settings.memory) == ("7.22.3", "tcg", 256)
    assert (settings.boot_seconds, settings.cache) == (5, Path("/c"))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({IMAGE: URL}, ("is a URL", SHA256)),
        ({IMAGE: URL.replace("https", "http"), SHA256: SUM}, ("only https",)),
        ({IMAGE: "ftp://example.com/chr.img", SHA256: SUM}, ("only https",)),
        ({IMAGE: "chr.img", SHA256: SUM[1:]}, (SHA256, "64")),
        ({IMAGE: "chr.img", VERSION: "latest"}, (VERSION, "latest", "7.22.3")),
        ({IMAGE: "chr.img", ACCELERATOR: "xen"}, (ACCELERATOR, "xen", "kvm", "tcg")),
        ({IMAGE: "chr.img", MEMORY: "1G"}, (MEMORY, "1G", "128")),
        ({IMAGE: "chr.img", MEMORY: "64"}, (MEMORY, "64", "128")),
        ({IMAGE: "chr.img", BOOT_SECONDS: "-1"}, (BOOT_SECONDS, "-1")),
        ({VERSION: "7.22.3", SHA256: SUM}, (SHA256, VERSION, IMAGE)),
    ],
)
def test_mistakes(more: dict[str, str], words: tuple[str, ...]) -> None:
    """Each names the variable and what would be right, and is no reason to skip."""
    with pytest.raises(ChrError) as told:
        read(more)
    assert not isinstance(told.value, NoImage)
    assert all(word in str(told.value) for word in words), str(told.value)
