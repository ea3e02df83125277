# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a script may do to the world: the lab implements ``Machine``, tests use a fake."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from routerlab.model.router import Router
from routerlab.script.values import Value


@dataclass
class FetchRequest:
    """One ``/tool fetch``, as written; the URL is passed on raw, byte for byte.

    ``method`` is one of get, post, put, delete, head, patch; ``output`` one of none, file, user, user-with-headers.
    Times are in seconds; they and ``max_redirects`` are None where nothing was written.  ``host``, ``address`` and
    ``src_path`` belong to the form without ``url``.  ``percent_encoding`` asks for encoding by the router
    (``http-percent-encoding``, 7.21).
    """

    url: bytes
    method: str = "get"
    data: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)
    check_certificate: str = "no"
    mode: str = "http"
    address: str = ""
    host: str = ""
    port: int = 0
    src_path: str = ""
    user: str = ""
    password: str = ""
    src_address: str = ""
    output: str = "file"
    dst_path: str = ""
    upload: bool = False
    duration: float | None = None
    idle_timeout: float | None = None
    max_redirects: int | None = None
    content_encoding: str = ""
    percent_encoding: bool = False
    auth_scheme: str = "basic"
    certificate: str = ""


@dataclass
class FetchResult:
    """What a fetch brought; ``downloaded`` and ``total`` in bytes, ``duration`` in seconds."""

    status: str = "finished"
    code: int = 200
    downloaded: int = 0
    total: int = 0
    duration: float = 0.0
    data: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)


class Machine(Protocol):
    """The world of one run.

    ``policies`` are the rights of who runs it; ``globals`` the environment that the scripts of one user share.
    ``steps`` bounds how many steps may run without a ``:delay`` or another wait.
    """

    router: Router
    policies: set[str]
    user: str
    globals: dict[str, Value]
    steps: int

    def put(self, text: str) -> None:
        """Show a line on the terminal of who runs the script."""

    async def sleep(self, seconds: float) -> None:
        """``:delay``."""

    async def fetch(self, request: FetchRequest) -> FetchResult:
        """``/tool fetch``; raises ScriptError."""

    async def ping(self, address: str, count: int, interface: str = "", **options: str) -> int:
        """``:ping``: the number of replies; ``options`` are further arguments as written (src-address, size …)."""

    async def resolve(self, name: str, server: str = "", **options: str) -> str:
        """``:resolve``: the address; raises ScriptError."""
