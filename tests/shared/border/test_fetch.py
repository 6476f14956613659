"""HTTP to any URL: real sockets on loopback; only the answers of DNS are made up."""

import gzip
import socket
import ssl
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import idna
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from shared.border import fetch
from shared.border.fetch import dialling
from shared.border.fetch.target import Target
from shared.settings import BadSetting
from tests.web import LITERALS, OK, Dns, Server, redirect, serving

NAMES = [
    ("localhost", "127.0.0.1", "loopback"),
    ("localhost.", "::1", "loopback"),
    ("LOOPBACK.example", "127.0.0.2", "loopback"),
    ("metadata.google.internal", "169.254.169.254", "link-local"),
    ("hooks.example.com", "10.0.0.3", "private"),
    ("bücher.example", "192.168.0.1", "private"),
    ("zone.example", "fe80::1%lo", "link-local"),
    ("mapped.example", "::ffff:127.0.0.2", "loopback"),
]


@pytest.fixture
def dns(monkeypatch: pytest.MonkeyPatch) -> Dns:
    made_up = Dns()
    monkeypatch.setattr(socket, "getaddrinfo", made_up)
    for name, address, _ in NAMES:
        made_up.says(name, [address])
    return made_up


def post(url: str, **more: Any) -> fetch.Answer:
    return fetch.post(url, b"{}", {"Content-Type": "application/json"}, **more)


def get(url: str, **more: Any) -> bytes:
    with fetch.get(url, **more) as download:
        return b"".join(download.chunks())


def shown(address: str) -> str:
    """As getaddrinfo writes it."""
    return str(socket.getaddrinfo(address, 80)[0][4][0])


# Whom we call


@pytest.mark.parametrize("call", [get, post])
@pytest.mark.parametrize(("host", "address", "what"), LITERALS + NAMES)
def test_an_address_that_is_not_public_is_never_connected_to(
    call: Callable[..., object], host: str, address: str, what: str, canary: int, dns: Dns
) -> None:
    with pytest.raises(fetch.Blocked) as blocked:
        call(f"http://{host}:{canary}/", seconds=2)

    assert blocked.value.sentence.endswith(f" is {what}")
    assert shown(address) in blocked.value.sentence


@pytest.mark.parametrize(
    ("host", "what"), [(host, what) for host, at, what in LITERALS + NAMES if at != "127.0.0.1"]
)
def test_a_redirect_is_checked_like_the_first_target(
    host: str, what: str, server: Server, canary: int, dns: Dns
) -> None:
    name = Target.of(f"http://{host}/").host if "ü" in host else host
    to = f"http://{name}:{canary}/".encode()
    server.answer(b"HTTP/1.1 307 Go\r\nLocation: " + to + b"\r\nContent-Length: 0\r\n\r\n")

    with pytest.raises(fetch.Blocked, match=f" is {what}$|is not a host$"):
        get(server.url, seconds=2)

    assert len(server.heard) == 1


@pytest.mark.parametrize("answer", [["8.8.8.8", "10.0.0.3"], ["10.0.0.3", "8.8.8.8"]])
def test_one_bad_address_among_good_ones_blocks_the_host(answer: list[str], dns: Dns) -> None:
    dns.says("mixed.example", answer)

    with pytest.raises(fetch.Blocked) as blocked:
        post("http://mixed.example/", seconds=2)

    assert blocked.value.sentence == "mixed.example is 10.0.0.3, which is private"


