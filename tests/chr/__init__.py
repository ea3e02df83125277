# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloud Hosted Routers under QEMU: several of them, wired to each other, without root.

    python -m tests.chr up --state DIR --network network.toml --consoles DIR
    python -m tests.chr link --state DIR internet ether2 down
    python -m tests.chr down --state DIR

``settings`` reads what the environment says, ``image`` and ``download`` make a verified disk of it, ``network`` says who is
wired to whom, ``qemu`` makes the command lines, ``qmp`` gives orders to a QEMU, ``machine`` starts and ends one, ``keeper``
holds all of them, ``state`` tells others what it holds, and ``api`` knows when a router is up.  ``standin`` is a disk that
boots without RouterOS, for tests.
"""

from __future__ import annotations
