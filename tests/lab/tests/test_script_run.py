# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running scripts: control, functions, variables, menus, rights, bounds."""

from __future__ import annotations

import asyncio
import contextlib
import time
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routerlab.model.router import Router
from routerlab.script import FetchRequest, FetchResult, ScriptError, ScriptSyntaxError, parse, run
from routerlab.script.commands import LANGUAGE
from routerlab.script.literals import show
from routerlab.script.operators import PRECEDENCE
from routerlab.seed import SeedMachine
from routerlab.testing import bare_router


class Bench(SeedMachine):
    """A machine that keeps what scripts print, fetch and wait for; fetches answer ``result``."""

    def __init__(self, router: Router, *lacks: str) -> None:
        super().__init__(router)
        self.policies -= set(lacks)
        self.lines: list[str] = []
        self.fetched: list[FetchRequest] = []
        self.slept: list[float] = []
        self.result = FetchResult(data=b"hello", downloaded=5, total=5, headers=[("a", "b")])

    def put(self, text: str) -> None:
        self.lines.append(text)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    async def fetch(self, request: FetchRequest) -> FetchResult:
        self.fetched.append(request)
        return self.result

    async def ping(self, address: str, count: int, interface: str = "", **options: str) -> int:
        return count - 1 if address == "8.8.8.8" else 0

    async def resolve(self, name: str, server: str = "", **options: str) -> str:
        if name != "example.org":
            raise ScriptError("failure: dns name does not exist")
        return "192.0.2.7"

    def run(self, text: str, **variables: str) -> object:
        """Run a script; its ``:return``."""
        return asyncio.run(run(parse(text, self.router), self, variables))


def make(version: str = "7.22.3") -> Router:
    """A router for one test."""
    return bare_router("bench", version, "RB750Gr3")


@cache
def spoiled() -> Router:
    """A router that any script may spoil."""
    return make()


@pytest.fixture
def bench() -> Bench:
    """A machine on a fresh router."""
    return Bench(make())


def failing(bench: Bench, text: str) -> ScriptError:
    """What a script fails with."""
    with pytest.raises(ScriptError) as caught:
        bench.run(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (":for i from=1 to=3 do={ :put $i }", "1 2 3"),
        (":for i from=3 to=1 do={ :put $i }", "3 2 1"),
        (":for from=1 to=2 counter=x do={ :put $x }", "1 2"),
        (":for i from=10 to=0 step=-5 do={ :put $i }", "10 5 0"),
        (":foreach i in={1;2} do={ :put $i }", "1 2"),
        (':foreach k,v in={5;b=2;a=1} do={ :put "$k=$v" }', "0=5 a=1 b=2"),
        (":foreach i in=$none do={ :put $i }", ""),
        (":local i 0; :while ($i < 3) do={ :set i ($i + 1); :put $i }", "1 2 3"),
        (":local i 0; :do { :set i ($i + 1); :put $i } while=($i < 2)", "1 2"),
        (":if (1 = 1) do={ :put a } else={ :put b }", "a"),
        (":if (1 = 2) do={ :put a } else={ :put b }", "b"),
        (":if (1 = 2) do={ :put a } else { :put b }", "b"),
        (":for i from=1 to=9 do={ :if ($i = 2) do={ :continue }; :if ($i = 4) do={ :break }; :put $i }", "1 3"),
        (":put a; :exit; :put b", "a"),
        (":put a; :return 1; :put b", "a"),
        (":do { :put a; :error x; :put b } on-error={ :put c }; :put d", "a c d"),
        (":do { :put (1 / 0) } on-error={ :put c }", "c"),
        (':onerror e in={ :error "boom" } do={ :put $e }', "boom"),
        (":onerror e in={ :put fine } do={ :put $e }", "fine"),
        (":do { foo bar } on-error={ :put caught }", "caught"),
        (":retry command={ :put try; :error x } delay=1 max=3 on-error={ :put over }", "try try try over"),
        (':put [[:parse ":return (1 + 2)"]]', "3"),
        (":execute {:put inside}; :put after", "inside after"),
        (':put [:execute ":put inside" as-string]', "inside"),
        (":put [:resolve example.org]", "192.0.2.7"),
        (":put [/ping 8.8.8.8 count=3]", "2"),
        ("{ :local x 1; { :local x 2; :put $x }; :put $x }", "2 1"),
        (":local x 1; :if (true) do={ :set x 2 }; :put $x", "2"),
        (':local "a-b" 5; :put $"a-b"', "5"),
        (":put [:typeof [:time {:nothing}]]", "time"),
        (':local a {1;2}; :set ($a->0) 9; :set ($a->"k") {b=1}; :set ($a->"k"->"b") 7; :put $a', "9;2;k=b=7"),
        (":local a {}; :set ($a->0) x; :set ($a->[:len $a]) y; :put $a", "x;y"),
        (":local a {1;2}; :local b $a; :set ($b->0) 9; :put $a; :put $b", "1;2 9;2"),
    ],
)
def test_control(bench: Bench, text: str, lines: str) -> None:
    """Loops, conditions, errors, blocks, elements of arrays."""
    bench.run(text)
    assert bench.lines == lines.split()