def test_a_name_that_changes_its_address_after_the_check_gains_nothing(
    canary: int, dns: Dns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRIVATE_ADDRESSES", "192.0.2.1")  # leads nowhere, and passes the check
    dns.says("rebinding.example", ["192.0.2.1"], ["127.0.0.1"])

    with pytest.raises(fetch.Unreachable, match=r"rebinding\.example \(192\.0\.2\.1\)"):
        post(f"http://rebinding.example:{canary}/", seconds=0.3)

    assert dns.asked == ["rebinding.example"]


def test_a_redirect_looks_its_host_up_anew(server: Server, dns: Dns) -> None:
    dns.says("turning.example", ["127.0.0.1"], ["127.0.0.2"])
    server.answer(redirect("/again"))

    with pytest.raises(fetch.Blocked, match=r"turning\.example is 127\.0\.0\.2"):
        get(f"http://turning.example:{server.port}/", seconds=2)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("ftp://example.com/", "neither http:// nor https://"),
        ("file:///etc/passwd", "neither http:// nor https://"),
        ("example.com", "neither http:// nor https://"),
        ("", "neither http:// nor https://"),
        ("http://user@example.com/", "a user or a password"),
        ("http://:secret@example.com/", "a user or a password"),
        ("http://8.8.8.8\\@127.0.0.1/", "a user or a password"),
        ("http:///path", "no host"),
        ("http:path", "no host"),
        ("http://:80/", "no host"),
        ("http://example.com:0/", "port 0"),
        ("http://example.com:99999/", "malformed"),
        ("http://example.com:80:81/", "malformed"),
        ("http://[::1/", "malformed"),
        ("http://exam ple.com/", "spaces or control characters"),
        ("http://example.com/\r\nX: y", "spaces or control characters"),
        ("http://exam\tple.com/", "spaces or control characters"),
        ("http://example.com/\u202egpj", "spaces or control characters"),
        ("http://127.0.0.%31/", "is not a host"),
        ("http://example.com\\.evil.example/", "is not a host"),
        ("http://a..b/", "is not a host"),
        ("http://./", "is not a host"),
        ("http://[::1::]/", "is not a host|malformed"),
        (f"http://{'a' * 64}.example/", "is not a host"),
        (f"http://{'a.' * 127}example/", "is not a host"),
    ],
)
@pytest.mark.parametrize("call", [get, post])
def test_what_is_no_url_of_the_web_is_not_called(
    call: Callable[..., object], url: str, sentence: str, dns: Dns
) -> None:
    with pytest.raises(fetch.Blocked, match=sentence) as blocked:
        call(url)

    assert "secret" not in blocked.value.sentence
    assert dns.asked == []


@given(st.text(max_size=40), st.sampled_from(["", "http://", "https://[", "http://a/"]))
def test_any_text_is_a_target_or_blocked(text: str, start: str) -> None:
    with suppress(fetch.Blocked):
        target = Target.of(start + text)

        assert target.url.isascii()
        assert Target.of(target.url) == target


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://Example.COM:80", "example.com"),
        ("https://example.com:443/", "example.com"),
        ("https://example.com:80/", "example.com:80"),
        ("http://[2001:DB8::0:1]/", "[2001:db8::1]"),
        ("http://[2001:db8::1]:8080/", "[2001:db8::1]:8080"),
        ("http://bücher.example/", "xn--bcher-kva.example"),
    ],
)
def test_the_host_header_names_host_and_port(url: str, host: str) -> None:
    assert Target.of(url).authority == host


def test_what_an_operator_allows_is_called(server: Server) -> None:
    answer = post(server.url)

    assert (answer.status, answer.body) == (200, b"hello")


def test_a_setting_that_is_no_network_is_an_error_that_names_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PRIVATE_ADDRESSES", "127.0.0.0/8,my-host")

    with pytest.raises(BadSetting, match=r"^PRIVATE_ADDRESSES must be networks .*'my-host'"):
        post("http://127.0.0.1/")


