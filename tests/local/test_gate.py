"""Requests in hand: jobs so many at a time, and an end that waits for them."""

from threading import Event, Thread

import pytest
from werkzeug.test import Client, create_environ
from werkzeug.wrappers import Response

from local.gate import Gate
from testbed.cloud import until


class App:
    """A WSGI app whose requests say that they came, and end when told to."""

    def __init__(self) -> None:
        self.came: list[str] = []
        self.go = Event()

    def __call__(self, environ, start_response):
        self.came.append(environ["PATH_INFO"])
        assert self.go.wait(30)
        start_response("200 OK", [])
        return [b"done"]


def ask(app, path: str) -> int:
    """The status of an answer that was read to its end."""
    return Client(app, Response).get(path, buffered=True).status_code


def get(app, path: str, answers: list[int]) -> Thread:
    thread = Thread(target=lambda: answers.append(ask(app, path)), daemon=True)
    thread.start()
    return thread


def test_what_is_in_hand_ends_and_nothing_new_begins() -> None:
    gate, app, answers = Gate(at_once=1), App(), []
    jobs = gate.counted(gate.limited(app))
    first = get(jobs, "/first", answers)
    until(lambda: app.came)
    second = get(jobs, "/second", answers)

    in_hand = gate.shut()
    second.join(30)
    third = ask(jobs, "/third")
    app.go.set()
    gate.wait(30)
    first.join(30)

    assert in_hand == 1
    assert app.came == ["/first"]
    assert answers == [503, 200]
    assert third == 503


def test_no_more_jobs_are_in_hand_than_there_are_places() -> None:
    gate, app, answers = Gate(at_once=2), App(), []
    threads = [get(gate.counted(gate.limited(app)), f"/{n}", answers) for n in range(5)]
    until(lambda: len(app.came) == 2)

    app.go.set()
    for thread in threads:
        thread.join(30)

    assert answers == [200] * 5
    assert gate.shut() == 0


def test_the_wait_ends_with_its_patience() -> None:
    gate, app, answers = Gate(at_once=1), App(), []
    thread = get(gate.counted(app), "/", answers)
    until(lambda: app.came)

    gate.wait(0.05)
    gate.shut()
    app.go.set()
    thread.join(30)

    assert answers == [200]


def test_a_request_that_raises_is_in_hand_no_longer() -> None:
    def broken(environ, start_response):
        raise ValueError("broken")

    gate = Gate(at_once=1)
    with pytest.raises(ValueError, match="broken"):
        ask(gate.counted(gate.limited(broken)), "/")

    assert gate.shut() == 0
    gate.wait(30)


def test_a_client_that_hangs_up_does_not_stay_in_hand() -> None:
    def app(environ, start_response):
        start_response("200 OK", [])
        return [b"x" * 100_000]

    gate = Gate(at_once=1)
    jobs = gate.counted(gate.limited(app))
    for _ in range(3):
        jobs(create_environ(), lambda *_: None)  # and nobody closes what it returns

    assert gate.shut() == 0
    gate.wait(30)
    assert not gate._in_hand
