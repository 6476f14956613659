"""A web in a test: a server that sends any bytes, made-up names, and addresses to refuse."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from threading import Event, Thread
from typing import Any

import pytest

from shared.border.fetch import lookup

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


class Server:
    """A server on 127.0.0.1 that calls `says` for every connection and keeps the requests."""

    def __init__(self, listener: socket.socket, tls: ssl.SSLContext | None = None) -> None:
        self.port = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.heard: list[bytes] = []
        self.ended = Event()
        self.says: Callable[[socket.socket], None] = lambda to: to.sendall(OK)
        self.listens = True  # to what it is sent, before it says anything
        self._listener, self._tls = listener, tls

    def answer(self, *replies: bytes) -> None:
        """Send these from now on, one per connection."""
        waiting = list(replies)
        self.says = lambda to: to.sendall(waiting.pop(0))

    def run(self) -> None:
        """Until it has ended and one more connects."""
        while True:
            connection, _ = self._listener.accept()
            if self.ended.is_set():
                connection.close()
                return
            Thread(target=self._talk, args=[connection], daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with ExitStack() as stack:
            stack.enter_context(suppress(OSError))  # the other side hung up
            stack.enter_context(connection)
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
                stack.enter_context(connection)
            if self.listens:
                self.heard.append(_request(connection))
            self.says(connection)


def _request(connection: socket.socket) -> bytes:
    heard = b""
    while b"\r\n\r\n" not in heard:
        heard += connection.recv(65536) or b"\r\n\r\n"
    head, _, body = heard.partition(b"\r\n\r\n")
    _, _, length = head.lower().partition(b"content-length: ")
    missing = int(length.split(b"\r\n")[0] or 0) - len(body)
    while missing > 0 and (more := connection.recv(missing)):
        body += more
        missing -= len(more)
    return head + b"\r\n\r\n" + body


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server for as long as the context lasts."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(listener, tls)
        accepting = Thread(target=server.run, daemon=True)
        accepting.start()
        yield server
        server.ended.set()
        socket.create_connection(listener.getsockname()).close()
        accepting.join()


def redirect(to: str, status: int = 302) -> bytes:
    head = f"HTTP/1.1 {status} Elsewhere\r\nLocation: {to}\r\nSet-Cookie: a=b\r\n"
    return f"{head}Content-Length: 0\r\n\r\n".encode()


class Dns:
    """Made-up names: each look-up takes the next of a name's answers, and the last one stays.

    `asked` has the look-ups of shared.border.fetch alone: other threads look names up, too.
    """

    def __init__(self) -> None:
        self.answers: dict[str, list[Sequence[str]]] = {}
        self.asked: list[str] = []
        self._real = socket.getaddrinfo

    def __call__(self, host: str, *rest: Any, **more: Any) -> list[Any]:
        if threading.current_thread().name == lookup.THREAD:
            self.asked.append(host)
        answers = self.answers.get(host, [[host]])
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [found for each in addresses for found in self._real(each, *rest, **more)]

    def says(self, name: str, *answers: Sequence[str]) -> None:
        self.answers[name.lower().encode("idna").decode()] = list(answers)


# What is written as the host, the address that is meant, and what is wrong with it.
LITERALS = [
    ("10.0.0.3", "10.0.0.3", "private"),
    ("172.16.0.1", "172.16.0.1", "private"),
    ("192.168.1.1", "192.168.1.1", "private"),
    ("127.0.0.1", "127.0.0.1", "loopback"),
    ("127.0.0.2", "127.0.0.2", "loopback"),
    ("127.1", "127.0.0.1", "loopback"),
    ("2130706433", "127.0.0.1", "loopback"),
    ("2130706434", "127.0.0.2", "loopback"),
    ("0x7f000002", "127.0.0.2", "loopback"),
    ("0177.0.0.2", "127.0.0.2", "loopback"),
    ("0x7f.0.2", "127.0.0.2", "loopback"),
    ("①②⑦.⓪.⓪.②", "127.0.0.2", "loopback"),
    ("127。0。0。2", "127.0.0.2", "loopback"),
    ("0.0.0.0", "0.0.0.0", "unspecified"),
    ("0", "0.0.0.0", "unspecified"),
    ("169.254.169.254", "169.254.169.254", "link-local"),
    ("100.64.0.1", "100.64.0.1", "private to a carrier"),
    ("192.0.2.1", "192.0.2.1", "for documentation"),
    ("224.0.0.1", "224.0.0.1", "multicast"),
    ("240.0.0.1", "240.0.0.1", "reserved"),
    ("255.255.255.255", "255.255.255.255", "broadcast"),
    ("[::]", "::", "unspecified"),
    ("[::1]", "::1", "loopback"),
    ("[0:0:0:0:0:0:0:1]", "::1", "loopback"),
    ("[fd00::3]", "fd00::3", "private"),
    ("[fe80::1]", "fe80::1", "link-local"),
    ("[fe80::1%25lo]", "fe80::1", "link-local"),
    ("[fec0::1]", "fec0::1", "site-local"),
    ("[ff02::1]", "ff02::1", "multicast"),
    ("[::ffff:127.0.0.2]", "127.0.0.2", "loopback"),
    ("[::ffff:7f00:2]", "127.0.0.2", "loopback"),
    ("[::127.0.0.1]", "::127.0.0.1", "an IPv4 address in disguise"),
    ("[64:ff9b::7f00:1]", "64:ff9b::7f00:1", "an IPv4 address behind NAT64"),
    ("[2002:7f00:1::]", "2002:7f00:1::", "a 6to4 tunnel"),
    ("[2001::1]", "2001::1", "a Teredo tunnel"),
    ("[2001:db8::1]", "2001:db8::1", "for documentation"),
]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server whose address, and no other, is allowed."""
    monkeypatch.setenv("PRIVATE_ADDRESSES", "127.0.0.1")
    with serving() as started:
        yield started


@pytest.fixture
def canary() -> Iterator[int]:
    """A port of this machine; the test fails if anybody ever connected to it."""
    if socket.has_dualstack_ipv6():
        listener = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
    else:
        listener = socket.create_server(("0.0.0.0", 0))
    with listener:
        yield listener.getsockname()[1]
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


def ok(body: bytes, *headers: bytes, length: int | None = None) -> bytes:
    said = b"Content-Length: %d" % (len(body) if length is None else length)
    return b"\r\n".join([b"HTTP/1.1 200 OK", said, *headers, b"", body])
