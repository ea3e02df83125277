# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Bot API look-alike: what it accepts, what it refuses and how it says so, what it keeps."""

from __future__ import annotations

import datetime
import http.client
import json
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from routerlab.internet.configuration import Rate, TelegramSettings
from routerlab.internet.http import Head
from routerlab.internet.markup import MarkupError, plain
from routerlab.internet.telegram import KEPT, Telegram
from routerlab.internet.testing import PORTS, Internet

SECRET = "AAF-fake_secret_of_thirty-five_chars"[:35]
TOKEN = f"123456789:{SECRET}"
NEWS = "🔴 ISP «A & B» is down\nsince 10:00, 50 % + more #1"


def ask(
    telegram: Telegram,
    path: str,
    *,
    method: str = "GET",
    kind: str = "application/x-www-form-urlencoded",
    body: bytes = b"",
) -> tuple[int, Any]:
    """Status, and the result or the description."""
    head = Head(method, path.encode("utf-8", "surrogateescape"), (1, 1), {"content-type": kind.encode()})
    reply = telegram.answer(head, body, "198.18.1.2")
    said = json.loads(reply.content())
    assert SECRET not in reply.content().decode()
    if said["ok"]:
        assert reply.status == 200
        return 200, said["result"]
    assert said["error_code"] == reply.status
    return reply.status, said["description"]


def send(telegram: Telegram, *, token: str = TOKEN, **given: str) -> tuple[int, Any]:
    """sendMessage with a query."""
    return ask(telegram, f"/bot{token}/sendMessage?{urlencode(given, quote_via=quote)}")


@pytest.fixture
def telegram() -> Telegram:
    """Any bot, any chat; it is always 2001."""
    return Telegram(TelegramSettings(), now=lambda: 1e9)


def test_a_message_is_kept_and_answered(telegram: Telegram) -> None:
    """Readable and complete, without the token's secret."""
    status, message = send(telegram, chat_id="-1001234", text=NEWS)
    assert status == 200
    assert message["text"] == NEWS
    assert message["message_id"] == 1
    assert message["date"] == 1000000000
    assert message["chat"] == {"id": -1001234, "title": "routerlab", "type": "supergroup"}
    assert message["from"]["id"] == 123456789
    assert message["from"]["is_bot"] is True
    assert telegram.messages == [
        {"time": 1e9, "token": "123456789", "chat_id": "-1001234", "text": NEWS, "from": "198.18.1.2", "method": "GET"}
    ]
    assert send(telegram, chat_id="@some_channel", text="x")[1]["message_id"] == 2


def test_the_latest_messages_are_kept(telegram: Telegram) -> None:
    """However long a lab runs."""
    for number in range(KEPT + 2):
        assert send(telegram, chat_id="5", text=str(number))[0] == 200
    assert [telegram.messages[place]["text"] for place in (0, -1)] == ["2", str(KEPT + 1)]


def test_every_way_to_pass_parameters(telegram: Telegram) -> None:
    """Methods are named in any case, parameters in query and body."""
    where = f"/bot{TOKEN}/SENDmessage"
    form = urlencode({"chat_id": 5, "text": NEWS}).encode()
    assert ask(telegram, where, method="POST", body=form)[1]["text"] == NEWS
    text = json.dumps({"chat_id": 5, "text": NEWS}).encode()
    assert ask(telegram, where, method="POST", kind="application/json; charset=utf-8", body=text)[1]["text"] == NEWS
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in (("text", NEWS), ("chat_id", 5))
    ]
    body = "".join([*parts, "--x--\r\n"]).encode()
    assert ask(telegram, where, method="POST", kind="multipart/form-data; boundary=x", body=body)[1]["text"] == NEWS
    assert ask(telegram, f"{where}?chat_id=5", method="POST", body=b"text=a+b%0Ac")[1]["text"] == "a b\nc"
    # Bytes beyond ASCII need no encoding here.
    assert ask(telegram, f"{where}?chat_id=5&text=✅")[1]["text"] == "✅"
    assert [message["method"] for message in telegram.messages] == ["POST"] * 4 + ["GET"]


