# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong, said to whoever started it."""

from __future__ import annotations


class ChrError(Exception):
    """Cannot be done; the text is one line that names what is wrong and what would be right."""


class NoImage(ChrError):
    """No image is named: nothing is wrong, there is just nothing to boot; the text says how to get one."""
