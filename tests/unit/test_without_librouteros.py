# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the core does where librouteros is not installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from ansible_collections.multiwan.routeros.plugins.module_utils import session

# Where the package was imported from: ansible-test has it in no folder that Python searches by itself.
COLLECTIONS = Path(session.__file__).absolute().parents[5]

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
    path = os.pathsep.join([str(COLLECTIONS), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    assert done.stdout.startswith("branch-7 (127.0.0.1:8728): not tried, because the Python that runs Ansible")
    assert done.stdout.strip().endswith(f"{sys.executable} -m pip install 'librouteros>=4.2'")
    assert "password-of-branch-7" not in done.stdout