def test_no_proxy_of_the_environment_is_used(
    server: Server, canary: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{canary}")

    assert post(server.url).status == 200
    assert get(server.url) == b"hello"


# What we say


def test_a_post_says_this_and_no_more(server: Server) -> None:
    fetch.post(f"{server.url}/hooks?a=b#c", b"{}", {"Webhook-Id": "evt_1"})

    assert server.heard == [
        b"POST /hooks?a=b HTTP/1.1\r\n"
        b"host: 127.0.0.1:%d\r\n"
        b"user-agent: Darkroom\r\n"
        b"accept-encoding: identity\r\n"
        b"connection: close\r\n"
        b"content-length: 2\r\n"
        b"webhook-id: evt_1\r\n\r\n{}" % server.port
    ]


def test_a_caller_may_give_itself_a_name(server: Server) -> None:
    fetch.post(server.url, b"", {"User-Agent": "Darkroom-Webhooks"})

    assert server.heard[0].lower().count(b"user-agent") == 1
    assert b"user-agent: Darkroom-Webhooks\r\n" in server.heard[0]


def test_a_download_says_no_more_after_a_redirect_than_before(server: Server) -> None:
    server.answer(redirect("/b"), OK)

    assert get(f"{server.url}/a?secret") == b"hello"

    first, second = server.heard
    assert second == first.replace(b"/a?secret", b"/b")
    assert not any(name in first.lower() for name in (b"cookie", b"referer", b"authorization"))


def test_what_a_url_may_not_hold_is_percent_encoded(server: Server) -> None:
    get(f'{server.url}/bücher/%41"?q=ü')

    assert server.heard[0].startswith(b"GET /b%C3%BCcher/%41%22?q=%C3%BC HTTP/1.1\r\n")


def test_a_connection_is_used_once(server: Server) -> None:
    closed = Event()

    def say(to: socket.socket) -> None:
        to.sendall(OK)
        if to.recv(1) == b"":
            closed.set()

    server.says = say
    post(server.url)

    assert closed.wait(180)


# What we take


def test_the_answer_to_a_post_is_cut_and_the_rest_left_unread(server: Server) -> None:
    broken = Event()

    def say(to: socket.socket) -> None:
        to.sendall(b"HTTP/1.1 500 Sorry\r\nX-Why: one\r\nX-WHY: two\r\n\r\n")
        try:
            to.sendall(b"x" * 100_000_000)
        except OSError:
            broken.set()

    server.says = say
    answer = post(server.url, keep=1234)

    assert (answer.status, answer.body) == (500, b"x" * 1234)
    assert answer.headers == {"x-why": "one, two"}
    assert broken.wait(180)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_post_does_not_follow_redirects(status: int, server: Server) -> None:
    server.answer(redirect("/b", status))

    answer = post(server.url)

    assert (answer.status, answer.headers["location"]) == (status, "/b")
    assert len(server.heard) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_download_follows_redirects_and_says_where_it_ended(status: int, server: Server) -> None:
    server.answer(redirect("b/c?d", status), redirect(f"{server.url}/e", status), OK)

    with fetch.get(f"{server.url}/a/", redirects=2) as download:
        assert b"".join(download.chunks()) == b"hello"

    assert (download.status, download.url) == (200, f"{server.url}/e")
    assert download.headers == {"content-length": "5"}
    assert [line.split()[1] for line in server.heard] == [b"/a/", b"/a/b/c?d", b"/e"]


def test_one_redirect_too_many_is_blocked(server: Server) -> None:
    server.says = lambda to: to.sendall(redirect("/again"))

    with pytest.raises(fetch.Blocked, match="one redirect too many: 2 are followed"):
        get(server.url, redirects=2)

    assert len(server.heard) == 3


@pytest.mark.parametrize("to", ["ftp://example.com/", "http://a@b/", "http://[::1", "http://b:x/"])
def test_a_redirect_to_no_url_of_the_web_is_blocked(to: str, server: Server) -> None:
    server.answer(redirect(to))

    with pytest.raises(fetch.Blocked, match=r"^127\.0\.0\.1 redirects"):
        get(server.url)


@pytest.mark.parametrize("status", [300, 304, 302])
def test_a_redirect_that_leads_nowhere_is_the_answer(status: int, server: Server) -> None:
    server.answer(b"HTTP/1.1 %d Well\r\nContent-Length: 0\r\n\r\n" % status)

    with fetch.get(server.url) as download:
        assert download.status == status


def test_chunks_arrive_one_by_one(server: Server) -> None:
    go_on = Event()

    def say(to: socket.socket) -> None:
        to.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        go_on.wait(60)
        to.sendall(b"6\r\n world\r\n0\r\n\r\n")

    server.says = say
    with fetch.get(server.url) as download:
        chunks = download.chunks()
        first = next(chunks)
        go_on.set()

        assert (first, b"".join(chunks)) == (b"hello", b" world")


def test_compressed_bytes_stay_compressed(server: Server) -> None:
    bomb = gzip.compress(bytes(1_000_000))
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    server.answer(head + bomb, head + bomb)

    assert get(server.url) == bomb
    assert post(server.url, keep=10).body == bomb[:10]


def test_an_answer_before_the_question_was_read_counts(server: Server) -> None:
    server.listens = False
    server.answer(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")

    assert fetch.post(server.url, bytes(50_000_000), {}).status == 413


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"\r\n\r\njunk",
        b"junk" * 1000 + b"\r\n\r\n",
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1_000_000,
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000,
    ],
    ids=lambda said: said[:40],
)
@pytest.mark.parametrize("call", [get, post])
def test_an_answer_that_breaks_http_is_no_answer(
    call: Callable[..., object], said: bytes, server: Server
) -> None:
    server.answer(said)

    with pytest.raises(fetch.Unreachable) as unreachable:
        call(server.url, seconds=5)

    assert not isinstance(unreachable.value, fetch.TimedOut)
    assert unreachable.value.sentence.startswith("the answer from 127.0.0.1 ")
    assert len(unreachable.value.sentence) < 300


