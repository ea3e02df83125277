# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Queries of ``print``: words that push and combine truth values on a stack (manual, "API queries").

The stack starts with endlessly many ``true``; a row passes when every value left on it is true.  Comparison is of the
text that the API returns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from routerlab.messages import Trap

Row = Mapping[str, str]
Step = Callable[[Row, list[bool]], None]

#: All routers of a lab wait while one of them works: nobody needs more operations than this in a word.
_MOST_OPERATIONS = 50_000

_NUMBER = re.compile(r"-?[0-9]{1,40}")


def _less(left: str, right: str) -> bool:
    """Numbers compare by value, everything else as text."""
    if _NUMBER.fullmatch(left) and _NUMBER.fullmatch(right):
        return int(left) < int(right)
    return left < right


def _pop(stack: list[bool]) -> bool:
    return stack.pop() if stack else True


def _has(name: str, wanted: bool) -> Step:
    return lambda row, stack: stack.append((name in row) is wanted)


def _compare(name: str, operator: str, value: str) -> Step:
    def step(row: Row, stack: list[bool]) -> None:
        found = row.get(name)
        if found is None:
            stack.append(False)
        elif operator == "=":
            stack.append(found == value)
        elif operator == "<":
            stack.append(_less(found, value))
        else:
            stack.append(_less(value, found))

    return step


def _operations(text: str) -> list[Step]:
    """Stack operations; an index at the end of the word keeps that value alone, a dot after a non-index copies."""
    if len(text) > _MOST_OPERATIONS:
        raise Trap("invalid query operation", 1)
    steps: list[Step] = []
    tokens = re.findall(r"[0-9]{1,9}|.", text, re.DOTALL)
    for place, token in enumerate(tokens):
        if token[0] in "0123456789":
            steps.append(_keep(int(token)) if place == len(tokens) - 1 else _copy(int(token)))
        elif token == "!":
            steps.append(lambda row, stack: stack.append(not _pop(stack)))
        elif token == "&":
            steps.append(_binary(lambda left, right: left and right))
        elif token == "|":
            steps.append(_binary(lambda left, right: left or right))
        elif token != ".":
            raise Trap(f"invalid query operation {token}", 1)
        elif place == 0 or tokens[place - 1][0] not in "0123456789":
            steps.append(_copy(0))
    return steps


def _keep(index: int) -> Step:
    def step(row: Row, stack: list[bool]) -> None:
        stack[:] = [stack[-1 - index] if index < len(stack) else True]

    return step


def _copy(index: int) -> Step:
    def step(row: Row, stack: list[bool]) -> None:
        stack.append(stack[-1 - index] if index < len(stack) else True)

    return step


def _binary(combine: Callable[[bool, bool], bool]) -> Step:
    def step(row: Row, stack: list[bool]) -> None:
        right, left = _pop(stack), _pop(stack)
        stack.append(combine(left, right))

    return step


def compile_query(words: list[str]) -> Callable[[Row], bool]:
    """A test for rows from the query words (each with its leading ``?``)."""
    steps: list[Step] = []
    for word in words:
        body = word[1:]
        if body.startswith("#"):
            steps.extend(_operations(body[1:]))
        elif body.startswith("-"):
            steps.append(_has(body[1:], False))
        elif body[:1] in ("<", ">", "="):
            name, equals, value = body[1:].partition("=")
            steps.append(_compare(name, body[0], value) if equals else _has(name, True))
        else:
            name, equals, value = body.partition("=")
            steps.append(_compare(name, "=", value) if equals else _has(name, True))

    def passes(row: Row) -> bool:
        stack: list[bool] = []
        for step in steps:
            step(row, stack)
        return all(stack)

    return passes