@pytest.mark.parametrize(
    ("path", "status", "description"),
    [
        ("/", 404, "Not Found"),
        ("/bot", 404, "Not Found"),
        ("/botnonsense/getMe", 404, "Not Found"),
        (f"/bot{TOKEN}", 404, "Not Found"),
        (f"/bot0:{SECRET}/getMe", 404, "Not Found"),
        (f"/bot123456789:{SECRET} /getMe", 404, "Not Found"),
        (f"/bot123456789:{SECRET}x/getMe", 401, "Unauthorized"),
        ("/bot123456789:short/sendMessage", 401, "Unauthorized"),
        (f"/bot{TOKEN}/sendMassage", 404, "Not Found: method not found"),
        (f"/bot{TOKEN}/", 404, "Not Found: method not found"),
    ],
)
def test_wrong_tokens_and_methods(telegram: Telegram, path: str, status: int, description: str) -> None:
    """Before anything else."""
    assert ask(telegram, path) == (status, description)


@pytest.mark.parametrize(
    ("given", "description"),
    [
        ({"chat_id": "5"}, "message text is empty"),
        ({"chat_id": "5", "text": ""}, "message text is empty"),
        ({"text": "a"}, "chat_id is empty"),
        ({"chat_id": "", "text": "a"}, "chat_id is empty"),
        ({"chat_id": "abc", "text": "a"}, "chat not found"),
        ({"chat_id": "0", "text": "a"}, "chat not found"),
        ({"chat_id": "5", "text": " \n"}, "text must be non-empty"),
        ({"chat_id": "5", "text": "a" * 4097}, "message is too long"),
        ({"chat_id": "5", "text": "😀" * 2049}, "message is too long"),
        ({"chat_id": "5", "text": "a", "parse_mode": "rtf"}, "unsupported parse_mode"),
        (
            {"chat_id": "5", "text": "a.b", "parse_mode": "MarkdownV2"},
            "can't parse entities: Character '.' is reserved and must be escaped with the preceding '\\'",
        ),
    ],
)
def test_messages_that_cannot_be(telegram: Telegram, given: dict[str, str], description: str) -> None:
    """All are 400, and nothing is kept."""
    assert send(telegram, **given) == (400, f"Bad Request: {description}")
    assert telegram.messages == []


def test_the_longest_message(telegram: Telegram) -> None:
    """4096 UTF-16 code units; blanks around it do not count."""
    assert send(telegram, chat_id="5", text=" " + "😀" * 2048 + "\n")[0] == 200


@pytest.mark.parametrize("text", ["%FF", "a%E2%9C", "%ED%A0%80"])
def test_what_is_not_utf_8(telegram: Telegram, text: str) -> None:
    """In the query and in JSON."""
    refused = (400, "Bad Request: strings must be encoded in UTF-8")
    assert ask(telegram, f"/bot{TOKEN}/sendMessage?chat_id=5&text={text}") == refused
    half = b'{"chat_id": 5, "text": "\\ud83d"}'
    assert ask(telegram, f"/bot{TOKEN}/sendMessage", method="POST", kind="application/json", body=half) == refused


def test_a_table_of_bots_and_chats() -> None:
    """Exactly these."""
    telegram = Telegram(TelegramSettings(bots={TOKEN: frozenset({"-5"})}))
    assert send(telegram, chat_id="-5", text="a")[0] == 200
    assert send(telegram, chat_id="5", text="a") == (400, "Bad Request: chat not found")
    assert send(telegram, token=f"2:{SECRET}", chat_id="-5", text="a") == (401, "Unauthorized")
    assert ask(telegram, f"/bot{TOKEN}/getme")[1]["is_bot"] is True
    assert ask(telegram, f"/bot{TOKEN}/getUpdates") == (200, [])


def test_too_many_messages() -> None:
    """Refused with the time to wait, for each chat by itself, until the time has passed."""
    clock = [100.0]
    telegram = Telegram(TelegramSettings(rate=Rate(2, 30)), now=lambda: clock[0])
    for _rest in range(2):
        assert send(telegram, chat_id="5", text="a")[0] == 200
    clock[0] += 10.5
    head = Head("GET", f"/bot{TOKEN}/sendMessage?chat_id=5&text=a".encode(), (1, 1), {})
    reply = telegram.answer(head, b"", "127.0.0.1")
    assert reply.retry_after == 20
    assert reply.body == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 20",
        "parameters": {"retry_after": 20},
    }
    assert send(telegram, chat_id="6", text="a")[0] == 200
    clock[0] += 20
    assert send(telegram, chat_id="5", text="a")[0] == 200