BROKEN_BODIES = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;" + b"x" * 1_000_000,
]


@pytest.mark.parametrize("said", BROKEN_BODIES, ids=lambda said: said[17:60])
def test_a_download_that_breaks_off_is_unreachable(said: bytes, server: Server) -> None:
    server.answer(said)

    with pytest.raises(fetch.Unreachable):
        get(server.url, seconds=5)


@pytest.mark.parametrize("said", BROKEN_BODIES, ids=lambda said: said[17:60])
def test_a_post_is_answered_though_the_body_breaks_off(said: bytes, server: Server) -> None:
    server.answer(said)

    answer = post(server.url, seconds=5)

    assert answer.status == 200
    assert str(answer.fault).startswith("reading its body failed: the answer from 127.0.0.1 ")
    assert not answer.slow


def test_a_post_is_answered_though_the_body_does_not_end_in_time(server: Server) -> None:
    server.says = _dripping(server, b"HTTP/1.1 200 OK\r\n\r\n")

    answer = post(server.url, seconds=0.5)

    assert (answer.status, answer.slow) == (200, True)
    assert answer.body.startswith(b"x")


HOSTS = [
    ("faß.de", "xn--fa-hia.de"),
    ("FAẞ.de", "xn--fa-hia.de"),
    ("straße.example", "xn--strae-oqa.example"),
    ("βόλος.com", "xn--nxasmm1c.com"),
    ("bücher.example", "xn--bcher-kva.example"),
    ("bu\u0308cher.example", "xn--bcher-kva.example"),
    ("BÜCHER.example.", "xn--bcher-kva.example."),
    ("日本語。jp", "xn--wgv71a119e.jp"),
    ("my_host.example", "my_host.example"),
    ("EXAMPLE.com", "example.com"),
    ("xn--fa-hia.de", "xn--fa-hia.de"),
]


@pytest.mark.parametrize(("written", "meant"), HOSTS)
def test_a_host_is_the_one_that_browsers_mean(written: str, meant: str) -> None:
    assert Target.of(f"https://{written}/").host == meant


@pytest.mark.parametrize("host", ["a..b", "☃.net", "a\u200db.com", "ü" * 64, "a" * 64, "ü..de"])
def test_what_is_no_host_is_not_called(host: str) -> None:
    with pytest.raises(fetch.Blocked):
        Target.of(f"https://{host}/")


