# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values, operators and the commands that work something out."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routerlab.model.router import Router
from routerlab.script import ScriptError, parse, run
from routerlab.script.literals import show, time_text, typed, wrap
from routerlab.script.values import Time
from routerlab.seed import SeedMachine
from routerlab.testing import bare_router


class Bench(SeedMachine):
    """A machine that keeps what scripts print."""

    def __init__(self, router: Router) -> None:
        super().__init__(router)
        self.lines: list[str] = []

    def put(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture(scope="module")
def router() -> Router:
    """A router that these scripts only look at."""
    return bare_router("bench", model="RB750Gr3")


def printed(router: Router, text: str) -> list[str]:
    """What a script prints."""
    bench = Bench(router)
    asyncio.run(run(parse(text, router), bench))
    return bench.lines


EXPRESSIONS = [
    # arithmetic: manual
    ("(10 + 5 - 3)", "12"),
    ("(2 + 3 * 4)", "14"),
    ("((2 + 3) * 4)", "20"),
    ("(7 / 2)", "3"),
    ("(-7 / 2)", "-3"),
    ("(7 % 3)", "1"),
    ("(-5 * -2)", "10"),
    ("(0x10 + 1)", "17"),
    ("(9223372036854775807 + 1)", "-9223372036854775808"),
    ('("5" + 1)', "6"),
    # times
    ("(3ms + 5s)", "00:00:05.003"),
    ("(15h - 2s)", "14:59:58"),
    ("(12s * 4)", "00:00:48"),
    ("(10s / 4)", "00:00:02.500"),
    ("(1d + 1h)", "1d01:00:00"),
    ("(100000s > 27h)", "true"),
    ("(1w2d)", "1w2d00:00:00"),
    # addresses
    ("(10.0.0.15 + 10)", "10.0.0.25"),
    ("(10.0.0.15 - 12)", "10.0.0.3"),
    ("(10.0.0.15 - 10.0.0.3)", "12"),
    ("(192.168.88.77&0.0.0.255)", "0.0.0.77"),
    ("(192.168.88.77|0.0.0.255)", "192.168.88.255"),
    ("(~255.255.0.0)", "0.0.255.255"),
    ("(192.168.1.5 in 192.168.1.0/24)", "true"),
    ("(192.168.2.5 in 192.168.1.0/24)", "false"),
    ("(192.168.1.0/25 in 192.168.1.0/24)", "true"),
    ("(10.0.2.3<=2.0.3.10)", "false"),
    ("(1 << 4)", "16"),
    ("(255 >> 4)", "15"),
    ("(6 & 3)", "2"),
    ("(6 | 3)", "7"),
    ("(6 ^ 3)", "5"),
    # logic
    ("(!true)", "false"),
    ("(!(2>3))", "true"),
    ("(true && false)", "false"),
    ("((true && true) || (true && false))", "true"),
    ("(true and not false)", "true"),
    ("(1 = 1 && 2 != 3)", "true"),
    ("(yes=false)", "false"),
    # comparisons: strings that look like another type
    ('("5" = 5)', "true"),
    ('("10.0.0.1" = 10.0.0.1)', "true"),
    ('("a" < "b")', "true"),
    ('("true" = true)', "true"),
    ("(60s,1d=1m,1d)", "true"),
    ("(10s = 10)", "true"),
    # texts and arrays
    ('("a" . "b" . 1)', "ab1"),
    ('("a" . {1;2})', "a1;a2"),
    ("({1;2} , 3)", "1;2;3"),
    ('({1;"b-c"=2;3})', "1;3;b-c=2"),
    ("({z=1;a=2})", "a=2;z=1"),
    ('({a=1;b={2;3}}->"b"->1)', "3"),
    ("({1;2}->5)", ""),
    ('("abc" ~ "^a.c\\$")', "true"),
    ('("12" ~ "^[[:digit:]]+\\$")', "true"),
    ('("x" ~ "y")', "false"),
    ('"$(1 + 2) $[:len abc]"', "3 3"),
]


@pytest.mark.parametrize(("expression", "result"), EXPRESSIONS)
def test_expressions(router: Router, expression: str, result: str) -> None:
    """Most are the manual's own examples."""
    assert printed(router, f":put {expression}") == [result]


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("(10.0.0.15 + 0.0.10.0)", "cannot add ip address to ip address"),
        ("(1 / 0)", "division by zero"),
        ("(1 % 0)", "division by zero"),
        ('("a" + 1)', "cannot add string to integer number"),
        ('(!"a")', "cannot negate string"),
        ('("a" ~ "(")', "invalid regular expression"),
        ("({1} < 2)", "cannot compare if array is less than integer number"),
        ("(1 && true)", "conditional not boolean"),
    ],
)
def test_operators_refuse(router: Router, expression: str, message: str) -> None:
    """The first text is captured, the others are formed like it."""
    with pytest.raises(ScriptError) as caught:
        printed(router, f":put {expression}")
    assert caught.value.message == message


