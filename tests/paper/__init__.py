# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The paper's evaluation, measured in the laboratory: ``make paper``."""

from __future__ import annotations

import logging

# That matplotlib looks for the fonts of a new machine, or cannot keep what it found, is nothing to whoever waits for a report.
logging.getLogger("matplotlib").setLevel(logging.ERROR)
