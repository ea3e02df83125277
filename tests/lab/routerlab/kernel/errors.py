# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong with the data plane."""

from __future__ import annotations


class KernelError(Exception):
    """The agent could not do what it was told; the text says what and why."""


class KernelUnavailable(Exception):
    """There can be no data plane here; the text is one sentence: what is missing and what to do."""
