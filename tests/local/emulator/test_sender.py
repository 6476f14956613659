"""Requests of the emulators to their targets, when an emulator ends."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from local.emulator.sender import FAILURES, Sender

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n"


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(HEAD, id="half a head"),
        pytest.param(HEAD + b"\r\nhalf", id="half a body"),
        pytest.param(HEAD + b"Connection: close\r\n\r\nhalf", id="half a body, and then the end"),
    ],
)
def test_a_sender_that_is_closed_ends_a_request_wherever_it_is(said: bytes) -> None:
    sender = Sender()
    with socket.create_server(("127.0.0.1", 0)) as target, ThreadPoolExecutor(1) as pool:
        url = f"http://127.0.0.1:{target.getsockname()[1]}/"
        sending = pool.submit(sender.send, "POST", url, b"", {}, 60)
        there, _ = target.accept()
        with there:
            there.sendall(said)
            time.sleep(0.1)  # it has read that, or has not yet: it must end either way

            sender.close()

            assert isinstance(sending.exception(), FAILURES) or sending.result().status == 200
