# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the core does where librouteros is not installed."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys

sys.modules["librouteros"] = None  # every import of it fails from here on
from ansible_collections.multiwan.routeros.plugins.module_utils.errors import ConnectionFailed
from ansible_collections.multiwan.routeros.plugins.module_utils.session import Session, Target

try:
    Session(Target("branch-7", "127.0.0.1", "admin", "password-of-branch-7"))
except ConnectionFailed as error:
    print(error)
"""


def test_connecting_without_librouteros_says_how_to_install_it() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout.startswith("branch-7 (127.0.0.1:8728): not tried, because the Python that runs Ansible")
    assert done.stdout.strip().endswith(f"{sys.executable} -m pip install 'librouteros>=4.2'")
    assert "password-of-branch-7" not in done.stdout
