# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which commands there are: those of the language, and the directories and commands of a router's menus.

Names, arguments and versions: the command trees of 7.12.2 to 7.24 (``console/inspect`` dumps); the order of arguments
that may be written without their names: the manual's scripting page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from routerlab.model.commands import command_args
from routerlab.model.menu import Menu
from routerlab.version import ALWAYS, Span, Version, span

#: Verbs of the API that the console does not have.
_API_ONLY = frozenset({"getall", "listen"})


@dataclass(frozen=True)
class Signature:
    """A command's arguments: ``positional`` may come without their names; ``blocks`` hold commands in braces."""

    positional: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    blocks: frozenset[str] = frozenset()
    versions: Span = ALWAYS
    where: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Every argument."""
        return (*self.positional, *self.named)


def _of(
    positional: str = "", named: str = "", blocks: str = "", *, since: str | None = None, until: str | None = None
) -> Signature:
    return Signature(
        tuple(positional.split()), tuple(named.split()), frozenset(blocks.split()), span(since=since, until=until)
    )


_VALUE = _of("value")

LANGUAGE: dict[str, Signature] = {
    "beep": _of("frequency length", "as-value"),
    "break": _of(since="7.19"),  # in the tree of 7.22.3, not in that of 7.18.2 (~)
    "continue": _of(since="7.19"),
    "convert": _of("value", "from to transform", since="7.11"),
    "delay": _of("delay-time"),
    "deserialize": _of("value", "from delimiter options", since="7.13"),
    "do": _of("command", "if while on-error", "command on-error"),
    "error": _of("message"),
    "execute": _of("script", "file as-string", "script"),
    "exit": _of(since="7.19"),
    "find": _of("in key from"),
    "for": _of("counter", "from to step do on-error", "do on-error"),
    "foreach": _of("counter", "in do on-error", "do on-error"),
    "global": _of("name value", "do", "do"),
    "if": _of("condition", "do else", "do else"),
    "len": _VALUE,
    "local": _of("name value", "do", "do"),
    "nothing": _of(),
    "onerror": _of("error", "in do", "in do", since="7.13"),
    "parse": _VALUE,
    "pick": _of("counter begin end"),
    "put": _of("message"),
    "range": _of("from to", since="7.17"),
    "resolve": _of("domain-name", "server server-port type"),
    "retry": _of("command", "delay max on-error", "command on-error"),
    "return": _VALUE,
    "rndnum": _of("from to"),
    "rndstr": _of("length from"),
    "serialize": _of("value", "to delimiter options order", since="7.13"),
    "set": _of("name value", "do", "do"),
    "time": _of("command", "", "command"),
    "timestamp": _of(),
    "toarray": _of("value", "delimiter"),
    "tobool": _VALUE,
    "toid": _VALUE,
    "toip": _VALUE,
    "toip6": _VALUE,
    "tonsec": _VALUE,
    "tonum": _VALUE,
    "tostr": _VALUE,
    "totime": _VALUE,
    "typeof": _VALUE,
    "while": _of("condition", "do", "do"),
}

_FETCH_ALWAYS = (
    "address as-value ascii certificate check-certificate dst-path duration host http-auth-scheme http-data "
    "http-header-field http-method keep-result mode once output password port proplist src-address src-path upload "
    "user without-paging"
)
_FETCH_SINCE = {
    "http-content-encoding": "7.13",
    "idle-timeout": "7.15",
    "http-max-redirect-count": "7.18",
    "http-percent-encoding": "7.21",
    "http-version": "7.22",
    "ip-type": "7.24",
}
_PING = "count interface interval size src-address ttl arp-ping do-not-fragment dscp as-value proplist vrf"


def _tools(version: Version) -> dict[tuple[str, ...], dict[str, Signature]]:
    """Commands outside of the model's menus that scripts give."""
    fetch = [*_FETCH_ALWAYS.split(), *(name for name, since in _FETCH_SINCE.items() if version in span(since=since))]
    ping = Signature(("address",), (*_PING.split(), "without-paging"))
    environment = {
        "print": Signature((), ("as-value", "count-only", "where"), where=True),
        "remove": Signature(("numbers",)),
    }
    return {
        (): {"ping": ping},
        ("tool",): {"fetch": Signature(("url",), tuple(fetch)), "ping": ping},
        ("environment",): environment,
        ("system", "script", "environment"): environment,
        ("system", "script"): {"run": Signature(("number",), ("use-script-permissions",))},
    }


