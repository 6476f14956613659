"""What a push looks like, and what becomes of it, against real sockets."""

import socket
import time
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from threading import enumerate as threads

import pytest

from local.emulator.sender import Sender
from local.pubsub import Broker, serve
from local.pubsub.broker import Push
from local.pubsub.message import Delivery, Message
from local.pubsub.push import deliver, envelope
from local.pubsub.settings import DeadLetter, Settings
from testbed.cloud import until

WORK = "projects/demo-project/subscriptions/work"
PHOTOS = "projects/demo-project/topics/photos"
BARE = Message(b"\x00\xff", id="7", published=1_700_000_000.25)
FULL = Message(b"hi", {"colour": "red"}, "key", id="8", published=1_700_000_000.0)


def push(message=BARE, endpoint="", **settings):
    return Push(Settings(WORK, PHOTOS, endpoint, **settings), Delivery(message, 3, "ack"))


@contextmanager
def endpoint(answer):
    """A server on loopback whose handler is `answer(handler)`; its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.body = self.rfile.read(int(self.headers["content-length"]))
            answer(self)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def status(code):
    def answer(handler):
        handler.send_response(code)
        handler.send_header("content-length", "0")
        handler.end_headers()

    return answer


def test_a_bare_message_is_wrapped_with_both_spellings_of_its_fields():
    assert envelope(push(BARE)) == {
        "message": {
            "data": "AP8=",
            "messageId": "7",
            "message_id": "7",
            "publishTime": "2023-11-14T22:13:20.250Z",
            "publish_time": "2023-11-14T22:13:20.250Z",
        },
        "subscription": WORK,
    }


def test_attributes_key_and_attempt_are_added_where_there_are_any():
    body = envelope(push(FULL, dead_letter=DeadLetter(PHOTOS, 5)))

    assert body["message"]["attributes"] == {"colour": "red"}
    assert body["message"]["orderingKey"] == "key"
    assert body["deliveryAttempt"] == 3


def test_the_endpoint_is_posted_to_as_it_is_written():
    seen = []

    def answer(handler):
        seen.append((handler.path, handler.headers["content-type"]))
        status(204)(handler)

    with endpoint(answer) as url:
        assert deliver(Sender(), push(endpoint=f"{url}/a%20b/?token=1&x"))
        assert deliver(Sender(), push(endpoint=url))

    assert seen == [("/a%20b/?token=1&x", "application/json"), ("/", "application/json")]


@pytest.mark.parametrize("code", [102, 200, 201, 202, 204])
def test_five_statuses_acknowledge(code):
    with endpoint(status(code)) as url:
        assert deliver(Sender(), push(endpoint=url))


@pytest.mark.parametrize("code", [203, 206, 301, 302, 307, 308, 400, 404, 429, 500, 503])
def test_every_other_status_does_not(code):
    with endpoint(status(code)) as url:
        assert not deliver(Sender(), push(endpoint=url))


def test_an_answer_that_is_no_http_does_not_acknowledge():
    with endpoint(lambda handler: handler.wfile.write(b"hello\r\n\r\n")) as url:
        assert not deliver(Sender(), push(endpoint=url))


def test_nobody_listening_does_not_acknowledge():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    assert not deliver(Sender(), push(endpoint=f"http://127.0.0.1:{port}/"))


def test_the_ack_deadline_is_the_time_out():
    ended = Event()

    with endpoint(lambda handler: ended.wait(180)) as url:
        start = time.monotonic()
        acked = deliver(Sender(), push(endpoint=url, ack_deadline=0.2))
        elapsed = time.monotonic() - start
        ended.set()

    assert not acked
    assert 0.2 <= elapsed < 60


def test_closing_breaks_off_a_slow_push_and_ends_all_threads():
    before = {*threads()}
    arrived, ended = Event(), Event()

    def answer(handler):
        arrived.set()
        ended.wait(180)

    with endpoint(answer) as url:
        broker = Broker()
        broker.create_topic(PHOTOS)
        broker.create_subscription(Settings(WORK, PHOTOS, url, ack_deadline=600))
        with closing(serve(broker)) as server:
            broker.publish(PHOTOS, [Message(b"a")])
            assert arrived.wait(180)
            start = time.monotonic()
            server.close()
            elapsed = time.monotonic() - start
        ended.set()

    assert elapsed < 60
    until(lambda: {*threads()} <= before)


def test_a_sender_that_is_closed_posts_nothing():
    seen = []
    sender = Sender()
    sender.close()

    with endpoint(seen.append) as url:
        assert not deliver(sender, push(endpoint=url))

    assert seen == []
