# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""nftables in a namespace through libnftables, without a process for each call.

The library's documentation is its manual page libnftables(3).  A context keeps its netlink socket, which stays in the
namespace it was opened in; every call enters the namespace all the same, as the library may open another.
"""

from __future__ import annotations

import ctypes
import json
import re
import tempfile
import threading
from collections.abc import Iterable
from functools import cache
from typing import Any

from routerlab.kernel.namespaces import Namespace

#: The table that the lab's rulesets are in (firewall/names.py calls it the same).
TABLE = "routeros"

_LIBRARY = "libnftables.so.1"
_OUTPUT_JSON = 1 << 4
#: Sets without their elements.
_OUTPUT_TERSE = 1 << 11
_DEFINED = re.compile(r"^\s*(chain|set|counter) (\S+) \{", re.MULTILINE)
_PLACE = re.compile(r"^\S*?:(\d+):\d+-\d+: (.*)$", re.MULTILINE)
#: Sets and counters can only go when the chains that use them are gone.
_REMOVAL_ORDER = ("chain", "set", "counter")
_ATTEMPTS = 3


class NftError(Exception):
    """What nftables says to a text that it does not take, with the line of the text that it speaks of."""


@cache
def library() -> ctypes.CDLL:
    """The library with its functions' types; raises OSError that names the package when it is missing."""
    try:
        found = ctypes.CDLL(_LIBRARY)
    except OSError as error:
        raise OSError(f"{_LIBRARY} is missing: install libnftables1 (Debian: apt install nftables)") from error
    found.nft_ctx_new.restype = ctypes.c_void_p
    found.nft_ctx_new.argtypes = [ctypes.c_uint32]
    found.nft_ctx_free.argtypes = [ctypes.c_void_p]
    found.nft_ctx_free.restype = None
    for name in ("nft_ctx_buffer_output", "nft_ctx_buffer_error"):
        getattr(found, name).argtypes = [ctypes.c_void_p]
    for name in ("nft_ctx_get_output_buffer", "nft_ctx_get_error_buffer"):
        getattr(found, name).argtypes = [ctypes.c_void_p]
        getattr(found, name).restype = ctypes.c_char_p
    found.nft_ctx_output_set_flags.argtypes = [ctypes.c_void_p, ctypes.c_uint]
    found.nft_ctx_output_set_flags.restype = None
    found.nft_ctx_set_dry_run.argtypes = [ctypes.c_void_p, ctypes.c_bool]
    found.nft_ctx_set_dry_run.restype = None
    found.nft_run_cmd_from_buffer.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    found.nft_run_cmd_from_buffer.restype = ctypes.c_int
    found.nft_run_cmd_from_filename.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    found.nft_run_cmd_from_filename.restype = ctypes.c_int
    return found