@pytest.mark.parametrize(
    ("mode", "text", "left"),
    [
        ("Markdown", "*b* _i_ `c` [l](http://x) [t] 1.2! \\_x", "b i c l t 1.2! _x"),
        ("Markdown", "```sh\nls -l *\n``` end", "ls -l *\n end"),
        ("markdownv2", "*b _i_* __u__ ~s~ ||p|| `c.` [l\\.](http://x/\\)) \\!", "b i u s p c. l. !"),
        ("MarkdownV2", "```py\nx = 1.\n``` ![e](tg://emoji?id=5)", "x = 1.\n e"),
        ("MarkdownV2", ">q *b*\n>r\nout", "q b\nr\nout"),
        (
            "HTML",
            '<b>b <i>i</i></b> <a href="x">&lt;l&gt;</a> &#9989;&amp;&nbsp; <code class=language-sh>c</code>',
            None,
        ),
        ("html", "<blockquote expandable>q</blockquote><span class='tg-spoiler'>s</span></>"[:-3], "qs"),
        ("", "*a_", "*a_"),
    ],
)
def test_markup(mode: str, text: str, left: str | None) -> None:
    """What is left of it."""
    assert plain(text, mode) == (left if left is not None else "b i <l> ✅&&nbsp; c")


@pytest.mark.parametrize(
    ("mode", "text", "words"),
    [
        ("Markdown", "é *b", "Can't find end of the entity starting at byte offset 3"),
        ("Markdown", "name_of", "Can't find end of the entity starting at byte offset 4"),
        ("Markdown", "[x", "Can't find end of the entity starting at byte offset 0"),
        ("MarkdownV2", "é *b", "Can't find end of Bold entity at byte offset 3"),
        ("MarkdownV2", "||a|", "Character '|' is reserved"),
        ("MarkdownV2", "(a", "Character '(' is reserved and must be escaped with the preceding '\\'"),
        ("MarkdownV2", "a > b", "Character '>' is reserved"),
        ("MarkdownV2", "[a](b", "Can't find end of a URL at byte offset 4"),
        ("MarkdownV2", ">*a\nb*", "Can't find end of Bold entity at byte offset 1"),
        ("MarkdownV2", "![a]", "Custom emoji entity must contain a tg://emoji URL"),
        ("HTML", "a <b>c", 'Can\'t find end tag corresponding to start tag "b"'),
        ("HTML", "a < b", 'Unsupported start tag "" at byte offset 2'),
        ("HTML", "<p>a</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("HTML", "<b", "Unclosed start tag at byte offset 0"),
        ("HTML", "</b>", "Unexpected end tag at byte offset 0"),
        ("HTML", "<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("HTML", "<a href>x</a>", 'Expected equal sign in declaration of an attribute of the tag "a"'),
        ("HTML", "<a href=a:b>x</a>", "Unexpected end of name token at byte offset 8"),
        ("HTML", "<span>a</span>", 'Tag "span" must have class "tg-spoiler"'),
        ("HTML", '<a href="x', "Unclosed start tag"),
        ("HTML", "<a =1>x</a>", 'Empty attribute name in the tag "a"'),
        ("HTML", "<b>x</b", "Unclosed end tag at byte offset 4"),
    ],
)
def test_broken_markup(mode: str, text: str, words: str) -> None:
    """With the place in bytes."""
    with pytest.raises(MarkupError) as caught:
        plain(text, mode)
    assert str(caught.value).startswith(f"can't parse entities: {words}")


@given(st.text(), st.sampled_from(["Markdown", "MarkdownV2", "HTML"]))
def test_escaped_text_comes_through(text: str, mode: str) -> None:
    """As the documentation says to escape it."""
    if mode == "HTML":
        escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    else:
        special = "_*`[" if mode == "Markdown" else "_*[]()~`>#+-=|{}.!\\"
        escaped = "".join(f"\\{c}" if c in special else c for c in text)
        if mode == "Markdown" and "\\" in text:
            # A backslash cannot be escaped in the old Markdown.
            return
    assert plain(escaped, mode) == text


MARKS = st.text(alphabet="ab \n\\_*[]()~`>#+-=|{}.!<>/&;\"'é😀", max_size=30)


@given(
    st.one_of(st.just(f"/bot{TOKEN}/sendMessage"), st.text(alphabet="/bot1:aZ?&=%.", max_size=20).map("/".__add__)),
    st.one_of(st.binary(max_size=40), MARKS.map(lambda text: b"chat_id=5&text=" + quote(text).encode())),
    st.sampled_from(["", "markdown", "MarkdownV2", "html", "x"]),
    st.sampled_from(["application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=b"]),
    st.sampled_from(["GET", "POST", "PUT"]),
)
def test_every_request_has_a_telegram_like_answer(path: str, body: bytes, mode: str, kind: str, method: str) -> None:
    """Whatever it is."""
    telegram = Telegram(TelegramSettings())
    status, said = ask(telegram, f"{path}?parse_mode={mode}", method=method, kind=kind, body=body)
    assert status in (200, 400, 401, 404, 501)
    assert (len(telegram.messages) == 1) == (status == 200)
    assert isinstance(said, dict) if status == 200 else said


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for api.telegram.org that signs itself, and its key."""
    directory = tmp_path_factory.mktemp("telegram")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "api.telegram.org")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("api.telegram.org")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = directory / "cert.pem", directory / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths


@pytest.fixture(scope="module")
def internet(certificate: tuple[Path, Path]) -> Iterator[Internet]:
    """The whole process, with TLS."""
    with Internet(tls={"cert": str(certificate[0]), "key": str(certificate[1])}) as servers:
        yield servers


class Client(http.client.HTTPSConnection):
    """Speaks to the look-alike under its own name."""

    def __init__(self, internet: Internet, certificate: Path) -> None:
        super().__init__("api.telegram.org", timeout=20)
        self.tls = ssl.create_default_context(cafile=str(certificate))
        self.endpoint = (internet.addresses[0], PORTS["telegram"][0])

    def connect(self) -> None:
        self.sock = self.tls.wrap_socket(socket.create_connection(self.endpoint), server_hostname=self.host)

    def get(self, path: str) -> tuple[http.client.HTTPResponse, Any]:
        self.request("GET", path)
        answer = self.getresponse()
        return answer, json.loads(answer.read())


def test_over_tls(internet: Internet, certificate: tuple[Path, Path]) -> None:
    """With its certificate, over one connection; an event for the message; requests for all of them."""
    client = Client(internet, certificate[0])
    answer, said = client.get(f"/bot{TOKEN}/getMe")
    assert (answer.status, said["result"]["id"]) == (200, 123456789)
    assert answer.headers["Content-Type"] == "application/json"
    own = client.sock.getsockname()
    client.get(f"/bot{TOKEN}/sendMessage?chat_id=5&text={quote(NEWS)}")
    answer, said = client.get(f"/bot{TOKEN}/sendMessage?chat_id=5")
    assert (answer.status, said["description"]) == (400, "Bad Request: message text is empty")
    assert client.sock.getsockname() == own
    client.close()
    kept = internet.request("telegram")["result"]
    assert [(message["text"], message["from"]) for message in kept] == [(NEWS, "127.0.0.1")]
    assert internet.events == [{"event": "telegram", "message": kept[0]}]
    assert SECRET not in json.dumps(internet.events)
    assert internet.request("flush")["result"] == 1
    assert internet.request("telegram")["result"] == []


def test_strangers_do_not_trust_it_and_plain_http_gets_nowhere(
    internet: Internet, certificate: tuple[Path, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither disturbs it."""
    endpoint = (internet.addresses[0], PORTS["telegram"][0])
    with socket.create_connection(endpoint, timeout=20) as raw, pytest.raises(ssl.SSLCertVerificationError):
        ssl.create_default_context().wrap_socket(raw, server_hostname="api.telegram.org")
    with socket.create_connection(endpoint, timeout=20) as raw:
        raw.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert not raw.recv(100).startswith(b"HTTP")
    client = Client(internet, certificate[0])
    assert client.get(f"/bot{TOKEN}/getMe")[0].status == 200
    client.close()
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(("blanks", "text"), [("cut", "ISP1"), ("keep", "ISP1 is down")])
def test_blanks_in_the_url(blanks: str, text: str) -> None:
    """They end the text, or belong to it; before a capital H they are refused."""
    with Internet(telegram={"blanks": blanks}) as internet:

        def raw(text: str) -> bytes:
            with socket.create_connection((internet.addresses[0], PORTS["telegram"][0]), timeout=20) as line:
                target = f"/bot{TOKEN}/sendMessage?chat_id=5&text={text}"
                line.sendall(f"GET {target} HTTP/1.1\r\nHost: api.telegram.org\r\nConnection: close\r\n\r\n".encode())
                return line.makefile("rb").read()

        assert raw("ISP1 is down").startswith(b"HTTP/1.1 200 OK\r\n")
        refused = raw("ISP1 Has come back")
        assert refused.startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert b"text/html" in refused
        assert [message["text"] for message in internet.request("telegram")["result"]] == [text]
