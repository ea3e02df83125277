# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session that tells a late answer from one that never comes: of the latter the lab knows, and nobody has to wait for it.

On a busy machine any answer may be late. A test that took a short time-out for a cut line would fail there.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from typing import Any

from ansible_collections.multiwan.routeros.plugins.module_utils.session import Session, Target

LATE = 20.0
"""Seconds that an answer may be late."""

Silence = Callable[[], bool]
"""Whether answers are kept away from a session now."""


def never_silent() -> Silence:
    """Nothing is kept away."""
    return lambda: False


class PatientSession(Session):
    """One that gives an answer up after the target's ``timeout`` where there is *silence*, else after LATE."""

    def __init__(self, target: Target, silence: Silence) -> None:
        self._silence = silence
        super().__init__(target)

    def _secured(self, sock: socket.socket, context: ssl.SSLContext | None) -> socket.socket:
        assert context is None
        return _Patient(sock, self._silence)


class _Patient(socket.socket):
    def __init__(self, sock: socket.socket, silence: Silence) -> None:
        timeout = sock.gettimeout()
        super().__init__(sock.family, sock.type, sock.proto, sock.detach())
        self.settimeout(timeout)
        self._silence = silence

    def recv_into(self, *arguments: Any) -> int:
        end = time.monotonic() + LATE
        while True:
            try:
                return super().recv_into(*arguments)
            except TimeoutError:
                if self._silence() or time.monotonic() > end:
                    raise
