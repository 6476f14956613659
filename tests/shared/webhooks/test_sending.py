"""What counts as sent, whatever the body of the answer does."""

from collections.abc import Iterator

import pytest

from shared.webhooks import sending
from shared.webhooks.delivery import Outcome
from tests.shared.webhooks.hooks import SECRET
from tests.web import Server, serving

OK = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("PRIVATE_ADDRESSES", "127.0.0.1")
    monkeypatch.setenv("WEBHOOK_TIMEOUT_SECONDS", "1.5")
    with serving() as started:
        yield started


def sent(server: Server) -> Outcome:
    return sending.send(server.url, "evt_1", b"{}", [SECRET])


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(OK + b"Content-Length: 2\r\n\r\nok", id="whole"),
        pytest.param(OK + b"Content-Length: 100\r\n\r\nok", id="a short body"),
        pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nok", id="no chunk"),
        pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nok", id="half a chunk"),
        pytest.param(OK + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok", id="gzip"),
        pytest.param(OK + b"Retry-After: Sat, 28 Nov 99999999999999999999\r\n\r\n", id="a date"),
        pytest.param(b"HTTP/1.1 299 Fine\r\nContent-Length: 0\r\n\r\n", id="299"),
        pytest.param(b"HTTP/1.1 202 \r\nContent-Length: 9\r\n\r\n", id="no body"),
    ],
)
def test_a_2xx_is_a_success_whatever_its_body_does(said: bytes, server: Server) -> None:
    server.answer(said)

    outcome = sent(server)

    assert outcome.taken, outcome


@pytest.mark.parametrize("length", [b"", b"Content-Length: 5\r\n"])
def test_a_2xx_whose_body_never_comes_is_a_success_and_noted_as_slow(
    length: bytes, server: Server
) -> None:
    def say(to) -> None:
        to.sendall(OK + length + b"\r\n")
        server.ended.wait(20)

    server.says = say

    outcome = sent(server)

    assert outcome.taken
    assert "reading its body failed" in outcome.error
    assert outcome.patience == 60