class Nft:
    """The firewall of one namespace; safe to use from several threads, one call at a time."""

    def __init__(self, namespace: Namespace) -> None:
        self._namespace = namespace
        self._lock = threading.Lock()
        self._library = library()
        with namespace.entered():
            self._context = self._library.nft_ctx_new(0)
        if not self._context:
            raise OSError("libnftables gives no context")
        self._library.nft_ctx_buffer_output(self._context)
        self._library.nft_ctx_buffer_error(self._context)

    def close(self) -> None:
        """Let go of the context; the rules stay in the namespace."""
        with self._lock:
            context, self._context = self._context, None
            if context:
                self._library.nft_ctx_free(context)

    def _run(self, text: str, flags: int = 0, *, dry: bool = False) -> str:
        data = text.encode("utf-8", "surrogateescape")
        with self._lock, self._namespace.entered(), tempfile.TemporaryFile() as file:
            self._library.nft_ctx_output_set_flags(self._context, flags)
            self._library.nft_ctx_set_dry_run(self._context, dry)
            if b"\n" in data:
                # From a file the library tells the line of an error, from memory it does not.
                file.write(data)
                file.flush()
                path = f"/proc/self/fd/{file.fileno()}".encode()
                failed = self._library.nft_run_cmd_from_filename(self._context, path)
            else:
                failed = self._library.nft_run_cmd_from_buffer(self._context, data)
            said = self._library.nft_ctx_get_output_buffer(self._context) or b""
            error = self._library.nft_ctx_get_error_buffer(self._context) or b""
        if failed:
            raise NftError(_explained(error.decode("utf-8", "replace"), text))
        return str(said.decode("utf-8", "replace"))

    def _objects(self, command: str, flags: int = 0) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self._run(command, _OUTPUT_JSON | flags))["nftables"]
        return found

    def _of_ours(self, kind: str) -> list[dict[str, Any]]:
        # Chains are not to be had for one table; the others are all in ours anyway.
        command = "list chains" if kind == "chain" else f"list {kind}s table ip {TABLE}"
        return [
            item[kind]
            for item in self._objects(command, _OUTPUT_TERSE)
            if kind in item and item[kind].get("table") == TABLE
        ]

    def _present(self) -> bool:
        return any(
            item.get("table", {}).get("name") == TABLE and item["table"]["family"] == "ip"
            for item in self._objects("list tables")
        )

    def apply(self, text: str) -> None:
        """Put a ruleset in force, all of it or nothing, in place of the one before; raises NftError.

        Counters and sets that the text has again keep what they hold; what it no longer has goes.
        """
        wanted: set[tuple[str, str]] = set(_DEFINED.findall(text))
        stale: list[str] = []
        if self._present():
            stale = [
                f"delete {kind} ip {TABLE} {name}"
                for kind in _REMOVAL_ORDER
                for name in sorted(item["name"] for item in self._of_ours(kind))
                if (kind, name) not in wanted
            ]
        self._run("\n".join((text, *stale)))

    def check(self, text: str) -> None:
        """Only read a ruleset; raises NftError when it is not well formed."""
        self._run(text, dry=True)

    def counters(self) -> dict[str, tuple[int, int]]:
        """Every rule's counter: name -> (packets, bytes)."""
        if not self._present():
            return {}
        return {item["name"]: (item["packets"], item["bytes"]) for item in self._of_ours("counter")}

    def reset_counters(self, names: Iterable[str] | None = None) -> None:
        """Set counters back to zero, all of them when no names are given; a name that is gone is passed over."""
        known = self.counters()
        chosen = sorted(known if names is None else known.keys() & set(names))
        if chosen:
            self._run("\n".join(f"reset counter ip {TABLE} {name}" for name in chosen))

    def sets(self) -> dict[str, dict[str, float | None]]:
        """What rules added to sets: name of the set -> address -> seconds that are left (None: it stays)."""
        if not self._present():
            return {}
        names = [item["name"] for item in self._of_ours("set") if item["name"].startswith("learned_")]
        found: dict[str, dict[str, float | None]] = {}
        for name in names:
            listing = self._objects(f"list set ip {TABLE} {name}")
            elements = next(item["set"] for item in listing if "set" in item).get("elem", [])
            found[name] = dict(_element(element) for element in elements)
        return found

    def forget(self, name: str, addresses: Iterable[str]) -> None:
        """Take addresses out of a set that rules add to; those that are no longer in it are passed over."""
        wanted = set(addresses)
        for attempt in range(_ATTEMPTS):
            present = sorted(self.sets().get(name, {}).keys() & wanted)
            if not present:
                return
            try:
                self._run(f"delete element ip {TABLE} {name} {{ {', '.join(present)} }}")
                return
            except NftError:
                # One of them may have run out in between, which refuses them all.
                if attempt == _ATTEMPTS - 1:
                    raise

    def clear(self) -> None:
        """Remove the whole ruleset."""
        self._run(f"table ip {TABLE} {{ }}\ndelete table ip {TABLE}")


def _element(element: Any) -> tuple[str, float | None]:
    if isinstance(element, dict):
        inner = element["elem"]
        left = inner.get("expires", inner.get("timeout"))
        return str(inner["val"]), None if left is None else float(left)
    return str(element), None


def _explained(error: str, text: str) -> str:
    """nftables' own words, and the line of our text that they point at."""
    place = _PLACE.search(error)
    lines = text.splitlines()
    if place is not None and 0 < int(place[1]) <= len(lines):
        return f"{place[2].strip()} (line {place[1]}: {lines[int(place[1]) - 1].strip()})"
    return error.strip() or "nftables refuses the ruleset without a word"
