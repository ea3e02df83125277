# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What parses, and what is refused where.

Positions marked with a source were captured on routers; the others follow from the rule that these show: the first
byte that the parser cannot go past.
"""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routerlab.script import ScriptSyntaxError, parse
from routerlab.script.quoting import quote
from routerlab.script.syntax import Call, Command, Literal, Nested, Text, Unknown


def refusal(text: str) -> str:
    """The words that a script is refused with."""
    with pytest.raises(ScriptSyntaxError) as caught:
        parse(text)
    line, column = caught.value.line, caught.value.column
    assert caught.value.message.endswith(f"(line {line} column {column})") or "where" in caught.value.message
    return caught.value.message


CAPTURED = [
    # :parse on 7.21.5, as a public project's research notes have it
    ("/system/resource/print bogus=1", "expected end of command (line 1 column 24)"),
    ("/nonsense/command", "syntax error (line 1 column 10)"),
    ("/ip/address/print interface1=ether1", "expected end of command (line 1 column 19)"),
    ("/ip/address/print ?", "expected end of command (line 1 column 19)"),
    # CHR 7.24.4, a validator's test
    ("{\n:put 1\n", "missing closing brace (line 3 column 1)"),
    # 7.23.2, a client library's test: a blank after = is gone past, the value is the next word
    ("/system note set note= show-at-login=yes", "expected end of command (line 1 column 37)"),
    # a bug report: no underscore in names
    (":local MAX_ACTIONS 200", "expected end of command (line 1 column 11)"),
    # the corpus of tikoci/lsp-routeros-ts, 7.22.1: a pasted prompt, a prompt's >>, JavaScript
    ("[user@device] > x", "expected command name (line 1 column 6)"),
    ("/interface>> at-chat", "expected command name (line 1 column 11)"),
    ("> strings", "expected command name (line 1 column 1)"),
    ("add=.id=*2;name=add", "syntax error (line 1 column 4)"),
    ("00:00:00.000414", "syntax error (line 1 column 3)"),
    ("const RouterOSClient = require('x')", "syntax error (line 1 column 22)"),
]


@pytest.mark.parametrize(("text", "message"), CAPTURED)
def test_refusals_that_were_captured(text: str, message: str) -> None:
    """Words and position."""
    assert refusal(text) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (":set q 1", "syntax error (line 1 column 6)"),
        (":local q 1\n:set Q 1", "syntax error (line 2 column 6)"),
        (":local f do={ :set q 1 }", "syntax error (line 1 column 20)"),
        (":local q 1; :local f do={ :set q 1 }", "syntax error (line 1 column 32)"),
        ("{ :local q 1 }\n:set q 1", "syntax error (line 2 column 6)"),
        (':put "a\\q"', "syntax error (line 1 column 9)"),
        (':put "a\\e2"', "syntax error (line 1 column 9)"),
        (':put "a$"', "syntax error (line 1 column 9)"),
        (":put $", "syntax error (line 1 column 7)"),
        (":put (1 + )", "syntax error (line 1 column 11)"),
        (":put (1 2)", "syntax error (line 1 column 9)"),
        (":put )", "syntax error (line 1 column 6)"),
        (':put "x" "y"', "expected end of command (line 1 column 10)"),
        (':put "a"."b"', "expected end of command (line 1 column 9)"),
        (":put 1 # no comment", "expected end of command (line 1 column 8)"),
        (":if (true) do={ :put 1", "missing closing brace (line 1 column 23)"),
        (":if (true) do={:put 1} :put 2", "expected end of command (line 1 column 24)"),
        (":put {1;2", "missing closing brace (line 1 column 10)"),
        (":put 'x' y", "expected end of command (line 1 column 10)"),
        ("/ip pool print where", "missing value for where (line 1 column 21)"),
        ('"text"', "expected command name (line 1 column 1)"),
        (":local é 1", "syntax error (line 1 column 8)"),
        ("}", "syntax error (line 1 column 1)"),
        ('# ✅\n:put "✅" x', "expected end of command (line 2 column 12)"),
        (":put \\x", "syntax error (line 1 column 6)"),
    ],
)
def test_refusals(text: str, message: str) -> None:
    """Columns count bytes from 1."""
    assert refusal(text) == message


def test_what_the_corpus_shows_to_parse() -> None:
    """Ways of writing that scripts of the 7.22.1 corpus use and ``:parse`` takes."""
    parse(":local x 1\n:set $x 2")
    parse(":for from=1 to=3 counter=x do={ :set ($r->$x) 1 }")
    parse(':local a {\n "x"={(1,2);("a")}\n "y"=1;\n}')
    parse(":local f do={}\n:if (true) do={} else={ :error x }\n{ :return [:nothing] }")
    (statement,) = parse(":put 1.1").block.statements
    assert isinstance(statement, Command)
    assert str(statement.args["message"].value) == "1.0.0.1"  # type: ignore[union-attr]


def test_unknown_commands_fail_when_they_are_reached() -> None:
    """``:parse`` gives code for them that holds the message (7.21.5 and 7.22.1)."""
    first, second, third = parse("this is not a command\n/nonsense command\nfoo a=1 [x] $y").block.statements
    assert first == Unknown("bad command name this (line 1 column 1)", 1)
    assert second == Unknown("bad command name nonsense (line 2 column 2)", 2)
    assert third == Unknown("bad command name foo (line 3 column 1)", 3)


@pytest.mark.parametrize(
    "text",
    [
        "/ip/address/print",
        "/ip address print",
        "ip address\nprint",
        "/ip address { print }",
        "/ip { address print }",
        "/ip pool\n../address/print",
        "/ip pool\n.. address print",
        "/ip pool\n/ip address\nprint",
        "/ip addr pr",
        "/ip pool print; /ip address\n\n# remark\n  print",
    ],
)
def test_ways_to_one_command(text: str) -> None:
    """Absolute and relative paths, blocks of a menu, unambiguous abbreviations."""
    statement = parse(text).block.statements[-1]
    while isinstance(statement, Nested):
        statement = statement.block.statements[-1]
    assert isinstance(statement, Command)
    assert (statement.path, statement.name) == (("ip", "address"), "print")


def test_a_command_on_one_line_moves_nobody_to_its_menu() -> None:
    """Only a line that is just a path does."""
    assert isinstance(parse("/ip pool print\nprint").block.statements[1], Unknown)
    assert isinstance(parse(":if (true) do={ /ip pool\nprint }\nprint").block.statements[1], Unknown)


def test_commands_in_brackets_start_in_the_menu_of_their_command() -> None:
    """``set [find ...]`` finds in the same menu."""
    (statement,) = parse("/interface ethernet set [ find default-name=ether1 ] name=ISP1").block.statements
    assert isinstance(statement, Command)
    inner = statement.args["numbers"]
    assert "('interface', 'ethernet')" in str(inner)
    assert "name='find'" in str(inner)


def test_arguments_with_and_without_their_names() -> None:
    """Positional ones, flags, ones that are unset, and a text that ends where the next argument begins."""
    (fetch,) = parse('/tool fetch url="http://a/$x"keep-result=no as-value').block.statements
    assert isinstance(fetch, Command)
    assert isinstance(fetch.args["url"], Text)
    assert fetch.flags == ("as-value",)
    (log,) = parse('/log info "x"').block.statements
    assert isinstance(log, Command)
    assert log.args == {"message": Literal(b"x", 1)}
    (rule,) = parse("/ip firewall nat set 0 !comment disabled=yes").block.statements
    assert isinstance(rule, Command)
    assert rule.unset == ("comment",)
    assert set(rule.args) == {"numbers", "disabled"}
    (call,) = parse("$f 1 n=2").block.statements
    assert isinstance(call, Call)
    assert (len(call.args), call.named[0][0], call.name) == (1, b"n", b"$f")


@pytest.mark.parametrize(
    ("text", "bytes_"),
    [
        (r'"\E2\9C\85"', "✅".encode()),
        (r'"\"\\\n\r\t\$\_\?\a\b\f\v"', b'"\\\n\r\t$ ?\a\b\f\v'),
        ('"one\\\n     two"', b"onetwo"),
        ('"one\\\r\n   \\_two"', b"one two"),
        ('"two\nlines"', b"two\nlines"),
    ],
)
def test_escapes(text: str, bytes_: bytes) -> None:
    """As the manual lists them; a continued line loses its leading blanks."""
    (statement,) = parse(f":put {text}").block.statements
    assert isinstance(statement, Command)
    assert statement.args["message"] == Literal(bytes_, 1)


def test_versions_bound_commands() -> None:
    """``:onerror`` came with 7.13, some arguments of fetch later (console trees)."""
    from routerlab.menus.registry import menus_for
    from routerlab.script.commands import Commands
    from routerlab.script.parser import Parser
    from routerlab.version import Version

    def first(text: str, version: str) -> object:
        found = Version.parse(version)
        return Parser(text.encode(), Commands(menus_for(found), found)).program().block.statements[0]

    assert isinstance(first(":onerror e in={}", "7.12.2"), Unknown)
    assert isinstance(first(":onerror e in={}", "7.18.2"), Command)
    assert isinstance(first("/tool fetch http-percent-encoding=yes", "7.21"), Command)
    with pytest.raises(ScriptSyntaxError, match=r"expected end of command \(line 1 column 13\)"):
        first("/tool fetch http-percent-encoding=yes", "7.18.2")


@given(st.text(max_size=60))
def test_nothing_but_syntax_errors_comes_out_of_any_text(text: str) -> None:
    """Whatever is thrown in."""
    with contextlib.suppress(ScriptSyntaxError):
        parse(text)


WORDS = [":put ", ":if ", "(", ")", "[", "]", "{", "}", '"', "$", "a", "do=", "else=", ";", "\n", "\\", "=", "1", "."]
WORDS += [":local x ", "/ip address ", "print ", "where ", "find ", "set ", "!", "->", " and ", ",", "#", ":set x "]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(WORDS), max_size=25).map("".join))
def test_nothing_but_syntax_errors_comes_out_of_scraps_of_scripts(text: str) -> None:
    """Also where it looks like a script."""
    with contextlib.suppress(ScriptSyntaxError):
        parse(text)


@pytest.mark.parametrize("opening", ["(", "[", "{", ":if (", ":put {", ":put [:put (", '"$(', ":put (!"])
def test_endless_nesting_is_refused(opening: str) -> None:
    """With a message, not by running out of stack."""
    with pytest.raises(ScriptSyntaxError):
        parse(opening * 5000)


@given(st.binary(max_size=60))
def test_quoting_goes_round(data: bytes) -> None:
    """What is quoted reads back as it was."""
    (statement,) = parse(b":put " + quote(data)).block.statements
    assert isinstance(statement, Command)
    assert statement.args["message"] == Literal(data, 1)