@given(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8))
def test_two_names_that_unicode_tells_apart_lead_to_one_host_only_if_they_mean_one(
    label: str,
) -> None:
    try:
        host = Target.of(f"https://{label}.example/").host
        meant = idna.decode(host)
    except (fetch.Blocked, idna.IDNAError):
        return
    mapped = idna.uts46_remap(f"{label}.example", std3_rules=False, transitional=False)

    assert meant == mapped


# Where it fails


def test_a_name_that_nobody_knows_is_unreachable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    with pytest.raises(fetch.Unreachable) as unreachable:
        post("http://gone.example/")

    assert unreachable.value.sentence == (
        "the look-up of gone.example failed: Name or service not known"
    )


def test_a_port_where_nobody_listens_is_unreachable(
    dns: Dns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRIVATE_ADDRESSES", "127.0.0.0/8")
    dns.says("hooks.example.com", ["127.0.0.1"])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(fetch.Unreachable) as unreachable:
        post(f"http://hooks.example.com:{port}/")

    assert unreachable.value.sentence == (
        "the connection to hooks.example.com (127.0.0.1) failed: Connection refused"
    )


def test_the_next_address_is_tried_when_one_is_dead(
    server: Server, dns: Dns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRIVATE_ADDRESSES", "127.0.0.1,127.0.0.2")
    dns.says("two.example", ["127.0.0.2", "127.0.0.1"])

    assert post(f"http://two.example:{server.port}/").status == 200


@contextmanager
def full(address: str, port: int = 0) -> Iterator[int]:
    """A port that takes no more connections, and refuses none."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server((address, port), backlog=0))
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def test_a_connection_that_nobody_takes_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRIVATE_ADDRESSES", "127.0.0.1")

    with full("127.0.0.1") as port, cut(0.3):
        post(f"http://127.0.0.1:{port}/", seconds=0.3)


@pytest.mark.skipif(sys.platform != "linux", reason="127.0.0.2 is not there without asking")
def test_a_silent_address_leaves_time_for_the_next(
    server: Server, dns: Dns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRIVATE_ADDRESSES", "127.0.0.1,127.0.0.2")
    dns.says("two.example", ["127.0.0.2", "127.0.0.1"])

    with full("127.0.0.2", server.port):
        assert post(f"http://two.example:{server.port}/", seconds=1).status == 200


def _silent(server: Server) -> Callable[[socket.socket], None]:
    return lambda _: server.ended.wait(180) and None


def _dripping(server: Server, start: bytes) -> Callable[[socket.socket], None]:
    def say(to: socket.socket) -> None:
        to.sendall(start)
        while not server.ended.wait(0.02):
            to.sendall(b"x")

    return say


def _gushing(server: Server) -> Callable[[socket.socket], None]:
    def say(to: socket.socket) -> None:
        to.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not server.ended.is_set():
            to.sendall(b"x" * 65536)

    return say


@contextmanager
def cut(seconds: float, late: float = 60) -> Iterator[None]:
    """Whatever is within ends as timed out, after so many seconds, and less than `late` more."""
    start = time.monotonic()
    with pytest.raises(fetch.TimedOut, match=f"failed: {seconds:g} s are over"):
        yield
    assert seconds * 0.9 < time.monotonic() - start < seconds + late


@pytest.mark.parametrize("call", [get, post])
@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nX: "])
def test_a_server_that_drips_is_cut_off(
    call: Callable[..., object], start: bytes, server: Server
) -> None:
    server.says = _dripping(server, start) if start else _silent(server)

    with cut(0.3):
        call(server.url, seconds=0.3)


def test_a_download_that_never_ends_is_cut_off(server: Server) -> None:
    server.says = _gushing(server)

    with cut(0.3), fetch.get(server.url, seconds=0.3) as download:
        for _ in download.chunks():
            pass


def test_a_server_that_takes_no_more_is_cut_off(server: Server) -> None:
    server.listens = False
    server.says = _silent(server)

    with cut(0.3):
        fetch.post(server.url, bytes(50_000_000), {}, seconds=0.3)


@pytest.mark.slow
def test_a_slow_answer_leaves_less_time_for_its_rest(server: Server) -> None:
    def say(to: socket.socket) -> None:
        server.ended.wait(4.8)
        to.sendall(b"HTTP/1.1 200 OK\r\n")
        server.ended.wait(180)

    server.says = say

    with cut(5, late=4.6):
        post(server.url, seconds=5)


@pytest.mark.slow
def test_a_server_that_takes_its_time_leaves_less_for_the_rest(server: Server) -> None:
    def say(to: socket.socket) -> None:
        server.ended.wait(4.8)
        taken = 0
        while taken < 10_000_000:
            taken += len(to.recv(65536))
        server.ended.wait(180)

    server.listens = False
    server.says = say

    with cut(5, late=4.6):
        fetch.post(server.url, bytes(50_000_000), {}, seconds=5)


def test_redirects_share_the_time(server: Server) -> None:
    def say(to: socket.socket) -> None:
        server.ended.wait(0.2)
        to.sendall(redirect("/again"))

    server.says = say

    with cut(0.5):
        get(server.url, seconds=0.5, redirects=100)


def test_a_look_up_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answered.wait(180) and [])

    with cut(0.3):
        post("http://slow.example/", seconds=0.3)
    answered.set()


# TLS


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of hooks.example.com, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "hooks.example.com")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hooks.example.com")]), False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "hooks.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def secure(
    certificate: Path, dns: Dns, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Server, list[str]]]:
    """A TLS server, its certificate trusted, under two names of which the certificate has one."""
    dns.says("hooks.example.com", ["127.0.0.1"])
    dns.says("other.example.com", ["127.0.0.1"])
    monkeypatch.setenv("PRIVATE_ADDRESSES", "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    dialling._trust.cache_clear()
    names: list[str] = []  # that clients asked for
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _, name, __: names.append(name)
    with serving(context) as started:
        yield started, names
    dialling._trust.cache_clear()


def test_tls_keeps_the_name_though_the_address_is_dialled(secure: tuple[Server, list[str]]) -> None:
    server, names = secure

    answer = post(f"https://hooks.example.com:{server.port}/")

    assert answer.status == 200
    assert names == ["hooks.example.com"]
    assert f"host: hooks.example.com:{server.port}\r\n".encode() in server.heard[0]
    assert get(f"https://hooks.example.com:{server.port}/") == b"hello"


@pytest.mark.parametrize("host", ["other.example.com", "127.0.0.1"])
def test_a_certificate_of_another_name_is_refused(
    host: str, secure: tuple[Server, list[str]]
) -> None:
    server, _ = secure

    with pytest.raises(fetch.Unreachable, match=f"the TLS handshake with {host} .* not valid for"):
        post(f"https://{host}:{server.port}/")

    assert server.heard == []


def test_a_certificate_that_nobody_vouches_for_is_refused(
    secure: tuple[Server, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, _ = secure
    monkeypatch.delenv("SSL_CERT_FILE")
    dialling._trust.cache_clear()

    with pytest.raises(fetch.Unreachable, match="self-signed certificate"):
        post(f"https://hooks.example.com:{server.port}/")


def test_a_server_without_tls_is_unreachable_by_https(server: Server) -> None:
    server.listens = False

    with pytest.raises(fetch.Unreachable, match=r"the TLS handshake with 127\.0\.0\.1 failed"):
        post(f"https://127.0.0.1:{server.port}/", seconds=2)


def test_a_handshake_that_hangs_is_cut_off(server: Server) -> None:
    server.listens = False
    server.says = _silent(server)

    with cut(0.3):
        post(f"https://127.0.0.1:{server.port}/", seconds=0.3)


def test_a_redirect_from_https_to_http_is_blocked(secure: tuple[Server, list[str]]) -> None:
    server, _ = secure
    server.answer(redirect(f"http://hooks.example.com:{server.port}/"))

    with pytest.raises(fetch.Blocked, match="redirects from https to http"):
        get(f"https://hooks.example.com:{server.port}/")

    assert len(server.heard) == 1
