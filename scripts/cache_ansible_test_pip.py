# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Give ansible-test the pip that it would fetch from the web, taken from the package index instead.

ansible-test bootstraps its virtual environments with a get-pip script of one exact pip version, which it downloads
from a server of its own unless ~/.ansible/test/cache has it (ansible_test/_util/target/setup/requirements.py,
``bootstrap``). Companies, and build machines, often reach a package index and nothing else. So the same script is made
here: a pip wheel of that version, and two lines that run it.
"""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from ansible_test._internal.host_configs import NativePythonConfig
from ansible_test._internal.python_requirements import get_venv_packages

CACHE = Path("~/.ansible/test/cache").expanduser()

SCRIPT = '''\
"""pip {version} in one file, made by multiwan.routeros scripts/cache_ansible_test_pip.py."""
import base64, os, sys, tempfile

with tempfile.TemporaryDirectory() as folder:
    wheel = os.path.join(folder, "{name}")
    with open(wheel, "wb") as file:
        file.write(base64.b85decode("{data}"))
    sys.path.insert(0, wheel)
    from pip._internal.cli.main import main

    options = [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]
    status = main(["install", "--upgrade", wheel, *options])
sys.exit(status)
'''


def wanted_version() -> str:
    """The pip version that this ansible-test puts into the environments of this Python."""
    python = NativePythonConfig(version=f"{sys.version_info.major}.{sys.version_info.minor}", path=sys.executable)
    return str(get_venv_packages(python)["pip"])


def main() -> int:
    """Write the script unless it is there. Raises CalledProcessError when the index does not have that pip."""
    version = wanted_version()
    target = CACHE / f"get_pip_{version.replace('.', '_')}.py"
    if target.exists():
        return 0
    with tempfile.TemporaryDirectory() as folder:
        download = ["download", "--quiet", "--disable-pip-version-check", "--no-deps", "--dest", folder]
        subprocess.run([sys.executable, "-m", "pip", *download, f"pip=={version}"], check=True)
        (wheel,) = Path(folder).glob("pip-*.whl")
        text = SCRIPT.format(version=version, name=wheel.name, data=base64.b85encode(wheel.read_bytes()).decode())
    CACHE.mkdir(parents=True, exist_ok=True)
    # Renamed into place, so that a run beside this one never reads half a script.
    partial = target.with_suffix(f".{os.getpid()}")
    partial.write_text(text, encoding="ascii")
    partial.replace(target)
    print(f"pip {version} for ansible-test: {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
