# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all tests have in common, also where ansible-test runs some of them with settings of its own."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# By default hypothesis fails a test when one of its examples takes 200 ms, or ten take more than a second to be thought of.
# On a busy machine any of them may: how long something takes is for no property to tell.
settings.register_profile("patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
