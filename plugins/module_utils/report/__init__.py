# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The company's report: what routers tell becomes a model, the model becomes pictures and figures.

Nothing here connects, reads a file, or knows HTML; ``plugins/filter/report_page.py`` lays the model out.
"""