def test_functions(bench: Bench) -> None:
    """Positional and named arguments, recursion by a global name; a function sees no variables but its own."""
    bench.run(
        """:global fact do={ :global fact; :if ($1 < 2) do={ :return 1 }; :return ($1 * [$fact ($1 - 1)]) }
:put [$fact 10]
:local outer 5
:local show do={ :put "$0 $1 $n <$outer>" }
$show a n=2
:put [$show b]
:local made [:parse ":return (\\$1 . \\$x)"]
:put [$made 4 x=5]
:local map {f=do}
:local list {1;2}
:put [($list->1)]
:set ($list->0) do={ :return "first $0 second $1" }
:put [($list->0) a b]
"""
    )
    assert bench.lines == ["3628800", "$show a 2 <>", "$show b  <>", "", "45", "2", "first a second b"]


def test_globals_are_shared_and_must_be_declared(bench: Bench) -> None:
    """Between runs, and only under ``:global``."""
    bench.run(":global count 1")
    bench.run(':put "<$count>"; :global count; :set count ($count + 1); :put $count')
    assert bench.lines == ["<>", "2"]
    assert bench.globals == {"count": 2}
    bench.run("/environment print; :put [/system script environment print count-only]; /environment remove count")
    assert bench.lines[2:] == ["count=2", "1"]
    assert bench.globals == {}


def test_the_callers_variables(bench: Bench) -> None:
    """Netwatch's, also where their names need quotes; a declaration hides them."""
    bench.run(':put "$host $status"; :local host x; :put $host', host="8.8.8.8", status="up")
    assert bench.lines == ["8.8.8.8 up", "x"]
    assert asyncio.run(run(parse(':return $"loss-percent"'), bench, {"loss-percent": b"100"})) == b"100"


def test_nothing_runs_of_a_script_that_does_not_parse(bench: Bench) -> None:
    """Not even what stands before the mistake."""
    with pytest.raises(ScriptSyntaxError, match=r"syntax error \(line 2 column 6\)"):
        bench.run(":put a\n:put )")
    assert bench.lines == []


def test_rows(bench: Bench) -> None:
    """Everything that scripts do to rows."""
    bench.run(
        """/ip firewall address-list
:local id [add list=l address=10.0.0.1 comment="one"]
add list=l address=10.0.0.2 disabled=yes
add list=m address=10.0.0.0/24
:put [:typeof $id]
:put [:len [find]]
:put [:len [find list=l]]
:put [get [find comment="one"] address]
:put [get [find where list=m] address]
:put [print count-only where list=l and disabled=no]
:put [:len [find where list=l disabled]]
:put [:len [find !disabled]]
:put [:len [find where address~"^10.0.0.[12]\\$"]]
:put [:len [find where address in 10.0.0.0/24 and list!=m]]
:put [:len [find where (list=m || comment="one")]]
:put [:len [find comment=""]]
:put ([get $id]->"list")
set $id comment="uno"
set [find list=l] list=n
set [find list=none] list=x
:put [get 0 comment]
:put [get 0 list]
disable [find comment=uno]
:put [:typeof [get $id disabled]]
enable $id
comment $id comment=z
:put [get $id comment]
set $id !comment
:put [:typeof [get $id comment]]
remove [find list=n]
:put [:len [find]]
:foreach row in=[print as-value] do={ :put ($row->"address") }
"""
    )
    assert bench.lines[:5] == ["id", "3", "2", "10.0.0.1", "10.0.0.0/24"]
    assert bench.lines[5:12] == ["1", "1", "2", "2", "2", "2", "2"]
    assert bench.lines[12:] == ["l", "uno", "n", "bool", "z", "nil", "1", "10.0.0.0/24"]


