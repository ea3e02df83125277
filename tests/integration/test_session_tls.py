# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session over TLS that does not come about."""

from __future__ import annotations

import gc

import pytest

from ansible_collections.multiwan.routeros.plugins.module_utils.errors import ConnectionFailed
from ansible_collections.multiwan.routeros.plugins.module_utils.session import Session, Target
from routerlab.testing import Lab, router, wait_until


def test_a_refused_login_leaves_no_connection_open() -> None:
    with Lab(routers=[router("r")]) as lab:
        target = Target("r", "127.0.0.1", "admin", "wrong", lab.port("r", tls=True), tls=True, validate=False)
        with pytest.raises(ConnectionFailed, match="invalid user name or password"):
            Session(target)
        # an open socket that nobody holds any more is told here, and fails the test
        gc.collect()
        wait_until("the router has no connection", lambda: not lab.call("r", lambda it: it.connections))