def _menu_signature(menu: Menu, verb: str, version: Version) -> Signature:
    names = command_args(menu, verb, version)
    first: tuple[str, ...] = ()
    if verb == "get":
        first = ("value-name",) if menu.singleton else ("number", "value-name")
    elif verb in ("set", "unset", "move", "comment", "remove", "enable", "disable"):
        first = () if menu.singleton else ("numbers",)
        more = {"unset": ("value-name",), "move": ("destination",), "comment": ("comment",)}
        first += more.get(verb, ())
    return Signature(first, tuple(sorted(names - set(first))), where=verb in ("find", "print"))


class Commands:
    """What can be typed on one router."""

    def __init__(self, menus: Mapping[str, Menu], version: Version) -> None:
        self.version = version
        self.menus = menus
        self._commands: dict[tuple[str, ...], dict[str, Signature]] = {(): {}}
        self._directories: dict[tuple[str, ...], set[str]] = {(): set()}
        for path, menu in menus.items():
            words = tuple(path.split())
            self._enter(words)
            for verb in (*menu.verbs, "unset"):
                if verb not in _API_ONLY and menu.has_verb(verb, version):
                    self._commands[words][verb] = _menu_signature(menu, verb, version)
            for command in menu.commands:
                if command.run is not None and version in command.versions:
                    rows = "numbers" in command.args
                    named = tuple(name for name in command.args if name != "numbers")
                    # The only argument of commands such as /log/info may come without its name.
                    first = ("numbers",) if rows else named[:1]
                    self._commands[words][command.name] = Signature(first, named if rows else named[1:])
        for words, found in _tools(version).items():
            self._enter(words)
            self._commands[words] |= found
        self.language = {name: item for name, item in LANGUAGE.items() if version in item.versions}

    def _enter(self, words: tuple[str, ...]) -> None:
        for depth in range(len(words)):
            self._directories.setdefault(words[:depth], set()).add(words[depth])
            self._commands.setdefault(words[: depth + 1], {})
        self._directories.setdefault(words, set())

    def directory(self, path: tuple[str, ...], word: str) -> str | None:
        """The directory that a word names in a directory, in full or unambiguously abbreviated."""
        found = self._complete(path, word)
        return found if found in self._directories[path] else None

    def command(self, path: tuple[str, ...], word: str) -> tuple[tuple[str, ...], str, Signature] | None:
        """The command that a word names in a directory: (its path, its full name, its arguments)."""
        found = self._complete(path, word)
        if found in self._commands[path]:
            return path, found, self._commands[path][found]
        if not path:
            return None if found not in self.language else ((), found, self.language[found])
        if found is not None:
            return None
        name = _unique(word, self.language)
        return None if name is None else ((), name, self.language[name])

    def _complete(self, path: tuple[str, ...], word: str) -> str | None:
        names = {*self._directories[path], *self._commands[path]}
        if not path:
            names |= set(self.language)
        return _unique(word, names)

    def signature(self, path: tuple[str, ...], name: str) -> Signature:
        """The arguments of a command that exists."""
        return self._commands[path][name] if name in self._commands.get(path, {}) else self.language[name]


def _unique(word: str, names: Mapping[str, object] | set[str]) -> str | None:
    if word in names:
        return word
    found = [name for name in names if name.startswith(word)]
    return found[0] if len(found) == 1 and word else None


def argument(signature: Signature, word: str) -> str | None:
    """The argument that a word names, in full or unambiguously abbreviated."""
    return _unique(word, set(signature.names))