def test_where_a_variable_is_called_like_a_property(bench: Bench) -> None:
    """It means the property, and every row matches: the manual's warning."""
    bench.run(
        ":local name ether1; :put [:len [/interface ethernet find where name=$name]]\n"
        ":local nm ether1; :put [:len [/interface ethernet find where name=$nm]]"
    )
    assert bench.lines == ["5", "1"]


def test_names_positions_and_order(bench: Bench) -> None:
    """Rows by name, by identifier, by place; moved, and added before another."""
    bench.run(
        """/interface set ether1 name=ISP1
:put [/interface ethernet get [find default-name=ether1] name]
/ip firewall mangle
add chain=prerouting action=accept comment=a
add chain=prerouting action=accept comment=b
add chain=prerouting action=accept comment=c place-before=0
move [find comment=b] 0
:foreach i in=[find] do={ :put [get $i comment] }
set 0,1 disabled=yes
:put [print count-only where disabled=yes]
"""
    )
    assert bench.lines == ["ISP1", "b", "c", "a", "2"]


def test_singletons_and_facts(bench: Bench) -> None:
    """The clock, the name, the hardware; times and numbers have their types."""
    bench.run(
        """/system identity set name="Kantor Pusat"
:put [/system identity get name]
:put ([/system identity get]->"name")
:put [:typeof [/system clock get time]]
:put [:len [/system clock get date]]
:put [/system resource get board-name]
:put [:typeof [/system resource get uptime]]
:put [:typeof [/system resource get cpu-count]]
"""
    )
    assert bench.lines == ["Kantor Pusat", "Kantor Pusat", "time", "10", "hEX", "time", "num"]


def test_log(bench: Bench) -> None:
    """Both ways of writing to it."""
    bench.run(':log info "one"; /log warning two; :log error message="three $[:len abc]"')
    assert [(line.topics, line.message) for line in bench.router.log[-3:]] == [
        ("script,info", "one"),
        ("script,warning", "two"),
        ("script,error", "three 3"),
    ]


def test_what_is_logged_reads_as_what_is_put(bench: Bench) -> None:
    """Booleans and arrays too."""
    bench.run(":foreach v in={true;{1;2;{a=3}};1.2.3.4;10s} do={ :put $v; :log info $v }")
    assert [line.message for line in bench.router.log[-4:]] == bench.lines == ["true", "1;2;a=3", "1.2.3.4", "00:00:10"]


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("\n/ip pool get [find name=x] ranges", "no such item", 2),
        ("/ip pool get nobody ranges", "no such item", 1),
        ("/ip pool add name=a ranges=x", "value of ranges expects range of ip addresses", 1),
        ("/ip address add", "missing value(s) of argument(s) address interface", 1),
        ("/ip address add address=10.0.0.1/24 interface=none", "input does not match any value of interface", 1),
        ("/system identity get nothing", "input does not match any value of value-name", 1),
        (":if (5) do={ :put 1 }", "conditional not boolean", 1),
        (':put a\n:error "stop here"', "stop here", 2),
        ("nonsense", "bad command name nonsense (line 1 column 1)", 1),
        ("/tool fetch", "missing value(s) of argument(s) url", 1),
        ("/tool fetch url=http://a/ http-method=patchy", "input does not match any value of http-method", 1),
        ("/tool fetch url=http://a/ port=65536", "value of port out of range (0..65535)", 1),
        (":delay soon", "invalid time value for argument delay-time", 1),
        (":resolve nowhere", "failure: dns name does not exist", 1),
        (":local f do={ :global f; $f }; :global f $f; $f", "functions call each other too deeply", 1),
        (':put [:parse ")"]', "syntax error (line 1 column 1)", 1),
        ("/interface get [find] name", "invalid internal item number", 1),
    ],
)
def test_failures(bench: Bench, text: str, message: str, line: int) -> None:
    """A runtime error stops the script where it is, and says what a router says."""
    error = failing(bench, text)
    assert error.message == message
    assert error.line == line


def test_errors_name_the_command(bench: Bench) -> None:
    """In the words of captured script errors: ``(/ip/address/add; line 1)``."""
    assert str(failing(bench, "/ip address add")) == (
        "missing value(s) of argument(s) address interface (/ip/address/add; line 1)"
    )


