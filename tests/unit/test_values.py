# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Spellings of the same value compare as equal, wrong values are refused with what would be right."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.multiwan.routeros.plugins.module_utils import values as v

STATES = v.Members(("invalid", "established", "related", "new", "untracked"), negatable=True)


@pytest.mark.parametrize(
    ("kind", "canonical", "spellings"),
    [
        (v.Duration(), "10m", ["10m", "00:10:00", "600", "600s", "9m60s", "0d00:10:00"]),
        (v.Duration(), "1w2d3h4m5s", ["1w2d3h4m5s", "1w2d03:04:05", "9d03:04:05"]),
        (v.Duration(), "100ms", ["100ms", "00:00:00.1", "100000us"]),
        (v.Duration(), "0s", ["0", "0s", "00:00:00"]),
        (v.Number(), "25000000", ["25M", "25000000", "25000k"]),
        (v.Number(unit=1024), "2048", ["2048", "2048KiB", "2MiB"]),
        (v.Hex(), "0x8000", ["0x8000", "32768"]),
        (v.Hex(), "0xA000", ["0xA000", "0xa000", "40960"]),
        (v.Hex(), "0x0", ["0", "0x0000"]),
        (v.Hex(choices=("0x8100", "0x88a8")), "0x88a8", ["0x88a8", "0x88A8", "34984"]),
        (v.Bool(), "yes", ["yes", "true", "True", "on"]),
        (v.Switch(), "yes", ["", "yes", "true"]),
        (v.Enum(("no", "yes")), "yes", ["yes", "true"]),
        (STATES, "established,related", ["established,related", "related,established", "related, established"]),
        (STATES, "!invalid,new", ["!new,invalid"]),
        (v.Mac(), "48:8F:5A:00:00:01", ["48:8f:5a:00:00:01", "48-8F-5A-00-00-01", "488f.5a00.0001"]),
        (v.Match(), "10.0.0.1", ["10.0.0.1", "10.0.0.1/32", "10.0.0.1-10.0.0.1"]),
        (v.Match(), "!192.168.40.0/24", ["!192.168.40.0/24", "!192.168.40.77/24"]),
        (v.InterfaceAddress(), "172.16.10.1/24", ["172.16.10.1/24", "172.16.10.1/255.255.255.0"]),
        (v.InterfaceAddress(), "10.0.0.1/32", ["10.0.0.1", "10.0.0.1/32"]),
        (v.Prefix(), "8.8.8.8/32", ["8.8.8.8", "8.8.8.8/32"]),
        (v.Range(), "10.10.200.108-10.10.200.111", ["10.10.200.108/30", "10.10.200.108-10.10.200.111"]),
        (v.ListOf(v.Address()), "8.8.8.8,8.8.4.4", ["8.8.8.8,8.8.4.4", "8.8.8.8, 8.8.4.4"]),
        (v.Classifier(), "both-addresses-and-ports:2/0", ["both-addresses-and-ports:2/0"]),
        (v.Text(), "café ✅ ", ["café ✅ "]),
        (v.Source(), ":log info a\n:log info b", [":log info a\r\n:log info b\r\n", ":log info a\n:log info b"]),
        (v.Unknown(), "10m", ["00:10:00"]),
        (v.Unknown(), "yes", ["true", "yes"]),
    ],
)
def test_spellings_of_one_value(kind: v.Kind, canonical: str, spellings: list[str]) -> None:
    assert [kind.canonical(text) for text in spellings] == [canonical] * len(spellings)
    assert kind.canonical(canonical) == canonical


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (v.Duration(), "10 minutes", "expected a time such as 10m, 1d2h or 00:10:00"),
        (v.Duration(1, 60), "2m", "expected a time of 1 to 60 s"),
        (v.Number(1, 255), "256", "expected a number between 1 and 255"),
        (v.Number(1, 255), "ten", "expected a number between 1 and 255"),
        (v.Hex(240), "0xF1", "expected a number between 0 and 240, which may be written as 0xF0"),
        (v.Hex(), "8000h", "expected a number between 0 and 65535"),
        (v.Hex(choices=("0x8100", "0x88a8")), "0x8000", "expected one of 0x8100, 0x88a8"),
        (v.Bool(), "maybe", "expected yes or no"),
        (v.Enum(("arp", "ping")), "pong", "expected one of arp, ping"),
        (STATES, "old", "expected some of invalid, established, related, new, untracked, found 'old'"),
        (v.Mac(), "48:8F", "expected a MAC address such as 48:8F:5A:00:00:01"),
        (v.Match(), "192.168.1.300/24", "expected an IPv4 prefix such as 192.168.40.0/24"),
        (v.Match(), "10.0.0.9-10.0.0.2", "expected a range from a lower to a higher address"),
        (v.InterfaceAddress(), "172.16.10.1/33", "expected an address with its prefix length such as 172.16.10.1/24"),
        (v.Classifier(), "both-addresses-and-port:2/0", "expected its fields to be one of src-address, dst-address, "),
        (v.Classifier(), "src-address:2/2", "expected a remainder below the denominator 2; 2 never matches"),
        (v.Classifier(), "src-address", "expected fields:denominator/remainder such as both-addresses-and-ports:2/0"),
        (v.Name(), " ", "expected a name, found nothing"),
        (v.Text(3), "✅a", "expected at most 3 bytes, found 4"),
        (v.Gateway(), "192.168.40", "expected an IPv4 address such as 192.168.40.1"),
    ],
)
def test_wrong_values_say_what_would_be_right(kind: v.Kind, text: str, expected: str) -> None:
    with pytest.raises(ValueError, match="expected") as caught:
        kind.canonical(text)
    assert str(caught.value).startswith(expected)


@given(st.integers(0, 2**50))
def test_durations_come_back(amount: int) -> None:
    assert v.microseconds(v.duration(amount)) == amount


@given(st.ip_addresses(v=4), st.integers(0, 32))
def test_prefixes_and_ranges_name_the_same_addresses(address: ipaddress.IPv4Address, length: int) -> None:
    network = ipaddress.IPv4Network((address, length), strict=False)
    spelled = v.Range().canonical(f"{network[0]}-{network[-1]}")
    assert v.Range().canonical(str(network)) == spelled


@pytest.mark.parametrize(
    ("given_", "text"),
    [(True, "yes"), (False, "no"), (10, "10"), (["8.8.8.8", "8.8.4.4"], "8.8.8.8,8.8.4.4"), ("x", "x")],
)
def test_yaml_values_as_routeros_spells_them(given_: object, text: str) -> None:
    assert v.plain(given_) == text


@pytest.mark.parametrize(
    ("text", "mentioned", "renamed"),
    [
        ("192.168.40.1", [], "192.168.40.1"),
        ("192.168.40.1@main", [], "192.168.40.1@main"),
        ("2001:db8::1@main", [], "2001:db8::1@main"),
        ("fe80::1%ether1", ["ether1"], "fe80::1%WAN"),
        ("ether1", ["ether1"], "WAN"),
        ("ether1@main", ["ether1"], "WAN@main"),
        ("192.168.40.1%ether1@blue", ["ether1"], "192.168.40.1%WAN@blue"),
        ("192.168.40.1,ether2,192.168.20.1%ether1", ["ether2", "ether1"], "192.168.40.1,ether2,192.168.20.1%WAN"),
    ],
)
def test_a_gateway_mentions_its_interface(text: str, mentioned: list[str], renamed: str) -> None:
    assert v.Gateway().mentions(text) == mentioned
    assert v.Gateway().renamed(text, {"ether1": "WAN"}) == renamed
