# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Written by scripts/write_modules.py from plugins/module_utils/options.py. Change that instead.
"""Options that say what shall become of a menu's rows."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of modules whose rows can be added and removed; ``fixed`` for those whose rows are there for good."""

    DOCUMENTATION = r"""
options:
  state:
    description:
      - V(merged) adds the rows that are not there, and changes in the others what is given; an empty text clears
        a property.
      - V(replaced) does the same, and puts back to its default what is not given of these rows.
      - V(overridden) does the same, and removes all other rows (with O(scope), all other rows that are ours).
      - V(deleted) removes the rows that are given; without any, all rows (with O(scope), all rows that are ours).
      - V(gathered) only reads the rows and returns them as RV(gathered).
      - V(rendered) returns the text that would make these rows, as RV(rendered), without any router.
      - Rows that the router made itself are left alone in any state.
    type: str
    default: merged
    choices: [merged, replaced, overridden, deleted, gathered, rendered]
  scope:
    description:
      - The start of the comment that tells our rows from those of others. Only rows whose comment begins with it
        are changed, moved or removed, and each row that is given must have such a comment, where rows can bear
        one.
      - Rows that are there for good, such as ports or the settings of DNS, bear no such mark. With a scope, only
        the properties that are given of them are ours, whatever the state.
      - Without it, every row is ours.
    type: str
  adopt:
    description:
      - Whether a row of others is taken over, where it is the same by what identifies it. Without, this is an error.
    type: bool
    default: false
  secrets:
    description:
      - Texts that no result, difference, command or error ever shows, such as a token that is part of a script.
    type: list
    elements: str
"""

    FIXED = r"""
options:
  state:
    description:
      - V(merged) changes what is given; an empty text clears a property.
      - V(replaced) and V(overridden) also put back to its default what is not given.
      - V(gathered) only reads and returns RV(gathered).
      - V(rendered) returns the text that would make these settings, as RV(rendered), without any router.
    type: str
    default: merged
    choices: [merged, replaced, overridden, gathered, rendered]
  scope:
    description:
      - Nothing can be added or removed here, so that no row has to be told from others. With a scope, only what
        is given is ours, also with O(state=replaced) and O(state=overridden), which then put nothing back to its
        default.
    type: str
  adopt:
    description:
      - Has no meaning here, where no row is added.
    type: bool
    default: false
  secrets:
    description:
      - Texts that no result, difference, command or error ever shows, such as a token that is part of a script.
    type: list
    elements: str
"""