def test_fetch_is_asked_as_written(bench: Bench) -> None:
    """The URL is not touched; the old ``keep-result=no`` means no file."""
    bench.run(
        r'/tool fetch url="https://a/b c?x=\E2\9C\85&y=1"keep-result=no'
        "\n"
        '/tool/fetch https://a:8443/ http-method=post http-data="a=1" http-header-field="A: b,C:d\\\\,e" output=none '
        "check-certificate=yes-without-crl duration=10s\n"
        "/tool fetch mode=https address=1.2.3.4 host=a src-path=x port=444 output=user\n"
    )
    first, second, third = bench.fetched
    assert first.url == "https://a/b c?x=✅&y=1".encode()
    assert (first.method, first.output, first.mode) == ("get", "none", "https")
    assert (second.method, second.data, second.check_certificate) == ("post", b"a=1", "yes-without-crl")
    assert second.headers == [("A", "b"), ("C", "d,e")]
    assert second.duration == 10
    assert (third.mode, third.address, third.host, third.port) == ("https", "1.2.3.4", "a", 444)


def test_fetch_as_value(bench: Bench) -> None:
    """An array with the data."""
    found = bench.run(":return [/tool fetch url=http://a/ output=user as-value]")
    assert show(found) == b"data=hello;downloaded=0;duration=00:00:00;status=finished;total=0"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("version", "message"), [("7.12.2", "Fetch failed with status 404"), ("7.22.3", "Status 404, Not Found")]
)
def test_fetch_with_a_bad_status_fails(version: str, message: str) -> None:
    """In the words of its version."""
    bench = Bench(make(version))
    bench.result = FetchResult(code=404)
    assert failing(bench, "/tool fetch url=http://a/ output=none").message == message


@pytest.mark.parametrize(
    ("text", "lack"),
    [
        ("/ip pool add name=a ranges=10.0.0.1", "write"),
        ("/ip pool remove [/ip pool find]", "write"),
        ("/log info x", "write"),
        (":put [/ip pool find]", "read"),
        (":put [/system identity get name]", "read"),
        ("/ip pool print", "read"),
        ("/tool fetch url=http://a/ output=none", "test"),
        ("/tool fetch url=http://a/", "ftp"),
        ("/ping 8.8.8.8 count=1", "test"),
        ("/user add name=x group=full password=y", "policy"),
    ],
)
def test_rights(text: str, lack: str) -> None:
    """Each command asks for the policies that it needs, and nothing happens without."""
    router = make()
    Bench(router).run(text if "remove" not in text else ":nothing")
    bench = Bench(router, lack)
    assert failing(bench, text).message == "not enough permissions (9)"
    assert bench.fetched == []


def test_scripts_that_run_scripts() -> None:
    """A script that asks for more than its caller may is not run, unless it is marked so."""
    bench = Bench(make(), "ftp")
    bench.run(
        """/system script
add name=small policy=read source=":put small; :do { /log info x } on-error={ :put refused }"
add name=big policy=read,ftp source=":put big"
add name=marked policy=read,ftp dont-require-permissions=yes source=":put marked"
run small
:do { run big } on-error={ :put "not run" }
run [find name=marked]
"""
    )
    assert bench.lines == ["small", "refused", "not run", "marked"]


def test_waiting_is_the_machines(bench: Bench) -> None:
    """Seconds, times, fractions, and the second that is meant without any."""
    bench.run(":delay 2; :delay 1m; :delay 200ms; :delay; :retry command={ :error x } delay=3 max=2 on-error={}")
    assert bench.slept == [2, 60, 0.2, 1, 3]


def test_endless_loops_end(bench: Bench) -> None:
    """With a message; a pause begins the count anew."""
    bench.steps = 500
    assert failing(bench, ":while (true) do={}").message == "stopped after 500 steps without a pause"
    bench.run(":for i from=1 to=300 do={ :delay 1s }")
    assert len(bench.slept) == 300


def test_a_run_leaves_others_their_turn_and_can_be_cancelled(bench: Bench) -> None:
    """Also while it loops without a pause."""

    async def both() -> int:
        task = asyncio.create_task(run(parse(":while (true) do={ :nothing }", bench.router), bench))
        turns = 0
        while turns < 20:
            await asyncio.sleep(0)
            turns += 1
        assert not task.done()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return turns

    assert asyncio.run(both()) == 20


