# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``/tool/fetch`` against servers that keep what they were sent and answer as the path says."""

from __future__ import annotations

import asyncio
import base64
import gzip
import socket
import ssl
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routerlab import certs
from routerlab.kernel.bench import Bench, Network, until
from routerlab.kernel.dnsmasq import Dnsmasq
from routerlab.kernel.fetch import BODY_LIMIT, DATA_LIMIT, FetchError, fetch, split_url

SERVER = "198.51.100.7"
TOKEN = "123:SECRET"


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    """The process with the namespaces."""
    with Bench(__file__) as running:
        yield running


def _page(code: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {code}", *headers, f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


PAGES: dict[str, bytes] = {
    "/ok": _page("200 OK", b"fine", "X-Kind: a", "X-Kind: b"),
    "/empty": _page("204 No Content"),
    "/no-reason": b"HTTP/1.0 200\r\n\r\nto the end",
    "/missing": _page("404 Not Found", b"nothing", "X-Why: gone"),
    "/teapot": _page("418 I'm a teapot"),
    "/continue": b"HTTP/1.1 100 Continue\r\n\r\n" + _page("200 OK", b"then"),
    "/chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\nfour\r\n4\r\n and\r\n0\r\n\r\n",
    "/bad-chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    "/short": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
    "/gzip": _page("200 OK", gzip.compress(b"packed" * 100), "Content-Encoding: gzip"),
    "/deflate": _page("200 OK", zlib.compress(b"packed" * 100), "Content-Encoding: deflate"),
    "/broken-gzip": _page("200 OK", b"not packed", "Content-Encoding: gzip"),
    "/large": _page("200 OK", b"x" * 200_000),
    "/garbage": b"220 mail.example.net ESMTP\r\n\r\n",
    "/closed": b"",
    "/headers": b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
    "/one": _page("302 Found", b"", "Location: /two"),
    "/two": _page("307 Temporary Redirect", b"", "Location: ok"),
    "/three": _page("301 Moved Permanently", b"", f"Location: http://{SERVER}/one"),
    "/relative/a": _page("302 Found", b"", "Location: ../ok"),
    "/see": _page("303 See Other", b"", "Location: /ok"),
    "/elsewhere": _page("302 Found", b"", "Location: http://other.example.net:8080/ok"),
    "/to-ftp": _page("302 Found", b"", "Location: ftp://other.example.net/ok"),
    f"/bot{TOKEN}/loop": _page("302 Found", b"", f"Location: http://{SERVER}/bot{TOKEN}/loop"),
}


class Place(Network):
    """A router with a DNS cache, a server beyond it with HTTP, HTTPS, and ports that misbehave."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[bytes] = []
        self.peers: list[str] = []
        self.router = self.add("router")
        self.add("server")
        self.cable("router", "ether1", "server", "lan")
        self.ip("router", "addr add 192.168.1.2/24 dev ether1")
        self.ip("router", "addr add 192.168.1.3/24 dev ether1")
        self.ip("server", "addr add 192.168.1.1/24 dev lan")
        self.ip("server", f"addr add {SERVER}/32 dev lo")
        self.ip("router", "route add default via 192.168.1.1")
        self.cache = Dnsmasq(self.router, self.directory, lambda _event: None)
        self.closing(self.cache.close)
        names = "".join(f"host-record={name},{SERVER}\n" for name in ("api.example.net", "other.example.net"))
        self.cache.apply(f"listen-address=127.0.0.1\nbind-dynamic\n{names}local=/example.net/\n")
        self._hold: set[asyncio.Task[None]] = set()

    async def listen(self, port: int, tls: ssl.SSLContext | None = None, silent: bool = False) -> None:
        """Serve the pages at a port; ``silent`` takes requests and never answers."""
        with self.namespaces["server"].entered():
            line = socket.create_server(("0.0.0.0", port))

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    (int(text[15:]) for text in head.split(b"\r\n") if text.lower().startswith(b"content-length:")), 0
                )
                self.asked.append(head + await reader.readexactly(length))
                self.peers.append(writer.get_extra_info("peername")[0])
                if silent:
                    await reader.read()
                path = head.split(b"\r\n")[0].split(b" ")[1].decode(errors="replace").partition("?")[0]
                writer.write(PAGES.get(path, PAGES["/ok"]))
                await writer.drain()
            except (ConnectionError, asyncio.IncompleteReadError):
                pass
            finally:
                writer.transport.close()

        server = await asyncio.start_server(answer, sock=line, ssl=tls)
        self.closing(server.close)

    async def get(self, url: str, **more: Any) -> dict[str, Any]:
        """A fetch from the router."""
        found = await fetch(self.router, {"url": url, "timeout": 30, **more})
        found["data"] = base64.b64decode(found["data_base64"])
        return found

    async def refused(self, url: str, **more: Any) -> FetchError:
        """The error of a fetch, which never names what was fetched."""
        with pytest.raises(FetchError) as caught:
            await self.get(url, **more)
        assert TOKEN not in str(caught.value)
        assert "example.net" not in str(caught.value)
        return caught.value


async def pages() -> None:
    """Bodies of every framing; the result's facts."""
    with Place() as net:
        await net.listen(80)
        found = await net.get(f"http://{SERVER}/ok")
        assert (found["code"], found["data"], found["downloaded"], found["total"]) == (200, b"fine", 4, 4)
        assert found["headers"] == [["X-Kind", "a"], ["X-Kind", "b"], ["Content-Length", "4"]]
        assert 0 < found["duration"] < 30
        expected = {
            "/empty": b"",
            "/no-reason": b"to the end",
            "/continue": b"then",
            "/chunks": b"four and",
            "/gzip": b"packed" * 100,
            "/deflate": b"packed" * 100,
        }
        for path, data in expected.items():
            assert (await net.get(f"http://{SERVER}{path}"))["data"] == data
        large = await net.get(f"http://{SERVER}/large")
        assert (large["data"], large["downloaded"]) == (b"x" * BODY_LIMIT, 200_000)
        assert len((await net.get(f"http://{SERVER}/large", limit=1000))["data"]) == 1000
        assert (await net.get(f"http://{SERVER}/ok", method="head"))["data"] == b""


async def requests() -> None:
    """What goes onto the wire, byte by byte."""
    with Place() as net:
        await net.listen(80)
        await net.listen(8080)
        await net.get("http://api.example.net/bot1:a/sendMessage?text=a b\u2705&x=%20#y", version="7.18.2")
        assert (
            net.asked.pop()
            == (
                "GET /bot1:a/sendMessage?text=a b\u2705&x=%20#y HTTP/1.1\r\nHost: api.example.net\r\n"
                "User-Agent: RouterOS 7.18.2\r\nAccept-Encoding: deflate, gzip\r\nConnection: close\r\n\r\n"
            ).encode()
        )
        await net.get("http://api.example.net:8080?q", percent_encoding=True)
        assert b"GET /?q HTTP/1.1\r\nHost: api.example.net:8080\r\n" in net.asked.pop()
        await net.get("http://api.example.net/ok?text=a b\u2705%0A", percent_encoding=True)
        assert net.asked.pop().startswith(b"GET /ok?text=a%20b%E2%9C%85%0A HTTP/1.1\r\n")
        data = base64.b64encode("text=\u2705".encode()).decode()
        await net.get("http://api.example.net/ok", method="post", data_base64=data)
        asked = net.asked.pop()
        assert asked.startswith(b"POST /ok HTTP/1.1\r\n")
        assert b"\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 8\r\n" in asked
        assert asked.endswith("\r\n\r\ntext=\u2705".encode())
        for encoding, unpack in (("gzip", gzip.decompress), ("deflate", zlib.decompress)):
            await net.get("http://api.example.net/ok", method="put", data_base64=data, content_encoding=encoding)
            head, _sign, packed = net.asked.pop().partition(b"\r\n\r\n")
            assert f"\r\nContent-Encoding: {encoding}".encode() in head
            assert f"\r\nContent-Length: {len(packed)}\r\n".encode() in head
            assert unpack(packed) == "text=\u2705".encode()
        own = [["content-type", "application/json"], ["X-A", "1"], ["Host", "own"]]
        await net.get("http://api.example.net/ok", method="put", data_base64=data, headers=own)
        asked = net.asked.pop()
        assert asked.startswith(b"PUT /ok HTTP/1.1\r\n")
        assert [text for text in asked.split(b"\r\n") if b"ontent-Type" in text or b"ontent-type" in text] == [
            b"content-type: application/json"
        ]
        assert asked.count(b"\r\nHost: own\r\n") == 1
        assert b"api.example.net" not in asked
        await net.get("http://api.example.net/\udcff", headers=[["X", "\udcfe"]])
        asked = net.asked.pop()
        assert asked.startswith(b"GET /\xff HTTP/1.1\r\n")
        assert b"\r\nX: \xfe\r\n" in asked
        await net.get("http://me:pw@api.example.net/ok")
        assert b"\r\nAuthorization: Basic " + base64.b64encode(b"me:pw") + b"\r\n" in net.asked.pop()
        await net.get("http://api.example.net/ok", user="you", password="p:w")
        assert b"\r\nAuthorization: Basic " + base64.b64encode(b"you:p:w") + b"\r\n" in net.asked.pop()
        await net.get("http://api.example.net/ok", host="virtual", address=SERVER, port=8080)
        assert b"\r\nHost: virtual:8080\r\n" in net.asked.pop()
        await net.get("http://api.example.net/ok", src_address="192.168.1.3")
        assert net.peers[-2:] == ["192.168.1.2", "192.168.1.3"]


async def statuses() -> None:
    """Every status that is no success is an error that carries code and headers."""
    with Place() as net:
        await net.listen(80)
        error = await net.refused(f"http://{SERVER}/missing?token={TOKEN}")
        assert error.document() == {
            "error": "Status 404, Not Found",
            "code": 404,
            "headers": [["X-Why", "gone"], ["Content-Length", "7"]],
        }
        assert str(await net.refused(f"http://{SERVER}/teapot")) == "Status 418, I'm a teapot"
        for version, text in (("7.12.2", "Fetch failed with status 404"), ("7.13", "Status 404, Not Found")):
            assert str(await net.refused(f"http://{SERVER}/missing", version=version)) == text


async def redirects() -> None:
    """Two are followed unless it is said how many; the next one is the error."""
    with Place() as net:
        await net.listen(80)
        await net.listen(8080)
        found = await net.get(f"http://{SERVER}/one")
        assert (found["data"], found["redirects"]) == (b"fine", 2)
        error = await net.refused(f"http://{SERVER}/three")
        assert str(error) == 'Status 307, Temporary Redirect (Location: "ok")'
        assert (await net.get(f"http://{SERVER}/three", max_redirects=3))["redirects"] == 3
        none = await net.refused(f"http://{SERVER}/one", max_redirects=0)
        assert str(none) == 'Status 302, Found (Location: "/two")'
        assert (await net.get(f"http://{SERVER}/relative/a"))["code"] == 200
        # A location that repeats a secret path is not shown.
        assert str(await net.refused(f"http://{SERVER}/bot{TOKEN}/loop")) == "Status 302, Found"
        assert str(await net.refused(f"http://{SERVER}/to-ftp")) == "the laboratory does not fetch over ftp"
        net.asked.clear()
        data = base64.b64encode(b"x").decode()
        await net.get(f"http://{SERVER}/see", method="put", data_base64=data)
        await net.get(f"http://{SERVER}/one", method="post", data_base64=data)
        await net.get(f"http://{SERVER}/two", method="post", data_base64=data)
        methods = [asked.split(b" ")[0] for asked in net.asked]
        assert methods == [b"PUT", b"GET", b"POST", b"GET", b"GET", b"POST", b"POST"]
        net.asked.clear()
        await net.get(f"http://{SERVER}/elsewhere", user="me", password="pw")
        assert [b"Authorization" in asked for asked in net.asked] == [True, False]


async def failures() -> None:
    """Each failure in its words."""
    with Place() as net:
        await net.listen(80)
        await net.listen(81, silent=True)
        assert str(await net.refused("http://nobody.example.net/")) == "dns name does not exist"
        assert str(await net.refused(f"http://{SERVER}:82/{TOKEN}")) == "Connection refused"
        # All at once: each takes its whole time, in which a busy machine has connected.
        waiting, connecting, at_all = await asyncio.gather(
            net.refused(f"http://{SERVER}:81/{TOKEN}", timeout=1),
            net.refused("http://192.168.1.77/", timeout=1),
            net.refused(f"http://{SERVER}:81/", duration=0.2),
        )
        assert str(waiting) == "Idle timeout - waiting data"
        assert str(connecting) == "Idle timeout - connecting"
        assert str(at_all) == "duration timeout"
        assert str(await net.refused(f"http://{SERVER}/ok", src_address="203.0.113.1")) == (
            "Cannot assign requested address"
        )
        for path in ("/closed", "/short"):
            assert str(await net.refused(f"http://{SERVER}{path}")) == "connection closed by remote host"
        for path in ("/garbage", "/bad-chunk", "/broken-gzip"):
            assert str(await net.refused(f"http://{SERVER}{path}")) == "invalid response"
        assert str(await net.refused(f"http://{SERVER}/headers")) == "response headers too long"
        too_long = base64.b64encode(b"x" * (DATA_LIMIT + 1)).decode()
        assert "too long" in str(await net.refused(f"http://{SERVER}/", method="post", data_base64=too_long))
        net.ip("router", "route del default")
        assert str(await net.refused(f"http://{SERVER}/ok")) == "Network is unreachable"


async def no_dns() -> None:
    """A lost question is asked again; without a cache there is no name."""
    with Place() as net:
        await net.listen(80)
        net.nft("router", "add table ip t; add chain ip t in { type filter hook input priority 0; }")
        net.nft("router", "add rule ip t in udp sport 53 drop")
        task = asyncio.create_task(net.get("http://api.example.net/ok"))
        await asyncio.sleep(0.5)
        net.nft("router", "flush chain ip t in")
        # The question is asked again before long.
        async with asyncio.timeout(30):
            assert (await task)["code"] == 200
        net.cache.apply(None)
        assert str(await net.refused("http://api.example.net/ok")) == "dns server failure"


async def tls(directory: str) -> None:
    """Certificates are checked when it is asked for, chain and name; not otherwise."""
    with Place() as net:
        place = Path(directory)
        await net.listen(443, certs.certified_context(place, "api"))
        await net.listen(80)
        await net.listen(81, silent=True)
        ca = str(place / "ca.pem")
        url = "https://api.example.net/ok"
        assert (await net.get(url))["data"] == b"fine"
        assert (await net.get(f"https://{SERVER}/ok"))["data"] == b"fine"
        for check in ("yes", "yes-without-crl"):
            assert (await net.get(url, check_certificate=check, ca=ca))["data"] == b"fine"
            stranger = await net.refused(url, check_certificate=check)
            assert str(stranger) == "SSL: ssl: no trusted CA certificate found (6)"
        other = "https://other.example.net/ok"
        assert "host name mismatch" in str(await net.refused(other, check_certificate="yes", ca=ca))
        assert (await net.get(other, check_certificate="yes", ca=ca, host="api.example.net"))["code"] == 200
        assert b"\r\nHost: api.example.net\r\n" in net.asked[-1]
        for silent in await asyncio.gather(
            net.refused("https://api.example.net:80/ok", timeout=1), net.refused(f"https://{SERVER}:81/ok", timeout=1)
        ):
            assert str(silent).startswith("SSL: ssl: ")
        assert str(await net.refused(f"https://{SERVER}/ok", host=".x")) == "invalid URL"


async def many() -> None:
    """At once, and cut off in the middle."""
    with Place() as net:
        await net.listen(80)
        await net.listen(81, silent=True)
        found = await asyncio.gather(*(net.get("http://api.example.net/ok") for _turn in range(50)))
        assert {answer["data"] for answer in found} == {b"fine"}
        task = asyncio.create_task(net.get(f"http://{SERVER}:81/ok"))
        await until(lambda: len(net.asked) == 51)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


@pytest.mark.parametrize(
    "work",
    [pages, requests, statuses, redirects, failures, no_dns, many],
    ids=lambda work: work.__name__,
)
def test_fetch(bench: Bench, work: Callable[[], Any]) -> None:
    """Each of the coroutines above, in the process with the namespaces."""
    bench.run(work)


def test_fetch_over_tls(bench: Bench, tmp_path: Path) -> None:
    """With an authority and a server's certificate."""
    certs.make_authority(tmp_path, [], {"api": ("api.example.net",)})
    bench.run(tls, directory=str(tmp_path))


def test_urls() -> None:
    """Parts of a URL, the path as it was written."""
    target = split_url("HTTP://u:p@w@host.net:8080/a b?c=d@e:f")
    assert (target.scheme, target.host, target.port) == ("http", "host.net", 8080)
    assert (target.path, target.user, target.password) == ("/a b?c=d@e:f", "u", "p@w")
    assert (split_url("https://h").port, split_url("https://h").path) == (443, "/")
    for url in ("", "no url", "http://", "http:///x", "http://h:x/", "http://h:0/", "http://h:65536/", "gopher://h/"):
        with pytest.raises(FetchError, match="invalid URL"):
            split_url(url)
    for scheme in ("ftp", "sftp", "tftp"):
        with pytest.raises(FetchError, match=f"does not fetch over {scheme}$"):
            split_url(f"{scheme}://u:{TOKEN}@h/{TOKEN}")


@given(st.text())
def test_any_text_is_a_url_or_an_invalid_one(text: str) -> None:
    """Nothing else comes out of it."""
    for url in (text, f"http://{text}"):
        try:
            target = split_url(url)
        except FetchError:
            continue
        assert target.path.startswith("/")
        assert 0 < target.port < 65536
