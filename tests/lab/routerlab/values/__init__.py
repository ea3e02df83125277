# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of value that arguments take: how each is read, checked and read back."""

from __future__ import annotations

from routerlab.values.base import Kind, Names, Parts, Ref, Value, text_of

__all__ = ["Kind", "Names", "Parts", "Ref", "Value", "text_of"]