def test_big_loops_and_many_rows_stay_quick(bench: Bench) -> None:
    """Tens of thousands of steps, a thousand rows."""
    started = time.perf_counter()
    found = bench.run(
        """:local sum 0
:for i from=1 to=20000 do={ :set sum ($sum + $i) }
:for i from=1 to=1000 do={ /ip firewall address-list add list=l address=(10.0.0.0 + $i) }
:local text ""
:for i from=1 to=300 do={ :set text ($text . [:tostr $i] . ",") }
:put [:len [:toarray $text]]
:put [/ip firewall address-list print count-only where address in 10.0.1.0/24]
:return $sum"""
    )
    assert found == 200010000
    assert bench.lines == ["301", "256"]
    # Generous: about a second where this was written.
    assert time.perf_counter() - started < 30


def test_whole_configurations_run(bench: Bench) -> None:
    """An export as a router writes it: wrapped lines, menus, finds."""
    bench.run(
        r"""# 2024-05-17 10:00:00 by RouterOS 7.22.3
/interface ethernet
set [ find default-name=ether1 ] comment="a \
    long one" name=ISP1
/ip pool
add name=LAN ranges=172.16.10.2-172.16.10.254
/ip firewall mangle
add action=mark-connection chain=prerouting connection-mark=no-mark \
    dst-address-type=!local in-interface=ether5 new-connection-mark=ISP-1 \
    passthrough=yes per-connection-classifier=both-addresses-and-ports:2/0
/tool netwatch
add disabled=no down-script=":log info \"down \$host\"\r\
    \n:log info second" host=8.8.8.8 interval=10s type=simple
:put [get [find host=8.8.8.8] down-script]
:put [/interface ethernet get ISP1 comment]
:put [/ip firewall mangle get 0 per-connection-classifier]
"""
    )
    assert bench.lines == [
        ':log info "down $host"\r\n:log info second',
        "a long one",
        "both-addresses-and-ports:2/0",
    ]


VALUES = st.recursive(
    st.sampled_from(
        [
            *(
                '"text"',
                '""',
                '"5"',
                "5",
                "(-5)",
                "99999999999",
                "10s",
                "1.2.3.4",
                "10.0.0.0/8",
                "*1",
                "*F",
                "yes",
                "x",
            ),
            *(
                "$x",
                "$y",
                "[find]",
                "[:nothing]",
                "{}",
                "{1;a=2}",
                "2001:db8::1",
                "[/system clock get]",
                '"a,b"',
                "ether1",
            ),
        ]
    ),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(sorted(PRECEDENCE)), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(st.sampled_from("!-~"), inner).map(lambda p: f"({p[0]}{p[1]})"),
        st.tuples(inner, inner).map(lambda p: f"{{{p[0]};k={p[1]}}}"),
        st.tuples(st.sampled_from(sorted(LANGUAGE)), inner).map(lambda p: f"[:{p[0]} {p[1]}]"),
    ),
    max_leaves=4,
)
COMMANDS = [f":{name}" for name in sorted(LANGUAGE)]
for menu in ("/ip pool", "/interface ethernet", "/system clock", "/ip firewall mangle", "/user", "/log"):
    COMMANDS += [
        f"{menu} {verb}" for verb in ("add", "set", "get", "remove", "print", "find", "move", "enable", "unset")
    ]
COMMANDS += ["/tool fetch", "/ping", "/system script run", "/environment print", "/environment remove", "$x"]
ARGUMENTS = st.one_of(
    VALUES,
    st.tuples(
        st.sampled_from(
            ["name", "ranges", "to", "from", "do", "in", "key", "numbers", "comment", "chain", "url", "max"]
        ),
        VALUES,
    ).map("=".join),
    VALUES.map("where name={}".format),
    st.sampled_from(["as-value", "count-only", "do={ :put 1 }", "on-error={}", "while=(false)", "!comment", "count=1"]),
)
STATEMENTS = st.tuples(st.sampled_from(COMMANDS), st.lists(ARGUMENTS, max_size=3)).map(
    lambda p: " ".join([p[0], *p[1]])
)


@settings(max_examples=250, suppress_health_check=list(HealthCheck), deadline=None)
@given(STATEMENTS)
def test_nothing_but_script_errors_comes_out_of_a_run(statement: str) -> None:
    """Whatever is put together."""
    machine = Bench(spoiled())
    machine.steps = 2000
    with contextlib.suppress(ScriptSyntaxError, ScriptError):
        machine.run(f":local x {{1;a=2}}; :local y\n{statement}")