COMMANDS = [
    (':len "✅a"', "4"),
    (":len {1;2;a=3}", "3"),
    (":len 12345", "5"),
    (":len $nothing", "0"),
    (':pick "abcde" 1 3', "bc"),
    (':pick "abcde" 1', "b"),
    (':pick "abcde" 3 99', "de"),
    (':pick "abcde" 9 10', ""),
    (":pick {1;2;3} 1", "2"),
    (":pick {1;2;3} 1 3", "2;3"),
    (':find "abcabc" "c"', "2"),
    (':find "abcabc" "c" 2', "5"),
    (':find "abc" "a" -1', "0"),
    (':typeof [:find "abc" "z"]', "nil"),
    (":find {7;8;9} 8", "1"),
    (":typeof $unknown", "nothing"),
    (":typeof 5", "num"),
    (":typeof 5s", "time"),
    (":typeof 00:10:00", "time"),
    (":typeof 1.2.3.4", "ip"),
    (":typeof 1.2.3.0/24", "ip-prefix"),
    (":typeof 2001:db8::1", "ip6"),
    (":typeof *1A", "id"),
    (":typeof yes", "bool"),
    (":typeof abc", "str"),
    (':typeof "5"', "str"),
    (":typeof {}", "array"),
    (":typeof [:parse x]", "code"),
    (':tonum "12"', "12"),
    (':typeof [:tonum "x"]', "nil"),
    (":tonum 0x1F", "31"),
    (':toip "10.0.0.1"', "10.0.0.1"),
    (":toip 1", "0.0.0.1"),
    (':typeof [:toip "10.0.0.300"]', "nil"),
    (':toip6 "2001:DB8::1"', "2001:db8::1"),
    (':totime "1d2h"', "1d02:00:00"),
    (":totime 90", "00:01:30"),
    (':typeof [:totime "x"]', "nil"),
    (':toid "*1a"', "*1A"),
    (":tobool yes", "true"),
    (":tobool 0", "false"),
    (":tostr {1;2}", "1;2"),
    (':toarray "1,2,x"', "1;2;x"),
    (":range 1 4", "1;2;3;4"),
    (":convert abc to=base64", "YWJj"),
    (":convert YWJj from=base64", "abc"),
    (':convert "a b&c" to=url', "a%20b%26c"),
    (':convert "%E2%9C%85" from=url', "✅"),
    (":convert 001 to=hex", "31"),
    (":convert abc to=hex", "616263"),
    (':serialize {a=1;b={"x";true}} to=json', '{"a":1,"b":["x",true]}'),
    (':serialize "5" to=json', "5"),
    (':serialize "5" to=json options=json.no-string-conversion', '"5"'),
    (':deserialize "{\\"a\\":[1,2]}" from=json', "a=1;2"),
    (":nothing", ""),
]


@pytest.mark.parametrize(("command", "result"), COMMANDS)
def test_commands(router: Router, command: str, result: str) -> None:
    """Commands that only work something out; the manual's examples where it has some."""
    written = command.replace(":convert 001", ':convert "1"')
    assert printed(router, f":put [{written}]") == [result]


def test_random_values(router: Router) -> None:
    """Within their bounds."""
    script = ":for i from=1 to=50 do={ :put [:rndnum 3 5] }\n:put [:len [:rndstr 12]]"
    lines = printed(router, script)
    assert {int(line) for line in lines[:-1]} <= {3, 4, 5}
    assert lines[-1] == "12"


def test_bad_conversions(router: Router) -> None:
    """Named."""
    for command, message in (
        (':convert "zz" from=hex', "not hex"),
        (":convert x to=morse", "input does not match any value of to"),
        (":deserialize x from=json", "json"),
        (":serialize x to=xml", "input does not match any value of to"),
    ):
        with pytest.raises(ScriptError, match=message):
            printed(router, f":put [{command}]")


NUMBERS = st.integers(-(2**63), 2**63 - 1)


@given(NUMBERS, NUMBERS, st.sampled_from("+-*"))
def test_numbers_wrap_at_64_bits(left: int, right: int, operator: str) -> None:
    """As in two's complement."""
    from routerlab.script.operators import BINARY

    exact = {"+": left + right, "-": left - right, "*": left * right}[operator]
    found = BINARY[operator](left, right)
    assert found == wrap(exact)
    assert isinstance(found, int)
    assert -(2**63) <= found < 2**63
    assert (found - exact) % 2**64 == 0


@given(st.integers(-(2**60), 2**60))
def test_times_read_back(micros: int) -> None:
    """What is shown reads as the same time."""
    assert typed(time_text(Time(micros)).encode()) == Time(micros)


@given(st.binary(max_size=30))
def test_any_bare_word_has_a_value(word: bytes) -> None:
    """And what is shown of it means the same again."""
    value = typed(word)
    assert typed(show(value)) == value
