# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rulesets of the world's own, which are set rarely: by the program nft."""

from __future__ import annotations

import subprocess

from routerlab.kernel.errors import KernelError
from routerlab.kernel.namespaces import Namespace


def run_nft(namespace: Namespace, text: str) -> None:
    """Apply a ruleset as one transaction; raises KernelError with nft's words."""
    with namespace.popen(
        ["nft", "-f", "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as nft:
        _rest, told = nft.communicate(text + "\n")
    if nft.returncode != 0:
        raise KernelError(f"nft refused a ruleset of {namespace.name}: {str(told).strip()}")
