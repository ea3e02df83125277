# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RouterOS text: what is written is read back to the same, and what cannot be read is named with its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.multiwan.routeros.plugins.module_utils import script
from ansible_collections.multiwan.routeros.plugins.module_utils.errors import ScriptError

TEXTS = st.text(st.characters(codec="utf-8"))
EXPORT = r"""# 2026-11-22 10:00:00 by RouterOS 7.22
/interface ethernet
set [ find default-name=ether1 ] comment="Fiber \
    star \E2\9C\85" name=ISP1
/ip firewall mangle
add action=mark-connection chain=prerouting comment="say \"hi\" for \$5" \
    in-interface=!ISP1 new-connection-mark=\
    ISP-1
/routing table add disabled=no fib name=to-ISP1; add fib name=to-ISP2
/ip dns
set servers=8.8.8.8,8.8.4.4
/ip service set telnet disabled=yes
/ip pool
/tool netwatch
add host=192.168.40.1 !up-script
"""


def test_an_export_is_read() -> None:
    assert script.parse(EXPORT) == {
        "interface ethernet": [{"default-name": "ether1", "comment": "Fiber star ✅", "name": "ISP1"}],
        "ip firewall mangle": [
            {
                "action": "mark-connection",
                "chain": "prerouting",
                "comment": 'say "hi" for $5',
                "in-interface": "!ISP1",
                "new-connection-mark": "ISP-1",
            }
        ],
        "routing table": [{"disabled": "no", "fib": "yes", "name": "to-ISP1"}, {"fib": "yes", "name": "to-ISP2"}],
        "ip dns": [{"servers": "8.8.8.8,8.8.4.4"}],
        "ip service": [{"name": "telnet", "disabled": "yes"}],
        "ip pool": [],
        "tool netwatch": [{"host": "192.168.40.1", "up-script": None}],
    }


@given(st.dictionaries(st.from_regex(r"[a-z][a-z0-9-]{0,9}", fullmatch=True), TEXTS, min_size=1))
def test_words_come_back_to_the_letter(values: dict[str, str]) -> None:
    assert script.parse(f"/ip test\nadd {script.words(values)}")["ip test"] == [values]


@given(TEXTS)
def test_quoted_text_is_safe_in_any_terminal(text: str) -> None:
    quoted = script.quote(text)
    assert quoted.isascii()
    assert quoted.isprintable()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("add x=1", "line 1: 'add' before any menu; expected a line such as /ip firewall nat first"),
        ("/ip pool\n\nprint", "line 3: 'print' is not a command that describes configuration; expected add or set"),
        ('/ip pool\nadd name="a', "line 2: missing closing quote"),
        ('/ip pool\nadd name="a\nb"', "line 2: missing closing quote"),
        ('/ip pool\nadd name="\\q"', "line 2: '\\q' is not an escape that RouterOS knows"),
        ('/ip pool\nadd name="$x"', "line 2: '$' in a quoted string would be expanded by the router; write \\$"),
        ("/ip pool\nadd name=$x", "line 2: '$' outside quotes stands for something only a router knows"),
        ("/ip pool\nadd name=a name=b", "line 2: 'name' is given twice"),
        ("/ip pool\nadd =a", "line 2: expected name=value, found '=a'"),
        ("/ip pool\nset [ find name=a", "line 2: expected [ find name=value ] after set"),
        ('/ip pool\nadd name="\\FF"', "line 2: bytes that are not UTF-8: ff"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, message: str) -> None:
    with pytest.raises(ScriptError) as caught:
        script.parse(text)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("spelling", ["/ip/firewall/nat", "ip firewall nat", "/ip firewall nat", " ip/firewall/nat "])
def test_spellings_of_a_path(spelling: str) -> None:
    assert script.menu_path(spelling) == "ip firewall nat"
